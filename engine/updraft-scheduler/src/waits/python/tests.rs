//! The real program under a real shepherd, and what the dispatcher hears of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use updraft_bundle::NoPython;
use updraft_model::{MapIndex, RunKey, TaskEnd, TaskEndState};
use updraft_protocol::launch::Program;
use updraft_secrets::Secrets;
use updraft_store::{Store, StoreOptions};
use updraft_testing::databases::{self, TestDatabase};
use updraft_testing::{SimulatedClock, python};
use updraft_worker::log_path;
use uuid::Uuid;

use super::*;
use crate::gateway::Gateway;
use crate::waits::ForTriggers;

/// No condition of a test takes longer.
const DEADLINE: Duration = Duration::from_mins(1);

const MODULE: &str = r#"
import asyncio, os, re, time
from pathlib import Path
from airflow.models import Variable
from airflow.triggers.base import BaseTrigger, TaskSkippedEvent, TriggerEvent

class Told(BaseTrigger):
    def __init__(self, **kwargs):
        super().__init__()
        self.kwargs = kwargs

class Wait(Told):
    """Counts its starts, and waits for a file."""
    async def run(self):
        folder, name = Path(self.kwargs["folder"]), self.kwargs.get("name", "it")
        with open(folder / f"{name}.pids", "a") as starts:
            starts.write(f"{os.getpid()}\n")
        self.log.info("waits for %s", name)
        while not (folder / name).exists():
            await asyncio.sleep(0.01)
        yield TriggerEvent(name)

    async def cleanup(self):
        Path(self.kwargs["folder"], f"{self.kwargs.get('name', 'it')}.tidy").touch()

class Skips(Told):
    async def run(self):
        yield TaskSkippedEvent(xcoms={"rows": 3})

class Blocks(Told):
    async def run(self):
        time.sleep(600)
        yield

class Greedy(Told):
    """Holds the interpreter's lock, so that no thread of the process can say anything."""
    async def run(self):
        re.match("(a+)+$", "a" * 64 + "b")
        yield

class Kills(Told):
    async def run(self):
        os._exit(3)
        yield

class Secret(Told):
    async def run(self):
        Variable.set("seen", "yes")
        found = Variable.get("api_key")
        self.log.info("it is %s", found)
        print("it is", found, flush=True)
        raise ValueError(f"refused {found}")
        yield
"#;

/// Everything around the waits of one test.
struct Bench {
    python: Python,
    folder: TempDir,
    store: Arc<Store>,
    _database: TestDatabase,
    _asks: mpsc::Receiver<crate::gateway::Ask>,
}

/// A Python that is there.
#[derive(Debug)]
struct Fixed(Arc<Program>);

#[async_trait]
impl PythonEnvironment for Fixed {
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

impl Bench {
    async fn new(capacity: usize, silence_max: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dags = folder.path().join("dags");
        fs::create_dir(&dags).unwrap();
        fs::write(dags.join("company.py"), MODULE).unwrap();
        let database = databases::sqlite();
        let now = "2024-01-12T06:00:00Z".parse().unwrap();
        let store = Store::open(database.url(), StoreOptions::default())
            .await
            .unwrap();
        store.migrate(now).await.unwrap();
        let (store, clock) = (Arc::new(store), Arc::new(SimulatedClock::at(now)));
        let (asks, asked) = mpsc::channel(1);
        let (ledger, secrets) = (Arc::clone(&store) as _, Secrets::default());
        let gateway = Arc::new(Gateway::new(ledger, secrets, Arc::clone(&clock) as _, asks));
        let mut worker = WorkerOptions::new((shepherd(), Vec::new()), folder.path().join("logs"), clock);
        worker.kill_grace = Duration::from_secs(1);
        let limits = TriggerLimits {
            silence_max,
            ..TriggerLimits::default()
        };
        let how = PythonTriggers {
            python: Arc::new(Fixed(program(&dags, python::python()))),
            dags_folder: dags,
            worker,
            limits,
        };
        Self {
            python: Python::new(ForTriggers::with(Some(how), &gateway), capacity),
            folder,
            store,
            _database: database,
            _asks: asked,
        }
    }

    /// A task waits for a trigger of this class.
    fn wait(&mut self, number: u128, class: &str, kwargs: Value) {
        let mut order = order(number, class);
        order.kwargs = serde_json::from_value(kwargs).unwrap();
        let folder = self.folder.path().display().to_string();
        order.kwargs.insert("folder".to_owned(), folder.into());
        self.python.add(order);
    }

    async fn next(&mut self) -> Heard {
        let heard = tokio::time::timeout(DEADLINE, self.python.next()).await;
        heard.expect("there is something to hear in time")
    }

    /// The next wait that ends.
    async fn ended(&mut self) -> (AttemptId, WaitEnd) {
        loop {
            if let Heard::Ended(id, end) = self.next().await {
                return (id, end);
            }
        }
    }

    async fn failed(&mut self) -> (AttemptId, String) {
        match self.ended().await {
            (id, WaitEnd::Failed(reason)) => (id, reason),
            (_, end) => panic!("{end:?}"),
        }
    }

