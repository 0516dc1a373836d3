//! The settings of Airflow 2.11 and 3.3, which of them do something here, and what a home sets that does not.
//!
//! `airflow.json` is what the two say themselves; `cargo xtask oracle` records it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use updraft_model::CompatLevel;

/// Section and option.
pub(crate) type Name<'a> = (&'a str, &'a str);

/// Sections whose options all have a meaning here, or are those of programs that we only pass them on to.
const OWN_SECTION: &str = "updraft";

/// The options that do something here: those that the engine reads, then those that only DAG files and their tasks see.
const HONOURED: &[Name<'static>] = &[
    ("core", "dags_folder"),
    ("core", "parallelism"),
    ("core", "dags_are_paused_at_creation"),
    ("core", "dag_run_conf_overrides_params"),
    ("core", "max_map_length"),
    ("core", "max_templated_field_length"),
    ("core", "max_num_rendered_ti_fields_per_task"),
    ("core", "default_pool_task_slot_count"),
    ("core", "fernet_key"),
    ("core", "killed_task_cleanup_time"),
    ("core", "test_connection"),
    ("core", "dagbag_import_timeout"),
    ("core", "dag_ignore_file_syntax"),
    ("core", "dag_discovery_safe_mode"),
    ("core", "execute_tasks_new_python_interpreter"),
    ("database", "sql_alchemy_conn"),
    ("logging", "base_log_folder"),
    ("logging", "logging_level"),
    ("scheduler", "scheduler_health_check_server_port"),
    ("scheduler", "task_instance_heartbeat_timeout"),
    ("scheduler", "task_instance_heartbeat_sec"),
    ("scheduler", "catchup_by_default"),
    ("scheduler", "task_queued_timeout"),
    ("state_store", "clear_on_success"),
    ("state_store", "default_retention_days"),
    ("state_store", "max_value_storage_bytes"),
    ("state_store", "state_cleanup_batch_size"),
    ("triggerer", "capacity"),
    ("api", "expose_config"),
    ("api", "host"),
    ("api", "port"),
    ("api_auth", "jwt_algorithm"),
    ("api_auth", "jwt_expiration_time"),
    ("api_auth", "jwt_issuer"),
    ("api_auth", "jwt_kid"),
    ("api_auth", "jwt_leeway"),
    ("api_auth", "jwt_private_key_path"),
    ("api_auth", "jwt_secret"),
    ("execution_api", "jwt_audience"),
    ("execution_api", "jwt_expiration_time"),
    ("core", "test_connection"),
    ("secrets", "backend"),
    ("secrets", "backend_kwargs"),
    ("secrets", "cache_ttl_seconds"),
    ("secrets", "use_cache"),
    ("workers", "secrets_backend"),
    ("workers", "secrets_backend_kwargs"),
    ("webserver", "auto_refresh_interval"),
    ("webserver", "default_ui_timezone"),
    ("webserver", "expose_config"),
    ("webserver", "instance_name"),
    ("webserver", "secret_key"),
    ("webserver", "session_lifetime_minutes"),
    ("webserver", "web_server_host"),
    ("webserver", "web_server_port"),
    // Read by the Python package.
    ("api", "base_url"),
    ("core", "default_impersonation"),
    ("core", "default_task_execution_timeout"),
    ("core", "default_task_retries"),
    ("core", "default_task_retry_delay"),
    ("core", "default_timezone"),
    ("core", "max_active_runs_per_dag"),
    ("core", "max_active_tasks_per_dag"),
    ("core", "plugins_folder"),
    ("core", "xcom_backend"),
    ("scheduler", "create_cron_data_intervals"),
    ("scheduler", "create_delta_data_intervals"),
    ("sensors", "default_timeout"),
    ("smtp", "smtp_host"),
    ("smtp", "smtp_mail_from"),
    ("smtp", "smtp_password"),
    ("smtp", "smtp_port"),
    ("smtp", "smtp_ssl"),
    ("smtp", "smtp_starttls"),
    ("smtp", "smtp_timeout"),
    ("smtp", "smtp_user"),
    ("webserver", "base_url"),
];

