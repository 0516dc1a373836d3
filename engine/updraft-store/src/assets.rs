//! Assets: which DAGs name them, and as what.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use updraft_model::{Asset, AssetNames, AssetRef, AssetUse, DagId, DagSpec, TaskId, TaskKey};
use updraft_sql::{ColumnType, Sql, Tx, row, statements};

use crate::asset_aliases;
use crate::asset_queue::json_text;
use crate::asset_refs;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::{TableRow, storable};

/// An asset as DAGs name it.
const ASSET_COLUMNS: [(&str, ColumnType); 4] = [
    ("uri", ColumnType::Text),
    ("name", ColumnType::Text),
    ("asset_group", ColumnType::Text),
    ("extra", ColumnType::Text),
];

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // Not one upsert: on PostgreSQL that would use up a number for each asset that is known.
    INSERT = Sql::new(
        "INSERT INTO asset (uri, name, asset_group, extra, created_at, updated_at) \
         SELECT uri, name, asset_group, extra, $1, $1 FROM {batch} \
         WHERE NOT EXISTS (SELECT 1 FROM asset a WHERE a.uri = batch.uri) \
         ORDER BY batch.uri \
         ON CONFLICT (uri) DO NOTHING",
    )
    .batch(&ASSET_COLUMNS);
    // A DAG that names an asset without more than its name does not take away what others have said about it.
    UPDATE = Sql::new(
        "UPDATE asset SET \
             name = batch.name, \
             asset_group = CASE WHEN batch.asset_group = 'asset' THEN asset.asset_group ELSE batch.asset_group END, \
             extra = CASE WHEN batch.extra = '{}' THEN asset.extra ELSE batch.extra END, \
             updated_at = $1 \
         FROM {batch} \
         WHERE asset.uri = batch.uri",
    )
    .batch(&ASSET_COLUMNS);
    DELETE_USES = Sql::new("DELETE FROM dag_asset WHERE dag_id IN (SELECT dag_id FROM {batch})")
        .batch(&[("dag_id", ColumnType::Text)]);
    INSERT_USES = Sql::new(
        "INSERT INTO dag_asset (asset_id, role, dag_id, task_id) \
         SELECT a.asset_id, batch.role, batch.dag_id, batch.task_id \
         FROM {batch} JOIN asset a ON a.uri = batch.uri",
    )
    .batch(&[
        ("uri", ColumnType::Text),
        ("role", ColumnType::Text),
        ("dag_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
    ]);
    // What waits for a schedule that does not want it any more.
    FORGET_QUEUED = Sql::new(
        "DELETE FROM asset_queue \
         WHERE dag_id IN (SELECT dag_id FROM {batch}) \
           AND NOT EXISTS ( \
               SELECT 1 FROM asset_event e \
               JOIN dag_asset c ON c.asset_id = e.asset_id AND c.role = 'schedule' \
               WHERE e.event_id = asset_queue.event_id AND c.dag_id = asset_queue.dag_id) \
           AND NOT EXISTS ( \
               SELECT 1 FROM asset_alias_event v \
               JOIN dag_asset_alias c ON c.alias_id = v.alias_id AND c.role = 'schedule' \
               WHERE v.event_id = asset_queue.event_id AND c.dag_id = asset_queue.dag_id) \
           AND NOT EXISTS ( \
               SELECT 1 FROM asset_event e \
               JOIN asset a ON a.asset_id = e.asset_id \
               JOIN dag_asset_ref c ON c.dag_id = asset_queue.dag_id AND c.role = 'schedule' \
               WHERE e.event_id = asset_queue.event_id \
                 AND ((c.named_by = 'name' AND c.named = a.name) OR (c.named_by = 'uri' AND c.named = a.uri)))",
    )
    .batch(&[("dag_id", ColumnType::Text)]);
    // A source that cannot be read holds no name against one that can: so a name can be changed in two sources.
    HELD_NAMES = Sql::new(
        "SELECT DISTINCT a.uri, a.name, a.asset_group, a.extra, d.dag_id, d.source \
         FROM {batch} \
         JOIN asset a ON (a.uri = batch.uri OR a.name = batch.name) AND (a.uri <> batch.uri OR a.name <> batch.name) \
         JOIN dag_asset c ON c.asset_id = a.asset_id \
         JOIN dag d ON d.dag_id = c.dag_id \
         WHERE d.is_active AND d.source <> $1 \
           AND NOT EXISTS (SELECT 1 FROM import_error i WHERE i.source = d.source) \
         ORDER BY a.uri, d.dag_id",
    )
    .batch(&[("uri", ColumnType::Text), ("name", ColumnType::Text)]);
    LIST = Sql::new(
        "SELECT asset_id, uri, name, asset_group, extra, created_at, updated_at FROM asset \
         WHERE (uri = $1 OR $1 IS NULL) AND (name = $2 OR $2 IS NULL) \
           AND (EXISTS (SELECT 1 FROM dag_asset c JOIN dag d ON d.dag_id = c.dag_id \
                        WHERE c.asset_id = asset.asset_id AND d.is_active) \
                OR EXISTS (SELECT 1 FROM asset_alias_asset s \
                           JOIN dag_asset_alias c ON c.alias_id = s.alias_id \
                           JOIN dag d ON d.dag_id = c.dag_id \
                           WHERE s.asset_id = asset.asset_id AND d.is_active)) \
         ORDER BY asset_id",
    );
    ACTIVE = Sql::new(
        "SELECT batch.uri \
         FROM {batch} JOIN asset a ON a.uri = batch.uri AND a.name = batch.name \
         WHERE EXISTS (SELECT 1 FROM dag_asset c JOIN dag d ON d.dag_id = c.dag_id \
                       WHERE c.asset_id = a.asset_id AND d.is_active) \
            OR EXISTS (SELECT 1 FROM asset_alias_asset s \
                       JOIN dag_asset_alias c ON c.alias_id = s.alias_id \
                       JOIN dag d ON d.dag_id = c.dag_id \
                       WHERE s.asset_id = a.asset_id AND d.is_active)",
    )
    .batch(&[("uri", ColumnType::Text), ("name", ColumnType::Text)]);
    VERSION_OF_RUN = Sql::new("SELECT version_id FROM dag_run WHERE dag_id = $1 AND run_id = $2");
    USES = Sql::new(
        "SELECT c.asset_id, c.role, c.dag_id, c.task_id \
         FROM dag_asset c JOIN dag d ON d.dag_id = c.dag_id \
         WHERE d.is_active \
         ORDER BY c.asset_id, c.role, c.dag_id, c.task_id",
    );
}

