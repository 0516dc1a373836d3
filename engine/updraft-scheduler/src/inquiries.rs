//! Answers what tasks ask about runs, tasks, assets and names, from the database as it is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use updraft_model::{Asset, DagRunState, RunId, RunKey, StateStoreOf, TaskInstanceState, TaskKey};
use updraft_protocol::launch::PYTHON_BUNDLE;
use updraft_protocol::manifest::MANIFEST_SUFFIX;
use updraft_protocol::message::{
    AssetEvent, AssetEventsResult, AssetProfile, AssetResult, AssetStateStoreResult, AssetsByAliasResult,
    CausedRun, DagResult, DagRun, DagRunStateResult, DrCount, ErrorResponse, ErrorType, GetAssetEventByAsset,
    GetAssetEventByAssetAlias, GetPreviousTi, GetTaskStates, GetTiCount, InactiveAssetsResult, Inquiry,
    Moment, PrevSuccessfulDagRunResult, PreviousDagRunResult, PreviousTi, PreviousTiResult,
    StateStoreQuestion, TaskRescheduleStartDate, TaskStateStoreResult, TaskStatesResult, TiCount, ToTask,
    UpdraftGetNewestXCom, VariableKeysResult, XComResult,
};
use updraft_store::{
    AssetEventRow, AssetFilter, EventsAsked, EventsOf, PreviousTask, RunRow, RunsAsked, StateStoreError,
    Store, StoreError, TasksAsked,
};

use crate::assets::asset_event_reference;

/// The most events of an asset that are told at once, and the most names of Variables.
const ANSWERS_MAX: u32 = 10_000;

/// Airflow's word for a task without a state.
const NO_STATE: &str = "null";

/// Answers a task. What is not there is an error of the answer, with status 404, not of this function.
///
/// # Errors
/// [`StoreError`].
pub async fn answer_inquiry(store: &Store, asker: &TaskKey, inquiry: Inquiry) -> Result<ToTask, StoreError> {
    Ok(match inquiry {
        Inquiry::Dag(ask) => dag(store, ask.dag_id).await?,
        Inquiry::DagRun(ask) => one_run(store, &key(ask.dag_id, ask.run_id)).await?,
        Inquiry::DagRunState(ask) => state_of(store, &key(ask.dag_id, ask.run_id)).await?,
        Inquiry::PreviousDagRun(ask) => {
            let found = store.run_before(&ask.dag_id, ask.logical_date, ask.state).await?;
            let dag_run = match found {
                Some(run) => Some(Box::new(dag_run(store, run).await?)),
                None => None,
            };
            ToTask::PreviousDagRunResult(PreviousDagRunResult { dag_run })
        }
        Inquiry::PrevSuccessfulDagRun(_) => last_success(store, asker).await?,
        Inquiry::PreviousTi(ask) => previous_task(store, &ask).await?,
        Inquiry::DrCount(ask) => {
            let states = ask.states.map(|states| run_states(&states));
            let runs = runs(ask.dag_id, ask.logical_dates, ask.run_ids);
            let count = store.count_runs(&runs, states.as_deref()).await?;
            ToTask::DrCount(DrCount { count })
        }
        Inquiry::TiCount(ask) => count_tasks(store, ask).await?,
        Inquiry::TaskStates(ask) => task_states(store, ask).await?,
        Inquiry::TaskRescheduleStartDate(ask) => {
            let start_date = store.first_look(asker, ask.try_number).await?;
            ToTask::TaskRescheduleStartDate(TaskRescheduleStartDate { start_date })
        }
        Inquiry::NewestXCom(ask) => newest_xcom(store, ask).await?,
        Inquiry::VariableKeys(ask) => {
            let part = (ask.offset, ask.limit.min(ANSWERS_MAX));
            let prefix = ask.prefix.unwrap_or_default();
            let (keys, total_entries) = store.variable_keys(&prefix, part).await?;
            ToTask::VariableKeysResult(VariableKeysResult { keys, total_entries })
        }
        Inquiry::AssetByName(ask) => {
            let name = Some(ask.name);
            asset(store, AssetFilter { name, uri: None }).await?
        }
        Inquiry::AssetByUri(ask) => {
            let uri = Some(ask.uri);
            asset(store, AssetFilter { name: None, uri }).await?
        }
        Inquiry::AssetEventByAsset(ask) => events_of_asset(store, ask).await?,
        Inquiry::AssetsByAlias(ask) => assets_of_alias(store, &ask.alias_name).await?,
        Inquiry::AssetEventByAssetAlias(ask) => events_of_alias(store, ask).await?,
        Inquiry::HitlDetail(_) => hitl(store, asker).await?,
        Inquiry::StateStore(ask) => state_value(store, asker, ask).await?,
        Inquiry::InletsAndOutlets(_) => {
            let inactive = store.inactive_assets(asker).await?;
            let profiles = inactive
                .into_iter()
                .map(|asset| AssetProfile::new(&asset.name, &asset.uri));
            let inactive_assets = Some(profiles.collect());
            ToTask::InactiveAssetsResult(InactiveAssetsResult { inactive_assets })
        }
    })
}

