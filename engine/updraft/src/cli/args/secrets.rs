//! `variables ...` and `connections ...`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Common, Output};

/// `variables ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum VariablesCommand {
    /// List the keys of the variables in the database
    List(VariablesListArgs),
    /// Print the value of a variable; secrets backends and the environment (`AIRFLOW_VAR_KEY`) come before the database
    Get(VariablesGetArgs),
    /// Set a variable
    Set(VariablesSetArgs),
    /// Delete a variable
    Delete(VariableArgs),
    /// Set the variables of a JSON, YAML or env file
    Import(VariablesImportArgs),
    /// Write all variables into a JSON file, `-` for standard output
    Export(FileArgs),
}

/// `variables list`.
#[derive(Debug, Args)]
pub(crate) struct VariablesListArgs {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `variables get`.
#[derive(Debug, Args)]
pub(crate) struct VariablesGetArgs {
    /// Variable key
    pub(crate) key: String,
    /// What is printed if there is none
    #[arg(short = 'd', long, value_name = "VALUE")]
    pub(crate) default: Option<String>,
    /// The value is JSON: print what it holds
    #[arg(short = 'j', long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `variables set`.
#[derive(Debug, Args)]
pub(crate) struct VariablesSetArgs {
    /// Variable key
    pub(crate) key: String,
    /// Variable value
    #[arg(allow_hyphen_values = true)]
    pub(crate) value: String,
    /// Store the value as a JSON text
    #[arg(short = 'j', long)]
    pub(crate) json: bool,
    /// What it is for; without it an existing description stays
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `variables delete`.
#[derive(Debug, Args)]
pub(crate) struct VariableArgs {
    /// Variable key
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `variables import`.
#[derive(Debug, Args)]
pub(crate) struct VariablesImportArgs {
    /// A file that ends in .json, .yaml or .env
    pub(crate) file: PathBuf,
    /// What is done about keys that exist
    #[arg(
        short = 'a',
        long,
        value_enum,
        default_value = "overwrite",
        value_name = "ACTION"
    )]
    pub(crate) action_on_existing_key: Existing,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What an import does about what exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Existing {
    /// It gets the value of the file.
    Overwrite,
    /// Nothing is imported.
    Fail,
    /// It stays as it is.
    Skip,
}

/// `variables export`.
#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// The file
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `connections ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionsCommand {
    /// List the connections in the database, with their secrets
    List(ConnectionsListArgs),
    /// Show a connection; secrets backends and the environment (`AIRFLOW_CONN_ID`) come before the database
    Get(ConnectionsGetArgs),
    /// Add a connection
    Add(Box<ConnectionsAddArgs>),
    /// Delete a connection
    Delete(ConnectionArgs),
    /// Try a connection: HTTP, PostgreSQL or SQLite
    Test(ConnectionArgs),
    /// Add the connections that a new Airflow has: to services as they are found on their usual ports
    CreateDefaultConnections(Common),
    /// Add the connections of a JSON, YAML or env file
    Import(ConnectionsImportArgs),
    /// Write all connections into a file, `-` for standard output
    Export(ConnectionsExportArgs),
}

/// `connections list`.
#[derive(Debug, Args)]
pub(crate) struct ConnectionsListArgs {
    /// Only the one of this id
    #[arg(long, value_name = "CONN_ID")]
    pub(crate) conn_id: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// When output is coloured. There is no colour in it, so this changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Color {
    /// Accepted for the sake of scripts; nothing is coloured
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: ColorWhen,
}

/// The choices of `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On.
    On,
    /// Off.
    Off,
    /// On a terminal.
    Auto,
}

/// `connections get`.
#[derive(Debug, Args)]
pub(crate) struct ConnectionsGetArgs {
    /// Connection id
    pub(crate) conn_id: String,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) color: Color,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `connections delete`.
#[derive(Debug, Args)]
pub(crate) struct ConnectionArgs {
    /// Connection id
    pub(crate) conn_id: String,
    #[command(flatten)]
    pub(crate) color: Color,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `connections add`.
#[derive(Debug, Args)]
pub(crate) struct ConnectionsAddArgs {
    /// Connection id
    pub(crate) conn_id: String,
    /// The whole connection as a URI; `-` reads it from standard input, where no other user of this machine sees it
    #[arg(long, value_name = "URI", allow_hyphen_values = true, conflicts_with_all = ["conn_json", "conn_type", "conn_host", "conn_login", "conn_password", "conn_schema", "conn_port"])]
    pub(crate) conn_uri: Option<String>,
    /// The whole connection as a JSON object; `-` reads it from standard input
    #[arg(long, value_name = "JSON", allow_hyphen_values = true, conflicts_with_all = ["conn_type", "conn_host", "conn_login", "conn_password", "conn_schema", "conn_port", "conn_extra"])]
    pub(crate) conn_json: Option<String>,
    /// Its type: postgres, http, ...
    #[arg(long, value_name = "TYPE", required_unless_present_any = ["conn_uri", "conn_json"])]
    pub(crate) conn_type: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub(crate) conn_description: Option<String>,
    /// Host
    #[arg(long, value_name = "HOST")]
    pub(crate) conn_host: Option<String>,
    /// Login
    #[arg(long, value_name = "LOGIN")]
    pub(crate) conn_login: Option<String>,
    /// Password; `-` reads it from standard input
    #[arg(long, value_name = "PASSWORD", allow_hyphen_values = true)]
    pub(crate) conn_password: Option<String>,
    /// Schema, or whatever the type means by it
    #[arg(long, value_name = "SCHEMA")]
    pub(crate) conn_schema: Option<String>,
    /// Port
    #[arg(long, value_name = "PORT")]
    pub(crate) conn_port: Option<u16>,
    /// More, as a JSON object
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) conn_extra: Option<String>,
}

/// `connections import`.
#[derive(Debug, Args)]
pub(crate) struct ConnectionsImportArgs {
    /// A file that ends in .json, .yaml or .env
    pub(crate) file: PathBuf,
    /// Replace connections that exist
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `connections export`.
#[derive(Debug, Args)]
pub(crate) struct ConnectionsExportArgs {
    /// The file; how it ends says its format
    pub(crate) file: PathBuf,
    /// Its format, whatever it is called
    #[arg(long, value_enum, value_name = "FORMAT", alias = "format")]
    pub(crate) file_format: Option<FileFormat>,
    /// How connections are written into an env file; URI by default
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) serialization_format: Option<Serialization>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// The formats of files with secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// An object.
    Json,
    /// A mapping.
    Yaml,
    /// Lines of `NAME=VALUE`.
    Env,
}

/// How a connection is written as one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Serialization {
    /// A URI.
    Uri,
    /// A JSON object.
    Json,
}