/// An asset that a DAG names, with all the places that do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetRow {
    /// Its number.
    pub asset_id: i64,
    /// Its name, address, group, and what else is known of it.
    pub asset: Asset,
    /// The DAGs whose schedules wait for it.
    pub consumers: Vec<DagId>,
    /// The tasks that update it.
    pub producers: Vec<(DagId, TaskId)>,
    /// The tasks that read it.
    pub readers: Vec<(DagId, TaskId)>,
    /// When a DAG first named it.
    pub created_at: Timestamp,
    /// When a DAG that names it changed last.
    pub updated_at: Timestamp,
}

/// Which assets to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssetFilter {
    /// Only the one with this uri.
    pub uri: Option<String>,
    /// Only the one with this name.
    pub name: Option<String>,
}

impl Store {
    /// An asset that active DAGs name; `None` if none does.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn asset(&self, filter: &AssetFilter) -> Result<Option<Asset>, StoreError> {
        let list = LIST.bind(filter.uri.as_deref()).bind(filter.name.as_deref());
        let rows = self.db.fetch_all(list).await?;
        rows.first()
            .map(|row| asset(&TableRow { table: "asset", row }))
            .transpose()
    }

    /// The assets that a task of a run updates or reads and that no active DAG names any more, or not by that name. A run keeps
    /// the version of its DAG that it began with, so there may be such.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn inactive_assets(&self, task: &TaskKey) -> Result<Vec<Asset>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let version = VERSION_OF_RUN
            .bind(task.dag_id.as_str())
            .bind(task.run_id.as_str());
        let Some(row) = tx.fetch_optional(version).await? else {
            return Ok(Vec::new());
        };
        let version = TableRow {
            table: "dag_run",
            row: &row,
        }
        .version()?;
        let spec = self
            .specs(&mut tx, BTreeSet::from([version]))
            .await?
            .remove(&version);
        let named: Vec<Asset> = spec
            .as_ref()
            .and_then(|spec| spec.task(&task.task_id))
            .map_or_else(Vec::new, |task| {
                task.inlets.iter().chain(&task.outlets).cloned().collect()
            });
        let mut active = BTreeSet::new();
        if !named.is_empty() {
            let pairs: BTreeSet<(&str, &str)> = named
                .iter()
                .map(|asset| (asset.uri.as_str(), asset.name.as_str()))
                .collect();
            let batch = pairs.iter().map(|(uri, name)| row![*uri, *name]);
            for row in tx.fetch_all(ACTIVE.rows(batch)).await? {
                active.insert(row.get::<String>("uri")?);
            }
        }
        tx.rollback().await?;
        Ok(named
            .into_iter()
            .filter(|asset| !active.contains(&asset.uri))
            .collect())
    }

    /// The assets that active DAGs name, in the order in which they became known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn assets(&self, filter: &AssetFilter) -> Result<Vec<AssetRow>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let list = LIST.bind(filter.uri.as_deref()).bind(filter.name.as_deref());
        let rows = tx.fetch_all(list).await?;
        let uses = tx.fetch_all(USES.query()).await?;
        tx.rollback().await?;
        let mut assets = BTreeMap::new();
        for row in &rows {
            let asset = asset_row(&TableRow { table: "asset", row })?;
            assets.insert(asset.asset_id, asset);
        }
        for row in &uses {
            let row = TableRow {
                table: "dag_asset",
                row,
            };
            let Some(asset) = assets.get_mut(&row.get("asset_id")?) else {
                continue;
            };
            add_use(asset, &row)?;
        }
        Ok(assets.into_values().collect())
    }
}

