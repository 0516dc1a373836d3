//! `tasks test`: one task, here and now, without scheduler, dependencies or recorded state. Its log goes to the terminal.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio::sync::watch;
use updraft_model::{
    AttemptId, DagRunState, IdSource, ManualRun, MapIndex, Resumption, RunId, RunType, TaskId, TaskKey,
    isoformat,
};
use updraft_protocol::message::{
    ConnectionResult, DagRun, DeleteXCom, GetXCom, GetXComCount, HitlChange, HitlDetailResponse, Inquiry,
    PutVariable, SetXCom, StateStoreChange, TaskInstance, TiRunContext, ToTask, TriggerDagRun,
    UpdraftGetXComItem,
};
use updraft_scheduler::{Values, asset_event_reference};
use updraft_secrets::Secrets;
use updraft_store::{Store, StoredDag};
use updraft_worker::{
    ApiError, AttemptEnd, AttemptStart, Heartbeat, Outcome, Slot, TaskApi, Workload, log_path,
};

use crate::cli::app::App;
use crate::cli::args::TasksTestArgs;
use crate::cli::dates::DateRange;
use crate::cli::tasks::inline;
use crate::cli::{output, source, timetable};
use crate::clock::RandomIds;
use crate::wiring;

/// How often the log is looked at while the task runs.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// Runs the task and fails if it fails.
pub(super) async fn run(args: TasksTestArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    let task_id = app.task(&dag, &args.task_id)?;
    let spec = dag
        .spec
        .task(&task_id)
        .context("the task was found a moment ago")?;
    if args.dry_run {
        return output::print(&serde_json::to_string_pretty(spec)?);
    }
    check_map_index(&args, &dag)?;
    let dag_run = dag_run(&args, &dag, app).await?;
    let mut launch = source::launch(&dag, app).await?;
    let environment = object(args.env_vars.as_deref(), "--env-vars")?;
    for (name, value) in environment {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Arc::make_mut(&mut launch.program).env.insert(name, value);
    }
    let ti = TaskInstance {
        id: RandomIds.attempt_id(),
        task_id: task_id.clone(),
        dag_id: dag.dag_id.clone(),
        run_id: dag_run.run_id.clone(),
        try_number: 1,
        dag_version_id: dag.version,
        map_index: MapIndex(args.map_index),
        hostname: None,
        queue: spec.queue.clone(),
    };
    let (key, execution_timeout) = (ti.key(), spec.execution_timeout);
    let mut workload = Workload {
        ti,
        launch: Arc::new(launch),
        execution_timeout,
        callback: None,
    };
    let mut resumption = None;
    loop {
        let part = Part {
            dag_run: dag_run.clone(),
            resumption,
        };
        match execute(workload.clone(), part, &key, app).await? {
            Outcome::Success | Outcome::Skipped { .. } | Outcome::Rescheduled { .. } => return Ok(()),
            Outcome::Deferred(deferral) => resumption = Some(inline::wait(*deferral, app).await?),
            failed => bail!("task `{task_id}` {failed}"),
        }
        workload.ti.id = RandomIds.attempt_id();
    }
}

/// What one attempt is told: the task goes on after each of its deferrals in a new one.
struct Part {
    dag_run: DagRun,
    resumption: Option<Resumption>,
}

async fn execute(workload: Workload, part: Part, key: &TaskKey, app: &App) -> Result<Outcome> {
    let logs = tempfile::tempdir().context("cannot make a folder for the log")?;
    let mut options = wiring::worker_options(&app.settings)?;
    options.log_folder = logs.path().to_owned();
    let map_lengths = updraft_scheduler::map_lengths(&app.store, &key.run_key(), &key.task_id).await?;
    let api = Arc::new(Bystander {
        values: Values::new(Arc::new(app.store.clone())),
        map_lengths,
        store: app.store.clone(),
        secrets: app.secrets.tasks.clone(),
        part,
        key: key.clone(),
        conf_overrides_params: app.settings.conf_overrides_params,
        xcoms: Mutex::default(),
    });
    let mut slot = Slot::new(Arc::new(options), api);
    let (_kill, wanted) = watch::channel(None);
    let mut log = Follow::new(log_path(logs.path(), key, 1));
    let report = {
        let run = slot.run(workload, wanted, |_| {});
        tokio::pin!(run);
        loop {
            tokio::select! {
                report = &mut run => break report,
                () = tokio::time::sleep(LOOK_INTERVAL) => log.print()?,
            }
        }
    };
    slot.retire().await;
    log.print()?;
    report.outcome.with_context(|| match report.reported {
        Err(error) => format!("the attempt was not started: {error}"),
        Ok(()) => "the attempt was not started".to_owned(),
    })
}

