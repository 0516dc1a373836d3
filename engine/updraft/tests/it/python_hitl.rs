//! Human in the loop: tasks of DAG files that ask people, and go on with the answer or when the time is over.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use updraft_testing::databases;

use crate::engine::Home;
use crate::python::{home, knows};
use crate::rest::Server;

const ASKS: &str = r#"
# updraft: compat=3
from datetime import timedelta
from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLBranchOperator, HITLOperator
from airflow.sdk import DAG, Param, task

with DAG("asks", schedule=None):
    ask = HITLOperator(
        task_id="ask", subject="Which for {{ run_id }}?", options=["a", "b"], multiple=True,
        params={"n": Param(1, type="integer")},
    )
    in_time = HITLOperator(
        task_id="in_time", subject="s", options=["x", "y"], defaults="y", response_timeout=timedelta(seconds=0.1)
    )
    too_late = HITLOperator(task_id="too_late", subject="s", options=["x"], response_timeout=timedelta(seconds=0.1))
    branch = HITLBranchOperator(task_id="branch", subject="s", options=["left", "right"])
    no = ApprovalOperator(task_id="no", subject="s", assigned_users=[{"id": "somebody", "name": "somebody"}])

    @task
    def left(): ...

    @task
    def right(): ...

    @task
    def told(answer, default):
        print("chosen", answer["chosen_options"], answer["params_input"], answer["responded_by_user"]["name"])
        print("default", default["chosen_options"], default["responded_by_user"])

    branch >> [left(), right()]
    told(ask.output, in_time.output)
"#;

/// The REST API as the one who answers sees it.
struct Desk(Server);

impl Desk {
    fn get(&self, path: &str) -> Value {
        self.0.ask("GET", path, &Value::Null).1
    }

    fn question(&self, task: &str) -> Value {
        self.get(&question(task))
    }

    /// What the tasks ask that wait for an answer, by their ids.
    fn open(&self) -> BTreeMap<String, Value> {
        let listed = self.get("api/v2/dags/~/dagRuns/~/hitlDetails?response_received=false&state=deferred");
        let questions = listed["hitl_details"].as_array().into_iter().flatten();
        let of_task = |one: &Value| Some((one["task_instance"]["task_id"].as_str()?.to_owned(), one.clone()));
        questions.filter_map(of_task).collect()
    }

    fn answer(&self, task: &str, body: Value) -> (u16, Value) {
        self.0.ask("PATCH", &question(task), &body)
    }

    fn wait(&self, home: &Home, task: &str, state: &str) {
        let path = format!("api/v2/dags/asks/dagRuns/r1/taskInstances/{task}");
        let what = format!("{task} is {state}");
        home.wait(&what, |_| (self.get(&path)["state"] == state).then_some(()));
    }
}

fn question(task: &str) -> String {
    format!("api/v2/dags/asks/dagRuns/r1/taskInstances/{task}/-1/hitlDetails")
}

fn asks(mut home: Home) {
    home.write_dag("asks.py", ASKS);
    home.start();
    knows(&home, "asks");
    home.run(&["dags", "unpause", "asks"]);
    home.run(&["dags", "trigger", "asks", "--run-id", "r1"]);
    let desk = Desk(Server::of(&home));
    let open = home.wait("the tasks have asked and wait", |_| {
        let open = desk.open();
        ["ask", "branch", "no"]
            .iter()
            .all(|task| open.contains_key(*task))
            .then_some(open)
    });
    assert_eq!(open["ask"]["subject"], "Which for r1?");
    answers(&desk);
    for (task, state) in [
        ("told", "success"),
        ("left", "skipped"),
        ("right", "success"),
        ("too_late", "failed"),
    ] {
        desk.wait(&home, task, state);
    }
    let log = home.run(&["tasks", "logs", "asks", "told", "r1"]);
    assert!(log.contains("chosen ['b', 'a'] {'n': 5} "), "{log}");
    assert!(log.contains("default ['y'] None"), "{log}");
    let late = home.run(&["tasks", "logs", "asks", "too_late", "r1"]);
    assert!(late.contains("nobody has answered"), "{late}");
    let by_default = desk.get(&format!("{}/tries/1", question("in_time")));
    assert_eq!(by_default["response_received"], true, "{by_default}");
    assert_eq!(by_default["responded_by_user"], Value::Null);
    assert_eq!(by_default["task_instance"]["try_number"], 1);
    assert_eq!(desk.question("no")["response_received"], false);
    home.stop();
}

/// What is no answer is refused, and what is one counts once.
fn answers(desk: &Desk) {
    for (task, body, status) in [
        ("ask", json!({ "chosen_options": ["c"] }), 400),
        (
            "ask",
            json!({ "chosen_options": ["a"], "params_input": { "m": 1 } }),
            400,
        ),
        ("no", json!({ "chosen_options": ["Reject"] }), 403),
        ("told", json!({ "chosen_options": ["a"] }), 404),
        ("branch", json!({ "chosen_options": ["left", "right"] }), 400),
        (
            "ask",
            json!({ "chosen_options": ["b", "a"], "params_input": { "n": 5 } }),
            200,
        ),
        ("ask", json!({ "chosen_options": ["a"] }), 409),
        ("branch", json!({ "chosen_options": ["right"] }), 200),
    ] {
        let (told, answer) = desk.answer(task, body.clone());
        assert_eq!(told, status, "{task} {body}: {answer}");
    }
    assert_eq!(desk.question("ask")["chosen_options"], json!(["b", "a"]));
}

#[test]
fn tasks_wait_for_the_answers_of_people() {
    asks(home(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_wait_for_the_answers_of_people_on_postgres() {
    let database = databases::postgres().await;
    tokio::task::spawn_blocking(move || asks(home(Some(database))))
        .await
        .unwrap();
}
