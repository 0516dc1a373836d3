//! Provider packages of Airflow beside our package.
//!
//! Each of them requires `apache-airflow`, which must not be installed: it would lend its modules for names that we lack. So the
//! environment says of itself that it has these distributions, in a version that providers accept; there is nothing but
//! their metadata.

use std::path::Path;
use std::{fs, io};

/// The distributions, and the version that our `airflow.__version__` claims.
const CLAIMED: [(&str, &str); 3] = [
    ("apache-airflow", VERSION),
    ("apache-airflow-core", VERSION),
    ("apache-airflow-task-sdk", "1.1.8"),
];

const VERSION: &str = "3.1.8";

/// What providers import and do not declare, since Airflow brings it along; the same as in `python/provider-requirements.txt`.
pub(crate) const COMPANIONS: [&str; 17] = [
    "asgiref",
    "attrs",
    "cryptography",
    "deprecated",
    "dill",
    "fsspec",
    "httpx",
    "packaging",
    "python-dateutil",
    "python-slugify",
    "pytz",
    "pyyaml",
    "requests",
    "sqlalchemy",
    "tabulate",
    "tenacity",
    "urllib3",
];

/// Whether a package is a provider, or stands for all of Airflow.
pub(crate) fn is_provider(requirement: &str) -> bool {
    let name = requirement.trim().to_lowercase().replace(['_', '.'], "-");
    name.starts_with("apache-airflow-providers-")
}

/// Whether a requirement asks for Airflow itself.
pub(crate) fn is_airflow(requirement: &str) -> bool {
    let name = requirement.trim().to_lowercase().replace(['_', '.'], "-");
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .unwrap_or(name.len());
    CLAIMED
        .iter()
        .any(|(claimed, _)| name.get(..end) == Some(claimed))
}

/// Has the environment claim to hold Airflow.
pub(crate) fn claim(site_packages: &Path) -> io::Result<()> {
    for (name, version) in CLAIMED {
        let folder = site_packages.join(format!("{}-{version}.dist-info", name.replace('-', "_")));
        if folder.is_dir() {
            continue;
        }
        fs::create_dir_all(&folder)?;
        let metadata = format!(
            "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\
             Summary: stands for what Updraft offers in its place; nothing is installed\n"
        );
        fs::write(folder.join("METADATA"), metadata)?;
        fs::write(folder.join("INSTALLER"), "updraft\n")?;
        let own = folder.file_name().unwrap_or_default().to_string_lossy();
        let record = ["METADATA", "INSTALLER", "RECORD"].map(|file| format!("{own}/{file},,\n"));
        fs::write(folder.join("RECORD"), record.concat())?;
    }
    Ok(())
}
