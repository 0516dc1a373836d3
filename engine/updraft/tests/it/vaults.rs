//! Secrets backends: what only they have is found by commands, tasks and waits.

use serde_json::{Value, json};
use updraft_testing::vault::{FakeVault, ROLE_ID, SECRET_ID, TOKEN};

use crate::deferral::WebServer;
use crate::engine::Home;

const VAULT: &str = "airflow.providers.hashicorp.secrets.vault.VaultBackend";

/// A home whose secrets are in a Vault server.
fn home(server: &FakeVault, more: &Value) -> Home {
    let mut kwargs = json!({ "url": server.address(), "token": TOKEN });
    for (name, value) in more.as_object().unwrap() {
        kwargs[name] = value.clone();
    }
    let mut home = Home::new();
    home.set("AIRFLOW__SECRETS__BACKEND", VAULT);
    home.set("AIRFLOW__SECRETS__BACKEND_KWARGS", &kwargs.to_string());
    home
}

#[test]
fn a_backend_comes_before_the_environment_and_that_before_the_database() {
    let server = FakeVault::start();
    let mut home = home(&server, &json!({}));
    home.run(&["db", "migrate"]);
    for key in ["a", "b", "c"] {
        home.run(&["variables", "set", key, "database"]);
    }
    home.set("AIRFLOW_VAR_A", "environment");
    home.set("AIRFLOW_VAR_B", "environment");
    server.put("secret/variables/a", json!({ "value": "vault" }));
    server.put("secret/variables/only", json!({ "value": "vault" }));
    server.put(
        "secret/connections/web",
        json!({ "conn_uri": "http://ann:opensesame@vault.example" }),
    );
    let get = |key: &str| home.run(&["variables", "get", key]).trim().to_owned();
    assert_eq!(
        ["a", "b", "c", "only"].map(get),
        ["vault", "environment", "database", "vault"]
    );
    let listed = home.run(&["variables", "list", "-o", "plain"]);
    assert!(listed.contains('c') && !listed.contains("only"), "{listed}");
    let shown = home.run(&["connections", "get", "web", "-o", "json"]);
    assert!(shown.contains("vault.example"), "{shown}");
    let listed = home.run(&["connections", "list", "-o", "json"]);
    assert!(!listed.contains("vault.example"), "{listed}");
    let (code, missing) = home.fail(&["variables", "get", "none"]);
    assert!(code == 1 && missing.contains("none"), "{missing}");

    server.seal(true);
    let (code, sealed) = home.fail(&["variables", "get", "c"]);
    assert!(
        code == 1 && sealed.contains("it is sealed; unseal it"),
        "{sealed}"
    );
    assert!(!sealed.contains(TOKEN), "{sealed}");
}

