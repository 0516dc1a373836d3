//! `dags pause` and `dags unpause`.

use anyhow::Result;

use crate::cli::args::DagsPauseArgs;
use crate::cli::ask;
use crate::cli::installation::{self, Installation};
use crate::cli::output::{self, Rows};
use crate::row;

/// Pauses or resumes DAGs and prints what they are now.
pub(super) async fn run(args: DagsPauseArgs, pause: bool, installation: &dyn Installation) -> Result<()> {
    let ids = if args.treat_dag_id_as_regex {
        installation::dags_matching(installation, &args.dag_id).await?
    } else {
        vec![installation::dag(installation, &args.dag_id).await?.dag_id]
    };
    let word = if pause { "pause" } else { "unpause" };
    let question = format!(
        "You are about to {word} {} DAGs: {}. Proceed? (y/n)",
        ids.len(),
        ids.join(", ")
    );
    if args.treat_dag_id_as_regex && !args.yes && !ask::yes(&question)? {
        return output::print("Operation cancelled by user");
    }
    let changed = installation.set_paused(&ids, pause).await?;
    if changed.is_empty() {
        return output::print(&format!(
            "No {}paused DAGs were found",
            if pause { "un" } else { "" }
        ));
    }
    let mut rows = Rows::default();
    for id in changed {
        rows.push(row! { "dag_id": id, "is_paused": pause });
    }
    rows.print(args.output.output)
}
