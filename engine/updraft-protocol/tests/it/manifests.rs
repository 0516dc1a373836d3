//! Bundle files: what is read from them, and what is said about mistakes.

use std::time::Duration;

use updraft_model::{CompatLevel, DagSpec, TaskSpec, TriggerRule};
use updraft_protocol::manifest::BundleManifest;

fn error(text: &str) -> String {
    BundleManifest::parse(text).unwrap_err().to_string()
}

#[test]
fn a_complete_file_is_read() {
    let text = r#"
        program = "../target/debug/referral"
        args = ["bundle", "--fast"]
        [env]
        RUST_LOG = "debug"
        [default_args]
        retries = 1
        retry_delay = "2s"
    "#;
    let manifest = BundleManifest::parse(text).unwrap();
    assert_eq!(manifest.program, "../target/debug/referral");
    assert_eq!(manifest.args, ["bundle", "--fast"]);
    assert_eq!(manifest.env["RUST_LOG"], "debug");

    let mut dag = DagSpec::new("d".parse().unwrap());
    dag.tasks
        .push(TaskSpec::new("a".parse().unwrap(), "RustOperator"));
    manifest.default_args.apply(&mut dag).unwrap();
    assert_eq!(dag.tasks[0].retries, 1);
    assert_eq!(dag.tasks[0].retry_delay, Duration::from_secs(2));
    assert_eq!(dag.tasks[0].owner, "airflow");
}

#[test]
fn every_override_reaches_the_task() {
    let text = r#"
        program = "x"
        [default_args]
        owner = "me"
        retries = 7
        retry_delay = 1.5
        retry_exponential_backoff = true
        max_retry_delay = "1h 30m"
        execution_timeout = 60
        depends_on_past = true
        trigger_rule = "all_done"
        pool = "p"
        pool_slots = 2
        queue = "q"
        priority_weight = -3
        weight_rule = "absolute"
        email = "a@example.com"
        email_on_failure = false
        email_on_retry = false
    "#;
    let mut dag = DagSpec::new("d".parse().unwrap());
    dag.tasks
        .push(TaskSpec::new("a".parse().unwrap(), "RustOperator"));
    BundleManifest::parse(text)
        .unwrap()
        .default_args
        .apply(&mut dag)
        .unwrap();
    insta::assert_json_snapshot!(dag.tasks[0]);
}

#[test]
fn a_trigger_rule_means_what_the_level_of_the_dag_says() {
    let rule = |name: &str, level: CompatLevel| {
        let text = format!("program = 'x'\n[default_args]\ntrigger_rule = '{name}'");
        let mut dag = DagSpec::new("d".parse().unwrap());
        dag.compat = level;
        dag.tasks
            .push(TaskSpec::new("a".parse().unwrap(), "RustOperator"));
        let overrides = BundleManifest::parse(&text).unwrap().default_args;
        overrides.apply(&mut dag).map(|()| dag.tasks[0].trigger_rule).ok()
    };
    assert_eq!(rule("dummy", CompatLevel::Two), Some(TriggerRule::Always));
    assert_eq!(rule("dummy", CompatLevel::Three), None);
    let newest = TriggerRule::AllDoneMinOneSuccess;
    assert_eq!(rule("all_done_min_one_success", CompatLevel::Two), None);
    assert_eq!(rule("all_done_min_one_success", CompatLevel::Three), Some(newest));
}

#[test]
fn mistakes_are_named_with_their_line_and_a_way_out() {
    let texts = [
        "",
        "program = ''",
        "program = 3",
        "program = 'x'\nargz = []",
        "program = 'x'\nwindow = 1",
        "program = 'x'\nargs = [1]",
        "program = 'x'\nenv = 1",
        "program = 'x'\n[env]\nPORT = 1",
        "program = 'x'\n[env]\n'A=B' = ''",
        "program = 'x'\n[default_args]\nretry_dely = 1",
        "program = 'x'\n[default_args]\nretry_delay = 'soon'",
        "program = 'x'\n[default_args]\nretry_delay = -1",
        "program = 'x'\n[default_args]\nretries = -1",
        "program = 'x'\n[default_args]\nretries = '1'",
        "program = 'x'\n[default_args]\nweight_rule = 'heavy'",
        "program = 'x'\n[default_args]\ntrigger_rule = 'maybe'",
        "program = 'x'\n[default_args]\ndepends_on_past = 1",
        "program = 'x\nargs = []",
        "program = 'x'\nprogram = 'y'",
    ];
    let errors: Vec<String> = texts
        .iter()
        .map(|text| format!("{text:?}: {}", error(text)))
        .collect();
    insta::assert_snapshot!(errors.join("\n"));
}
