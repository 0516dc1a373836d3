//! `.../hitlDetails`: what tasks ask people, and what these answer.

mod answer;
mod get;
mod list;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::HitlUser;
use updraft_store::HitlRow;

use crate::endpoint::Endpoint;
use crate::joined::Joined;
use crate::time::V2Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    [vec![list::endpoint(), answer::endpoint()], get::endpoints()].concat()
}

/// Which task.
#[derive(Deserialize, JsonSchema)]
struct ByIndex {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    map_index: i32,
}

/// Somebody who may answer, or has.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HITLUser")]
struct User {
    id: String,
    name: String,
}

impl From<HitlUser> for User {
    fn from(user: HitlUser) -> Self {
        Self {
            id: user.id,
            name: user.name,
        }
    }
}

/// What a task asks, and what was answered.
#[derive(Serialize, JsonSchema)]
struct Question {
    options: Vec<String>,
    subject: String,
    body: Option<String>,
    defaults: Option<Vec<String>>,
    multiple: bool,
    params: Map<String, Value>,
    assigned_users: Vec<User>,
    created_at: V2Time,
    responded_by_user: Option<User>,
    responded_at: Option<V2Time>,
    chosen_options: Option<Vec<String>>,
    params_input: Map<String, Value>,
    response_received: bool,
}

/// The task that asks, or one of its tries.
#[derive(Serialize, JsonSchema)]
struct Of<T> {
    task_instance: T,
}

impl Question {
    fn of<T>(row: HitlRow, task_instance: T) -> Joined<Self, Of<T>> {
        let (question, answer) = (row.question, row.answer);
        let response_received = answer.is_some();
        let (by, at, chosen, filled) = match answer {
            Some(answer) => (
                answer.responded_by,
                Some(answer.responded_at),
                Some(answer.chosen_options),
                answer.params_input,
            ),
            None => (None, None, None, Map::new()),
        };
        let told = Self {
            options: question.options,
            subject: question.subject,
            body: question.body,
            defaults: question.defaults,
            multiple: question.multiple,
            params: question.params,
            assigned_users: question.assigned_users.into_iter().map(User::from).collect(),
            created_at: V2Time(row.created_at),
            responded_by_user: by.map(User::from),
            responded_at: at.map(V2Time),
            chosen_options: chosen,
            params_input: filled,
            response_received,
        };
        Joined(told, Of { task_instance })
    }
}
