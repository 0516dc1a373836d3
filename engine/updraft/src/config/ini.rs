//! Reads `airflow.cfg`: the dialect of Python's `ConfigParser` as Airflow uses it.
//!
//! Not here: where the file lies, and which of file and environment wins (see `lookup`).

use std::collections::BTreeMap;

/// The sections of a parsed file: section name to option name (lower case) to raw value.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct IniFile {
    sections: BTreeMap<String, BTreeMap<String, String>>,
}

/// Why a configuration file could not be read. Lines count from 1.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum IniError {
    /// A line is neither a section, a comment nor `key = value`.
    #[error("line {line} is neither `[section]` nor `key = value`: `{text}`")]
    BadLine {
        /// Where.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// An option stands before the first `[section]`.
    #[error("line {line} stands before the first `[section]`")]
    NoSection {
        /// Where.
        line: usize,
    },
    /// `%(name)s` names an option that does not exist.
    #[error("`{key}` in section `{section}` refers to `%({reference})s`, which is not set there")]
    UnknownReference {
        /// The section of the option.
        section: String,
        /// The option whose value could not be read.
        key: String,
        /// The name it refers to.
        reference: String,
    },
    /// A lone `%`.
    #[error("`{key}` in section `{section}` has a lone `%`: write `%%`, or `%(name)s` to refer to an option")]
    LonePercent {
        /// The section of the option.
        section: String,
        /// The option.
        key: String,
    },
    /// Options refer to each other without end.
    #[error("`{key}` in section `{section}` refers to itself through `%(...)s`")]
    Recursive {
        /// The section of the option.
        section: String,
        /// The option.
        key: String,
    },
}

/// How deep `%(name)s` may nest; the limit of Python's own parser.
const INTERPOLATION_DEPTH_MAX: usize = 10;

impl IniFile {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// The first line that cannot be understood.
    pub(crate) fn parse(text: &str) -> Result<Self, IniError> {
        let mut file = Self::default();
        let mut section: Option<String> = None;
        let mut open: Option<(String, usize)> = None;
        for (number, raw) in text.lines().enumerate() {
            let line = number + 1;
            let trimmed = raw.trim();
            if trimmed.starts_with('#') || trimmed.starts_with(';') {
                continue;
            }
            if trimmed.is_empty() {
                continue;
            }
            let indent = raw.len() - raw.trim_start().len();
            if let (Some(name), Some((key, key_indent))) = (&section, &open)
                && indent > *key_indent
            {
                let value = file
                    .sections
                    .entry(name.clone())
                    .or_default()
                    .entry(key.clone())
                    .or_default();
                value.push('\n');
                value.push_str(trimmed);
                continue;
            }
            if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                file.sections.entry(name.to_owned()).or_default();
                section = Some(name.to_owned());
                open = None;
                continue;
            }
            let Some(at) = trimmed.find(['=', ':']) else {
                return Err(IniError::BadLine {
                    line,
                    text: trimmed.to_owned(),
                });
            };
            let Some(name) = &section else {
                return Err(IniError::NoSection { line });
            };
            let key = trimmed[..at].trim().to_lowercase();
            let value = trimmed[at + 1..].trim().to_owned();
            file.sections
                .entry(name.clone())
                .or_default()
                .insert(key.clone(), value);
            open = Some((key, indent));
        }
        Ok(file)
    }

    /// The value of an option with `%` interpolation done, or `None` where the file does not set it.
    ///
    /// # Errors
    /// A reference that leads nowhere or in a circle, or a lone `%`.
    pub(crate) fn get(&self, section: &str, key: &str) -> Result<Option<String>, IniError> {
        self.raw(section, key)
            .map(|raw| self.interpolate(section, key, raw, INTERPOLATION_DEPTH_MAX))
            .transpose()
    }

    /// Every option that is set: section, option, value as written.
    pub(crate) fn options(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.sections.iter().flat_map(|(section, options)| {
            let options = options.iter();
            options.map(move |(key, value)| (section.as_str(), key.as_str(), value.as_str()))
        })
    }

    fn raw(&self, section: &str, key: &str) -> Option<&str> {
        let own = self.sections.get(section).and_then(|options| options.get(key));
        own.or_else(|| self.sections.get("DEFAULT").and_then(|options| options.get(key)))
            .map(String::as_str)
    }

    fn interpolate(&self, section: &str, key: &str, raw: &str, depth: usize) -> Result<String, IniError> {
        let place = || (section.to_owned(), key.to_owned());
        if depth == 0 {
            let (section, key) = place();
            return Err(IniError::Recursive { section, key });
        }
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            let tail = &rest[at + 1..];
            if let Some(after) = tail.strip_prefix('%') {
                out.push('%');
                rest = after;
                continue;
            }
            let reference = tail.strip_prefix('(').and_then(|inner| inner.split_once(")s"));
            let Some((name, after)) = reference else {
                let (section, key) = place();
                return Err(IniError::LonePercent { section, key });
            };
            let Some(target) = self.raw(section, &name.to_lowercase()) else {
                let (section, key) = place();
                return Err(IniError::UnknownReference {
                    section,
                    key,
                    reference: name.to_owned(),
                });
            };
            out.push_str(&self.interpolate(section, key, target, depth - 1)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_comments_continuations_and_interpolation_read_as_in_airflow() {
        let text = "# a comment\n[core]\ndags_folder = /home/a/dags\nexecutor: LocalExecutor\n; another\nlong = one\n  two\n\n\
                    [logging]\nbase = /x\nfolder = %(base)s/logs\npercent = 100%%\n";
        let file = IniFile::parse(text).unwrap();
        let get = |section, key| file.get(section, key).unwrap();
        assert_eq!(get("core", "dags_folder").as_deref(), Some("/home/a/dags"));
        assert_eq!(get("core", "executor").as_deref(), Some("LocalExecutor"));
        assert_eq!(get("core", "long").as_deref(), Some("one\ntwo"));
        assert_eq!(get("logging", "folder").as_deref(), Some("/x/logs"));
        assert_eq!(get("logging", "percent").as_deref(), Some("100%"));
        assert_eq!(get("logging", "absent"), None);
    }

    #[test]
    fn bad_files_say_where_and_why() {
        assert_eq!(
            IniFile::parse("key = 1").unwrap_err(),
            IniError::NoSection { line: 1 }
        );
        assert!(matches!(
            IniFile::parse("[a]\nnonsense\n"),
            Err(IniError::BadLine { line: 2, .. })
        ));
        let file = IniFile::parse("[a]\nx = 5%\ny = %(z)s\nr = %(r)s\n").unwrap();
        assert!(matches!(file.get("a", "x"), Err(IniError::LonePercent { .. })));
        assert!(matches!(
            file.get("a", "y"),
            Err(IniError::UnknownReference { .. })
        ));
        assert!(matches!(file.get("a", "r"), Err(IniError::Recursive { .. })));
    }
}
