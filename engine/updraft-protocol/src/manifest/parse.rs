//! The keys of a bundle file.

use std::collections::BTreeMap;

use super::document::{Entry, ManifestError, Table};
use super::{BundleManifest, TaskOverrides};

pub(super) fn manifest(text: &str) -> Result<BundleManifest, ManifestError> {
    let mut document = Table::document(text)?;
    document.check_keys(&["program", "args", "env", "default_args"])?;
    let Some(program) = document.take("program") else {
        let message = "`program` is missing, it names the program that holds the DAGs".to_owned();
        return Err(ManifestError::at(text, 0, message));
    };
    let empty = program.error("is empty, it names the program that holds the DAGs");
    let program = program.text()?;
    if program.trim().is_empty() {
        return Err(empty);
    }
    Ok(BundleManifest {
        program,
        args: document
            .take("args")
            .map(Entry::texts)
            .transpose()?
            .unwrap_or_default(),
        env: document.read("env", env)?.unwrap_or_default(),
        default_args: match document.take("default_args") {
            Some(table) => TaskOverrides::read(table.table("default_args")?)?,
            None => TaskOverrides::default(),
        },
    })
}

fn env(entry: Entry<'_, '_>) -> Result<BTreeMap<String, String>, ManifestError> {
    let mut env = BTreeMap::new();
    for (name, value) in entry.table("env")?.into_entries() {
        let impossible = value.error("is no possible name of an environment variable");
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(impossible);
        }
        let impossible = value.error("holds a zero byte, which no environment variable can");
        let text = value.text()?;
        if text.contains('\0') {
            return Err(impossible);
        }
        env.insert(name, text);
    }
    Ok(env)
}
