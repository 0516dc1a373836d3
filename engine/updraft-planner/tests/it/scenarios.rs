//! Every script of `tests/scenarios` prints what it printed before, and together they exercise every transition.
//!
//! After a wanted change, run the test with `UPDRAFT_BLESS=1` and read the difference.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::coverage::Coverage;
use crate::script;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the developer says so in the environment"
)]
fn scenarios_print_what_their_scripts_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let bless = std::env::var_os("UPDRAFT_BLESS").is_some();
    let entries = std::fs::read_dir(&folder).expect("the folder with the scenarios");
    let paths: BTreeSet<PathBuf> = entries
        .map(|entry| entry.expect("an entry of it").path())
        .collect();
    let (mut different, mut coverage) = (Vec::new(), Coverage::default());
    for path in &paths {
        let text = std::fs::read_to_string(path).expect("a script");
        let (printed, exercised) = script::run(&text);
        coverage.add(exercised);
        if text != printed {
            if bless {
                std::fs::write(path, &printed).expect("the script can be written");
            }
            different.push(format!("--- {}\n{printed}", path.display()));
        }
    }
    assert!(!paths.is_empty(), "there are no scenarios");
    assert_eq!(
        coverage.missing(),
        unexercised(),
        "left: what no script exercises; right: what `tests/unexercised.txt` lists"
    );
    let (count, of) = (different.len(), paths.len());
    assert!(
        different.is_empty(),
        "{count} of {of} scripts print:\n{}",
        different.join("\n")
    );
}

/// The transitions that no script exercises, each with its reason. Shrinks only.
fn unexercised() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/unexercised.txt");
    let text = std::fs::read_to_string(path).expect("the list of transitions that are not exercised");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| Some(line.split_once(" # ")?.0.trim().to_owned()))
        .collect()
}
