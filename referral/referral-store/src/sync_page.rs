//! One page of records from the source, written idempotently and together with the cursor behind it.
//!
//! Three rules make a page safe to read twice, late, or in another order: an older version never replaces a newer one; a
//! record whose content is equal is not written; what is erased at the source takes the person's vector and matches along in
//! the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use updraft_sql::{ColumnType, Query, Row, Sql, SqlError, Tx, row, statements};

use crate::candidate::Fingerprint;
use crate::rows::id;
use crate::sync_run::{SyncCounts, SyncMode, SyncRun, add_calls, superseded};
use crate::{Candidate, EntityId, EntityKind, Position, ReferralStore, RunId, Stamp, StoreError, erasure};

/// What a run read in one go.
#[derive(Debug, Clone)]
pub struct SyncPage<T> {
    /// Where the next page starts, in the caller's notation.
    pub cursor: Option<Value>,
    /// How many records the whole run reads, once that is known.
    pub total: Option<u64>,
    /// Calls made to the source for this page.
    pub calls: u64,
    /// How many records were read or compared for this page.
    pub fetched: u64,
    /// Records to keep.
    pub live: Vec<T>,
    /// Records that are deleted or erased at the source.
    pub erased: Vec<Erased>,
    /// Records that could not be used.
    pub quarantined: Vec<Quarantined>,
    /// Reconciliation: how many versions were compared and found equal.
    pub compared_equal: u64,
    /// Reconciliation: ids that are here and were not found there; see [`ReferralStore::sweep_missing`].
    pub missing: Vec<EntityId>,
}

// By hand, because a page of anything has a default.
impl<T> Default for SyncPage<T> {
    fn default() -> Self {
        Self {
            cursor: None,
            total: None,
            calls: 0,
            fetched: 0,
            live: Vec::new(),
            erased: Vec::new(),
            quarantined: Vec::new(),
            compared_equal: 0,
            missing: Vec::new(),
        }
    }
}

/// How a record left the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// Deleted, softly or for good.
    Deleted,
    /// Erased on the person's request.
    Anonymised,
}

/// A record that is deleted or erased at the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Whose.
    pub id: EntityId,
    /// How.
    pub erasure: Erasure,
    /// The source's version, epoch ms; `None` when the source does not have the record any more.
    pub source_modified_ms: Option<i64>,
}

/// A record that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Whose, if the record has an id at all.
    pub id: Option<EntityId>,
    /// Why, for a person.
    pub reason: String,
    /// SHA-256 (hex) of the raw record: tells whether it is still the same one, and keeps nothing of it.
    pub excerpt_hash: String,
}

/// A kind of record that pages are made of.
pub(crate) trait Synced: Sized {
    const KIND: EntityKind;
    /// Reads id, `content_hash`, `association_hash`, `source_modified_ms`, `is_deleted` and `is_anonymized` of the rows whose
    /// ids are in the batch.
    const SELECT_VERSIONS: &'static Sql;
    /// Sets `source_modified_ms` and `association_hash` of rows whose content is equal.
    const TOUCH: &'static Sql;

    fn id(&self) -> EntityId;
    fn fingerprint(&self) -> &Fingerprint;
    /// Writes live records, guarded by the version.
    fn upsert<'a>(records: &[&'a Self], stamp: Stamp<'a>) -> Query<'a>;
    /// Writes tombstones, also for records never seen before.
    fn erase<'a>(records: &[Tombstone], stamp: Stamp<'a>) -> Query<'a>;
}

/// What is left of an erased record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tombstone {
    pub(crate) id: EntityId,
    pub(crate) erasure: Erasure,
    pub(crate) source_modified_ms: i64,
}

