//! Tasks that wait in the engine, with real processes.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::json;
use updraft_sql::{DatabaseUrl, Db, DbOptions, Sql, statements};
use updraft_testing::databases;

use crate::engine::Home;

fn home(database: Option<databases::TestDatabase>) -> Home {
    let mut home = Home::on(database);
    home.add_bundle("deferral");
    // One slot: whoever waits in it keeps everybody else waiting.
    home.set("AIRFLOW__CORE__PARALLELISM", "1");
    start(&mut home);
    home
}

fn start(home: &mut Home) {
    home.start();
    home.wait("the DAGs with waits are known", |home| {
        let dags = home.run(&["dags", "list", "-o", "plain"]);
        dags.contains("deferring").then_some(())
    });
}

fn is_deferred(home: &Home, dag: &str, task: &str) -> Option<()> {
    let state = format!("{task}=deferred");
    home.states(dag, "r1").contains(&state).then_some(())
}

/// A task waits without a slot, also over a kill of the engine, and goes on with its try.
fn waits(mut home: Home) {
    home.trigger("deferring", "r1");
    home.wait("the task waits", |home| is_deferred(home, "deferring", "pause"));
    let why = home.run(&["tasks", "why", "deferring", "pause", "r1", "-o", "json"]);
    home.wait("what is beside it works", |home| {
        (!home.journal_lines(&["beside", "works"]).is_empty()).then_some(())
    });
    home.kill();
    start(&mut home);
    assert_eq!(home.finished("deferring", "r1"), "success");
    assert!(why.contains("it is deferred and waits until"), "{why}");
    let mut states = home.states("deferring", "r1");
    states.sort();
    assert_eq!(states, ["after=success", "beside=success", "pause=success"]);
    let began = home.journal_lines(&["pause", "begins"]);
    assert_eq!(began.len(), 1, "it goes on, it does not begin again: {began:?}");
    let log = home.task_log("deferring", "r1", "pause", 1);
    for line in [
        "Pausing task as DEFERRED. dag_id=deferring, task_id=pause",
        "Resuming after deferral",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
}

#[test]
fn a_deferred_task_waits_without_a_slot_and_over_a_kill() {
    waits(home(None));
}

#[tokio::test]
async fn a_deferred_task_waits_without_a_slot_and_over_a_kill_on_postgres() {
    waits(home(Some(databases::postgres().await)));
}

#[test]
fn a_task_goes_on_after_each_of_its_waits_with_what_it_has_left() {
    let home = home(None);
    home.trigger("resuming", "r1");
    assert_eq!(home.finished("resuming", "r1"), "success");
    let lines = home.journal_lines(&["twice", "waited"]);
    let waits: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split_once("has waited "))
        .map(|it| it.1)
        .collect();
    assert_eq!(
        waits,
        ["0 times in try 1", "1 times in try 1", "2 times in try 1"]
    );
    let test = home.run(&["tasks", "test", "resuming", "twice"]);
    let inline = "[TASK TEST] completed running trigger in line";
    assert_eq!(test.matches(inline).count(), 2, "{test}");
}

#[test]
fn waits_that_end_badly_end_their_tasks_as_they_should() {
    let home = home(None);
    home.trigger("waiting_in_vain", "r1");
    assert_eq!(home.finished("waiting_in_vain", "r1"), "failed");
    let mut states = home.states("waiting_in_vain", "r1");
    states.sort();
    assert_eq!(
        states,
        [
            "late=failed",
            "late_and_soft=skipped",
            "task=failed",
            "unknown=failed"
        ]
    );
    let tries = home.journal_lines(&["task", "waits"]);
    assert_eq!(tries.len(), 2, "a timeout costs a try: {tries:?}");
    let log = home.task_log("waiting_in_vain", "r1", "task", 2);
    assert!(log.contains("TaskDeferralTimeout: "), "{log}");
    let log = home.task_log("waiting_in_vain", "r1", "unknown", 1);
    assert!(log.contains("no trigger `Oracle` is known"), "{log}");
}

#[test]
fn a_deferred_task_can_be_killed() {
    let home = home(None);
    home.trigger("waiting_for_ever", "r1");
    home.wait("the task waits", |home| {
        is_deferred(home, "waiting_for_ever", "wait")
    });
    home.run(&["tasks", "kill", "waiting_for_ever", "wait", "r1"]);
    assert_eq!(home.finished("waiting_for_ever", "r1"), "failed");
}

