//! Making backfills: runs for dates that have passed, asked for together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use updraft_model::{
    AnsweredRun, BackfillDates, BackfillError, BackfillId, BackfillPlace, DagError, DagId, DagRunState,
    DagVersionId, ParamError, ReprocessBehavior, RunId, RunInfo, RunKey, RunType, TaskKey, ValidDag,
};
use updraft_sql::{ColumnType, Conflict, Sql, SqlError, Tx, retry_conflicts, row, statements};

use crate::attempts::expect_rows;
use crate::author::Note;
use crate::changes::Change;
use crate::choose::{ChoosableRun, Effect, RunChoice, TaskChoice};
use crate::clear::RunVersion;
use crate::dags::StoredDag;
use crate::error::{StoreError, from_sql};
use crate::plan::{NewRun, insert_runs};
use crate::restructure::Version;
use crate::store::Store;
use crate::table::{TableRow, storable};
use crate::trigger::new_tasks;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    OPEN_OF_DAG = Sql::new("SELECT backfill_id FROM backfill WHERE dag_id = $1 AND state IN ('active', 'paused')");
    // PostgreSQL has several writers at a time; SQLite's transaction is the only one.
    EXISTING = Sql::per_backend(
        "SELECT dag_id, run_id, state, logical_date FROM dag_run \
         WHERE dag_id = $1 AND logical_date >= $2 AND logical_date <= $3 FOR UPDATE",
        "SELECT dag_id, run_id, state, logical_date FROM dag_run \
         WHERE dag_id = $1 AND logical_date >= $2 AND logical_date <= $3",
    );
    INSERT = Sql::new(
        "INSERT INTO backfill (dag_id, state, from_date, to_date, max_active_runs, run_backwards, reprocess_behavior, \
                               dag_run_conf, created_at, updated_at, triggered_by) \
         VALUES ($1, 'active', $2, $3, $4, $5, $6, $7, $8, $8, $9) \
         RETURNING backfill_id",
    );
    TAKE_RUNS = Sql::new(
        "UPDATE dag_run AS r \
         SET run_type = 'backfill', backfill_id = $1, backfill_place = batch.place, conf = coalesce($2, r.conf), \
             triggered_by = $3 \
         FROM {batch} \
         WHERE r.dag_id = batch.dag_id AND r.run_id = batch.run_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text), ("place", ColumnType::I64)]);
}

/// A backfill that somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBackfill {
    /// The DAG.
    pub dag_id: DagId,
    /// For which dates, in which order.
    pub dates: BackfillDates,
    /// How many of its runs may be running at once, whatever the DAG's own limit is.
    pub max_active_runs: u32,
    /// What becomes of dates that have a run.
    pub reprocess: ReprocessBehavior,
    /// The version of the DAG that runs get which run again; new ones get the newest.
    pub version: RunVersion,
    /// What its tasks are told; `None`: nothing, and what runs again keeps what it was told.
    pub conf: Option<Map<String, Value>>,
    /// Who asks.
    pub triggered_by: Option<String>,
    /// Its runs, if the DAG has a timetable of its own.
    pub told: Option<ToldBackfill>,
}

/// The runs of a backfill that the program of a DAG has told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldBackfill {
    /// The version of the DAG that was asked.
    pub version: DagVersionId,
    /// The runs in the order in which they start.
    pub runs: Vec<AnsweredRun>,
}

/// What became of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackfillFate {
    /// It has a new run.
    Created,
    /// Its run runs again.
    Reprocessed,
    /// Its run had not ended and is left alone.
    InFlight,
    /// Its run stays as it is.
    AlreadyExists,
}

/// A date of a backfill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillDate {
    /// The run's date and data interval.
    pub info: RunInfo,
    /// The run that the date has.
    pub key: RunKey,
    /// What became of it.
    pub fate: BackfillFate,
}

/// A backfill that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedBackfill {
    /// Its id; that of a dry run is not kept.
    pub id: BackfillId,
    /// Its dates in the order in which their runs start.
    pub dates: Vec<BackfillDate>,
}

