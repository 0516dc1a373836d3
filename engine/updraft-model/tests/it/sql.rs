//! Waits for what a query returns: what triggers mean, and what a first cell does.

use std::time::Duration;

use serde_json::{Value, json};
use updraft_model::{Look, SqlWait, Trigger, Wait};

fn wait(trigger: &Trigger) -> SqlWait {
    match Wait::of(trigger).unwrap() {
        Wait::Sql(wait) => wait,
        other => unreachable!("{other:?} is for no query"),
    }
}

#[test]
fn a_trigger_says_what_is_asked() {
    let trigger = Trigger::sql("db", "\n  SELECT count(*)\n  FROM orders WHERE item = $1 ;\n")
        .kwarg("parameters", json!(["tea"]))
        .kwarg("statement_timeout", 300)
        .kwarg("poke_interval", 5);
    let wait = wait(&trigger);
    assert_eq!(
        wait.to_string(),
        "for `SELECT count(*) FROM orders WHERE item = $1` in the database of connection `db`"
    );
    assert!(wait.sql.ends_with("$1") && wait.parameters == [json!("tea")] && !wait.fail_on_empty);
    assert_eq!(
        (wait.timeout, wait.poke_interval),
        (Duration::from_secs(40), Duration::from_secs(5))
    );
    let problems = [
        trigger.clone().kwarg("sql", " ; "),
        trigger.clone().kwarg("conn_id", Value::Null),
        trigger.clone().kwarg("parameters", json!({"item": "tea"})),
        trigger.clone().kwarg("parameters", json!([["tea"]])),
        trigger.kwarg("fail_on_empty", "no"),
    ];
    let problems = problems.map(|trigger| Wait::of(&trigger).unwrap_err().to_string());
    insta::assert_snapshot!(problems.join("\n"));
}

#[test]
fn the_first_cell_decides_as_for_a_sensor_of_airflow() {
    let plain = wait(&Trigger::sql("db", "SELECT 1"));
    let strict = wait(&Trigger::sql("db", "SELECT 1").kwarg("fail_on_empty", true));
    for nothing in [
        json!(null),
        json!(0),
        json!(0.0),
        json!(""),
        json!("0"),
        json!(false),
    ] {
        assert!(
            matches!(strict.judge(Some(nothing.clone())), Look::Waiting(_)),
            "{nothing}"
        );
    }
    for something in [json!(1), json!(-0.5), json!("no"), json!(true), json!({"a": 0})] {
        assert!(
            matches!(plain.judge(Some(something.clone())), Look::Ended(_)),
            "{something}"
        );
    }
    let said = [
        plain.judge(None),
        strict.judge(None),
        plain.judge(Some(json!("0"))),
        plain.judge(Some(json!(7))),
    ];
    insta::assert_snapshot!(said.map(|look| format!("{look:?}")).join("\n"));
}
