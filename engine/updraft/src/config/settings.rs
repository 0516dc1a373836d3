//! The settings that this program reads, typed and with their defaults.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use updraft_api::{BaseUrl, PluginViews, StateStoreOptions, WebOptions};
use updraft_auth::TaskTokenRule;
use updraft_bundle::IgnoreSyntax;
use updraft_model::CompatLevel;
use updraft_protocol::defaults::{self, DagDefaults};
use updraft_store::Author;

use super::external::ExternalSettings;
use super::home::Home;
use super::lint::{Finding, lint};
use super::lookup::{ConfigError, Environment, Lookup};
use super::secrets::SecretsSettings;
use super::tokens::TokenSettings;

/// The value of `[core] executor` under which workers elsewhere run all tasks.
const REMOTE_EXECUTOR: &str = "RemoteExecutor";

/// Everything the engine is told from outside. One value per option; names are Airflow's.
///
/// `Debug` leaves out what is secret.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The Airflow home and how it was found.
    pub(crate) home: Home,
    /// What is set and means nothing here, or means it under another name.
    pub(crate) findings: Vec<Finding>,
    /// The configuration file that was read, if any.
    pub(crate) config_file: Option<PathBuf>,
    /// `[core] dags_folder`.
    pub(crate) dags_folder: PathBuf,
    /// `[core] parallelism`: task slots of the executor. Default 32.
    pub(crate) parallelism: usize,
    /// `[core] executor`: whether it says `RemoteExecutor`, so that workers elsewhere run all tasks. Default false.
    pub(crate) is_remote: bool,
    /// `[core] dags_are_paused_at_creation`. Default true.
    pub(crate) dags_are_paused_at_creation: bool,
    /// `[core] dag_run_conf_overrides_params`: whether a run's `conf` goes over its DAG's params. Default true.
    pub(crate) conf_overrides_params: bool,
    /// `[triggerer] capacity`, `default_capacity` in Airflow 2: waits of deferred tasks that are looked at at a time. Default 1000.
    pub(crate) triggerer_capacity: usize,
    /// `[core] max_map_length`: items that a value may have that tasks are mapped over. Default 1024.
    pub(crate) max_map_length: u32,
    /// `[updraft] callback_timeout`: seconds that the callbacks for one event may take together. Default 60.
    pub(crate) callback_timeout: Duration,
    /// `[updraft] xcom_bytes_max`: the longest JSON text of an XCom. Default 1 MiB.
    pub(crate) xcom_bytes_max: usize,
    /// `[core] max_templated_field_length`: characters of a rendered field that are kept. Default 4096.
    pub(crate) templated_field_length_max: usize,
    /// `[core] max_num_rendered_ti_fields_per_task`: the newest runs of a DAG that rendered fields are kept for; 0: all.
    /// Default 30.
    pub(crate) rendered_runs_max: u32,
    /// `[state_store] clear_on_success`: whether what a task keeps goes when it succeeds. Default false.
    pub(crate) clear_states_on_success: bool,
    /// `[state_store] state_cleanup_batch_size`: how much of what has expired is deleted in one transaction; 0: 10,000. Default 0.
    pub(crate) state_cleanup_batch_size: u32,
    /// `[core] default_pool_task_slot_count`: slots of the default pool in a new database. Default 128.
    pub(crate) default_pool_slots: i32,
    /// `--api-url`: the installation elsewhere that commands work on.
    pub(crate) api_url: Option<String>,
    /// `[core] fernet_key`: a comma list; the first encrypts, any decrypts. Empty: values are stored as they are.
    pub(crate) fernet_key: String,
    /// `[core] test_connection`: whether people may have connections tried: only if it says `Enabled`. Default `Disabled`.
    pub(crate) may_try_connections: bool,
    /// `[core] killed_task_cleanup_time`: seconds between SIGTERM and SIGKILL. Default 60.
    pub(crate) killed_task_cleanup_time: Duration,
    /// `[core] hostname`-like name that attempts record; the machine's host name.
    pub(crate) hostname: String,
    /// `[database] sql_alchemy_conn`: a SQLAlchemy URL. Default `sqlite:///{home}/updraft.db`.
    pub(crate) database_url: String,
    /// `[logging] base_log_folder`. Default `{home}/logs`.
    pub(crate) base_log_folder: PathBuf,
    /// `[logging] logging_level`, for the engine's own messages. Default `INFO`.
    pub(crate) logging_level: String,
    /// `[scheduler] scheduler_health_check_server_port`. Default 8974.
    pub(crate) health_port: u16,
    /// `[scheduler] task_instance_heartbeat_timeout` (seconds without a heartbeat until an attempt counts as lost).
    pub(crate) heartbeat_timeout: Duration,
    /// `[scheduler] task_instance_heartbeat_sec`. Default 5.
    pub(crate) heartbeat_interval: Duration,
    /// `[webserver] web_server_host`. Default 127.0.0.1.
    pub(crate) web_host: IpAddr,
    /// `[webserver] web_server_port`. Default 8080.
    pub(crate) web_port: u16,
    /// `[api] host`; that of the web server when it is not set.
    pub(crate) api_host: IpAddr,
    /// `[api] port`; that of the web server when it is not set.
    pub(crate) api_port: u16,
    /// `[api_auth] jwt_secret`, `jwt_private_key_path`, `jwt_algorithm`, `jwt_kid`: what tokens are signed with.
    pub(crate) tokens: TokenSettings,
    /// `[api_auth] jwt_expiration_time`: how long a token counts. Default 24 hours.
    pub(crate) token_lifetime: Duration,
    /// `[execution_api] jwt_audience`, `jwt_expiration_time`; `[api_auth] jwt_issuer`, `jwt_leeway`; `[scheduler]
    /// task_queued_timeout`: what the tokens of attempts say.
    pub(crate) task_tokens: TaskTokenRule,
    /// What is configured of the web interface.
    pub(crate) web: WebOptions,
    /// `[updraft] sqlite_synchronous`: `normal` or `full`.
    pub(crate) sqlite_full_sync: bool,
    /// `[updraft] dag_dir_scan_interval_ms`: how often the DAGs folder is looked at. Default 500.
    pub(crate) scan_interval: Duration,
    /// `[core] dagbag_import_timeout`: seconds that reading one source may take. Default 30.
    pub(crate) import_timeout: Duration,
    /// `[updraft] compat` (2 or 3, default 2) and `[scheduler] catchup_by_default` (as the level has it).
    pub(crate) dag_defaults: DagDefaults,
    /// `[core] dag_ignore_file_syntax`: `regexp` or `glob`. Default: `regexp` at compat level 2, `glob` at level 3.
    pub(crate) ignore_syntax: IgnoreSyntax,
    /// `[core] dag_discovery_safe_mode`: whether only Python files that contain `dag` and `airflow` are read. Default true.
    pub(crate) safe_mode: bool,
    /// `[core] execute_tasks_new_python_interpreter`: whether each attempt of a DAG file gets an interpreter of its own, instead of a fork
    /// of a warm one. Default false.
    pub(crate) new_interpreters: bool,
    /// `[updraft] python`: the interpreter that Python environments are made with. Default `python3`.
    pub(crate) python: PathBuf,
    /// `[updraft] python_environment`: the folder of the environment that DAG files run in. Default `{home}/python`.
    pub(crate) python_environment: PathBuf,
    /// The environment, for `AIRFLOW_VAR_*` and `AIRFLOW_CONN_*`, and for the programs that bundles name.
    pub(crate) environment: Environment,
    /// `[secrets]` and `[workers] secrets_backend`: where secrets are looked for first.
    pub(crate) secrets: SecretsSettings,
    /// Who lets people in besides their passwords.
    pub(crate) external: ExternalSettings,
    /// Who changes something by this command; set by the command line, nobody for servers.
    pub(crate) author: Option<Author>,
}

