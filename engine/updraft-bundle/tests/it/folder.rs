//! A DAGs folder of its own for each test.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use updraft_bundle::{SourceChange, SourceOptions, SourceScanner};

/// A DAGs folder, with the program `fixture_bundle` beside the running binary.
pub(crate) struct Folder {
    directory: TempDir,
    pub(crate) options: SourceOptions,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let dags = directory.path().join("dags");
        fs::create_dir(&dags).unwrap();
        let tests = std::env::current_exe().unwrap();
        let examples = tests.parent().unwrap().parent().unwrap().join("examples");
        let options = SourceOptions {
            program_folder: Some(examples),
            parse_timeout: Duration::from_secs(20),
            ..SourceOptions::new(dags)
        };
        Self { directory, options }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.options.dags_folder.join(relative)
    }

    /// The program that cargo has built.
    pub(crate) fn program(&self) -> PathBuf {
        self.options
            .program_folder
            .as_ref()
            .unwrap()
            .join("fixture_bundle")
    }

    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a bundle file whose program has DAGs of these names, or behaves so.
    pub(crate) fn bundle(&self, relative: &str, behaviour: &str) {
        self.write(
            relative,
            &format!("program = 'fixture_bundle'\nargs = ['{behaviour}']\n"),
        );
    }

    pub(crate) fn remove(&self, relative: &str) {
        fs::remove_file(self.path(relative)).unwrap();
    }

    pub(crate) fn script(&self, relative: &str, text: &str) {
        self.write(relative, text);
        fs::set_permissions(self.path(relative), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn scanner(&self) -> SourceScanner {
        SourceScanner::new(self.options.clone())
    }

    /// Scans until the files that have just been changed have been read: the scan that sees the change, and the one
    /// after.
    pub(crate) async fn scan(&self, scanner: &mut SourceScanner) -> String {
        let mut changes = scanner.scan().await;
        changes.extend(scanner.scan().await);
        self.describe(&changes)
    }

    /// The changes in a few words, without the names of temporary folders.
    pub(crate) fn describe(&self, changes: &[SourceChange]) -> String {
        let lines: Vec<String> = changes.iter().map(|change| self.describe_one(change)).collect();
        lines.join("\n")
    }

    fn describe_one(&self, change: &SourceChange) -> String {
        match change {
            SourceChange::Parsed(parsed) => {
                let ids: Vec<&str> = parsed.dags.iter().map(|dag| dag.dag_id.as_str()).collect();
                let told = format!("{}: {}", parsed.launch.source, ids.join(" "));
                match &parsed.broken {
                    None => told,
                    Some(broken) => format!("{told}, but {}", self.hide(&broken.error.to_string())),
                }
            }
            SourceChange::Failed(error) => {
                format!("{} failed: {}", error.source, self.hide(&error.to_string()))
            }
            SourceChange::Removed { source } => format!("{source} removed"),
        }
    }

    fn hide(&self, text: &str) -> String {
        let hide = |text: &str, path: &Path, name: &str| text.replace(path.to_str().unwrap(), name);
        let text = hide(text, self.options.program_folder.as_ref().unwrap(), "BIN");
        hide_lines(&hide(&text, self.directory.path(), "HOME"))
    }
}

/// Replaces the line numbers behind names of Rust files.
fn hide_lines(text: &str) -> String {
    let mut parts = text.split(".rs:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        format!(
            "{text}.rs:LINE{}",
            part.trim_start_matches(|c: char| c.is_ascii_digit())
        )
    })
}
