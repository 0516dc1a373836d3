//! `rotate-fernet-key`: encrypts secrets again after the key has changed.

use anyhow::Result;

use super::app::App;
use super::output;
use crate::config::Settings;

/// Encrypts all variables and connections with the first key.
///
/// # Errors
/// One of them cannot be decrypted with any of the keys; nothing has changed then.
pub(crate) async fn run(settings: Settings) -> Result<()> {
    let app = App::open(settings).await?;
    let rotated = app.store.rotate_secrets(app.now()).await?;
    output::print(&format!(
        "Encrypted {} variable(s) and {} connection(s) with the first key",
        rotated.variables, rotated.connections
    ))
}
