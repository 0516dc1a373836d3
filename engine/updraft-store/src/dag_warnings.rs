//! What is wrong with DAGs that can be read: their tasks name pools that there are not, so that they would wait for ever.
//!
//! Nothing is kept of it: a pool that is made ends the warning at once. Source: Airflow 2.11 `airflow/models/dagwarning.py`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::DagId;
use updraft_sql::{ColumnType, Query, Row, Sql, row, statements};

use crate::error::StoreError;
use crate::order::{Paging, counted, sorted_by};
use crate::store::Store;
use crate::table::TableRow;

// Each database has functions of its own that look into JSON.
macro_rules! pools_postgres {
    () => {
        "FROM (SELECT DISTINCT d.dag_id, d.parsed_at, t.task ->> 'pool' AS pool \
               FROM dag d JOIN dag_version v ON v.version_id = d.version_id \
               CROSS JOIN LATERAL jsonb_array_elements(v.spec::jsonb -> 'tasks') AS t (task) \
               WHERE d.is_active AND ($1 OR d.dag_id IN (SELECT dag_id FROM {batch})) \
                 AND (d.dag_id = $2 OR $2 IS NULL)) w \
         WHERE w.pool IS NOT NULL AND NOT EXISTS (SELECT 1 FROM slot_pool p WHERE p.pool = w.pool) "
    };
}

macro_rules! pools_sqlite {
    () => {
        "FROM (SELECT DISTINCT d.dag_id, d.parsed_at, t.value ->> '$.pool' AS pool \
               FROM dag d JOIN dag_version v ON v.version_id = d.version_id \
               JOIN json_each(v.spec, '$.tasks') t \
               WHERE d.is_active AND ($1 OR d.dag_id IN (SELECT dag_id FROM {batch})) \
                 AND (d.dag_id = $2 OR $2 IS NULL)) w \
         WHERE w.pool IS NOT NULL AND NOT EXISTS (SELECT 1 FROM slot_pool p WHERE p.pool = w.pool) "
    };
}

macro_rules! page {
    ($pools:expr) => {
        concat!(
            "SELECT w.dag_id, w.parsed_at, string_agg(w.pool, ', ' ORDER BY w.pool) AS pools ",
            $pools,
            "GROUP BY w.dag_id, w.parsed_at ORDER BY ",
            sorted_by!("$3", "$4"; "dag_id" => "w.dag_id", "timestamp" => "w.parsed_at"),
            "w.dag_id LIMIT $5 OFFSET $6"
        )
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::per_backend(page!(pools_postgres!()), page!(pools_sqlite!())).batch(&[("dag_id", ColumnType::Text)]);
    COUNT = Sql::per_backend(
        concat!("SELECT count(DISTINCT w.dag_id) AS number ", pools_postgres!()),
        concat!("SELECT count(DISTINCT w.dag_id) AS number ", pools_sqlite!()),
    )
    .batch(&[("dag_id", ColumnType::Text)]);
}

/// What is wrong with a DAG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DagWarningRow {
    /// The DAG.
    pub dag_id: DagId,
    /// The pools that its tasks name and that there are not, by name, with commas.
    pub missing_pools: String,
    /// When its source was read last.
    pub parsed_at: Timestamp,
}

/// Which warnings are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DagWarningFilter {
    /// Those about these DAGs; `None`: about all.
    pub dags: Option<BTreeSet<DagId>>,
    /// Only that about this DAG.
    pub dag_id: Option<String>,
}

impl Store {
    /// A page of the warnings about active DAGs, one for each, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dag_warning_page(
        &self,
        filter: &DagWarningFilter,
        paging: &Paging,
    ) -> Result<(Vec<DagWarningRow>, u64), StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx
            .fetch_all(with_dags(paging.bind(bind(PAGE.query(), filter)), filter))
            .await?;
        let total = tx
            .fetch_one(with_dags(bind(COUNT.query(), filter), filter))
            .await?;
        tx.rollback().await?;
        let rows: Result<Vec<DagWarningRow>, StoreError> = rows.iter().map(read).collect();
        Ok((rows?, counted("dag", &total)?))
    }
}

/// Binds `$1` and `$2`.
fn bind<'f>(query: Query<'f>, filter: &'f DagWarningFilter) -> Query<'f> {
    query.bind(filter.dags.is_none()).bind(filter.dag_id.as_deref())
}

fn with_dags<'f>(query: Query<'f>, filter: &'f DagWarningFilter) -> Query<'f> {
    query.rows(filter.dags.iter().flatten().map(|dag_id| row![dag_id.as_str()]))
}

fn read(row: &Row) -> Result<DagWarningRow, StoreError> {
    let row = TableRow { table: "dag", row };
    Ok(DagWarningRow {
        dag_id: row.dag_id()?,
        missing_pools: row.get("pools")?,
        parsed_at: row.time("parsed_at")?,
    })
}
