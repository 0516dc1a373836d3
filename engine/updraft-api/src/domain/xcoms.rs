//! Values that tasks leave.

use serde_json::Value;
use updraft_auth::{Action, Identity};
use updraft_model::{MapIndex, RunKey, TaskId};
use updraft_store::{ListedXCom, RunRow, XComPage, XComRow, XComWritten};

use super::{dags, runs, task_instances};
use crate::access::ALL;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::{Page, Paged};

/// The longest key, in characters.
const KEY_MAX: usize = 512;

/// A page of the values of a task, by key, and the run they are of.
pub(crate) async fn list(
    api: &Api,
    (key, task_id, map_index): (&RunKey, &str, i32),
    only: Option<&str>,
    page: Page,
) -> Result<(RunRow, Paged<XComRow>), Failure> {
    let run = runs::get(api, key).await?;
    let Ok(task_id) = TaskId::parse(task_id) else {
        return Ok((run, Paged::of(Vec::new(), page)));
    };
    let mut rows = api.store().xcoms(&key.task(task_id, MapIndex(map_index))).await?;
    rows.retain(|row| only.is_none_or(|only| row.key == only));
    Ok((run, Paged::of(rows, page)))
}

/// A value, and the run it is of.
pub(crate) async fn get(
    api: &Api,
    task: (&RunKey, &str, i32),
    xcom_key: &str,
) -> Result<(RunRow, XComRow), Failure> {
    let one = Page { limit: 1, offset: 0 };
    let (run, found) = list(api, task, Some(xcom_key), one).await?;
    let row = found.rows.into_iter().next();
    let row =
        row.ok_or_else(|| Failure::NotFound(format!("task `{}` left no value `{xcom_key}`", task.1)))?;
    Ok((run, row))
}

/// A page of values of tasks: where the path names no DAG, run or task, of all that somebody may read.
pub(crate) async fn page(
    (api, identity): (&Api, &Identity),
    (dag_id, run_id, task_id): (&str, &str, &str),
    mut page: XComPage,
) -> Result<Paged<ListedXCom>, Failure> {
    page.dags = if dag_id == ALL {
        dags::allowed(identity, Action::Read)
    } else {
        Some([dags::get(api, dag_id).await?.row.dag_id].into())
    };
    if run_id != ALL && dag_id != ALL {
        page.run = Some(runs::get(api, &runs::key(dag_id, run_id)?).await?.key);
    } else if run_id != ALL {
        page.run_ids = vec![run_id.to_owned()];
    }
    if task_id != ALL {
        page.task_ids = vec![task_id.to_owned()];
    }
    let (rows, total) = api.store().xcom_page(&page).await?;
    Ok(Paged { rows, total })
}

/// A value that somebody writes.
pub(crate) struct Written<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: &'a Value,
    /// Whether there must be none yet; else there must be one.
    pub(crate) is_new: bool,
}

/// Writes a value in the name of a task.
pub(crate) async fn write(
    actor: &Actor<'_>,
    (run, task_id, map_index): (&RunKey, &str, i32),
    written: Written<'_>,
) -> Result<(RunRow, XComRow), Failure> {
    let Written { key, value, is_new } = written;
    if key.is_empty() || key.chars().count() > KEY_MAX {
        return Err(Failure::body(format!("a key has 1 to {KEY_MAX} characters")));
    }
    let (api, now) = (actor.api, actor.api.now());
    let task = task_instances::get(api, run, task_id, map_index).await?.row.key;
    let done = if is_new {
        actor.store().create_xcom(&task, (key, value), now).await?
    } else {
        actor.store().change_xcom(&task, (key, value), now).await?
    };
    match (done, is_new) {
        (XComWritten::Done, _) => {}
        (XComWritten::Not, true) => {
            let message = format!("The XCom with key: `{key}` with mentioned task instance already exists.");
            return Err(Failure::Conflict(message));
        }
        (XComWritten::Not, false) => return Err(unknown(task_id, key)),
        (XComWritten::TooLong(max), _) => {
            return Err(Failure::body(format!(
                "the JSON of a value has at most {max} bytes"
            )));
        }
    }
    get(api, (run, task_id, map_index), key).await
}

/// Deletes a value.
pub(crate) async fn delete(
    actor: &Actor<'_>,
    (run, task_id, map_index): (&RunKey, &str, i32),
    key: &str,
) -> Result<(), Failure> {
    runs::get(actor.api, run).await?;
    let id = TaskId::parse(task_id).map_err(|_| unknown(task_id, key))?;
    let task = run.task(id, MapIndex(map_index));
    if !actor.store().delete_xcom(&task, key).await? {
        return Err(unknown(task_id, key));
    }
    Ok(())
}

fn unknown(task_id: &str, key: &str) -> Failure {
    Failure::NotFound(format!("task `{task_id}` left no value `{key}`"))
}
