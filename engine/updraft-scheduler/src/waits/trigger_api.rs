//! What triggers of Python may ask of the engine.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use updraft_model::AttemptId;
use updraft_protocol::message::{
    ConnectionResult, DeleteXCom, GetXCom, GetXComCount, HitlChange, HitlDetailResponse, Inquiry,
    PutVariable, SetXCom, StateStoreChange, TiRunContext, ToTask, TriggerDagRun, UpdraftGetXComItem,
};
use updraft_worker::{ApiError, AttemptEnd, AttemptStart, Heartbeat, TaskApi};

use super::PythonTriggers;
use crate::gateway::Gateway;

/// The engine as triggers see it: as tasks do, but for what only an attempt that is live can write.
pub(crate) struct ForTriggers(Arc<Gateway>);

impl ForTriggers {
    /// How triggers are waited for, and whom they ask.
    pub(crate) fn with(
        python: Option<PythonTriggers>,
        gateway: &Arc<Gateway>,
    ) -> Option<(PythonTriggers, Arc<dyn TaskApi>)> {
        python.map(|python| (python, Arc::new(Self(Arc::clone(gateway))) as _))
    }
}

fn no_attempt<T>(what: &str) -> Result<T, ApiError> {
    let message = format!(
        "a trigger is no attempt at a task, so it cannot {what}; let its event tell the task, which can"
    );
    Err(ApiError::Refused(message))
}

#[async_trait]
impl TaskApi for ForTriggers {
    async fn start(&self, _: AttemptId, _: AttemptStart) -> Result<TiRunContext, ApiError> {
        no_attempt("start")
    }

    async fn heartbeat(&self, _: AttemptId, _: Heartbeat) -> Result<(), ApiError> {
        no_attempt("live")
    }

    async fn end(&self, _: AttemptId, _: AttemptEnd) -> Result<(), ApiError> {
        no_attempt("end")
    }

    async fn get_xcom(&self, wait: AttemptId, request: GetXCom) -> Result<Option<Value>, ApiError> {
        self.0.get_xcom(wait, request).await
    }

    async fn set_xcom(&self, _: AttemptId, _: SetXCom) -> Result<(), ApiError> {
        no_attempt("leave XComs")
    }

    async fn delete_xcom(&self, _: AttemptId, _: DeleteXCom) -> Result<(), ApiError> {
        no_attempt("delete XComs")
    }

    async fn xcom_item(
        &self,
        wait: AttemptId,
        request: UpdraftGetXComItem,
    ) -> Result<Option<Value>, ApiError> {
        self.0.xcom_item(wait, request).await
    }

    async fn xcom_count(&self, wait: AttemptId, request: &GetXComCount) -> Result<u64, ApiError> {
        self.0.xcom_count(wait, request).await
    }

    async fn xcom_slice(
        &self,
        wait: AttemptId,
        request: &GetXComCount,
        places: Range<u64>,
    ) -> Result<Vec<Value>, ApiError> {
        self.0.xcom_slice(wait, request, places).await
    }

    async fn set_rendered_map_index(&self, _: AttemptId, _: String) -> Result<(), ApiError> {
        no_attempt("name its copy")
    }

    async fn set_rendered_fields(&self, _: AttemptId, _: Map<String, Value>) -> Result<(), ApiError> {
        no_attempt("tell rendered fields")
    }

    async fn trigger_dag_run(&self, _: AttemptId, _: TriggerDagRun) -> Result<(), ApiError> {
        no_attempt("have a DAG run")
    }

    async fn inquire(&self, _: AttemptId, _: Inquiry) -> Result<ToTask, ApiError> {
        no_attempt("ask about runs")
    }

    async fn change_state_store(&self, _: AttemptId, _: StateStoreChange) -> Result<(), ApiError> {
        no_attempt("change state stores")
    }

    async fn change_hitl(&self, _: AttemptId, _: HitlChange) -> Result<HitlDetailResponse, ApiError> {
        no_attempt("ask people")
    }

    async fn get_variable(&self, wait: AttemptId, key: &str) -> Result<Option<String>, ApiError> {
        self.0.get_variable(wait, key).await
    }

    async fn put_variable(&self, _: AttemptId, request: PutVariable) -> Result<(), ApiError> {
        self.0.write_variable(request).await
    }

    async fn delete_variable(&self, _: AttemptId, key: &str) -> Result<(), ApiError> {
        self.0.erase_variable(key).await
    }

    async fn get_connection(
        &self,
        wait: AttemptId,
        conn_id: &str,
    ) -> Result<Option<ConnectionResult>, ApiError> {
        self.0.get_connection(wait, conn_id).await
    }
}