/// Why there is no such backfill.
#[derive(Debug, thiserror::Error)]
pub enum CreateBackfillError {
    /// There is no DAG of that id, or no source defines it any more. Final.
    #[error("there is no DAG `{dag_id}`")]
    UnknownDag {
        /// The id.
        dag_id: DagId,
    },
    /// The DAG has one that is not over. Final until it is.
    #[error(
        "DAG `{dag_id}` has backfill {id}, which is not over; wait for it, or give it up with `updraft backfill cancel {id}`"
    )]
    AlreadyOpen {
        /// The DAG.
        dag_id: DagId,
        /// The backfill.
        id: BackfillId,
    },
    /// It would have no runs. Final.
    #[error(
        "DAG `{dag_id}` has a run for each of these dates already; choose another reprocess behavior than `{reprocess}` to run them again"
    )]
    NothingToDo {
        /// The DAG.
        dag_id: DagId,
        /// What was chosen.
        reprocess: ReprocessBehavior,
    },
    /// Its program was asked for the dates of an older version. A retry asks the new one.
    #[error("DAG `{dag_id}` was changed while its timetable was asked; try again")]
    Changed {
        /// The DAG.
        dag_id: DagId,
    },
    /// None of its runs could ever start. Final.
    #[error("max_active_runs is 0, it must be 1 or more")]
    NoActiveRuns,
    /// The DAG cannot be backfilled so. Final.
    #[error(transparent)]
    Backfill(#[from] BackfillError),
    /// The DAG's newest version cannot run. Final.
    #[error(transparent)]
    Dag(#[from] DagError),
    /// The `conf` does not fit the parameters of the DAG's newest version. Final.
    #[error(transparent)]
    Params(#[from] ParamError),
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(CreateBackfillError);

impl Conflict for CreateBackfillError {
    /// A duplicate too: somebody else made a backfill of the DAG, or a run for one of the dates, at the same moment, which is
    /// found when it is tried again.
    fn is_conflict(&self) -> bool {
        match self {
            Self::Store(StoreError::Sql(error)) => error.is_conflict() || error.is_duplicate(),
            _ => false,
        }
    }
}

/// What a backfill is made from.
struct Draft<'a> {
    new: &'a NewBackfill,
    dag: &'a StoredDag,
    valid: ValidDag,
    now: Timestamp,
}

impl Store {
    /// Makes a backfill with all its runs, queued, in one transaction; the scheduler starts them one after the other. A run
    /// that runs again keeps its id.
    ///
    /// # Errors
    /// [`CreateBackfillError`]; nothing was made then.
    pub async fn create_backfill(
        &self,
        new: &NewBackfill,
        effect: Effect,
        now: Timestamp,
    ) -> Result<CreatedBackfill, CreateBackfillError> {
        if new.max_active_runs == 0 {
            return Err(CreateBackfillError::NoActiveRuns);
        }
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let created = self.create_in(&mut tx, new, now).await?;
            let is_changed = |date: &&BackfillDate| date.fate.is_of_backfill();
            let runs = created.dates.iter().filter(is_changed);
            let changes = runs.map(|date| Change::of_run(&date.key));
            let changes: Vec<Change> = changes.chain([Change::Dag(new.dag_id.clone())]).collect();
            match effect {
                Effect::DryRun => tx.rollback().await?,
                Effect::Lasting => {
                    let told =
                        json!({ "backfill_id": created.id.0, "runs": changes.len().saturating_sub(1) });
                    self.note(&mut tx, Note::of_dag(&new.dag_id).telling(told))
                        .await?;
                    self.commit_with_changes(tx, changes).await?;
                }
            }
            Ok(created)
        })
        .await
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        new: &NewBackfill,
        now: Timestamp,
    ) -> Result<CreatedBackfill, CreateBackfillError> {
        let dag_id = &new.dag_id;
        let dags = self.some_dags(tx, [dag_id]).await?;
        let Some(dag) = dags.into_iter().find(|dag| dag.is_active) else {
            return Err(CreateBackfillError::UnknownDag {
                dag_id: dag_id.clone(),
            });
        };
        let valid = Arc::clone(&dag.spec).validate()?;
        dag.spec.params_with(new.conf.as_ref().unwrap_or(&Map::new()))?;
        let wanted = wanted(new, &dag, &valid, now)?;
        if let Some(row) = tx.fetch_optional(OPEN_OF_DAG.bind(dag_id.as_str())).await? {
            let id = BackfillId(row.get("backfill_id")?);
            return Err(CreateBackfillError::AlreadyOpen {
                dag_id: dag_id.clone(),
                id,
            });
        }
        let dates = fates(tx, new, wanted).await?;
        if !dates.iter().any(|date| date.fate.is_of_backfill()) {
            return Err(CreateBackfillError::NothingToDo {
                dag_id: dag_id.clone(),
                reprocess: new.reprocess,
            });
        }
        let draft = Draft {
            new,
            dag: &dag,
            valid,
            now,
        };
        let id = insert(tx, &draft).await?;
        let runs: Vec<NewRun> = places(id, &dates, BackfillFate::Created)
            .map(|(place, date)| draft.run(place, date))
            .collect();
        insert_runs(tx, &runs).await?;
        self.run_again(tx, &draft, (id, &dates)).await?;
        Ok(CreatedBackfill { id, dates })
    }

    /// Clears the runs of a backfill that run again, and takes them over.
    async fn run_again(
        &self,
        tx: &mut Tx,
        draft: &Draft<'_>,
        (id, dates): (BackfillId, &[BackfillDate]),
    ) -> Result<(), CreateBackfillError> {
        let again: Vec<(BackfillPlace, &BackfillDate)> =
            places(id, dates, BackfillFate::Reprocessed).collect();
        if again.is_empty() {
            return Ok(());
        }
        let keys: Vec<RunKey> = again.iter().map(|(_, date)| date.key.clone()).collect();
        let wanted: BTreeSet<&RunKey> = keys.iter().collect();
        let all = |_: &_| BTreeSet::new();
        let choice = TaskChoice {
            dag_id: &draft.new.dag_id,
            runs: RunChoice::Between {
                from: Some(draft.new.dates.from),
                until: Some(draft.new.dates.until),
            },
            tasks: &all,
            map_index: None,
            reach: updraft_model::Reach::default(),
            states: crate::choose::StateChoice::Any,
        };
        let mut runs = self.choosable_runs(tx, &choice).await?;
        runs.retain(|run| wanted.contains(&run.key));
        if draft.new.version == RunVersion::Latest {
            let old: Vec<&ChoosableRun> = runs
                .iter()
                .filter(|run| run.version != draft.dag.version)
                .collect();
            let to = Version {
                id: draft.dag.version,
                dag: &draft.valid,
            };
            self.move_runs(tx, &old, to, draft.now).await?;
        }
        let tasks: Vec<TaskKey> = runs.iter().flat_map(ChoosableRun::decided).collect();
        self.clear_in(tx, &tasks, &keys, draft.now).await?;
        let conf = draft.new.conf.as_ref().map(json_text);
        let rows = again
            .iter()
            .map(|(place, date)| row![date.key.dag_id.as_str(), date.key.run_id.as_str(), place.place]);
        let query = TAKE_RUNS
            .bind(id.0)
            .bind(conf)
            .bind(draft.new.triggered_by.as_deref());
        Ok(expect_rows(tx, query.rows(rows), again.len()).await?)
    }
}

