//! What a task asks people, with the answer, as the page of the task shows it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use updraft_auth::{Action, Identity, Resource};
use updraft_model::HitlUser;
use updraft_store::HitlRow;

use crate::access::Needs;
use crate::domain::hitl;
use crate::time::V2Time;

/// What a task asks people.
#[derive(Serialize, JsonSchema)]
pub(super) struct Question {
    subject: String,
    body: Option<String>,
    /// What can be chosen.
    options: Vec<String>,
    /// What is chosen if nobody answers in time.
    defaults: Option<Vec<String>>,
    /// Whether several may be chosen.
    multiple: bool,
    /// What is to be filled in: params as a DAG's, or plain values.
    params: Map<String, Value>,
    /// Who may answer; if none is named everybody who may edit task instances.
    assigned_users: Vec<Person>,
    created_at: V2Time,
    /// Whether whoever looks may answer.
    may_answer: bool,
    answer: Option<Answer>,
}

/// Somebody who may answer, or has.
#[derive(Serialize, JsonSchema)]
struct Person {
    name: String,
}

/// What was answered.
#[derive(Serialize, JsonSchema)]
struct Answer {
    /// Nobody if the defaults were taken.
    responded_by: Option<Person>,
    responded_at: V2Time,
    chosen_options: Vec<String>,
    params_input: Map<String, Value>,
}

impl From<HitlUser> for Person {
    fn from(user: HitlUser) -> Self {
        Self { name: user.name }
    }
}

impl Question {
    pub(super) fn of(row: HitlRow, identity: &Identity) -> Self {
        let needs = Needs::OfDag(Action::Edit, vec![Resource::TASK_INSTANCE]);
        let may_edit = needs.are_met(identity, Some(row.task.dag_id.as_str()));
        let may_answer = may_edit && hitl::is_asked(&row, identity);
        let question = row.question;
        Self {
            subject: question.subject,
            body: question.body,
            options: question.options,
            defaults: question.defaults,
            multiple: question.multiple,
            params: question.params,
            assigned_users: question.assigned_users.into_iter().map(Person::from).collect(),
            created_at: V2Time(row.created_at),
            may_answer,
            answer: row.answer.map(|answer| Answer {
                responded_by: answer.responded_by.map(Person::from),
                responded_at: V2Time(answer.responded_at),
                chosen_options: answer.chosen_options,
                params_input: answer.params_input,
            }),
        }
    }
}
