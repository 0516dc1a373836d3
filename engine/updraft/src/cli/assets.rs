//! `assets ...`, as in Airflow 3.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use updraft_model::{DagId, TaskId};
use updraft_store::{
    AssetAliasRow, AssetEventFilter, AssetEventRow, AssetFilter, AssetRow, EventsAsked, EventsOf,
};

use super::app::{App, date_or_empty};
use super::args::{Common, Format, Output};
use super::closest;
use super::dags::trigger;
use super::installation::{self, Installation};
use super::output::Rows;
use crate::config::Settings;
use crate::row;

/// `assets ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum AssetsCommand {
    /// List assets
    List(AssetsListArgs),
    /// Show an asset: who updates it, who waits for it, its newest events
    Details(AssetDetailsArgs),
    /// Update an asset: trigger the DAG that has it as an outlet
    Materialize(AssetArgs),
}

/// `assets list`.
#[derive(Debug, Args)]
pub(crate) struct AssetsListArgs {
    /// List asset aliases
    #[arg(long)]
    pub(crate) alias: bool,
    /// Comma separated list of columns to render
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) columns: Option<Vec<String>>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `assets details`.
#[derive(Debug, Args)]
pub(crate) struct AssetDetailsArgs {
    /// Show the asset alias that `--name` names: what stands behind it
    #[arg(long)]
    pub(crate) alias: bool,
    #[command(flatten)]
    pub(crate) asset: AssetArgs,
}

/// `assets materialize`, and which asset `assets details` is about.
#[derive(Debug, Args)]
pub(crate) struct AssetArgs {
    /// The name of the asset
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The uri of the asset
    #[arg(long, value_name = "URI")]
    pub(crate) uri: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// How many events `assets details` shows.
const EVENTS_SHOWN: u32 = 10;

/// Runs an `assets` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: AssetsCommand, settings: Settings) -> Result<()> {
    if let AssetsCommand::List(args) = &command
        && !args.alias
    {
        return list(args, &*installation::open(settings).await?).await;
    }
    installation::must_be_here(&settings)?;
    let app = App::open(settings).await?;
    match command {
        AssetsCommand::List(args) => list_aliases(&args, &app).await,
        AssetsCommand::Details(args) => details(args, &app).await,
        AssetsCommand::Materialize(args) => materialize(args, &app).await,
    }
}

async fn list(args: &AssetsListArgs, installation: &dyn Installation) -> Result<()> {
    let mut rows = Rows::default();
    for asset in installation.assets().await? {
        rows.push(row! {
            "name": asset.name,
            "uri": asset.uri,
            "group": asset.group,
            "extra": asset.extra,
        });
    }
    print_list(rows, args)
}

async fn list_aliases(args: &AssetsListArgs, app: &App) -> Result<()> {
    let mut rows = Rows::default();
    for AssetAliasRow { alias, uris, .. } in app.store.asset_aliases(None).await? {
        rows.push(row! {
            "name": alias.name,
            "group": alias.group,
            "assets": uris,
        });
    }
    print_list(rows, args)
}

fn print_list(mut rows: Rows, args: &AssetsListArgs) -> Result<()> {
    if let Some(columns) = &args.columns {
        rows.select(columns)?;
    }
    rows.print(args.output.output)
}

async fn details(args: AssetDetailsArgs, app: &App) -> Result<()> {
    if args.alias {
        return alias_details(&args.asset, app).await;
    }
    let args = args.asset;
    let found = find(&args, app).await?;
    let filter = AssetEventFilter {
        uri: Some(found.asset.uri.clone()),
        limit: Some(EVENTS_SHOWN),
        ..AssetEventFilter::default()
    };
    let events = app.store.asset_events(&filter).await?;
    let asset = found.asset;
    let properties = [
        ("name", asset.name.into()),
        ("uri", asset.uri.into()),
        ("group", asset.group.into()),
        ("extra", Value::Object(asset.extra)),
        ("updated_by", names(&found.producers).into()),
        ("read_by", names(&found.readers).into()),
        ("waited_for_by", dags(&found.consumers).into()),
        ("newest_events", shown(&events)),
    ];
    print_properties(properties, args.output.output)
}

