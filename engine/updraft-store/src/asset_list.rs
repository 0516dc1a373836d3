//! Assets as programs page through them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use updraft_model::{AssetAlias, DagId};
use updraft_sql::{ColumnType, Query, Sql, row, statements};

use crate::assets::{AssetRow, add_use, asset_row};
use crate::error::StoreError;
use crate::order::{Paging, TextLike, counted, sorted_by};
use crate::store::Store;
use crate::table::TableRow;

macro_rules! meant {
    () => {
        "FROM asset a \
         WHERE (a.asset_id = $1 OR $1 IS NULL) AND (a.uri = $2 OR $2 IS NULL) \
           AND (lower(a.uri) LIKE $3 ESCAPE '~' OR $3 IS NULL) \
           AND (substr(a.uri, 1, length($4)) = $4 OR $4 IS NULL) \
           AND (lower(a.name) LIKE $5 ESCAPE '~' OR $5 IS NULL) \
           AND (substr(a.name, 1, length($6)) = $6 OR $6 IS NULL) \
           AND ($7 OR EXISTS (SELECT 1 FROM dag_asset c \
                              WHERE c.asset_id = a.asset_id AND c.dag_id IN (SELECT dag_id FROM {batch}))) \
           AND (NOT $8 OR EXISTS (SELECT 1 FROM dag_asset c JOIN dag d ON d.dag_id = c.dag_id \
                                  WHERE c.asset_id = a.asset_id AND d.is_active) \
                OR EXISTS (SELECT 1 FROM asset_alias_asset s JOIN dag_asset_alias c ON c.alias_id = s.alias_id \
                           JOIN dag d ON d.dag_id = c.dag_id \
                           WHERE s.asset_id = a.asset_id AND d.is_active)) "
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(concat!(
        "SELECT a.asset_id, a.uri, a.name, a.asset_group, a.extra, a.created_at, a.updated_at, \
                (SELECT max(e.event_id) FROM asset_event e WHERE e.asset_id = a.asset_id) AS last_event_id ",
        meant!(),
        "ORDER BY ",
        sorted_by!(
            "$9", "$10";
            "id" => "a.asset_id",
            "uri" => "a.uri",
            "name" => "a.name",
            "group" => "a.asset_group",
            "created_at" => "a.created_at",
            "updated_at" => "a.updated_at",
        ),
        "a.asset_id LIMIT $11 OFFSET $12"
    ))
    .batch(&[("dag_id", ColumnType::Text)]);
    COUNT = Sql::new(concat!("SELECT count(*) AS number ", meant!())).batch(&[("dag_id", ColumnType::Text)]);
    USES = Sql::new(
        "SELECT c.asset_id, c.role, c.dag_id, c.task_id \
         FROM {batch} JOIN dag_asset c ON c.asset_id = batch.asset_id JOIN dag d ON d.dag_id = c.dag_id \
         WHERE d.is_active \
         ORDER BY c.asset_id, c.role, c.dag_id, c.task_id",
    )
    .batch(&[("asset_id", ColumnType::I64)]);
    ALIASES = Sql::new(
        "SELECT s.asset_id, l.alias_id, l.name, l.asset_group \
         FROM {batch} JOIN asset_alias_asset s ON s.asset_id = batch.asset_id JOIN asset_alias l ON l.alias_id = s.alias_id \
         ORDER BY s.asset_id, l.alias_id",
    )
    .batch(&[("asset_id", ColumnType::I64)]);
    LAST_EVENTS = Sql::new(
        "SELECT e.asset_id, e.event_id, e.happened_at FROM {batch} JOIN asset_event e ON e.event_id = batch.event_id",
    )
    .batch(&[("event_id", ColumnType::I64)]);
}

/// An asset in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAsset {
    /// The asset.
    pub row: AssetRow,
    /// Its newest event: number and time.
    pub last_event: Option<(i64, Timestamp)>,
    /// The aliases that it stands behind, with their numbers.
    pub aliases: Vec<(i64, AssetAlias)>,
}

/// Which assets are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssetListFilter {
    /// Only the one of this number.
    pub asset_id: Option<i64>,
    /// Only the one with this uri.
    pub uri: Option<String>,
    /// Only those whose uri is like that.
    pub uri_like: TextLike,
    /// Only those whose name is like that.
    pub name_like: TextLike,
    /// Only those that one of these DAGs names; `None`: whoever does.
    pub dags: Option<Vec<DagId>>,
    /// Only those that an active DAG names, itself or by an alias.
    pub only_active: bool,
}

impl Store {
    /// A page of assets, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn asset_page(
        &self,
        filter: &AssetListFilter,
        paging: &Paging,
    ) -> Result<(Vec<ListedAsset>, u64), StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx
            .fetch_all(with_dags(paging.bind(bind(PAGE.query(), filter)), filter))
            .await?;
        let total = tx
            .fetch_one(with_dags(bind(COUNT.query(), filter), filter))
            .await?;
        let (mut assets, mut places, mut events) = (Vec::new(), BTreeMap::new(), Vec::new());
        for row in &rows {
            events.extend(row.get::<Option<i64>>("last_event_id")?);
            let row = asset_row(&TableRow { table: "asset", row })?;
            places.insert(row.asset_id, assets.len());
            assets.push(ListedAsset {
                row,
                last_event: None,
                aliases: Vec::new(),
            });
        }
        let asset = |asset_id: i64| places.get(&asset_id).copied();
        for row in &tx
            .fetch_all(USES.rows(assets.iter().map(|one| row![one.row.asset_id])))
            .await?
        {
            let row = TableRow {
                table: "dag_asset",
                row,
            };
            if let Some(one) = asset(row.get("asset_id")?).and_then(|place| assets.get_mut(place)) {
                add_use(&mut one.row, &row)?;
            }
        }
        for row in &tx
            .fetch_all(ALIASES.rows(assets.iter().map(|one| row![one.row.asset_id])))
            .await?
        {
            let place = asset(row.get("asset_id")?);
            if let Some(one) = place.and_then(|place| assets.get_mut(place)) {
                let alias = AssetAlias {
                    name: row.get("name")?,
                    group: row.get("asset_group")?,
                };
                one.aliases.push((row.get("alias_id")?, alias));
            }
        }
        for row in &tx
            .fetch_all(LAST_EVENTS.rows(events.iter().map(|event| row![*event])))
            .await?
        {
            let place = asset(row.get("asset_id")?);
            if let Some(one) = place.and_then(|place| assets.get_mut(place)) {
                one.last_event = Some((row.get("event_id")?, row.timestamp("happened_at")?));
            }
        }
        tx.rollback().await?;
        Ok((assets, counted("asset", &total)?))
    }
}

/// Binds `$1` to `$8`.
fn bind<'f>(query: Query<'f>, filter: &'f AssetListFilter) -> Query<'f> {
    let query = query.bind(filter.asset_id).bind(filter.uri.as_deref());
    let query = filter.name_like.bind(filter.uri_like.bind(query));
    query.bind(filter.dags.is_none()).bind(filter.only_active)
}

fn with_dags<'f>(query: Query<'f>, filter: &'f AssetListFilter) -> Query<'f> {
    query.rows(filter.dags.iter().flatten().map(|dag_id| row![dag_id.as_str()]))
}
