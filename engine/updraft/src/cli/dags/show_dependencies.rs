//! `dags show-dependencies`: which DAGs follow which others, by the assets that they update and wait for, in the DOT language.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::Result;
use updraft_model::{AssetUse, DagSpec};
use updraft_store::DagFilter;

use super::show;
use crate::cli::app::App;
use crate::cli::args::DagsShowDependenciesArgs;
use crate::cli::output;

/// Prints the graph, or saves it to a file.
pub(super) async fn run(args: DagsShowDependenciesArgs, app: &App) -> Result<()> {
    let dags = app.store.dags(DagFilter::default()).await?;
    let specs = app.store.descriptions(dags.iter().map(|dag| dag.version)).await?;
    let text = dot(specs.values().map(AsRef::as_ref));
    let Some(file) = &args.save else {
        return output::print(text.trim_end());
    };
    show::save(&text, file)?;
    output::print(&format!("File {} saved", file.display()))
}

fn dot<'s>(specs: impl Iterator<Item = &'s DagSpec>) -> String {
    let (mut dags, mut assets, mut edges) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for spec in specs {
        let dag = spec.dag_id.as_str();
        for (usage, asset) in spec.assets() {
            let (dag_node, asset_node) = (format!("dag:{dag}"), format!("asset:{}", asset.name));
            let edge = match usage {
                AssetUse::Schedule => (asset_node, dag_node),
                AssetUse::Outlet(_) => (dag_node, asset_node),
                // What a task only reads starts nothing.
                AssetUse::Inlet(_) => continue,
            };
            dags.insert(dag);
            assets.insert(asset.name.as_str());
            edges.insert(edge);
        }
    }
    let mut text = "digraph \"DAG dependencies\" {\n\tgraph [rankdir=LR]\n".to_owned();
    for dag in &dags {
        let _ = writeln!(
            text,
            "\t{:?} [label={dag:?} shape=rectangle]",
            format!("dag:{dag}")
        );
    }
    for asset in &assets {
        let _ = writeln!(
            text,
            "\t{:?} [label={asset:?} shape=oval]",
            format!("asset:{asset}")
        );
    }
    for (from, to) in edges {
        let _ = writeln!(text, "\t{from:?} -> {to:?}");
    }
    text.push_str("}\n");
    text
}
