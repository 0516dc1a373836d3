//! Secrets backends against servers that are played.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a failure is the test's"
)]

mod aws;
mod cache;
mod fake_aws;
mod files;
mod settings;
mod support;
mod vault;
