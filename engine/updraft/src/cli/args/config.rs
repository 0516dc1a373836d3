//! `config ...`.

use clap::{Args, Subcommand};

use super::Common;
use super::secrets::Color;

/// `config ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the value of an option
    GetValue(ConfigGetValueArgs),
    /// Print all options as a configuration file; secrets are hidden
    List(ConfigListArgs),
    /// Name the options that are set and do nothing here, that nobody knows, or that have another name by now
    Lint(ConfigLintArgs),
    /// Say which options of airflow.cfg have other names by now; with --fix rename them there
    Update(ConfigUpdateArgs),
}

/// `config get-value`.
#[derive(Debug, Args)]
pub(crate) struct ConfigGetValueArgs {
    /// The section name
    pub(crate) section: String,
    /// The option name
    pub(crate) option: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `config list`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "the flags are Airflow's")]
pub(crate) struct ConfigListArgs {
    /// Only this section
    #[arg(long, value_name = "SECTION")]
    pub(crate) section: Option<String>,
    /// Accepted for the sake of scripts: descriptions stand in Airflow's reference
    #[arg(short = 'd', long)]
    pub(crate) include_descriptions: bool,
    /// Accepted for the sake of scripts: examples stand in Airflow's reference
    #[arg(short = 'e', long)]
    pub(crate) include_examples: bool,
    /// Say where each value comes from
    #[arg(short = 's', long)]
    pub(crate) include_sources: bool,
    /// Say which environment variable sets each option
    #[arg(short = 'V', long)]
    pub(crate) include_env_vars: bool,
    /// Accepted for the sake of scripts: options of providers are those that are set
    #[arg(short = 'p', long)]
    pub(crate) exclude_providers: bool,
    /// Put every option into a comment, as a file to begin with
    #[arg(short = 'c', long)]
    pub(crate) comment_out_everything: bool,
    /// Print the defaults instead of what is set
    #[arg(short = 'a', long)]
    pub(crate) defaults: bool,
    #[command(flatten)]
    pub(crate) color: Color,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `config lint`.
#[derive(Debug, Args)]
pub(crate) struct ConfigLintArgs {
    #[command(flatten)]
    pub(crate) of: OfOptions,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `config update`.
#[derive(Debug, Args)]
pub(crate) struct ConfigUpdateArgs {
    /// Change the file; the old one is kept as airflow.cfg.bak
    #[arg(long)]
    pub(crate) fix: bool,
    /// Make options that have no effect here comments, too
    #[arg(long)]
    pub(crate) all_recommendations: bool,
    #[command(flatten)]
    pub(crate) of: OfOptions,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Which options are looked at.
#[derive(Debug, Args)]
pub(crate) struct OfOptions {
    /// Only these sections
    #[arg(long, value_name = "SECTIONS", value_delimiter = ',')]
    pub(crate) section: Vec<String>,
    /// Only these options
    #[arg(long, value_name = "OPTIONS", value_delimiter = ',')]
    pub(crate) option: Vec<String>,
    /// Not these sections
    #[arg(long, value_name = "SECTIONS", value_delimiter = ',')]
    pub(crate) ignore_section: Vec<String>,
    /// Not these options
    #[arg(long, value_name = "OPTIONS", value_delimiter = ',')]
    pub(crate) ignore_option: Vec<String>,
}
