//! State stores: what tries of tasks keep for each other, and what is kept about assets.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use updraft_model::{MapIndex, RunKey, StateStoreEdit, TaskId, TaskKey};
use updraft_store::{AssetStateRow, TaskPage, TaskStateRow};

use super::{assets, task_instances};
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::{Page, Paged};

/// A task of a run, as a path names it.
#[derive(Clone, Copy)]
pub(crate) struct Which<'a> {
    pub(crate) run: &'a RunKey,
    pub(crate) task_id: &'a str,
    pub(crate) map_index: i32,
}

impl Which<'_> {
    /// The task, if there is one.
    async fn existing(&self, api: &Api) -> Result<TaskKey, Failure> {
        let found = task_instances::get(api, self.run, self.task_id, self.map_index).await?;
        Ok(found.row.key)
    }

    fn key(&self) -> Option<TaskKey> {
        let task_id = TaskId::parse(self.task_id).ok()?;
        Some(self.run.task(task_id, MapIndex(self.map_index)))
    }
}

/// When a value may be cleaned away.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expiry {
    /// After `[state_store] default_retention_days`.
    Default,
    /// Never.
    Never,
    /// Then.
    At(Timestamp),
}

/// A page of what a task keeps; nothing if there is no such task.
pub(crate) async fn of_task(api: &Api, task: Which<'_>, page: Page) -> Result<Paged<TaskStateRow>, Failure> {
    let Some(key) = task.key() else {
        return Ok(Paged::of(Vec::new(), page));
    };
    let part = (page.offset, page.limit);
    let (rows, total) = api.store().task_states_kept(&key, part).await?;
    Ok(Paged { rows, total })
}

/// A value that a task keeps.
pub(crate) async fn task_value(api: &Api, task: Which<'_>, key: &str) -> Result<TaskStateRow, Failure> {
    let found = match task.key() {
        Some(task) => api.store().task_state(&task, key).await?,
        None => None,
    };
    found.ok_or_else(|| no_task_key(key))
}

/// Keeps a value for a task.
pub(crate) async fn set_task_value(
    actor: &Actor<'_>,
    task: Which<'_>,
    (key, value): (&str, &Value),
    expiry: Expiry,
) -> Result<(), Failure> {
    must_be_storable(actor.api, value)?;
    let now = actor.api.now();
    let expires_at = match expiry {
        Expiry::Never => None,
        Expiry::At(at) => Some(at),
        Expiry::Default => match actor.api.web().state_store.default_retention_days {
            0 => None,
            days => now
                .checked_add(SignedDuration::from_hours(24 * i64::from(days)))
                .ok(),
        },
    };
    let edit = StateStoreEdit::Set {
        key: key.to_owned(),
        value: value.clone(),
        expires_at,
    };
    edit_task(actor, task, &edit).await
}

/// Gives a key that a task keeps another value.
pub(crate) async fn change_task_value(
    actor: &Actor<'_>,
    task: Which<'_>,
    (key, value): (&str, &Value),
) -> Result<(), Failure> {
    must_be_storable(actor.api, value)?;
    let task = task.existing(actor.api).await?;
    let done = actor
        .store()
        .change_task_state(&task, (key, value), actor.api.now())
        .await?;
    if done { Ok(()) } else { Err(no_task_key(key)) }
}

/// Takes a value, or all, away that a task keeps.
pub(crate) async fn edit_task(
    actor: &Actor<'_>,
    task: Which<'_>,
    edit: &StateStoreEdit,
) -> Result<(), Failure> {
    must_be_right(edit)?;
    let task = task.existing(actor.api).await?;
    Ok(actor
        .store()
        .edit_task_state(&task, edit, actor.api.now())
        .await?)
}

/// Takes everything away that a task and its copies keep.
pub(crate) async fn clear_copies(actor: &Actor<'_>, task: Which<'_>) -> Result<(), Failure> {
    let one = TaskPage {
        limit: 1,
        ..TaskPage::default()
    };
    task_instances::copies(actor.api, (task.run, task.task_id), one).await?;
    let unknown = || Failure::NotFound(format!("run `{}` has no task `{}`", task.run, task.task_id));
    let task = task.key().ok_or_else(unknown)?;
    Ok(actor.store().clear_states_of_copies(&task).await?)
}

/// A page of what is kept about an asset.
pub(crate) async fn of_asset(api: &Api, asset_id: i64, page: Page) -> Result<Paged<AssetStateRow>, Failure> {
    assets::get(api, asset_id).await?;
    let part = (page.offset, page.limit);
    let (rows, total) = api.store().asset_states_kept(asset_id, part).await?;
    Ok(Paged { rows, total })
}

/// A value that is kept about an asset.
pub(crate) async fn asset_value(api: &Api, asset_id: i64, key: &str) -> Result<AssetStateRow, Failure> {
    assets::get(api, asset_id).await?;
    let found = api.store().asset_state(asset_id, key).await?;
    found.ok_or_else(|| Failure::NotFound(format!("Asset state store key '{key}' not found")))
}

/// Changes what is kept about an asset.
pub(crate) async fn edit_asset(
    actor: &Actor<'_>,
    asset_id: i64,
    edit: &StateStoreEdit,
) -> Result<(), Failure> {
    must_be_right(edit)?;
    if let StateStoreEdit::Set { value, .. } = edit {
        must_be_storable(actor.api, value)?;
    }
    assets::get(actor.api, asset_id).await?;
    Ok(actor
        .store()
        .edit_asset_state(asset_id, edit, actor.api.now())
        .await?)
}

fn no_task_key(key: &str) -> Failure {
    Failure::NotFound(format!("Task state store key '{key}' not found"))
}

fn must_be_right(edit: &StateStoreEdit) -> Result<(), Failure> {
    match edit.problem() {
        Some(problem) => Err(Failure::body(problem)),
        None => Ok(()),
    }
}

fn must_be_storable(api: &Api, value: &Value) -> Result<(), Failure> {
    if value.is_null() {
        return Err(Failure::body("value cannot be null"));
    }
    let bytes_max = api.web().state_store.value_bytes_max;
    if bytes_max > 0 && value.to_string().len() > bytes_max {
        return Err(Failure::body(format!(
            "value exceeds max_value_storage_bytes ({bytes_max}); \
             raise [state_store] max_value_storage_bytes or set it to 0 to disable the limit"
        )));
    }
    Ok(())
}
