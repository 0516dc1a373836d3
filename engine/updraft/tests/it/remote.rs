//! Workers elsewhere: one that is played by the test takes attempts from a real server and speaks for them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::engine::Home;

/// A worker elsewhere.
struct Worker {
    address: String,
    token: String,
}

/// An answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

/// An attempt that a worker has taken.
struct Attempt {
    id: String,
    task: String,
    workload: Value,
    token: String,
}

fn remote_home() -> Home {
    let mut home = Home::new();
    home.set("AIRFLOW__CORE__EXECUTOR", "RemoteExecutor");
    home.set("AIRFLOW__API_AUTH__JWT_SECRET", "a secret of this test");
    home
}

impl Worker {
    fn of(home: &Home) -> Self {
        let address = home.wait("the server says where workers ask", |home| {
            let log = home.log();
            let rest = log.split("they ask on http://").nth(1)?;
            Some(rest.split_once("/execution")?.0.to_owned())
        });
        let token = home.run(&["workers", "token", "far"]).trim().to_owned();
        Self { address, token }
    }

    fn ask(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        let text = body.to_string();
        let request = format!(
            "{method} /execution/{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Airflow-API-Version: 2026-06-30\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            self.address,
            text.len()
        );
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }

    /// The next attempt, with which it has not begun.
    fn take(&self) -> Attempt {
        loop {
            let next = self.ask(
                &self.token,
                "POST",
                "updraft/workloads/next?wait=20",
                &Value::Null,
            );
            if next.status == 204 {
                continue;
            }
            assert_eq!(next.status, 200, "{next:?}");
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            return Attempt {
                id: text(&next.body["ti"]["id"]),
                task: text(&next.body["ti"]["task_id"]),
                token: text(&next.body["token"]),
                workload: next.body,
            };
        }
    }

    fn run(&self, attempt: &Attempt, pid: u32) -> Answer {
        let body = json!({
            "state": "running", "hostname": "far", "unixname": "ann", "pid": pid, "start_date": "2024-01-12T06:00:00Z",
        });
        let path = format!("task-instances/{}/run", attempt.id);
        self.ask(&attempt.token, "PATCH", &path, &body)
    }

    /// Begins with an attempt; from then on it has another token.
    fn begin(&self, attempt: &mut Attempt) -> Value {
        let begun = self.run(attempt, 7);
        assert_eq!(begun.status, 200, "{begun:?}");
        attempt.token = new_token(&begun);
        begun.body
    }

    /// Takes the next attempt and begins with it.
    fn next(&self) -> Attempt {
        let mut attempt = self.take();
        self.begin(&mut attempt);
        attempt
    }

    fn beat(&self, attempt: &Attempt, pid: u32) -> Answer {
        let path = format!("task-instances/{}/heartbeat", attempt.id);
        self.ask(
            &attempt.token,
            "PUT",
            &path,
            &json!({ "hostname": "far", "pid": pid }),
        )
    }

    fn end(&self, attempt: &Attempt, state: &str) -> Answer {
        let path = format!("task-instances/{}/state", attempt.id);
        let body = json!({ "state": state, "end_date": "2024-01-12T06:00:01Z" });
        self.ask(&attempt.token, "PATCH", &path, &body)
    }
}

/// The token that an answer tells to use from now on.
fn new_token(answer: &Answer) -> String {
    let mut lines = answer.head.lines().filter_map(|line| line.split_once(": "));
    let line = lines.find(|(name, _)| name.eq_ignore_ascii_case("refreshed-api-token"));
    line.unwrap().1.to_owned()
}

#[test]
fn nothing_is_signed_without_a_secret() {
    let mut home = Home::new();
    home.set("AIRFLOW__CORE__EXECUTOR", "RemoteExecutor");
    let (_, complaint) = home.fail(&["workers", "token", "far"]);
    assert!(complaint.contains("set `[api_auth] jwt_secret`"), "{complaint}");
    let (_, complaint) = home.fail(&["standalone", "--port", "0"]);
    assert!(complaint.contains("set `[api_auth] jwt_secret`"), "{complaint}");
}

