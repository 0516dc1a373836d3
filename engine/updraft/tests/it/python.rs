//! Airflow DAG files in Python: read and run by the real engine in real interpreters.

use std::fs;

use serde_json::Value;
use updraft_secrets::{Connection, Fernet};
use updraft_sql::{DatabaseUrl, Db, DbOptions, Sql, SqliteUrl, statements};
use updraft_store::{Store, StoreOptions};
use updraft_testing::databases::{self, TestDatabase};

use crate::engine::{Home, is_running};

/// A file as people have it from Airflow 2, with a module beside it.
const SALES: &str = r#"
from datetime import datetime, timedelta

from airflow import DAG
from airflow.models import Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator
from rates import VAT

REGION = Variable.get("region", default_var="nowhere")

default_args = {"owner": "ann", "retries": 1, "retry_delay": timedelta(milliseconds=1)}


def extract(ds, params, **context):
    print("extracting", ds, REGION)
    return {"net": 100, "vat": VAT * params["factor"]}


def choose(ti):
    return "large" if ti.xcom_pull(task_ids="extract")["net"] > 50 else "small"


def flaky(ti):
    if ti.try_number == 1:
        raise ValueError("the first try fails")


with DAG(
    "sales",
    default_args=default_args,
    schedule_interval=None,
    start_date=datetime(2024, 1, 1),
    params={"factor": 2},
    concurrency=4,
    on_success_callback=lambda context: print("all sold in", context["run_id"]),
) as dag:
    one = PythonOperator(task_id="extract", python_callable=extract)
    two = BranchPythonOperator(task_id="choose", python_callable=choose)
    large = BashOperator(task_id="large", bash_command="echo vat is {{ ti.xcom_pull(task_ids='extract')['vat'] }}")
    small = BashOperator(task_id="small", bash_command="exit 1")
    again = PythonOperator(
        task_id="flaky", python_callable=flaky, on_retry_callback=lambda context: print("again:", context["exception"])
    )
    one >> two >> [large, small]
    large >> again
"#;

pub(crate) fn home(database: Option<TestDatabase>) -> Home {
    let mut home = Home::on(database);
    home.use_python();
    home
}

pub(crate) fn knows(home: &Home, dag: &str) {
    home.wait(&format!("{dag} is known"), |home| {
        let listed = home.run(&["dags", "list", "-o", "json"]);
        let dags: Vec<Value> = serde_json::from_str(&listed).unwrap();
        dags.iter().any(|row| row["dag_id"] == dag).then_some(())
    });
}

/// How often the engine has read a source.
fn reads(home: &Home, source: &str) -> usize {
    home.log().matches(&format!("DAGs from {source}")).count()
}

fn runs(mut home: Home) {
    home.write_dag("rates.py", "VAT = 19\n");
    home.write_dag("sales.py", SALES);
    home.set("AIRFLOW_VAR_REGION", "the north");
    home.start();
    knows(&home, "sales");
    home.trigger("sales", "r1");
    assert_eq!(home.finished("sales", "r1"), "success", "{}", home.log());
    let mut states = home.states("sales", "r1");
    states.sort();
    let expected = [
        "choose=success",
        "extract=success",
        "flaky=success",
        "large=success",
        "small=skipped",
    ];
    assert_eq!(states, expected);
    let log = home.task_log("sales", "r1", "extract", 1);
    assert!(
        log.contains("extracting 20") && log.contains("the north"),
        "{log}"
    );
    let log = home.task_log("sales", "r1", "large", 1);
    assert!(log.contains("vat is 38"), "{log}");
    let log = home.task_log("sales", "r1", "flaky", 1);
    assert!(log.contains("ValueError: the first try fails"), "{log}");
    let callback = "dag_id=sales/run_id=r1/task_id=flaky/attempt=1.on_retry_callback.log";
    home.wait("the callback is called", |home| {
        let log = fs::read_to_string(home.path().join("logs").join(callback)).unwrap_or_default();
        log.contains("again: ").then_some(())
    });
    home.wait("the callback of the run is called", |home| {
        let log = home
            .path()
            .join("logs/dag_id=sales/run_id=r1/on_success_callback.log");
        let log = fs::read_to_string(log).unwrap_or_default();
        log.contains("all sold in r1").then_some(())
    });
    home.stop();
}

