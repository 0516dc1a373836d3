//! The ETL service over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `GET /health` | whether database and Bullhorn can be reached, and how the last runs ended |
//! | `POST /sync/candidates`, `POST /sync/positions` | `{"run_id", "mode"}`; NDJSON: progress lines, then `summary` or `error` |
//!
//! One run at a time works on a kind of record; see [`referral_service`] for how requests join it.

mod health;
mod router;
mod runs;

pub use health::Health;
pub use router::router;
pub use runs::{EtlService, EtlServiceOptions};