#[test]
fn tokens_are_signed_with_the_key_in_a_file() {
    let recorded: Value = serde_json::from_str(include_str!("../../../../oracle/tokens-3.3.2.json")).unwrap();
    let mut home = Home::new();
    home.set("AIRFLOW__CORE__EXECUTOR", "RemoteExecutor");
    home.set(
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "a secret, which the file comes before",
    );
    home.set("AIRFLOW__API_AUTH__JWT_PRIVATE_KEY_PATH", "key.pem");
    let file = home.path().join("key.pem");
    let (_, complaint) = home.fail(&["workers", "token", "far"]);
    assert!(complaint.contains("jwt_private_key_path"), "{complaint}");
    for key in recorded.as_array().unwrap() {
        fs::write(&file, key["pem"].as_str().unwrap()).unwrap();
        // The first field of the header is the algorithm.
        let expected = match key["alg"].as_str().unwrap() {
            "RS256" => "eyJhbGciOiJSUzI1NiIs",
            _ => "eyJhbGciOiJFZERTQSIs",
        };
        let token = home.run(&["workers", "token", "far"]);
        assert!(token.starts_with(expected), "{token}");
    }
    home.set("AIRFLOW__API_AUTH__JWT_ALGORITHM", "HS512");
    let (_, complaint) = home.fail(&["workers", "token", "far"]);
    assert!(complaint.contains("is for `EdDSA`"), "{complaint}");
    fs::write(&file, "a secret").unwrap();
    let (_, complaint) = home.fail(&["workers", "token", "far"]);
    assert!(complaint.contains("no private key in PEM"), "{complaint}");
    assert!(!complaint.contains("a secret"), "{complaint}");
}

#[test]
fn a_run_goes_through_a_worker_elsewhere() {
    let mut home = remote_home();
    home.start();
    let worker = Worker::of(&home);
    home.trigger("talk", "one");
    let mut leave = worker.take();
    let workload = leave.token.clone();
    one_worker_alone_begins(&worker, &mut leave);
    what_has_ended_leaves_nothing_more(&worker, &leave, &workload);
    let find = worker.next();
    assert_eq!(find.task, "find");
    // What attempts may, they may for themselves.
    let path = format!("task-instances/{}/heartbeat", find.id);
    let beat = json!({ "hostname": "far", "pid": 7 });
    assert_eq!(worker.ask(&leave.token, "PUT", &path, &beat).status, 403);
    values_are_read(&home, &worker, &find);
    runs_are_asked_about(&worker, &find);
    assert_eq!(worker.end(&find, "success").status, 204);
    assert_eq!(home.finished("talk", "one"), "success");
    home.stop();
}

fn one_worker_alone_begins(worker: &Worker, leave: &mut Attempt) {
    assert_eq!(
        (leave.task.as_str(), &leave.workload["type"]),
        ("leave", &json!("ExecuteTask"))
    );
    let log_path = "dag_id=talk/run_id=one/task_id=leave/attempt=1.log";
    assert_eq!(leave.workload["log_path"], log_path);
    // The token of a workload is good for its beginning alone.
    assert_eq!(worker.beat(leave, 7).status, 403);
    let context = worker.begin(leave);
    let run = &context["dag_run"];
    assert_eq!(
        (&run["run_id"], &run["conf"], &context["next_method"]),
        (&json!("one"), &json!({}), &Value::Null)
    );
    let again = worker.run(leave, 7);
    assert_eq!(
        (again.status, &again.body["dag_run"]["state"]),
        (200, &json!("running"))
    );
    let stolen = worker.run(leave, 8);
    let detail = &stolen.body["detail"];
    assert_eq!(
        (stolen.status, &detail["reason"], &detail["previous_state"]),
        (409, &json!("invalid_state"), &json!("running"))
    );
    assert_eq!(worker.beat(leave, 7).status, 204);
    let elsewhere = worker.beat(leave, 8);
    assert_eq!(
        (elsewhere.status, &elsewhere.body["detail"]["current_pid"]),
        (409, &json!(7))
    );
}

fn what_has_ended_leaves_nothing_more(worker: &Worker, leave: &Attempt, workload: &str) {
    let leaves = |token: &str, path: &str, value: Value| worker.ask(token, "POST", path, &value).status;
    let own = "xcoms/talk/one/leave/found";
    assert_eq!(leaves(&leave.token, own, json!({ "rows": 3 })), 201);
    assert_eq!(leaves(&leave.token, "xcoms/talk/one/find/found", json!(1)), 403);
    assert_eq!(leaves(workload, own, json!(1)), 403);
    assert_eq!(worker.end(leave, "success").status, 204);
    assert_eq!(worker.end(leave, "success").status, 200);
    let refused = worker.end(leave, "failed");
    assert_eq!(refused.body["detail"]["reason"], "invalid_state");
    let late = worker.beat(leave, 7);
    assert_eq!(
        (late.status, &late.body["detail"]["current_state"]),
        (409, &json!("success"))
    );
    assert_eq!(leaves(&leave.token, own, json!(4)), 409);
}

