//! Answers the attempts that run in this process: what changes state goes to the dispatcher, or to the process that has it;
//! what only reads goes to the store.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};
use updraft_model::{AttemptId, Clock, HitlAnswer, TaskKey};
use updraft_protocol::message::{
    ConnectionResult, DeleteXCom, ErrorResponse, ErrorType, GetXCom, GetXComCount, HitlChange,
    HitlDetailResponse, Inquiry, PutVariable, SetXCom, StateStoreChange, TiRunContext, ToTask, TriggerDagRun,
    UpdraftGetXComItem,
};
use updraft_secrets::{Connection, Secrets};
use updraft_store::{HitlError, SecretError, StateStoreError};
use updraft_worker::{ApiError, AttemptEnd, AttemptStart, Heartbeat, TaskApi};

use crate::ledger::Lookups;
use crate::values::Values;

/// Something an attempt wants written; the answer comes once it is, or is refused.
#[derive(Debug)]
pub(crate) struct Ask {
    /// Who asks.
    pub(crate) attempt: AttemptId,
    /// For what.
    pub(crate) write: Write,
    /// Where the answer goes.
    pub(crate) reply: Reply,
}

/// Where the answer to an [`Ask`] goes.
pub(crate) type Reply = oneshot::Sender<Result<(), ApiError>>;

/// What attempts want written.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Write {
    Start(AttemptStart),
    Heartbeat(Heartbeat),
    End(AttemptEnd),
    SetXCom { key: String, value: Value },
    DeleteXCom { key: String },
    RenderedMapIndex { text: String },
    RenderedFields { fields: Map<String, Value> },
    CallbackDone { place: u32 },
    Trigger(Box<TriggerDagRun>),
}

/// What is known of an attempt from its queueing to its end.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    /// The task it is an attempt at.
    pub(crate) key: TaskKey,
    /// What it is told when it starts; `None` if another process tells it.
    pub(crate) told: Option<Briefing>,
}

/// What an attempt is told when it starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Briefing {
    /// What holds for it.
    pub(crate) context: TiRunContext,
    /// Whether it is told beside that what a wait has ended with.
    pub(crate) resumes: bool,
}

/// The engine as the attempts of this process see it.
pub(crate) struct Gateway {
    values: Values,
    store: Arc<dyn Lookups>,
    secrets: Secrets,
    clock: Arc<dyn Clock>,
    asks: mpsc::Sender<Ask>,
    /// The dispatcher adds an attempt before the executor hears of it and removes it at its end; attempts read. A plain
    /// lock: it is held for one look-up.
    live: Mutex<HashMap<AttemptId, Live>>,
}

impl Gateway {
    pub(crate) fn new(
        store: Arc<dyn Lookups>,
        secrets: Secrets,
        clock: Arc<dyn Clock>,
        asks: mpsc::Sender<Ask>,
    ) -> Self {
        Self {
            values: Values::new(Arc::clone(&store)),
            store,
            secrets,
            clock,
            asks,
            live: Mutex::default(),
        }
    }

    pub(crate) fn add(&self, attempt: AttemptId, live: Live) {
        self.live
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(attempt, live);
    }

