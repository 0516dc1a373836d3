//! Patterns as in a `.gitignore`.
//!
//! `*` and `?` stand for anything but `/`, `**` for any folders, `[a-z]` and `[!a-z]` for one character. A pattern with a `/` in front or in
//! its middle is about the path from its file's folder on, any other about names at any depth. One that ends in `/` is about
//! folders only; one that begins with `!` takes back what an earlier one left out. `\` takes a character as it is, and a line that
//! begins with `#` is a comment. Source: gitignore(5), which Airflow 3 follows.

use regex::Regex;

/// One such pattern.
#[derive(Debug)]
pub(crate) struct Glob {
    path: Regex,
    takes_back: bool,
    only_folders: bool,
}

impl Glob {
    /// The pattern in a line; `None` if there is none.
    pub(crate) fn parse(line: &str) -> Result<Option<Self>, regex::Error> {
        // A blank at the end counts only behind a backslash.
        let trimmed = line.trim_end();
        let line = if trimmed.ends_with('\\') && trimmed.len() < line.len() {
            line.get(..=trimmed.len()).unwrap_or(line)
        } else {
            trimmed
        };
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let (takes_back, pattern) = match line.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, line),
        };
        let (only_folders, pattern) = match pattern.strip_suffix('/') {
            Some(pattern) => (true, pattern),
            None => (false, pattern),
        };
        let from_here = pattern.contains('/');
        let pattern = pattern.strip_prefix('/').unwrap_or(pattern);
        let anywhere = if from_here { "" } else { "(?:.*/)?" };
        let path = Regex::new(&format!("^{anywhere}{}$", expression(pattern)))?;
        Ok(Some(Self {
            path,
            takes_back,
            only_folders,
        }))
    }

    /// Whether a path is left out or taken back; `None` if the pattern is not about it.
    pub(crate) fn verdict(&self, path: &str, is_folder: bool) -> Option<bool> {
        let is_about = (is_folder || !self.only_folders) && self.path.is_match(path);
        is_about.then_some(!self.takes_back)
    }
}

/// The regular expression of a pattern. A `[` that is not closed makes one that is refused.
fn expression(pattern: &str) -> String {
    let mut expression = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let (text, length) = match first {
            _ if rest == "**" => (".*".to_owned(), 2),
            _ if rest.starts_with("**/") => ("(?:.*/)?".to_owned(), 3),
            _ if rest == "/**" => ("/.*".to_owned(), 3),
            '*' => ("[^/]*".to_owned(), 1),
            '?' => ("[^/]".to_owned(), 1),
            '[' => class(rest),
            '\\' => {
                let taken = rest.chars().nth(1).unwrap_or('\\');
                (
                    regex::escape(&taken.to_string()),
                    rest.len().min(1 + taken.len_utf8()),
                )
            }
            other => (regex::escape(&other.to_string()), other.len_utf8()),
        };
        expression.push_str(&text);
        rest = rest.get(length..).unwrap_or_default();
    }
    expression
}

/// One character out of several, and how long that is in the pattern.
fn class(rest: &str) -> (String, usize) {
    let inside = rest.get(1..).unwrap_or_default();
    let (not, inside) = match inside.strip_prefix(['!', '^']) {
        Some(inside) => ("^/", inside),
        None => ("", inside),
    };
    let skipped = usize::from(inside.starts_with(']'));
    let Some(end) = inside.get(skipped..).and_then(|inside| inside.find(']')) else {
        return ("[".to_owned(), rest.len());
    };
    let end = skipped + end;
    let members = inside.get(..end).unwrap_or_default();
    let members: String = members.chars().map(member).collect();
    (format!("[{not}{members}]"), rest.len() - inside.len() + end + 1)
}

/// A character in a class; only `-` and `\` mean there what they mean in a regular expression.
fn member(character: char) -> String {
    match character {
        '[' | ']' | '^' | '&' | '~' => format!("\\{character}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(line: &str, paths: &[&str]) -> String {
        let glob = Glob::parse(line).unwrap().unwrap();
        let letter = |path: &&str| {
            let (path, is_folder) = match path.strip_suffix('/') {
                Some(path) => (path, true),
                None => (*path, false),
            };
            match glob.verdict(path, is_folder) {
                Some(true) => 'x',
                Some(false) => '!',
                None => '.',
            }
        };
        paths.iter().map(letter).collect()
    }

    #[test]
    fn names_match_anywhere_and_paths_from_their_folder_on() {
        let paths = ["a.toml", "team/a.toml", "team/", "x/team/", "x/team/a.toml"];
        assert_eq!(verdicts("a.toml", &paths), "xx..x");
        assert_eq!(verdicts("/a.toml", &paths), "x....");
        assert_eq!(verdicts("team/a.toml", &paths), ".x...");
        assert_eq!(verdicts("team/", &paths), "..xx.");
        assert_eq!(verdicts("!team", &paths), "..!!.");
        assert_eq!(verdicts("**/team/a.toml", &paths), ".x..x");
        assert_eq!(verdicts("team/**", &paths), ".x...");
        assert_eq!(verdicts("x/**/a.toml", &paths), "....x");
    }

    #[test]
    fn wildcards_stop_at_folders() {
        let paths = ["ab", "abc", "a/b", "a]b", "a*b"];
        assert_eq!(verdicts("a*", &paths), "xx.xx");
        assert_eq!(verdicts("/a*b", &paths), "x..xx");
        assert_eq!(verdicts("a?b", &paths), "...xx");
        assert_eq!(verdicts("a[]x]b", &paths), "...x.");
        assert_eq!(verdicts("a[!b]b", &paths), "...xx");
        assert_eq!(verdicts("ab[a-d]", &paths), ".x...");
        assert_eq!(verdicts("a\\*b", &paths), "....x");
    }

    #[test]
    fn comments_and_blanks_are_no_patterns_and_open_brackets_are_wrong() {
        for line in ["", "  ", "# a"] {
            assert!(Glob::parse(line).unwrap().is_none(), "{line}");
        }
        assert_eq!(verdicts("\\#a", &["#a"]), "x");
        assert_eq!(verdicts("a ", &["a"]), "x");
        assert!(Glob::parse("a[b").is_err());
    }
}
