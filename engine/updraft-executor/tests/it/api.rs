//! The engine in memory.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{AttemptId, Clock, DagRunState, RunType, mappable_item};
use updraft_protocol::message::{
    ConnectionResult, DagRun, DagRunStateResult, DeleteXCom, ErrorResponse, GetXCom, GetXComCount,
    HitlChange, HitlDetailResponse, Inquiry, PutVariable, SetXCom, StateStoreChange, TiRunContext, ToTask,
    TriggerDagRun, UpdraftGetXComItem, UpdraftProgress,
};
use updraft_worker::{ApiError, AttemptEnd, AttemptStart, Heartbeat, TaskApi};

/// The time of this machine.
#[derive(Debug)]
pub(crate) struct RealClock;

impl Clock for RealClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the fixture is a binary of its own, with a clock of its own"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// An engine that accepts everything, unless told otherwise.
#[derive(Debug)]
pub(crate) struct MemoryApi {
    /// Told to tasks as the param `folder`.
    folder: PathBuf,
    /// Written by attempts and by the test.
    state: Mutex<State>,
}

/// What the engine knows, and how it is to behave.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// By task and key.
    pub(crate) xcoms: BTreeMap<(String, String), Value>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) connections: BTreeMap<String, ConnectionResult>,
    pub(crate) starts: Vec<(AttemptId, AttemptStart)>,
    pub(crate) ends: Vec<(AttemptId, AttemptEnd)>,
    pub(crate) progress: Vec<UpdraftProgress>,
    pub(crate) heartbeats: usize,
    /// Attempts that are not live.
    pub(crate) fenced: HashSet<AttemptId>,
    /// So many calls of start and end fail before one succeeds.
    pub(crate) outage: usize,
    /// Whether heartbeats do not arrive.
    pub(crate) is_deaf: bool,
    /// The runs that tasks have asked for.
    pub(crate) triggered: Vec<TriggerDagRun>,
    pub(crate) state_stores: Vec<StateStoreChange>,
    /// What fields were after their templates were filled in.
    pub(crate) rendered: Map<String, Value>,
    /// XComs that the next start asks to clear.
    pub(crate) xcom_keys_to_clear: Vec<String>,
}

impl MemoryApi {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            state: Mutex::default(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self, attempt: AttemptId) -> Result<MutexGuard<'_, State>, ApiError> {
        let state = self.state();
        if state.fenced.contains(&attempt) {
            Err(ApiError::NotLive("it was cleared".to_owned()))
        } else {
            Ok(state)
        }
    }

    /// Like [`Self::live`], for calls that the outage concerns.
    fn reachable(&self, attempt: AttemptId) -> Result<MutexGuard<'_, State>, ApiError> {
        let mut state = self.live(attempt)?;
        if state.outage == 0 {
            return Ok(state);
        }
        state.outage -= 1;
        Err(ApiError::Unavailable("database is locked".to_owned()))
    }
}

#[async_trait]
impl TaskApi for MemoryApi {
    async fn start(&self, attempt: AttemptId, start: AttemptStart) -> Result<TiRunContext, ApiError> {
        let mut state = self.reachable(attempt)?;
        let at = start.start_date;
        state.starts.push((attempt, start));
        let conf = Map::from_iter([("folder".to_owned(), Value::from(self.folder.to_string_lossy()))]);
        Ok(TiRunContext {
            dag_run: DagRun {
                dag_id: "fixture".parse().map_err(|_| ApiError::Refused(String::new()))?,
                run_id: RunType::Manual.run_id(at),
                logical_date: Some(at),
                data_interval_start: Some(at),
                data_interval_end: Some(at),
                run_after: at,
                start_date: Some(at),
                end_date: None,
                clear_number: 0,
                run_type: RunType::Manual,
                state: DagRunState::Running,
                conf: Some(conf),
                triggering_user_name: None,
                consumed_asset_events: Vec::new(),
                partition_key: None,
            },
            task_reschedule_count: 0,
            max_tries: 3,
            xcom_keys_to_clear: std::mem::take(&mut state.xcom_keys_to_clear),
            dag_run_conf_overrides_params: true,
            should_retry: true,
            map_lengths: BTreeMap::new(),
            next_method: None,
            next_kwargs: None,
            start_date: None,
        })
    }

    async fn heartbeat(&self, attempt: AttemptId, heartbeat: Heartbeat) -> Result<(), ApiError> {
        let mut state = self.live(attempt)?;
        if state.is_deaf {
            return Err(ApiError::Unavailable("database is locked".to_owned()));
        }
        state.heartbeats += 1;
        state.progress.extend(heartbeat.progress);
        Ok(())
    }

