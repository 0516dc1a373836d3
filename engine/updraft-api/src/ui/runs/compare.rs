//! `GET /compare/{dag_id}`: the tasks of two or three runs beside each other.

use std::collections::BTreeMap;

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};
use updraft_model::TaskInstanceState;

use super::get::tasks;
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::list;
use crate::time::seconds;
use crate::ui::shapes::{ByDag, Run};

/// So many runs stand beside each other.
const RUNS: std::ops::RangeInclusive<usize> = 2..=3;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/compare/{dag_id}", "compare_runs");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], get)
}

/// Which runs.
#[derive(Deserialize, JsonSchema)]
struct Query {
    /// Repeated: two or three.
    #[serde(default, deserialize_with = "list")]
    run: Vec<String>,
}

/// Runs beside each other.
#[derive(Serialize, JsonSchema)]
struct Compared {
    runs: Vec<ComparedRun>,
    /// Those first whose time differs most.
    tasks: Vec<ComparedTask>,
}

#[derive(Serialize, JsonSchema)]
struct ComparedRun {
    #[serde(flatten)]
    run: Run,
    conf: Map<String, Value>,
}

#[derive(Serialize, JsonSchema)]
struct ComparedTask {
    task_id: String,
    map_index: i32,
    /// In the order of the runs; none where the run has no such task.
    sides: Vec<Option<Side>>,
    /// Seconds that the last run took longer than the first.
    delta: Option<f64>,
}

#[derive(Clone, Serialize, JsonSchema)]
struct Side {
    state: Option<&'static str>,
    duration: Option<f64>,
    try_number: u32,
}

async fn get(call: Call<ByDag, Query>) -> Result<Json<Compared>, Failure> {
    let number = call.query.run.len();
    if !RUNS.contains(&number) {
        return Err(Failure::query("`run` names two or three runs"));
    }
    let mut compared = Vec::with_capacity(number);
    let mut sides: BTreeMap<(String, i32), Vec<Option<Side>>> = BTreeMap::new();
    for (place, run_id) in call.query.run.iter().enumerate() {
        let run = runs::get(&call.api, &runs::key(&call.path.dag_id, run_id)?).await?;
        for row in tasks(&call.api, &run.key).await? {
            let task = (row.key.task_id.to_string(), row.key.map_index.0);
            let of_task = sides.entry(task).or_insert_with(|| vec![None; number]);
            if let Some(side) = of_task.get_mut(place) {
                *side = Some(Side {
                    state: row.state.map(TaskInstanceState::as_str),
                    duration: seconds(row.start_date, row.end_date),
                    try_number: row.try_number,
                });
            }
        }
        compared.push(ComparedRun {
            run: Run::of(&run),
            conf: run.conf,
        });
    }
    let task = |((task_id, map_index), sides): ((String, i32), Vec<Option<Side>>)| {
        let lasted = |side: Option<&Option<Side>>| side?.as_ref()?.duration;
        let delta = lasted(sides.last())
            .zip(lasted(sides.first()))
            .map(|(last, first)| last - first);
        ComparedTask {
            task_id,
            map_index,
            sides,
            delta,
        }
    };
    let mut tasks: Vec<ComparedTask> = sides.into_iter().map(task).collect();
    tasks.sort_by(|one, other| {
        let size = |task: &ComparedTask| task.delta.map_or(-1.0, f64::abs);
        size(other).total_cmp(&size(one))
    });
    Ok(Json(Compared {
        runs: compared,
        tasks,
    }))
}