fn values_are_read(home: &Home, worker: &Worker, find: &Attempt) {
    let ask = |method: &str, path: &str, body: Value| worker.ask(&find.token, method, path, &body);
    let read = |path: &str| ask("GET", path, Value::Null);
    let value = read("xcoms/talk/one/leave/found");
    assert_eq!(value.body, json!({ "key": "found", "value": { "rows": 3 } }));
    assert_eq!(read("xcoms/talk/one/leave/lost").status, 404);
    let journal = read("variables/journal");
    assert_eq!(journal.body["value"], home.journal().to_str().unwrap());
    assert_eq!(read("variables/nothing").status, 404);
    assert_eq!(ask("PUT", "variables/left", json!({ "val": "here" })).status, 201);
    assert_eq!(read("variables/keys?prefix=le").body["keys"], json!(["left"]));
    assert_eq!(ask("DELETE", "variables/left", Value::Null).status, 204);
    let own = format!("store/ti/{}/job/id", find.id);
    assert_eq!(read(&own).status, 404);
    let kept = json!({ "value": [1], "expires_at": "2030-01-01T00:00:00Z" });
    assert_eq!(ask("PUT", &own, kept).status, 204);
    assert_eq!(read(&own).body, json!({ "value": [1] }));
    assert_eq!(ask("PUT", &own, json!({ "value": null })).status, 422);
    assert_eq!(ask("DELETE", &own, Value::Null).status, 204);
    assert_eq!(read(&own).status, 404);
    let all = format!("store/ti/{}", find.id);
    assert_eq!(ask("DELETE", &all, Value::Null).status, 204);
    let of_asset = "store/asset/by-name/value?name=nothing&key=k";
    assert_eq!(read(of_asset).status, 404);
    assert_eq!(ask("PUT", of_asset, json!({ "value": 1 })).status, 404);
    let connection = read("connections/warehouse");
    assert_eq!(
        (&connection.body["conn_type"], &connection.body["password"]),
        (&json!("postgres"), &json!("opensesame"))
    );
}

fn runs_are_asked_about(worker: &Worker, find: &Attempt) {
    let ask = |method: &str, path: &str, body: Value| worker.ask(&find.token, method, path, &body);
    let read = |path: &str| ask("GET", path, Value::Null);
    let states = read("task-instances/states?dag_id=talk&run_ids=one");
    assert_eq!(states.body["task_states"]["one"]["leave"], "success");
    assert_eq!(read("dag-runs/count?dag_id=talk&states=running").body, json!(1));
    let crumbs = read("task-instances/breadcrumbs?dag_id=talk&run_id=one");
    assert_eq!(crumbs.body["breadcrumbs"][0]["task_id"], "leave");
    assert_eq!(ask("POST", "dag-runs/talk/two", json!({})).status, 204);
    let other = read("dag-runs/talk/two");
    assert_eq!((other.status, &other.body["run_type"]), (200, &json!("manual")));
    assert_eq!(read("dag-runs/talk/three").status, 404);
    assert_eq!(ask("POST", "dag-runs/talk/three/clear", Value::Null).status, 404);
    assert_eq!(read("dags/talk").body["bundle_name"], "trouble");
}

#[test]
fn a_try_that_failed_elsewhere_is_tried_again_as_another_attempt() {
    let mut home = remote_home();
    home.start();
    let worker = Worker::of(&home);
    home.trigger("luck", "one");
    let first = worker.next();
    assert_eq!(worker.end(&first, "up_for_retry").status, 204);
    let second = worker.next();
    assert_eq!(
        (&second.task, &second.workload["ti"]["try_number"]),
        (&first.task, &json!(2))
    );
    assert_ne!(first.id, second.id);
    let late = worker.beat(&first, 7);
    assert_eq!(
        (late.status, &late.body["detail"]["reason"]),
        (410, &json!("not_found"))
    );
    assert_eq!(worker.end(&first, "success").status, 404);
    // A person fails it: the worker hears of it with its next sign of life.
    home.run(&["tasks", "kill", "luck", &second.task, "one"]);
    let told = home.wait("the worker is told", |_| {
        let beat = worker.beat(&second, 7);
        (beat.status != 204).then_some(beat)
    });
    assert_eq!(told.status, 409, "{told:?}");
    home.stop();
}
