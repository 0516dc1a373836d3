//! What a home sets that means nothing here, or means it under another name.

use std::fmt;
use std::path::Path;

use strsim::jaro_winkler;
use updraft_model::CompatLevel;

use super::lookup::{Lookup, Setting};
use super::reference::{self, Problem};

/// Names that are more alike than this are offered for a misspelt one.
const ALIKE: f64 = 0.85;

/// A setting that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The setting.
    pub(crate) setting: Setting,
    /// What is wrong with it.
    pub(crate) problem: Problem,
}

/// Looks at everything that is set.
pub(crate) fn lint(lookup: &Lookup, home: &Path, level: CompatLevel) -> Vec<Finding> {
    let mut found = Vec::new();
    for setting in lookup.set() {
        let name = (setting.section.as_str(), setting.key.as_str());
        let is_default = [CompatLevel::Two, CompatLevel::Three].into_iter().any(|level| {
            let default = reference::default(name, level).map(|text| lookup.expand_default(text, home));
            default.is_some_and(|text| text == setting.value.replace("%%", "%"))
        });
        match reference::problem(name, &setting.value, level) {
            None => {}
            Some(Problem::Idle) if is_default => {}
            Some(problem) => found.push(Finding { setting, problem }),
        }
    }
    found
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Setting {
            section,
            key,
            variable,
            ..
        } = &self.setting;
        match variable {
            Some(variable) => write!(f, "`{variable}`")?,
            None => write!(f, "`[{section}] {key}`")?,
        }
        match self.problem {
            Problem::Renamed((section, key)) => {
                write!(
                    f,
                    " is called `[{section}] {key}` now; the old name is still understood"
                )
            }
            Problem::Idle => f.write_str(" has no effect here"),
            Problem::Unknown => {
                f.write_str(" is no setting that Airflow or Updraft has")?;
                let closest = closest(section, key);
                closest.map_or(Ok(()), |closest| write!(f, "; did you mean `{closest}`?"))
            }
        }
    }
}

/// The option of a section whose name is most like one.
fn closest(section: &str, key: &str) -> Option<&'static str> {
    let options = [CompatLevel::Two, CompatLevel::Three]
        .into_iter()
        .flat_map(reference::options);
    let alike = options
        .filter(|(own, _)| *own == section)
        .map(|(_, option)| (jaro_winkler(key, option), option))
        .filter(|(likeness, _)| *likeness > ALIKE);
    let best = alike.max_by(|one, other| one.0.total_cmp(&other.0));
    best.map(|(_, option)| option)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn what_is_set_for_nothing_is_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("airflow.cfg");
        let text = "[core]\nparalelism = 3\ndag_concurrency = 4\nexecutor = CeleryExecutor\nhostname_callable = mine\n\
                    plugins_folder = /p\n[my_team]\nx = 1\n[scheduler]\nchild_process_log_directory = HOME/logs/scheduler\n";
        let text = text.replace("HOME", &folder.path().display().to_string());
        std::fs::write(&file, text).unwrap();
        let environment = [
            ("AIRFLOW__CORE__FERNET_KEY_CMD", "cat key"),
            ("AIRFLOW__CORE__PARALLELISM", "3"),
            ("AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE", "False"),
            ("AIRFLOW__UPDRAFT__COMPAT", "2"),
        ];
        let environment: Environment = environment
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let lookup = Lookup::load(environment, &file).unwrap();
        let found = lint(&lookup, folder.path(), CompatLevel::Two);
        let found: Vec<String> = found.iter().map(Finding::to_string).collect();
        assert_eq!(
            found,
            [
                "`[core] dag_concurrency` is called `[core] max_active_tasks_per_dag` now; the old name is still understood",
                "`[core] hostname_callable` has no effect here",
                "`[core] paralelism` is no setting that Airflow or Updraft has; did you mean `parallelism`?",
                "`AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE` has no effect here",
            ]
        );
    }
}
