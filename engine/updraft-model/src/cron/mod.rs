//! Cron expressions in croniter's dialect, which is Airflow's.
//!
//! Five fields (minute, hour, day of month, month, day of week), six (then a second) or seven (then a year). This
//! module knows civil time only, no zones: those are the timetables' business. Rules and quirks are those of croniter
//! 7.0.0 with the options that Airflow uses.

mod days;
mod error;
mod expression;
mod field;
mod parse;
mod random;

pub use error::{CronError, CronProblem, NoMatchingDate};
pub use expression::CronExpression;
pub use field::CronField;