#[test]
fn an_airflow_2_file_runs_unchanged() {
    runs(home(None));
}

#[tokio::test]
async fn an_airflow_2_file_runs_unchanged_on_postgres() {
    let database = databases::postgres().await;
    tokio::task::spawn_blocking(|| runs(home(Some(database))))
        .await
        .unwrap();
}

/// A DAG that has another one run, and waits for it without a slot.
const CALLS: &str = r#"
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sensors.external_task import ExternalTaskSensor

CALL = {"trigger_dag_id": "called", "trigger_run_id": "mine", "logical_date": datetime(2024, 1, 2)}


def look(ti):
    print("newest:", ti.xcom_pull(key="trigger_run_id"))


with DAG("calls", schedule=None, start_date=datetime(2024, 1, 1)):
    call = TriggerDagRunOperator(
        task_id="call", conf={"limit": 3}, wait_for_completion=True, deferrable=True, poke_interval=1, **CALL
    )
    after = ExternalTaskSensor(
        task_id="after",
        external_dag_id="called",
        external_task_ids=["work"],
        execution_date_fn=lambda date: datetime(2024, 1, 2),
        poke_interval=1,
        timeout=30,
    )
    again = TriggerDagRunOperator(task_id="again", skip_when_already_exists=True, **CALL)
    call >> [PythonOperator(task_id="look", python_callable=look), after, again]

with DAG("called", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="work", bash_command="echo {{ dag_run.conf['limit'] }} {{ var.value.db_password }}")
"#;

statements! {
    /// What is kept of templates.
    KEPT;

    RENDERED = Sql::new("SELECT fields FROM rendered_fields WHERE dag_id = 'called' AND run_id = 'mine'");
}

#[tokio::test]
async fn a_file_has_another_dag_run_and_what_was_rendered_is_kept_without_secrets() {
    let mut home = home(None);
    home.write_dag("calls.py", CALLS);
    home.set("AIRFLOW_VAR_DB_PASSWORD", "hush-hush");
    home.start();
    knows(&home, "calls");
    home.trigger("calls", "r1");
    assert_eq!(home.finished("calls", "r1"), "success", "{}", home.log());
    let mut states = home.states("calls", "r1");
    states.sort();
    assert_eq!(
        states,
        ["after=success", "again=skipped", "call=success", "look=success"]
    );
    let log = home.task_log("calls", "r1", "look", 1);
    assert!(log.contains("newest: mine"), "{log}");
    let path = home.path().join("updraft.db");
    let url = DatabaseUrl::Sqlite(SqliteUrl { path });
    let db = Db::open(&url, &DbOptions::new("updraft")).await.unwrap();
    let row = db.fetch_optional(RENDERED.query()).await.unwrap().unwrap();
    let fields: Value = serde_json::from_str(&row.get::<String>("fields").unwrap()).unwrap();
    assert_eq!(fields["bash_command"], "echo 3 ***");
    db.close().await;
    home.stop();
}

