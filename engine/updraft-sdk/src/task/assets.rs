//! What a task does about assets.

use serde::Serialize;
use serde_json::Value;
use updraft_model::{Asset, AssetAlias};
use updraft_protocol::message::{
    AssetEventReference, AssetUniqueKey, EVENT_EXTRA_BYTES_MAX, OutletEventResult,
};

use super::{Context, RequestError};

/// Assets.
impl Context {
    /// The events that have caused this run, the oldest first; of more than 1,000 the newest. None if something else has.
    pub fn triggering_asset_events(&self) -> &[AssetEventReference] {
        &self.dag_run().consumed_asset_events
    }

    /// Says something about the update of an asset that this task has as an
    /// [outlet](crate::TaskRef::outlets). It is told to the DAGs that wait for the asset, if the task succeeds; what an
    /// earlier try has said is forgotten.
    ///
    /// ```
    /// use updraft_sdk::{Asset, Context, TaskResult};
    ///
    /// async fn load(context: Context) -> TaskResult {
    ///     let orders = Asset::new("orders", "postgres://warehouse/public/orders");
    ///     context.set_event_extra(&orders, "rows", 42)?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// The asset is no outlet of the task, the value cannot be written as JSON, or all that is said about the asset is
    /// longer than 16 KiB.
    pub fn set_event_extra(
        &self,
        asset: &Asset,
        key: &str,
        value: impl Serialize,
    ) -> Result<(), RequestError> {
        let wrong = |reason| wrong(asset, reason);
        let task = self.built_dag().and_then(|dag| dag.spec().task(self.task_id()));
        if !task.is_some_and(|task| task.outlets.iter().any(|outlet| outlet.uri == asset.uri)) {
            return Err(wrong("it is no outlet of this task".to_owned()));
        }
        let value = serde_json::to_value(value)
            .map_err(|error| wrong(format!("`{key}` cannot be written as JSON: {error}")))?;
        self.change_outlet_events(|events| {
            let known = events.get(&asset.uri).cloned();
            let mut event = known.unwrap_or_else(|| OutletEventResult {
                dest_asset_key: AssetUniqueKey {
                    name: asset.name.clone(),
                    uri: asset.uri.clone(),
                },
                extra: serde_json::Map::new(),
                source_alias_name: None,
                dest_asset_extra: serde_json::Map::new(),
            });
            event.extra.insert(key.to_owned(), value);
            if !event.has_room() {
                return Err(wrong(format!(
                    "with `{key}` its extra has more than {EVENT_EXTRA_BYTES_MAX} bytes; leave it in a file or database and \
                     say where it is"
                )));
            }
            events.insert(asset.uri.clone(), event);
            Ok(())
        })
    }

    /// Says by an alias, which this task has among its [outlets](crate::TaskRef::outlet_aliases), that it has updated an asset. Nobody need
    /// know that asset before. It is told to the DAGs that wait for the asset or the alias, if the task succeeds; `extra` is what there is
    /// to say about it, a JSON object.
    ///
    /// # Errors
    /// The alias is no outlet of the task, the asset cannot be used, or what is said about it is no JSON object or longer than 16 KiB.
    pub fn add_asset(
        &self,
        alias: &AssetAlias,
        asset: &Asset,
        extra: impl Serialize,
    ) -> Result<(), RequestError> {
        let wrong = |reason| wrong(asset, reason);
        let task = self.built_dag().and_then(|dag| dag.spec().task(self.task_id()));
        if !task.is_some_and(|task| task.outlet_aliases.iter().any(|outlet| outlet.name == alias.name)) {
            return Err(wrong(format!("the alias `{alias}` is no outlet of this task")));
        }
        asset.check().map_err(|problem| wrong(problem.to_string()))?;
        let Ok(Value::Object(extra)) = serde_json::to_value(extra) else {
            return Err(wrong("what is said about it is no JSON object".to_owned()));
        };
        let event = OutletEventResult {
            dest_asset_key: AssetUniqueKey {
                name: asset.name.clone(),
                uri: asset.uri.clone(),
            },
            extra,
            source_alias_name: Some(alias.name.clone()),
            dest_asset_extra: asset.extra.clone(),
        };
        if !event.has_room() {
            return Err(wrong(format!(
                "its extra has more than {EVENT_EXTRA_BYTES_MAX} bytes; leave it in a file or database and say where it is"
            )));
        }
        self.change_outlet_events(|events| {
            // No uri begins like that, so what is said of an outlet itself stands apart.
            events.insert(format!("\0{:08}", events.len()), event);
        });
        Ok(())
    }
}

fn wrong(asset: &Asset, reason: String) -> RequestError {
    RequestError::AssetEvent {
        asset: asset.name.clone(),
        reason,
    }
}
