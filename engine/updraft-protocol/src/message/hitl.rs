//! Human in the loop: what tasks ask people.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use updraft_model::{AttemptId, HitlAnswer, HitlQuestion, HitlUser};

use super::ToSupervisor;
use crate::time;

/// Asks people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateHitlDetailPayload {
    /// The attempt that asks.
    #[serde(serialize_with = "text")]
    pub ti_id: AttemptId,
    /// What can be chosen.
    pub options: Vec<String>,
    /// The question in a line.
    pub subject: String,
    /// More about it.
    #[serde(default)]
    pub body: Option<String>,
    /// What is chosen if nobody answers in time.
    #[serde(default)]
    pub defaults: Option<Vec<String>>,
    /// Whether several options may be chosen.
    #[serde(default)]
    pub multiple: Option<bool>,
    /// Fields to fill in.
    #[serde(default)]
    pub params: Option<Map<String, Value>>,
    /// Who may answer.
    #[serde(default)]
    pub assigned_users: Option<Vec<HitlUser>>,
}

/// Answers for nobody, since the time is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateHitlDetail {
    /// The attempt that asks.
    #[serde(serialize_with = "text")]
    pub ti_id: AttemptId,
    /// What is chosen.
    pub chosen_options: Vec<String>,
    /// What is filled in.
    #[serde(default)]
    pub params_input: Option<Map<String, Value>>,
}

/// Asks for the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetHitlDetailResponse {
    /// The attempt that asks.
    #[serde(serialize_with = "text")]
    pub ti_id: AttemptId,
}

/// The answer, if there is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HitlDetailResponse {
    /// Whether there is one.
    pub response_received: bool,
    /// Who has answered; nobody if the time was over.
    #[serde(default)]
    pub responded_by_user: Option<HitlUser>,
    /// When.
    #[serde(serialize_with = "time::optional::serialize")]
    pub responded_at: Option<Timestamp>,
    /// What was chosen.
    pub chosen_options: Option<Vec<String>>,
    /// What was filled in.
    #[serde(default)]
    pub params_input: Map<String, Value>,
}

/// What an attempt does about the question of its try. It is a [`ToSupervisor`].
#[derive(Debug, Clone, PartialEq)]
pub enum HitlChange {
    /// It asks.
    Ask(HitlQuestion),
    /// It takes an answer of nobody.
    Answer {
        /// What is chosen.
        chosen_options: Vec<String>,
        /// What is filled in.
        params_input: Map<String, Value>,
    },
}

impl TryFrom<ToSupervisor> for HitlChange {
    type Error = ToSupervisor;

    /// Gives back what is none.
    fn try_from(message: ToSupervisor) -> Result<Self, ToSupervisor> {
        match message {
            ToSupervisor::CreateHitlDetailPayload(it) => Ok(Self::Ask(HitlQuestion {
                options: it.options,
                subject: it.subject,
                body: it.body,
                defaults: it.defaults,
                multiple: it.multiple.unwrap_or_default(),
                params: it.params.unwrap_or_default(),
                assigned_users: it.assigned_users.unwrap_or_default(),
            })),
            ToSupervisor::UpdateHitlDetail(it) => Ok(Self::Answer {
                chosen_options: it.chosen_options,
                params_input: it.params_input.unwrap_or_default(),
            }),
            other => Err(other),
        }
    }
}

impl From<Option<HitlAnswer>> for HitlDetailResponse {
    fn from(answer: Option<HitlAnswer>) -> Self {
        let response_received = answer.is_some();
        let (chosen_options, responded_at, responded_by_user, params_input) = match answer {
            Some(it) => (
                Some(it.chosen_options),
                Some(it.responded_at),
                it.responded_by,
                it.params_input,
            ),
            None => (None, None, None, Map::new()),
        };
        Self {
            response_received,
            responded_by_user,
            responded_at,
            chosen_options,
            params_input,
        }
    }
}

/// Ids are text on the wire, also where the format has room for bytes.
fn text<S: Serializer>(id: &AttemptId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
