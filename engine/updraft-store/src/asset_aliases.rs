//! Asset aliases: which DAGs name them, the assets that stand behind them, and the events that were told by them.
//!
//! What stands behind an alias is known only when a task says so with its success. It is written in the transaction of that success,
//! together with the event, and stays.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use updraft_model::{Asset, AssetAlias, AssetEventId, DagId, DagSpec, TaskId};
use updraft_sql::{ColumnType, Sql, Tx, row, statements};

use crate::asset_queue::NewEvents;
use crate::assets::{asset, role, write_assets};
use crate::attempts::expect_rows;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::{TableRow, storable};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    INSERT = Sql::new(
        "INSERT INTO asset_alias (name, asset_group, created_at) \
         SELECT name, asset_group, $1 FROM {batch} \
         WHERE NOT EXISTS (SELECT 1 FROM asset_alias l WHERE l.name = batch.name) \
         ORDER BY batch.name \
         ON CONFLICT (name) DO NOTHING",
    )
    .batch(&[("name", ColumnType::Text), ("asset_group", ColumnType::Text)]);
    DELETE_USES = Sql::new("DELETE FROM dag_asset_alias WHERE dag_id IN (SELECT dag_id FROM {batch})")
        .batch(&[("dag_id", ColumnType::Text)]);
    INSERT_USES = Sql::new(
        "INSERT INTO dag_asset_alias (alias_id, role, dag_id, task_id) \
         SELECT l.alias_id, batch.role, batch.dag_id, batch.task_id \
         FROM {batch} JOIN asset_alias l ON l.name = batch.name",
    )
    .batch(&[
        ("name", ColumnType::Text),
        ("role", ColumnType::Text),
        ("dag_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
    ]);
    INSERT_ASSETS = Sql::new(
        "INSERT INTO asset_alias_asset (alias_id, asset_id) \
         SELECT l.alias_id, a.asset_id \
         FROM {batch} JOIN asset_alias l ON l.name = batch.name JOIN asset a ON a.uri = batch.uri \
         WHERE TRUE \
         ON CONFLICT (alias_id, asset_id) DO NOTHING",
    )
    .batch(&[("name", ColumnType::Text), ("uri", ColumnType::Text)]);
    INSERT_EVENTS = Sql::new(
        "INSERT INTO asset_alias_event (alias_id, event_id) \
         SELECT l.alias_id, e.event_id \
         FROM {batch} \
         JOIN asset_alias l ON l.name = batch.name \
         JOIN asset_event e ON e.attempt_id = batch.attempt_id AND e.place = batch.place",
    )
    .batch(&[("name", ColumnType::Text), ("attempt_id", ColumnType::Uuid), ("place", ColumnType::I64)]);
    OF_EVENTS = Sql::new(
        "SELECT v.event_id, l.name \
         FROM {batch} \
         JOIN asset_alias_event v ON v.event_id = batch.event_id \
         JOIN asset_alias l ON l.alias_id = v.alias_id \
         ORDER BY v.event_id, l.name",
    )
    .batch(&[("event_id", ColumnType::I64)]);
    LIST = Sql::new(
        "SELECT alias_id, name, asset_group FROM asset_alias \
         WHERE (name = $1 OR $1 IS NULL) \
           AND EXISTS (SELECT 1 FROM dag_asset_alias c JOIN dag d ON d.dag_id = c.dag_id \
                       WHERE c.alias_id = asset_alias.alias_id AND d.is_active) \
         ORDER BY alias_id",
    );
    ASSETS = Sql::new(
        "SELECT a.name, a.uri, a.asset_group, a.extra \
         FROM asset_alias l \
         JOIN asset_alias_asset s ON s.alias_id = l.alias_id \
         JOIN asset a ON a.asset_id = s.asset_id \
         WHERE l.name = $1 \
         ORDER BY a.asset_id",
    );
    LIST_ASSETS = Sql::new(
        "SELECT s.alias_id, a.uri FROM asset_alias_asset s JOIN asset a ON a.asset_id = s.asset_id ORDER BY s.alias_id, a.asset_id",
    );
    LIST_USES = Sql::new(
        "SELECT c.alias_id, c.role, c.dag_id, c.task_id \
         FROM dag_asset_alias c JOIN dag d ON d.dag_id = c.dag_id \
         WHERE d.is_active \
         ORDER BY c.alias_id, c.role, c.dag_id, c.task_id",
    );
}

/// An alias that a DAG names, with all the places that do, and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetAliasRow {
    /// Its number.
    pub alias_id: i64,
    /// Its name and group.
    pub alias: AssetAlias,
    /// The uris of the assets that tasks have named by it.
    pub uris: Vec<String>,
    /// The DAGs whose schedules wait for it.
    pub consumers: Vec<DagId>,
    /// The tasks that may name assets by it.
    pub producers: Vec<(DagId, TaskId)>,
    /// The tasks that read what it stands for.
    pub readers: Vec<(DagId, TaskId)>,
}