#[test]
fn only_what_has_changed_is_read_again() {
    let mut home = home(None);
    let dag =
        |id: &str, line: &str| format!("from airflow.sdk import DAG\n{line}\nDAG('{id}', schedule=None)\n");
    let global = |id: &str, line: &str| dag(id, line).replace("DAG('", "dag = DAG('");
    home.write_dag("tables.py", "TABLES = ['a']\n");
    home.write_dag("reader.py", &global("reader", "import tables"));
    home.write_dag("other.py", &global("other", ""));
    home.write_dag(
        "asking.py",
        &global(
            "asking",
            "from airflow.models import Variable; Variable.get('colour', 'red')",
        ),
    );
    home.write_dag("plain.py", "print('no word of workflows')\n");
    home.start();
    for dag in ["reader", "other", "asking"] {
        knows(&home, dag);
    }
    // What it imports is part of it.
    home.write_dag("tables.py", "TABLES = ['a', 'b']\n");
    home.wait("the reader is read again", |home| {
        (reads(home, "reader.py") == 2).then_some(())
    });
    // A file that is only touched is the same; a new one shows that it was looked at.
    let touched = home.path().join("dags/other.py");
    let text = fs::read(&touched).unwrap();
    fs::write(&touched, text).unwrap();
    home.write_dag("new.py", &global("new", ""));
    knows(&home, "new");
    assert_eq!(
        (
            reads(&home, "other.py"),
            reads(&home, "asking.py"),
            reads(&home, "reader.py")
        ),
        (1, 1, 2)
    );
    assert_eq!(reads(&home, "plain.py"), 0);
    // A DAG whose file is gone is gone.
    fs::remove_file(home.path().join("dags/new.py")).unwrap();
    home.wait("the DAG is gone", |home| {
        let listed = home.run(&["dags", "list", "-o", "json"]);
        (!listed.contains("\"new\"")).then_some(())
    });
    home.stop();
}

/// Files that cannot be read, and what is said of each.
const BAD: &[(&str, &str, &str)] = &[
    (
        "syntax.py",
        "from airflow import DAG\ndag = DAG('x'\n",
        "syntax.py:2: SyntaxError: '(' was never closed",
    ),
    (
        "raising.py",
        "from airflow import DAG\n1 / 0\n",
        "raising.py:2: ZeroDivisionError: division by zero",
    ),
    (
        "missing.py",
        "from airflow import DAG\nimport nothing_of_this_name\n",
        "No module named 'nothing_of_this_name'",
    ),
    (
        "leaving.py",
        "from airflow import DAG\nimport sys\nsys.exit(0)\n",
        "the file ends the process when it is imported",
    ),
    (
        "vanishing.py",
        "from airflow import DAG\nimport os\nos._exit(3)\n",
        "the process ended by itself, with exit code 3",
    ),
    (
        "crashing.py",
        "from airflow import DAG\nimport os\nos.abort()\n",
        "the process was killed by SIGABRT",
    ),
    ("latin.py", "", "can't decode byte 0xe4"),
    (
        "talking.py",
        "from airflow import DAG\nprint('dag' * 3_000_000)\nraise KeyError('after many words')\n",
        "after many words",
    ),
    (
        "half.py",
        "from airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\nwith DAG('circle', schedule=None):\n    a = EmptyOperator(task_id='a')\n    b = EmptyOperator(task_id='b')\n    a >> b >> a\nwith DAG('straight', schedule=None):\n    EmptyOperator(task_id='c')\n",
        "dag `circle`: AirflowDagCycleException",
    ),
];

/// Files that take too long, with a part of the error that they become.
const HANGING: &[(&str, &str, &str)] = &[
    (
        "hanging.py",
        "from airflow import DAG\nwhile True:\n    pass\n",
        "reading the file takes longer than 2 seconds",
    ),
    (
        "deaf.py",
        "from airflow import DAG\nimport signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    pass\n",
        "did not describe its DAGs within 4s",
    ),
];

/// Has a DAG of another file.
const TWICE: (&str, &str, &str) = (
    "twice.py",
    "from airflow import DAG\ndag = DAG('good', schedule=None)\n",
    "dag `good` is also in `good.py`",
);

/// Waits until these files, and no others, are import errors with the right words.
fn are_errors(home: &Home, bad: &[&(&str, &str, &str)]) {
    home.wait("all errors are found", |home| {
        let told = home
            .command()
            .args(["dags", "list-import-errors", "-o", "json"])
            .output()
            .unwrap();
        let errors: Vec<Value> = serde_json::from_slice(&told.stdout).ok()?;
        let is_told = |(name, _, words): &&(&str, &str, &str)| {
            let of_file = |error: &&Value| error["filepath"].as_str().unwrap().ends_with(name);
            let text = errors
                .iter()
                .find(of_file)
                .and_then(|error| error["error"].as_str());
            text.is_some_and(|text| text.contains(words) && text.len() < 20_000)
        };
        (errors.len() == bad.len() && bad.iter().all(is_told)).then_some(())
    });
    let (code, _) = home.fail(&["dags", "list-import-errors"]);
    assert_eq!(code, 1);
}

