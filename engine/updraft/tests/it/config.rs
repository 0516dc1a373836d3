//! The configuration on the command line.

use std::fs;

use crate::engine::Home;

#[test]
fn options_are_printed_with_where_they_come_from_and_secrets_are_hidden() {
    let mut home = Home::new();
    fs::write(
        home.path().join("airflow.cfg"),
        "[core]\ndag_concurrency = 7\nfernet_key_cmd = printf geheim\nparalelism = 3\n[my_team]\nrate = 5%%\n",
    )
    .unwrap();
    home.set("AIRFLOW__CORE__FERNET_KEY", "");
    let get = |home: &Home, section: &str, option: &str| {
        let value = home.run(&["config", "get-value", section, option]);
        value.trim_end_matches('\n').to_owned()
    };
    assert_eq!(get(&home, "core", "max_active_tasks_per_dag"), "7");
    assert_eq!(get(&home, "my_team", "rate"), "5%");
    assert_eq!(get(&home, "core", "default_timezone"), "utc");
    assert_eq!(
        get(&home, "CORE", "Plugins_Folder"),
        home.path().join("plugins").display().to_string()
    );
    let (code, error) = home.fail(&["config", "get-value", "core", "nothing"]);
    assert_eq!(
        (code, error.trim()),
        (1, "error: The option [core/nothing] is not found in config.")
    );

    home.set("AIRFLOW__MY_TEAM__RATE", "6");
    let listed = home.run(&["config", "list", "--section", "my_team", "-s", "-V"]);
    insta::assert_snapshot!(listed, @r"
    [my_team]
    # Variable: AIRFLOW__MY_TEAM__RATE
    # Source: env var
    rate = 6
    ");
    home.set("AIRFLOW__WEBSERVER__SECRET_KEY", "geheim");
    let all = home.run(&["config", "list"]);
    assert!(
        all.contains("[webserver]\n") && all.contains("secret_key = < hidden >\n"),
        "{all}"
    );
    assert!(!all.contains("geheim"));
    let defaults = home.run(&["config", "list", "-a", "-c", "--section", "core"]);
    assert!(
        defaults.contains("# parallelism = 32\n") && !defaults.contains("paralelism"),
        "{defaults}"
    );
    // What is listed can be used as a file.
    fs::write(home.path().join("airflow.cfg"), &all).unwrap();
    assert_eq!(get(&home, "core", "max_active_tasks_per_dag"), "7");
    insta::assert_snapshot!(home.run(&["config", "lint"]), @r"
    Found issues in your airflow.cfg and environment:
      - `[core] dag_concurrency` is called `[core] max_active_tasks_per_dag` now; the old name is still understood
      - `[core] paralelism` is no setting that Airflow or Updraft has; did you mean `parallelism`?
    ");
    assert_eq!(
        home.run(&["config", "lint", "--ignore-option", "paralelism,dag_concurrency"])
            .trim(),
        "No issues found in your airflow.cfg and environment."
    );
}

#[test]
fn who_else_lets_people_in_is_said_in_full_or_not_at_all() {
    let mut home = Home::new();
    home.run(&["db", "migrate"]);
    home.set("AIRFLOW__UPDRAFT__AUTH_PROXY_HEADER", "X-Forwarded-User");
    let (_, complaint) = home.fail(&["pools", "list"]);
    assert!(complaint.contains("auth_proxy_trusted"), "{complaint}");
    home.set("AIRFLOW__UPDRAFT__AUTH_PROXY_TRUSTED", "127.0.0.1, 10.0.0.0/8");
    home.run(&["pools", "list"]);
    home.set("AIRFLOW__UPDRAFT__OIDC_ISSUER", "https://id.example");
    let (_, complaint) = home.fail(&["pools", "list"]);
    assert!(complaint.contains("oidc_client_id"), "{complaint}");
    home.set("AIRFLOW__UPDRAFT__OIDC_CLIENT_ID", "updraft");
    home.set("AIRFLOW__UPDRAFT__OIDC_CLIENT_SECRET_CMD", "printf geheim");
    let (_, complaint) = home.fail(&["pools", "list"]);
    assert!(complaint.contains("base_url"), "{complaint}");
    home.set("AIRFLOW__WEBSERVER__BASE_URL", "https://updraft.example");
    home.run(&["pools", "list"]);
    let listed = home.run(&["config", "list", "--section", "updraft"]);
    assert!(!listed.contains("geheim"), "{listed}");
    home.set("AIRFLOW__UPDRAFT__AUTH_ROLES_MAPPING", "Admin");
    let (_, complaint) = home.fail(&["pools", "list"]);
    assert!(complaint.contains("auth_roles_mapping"), "{complaint}");
}
