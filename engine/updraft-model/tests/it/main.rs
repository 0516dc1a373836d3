//! The model's tests: properties, recorded answers of Airflow and croniter, snapshots of tables.

#![expect(clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod backfill;
mod compat;
mod cron;
mod custom_timetable;
mod dag;
mod external;
mod graph;
mod http;
mod ids;
mod mapping;
mod oracle;
mod params;
mod retry;
mod run;
mod scope;
mod skip;
mod sql;
mod state;
mod timetable;
mod trigger_rule;
mod wait;