#[test]
fn files_that_take_too_long_are_import_errors() {
    let mut home = home(None);
    home.set("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "2");
    for (name, text, _) in HANGING {
        home.write_dag(name, text);
    }
    home.start();
    are_errors(&home, &HANGING.iter().collect::<Vec<_>>());
    home.stop();
}

#[test]
fn bad_files_are_import_errors_and_disturb_nobody() {
    let mut home = home(None);
    for (name, text, _) in BAD {
        home.write_dag(name, text);
    }
    fs::write(
        home.path().join("dags/latin.py"),
        b"from airflow import DAG\nx = '\xe4'\n",
    )
    .unwrap();
    let threads = "import threading, time\nfrom airflow import DAG\n\
                   threading.Thread(target=lambda: time.sleep(600)).start()\ndag = DAG('threads', schedule=None)\n";
    home.write_dag("threads.py", threads);
    let good = "from airflow import DAG\nfrom airflow.operators.bash import BashOperator\n\
                with DAG('good', schedule=None) as dag:\n    BashOperator(task_id='t', bash_command='echo well')\n";
    home.write_dag("good.py", good);
    home.start();
    knows(&home, "good");
    knows(&home, "threads");
    knows(&home, "straight");
    home.trigger("good", "r1");
    assert_eq!(home.finished("good", "r1"), "success", "{}", home.log());
    // Of two files with the same DAG the one that is read first has it.
    home.write_dag(TWICE.0, TWICE.1);
    are_errors(&home, &BAD.iter().chain([&TWICE]).collect::<Vec<_>>());
    // A good file that is broken keeps its last good version.
    home.write_dag("good.py", "from airflow import DAG\nthis is no Python\n");
    home.wait_for_log("engine.log", "good.py:2: SyntaxError");
    home.trigger("good", "r2");
    home.wait("the task of the broken file ends", |home| {
        let states = home.states("good", "r2");
        states.iter().any(|state| state == "t=failed").then_some(())
    });
    let log = home.task_log("good", "r2", "t", 1);
    assert!(log.contains("good.py:2: SyntaxError"), "{log}");
    // So does one DAG of a file that is broken in part.
    let half = "from airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\n\
                with DAG('straight', schedule=None):\n    a = EmptyOperator(task_id='a')\n    a >> EmptyOperator(task_id='b') >> a\n\
                with DAG('other', schedule=None):\n    EmptyOperator(task_id='c')\n";
    home.write_dag("half.py", half);
    knows(&home, "other");
    knows(&home, "straight");
    home.trigger("straight", "r1");
    assert_eq!(home.finished("straight", "r1"), "success", "{}", home.log());
    let told = home.log().matches("half.py: dag `circle`").count();
    assert_eq!(told, 1, "a file that is tried again and is as it was is no news");
    home.stop();
}

/// Tasks that write the id of their process and wait.
const WAITING: &str = r#"
import os, time, subprocess
from datetime import timedelta
from airflow import DAG
from airflow.models import BaseOperator
from airflow.operators.python import PythonOperator


class Waiting(BaseOperator):
    def execute(self, context):
        with open(os.environ["AIRFLOW_HOME"] + "/pids", "a") as file:
            child = subprocess.Popen(["sleep", "600"])
            file.write(f"{os.getpid()} {child.pid}\n")
        time.sleep(600)

    def on_kill(self):
        print("cleaning up behind me")


with DAG("waiting", schedule=None) as dag:
    Waiting(task_id="wait")
    PythonOperator(
        task_id="slow", python_callable=lambda: time.sleep(600), execution_timeout=timedelta(milliseconds=300)
    )
    PythonOperator(task_id="hit", python_callable=lambda: os.kill(os.getpid(), 9))
"#;

#[test]
fn tasks_are_killed_time_out_and_leave_nothing_behind() {
    let mut home = home(None);
    home.write_dag("waiting.py", WAITING);
    home.start();
    knows(&home, "waiting");
    home.trigger("waiting", "r1");
    let pids = |home: &Home, lines: usize| {
        home.wait("the task waits", |home| {
            let text = fs::read_to_string(home.path().join("pids")).unwrap_or_default();
            let pids: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            (pids.len() == 2 * lines).then_some(pids)
        })
    };
    let first = pids(&home, 1);
    home.wait("the other two have ended", |home| {
        let states = home.states("waiting", "r1");
        let failed = states.iter().filter(|state| state.ends_with("=failed"));
        (failed.count() == 2).then_some(())
    });
    // The engine is killed: so are the task and what it has started, and the task is run again.
    home.kill();
    home.wait("nothing is left", |_| {
        first.iter().all(|pid| !is_running(pid)).then_some(())
    });
    home.start();
    let second = pids(&home, 2);
    home.run(&["tasks", "kill", "waiting", "wait", "r1"]);
    assert_eq!(home.finished("waiting", "r1"), "failed");
    home.wait("nothing is left", |_| {
        second.iter().all(|pid| !is_running(pid)).then_some(())
    });
    // The try that was lost with the engine cost none, but has a log of its own.
    let log = home.wait("the log is complete", |home| {
        let log = home.task_log("waiting", "r1", "wait", 2);
        log.contains("attempt ended").then_some(log)
    });
    assert!(log.contains("cleaning up behind me"), "{log}");
    let log = home.task_log("waiting", "r1", "slow", 1);
    assert!(log.contains("AirflowTaskTimeout"), "{log}");
    let log = home.task_log("waiting", "r1", "hit", 1);
    assert!(log.contains("SIGKILL"), "{log}");
    home.stop();
}

/// Tasks that leave processes behind, and some that kill those that their own was forked from.
const FORKED: &str = r#"
import os, signal, subprocess, time
from airflow import DAG
from airflow.operators.python import PythonOperator

HOME = os.environ["AIRFLOW_HOME"]


def parent(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])