fn key(dag_id: updraft_model::DagId, run_id: RunId) -> RunKey {
    RunKey { dag_id, run_id }
}

fn no_run(run: &RunKey) -> ToTask {
    let message = format!("DAG `{}` has no run `{}`", run.dag_id, run.run_id);
    ToTask::ErrorResponse(ErrorResponse::with_status(404, message))
}

async fn dag(store: &Store, dag_id: updraft_model::DagId) -> Result<ToTask, StoreError> {
    Ok(match store.dag_row(&dag_id).await? {
        Some(dag) => ToTask::DagResult(DagResult {
            dag_id,
            is_paused: dag.is_paused,
            bundle_name: Some(bundle_name(&dag.source).to_owned()),
            bundle_version: None,
            relative_fileloc: Some(dag.source),
            owners: Some(dag.owners),
            tags: dag.tags,
            next_dagrun: dag.next_logical_date,
        }),
        None => {
            let message = format!("there is no DAG `{dag_id}`");
            ToTask::ErrorResponse(ErrorResponse::with_status(404, message))
        }
    })
}

/// The bundle of a source, as Airflow names them: all DAG files are of one.
fn bundle_name(source: &str) -> &str {
    let name = source.rsplit('/').next().unwrap_or(source);
    name.strip_suffix(MANIFEST_SUFFIX).unwrap_or(PYTHON_BUNDLE)
}

async fn one_run(store: &Store, key: &RunKey) -> Result<ToTask, StoreError> {
    Ok(match store.run(key).await? {
        Some(run) => ToTask::DagRunResult(Box::new(dag_run(store, run).await?)),
        None => no_run(key),
    })
}

async fn state_of(store: &Store, key: &RunKey) -> Result<ToTask, StoreError> {
    let run = store.run(key).await?;
    Ok(run.map_or_else(
        || no_run(key),
        |run| ToTask::DagRunStateResult(DagRunStateResult { state: run.state }),
    ))
}

/// A run as tasks see it, with the events that have caused it.
async fn dag_run(store: &Store, run: RunRow) -> Result<DagRun, StoreError> {
    let consumed = store.consumed_asset_events(&run.key).await?;
    let RunKey { dag_id, run_id } = run.key;
    Ok(DagRun {
        dag_id,
        run_id,
        logical_date: run.logical_date,
        data_interval_start: run.data_interval.map(|interval| interval.start),
        data_interval_end: run.data_interval.map(|interval| interval.end),
        run_after: run.run_after,
        start_date: run.start_date,
        end_date: run.end_date,
        clear_number: run.clear_number,
        run_type: run.run_type,
        state: run.state,
        conf: Some(run.conf),
        triggering_user_name: run.triggered_by,
        consumed_asset_events: consumed.iter().map(asset_event_reference).collect(),
        partition_key: None,
    })
}

/// The newest run that has succeeded, of those with an earlier date than that of the one who asks.
async fn last_success(store: &Store, asker: &TaskKey) -> Result<ToTask, StoreError> {
    let own = store.run(&asker.run_key()).await?;
    let found = match own.and_then(|run| run.logical_date) {
        Some(date) => {
            let success = Some(DagRunState::Success);
            store.run_before(&asker.dag_id, date, success).await?
        }
        None => None,
    };
    let result = found.map(|run| PrevSuccessfulDagRunResult {
        data_interval_start: run.data_interval.map(|interval| interval.start),
        data_interval_end: run.data_interval.map(|interval| interval.end),
        start_date: run.start_date,
        end_date: run.end_date,
    });
    Ok(ToTask::PrevSuccessfulDagRunResult(result.unwrap_or_default()))
}

