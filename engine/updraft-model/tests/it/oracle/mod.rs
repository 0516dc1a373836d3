//! The recorded answers of the folder `oracle`, read whole.

mod croniter;
mod retry_backoff;
mod schedules;
mod timetables;
mod trigger_rules;

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::path::PathBuf;

use serde::de::DeserializeOwned;

/// The folder with the recordings: the one named by `UPDRAFT_ORACLE_DIR`, else the project's own.
#[expect(
    clippy::disallowed_methods,
    reason = "a test is where other recordings are put in"
)]
fn folder() -> PathBuf {
    let own = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../oracle").into();
    std::env::var("UPDRAFT_ORACLE_DIR").map_or_else(|_| own(), PathBuf::from)
}

fn read<T: DeserializeOwned>(file: &str) -> T {
    let path = folder().join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of `file` that differ on purpose, with the reason.
fn ledger(file: &str) -> BTreeMap<String, String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../oracle/ledger-model.txt");
    let text = std::fs::read_to_string(path).expect("the ledger stands beside the recordings");
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let entries = lines.map(|line| {
        let mut parts = line.splitn(3, " | ").map(str::to_owned);
        let [file, row, reason] = std::array::from_fn(|_| parts.next().expect("FILE | ROW | REASON"));
        (file, (row, reason))
    });
    entries
        .filter(|(of, _)| of == file)
        .map(|(_, entry)| entry)
        .collect()
}

/// Compares answers row by row and reports every row that differs without being in the ledger, and every row in the
/// ledger that does not differ.
struct Comparison {
    ledger: BTreeMap<String, String>,
    rows: usize,
    wrong: Vec<String>,
}

impl Comparison {
    fn of(file: &str) -> Self {
        Self {
            ledger: ledger(file),
            rows: 0,
            wrong: Vec::new(),
        }
    }

    fn row<T: PartialEq + Debug>(&mut self, row: impl Display, recorded: &T, ours: &T) {
        self.rows += 1;
        let row = row.to_string();
        match (recorded == ours, self.ledger.contains_key(&row)) {
            (true, false) | (false, true) => {}
            (true, true) => self
                .wrong
                .push(format!("{row}: agrees, take it out of the ledger")),
            (false, false) => {
                self.wrong
                    .push(format!("{row}\n  recorded {recorded:?}\n  ours     {ours:?}"));
            }
        }
    }

    #[track_caller]
    fn finish(self) {
        assert!(self.rows > 0, "the recording has no rows");
        let shown = self
            .wrong
            .iter()
            .take(10)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n");
        assert!(
            self.wrong.is_empty(),
            "{} of {} rows differ:\n{shown}",
            self.wrong.len(),
            self.rows
        );
    }
}
