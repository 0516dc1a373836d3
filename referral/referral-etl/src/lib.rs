//! Syncs Bullhorn into the application database and cleans what it reads.
//!
//! | module | what it does |
//! |---|---|
//! | [`clean`] | pure functions from raw values to usable ones: HTML, text, phones, pay, skills, seniority |
//! | [`redact`], [`embedding_text`] | what may be stored and what may be embedded |
//! | [`normalise`] | from Bullhorn's records to the store's |
//! | [`source`] | what is asked of Bullhorn |
//! | [`sync`] | full loads, incremental runs and reconciliation, resumable at any moment |
//! | [`service`] | the HTTP service |

pub mod clean;
pub mod embedding_text;
pub mod normalise;
pub mod redact;
pub mod service;
pub mod source;
pub mod sync;
