//! The program as people run it: real processes, real databases.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a failure is the test's"
)]

mod accounts;
mod api;
mod assets;
mod audit;
mod backfills;
mod callbacks;
mod commands;
mod compat;
mod config;
mod contract;
mod crew;
mod deadlines;
mod deferral;
mod doctor;
mod elsewhere;
mod engine;
mod fill;
mod import_db;
mod mapping;
mod python;
mod python_assets;
mod python_hitl;
mod python_retries;
mod python_state_stores;
mod recovery;
mod remote;
mod rest;
mod runs;
mod secrets;
mod sensors;
mod timetables;
mod triggers;
mod upkeep;
mod vaults;