async fn previous_task(store: &Store, ask: &GetPreviousTi) -> Result<ToTask, StoreError> {
    let which = (&ask.dag_id, &ask.task_id, ask.map_index);
    let found = store.previous_task(which, ask.logical_date, ask.state).await?;
    let task_instance = found.map(|PreviousTask { task, logical_date }| PreviousTi {
        task_id: task.key.task_id,
        dag_id: task.key.dag_id,
        run_id: task.key.run_id,
        logical_date: Some(logical_date),
        start_date: task.start_date,
        end_date: task.end_date,
        state: task.state,
        try_number: task.try_number,
        map_index: task.key.map_index,
        duration: seconds(task.start_date, task.end_date),
    });
    Ok(ToTask::PreviousTiResult(PreviousTiResult { task_instance }))
}

fn seconds(start: Option<Timestamp>, end: Option<Timestamp>) -> Option<f64> {
    let (start, end) = start.zip(end)?;
    Some(end.duration_since(start).as_secs_f64())
}

fn runs(
    dag_id: updraft_model::DagId,
    logical_dates: Option<Vec<Moment>>,
    run_ids: Option<Vec<RunId>>,
) -> RunsAsked {
    RunsAsked {
        dag_id,
        logical_dates: logical_dates.map(|dates| dates.into_iter().map(|Moment(at)| at).collect()),
        run_ids,
    }
}

/// The states of runs among these words; no run is in any other.
fn run_states(words: &[String]) -> Vec<DagRunState> {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}

/// The states of tasks among these words; no task is in any other.
fn states_of_tasks(words: &[String]) -> Vec<Option<TaskInstanceState>> {
    let state = |word: &String| match word.as_str() {
        NO_STATE => Some(None),
        word => word.parse().ok().map(Some),
    };
    words.iter().filter_map(state).collect()
}

async fn count_tasks(store: &Store, ask: GetTiCount) -> Result<ToTask, StoreError> {
    let states = ask.states.map(|states| states_of_tasks(&states));
    let asked = TasksAsked {
        runs: runs(ask.dag_id, ask.logical_dates, ask.run_ids),
        task_ids: ask.task_ids,
        task_group: ask.task_group_id,
        map_index: ask.map_index,
    };
    let count = store.count_tasks(&asked, states.as_deref()).await?;
    Ok(ToTask::TiCount(TiCount { count }))
}

async fn task_states(store: &Store, ask: GetTaskStates) -> Result<ToTask, StoreError> {
    let asked = TasksAsked {
        runs: runs(ask.dag_id, ask.logical_dates, ask.run_ids),
        task_ids: ask.task_ids,
        task_group: ask.task_group_id,
        map_index: ask.map_index,
    };
    let mut task_states: BTreeMap<RunId, BTreeMap<String, Option<TaskInstanceState>>> = BTreeMap::new();
    for (task, state) in store.task_states(&asked).await? {
        let name = if task.map_index.0 < 0 {
            task.task_id.to_string()
        } else {
            format!("{}_{}", task.task_id, task.map_index)
        };
        task_states.entry(task.run_id).or_default().insert(name, state);
    }
    Ok(ToTask::TaskStatesResult(TaskStatesResult { task_states }))
}

/// What people have answered in the newest try of the one who asks.
async fn hitl(store: &Store, asker: &TaskKey) -> Result<ToTask, StoreError> {
    let try_number = store.task_instance(asker).await?.map(|task| task.try_number);
    let asked = match try_number {
        Some(try_number) => store.hitl_of(asker, try_number).await?,
        None => None,
    };
    Ok(match asked {
        Some(row) => ToTask::HitlDetailResponse(row.answer.into()),
        None => {
            let message = "HITLDetail not found: the task has asked nobody in this try";
            ToTask::ErrorResponse(ErrorResponse::with_status(404, message))
        }
    })
}

async fn state_value(store: &Store, asker: &TaskKey, ask: StateStoreQuestion) -> Result<ToTask, StoreError> {
    let StateStoreQuestion { of, key } = ask;
    let of_task = of == StateStoreOf::Task;
    let (missing, message) = match store.state_value(asker, &of, &key).await {
        Ok(Some(value)) if of_task => {
            return Ok(ToTask::TaskStateStoreResult(TaskStateStoreResult { value }));
        }
        Ok(Some(value)) => return Ok(ToTask::AssetStateStoreResult(AssetStateStoreResult { value })),
        Ok(None) if of_task => (
            ErrorType::TaskStoreNotFound,
            format!("the task keeps nothing under `{key}`"),
        ),
        Ok(None) => (
            ErrorType::AssetStoreNotFound,
            format!("nothing is kept about the asset under `{key}`"),
        ),
        Err(StateStoreError::Store(error)) => return Err(error),
        Err(error @ (StateStoreError::UnknownAsset { .. } | StateStoreError::NotLive { .. })) => {
            (ErrorType::AssetStoreNotFound, error.to_string())
        }
    };
    Ok(ToTask::ErrorResponse(ErrorResponse::new(missing, message)))
}

