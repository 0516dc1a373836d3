//! Asset events, which DAGs they wait for, and their consumption.
//!
//! An event is written with what causes it, and in the same transaction it is put into the queue of each DAG that waits for
//! its asset. A run takes events out of its DAG's queue in the transaction that makes it. So none is lost and none counts
//! twice, whatever is killed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use updraft_model::{
    AssetEventId, AttemptId, DagId, DagRunState, DataInterval, OutletEvent, QueuedAssetEvent, RefEvent,
    RunKey, TaskKey,
};
use updraft_sql::{ColumnType, Sql, SqlError, Tx, row, statements};

use crate::asset_aliases;
use crate::asset_refs;
use crate::attempts::expect_rows;
use crate::author::Note;
use crate::error::StoreError;
use crate::plan::{CommitError, execute_all};
use crate::store::Store;
use crate::table::TableRow;

/// Events between two times, by the index of their asset or alias. `$1` and `$2` are the times and `$3` how many; `$4` and `$5` are the
/// uri and name of the asset, or `$4` is the name of the alias.
macro_rules! events {
    (of_asset, $order:literal) => {
        events!(
            "asset a JOIN asset_event e ON e.asset_id = a.asset_id ",
            "(a.uri = $4 OR $4 IS NULL) AND (a.name = $5 OR $5 IS NULL)",
            $order
        )
    };
    (of_alias, $order:literal) => {
        events!(
            "asset_alias l \
             JOIN asset_alias_event v ON v.alias_id = l.alias_id \
             JOIN asset_event e ON e.event_id = v.event_id \
             JOIN asset a ON a.asset_id = e.asset_id ",
            "l.name = $4",
            $order
        )
    };
    ($from:literal, $which:literal, $order:literal) => {
        concat!(
            "SELECT e.event_id, a.name, a.uri, a.asset_group, a.extra AS asset_extra, e.extra, e.happened_at, e.dag_id, \
                    e.run_id, e.task_id, e.map_index \
             FROM ",
            $from,
            "WHERE ",
            $which,
            " AND e.happened_at >= $1 AND e.happened_at <= $2 ORDER BY e.event_id ",
            $order,
            " LIMIT $3"
        )
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // Numbers are given in the order of the rows.
    INSERT_EVENTS = Sql::new(
        "INSERT INTO asset_event (asset_id, extra, happened_at, attempt_id, place, dag_id, run_id, task_id, map_index, \
                                  data_interval_start, data_interval_end) \
         SELECT a.asset_id, batch.extra, batch.happened_at, batch.attempt_id, batch.place, t.dag_id, t.run_id, t.task_id, \
                t.map_index, r.data_interval_start, r.data_interval_end \
         FROM {batch} \
         JOIN asset a ON a.uri = batch.uri \
         JOIN task_instance t ON t.attempt_id = batch.attempt_id \
         JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id \
         ORDER BY batch.number",
    )
    .batch(&[
        ("number", ColumnType::I64),
        ("place", ColumnType::I64),
        ("attempt_id", ColumnType::Uuid),
        ("uri", ColumnType::Text),
        ("extra", ColumnType::Text),
        ("happened_at", ColumnType::I64),
    ]);
    QUEUE_OF_ATTEMPTS = Sql::new(
        "INSERT INTO asset_queue (dag_id, event_id, counts) \
         SELECT c.dag_id, e.event_id, NOT d.is_paused \
         FROM {batch} \
         JOIN asset_event e ON e.attempt_id = batch.attempt_id \
         JOIN dag_asset c ON c.asset_id = e.asset_id AND c.role = 'schedule' \
         JOIN dag d ON d.dag_id = c.dag_id \
         WHERE d.is_active \
         UNION \
         SELECT c.dag_id, e.event_id, NOT d.is_paused \
         FROM {batch} \
         JOIN asset_event e ON e.attempt_id = batch.attempt_id \
         JOIN asset_alias_event v ON v.event_id = e.event_id \
         JOIN dag_asset_alias c ON c.alias_id = v.alias_id AND c.role = 'schedule' \
         JOIN dag d ON d.dag_id = c.dag_id \
         WHERE d.is_active \
         UNION \
         SELECT c.dag_id, e.event_id, NOT d.is_paused \
         FROM {batch} \
         JOIN asset_event e ON e.attempt_id = batch.attempt_id \
         JOIN asset a ON a.asset_id = e.asset_id \
         JOIN dag_asset_ref c ON c.named_by = 'name' AND c.named = a.name AND c.role = 'schedule' \
         JOIN dag d ON d.dag_id = c.dag_id \
         WHERE d.is_active \
         UNION \
         SELECT c.dag_id, e.event_id, NOT d.is_paused \
         FROM {batch} \
         JOIN asset_event e ON e.attempt_id = batch.attempt_id \
         JOIN asset a ON a.asset_id = e.asset_id \
         JOIN dag_asset_ref c ON c.named_by = 'uri' AND c.named = a.uri AND c.role = 'schedule' \
         JOIN dag d ON d.dag_id = c.dag_id \
         WHERE d.is_active",
    )
    .batch(&[("attempt_id", ColumnType::Uuid)]);
    QUEUED_BY_ATTEMPTS = Sql::new(
        "SELECT q.dag_id, q.event_id, q.counts, a.name, a.uri, e.happened_at, e.data_interval_start, e.data_interval_end, \
                l.name AS alias \
         FROM {batch} \
         JOIN asset_event e ON e.attempt_id = batch.attempt_id \
         JOIN asset_queue q ON q.event_id = e.event_id \
         JOIN asset a ON a.asset_id = e.asset_id \
         LEFT JOIN dag_asset_alias c ON c.dag_id = q.dag_id AND c.role = 'schedule' \
         LEFT JOIN asset_alias_asset s ON s.alias_id = c.alias_id AND s.asset_id = e.asset_id \
         LEFT JOIN asset_alias l ON l.alias_id = s.alias_id \
         ORDER BY q.event_id, q.dag_id, l.name",
    )
    .batch(&[("attempt_id", ColumnType::Uuid)]);
    QUEUES = Sql::new(
        "SELECT q.dag_id, q.event_id, q.counts, a.name, a.uri, e.happened_at, e.data_interval_start, e.data_interval_end, \
                l.name AS alias \
         FROM {batch} \
         JOIN asset_queue q ON q.dag_id = batch.dag_id \
         JOIN asset_event e ON e.event_id = q.event_id \
         JOIN asset a ON a.asset_id = e.asset_id \
         LEFT JOIN dag_asset_alias c ON c.dag_id = q.dag_id AND c.role = 'schedule' \
         LEFT JOIN asset_alias_asset s ON s.alias_id = c.alias_id AND s.asset_id = e.asset_id \
         LEFT JOIN asset_alias l ON l.alias_id = s.alias_id \
         ORDER BY q.dag_id, q.event_id, l.name",
    )
    .batch(&[("dag_id", ColumnType::Text)]);
    INSERT_OUTSIDE = Sql::new(
        "INSERT INTO asset_event (asset_id, extra, happened_at) \
         SELECT asset_id, $2, $3 FROM asset WHERE uri = $1 \
         RETURNING event_id",
    );
    QUEUE_ONE = Sql::new(
        "INSERT INTO asset_queue (dag_id, event_id, counts) \
         SELECT c.dag_id, e.event_id, NOT d.is_paused \
         FROM asset_event e \
         JOIN dag_asset c ON c.asset_id = e.asset_id AND c.role = 'schedule' \
         JOIN dag d ON d.dag_id = c.dag_id \
         WHERE e.event_id = $1 AND d.is_active \
         UNION \
         SELECT c.dag_id, e.event_id, NOT d.is_paused \
         FROM asset_event e \
         JOIN asset a ON a.asset_id = e.asset_id \
         JOIN dag_asset_ref c ON c.role = 'schedule' \
              AND ((c.named_by = 'name' AND c.named = a.name) OR (c.named_by = 'uri' AND c.named = a.uri)) \
         JOIN dag d ON d.dag_id = c.dag_id \
         WHERE e.event_id = $1 AND d.is_active \
         RETURNING dag_id",
    );
    DEQUEUE = Sql::new(
        "DELETE FROM asset_queue WHERE (dag_id, event_id) IN (SELECT dag_id, event_id FROM {batch})",
    )
    .batch(&[("dag_id", ColumnType::Text), ("event_id", ColumnType::I64)]);
    INSERT_CONSUMED = Sql::new(
        "INSERT INTO dag_run_asset_event (dag_id, run_id, event_id) SELECT dag_id, run_id, event_id FROM {batch}",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text), ("event_id", ColumnType::I64)]);
    SET_LAST_DATES = Sql::new(
        "UPDATE dag SET last_asset_date = batch.logical_date FROM {batch} WHERE dag.dag_id = batch.dag_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("logical_date", ColumnType::I64)]);
    CONSUMED = Sql::new(
        "SELECT c.dag_id AS consumer_dag_id, c.run_id AS consumer_run_id, e.event_id, a.name, a.uri, a.asset_group, \
                a.extra AS asset_extra, e.extra, e.happened_at, e.dag_id, e.run_id, e.task_id, e.map_index \
         FROM {batch} \
         JOIN dag_run_asset_event c ON c.dag_id = batch.dag_id AND c.run_id = batch.run_id \
         JOIN asset_event e ON e.event_id = c.event_id \
         JOIN asset a ON a.asset_id = e.asset_id \
         ORDER BY c.dag_id, c.run_id, e.event_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
    EVENTS = Sql::new(
        "SELECT e.event_id, a.name, a.uri, a.asset_group, a.extra AS asset_extra, e.extra, e.happened_at, e.dag_id, \
                e.run_id, e.task_id, e.map_index \
         FROM asset_event e JOIN asset a ON a.asset_id = e.asset_id \
         WHERE (a.uri = $1 OR $1 IS NULL) AND (e.dag_id = $2 OR $2 IS NULL) \
         ORDER BY e.event_id DESC \
         LIMIT $3",
    );
    OLDEST = Sql::new(events!(of_asset, "ASC"));
    NEWEST = Sql::new(events!(of_asset, "DESC"));
    OLDEST_OF_ALIAS = Sql::new(events!(of_alias, "ASC"));
    NEWEST_OF_ALIAS = Sql::new(events!(of_alias, "DESC"));
    CAUSED_RUNS = Sql::new(
        "SELECT c.event_id, r.dag_id, r.run_id, r.logical_date, r.start_date, r.end_date, r.state, \
                r.data_interval_start, r.data_interval_end \
         FROM {batch} \
         JOIN dag_run_asset_event c ON c.event_id = batch.event_id \
         JOIN dag_run r ON r.dag_id = c.dag_id AND r.run_id = c.run_id \
         ORDER BY c.event_id, r.dag_id, r.run_id",
    )
    .batch(&[("event_id", ColumnType::I64)]);
}

/// Asset events that a run consumes: they must all be waiting for its DAG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumedAssets {
    /// The run, which is made by the same plan.
    pub key: RunKey,
    /// Its logical date.
    pub logical_date: Timestamp,
    /// The events.
    pub events: Vec<AssetEventId>,
}