statements! {
    /// Statements about pages.
    pub(crate) STATEMENTS;

    ADVANCE_RUN = Sql::new(
        "UPDATE sync_run SET step = step + 1, cursor = $4, total = coalesce($5, total), calls = calls + $6, \
         fetched = fetched + $7, inserted = inserted + $8, updated = updated + $9, unchanged = unchanged + $10, \
         deleted = deleted + $11, anonymised = anonymised + $12, quarantined = quarantined + $13 \
         WHERE run_id = $1 AND entity = $2 AND step = $3 AND state = 'running'",
    );

    /// Only a full load is resumed by other runs, so only its cursor is kept here.
    ADVANCE_STATE = Sql::new(
        "UPDATE sync_state SET cursor = CASE WHEN $3 THEN $4 ELSE cursor END WHERE entity = $1 AND owner_run_id = $2",
    );

    RELEASE_FROM_QUARANTINE = Sql::new(
        "DELETE FROM quarantine WHERE entity = $1 AND entity_id IN (SELECT id FROM {batch})",
    )
    .batch(&[("id", ColumnType::I64)]);

    QUARANTINE = Sql::new(
        "INSERT INTO quarantine (entity, entity_id, excerpt_hash, reason, run_id, quarantined_at) \
         SELECT $1, batch.id, batch.excerpt_hash, batch.reason, $2, $3 FROM {batch} WHERE TRUE \
         ON CONFLICT (entity, entity_id, excerpt_hash) DO UPDATE SET reason = excluded.reason, \
         run_id = excluded.run_id, quarantined_at = excluded.quarantined_at",
    )
    .batch(&[("id", ColumnType::I64), ("excerpt_hash", ColumnType::Text), ("reason", ColumnType::Text)]);

    ADD_MISSING = Sql::new(
        "INSERT INTO sweep_missing (entity, entity_id) SELECT $1, batch.id FROM {batch} WHERE TRUE \
         ON CONFLICT (entity, entity_id) DO NOTHING",
    )
    .batch(&[("id", ColumnType::I64)]);
}

impl ReferralStore {
    /// Writes a page of candidates and moves the run behind it, in one transaction. Returns the run as it stands then.
    ///
    /// # Errors
    /// [`StoreError::Superseded`] if the run is not where `run` says it is: nothing was written, and a retry finds out who
    /// goes on. Database errors as usual.
    pub async fn commit_candidates(
        &self,
        run: &SyncRun,
        page: &SyncPage<Candidate>,
        now: Timestamp,
    ) -> Result<SyncRun, StoreError> {
        self.commit_page(run, page, now).await
    }

    /// Writes a page of positions and moves the run behind it; see [`ReferralStore::commit_candidates`].
    ///
    /// # Errors
    /// As [`ReferralStore::commit_candidates`].
    pub async fn commit_positions(
        &self,
        run: &SyncRun,
        page: &SyncPage<Position>,
        now: Timestamp,
    ) -> Result<SyncRun, StoreError> {
        self.commit_page(run, page, now).await
    }

    async fn commit_page<T: Synced>(
        &self,
        run: &SyncRun,
        page: &SyncPage<T>,
        now: Timestamp,
    ) -> Result<SyncRun, StoreError> {
        let mut tx = self.db.begin().await?;
        let ids = page
            .live
            .iter()
            .map(T::id)
            .chain(page.erased.iter().map(|erased| erased.id))
            .collect();
        let versions = read_versions::<T>(&mut tx, &ids).await?;
        let plan = Plan::new(page, &versions);
        advance(&mut tx, run, page, plan.counts).await?;
        write::<T>(
            &mut tx,
            &plan,
            Stamp {
                run_id: &run.run_id,
                now,
            },
        )
        .await?;
        quarantine(
            &mut tx,
            T::KIND,
            page,
            &ids,
            Stamp {
                run_id: &run.run_id,
                now,
            },
        )
        .await?;
        if !page.missing.is_empty() {
            let rows = page.missing.iter().map(|id| row![id.0]);
            tx.execute(ADD_MISSING.bind(T::KIND.as_str()).rows(rows)).await?;
        }
        add_calls(&mut tx, page.calls, now).await?;
        tx.commit().await?;
        let mut run = run.clone();
        run.step += 1;
        run.cursor.clone_from(&page.cursor);
        run.total = page.total.or(run.total);
        run.calls += page.calls;
        run.counts += plan.counts;
        Ok(run)
    }
}

