//! Runs of many DAGs, as programs page through them, and remarks on runs.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;
use updraft_model::{DagId, DagRunState, RunKey, RunType};
use updraft_sql::{Query, Sql, Tx, statements};

use crate::author::Note;
use crate::error::StoreError;
use crate::run_pages;
use crate::runs::RunRow;
use crate::store::Store;
use crate::table::storable;
use crate::wanted::{
    self, Conditions, NumberSpan, TextSearch, among, among_numbers, like, sorted, wanted, within,
};

/// The runs that are meant.
macro_rules! meant {
    ($scope:expr) => {
        concat!(
            "FROM dag_run r CROSS JOIN dag_version v WHERE v.version_id = r.version_id AND ",
            $scope,
            " AND ",
            among!("run", "r.run_id"),
            " AND ",
            like!("dag_id", "r.dag_id"),
            " AND ",
            like!("run_id", "r.run_id"),
            " AND ",
            like!("triggered_by", "r.triggered_by"),
            " AND ",
            like!("conf", "r.conf"),
            " AND ",
            among!("state", "r.state"),
            " AND ",
            among!("run_type", "r.run_type"),
            " AND ",
            among_numbers!("version", "v.version_number"),
            " AND ",
            within!("dated", "coalesce(r.logical_date, r.run_after)"),
            " AND ",
            within!("logical", "r.logical_date"),
            " AND ",
            within!("run_after", "r.run_after"),
            " AND ",
            within!("start", "r.start_date"),
            " AND ",
            within!("end", "r.end_date"),
            " AND ",
            within!("duration", "(r.end_date - r.start_date)"),
            " AND ",
            within!("changed", "coalesce(r.end_date, r.start_date, r.queued_at)"),
            " AND (NOT EXISTS (SELECT 1 FROM wanted WHERE kind = 'asset') OR EXISTS (\
                SELECT 1 FROM dag_run_asset_event c JOIN asset_event e ON e.event_id = c.event_id \
                JOIN asset a ON a.asset_id = e.asset_id \
                WHERE c.dag_id = r.dag_id AND c.run_id = r.run_id AND ",
            like!("asset", "(a.name || ' ' || a.uri)"),
            "))"
        )
    };
}

/// Runs of all DAGs, or of those that are named.
macro_rules! of_many {
    () => {
        among!("dag", "r.dag_id")
    };
}

pub(crate) use {meant, of_many};

/// A page that the database sorts.
macro_rules! page {
    ($scope:expr) => {
        concat!(
        wanted!(),
        "SELECT * FROM (SELECT r.dag_id, r.run_id, r.version_id, v.version_number, r.state, r.run_type, r.logical_date, \
                r.data_interval_start, r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.end_date, \
                r.clear_number, r.triggered_by, r.backfill_id, r.note, \
                CASE $2 WHEN 'run_id' THEN r.run_id WHEN 'state' THEN r.state WHEN 'dag_id' THEN r.dag_id \
                        WHEN 'conf' THEN r.conf END AS sort_word, \
                CASE $2 WHEN 'date' THEN coalesce(r.logical_date, r.run_after) WHEN 'logical' THEN r.logical_date \
                        WHEN 'run_after' THEN r.run_after WHEN 'start' THEN r.start_date WHEN 'end' THEN r.end_date \
                        WHEN 'duration' THEN r.end_date - r.start_date \
                        WHEN 'changed' THEN coalesce(r.end_date, r.start_date, r.queued_at) END AS sort_number ",
        meant!($scope),
        ") AS list ",
        sorted!(),
        ", dag_id, run_id LIMIT $3 OFFSET $4",
        )
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE_OF_DAG = Sql::new(page!("r.dag_id = $5")).batch(wanted::COLUMNS);
    COUNT_OF_DAG = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!("r.dag_id = $1"))).batch(wanted::COLUMNS);
    PAGE_OF_MANY = Sql::new(page!(of_many!())).batch(wanted::COLUMNS);
    COUNT_OF_MANY = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!(of_many!()))).batch(wanted::COLUMNS);
    NOTE = Sql::new("SELECT note FROM dag_run WHERE dag_id = $1 AND run_id = $2");
    SET_NOTE = Sql::new("UPDATE dag_run SET note = $3 WHERE dag_id = $1 AND run_id = $2");
}

/// A span of time, both ends included; without an end there is no limit there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeSpan {
    /// The earliest time.
    pub from: Option<Timestamp>,
    /// The latest time.
    pub until: Option<Timestamp>,
}

/// Which runs a page is of, and which page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunPage {
    /// Runs of these DAGs; `None`: of all.
    pub dags: Option<BTreeSet<DagId>>,
    /// Runs with one of these ids; empty: with any.
    pub run_ids: Vec<String>,
    /// By the id of their DAG.
    pub dag_id: TextSearch,
    /// By their id.
    pub run_id: TextSearch,
    /// By who triggered them.
    pub triggered_by: TextSearch,
    /// By the JSON text of what they were triggered with.
    pub conf: TextSearch,
    /// By the names and uris of the assets whose events they have consumed.
    pub consumed_asset: TextSearch,
    /// By logical date; for a run without one it is when it may start.
    pub dated: TimeSpan,
    /// By logical date; a run without one is not meant if there is an end.
    pub logical_date: TimeSpan,
    /// By when they may start.
    pub run_after: TimeSpan,
    /// By when they started, last time.
    pub started: TimeSpan,
    /// By when they ended, last time.
    pub ended: TimeSpan,
    /// By when their state changed last.
    pub changed: TimeSpan,
    /// By how long they took, last time, in microseconds.
    pub duration_us: NumberSpan,
    /// In one of these states; `None`: in any.
    pub states: Option<Vec<DagRunState>>,
    /// Of one of these types; empty: of any.
    pub run_types: Vec<RunType>,
    /// With one of these numbers of versions of their DAG; empty: with any.
    pub versions: Vec<i64>,
    /// What they are sorted by.
    pub order: RunOrder,
    /// Whether the latest come first.
    pub is_descending: bool,
    /// At most so many.
    pub limit: u32,
    /// Without the first so many.
    pub offset: u32,
}

