//! What tests ask about a database: does every statement prepare, what is the schema, what does it hold, which index is
//! used. Also the ping of a health check.

use std::collections::BTreeMap;
use std::fmt::Write;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Column as _, Executor, Row as _, TypeInfo, ValueRef};
use uuid::Uuid;

use crate::db::Db;
use crate::error::SqlError;
use crate::statement::{Backend, Sql};
use crate::tx::{Tx, TxInner};

/// Tables that a dump leaves out: they differ between databases by design.
const MIGRATIONS_SUFFIX: &str = "_migration";

/// Asks the database whether it is there.
///
/// # Errors
/// [`SqlError`].
pub async fn ping(db: &Db) -> Result<(), SqlError> {
    let mut tx = db.begin_read().await?;
    text_rows(&mut tx, "SELECT 'ok'".to_owned()).await.map(drop)
}

/// Prepares every statement of a catalogue and returns the complaints, each with the name of its statement; empty is
/// good.
///
/// # Errors
/// [`SqlError`] if the database cannot be asked.
pub async fn prepare_all(db: &Db, catalogue: &[&'static Sql]) -> Result<Vec<String>, SqlError> {
    let mut complaints = Vec::new();
    for sql in catalogue {
        // A transaction each: on PostgreSQL a failed statement spoils its transaction.
        let mut tx = db.begin_read().await?;
        let text = sqlx::SqlStr::from_static(sql.text(db.backend()));
        let prepared = match tx.inner() {
            TxInner::Postgres(tx) => tx.prepare(text).await.map(drop),
            TxInner::Sqlite(tx) => tx.prepare(text).await.map(drop),
        };
        if let Err(error) = prepared {
            complaints.push(format!("{}: {error}", sql.name()));
        }
    }
    Ok(complaints)
}

/// The query plan of a statement, a line per step.
///
/// On SQLite it does not depend on what the tables hold, and is fit for golden files. On PostgreSQL it does; what is told is the
/// plan for any values that reads no whole table and sorts nothing where an index will do: what is read and sorted even so has no
/// index.
///
/// # Errors
/// [`SqlError`].
pub async fn query_plan(db: &Db, sql: &'static Sql) -> Result<String, SqlError> {
    let mut tx = db.begin_read().await?;
    let text = sql.text(db.backend());
    match db.backend() {
        Backend::Sqlite => sqlite_plan(&mut tx, text).await,
        Backend::Postgres => postgres_plan(&mut tx, text).await,
    }
}

async fn sqlite_plan(tx: &mut Tx, text: &str) -> Result<String, SqlError> {
    let rows = sqlite_rows(tx, format!("EXPLAIN QUERY PLAN {text}")).await?;
    let mut plan = String::new();
    let mut depths = BTreeMap::from([(0_i64, 0_usize)]);
    for row in rows {
        let (id, parent): (i64, i64) = (row.get("id"), row.get("parent"));
        let depth = depths.get(&parent).copied().unwrap_or(0);
        depths.insert(id, depth + 1);
        let _ = writeln!(plan, "{}{}", "  ".repeat(depth), row.get::<String, _>("detail"));
    }
    Ok(plan)
}

async fn postgres_plan(tx: &mut Tx, text: &str) -> Result<String, SqlError> {
    for setting in [
        "plan_cache_mode = force_generic_plan",
        "enable_seqscan = off",
        "enable_sort = off",
    ] {
        text_rows(tx, format!("SET LOCAL {setting}")).await?;
    }
    text_rows(tx, format!("PREPARE planned AS {text}")).await?;
    let parameters = (1..).take_while(|number| text.contains(&format!("${number}")));
    let values = match parameters.map(|_| "NULL").collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => none,
        values => format!("({values})"),
    };
    let lines = text_rows(tx, format!("EXPLAIN (COSTS OFF) EXECUTE planned{values}")).await?;
    text_rows(tx, "DEALLOCATE planned".to_owned()).await?;
    Ok(lines.join("\n"))
}