/// The number of the asset that a reference means, if an active DAG names it.
pub(crate) async fn active_id(tx: &mut Tx, asset: &AssetRef) -> Result<Option<i64>, StoreError> {
    let query = match asset {
        AssetRef::Name(name) => LIST.bind(None::<String>).bind(name.as_str()),
        AssetRef::Uri(uri) => LIST.bind(uri.as_str()).bind(None::<String>),
    };
    let row = tx.fetch_optional(query).await?;
    Ok(row.map(|row| row.get("asset_id")).transpose()?)
}

/// Adds a place that names an asset.
pub(crate) fn add_use(asset: &mut AssetRow, row: &TableRow<'_>) -> Result<(), StoreError> {
    match row.get::<String>("role")?.as_str() {
        "schedule" => asset.consumers.push(row.dag_id()?),
        "outlet" => asset.producers.push((row.dag_id()?, row.task_id()?)),
        "inlet" => asset.readers.push((row.dag_id()?, row.task_id()?)),
        other => return Err(row.damaged("role", format!("holds `{other}`")).into()),
    }
    Ok(())
}

pub(crate) fn asset_row(row: &TableRow<'_>) -> Result<AssetRow, StoreError> {
    Ok(AssetRow {
        asset_id: row.get("asset_id")?,
        asset: asset(row)?,
        consumers: Vec::new(),
        producers: Vec::new(),
        readers: Vec::new(),
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

pub(crate) fn asset(row: &TableRow<'_>) -> Result<Asset, StoreError> {
    Ok(Asset {
        name: row.get("name")?,
        uri: row.get("uri")?,
        group: row.get("asset_group")?,
        extra: row.json_object("extra")?,
    })
}

/// DAGs of a source that call an asset otherwise than those before them or those of other sources: which, and why they are
/// refused.
pub(crate) async fn contradictions(
    tx: &mut Tx,
    source: &str,
    dags: &[DagSpec],
) -> Result<BTreeMap<DagId, String>, StoreError> {
    let used: BTreeSet<(&str, &str)> = dags
        .iter()
        .flat_map(DagSpec::assets)
        .map(|(_, asset)| (asset.uri.as_str(), asset.name.as_str()))
        .collect();
    let mut refused = BTreeMap::new();
    if used.is_empty() {
        return Ok(refused);
    }
    let mut held: Vec<(Asset, String)> = Vec::new();
    let batch = used.iter().map(|(uri, name)| row![*uri, *name]);
    for row in tx.fetch_all(HELD_NAMES.bind(source).rows(batch)).await? {
        let row = TableRow {
            table: "asset",
            row: &row,
        };
        let holder = format!("DAG `{}` of `{}`", row.dag_id()?, row.get::<String>("source")?);
        held.push((asset(&row)?, holder));
    }
    let mut own: Vec<(&Asset, &DagSpec)> = Vec::new();
    for dag in dags {
        let mut names = AssetNames::default();
        let others = held.iter().map(|(asset, holder)| (asset, holder.clone()));
        let before = own
            .iter()
            .map(|(asset, dag)| (*asset, format!("DAG `{}`", dag.dag_id)));
        let known: Vec<(&Asset, String)> = others.chain(before).collect();
        for (asset, _) in &known {
            // Those that are known do not contradict each other, but for what the source changes just now.
            let _ = names.add(asset);
        }
        let problem = dag.assets().find_map(|(place, asset)| {
            let problem = names.add(asset).err()?;
            let is_other = |(known, _): &&(&Asset, String)| (known.uri == asset.uri) != (known.name == asset.name);
            let holder = known.iter().find(is_other).map_or("another DAG", |(_, holder)| holder);
            Some(format!(
                "dag `{}`: {place}: {problem}; {holder} names it too, call it the same there or give this one \
                 another name and uri",
                dag.dag_id
            ))
        });
        match problem {
            Some(problem) => drop(refused.insert(dag.dag_id.clone(), problem)),
            None => own.extend(dag.assets().map(|(_, asset)| (asset, dag))),
        }
    }
    Ok(refused)
}

/// Writes the assets that DAGs name, and where; what waits for a schedule that does not want it any more goes.
pub(crate) async fn write_uses<'d>(
    tx: &mut Tx,
    dags: impl Iterator<Item = &'d DagSpec> + Clone,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ids = || dags.clone().map(|dag| row![dag.dag_id.as_str()]);
    if dags.clone().next().is_none() {
        return Ok(());
    }
    write_assets(
        tx,
        dags.clone().flat_map(DagSpec::assets).map(|(_, asset)| asset),
        now,
    )
    .await?;
    tx.execute(DELETE_USES.rows(ids())).await?;
    let uses: BTreeSet<(&str, &str, &str, &str)> = dags
        .clone()
        .flat_map(|dag| {
            dag.assets().map(|(place, asset)| {
                let (role, task_id) = role(place);
                (asset.uri.as_str(), role, dag.dag_id.as_str(), task_id)
            })
        })
        .collect();
    if !uses.is_empty() {
        let rows = uses
            .iter()
            .map(|(uri, role, dag_id, task_id)| row![*uri, *role, *dag_id, *task_id]);
        tx.execute(INSERT_USES.rows(rows)).await?;
    }
    asset_aliases::write_uses(tx, dags.clone(), now).await?;
    asset_refs::write_uses(tx, dags.clone()).await?;
    tx.execute(FORGET_QUEUED.rows(ids())).await?;
    Ok(())
}

/// Writes what is said of assets.
pub(crate) async fn write_assets<'a>(
    tx: &mut Tx,
    said: impl Iterator<Item = &'a Asset>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut assets: BTreeMap<&str, Asset> = BTreeMap::new();
    for asset in said {
        let known = assets.entry(&asset.uri).or_insert_with(|| asset.clone());
        if asset.has_group() {
            known.group.clone_from(&asset.group);
        }
        if !asset.extra.is_empty() {
            known.extra.clone_from(&asset.extra);
        }
    }
    if !assets.is_empty() {
        let rows = || {
            assets.values().map(|asset| {
                row![
                    asset.uri.as_str(),
                    asset.name.as_str(),
                    storable(&asset.group),
                    json_text(&asset.extra)
                ]
            })
        };
        tx.execute(INSERT.bind(now).rows(rows())).await?;
        tx.execute(UPDATE.bind(now).rows(rows())).await?;
    }
    Ok(())
}

/// Which role an asset has in a DAG, and the task for which it has it.
pub(crate) fn role(place: AssetUse<'_>) -> (&'static str, &str) {
    match place {
        AssetUse::Schedule => ("schedule", ""),
        AssetUse::Outlet(task_id) => ("outlet", task_id.as_str()),
        AssetUse::Inlet(task_id) => ("inlet", task_id.as_str()),
    }
}
