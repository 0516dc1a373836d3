//! Data quality of the recruiting data: checks declared in one file, evaluated in one pass per table, kept per run.
//!
//! [`declaration`] reads the checks, [`evaluation`] answers them row by row, [`run`] streams the tables past them, keeps
//! the results and withholds bad rows from matching.

pub mod declaration;
pub mod evaluation;
mod people;
pub mod run;
