//! `--api-url`: the same commands on an installation behind its REST API.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::Value;

use crate::api::{WebServer, address};
use crate::engine::Home;

/// An installation with a history, its web server, and somebody who only knows the address.
struct Both {
    here: Home,
    there: Home,
    url: String,
    dag: String,
    run: String,
    _server: WebServer,
}

impl Both {
    fn new() -> Self {
        let here = Home::new();
        here.run(&["db", "migrate"]);
        let fill = "dev fill --dags 3 --task-instances 400 --log-lines 4 --until 2024-01-12 --seed 5";
        here.run(&fill.split(' ').collect::<Vec<_>>());
        let create = "users create -u admin -f A -l B -r Admin -e a@example.com -p admin";
        here.run(&create.split(' ').collect::<Vec<_>>());
        let log = File::create(here.path().join("web.log")).unwrap();
        let mut command = here.command();
        command.args(["webserver", "--port", "0"]).stdin(Stdio::null());
        let server = WebServer(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let address = address(&here, "web.log");
        let mut there = Home::new();
        there.set("UPDRAFT_API_TOKEN", &token(&address));
        let dags: Value = serde_json::from_str(&here.run(&["dags", "list", "-o", "json"])).unwrap();
        let dag = dags[0]["dag_id"].as_str().unwrap().to_owned();
        let runs = here.run(&["dags", "list-runs", &dag, "-o", "json"]);
        let runs: Value = serde_json::from_str(&runs).unwrap();
        let run = runs[0]["run_id"].as_str().unwrap().to_owned();
        Self {
            here,
            there,
            url: format!("http://{address}"),
            dag,
            run,
            _server: server,
        }
    }

    fn remote(&self, arguments: &[&str]) -> String {
        self.there.run(&[&["--api-url", &self.url], arguments].concat())
    }

    fn same(&self, arguments: &[&str]) {
        assert_eq!(self.remote(arguments), self.here.run(arguments), "{arguments:?}");
    }
}

/// A token of the administrator.
fn token(address: &str) -> String {
    let body = r#"{"username":"admin","password":"admin"}"#;
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "POST /auth/token HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let told: Value = serde_json::from_str(body).unwrap();
    told["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_read_is_printed_as_if_it_was_here() {
    let both = Both::new();
    let (dag, run) = (both.dag.as_str(), both.run.as_str());
    both.same(&["dags", "list", "--columns", "dag_id,owners,is_paused"]);
    both.same(&["dags", "list-runs", "-d", dag]);
    both.same(&[
        "dags",
        "list-runs",
        dag,
        "--state",
        "success",
        "-s",
        "2024-01-01",
        "-o",
        "json",
    ]);
    both.same(&["dags", "state", dag, "2024-01-01"]);
    both.same(&["tasks", "list", dag]);
    // The interface tells tasks by their names, and not in the order of their DAG.
    let states = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let wanted = ["tasks", "states-for-dag-run", dag, run];
    assert_eq!(states(both.remote(&wanted)), states(both.here.run(&wanted)));
    both.same(&["pools", "list"]);
    both.same(&["assets", "list"]);
    let tasks = both
        .here
        .run(&["tasks", "states-for-dag-run", dag, run, "-o", "json"]);
    let tasks: Value = serde_json::from_str(&tasks).unwrap();
    let task = tasks
        .as_array()
        .unwrap()
        .iter()
        .find(|task| task["start_date"] != "" && task["map_index"].as_str().is_none_or(str::is_empty));
    let task = task.unwrap()["task_id"].as_str().unwrap();
    both.same(&["tasks", "logs", dag, task, run]);
    assert_eq!(both.remote(&["tasks", "logs", dag, task, run]).lines().count(), 4);
    both.same(&["tasks", "clear", dag, "--dry-run", "-t", task]);
}

#[test]
fn what_is_changed_has_changed_there() {
    let both = Both::new();
    let dag = both.dag.as_str();
    both.remote(&[
        "variables",
        "set",
        "region",
        "eu",
        "--description",
        "where we sell",
    ]);
    both.remote(&["variables", "set", "region", "us"]);
    both.same(&["variables", "list"]);
    assert_eq!(both.here.run(&["variables", "get", "region"]), "us\n");
    both.same(&["variables", "get", "region"]);
    both.remote(&["variables", "delete", "region"]);
    both.same(&["variables", "list"]);
    both.remote(&["pools", "set", "db", "4", "what it is for"]);
    both.remote(&["pools", "set", "db", "5", "what it is for"]);
    both.same(&["pools", "get", "db"]);
    both.remote(&["pools", "delete", "db"]);
    both.same(&["pools", "list"]);
    both.remote(&[
        "connections",
        "add",
        "shop",
        "--conn-uri",
        "http://shop.example:81",
    ]);
    both.same(&["connections", "list", "-o", "plain"]);
    both.remote(&["connections", "delete", "shop"]);
    both.same(&["connections", "list"]);
    for verb in ["pause", "unpause", "pause"] {
        both.remote(&["dags", verb, dag]);
        both.same(&["dags", "list", "--columns", "dag_id,is_paused"]);
    }
    both.remote(&[
        "dags",
        "trigger",
        dag,
        "--run-id",
        "from-afar",
        "-c",
        r#"{"a":1}"#,
    ]);
    both.same(&["dags", "list-runs", dag]);
    assert!(both.here.run(&["dags", "list-runs", dag]).contains("from-afar"));
    let planned = both.remote(&["tasks", "clear", dag, "--dry-run"]);
    let cleared = both.remote(&["tasks", "clear", dag, "-y"]);
    let count = planned.lines().last().unwrap().split(' ').next().unwrap();
    assert_eq!(cleared, format!("{count} task instances have been cleared\n"));
    both.remote(&["dags", "delete", dag, "-y"]);
    assert!(!both.here.run(&["dags", "list"]).contains(dag));
}

#[test]
fn mistakes_are_explained_as_if_they_were_made_here() {
    let both = Both::new();
    let url = both.url.as_str();
    let mistyped = format!("{}x", both.dag);
    let wrong: [&[&str]; 3] = [
        &["dags", "list-runs", &mistyped],
        &["tasks", "logs", &both.dag, "nope", &both.run],
        &["pools", "get", "nope"],
    ];
    for arguments in wrong {
        let (_, there) = both.there.fail(&[&["--api-url", url], arguments].concat());
        let (_, here) = both.here.fail(arguments);
        assert_eq!(there, here, "{arguments:?}");
    }
    let mistyped_run = format!("{}x", both.run);
    let (_, hint) = both
        .here
        .fail(&["tasks", "states-for-dag-run", &both.dag, &mistyped_run]);
    assert!(hint.contains(&format!("did you mean `{}`", both.run)), "{hint}");
    for (arguments, expected) in [
        (["--api-url", url, "db", "check"], "needs the installation itself"),
        (["--api-url", "ftp://x", "dags", "list"], "is no address such as"),
        (
            ["--api-url", "http://me:secret@x", "dags", "list"],
            "takes no name and password",
        ),
        (
            ["--api-url", "http://127.0.0.1:1", "dags", "list"],
            "does not answer",
        ),
    ] {
        let (_, refused) = both.there.fail(&arguments);
        assert!(
            refused.contains(expected) && !refused.contains("secret"),
            "{refused}"
        );
    }
    let (_, refused) = both.here.fail(&["--api-url", url, "dags", "list"]);
    assert!(refused.contains("UPDRAFT_API_TOKEN is not set"), "{refused}");
    let mut stranger = Home::new();
    stranger.set("UPDRAFT_API_TOKEN", "nonsense");
    let (_, refused) = stranger.fail(&["--api-url", url, "dags", "list"]);
    assert!(refused.contains("does not know the token"), "{refused}");
}