impl Store {
    /// The assets that stand behind an alias.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn assets_of_alias(&self, name: &str) -> Result<Vec<Asset>, StoreError> {
        let rows = self.db.fetch_all(ASSETS.bind(name)).await?;
        rows.iter()
            .map(|row| asset(&TableRow { table: "asset", row }))
            .collect()
    }

    /// The aliases that active DAGs name, in the order in which they became known; all, or the one of a name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn asset_aliases(&self, name: Option<&str>) -> Result<Vec<AssetAliasRow>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(LIST.bind(name)).await?;
        let assets = tx.fetch_all(LIST_ASSETS.query()).await?;
        let uses = tx.fetch_all(LIST_USES.query()).await?;
        tx.rollback().await?;
        let mut aliases: BTreeMap<i64, AssetAliasRow> = BTreeMap::new();
        for row in &rows {
            let alias_id = row.get("alias_id")?;
            let alias = AssetAlias {
                name: row.get("name")?,
                group: row.get("asset_group")?,
            };
            aliases.insert(
                alias_id,
                AssetAliasRow {
                    alias_id,
                    alias,
                    uris: Vec::new(),
                    consumers: Vec::new(),
                    producers: Vec::new(),
                    readers: Vec::new(),
                },
            );
        }
        for row in &assets {
            if let Some(alias) = aliases.get_mut(&row.get("alias_id")?) {
                alias.uris.push(row.get("uri")?);
            }
        }
        for row in &uses {
            let row = TableRow {
                table: "dag_asset_alias",
                row,
            };
            let Some(alias) = aliases.get_mut(&row.get("alias_id")?) else {
                continue;
            };
            match row.get::<String>("role")?.as_str() {
                "schedule" => alias.consumers.push(row.dag_id()?),
                "outlet" => alias.producers.push((row.dag_id()?, row.task_id()?)),
                "inlet" => alias.readers.push((row.dag_id()?, row.task_id()?)),
                other => return Err(row.damaged("role", format!("holds `{other}`")).into()),
            }
        }
        Ok(aliases.into_values().collect())
    }
}

/// Writes the aliases that DAGs name, and where.
pub(crate) async fn write_uses<'d>(
    tx: &mut Tx,
    dags: impl Iterator<Item = &'d DagSpec> + Clone,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(DELETE_USES.rows(dags.clone().map(|dag| row![dag.dag_id.as_str()])))
        .await?;
    let uses = || {
        dags.clone().flat_map(|dag| {
            dag.asset_aliases()
                .map(move |(place, alias)| (dag, role(place), alias))
        })
    };
    let groups: BTreeMap<&str, &str> = uses()
        .map(|(_, _, alias)| (alias.name.as_str(), alias.group.as_str()))
        .collect();
    if groups.is_empty() {
        return Ok(());
    }
    let rows = groups.iter().map(|(name, group)| row![*name, storable(group)]);
    tx.execute(INSERT.bind(now).rows(rows)).await?;
    let uses: BTreeSet<(&str, &str, &str, &str)> = uses()
        .map(|(dag, (role, task_id), alias)| (alias.name.as_str(), role, dag.dag_id.as_str(), task_id))
        .collect();
    let rows = uses
        .iter()
        .map(|(name, role, dag_id, task_id)| row![*name, *role, *dag_id, *task_id]);
    tx.execute(INSERT_USES.rows(rows)).await?;
    Ok(())
}

/// Writes the assets that events name by aliases, where they are new, and that they stand behind those.
pub(crate) async fn write_named_assets(tx: &mut Tx, new: &[NewEvents]) -> Result<(), StoreError> {
    let named = || {
        new.iter()
            .flat_map(|new| new.events.iter().map(move |event| (new.at, event)))
            .filter(|(_, event)| !event.aliases.is_empty())
    };
    let Some(now) = named().map(|(at, _)| at).max() else {
        return Ok(());
    };
    write_assets(tx, named().map(|(_, event)| &event.asset), now).await?;
    let pairs: BTreeSet<(&str, &str)> = named()
        .flat_map(|(_, event)| {
            event
                .aliases
                .iter()
                .map(|alias| (alias.as_str(), event.asset.uri.as_str()))
        })
        .collect();
    let rows = pairs.iter().map(|(alias, uri)| row![*alias, *uri]);
    tx.execute(INSERT_ASSETS.rows(rows)).await?;
    Ok(())
}

/// Notes by which aliases events were told that are already written. An event is named by its place among those of its attempt.
pub(crate) async fn write_told(tx: &mut Tx, new: &[NewEvents]) -> Result<(), StoreError> {
    let rows: Vec<_> = new
        .iter()
        .flat_map(|new| {
            (0_i64..)
                .zip(&new.events)
                .map(move |(place, event)| (new.attempt, place, event))
        })
        .flat_map(|(attempt, place, event)| {
            event
                .aliases
                .iter()
                .map(move |alias| row![alias.as_str(), attempt.0, place])
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let count = rows.len();
    expect_rows(tx, INSERT_EVENTS.rows(rows), count).await
}

/// By which aliases these events were told.
pub(crate) async fn told(
    tx: &mut Tx,
    events: impl Iterator<Item = AssetEventId>,
) -> Result<BTreeMap<AssetEventId, Vec<String>>, StoreError> {
    let mut told: BTreeMap<AssetEventId, Vec<String>> = BTreeMap::new();
    let mut batch = events.map(|event| row![event.0]).peekable();
    if batch.peek().is_none() {
        return Ok(told);
    }
    for row in tx.fetch_all(OF_EVENTS.rows(batch)).await? {
        let event = AssetEventId(row.get("event_id")?);
        told.entry(event).or_default().push(row.get("name")?);
    }
    Ok(told)
}
