//! The command line: what it prints, and what it says to mistakes.

use std::fs;

use updraft_sql::{DatabaseUrl, Db, DbOptions, Sql, SqliteUrl};

use crate::engine::Home;

/// What a later version leaves behind when it has migrated the database.
static NEWER: Sql = Sql::new("INSERT INTO updraft_migration VALUES (999, '0999_later', 'unknown here', 0)");

/// A home whose database knows the DAGs, with nothing running.
fn known() -> Home {
    let mut home = Home::new();
    home.start();
    home.stop();
    home
}

#[test]
fn lists_states_and_graphs_print_as_airflow_does() {
    let home = known();
    let dags = home.run(&["dags", "list", "--columns", "dag_id,is_paused", "-o", "plain"]);
    insta::assert_snapshot!(dags, @r"
    dag_id      is_paused
    branches    False
    chain       False
    changing    False
    crossroads  False
    daily       True
    endless     True
    fan         False
    grind       False
    hang        False
    late        False
    luck        False
    odds        False
    patience    False
    pooled      False
    talk        False
    twins       False
    wide        False
    ");
    insta::assert_snapshot!(home.run(&["tasks", "list", "talk"]), @r"
    find
    leave
    ");
    insta::assert_snapshot!(home.run(&["tasks", "list", "talk", "--tree"]), @r"
    <Task(RustOperator): leave>
        <Task(RustOperator): find>
    ");
    insta::assert_snapshot!(home.run(&["dags", "show", "talk"]), @r#"
    digraph "talk" {
    	graph [label="talk" labelloc=t rankdir=LR]
    	"leave" [label="leave" shape=rectangle style="filled,rounded"]
    	"find" [label="find" shape=rectangle style="filled,rounded"]
    	"leave" -> "find"
    }
    "#);
    let triggered = home.run(&[
        "dags",
        "trigger",
        "talk",
        "-e",
        "2024-01-12T06:00:00",
        "-o",
        "json",
    ]);
    insta::assert_snapshot!(triggered, @r#"[{"conf":{},"dag_id":"talk","dag_run_id":"manual__2024-01-12T06:00:00+00:00","data_interval_start":"2024-01-12T06:00:00+00:00","data_interval_end":"2024-01-12T06:00:00+00:00","end_date":null,"external_trigger":"True","last_scheduling_decision":null,"logical_date":"2024-01-12T06:00:00+00:00","run_type":"manual","start_date":null,"state":"queued"}]"#);
    assert_eq!(home.run(&["dags", "state", "talk", "2024-01-12"]), "queued\n");
    assert_eq!(
        home.run(&["tasks", "state", "talk", "leave", "2024-01-12"]),
        "None\n"
    );
    assert_eq!(home.run(&["dags", "state", "talk", "2024-01-13"]), "None\n");
}

#[test]
fn mistakes_are_explained_with_the_closest_names() {
    let home = known();
    let cases: &[(&[&str], &str)] = &[
        (
            &["dags", "trigger", "patiens"],
            "error: there is no DAG `patiens`; did you mean `patience`?\n",
        ),
        (
            &["dags", "pause", "chane"],
            "error: there is no DAG `chane`; did you mean `chain` or `changing`?\n",
        ),
        (
            &["tasks", "state", "talk", "leav", "x"],
            "error: `talk` has no run `x`; `updraft dags list-runs -d talk` lists them\n",
        ),
        (
            &["tasks", "test", "talk", "leav"],
            "error: DAG `talk` has no task `leav`; did you mean `leave`?\n",
        ),
        (
            &["dags", "trigger", "talk", "--conf", "[1]"],
            "error: `--conf` must be a JSON object such as `{\"key\": 1}`, it is `[1]`\n",
        ),
        (
            &["dags", "trigger", "talk", "--conf", r#"{"limit": 0}"#],
            "error: dag `talk`: param `limit` does not fit its schema: 0 is less than the minimum of 1\n",
        ),
        (
            &["tasks", "test", "talk", "leave", "-t", r#"{"limit": "ten"}"#],
            "error: dag `talk`: param `limit` does not fit its schema: \"ten\" is not of type \"integer\"\n",
        ),
        (
            &["dags", "state", "talk", "someday"],
            "error: `someday` is no date; write `2024-01-12` or `2024-01-12T06:00:00+00:00`\n",
        ),
    ];
    for (arguments, expected) in cases {
        let (code, complaint) = home.fail(arguments);
        assert_eq!((code, complaint.as_str()), (1, *expected), "{arguments:?}");
    }
    assert_eq!(
        home.fail(&["dags", "triger", "talk"]).0,
        2,
        "a malformed call is a usage error"
    );
    home.run(&["dags", "trigger", "talk", "--run-id", "twice"]);
    let (_, complaint) = home.fail(&["dags", "trigger", "talk", "--run-id", "twice"]);
    assert!(complaint.contains("already has a run `twice`"), "{complaint}");
}

#[test]
fn a_task_can_be_tried_out_without_engine_and_record() {
    let home = known();
    let log = home.run(&[
        "tasks",
        "test",
        "talk",
        "leave",
        "2024-01-12",
        "-t",
        r#"{"limit": 7}"#,
    ]);
    assert!(log.contains("the password is ***"), "{log}");
    assert_eq!(home.run(&["dags", "list-runs", "-d", "talk"]), "No data found\n");
    let (code, _) = home.fail(&["tasks", "test", "branches", "give_up"]);
    assert_eq!(code, 1);
}

#[test]
fn the_conf_of_a_run_goes_over_the_params_unless_the_installation_forbids_it() {
    let home = known();
    let params = |overrides: &str| {
        let mut command = home.command();
        command.env("AIRFLOW__CORE__DAG_RUN_CONF_OVERRIDES_PARAMS", overrides);
        command.args(["tasks", "test", "talk", "leave", "-t", r#"{"limit": 7}"#]);
        let log = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let line = log.lines().find_map(|line| line.split_once("the params are "));
        line.unwrap_or_else(|| panic!("{log}")).1.to_owned()
    };
    assert_eq!(params("True"), r#"{"limit":7}"#);
    assert_eq!(params("False"), r#"{"limit":500}"#);
}

#[test]
fn an_unusable_database_is_named_with_what_to_do() {
    let home = Home::new();
    let (_, complaint) = home.fail(&["dags", "list"]);
    assert!(complaint.contains("migrate"), "{complaint}");
    home.run(&["db", "init"]);
    home.run(&["db", "check"]);
    for side in ["updraft.db-wal", "updraft.db-shm"] {
        // What is not there need not go: SQLite would mend the file from them.
        let _ = fs::remove_file(home.path().join(side));
    }
    fs::write(
        home.path().join("updraft.db"),
        "this is no database, but some text that is long enough",
    )
    .unwrap();
    let (code, complaint) = home.fail(&["db", "check"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("updraft.db"), "{complaint}");
    assert_eq!(complaint.matches("not a database").count(), 1, "{complaint}");
    let mut missing = home.command();
    missing
        .env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "mysql://somewhere/airflow")
        .args(["db", "check"]);
    let complaint = String::from_utf8(missing.output().unwrap().stderr).unwrap();
    assert!(complaint.contains("sql_alchemy_conn"), "{complaint}");
}

#[test]
fn a_home_that_cannot_be_written_is_named() {
    let home = Home::new();
    // No user, not even the administrator, can make a folder there.
    let mut nowhere = home.command();
    nowhere.env("AIRFLOW_HOME", "/proc/updraft").args(["db", "init"]);
    let output = nowhere.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint.contains("cannot write `/proc/updraft/airflow.cfg`"),
        "{complaint}"
    );
}

#[tokio::test]
async fn a_database_that_is_locked_or_too_new_is_refused() {
    let home = Home::new();
    home.run(&["db", "init"]);
    let path = home.path().join("updraft.db");
    let url = DatabaseUrl::Sqlite(SqliteUrl { path });
    let db = Db::open(&url, &DbOptions::new("updraft")).await.unwrap();
    // Somebody else who takes long to write.
    let mut writing = db.begin().await.unwrap();
    writing.execute(NEWER.query()).await.unwrap();
    let (code, complaint) = home.fail(&["standalone", "--port", "0"]);
    assert_eq!(code, 1);
    assert!(
        complaint.contains("is locked") && complaint.contains("wait for it"),
        "{complaint}"
    );
    writing.commit().await.unwrap();
    for arguments in [&["dags", "list"][..], &["db", "migrate"], &["scheduler"]] {
        let (code, complaint) = home.fail(arguments);
        assert_eq!(code, 1, "{arguments:?}");
        assert!(complaint.contains("is too new"), "{arguments:?}: {complaint}");
    }
}

#[test]
fn a_bad_source_is_reported_and_the_last_good_version_stays() {
    let mut home = Home::new();
    home.start();
    let file = home.path().join("dags/trouble.bundle.toml");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{good}progam = 1\n")).unwrap();
    home.wait("the mistake is reported", |home| {
        home.log().contains("unknown key `progam`").then_some(())
    });
    home.trigger("luck", "r1");
    assert_eq!(home.finished("luck", "r1"), "success");
    fs::remove_file(&file).unwrap();
    home.wait("its DAGs are gone", |home| {
        (!home.run(&["dags", "list"]).contains("luck")).then_some(())
    });
}

#[test]
fn a_new_database_has_the_default_pool_as_it_is_configured() {
    let home = Home::new();
    let mut init = home.command();
    init.env("AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT", "5");
    assert!(init.args(["db", "init"]).output().unwrap().status.success());
    assert!(
        home.run(&["pools", "get", "default_pool", "-o", "plain"])
            .contains("default_pool  5 ")
    );
    home.run(&["db", "migrate"]);
    assert!(
        home.run(&["pools", "list", "-o", "plain"])
            .contains("default_pool  5 ")
    );
}

#[test]
fn pools_are_listed_made_changed_deleted_and_carried_in_files() {
    let home = known();
    insta::assert_snapshot!(home.run(&["pools", "set", "db", "2", "for the database", "--include-deferred"]), @r"
    pool | slots | description      | include_deferred
    =====+=======+==================+=================
    db   | 2     | for the database | True
    ");
    let file = home.path().join("pools.json");
    let file = file.to_str().unwrap();
    home.run(&["pools", "export", file]);
    insta::assert_snapshot!(fs::read_to_string(file).unwrap(), @r#"
    {
      "db": {
        "slots": 2,
        "description": "for the database",
        "include_deferred": true
      },
      "default_pool": {
        "slots": 128,
        "description": "Default pool",
        "include_deferred": false
      }
    }
    "#);
    home.run(&["pools", "set", "db", "-1", "any number"]);
    insta::assert_snapshot!(home.run(&["pools", "list", "-o", "plain"]), @r"
    pool          slots  description   include_deferred
    db            -1     any number    False
    default_pool  128    Default pool  False
    ");
    home.run(&["pools", "delete", "db"]);
    let (_, missing) = home.fail(&["pools", "get", "bd"]);
    insta::assert_snapshot!(missing, @"error: there is no pool `bd`; there are: default_pool");
    let (_, kept) = home.fail(&["pools", "delete", "default_pool"]);
    insta::assert_snapshot!(kept, @"error: pool `default_pool` cannot be deleted, tasks that name no pool use it");
    assert_eq!(home.run(&["pools", "import", file]), "Uploaded 2 pool(s)\n");
    assert!(
        home.run(&["pools", "get", "db", "-o", "json"])
            .contains(r#""slots":"2""#)
    );
}
