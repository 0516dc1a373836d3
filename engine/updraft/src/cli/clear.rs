//! What `tasks clear` and `dags clear` share: showing what is cleared, asking, and clearing.

use anyhow::Result;
use updraft_store::{Effect, MovedRun, RunVersion};

use super::app::App;
use super::args::ClearArgs;
use super::choice::{self, Choice};
use super::installation::{ClearedLines, Installation};
use super::{ask, output};

/// Clears what is chosen of each DAG, one DAG after the other, after asking.
pub(crate) async fn run(choices: &[Choice], args: &ClearArgs, installation: &dyn Installation) -> Result<()> {
    let version = if args.run_on_latest_version {
        RunVersion::Latest
    } else {
        RunVersion::Same
    };
    if args.confirm.dry_run || !args.confirm.yes {
        let planned = clear(choices, version, true, installation).await?;
        if planned.is_nothing {
            return output::print("Nothing to clear.");
        }
        output::print(&planned.lines.join("\n"))?;
        let count = planned.count;
        if args.confirm.dry_run {
            return output::print(&format!("{count} task instances would be cleared"));
        }
        let question = format!("You are about to clear {count} task instances. Are you sure? (y/n)");
        if !ask::yes(&question)? {
            return output::print("Cancelled, nothing was cleared.");
        }
    }
    let cleared = clear(choices, version, false, installation).await?;
    if cleared.is_nothing {
        return output::print("Nothing to clear.");
    }
    output::print(&format!("{} task instances have been cleared", cleared.count))
}

async fn clear(
    choices: &[Choice],
    version: RunVersion,
    is_dry: bool,
    installation: &dyn Installation,
) -> Result<ClearedLines> {
    // Lines about versions come before those about tasks.
    let mut all = ClearedLines {
        is_nothing: true,
        ..ClearedLines::default()
    };
    for choice in choices {
        let of_dag = installation.clear(choice, version, is_dry).await?;
        all.lines.extend(of_dag.lines);
        all.count += of_dag.count;
        all.is_nothing &= of_dag.is_nothing;
    }
    Ok(all)
}

/// Clears in the database of this installation.
pub(crate) async fn here(
    choice: &Choice,
    version: RunVersion,
    effect: Effect,
    app: &App,
) -> Result<ClearedLines> {
    let tasks = |spec: &_| choice.tasks.of(spec);
    let choice = choice.for_store(&tasks);
    let cleared = app.store.clear(&choice, version, effect, app.now()).await?;
    let moved_lines = cleared.moved.iter().map(moved);
    Ok(ClearedLines {
        lines: moved_lines
            .chain(cleared.tasks.iter().map(choice::line))
            .collect(),
        count: choice::count(&cleared.tasks),
        is_nothing: cleared.runs.is_empty(),
    })
}

/// A line for a run that goes over to the newest version.
fn moved(run: &MovedRun) -> String {
    let mut line = format!("{} goes over to the newest version", run.key);
    for (what, names) in [
        (
            "new",
            run.added.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ),
        ("removed", run.removed.iter().map(super::tasks::name).collect()),
    ] {
        if !names.is_empty() {
            line.push_str(&format!("; {what}: {}", names.join(", ")));
        }
    }
    line
}