impl Settings {
    /// Reads environment and file.
    ///
    /// # Errors
    /// The first option that is malformed, with what would be right.
    pub(crate) fn load(
        environment: Environment,
        current_folder: &Path,
        hostname: String,
    ) -> Result<Self, ConfigError> {
        let home = Home::find(&environment, current_folder);
        let file = home.config_file(&environment);
        let lookup = Lookup::load(environment, &file)?;
        let read = Reader {
            lookup: &lookup,
            home: &home,
        };
        let dag_defaults = read.dag_defaults()?;
        let web = read.web()?;
        let web_url = web.base_url.clone();
        let web_host = read.number("webserver", "web_server_host", IpAddr::from([127, 0, 0, 1]))?;
        let web_port = read.number("webserver", "web_server_port", 8080)?;
        Ok(Self {
            findings: lint(&lookup, &home.path, dag_defaults.compat),
            config_file: lookup.file_path().map(Path::to_owned),
            dags_folder: read.folder("core", "dags_folder", "dags")?,
            parallelism: read.number("core", "parallelism", 32)?,
            is_remote: read.text("core", "executor", "")?.trim() == REMOTE_EXECUTOR,
            dags_are_paused_at_creation: read.boolean("core", "dags_are_paused_at_creation", true)?,
            conf_overrides_params: read.boolean("core", "dag_run_conf_overrides_params", true)?,
            triggerer_capacity: read.number("triggerer", "capacity", 1000)?,
            max_map_length: read.number("core", "max_map_length", 1024)?,
            callback_timeout: read.seconds("updraft", "callback_timeout", 60.0)?,
            xcom_bytes_max: read.number("updraft", "xcom_bytes_max", 1 << 20)?,
            templated_field_length_max: read.number("core", "max_templated_field_length", 4096)?,
            clear_states_on_success: read.boolean("state_store", "clear_on_success", false)?,
            state_cleanup_batch_size: read.number("state_store", "state_cleanup_batch_size", 0)?,
            rendered_runs_max: read.number("core", "max_num_rendered_ti_fields_per_task", 30)?,
            default_pool_slots: read.number("core", "default_pool_task_slot_count", 128)?,
            api_url: None,
            fernet_key: read.text("core", "fernet_key", "")?,
            may_try_connections: read
                .text("core", "test_connection", "Disabled")?
                .eq_ignore_ascii_case("enabled"),
            killed_task_cleanup_time: read.seconds("core", "killed_task_cleanup_time", 60.0)?,
            hostname,
            database_url: read.database_url()?,
            base_log_folder: read.folder("logging", "base_log_folder", "logs")?,
            logging_level: read.text("logging", "logging_level", "INFO")?,
            health_port: read.number("scheduler", "scheduler_health_check_server_port", 8974)?,
            heartbeat_timeout: read.seconds("scheduler", "task_instance_heartbeat_timeout", 15.0)?,
            heartbeat_interval: read.seconds("scheduler", "task_instance_heartbeat_sec", 5.0)?,
            web_host,
            web_port,
            api_host: read.number("api", "host", web_host)?,
            api_port: read.number("api", "port", web_port)?,
            tokens: read.tokens()?,
            token_lifetime: read.seconds("api_auth", "jwt_expiration_time", 86_400.0)?,
            task_tokens: read.task_tokens()?,
            web,
            sqlite_full_sync: read.synchronous()?,
            scan_interval: Duration::from_millis(read.number("updraft", "dag_dir_scan_interval_ms", 500)?),
            import_timeout: read.seconds("core", "dagbag_import_timeout", 30.0)?,
            dag_defaults,
            ignore_syntax: read.ignore_syntax(dag_defaults.compat)?,
            safe_mode: read.boolean("core", "dag_discovery_safe_mode", true)?,
            new_interpreters: read.boolean("core", "execute_tasks_new_python_interpreter", false)?,
            python: read.text("updraft", "python", "python3")?.into(),
            python_environment: read.folder("updraft", "python_environment", "python")?,
            environment: lookup.environment().clone(),
            secrets: read.secrets()?,
            external: read.external(&web_url)?,
            author: None,
            home,
        })
    }