/// Options that say with which executor and where tasks run: what is set otherwise has been read, and is answered elsewhere.
const SILENT: &[Name<'static>] = &[("core", "executor"), ("core", "load_examples")];

/// What both versions say.
static VERSIONS: LazyLock<Versions> =
    LazyLock::new(|| serde_json::from_str(include_str!("airflow.json")).expect("the table is our own"));

#[derive(Deserialize)]
struct Versions {
    #[serde(rename = "2.11.2")]
    two: Version,
    #[serde(rename = "3.3.2")]
    three: Version,
}

#[derive(Deserialize)]
struct Version {
    sections: BTreeMap<String, BTreeMap<String, Entry>>,
    /// Section and option, and what they were before.
    renamed: Vec<(String, String, String, String)>,
}

/// What is known of an option.
#[derive(Deserialize)]
struct Entry {
    default: Option<String>,
    #[serde(default)]
    sensitive: bool,
}

impl Version {
    fn of(level: CompatLevel) -> &'static Self {
        match level {
            CompatLevel::Two => &VERSIONS.two,
            CompatLevel::Three => &VERSIONS.three,
        }
    }

    fn entry(&self, (section, key): Name<'_>) -> Option<&Entry> {
        self.sections.get(section)?.get(key)
    }
}

const LEVELS: [CompatLevel; 2] = [CompatLevel::Two, CompatLevel::Three];

fn renamed() -> impl Iterator<Item = (Name<'static>, Name<'static>)> {
    LEVELS.into_iter().flat_map(|level| {
        let pairs = Version::of(level).renamed.iter();
        pairs.map(|(section, key, old_section, old_key)| {
            (
                (section.as_str(), key.as_str()),
                (old_section.as_str(), old_key.as_str()),
            )
        })
    })
}