/// An event of an asset, with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetEventRow {
    /// Its number.
    pub event: AssetEventId,
    /// The name of the asset.
    pub name: String,
    /// Its uri.
    pub uri: String,
    /// Its group.
    pub group: String,
    /// What else is known of the asset.
    pub asset_extra: Map<String, Value>,
    /// What was said about this event.
    pub extra: Map<String, Value>,
    /// When it happened.
    pub at: Timestamp,
    /// The task whose success it is; `None` if it came from outside.
    pub source: Option<TaskKey>,
    /// The aliases by which that task has told it, where they were asked for: with what a run has consumed.
    pub aliases: Vec<String>,
}

/// Which events to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssetEventFilter {
    /// Only those of the asset with this uri.
    pub uri: Option<String>,
    /// Only those that tasks of this DAG have caused.
    pub source_dag: Option<DagId>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// Whose events are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventsOf {
    /// Those of an asset.
    Asset {
        /// The one with this uri.
        uri: Option<String>,
        /// The one with this name.
        name: Option<String>,
    },
    /// Those that tasks have told by the alias with this name, of whatever asset.
    Alias(String),
}

/// Which events are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsAsked {
    /// Whose.
    pub of: EventsOf,
    /// Only events from this time on.
    pub after: Option<Timestamp>,
    /// Only events until this time.
    pub before: Option<Timestamp>,
    /// At most so many.
    pub limit: u32,
    /// Whether the oldest comes first.
    pub oldest_first: bool,
}

