//! The texts of DAG files, as they were when each version of a DAG was found.

use updraft_model::{DagId, DagVersionId, StructureHash};
use updraft_sql::{ColumnType, Sql, Tx, row, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::storable;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ADD = Sql::new("INSERT INTO source_code (code_hash, code) VALUES ($1, $2) ON CONFLICT (code_hash) DO NOTHING");
    USE = Sql::new(
        "UPDATE dag_version SET code_hash = $1 \
         FROM {batch} \
         WHERE dag_version.version_id = batch.version_id AND (dag_version.code_hash IS NULL OR dag_version.code_hash <> $1)",
    )
    .batch(&[("version_id", ColumnType::Uuid)]);
    FORGET_UNUSED = Sql::new(
        "DELETE FROM source_code \
         WHERE NOT EXISTS (SELECT 1 FROM dag_version v WHERE v.code_hash = source_code.code_hash)",
    );
    NEWEST = Sql::new(
        "SELECT v.version_number, c.code \
         FROM dag d JOIN dag_version v ON v.version_id = d.version_id \
         LEFT JOIN source_code c ON c.code_hash = v.code_hash \
         WHERE d.dag_id = $1",
    );
    OF_VERSION = Sql::new(
        "SELECT v.version_number, c.code \
         FROM dag_version v LEFT JOIN source_code c ON c.code_hash = v.code_hash \
         WHERE v.dag_id = $1 AND v.version_number = $2",
    );
    OF_FILE = Sql::new(
        "SELECT d.dag_id, v.version_number, c.code \
         FROM dag d JOIN dag_version v ON v.version_id = d.version_id \
         LEFT JOIN source_code c ON c.code_hash = v.code_hash \
         WHERE d.fileloc = $1 \
         ORDER BY d.is_active DESC, d.parsed_at DESC, d.dag_id",
    );
}

/// The text of the file of a version of a DAG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DagCode {
    /// The number of the version.
    pub version_number: i64,
    /// The text; `None` if the version was found by a program that did not keep texts.
    pub code: Option<String>,
}

impl Store {
    /// The text of a version of a DAG, of the newest one without a number. `None` if there is no such version.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dag_code(
        &self,
        dag_id: &DagId,
        version_number: Option<i64>,
    ) -> Result<Option<DagCode>, StoreError> {
        let query = match version_number {
            None => NEWEST.bind(dag_id.as_str()),
            Some(number) => OF_VERSION.bind(dag_id.as_str()).bind(number),
        };
        let row = self.db.fetch_optional(query).await?;
        row.as_ref().map(read).transpose()
    }

    /// The DAGs that a file defines or once defined, with the texts of their newest versions; what is most up to date comes first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn code_of_file(&self, fileloc: &str) -> Result<Vec<(String, DagCode)>, StoreError> {
        let rows = self.db.fetch_all(OF_FILE.bind(fileloc)).await?;
        rows.iter()
            .map(|row| Ok((row.get("dag_id")?, read(row)?)))
            .collect()
    }
}

/// Keeps the text of a source as that of these versions.
pub(crate) async fn write_code(
    tx: &mut Tx,
    code: &str,
    versions: impl Iterator<Item = DagVersionId>,
) -> Result<(), StoreError> {
    let hash = StructureHash::of_text(code).to_string();
    tx.execute(ADD.bind(hash.as_str()).bind(storable(code))).await?;
    let rows = versions.map(|version| row![version.0]);
    if tx.execute(USE.bind(hash.as_str()).rows(rows)).await? > 0 {
        tx.execute(FORGET_UNUSED.query()).await?;
    }
    Ok(())
}

fn read(row: &updraft_sql::Row) -> Result<DagCode, StoreError> {
    Ok(DagCode {
        version_number: row.get("version_number")?,
        code: row.get("code")?,
    })
}
