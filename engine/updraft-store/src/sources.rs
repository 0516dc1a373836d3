//! DAG sources: what was found in them, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use updraft_model::{DagId, DagSpec, DagVersionId, IdSource, StructureHash, TaskInstanceState};
use updraft_sql::{ColumnType, Sql, Tx, row, statements};

use crate::assets::{contradictions, write_uses};
use crate::changes::Change;
use crate::choose::ChoosableRun;
use crate::code::write_code;
use crate::dags::StoredDag;
use crate::error::{StoreError, WriteError};
use crate::lease::{self, Lease};
use crate::restructure::{MovedRun, Version};
use crate::store::Store;
use crate::table::{TableRow, storable};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    KNOWN = Sql::new(
        "SELECT d.dag_id, d.source, d.is_active, d.version_id, v.structure_hash, v.version_number \
         FROM {batch} \
         JOIN dag d ON d.dag_id = batch.dag_id \
         JOIN dag_version v ON v.version_id = d.version_id",
    )
    .batch(&[("dag_id", ColumnType::Text)]);
    UPSERT_DAGS = Sql::new(
        "INSERT INTO dag (dag_id, source, fileloc, is_active, is_paused, version_id, description, schedule, owners, \
                          parsed_at) \
         SELECT dag_id, $1, fileloc, TRUE, is_paused, version_id, description, schedule, owners, $2 \
         FROM {batch} WHERE TRUE \
         ON CONFLICT (dag_id) DO UPDATE SET \
             source = excluded.source, fileloc = excluded.fileloc, is_active = TRUE, \
             version_id = excluded.version_id, description = excluded.description, schedule = excluded.schedule, \
             owners = excluded.owners, parsed_at = excluded.parsed_at",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("fileloc", ColumnType::Text),
        ("is_paused", ColumnType::Bool),
        ("version_id", ColumnType::Uuid),
        ("description", ColumnType::Text),
        ("schedule", ColumnType::Text),
        ("owners", ColumnType::Text),
    ]);
    INSERT_VERSIONS = Sql::new(
        "INSERT INTO dag_version (version_id, dag_id, version_number, structure_hash, spec, created_at) \
         SELECT version_id, dag_id, version_number, structure_hash, spec, $1 FROM {batch}",
    )
    .batch(&[
        ("version_id", ColumnType::Uuid),
        ("dag_id", ColumnType::Text),
        ("version_number", ColumnType::I64),
        ("structure_hash", ColumnType::Text),
        ("spec", ColumnType::Text),
    ]);
    DELETE_TAGS = Sql::new("DELETE FROM dag_tag WHERE dag_id IN (SELECT dag_id FROM {batch})")
        .batch(&[("dag_id", ColumnType::Text)]);
    INSERT_TAGS = Sql::new("INSERT INTO dag_tag (dag_id, tag) SELECT dag_id, tag FROM {batch}")
        .batch(&[("dag_id", ColumnType::Text), ("tag", ColumnType::Text)]);
    DEACTIVATE_OTHERS = Sql::new(
        "UPDATE dag SET is_active = FALSE \
         WHERE source = $1 AND is_active AND dag_id NOT IN (SELECT dag_id FROM {batch}) \
         RETURNING dag_id",
    )
    .batch(&[("dag_id", ColumnType::Text)]);
    DEACTIVATE_MISSING = Sql::new(
        "UPDATE dag SET is_active = FALSE \
         WHERE is_active AND source NOT IN (SELECT source FROM {batch}) \
         RETURNING dag_id",
    )
    .batch(&[("source", ColumnType::Text)]);
    DELETE_ERRORS_OF_MISSING = Sql::new(
        "DELETE FROM import_error WHERE source NOT IN (SELECT source FROM {batch})",
    )
    .batch(&[("source", ColumnType::Text)]);
    DELETE_ERROR = Sql::new("DELETE FROM import_error WHERE source = $1");
    // Not an upsert: on PostgreSQL that would use up a number each time.
    UPDATE_ERROR = Sql::new(
        "UPDATE import_error SET fileloc = $2, message = $3, occurred_at = $4 WHERE source = $1",
    );
    INSERT_ERROR = Sql::new(
        "INSERT INTO import_error (source, fileloc, message, occurred_at) VALUES ($1, $2, $3, $4)",
    );
    ERRORS = Sql::new("SELECT source, fileloc, message, occurred_at FROM import_error ORDER BY source");
}

