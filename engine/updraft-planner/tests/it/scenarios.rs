//! Every script of `tests/scenarios` prints what it printed before.
//!
//! After a wanted change, run the test with `UPDRAFT_BLESS=1` and read the difference.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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
    let mut different = Vec::new();
    for path in &paths {
        let text = std::fs::read_to_string(path).expect("a script");
        let printed = script::run(&text);
        if text != printed {
            if bless {
                std::fs::write(path, &printed).expect("the script can be written");
            }
            different.push(format!("--- {}\n{printed}", path.display()));
        }
    }
    assert!(!paths.is_empty(), "there are no scenarios");
    let (count, of) = (different.len(), paths.len());
    assert!(
        different.is_empty(),
        "{count} of {of} scripts print:\n{}",
        different.join("\n")
    );
}
