//! Waits for other DAGs: what triggers mean, and how what there is ends them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use updraft_model::{
    DagId, DagRunState, ExternalPicture, ExternalRun, ExternalWait, RunReference, TaskInstanceState, Trigger,
    Wait, WaitEnd,
};

const WORKFLOW: &str = "airflow.providers.standard.triggers.external_task.WorkflowTrigger";
const DAG_STATE: &str = "airflow.triggers.external_task.DagStateTrigger";
const TASK_STATE: &str = "airflow.triggers.external_task.TaskStateTrigger";

fn trigger(classpath: &str, kwargs: Value) -> Trigger {
    serde_json::from_value(json!({"classpath": classpath, "kwargs": kwargs})).unwrap()
}

fn wait(trigger: &Trigger) -> ExternalWait {
    match Wait::of(trigger).unwrap() {
        Wait::External(wait) => wait,
        other => unreachable!("{other:?} is for no DAG"),
    }
}

/// A wait in a case: its name, the wait, and the runs that there are.
type Case<'s> = (&'s str, &'s ExternalWait, Vec<(&'s str, &'s str, States<'s>)>);

type States<'s> = &'s [(&'s str, &'s [&'s str])];

/// A picture of runs of DAG `d`: each with its state and those of its tasks.
fn picture(runs: &[(&str, &str, States<'_>)]) -> ExternalPicture {
    let mut picture = ExternalPicture::default();
    for (run_id, state, tasks) in runs {
        let state_of = |text: &str| text.parse::<TaskInstanceState>().ok();
        let tasks: BTreeMap<_, _> = tasks
            .iter()
            .map(|(id, states)| {
                (
                    id.parse().unwrap(),
                    states.iter().map(|text| state_of(text)).collect(),
                )
            })
            .collect();
        let run = ExternalRun {
            run_id: run_id.parse().unwrap(),
            state: state.parse::<DagRunState>().unwrap(),
            groups: BTreeMap::from([
                ("g".parse().unwrap(), tasks.keys().cloned().collect()),
                ("empty".parse().unwrap(), Vec::new()),
            ]),
            tasks,
        };
        picture.insert(
            DagId::parse("d").unwrap(),
            RunReference::from(*run_id),
            Arc::new(run),
        );
    }
    picture
}

fn status(wait: &ExternalWait, picture: &ExternalPicture) -> Option<String> {
    wait.end(picture).map(|end| match end {
        WaitEnd::Event(event) => event["status"].as_str().unwrap().to_owned(),
        other => unreachable!("{other:?}"),
    })
}

#[test]
fn triggers_of_both_generations_say_what_they_wait_for() {
    let date = "2024-01-12T06:00:00+00:00";
    let made = Trigger::external_tasks("d", ["b", "a"], [date.parse::<jiff::Timestamp>().unwrap()]);
    let mut said = vec![made.kwarg("poke_interval", 2.0)];
    for (class, kwargs) in [
        (
            WORKFLOW,
            json!({"external_dag_id": "d", "external_task_ids": {"__type": "set", "__var": ["a", "b"]},
                   "logical_dates": [{"__type": "datetime", "__var": 1_705_039_200.0}], "run_ids": null,
                   "external_task_group_id": null, "allowed_states": ["success"], "failed_states": [],
                   "skipped_states": null, "poke_interval": 2.0, "soft_fail": false}),
        ),
        (
            "airflow.triggers.external_task.WorkflowTrigger",
            json!({"external_dag_id": "d", "external_task_ids": ["a", "b", "a"], "execution_dates": [date],
                   "poll_interval": 2}),
        ),
    ] {
        said.push(trigger(class, kwargs));
    }
    for one in &said {
        assert_eq!(wait(one), wait(&said[0]), "{one:?}");
    }
    let first = wait(&said[0]);
    assert_eq!(first.poke_interval, Duration::from_secs(2));
    let one = trigger(
        TASK_STATE,
        json!({"dag_id": "d", "task_id": "a", "states": ["success"], "execution_dates": [date],
               "trigger_start_time": date, "poll_interval": 2.0}),
    );
    let names: Vec<String> = [
        first,
        wait(&one),
        wait(&Trigger::external_dag("d", ["r1", "r2"])),
        wait(&Trigger::external_task_group("d", "g", ["r1"])),
        wait(&Trigger::external_tasks("d", ["a", "b", "c", "e"], ["r1"])),
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    insta::assert_snapshot!(names.join("\n"));
}

#[test]
fn triggers_that_make_no_sense_say_why() {
    let problems = [
        (WORKFLOW, json!({"external_dag_id": "d"})),
        (WORKFLOW, json!({"run_ids": ["r"]})),
        (WORKFLOW, json!({"external_dag_id": "no dag", "run_ids": ["r"]})),
        (
            WORKFLOW,
            json!({"external_dag_id": "d", "run_ids": ["r"], "logical_dates": ["2024-01-12"]}),
        ),
        (WORKFLOW, json!({"external_dag_id": "d", "run_ids": "r"})),
        (
            WORKFLOW,
            json!({"external_dag_id": "d", "run_ids": ["r"], "external_task_ids": ["a"], "external_task_id": "b"}),
        ),
        (
            WORKFLOW,
            json!({"external_dag_id": "d", "run_ids": ["r"], "external_task_ids": ["a"],
                   "external_task_group_id": "g"}),
        ),
        (
            WORKFLOW,
            json!({"external_dag_id": "d", "run_ids": ["r"], "allowed_states": ["skipped"]}),
        ),
        (
            WORKFLOW,
            json!({"external_dag_id": "d", "run_ids": ["r"], "external_task_id": "a", "failed_states": ["broken"]}),
        ),
        (
            WORKFLOW,
            json!({"external_dag_id": "d", "run_ids": ["r"], "failed_states": ["success"]}),
        ),
        (
            DAG_STATE,
            json!({"dag_id": "d", "states": ["success"], "run_ids": []}),
        ),
        (
            TASK_STATE,
            json!({"dag_id": "d", "states": ["success"], "run_ids": ["r"]}),
        ),
    ];
    let problems = problems
        .into_iter()
        .map(|(class, kwargs)| Wait::of(&trigger(class, kwargs)).unwrap_err().to_string());
    insta::assert_snapshot!(problems.collect::<Vec<_>>().join("\n"));
}

/// Each case: what there is, how the wait ends with it, and what is said of it.
#[test]
fn any_failure_ends_a_wait_then_any_skip_and_otherwise_all_must_be_there() {
    let lists = |trigger: Trigger| {
        trigger
            .kwarg("failed_states", ["failed"])
            .kwarg("skipped_states", ["skipped"])
    };
    let tasks = wait(&lists(Trigger::external_tasks("d", ["a", "b"], ["r1", "r2"])));
    let group = wait(&lists(Trigger::external_task_group("d", "g", ["r1"])));
    let empty = wait(&Trigger::external_task_group("d", "empty", ["r1"]));
    let unknown = wait(&Trigger::external_task_group("d", "h", ["r1"]));
    let runs = wait(&Trigger::external_dag("d", ["r1", "r2"]).kwarg("allowed_states", ["success", "failed"]));
    let both: States<'_> = &[("a", &["success"]), ("b", &["success"])];
    let cases: [Case<'_>; 13] = [
        ("nothing", &tasks, vec![]),
        ("one run", &tasks, vec![("r1", "running", both)]),
        (
            "both runs",
            &tasks,
            vec![("r1", "running", both), ("r2", "failed", both)],
        ),
        (
            "a run without a task",
            &tasks,
            vec![("r1", "running", both), ("r2", "failed", &[("a", &["success"])])],
        ),
        (
            "one copy is missing",
            &tasks,
            vec![(
                "r1",
                "running",
                &[("a", &["success", "none"]), ("b", &["success"])],
            )],
        ),
        ("a skip", &tasks, vec![("r2", "running", &[("a", &["skipped"])])]),
        (
            "a failure and a skip",
            &tasks,
            vec![(
                "r1",
                "running",
                &[("a", &["skipped"]), ("b", &["running", "failed"])],
            )],
        ),
        (
            "another end",
            &tasks,
            vec![("r1", "failed", &[("a", &["upstream_failed"])])],
        ),
        ("a group", &group, vec![("r1", "running", both)]),
        (
            "a group with a failure",
            &group,
            vec![("r1", "running", &[("a", &["failed"]), ("b", &["running"])])],
        ),
        ("a group without tasks", &empty, vec![("r1", "success", both)]),
        (
            "a group that is not there",
            &unknown,
            vec![("r1", "success", both)],
        ),
        ("runs", &runs, vec![("r1", "success", &[]), ("r2", "failed", &[])]),
    ];
    let said = cases.iter().map(|(name, wait, runs)| {
        let picture = picture(runs);
        let status = status(wait, &picture).unwrap_or_else(|| "goes on".to_owned());
        format!("{name}: {status} ({})", wait.note(&picture))
    });
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_wait_for_the_state_of_runs_ends_with_what_airflow_sends() {
    let kwargs = json!({"dag_id": "d", "states": ["success"], "run_ids": ["r1"], "execution_dates": null,
                        "poll_interval": 5.0});
    let trigger = trigger(DAG_STATE, kwargs.clone());
    let wait = wait(&trigger);
    assert_eq!(wait.end(&picture(&[("r1", "running", &[])])), None);
    let mut said = kwargs;
    said["r1"] = json!("success");
    let end = WaitEnd::Event(json!([DAG_STATE, said]));
    assert_eq!(wait.end(&picture(&[("r1", "success", &[])])), Some(end));
}