/// What was found in a source that could be read.
#[derive(Debug, Clone, Copy)]
pub struct SourceRecord<'a> {
    /// The source: the path of its file, relative to the DAGs folder.
    pub source: &'a str,
    /// Where its DAGs say they are, if they do not say it themselves.
    pub fileloc: &'a str,
    /// Its text, for people; `None` if it has none that can be shown.
    pub code: Option<&'a str>,
    /// Its DAGs, valid. Of several with one id the first counts.
    pub dags: &'a [DagSpec],
    /// What is wrong with its other DAGs.
    pub broken: Option<BrokenPart<'a>>,
}

/// What is wrong with a source some of whose DAGs could be read.
#[derive(Debug, Clone, Copy)]
pub struct BrokenPart<'a> {
    /// The file with the mistake.
    pub fileloc: &'a str,
    /// What is wrong; may have several lines.
    pub message: &'a str,
    /// The DAGs that could not be read: their last good versions stay live. `None` if it is not known which these are: then
    /// all that the source had stay.
    pub dags: Option<&'a [DagId]>,
}

/// What recording a source changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recorded {
    /// DAGs that are new, have changed, or are back; by id.
    pub changed: Vec<StoredDag>,
    /// DAGs that the source defined before and does not define any more; by id.
    pub removed: Vec<DagId>,
    /// DAGs that were left out, because another source defines them, or this one twice; the source has an import error for
    /// it.
    pub taken: Vec<DagId>,
}

/// A source that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    /// The source.
    pub source: String,
    /// Its file.
    pub fileloc: String,
    /// What is wrong; may have several lines.
    pub message: String,
    /// When it was found.
    pub occurred_at: Timestamp,
}

/// What the database knows of a DAG that a source defines.
struct Known {
    source: String,
    is_active: bool,
    version: DagVersionId,
    hash: StructureHash,
    version_number: i64,
}

/// A DAG as it will be written.
struct Entry<'a> {
    spec: &'a DagSpec,
    version: DagVersionId,
    /// Of a version that is new.
    new_version: Option<(i64, StructureHash)>,
}

/// The DAGs of a source, sorted out.
#[derive(Default)]
struct Sorted<'a> {
    entries: Vec<Entry<'a>>,
    /// New, different, or back.
    changed: BTreeSet<&'a DagId>,
    /// Defined elsewhere, with the source that has them.
    taken: Vec<(DagId, String)>,
    /// Refused for another reason, which is said; what they were before stays.
    refused: Vec<(&'a DagId, String)>,
}

