//! `dags show`: the graph in the DOT language.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use updraft_model::DagSpec;

use crate::cli::app::App;
use crate::cli::args::DagsShowArgs;
use crate::cli::output;

/// Prints the graph, or saves it to a file.
pub(super) async fn run(args: DagsShowArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    let text = dot(&dag.spec);
    let Some(file) = &args.save else {
        return output::print(text.trim_end());
    };
    save(&text, file)?;
    output::print(&format!("File {} saved", file.display()))
}

fn dot(spec: &DagSpec) -> String {
    let mut text = format!(
        "digraph {:?} {{\n\tgraph [label={0:?} labelloc=t rankdir=LR]\n",
        spec.dag_id.as_str()
    );
    for task in &spec.tasks {
        let _ = writeln!(
            text,
            "\t{0:?} [label={0:?} shape=rectangle style=\"filled,rounded\"]",
            task.task_id.as_str()
        );
    }
    for task in &spec.tasks {
        for upstream in &task.upstream_task_ids {
            let _ = writeln!(text, "\t{:?} -> {:?}", upstream.as_str(), task.task_id.as_str());
        }
    }
    text.push_str("}\n");
    text
}

/// Saves a graph in the format that the end of the file's name says.
pub(super) fn save(text: &str, file: &Path) -> Result<()> {
    let format = file
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    if matches!(format, "dot" | "gv") {
        return std::fs::write(file, text).with_context(|| format!("cannot write `{}`", file.display()));
    }
    if format.is_empty() {
        bail!(
            "`{}` has no ending that tells the format; use .dot, .png or .svg",
            file.display()
        );
    }
    let mut graphviz = Command::new("dot")
        .arg(format!("-T{format}"))
        .arg("-o")
        .arg(file)
        .stdin(Stdio::piped())
        .spawn()
        .with_context(|| format!("a .{format} file needs Graphviz's `dot`; install it or save as .dot"))?;
    let mut input = graphviz.stdin.take().context("`dot` has no input")?;
    std::io::Write::write_all(&mut input, text.as_bytes())?;
    drop(input);
    let status = graphviz.wait()?;
    if !status.success() {
        bail!("`dot` could not write `{}` ({status})", file.display());
    }
    Ok(())
}