/// A run that an event has caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CausedRun {
    /// The run.
    pub key: RunKey,
    /// The date it is about.
    pub logical_date: Option<Timestamp>,
    /// When it started.
    pub start_date: Option<Timestamp>,
    /// When it ended.
    pub end_date: Option<Timestamp>,
    /// Its state.
    pub state: DagRunState,
    /// The span of data it is about.
    pub data_interval: Option<DataInterval>,
}

/// Events that attempts cause with their success.
#[derive(Debug, Clone)]
pub(crate) struct NewEvents {
    pub(crate) attempt: AttemptId,
    pub(crate) at: Timestamp,
    pub(crate) events: Vec<OutletEvent>,
    pub(crate) ref_events: Vec<RefEvent>,
}

impl Store {
    /// Makes an event of an asset that no task has caused, and wakes the scheduler if DAGs wait for it. `None` if there is no
    /// such asset.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_asset_event(
        &self,
        uri: &str,
        extra: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<Option<AssetEventId>, StoreError> {
        let mut tx = self.db.begin().await?;
        let query = INSERT_OUTSIDE.bind(uri).bind(json_text(extra)).bind(now);
        let Some(row) = tx.fetch_optional(query).await? else {
            tx.rollback().await?;
            return Ok(None);
        };
        let event = AssetEventId(row.get("event_id")?);
        let mut consumers = Vec::new();
        for row in tx.fetch_all(QUEUE_ONE.bind(event.0)).await? {
            consumers.push(queue_row(&row).dag_id()?);
        }
        let told = json!({ "uri": uri, "event_id": event.0, "extra_keys": extra.keys().collect::<Vec<_>>() });
        self.note(&mut tx, Note::of(told)).await?;
        self.commit_with_changes(tx, consumers.into_iter().map(crate::Change::Dag))
            .await?;
        Ok(Some(event))
    }