impl Store {
    /// Records the DAGs of a source: a new version for each that changed. Those it no longer defines become inactive. Its
    /// import error is over, unless it is broken in part. Only the scheduler does this, so nothing of that goes to the change
    /// feed.
    ///
    /// Unfinished runs keep the version they began with, unless they still want to run a task that the source does not have
    /// any more: those go over to the new version, in which it is removed, and that is in the change feed.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was written then.
    pub async fn record_source(
        &self,
        lease: &Lease,
        record: &SourceRecord<'_>,
        now: Timestamp,
        ids: &dyn IdSource,
    ) -> Result<Recorded, WriteError> {
        let mut tx = self.begin_as(lease).await?;
        let known = known(&mut tx, record.dags).await?;
        let refused = contradictions(&mut tx, record.source, record.dags).await?;
        let Sorted {
            entries,
            changed,
            taken,
            refused,
        } = sort_out(record, known, refused, ids);
        self.write_dags(&mut tx, record, &entries, now).await?;
        write_tags(&mut tx, &entries, &changed).await?;
        if let Some(code) = record.code {
            write_code(&mut tx, code, entries.iter().map(|entry| entry.version)).await?;
        }
        let specs = entries.iter().map(|entry| entry.spec);
        write_uses(&mut tx, specs.filter(|spec| changed.contains(&spec.dag_id)), now).await?;
        let ids = entries.iter().map(|entry| &entry.spec.dag_id);
        let kept = ids.chain(refused.iter().map(|(dag_id, _)| *dag_id));
        let removed = deactivate_others(&mut tx, record, kept).await?;
        match refusals(record, &taken, &refused) {
            None => {
                tx.execute(DELETE_ERROR.bind(record.source)).await?;
            }
            Some((fileloc, message)) => {
                write_error(&mut tx, (record.source, fileloc), &message, now).await?;
            }
        }
        let changed = self.some_dags(&mut tx, changed).await?;
        let moved = self.move_runs_that_lack_tasks(&mut tx, &entries, now).await?;
        self.commit_with_changes(tx, moved.iter().map(|run| Change::of_run(&run.key)))
            .await?;
        Ok(Recorded {
            changed,
            removed,
            taken: taken.into_iter().map(|(dag_id, _)| dag_id).collect(),
        })
    }

    /// Records that a source cannot be read. Its last good version stays live.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was written then.
    pub async fn record_import_error(
        &self,
        lease: &Lease,
        (source, fileloc): (&str, &str),
        message: &str,
        now: Timestamp,
    ) -> Result<(), WriteError> {
        let mut tx = self.begin_as(lease).await?;
        write_error(&mut tx, (source, fileloc), message, now).await?;
        Ok(tx.commit().await?)
    }

    /// Records that a source is gone: its DAGs become inactive, its import error is over. Returns those DAGs, by id.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was written then.
    pub async fn remove_source(&self, lease: &Lease, source: &str) -> Result<Vec<DagId>, WriteError> {
        let mut tx = self.begin_as(lease).await?;
        let removed = dag_ids(tx.fetch_all(DEACTIVATE_OTHERS.bind(source)).await?)?;
        tx.execute(DELETE_ERROR.bind(source)).await?;
        tx.commit().await?;
        Ok(removed)
    }

