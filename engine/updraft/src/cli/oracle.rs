//! Compares our command line with the recorded one of Airflow 2.11.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::CommandFactory;
use serde::Deserialize;

use super::args::Cli;

/// A flag or positional argument, as recorded from Airflow's parser.
#[derive(Deserialize)]
struct Recorded {
    flags: Vec<String>,
    #[serde(default)]
    positional: bool,
    #[serde(default)]
    takes_value: bool,
    #[serde(default)]
    choices: Option<Vec<String>>,
}

fn oracle_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../oracle")
}

fn recorded() -> BTreeMap<String, Vec<Recorded>> {
    let text = std::fs::read_to_string(oracle_folder().join("cli-2.11.2.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Lines of a ledger: what is known to be missing, each with its reason after ` # `.
fn ledger() -> BTreeSet<String> {
    let text = std::fs::read_to_string(oracle_folder().join("ledger-cli-2.11.2.txt")).unwrap();
    let entry = |line: &str| line.split(" # ").next().unwrap_or_default().trim().to_owned();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(entry)
        .filter(|line| !line.is_empty())
        .collect()
}

/// Everything that Airflow's command line has and ours lacks or has otherwise.
fn missing() -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    let ours = Cli::command();
    for (name, arguments) in recorded() {
        let found = name
            .split(' ')
            .try_fold(&ours, |command, word| command.find_subcommand(word));
        let Some(command) = found else {
            missing.insert(name);
            continue;
        };
        for argument in arguments {
            if let Some(difference) = difference(command, &argument) {
                missing.insert(format!("{name} {difference}"));
            }
        }
    }
    missing
}

fn difference(command: &clap::Command, argument: &Recorded) -> Option<String> {
    for flag in &argument.flags {
        let ours = command.get_arguments().find(|arg| match flag.strip_prefix("--") {
            Some(long) => {
                let aliases = arg.get_all_aliases().unwrap_or_default();
                arg.get_long() == Some(long) || aliases.contains(&long)
            }
            None if argument.positional => arg.is_positional() && arg.get_id() == flag.as_str(),
            None => arg.get_short().map(|short| format!("-{short}")).as_deref() == Some(flag),
        });
        let Some(ours) = ours else {
            return Some(flag.clone());
        };
        if ours.get_action().takes_values() != argument.takes_value {
            return Some(format!("{flag} takes_value={}", argument.takes_value));
        }
        let choices: BTreeSet<String> = ours
            .get_possible_values()
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect();
        if let Some(wanted) = &argument.choices
            && choices != wanted.iter().cloned().collect()
        {
            return Some(format!("{flag} choices={}", wanted.join("|")));
        }
    }
    None
}

#[test]
fn every_difference_from_airflow_is_in_the_ledger_and_nothing_else_is() {
    let (missing, ledger) = (missing(), ledger());
    let new: Vec<_> = missing.difference(&ledger).collect();
    let closed: Vec<_> = ledger.difference(&missing).collect();
    assert!(
        new.is_empty(),
        "Airflow's command line has these, ours does not: {new:#?}"
    );
    assert!(
        closed.is_empty(),
        "these are covered now, take them out of the ledger: {closed:#?}"
    );
}