/// A task waits for a file, also over a kill of the engine.
fn waits_for_a_file(mut home: Home) {
    home.trigger("waiting_for_a_file", "r1");
    home.wait("the task waits", |home| {
        is_deferred(home, "waiting_for_a_file", "wait")
    });
    let why = home.run(&["tasks", "why", "waiting_for_a_file", "wait", "r1", "-o", "json"]);
    assert!(why.contains("it is deferred and waits for file `"), "{why}");
    home.kill();
    start(&mut home);
    assert!(
        is_deferred(&home, "waiting_for_a_file", "wait").is_some(),
        "there is no file yet"
    );
    home.allow("go");
    assert_eq!(home.finished("waiting_for_a_file", "r1"), "success");
    let test = home.run(&["tasks", "test", "waiting_for_a_file", "wait"]);
    assert!(test.contains("completed running trigger in line"), "{test}");
}

#[test]
fn a_task_waits_for_a_file() {
    waits_for_a_file(home(None));
}

#[tokio::test]
async fn a_task_waits_for_a_file_on_postgres() {
    waits_for_a_file(home(Some(databases::postgres().await)));
}

/// Tasks wait for tasks, a group and a run of another DAG, also over a kill of the engine.
fn waits_for_another_dag(mut home: Home) {
    home.trigger("awaiting", "r1");
    for task in ["task", "group", "run", "broken", "broken_and_soft"] {
        home.wait("the task waits", |home| is_deferred(home, "awaiting", task));
    }
    let why = |home: &Home, task: &str| home.run(&["tasks", "why", "awaiting", task, "r1", "-o", "json"]);
    let nothing = why(&home, "task");
    let said = "waits for task `work` of DAG `awaited` in run `r1`";
    assert!(nothing.contains(said), "{nothing}");
    assert!(nothing.contains("run `r1` does not exist yet"), "{nothing}");
    home.trigger("awaited", "r1");
    home.wait("what is waited for waits itself", |home| {
        is_deferred(home, "awaited", "first")
    });
    home.kill();
    start(&mut home);
    for (task, note) in [
        ("task", "in run `r1` task `work` has no state yet"),
        ("group", "in run `r1` task `group.one` has no state yet"),
        ("run", "run `r1` is `running`"),
    ] {
        let why = why(&home, task);
        assert!(why.contains(note), "{why}");
    }
    home.allow("go");
    assert_eq!(home.finished("awaited", "r1"), "failed");
    assert_eq!(home.finished("awaiting", "r1"), "failed");
    let mut states = home.states("awaiting", "r1");
    states.sort();
    assert_eq!(
        states,
        [
            "broken=failed",
            "broken_and_soft=skipped",
            "group=success",
            "run=success",
            "task=success"
        ]
    );
    let log = home.task_log("awaiting", "r1", "broken", 1);
    assert!(log.contains("what the sensor waits for has failed"), "{log}");
}

#[test]
fn a_task_waits_for_another_dag() {
    waits_for_another_dag(home(None));
}

#[tokio::test]
async fn a_task_waits_for_another_dag_on_postgres() {
    waits_for_another_dag(home(Some(databases::postgres().await)));
}

/// A web server that answers everything as it is told.
pub(crate) struct WebServer {
    pub(crate) address: String,
    answer: Arc<Mutex<String>>,
}

impl WebServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://me:s3cret-word@{}", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(String::new()));
        let told = Arc::clone(&answer);
        // It ends with the test.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while lines
                    .next()
                    .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
                {}
                let answer = told.lock().unwrap().clone();
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, answer }
    }

    pub(crate) fn answers(&self, status: &str, body: &str) {
        let length = body.len();
        *self.answer.lock().unwrap() =
            format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    }
}