    /// The events that these attempts have caused and that wait for DAGs, by number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn queued_asset_events(
        &self,
        attempts: &[AttemptId],
    ) -> Result<Vec<(DagId, QueuedAssetEvent)>, StoreError> {
        let batch = attempts.iter().map(|attempt| row![attempt.0]);
        let rows = self.db.fetch_all(QUEUED_BY_ATTEMPTS.rows(batch)).await?;
        let mut queued = Vec::new();
        for row in &rows {
            add_queued(&mut queued, &queue_row(row))?;
        }
        Ok(queued)
    }

    /// Events, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn asset_events(&self, filter: &AssetEventFilter) -> Result<Vec<AssetEventRow>, StoreError> {
        let query = EVENTS
            .bind(filter.uri.as_deref())
            .bind(filter.source_dag.as_ref().map(DagId::as_str))
            .bind(filter.limit.map_or(i64::MAX, i64::from));
        let rows = self.db.fetch_all(query).await?;
        rows.iter().map(|row| event_row(&table_row(row))).collect()
    }

    /// Events of one asset or alias, with the runs that each has caused.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_of_asset(
        &self,
        asked: &EventsAsked,
    ) -> Result<Vec<(AssetEventRow, Vec<CausedRun>)>, StoreError> {
        let (after, before) = (
            asked.after.unwrap_or(Timestamp::MIN),
            asked.before.unwrap_or(Timestamp::MAX),
        );
        let sql = match (&asked.of, asked.oldest_first) {
            (EventsOf::Asset { .. }, true) => &OLDEST,
            (EventsOf::Asset { .. }, false) => &NEWEST,
            (EventsOf::Alias(_), true) => &OLDEST_OF_ALIAS,
            (EventsOf::Alias(_), false) => &NEWEST_OF_ALIAS,
        };
        let query = sql.bind(after).bind(before).bind(asked.limit);
        let query = match &asked.of {
            EventsOf::Asset { uri, name } => query.bind(uri.as_deref()).bind(name.as_deref()),
            EventsOf::Alias(name) => query.bind(name.as_str()),
        };
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(query).await?;
        let events: Result<Vec<AssetEventRow>, _> =
            rows.iter().map(|row| event_row(&table_row(row))).collect();
        let events = events?;
        let mut caused = caused_runs(&mut tx, &events).await?;
        tx.rollback().await?;
        let with_runs = events.into_iter().map(|event| {
            let runs = caused.remove(&event.event).unwrap_or_default();
            (event, runs)
        });
        Ok(with_runs.collect())
    }

    /// The events that a run has consumed, by number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn consumed_asset_events(&self, run: &RunKey) -> Result<Vec<AssetEventRow>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let mut consumed = consumed(&mut tx, [run]).await?;
        tx.rollback().await?;
        Ok(consumed.remove(run).unwrap_or_default())
    }
}

