//! What is parsed, and when it is parsed again.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use updraft_bundle::ParseAnswers;
use updraft_model::CompatLevel;
use updraft_protocol::message::ConnectionResult;

use crate::folder::Folder;

#[tokio::test]
async fn a_bundle_is_parsed_with_its_arguments_applied() {
    let folder = Folder::new();
    folder.write(
        "team/referral.bundle.toml",
        "program = 'fixture_bundle'\nargs = ['sync,quality']\n[env]\nA = 'b'\n[default_args]\nretry_delay = '2s'\n",
    );
    let mut scanner = folder.scanner();
    assert_eq!(
        folder.describe(&scanner.scan().await),
        "team/referral.bundle.toml: sync quality"
    );

    let parsed = scanner.good("team/referral.bundle.toml").unwrap();
    let task = &parsed.dags[0].tasks[0];
    assert_eq!((task.retries, task.retry_delay), (2, Duration::from_secs(2)));
    assert_eq!(parsed.dags[0].fileloc, "team/referral.bundle.toml");
    assert!(
        parsed
            .code
            .as_deref()
            .unwrap()
            .starts_with("program = 'fixture_bundle'")
    );
    let launch = &parsed.launch;
    assert_eq!(
        (launch.name.as_str(), launch.program.env["A"].as_str()),
        ("referral", "b")
    );
    assert_eq!(
        (&launch.program.path, &launch.program.folder),
        (&folder.program(), &folder.path("team"))
    );
}

#[tokio::test]
async fn nothing_happens_while_nothing_changes() {
    let folder = Folder::new();
    folder.bundle("a.bundle.toml", "a");
    let mut scanner = folder.scanner();
    scanner.scan().await;
    assert_eq!(folder.scan(&mut scanner).await, "");
    // Touched and rewritten, but the same content.
    folder.bundle("a.bundle.toml", "a");
    assert_eq!(folder.scan(&mut scanner).await, "");
}

/// Knows nothing, and wants sources to be read again.
#[derive(Default)]
struct Wants(Mutex<Vec<String>>);

