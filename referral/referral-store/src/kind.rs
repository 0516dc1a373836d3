//! The two kinds of records, and the ids by which they and the runs are known.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a record is: a person who can be placed, or a job that can be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// A person; Bullhorn's `Candidate`.
    Candidate,
    /// A job; Bullhorn's `JobOrder`.
    Position,
}

impl EntityKind {
    /// Both kinds, in the order in which the pipeline handles them.
    pub const ALL: [Self; 2] = [Self::Candidate, Self::Position];

    /// The text stored in the database and used in messages: `candidate` or `position`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Position => "position",
        }
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EntityKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownName {
                what: "entity kind",
                name: text.to_owned(),
            })
    }
}

/// A stored or received word that names nothing we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a known {what}")]
pub struct UnknownName {
    /// What was expected, for example `sync mode`.
    pub what: &'static str,
    /// The word.
    pub name: String,
}

/// The id of a record, given by Bullhorn. Candidates and positions count separately, so an id means something only
/// together with an [`EntityKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntityId(pub i64);

impl EntityId {
    /// Below every real id: where a keyset page starts.
    pub const ZERO: Self = Self(0);
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of one run of a service operation, chosen by the caller; usually the orchestrator's run id.
///
/// A request that repeats a run id means the same run: it joins or resumes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

impl RunId {
    /// The most characters a run id may have.
    pub const MAX_CHARS: usize = 250;

    /// Takes a run id from outside.
    ///
    /// # Errors
    /// When it is empty, longer than [`RunId::MAX_CHARS`] or contains a control character.
    pub fn parse(text: &str) -> Result<Self, InvalidRunId> {
        let chars = text.chars().count();
        if chars == 0 || chars > Self::MAX_CHARS || text.chars().any(char::is_control) {
            return Err(InvalidRunId);
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, InvalidRunId> {
        Self::parse(&text)
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

/// Who writes, and when: what every written row keeps.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// The run that writes.
    pub run_id: &'a RunId,
    /// The time of the caller's clock.
    pub now: Timestamp,
}

/// Why a text is no [`RunId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a run id has 1 to 250 characters and no control characters")]
pub struct InvalidRunId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_are_checked_at_the_door() {
        assert_eq!(
            RunId::parse("manual__2026-01-02T03:04:05+00:00")
                .unwrap()
                .as_str()
                .len(),
            33
        );
        for bad in ["", "a\nb", &"x".repeat(251)] {
            assert_eq!(RunId::parse(bad), Err(InvalidRunId), "{bad:?}");
        }
    }

    #[test]
    fn kinds_read_back_what_they_write() {
        for kind in EntityKind::ALL {
            assert_eq!(kind.as_str().parse::<EntityKind>().unwrap(), kind);
        }
        assert_eq!(
            "job".parse::<EntityKind>().unwrap_err().to_string(),
            "`job` is not a known entity kind"
        );
    }
}