impl BackfillFate {
    /// Whether the run belongs to the backfill.
    pub const fn is_of_backfill(self) -> bool {
        matches!(self, Self::Created | Self::Reprocessed)
    }
}

impl Draft<'_> {
    fn run(&self, place: BackfillPlace, date: &BackfillDate) -> NewRun {
        NewRun {
            key: date.key.clone(),
            version: self.dag.version,
            run_type: RunType::Backfill,
            logical_date: Some(date.info.logical_date),
            data_interval: Some(date.info.data_interval),
            run_after: date.info.run_after,
            queued_at: self.now,
            conf: self.new.conf.clone().unwrap_or_default(),
            triggered_by: self.new.triggered_by.as_deref().map(storable),
            backfill: Some(place),
            tasks: new_tasks(&self.valid),
        }
    }
}

/// A run that is wanted, and its name if it is another one than usual.
type Wanted = (RunInfo, Option<RunId>);

/// The runs of the backfill, in the order in which they start.
fn wanted(
    new: &NewBackfill,
    dag: &StoredDag,
    valid: &ValidDag,
    now: Timestamp,
) -> Result<Vec<Wanted>, CreateBackfillError> {
    let Some(told) = &new.told else {
        let infos = valid.backfill(&new.dates, new.reprocess, now)?;
        return Ok(infos.into_iter().map(|info| (info, None)).collect());
    };
    if told.version != dag.version {
        return Err(CreateBackfillError::Changed {
            dag_id: new.dag_id.clone(),
        });
    }
    valid.backfill_question(dag.version, &new.dates, new.reprocess, now)?;
    let wanted = told.runs.iter().map(|run| (run.info(), run.run_id.clone()));
    Ok(wanted.collect())
}

