//! Finds the value of one option: environment, then file, then default, in Airflow's order.
//!
//! Source: Airflow 2.11 `airflow/configuration.py` (`AirflowConfigParser.get`): for each of the current and the deprecated
//! name the variable `AIRFLOW__SECTION__KEY`, its `_CMD`, its `_SECRET`; then the file's `key` and `key_cmd`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use updraft_api::InvalidPluginViews;
use updraft_secrets::BackendError;
use updraft_vaults::InvalidBackend;

use super::ini::{IniError, IniFile};
use super::reference::{self, Name};
use super::secrets;

/// The process environment as it was when the program started.
pub(crate) type Environment = BTreeMap<String, String>;

/// Where the value of an option was found; the words of Airflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A variable of the environment.
    Variable,
    /// What a command that a variable names has printed.
    VariableCommand,
    /// What the secrets backend has under the key that a variable names.
    VariableSecret,
    /// `airflow.cfg`.
    File,
    /// What a command that the file names has printed.
    FileCommand,
    /// What the secrets backend has under the key that the file names.
    FileSecret,
}

impl Source {
    /// As Airflow says it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Variable => "env var",
            Self::VariableCommand | Self::FileCommand => "cmd",
            Self::VariableSecret | Self::FileSecret => "secret",
            Self::File => "airflow.cfg",
        }
    }
}

/// Something that somebody has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Its section, in small letters if it comes from a variable.
    pub(crate) section: String,
    /// Its option.
    pub(crate) key: String,
    /// Its value, as written.
    pub(crate) value: String,
    /// The variable that sets it; otherwise the file does.
    pub(crate) variable: Option<String>,
}

/// Where options come from.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    environment: Environment,
    file: IniFile,
    file_path: Option<PathBuf>,
}

/// Why an option has no usable value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file is not readable.
    #[error("cannot read the configuration file `{}`", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is malformed.
    #[error("the configuration file `{}` is malformed", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: IniError,
    },
    /// The command of a `_CMD` option failed.
    #[error("the command of `{option}` failed ({why}): run it by hand to see its error")]
    Command {
        /// The option or variable that names the command.
        option: String,
        /// Exit status or reason.
        why: String,
    },
    /// `_SECRET` without a secrets backend, or for what says which one that is.
    #[error(
        "`{option}` asks for a secrets backend, and none is available for it: set `[secrets] backend`, set the value itself or use `_CMD`"
    )]
    NoSecretsBackend {
        /// The option or variable that asks.
        option: String,
    },
    /// The backend of `_SECRET` is not usable.
    #[error("`{option}` asks for a secrets backend, and `[secrets] backend` is not usable")]
    InvalidBackend {
        /// The option or variable that asks.
        option: String,
        /// Why, and what would be right.
        source: InvalidBackend,
    },
    /// The backend of `_SECRET` does not say what it has.
    #[error("`{option}` gets no value")]
    Backend {
        /// The option or variable that asks.
        option: String,
        /// Why, and what to do.
        source: BackendError,
    },
    /// The backend of `_SECRET` has nothing there.
    #[error(
        "`{option}` names `{key}`, which the secrets backend does not have: put it there, or set the value itself"
    )]
    NoSecret {
        /// The option or variable that asks.
        option: String,
        /// The key.
        key: String,
    },
    /// Nobody can be asked.
    #[error("`{option}` gets no value, since no thread can be started that asks")]
    Runtime {
        /// The option or variable that asks.
        option: String,
        /// Why.
        source: std::io::Error,
    },
    /// A value that cannot be understood.
    #[error("`[{section}] {key}` is `{value}`, expected {expected}")]
    Value {
        /// Section.
        section: &'static str,
        /// Option.
        key: &'static str,
        /// The text found; never that of a sensitive option.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Plugin views that cannot be served.
    #[error("`[updraft] plugin_views` cannot be used")]
    PluginViews {
        /// Why, and what would be right.
        #[source]
        source: InvalidPluginViews,
    },
}

impl Lookup {
    /// Reads the file, where there is one.
    ///
    /// # Errors
    /// A file that exists but cannot be read or parsed.
    pub(crate) fn load(environment: Environment, file_path: &Path) -> Result<Self, ConfigError> {
        let text = match std::fs::read_to_string(file_path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => {
                return Err(ConfigError::Read {
                    path: file_path.to_owned(),
                    source,
                });
            }
        };
        let file =
            IniFile::parse(text.as_deref().unwrap_or_default()).map_err(|source| ConfigError::Malformed {
                path: file_path.to_owned(),
                source,
            })?;
        Ok(Self {
            environment,
            file,
            file_path: text.map(|_| file_path.to_owned()),
        })
    }

