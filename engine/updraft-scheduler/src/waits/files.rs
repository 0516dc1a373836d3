//! Looking for files, as Airflow's `FileTrigger` does.

use std::fs;
use std::path::{Path, PathBuf};

/// How deep folders are looked through.
const DEPTH_MAX: usize = 64;

/// Whether there is what a path names: a file, or a folder with a file somewhere in it. A path may be a pattern with `*`, `?`
/// and `[..]`; in a recursive one `**` stands for any number of folders. What cannot be read is not there.
pub(crate) fn is_there(path: &str, recursive: bool) -> bool {
    let path = Path::new(path);
    let parts: Vec<&str> = path
        .components()
        .filter_map(|part| part.as_os_str().to_str())
        .collect();
    let (start, parts) = match parts.split_first() {
        Some((&"/", rest)) => (PathBuf::from("/"), rest),
        _ => (PathBuf::new(), parts.as_slice()),
    };
    matches(&start, parts, recursive)
}

fn matches(folder: &Path, parts: &[&str], recursive: bool) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        return has_file(folder, DEPTH_MAX);
    };
    if recursive && *part == "**" {
        let folders = || {
            entries(folder)
                .into_iter()
                .filter(|(path, name)| is_visible(name) && is_folder(path))
        };
        return matches(folder, rest, recursive)
            || folders().any(|(path, _)| matches(&path, parts, recursive))
            || (rest.is_empty() && has_file(folder, DEPTH_MAX));
    }
    if !part.contains(['*', '?', '[']) {
        return matches(&folder.join(part), rest, recursive);
    }
    let pattern: Vec<char> = part.chars().collect();
    let fits = |name: &str| {
        let name: Vec<char> = name.chars().collect();
        fits(&pattern, &name)
    };
    entries(folder)
        .into_iter()
        .filter(|(_, name)| (is_visible(name) || part.starts_with('.')) && fits(name))
        .any(|(path, _)| matches(&path, rest, recursive))
}

/// What is in a folder, with its name.
fn entries(folder: &Path) -> Vec<(PathBuf, String)> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let named = |entry: fs::DirEntry| Some((entry.path(), entry.file_name().into_string().ok()?));
    entries.filter_map(Result::ok).filter_map(named).collect()
}

fn is_visible(name: &str) -> bool {
    !name.starts_with('.')
}

/// A link to a folder is none, so that a circle of links has an end.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

fn has_file(path: &Path, depth: usize) -> bool {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => entries(path).iter().any(|(inside, _)| {
            if is_folder(inside) {
                depth > 0 && has_file(inside, depth - 1)
            } else {
                inside.is_file()
            }
        }),
        Ok(found) => found.is_file(),
        Err(_) => false,
    }
}

/// Whether a name fits a pattern, as in Python's `fnmatch`. Costs at most the product of their lengths.
fn fits(mut pattern: &[char], mut name: &[char]) -> bool {
    // What follows the last star, and where in the name that was tried last.
    let mut after_star: Option<(&[char], &[char])> = None;
    loop {
        if let Some(('*', rest)) = pattern.split_first() {
            (pattern, after_star) = (rest, Some((rest, name)));
            continue;
        }
        let Some((first, rest)) = name.split_first() else {
            return pattern.is_empty();
        };
        match (after(pattern, *first), after_star) {
            (Some(next), _) => (pattern, name) = (next, rest),
            (None, Some((next, tried))) => {
                let Some((_, tried)) = tried.split_first() else {
                    return false;
                };
                (pattern, name, after_star) = (next, tried, Some((next, tried)));
            }
            (None, None) => return false,
        }
    }
}

/// What is left of a pattern after a character that fits its beginning; `None` if it does not.
fn after(pattern: &[char], wanted: char) -> Option<&[char]> {
    match pattern.split_first()? {
        ('?', rest) => Some(rest),
        ('[', rest) => match set(rest) {
            Some((set, rest)) => has(set, wanted).then_some(rest),
            None => (wanted == '[').then_some(rest),
        },
        (own, rest) => (*own == wanted).then_some(rest),
    }
}

/// The characters between the brackets, and what comes after those; `None` if there is no closing one.
fn set(pattern: &[char]) -> Option<(&[char], &[char])> {
    let skipped = usize::from(pattern.first() == Some(&'!'));
    let end = pattern.iter().skip(skipped + 1).position(|one| *one == ']')? + skipped + 1;
    Some((pattern.get(..end)?, pattern.get(end + 1..)?))
}

fn has(set: &[char], wanted: char) -> bool {
    let (negated, set) = match set.split_first() {
        Some(('!', rest)) => (true, rest),
        _ => (false, set),
    };
    let in_range = |three: &[char]| matches!(three, [from, '-', to] if (*from..=*to).contains(&wanted));
    let is_in = set.contains(&wanted) || set.windows(3).any(in_range);
    is_in != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns_as_in_python() {
        let fits = |pattern: &str, name: &str| {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            fits(&chars(pattern), &chars(name))
        };
        for (pattern, name) in [
            ("*.csv", "a.csv"),
            ("*", ""),
            ("a?c", "abc"),
            ("[ab]*", "bx"),
            ("[!ab]", "c"),
            ("[0-9][0-9]", "42"),
            ("[", "["),
            ("a*b*c", "a-b-b-c"),
            ("[]]", "]"),
            ("*ab", "aab"),
            ("a**", "a"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*.csv", "a.csv2"),
            ("a?c", "ac"),
            ("[!ab]", "a"),
            ("[0-9]", "x"),
            ("", "a"),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_with_many_stars_costs_little() {
        let chars = |text: &str| text.chars().collect::<Vec<char>>();
        let pattern = chars(&("*a".repeat(50) + "b"));
        assert!(!fits(&pattern, &chars(&"a".repeat(200))));
        assert!(fits(&pattern, &chars(&("a".repeat(200) + "b"))));
    }

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
