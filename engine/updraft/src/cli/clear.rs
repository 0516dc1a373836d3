//! What `tasks clear` and `dags clear` share: showing what is cleared, asking, and clearing.

use anyhow::Result;
use updraft_store::{ClearedChoice, Effect, MovedRun, RunVersion};

use super::app::App;
use super::args::ClearArgs;
use super::choice::{self, Choice};
use super::{ask, output};

/// Clears what is chosen of each DAG, one DAG after the other, after asking.
pub(crate) async fn run(choices: &[Choice], args: &ClearArgs, app: &App) -> Result<()> {
    let version = if args.run_on_latest_version {
        RunVersion::Latest
    } else {
        RunVersion::Same
    };
    if args.confirm.dry_run || !args.confirm.yes {
        let planned = clear(choices, version, Effect::DryRun, app).await?;
        if is_nothing(&planned) {
            return output::print("Nothing to clear.");
        }
        output::print(&list(&planned))?;
        let count = count(&planned);
        if args.confirm.dry_run {
            return output::print(&format!("{count} task instances would be cleared"));
        }
        let question = format!("You are about to clear {count} task instances. Are you sure? (y/n)");
        if !ask::yes(&question)? {
            return output::print("Cancelled, nothing was cleared.");
        }
    }
    let cleared = clear(choices, version, Effect::Lasting, app).await?;
    if is_nothing(&cleared) {
        return output::print("Nothing to clear.");
    }
    output::print(&format!("{} task instances have been cleared", count(&cleared)))
}

async fn clear(
    choices: &[Choice],
    version: RunVersion,
    effect: Effect,
    app: &App,
) -> Result<Vec<ClearedChoice>> {
    let mut all = Vec::with_capacity(choices.len());
    for choice in choices {
        let tasks = |spec: &_| choice.tasks.of(spec);
        let choice = choice.for_store(&tasks);
        all.push(app.store.clear(&choice, version, effect, app.now()).await?);
    }
    Ok(all)
}

fn is_nothing(cleared: &[ClearedChoice]) -> bool {
    cleared.iter().all(|of_dag| of_dag.runs.is_empty())
}

fn count(cleared: &[ClearedChoice]) -> u32 {
    cleared.iter().map(|of_dag| choice::count(&of_dag.tasks)).sum()
}

fn list(cleared: &[ClearedChoice]) -> String {
    let moved = cleared.iter().flat_map(|of_dag| &of_dag.moved).map(moved);
    let tasks = cleared.iter().flat_map(|of_dag| &of_dag.tasks);
    let lines: Vec<String> = moved.chain(tasks.map(choice::line)).collect();
    lines.join("\n")
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