    /// As [`Store::remove_source`] for every source but these: after the DAGs folder was looked through as a whole.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deactivate_missing(&self, sources: &[String]) -> Result<Vec<DagId>, StoreError> {
        let batch = || sources.iter().map(|source| row![source]);
        let mut tx = self.db.begin().await?;
        let removed = dag_ids(tx.fetch_all(DEACTIVATE_MISSING.rows(batch())).await?)?;
        tx.execute(DELETE_ERRORS_OF_MISSING.rows(batch())).await?;
        tx.commit().await?;
        Ok(removed)
    }

    /// Sources that cannot be read, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_errors(&self) -> Result<Vec<ImportError>, StoreError> {
        let rows = self.db.fetch_all(ERRORS.query()).await?;
        rows.iter()
            .map(|row| {
                let row = TableRow {
                    table: "import_error",
                    row,
                };
                Ok(ImportError {
                    source: row.get("source")?,
                    fileloc: row.get("fileloc")?,
                    message: row.get("message")?,
                    occurred_at: row.time("occurred_at")?,
                })
            })
            .collect()
    }

    /// A task that is not in its source any more cannot be run: unfinished runs that still want to run such a task go over
    /// to the new version, where it is removed. All others keep the version they began with.
    async fn move_runs_that_lack_tasks(
        &self,
        tx: &mut Tx,
        entries: &[Entry<'_>],
        now: Timestamp,
    ) -> Result<Vec<MovedRun>, StoreError> {
        let mut moved = Vec::new();
        for entry in entries.iter().filter(|entry| entry.new_version.is_some()) {
            // A DAG that cannot be understood is left alone, and its runs with it.
            let Ok(dag) = Arc::new(entry.spec.clone()).validate() else {
                continue;
            };
            let wants_missing = |run: &&ChoosableRun| {
                let is_open =
                    |state: Option<TaskInstanceState>| !state.is_some_and(TaskInstanceState::is_finished);
                let mut open = run.tasks.iter().filter(|task| is_open(task.state));
                open.any(|task| dag.graph().index(&task.task_id).is_none())
            };
            let runs = self.unfinished_runs(tx, &entry.spec.dag_id).await?;
            let runs: Vec<&ChoosableRun> = runs.iter().filter(wants_missing).collect();
            let to = Version {
                id: entry.version,
                dag: &dag,
            };
            moved.extend(self.move_runs(tx, &runs, to, now).await?);
        }
        Ok(moved)
    }

    /// A transaction of the scheduler that holds the lease: one that stood still must not tell of sources as they were.
    async fn begin_as(&self, lease: &Lease) -> Result<Tx, WriteError> {
        let mut tx = self.db.begin().await?;
        if lease::is_valid(&mut tx, lease).await? {
            Ok(tx)
        } else {
            Err(WriteError::LeaseLost)
        }
    }

    async fn write_dags(
        &self,
        tx: &mut Tx,
        record: &SourceRecord<'_>,
        entries: &[Entry<'_>],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let dags = entries.iter().map(|entry| {
            let spec = entry.spec;
            let fileloc = if spec.fileloc.is_empty() {
                record.fileloc
            } else {
                &spec.fileloc
            };
            let paused = spec
                .is_paused_upon_creation
                .unwrap_or(self.options.dags_are_paused_at_creation);
            let owners: Vec<&str> = spec.owners().into_iter().collect();
            row![
                spec.dag_id.as_str(),
                fileloc,
                paused,
                entry.version.0,
                spec.description.as_deref().map(storable),
                spec.schedule.to_string(),
                owners.join(", "),
            ]
        });
        tx.execute(UPSERT_DAGS.bind(record.source).bind(now).rows(dags))
            .await?;
        let versions = entries.iter().filter_map(|entry| {
            let (number, hash) = entry.new_version?;
            let spec = serde_json::to_string(entry.spec).expect("a DAG has a JSON form");
            Some(row![
                entry.version.0,
                entry.spec.dag_id.as_str(),
                number,
                hash.to_string(),
                spec
            ])
        });
        tx.execute(INSERT_VERSIONS.bind(now).rows(versions)).await?;
        Ok(())
    }
}

/// Notes what is wrong with a source.
async fn write_error(
    tx: &mut Tx,
    (source, fileloc): (&str, &str),
    message: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let message = storable(message);
    let bind = |sql: &'static Sql| sql.bind(source).bind(fileloc).bind(message.as_str()).bind(now);
    if tx.execute(bind(&UPDATE_ERROR)).await? == 0 {
        tx.execute(bind(&INSERT_ERROR)).await?;
    }
    Ok(())
}

/// Which DAGs of a source are written, which of them are new or different, and which are left out.
fn sort_out<'a>(
    record: &SourceRecord<'a>,
    mut known: BTreeMap<DagId, Known>,
    mut refused: BTreeMap<DagId, String>,
    ids: &dyn IdSource,
) -> Sorted<'a> {
    let mut sorted = Sorted::default();
    let mut seen = BTreeSet::new();
    for spec in record.dags {
        if !seen.insert(&spec.dag_id) {
            sorted.taken.push((spec.dag_id.clone(), record.source.to_owned()));
            continue;
        }
        let known = known.remove(&spec.dag_id);
        let was_active = known.as_ref().is_some_and(|known| known.is_active);
        match (known, refused.remove(&spec.dag_id)) {
            (Some(known), _) if was_active && known.source != record.source => {
                sorted.taken.push((spec.dag_id.clone(), known.source));
            }
            (_, Some(refusal)) => sorted.refused.push((&spec.dag_id, refusal)),
            (known, None) => {
                let entry = entry(spec, known, ids);
                if entry.new_version.is_some() || !was_active {
                    sorted.changed.insert(&spec.dag_id);
                }
                sorted.entries.push(entry);
            }
        }
    }
    sorted
}