#[test]
fn options_come_from_a_backend_by_their_keys() {
    let server = FakeVault::start();
    server.put(
        "secret/config/fernet",
        json!({ "value": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }),
    );
    let mut home = home(&server, &json!({}));
    home.set("AIRFLOW__CORE__FERNET_KEY_SECRET", "fernet");
    let key = home.run(&["config", "get-value", "core", "fernet_key"]);
    assert_eq!(key.trim(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let listed = home.run(&["config", "list", "--section", "core", "--include-sources"]);
    assert!(
        listed.contains("# Source: secret\nfernet_key = < hidden >"),
        "{listed}"
    );
    home.run(&["db", "migrate"]);
    home.run(&["variables", "set", "a", "geheim"]);
    assert_eq!(home.run(&["variables", "get", "a"]).trim(), "geheim");

    home.set("AIRFLOW__CORE__FERNET_KEY_SECRET", "nothing");
    let (_, missing) = home.fail(&["db", "check"]);
    assert!(
        missing.contains("`AIRFLOW__CORE__FERNET_KEY_SECRET` names `nothing`"),
        "{missing}"
    );
    home.set("AIRFLOW__CORE__FERNET_KEY_SECRET", "fernet");
    home.set("AIRFLOW__SECRETS__BACKEND", "");
    let (_, none) = home.fail(&["db", "check"]);
    assert!(
        none.contains("asks for a secrets backend, and none is available"),
        "{none}"
    );
    server.expire_tokens();
    home.set("AIRFLOW__SECRETS__BACKEND", VAULT);
    let (_, expired) = home.fail(&["db", "check"]);
    assert!(
        expired.contains("the token that is given is not valid") && !expired.contains(TOKEN),
        "{expired}"
    );
}

#[test]
fn what_nobody_understands_is_told_at_the_start_and_by_the_doctor() {
    let server = FakeVault::start();
    let mut home = home(&server, &json!({ "radius_host": "h" }));
    for command in [&["db", "migrate"][..], &["standalone", "--port", "0"]] {
        let (code, told) = home.fail(command);
        assert!(
            code == 1 && told.contains("`[secrets] backend` is not usable"),
            "{told}"
        );
        assert!(
            told.contains("`radius_host`: not supported here") && !told.contains(TOKEN),
            "{told}"
        );
    }
    let doctor = |home: &Home| -> (String, String) {
        let output = home.output(&["doctor", "-o", "json"]);
        let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let mut found = rows.iter().filter(|row| row["check"] == "[secrets] backend");
        let row = found.next().expect("it is looked at");
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        (text("state"), text("found"))
    };
    let (state, found) = doctor(&home);
    assert!(state == "failed" && found.contains("`radius_host`"), "{found}");
    let right = json!({ "url": server.address(), "token": TOKEN });
    home.set("AIRFLOW__SECRETS__BACKEND_KWARGS", &right.to_string());
    let (state, found) = doctor(&home);
    assert!(state == "ok" && found.contains("`secret/connections`"), "{found}");
    server.seal(true);
    let (state, found) = doctor(&home);
    assert!(
        state == "failed" && found.contains("it is sealed") && !found.contains(TOKEN),
        "{found}"
    );
}

/// A task that reads a connection and a variable while it runs, in a file that reads a variable too.
const READS: &str = r#"
from datetime import datetime

from airflow import DAG
from airflow.hooks.base import BaseHook
from airflow.models import Variable
from airflow.operators.python import PythonOperator

COLOUR = Variable.get("colour")


def reads():
    connection = BaseHook.get_connection("warehouse_of_vault")
    print("found", connection.host, connection.login, connection.password, Variable.get("region"), COLOUR, False)
    try:
        Variable.get("forbidden/region")
    except Exception as error:
        print("denied:", error)


with DAG("reads", schedule=None, start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="read", python_callable=reads)
"#;

#[test]
fn tasks_and_waits_find_what_only_a_backend_has() {
    let server = FakeVault::start();
    let web = WebServer::start();
    web.answers("200 OK", r#"{"state": "done"}"#);
    server.put(
        "secret/connections/api",
        json!({ "conn_uri": web.address.clone() }),
    );
    server.put("secret/variables/colour", json!({ "value": "red" }));
    server.put("kv/variables/region", json!({ "value": "eu" }));
    let warehouse = json!({
        "conn_type": "postgres", "host": "db.example", "login": "ann", "password": "opensesame-of-vault",
    });
    server.put("kv/connections/warehouse_of_vault", warehouse);
    let mut home = home(&server, &json!({}));
    home.use_python();
    home.add_bundle("deferral");
    home.set("AIRFLOW__SECRETS__USE_CACHE", "False");
    // Tasks ask another place first, into which they log in.
    home.set("AIRFLOW__WORKERS__SECRETS_BACKEND", VAULT);
    let kwargs =
        json!({ "mount_point": "kv", "kv_engine_version": 1, "auth_type": "approle", "role_id": ROLE_ID });
    home.set("AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS", &kwargs.to_string());
    home.set("AIRFLOW__WORKERS__SECRETS_BACKEND_KWARG__URL", server.address());
    home.set("AIRFLOW__WORKERS__SECRETS_BACKEND_KWARG__SECRET_ID", SECRET_ID);
    home.write_dag("reads.py", READS);
    home.start();
    home.wait("the DAGs are known", |home| {
        let dags = home.run(&["dags", "list", "-o", "plain"]);
        (dags.contains("reads") && dags.contains("waiting_for_an_answer")).then_some(())
    });
    home.trigger("reads", "r1");
    home.trigger("waiting_for_an_answer", "r1");
    assert_eq!(home.finished("reads", "r1"), "success");
    assert_eq!(home.finished("waiting_for_an_answer", "r1"), "success");
    let log = home.task_log("reads", "r1", "read", 1);
    assert!(log.contains("found db.example ann *** eu red False"), "{log}");
    assert!(
        log.contains("the policies of its token do not allow to read there"),
        "{log}"
    );
    // The token of the first place is got anew, that of the second cannot be and need not.
    server.put("kv/variables/colour", json!({ "value": "green" }));
    server.expire_tokens();
    home.trigger("reads", "r2");
    assert_eq!(home.finished("reads", "r2"), "success");
    let log = home.task_log("reads", "r2", "read", 1);
    assert!(log.contains("found db.example ann *** eu"), "{log}");
    let all = format!("{}{log}", home.log());
    for secret in ["opensesame-of-vault", TOKEN, SECRET_ID] {
        assert!(!all.contains(secret), "{secret} is told");
    }
}
