//! Tasks of Python that wait for triggers of Python: real processes from end to end.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use updraft_bundle::{NoPython, ParsedSource, Python, SourceChange, SourceWatcher};
use updraft_executor::{ExecutorOptions, LocalExecutor};
use updraft_model::{DagRunState, DagSpec, MapIndex, RunKey, RunType, TaskInstanceState, TaskKey, TaskSpec};
use updraft_protocol::launch::{Launch, Program};
use updraft_scheduler::{
    Parts, Programs, Pulse, PythonTriggers, Scheduler, SchedulerOptions, TimetableOptions, explain,
};
use updraft_secrets::Secrets;
use updraft_store::{Store, StoreOptions, Trigger};
use updraft_testing::{CountingIds, SimulatedClock, databases, python};
use updraft_worker::{TriggerLimits, WorkerOptions, log_path};

const NOW: &str = "2024-01-12T06:00:00Z";

/// No condition of a test takes longer.
const DEADLINE: Duration = Duration::from_mins(2);

const TASKS: [&str; 3] = ["waits", "ends", "lost"];

const FILES: [(&str, &str); 2] = [
    (
        "company.py",
        r#"
import asyncio
from pathlib import Path
from airflow.triggers.base import BaseTrigger, TaskSuccessEvent, TriggerEvent

class Shipped(BaseTrigger):
    def __init__(self, path, at):
        super().__init__()
        self.path, self.at = path, at

    def serialize(self):
        return "company.Shipped", {"path": self.path, "at": self.at}

    async def run(self):
        self.log.info("is it there?")
        while not Path(self.path).exists():
            await asyncio.sleep(0.01)
        yield TriggerEvent(self.at)

class Ends(BaseTrigger):
    def serialize(self):
        return "company.Ends", {}

    async def run(self):
        yield TaskSuccessEvent(xcoms={"return_value": 7, "more": [1]})

class Lost(Ends):
    def serialize(self):
        return "company.Unknown", {}
"#,
    ),
    (
        "dags.py",
        r#"
import datetime as dt
from airflow import DAG
from airflow.models.baseoperator import BaseOperator
from company import Ends, Lost, Shipped

AT = dt.datetime(2024, 1, 12, 6, tzinfo=dt.timezone.utc)

class Waits(BaseOperator):
    def __init__(self, trigger, **kwargs):
        super().__init__(**kwargs)
        self.trigger = trigger

    def execute(self, context):
        self.defer(trigger=self.trigger, method_name="go_on", kwargs={"n": 1})

    def go_on(self, context, event, n):
        return [event == AT, n]

with DAG("d", schedule=None, start_date=AT) as dag:
    Waits(task_id="waits", trigger=Shipped(path="shipped", at=AT))
    Waits(task_id="ends", trigger=Ends())
    Waits(task_id="lost", trigger=Lost())
"#,
    ),
];

/// A Python that is there.
#[derive(Debug)]
struct Fixed(Arc<Program>);

#[async_trait]
impl Python for Fixed {
    fn fingerprint(&self) -> Option<String> {
        Some(self.0.fingerprint.clone())
    }

    async fn program(&self) -> Result<Arc<Program>, NoPython> {
        Ok(Arc::clone(&self.0))
    }
}

/// The shepherd, which cargo builds beside the tests.
fn shepherd() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/shepherd")
}

fn program(dags: &Path, path: PathBuf) -> Arc<Program> {
    let env = [
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
        ("AIRFLOW__CORE__DAGS_FOLDER", dags.display().to_string()),
        ("AIRFLOW_HOME", dags.display().to_string()),
    ];
    Arc::new(Program {
        path,
        args: ["-m", "updraft_airflow"].map(str::to_owned).into(),
        env: env.map(|(name, value)| (name.to_owned(), value)).into(),
        folder: dags.to_owned(),
        ends_late_tasks: true,
        is_for_one_attempt: false,
        zygote: None,
        fingerprint: String::new(),
    })
}

/// What the file describes, as far as the engine needs it here.
fn parsed(dags: &Path) -> SourceChange {
    let mut dag = DagSpec::new("d".parse().unwrap());
    dag.is_paused_upon_creation = Some(false);
    dag.tasks = TASKS
        .map(|task| TaskSpec::new(task.parse().unwrap(), "Waits"))
        .into();
    SourceChange::Parsed(Arc::new(ParsedSource {
        launch: Arc::new(Launch {
            name: "dags".to_owned(),
            source: "dags.py".to_owned(),
            dags_folder: dags.to_owned(),
            program: program(dags, python::python()),
        }),
        code: None,
        dags: vec![Arc::new(dag)],
        warnings: Vec::new(),
        broken: None,
    }))
}

