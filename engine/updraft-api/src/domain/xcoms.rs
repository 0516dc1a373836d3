//! Values that tasks leave.

use updraft_model::{MapIndex, RunKey, TaskId};
use updraft_store::{RunRow, XComRow};

use super::runs;
use crate::api::Api;
use crate::failure::Failure;
use crate::page::{Page, Paged};

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
