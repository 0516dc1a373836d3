//! `info`: where things are and what this runs on.

use anyhow::Result;
use updraft_store::DatabaseUrl;

use super::args::InfoArgs;
use super::output::Rows;
use crate::config::Settings;
use crate::row;

/// Prints one row per thing; no secret is among them.
pub(crate) fn run(args: InfoArgs, settings: &Settings) -> Result<()> {
    let user_home = settings.environment.get("HOME").cloned().unwrap_or_default();
    let anonymous = |text: String| {
        if args.anonymize && !user_home.is_empty() {
            text.replace(&user_home, "${HOME}")
        } else {
            text
        }
    };
    let database = match settings.database_url.parse::<DatabaseUrl>() {
        Ok(url) => url.to_string(),
        Err(error) => format!("not usable: {error}"),
    };
    let config = settings
        .config_file
        .as_ref()
        .map_or_else(|| "none".to_owned(), |file| file.display().to_string());
    let executor = if settings.is_remote {
        "RemoteExecutor"
    } else {
        "LocalExecutor"
    };
    let system = rustix::system::uname();
    let facts = [
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("home", settings.home.to_string()),
        ("config", config),
        ("dags_folder", settings.dags_folder.display().to_string()),
        ("base_log_folder", settings.base_log_folder.display().to_string()),
        ("sql_alchemy_conn", database),
        ("executor", executor.to_owned()),
        ("parallelism", settings.parallelism.to_string()),
        ("compat", u8::from(settings.dag_defaults.compat).to_string()),
        (
            "system",
            format!(
                "{} {}",
                system.sysname().to_string_lossy(),
                system.release().to_string_lossy()
            ),
        ),
        ("architecture", std::env::consts::ARCH.to_owned()),
    ];
    let mut rows = Rows::default();
    for (name, value) in facts {
        rows.push(row! { "property": name, "value": anonymous(value) });
    }
    rows.print(args.output.output)
}
