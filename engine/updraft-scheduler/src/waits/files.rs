//! Looking for files, as Airflow's `FileTrigger` does.

use std::path::Path;

use glob::{MatchOptions, glob_with};
use walkdir::WalkDir;

/// As in Python: what begins with a dot is found only by a pattern that does.
const AS_IN_PYTHON: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// Whether there is what a path names: a file, or a folder with a file somewhere in it. A path may be a pattern with `*`, `?`
/// and `[..]`; in a recursive one `**` stands for any number of folders. What cannot be read is not there.
pub(crate) fn is_there(path: &str, recursive: bool) -> bool {
    match glob_with(&pattern(path, recursive), AS_IN_PYTHON) {
        Ok(found) => found.filter_map(Result::ok).any(|path| has_file(&path)),
        // No pattern, such as one with a bracket that is not closed, is a name.
        Err(_) => has_file(Path::new(path)),
    }
}

/// The pattern in which `**` stands between slashes only, and only if it is to be recursive; otherwise it is a `*`.
fn pattern(path: &str, recursive: bool) -> String {
    let part = |part: &str| {
        let mut part = part.to_owned();
        while part.contains("**") && !(recursive && part == "**") {
            part = part.replace("**", "*");
        }
        part
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Whether it is a file, or a folder with one somewhere in it. A link to a folder inside is none, so that a circle of links has
/// an end.
fn has_file(path: &Path) -> bool {
    let found = WalkDir::new(path).into_iter().filter_map(Result::ok);
    found.map(walkdir::DirEntry::into_path).any(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_path_names_a_file_or_a_folder_that_has_one() {
        let home = tempfile::tempdir().unwrap();
        let path = |text: &str| format!("{}/{text}", home.path().display());
        let is = |text: &str, recursive| is_there(&path(text), recursive);
        assert!(!is("", false), "a folder without files");
        fs::create_dir_all(path("deep/er")).unwrap();
        assert!(!is("deep", false) && !is("*", false));
        fs::write(path("deep/er/a.csv"), "").unwrap();
        fs::write(path("deep/.hidden.txt"), "").unwrap();
        for there in ["deep", "deep/er/a.csv", "*/er/*.csv", "d??p/*", ""] {
            assert!(is(there, false), "{there}");
        }
        for missing in ["deep/a.csv", "*/*.csv", "**/a.csv", "deep/*.txt", "nowhere/*"] {
            assert!(!is(missing, false), "{missing}");
        }
        assert!(is("**/a.csv", true) && is("**", true) && is("deep/**/er/*", true));
        assert!(!is("**/b.csv", true));
        std::os::unix::fs::symlink(home.path(), path("deep/circle")).unwrap();
        assert!(!is("**/b.csv", true) && is("deep/circle/deep/er/a.csv", false));
    }
}
