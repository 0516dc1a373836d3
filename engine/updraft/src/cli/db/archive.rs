//! What `db clean` keeps of what it deletes: files of comma separated values in the folder `archive` of the home, which `db export-archived`
//! copies and `db drop-archived` deletes.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::cli::args::{DbDropArchivedArgs, DbExportArchivedArgs};
use crate::cli::{ask, output};
use crate::config::Settings;

/// What the names of the files begin with, as those of Airflow's tables.
const PREFIX: &str = "_airflow_deleted__";

/// The folder of a home.
fn folder(settings: &Settings) -> PathBuf {
    settings.home.path.join("archive")
}

/// A file that is being written, of the rows of one table. It is made with the first row.
pub(super) struct Archive {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Archive {
    /// Of a table, whose rows are deleted now.
    pub(super) fn new(table: &str, now: Timestamp, settings: &Settings) -> Self {
        let name = format!("{PREFIX}{table}__{}.csv", now.strftime("%Y%m%d%H%M%S"));
        Self {
            path: folder(settings).join(name),
            file: None,
        }
    }

    /// Adds a row; all have the same columns.
    pub(super) fn add(&mut self, row: &Map<String, Value>) -> Result<()> {
        let place = || format!("cannot write `{}`", self.path.display());
        if self.file.is_none() {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder).with_context(place)?;
            }
            let file = File::create_new(&self.path).with_context(place)?;
            let file = self.file.insert(BufWriter::new(file));
            let names = row.keys().map(|name| Value::from(name.as_str()));
            writeln!(file, "{}", line(names)).with_context(place)?;
        }
        if let Some(file) = &mut self.file {
            writeln!(file, "{}", line(row.values().cloned())).with_context(place)?;
        }
        Ok(())
    }

    /// Has all rows on the disk, so that they can be deleted.
    pub(super) fn keep(&mut self) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let kept = file.flush().and_then(|()| file.get_ref().sync_all());
        kept.with_context(|| format!("cannot write `{}`", self.path.display()))
    }
}

/// A line of comma separated values (RFC 4180).
fn line(cells: impl Iterator<Item = Value>) -> String {
    let cells = cells.map(|cell| {
        let text = match cell {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    });
    cells.collect::<Vec<_>>().join(",")
}

/// The files there are, of these tables if any are named; by name.
fn files(tables: &[String], settings: &Settings) -> Result<Vec<PathBuf>> {
    let folder = folder(settings);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", folder.display())),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let table = name.strip_prefix(PREFIX).and_then(|rest| rest.rsplit_once("__"));
        let is_wanted = |table: &str| tables.is_empty() || tables.iter().any(|wanted| wanted == table);
        if table.is_some_and(|(table, _)| is_wanted(table)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// `db export-archived`: copies the files into a folder.
pub(super) fn export(args: &DbExportArchivedArgs, settings: &Settings) -> Result<()> {
    let found = files(&args.tables, settings)?;
    if found.is_empty() {
        return output::print("Nothing is archived.");
    }
    let target = &args.output_path;
    fs::create_dir_all(target).with_context(|| format!("cannot create `{}`", target.display()))?;
    for path in &found {
        copy(path, target)?;
    }
    output::print(&format!(
        "{} files were written to {}",
        found.len(),
        target.display()
    ))?;
    if !args.drop_archives {
        return Ok(());
    }
    drop_files(&found, args.yes)
}

fn copy(path: &Path, folder: &Path) -> Result<()> {
    let target = folder.join(path.file_name().unwrap_or_default());
    if target.exists() {
        bail!("`{}` exists already; move it away", target.display());
    }
    fs::copy(path, &target).with_context(|| format!("cannot write `{}`", target.display()))?;
    Ok(())
}

/// `db drop-archived`: deletes the files.
pub(super) fn drop_archived(args: &DbDropArchivedArgs, settings: &Settings) -> Result<()> {
    let found = files(&args.tables, settings)?;
    if found.is_empty() {
        return output::print("Nothing is archived.");
    }
    drop_files(&found, args.yes)
}

fn drop_files(files: &[PathBuf], is_sure: bool) -> Result<()> {
    let count = files.len();
    if !is_sure && !ask::yes(&format!("Delete {count} archived files? (y/n)"))? {
        bail!("cancelled; the archive is kept");
    }
    for path in files {
        fs::remove_file(path).with_context(|| format!("cannot delete `{}`", path.display()))?;
    }
    output::print(&format!("{count} archived files were deleted"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_with_commas_quotes_and_lines_stay_one_value() {
        let cells = [
            json!("a"),
            json!(null),
            json!(7),
            json!("b, c"),
            json!({ "d": "e" }),
            json!("f\ng"),
        ];
        assert_eq!(
            line(cells.into_iter()),
            "a,,7,\"b, c\",\"{\"\"d\"\":\"\"e\"\"}\",\"f\ng\""
        );
    }
}
