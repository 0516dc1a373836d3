//! The serialised DAG: its form, its defaults, and what is refused.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use updraft_model::{
    CompatLevel, DagId, DagSpec, Schedule, ScheduleKind, TaskGroupId, TaskGroupSpec, TaskId, TaskSpec,
    TriggerRule,
};

fn dag_id() -> DagId {
    DagId::parse("d").unwrap()
}

fn task(name: &str, upstreams: &[&str]) -> TaskSpec {
    let mut task = TaskSpec::new(TaskId::parse(name).unwrap(), "RustOperator");
    task.upstream_task_ids = upstreams
        .iter()
        .map(|name| TaskId::parse(name).unwrap())
        .collect();
    task
}

fn group(name: &str, parent: Option<&str>) -> TaskGroupSpec {
    let id = |name| TaskGroupId::parse(name).unwrap();
    TaskGroupSpec {
        parent: parent.map(id),
        ..TaskGroupSpec::new(id(name))
    }
}

/// The pipeline that Updraft was built for.
fn pipeline() -> DagSpec {
    let mut dag = DagSpec::new(DagId::parse("bullhorn_sync_optimized").unwrap());
    dag.description = Some("Sync Bullhorn data and run matching".to_owned());
    dag.schedule = Schedule::from_text("0 */6 * * *", ScheduleKind::DataInterval);
    dag.start_date = Some("2024-01-01T00:00:00Z".parse().unwrap());
    dag.max_active_runs = 1;
    dag.dagrun_timeout = Some(Duration::from_millis(1500));
    dag.tags = ["etl", "bullhorn", "production"].map(str::to_owned).into();
    dag.params.insert("limit".to_owned(), json!(10));
    let mut sync = task("sync_candidates", &[]);
    sync.retries = 3;
    sync.execution_timeout = Some(Duration::from_mins(30));
    "referral-system".clone_into(&mut sync.owner);
    dag.tasks = vec![sync, task("generate_candidate_embeddings", &["sync_candidates"])];
    dag.tasks[1].task_group = Some(TaskGroupId::parse("candidates").unwrap());
    dag.task_groups = vec![group("candidates", None)];
    dag
}

#[test]
fn the_document_has_airflows_names() {
    insta::assert_json_snapshot!(pipeline());
}

#[test]
fn the_document_comes_back_as_it_went() {
    let json = serde_json::to_string(&pipeline()).unwrap();
    assert_eq!(serde_json::from_str::<DagSpec>(&json).unwrap(), pipeline());
}

#[test]
fn absent_fields_have_the_defaults_of_a_new_one() {
    let document = json!({"dag_id": "d", "tasks": [{"task_id": "a", "operator": "RustOperator"}]});
    let mut expected = DagSpec::new(dag_id());
    expected.tasks = vec![task("a", &[])];
    assert_eq!(serde_json::from_value::<DagSpec>(document).unwrap(), expected);
    assert_eq!(expected.compat, CompatLevel::Two);
}

#[test]
fn what_is_not_understood_is_refused() {
    let refused = |change: Value| {
        let mut document = json!({"dag_id": "d", "tasks": []});
        let fields = document.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        serde_json::from_value::<DagSpec>(document)
            .unwrap_err()
            .to_string()
    };
    let changes = [
        json!({"concurrency": 16}),
        json!({"dag_id": "a b"}),
        json!({"compat": 4}),
        json!({"dagrun_timeout": -1.0}),
        json!({"schedule": {"type": "lunar"}}),
        json!({"start_date": "yesterday"}),
        json!({"max_active_runs": -1}),
        json!({"tasks": [{"task_id": "a", "operator": "RustOperator", "retries": -1}]}),
        json!({"tasks": [{"task_id": "a", "operator": "RustOperator", "trigger_rule": "all_good"}]}),
        json!({"tasks": [{"task_id": "a"}]}),
    ];
    insta::assert_snapshot!(
        changes
            .map(|change| format!("{change}\n    {}", refused(change.clone())))
            .join("\n")
    );
}

