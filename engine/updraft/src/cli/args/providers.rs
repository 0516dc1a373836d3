//! `providers ...`.

use clap::{Args, Subcommand};

use super::secrets::Color;
use super::{Common, Output};

/// `providers ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum ProvidersCommand {
    /// List the installed providers
    List(ProvidersArgs),
    /// Show a provider
    Get(ProvidersGetArgs),
    /// List the types of connections that have a hook
    Hooks(ProvidersArgs),
    /// List the modules with triggers
    Triggers(ProvidersArgs),
    /// List the notifiers
    Notifications(ProvidersArgs),
    /// List the extra links of operators; the web interface shows none
    Links(ProvidersArgs),
    /// List the handlers of remote logs; Updraft uses none
    Logging(ProvidersArgs),
    /// List the secrets backends
    Secrets(ProvidersArgs),
    /// List the backends of the API's authentication; Updraft uses none
    Auth(ProvidersArgs),
    /// List the auth managers; Updraft uses none
    AuthManagers(ProvidersArgs),
    /// List the executors; Updraft uses none
    Executors(ProvidersArgs),
    /// List the providers with sections of the configuration
    Configs(ProvidersArgs),
}

/// What all but `get` take.
#[derive(Debug, Args)]
pub(crate) struct ProvidersArgs {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `providers get`.
#[derive(Debug, Args)]
pub(crate) struct ProvidersGetArgs {
    /// The name of its package
    pub(crate) provider_name: String,
    /// Show all that it says of itself
    #[arg(short = 'f', long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) color: Color,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}
