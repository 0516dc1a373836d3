//! Reading TOML so that every error knows its line.

use std::ops::Range;
use std::time::Duration;

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong with a bundle file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ManifestError {
    /// Line of the text, from 1.
    pub line: usize,
    /// Character in that line, from 1.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl ManifestError {
    pub(super) fn at(text: &str, offset: usize, message: String) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            message,
        }
    }
}

/// A TOML table whose keys are taken one by one.
pub(super) struct Table<'t, 'i> {
    text: &'t str,
    /// How the table is called in messages; empty for the document itself.
    name: &'static str,
    entries: DeTable<'i>,
}

/// A value and what to call it.
pub(super) struct Entry<'t, 'i> {
    text: &'t str,
    name: String,
    span: Range<usize>,
    value: DeValue<'i>,
}

impl<'t> Table<'t, 't> {
    pub(super) fn document(text: &'t str) -> Result<Self, ManifestError> {
        let document = DeTable::parse(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            ManifestError::at(text, offset, error.message().to_owned())
        })?;
        Ok(Self {
            text,
            name: "",
            entries: document.into_inner(),
        })
    }
}

impl<'t, 'i> Table<'t, 'i> {
    /// Refuses every key that is not in `known`, naming the one that was probably meant.
    pub(super) fn check_keys(&self, known: &[&str]) -> Result<(), ManifestError> {
        let Some((key, _)) = self
            .entries
            .iter()
            .find(|(key, _)| !known.contains(&key.get_ref().as_ref()))
        else {
            return Ok(());
        };
        let place = if self.name.is_empty() {
            String::new()
        } else {
            format!(" in `[{}]`", self.name)
        };
        let hint = match closest(key.get_ref(), known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known are `{}`", known.join("`, `")),
        };
        let message = format!("unknown key `{}`{place}, {hint}", key.get_ref());
        Err(ManifestError::at(self.text, key.span().start, message))
    }

    /// Takes the value of a key out of the table.
    pub(super) fn take(&mut self, key: &str) -> Option<Entry<'t, 'i>> {
        let value = self.entries.remove(key)?;
        let name = if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        };
        Some(Entry::new(self.text, name, value))
    }

    /// Takes the value of a key out of the table and reads it; `None` if the key is absent.
    pub(super) fn read<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(Entry<'t, 'i>) -> Result<T, ManifestError>,
    ) -> Result<Option<T>, ManifestError> {
        self.take(key).map(read).transpose()
    }

    /// Takes every value out of the table, with its key.
    pub(super) fn into_entries(self) -> impl Iterator<Item = (String, Entry<'t, 'i>)> {
        let Self { text, name, entries } = self;
        entries.into_iter().map(move |(key, value)| {
            let key = key.into_inner().into_owned();
            (key.clone(), Entry::new(text, format!("{name}.{key}"), value))
        })
    }
}

impl<'t, 'i> Entry<'t, 'i> {
    fn new(text: &'t str, name: String, value: Spanned<DeValue<'i>>) -> Self {
        Self {
            text,
            name,
            span: value.span(),
            value: value.into_inner(),
        }
    }

    /// An error about this value.
    pub(super) fn error(&self, message: &str) -> ManifestError {
        ManifestError::at(self.text, self.span.start, format!("`{}` {message}", self.name))
    }

    fn wrong(&self, expected: &str) -> ManifestError {
        self.error(&format!(
            "is of type {}, it must be {expected}",
            self.value.type_str()
        ))
    }

    pub(super) fn text(self) -> Result<String, ManifestError> {
        match self.value {
            DeValue::String(text) => Ok(text.into_owned()),
            _ => Err(self.wrong("text in quotes")),
        }
    }

    pub(super) fn boolean(self) -> Result<bool, ManifestError> {
        self.value
            .as_bool()
            .ok_or_else(|| self.wrong("`true` or `false`"))
    }

    pub(super) fn integer<T: TryFrom<i64>>(self) -> Result<T, ManifestError> {
        let DeValue::Integer(digits) = &self.value else {
            return Err(self.wrong("a whole number"));
        };
        i64::from_str_radix(digits.as_str(), digits.radix())
            .ok()
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| self.error(&format!("is `{}`, which is out of range", digits.as_str())))
    }

    /// A number of seconds, or text such as `2s`, `500ms` or `1h 30m`.
    pub(super) fn duration(self) -> Result<Duration, ManifestError> {
        let seconds = match &self.value {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::String(text) => {
                return text
                    .parse::<SignedDuration>()
                    .ok()
                    .and_then(|duration| Duration::try_from(duration).ok())
                    .ok_or_else(|| self.error("is no duration, write seconds as a number or text such as `\"2s\"` or `\"1h 30m\"`"));
            }
            _ => return Err(self.wrong("a number of seconds or text such as `\"2s\"`")),
        };
        seconds
            .and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| self.error("must be 0 seconds or more"))
    }

    /// A list of texts; one text alone stands for a list of it.
    pub(super) fn texts(self) -> Result<Vec<String>, ManifestError> {
        let Self {
            text,
            name,
            span,
            value,
        } = self;
        match value {
            DeValue::Array(items) => items
                .into_iter()
                .enumerate()
                .map(|(index, item)| Entry::new(text, format!("{name}[{index}]"), item).text())
                .collect(),
            value => Entry {
                text,
                name,
                span,
                value,
            }
            .text()
            .map(|single| vec![single]),
        }
    }

    pub(super) fn table(self, name: &'static str) -> Result<Table<'t, 'i>, ManifestError> {
        match self.value {
            DeValue::Table(entries) => Ok(Table {
                text: self.text,
                name,
                entries,
            }),
            _ => Err(self.wrong(&format!("a table, `[{name}]`"))),
        }
    }
}

/// The known word that `word` was probably meant to be.
fn closest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(word, candidate),
                *candidate,
            )
        })
        .filter(|(similarity, _)| *similarity >= 0.5)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}
