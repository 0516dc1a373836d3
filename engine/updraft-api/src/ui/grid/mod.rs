//! `GET /grid/{dag_id}`: the states of all tasks in a window of runs, a byte each.

mod rows;

use std::collections::BTreeMap;

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_model::{RunId, TaskInstanceState};
use updraft_store::{GridCell, GridFilter};

use self::rows::{GridRow, rows};
use super::shapes::{ByDag, Run, state};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::dags;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

const RUNS: u32 = 25;
const RUNS_MAX: u32 = 365;

/// A task that a run does not have.
const ABSENT: u8 = 15;
/// Flags of a byte.
const MAPPED: u8 = 0x10;
const RETRIED: u8 = 0x20;
const NOTED: u8 = 0x40;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/grid/{dag_id}", "grid");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], get)
}

/// Which window.
#[derive(Deserialize, JsonSchema)]
struct Query {
    /// How many runs.
    n: Option<u32>,
    /// A run that is to be among them; the newest, if it is left out.
    around: Option<String>,
    run_type: Option<String>,
    state: Option<String>,
    /// Only what is in this group.
    root: Option<String>,
}

/// A window of runs with the states of their tasks.
#[derive(Serialize, JsonSchema)]
struct Grid {
    /// The version of the DAG whose tasks these are.
    version: u32,
    tasks: Vec<GridRow>,
    /// The oldest first.
    runs: Vec<Run>,
    /// Base64 of a byte for each task and run, all runs of the first task first. The low 4 bits are the state: 0 none, 1 scheduled, 2 queued,
    /// 3 running, 4 success, 5 failed, 6 skipped, 7 `upstream_failed`, 8 `up_for_retry`, 9 `up_for_reschedule`, 10 deferred,
    /// 11 removed, 12 restarting, 15 the run has no such task. Flags: 0x10 mapped, 0x20 retried, 0x40 a note.
    cells: String,
    older: bool,
    newer: bool,
}

async fn get(call: Call<ByDag, Query>) -> Result<Json<Grid>, Failure> {
    let (api, query) = (&call.api, &call.query);
    let dag = dags::get(api, &call.path.dag_id).await?;
    let named = |word: &Option<String>| word.clone().filter(|word| !word.is_empty());
    let filter = GridFilter {
        dag_id: dag.row.dag_id.clone(),
        state: named(&query.state).as_deref().map(state).transpose()?,
        run_type: named(&query.run_type).as_deref().map(state).transpose()?,
        around: named(&query.around).and_then(|run| RunId::parse(&run).ok()),
        limit: query.n.unwrap_or(RUNS).clamp(1, RUNS_MAX),
    };
    let window = api.store().grid_window(&filter).await?;
    let ids: Vec<RunId> = window.runs.iter().map(|run| run.key.run_id.clone()).collect();
    let cells = api.store().grid_cells(&filter.dag_id, &ids).await?;
    let rows = rows(&dag.spec, query.root.as_deref().filter(|root| !root.is_empty()));
    Ok(Json(Grid {
        version: dag.row.version_number,
        cells: STANDARD.encode(bytes(&rows, ids.len(), &cells)),
        tasks: rows,
        runs: window.runs.iter().map(Run::of).collect(),
        older: window.has_older,
        newer: window.has_newer,
    }))
}

/// The byte of each row and run. A group, and a mapped task, has the worst state of what is in it.
fn bytes(rows: &[GridRow], runs: usize, cells: &[GridCell]) -> Vec<u8> {
    let place: BTreeMap<&str, usize> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| (row.id(), place))
        .collect();
    let parents: Vec<Option<usize>> = rows.iter().map(|row| place.get(row.parent()?).copied()).collect();
    let mut bytes = vec![ABSENT; rows.len() * runs];
    for cell in cells.iter().filter(|cell| cell.run < runs) {
        let Some(row) = place.get(cell.task_id.as_str()) else {
            continue;
        };
        let mut byte = code(cell.state);
        if cell.is_mapped {
            byte |= MAPPED;
        }
        if cell.is_retried {
            byte |= RETRIED;
        }
        if cell.has_note {
            byte |= NOTED;
        }
        let mut at = Some(*row);
        while let Some(row) = at {
            if let Some(known) = bytes.get_mut(row * runs + cell.run) {
                *known = worse(*known, byte);
            }
            // What a task is, and what was written on it, says nothing about its group.
            byte &= !(MAPPED | NOTED);
            at = parents.get(row).copied().flatten();
        }
    }
    bytes
}

/// The worse of two states, with the flags of both.
fn worse(one: u8, other: u8) -> u8 {
    let badness = |byte: u8| match byte & 15 {
        ABSENT => 0,
        11 => 1,
        6 => 2,
        4 => 3,
        0 => 4,
        1 => 5,
        2 => 6,
        10 => 7,
        9 => 8,
        3 => 9,
        12 => 10,
        8 => 11,
        7 => 12,
        _ => 13,
    };
    let state = if badness(other) > badness(one) { other } else { one };
    (state & 15) | ((one | other) & (MAPPED | RETRIED | NOTED))
}

const fn code(state: Option<TaskInstanceState>) -> u8 {
    match state {
        None => 0,
        Some(TaskInstanceState::Scheduled) => 1,
        Some(TaskInstanceState::Queued) => 2,
        Some(TaskInstanceState::Running) => 3,
        Some(TaskInstanceState::Success) => 4,
        Some(TaskInstanceState::Failed) => 5,
        Some(TaskInstanceState::Skipped) => 6,
        Some(TaskInstanceState::UpstreamFailed) => 7,
        Some(TaskInstanceState::UpForRetry) => 8,
        Some(TaskInstanceState::UpForReschedule) => 9,
        Some(TaskInstanceState::Deferred) => 10,
        Some(TaskInstanceState::Removed) => 11,
        Some(TaskInstanceState::Restarting) => 12,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_whatever_is_beside_it() {
        for other in [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, ABSENT] {
            assert_eq!((worse(5, other), worse(other, 5)), (5, 5));
            assert_eq!(worse(ABSENT, other), other);
        }
        assert_eq!(worse(4 | MAPPED, 5 | RETRIED), 5 | MAPPED | RETRIED);
    }

    #[test]
    fn a_group_has_the_worst_state_of_what_is_in_it() {
        let spec = serde_json::json!({
            "dag_id": "d", "task_groups": [{ "group_id": "g" }],
            "tasks": [
                { "task_id": "g.a", "operator": "O", "task_group": "g" },
                { "task_id": "b", "operator": "O", "upstream_task_ids": ["g.a"] },
            ],
        });
        let rows = rows(&serde_json::from_value(spec).unwrap(), None);
        let cell = |run, task_id: &str, state, is_retried| GridCell {
            run,
            task_id: task_id.to_owned(),
            state,
            is_retried,
            is_mapped: false,
            has_note: task_id == "b",
            is_rest: false,
        };
        let cells = [
            cell(0, "g.a", Some(TaskInstanceState::Failed), true),
            cell(0, "b", Some(TaskInstanceState::UpstreamFailed), false),
            cell(1, "g.a", Some(TaskInstanceState::Success), false),
            cell(1, "gone", Some(TaskInstanceState::Success), false),
        ];
        assert_eq!(
            bytes(&rows, 2, &cells),
            [5 | RETRIED, 4, 5 | RETRIED, 4, 7 | NOTED, ABSENT]
        );
    }
}
