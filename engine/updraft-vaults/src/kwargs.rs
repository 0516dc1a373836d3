//! The arguments of a backend, as `backend_kwargs` gives them. What nobody takes is an error.

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

/// Why the arguments cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKwargs {
    /// Nothing here does what they say.
    #[error("{}: not supported here; known are {}", names(unknown), names(known))]
    Unknown {
        /// Those that are not known.
        unknown: Vec<String>,
        /// Those that are.
        known: Vec<&'static str>,
    },
    /// One has a value that cannot be used. The value itself is not shown: it may be secret.
    #[error("`{name}` must be {expected}")]
    Value {
        /// Its name.
        name: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// One is missing.
    #[error("`{name}` is missing: {why}")]
    Missing {
        /// Its name.
        name: &'static str,
        /// What it is needed for.
        why: &'static str,
    },
}

fn names<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

/// Arguments that are taken one by one.
pub(crate) struct Kwargs {
    given: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Kwargs {
    pub(crate) const fn new(given: Map<String, Value>) -> Self {
        Self {
            given,
            known: Vec::new(),
        }
    }

    /// The value of an argument; `None` if it is not given.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.given.remove(name)
    }

    /// A text; `None` if it is not given, null or empty.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, InvalidKwargs> {
        Ok(self.place(name, "")?.filter(|text| !text.is_empty()))
    }

    /// A text that has a default, where null means none at all.
    pub(crate) fn place(
        &mut self,
        name: &'static str,
        default: &str,
    ) -> Result<Option<String>, InvalidKwargs> {
        match self.take(name) {
            None => Ok(Some(default.to_owned())),
            Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Err(InvalidKwargs::Value {
                    name,
                    expected: "a text or null",
                })
            }
        }
    }

    /// A whole number, also as a text: that is how it comes from an environment variable.
    pub(crate) fn number(&mut self, name: &'static str) -> Result<Option<u64>, InvalidKwargs> {
        let number = match self.take(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => None,
        };
        let expected = "a whole number";
        number.map(Some).ok_or(InvalidKwargs::Value { name, expected })
    }

    /// Whether something holds, also as a text.
    pub(crate) fn boolean(&mut self, name: &'static str) -> Result<Option<bool>, InvalidKwargs> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Err(InvalidKwargs::Value {
                    name,
                    expected: "true or false",
                })
            }
        }
    }

    /// An expression that ids have to begin with to be looked up, whatever their case: `re.match` of Python.
    pub(crate) fn pattern(&mut self, name: &'static str) -> Result<Option<Regex>, InvalidKwargs> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let pattern = RegexBuilder::new(&format!("^(?:{text})"))
            .case_insensitive(true)
            .build();
        pattern.map(Some).map_err(|_| InvalidKwargs::Value {
            name,
            expected: "a regular expression without look-around and back-references",
        })
    }

    /// Checks that nothing is left.
    pub(crate) fn finish(self) -> Result<(), InvalidKwargs> {
        let mut unknown: Vec<String> = self.given.into_iter().map(|(name, _)| name).collect();
        unknown.sort_unstable();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut known = self.known;
        known.sort_unstable();
        Err(InvalidKwargs::Unknown { unknown, known })
    }
}