async fn alias_details(args: &AssetArgs, app: &App) -> Result<()> {
    let Some(name) = &args.name else {
        bail!("which asset alias? name it with `--name`");
    };
    let Some(found) = app.store.asset_aliases(Some(name)).await?.into_iter().next() else {
        let known = app.store.asset_aliases(None).await?;
        let hint = closest::hint(name, known.iter().map(|row| row.alias.name.as_str()));
        bail!("there is no asset alias `{name}`{hint}");
    };
    let asked = EventsAsked {
        of: EventsOf::Alias(name.clone()),
        after: None,
        before: None,
        limit: EVENTS_SHOWN,
        oldest_first: false,
    };
    let events = app.store.events_of_asset(&asked).await?;
    let events: Vec<AssetEventRow> = events.into_iter().map(|(event, _)| event).collect();
    let properties = [
        ("name", found.alias.name.into()),
        ("group", found.alias.group.into()),
        ("assets", found.uris.into()),
        ("updated_by", names(&found.producers).into()),
        ("read_by", names(&found.readers).into()),
        ("waited_for_by", dags(&found.consumers).into()),
        ("newest_events", shown(&events)),
    ];
    print_properties(properties, args.output.output)
}

fn shown(events: &[AssetEventRow]) -> Value {
    let shown = events.iter().map(|event| {
        json!({
            "id": event.event.0,
            "timestamp": date_or_empty(Some(event.at)),
            "asset": event.uri,
            "source": event.source.as_ref().map_or("outside".to_owned(), ToString::to_string),
            "extra": event.extra,
        })
    });
    Value::Array(shown.collect())
}

fn print_properties<const N: usize>(properties: [(&str, Value); N], format: Format) -> Result<()> {
    let mut rows = Rows::default();
    if matches!(format, Format::Json | Format::Yaml) {
        rows.push(
            properties
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
        );
    } else {
        for (name, value) in properties {
            rows.push(row! { "property_name": name, "property_value": value });
        }
    }
    rows.print(format)
}

/// Source: `assets materialize` of Airflow 3: exactly one DAG must be able to update the asset.
async fn materialize(args: AssetArgs, app: &App) -> Result<()> {
    let found = find(&args, app).await?;
    let mut dags: Vec<&DagId> = found.producers.iter().map(|(dag_id, _)| dag_id).collect();
    dags.dedup();
    let dag_id = match dags.as_slice() {
        [] => bail!(
            "no DAG updates asset `{}`; no task has it as an outlet",
            found.asset.name
        ),
        [one] => *one,
        several => {
            let ids: Vec<&str> = several.iter().map(|dag_id| dag_id.as_str()).collect();
            bail!(
                "several DAGs update asset `{}`: {}; trigger the one that you mean with `updraft dags trigger`",
                found.asset.name,
                ids.join(", ")
            )
        }
    };
    let dag = app.dag(dag_id.as_str()).await?;
    let run = trigger::manual(&dag, None, app).await?;
    let run = trigger::make(run, &dag, app).await?;
    trigger::warn_if_paused(&dag);
    trigger::print(run, args.output.output)
}

async fn find(args: &AssetArgs, app: &App) -> Result<AssetRow> {
    if args.name.is_none() && args.uri.is_none() {
        bail!("which asset? name it with `--name` or `--uri`");
    }
    let filter = AssetFilter {
        uri: args.uri.clone(),
        name: args.name.clone(),
    };
    if let Some(found) = app.store.assets(&filter).await?.into_iter().next() {
        return Ok(found);
    }
    let known = app.store.assets(&AssetFilter::default()).await?;
    let wanted = args
        .name
        .as_ref()
        .or(args.uri.as_ref())
        .map_or("", String::as_str);
    let names = known
        .iter()
        .flat_map(|row| [row.asset.name.as_str(), row.asset.uri.as_str()]);
    let hint = closest::hint(wanted, names);
    bail!("there is no asset `{wanted}`{hint}")
}

fn dags(ids: &[DagId]) -> String {
    let ids: Vec<&str> = ids.iter().map(DagId::as_str).collect();
    ids.join(", ")
}

fn names(tasks: &[(DagId, TaskId)]) -> String {
    let names: Vec<String> = tasks
        .iter()
        .map(|(dag_id, task_id)| format!("{dag_id}.{task_id}"))
        .collect();
    names.join(", ")
}