#[test]
fn what_cannot_be_run_is_refused_with_names_and_reasons() {
    let refused = |change: &dyn Fn(&mut DagSpec)| {
        let mut dag = DagSpec::new(dag_id());
        dag.tasks = vec![task("a", &[]), task("b", &["a"]), task("c", &["b"])];
        change(&mut dag);
        Arc::new(dag)
            .validate()
            .expect_err("it cannot be run")
            .to_string()
    };
    let start = || Some("2024-01-01T00:00:00Z".parse().unwrap());
    let cron = |expression: &str| Schedule::from_text(expression, ScheduleKind::DataInterval);
    let errors = [
        refused(&|dag| dag.tasks.push(task("a", &[]))),
        refused(&|dag| {
            dag.tasks[1]
                .upstream_task_ids
                .extend(task("x", &["nobody"]).upstream_task_ids);
        }),
        refused(&|dag| dag.tasks[0] = task("a", &["c"])),
        refused(&|dag| dag.tasks[0] = task("a", &["a"])),
        refused(&|dag| dag.task_groups = vec![group("g", None), group("g", None)]),
        refused(&|dag| dag.task_groups = vec![group("a", None)]),
        refused(&|dag| dag.task_groups = vec![group("g", Some("h")), group("h", None)]),
        refused(&|dag| dag.tasks[0].task_group = Some(TaskGroupId::parse("g").unwrap())),
        refused(&|dag| dag.schedule = cron("@daily")),
        refused(&|dag| (dag.schedule, dag.start_date) = (cron("0 25 * * *"), start())),
        refused(&|dag| (dag.schedule, dag.start_date) = (cron("0 0 31 2 *"), start())),
        refused(&|dag| dag.timezone = "Europe/Atlantis".to_owned()),
        refused(&|dag| {
            dag.start_date = start();
            dag.schedule = Schedule::Delta {
                delta: Duration::ZERO,
                kind: ScheduleKind::DataInterval,
            };
        }),
        refused(&|dag| (dag.schedule, dag.start_date) = (Schedule::Continuous, start())),
        refused(&|dag| {
            dag.start_date = start();
            dag.schedule = Schedule::Crons {
                expressions: Vec::new(),
            };
        }),
        refused(&|dag| {
            dag.start_date = start();
            dag.schedule = Schedule::Crons {
                expressions: vec!["0 6 * * *".to_owned(), "0 6 * *".to_owned()],
            };
        }),
        refused(&|dag| dag.max_active_runs = 0),
        refused(&|dag| dag.max_active_tasks = 0),
        refused(&|dag| dag.tasks[2].pool_slots = 0),
        refused(&|dag| dag.tasks[2].max_active_tis_per_dag = Some(0)),
        refused(&|dag| dag.tasks[2].max_active_tis_per_dagrun = Some(0)),
        refused(&|dag| (dag.tasks[0].is_setup, dag.tasks[0].is_teardown) = (true, true)),
        refused(&|dag| dag.tasks[0].on_failure_fail_dagrun = true),
        refused(&|dag| {
            dag.tasks[0].is_setup = true;
            dag.tasks[1].trigger_rule = TriggerRule::AllDone;
        }),
        refused(&|dag| {
            dag.fail_fast = true;
            dag.tasks[1].trigger_rule = TriggerRule::OneFailed;
        }),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn airflow_3_dags_need_no_start_date() {
    let mut dag = DagSpec::new(dag_id());
    dag.compat = CompatLevel::Three;
    dag.schedule = Schedule::from_text("@daily", ScheduleKind::Trigger);
    assert!(Arc::new(dag).validate().is_ok());
}

#[test]
fn the_hash_ignores_order_and_place_but_nothing_else() {
    let dag = pipeline();
    let same = |change: &dyn Fn(&mut DagSpec)| {
        let mut changed = dag.clone();
        change(&mut changed);
        changed.structure_hash() == dag.structure_hash()
    };
    assert!(same(&|dag| dag.tasks.reverse()));
    assert!(same(&|dag| dag.fileloc = "/elsewhere/x.bundle.toml".to_owned()));
    assert!(!same(&|dag| dag.tasks[0].retries = 4));
    assert!(!same(&|dag| dag.description = None));
    assert!(!same(&|dag| dag.catchup = true));
    assert!(!same(&|dag| dag.task_groups.clear()));
    let params = |names: [&str; 2]| {
        let mut dag = dag.clone();
        dag.params = names
            .map(|name| (name.to_owned(), json!({"z": 1, "a": 2})))
            .into_iter()
            .collect();
        dag.structure_hash()
    };
    assert_eq!(params(["x", "y"]), params(["y", "x"]));
}

#[test]
fn the_hash_of_the_pipeline_does_not_change() {
    insta::assert_snapshot!(pipeline().structure_hash().to_string(), @"c6b0a36d97e5a3dce2f0512358982e94923b713f98a40354282be534c4d2b656");
}

#[test]
fn owners_are_those_of_the_tasks() {
    assert_eq!(
        Vec::from_iter(pipeline().owners()),
        ["airflow", "referral-system"]
    );
}