    /// `$AIRFLOW_HOME/run`: sockets and lock files of running processes.
    pub(crate) fn run_folder(&self) -> PathBuf {
        self.home.path.join("run")
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("home", &self.home)
            .field("dags_folder", &self.dags_folder)
            .finish_non_exhaustive()
    }
}

/// Typed access to the options of one lookup.
pub(super) struct Reader<'a> {
    lookup: &'a Lookup,
    home: &'a Home,
}

impl Reader<'_> {
    pub(super) const fn lookup(&self) -> &Lookup {
        self.lookup
    }

    pub(super) fn text(
        &self,
        section: &'static str,
        key: &'static str,
        default: &str,
    ) -> Result<String, ConfigError> {
        Ok(self
            .lookup
            .get(section, key)?
            .unwrap_or_else(|| default.to_owned()))
    }

    pub(super) fn folder(
        &self,
        section: &'static str,
        key: &'static str,
        default: &str,
    ) -> Result<PathBuf, ConfigError> {
        Ok(self.home.path.join(self.text(section, key, default)?))
    }

    fn number<T: FromStr>(
        &self,
        section: &'static str,
        key: &'static str,
        default: T,
    ) -> Result<T, ConfigError> {
        match self.lookup.get(section, key)? {
            None => Ok(default),
            Some(value) => value.trim().parse().map_err(|_| ConfigError::Value {
                section,
                key,
                value,
                expected: std::any::type_name::<T>(),
            }),
        }
    }

    pub(super) fn seconds(
        &self,
        section: &'static str,
        key: &'static str,
        default: f64,
    ) -> Result<Duration, ConfigError> {
        let value: f64 = self.number(section, key, default)?;
        Duration::try_from_secs_f64(value).map_err(|_| ConfigError::Value {
            section,
            key,
            value: value.to_string(),
            expected: "a number of seconds, 0 or more",
        })
    }

    pub(super) fn boolean(
        &self,
        section: &'static str,
        key: &'static str,
        default: bool,
    ) -> Result<bool, ConfigError> {
        let value = self.value(section, key, defaults::boolean, defaults::BOOLEANS)?;
        Ok(value.unwrap_or(default))
    }

    fn ignore_syntax(&self, compat: CompatLevel) -> Result<IgnoreSyntax, ConfigError> {
        let parse = |value: &str| match value {
            "regexp" => Some(IgnoreSyntax::Regexp),
            "glob" => Some(IgnoreSyntax::Glob),
            _ => None,
        };
        let set = self.value("core", "dag_ignore_file_syntax", parse, "`regexp` or `glob`")?;
        Ok(set.unwrap_or(match compat {
            CompatLevel::Two => IgnoreSyntax::Regexp,
            CompatLevel::Three => IgnoreSyntax::Glob,
        }))
    }

    fn dag_defaults(&self) -> Result<DagDefaults, ConfigError> {
        let (level, levels) = (defaults::compat, defaults::COMPAT_LEVELS);
        let (boolean, booleans) = (defaults::boolean, defaults::BOOLEANS);
        let compat = self.value("updraft", "compat", level, levels)?;
        Ok(DagDefaults {
            compat: compat.unwrap_or_default(),
            catchup: self.value("scheduler", "catchup_by_default", boolean, booleans)?,
        })
    }

    /// The value of an option, if it is set, as `parse` understands it; `expected` says what that is.
    pub(super) fn value<T>(
        &self,
        section: &'static str,
        key: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        expected: &'static str,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.lookup.get(section, key)? else {
            return Ok(None);
        };
        let parsed = parse(&value).ok_or(ConfigError::Value {
            section,
            key,
            value,
            expected,
        })?;
        Ok(Some(parsed))
    }

    fn task_tokens(&self) -> Result<TaskTokenRule, ConfigError> {
        let default = TaskTokenRule::default();
        let issuer = self.text("api_auth", "jwt_issuer", "")?;
        let seconds = |section, key, default| {
            let seconds = self.seconds(section, key, default)?;
            Ok(SignedDuration::try_from(seconds).unwrap_or(SignedDuration::MAX))
        };
        Ok(TaskTokenRule {
            audience: self.text("execution_api", "jwt_audience", &default.audience)?,
            issuer: Some(issuer).filter(|issuer| !issuer.is_empty()),
            leeway: seconds("api_auth", "jwt_leeway", 10.0)?,
            workload_lifetime: seconds("scheduler", "task_queued_timeout", 600.0)?,
            execution_lifetime: seconds("execution_api", "jwt_expiration_time", 600.0)?,
        })
    }

    fn web(&self) -> Result<WebOptions, ConfigError> {
        let default = WebOptions::default();
        let minutes: u32 = self.number("webserver", "session_lifetime_minutes", 43_200)?;
        let url = |text: &str| text.parse::<BaseUrl>().ok();
        let expected = "an address such as `https://example.com/airflow`";
        let enabled = self.text("core", "test_connection", "Disabled")?;
        let interval: u32 = self.number("webserver", "auto_refresh_interval", 3)?;
        Ok(WebOptions {
            session_lifetime: SignedDuration::from_mins(minutes.into()),
            base_url: self
                .value("webserver", "base_url", url, expected)?
                .unwrap_or_default(),
            instance_name: self.text("webserver", "instance_name", &default.instance_name)?,
            default_timezone: self.text("webserver", "default_ui_timezone", &default.default_timezone)?,
            test_connection: enabled.trim().eq_ignore_ascii_case("enabled"),
            state_store: StateStoreOptions {
                default_retention_days: self.number("state_store", "default_retention_days", 30)?,
                value_bytes_max: self.number("state_store", "max_value_storage_bytes", 65_535)?,
            },
            expose_config: self.text("webserver", "expose_config", "False")?.to_lowercase() != "false",
            auto_refresh: interval > 0,
            dags_folder: self.folder("core", "dags_folder", "dags")?.display().to_string(),
            plugin_views: self.plugin_views()?,
        })
    }

    fn plugin_views(&self) -> Result<PluginViews, ConfigError> {
        let (section, key) = ("updraft", "plugin_views");
        let text = self.text(section, key, "")?;
        let secret = self.text(section, "plugin_views_secret", "")?;
        PluginViews::parse(&text, &secret).map_err(|source| ConfigError::PluginViews { source })
    }

    fn synchronous(&self) -> Result<bool, ConfigError> {
        let (section, key) = ("updraft", "sqlite_synchronous");
        let value = self.text(section, key, "normal")?;
        match value.to_lowercase().as_str() {
            "normal" => Ok(false),
            "full" => Ok(true),
            _ => Err(ConfigError::Value {
                section,
                key,
                value,
                expected: "`normal` or `full`",
            }),
        }
    }

    fn database_url(&self) -> Result<String, ConfigError> {
        let default = || format!("sqlite:///{}", self.home.path.join("updraft.db").display());
        Ok(self
            .lookup
            .get("database", "sql_alchemy_conn")?
            .unwrap_or_else(default))
    }
}
