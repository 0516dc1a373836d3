//! Decides which folder is the Airflow home.

use std::fmt;
use std::path::{Path, PathBuf};

use super::lookup::Environment;

/// The Airflow home and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    /// The absolute folder.
    pub(crate) path: PathBuf,
    /// Why it is this one.
    pub(crate) source: HomeSource,
}

/// What decided on the home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HomeSource {
    /// `AIRFLOW_HOME` is set.
    Variable,
    /// The current folder holds an `airflow.cfg`.
    CurrentFolder,
    /// Neither: `~/airflow`.
    Default,
}

impl Home {
    /// Finds the home: `AIRFLOW_HOME`; else the current folder if it holds `airflow.cfg`; else `~/airflow`.
    pub(crate) fn find(environment: &Environment, current_folder: &Path) -> Self {
        let user_home = environment
            .get("HOME")
            .map_or_else(|| PathBuf::from("/"), PathBuf::from);
        if let Some(value) = environment.get("AIRFLOW_HOME").filter(|value| !value.is_empty()) {
            let path = match value.strip_prefix("~/") {
                Some(rest) => user_home.join(rest),
                None => current_folder.join(value),
            };
            return Self {
                path,
                source: HomeSource::Variable,
            };
        }
        if current_folder.join("airflow.cfg").is_file() {
            return Self {
                path: current_folder.to_owned(),
                source: HomeSource::CurrentFolder,
            };
        }
        Self {
            path: user_home.join("airflow"),
            source: HomeSource::Default,
        }
    }

    /// The configuration file: `$AIRFLOW_CONFIG`, else `airflow.cfg` in the home.
    pub(crate) fn config_file(&self, environment: &Environment) -> PathBuf {
        environment
            .get("AIRFLOW_CONFIG")
            .map_or_else(|| self.path.join("airflow.cfg"), PathBuf::from)
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.source {
            HomeSource::Variable => "from AIRFLOW_HOME",
            HomeSource::CurrentFolder => "the current folder holds airflow.cfg",
            HomeSource::Default => "the default; set AIRFLOW_HOME to choose another",
        };
        write!(f, "{} ({why})", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_wins_then_a_folder_with_a_configuration_then_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let mut environment = Environment::from([("HOME".to_owned(), "/home/ann".to_owned())]);
        assert_eq!(
            Home::find(&environment, folder.path()).path,
            PathBuf::from("/home/ann/airflow")
        );
        std::fs::write(folder.path().join("airflow.cfg"), "").unwrap();
        assert_eq!(
            Home::find(&environment, folder.path()).source,
            HomeSource::CurrentFolder
        );
        environment.insert("AIRFLOW_HOME".to_owned(), "~/work".to_owned());
        assert_eq!(
            Home::find(&environment, folder.path()).path,
            PathBuf::from("/home/ann/work")
        );
    }
}