    pub(crate) fn remove(&self, attempt: AttemptId) {
        self.live
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&attempt);
    }

    pub(crate) fn key(&self, attempt: AttemptId) -> Option<TaskKey> {
        self.live
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&attempt)
            .map(|live| live.key.clone())
    }

    /// Every attempt from its queueing to its end.
    pub(crate) fn attempts(&self) -> Vec<AttemptId> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let mut attempts: Vec<AttemptId> = live.keys().copied().collect();
        attempts.sort_unstable();
        attempts
    }

    fn told(&self, attempt: AttemptId) -> Result<Briefing, ApiError> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let told = live.get(&attempt).and_then(|live| live.told.clone());
        told.ok_or_else(|| not_live(attempt))
    }

    fn must_be_live(&self, attempt: AttemptId) -> Result<(), ApiError> {
        self.key(attempt).map(|_| ()).ok_or_else(|| not_live(attempt))
    }

    /// Writes a Variable, whoever wants it.
    pub(crate) async fn write_variable(&self, request: PutVariable) -> Result<(), ApiError> {
        let value = request.value.unwrap_or_default();
        let description = request.description.as_deref();
        let now = self.clock.now();
        self.store
            .set_variable(&request.key, &value, description, now)
            .await
            .map_err(|error| secret_error(&error))
    }

    /// Deletes a Variable, whoever wants it.
    pub(crate) async fn erase_variable(&self, key: &str) -> Result<(), ApiError> {
        self.store
            .delete_variable(key)
            .await
            .map(|_| ())
            .map_err(|error| unavailable(&error))
    }

    async fn ask(&self, attempt: AttemptId, write: Write) -> Result<(), ApiError> {
        let (reply, answer) = oneshot::channel();
        let gone = || ApiError::Unavailable("the scheduler has stopped".to_owned());
        self.asks
            .send(Ask {
                attempt,
                write,
                reply,
            })
            .await
            .map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// What an attempt is told that is not, or no longer, the live one of its task.
pub(crate) fn not_live(attempt: AttemptId) -> ApiError {
    ApiError::NotLive(format!("attempt `{attempt}` was replaced, cleared or ended"))
}

fn unavailable(error: &dyn std::error::Error) -> ApiError {
    ApiError::Unavailable(crate::error::chain(error))
}

/// A secret that cannot be read: where it lies may be away, or the secret itself is damaged.
fn secret_error(error: &SecretError) -> ApiError {
    if error.is_passing() {
        unavailable(error)
    } else {
        ApiError::Refused(crate::error::chain(error))
    }
}

#[async_trait]
impl TaskApi for Gateway {
    async fn start(&self, attempt: AttemptId, start: AttemptStart) -> Result<TiRunContext, ApiError> {
        self.ask(attempt, Write::Start(start)).await?;
        let Briefing { mut context, resumes } = self.told(attempt)?;
        if resumes {
            let resumption = self.store.resumption(attempt).await;
            let resumption = resumption.map_err(|error| unavailable(&error))?;
            let resumption = resumption.ok_or_else(|| not_live(attempt))?;
            context.next_method = Some(resumption.next_method);
            context.next_kwargs = Some(resumption.next_kwargs);
        }
        Ok(context)
    }

    async fn heartbeat(&self, attempt: AttemptId, heartbeat: Heartbeat) -> Result<(), ApiError> {
        self.ask(attempt, Write::Heartbeat(heartbeat)).await
    }

    async fn end(&self, attempt: AttemptId, end: AttemptEnd) -> Result<(), ApiError> {
        self.ask(attempt, Write::End(end)).await
    }

    async fn get_xcom(&self, _: AttemptId, request: GetXCom) -> Result<Option<Value>, ApiError> {
        self.values.get(request).await
    }

    async fn xcom_item(&self, _: AttemptId, request: UpdraftGetXComItem) -> Result<Option<Value>, ApiError> {
        self.values.item(request).await
    }

    async fn xcom_count(&self, _: AttemptId, request: &GetXComCount) -> Result<u64, ApiError> {
        self.values.count(request).await
    }

    async fn xcom_slice(
        &self,
        _: AttemptId,
        request: &GetXComCount,
        places: Range<u64>,
    ) -> Result<Vec<Value>, ApiError> {
        self.values.slice(request, places).await
    }

    async fn set_rendered_map_index(&self, attempt: AttemptId, text: String) -> Result<(), ApiError> {
        self.ask(attempt, Write::RenderedMapIndex { text }).await
    }

    async fn set_rendered_fields(
        &self,
        attempt: AttemptId,
        fields: Map<String, Value>,
    ) -> Result<(), ApiError> {
        self.ask(attempt, Write::RenderedFields { fields }).await
    }

    async fn trigger_dag_run(&self, attempt: AttemptId, request: TriggerDagRun) -> Result<(), ApiError> {
        self.ask(attempt, Write::Trigger(Box::new(request))).await
    }

    async fn inquire(&self, attempt: AttemptId, inquiry: Inquiry) -> Result<ToTask, ApiError> {
        let key = self.key(attempt).ok_or_else(|| not_live(attempt))?;
        let answer = self.store.inquire(&key, inquiry).await;
        answer.map_err(|error| unavailable(&error))
    }

    async fn set_xcom(&self, attempt: AttemptId, request: SetXCom) -> Result<(), ApiError> {
        self.ask(
            attempt,
            Write::SetXCom {
                key: request.key,
                value: request.value,
            },
        )
        .await
    }

    async fn delete_xcom(&self, attempt: AttemptId, request: DeleteXCom) -> Result<(), ApiError> {
        self.ask(attempt, Write::DeleteXCom { key: request.key }).await
    }

    async fn callback_done(&self, attempt: AttemptId, place: u32) -> Result<(), ApiError> {
        self.ask(attempt, Write::CallbackDone { place }).await
    }

    async fn change_state_store(&self, attempt: AttemptId, change: StateStoreChange) -> Result<(), ApiError> {
        let done = self
            .store
            .edit_state_store(attempt, &change, self.clock.now())
            .await;
        done.map_err(|error| match &error {
            StateStoreError::NotLive { .. } => not_live(attempt),
            StateStoreError::UnknownAsset { .. } => {
                let error = ErrorResponse::new(ErrorType::AssetStoreNotFound, error.to_string());
                ApiError::Answered(error)
            }
            StateStoreError::Store(_) => unavailable(&error),
        })
    }

    async fn change_hitl(
        &self,
        attempt: AttemptId,
        change: HitlChange,
    ) -> Result<HitlDetailResponse, ApiError> {
        let now = self.clock.now();
        let done = match change {
            HitlChange::Ask(question) => self
                .store
                .ask_people(attempt, &question, now)
                .await
                .map(|()| None),
            HitlChange::Answer {
                chosen_options,
                params_input,
            } => {
                let answer = HitlAnswer {
                    responded_by: None,
                    responded_at: now,
                    chosen_options,
                    params_input,
                };
                let answered = self.store.answer_for_attempt(attempt, &answer).await;
                answered.map(|row| row.answer)
            }
        };
        done.map(HitlDetailResponse::from).map_err(|error| {
            let told = |status| ApiError::Answered(ErrorResponse::with_status(status, error.to_string()));
            match &error {
                HitlError::NotLive { .. } => not_live(attempt),
                HitlError::NotAsked { .. } => told(404),
                HitlError::Answered { .. } => told(409),
                HitlError::Store(_) => unavailable(&error),
            }
        })
    }

    async fn get_variable(&self, _: AttemptId, key: &str) -> Result<Option<String>, ApiError> {
        self.store
            .lookup_variable(&self.secrets, key)
            .await
            .map_err(|error| secret_error(&error))
    }

    async fn put_variable(&self, attempt: AttemptId, request: PutVariable) -> Result<(), ApiError> {
        self.must_be_live(attempt)?;
        self.write_variable(request).await
    }

    async fn delete_variable(&self, attempt: AttemptId, key: &str) -> Result<(), ApiError> {
        self.must_be_live(attempt)?;
        self.erase_variable(key).await
    }

    async fn get_connection(
        &self,
        _: AttemptId,
        conn_id: &str,
    ) -> Result<Option<ConnectionResult>, ApiError> {
        let found = self.store.lookup_connection(&self.secrets, conn_id).await;
        let found = found.map_err(|error| secret_error(&error))?;
        Ok(found.map(|connection| connection_result(conn_id, connection)))
    }
}

/// A connection as tasks get it.
pub fn connection_result(conn_id: &str, connection: Connection) -> ConnectionResult {
    ConnectionResult {
        conn_id: conn_id.to_owned(),
        conn_type: connection.conn_type.unwrap_or_default(),
        host: connection.host,
        schema: connection.schema,
        login: connection.login,
        password: connection.password,
        port: connection.port,
        extra: connection.extra,
    }
}