/// Writes the events of attempts that succeed, and puts them into the queues.
pub(crate) async fn write_events(tx: &mut Tx, new: &[NewEvents]) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let new = &*asset_refs::resolved(tx, new).await?;
    asset_aliases::write_named_assets(tx, new).await?;
    let events = new.iter().flat_map(|new| {
        (0_i64..)
            .zip(&new.events)
            .map(move |(place, event)| (new, place, event))
    });
    let rows = (0_i64..).zip(events).map(|(number, (new, place, event))| {
        row![
            number,
            place,
            new.attempt.0,
            event.asset.uri.as_str(),
            json_text(&event.extra),
            new.at
        ]
    });
    let count = new.iter().map(|new| new.events.len()).sum();
    expect_rows(tx, INSERT_EVENTS.rows(rows), count).await?;
    asset_aliases::write_told(tx, new).await?;
    tx.execute(QUEUE_OF_ATTEMPTS.rows(new.iter().map(|new| row![new.attempt.0])))
        .await?;
    Ok(())
}

/// Takes events out of the queues and notes which runs have consumed them.
pub(crate) async fn consume(tx: &mut Tx, consumed: &[ConsumedAssets]) -> Result<(), CommitError> {
    if consumed.is_empty() {
        return Ok(());
    }
    let events = || {
        consumed
            .iter()
            .flat_map(|run| run.events.iter().map(move |event| (&run.key, event)))
    };
    let taken = events().map(|(key, event)| row![key.dag_id.as_str(), event.0]);
    execute_all(tx, DEQUEUE.rows(taken), events().count(), "asset events").await?;
    let rows = events().map(|(key, event)| row![key.dag_id.as_str(), key.run_id.as_str(), event.0]);
    tx.execute(INSERT_CONSUMED.rows(rows)).await?;
    note_dates(tx, consumed.iter()).await?;
    Ok(())
}

/// Notes the newest logical date of runs that assets have caused.
pub(crate) async fn note_dates<'c>(
    tx: &mut Tx,
    runs: impl Iterator<Item = &'c ConsumedAssets>,
) -> Result<(), SqlError> {
    let newest: BTreeMap<&DagId, Timestamp> = runs.map(|run| (&run.key.dag_id, run.logical_date)).collect();
    if newest.is_empty() {
        return Ok(());
    }
    let rows = newest.iter().map(|(dag_id, date)| row![dag_id.as_str(), *date]);
    tx.execute(SET_LAST_DATES.rows(rows)).await?;
    Ok(())
}

/// What waits for each of these DAGs.
pub(crate) async fn queues<'d>(
    tx: &mut Tx,
    dag_ids: impl IntoIterator<Item = &'d DagId>,
) -> Result<BTreeMap<DagId, Vec<QueuedAssetEvent>>, StoreError> {
    let mut batch = dag_ids.into_iter().map(|dag_id| row![dag_id.as_str()]).peekable();
    let mut queues: BTreeMap<DagId, Vec<QueuedAssetEvent>> = BTreeMap::new();
    if batch.peek().is_none() {
        return Ok(queues);
    }
    let mut all = Vec::new();
    for row in tx.fetch_all(QUEUES.rows(batch)).await? {
        add_queued(&mut all, &queue_row(&row))?;
    }
    for (dag_id, event) in all {
        queues.entry(dag_id).or_default().push(event);
    }
    Ok(queues)
}