    /// The next note about this wait that is not that the process is starting.
    async fn noted(&mut self, number: u128) -> String {
        loop {
            match self.next().await {
                Heard::Note(of, note) if of == id(number) && !note.contains("is starting") => return note,
                Heard::Note(..) => {}
                Heard::Ended(id, end) => panic!("{id} has ended: {end:?}"),
            }
        }
    }

    fn touch(&self, name: &str) {
        fs::write(self.folder.path().join(name), "").unwrap();
    }

    /// The processes in which a trigger has begun.
    async fn starts(&self, name: &str, count: usize) -> Vec<i32> {
        let path = self.folder.path().join(format!("{name}.pids"));
        self.eventually(|| {
            let starts: Vec<i32> = fs::read_to_string(&path)
                .unwrap_or_default()
                .lines()
                .filter_map(|line| line.parse().ok())
                .collect();
            (starts.len() >= count).then_some(starts)
        })
        .await
    }

    async fn eventually<T>(&self, find: impl Fn() -> Option<T>) -> T {
        let found = async {
            loop {
                if let Some(found) = find() {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(DEADLINE, found)
            .await
            .expect("it happens in time")
    }
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

fn id(number: u128) -> AttemptId {
    AttemptId(Uuid::from_u128(number))
}

fn order(number: u128, class: &str) -> TriggerOrder {
    let run = RunKey {
        dag_id: "d".parse().unwrap(),
        run_id: "r".parse().unwrap(),
    };
    TriggerOrder {
        wait: id(number),
        key: run.task(format!("t{number}").parse().unwrap(), MapIndex::UNMAPPED),
        try_number: 2,
        classpath: format!("company.{class}"),
        kwargs: serde_json::Map::new(),
    }
}

fn event(value: &str) -> WaitEnd {
    WaitEnd::Event(value.into())
}

#[tokio::test]
async fn a_trigger_of_python_ends_its_wait_and_logs_for_its_task() {
    let mut bench = Bench::new(1000, Duration::from_secs(30)).await;
    bench.touch("it");
    bench.wait(1, "Wait", json!({}));
    bench.wait(2, "Skips", json!({}));
    let mut ends = [bench.ended().await, bench.ended().await];
    ends.sort_by_key(|(id, _)| *id);
    let skipped = WaitEnd::Task(TaskEnd {
        state: TaskEndState::Skipped,
        xcoms: serde_json::from_value(json!({"rows": 3})).unwrap(),
    });
    assert_eq!(ends, [(id(1), event("it")), (id(2), skipped)]);
    let log = log_path(&bench.folder.path().join("logs"), &order(1, "Wait").key, 2);
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("INFO - trigger company.Wait starting\n"), "{log}");
    assert!(log.contains("{company.py:18} INFO - waits for it\n"), "{log}");
}

#[tokio::test]
async fn a_process_that_is_killed_is_followed_by_one_that_runs_every_trigger_again() {
    let mut bench = Bench::new(1000, Duration::from_secs(30)).await;
    bench.wait(1, "Wait", json!({"name": "a"}));
    bench.wait(2, "Wait", json!({"name": "b"}));
    while bench.noted(2).await != "the triggerer waits for it" {}
    let first = bench.starts("b", 1).await[0];
    kill_process(Pid::from_raw(first).unwrap(), Signal::KILL).unwrap();
    let again = bench.noted(2).await;
    assert!(again.contains("was killed by signal 9"), "{again}");
    bench.touch("a");
    bench.touch("b");
    let mut ends = [bench.ended().await, bench.ended().await];
    ends.sort_by_key(|(id, _)| *id);
    assert_eq!(ends, [(id(1), event("a")), (id(2), event("b"))]);
    let starts = bench.starts("b", 2).await;
    assert!(starts.len() == 2 && starts[1] != first, "{starts:?}");
}

#[tokio::test]
async fn who_blocks_the_loop_fails_and_all_others_are_run_again() {
    let mut bench = Bench::new(1000, Duration::from_secs(3)).await;
    bench.wait(1, "Wait", json!({}));
    while bench.noted(1).await != "the triggerer waits for it" {}
    bench.starts("it", 1).await;
    for (number, class) in [(2, "Blocks"), (3, "Greedy")] {
        bench.wait(number, class, json!({}));
        let (failed, reason) = bench.failed().await;
        assert_eq!(failed, id(number));
        let expected = "the triggerer was blocked for more than 3s and was killed";
        assert!(reason.starts_with(expected), "{reason}");
        let expected = format!("Trigger `company.{class}` was at work");
        assert!(reason.contains(&expected), "{reason}");
        let stands = reason.contains("time.sleep(600)");
        assert_eq!(stands, class == "Blocks", "{reason}");
    }
    let log = log_path(&bench.folder.path().join("logs"), &order(2, "Blocks").key, 2);
    let log = fs::read_to_string(log).unwrap();
    assert!(
        log.contains("WARNING - trigger `company.Blocks` has blocked the triggerer for"),
        "{log}"
    );
    bench.touch("it");
    assert_eq!(bench.ended().await, (id(1), event("it")));
    assert_eq!(bench.starts("it", 3).await.len(), 3);
}

#[tokio::test]
async fn who_kills_the_process_again_and_again_fails_and_the_others_go_on() {
    let mut bench = Bench::new(1000, Duration::from_secs(30)).await;
    bench.wait(1, "Wait", json!({}));
    bench.wait(2, "Kills", json!({}));
    let (failed, reason) = bench.failed().await;
    assert_eq!(failed, id(2));
    let expected = "trigger `company.Kills` was at work 3 times when the triggerer exited with code 3";
    assert_eq!(reason, expected);
    bench.touch("it");
    assert_eq!(bench.ended().await, (id(1), event("it")));
}

#[tokio::test]
async fn a_class_that_is_not_there_is_said() {
    let mut bench = Bench::new(1000, Duration::from_secs(30)).await;
    bench.wait(1, "Nowhere", json!({}));
    let (_, reason) = bench.failed().await;
    let expected = "trigger `company.Nowhere` cannot be made: ImportError: module `company` has no `Nowhere`";
    assert!(reason.starts_with(expected), "{reason}");
}

#[tokio::test]
async fn without_python_a_wait_says_what_to_do() {
    let mut python = Python::new(None, 1000);
    python.add(order(1, "Wait"));
    let Heard::Ended(ended, WaitEnd::Failed(reason)) = python.next().await else {
        panic!("it cannot be waited for");
    };
    assert_eq!(ended, id(1));
    let expected = "it waits for trigger `company.Wait`, which is a class of Python, and this scheduler has no Python for DAG \
                    files: run `updraft python install` and start the scheduler again";
    assert_eq!(reason, expected);
}

#[tokio::test]
async fn a_python_that_cannot_be_started_is_said_and_started_again() {
    let mut bench = Bench::new(1000, Duration::from_secs(30)).await;
    let link = bench.folder.path().join("python");
    let (how, _) = bench.python.how.as_mut().unwrap();
    how.python = Arc::new(Fixed(program(&how.dags_folder, link.clone())));
    bench.touch("it");
    bench.wait(1, "Wait", json!({}));
    let note = bench.noted(1).await;
    let expected = format!(
        "the triggerer cannot be started: program `{}` does not exist any more",
        link.display()
    );
    assert!(note.starts_with(&expected), "{note}");
    // A Python of an environment knows by its place what is installed.
    let text = format!("#!/bin/sh\nexec {} \"$@\"\n", python::python().display());
    fs::write(&link, text).unwrap();
    fs::set_permissions(&link, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(bench.ended().await, (id(1), event("it")));
}

#[tokio::test]
async fn beyond_the_capacity_triggers_wait_their_turn() {
    let mut bench = Bench::new(1, Duration::from_secs(30)).await;
    bench.wait(1, "Wait", json!({"name": "a"}));
    bench.wait(2, "Wait", json!({"name": "b"}));
    let note = bench.noted(2).await;
    let expected =
        "it stands in line, since the triggerer waits for 1, as many as `[triggerer] capacity` allows";
    assert_eq!(note, expected);
    bench.touch("b");
    bench.touch("a");
    assert_eq!(bench.ended().await, (id(1), event("a")));
    assert_eq!(bench.ended().await, (id(2), event("b")));
}

#[tokio::test]
async fn triggers_that_are_given_up_tidy_up_and_those_that_are_read_again_go_on() {
    let mut bench = Bench::new(1000, Duration::from_secs(30)).await;
    for (number, name) in [(1, "a"), (2, "b"), (3, "c")] {
        bench.wait(number, "Wait", json!({"name": name}));
    }
    while bench.noted(3).await != "the triggerer waits for it" {}
    bench.starts("c", 1).await;
    bench.python.remove(id(1));
    bench.python.clear();
    bench.wait(2, "Wait", json!({"name": "b"}));
    while bench.noted(2).await != "the triggerer waits for it" {}
    for name in ["a", "c"] {
        let path = bench.folder.path().join(format!("{name}.tidy"));
        bench.eventually(|| path.exists().then_some(())).await;
    }
    bench.touch("b");
    assert_eq!(bench.ended().await, (id(2), event("b")));
    assert_eq!(bench.starts("b", 1).await.len(), 1);
}

#[tokio::test]
async fn triggers_ask_the_engine_and_secrets_are_masked() {
    let mut bench = Bench::new(1000, Duration::from_secs(30)).await;
    let now = "2024-01-12T06:00:00Z".parse().unwrap();
    let (store, environment) = (Arc::clone(&bench.store), Secrets::default());
    store
        .set_variable("api_key", "hunter22", None, now)
        .await
        .unwrap();
    bench.wait(1, "Secret", json!({}));
    let (_, reason) = bench.failed().await;
    assert!(reason.contains("ValueError: refused ***"), "{reason}");
    let log = log_path(&bench.folder.path().join("logs"), &order(1, "Secret").key, 2);
    let log = fs::read_to_string(log).unwrap();
    assert!(
        log.contains("INFO - it is ***\n") && !log.contains("hunter22"),
        "{log}"
    );
    let seen = store.lookup_variable(&environment, "seen").await.unwrap();
    assert_eq!(seen.as_deref(), Some("yes"));
}