/// Moves the run behind the page; fails when it is not where the caller thinks it is.
async fn advance<T>(
    tx: &mut Tx,
    run: &SyncRun,
    page: &SyncPage<T>,
    counts: SyncCounts,
) -> Result<(), StoreError> {
    let cursor = page.cursor.as_ref().unwrap_or(&Value::Null).to_string();
    let (run_id, entity) = (run.run_id.as_str(), run.kind.as_str());
    let mut advance = ADVANCE_RUN
        .bind(run_id)
        .bind(entity)
        .bind(run.step)
        .bind(cursor.as_str());
    advance = advance
        .bind(page.total.map(|total| total as i64))
        .bind(page.calls as i64);
    let SyncCounts {
        fetched,
        inserted,
        updated,
        unchanged,
        deleted,
        anonymised,
        quarantined,
    } = counts;
    for count in [
        fetched,
        inserted,
        updated,
        unchanged,
        deleted,
        anonymised,
        quarantined,
    ] {
        advance = advance.bind(count as i64);
    }
    let state = ADVANCE_STATE
        .bind(entity)
        .bind(run_id)
        .bind(run.mode == SyncMode::Full)
        .bind(cursor.as_str());
    if tx.execute(advance).await? != 1 || tx.execute(state).await? != 1 {
        return Err(superseded(run.kind, &run.run_id));
    }
    Ok(())
}

async fn write<T: Synced>(tx: &mut Tx, plan: &Plan<'_, T>, stamp: Stamp<'_>) -> Result<(), StoreError> {
    if !plan.upserts.is_empty() {
        let written = tx.execute(T::upsert(&plan.upserts, stamp)).await?;
        expect_rows(T::KIND, stamp.run_id, written, plan.upserts.len())?;
    }
    if !plan.touches.is_empty() {
        let rows = plan.touches.iter().map(|record| {
            let fingerprint = record.fingerprint();
            row![
                record.id().0,
                fingerprint.source_modified_ms,
                fingerprint.association_hash.as_deref()
            ]
        });
        tx.execute(T::TOUCH.rows(rows)).await?;
    }
    if !plan.erasures.is_empty() {
        let written = tx.execute(T::erase(&plan.erasures, stamp)).await?;
        expect_rows(T::KIND, stamp.run_id, written, plan.erasures.len())?;
        let ids: Vec<EntityId> = plan.erasures.iter().map(|tombstone| tombstone.id).collect();
        erasure::remove_traces(tx, T::KIND, &ids, stamp).await?;
    }
    Ok(())
}

/// The versions were read in the same transaction, so fewer rows mean that somebody else writes the same records.
fn expect_rows(kind: EntityKind, run_id: &RunId, written: u64, planned: usize) -> Result<(), StoreError> {
    if written == planned as u64 {
        Ok(())
    } else {
        Err(superseded(kind, run_id))
    }
}

/// Records that can be used now leave the quarantine; those that cannot enter it with their newest reason.
async fn quarantine<T>(
    tx: &mut Tx,
    kind: EntityKind,
    page: &SyncPage<T>,
    usable: &BTreeSet<EntityId>,
    stamp: Stamp<'_>,
) -> Result<(), SqlError> {
    let released = usable
        .iter()
        .copied()
        .chain(page.quarantined.iter().filter_map(|record| record.id));
    let rows: Vec<_> = released.map(|id| row![id.0]).collect();
    if !rows.is_empty() {
        tx.execute(RELEASE_FROM_QUARANTINE.bind(kind.as_str()).rows(rows))
            .await?;
    }
    if !page.quarantined.is_empty() {
        let unique: BTreeMap<_, _> = page
            .quarantined
            .iter()
            .map(|record| {
                (
                    (record.id.unwrap_or(EntityId::ZERO), record.excerpt_hash.as_str()),
                    &record.reason,
                )
            })
            .collect();
        let rows = unique
            .into_iter()
            .map(|((id, excerpt_hash), reason)| row![id.0, excerpt_hash, reason]);
        let insert = QUARANTINE
            .bind(kind.as_str())
            .bind(stamp.run_id.as_str())
            .bind(stamp.now);
        tx.execute(insert.rows(rows)).await?;
    }
    Ok(())
}

/// What is stored of a record.
struct Version {
    content_hash: Option<String>,
    association_hash: Option<String>,
    source_modified_ms: i64,
    erasure: Option<Erasure>,
}

