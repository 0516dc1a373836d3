//! Sources that cannot be read, as programs page through them. Who may not read the DAGs of a source is not shown it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::DagId;
use updraft_sql::{ColumnType, Query, Row, Sql, row, statements};

use crate::error::StoreError;
use crate::order::{Paging, counted, holding, sorted_by};
use crate::store::Store;
use crate::table::TableRow;

/// Which errors are meant. `{batch}` holds the DAGs that may be read; `$1` says that all may.
macro_rules! meant {
    () => {
        "FROM import_error e \
         WHERE ($1 OR EXISTS (SELECT 1 FROM dag d WHERE d.source = e.source AND d.dag_id IN (SELECT dag_id FROM {batch}))) \
           AND (e.import_error_id = $2 OR $2 IS NULL) \
           AND (e.fileloc = $3 OR $3 IS NULL) \
           AND (lower(e.fileloc) LIKE $4 ESCAPE '~' OR $4 IS NULL) \
           AND (substr(e.fileloc, 1, length($5)) = $5 OR $5 IS NULL) "
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(concat!(
        "SELECT e.import_error_id, e.source, e.fileloc, e.message, e.occurred_at, \
                CASE WHEN $1 THEN FALSE \
                     ELSE EXISTS (SELECT 1 FROM dag d \
                                  WHERE d.source = e.source AND d.dag_id NOT IN (SELECT dag_id FROM {batch})) END AS is_hidden ",
        meant!(),
        "ORDER BY ",
        sorted_by!(
            "$6", "$7";
            "id" => "e.import_error_id",
            "import_error_id" => "e.import_error_id",
            "timestamp" => "e.occurred_at",
            "filename" => "e.fileloc",
            "stacktrace" => "e.message",
        ),
        "e.import_error_id LIMIT $8 OFFSET $9"
    ))
    .batch(&[("dag_id", ColumnType::Text)]);
    COUNT = Sql::new(concat!("SELECT count(*) AS number ", meant!())).batch(&[("dag_id", ColumnType::Text)]);
}

/// A source that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportErrorRow {
    /// Its number. The same source has another one after it could be read for a while.
    pub import_error_id: i64,
    /// The source.
    pub source: String,
    /// Its file.
    pub fileloc: String,
    /// What is wrong; may have several lines. `None` if it is not to be shown, since some DAGs of the source may not be read.
    pub message: Option<String>,
    /// When it was found.
    pub occurred_at: Timestamp,
}

/// Which import errors are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportErrorFilter {
    /// Only those of sources with DAGs of which some may be read: these. `None`: all may.
    pub readable: Option<BTreeSet<DagId>>,
    /// Only the one of this number.
    pub import_error_id: Option<i64>,
    /// Only that of this file.
    pub filename: Option<String>,
    /// Only those of files whose path holds this, in either case; `%` and `_` as in SQL.
    pub filename_pattern: Option<String>,
    /// Only those of files whose path begins so.
    pub filename_prefix: Option<String>,
}

impl Store {
    /// A page of sources that cannot be read, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_error_page(
        &self,
        filter: &ImportErrorFilter,
        paging: &Paging,
    ) -> Result<(Vec<ImportErrorRow>, u64), StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx
            .fetch_all(with_dags(paging.bind(bind(PAGE.query(), filter)), filter))
            .await?;
        let total = tx
            .fetch_one(with_dags(bind(COUNT.query(), filter), filter))
            .await?;
        tx.rollback().await?;
        let rows: Result<Vec<ImportErrorRow>, StoreError> = rows.iter().map(read).collect();
        Ok((rows?, counted("import_error", &total)?))
    }
}

/// Binds `$1` to `$5`.
fn bind<'f>(query: Query<'f>, filter: &'f ImportErrorFilter) -> Query<'f> {
    query
        .bind(filter.readable.is_none())
        .bind(filter.import_error_id)
        .bind(filter.filename.as_deref())
        .bind(holding(filter.filename_pattern.as_deref()))
        .bind(filter.filename_prefix.as_deref())
}

fn with_dags<'f>(query: Query<'f>, filter: &'f ImportErrorFilter) -> Query<'f> {
    query.rows(
        filter
            .readable
            .iter()
            .flatten()
            .map(|dag_id| row![dag_id.as_str()]),
    )
}

fn read(row: &Row) -> Result<ImportErrorRow, StoreError> {
    let row = TableRow {
        table: "import_error",
        row,
    };
    let is_hidden: bool = row.get("is_hidden")?;
    let message: String = row.get("message")?;
    Ok(ImportErrorRow {
        import_error_id: row.get("import_error_id")?,
        source: row.get("source")?,
        fileloc: row.get("fileloc")?,
        message: (!is_hidden).then_some(message),
        occurred_at: row.time("occurred_at")?,
    })
}
