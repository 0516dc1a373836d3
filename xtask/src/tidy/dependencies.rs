//! Outside libraries: their licences, those nobody uses, and those that are built twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::arrows::members;
use crate::workspace;

/// Licences that may be linked into an Apache-2.0 program.
const LICENCES: &[&str] = &[
    "Apache-2.0",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
    "CC0-1.0",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "bzip2-1.0.6",
];

/// Crates that are known to be built in more than one version: a list that only ever shrinks.
const DUPLICATES: &str = "xtask/duplicate-dependencies.txt";

/// One sentence per finding.
pub(super) fn check(metadata: &Value) -> Result<Vec<String>> {
    let mut findings = licences(metadata);
    findings.extend(unused(metadata)?);
    findings.extend(duplicates(metadata)?);
    Ok(findings)
}

fn licences(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let refused = packages.iter().filter(|package| {
        let expression = package["license"].as_str().unwrap_or_default();
        !is_allowed(expression)
    });
    refused
        .map(|package| {
            format!(
                "`{}` has the licence `{}`, which is not on the list",
                text(&package["name"]),
                text(&package["license"])
            )
        })
        .collect()
}

/// Whether an SPDX expression can be met with allowed licences: any side of an `OR`, all sides of an `AND`.
fn is_allowed(expression: &str) -> bool {
    let expression = expression
        .replace('/', " OR ")
        .replace(" WITH LLVM-exception", "")
        .replace(['(', ')'], "");
    expression
        .split(" AND ")
        .all(|group| group.split(" OR ").any(|name| LICENCES.contains(&name.trim())))
}

/// Dependencies whose name stands nowhere in the source of the crate that lists them.
fn unused(metadata: &Value) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for package in members(metadata) {
        let folder = Path::new(package["manifest_path"].as_str().unwrap_or_default())
            .parent()
            .context("a manifest lies in a folder")?;
        let mut production = String::new();
        read_sources(&folder.join("src"), &mut production)?;
        let mut all = production.clone();
        read_sources(&folder.join("tests"), &mut all)?;
        read_sources(&folder.join("examples"), &mut all)?;
        read_sources(&folder.join("benches"), &mut all)?;
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = text(
                dependency
                    .get("rename")
                    .filter(|name| name.is_string())
                    .unwrap_or(&dependency["name"]),
            );
            let searched = if dependency["kind"] == "dev" {
                &all
            } else {
                &production
            };
            if !searched.contains(&name.replace('-', "_")) {
                findings.push(format!(
                    "`{}` lists `{name}` and does not use it",
                    text(&package["name"])
                ));
            }
        }
    }
    Ok(findings)
}

fn read_sources(folder: &Path, into: &mut String) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            read_sources(&path, into)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push_str(&std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn duplicates(metadata: &Value) -> Result<Vec<String>> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        versions
            .entry(text(&package["name"]))
            .or_default()
            .insert(text(&package["version"]));
    }
    let twice: BTreeSet<&str> = versions
        .iter()
        .filter(|(_, all)| all.len() > 1)
        .map(|(name, _)| *name)
        .collect();
    let ledger = std::fs::read_to_string(workspace::root().join(DUPLICATES))
        .with_context(|| format!("cannot read `{DUPLICATES}`"))?;
    let known: BTreeSet<&str> = ledger
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let new = twice.difference(&known).map(|name| {
        let all: Vec<&str> = versions[name].iter().copied().collect();
        format!(
            "`{name}` is now built in several versions ({}): bring them together",
            all.join(", ")
        )
    });
    let gone = known
        .difference(&twice)
        .map(|name| format!("`{name}` is built once now: remove it from `{DUPLICATES}`"));
    Ok(new.chain(gone).collect())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_expressions_are_met_by_one_side_of_or_and_all_of_and() {
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "MIT/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(is_allowed(good), "{good}");
        }
        for bad in ["GPL-3.0", "", "MIT AND GPL-3.0", "MPL-2.0"] {
            assert!(!is_allowed(bad), "{bad}");
        }
    }
}
