//! Provider packages of Airflow beside our package.
//!
//! Each of them requires `apache-airflow`, which must not be installed: it would lend its modules for names that we lack. So our
//! package writes packages without content that take the places of Airflow's, and pip is made to choose those.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::EnvironmentError;
use crate::commands::run;

/// Airflow's own distributions.
const AIRFLOW: [&str; 3] = ["apache-airflow", "apache-airflow-core", "apache-airflow-task-sdk"];

/// What providers import and do not declare, since Airflow brings it along: `python/provider-requirements.txt`.
const COMPANIONS: &str = include_str!(concat!(env!("OUT_DIR"), "/provider-requirements.txt"));

/// These packages, as pip takes them.
pub(crate) fn companions() -> impl Iterator<Item = &'static str> {
    let package = |line: &'static str| line.split('#').next().unwrap_or_default().trim();
    // What the environment has anyway is named by its own file.
    let is_package = |line: &&str| !line.is_empty() && !line.starts_with('-');
    COMPANIONS.lines().map(package).filter(is_package)
}

/// Whether a requirement asks for a provider.
pub(crate) fn is_provider(requirement: &str) -> bool {
    name(requirement).starts_with("apache-airflow-providers-")
}

/// Whether a requirement asks for Airflow itself.
pub(crate) fn is_airflow(requirement: &str) -> bool {
    AIRFLOW.contains(&name(requirement).as_str())
}

/// The name of the distribution in a requirement, in its one spelling.
fn name(requirement: &str) -> String {
    let spelling = requirement.trim().to_lowercase().replace(['_', '.'], "-");
    let end = spelling
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .unwrap_or(spelling.len());
    spelling.get(..end).unwrap_or_default().to_owned()
}

/// Has our package write the stand-ins into a folder; the arguments that have pip choose them.
pub(crate) fn stand_ins(interpreter: &Path, folder: &Path) -> Result<Vec<PathBuf>, EnvironmentError> {
    let mut write = Command::new(interpreter);
    write.args(["-m", "updraft_airflow", "stand-ins"]).arg(folder);
    run("writing stand-ins for Airflow", &mut write)?;
    Ok(vec![
        "--find-links".into(),
        folder.to_owned(),
        "--constraint".into(),
        folder.join("constraints.txt"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn airflow_and_its_providers_are_known_by_their_names() {
        for airflow in [
            "apache-airflow",
            "Apache_Airflow==3.1",
            "apache-airflow[celery]>=2",
            "apache-airflow-core",
        ] {
            assert!(is_airflow(airflow) && !is_provider(airflow), "{airflow}");
        }
        for provider in [
            "apache-airflow-providers-http",
            "apache_airflow_providers_http>=5",
        ] {
            assert!(is_provider(provider) && !is_airflow(provider), "{provider}");
        }
        assert!(!is_airflow("apache-airflow-client") && !is_provider("pandas"));
    }
}
