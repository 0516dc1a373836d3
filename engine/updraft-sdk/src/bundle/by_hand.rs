//! What a person can do with a bundle program.

use std::process::ExitCode;

use serde_json::Value;
use updraft_model::TaskId;

use super::{DagSet, TestArguments, complain, print, warn};
use crate::dag::BuiltDag;
use crate::serve::LocalLog;
use crate::task::Connection;
use crate::testing::TestRun;

/// Shows the DAGs.
pub(super) fn list(dags: &DagSet, json: bool) -> Result<ExitCode, String> {
    if json {
        let specs: Vec<_> = dags.dags().iter().map(BuiltDag::spec).collect();
        print(&serde_json::to_string_pretty(&specs).map_err(|error| error.to_string())?);
    } else {
        dags.dags().iter().for_each(|dag| print(&describe(dag)));
    }
    Ok(report(dags))
}

/// A DAG in a few lines: what it is, then its tasks with those before each.
fn describe(dag: &BuiltDag) -> String {
    let spec = dag.spec();
    let mut lines = vec![format!("{}  ({})", spec.dag_id, spec.schedule)];
    lines.extend(
        spec.description
            .iter()
            .map(|description| format!("  {description}")),
    );
    for task in &spec.tasks {
        let before: Vec<&str> = task.upstream_task_ids.iter().map(TaskId::as_str).collect();
        let arrow = if before.is_empty() {
            String::new()
        } else {
            format!("  <- {}", before.join(", "))
        };
        lines.push(format!("  - {}{arrow}", task.task_id));
    }
    lines.join("\n")
}

/// Checks the DAGs.
pub(super) fn validate(dags: &DagSet) -> ExitCode {
    let well_formed = dags.dags().len();
    let plural = if well_formed == 1 { "" } else { "s" };
    print(&format!(
        "bundle {}: {well_formed} well-formed DAG{plural}",
        dags.name()
    ));
    report(dags)
}

fn report(dags: &DagSet) -> ExitCode {
    for warning in dags.warnings() {
        warn(&warning.to_string());
    }
    for error in dags.errors() {
        complain(&error.to_string());
    }
    if dags.errors().is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs one task.
pub(super) fn test(dags: &DagSet, arguments: &TestArguments) -> Result<ExitCode, String> {
    let dag = dags
        .dags()
        .iter()
        .find(|dag| dag.spec().dag_id.as_str() == arguments.dag_id)
        .ok_or_else(|| {
            let known: Vec<&str> = dags.dags().iter().map(|dag| dag.spec().dag_id.as_str()).collect();
            format!(
                "there is no DAG `{}`, this bundle has: {}",
                arguments.dag_id,
                known.join(", ")
            )
        })?;
    if dag.work(&arguments.task_id).is_none() {
        let known: Vec<&str> = dag
            .spec()
            .tasks
            .iter()
            .map(|task| task.task_id.as_str())
            .collect();
        return Err(format!(
            "there is no task `{}`, the DAG has: {}",
            arguments.task_id,
            known.join(", ")
        ));
    }
    LocalLog::install();
    let mut run = TestRun::new().conf(arguments.conf.clone());
    if let Some(date) = &arguments.logical_date {
        run = run.logical_date(date.as_str())?;
    }
    if let Some(map_index) = arguments.map_index {
        run = run.copy(map_index);
    }
    let run = with_environment(run)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("no runtime: {error}"))?;
    match runtime.block_on(run.run_task(dag, &arguments.task_id)) {
        Ok(Value::Null) => Ok(ExitCode::SUCCESS),
        Ok(value) => {
            print(&value);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if error.is_skip() || error.rescheduled_to().is_some() || error.deferral().is_some() => {
            Ok(ExitCode::SUCCESS)
        }
        Err(_) => Ok(ExitCode::FAILURE),
    }
}

/// Gives the run the Variables and Connections of the environment, by Airflow's names.
#[expect(
    clippy::disallowed_methods,
    reason = "a bundle program run by hand is the binary that reads the environment"
)]
fn with_environment(mut run: TestRun) -> Result<TestRun, String> {
    for (name, value) in std::env::vars() {
        if let Some(key) = name.strip_prefix("AIRFLOW_VAR_") {
            run = run.variable(&key.to_lowercase(), value);
        } else if let Some(conn_id) = name.strip_prefix("AIRFLOW_CONN_") {
            let connection = Connection::from_json(&conn_id.to_lowercase(), &value)
                .map_err(|error| format!("{name} is no JSON object that describes a connection: {error}"))?;
            run = run.connection(connection);
        }
    }
    Ok(run)
}
