//! Waits for answers of web servers: what triggers mean, and what an answer does.

use std::time::Duration;

use serde_json::{Value, json};
use updraft_model::{HttpContent, HttpWait, Look, Trigger, Wait};

const SENSOR: &str = "airflow.providers.http.triggers.http.HttpSensorTrigger";
const ONCE: &str = "airflow.providers.http.triggers.http.HttpTrigger";

fn trigger(classpath: &str, kwargs: Value) -> Trigger {
    serde_json::from_value(json!({"classpath": classpath, "kwargs": kwargs})).unwrap()
}

fn wait(trigger: &Trigger) -> HttpWait {
    match Wait::of(trigger).unwrap() {
        Wait::Http(wait) => wait,
        other => unreachable!("{other:?} is for no answer"),
    }
}

#[test]
fn triggers_are_read_as_airflow_writes_them() {
    let airflow = trigger(
        SENSOR,
        json!({"endpoint": "jobs/7", "data": {"page": 1}, "method": "GET", "headers": {"Accept": "text/plain"},
               "extra_options": {"timeout": 5, "check_response": false}, "http_conn_id": "api", "poke_interval": 5.0}),
    );
    let airflow = wait(&airflow);
    assert_eq!(
        airflow.to_string(),
        "for an answer to GET `jobs/7` of connection `api`"
    );
    assert_eq!(
        airflow.content,
        HttpContent::Query(vec![("page".to_owned(), "1".to_owned())])
    );
    assert_eq!(
        (airflow.timeout, airflow.poke_interval),
        (Some(Duration::from_secs(5)), Duration::from_secs(5))
    );
    assert!(airflow.condition.is_some_and(|condition| condition.any_status));
    let ours = wait(&Trigger::http("api", "jobs/7?token=secret"));
    assert_eq!(
        ours.to_string(),
        "for an answer to GET `jobs/7` of connection `api`"
    );
    let once = wait(&trigger(
        ONCE,
        json!({"data": {"name": "x"}, "auth_type": "aiohttp.helpers.BasicAuth"}),
    ));
    assert_eq!((once.method, once.connection.as_str()), ("POST", "http_default"));
    assert_eq!(
        once.content,
        HttpContent::Form(vec![("name".to_owned(), "x".to_owned())])
    );
    assert_eq!(once.condition, None);
}

#[test]
fn triggers_that_make_no_sense_say_why() {
    let problems = [
        json!({"method": "FETCH"}),
        json!({"endpoint": 7}),
        json!({"headers": ["a"]}),
        json!({"data": "text"}),
        json!({"extra_options": {"cert": "/x"}}),
        json!({"extra_options": {"timeout": "soon"}}),
        json!({"response_error_codes_allowlist": ["gone"]}),
        json!({"json_pointer": "state"}),
        json!({"json_equals": "done"}),
        json!({"auth_type": "company.Kerberos"}),
    ];
    let problems = problems
        .into_iter()
        .map(|kwargs| Wait::of(&trigger(SENSOR, kwargs)).unwrap_err().to_string());
    insta::assert_snapshot!(problems.collect::<Vec<_>>().join("\n"));
}

#[test]
fn an_answer_ends_a_wait_or_keeps_it_or_fails_it() {
    let plain = Trigger::http("api", "x");
    let busy = plain
        .clone()
        .kwarg("response_error_codes_allowlist", json!(["404", 503]));
    let any = plain
        .clone()
        .kwarg("extra_options", json!({"check_response": false}));
    let text = plain.clone().kwarg("body_contains", "ready");
    let json = plain.clone().kwarg("json_pointer", "/job/state");
    let equal = json.clone().kwarg("json_equals", "done");
    let long = format!(r#"{{"job": {{"state": "{}"}}}}"#, "x".repeat(300));
    let cases = [
        (&plain, 200, ""),
        (&plain, 404, ""),
        (&plain, 503, ""),
        (&busy, 503, ""),
        (&any, 500, ""),
        (&text, 200, "not yet"),
        (&text, 200, "all ready"),
        (&json, 200, "<html>"),
        (&json, 200, "{}"),
        (&json, 200, r#"{"job": {"state": false}}"#),
        (&json, 200, r#"{"job": {"state": {"progress": 1}}}"#),
        (&equal, 200, r#"{"job": {"state": "runs"}}"#),
        (&equal, 200, &long),
        (&equal, 201, r#"{"job": {"state": "done"}}"#),
    ];
    let said = cases.map(|(trigger, status, body)| {
        let condition = wait(trigger).condition.unwrap();
        match condition.judge(status, body.as_bytes()) {
            Look::Waiting(note) => format!("goes on: {note}"),
            Look::Ended(end) => format!("{end:?}"),
        }
    });
    insta::assert_snapshot!(said.join("\n"));
}