/// Prints what is new at the end of a file.
struct Follow {
    path: PathBuf,
    file: Option<std::fs::File>,
}

impl Follow {
    fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    fn print(&mut self) -> Result<()> {
        if self.file.is_none() {
            self.file = open(&self.path)?;
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let mut out = std::io::stdout().lock();
        // A reader that has seen enough does not end the task.
        let _ = out.write_all(&text).and_then(|()| out.flush());
        Ok(())
    }
}

fn open(path: &Path) -> Result<Option<std::fs::File>> {
    match std::fs::File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// A copy is named of a mapped task, and of no other.
fn check_map_index(args: &TasksTestArgs, dag: &StoredDag) -> Result<()> {
    let valid = Arc::clone(&dag.spec).validate()?;
    let task = TaskId::parse(&args.task_id)
        .ok()
        .and_then(|id| valid.graph().index(&id));
    let is_mapped = task.is_some_and(|task| valid.mapping().is_mapped(task));
    match (is_mapped, args.map_index >= 0) {
        (true, false) => bail!(
            "`{}` is mapped; say with --map-index which copy is to run",
            args.task_id
        ),
        (false, true) => bail!("`{}` is not mapped, so it has no --map-index", args.task_id),
        (true, true) | (false, false) => Ok(()),
    }
}

/// The run that is named, or a temporary one.
async fn dag_run(args: &TasksTestArgs, dag: &StoredDag, app: &App) -> Result<DagRun> {
    let params = object(args.task_params.as_deref(), "--task-params")?;
    let stored = match &args.execution_date_or_run_id {
        Some(text) => app.run(dag, text).await.ok(),
        None => None,
    };
    let consumed = stored.as_ref().map_or(&[][..], |run| &run.consumed);
    let consumed = consumed.iter().map(asset_event_reference).collect();
    let (run, mut conf, run_type) = match stored {
        Some(run) => {
            let dates = ManualRun {
                run_id: run.key.run_id,
                logical_date: run.logical_date,
                data_interval: run.data_interval,
                run_after: run.run_after,
            };
            (dates, run.conf, run.run_type)
        }
        None => {
            let date = args
                .execution_date_or_run_id
                .as_deref()
                .map(DateRange::parse)
                .transpose()?;
            let (date, now) = (date.map(|range| range.first), app.now());
            let named_after = isoformat(date.unwrap_or(now));
            let run_id = RunId::parse(&format!("__airflow_temporary_run_{named_after}__"))?;
            let run = timetable::manual_run(dag, date, now, app).await?;
            (ManualRun { run_id, ..run }, Map::new(), RunType::Manual)
        }
    };
    conf.extend(params);
    dag.spec.params_with(&conf)?;
    Ok(DagRun {
        dag_id: dag.dag_id.clone(),
        run_id: run.run_id,
        logical_date: run.logical_date,
        data_interval_start: run.data_interval.map(|interval| interval.start),
        data_interval_end: run.data_interval.map(|interval| interval.end),
        run_after: run.run_after,
        start_date: Some(app.now()),
        end_date: None,
        clear_number: 0,
        run_type,
        state: DagRunState::Running,
        conf: Some(conf),
        triggering_user_name: None,
        consumed_asset_events: consumed,
        partition_key: None,
    })
}

fn object(text: Option<&str>, option: &str) -> Result<Map<String, Value>> {
    let Some(text) = text else { return Ok(Map::new()) };
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        _ => bail!("`{option}` must be a JSON object such as `{{\"key\": 1}}`, it is `{text}`"),
    }
}

/// The engine as a task sees it that is only tried out: it reads what is recorded and records nothing.
struct Bystander {
    values: Values,
    /// How many items the tasks have returned that this one is mapped over.
    map_lengths: BTreeMap<TaskId, u32>,
    store: Store,
    secrets: Secrets,
    part: Part,
    /// The task.
    key: TaskKey,
    conf_overrides_params: bool,
    /// What the task itself left, by key.
    xcoms: Mutex<BTreeMap<String, Value>>,
}

fn unavailable(error: &dyn std::error::Error) -> ApiError {
    ApiError::Unavailable(error.to_string())
}

#[async_trait]
impl TaskApi for Bystander {
    async fn start(&self, _: AttemptId, _: AttemptStart) -> Result<TiRunContext, ApiError> {
        Ok(TiRunContext {
            dag_run: self.part.dag_run.clone(),
            task_reschedule_count: 0,
            max_tries: 0,
            xcom_keys_to_clear: Vec::new(),
            should_retry: false,
            dag_run_conf_overrides_params: self.conf_overrides_params,
            map_lengths: self.map_lengths.clone(),
            next_method: self.part.resumption.as_ref().map(|it| it.next_method.clone()),
            next_kwargs: self.part.resumption.as_ref().map(|it| it.next_kwargs.clone()),
            start_date: None,
        })
    }

