//! What is wrong with an environment is told in words; one that is ready stays as it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use updraft_python::{Environment, EnvironmentError};
use updraft_testing::python::python;

fn nothing_to_tell(text: &str) {
    unreachable!("nothing is to be done, but: {text}");
}

/// An interpreter that says it is of this version.
fn interpreter(folder: &Path, version: &str) -> PathBuf {
    let path = folder.join("python");
    fs::write(&path, format!("#!/bin/sh\necho {version}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Why an environment in this folder cannot be made with this interpreter: what is wrong, and what to do.
fn refusal(folder: PathBuf, base: PathBuf) -> (String, &'static str) {
    let environment = Environment::new(folder, base);
    assert!(!environment.is_ready());
    assert_eq!(environment.fingerprint(), None);
    let error = environment.ensure(&|_| {}).unwrap_err();
    (error.to_string(), error.hint())
}

#[test]
fn what_keeps_an_environment_from_being_made_is_told() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("python-environment");
    let (error, hint) = refusal(place.clone(), "/nowhere/python3".into());
    assert!(
        error.starts_with("`/nowhere/python3` cannot be started: "),
        "{error}"
    );
    assert!(hint.contains("`[updraft] python`"), "{hint}");
    let (error, _) = refusal(place.clone(), interpreter(folder.path(), "3 9"));
    assert!(
        error.ends_with("is Python 3.9, at least 3.10 is needed"),
        "{error}"
    );
    // It is of the right version, and makes nothing.
    let (error, _) = refusal(place.clone(), interpreter(folder.path(), "3 12"));
    assert!(error.contains("bin/python"), "{error}");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("letters.txt"), "dear").unwrap();
    let (error, hint) = refusal(place.clone(), interpreter(folder.path(), "3 12"));
    assert!(error.contains("is a folder with other things in it"), "{error}");
    assert!(hint.contains("[updraft] python_environment"), "{hint}");
    assert_eq!(fs::read_to_string(place.join("letters.txt")).unwrap(), "dear");
}

#[test]
fn airflow_itself_is_not_installed() {
    let folder = TempDir::new().unwrap();
    let environment = Environment::new(folder.path().join("python-environment"), "python3".into());
    let wanted = ["pandas", "Apache_Airflow[celery]==2.11.2"].map(str::to_owned);
    let error = environment.install(&wanted, &[], &nothing_to_tell).unwrap_err();
    assert!(matches!(error, EnvironmentError::Failed { .. }), "{error}");
    assert!(
        error.to_string().contains("`Apache_Airflow[celery]==2.11.2`"),
        "{error}"
    );
    assert!(!environment.folder().exists());
}

#[test]
fn an_environment_that_is_ready_is_left_alone() {
    let interpreter = python();
    let folder = interpreter.parent().and_then(Path::parent).unwrap();
    let environment = Environment::new(folder.to_owned(), "/nowhere/python3".into());
    let before = environment.fingerprint().unwrap();
    environment.ensure(&nothing_to_tell).unwrap();
    environment.install(&[], &[], &nothing_to_tell).unwrap();
    let installed = environment.check().unwrap();
    assert_eq!(installed.interpreter, interpreter);
    assert!(
        installed
            .packages
            .iter()
            .any(|package| package.starts_with("pendulum=="))
    );
    assert_eq!(environment.fingerprint(), Some(before));
}