fn waits_for_an_answer(database: Option<databases::TestDatabase>) {
    let server = WebServer::start();
    server.answers("404 Not Found", "");
    let mut home = Home::on(database);
    home.add_bundle("deferral");
    home.set("AIRFLOW_CONN_API", server.address.clone().leak());
    start(&mut home);
    home.trigger("waiting_for_an_answer", "r1");
    let why = |home: &Home, words: &str| {
        home.wait(words, |home| {
            let why = home.run(&["tasks", "why", "waiting_for_an_answer", "ask", "r1", "-o", "json"]);
            assert!(!why.contains("s3cret-word") && !why.contains("hidden"), "{why}");
            why.contains(words).then_some(())
        });
    };
    why(&home, "waits for an answer to GET `job` of connection `api`");
    why(&home, "the server answers 404");
    server.answers("200 OK", r#"{"state": "runs"}"#);
    why(&home, "`/state` is `\\\"runs\\\"`");
    home.kill();
    start(&mut home);
    assert!(is_deferred(&home, "waiting_for_an_answer", "ask").is_some());
    server.answers("200 OK", r#"{"state": "done"}"#);
    assert_eq!(home.finished("waiting_for_an_answer", "r1"), "success");
    let heard = home.journal_lines(&["ask", "heard"]);
    let event = r#"{"status":"success","status_code":200,"value":"done"}"#;
    assert!(heard.len() == 1 && heard[0].contains(event), "{heard:?}");
    assert!(!home.log().contains("s3cret-word"));
    server.answers("500 Internal Server Error", "");
    home.trigger("waiting_for_an_answer", "r2");
    assert_eq!(home.finished("waiting_for_an_answer", "r2"), "failed");
    let log = home.task_log("waiting_for_an_answer", "r2", "ask", 1);
    assert!(log.contains("the server answers 500, which is not in"), "{log}");
}

#[test]
fn a_task_waits_for_an_answer_of_a_web_server() {
    waits_for_an_answer(None);
}

#[tokio::test]
async fn a_task_waits_for_an_answer_of_a_web_server_on_postgres() {
    waits_for_an_answer(Some(databases::postgres().await));
}

/// A task has another DAG run, waits for its end without a slot, and reads how that went. What it asks for twice is there once,
/// and what cannot be is an error that it can handle.
fn calls(mut home: Home) {
    home.trigger("calling", "r1");
    assert_eq!(home.finished("calling", "r1"), "success");
    let sees = home.journal_lines(&["call", "sees"]);
    assert!(sees[0].ends_with("sees manual success and None"), "{sees:?}");
    let fails: Vec<String> = home.journal_lines(&["in_vain", "fails,"]);
    let words = [
        "fails, true: DAG `called` already has a run `for_r1`; give the new one another id",
        "fails, false: there is no DAG `nothing_such`",
        "fails, false: dag `called`: param `limit` does not fit its schema: \"many\" is not of type \"integer\"",
    ];
    for (line, words) in fails.iter().zip(words) {
        assert!(line.ends_with(words), "{line}");
    }
    assert_eq!(fails.len(), 3, "{fails:?}");
    assert_eq!(home.finished("called", "for_r1"), "success");
    home.wait("the run that was reset has run again", |home| {
        let works = home.journal_lines(&["for_r1", "limit", "3"]);
        (works.len() == 2).then_some(())
    });
    home.stop();
}

#[test]
fn a_task_has_another_dag_run_and_waits_for_it() {
    calls(home(None));
}

#[tokio::test]
async fn a_task_has_another_dag_run_and_waits_for_it_on_postgres() {
    calls(home(Some(databases::postgres().await)));
}

statements! {
    /// What the shop does with its database.
    SHOP;

    OPEN = Sql::new("CREATE TABLE orders (item TEXT NOT NULL)");
    ORDER = Sql::new("INSERT INTO orders (item) VALUES ('tea'), ('rice')");
}

/// A task waits for a row in a database that is not the engine's, also over a kill of the engine.
async fn waits_for_a_row(shop: databases::TestDatabase, database: Option<databases::TestDatabase>) {
    let connection = match shop.url() {
        DatabaseUrl::Sqlite(url) => json!({"conn_type": "sqlite", "host": url.path}),
        DatabaseUrl::Postgres(url) => json!({"conn_type": "postgres", "host": url.host, "port": url.port,
                                             "login": url.user, "password": "s3cret-word", "schema": url.database}),
    };
    let db = Db::open(shop.url(), &DbOptions::new("public")).await.unwrap();
    db.execute(OPEN.query()).await.unwrap();
    let mut home = Home::on(database);
    home.add_bundle("deferral");
    home.set("AIRFLOW_CONN_ORDERS", connection.to_string().leak());
    start(&mut home);
    home.trigger("waiting_for_a_row", "r1");
    let words = [
        "in the database of connection `orders`: ",
        "the first cell that the query returns is `0`",
    ];
    home.wait("the query was asked", |home| {
        let why = home.run(&["tasks", "why", "waiting_for_a_row", "ask", "r1", "-o", "json"]);
        assert!(!why.contains("s3cret-word"), "{why}");
        words.iter().all(|words| why.contains(words)).then_some(())
    });
    home.kill();
    start(&mut home);
    assert!(is_deferred(&home, "waiting_for_a_row", "ask").is_some());
    db.execute(ORDER.query()).await.unwrap();
    assert_eq!(home.finished("waiting_for_a_row", "r1"), "success");
    let found = home.journal_lines(&["ask", "found"]);
    assert!(
        found.len() == 1 && found[0].contains(r#"{"status":"success","value":1}"#),
        "{found:?}"
    );
    assert!(!home.log().contains("s3cret-word"));
}

#[tokio::test]
async fn a_task_waits_for_a_row_of_sqlite() {
    waits_for_a_row(databases::sqlite(), None).await;
}

#[tokio::test]
async fn a_task_waits_for_a_row_of_postgres() {
    waits_for_a_row(databases::postgres().await, Some(databases::postgres().await)).await;
}
