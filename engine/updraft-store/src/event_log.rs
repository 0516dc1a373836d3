//! The event log: who did what, for people who ask later. Airflow's table `log`.

use jiff::Timestamp;
use serde_json::Value;
use updraft_sql::{Query, Sql, Tx, statements};

use crate::error::StoreError;
use crate::order::{Paging, TextLike, sorted_by};
use crate::store::Store;
use crate::table::{TableRow, storable};

macro_rules! columns {
    () => {
        "SELECT event_log_id, happened_at, event, owner, dag_id, run_id, task_id, map_index, try_number, extra "
    };
}

/// Which entries are meant. Each database has a function of its own that finds a text in another.
macro_rules! meant {
    ($find:literal) => {
        meant!($find, "(dag_id = $1 OR $1 IS NULL)")
    };
    ($find:literal, $dag:literal) => {
        concat!(
            "FROM event_log \
             WHERE ", $dag, " AND (run_id = $2 OR $2 IS NULL) AND (task_id = $3 OR $3 IS NULL) \
               AND (map_index = $4 OR $4 IS NULL) AND (try_number = $5 OR $5 IS NULL) AND (owner = $6 OR $6 IS NULL) \
               AND (event = $7 OR $7 IS NULL) AND (happened_at > $8 OR $8 IS NULL) AND (happened_at < $9 OR $9 IS NULL) \
               AND (", $find, "($10, ',' || event || ',') > 0 OR $10 IS NULL) \
               AND (", $find, "($11, ',' || event || ',') = 0 OR $11 IS NULL) \
               AND (lower(dag_id) LIKE $12 ESCAPE '~' OR $12 IS NULL) \
               AND (substr(dag_id, 1, length($13)) = $13 OR $13 IS NULL) \
               AND (lower(task_id) LIKE $14 ESCAPE '~' OR $14 IS NULL) \
               AND (substr(task_id, 1, length($15)) = $15 OR $15 IS NULL) \
               AND (lower(run_id) LIKE $16 ESCAPE '~' OR $16 IS NULL) \
               AND (substr(run_id, 1, length($17)) = $17 OR $17 IS NULL) \
               AND (lower(owner) LIKE $18 ESCAPE '~' OR $18 IS NULL) \
               AND (substr(owner, 1, length($19)) = $19 OR $19 IS NULL) \
               AND (lower(event) LIKE $20 ESCAPE '~' OR $20 IS NULL) \
               AND (substr(event, 1, length($21)) = $21 OR $21 IS NULL) "
        )
    };
}

macro_rules! sorted {
    () => {
        sorted_by!(
            "$22", "$23";
            "id" => "event_log_id",
            "event_log_id" => "event_log_id",
            "when" => "happened_at",
            "dttm" => "happened_at",
            "dag_id" => "dag_id",
            "task_id" => "task_id",
            "run_id" => "run_id",
            "event" => "event",
            "owner" => "owner",
            "extra" => "extra",
        )
    };
}

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
    // In the order of their numbers, which the database need not sort.
    OLDEST = Sql::per_backend(
        concat!(columns!(), meant!("strpos"), "ORDER BY event_log_id LIMIT $22 OFFSET $23"),
        concat!(columns!(), meant!("instr"), "ORDER BY event_log_id LIMIT $22 OFFSET $23"),
    );
    OLDEST_OF_DAG = Sql::per_backend(
        concat!(columns!(), meant!("strpos", "dag_id = $1"), "ORDER BY event_log_id LIMIT $22 OFFSET $23"),
        concat!(columns!(), meant!("instr", "dag_id = $1"), "ORDER BY event_log_id LIMIT $22 OFFSET $23"),
    );
    NEWEST = Sql::per_backend(
        concat!(columns!(), meant!("strpos"), "ORDER BY event_log_id DESC LIMIT $22 OFFSET $23"),
        concat!(columns!(), meant!("instr"), "ORDER BY event_log_id DESC LIMIT $22 OFFSET $23"),
    );
    NEWEST_OF_DAG = Sql::per_backend(
        concat!(columns!(), meant!("strpos", "dag_id = $1"), "ORDER BY event_log_id DESC LIMIT $22 OFFSET $23"),
        concat!(columns!(), meant!("instr", "dag_id = $1"), "ORDER BY event_log_id DESC LIMIT $22 OFFSET $23"),
    );
    SORTED = Sql::per_backend(
        concat!(columns!(), meant!("strpos"), "ORDER BY ", sorted!(), "event_log_id LIMIT $24 OFFSET $25"),
        concat!(columns!(), meant!("instr"), "ORDER BY ", sorted!(), "event_log_id LIMIT $24 OFFSET $25"),
    );
    COUNT = Sql::per_backend(
        concat!("SELECT count(*) AS number ", meant!("strpos")),
        concat!("SELECT count(*) AS number ", meant!("instr")),
    );
    COUNT_OF_DAG = Sql::per_backend(
        concat!("SELECT count(*) AS number ", meant!("strpos", "dag_id = $1")),
        concat!("SELECT count(*) AS number ", meant!("instr", "dag_id = $1")),
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
    /// Only those whose DAG is called so.
    pub dag_like: TextLike,
    /// Only those whose task is called so.
    pub task_like: TextLike,
    /// Only those whose run is called so.
    pub run_like: TextLike,
    /// Only those of people who are called so.
    pub owner_like: TextLike,
    /// Only those that are called so.
    pub event_like: TextLike,
    /// Which page; without sort keys the oldest come first.
    pub paging: Paging,
}

