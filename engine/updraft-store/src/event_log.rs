//! The event log: who did what, for people who ask later. Airflow's table `log`.

use jiff::Timestamp;
use serde_json::Value;
use updraft_sql::{Query, Sql, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::{TableRow, storable};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ADD = Sql::new(
        "INSERT INTO event_log (happened_at, event, owner, dag_id, run_id, task_id, map_index, try_number, extra) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    ONE = Sql::new(
        "SELECT event_log_id, happened_at, event, owner, dag_id, run_id, task_id, map_index, try_number, extra \
         FROM event_log WHERE event_log_id = $1",
    );
    // Each database has a function of its own that finds a text in another.
    OLDEST = Sql::per_backend(
        "SELECT event_log_id, happened_at, event, owner, dag_id, run_id, task_id, map_index, try_number, extra \
         FROM event_log \
         WHERE (dag_id = $1 OR $1 IS NULL) AND (run_id = $2 OR $2 IS NULL) AND (task_id = $3 OR $3 IS NULL) \
           AND (map_index = $4 OR $4 IS NULL) AND (try_number = $5 OR $5 IS NULL) AND (owner = $6 OR $6 IS NULL) \
           AND (event = $7 OR $7 IS NULL) AND (happened_at > $8 OR $8 IS NULL) AND (happened_at < $9 OR $9 IS NULL) \
           AND (strpos($10, ',' || event || ',') > 0 OR $10 IS NULL) \
           AND (strpos($11, ',' || event || ',') = 0 OR $11 IS NULL) \
         ORDER BY event_log_id LIMIT $12 OFFSET $13",
        "SELECT event_log_id, happened_at, event, owner, dag_id, run_id, task_id, map_index, try_number, extra \
         FROM event_log \
         WHERE (dag_id = $1 OR $1 IS NULL) AND (run_id = $2 OR $2 IS NULL) AND (task_id = $3 OR $3 IS NULL) \
           AND (map_index = $4 OR $4 IS NULL) AND (try_number = $5 OR $5 IS NULL) AND (owner = $6 OR $6 IS NULL) \
           AND (event = $7 OR $7 IS NULL) AND (happened_at > $8 OR $8 IS NULL) AND (happened_at < $9 OR $9 IS NULL) \
           AND (instr($10, ',' || event || ',') > 0 OR $10 IS NULL) \
           AND (instr($11, ',' || event || ',') = 0 OR $11 IS NULL) \
         ORDER BY event_log_id LIMIT $12 OFFSET $13",
    );
    NEWEST = Sql::per_backend(
        "SELECT event_log_id, happened_at, event, owner, dag_id, run_id, task_id, map_index, try_number, extra \
         FROM event_log \
         WHERE (dag_id = $1 OR $1 IS NULL) AND (run_id = $2 OR $2 IS NULL) AND (task_id = $3 OR $3 IS NULL) \
           AND (map_index = $4 OR $4 IS NULL) AND (try_number = $5 OR $5 IS NULL) AND (owner = $6 OR $6 IS NULL) \
           AND (event = $7 OR $7 IS NULL) AND (happened_at > $8 OR $8 IS NULL) AND (happened_at < $9 OR $9 IS NULL) \
           AND (strpos($10, ',' || event || ',') > 0 OR $10 IS NULL) \
           AND (strpos($11, ',' || event || ',') = 0 OR $11 IS NULL) \
         ORDER BY event_log_id DESC LIMIT $12 OFFSET $13",
        "SELECT event_log_id, happened_at, event, owner, dag_id, run_id, task_id, map_index, try_number, extra \
         FROM event_log \
         WHERE (dag_id = $1 OR $1 IS NULL) AND (run_id = $2 OR $2 IS NULL) AND (task_id = $3 OR $3 IS NULL) \
           AND (map_index = $4 OR $4 IS NULL) AND (try_number = $5 OR $5 IS NULL) AND (owner = $6 OR $6 IS NULL) \
           AND (event = $7 OR $7 IS NULL) AND (happened_at > $8 OR $8 IS NULL) AND (happened_at < $9 OR $9 IS NULL) \
           AND (instr($10, ',' || event || ',') > 0 OR $10 IS NULL) \
           AND (instr($11, ',' || event || ',') = 0 OR $11 IS NULL) \
         ORDER BY event_log_id DESC LIMIT $12 OFFSET $13",
    );
    COUNT = Sql::per_backend(
        "SELECT count(*) AS number \
         FROM event_log \
         WHERE (dag_id = $1 OR $1 IS NULL) AND (run_id = $2 OR $2 IS NULL) AND (task_id = $3 OR $3 IS NULL) \
           AND (map_index = $4 OR $4 IS NULL) AND (try_number = $5 OR $5 IS NULL) AND (owner = $6 OR $6 IS NULL) \
           AND (event = $7 OR $7 IS NULL) AND (happened_at > $8 OR $8 IS NULL) AND (happened_at < $9 OR $9 IS NULL) \
           AND (strpos($10, ',' || event || ',') > 0 OR $10 IS NULL) \
           AND (strpos($11, ',' || event || ',') = 0 OR $11 IS NULL)",
        "SELECT count(*) AS number \
         FROM event_log \
         WHERE (dag_id = $1 OR $1 IS NULL) AND (run_id = $2 OR $2 IS NULL) AND (task_id = $3 OR $3 IS NULL) \
           AND (map_index = $4 OR $4 IS NULL) AND (try_number = $5 OR $5 IS NULL) AND (owner = $6 OR $6 IS NULL) \
           AND (event = $7 OR $7 IS NULL) AND (happened_at > $8 OR $8 IS NULL) AND (happened_at < $9 OR $9 IS NULL) \
           AND (instr($10, ',' || event || ',') > 0 OR $10 IS NULL) \
           AND (instr($11, ',' || event || ',') = 0 OR $11 IS NULL)",
    );
}