/// The schema in the words of the database, for a committed dump: tables with columns and constraints, then indexes.
///
/// # Errors
/// [`SqlError`].
pub async fn schema(db: &Db) -> Result<String, SqlError> {
    let mut tx = db.begin_read().await?;
    let query = match db.backend() {
        Backend::Sqlite => {
            "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '%\\_migration' ESCAPE '\\' \
             AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY tbl_name, type DESC, name"
        }
        Backend::Postgres => POSTGRES_SCHEMA,
    };
    let mut lines = text_rows(&mut tx, query.to_owned()).await?;
    lines.push(String::new());
    Ok(lines.join("\n"))
}

/// The columns of each table in order, without those of migrations; equal on both databases.
///
/// # Errors
/// [`SqlError`].
pub async fn columns(db: &Db) -> Result<BTreeMap<String, Vec<String>>, SqlError> {
    let mut tx = db.begin_read().await?;
    let query = match db.backend() {
        Backend::Sqlite => {
            "SELECT t.name || ' ' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid"
        }
        Backend::Postgres => {
            "SELECT table_name || ' ' || column_name FROM information_schema.columns \
             WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        }
    };
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text_rows(&mut tx, query.to_owned()).await? {
        if let Some((table, column)) = line.split_once(' ')
            && !table.ends_with(MIGRATIONS_SUFFIX)
        {
            tables
                .entry(table.to_owned())
                .or_default()
                .push(column.to_owned());
        }
    }
    Ok(tables)
}

/// Everything the tables hold, a line per row, sorted, in a notation that is equal on both databases for equal contents:
/// truth as 0 and 1, bytes and UUIDs in hexadecimal.
///
/// # Errors
/// [`SqlError`].
pub async fn contents(db: &Db) -> Result<BTreeMap<String, Vec<String>>, SqlError> {
    contents_without(db, &[]).await
}

/// What [`contents`] returns, less the columns with the given names: those that differ between any two runs of the same work,
/// such as times.
///
/// # Errors
/// [`SqlError`].
pub async fn contents_without(db: &Db, left_out: &[&str]) -> Result<BTreeMap<String, Vec<String>>, SqlError> {
    let mut contents = BTreeMap::new();
    for (table, mut columns) in columns(db).await? {
        columns.retain(|column| !left_out.contains(&column.as_str()));
        if columns.is_empty() {
            continue;
        }
        let mut tx = db.begin_read().await?;
        let query = format!(r#"SELECT "{}" FROM {table}"#, columns.join(r#"", ""#));
        let mut lines: Vec<String> = match tx.inner() {
            TxInner::Postgres(_) => postgres_rows(&mut tx, query)
                .await?
                .iter()
                .map(postgres_line)
                .collect(),
            TxInner::Sqlite(_) => sqlite_rows(&mut tx, query)
                .await?
                .iter()
                .map(sqlite_line)
                .collect(),
        };
        lines.sort();
        contents.insert(table, lines);
    }
    Ok(contents)
}

fn postgres_line(row: &PgRow) -> String {
    let cells = row.columns().iter().map(|column| {
        let at = column.ordinal();
        let text = match column.type_info().name() {
            "BOOL" => row
                .get::<Option<bool>, _>(at)
                .map(|value| i64::from(value).to_string()),
            "INT8" => row.get::<Option<i64>, _>(at).map(|value| value.to_string()),
            "FLOAT8" => row.get::<Option<f64>, _>(at).map(|value| format!("{value:?}")),
            "BYTEA" => row.get::<Option<Vec<u8>>, _>(at).map(|value| hex::encode(&value)),
            "UUID" => row
                .get::<Option<Uuid>, _>(at)
                .map(|value| hex::encode(value.as_bytes())),
            _ => row.get::<Option<String>, _>(at).map(|value| format!("{value:?}")),
        };
        cell(column.name(), text)
    });
    cells.collect::<Vec<_>>().join(" ")
}

fn sqlite_line(row: &SqliteRow) -> String {
    let cells = row.columns().iter().map(|column| {
        let at = column.ordinal();
        let kind = row
            .try_get_raw(at)
            .map(|value| value.type_info().name().to_owned());
        let text = match kind.as_deref() {
            Ok("INTEGER" | "BOOLEAN") => row.get::<Option<i64>, _>(at).map(|value| value.to_string()),
            Ok("REAL") => row.get::<Option<f64>, _>(at).map(|value| format!("{value:?}")),
            Ok("BLOB") => row.get::<Option<Vec<u8>>, _>(at).map(|value| hex::encode(&value)),
            _ => row.get::<Option<String>, _>(at).map(|value| format!("{value:?}")),
        };
        cell(column.name(), text)
    });
    cells.collect::<Vec<_>>().join(" ")
}

fn cell(name: &str, text: Option<String>) -> String {
    format!("{name}={}", text.as_deref().unwrap_or("NULL"))
}

async fn text_rows(tx: &mut Tx, text: String) -> Result<Vec<String>, SqlError> {
    let read = match tx.inner() {
        TxInner::Postgres(_) => postgres_rows(tx, text)
            .await?
            .iter()
            .map(|row| row.try_get(0))
            .collect(),
        TxInner::Sqlite(_) => sqlite_rows(tx, text)
            .await?
            .iter()
            .map(|row| row.try_get(0))
            .collect(),
    };
    let read: Result<Vec<String>, sqlx::Error> = read;
    read.map_err(|error| SqlError::of(error, "inspect", tx.place()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "inspection asks about tables whose names are part of the text"
)]
async fn postgres_rows(tx: &mut Tx, text: String) -> Result<Vec<PgRow>, SqlError> {
    let rows = match tx.inner() {
        TxInner::Postgres(tx) => tx.fetch_all(sqlx::query(AssertSqlSafe(text))).await,
        TxInner::Sqlite(_) => Ok(Vec::new()),
    };
    rows.map_err(|error| SqlError::of(error, "inspect", tx.place()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "inspection asks about tables whose names are part of the text"
)]
async fn sqlite_rows(tx: &mut Tx, text: String) -> Result<Vec<SqliteRow>, SqlError> {
    let rows = match tx.inner() {
        TxInner::Sqlite(tx) => tx.fetch_all(sqlx::query(AssertSqlSafe(text))).await,
        TxInner::Postgres(_) => Ok(Vec::new()),
    };
    rows.map_err(|error| SqlError::of(error, "inspect", tx.place()))
}

/// Tables with a line per column and constraint, and indexes that belong to no constraint, of the current schema.
const POSTGRES_SCHEMA: &str = "
    WITH tables AS (
        SELECT oid, relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname NOT LIKE '%\\_migration'
    ), lines AS (
        SELECT t.relname AS place, 0 AS part, 0::bigint AS position, 'TABLE ' || t.relname AS line FROM tables t
        UNION ALL
        SELECT t.relname, 1, a.attnum, '    ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attcollation <> y.typcollation THEN ' COLLATE ' || c.collname ELSE '' END
            || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
            || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
            || CASE WHEN a.attidentity <> '' THEN ' IDENTITY' ELSE '' END
        FROM tables t
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type y ON y.oid = a.atttypid
        LEFT JOIN pg_collation c ON c.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
        UNION ALL
        SELECT t.relname, 2, row_number() OVER (ORDER BY c.conname), '    ' || pg_get_constraintdef(c.oid)
        FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid
        UNION ALL
        SELECT t.relname, 3, row_number() OVER (ORDER BY i.relname),
            replace(pg_get_indexdef(i.oid), quote_ident(current_schema()) || '.', '')
        FROM tables t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
        WHERE NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid)
    )
    SELECT line FROM lines ORDER BY place, part, position";