    /// The file that was read, if one exists.
    pub(crate) fn file_path(&self) -> Option<&Path> {
        self.file_path.as_deref()
    }

    /// The environment this lookup reads.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The value of an option, with `$VAR` and `~` expanded, or `None` where nothing sets it.
    ///
    /// # Errors
    /// A failing `_CMD` or `_SECRET`, or a malformed file value.
    pub(crate) fn get(&self, section: &str, key: &str) -> Result<Option<String>, ConfigError> {
        Ok(self.find((section, key))?.map(|(value, _)| value))
    }

    /// The same, and where it comes from.
    ///
    /// # Errors
    /// As [`Lookup::get`].
    pub(crate) fn find(&self, name: Name<'_>) -> Result<Option<(String, Source)>, ConfigError> {
        let sensitive = reference::is_sensitive(name);
        let names = reference::names_of(name);
        for (section, key) in &names {
            if let Some(found) = self.in_environment(section, key, sensitive)? {
                return Ok(Some((self.expand(found.0), found.1)));
            }
        }
        for (section, key) in &names {
            if let Some(found) = self.in_file(section, key, sensitive)? {
                return Ok(Some((self.expand(found.0), found.1)));
            }
        }
        Ok(None)
    }

    /// Everything that is set, by section and option, and where: first what the file sets, then the environment. Values are as they
    /// were written.
    pub(crate) fn set(&self) -> Vec<Setting> {
        let setting = |section: &str, key: &str, value: &str, variable: Option<&String>| {
            let is_of_secret = |base: &&str| reference::is_sensitive((section, base));
            let bases = ["_cmd", "_secret"].map(|suffix| key.strip_suffix(suffix));
            let base = bases.into_iter().flatten().find(is_of_secret);
            Setting {
                section: section.to_owned(),
                key: base.unwrap_or(key).to_owned(),
                value: value.to_owned(),
                variable: variable.cloned(),
            }
        };
        let file = self.file.options();
        let file = file.map(|(section, key, value)| setting(section, key, value, None));
        let variables = self.environment.iter().filter_map(|(name, value)| {
            let (section, key) = name.strip_prefix("AIRFLOW__")?.split_once("__")?;
            let (section, key) = (section.to_lowercase(), key.to_lowercase());
            Some(setting(&section, &key, value, Some(name)))
        });
        file.chain(variables).collect()
    }

    fn in_environment(
        &self,
        section: &str,
        key: &str,
        sensitive: bool,
    ) -> Result<Option<(String, Source)>, ConfigError> {
        let name = variable_name(section, key);
        if let Some(value) = self.environment.get(&name) {
            return Ok(Some((value.clone(), Source::Variable)));
        }
        if !sensitive {
            return Ok(None);
        }
        if let Some(command) = self.environment.get(&format!("{name}_CMD")) {
            let value = run_command(&format!("{name}_CMD"), command)?;
            return Ok(Some((value, Source::VariableCommand)));
        }
        let secret = format!("{name}_SECRET");
        match self.environment.get(&secret) {
            Some(path) => {
                let value = secrets::value(self, section, (secret, path))?;
                Ok(Some((value, Source::VariableSecret)))
            }
            None => Ok(None),
        }
    }

    fn in_file(
        &self,
        section: &str,
        key: &str,
        sensitive: bool,
    ) -> Result<Option<(String, Source)>, ConfigError> {
        let read = |key: &str| {
            self.file
                .get(section, key)
                .map_err(|source| ConfigError::Malformed {
                    path: self.file_path.clone().unwrap_or_default(),
                    source,
                })
        };
        if let Some(value) = read(key)? {
            return Ok(Some((value, Source::File)));
        }
        if !sensitive {
            return Ok(None);
        }
        if let Some(command) = read(&format!("{key}_cmd"))? {
            let value = run_command(&format!("[{section}] {key}_cmd"), &command)?;
            return Ok(Some((value, Source::FileCommand)));
        }
        match read(&format!("{key}_secret"))? {
            Some(path) => {
                let value = secrets::value(self, section, (format!("[{section}] {key}_secret"), &path))?;
                Ok(Some((value, Source::FileSecret)))
            }
            None => Ok(None),
        }
    }

    /// The text of a default, with the home in it.
    pub(crate) fn expand_default(&self, default: &str, home: &Path) -> String {
        let home = home.display().to_string();
        let text = default.replace("{AIRFLOW_HOME}", &home);
        self.expand(text.replace("{{", "{").replace("}}", "}").replace("%%", "%"))
    }