#[async_trait]
impl ParseAnswers for Wants {
    async fn variable(&self, _: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    async fn connection(&self, _: &str) -> Result<Option<ConnectionResult>, String> {
        Ok(None)
    }

    async fn wanted_again(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn a_source_is_parsed_again_without_a_change_when_somebody_wants_it() {
    let mut folder = Folder::new();
    folder.bundle("a.bundle.toml", "a");
    folder.bundle("b.bundle.toml", "b");
    let wants = Arc::new(Wants::default());
    folder.options.answers = Some(wants.clone());
    let mut scanner = folder.scanner();
    scanner.scan().await;
    assert_eq!(folder.scan(&mut scanner).await, "");
    *wants.0.lock().unwrap() = vec!["b.bundle.toml".to_owned(), "nothing.bundle.toml".to_owned()];
    assert_eq!(folder.scan(&mut scanner).await, "b.bundle.toml: b");
    assert_eq!(folder.scan(&mut scanner).await, "");
}

#[tokio::test]
async fn changes_are_read_once_they_hold_still() {
    let folder = Folder::new();
    folder.bundle("a.bundle.toml", "a");
    let mut scanner = folder.scanner();
    scanner.scan().await;

    folder.bundle("a.bundle.toml", "a,half");
    assert_eq!(scanner.scan().await, []);
    folder.bundle("a.bundle.toml", "a,written");
    assert_eq!(scanner.scan().await, []);
    assert_eq!(folder.describe(&scanner.scan().await), "a.bundle.toml: a written");

    folder.bundle("b.bundle.toml", "b");
    assert_eq!(folder.scan(&mut scanner).await, "b.bundle.toml: b");
    folder.remove("a.bundle.toml");
    assert_eq!(folder.scan(&mut scanner).await, "a.bundle.toml removed");
}

#[tokio::test]
async fn a_new_program_is_asked_again() {
    let folder = Folder::new();
    let program = folder.program();
    let script = |dag: &str| format!("#!/bin/sh\nexec '{}' '{dag}' \"$@\"\n", program.display());
    folder.script("program", &script("old"));
    folder.write("a.bundle.toml", "program = './program'\n");
    let mut scanner = folder.scanner();
    assert_eq!(folder.describe(&scanner.scan().await), "a.bundle.toml: old");
    let before = scanner
        .good("a.bundle.toml")
        .unwrap()
        .launch
        .program
        .fingerprint
        .clone();

    folder.script("program", &script("new"));
    assert_eq!(folder.scan(&mut scanner).await, "a.bundle.toml: new");
    assert_ne!(
        scanner.good("a.bundle.toml").unwrap().launch.program.fingerprint,
        before
    );
}

#[tokio::test]
async fn the_last_good_version_stays_while_the_source_is_broken() {
    let folder = Folder::new();
    folder.bundle("a.bundle.toml", "a");
    let mut scanner = folder.scanner();
    scanner.scan().await;
    folder.write("a.bundle.toml", "program = 'fixture_bundle'\nargz = []\n");
    assert!(
        folder
            .scan(&mut scanner)
            .await
            .starts_with("a.bundle.toml failed: HOME/dags/a.bundle.toml:2: ")
    );
    assert_eq!(
        scanner.good("a.bundle.toml").unwrap().dags[0].dag_id.as_str(),
        "a"
    );
    assert_eq!(folder.scan(&mut scanner).await, "", "an error is told once");

    // Put right to what it was before: in force again, although its content was parsed before.
    folder.bundle("a.bundle.toml", "a");
    assert_eq!(folder.scan(&mut scanner).await, "a.bundle.toml: a");
}

#[tokio::test]
async fn a_dag_belongs_to_the_source_that_had_it_first() {
    let folder = Folder::new();
    folder.bundle("a.bundle.toml", "same,a");
    folder.bundle("b.bundle.toml", "b,same");
    let mut scanner = folder.scanner();
    insta::assert_snapshot!(folder.describe(&scanner.scan().await));
    assert_eq!(folder.scan(&mut scanner).await, "");
    folder.bundle("a.bundle.toml", "a");
    assert_eq!(
        folder.scan(&mut scanner).await,
        "a.bundle.toml: a\nb.bundle.toml: b same"
    );
}

#[tokio::test]
async fn programs_are_found_beside_the_file_and_on_the_search_path() {
    let mut folder = Folder::new();
    let elsewhere = folder.path("../elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(folder.program(), elsewhere.join("on_path")).unwrap();
    std::os::unix::fs::symlink(folder.program(), folder.path("beside")).unwrap();
    folder.options.search_path = vec![folder.path("../missing"), elsewhere];
    folder.write("a.bundle.toml", "program = 'on_path'\nargs = ['a']");
    folder.write("b.bundle.toml", "program = 'beside'\nargs = ['b']");
    folder.write("c.bundle.toml", "program = '../elsewhere/on_path'\nargs = ['c']");
    let changes = folder.scanner().scan().await;
    assert_eq!(
        folder.describe(&changes),
        "a.bundle.toml: a\nb.bundle.toml: b\nc.bundle.toml: c"
    );
}

#[tokio::test]
async fn a_program_that_prints_a_lot_still_describes_its_dags() {
    let folder = Folder::new();
    folder.bundle("a.bundle.toml", "chatter");
    assert_eq!(
        folder.describe(&folder.scanner().scan().await),
        "a.bundle.toml: chatter"
    );
}

#[tokio::test]
async fn the_compat_level_reaches_the_program_before_it_describes_its_dags() {
    let mut folder = Folder::new();
    folder.bundle("a.bundle.toml", "a");
    folder.write(
        "b.bundle.toml",
        "program = 'fixture_bundle'\nargs = ['b']\n[env]\nAIRFLOW__UPDRAFT__COMPAT = '2'\n",
    );
    let mut fingerprints = Vec::new();
    for (compat, expected) in [
        (CompatLevel::Two, ["2 true", "2 true"]),
        (CompatLevel::Three, ["3 false", "2 true"]),
    ] {
        folder.options.defaults.compat = compat;
        let mut scanner = folder.scanner();
        scanner.scan().await;
        let described = ["a.bundle.toml", "b.bundle.toml"].map(|source| {
            let parsed = scanner.good(source).unwrap();
            let dag = &parsed.dags[0];
            format!("{} {}", u8::from(dag.compat), dag.catchup)
        });
        assert_eq!(described, expected);
        fingerprints.push(
            scanner
                .good("a.bundle.toml")
                .unwrap()
                .launch
                .program
                .fingerprint
                .clone(),
        );
    }
    assert_ne!(fingerprints[0], fingerprints[1]);
}