fn parts(store: &Arc<Store>, dags: &Path, sources: mpsc::Receiver<Vec<SourceChange>>) -> Parts {
    let clock = Arc::new(SimulatedClock::at(NOW.parse().unwrap()));
    let logs = dags.with_file_name("logs");
    let worker = WorkerOptions::new((shepherd(), Vec::new()), logs, Arc::clone(&clock) as _);
    let mut executor = ExecutorOptions::new(worker.clone());
    executor.parallelism = 3;
    let callbacks = ExecutorOptions::new(worker.clone());
    Parts {
        store: Arc::clone(store) as _,
        sources: SourceWatcher::of(sources),
        executor: Box::new(|api| Box::new(LocalExecutor::new(executor, api))),
        callback_executor: Box::new(|api| Box::new(LocalExecutor::new(callbacks, api))),
        timetables: Arc::new(Programs),
        python: Some(PythonTriggers {
            python: Arc::new(Fixed(program(dags, python::python()))),
            dags_folder: dags.to_owned(),
            worker,
            limits: TriggerLimits::default(),
        }),
        secrets: Secrets::default(),
        clock,
        ids: Arc::new(CountingIds::default()),
        pulse: Arc::new(Pulse::default()),
        is_alive: |_| false,
    }
}

fn options() -> SchedulerOptions {
    SchedulerOptions {
        hostname: "here".to_owned(),
        pid: 1,
        parallelism: 3,
        heartbeat_timeout: Duration::from_mins(5),
        lease_ttl: Duration::from_secs(30),
        conf_overrides_params: true,
        max_map_length: 1024,
        callback_timeout: Duration::from_secs(20),
        callbacks_per_dag: 2,
        triggerer_capacity: 1000,
        timetables: TimetableOptions::new(Duration::from_secs(30)),
        shutdown_grace: Duration::ZERO,
    }
}

/// Asks for a run as soon as the DAG is known.
async fn run(store: &Store) -> RunKey {
    let trigger = Trigger {
        dag_id: "d".parse().unwrap(),
        run_id: "r".parse().unwrap(),
        run_type: RunType::Manual,
        logical_date: None,
        data_interval: None,
        run_after: NOW.parse().unwrap(),
        conf: Map::new(),
        triggered_by: None,
    };
    loop {
        if let Ok(key) = store.trigger_run(&trigger, NOW.parse().unwrap()).await {
            return key;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn task(run: &RunKey, task_id: &str) -> TaskKey {
    run.task(task_id.parse().unwrap(), MapIndex::UNMAPPED)
}

/// Has the run wait, see what it says of that, go on, and end.
async fn follow(store: Arc<Store>, dags: PathBuf) {
    let key = run(&store).await;
    let waits = task(&key, "waits");
    let says = "it is deferred and waits for trigger `company.Shipped` since 2024-01-12T06:00:00+00:00: the triggerer waits \
                for it";
    loop {
        let reasons = explain(&*store, &waits, 3, false, NOW.parse().unwrap())
            .await
            .unwrap();
        let reasons = reasons.unwrap_or_default();
        if reasons.first().is_some_and(|reason| reason.sentence == says) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    fs::write(dags.join("shipped"), "").unwrap();
    let ended = loop {
        let stored = store.stored_run(&key).await.unwrap().unwrap();
        if stored.state == DagRunState::Failed {
            break stored;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let state_of = |name: &str| {
        let task = ended.tasks.iter().find(|task| task.task_id.as_str() == name);
        task.unwrap().state
    };
    let (success, failed) = (Some(TaskInstanceState::Success), Some(TaskInstanceState::Failed));
    assert_eq!(TASKS.map(state_of), [success, success, failed]);
    let returned = |task_id: &str| {
        let (store, of) = (Arc::clone(&store), task(&key, task_id));
        async move { store.xcom(&of, "return_value").await.unwrap() }
    };
    assert_eq!(returned("waits").await, Some(json!([true, 1])), "with the event");
    assert_eq!(
        returned("ends").await,
        Some(Value::from(7)),
        "as the trigger wants it"
    );
    let log = |task_id: &str| {
        let path = log_path(&dags.with_file_name("logs"), &task(&key, task_id), 1);
        fs::read_to_string(path).unwrap()
    };
    let (waits, lost) = (log("waits"), log("lost"));
    assert!(waits.contains("INFO - is it there?\n"), "{waits}");
    assert!(lost.contains("module `company` has no `Unknown`"), "{lost}");
}

#[tokio::test]
async fn tasks_of_python_go_on_with_the_events_of_triggers_of_python() {
    let home = tempfile::tempdir().unwrap();
    let dags = home.path().join("dags");
    fs::create_dir(&dags).unwrap();
    for (name, text) in FILES {
        fs::write(dags.join(name), text).unwrap();
    }
    let database = databases::sqlite();
    let store = Store::open(database.url(), StoreOptions::default())
        .await
        .unwrap();
    store.migrate(NOW.parse().unwrap()).await.unwrap();
    let store = Arc::new(store);
    let (sender, sources) = mpsc::channel(1);
    sender.send(vec![parsed(&dags)]).await.unwrap();
    let parts = parts(&store, &dags, sources);
    let scheduler = Scheduler::start(parts, options(), CancellationToken::new())
        .await
        .unwrap();
    let follow = tokio::time::timeout(DEADLINE, follow(store, dags));
    tokio::select! {
        ended = Box::pin(scheduler.run()) => panic!("the scheduler ends: {ended:?}"),
        followed = follow => followed.expect("the run ends in time"),
    }
}