    /// Expands `~` and `$VAR` or `${VAR}` until nothing changes; unknown variables stay as they are.
    fn expand(&self, value: String) -> String {
        let mut current = value;
        for _ in 0..8 {
            let next = self.expand_once(&current);
            if next == current {
                break;
            }
            current = next;
        }
        current
    }

    fn expand_once(&self, value: &str) -> String {
        let home = self.environment.get("HOME");
        let value = match (value.strip_prefix('~'), home) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => format!("{home}{rest}"),
            _ => value.to_owned(),
        };
        let mut out = String::with_capacity(value.len());
        let mut rest = value.as_str();
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let tail = &rest[at + 1..];
            let (name, after) = match tail.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some(parts) => parts,
                None => {
                    let end = tail
                        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                        .unwrap_or(tail.len());
                    tail.split_at(end)
                }
            };
            match self.environment.get(name) {
                Some(known) if !name.is_empty() => out.push_str(known),
                _ => out.push_str(&rest[at..rest.len() - after.len()]),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// The environment variable that sets an option: dots in a section name become underscores.
pub(crate) fn variable_name(section: &str, key: &str) -> String {
    format!(
        "AIRFLOW__{}__{}",
        section.to_uppercase().replace('.', "_"),
        key.to_uppercase()
    )
}

/// Runs a `_CMD` command line without a shell; its output is the value, untrimmed, as in Airflow.
fn run_command(option: &str, line: &str) -> Result<String, ConfigError> {
    let failed = |why: String| ConfigError::Command {
        option: option.to_owned(),
        why,
    };
    let words = shlex::split(line).filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| failed("not a command line".to_owned()))?;
    let output = Command::new(&words[0])
        .args(&words[1..])
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    String::from_utf8(output.stdout).map_err(|_| failed("its output is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(environment: &[(&str, &str)], file: &str) -> Lookup {
        let environment = environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Lookup {
            environment,
            file: IniFile::parse(file).unwrap(),
            file_path: None,
        }
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_new_name_over_the_old() {
        let found = lookup(
            &[
                ("AIRFLOW__CORE__SQL_ALCHEMY_CONN", "sqlite:////old.db"),
                ("AIRFLOW__CORE__PARALLELISM", "4"),
            ],
            "[core]\nparallelism = 8\ndag_concurrency = 3\n[database]\nsql_alchemy_conn = sqlite:////file.db\n",
        );
        assert_eq!(found.get("core", "parallelism").unwrap().as_deref(), Some("4"));
        assert_eq!(
            found.get("database", "sql_alchemy_conn").unwrap().as_deref(),
            Some("sqlite:////old.db")
        );
        assert_eq!(
            found.get("core", "max_active_tasks_per_dag").unwrap().as_deref(),
            Some("3")
        );
        assert_eq!(found.get("core", "executor").unwrap(), None);
    }

    #[test]
    fn commands_give_values_to_sensitive_options_only() {
        let environment = [
            ("AIRFLOW__CORE__FERNET_KEY_CMD", "printf 'key one'"),
            ("AIRFLOW__CORE__EXECUTOR_CMD", "printf no"),
            ("AIRFLOW__WEBSERVER__SECRET_KEY_CMD", "false"),
        ];
        let found = lookup(&environment, "");
        assert_eq!(
            found.get("core", "fernet_key").unwrap().as_deref(),
            Some("key one")
        );
        assert_eq!(found.get("core", "executor").unwrap(), None);
        assert!(matches!(
            found.get("webserver", "secret_key"),
            Err(ConfigError::Command { .. })
        ));
        let secret = lookup(&[("AIRFLOW__CORE__FERNET_KEY_SECRET", "path")], "");
        assert!(matches!(
            secret.get("core", "fernet_key"),
            Err(ConfigError::NoSecretsBackend { .. })
        ));
    }

    #[test]
    fn home_and_variables_are_expanded_until_stable() {
        let environment = [
            ("HOME", "/home/ann"),
            ("AIRFLOW_HOME", "$ROOT/airflow"),
            ("ROOT", "/srv"),
            ("AIRFLOW__CORE__DAGS_FOLDER", "${AIRFLOW_HOME}/dags-$UNKNOWN"),
            ("AIRFLOW__LOGGING__BASE_LOG_FOLDER", "~/logs"),
        ];
        let found = lookup(&environment, "");
        assert_eq!(
            found.get("core", "dags_folder").unwrap().as_deref(),
            Some("/srv/airflow/dags-$UNKNOWN")
        );
        assert_eq!(
            found.get("logging", "base_log_folder").unwrap().as_deref(),
            Some("/home/ann/logs")
        );
    }
}