/// What each of these runs has consumed.
pub(crate) async fn consumed<'r>(
    tx: &mut Tx,
    runs: impl IntoIterator<Item = &'r RunKey>,
) -> Result<BTreeMap<RunKey, Vec<AssetEventRow>>, StoreError> {
    let batch: Vec<[updraft_sql::Value<'_>; 2]> = runs
        .into_iter()
        .map(|run| row![run.dag_id.as_str(), run.run_id.as_str()])
        .collect();
    let mut consumed: BTreeMap<RunKey, Vec<AssetEventRow>> = BTreeMap::new();
    if batch.is_empty() {
        return Ok(consumed);
    }
    for row in tx.fetch_all(CONSUMED.rows(batch)).await? {
        let row = table_row(&row);
        let run = RunKey {
            dag_id: row.parsed("consumer_dag_id")?,
            run_id: row.parsed("consumer_run_id")?,
        };
        consumed.entry(run).or_default().push(event_row(&row)?);
    }
    let events = || consumed.values().flatten().map(|event| event.event);
    let told = asset_aliases::told(tx, events().collect::<BTreeSet<_>>().into_iter()).await?;
    for event in consumed.values_mut().flatten() {
        event.aliases = told.get(&event.event).cloned().unwrap_or_default();
    }
    Ok(consumed)
}

pub(crate) async fn caused_runs(
    tx: &mut Tx,
    events: &[AssetEventRow],
) -> Result<BTreeMap<AssetEventId, Vec<CausedRun>>, StoreError> {
    let mut caused: BTreeMap<AssetEventId, Vec<CausedRun>> = BTreeMap::new();
    if events.is_empty() {
        return Ok(caused);
    }
    let batch = events.iter().map(|event| row![event.event.0]);
    for row in tx.fetch_all(CAUSED_RUNS.rows(batch)).await? {
        let row = TableRow {
            table: "dag_run",
            row: &row,
        };
        let run = CausedRun {
            key: row.run_key()?,
            logical_date: row.optional_time("logical_date")?,
            start_date: row.optional_time("start_date")?,
            end_date: row.optional_time("end_date")?,
            state: row.parsed("state")?,
            data_interval: row.interval("data_interval_start", "data_interval_end")?,
        };
        caused
            .entry(AssetEventId(row.get("event_id")?))
            .or_default()
            .push(run);
    }
    Ok(caused)
}

fn queue_row(row: &updraft_sql::Row) -> TableRow<'_> {
    TableRow {
        table: "asset_queue",
        row,
    }
}

fn table_row(row: &updraft_sql::Row) -> TableRow<'_> {
    TableRow {
        table: "asset_event",
        row,
    }
}

/// Adds what a row says: an event that waits, or one more alias of the one before.
fn add_queued(queued: &mut Vec<(DagId, QueuedAssetEvent)>, row: &TableRow<'_>) -> Result<(), StoreError> {
    let (dag_id, event) = (row.dag_id()?, AssetEventId(row.get("event_id")?));
    let alias: Option<String> = row.get("alias")?;
    if let Some((_, known)) = queued
        .last_mut()
        .filter(|(known_dag, known)| *known_dag == dag_id && known.event == event)
    {
        known.aliases.extend(alias);
        return Ok(());
    }
    let start = row.optional_time("data_interval_start")?;
    let event = QueuedAssetEvent {
        event,
        name: row.get("name")?,
        uri: row.get("uri")?,
        aliases: alias.into_iter().collect(),
        counts: row.get("counts")?,
        at: row.time("happened_at")?,
        data_interval: start
            .zip(row.optional_time("data_interval_end")?)
            .map(|(start, end)| DataInterval { start, end }),
    };
    queued.push((dag_id, event));
    Ok(())
}

pub(crate) fn event_row(row: &TableRow<'_>) -> Result<AssetEventRow, StoreError> {
    let has_source = row.get::<Option<String>>("task_id")?.is_some();
    Ok(AssetEventRow {
        event: AssetEventId(row.get("event_id")?),
        name: row.get("name")?,
        uri: row.get("uri")?,
        group: row.get("asset_group")?,
        asset_extra: row.json_object("asset_extra")?,
        extra: row.json_object("extra")?,
        at: row.time("happened_at")?,
        source: has_source.then(|| row.task_key()).transpose()?,
        aliases: Vec::new(),
    })
}

pub(crate) fn json_text(fields: &Map<String, Value>) -> String {
    serde_json::to_string(fields).expect("a JSON object has a text")
}
