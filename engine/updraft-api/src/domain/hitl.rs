//! Human in the loop: what tasks ask people, and what these answer.

use serde_json::{Map, Value};
use updraft_auth::{Action, Identity};
use updraft_model::{HitlAnswer, HitlUser, RunKey};
use updraft_store::{HitlError, HitlFilter, HitlRow, Paging};

use super::readable;
use super::task_instances::{self, Instance};
use crate::access::ALL;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::Paged;

/// What questions can be sorted by.
pub(crate) const COLUMNS: [&str; 13] = [
    "ti_id",
    "subject",
    "responded_at",
    "created_at",
    "responded_by_user_id",
    "responded_by_user_name",
    "dag_id",
    "run_id",
    "task_display_name",
    "run_after",
    "rendered_map_index",
    "task_instance_operator",
    "task_instance_state",
];

/// A page of what tasks ask, each with the task: where the path names no DAG or run, of all that somebody may read.
pub(crate) async fn list(
    (api, identity): (&Api, &Identity),
    (dag_id, run_id): (&str, &str),
    filter: HitlFilter,
    paging: &Paging,
) -> Result<Paged<(HitlRow, Instance)>, Failure> {
    let named = |text: &str| (text != ALL).then(|| text.to_owned());
    let filter = HitlFilter {
        dag_id: named(dag_id),
        run_id: named(run_id),
        dags: readable::dags(identity, Action::Read),
        ..filter
    };
    let (rows, total) = api.store().hitl_page(&filter, paging).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let (run, task) = (row.task.run_key(), row.task.task_id.as_str());
        let instance = task_instances::get(api, &run, task, row.task.map_index.0).await?;
        found.push((row, instance));
    }
    Ok(Paged { rows: found, total })
}

/// What a task asks in its newest try.
pub(crate) async fn get(
    api: &Api,
    run: &RunKey,
    (task_id, map_index): (&str, i32),
) -> Result<(HitlRow, Instance), Failure> {
    let instance = task_instances::get(api, run, task_id, map_index).await?;
    let row = of_try(api, &instance, instance.row.try_number).await?;
    Ok((row, instance))
}

/// What a task has asked in a try.
pub(crate) async fn of_try(api: &Api, instance: &Instance, try_number: u32) -> Result<HitlRow, Failure> {
    let row = api.store().hitl_of(&instance.row.key, try_number).await?;
    row.ok_or_else(|| not_asked(instance, try_number))
}

/// Whether somebody is among those who are asked.
pub(crate) fn is_asked(row: &HitlRow, identity: &Identity) -> bool {
    let (assigned, user) = (&row.question.assigned_users, user(identity));
    let is_meant = |one: &HitlUser| one.id == user.id || one.id == user.name;
    assigned.is_empty() || assigned.iter().any(is_meant)
}

fn user(identity: &Identity) -> HitlUser {
    HitlUser {
        id: identity.user_id.map_or_else(String::new, |id| id.to_string()),
        name: identity.name.clone(),
    }
}

/// What somebody chooses and fills in.
pub(crate) struct Given {
    pub(crate) chosen_options: Vec<String>,
    pub(crate) params_input: Map<String, Value>,
}

/// Answers what a task asks in its newest try.
pub(crate) async fn answer(
    actor: &Actor<'_>,
    run: &RunKey,
    task: (&str, i32),
    given: Given,
) -> Result<HitlRow, Failure> {
    let (row, instance) = get(actor.api, run, task).await?;
    let identity = actor.identity;
    let user = user(identity);
    if row.answer.is_some() {
        return Err(answered(&row));
    }
    if !is_asked(&row, identity) {
        return Err(Failure::Forbidden);
    }
    if let Some(problem) = row.question.refuses(&given.chosen_options) {
        return Err(Failure::BadRequest(problem));
    }
    let unknown: Vec<&String> = given
        .params_input
        .keys()
        .filter(|name| !row.question.params.contains_key(*name))
        .collect();
    if !unknown.is_empty() {
        return Err(Failure::BadRequest(format!(
            "the task does not ask for {unknown:?}, but for {:?}",
            row.question.params.keys().collect::<Vec<_>>()
        )));
    }
    let answer = HitlAnswer {
        responded_by: Some(user),
        responded_at: actor.api.now(),
        chosen_options: given.chosen_options,
        params_input: given.params_input,
    };
    let done = actor
        .store()
        .answer_task((&row.task, row.try_number), &answer)
        .await;
    done.map_err(|error| match error {
        HitlError::Answered { .. } => answered(&row),
        HitlError::NotAsked { .. } | HitlError::NotLive { .. } => not_asked(&instance, row.try_number),
        HitlError::Store(error) => error.into(),
    })
}

fn answered(row: &HitlRow) -> Failure {
    Failure::Conflict(format!(
        "Human-in-the-loop detail has already been updated for Task Instance with id {} and is not allowed to write again.",
        row.attempt
    ))
}

fn not_asked(instance: &Instance, try_number: u32) -> Failure {
    Failure::NotFound(format!(
        "Human-in-the-loop detail does not exist for try {try_number} of task `{}`",
        instance.row.key
    ))
}
