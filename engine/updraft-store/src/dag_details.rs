//! What belongs to DAGs and is listed by itself: their versions and their tags.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{DagId, DagVersionId};
use updraft_sql::{ColumnType, Query, Row, Sql, row, statements};

use crate::error::StoreError;
use crate::order::{Paging, counted, holding, sorted_by};
use crate::store::Store;
use crate::table::TableRow;

macro_rules! versions_meant {
    () => {
        "FROM dag_version v \
         WHERE (v.dag_id IN (SELECT dag_id FROM {batch}) OR $1) AND (v.version_number = $2 OR $2 IS NULL) "
    };
}

macro_rules! tags_meant {
    () => {
        "FROM dag_tag t JOIN dag d ON d.dag_id = t.dag_id \
         WHERE d.is_active AND ($1 OR t.dag_id IN (SELECT dag_id FROM {batch})) \
           AND (lower(t.tag) LIKE $2 ESCAPE '~' OR $2 IS NULL) \
           AND (substr(t.tag, 1, length($3)) = $3 OR $3 IS NULL) "
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    VERSIONS = Sql::new(concat!(
        "SELECT v.version_id, v.dag_id, v.version_number, v.created_at ",
        versions_meant!(),
        "ORDER BY ",
        sorted_by!(
            "$3", "$4";
            "id" => "v.version_number",
            "version_number" => "v.version_number",
            "created_at" => "v.created_at",
            "dag_id" => "v.dag_id",
        ),
        "v.dag_id, v.version_number LIMIT $5 OFFSET $6"
    ))
    .batch(&[("dag_id", ColumnType::Text)]);
    COUNT_VERSIONS = Sql::new(concat!("SELECT count(*) AS number ", versions_meant!()))
        .batch(&[("dag_id", ColumnType::Text)]);
    // The name itself is what tags are sorted by; `GROUP BY` makes each appear once.
    TAGS = Sql::new(concat!(
        "SELECT t.tag ",
        tags_meant!(),
        "GROUP BY t.tag ORDER BY ",
        sorted_by!("$4", "$5"; "name" => "t.tag"),
        "t.tag LIMIT $6 OFFSET $7"
    ))
    .batch(&[("dag_id", ColumnType::Text)]);
    COUNT_TAGS = Sql::new(concat!("SELECT count(DISTINCT t.tag) AS number ", tags_meant!()))
        .batch(&[("dag_id", ColumnType::Text)]);
}

/// A version of a DAG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DagVersionRow {
    /// Its id.
    pub version: DagVersionId,
    /// The DAG.
    pub dag_id: DagId,
    /// Counts up from 1 per DAG.
    pub version_number: u32,
    /// When it was found.
    pub created_at: Timestamp,
}

/// Which versions are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DagVersionFilter {
    /// Those of these DAGs; `None`: of all.
    pub dags: Option<BTreeSet<DagId>>,
    /// Only those of this number.
    pub version_number: Option<i64>,
}

/// Which tags are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagFilter {
    /// Those of these DAGs; `None`: of all.
    pub dags: Option<BTreeSet<DagId>>,
    /// Only those that hold this, in either case; `%` and `_` as in SQL.
    pub pattern: Option<String>,
    /// Only those that begin so.
    pub prefix: Option<String>,
}

impl Store {
    /// A page of versions of DAGs, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dag_version_page(
        &self,
        filter: &DagVersionFilter,
        paging: &Paging,
    ) -> Result<(Vec<DagVersionRow>, u64), StoreError> {
        let meant = |query: Query<'static>| query.bind(filter.dags.is_none()).bind(filter.version_number);
        let mut tx = self.db.begin_read().await?;
        let rows = tx
            .fetch_all(of_dags(
                paging.bind(meant(VERSIONS.query())),
                filter.dags.as_ref(),
            ))
            .await?;
        let total = tx
            .fetch_one(of_dags(meant(COUNT_VERSIONS.query()), filter.dags.as_ref()))
            .await?;
        tx.rollback().await?;
        let rows: Result<Vec<DagVersionRow>, StoreError> = rows.iter().map(version_row).collect();
        Ok((rows?, counted("dag_version", &total)?))
    }

    /// A page of the tags of active DAGs, each once, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tag_page(
        &self,
        filter: &TagFilter,
        paging: &Paging,
    ) -> Result<(Vec<String>, u64), StoreError> {
        let meant = |query: Query<'static>| -> Query<'_> {
            query
                .bind(filter.dags.is_none())
                .bind(holding(filter.pattern.as_deref()))
                .bind(filter.prefix.clone())
        };
        let mut tx = self.db.begin_read().await?;
        let rows = tx
            .fetch_all(of_dags(paging.bind(meant(TAGS.query())), filter.dags.as_ref()))
            .await?;
        let total = tx
            .fetch_one(of_dags(meant(COUNT_TAGS.query()), filter.dags.as_ref()))
            .await?;
        tx.rollback().await?;
        let tags: Result<Vec<String>, _> = rows.iter().map(|row| row.get("tag")).collect();
        Ok((tags?, counted("dag_tag", &total)?))
    }
}

fn of_dags<'f>(query: Query<'f>, dags: Option<&'f BTreeSet<DagId>>) -> Query<'f> {
    query.rows(dags.into_iter().flatten().map(|dag_id| row![dag_id.as_str()]))
}

fn version_row(row: &Row) -> Result<DagVersionRow, StoreError> {
    let row = TableRow {
        table: "dag_version",
        row,
    };
    Ok(DagVersionRow {
        version: row.version()?,
        dag_id: row.dag_id()?,
        version_number: row.number("version_number")?,
        created_at: row.time("created_at")?,
    })
}