async fn newest_xcom(store: &Store, ask: UpdraftGetNewestXCom) -> Result<ToTask, StoreError> {
    let (key, run) = (ask.key, key(ask.dag_id, ask.run_id));
    Ok(match store.newest_xcom(&run, &key).await? {
        Some(value) => ToTask::XComResult(XComResult { key, value }),
        None => {
            let message = format!("no task of run `{}` has left an XCom `{key}`", run.run_id);
            ToTask::ErrorResponse(ErrorResponse::new(ErrorType::XComNotFound, message))
        }
    })
}

async fn asset(store: &Store, filter: AssetFilter) -> Result<ToTask, StoreError> {
    let found = store.asset(&filter).await?;
    Ok(match found {
        Some(asset) => ToTask::AssetResult(asset_result(asset)),
        None => {
            let which = filter.name.or(filter.uri).unwrap_or_default();
            let message = format!("no DAG names an asset `{which}`");
            ToTask::ErrorResponse(ErrorResponse::new(ErrorType::AssetNotFound, message))
        }
    })
}

fn asset_result(asset: Asset) -> AssetResult {
    AssetResult {
        name: asset.name,
        uri: asset.uri,
        group: asset.group,
        extra: Some(asset.extra),
    }
}

async fn assets_of_alias(store: &Store, name: &str) -> Result<ToTask, StoreError> {
    let assets = store.assets_of_alias(name).await?;
    let assets = assets.into_iter().map(asset_result).collect();
    Ok(ToTask::AssetsByAliasResult(AssetsByAliasResult { assets }))
}

async fn events_of_asset(store: &Store, ask: GetAssetEventByAsset) -> Result<ToTask, StoreError> {
    if ask.name.is_none() && ask.uri.is_none() {
        let message = "events are those of an asset: give its name or uri";
        return Ok(ToTask::ErrorResponse(ErrorResponse::with_status(400, message)));
    }
    let asked = EventsAsked {
        of: EventsOf::Asset {
            uri: ask.uri,
            name: ask.name,
        },
        after: ask.after,
        before: ask.before,
        limit: ask.limit.unwrap_or(ANSWERS_MAX).min(ANSWERS_MAX),
        oldest_first: ask.ascending,
    };
    asset_events(store, &asked).await
}

async fn events_of_alias(store: &Store, ask: GetAssetEventByAssetAlias) -> Result<ToTask, StoreError> {
    let asked = EventsAsked {
        of: EventsOf::Alias(ask.alias_name),
        after: ask.after,
        before: ask.before,
        limit: ask.limit.unwrap_or(ANSWERS_MAX).min(ANSWERS_MAX),
        oldest_first: ask.ascending,
    };
    asset_events(store, &asked).await
}

async fn asset_events(store: &Store, asked: &EventsAsked) -> Result<ToTask, StoreError> {
    let found = store.events_of_asset(asked).await?;
    let events = found.into_iter().map(|(event, runs)| asset_event(event, runs));
    let asset_events = events.collect();
    Ok(ToTask::AssetEventsResult(AssetEventsResult { asset_events }))
}

fn asset_event(event: AssetEventRow, runs: Vec<updraft_store::CausedRun>) -> AssetEvent {
    let source = event.source.as_ref();
    AssetEvent {
        id: event.event.0,
        timestamp: event.at,
        source_task_id: source.map(|task| task.task_id.clone()),
        source_dag_id: source.map(|task| task.dag_id.clone()),
        source_run_id: source.map(|task| task.run_id.clone()),
        source_map_index: source.map(|task| task.map_index),
        extra: Some(event.extra),
        asset: AssetResult {
            name: event.name,
            uri: event.uri,
            group: event.group,
            extra: Some(event.asset_extra),
        },
        created_dagruns: runs.into_iter().map(caused_run).collect(),
    }
}

fn caused_run(run: updraft_store::CausedRun) -> CausedRun {
    let RunKey { dag_id, run_id } = run.key;
    CausedRun {
        run_id,
        dag_id,
        logical_date: run.logical_date,
        start_date: run.start_date,
        end_date: run.end_date,
        state: run.state,
        data_interval_start: run.data_interval.map(|interval| interval.start),
        data_interval_end: run.data_interval.map(|interval| interval.end),
        partition_key: None,
    }
}
