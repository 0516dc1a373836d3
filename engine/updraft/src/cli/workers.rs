//! `workers ...`: workers elsewhere.

use anyhow::Result;
use jiff::SignedDuration;
use updraft_model::{Clock, IdSource};

use super::args::{WorkersCommand, WorkersTokenArgs};
use super::output;
use crate::accounts;
use crate::clock::{RandomIds, SystemClock};
use crate::config::Settings;

/// Runs a `workers` command.
///
/// # Errors
/// No secret is set to sign with.
pub(crate) fn run(command: &WorkersCommand, settings: &Settings) -> Result<()> {
    match command {
        WorkersCommand::Token(args) => token(args, settings),
    }
}

fn token(args: &WorkersTokenArgs, settings: &Settings) -> Result<()> {
    let tokens = accounts::task_tokens(settings)?;
    let lifetime = SignedDuration::from_hours(args.hours.into());
    let id = RandomIds.attempt_id().to_string();
    output::print(&tokens.sign_worker(&args.name, lifetime, &id, SystemClock.now()))
}
