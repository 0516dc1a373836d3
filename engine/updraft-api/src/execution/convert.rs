//! Between what the engine tells tasks and what the interface writes.

use jiff::Timestamp;
use updraft_protocol::message::{AssetEventReference, AssetProfile, AssetResult, DagRun};

use super::shapes::{
    AssetProfileShape, AssetShape, ConsumedAsset, ConsumedAssetEvent, DagRunShape, SourceAlias,
};
use crate::time::V2Time;

pub(crate) fn time(at: Option<Timestamp>) -> Option<V2Time> {
    at.map(V2Time)
}

pub(crate) fn dag_run(run: DagRun) -> DagRunShape {
    DagRunShape {
        dag_id: run.dag_id.to_string(),
        run_id: run.run_id.to_string(),
        logical_date: time(run.logical_date),
        data_interval_start: time(run.data_interval_start),
        data_interval_end: time(run.data_interval_end),
        run_after: V2Time(run.run_after),
        start_date: time(run.start_date),
        end_date: time(run.end_date),
        clear_number: run.clear_number,
        run_type: run.run_type.as_str(),
        state: run.state.as_str(),
        conf: run.conf,
        triggering_user_name: run.triggering_user_name,
        consumed_asset_events: run.consumed_asset_events.into_iter().map(consumed).collect(),
        partition_key: run.partition_key,
        partition_date: None,
        note: None,
        team_name: None,
    }
}

fn consumed(event: AssetEventReference) -> ConsumedAssetEvent {
    let alias = |alias: updraft_protocol::message::AliasReference| SourceAlias { name: alias.name };
    ConsumedAssetEvent {
        asset: ConsumedAsset {
            name: event.asset.name,
            uri: event.asset.uri,
            extra: event.asset.extra,
        },
        extra: event.extra,
        source_task_id: event.source_task_id.map(|id| id.to_string()),
        source_dag_id: event.source_dag_id.map(|id| id.to_string()),
        source_run_id: event.source_run_id.map(|id| id.to_string()),
        source_map_index: event.source_map_index.map(|index| index.0),
        source_aliases: event.source_aliases.into_iter().map(alias).collect(),
        timestamp: V2Time(event.timestamp),
        partition_key: None,
    }
}

pub(crate) fn asset(asset: AssetResult) -> AssetShape {
    AssetShape {
        name: asset.name,
        uri: asset.uri,
        group: asset.group,
        extra: asset.extra,
    }
}

pub(crate) fn profile(asset: AssetProfile) -> AssetProfileShape {
    AssetProfileShape {
        name: asset.name,
        uri: asset.uri,
        kind: asset.kind,
    }
}