/// What the database knows of these DAGs.
async fn known(tx: &mut Tx, dags: &[DagSpec]) -> Result<BTreeMap<DagId, Known>, StoreError> {
    let batch = dags.iter().map(|spec| row![spec.dag_id.as_str()]);
    let mut known = BTreeMap::new();
    for row in tx.fetch_all(KNOWN.rows(batch)).await? {
        let row = TableRow {
            table: "dag",
            row: &row,
        };
        let dag = Known {
            source: row.get("source")?,
            is_active: row.get("is_active")?,
            version: row.version()?,
            hash: row.parsed("structure_hash")?,
            version_number: row.get("version_number")?,
        };
        known.insert(row.dag_id()?, dag);
    }
    Ok(known)
}

/// Keeps the version if the structure is the same, else makes a new one.
fn entry<'a>(spec: &'a DagSpec, known: Option<Known>, ids: &dyn IdSource) -> Entry<'a> {
    let hash = spec.structure_hash();
    match known {
        Some(known) if known.hash == hash => Entry {
            spec,
            version: known.version,
            new_version: None,
        },
        Some(known) => Entry {
            spec,
            version: ids.version_id(),
            new_version: Some((known.version_number + 1, hash)),
        },
        None => Entry {
            spec,
            version: ids.version_id(),
            new_version: Some((1, hash)),
        },
    }
}

async fn write_tags(
    tx: &mut Tx,
    entries: &[Entry<'_>],
    changed: &BTreeSet<&DagId>,
) -> Result<(), StoreError> {
    if changed.is_empty() {
        return Ok(());
    }
    tx.execute(DELETE_TAGS.rows(changed.iter().map(|dag_id| row![dag_id.as_str()])))
        .await?;
    let tags = entries
        .iter()
        .filter(|entry| changed.contains(&entry.spec.dag_id))
        .flat_map(|entry| {
            entry
                .spec
                .tags
                .iter()
                .map(|tag| row![entry.spec.dag_id.as_str(), storable(tag)])
        });
    tx.execute(INSERT_TAGS.rows(tags)).await?;
    Ok(())
}

/// Makes the DAGs of a source inactive that it does not define any more; those, by id.
async fn deactivate_others<'a>(
    tx: &mut Tx,
    record: &SourceRecord<'a>,
    kept: impl Iterator<Item = &'a DagId>,
) -> Result<Vec<DagId>, StoreError> {
    let failed = match record.broken {
        Some(BrokenPart { dags: None, .. }) => return Ok(Vec::new()),
        Some(BrokenPart {
            dags: Some(failed), ..
        }) => failed,
        None => &[],
    };
    let kept = kept.chain(failed).map(|dag_id| row![dag_id.as_str()]);
    dag_ids(
        tx.fetch_all(DEACTIVATE_OTHERS.bind(record.source).rows(kept))
            .await?,
    )
}

/// The import error of a source some of whose DAGs are left out: the file and the text.
fn refusals<'a>(
    record: &SourceRecord<'a>,
    taken: &[(DagId, String)],
    refused: &[(&DagId, String)],
) -> Option<(&'a str, String)> {
    let taken = taken.iter().map(|(dag_id, source)| {
        format!(
            "DAG `{dag_id}` is already defined by `{source}`; give it another id, or remove one of the two"
        )
    });
    let broken = record.broken.iter().map(|broken| broken.message.to_owned());
    let refused = refused.iter().map(|(_, why)| why.clone());
    let lines: Vec<String> = broken.chain(taken).chain(refused).collect();
    let fileloc = record.broken.map_or(record.fileloc, |broken| broken.fileloc);
    (!lines.is_empty()).then(|| (fileloc, lines.join("\n")))
}

fn dag_ids(rows: Vec<updraft_sql::Row>) -> Result<Vec<DagId>, StoreError> {
    let ids: Result<BTreeSet<DagId>, StoreError> = rows
        .iter()
        .map(|row| TableRow { table: "dag", row }.dag_id())
        .collect();
    Ok(ids?.into_iter().collect())
}