    async fn heartbeat(&self, _: AttemptId, _: Heartbeat) -> Result<(), ApiError> {
        Ok(())
    }

    async fn end(&self, _: AttemptId, _: AttemptEnd) -> Result<(), ApiError> {
        Ok(())
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

    async fn set_rendered_map_index(&self, _: AttemptId, _: String) -> Result<(), ApiError> {
        Ok(())
    }

    async fn set_rendered_fields(&self, _: AttemptId, _: Map<String, Value>) -> Result<(), ApiError> {
        Ok(())
    }

    async fn trigger_dag_run(&self, _: AttemptId, request: TriggerDagRun) -> Result<(), ApiError> {
        let message = format!(
            "a task that is only tried out makes no runs; `updraft dags trigger {}` makes one",
            request.dag_id
        );
        Err(ApiError::Refused(message))
    }

    async fn inquire(&self, _: AttemptId, inquiry: Inquiry) -> Result<ToTask, ApiError> {
        let answer = updraft_scheduler::answer_inquiry(&self.store, &self.key, inquiry).await;
        answer.map_err(|error| unavailable(&error))
    }

    async fn set_xcom(&self, _: AttemptId, request: SetXCom) -> Result<(), ApiError> {
        self.xcoms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(request.key, request.value);
        Ok(())
    }

    async fn delete_xcom(&self, _: AttemptId, request: DeleteXCom) -> Result<(), ApiError> {
        self.xcoms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&request.key);
        Ok(())
    }

    async fn change_state_store(&self, _: AttemptId, _: StateStoreChange) -> Result<(), ApiError> {
        Ok(())
    }

    async fn change_hitl(&self, _: AttemptId, _: HitlChange) -> Result<HitlDetailResponse, ApiError> {
        let message =
            "a task that is only tried out asks nobody; trigger a run of its DAG to have people asked";
        Err(ApiError::Refused(message.to_owned()))
    }

    async fn get_variable(&self, _: AttemptId, key: &str) -> Result<Option<String>, ApiError> {
        self.store
            .lookup_variable(&self.secrets, key)
            .await
            .map_err(|error| unavailable(&error))
    }

    async fn put_variable(&self, _: AttemptId, _: PutVariable) -> Result<(), ApiError> {
        Ok(())
    }

    async fn delete_variable(&self, _: AttemptId, _: &str) -> Result<(), ApiError> {
        Ok(())
    }

    async fn get_connection(
        &self,
        _: AttemptId,
        conn_id: &str,
    ) -> Result<Option<ConnectionResult>, ApiError> {
        let found = self.store.lookup_connection(&self.secrets, conn_id).await;
        let found = found.map_err(|error| unavailable(&error))?;
        Ok(found.map(|connection| updraft_scheduler::connection_result(conn_id, connection)))
    }
}