/// What runs are sorted by. Those without such a value come last; those that are equal are sorted by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunOrder {
    /// By logical date; for a run without one it is when it may start.
    #[default]
    Date,
    /// By logical date.
    LogicalDate,
    /// By when they may start.
    RunAfter,
    /// By when they started, last time.
    Start,
    /// By when they ended, last time.
    End,
    /// By how long they took.
    Duration,
    /// By when their state changed last.
    Changed,
    /// By their id.
    RunId,
    /// By the id of their DAG.
    DagId,
    /// By their state.
    State,
    /// By the JSON text of what they were triggered with.
    Conf,
}

impl RunOrder {
    /// Its name in the statement.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::LogicalDate => "logical",
            Self::RunAfter => "run_after",
            Self::Start => "start",
            Self::End => "end",
            Self::Duration => "duration",
            Self::Changed => "changed",
            Self::RunId => "run_id",
            Self::DagId => "dag_id",
            Self::State => "state",
            Self::Conf => "conf",
        }
    }
}

impl RunPage {
    /// Its only DAG, if it is of one.
    pub(crate) fn dag(&self) -> Option<&DagId> {
        let dags = self.dags.as_ref()?;
        dags.first().filter(|_| dags.len() == 1)
    }

    pub(crate) fn conditions(&self) -> Conditions {
        let mut wanted = Conditions::default();
        if self.dag().is_none() {
            wanted.among(
                "dag",
                self.dags.as_ref().map(|dags| dags.iter().map(DagId::as_str)),
            );
        }
        wanted.some_of("run", &self.run_ids);
        wanted.search("dag_id", &self.dag_id);
        wanted.search("run_id", &self.run_id);
        wanted.search("triggered_by", &self.triggered_by);
        wanted.search("conf", &self.conf);
        wanted.search("asset", &self.consumed_asset);
        let states = self.states.as_ref();
        wanted.among(
            "state",
            states.map(|states| states.iter().map(|state| state.as_str())),
        );
        let types = (!self.run_types.is_empty()).then(|| self.run_types.iter().map(|one| one.as_str()));
        wanted.among("run_type", types);
        wanted.numbers("version", &self.versions);
        wanted.within("dated", self.dated);
        wanted.within("logical", self.logical_date);
        wanted.within("run_after", self.run_after);
        wanted.within("start", self.started);
        wanted.within("end", self.ended);
        wanted.within("changed", self.changed);
        wanted.within("duration", self.duration_us);
        wanted
    }
}

impl Store {
    /// A page of runs, and how many there are on all pages. That of 10,000 runs and more may be up to
    /// a minute old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_page(&self, page: &RunPage) -> Result<(Vec<RunRow>, u64), StoreError> {
        let wanted = page.conditions();
        let mut tx = self.db.begin_read().await?;
        let rows = match run_pages::indexed(page) {
            Some(query) => tx.fetch_all(query.rows(wanted.rows())).await?,
            None => tx.fetch_all(sorted_page(page).rows(wanted.rows())).await?,
        };
        let count = match page.dag() {
            Some(dag) => COUNT_OF_DAG.bind(dag.as_str()),
            None => COUNT_OF_MANY.query(),
        };
        let of = (page.dag(), &wanted);
        let total = self
            .totals
            .read(&mut tx, "dag_run", count.rows(wanted.rows()), of)
            .await?;
        tx.rollback().await?;
        Ok((run_pages::read(&rows)?, total))
    }

    /// Sets the remark on a run; false if there is no such run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_run_note(&self, key: &RunKey, note: Option<&str>) -> Result<bool, StoreError> {
        let (dag_id, run_id) = (key.dag_id.as_str(), key.run_id.as_str());
        let mut tx = self.db.begin().await?;
        let Some(before) = tx.fetch_optional(NOTE.bind(dag_id).bind(run_id)).await? else {
            return Ok(false);
        };
        write_note(&mut tx, key, note).await?;
        let before = json!({ "note": before.get::<Option<String>>("note")? });
        let told = Note::of_run(key).changing(before, json!({ "note": note }));
        self.note(&mut tx, told).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The page, sorted by the database.
fn sorted_page(page: &RunPage) -> Query<'_> {
    let sign = if page.is_descending { -1 } else { 1 };
    let list = if page.dag().is_some() {
        &PAGE_OF_DAG
    } else {
        &PAGE_OF_MANY
    };
    let query = list.bind(sign).bind(page.order.as_str());
    let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
    match page.dag() {
        Some(dag) => query.bind(dag.as_str()),
        None => query,
    }
}

/// Sets the remark on a run, in a transaction that does more.
pub(crate) async fn write_note(tx: &mut Tx, key: &RunKey, note: Option<&str>) -> Result<(), StoreError> {
    let query = SET_NOTE.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
    tx.execute(query.bind(note.map(storable))).await?;
    Ok(())
}