impl Store {
    /// Records what somebody did that changes nothing here. A change says itself who made it: see [`Store::by`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_event(&self, entry: &NewEventLog<'_>, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        add(&mut tx, entry, now).await?;
        Ok(tx.commit().await?)
    }

    /// One entry; `None` if there is none of that number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn event_log(&self, event_log_id: i64) -> Result<Option<EventLogRow>, StoreError> {
        let row = self.db.fetch_optional(ONE.bind(event_log_id)).await?;
        row.as_ref().map(read_event).transpose()
    }

    /// A page of entries, and how many there are on all pages. A total of 10,000 and more may be up to a
    /// minute old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn event_logs(&self, filter: &EventLogFilter) -> Result<(Vec<EventLogRow>, u64), StoreError> {
        let paging = &filter.paging;
        let by_number = |list: &'static Sql| {
            let page = bind(list.query(), filter).bind(i64::from(paging.limit));
            page.bind(i64::from(paging.offset))
        };
        let (oldest, newest, count) = match filter.dag_id {
            Some(_) => (&OLDEST_OF_DAG, &NEWEST_OF_DAG, &COUNT_OF_DAG),
            None => (&OLDEST, &NEWEST, &COUNT),
        };
        let page = match (paging.sort.first.as_deref(), &paging.sort.second) {
            (None | Some("id" | "event_log_id" | "when" | "dttm"), None) => by_number(oldest),
            (Some("-id" | "-event_log_id" | "-when" | "-dttm"), None) => by_number(newest),
            _ => paging.bind(bind(SORTED.query(), filter)),
        };
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(page).await?;
        let all = EventLogFilter {
            paging: Paging::default(),
            ..filter.clone()
        };
        let count = bind(count.query(), filter);
        let total = self.totals.read(&mut tx, "event_log", count, all).await?;
        tx.rollback().await?;
        let rows: Result<Vec<EventLogRow>, StoreError> = rows.iter().map(read_event).collect();
        Ok((rows?, total))
    }
}

/// Writes an entry in a transaction that does more.
pub(crate) async fn add(tx: &mut Tx, entry: &NewEventLog<'_>, now: Timestamp) -> Result<(), StoreError> {
    let extra = entry.extra.as_ref().map(|extra| storable(&extra.to_string()));
    let query = ADD.bind(now).bind(entry.event).bind(entry.owner.map(storable));
    let query = query.bind(entry.dag_id).bind(entry.run_id).bind(entry.task_id);
    let query = query.bind(entry.map_index).bind(None::<i64>).bind(extra);
    tx.execute(query).await?;
    Ok(())
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
    let query = query
        .bind(names(&filter.included_events))
        .bind(names(&filter.excluded_events));
    let likes = [
        &filter.dag_like,
        &filter.task_like,
        &filter.run_like,
        &filter.owner_like,
        &filter.event_like,
    ];
    likes.into_iter().fold(query, |query, like| like.bind(query))
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
