//! Commands that keep an installation in order: old rows go, configuration gets new names, sources are read again.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::engine::Home;

/// A home with a made-up history and nothing running.
fn filled() -> Home {
    let home = Home::new();
    home.run(&["db", "migrate"]);
    let fill = "dev fill --dags 3 --task-instances 400 --log-lines 1 --until 2024-01-12 --seed 5";
    home.run(&fill.split(' ').collect::<Vec<_>>());
    home
}

fn rows(home: &Home, arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&home.run(&[arguments, &["-o", "json"]].concat())).unwrap()
}

fn runs(home: &Home) -> usize {
    let dags = rows(home, &["dags", "list"]);
    let of = |dag: &Value| rows(home, &["dags", "list-runs", dag["dag_id"].as_str().unwrap()]).len();
    dags.iter().map(of).sum()
}

#[test]
fn old_runs_are_archived_and_deleted() {
    let home = filled();
    let before = runs(&home);
    let clean = [
        "db",
        "clean",
        "--clean-before-timestamp",
        "2025-01-01",
        "-t",
        "dag_run",
    ];
    let planned = rows(&home, &[&clean[..], &["--dry-run"]].concat());
    let old: usize = planned[0]["rows"].as_str().unwrap().parse().unwrap();
    assert!(old > 3 && old < before, "{old} of {before}");
    assert_eq!(runs(&home), before, "a dry run deletes nothing");
    let (_, refused) = home.fail(&clean);
    assert!(refused.contains("pass `-y`"), "{refused}");

    let said = home.run(&[&clean[..], &["-y"]].concat());
    assert!(said.ends_with(&format!("{old} rows were deleted\n")), "{said}");
    assert_eq!(runs(&home), before - old);

    let target = home.path().join("kept");
    let target = target.to_str().unwrap();
    home.run(&[
        "db",
        "export-archived",
        "--export-format",
        "csv",
        "--output-path",
        target,
        "-t",
        "dag_run",
    ]);
    let files: Vec<_> = fs::read_dir(target)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1);
    let text = fs::read_to_string(&files[0]).unwrap();
    assert!(
        text.starts_with("dag_id,run_id,state,run_type,logical_date,"),
        "{text}"
    );
    assert_eq!(text.lines().count(), old + 1);
    assert_eq!(
        home.run(&["db", "drop-archived", "-y"]),
        "2 archived files were deleted\n"
    );
    assert_eq!(home.run(&["db", "drop-archived", "-y"]), "Nothing is archived.\n");

    let all = home.run(&[
        "db",
        "clean",
        "--clean-before-timestamp",
        "2025-01-01",
        "--skip-archive",
        "-y",
    ]);
    assert!(all.contains("rows were deleted"), "{all}");
    assert!(!home.path().join("archive").join("log").exists());
    let (_, refused) = home.fail(&[
        "db",
        "clean",
        "--clean-before-timestamp",
        "2025-01-01",
        "-t",
        "xcom",
    ]);
    insta::assert_snapshot!(refused, @"error: the rows of `xcom` are deleted with their runs; name `dag_run`");
    let (_, refused) = home.fail(&["db", "clean", "--clean-before-timestamp", "2999-01-01"]);
    insta::assert_snapshot!(refused, @"error: --clean-before-timestamp is in the future");
}