    async fn end(&self, attempt: AttemptId, end: AttemptEnd) -> Result<(), ApiError> {
        let mut state = self.reachable(attempt)?;
        state.progress.extend(end.progress.clone());
        state.ends.push((attempt, end));
        Ok(())
    }

    async fn get_xcom(&self, _: AttemptId, request: GetXCom) -> Result<Option<Value>, ApiError> {
        if request.task_id.as_str() == "forbidden" {
            return Err(ApiError::Refused("this task may not be asked".to_owned()));
        }
        Ok(self
            .state()
            .xcoms
            .get(&(request.task_id.to_string(), request.key))
            .cloned())
    }

    async fn set_xcom(&self, attempt: AttemptId, request: SetXCom) -> Result<(), ApiError> {
        self.live(attempt)?
            .xcoms
            .insert((request.task_id.to_string(), request.key), request.value);
        Ok(())
    }

    async fn delete_xcom(&self, attempt: AttemptId, request: DeleteXCom) -> Result<(), ApiError> {
        self.live(attempt)?
            .xcoms
            .remove(&(request.task_id.to_string(), request.key));
        Ok(())
    }

    async fn xcom_item(&self, _: AttemptId, request: UpdraftGetXComItem) -> Result<Option<Value>, ApiError> {
        let place = (request.task_id.to_string(), request.key);
        let at = usize::try_from(request.offset).unwrap_or(usize::MAX);
        let state = self.state();
        Ok(state.xcoms.get(&place).and_then(|value| mappable_item(value, at)))
    }

    async fn xcom_count(&self, _: AttemptId, _: &GetXComCount) -> Result<u64, ApiError> {
        Ok(0)
    }

    async fn xcom_slice(
        &self,
        _: AttemptId,
        _: &GetXComCount,
        _: std::ops::Range<u64>,
    ) -> Result<Vec<Value>, ApiError> {
        Ok(Vec::new())
    }

    async fn set_rendered_map_index(&self, attempt: AttemptId, _: String) -> Result<(), ApiError> {
        self.live(attempt).map(drop)
    }

    async fn set_rendered_fields(
        &self,
        attempt: AttemptId,
        fields: Map<String, Value>,
    ) -> Result<(), ApiError> {
        self.live(attempt)?.rendered = fields;
        Ok(())
    }

    async fn trigger_dag_run(&self, attempt: AttemptId, request: TriggerDagRun) -> Result<(), ApiError> {
        self.reachable(attempt)?.triggered.push(request);
        Ok(())
    }

    async fn inquire(&self, _: AttemptId, inquiry: Inquiry) -> Result<ToTask, ApiError> {
        let state = self.state();
        let is_triggered = |ask: &updraft_protocol::message::GetDagRunState| {
            state.triggered.iter().any(|run| run.run_id == ask.run_id)
        };
        Ok(match inquiry {
            Inquiry::DagRunState(ask) if is_triggered(&ask) => ToTask::DagRunStateResult(DagRunStateResult {
                state: DagRunState::Queued,
            }),
            _ => ToTask::ErrorResponse(ErrorResponse::with_status(404, "there is no such thing")),
        })
    }

    async fn change_state_store(&self, attempt: AttemptId, change: StateStoreChange) -> Result<(), ApiError> {
        self.live(attempt)?.state_stores.push(change);
        Ok(())
    }

    async fn change_hitl(&self, attempt: AttemptId, _: HitlChange) -> Result<HitlDetailResponse, ApiError> {
        drop(self.live(attempt)?);
        Ok(HitlDetailResponse::from(None))
    }

    async fn get_variable(&self, _: AttemptId, key: &str) -> Result<Option<String>, ApiError> {
        Ok(self.state().variables.get(key).cloned())
    }

    async fn put_variable(&self, attempt: AttemptId, request: PutVariable) -> Result<(), ApiError> {
        self.live(attempt)?
            .variables
            .insert(request.key, request.value.unwrap_or_default());
        Ok(())
    }

    async fn delete_variable(&self, attempt: AttemptId, key: &str) -> Result<(), ApiError> {
        self.live(attempt)?.variables.remove(key);
        Ok(())
    }

    async fn get_connection(
        &self,
        _: AttemptId,
        conn_id: &str,
    ) -> Result<Option<ConnectionResult>, ApiError> {
        Ok(self.state().connections.get(conn_id).cloned())
    }
}
