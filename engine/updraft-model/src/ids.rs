//! Identifiers, parsed once at the edge and then trusted.
//!
//! Text ids are cheap to clone (a shared string) and order like their text.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The longest text id, in characters; Airflow's columns hold no more.
const ID_LENGTH_MAX: usize = 250;

/// Why a text is no valid id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty.
    #[error("{kind} is empty")]
    Empty {
        /// What the text should have been, e.g. `dag_id`.
        kind: &'static str,
    },
    /// The text has more than 250 characters.
    #[error("{kind} `{text}` has {length} characters, at most {ID_LENGTH_MAX} are allowed")]
    TooLong {
        /// What the text should have been.
        kind: &'static str,
        /// The text as given.
        text: String,
        /// Its length in characters.
        length: usize,
    },
    /// The text holds a character that such an id must not have.
    #[error("{kind} `{text}` contains `{character}`, allowed are {allowed}")]
    Character {
        /// What the text should have been.
        kind: &'static str,
        /// The text as given.
        text: String,
        /// The first offending character.
        character: char,
        /// The allowed characters, in words.
        allowed: &'static str,
    },
    /// The text is no 64-digit hexadecimal number.
    #[error("structure hash `{text}` is not 64 hexadecimal digits")]
    Hash {
        /// The text as given.
        text: String,
    },
}

/// Which characters an id may have.
struct Alphabet {
    allows: fn(char) -> bool,
    words: &'static str,
}

/// Keys of DAGs, tasks and groups: `validate_key` of Airflow 2.11.
const KEY: Alphabet = Alphabet {
    allows: |c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'),
    words: "letters, digits, `_`, `-` and `.`",
};

/// Run ids: the default of `[scheduler] allowed_run_id_pattern` in Airflow 2.11.
const RUN: Alphabet = Alphabet {
    allows: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '~' | ':' | '+' | '-'),
    words: "ASCII letters, digits, `_`, `.`, `~`, `:`, `+` and `-`",
};

fn check(kind: &'static str, text: &str, alphabet: &Alphabet) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty { kind });
    }
    let length = text.chars().count();
    if length > ID_LENGTH_MAX {
        return Err(IdError::TooLong {
            kind,
            text: text.to_owned(),
            length,
        });
    }
    match text.chars().find(|c| !(alphabet.allows)(*c)) {
        Some(character) => Err(IdError::Character {
            kind,
            text: text.to_owned(),
            character,
            allowed: alphabet.words,
        }),
        None => Ok(()),
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $alphabet:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text and makes it an id.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check($kind, text, &$alphabet).map(|()| Self(Arc::from(text)))
            }

            /// The id's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        text_id_traits!($name);
    };
}

macro_rules! text_id_traits {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        text_serde!($name);
    };
}

macro_rules! text_serde {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id! {
    /// The name of a DAG: letters of any script, digits, `_`, `-`, `.`; at most 250 characters.
    DagId, "dag_id", KEY
}
text_id! {
    /// The name of a task, unique in its DAG; a task in a group usually starts with `group.`. Same characters as
    /// [`DagId`].
    TaskId, "task_id", KEY
}
text_id! {
    /// The name of a task group, unique in its DAG; a nested one usually starts with `parent.`. Same characters as
    /// [`DagId`].
    TaskGroupId, "group_id", KEY
}
text_id! {
    /// The name of one run of a DAG, e.g. `scheduled__2024-01-12T00:00:00+00:00`; unique in its DAG.
    RunId, "run_id", RUN
}

/// Names one attempt (one try) at a task; a UUID of version 7, so attempts sort by age.
///
/// Every write of a task names its attempt and is refused once that attempt is no longer the live one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptId(pub Uuid);

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one version of a DAG: the structure it had when its source was parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DagVersionId(pub Uuid);

impl fmt::Display for DagVersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// SHA-256 of a DAG's normalised description; two equal hashes mean nothing changed. Text form: 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructureHash(pub [u8; 32]);

impl fmt::Display for StructureHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StructureHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for StructureHash {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError::Hash {
            text: text.to_owned(),
        };
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |b: &u8| char::from(*b).to_digit(16).ok_or_else(wrong);
            let (high, low) = pair.first().zip(pair.last()).ok_or_else(wrong)?;
            *byte = (digit(high)? * 16 + digit(low)?) as u8;
        }
        Ok(Self(bytes))
    }
}

text_serde!(StructureHash);

/// Which copy of a mapped task; -1 for a task that is not mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MapIndex(pub i32);

impl MapIndex {
    /// The index of a task that is not mapped.
    pub const UNMAPPED: Self = Self(-1);
}

impl fmt::Display for MapIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one run of one DAG.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunKey {
    /// The DAG.
    pub dag_id: DagId,
    /// The run, unique within the DAG.
    pub run_id: RunId,
}

impl RunKey {
    /// The key of a task of this run.
    pub fn task(&self, task_id: TaskId, map_index: MapIndex) -> TaskKey {
        TaskKey {
            dag_id: self.dag_id.clone(),
            run_id: self.run_id.clone(),
            task_id,
            map_index,
        }
    }
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.dag_id, self.run_id)
    }
}

/// Names one task instance: a task of a run, and which copy of it when it is mapped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskKey {
    /// The DAG.
    pub dag_id: DagId,
    /// The run.
    pub run_id: RunId,
    /// The task.
    pub task_id: TaskId,
    /// The copy; [`MapIndex::UNMAPPED`] for a task that is not mapped.
    pub map_index: MapIndex,
}

impl TaskKey {
    /// The key of the run this task belongs to.
    pub fn run_key(&self) -> RunKey {
        RunKey {
            dag_id: self.dag_id.clone(),
            run_id: self.run_id.clone(),
        }
    }
}

impl fmt::Display for TaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.dag_id, self.run_id, self.task_id)?;
        if self.map_index == MapIndex::UNMAPPED {
            Ok(())
        } else {
            write!(f, "[{}]", self.map_index)
        }
    }
}
