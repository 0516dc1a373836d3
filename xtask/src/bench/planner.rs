//! The planner alone: a DAG of 5,000 tasks, 10,000 paused ones, and a day of 1,000,000 tasks.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::figure::{Figure, Figures, median};
use crate::workspace;

/// What the example prints, with the shape and metric that stand for it.
const METRICS: [(&str, &str, &str); 6] = [
    ("load_us", "dag_5000", "load_us"),
    ("decision_p50_us", "dag_5000", "decision_p50_us"),
    ("decision_p99_us", "dag_5000", "decision_p99_us"),
    ("idle_plan_us", "paused_10000", "idle_plan_us"),
    ("day_us_per_task", "day_1000000", "plan_us_per_task"),
    ("day_longest_plan_us", "day_1000000", "longest_plan_us"),
];

/// Takes all figures of the planner.
pub(super) fn measure(programs: &Path, runs: u32, figures: &mut Figures) -> Result<()> {
    let mut found = Vec::new();
    for _ in 0..runs {
        let text = workspace::output(&mut Command::new(programs.join("examples/planning")))?;
        found.push(serde_json::from_str::<Value>(&text).with_context(|| format!("not JSON: {text}"))?);
    }
    for (name, shape, metric) in METRICS {
        let values: Option<Vec<f64>> = found.iter().map(|value| value[name].as_f64()).collect();
        let value = median(&values.with_context(|| format!("no `{name}` in {found:?}"))?);
        figures.add(&Figure {
            runs,
            ..Figure::new(shape, metric, value, "us")
        });
    }
    Ok(())
}
