//! What came of a run: the table for eyes, and the line of JSON for programs.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::PIPELINE;
use super::layout::Layout;
use super::run::Outcome;
use crate::workspace;

/// Prints the tables, and with `json` the summing up as the last line.
///
/// # Errors
/// The application's own report cannot be had.
pub(super) fn print(layout: &Layout, outcome: &Outcome, json: bool) -> Result<()> {
    let tables = workspace::output(
        layout
            .program("referral")
            .args(["report", "--run-id", &outcome.run_id]),
    )?;
    println!("\n{PIPELINE} {}: {}\n", outcome.run_id, outcome.state);
    println!("{}", task_table(outcome));
    println!("\n{}", tables.trim_end());
    if json {
        println!("{}", summary(layout, outcome)?);
    }
    Ok(())
}

fn task_table(outcome: &Outcome) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::UTF8_BORDERS_ONLY)
        .set_header(["task", "state", "tries", "seconds"]);
    for task in &outcome.tasks {
        table.add_row([
            task.task_id.clone(),
            task.state.clone().unwrap_or_default(),
            task.try_number.clone(),
            task.seconds()
                .map_or_else(String::new, |seconds| format!("{seconds:.1}")),
        ]);
    }
    table
}

/// `{"dag_id","run_id","state","tasks":{id:{"state","tries","seconds"}},"counts":{...}}`.
fn summary(layout: &Layout, outcome: &Outcome) -> Result<Value> {
    let report = ["report", "--run-id", &outcome.run_id, "-o", "json"];
    let report: Value = serde_json::from_str(&workspace::output(layout.program("referral").args(report))?)
        .context("`referral report -o json` did not print JSON")?;
    let mut tasks = Map::new();
    for task in &outcome.tasks {
        let tries: u32 = task.try_number.parse().unwrap_or_default();
        tasks.insert(
            task.task_id.clone(),
            json!({ "state": task.state, "tries": tries, "seconds": task.seconds() }),
        );
    }
    Ok(json!({
        "dag_id": PIPELINE,
        "run_id": outcome.run_id,
        "state": outcome.state,
        "tasks": tasks,
        "counts": report["counts"],
    }))
}
