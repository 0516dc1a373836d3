//! Variables and connections on the command line.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::engine::Home;

fn json_of(home: &Home, arguments: &[&str]) -> Value {
    serde_json::from_str(&home.run(arguments)).unwrap()
}

fn read_json(home: &Home, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(home.path().join(name)).unwrap()).unwrap()
}

fn write(home: &Home, name: &str, text: &str) -> String {
    let path = home.path().join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn new() -> Home {
    let home = Home::new();
    home.run(&["db", "migrate"]);
    home
}

#[test]
fn variables_are_set_read_imported_and_exported() {
    let mut home = new();
    let run = |home: &Home, arguments: &[&str]| home.run(arguments).trim_end().to_owned();
    assert_eq!(
        run(
            &home,
            &["variables", "set", "rate", "-1", "--description", "a rate"]
        ),
        "Variable rate created"
    );
    run(&home, &["variables", "set", "-j", "text", "a \"b\""]);
    assert_eq!(run(&home, &["variables", "get", "rate"]), "-1");
    assert_eq!(run(&home, &["variables", "get", "text"]), r#""a \"b\"""#);
    assert_eq!(run(&home, &["variables", "get", "-j", "text"]), r#"a "b""#);
    assert_eq!(run(&home, &["variables", "get", "none", "-d", "else"]), "else");
    let (code, error) = home.fail(&["variables", "get", "none"]);
    assert_eq!((code, error.trim()), (1, "error: Variable none does not exist"));
    let (code, error) = home.fail(&["variables", "delete", "rte"]);
    assert!(
        code == 1 && error.contains("there is no variable `rte`; did you mean `rate`?"),
        "{error}"
    );

    let file = write(
        &home,
        "in.yaml",
        "rate: 3\nplain: word\nnew: {value: [1, 2], description: two}\n",
    );
    let (_, error) = home.fail(&["variables", "import", "-a", "fail", &file]);
    assert!(error.contains("These keys: rate already exist"), "{error}");
    insta::assert_snapshot!(home.run(&["variables", "import", "-a", "skip", &file]), @r"
    2 of 3 variables successfully updated.
    The variables with these keys: rate were skipped because they already exist
    ");
    assert_eq!(run(&home, &["variables", "get", "rate"]), "-1");
    run(&home, &["variables", "import", &file]);
    let out = home.path().join("out.json");
    let out = out.display().to_string();
    assert_eq!(
        run(&home, &["variables", "export", &out]),
        format!("4 Variables successfully exported to {out}.")
    );
    assert_eq!(
        read_json(&home, "out.json"),
        json!({
            "new": { "description": "two", "value": [1, 2] },
            "plain": "word",
            "rate": { "description": "a rate", "value": 3 },
            "text": "a \"b\"",
        })
    );
    let mode = fs::metadata(&out).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(json_of(&home, &["variables", "export", "-"])["plain"], "word");

    assert_eq!(
        run(&home, &["variables", "delete", "plain"]),
        "Variable plain deleted"
    );
    insta::assert_snapshot!(home.run(&["variables", "list"]), @r"
    key
    ====
    new
    rate
    text
    ");
    home.set("AIRFLOW_VAR_RATE", "7");
    assert_eq!(run(&home, &["variables", "get", "rate"]), "7");
}

#[test]
fn files_that_hold_no_secrets_change_nothing_and_are_told_without_them() {
    let home = new();
    for (name, text, words) in [
        ("a.json", "[1]", "a.json` is no JSON object"),
        ("b.yaml", "a: [", "b.yaml` is no YAML mapping"),
        ("c.env", "A=1\nhunter22\n", "line 2 is not of the form NAME=VALUE"),
        ("d.txt", "{}", "it has to end in .json, .yaml or .env"),
        (
            "e.json",
            r#"{"": 1, "good": 2}"#,
            "the key of a variable has 1 to 250 characters",
        ),
    ] {
        let file = write(&home, name, text);
        let (code, error) = home.fail(&["variables", "import", &file]);
        assert!(code == 1 && error.contains(words), "{name}: {error}");
        assert!(!error.contains("hunter22"), "{error}");
    }
    for (name, text, words) in [
        (
            "f.json",
            r#"{"good": "http://h", "bad": {"port": "hunter22"}}"#,
            "connection `bad`",
        ),
        (
            "g.json",
            r#"{"good": "http://h", "bad": 3}"#,
            "neither a text nor an object",
        ),
        (
            "h.json",
            r#"{"good": "http://h", "a b": "http://h"}"#,
            "`a b` is no id",
        ),
    ] {
        let file = write(&home, name, text);
        let (code, error) = home.fail(&["connections", "import", &file]);
        assert!(code == 1 && error.contains(words), "{name}: {error}");
        assert!(!error.contains("hunter22"), "{error}");
    }
    assert_eq!(home.run(&["variables", "list"]).trim(), "No data found");
    assert_eq!(home.run(&["connections", "list"]).trim(), "No data found");
}

#[test]
fn connections_are_added_and_shown() {
    let home = new();
    let added = home.run(&[
        "connections",
        "add",
        "web",
        "--conn-type",
        "http",
        "--conn-host",
        "h",
        "--conn-login",
        "me",
        "--conn-password",
        "hunter22",
        "--conn-port",
        "8080",
        "--conn-extra",
        r#"{"a": 1}"#,
        "--conn-description",
        "our web",
    ]);
    assert_eq!(
        added.trim(),
        "Successfully added `conn_id`=web : http://me:%2A%2A%2A%2A%2A%2A@h:8080"
    );
    let (code, error) = home.fail(&["connections", "add", "web", "--conn-uri", "http://h"]);
    assert_eq!(
        (code, error.trim()),
        (1, "error: A connection with `conn_id`=web already exists.")
    );
    assert_eq!(home.fail(&["connections", "add", "none"]).0, 2);
    let both = [
        "connections",
        "add",
        "none",
        "--conn-uri",
        "http://h",
        "--conn-json",
        "{}",
    ];
    assert_eq!(home.fail(&both).0, 2);
    home.run(&[
        "connections",
        "add",
        "db",
        "--conn-uri",
        "postgresql://u:p%2Fw@db:5432/x?sslmode=on",
    ]);
    home.run(&[
        "connections",
        "add",
        "json",
        "--conn-json",
        r#"{"conn_type": "ftp", "extra": {"b": [2]}}"#,
    ]);

    let shown = json_of(&home, &["connections", "get", "web", "-o", "json"]);
    assert_eq!(
        shown,
        json!([{
            "id": "1", "conn_id": "web", "conn_type": "http", "description": "our web", "host": "h",
            "schema": null, "login": "me", "password": "hunter22", "port": "8080", "is_encrypted": "False",
            "is_extra_encrypted": "False", "extra_dejson": { "a": "1" },
            "get_uri": "http://me:hunter22@h:8080/?__extra__=%7B%22a%22%3A+1%7D",
        }])
    );
    let listed = home.run(&["connections", "list", "-o", "plain"]);
    assert_eq!(listed.lines().count(), 4, "{listed}");
}

#[test]
fn connections_that_are_exported_are_imported_as_they_were() {
    let mut home = new();
    let web = r#"{"conn_type": "http", "host": "h", "password": "hunter22", "description": "our web", "extra": {"a": 1}}"#;
    home.run(&["connections", "add", "web", "--conn-json", web]);
    home.run(&[
        "connections",
        "add",
        "db",
        "--conn-uri",
        "postgresql://u:p%2Fw@db:5432/x?sslmode=on",
    ]);
    // What is exported in any format is imported again as it was.
    let exported: Vec<Value> = ["all.json", "all.yaml", "all.env"]
        .iter()
        .map(|name| {
            let file = home.path().join(name).display().to_string();
            home.run(&["connections", "export", &file]);
            let other = new();
            other.run(&["connections", "import", &file]);
            json_of(&other, &["connections", "export", "-"])
        })
        .collect();
    assert_eq!(exported[0]["web"]["password"], "hunter22");
    assert_eq!(exported[0], exported[1]);
    // A URI has no place for a description.
    assert_eq!(exported[2]["web"]["description"], Value::Null);
    assert_eq!(exported[2]["db"]["extra"], exported[0]["db"]["extra"]);

    let file = write(&home, "more.env", "web=ftp://other\nnew=ftp://other\n");
    insta::assert_snapshot!(home.run(&["connections", "import", &file]), @r"
    Could not import connection web: connection already exists.
    Imported connection new
    ");
    home.run(&["connections", "import", "--overwrite", &file]);
    assert_eq!(
        json_of(&home, &["connections", "get", "web", "-o", "json"])[0]["conn_type"],
        "ftp"
    );
    assert_eq!(
        home.run(&["connections", "delete", "web"]).trim(),
        "Successfully deleted connection with `conn_id`=web"
    );
    let (code, error) = home.fail(&["connections", "delete", "web"]);
    assert!(
        code == 1 && error.contains("Did not find a connection with `conn_id`=web"),
        "{error}"
    );
    home.set("AIRFLOW_CONN_WEB", "http://from-the-environment");
    let host = &json_of(&home, &["connections", "get", "web", "-o", "json"])[0]["host"];
    assert_eq!(host, "from-the-environment");
}

#[test]
fn keys_are_rotated() {
    const NEW: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const OLD: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";
    let mut home = Home::new();
    home.set("AIRFLOW__CORE__FERNET_KEY", OLD);
    home.run(&["db", "migrate"]);
    home.run(&["variables", "set", "a", "geheim"]);
    home.run(&["connections", "add", "c", "--conn-uri", "http://u:hunter22@h"]);
    home.set("AIRFLOW__CORE__FERNET_KEY", NEW);
    let (code, error) = home.fail(&["rotate-fernet-key"]);
    assert!(
        code == 1 && error.contains("variable `a` cannot be encrypted or decrypted"),
        "{error}"
    );
    home.set("AIRFLOW__CORE__FERNET_KEY", &format!("{NEW},{OLD}"));
    assert_eq!(
        home.run(&["rotate-fernet-key"]).trim(),
        "Encrypted 1 variable(s) and 1 connection(s) with the first key"
    );
    home.set("AIRFLOW__CORE__FERNET_KEY", NEW);
    assert_eq!(home.run(&["variables", "get", "a"]).trim(), "geheim");
    assert_eq!(
        json_of(&home, &["connections", "get", "c", "-o", "json"])[0]["password"],
        "hunter22"
    );
}
