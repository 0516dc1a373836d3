//! Geometry for the web interface: a graph of 1,000 tasks, and the index of a log of 1,000,000 lines.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::figure::{Figure, Figures, median};
use crate::workspace;

/// What the example prints, with the shape and metric that stand for it.
const METRICS: [(&str, &str, &str); 5] = [
    ("graph_closed_ms", "graph_1000", "closed_ms"),
    ("graph_open_ms", "graph_1000", "open_ms"),
    ("graph_flat_ms", "graph_1000", "flat_ms"),
    ("index_ms", "log_1000000", "index_ms"),
    ("marks_ms", "log_1000000", "marks_ms"),
];

/// Takes all figures of geometry.
pub(super) fn measure(programs: &Path, runs: u32, figures: &mut Figures) -> Result<()> {
    let mut found = Vec::new();
    for _ in 0..runs {
        let text = workspace::output(&mut Command::new(programs.join("examples/geometry")))?;
        found.push(serde_json::from_str::<Value>(&text).with_context(|| format!("not JSON: {text}"))?);
    }
    for (name, shape, metric) in METRICS {
        let values: Option<Vec<f64>> = found.iter().map(|value| value[name].as_f64()).collect();
        let value = median(&values.with_context(|| format!("no `{name}` in {found:?}"))?);
        figures.add(&Figure {
            runs,
            ..Figure::new(shape, metric, value, "ms")
        });
    }
    Ok(())
}
