//! `pages`: the recruiting pages, which are reached through Updraft alone.

use std::sync::Arc;

use anyhow::{Context, Result};
use referral_ml::scoring::Points;
use referral_pages::{Pages, PagesParts, Secret};

use super::services::open_store;
use crate::args::ServiceArgs;
use crate::settings::Settings;
use crate::{PAGES_PORT, clock, listen};

/// Serves the pages until told to stop.
///
/// # Errors
/// A setting is missing or malformed, the database cannot be used, or the port is taken.
pub(crate) async fn run(args: ServiceArgs, settings: &Settings) -> Result<()> {
    let stop = listen::stop_on_signal()?;
    let why = "what Updraft signs requests with, the same text as its `[updraft] plugin_views_secret`; make one with \
               `openssl rand -hex 32`";
    let secret = Secret::new(settings.required("REFERRAL_PAGES_SECRET", why)?)
        .context("`REFERRAL_PAGES_SECRET` cannot be used")?;
    let threshold =
        Points::from_points(settings.threshold()?).context("`MATCHING_SCORE_THRESHOLD` is out of range")?;
    let listener = listen::bind(args.host, args.port.unwrap_or(PAGES_PORT)).await?;
    let pages = Pages::new(PagesParts {
        store: open_store(settings).await?,
        threshold,
        secret,
        reveal_roles: settings.names("REFERRAL_REVEAL_ROLES", "Admin,Op"),
        feedback_roles: settings.names("REFERRAL_FEEDBACK_ROLES", "Admin,Op,User"),
        clock: Arc::new(clock::now),
    });
    tracing::info!("recruiting pages on http://{}", listener.local_addr()?);
    // No service token here: everything but `/health` wants the signed header, on every address.
    listen::serve(listener, referral_pages::router(pages), stop).await
}