/// The names that an option has had or has in either version, the given one first.
pub(crate) fn names_of(name: Name<'_>) -> Vec<Name<'_>> {
    let mut names = vec![name];
    for (new, old) in renamed() {
        let other = if new == name {
            old
        } else if old == name {
            new
        } else {
            continue;
        };
        if !names.contains(&other) {
            names.push(other);
        }
    }
    names
}

/// Options of ours that hold a secret.
const OWN_SENSITIVE: [Name<'static>; 2] = [
    (OWN_SECTION, "plugin_views_secret"),
    (OWN_SECTION, "oidc_client_secret"),
];

/// Arguments of a secrets backend that have an option of their own; what follows is the argument's name.
const SINGLE_KWARGS: [Name<'static>; 2] = [
    ("secrets", "backend_kwarg__"),
    ("workers", "secrets_backend_kwarg__"),
];

/// Whether an option is an argument of a secrets backend.
fn is_single_kwarg((section, key): Name<'_>) -> bool {
    SINGLE_KWARGS
        .iter()
        .any(|(of, prefix)| *of == section && key.starts_with(prefix))
}

/// Whether an option holds a secret: only such ones may come from `_CMD` and `_SECRET`.
pub(crate) fn is_sensitive(name: Name<'_>) -> bool {
    if OWN_SENSITIVE.contains(&name) || is_single_kwarg(name) {
        return true;
    }
    names_of(name).into_iter().any(|name| {
        let mut entries = LEVELS
            .into_iter()
            .filter_map(|level| Version::of(level).entry(name));
        entries.any(|entry| entry.sensitive)
    })
}

/// The default of an option in the Airflow of a level, with `{AIRFLOW_HOME}` and the like as they are.
pub(crate) fn default(name: Name<'_>, level: CompatLevel) -> Option<&'static str> {
    let other = LEVELS.into_iter().find(|other| *other != level).unwrap_or(level);
    let found = [level, other]
        .into_iter()
        .find_map(|level| Version::of(level).entry(name));
    found?.default.as_deref()
}

/// All sections and options of the Airflow of a level.
pub(crate) fn options(level: CompatLevel) -> impl Iterator<Item = Name<'static>> {
    let sections = Version::of(level).sections.iter();
    sections.flat_map(|(section, options)| options.keys().map(|key| (section.as_str(), key.as_str())))
}

/// What is wrong with a setting that somebody has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// No version of Airflow has it, and neither have we.
    Unknown,
    /// It has another name by now, which is still understood.
    Renamed(Name<'static>),
    /// It does nothing here.
    Idle,
}

/// What is wrong with a setting of this value, if something is. A value that is the default of either version does no harm.
pub(crate) fn problem(name: Name<'_>, value: &str, level: CompatLevel) -> Option<Problem> {
    let (section, key) = name;
    let is_section = LEVELS
        .into_iter()
        .any(|level| Version::of(level).sections.contains_key(section));
    // Homes have sections of their own, for DAG files and plugins; ours is checked when it is read.
    if section == OWN_SECTION || is_single_kwarg(name) || (!is_section && names_of(name).len() == 1) {
        return None;
    }
    let names = names_of(name);
    let is_honoured = names
        .iter()
        .any(|name| HONOURED.contains(name) || SILENT.contains(name));
    let is_current = Version::of(level).entry(name).is_some();
    let is_known = LEVELS
        .into_iter()
        .any(|level| Version::of(level).entry(name).is_some());
    if !is_known && names.len() == 1 {
        return Some(Problem::Unknown);
    }
    let is_default = LEVELS.into_iter().any(|level| {
        let entry = Version::of(level).entry(name);
        entry.is_some_and(|entry| entry.default.as_deref().unwrap_or_default() == value)
    });
    if !is_honoured {
        return (!is_default).then_some(Problem::Idle);
    }
    let new = renamed().find(|(new, old)| *old == (section, key) && Version::of(level).entry(*new).is_some());
    (!is_current).then_some(())?;
    new.map(|(new, _)| Problem::Renamed(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_each_other_in_both_directions() {
        let new = ("database", "sql_alchemy_conn");
        assert!(names_of(new).contains(&("core", "sql_alchemy_conn")));
        assert_eq!(
            names_of(("core", "sql_alchemy_conn")),
            [("core", "sql_alchemy_conn"), new]
        );
        assert!(names_of(("webserver", "web_server_port")).contains(&("api", "port")));
        assert!(is_sensitive(("core", "sql_alchemy_conn")) && !is_sensitive(("core", "parallelism")));
    }

    #[test]
    fn problems_are_told_apart() {
        let two = |section, key, value| problem((section, key), value, CompatLevel::Two);
        assert_eq!(two("core", "parallelism", "3"), None);
        assert_eq!(two("core", "paralelism", "3"), Some(Problem::Unknown));
        assert_eq!(two("my_team", "anything", "3"), None);
        assert_eq!(two("updraft", "anything", "3"), None);
        assert_eq!(two("secrets", "backend_kwarg__role_id", "3"), None);
        assert!(is_sensitive(("secrets", "backend_kwarg__role_id")));
        assert_eq!(two("scheduler", "parsing_processes", "2"), None, "the default");
        assert_eq!(two("scheduler", "parsing_processes", "7"), Some(Problem::Idle));
        assert_eq!(
            two("core", "dag_concurrency", "7"),
            Some(Problem::Renamed(("core", "max_active_tasks_per_dag")))
        );
        assert_eq!(
            two("triggerer", "default_capacity", "7"),
            None,
            "its name in 2.11"
        );
        let three = problem(("triggerer", "default_capacity"), "7", CompatLevel::Three);
        assert_eq!(three, Some(Problem::Renamed(("triggerer", "capacity"))));
    }

    /// The options that a text asks for: `NAME(..."section", "key"`.
    fn asked(text: &str, call: &str) -> Vec<(String, String)> {
        let pattern = format!(r#"{call}\(\s*"([a-z_]+)",\s*"([a-z_]+)""#);
        let pattern = regex::Regex::new(&pattern).unwrap();
        let found = pattern.captures_iter(text);
        found
            .map(|words| (words[1].to_owned(), words[2].to_owned()))
            .collect()
    }

    fn sources(folder: &std::path::Path, found: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                found.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn every_option_that_is_asked_for_is_known_to_do_something() {
        let mut python = String::new();
        let package = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python/src");
        sources(&package, &mut python);
        let engine = asked(include_str!("settings.rs"), r"read\.[a-z_]+");
        let python = asked(&python, r"conf\.get[a-z]*");
        assert!(
            engine.len() > 20 && python.len() > 20,
            "the patterns are out of date"
        );
        for (section, key) in engine.into_iter().chain(python) {
            let name = (section.as_str(), key.as_str());
            let is_known = names_of(name)
                .iter()
                .any(|name| HONOURED.contains(name) || SILENT.contains(name));
            assert!(section == OWN_SECTION || is_known, "[{section}] {key}");
        }
    }

    #[test]
    fn what_is_honoured_exists() {
        for name in HONOURED.iter().chain(SILENT) {
            let known = LEVELS
                .into_iter()
                .any(|level| Version::of(level).entry(*name).is_some());
            assert!(known, "{name:?}");
        }
    }
}