def leave(name):
    # It leaves the session of the task and loses its parent.
    subprocess.run(["sh", "-c", f"setsid sh -c 'echo $$ > {HOME}/{name}.pid; sleep 600' &"], check=True)
    while not os.path.exists(f"{HOME}/{name}.pid"):
        time.sleep(0.01)
    with open(f"{HOME}/{name}.zygote", "w") as file:
        file.write(str(parent(os.getppid())))


def kill(name):
    leave(name)
    os.kill(os.getppid() if name == "parent" else parent(os.getppid()), signal.SIGKILL)
    time.sleep(600)


with DAG("forked", schedule=None) as dag:
    tidy = PythonOperator(task_id="tidy", python_callable=leave, op_args=["tidy"])
    kills = [PythonOperator(task_id=name, python_callable=kill, op_args=[name], trigger_rule="all_done") for name in ("parent", "zygote")]
    last = PythonOperator(task_id="last", python_callable=leave, op_args=["last"], trigger_rule="all_done")
    tidy >> kills[0] >> kills[1] >> last
"#;

#[test]
fn processes_that_tasks_are_forked_from_may_be_killed_and_nothing_is_left() {
    let mut home = home(None);
    home.write_dag("forked.py", FORKED);
    home.start();
    knows(&home, "forked");
    home.trigger("forked", "r1");
    assert_eq!(home.finished("forked", "r1"), "success");
    let states = home.states("forked", "r1");
    for state in ["tidy=success", "parent=failed", "zygote=failed", "last=success"] {
        assert!(states.iter().any(|known| known == state), "{state}: {states:?}");
    }
    let file = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
    for name in ["tidy", "parent", "zygote", "last"] {
        let pid = file(&format!("{name}.pid"));
        home.wait("what the task has left is gone", |_| {
            (!is_running(pid.trim())).then_some(())
        });
    }
    // All are forked from one process, until that is killed.
    assert_eq!(file("tidy.zygote"), file("parent.zygote"));
    assert_eq!(file("tidy.zygote"), file("zygote.zygote"));
    assert_ne!(file("tidy.zygote"), file("last.zygote"));
    let log = home.task_log("forked", "r1", "tidy", 1);
    assert!(
        log.contains("2 process(es) that were left behind are killed"),
        "{log}"
    );
    for name in ["parent", "zygote"] {
        let log = home.task_log("forked", "r1", name, 1);
        assert!(log.contains("killed by signal 9"), "{log}");
    }
    home.stop();
}

