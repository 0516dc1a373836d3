//! `users ...`, `roles ...` and `sync-perm`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Common, Output};

/// `users ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// List users
    List(UsersListArgs),
    /// Create a user
    ///
    /// Example: updraft users create --username ada --firstname Ada --lastname Lovelace --role Op --email ada@example.org
    Create(UsersCreateArgs),
    /// Reset a user's password
    ResetPassword(UsersResetPasswordArgs),
    /// Delete a user
    Delete(UsersDeleteArgs),
    /// Add role to a user
    AddRole(UsersRoleArgs),
    /// Remove role from a user
    RemoveRole(UsersRoleArgs),
    /// Import users
    Import(UsersImportArgs),
    /// Export all users
    Export(UsersExportArgs),
    /// Manage the tokens that users have for their programs
    #[command(subcommand)]
    Tokens(TokensCommand),
}

/// `users tokens ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum TokensCommand {
    /// Make a token and print it; it is never shown again
    ///
    /// Example: curl -H "Authorization: Bearer $(updraft users tokens create -u ada --name laptop)" ...
    Create(TokensCreateArgs),
    /// List tokens, without what they are
    List(TokensListArgs),
    /// Revoke a token: it does not count any more
    Revoke(TokensRevokeArgs),
}

/// `users tokens create`.
#[derive(Debug, Args)]
pub(crate) struct TokensCreateArgs {
    #[command(flatten)]
    pub(crate) whom: Whom,
    /// What the token is called; no two of a user are called alike
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// For how many days it counts; 0: until it is revoked
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    pub(crate) days: u32,
}

/// `users tokens list`.
#[derive(Debug, Args)]
pub(crate) struct TokensListArgs {
    /// Only those of this user
    #[arg(short = 'u', long, value_name = "USERNAME")]
    pub(crate) username: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `users tokens revoke`.
#[derive(Debug, Args)]
pub(crate) struct TokensRevokeArgs {
    /// The number of the token, which `users tokens list` shows
    pub(crate) token_id: i64,
}

/// `users list`.
#[derive(Debug, Args)]
pub(crate) struct UsersListArgs {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// A password, or how to come by one.
#[derive(Debug, Args)]
pub(crate) struct PasswordArgs {
    /// Password of the user; without it and `--use-random-password` it is asked for. Others can read arguments: a prompt is safer
    #[arg(short = 'p', long, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,
    /// Make up a password and print it, instead of asking for one
    #[arg(long)]
    pub(crate) use_random_password: bool,
}

/// `users create`.
#[derive(Debug, Args)]
pub(crate) struct UsersCreateArgs {
    /// Role of the user: Admin, Op, User, Viewer, Public, or one of your own
    #[arg(short = 'r', long, value_name = "ROLE")]
    pub(crate) role: String,
    /// Username of the user
    #[arg(short = 'u', long, value_name = "USERNAME")]
    pub(crate) username: String,
    /// Email of the user
    #[arg(short = 'e', long, value_name = "EMAIL")]
    pub(crate) email: String,
    /// First name of the user
    #[arg(short = 'f', long, value_name = "FIRSTNAME")]
    pub(crate) firstname: String,
    /// Last name of the user
    #[arg(short = 'l', long, value_name = "LASTNAME")]
    pub(crate) lastname: String,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Which user.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Whom {
    /// Username of the user
    #[arg(short = 'u', long, value_name = "USERNAME")]
    pub(crate) username: Option<String>,
    /// Email of the user
    #[arg(short = 'e', long, value_name = "EMAIL")]
    pub(crate) email: Option<String>,
}

/// `users reset-password`.
#[derive(Debug, Args)]
pub(crate) struct UsersResetPasswordArgs {
    #[command(flatten)]
    pub(crate) whom: Whom,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `users delete`.
#[derive(Debug, Args)]
pub(crate) struct UsersDeleteArgs {
    #[command(flatten)]
    pub(crate) whom: Whom,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `users add-role` and `users remove-role`.
#[derive(Debug, Args)]
pub(crate) struct UsersRoleArgs {
    #[command(flatten)]
    pub(crate) whom: Whom,
    /// Role of the user
    #[arg(short = 'r', long, value_name = "ROLE")]
    pub(crate) role: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `users import`.
#[derive(Debug, Args)]
pub(crate) struct UsersImportArgs {
    /// JSON file: a list of objects with username, email, firstname, lastname and roles
    #[arg(value_name = "FILEPATH")]
    pub(crate) import: PathBuf,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `users export`.
#[derive(Debug, Args)]
pub(crate) struct UsersExportArgs {
    /// JSON file
    #[arg(value_name = "FILEPATH")]
    pub(crate) export: PathBuf,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `roles ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum RolesCommand {
    /// List roles
    List(RolesListArgs),
    /// Create roles that may nothing yet
    Create(RolesArgs),
    /// Delete roles
    Delete(RolesArgs),
    /// Let roles do more
    ///
    /// Example: updraft roles add-perms Analysts -r DAG:sales "DAG Runs" -a `can_read`
    AddPerms(RolesAddPermsArgs),
    /// Take permissions from roles; without actions, all that they have to these resources
    DelPerms(RolesDelPermsArgs),
    /// Write the roles that are not built in, with their permissions, into a JSON file
    Export(RolesExportArgs),
    /// Make the roles of a JSON file that there are not yet
    Import(RolesImportArgs),
}

/// `roles list`.
#[derive(Debug, Args)]
pub(crate) struct RolesListArgs {
    /// Show role permissions
    #[arg(short = 'p', long)]
    pub(crate) permission: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `roles create` and `roles delete`.
#[derive(Debug, Args)]
pub(crate) struct RolesArgs {
    /// The names of roles
    pub(crate) role: Vec<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `roles add-perms`.
#[derive(Debug, Args)]
pub(crate) struct RolesAddPermsArgs {
    /// The names of roles
    pub(crate) role: Vec<String>,
    /// The names of resources, such as `DAGs`, `DAG:some_dag` or `Variables`
    #[arg(short = 'r', long, value_name = "RESOURCE", num_args = 0.., required = true)]
    pub(crate) resource: Vec<String>,
    /// The names of actions: `can_create`, `can_read`, `can_edit`, `can_delete`, `menu_access`
    #[arg(short = 'a', long, value_name = "ACTION", num_args = 0.., required = true)]
    pub(crate) action: Vec<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `roles del-perms`.
#[derive(Debug, Args)]
pub(crate) struct RolesDelPermsArgs {
    /// The names of roles
    pub(crate) role: Vec<String>,
    /// The names of resources
    #[arg(short = 'r', long, value_name = "RESOURCE", num_args = 0.., required = true)]
    pub(crate) resource: Vec<String>,
    /// The names of actions; all when left out
    #[arg(short = 'a', long, value_name = "ACTION", num_args = 0..)]
    pub(crate) action: Vec<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `roles export`.
#[derive(Debug, Args)]
pub(crate) struct RolesExportArgs {
    /// JSON file
    pub(crate) file: PathBuf,
    /// Indent the JSON by 4 spaces
    #[arg(short = 'p', long)]
    pub(crate) pretty: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `roles import`.
#[derive(Debug, Args)]
pub(crate) struct RolesImportArgs {
    /// JSON file
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `sync-perm`.
#[derive(Debug, Args)]
pub(crate) struct SyncPermArgs {
    /// Accepted for Airflow's sake: permissions on DAGs are not derived from anything that could be out of step
    #[arg(long)]
    pub(crate) include_dags: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}