#[test]
fn sources_are_told_and_read_again_and_dependencies_shown() {
    let mut home = Home::new();
    home.add_bundle("assets");
    home.start();
    home.wait("the DAGs are known", |home| {
        home.run(&["dags", "list"]).contains("turnover").then_some(())
    });
    home.trigger("talk", "r1");
    assert_eq!(home.finished("talk", "r1"), "success");
    let report = rows(&home, &["dags", "report"]);
    let trouble = report
        .iter()
        .find(|row| row["file"] == "trouble.bundle.toml")
        .unwrap();
    assert_eq!(trouble["dag_num"], "12");
    let graph = home.run(&["dags", "show-dependencies"]);
    assert!(graph.contains("\"dag:shop\" -> \"asset:orders\""), "{graph}");
    assert!(graph.contains("\"asset:orders\" -> \"dag:turnover\""), "{graph}");
    let jobs = rows(
        &home,
        &[
            "dags",
            "list-jobs",
            "-d",
            "talk",
            "--state",
            "success",
            "--limit",
            "1",
        ],
    );
    assert_eq!(jobs.len(), 1);
    assert_eq!(
        (&jobs[0]["dag_id"], &jobs[0]["job_type"]),
        (&"talk".into(), &"LocalTaskJob".into())
    );
    let parsed = |home: &Home| {
        let report = rows(home, &["dags", "report"]);
        report
            .iter()
            .map(|row| row["parsed_at"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let before = parsed(&home);
    insta::assert_snapshot!(home.run(&["dags", "reserialize"]), @"The scheduler reads 3 sources again.");
    home.wait("all are read again", |home| {
        parsed(home)
            .iter()
            .zip(&before)
            .all(|(now, before)| now > before)
            .then_some(())
    });
    home.stop();
}

#[test]
fn options_with_old_names_get_their_new_ones() {
    let home = Home::new();
    let file = home.path().join("airflow.cfg");
    let old = "[core]\n# mine\ndag_concurrency = 4\nhostname_callable = mine\n";
    fs::write(&file, old).unwrap();
    insta::assert_snapshot!(home.run(&["config", "update"]), @r"
      - `[core] dag_concurrency` to `[core] max_active_tasks_per_dag`
    Nothing was changed; --fix does it.
    ");
    assert_eq!(fs::read_to_string(&file).unwrap(), old);
    home.run(&["config", "update", "--fix", "--all-recommendations"]);
    insta::assert_snapshot!(fs::read_to_string(&file).unwrap(), @r"
    [core]
    # mine
    # hostname_callable = mine
    max_active_tasks_per_dag = 4
    ");
    assert_eq!(fs::read_to_string(file.with_extension("cfg.bak")).unwrap(), old);
    assert_eq!(
        home.run(&["config", "get-value", "core", "max_active_tasks_per_dag"]),
        "4\n"
    );
    insta::assert_snapshot!(home.run(&["config", "update"]), @"Nothing is to be updated in your airflow.cfg.");
}

#[test]
fn what_starts_all_processes_of_an_airflow_finds_them() {
    let home = Home::new();
    assert_eq!(home.run(&["db", "upgrade"]), "Database migrating done!\n");
    for name in ["triggerer", "dag-processor"] {
        let mut command = home.command();
        let log = fs::File::create(home.path().join(name)).unwrap();
        let mut process = command
            .arg(name)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        home.wait_for_log(name, "there is nothing to do here");
        std::process::Command::new("kill")
            .arg(process.id().to_string())
            .status()
            .unwrap();
        assert!(process.wait().unwrap().success(), "{name}");
    }
    let mut command = home.command();
    command
        .args(["scheduler", "-n", "3"])
        .env("AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT", "0");
    let ended = command.output().unwrap();
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(
        ended.status.success() && log.contains("3 turns are done"),
        "{log}"
    );
}

#[test]
fn a_new_installation_can_have_the_connections_of_an_airflow() {
    let home = Home::new();
    home.run(&["db", "migrate"]);
    home.run(&["connections", "add", "fs_default", "--conn-type", "fs"]);
    insta::assert_snapshot!(home.run(&["connections", "create-default-connections"]), @"61 default connections were added");
    insta::assert_snapshot!(home.run(&["connections", "create-default-connections"]), @"0 default connections were added");
    let list = rows(&home, &["connections", "list"]);
    let postgres = list
        .iter()
        .find(|row| row["conn_id"] == "postgres_default")
        .unwrap();
    insta::assert_snapshot!(postgres["get_uri"].as_str().unwrap(), @"postgres://postgres:airflow@postgres/airflow");
}

#[test]
fn the_shell_of_the_database_is_opened() {
    let home = Home::new();
    let tools = home.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let shell = tools.join("sqlite3");
    fs::write(&shell, "#!/bin/sh\necho shell of $1\n").unwrap();
    std::process::Command::new("chmod")
        .arg("+x")
        .arg(&shell)
        .status()
        .unwrap();
    let mut command = home.command();
    command
        .args(["db", "shell"])
        .env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert_eq!(
        said,
        format!("shell of {}\n", home.path().join("updraft.db").display())
    );
}

#[test]
fn installed_providers_are_listed() {
    let mut home = Home::new();
    home.use_python();
    let list = rows(&home, &["providers", "list"]);
    for provider in &list {
        let name = provider["package_name"].as_str().unwrap();
        let got = rows(&home, &["providers", "get", name]);
        assert_eq!(
            (&got[0]["Provider"], &got[0]["Version"]),
            (&provider["package_name"], &provider["version"])
        );
    }
    let (_, refused) = home.fail(&["providers", "get", "nobody"]);
    assert!(
        refused.contains("No such provider installed: nobody"),
        "{refused}"
    );
    assert_eq!(rows(&home, &["providers", "executors"]), Vec::<Value>::new());
}
