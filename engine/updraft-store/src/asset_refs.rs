//! References to assets that are described elsewhere: which DAGs have them, and what they mean at the moment.
//!
//! A reference is kept as it is written. What it means is looked up when something happens, so it does not matter which of the two
//! becomes known first.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use updraft_model::{Asset, AssetRef, DagSpec, OutletEvent};
use updraft_sql::{ColumnType, Sql, Tx, row, statements};

use crate::asset_queue::NewEvents;
use crate::assets::{asset, role};
use crate::error::StoreError;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    DELETE_USES = Sql::new("DELETE FROM dag_asset_ref WHERE dag_id IN (SELECT dag_id FROM {batch})")
        .batch(&[("dag_id", ColumnType::Text)]);
    INSERT_USES = Sql::new(
        "INSERT INTO dag_asset_ref (named_by, named, role, dag_id, task_id) \
         SELECT named_by, named, role, dag_id, task_id FROM {batch}",
    )
    .batch(&[
        ("named_by", ColumnType::Text),
        ("named", ColumnType::Text),
        ("role", ColumnType::Text),
        ("dag_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
    ]);
    // An asset that had the name before may still be known, but no active DAG names it.
    MEANT = Sql::new(
        "SELECT batch.named_by, batch.named, a.name, a.uri, a.asset_group, a.extra \
         FROM {batch} \
         JOIN asset a ON (batch.named_by = 'name' AND a.name = batch.named) OR (batch.named_by = 'uri' AND a.uri = batch.named) \
         WHERE EXISTS (SELECT 1 FROM dag_asset c JOIN dag d ON d.dag_id = c.dag_id \
                       WHERE c.asset_id = a.asset_id AND d.is_active) \
            OR EXISTS (SELECT 1 FROM asset_alias_asset s \
                       JOIN dag_asset_alias c ON c.alias_id = s.alias_id \
                       JOIN dag d ON d.dag_id = c.dag_id \
                       WHERE s.asset_id = a.asset_id AND d.is_active)",
    )
    .batch(&[("named_by", ColumnType::Text), ("named", ColumnType::Text)]);
}

/// Writes the references that DAGs have, and where.
pub(crate) async fn write_uses<'d>(
    tx: &mut Tx,
    dags: impl Iterator<Item = &'d DagSpec> + Clone,
) -> Result<(), StoreError> {
    tx.execute(DELETE_USES.rows(dags.clone().map(|dag| row![dag.dag_id.as_str()])))
        .await?;
    let uses: BTreeSet<_> = dags
        .flat_map(|dag| {
            dag.asset_refs()
                .map(move |(place, asset)| (asset.parts(), role(place), dag.dag_id.as_str()))
        })
        .collect();
    if !uses.is_empty() {
        let rows = uses
            .iter()
            .map(|((by, text), (role, task_id), dag_id)| row![*by, *text, *role, *dag_id, *task_id]);
        tx.execute(INSERT_USES.rows(rows)).await?;
    }
    Ok(())
}

/// Finds the assets that outlets mean which are references, and makes their events such of those assets. Of what means nothing there is
/// no event. Source: `TaskInstance.register_asset_changes_in_db` of Airflow 3.
pub(crate) async fn resolved<'n>(
    tx: &mut Tx,
    new: &'n [NewEvents],
) -> Result<Cow<'n, [NewEvents]>, StoreError> {
    let wanted: BTreeSet<&AssetRef> = new
        .iter()
        .flat_map(|new| new.ref_events.iter().map(|event| &event.asset))
        .collect();
    if wanted.is_empty() {
        return Ok(Cow::Borrowed(new));
    }
    let batch = wanted.iter().map(|asset| {
        let (by, text) = asset.parts();
        row![by, text]
    });
    let mut meant: BTreeMap<(String, String), Asset> = BTreeMap::new();
    for row in tx.fetch_all(MEANT.rows(batch)).await? {
        let row = TableRow {
            table: "asset",
            row: &row,
        };
        meant.insert((row.get("named_by")?, row.get("named")?), asset(&row)?);
    }
    let mut new = new.to_vec();
    for new in &mut new {
        for event in std::mem::take(&mut new.ref_events) {
            let (by, text) = event.asset.parts();
            match meant.get(&(by.to_owned(), text.to_owned())) {
                Some(asset) => new.events.push(OutletEvent {
                    asset: asset.clone(),
                    extra: event.extra,
                    aliases: BTreeSet::new(),
                }),
                None => tracing::warn!(
                    attempt.id = %new.attempt,
                    "an outlet is left out: no active DAG describes an asset with the {by} `{text}`"
                ),
            }
        }
    }
    Ok(Cow::Owned(new))
}
