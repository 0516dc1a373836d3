//! The files themselves: their length, and words that must not stay in them.

use std::process::Command;

use anyhow::Result;

use crate::workspace;

/// A file longer than this holds more than one concept.
const LINES_MAX: usize = 800;

/// Endings of files that people write by hand as source.
const SOURCES: &[&str] = &["rs", "py", "ts", "tsx"];

/// One sentence per finding.
pub(super) fn check() -> Result<Vec<String>> {
    let mut list = Command::new("git");
    list.current_dir(workspace::root())
        .args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let files = workspace::output(&mut list)?;
    let here = workspace::root().display().to_string();
    let mut findings = Vec::new();
    for name in files.lines() {
        let Ok(text) = std::fs::read_to_string(workspace::root().join(name)) else {
            continue;
        };
        let is_source = name
            .rsplit('.')
            .next()
            .is_some_and(|ending| SOURCES.contains(&ending));
        if is_source && text.lines().count() > LINES_MAX {
            findings.push(format!(
                "`{name}` has more than {LINES_MAX} lines: split it by concept"
            ));
        }
        findings.extend(words(name, &text, is_source, &here));
    }
    Ok(findings)
}

fn words(name: &str, text: &str, is_source: bool, here: &str) -> Vec<String> {
    // Written in two halves so that this file does not find itself.
    let unfinished = [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("#[ig", "nore")];
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let place = || format!("{name}:{}", number + 1);
        if is_source && let Some(word) = unfinished.iter().find(|word| line.contains(**word)) {
            findings.push(format!("{}: `{word}` must not stay", place()));
        }
        if line.contains(here) {
            findings.push(format!("{}: names a path of this machine", place()));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_work_and_paths_of_the_machine_are_found() {
        let text = format!(
            "fn a() {{}} // {}\nlet home = \"/somewhere/here/x\";\n",
            concat!("FIX", "ME")
        );
        let findings = words("a.rs", &text, true, "/somewhere/here");
        assert_eq!(findings.len(), 2);
        assert!(findings[0].starts_with("a.rs:1: "));
        assert!(words("notes.md", concat!("TO", "DO"), false, "/x").is_empty());
    }
}