#[test]
fn files_are_checked_tested_and_rendered_by_hand() {
    let mut home = home(None);
    home.write_dag("rates.py", "VAT = 19\n");
    home.write_dag(
        "sales.py",
        &SALES.replace(
            "\"flaky\", python_callable=flaky",
            "\"flaky\", python_callable=lambda: None",
        ),
    );
    home.set("AIRFLOW_VAR_REGION", "the north");
    let checked: Value = serde_json::from_str(&home.run(&["check", "-o", "json"])).unwrap();
    assert_eq!(
        (&checked["ok"], &checked["dags"][0]["dag_id"]),
        (&true.into(), &"sales".into())
    );
    assert_eq!(checked["dags"][0]["tasks"]["extract"]["downstream"][0], "choose");
    let told = home.run(&["dags", "test", "sales", "2024-03-03"]);
    assert!(told.contains("extracting 2024-03-03 the north"), "{told}");
    let rendered = home.run(&["tasks", "render", "sales", "small", "2024-03-03"]);
    assert!(rendered.contains("# property: bash_command\n"), "{rendered}");
    home.write_dag(
        "broken.py",
        "from airflow import DAG\nimport nothing_of_this_name\n",
    );
    let (code, _) = home.fail(&["check", "-o", "json"]);
    assert_eq!(code, 1);
    let (code, _) = home.fail(&["dags", "test", "nothing"]);
    assert_eq!(code, 1);
    assert!(!home.path().join("updraft.db").exists());
    fs::create_dir(home.path().join("plugins")).unwrap();
    fs::write(
        home.path().join("plugins/broken.py"),
        "import nothing_of_this_name\n",
    )
    .unwrap();
    home.run(&["db", "migrate"]);
    let listed = home
        .command()
        .args(["dags", "list-import-errors", "-o", "json"])
        .output()
        .unwrap();
    let errors: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert!(
        errors[0]["filepath"]
            .as_str()
            .unwrap()
            .ends_with("plugins/broken.py"),
        "{errors}"
    );
    assert!(
        errors[0]["error"]
            .as_str()
            .unwrap()
            .contains("nothing_of_this_name"),
        "{errors}"
    );
    assert_eq!(listed.status.code(), Some(1));
}

const SECRETS: &str = r#"
from airflow import DAG
from airflow.hooks.base import BaseHook
from airflow.models import Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

OWNER = Variable.get("owner")


def tell():
    print("owned by", OWNER, "with", Variable.get("api_token"))
    Variable.set("owner", "bob")
    print("now by", Variable.get("owner"))
    connection = BaseHook.get_connection("lake")
    print("goes to", connection.host, "with", connection.password)
    raise SystemExit(0)


with DAG("secrets", schedule=None) as dag:
    PythonOperator(task_id="tell", python_callable=tell)
    BashOperator(task_id="shell", bash_command="echo {{ var.value.owner }} {{ var.value.api_token }} {{ conn.lake.host }}")
"#;