/// What becomes of each date.
async fn fates(tx: &mut Tx, new: &NewBackfill, wanted: Vec<Wanted>) -> Result<Vec<BackfillDate>, StoreError> {
    let query = EXISTING.bind(new.dag_id.as_str()).bind(new.dates.from);
    let mut existing: BTreeMap<Timestamp, (RunKey, DagRunState)> = BTreeMap::new();
    for row in tx.fetch_all(query.bind(new.dates.until)).await? {
        let row = TableRow {
            table: "dag_run",
            row: &row,
        };
        existing.insert(row.time("logical_date")?, (row.run_key()?, row.parsed("state")?));
    }
    let date = |(info, run_id): Wanted| match existing.remove(&info.logical_date) {
        None => BackfillDate {
            key: RunKey {
                dag_id: new.dag_id.clone(),
                run_id: run_id.unwrap_or_else(|| RunType::Backfill.run_id(info.logical_date)),
            },
            info,
            fate: BackfillFate::Created,
        },
        Some((key, state)) => BackfillDate {
            key,
            info,
            fate: match state {
                state if !state.is_finished() => BackfillFate::InFlight,
                state if new.reprocess.takes(state) => BackfillFate::Reprocessed,
                _ => BackfillFate::AlreadyExists,
            },
        },
    };
    Ok(wanted.into_iter().map(date).collect())
}

/// The dates of one fate, with their places among all.
fn places(
    id: BackfillId,
    dates: &[BackfillDate],
    fate: BackfillFate,
) -> impl Iterator<Item = (BackfillPlace, &BackfillDate)> {
    let numbered = (1..).zip(dates);
    let of_fate = numbered.filter(move |(_, date)| date.fate == fate);
    of_fate.map(move |(place, date)| (BackfillPlace { id, place }, date))
}

async fn insert(tx: &mut Tx, draft: &Draft<'_>) -> Result<BackfillId, SqlError> {
    let new = draft.new;
    let query = INSERT
        .bind(new.dag_id.as_str())
        .bind(new.dates.from)
        .bind(new.dates.until)
        .bind(new.max_active_runs)
        .bind(new.dates.backwards)
        .bind(new.reprocess.as_str())
        .bind(json_text(new.conf.as_ref().unwrap_or(&Map::new())))
        .bind(draft.now)
        .bind(new.triggered_by.as_deref().map(storable));
    Ok(BackfillId(tx.fetch_one(query).await?.get("backfill_id")?))
}

fn json_text(conf: &Map<String, Value>) -> String {
    serde_json::to_string(conf).expect("a JSON object has a text")
}