/// Something that somebody did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewEventLog<'a> {
    /// What: Airflow's name of the operation.
    pub event: &'a str,
    /// Who.
    pub owner: Option<&'a str>,
    /// To which DAG.
    pub dag_id: Option<&'a str>,
    /// To which run of it.
    pub run_id: Option<&'a str>,
    /// To which task.
    pub task_id: Option<&'a str>,
    /// To which copy of it.
    pub map_index: Option<i32>,
    /// With what. Nothing secret.
    pub extra: Option<Value>,
}

/// An entry of the event log.
#[derive(Debug, Clone, PartialEq)]
pub struct EventLogRow {
    /// Its number; later ones have higher ones.
    pub event_log_id: i64,
    /// When.
    pub happened_at: Timestamp,
    /// What.
    pub event: String,
    /// Who.
    pub owner: Option<String>,
    /// To which DAG.
    pub dag_id: Option<String>,
    /// To which run of it.
    pub run_id: Option<String>,
    /// To which task.
    pub task_id: Option<String>,
    /// To which copy of it.
    pub map_index: Option<i32>,
    /// Which try of it.
    pub try_number: Option<u32>,
    /// With what: JSON.
    pub extra: Option<String>,
}

/// Which entries to list, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventLogFilter {
    /// Only those of this DAG.
    pub dag_id: Option<String>,
    /// Only those of this run.
    pub run_id: Option<String>,
    /// Only those of this task.
    pub task_id: Option<String>,
    /// Only those of this copy.
    pub map_index: Option<i32>,
    /// Only those of this try.
    pub try_number: Option<u32>,
    /// Only those of this person.
    pub owner: Option<String>,
    /// Only those of this name.
    pub event: Option<String>,
    /// Only those of these names.
    pub included_events: Option<Vec<String>>,
    /// None of these names.
    pub excluded_events: Option<Vec<String>>,
    /// Only those that happened later.
    pub after: Option<Timestamp>,
    /// Only those that happened earlier.
    pub before: Option<Timestamp>,
    /// Whether the newest come first.
    pub is_newest_first: bool,
    /// At most so many.
    pub limit: u32,
    /// Without the first so many.
    pub offset: u32,
}

impl Store {
    /// Records what somebody did.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_event(&self, entry: &NewEventLog<'_>, now: Timestamp) -> Result<(), StoreError> {
        let extra = entry.extra.as_ref().map(|extra| storable(&extra.to_string()));
        let query = ADD.bind(now).bind(entry.event).bind(entry.owner);
        let query = query.bind(entry.dag_id).bind(entry.run_id).bind(entry.task_id);
        let query = query.bind(entry.map_index).bind(None::<i64>).bind(extra);
        self.db.execute(query).await?;
        Ok(())
    }

    /// One entry; `None` if there is none of that number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn event_log(&self, event_log_id: i64) -> Result<Option<EventLogRow>, StoreError> {
        let row = self.db.fetch_optional(ONE.bind(event_log_id)).await?;
        row.as_ref().map(read_event).transpose()
    }

    /// A page of entries, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn event_logs(&self, filter: &EventLogFilter) -> Result<(Vec<EventLogRow>, u64), StoreError> {
        let list = if filter.is_newest_first { &NEWEST } else { &OLDEST };
        let mut tx = self.db.begin_read().await?;
        let page = bind(list.query(), filter).bind(i64::from(filter.limit));
        let rows = tx.fetch_all(page.bind(i64::from(filter.offset))).await?;
        let total = tx.fetch_one(bind(COUNT.query(), filter)).await?;
        tx.rollback().await?;
        let total = TableRow {
            table: "event_log",
            row: &total,
        }
        .number("number")?;
        let rows: Result<Vec<EventLogRow>, StoreError> = rows.iter().map(read_event).collect();
        Ok((rows?, total))
    }
}

/// Binds the conditions of a filter as `$1` to `$11`.
fn bind<'f>(query: Query<'f>, filter: &'f EventLogFilter) -> Query<'f> {
    let query = query
        .bind(filter.dag_id.as_deref())
        .bind(filter.run_id.as_deref());
    let query = query.bind(filter.task_id.as_deref()).bind(filter.map_index);
    let query = query.bind(filter.try_number.map(i64::from));
    let query = query.bind(filter.owner.as_deref()).bind(filter.event.as_deref());
    let query = query.bind(filter.after).bind(filter.before);
    // Between commas each name is found as a whole.
    let names = |names: &Option<Vec<String>>| {
        names
            .as_ref()
            .map(|names| storable(&format!(",{},", names.join(","))))
    };
    query
        .bind(names(&filter.included_events))
        .bind(names(&filter.excluded_events))
}

fn read_event(row: &updraft_sql::Row) -> Result<EventLogRow, StoreError> {
    let row = TableRow {
        table: "event_log",
        row,
    };
    Ok(EventLogRow {
        event_log_id: row.get("event_log_id")?,
        happened_at: row.time("happened_at")?,
        event: row.get("event")?,
        owner: row.get("owner")?,
        dag_id: row.get("dag_id")?,
        run_id: row.get("run_id")?,
        task_id: row.get("task_id")?,
        map_index: row.optional_number("map_index")?,
        try_number: row.optional_number("try_number")?,
        extra: row.get("extra")?,
    })
}