#[tokio::test]
async fn what_is_run_by_hand_is_told_what_the_database_has_and_shows_no_secrets() {
    let key = "bBGdSSnQZYWdV9fS0r3KVyVUqIBVbyUaWNMq6LPaJ4A=";
    let mut home = home(None);
    home.set("AIRFLOW__CORE__FERNET_KEY", key);
    home.write_dag("secrets.py", SECRETS);
    home.run(&["db", "migrate"]);
    let options = StoreOptions {
        fernet: Fernet::parse(key).unwrap(),
        ..StoreOptions::default()
    };
    let path = home.path().join("updraft.db");
    let url = DatabaseUrl::Sqlite(SqliteUrl { path });
    let store = Store::open(&url, options).await.unwrap();
    let now = "2024-01-01T00:00:00Z".parse().unwrap();
    for (name, value) in [("owner", "ann"), ("api_token", "t0p-secret")] {
        store.set_variable(name, value, None, now).await.unwrap();
    }
    let connection = "postgres://etl:p4ssw0rd@dwh.local/sales"
        .parse::<Connection>()
        .unwrap();
    store.set_connection("lake", &connection, now).await.unwrap();
    let told = home.run(&["dags", "test", "secrets", "2024-03-03"]);
    assert!(told.contains("owned by ann with ***"), "{told}");
    assert!(told.contains("now by bob"), "{told}");
    assert!(told.contains("goes to dwh.local with ***"), "{told}");
    let rendered = home.run(&["tasks", "render", "secrets", "shell", "2024-03-03"]);
    assert!(rendered.contains("echo ann *** dwh.local"), "{rendered}");
    assert_eq!(
        store.variable("owner").await.unwrap().as_deref(),
        Some("ann"),
        "nothing is recorded"
    );
    let (code, told) = home.fail(&["tasks", "render", "secrets", "none", "2024-03-03"]);
    assert!(code == 1 && !told.contains("exit code"), "{told}");
}

/// Both are late at once, at any level.
const LATE: &str = r#"
import datetime as dt
import time

from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference


async def deadline(context, whom):
    print("told", whom, "of", context["dag_run"]["dag_run_id"], context["deadline"]["deadline_time"].year)


def sla(dag, tasks, blocking, slas, tis):
    print("told of", dag.dag_id, [sla.task_id for sla in slas], [ti.task_id for ti in tis])


long_ago = DeadlineReference.FIXED_DATETIME(dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc))
alert = DeadlineAlert(long_ago, dt.timedelta(0), AsyncCallback(deadline, {"whom": "ann"}))
with DAG("late", schedule=None, deadline=alert, sla_miss_callback=sla):
    PythonOperator(task_id="slow", python_callable=lambda: time.sleep(600), sla=dt.timedelta(milliseconds=1))
"#;

#[test]
fn missed_deadlines_and_slas_are_told_to_functions_of_the_file() {
    let mut home = home(None);
    home.write_dag("late.py", LATE);
    home.start();
    knows(&home, "late");
    home.trigger("late", "r1");
    for (log, words) in [
        ("deadline.log", "told ann of r1 2024"),
        ("sla_miss_callback.log", "told of late ['slow'] ["),
    ] {
        home.wait_for_log(&format!("logs/dag_id=late/run_id=r1/{log}"), words);
    }
    home.run(&["tasks", "kill", "late", "slow", "r1"]);
    home.stop();
}

#[test]
fn a_missing_environment_is_told_in_words_and_mended_later() {
    let mut home = Home::new();
    home.set("AIRFLOW__UPDRAFT__PYTHON", "/nowhere/python3");
    home.write_dag(
        "dag.py",
        "from airflow import DAG\ndag = DAG('late', schedule=None)\n",
    );
    home.start();
    home.wait_for_log("engine.log", "`/nowhere/python3` cannot be started");
    let (_, complaint) = home.fail(&["python", "which"]);
    assert!(complaint.contains("[updraft] python"), "{complaint}");
    // What needs no Python goes on.
    home.trigger("patience", "r1");
    home.stop();
    home.use_python();
    home.start();
    knows(&home, "late");
    let which = home.run(&["python", "which"]);
    let checked = std::process::Command::new(which.trim())
        .arg(home.path().join("dags/dag.py"))
        .env("AIRFLOW_HOME", home.path())
        .output()
        .unwrap();
    assert!(
        checked.status.success() && checked.stdout.is_empty(),
        "{checked:?}"
    );
    home.stop();
}
