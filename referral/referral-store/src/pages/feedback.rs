//! What people say of suggestions.

use jiff::Timestamp;
use updraft_sql::{Row, Sql, SqlError, statements};

use crate::kind::UnknownName;
use crate::rows::{id, word};
use crate::{EntityId, ReferralStore, StoreError};

/// What somebody says of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackVerdict {
    /// The person fits.
    Good,
    /// The person does not.
    Poor,
}

impl FeedbackVerdict {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Poor => "poor",
        }
    }
}

impl std::str::FromStr for FeedbackVerdict {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "good" => Ok(Self::Good),
            "poor" => Ok(Self::Poor),
            _ => Err(UnknownName {
                what: "feedback",
                name: text.to_owned(),
            }),
        }
    }
}

/// What somebody said of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The candidate.
    pub candidate_id: EntityId,
    /// Who said it.
    pub username: String,
    /// What.
    pub verdict: FeedbackVerdict,
    /// And why, in own words; may be empty.
    pub note: String,
    /// The score at that time, in hundredths of a point, if the pair was a match.
    pub score: Option<i64>,
    /// When.
    pub given_at: Timestamp,
}

/// Something to say of a pair.
#[derive(Debug, Clone, Copy)]
pub struct NewFeedback<'a> {
    /// The position.
    pub position_id: EntityId,
    /// The candidate.
    pub candidate_id: EntityId,
    /// Who says it.
    pub username: &'a str,
    /// What.
    pub verdict: FeedbackVerdict,
    /// And why; may be empty.
    pub note: &'a str,
}

statements! {
    /// Statements about feedback.
    pub(crate) STATEMENTS;

    GIVE = Sql::new(
        "INSERT INTO match_feedback (position_id, candidate_id, username, verdict, note, score, given_at) \
         SELECT p.id, c.id, $3, $4, $5, (SELECT m.score FROM candidate_match m \
         WHERE m.position_id = p.id AND m.candidate_id = c.id), $6 FROM position p, candidate c \
         WHERE p.id = $1 AND c.id = $2 AND NOT p.is_deleted AND NOT c.is_deleted AND NOT c.is_anonymized \
         ON CONFLICT (position_id, candidate_id, username) DO UPDATE SET verdict = excluded.verdict, \
         note = excluded.note, score = excluded.score, given_at = excluded.given_at",
    );

    TAKE_BACK = Sql::new(
        "DELETE FROM match_feedback WHERE position_id = $1 AND candidate_id = $2 AND username = $3",
    );

    OF_POSITION = Sql::new(
        "SELECT candidate_id, username, verdict, note, score, given_at FROM match_feedback WHERE position_id = $1 \
         ORDER BY given_at DESC, candidate_id, username LIMIT 1000",
    );
}

impl ReferralStore {
    /// Keeps what somebody says of a pair, in place of what they said before; false if one of the two does not exist.
    pub async fn give_feedback(&self, new: NewFeedback<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let give = GIVE
            .bind(new.position_id.0)
            .bind(new.candidate_id.0)
            .bind(new.username)
            .bind(new.verdict.as_str())
            .bind(new.note)
            .bind(now);
        Ok(self.db.execute(give).await? == 1)
    }

    /// Forgets what somebody said of a pair; false if there was nothing.
    pub async fn take_back_feedback(
        &self,
        position: EntityId,
        candidate: EntityId,
        username: &str,
    ) -> Result<bool, StoreError> {
        let take = TAKE_BACK.bind(position.0).bind(candidate.0).bind(username);
        Ok(self.db.execute(take).await? == 1)
    }

    /// What was said about suggestions for a position, newest first.
    pub async fn feedback_of(&self, position: EntityId) -> Result<Vec<Feedback>, StoreError> {
        let rows = self.db.fetch_all(OF_POSITION.bind(position.0)).await?;
        rows.iter().map(|row| Ok(read(row)?)).collect()
    }
}

fn read(row: &Row) -> Result<Feedback, SqlError> {
    Ok(Feedback {
        candidate_id: id(row, "candidate_id")?,
        username: row.get("username")?,
        verdict: word(row, "verdict")?,
        note: row.get("note")?,
        score: row.get("score")?,
        given_at: row.timestamp("given_at")?,
    })
}
