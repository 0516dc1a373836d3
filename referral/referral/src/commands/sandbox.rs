//! `sandbox`: a local Bullhorn.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use bullhorn_sandbox::population::PopulationOptions;
use bullhorn_sandbox::{Credentials, Sandbox, SandboxOptions};
use jiff::{Timestamp, Unit};

use crate::args::SandboxArgs;
use crate::clock;
use crate::listen;
use crate::settings::Settings;

/// Serves the sandbox until told to stop.
///
/// # Errors
/// The options name no population, the state file belongs to another one, or the port is taken.
pub(crate) async fn run(args: SandboxArgs, settings: &Settings) -> Result<()> {
    let listener = listen::bind([127, 0, 0, 1].into(), args.port).await?;
    let as_of = as_of(&args)?;
    let defaults = PopulationOptions::new(as_of);
    let population = PopulationOptions {
        seed: args.seed,
        candidates: args.candidates,
        positions: args.positions,
        resume_bytes: args.resume_bytes.unwrap_or(defaults.resume_bytes),
        open_percent: args.open_percent.unwrap_or(defaults.open_percent),
        ..defaults
    };
    let mut options = SandboxOptions::new(population);
    options.state_file.clone_from(&args.state_file);
    options.credentials = credentials(settings);
    let sandbox = Sandbox::new(options, Arc::new(clock::now)).context("the sandbox cannot start")?;
    tracing::info!(
        "Bullhorn sandbox on http://{}/rest-services/ with {} candidates and {} job orders as of {as_of}",
        listener.local_addr()?,
        args.candidates,
        args.positions,
    );
    sandbox
        .serve(listener, listen::stop_on_signal()?)
        .await
        .context("the sandbox failed")
}

/// Who may log in: what the environment tells clients, else the sandbox's own defaults.
fn credentials(settings: &Settings) -> Credentials {
    let mut credentials = Credentials::default();
    let fields = [
        ("BULLHORN_CLIENT_ID", &mut credentials.client_id),
        ("BULLHORN_CLIENT_SECRET", &mut credentials.client_secret),
        ("BULLHORN_USERNAME", &mut credentials.username),
        ("BULLHORN_PASSWORD", &mut credentials.password),
    ];
    for (name, field) in fields {
        if let Some(value) = settings.text(name) {
            value.clone_into(field);
        }
    }
    credentials
}

/// The day of the data: as told, else that of the first start with this state file, else today.
fn as_of(args: &SandboxArgs) -> Result<Timestamp> {
    if let Some(as_of) = args.as_of {
        return Ok(as_of);
    }
    let today = clock::now().round(Unit::Hour)?;
    let Some(state) = &args.state_file else {
        return Ok(today);
    };
    let file = state.with_extension("as-of");
    let read = |file: &Path| {
        std::fs::read_to_string(file)
            .ok()
            .and_then(|text| text.trim().parse().ok())
    };
    if let Some(first) = read(&file) {
        return Ok(first);
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    }
    std::fs::write(&file, today.to_string()).with_context(|| format!("cannot write `{}`", file.display()))?;
    Ok(today)
}