async fn read_versions<T: Synced>(
    tx: &mut Tx,
    ids: &BTreeSet<EntityId>,
) -> Result<BTreeMap<EntityId, Version>, SqlError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = tx
        .fetch_all(T::SELECT_VERSIONS.rows(ids.iter().map(|id| row![id.0])))
        .await?;
    rows.iter()
        .map(|row| Ok((id(row, "id")?, read_version(row)?)))
        .collect()
}

fn read_version(row: &Row) -> Result<Version, SqlError> {
    Ok(Version {
        content_hash: row.get("content_hash")?,
        association_hash: row.get("association_hash")?,
        source_modified_ms: row.get("source_modified_ms")?,
        erasure: read_erasure(row)?,
    })
}

/// How the row was erased, from its two flags.
pub(crate) fn read_erasure(row: &Row) -> Result<Option<Erasure>, SqlError> {
    Ok(
        match (row.get::<bool>("is_anonymized")?, row.get::<bool>("is_deleted")?) {
            (true, _) => Some(Erasure::Anonymised),
            (false, true) => Some(Erasure::Deleted),
            (false, false) => None,
        },
    )
}

/// What a page changes, decided before anything is written.
struct Plan<'a, T> {
    upserts: Vec<&'a T>,
    touches: Vec<&'a T>,
    erasures: Vec<Tombstone>,
    counts: SyncCounts,
}

impl<'a, T: Synced> Plan<'a, T> {
    fn new(page: &'a SyncPage<T>, versions: &BTreeMap<EntityId, Version>) -> Self {
        let counts = SyncCounts {
            fetched: page.fetched,
            unchanged: page.compared_equal,
            quarantined: page.quarantined.len() as u64,
            ..SyncCounts::default()
        };
        let mut plan = Self {
            upserts: Vec::new(),
            touches: Vec::new(),
            erasures: Vec::new(),
            counts,
        };
        let mut seen = BTreeSet::new();
        for erased in &page.erased {
            if seen.insert(erased.id) {
                plan.erase(*erased, versions.get(&erased.id));
            } else {
                plan.counts.unchanged += 1;
            }
        }
        for record in &page.live {
            if seen.insert(record.id()) {
                plan.keep(record, versions.get(&record.id()));
            } else {
                plan.counts.unchanged += 1;
            }
        }
        plan
    }

    fn keep(&mut self, record: &'a T, stored: Option<&Version>) {
        let fingerprint = record.fingerprint();
        let Some(stored) = stored else {
            self.counts.inserted += 1;
            self.upserts.push(record);
            return;
        };
        let newer = fingerprint.source_modified_ms.cmp(&stored.source_modified_ms);
        let equal =
            stored.erasure.is_none() && stored.content_hash.as_ref() == Some(&fingerprint.content_hash);
        let same_associations = stored.association_hash == fingerprint.association_hash;
        if newer.is_lt() {
            self.counts.unchanged += 1;
        } else if !equal {
            self.counts.updated += 1;
            self.upserts.push(record);
        } else {
            self.counts.unchanged += 1;
            if newer.is_gt() || !same_associations {
                // Remember the version, so that an older one which arrives late stays out.
                self.touches.push(record);
            }
        }
    }

    fn erase(&mut self, erased: Erased, stored: Option<&Version>) {
        let stored_ms = stored.map(|stored| stored.source_modified_ms);
        let older = matches!((erased.source_modified_ms, stored_ms), (Some(new), Some(old)) if new < old);
        let known = stored.and_then(|stored| stored.erasure);
        // A record that the source does not have any more may have left it anonymised: that stays known.
        let same = known == Some(erased.erasure) || (known.is_some() && erased.source_modified_ms.is_none());
        let never_here = stored.is_none() && erased.source_modified_ms.is_none();
        if older || same || never_here {
            self.counts.unchanged += 1;
            return;
        }
        match erased.erasure {
            Erasure::Deleted => self.counts.deleted += 1,
            Erasure::Anonymised => self.counts.anonymised += 1,
        }
        self.erasures.push(Tombstone {
            id: erased.id,
            erasure: erased.erasure,
            source_modified_ms: erased.source_modified_ms.or(stored_ms).unwrap_or(0),
        });
    }
}
