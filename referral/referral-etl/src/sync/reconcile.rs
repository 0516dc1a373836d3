//! Reconciliation: compares ids and versions of everything, reads what differs, deletes what is gone.
//!
//! What a search does not find is not believed to be gone: it is collected while the sweep runs, counted against a limit when the
//! sweep has ended, and looked up by id once more before it is deleted.

use std::collections::{BTreeMap, BTreeSet};

use bullhorn::paging::{FullCursor, FullLoad, full_load};
use bullhorn::{Record, RowFault, Stub, ToManyField};
use futures::TryStreamExt;
use referral_store::EntityId;
use referral_store::sweep::KnownVersion;
use referral_store::sync_page::{Erased, Erasure, SyncPage};

use super::cursor::Cursor;
use super::engine::{Run, Syncer};
use super::error::SyncError;
use super::kind::Synced;
use super::page::quarantined_row;
use crate::normalise::association_hash;

/// Versions compared per page: Bullhorn's largest page, as the rows are small.
const STUBS_PER_PAGE: u16 = 500;
/// Missing records looked up at a time.
const LOOKED_UP_AT_ONCE: u32 = 200;
/// So few may always be missing.
const MISSING_ALLOWED_MIN: u64 = 10;

impl Syncer {
    /// Compares everything. Returns how many records the source has.
    pub(super) async fn reconcile<K: Synced>(&self, at_work: &mut Run<'_>) -> Result<u64, SyncError> {
        let (after_id, seen) = match Cursor::read(at_work.run.cursor.as_ref())? {
            Some(Cursor::Missing { after_id, seen }) => (after_id, seen),
            Some(Cursor::Sweep { from }) => (0, self.sweep::<K>(at_work, from).await?),
            Some(Cursor::Full { .. } | Cursor::Changes { .. }) | None => {
                (0, self.sweep::<K>(at_work, FullCursor::default()).await?)
            }
        };
        if after_id == 0 {
            self.guard::<K>(seen).await?;
        }
        self.delete_missing::<K>(at_work, after_id, seen).await?;
        Ok(seen)
    }

    /// Walks over the versions at the source. Returns how many there are.
    async fn sweep<K: Synced>(&self, at_work: &mut Run<'_>, from: FullCursor) -> Result<u64, SyncError> {
        let load = FullLoad::new(K::ENTITY, Stub::fields()).page(STUBS_PER_PAGE);
        let mut batches = std::pin::pin!(full_load::<Stub>(&self.client, load, from));
        let mut after = EntityId(from.after_id);
        while let Some(batch) = batches.try_next().await? {
            let up_to = EntityId(batch.cursor.after_id);
            let known = self.store.known_versions(K::KIND, after, up_to).await?;
            // A row without a record behind it counts as missing; one that cannot be read does not.
            let unreadable: Vec<_> = batch
                .faulty
                .iter()
                .filter(|row| row.fault != RowFault::NotInDatabase)
                .collect();
            let present: BTreeSet<i64> = batch
                .records
                .iter()
                .map(|stub| stub.id)
                .chain(unreadable.iter().filter_map(|row| row.id))
                .collect();
            let differing = self.differing::<K>(&batch.records, &known).await?;
            let found = self
                .client
                .entities::<K::Raw>(K::ENTITY, &differing, &at_work.fields)
                .await?;
            let mut page = at_work
                .cleaner
                .clean::<K>(found.rows.records, found.rows.faulty)
                .await?;
            page.fetched = (batch.records.len() + batch.faulty.len()) as u64;
            page.compared_equal = (batch.records.len() - differing.len()) as u64;
            page.quarantined
                .extend(unreadable.into_iter().map(quarantined_row));
            page.missing = missing(&known, &present);
            page.total = Some(at_work.run.counts.fetched + batch.left);
            page.cursor = Some(Cursor::Sweep { from: batch.cursor }.to_json());
            self.commit::<K>(at_work, page).await?;
            after = up_to;
        }
        let seen = at_work.run.counts.fetched;
        let beyond = self
            .store
            .known_versions(K::KIND, after, EntityId(i64::MAX))
            .await?;
        let last = SyncPage {
            missing: missing(&beyond, &BTreeSet::new()),
            cursor: Some(Cursor::Missing { after_id: 0, seen }.to_json()),
            ..SyncPage::default()
        };
        self.commit::<K>(at_work, last).await?;
        Ok(seen)
    }

    /// The ids whose record must be read: unknown here, newer there, deleted on one side only, or with other list members.
    async fn differing<K: Synced>(
        &self,
        stubs: &[Stub],
        known: &[KnownVersion],
    ) -> Result<Vec<i64>, SyncError> {
        let known: BTreeMap<i64, &KnownVersion> =
            known.iter().map(|version| (version.id.0, version)).collect();
        let (mut differing, mut alike) = (Vec::new(), Vec::new());
        for stub in stubs {
            match known.get(&stub.id) {
                Some(version) if is_alike(stub, version) => alike.push((stub.id, *version)),
                Some(_) | None => differing.push(stub.id),
            }
        }
        alike.retain(|(_, version)| version.erasure.is_none());
        if self.options.reconcile_associations && !alike.is_empty() {
            let ids: Vec<i64> = alike.iter().map(|(id, _)| *id).collect();
            let hashes = self.association_hashes::<K>(&ids).await?;
            let changed =
                |(id, version): &&(i64, &KnownVersion)| version.association_hash.as_ref() != hashes.get(id);
            differing.extend(alike.iter().filter(changed).map(|(id, _)| *id));
        }
        Ok(differing)
    }

    /// What the lists of these records hold at the source.
    async fn association_hashes<K: Synced>(&self, ids: &[i64]) -> Result<BTreeMap<i64, String>, SyncError> {
        let mut lists: BTreeMap<i64, Vec<BTreeSet<i64>>> = BTreeMap::new();
        for field in K::LISTS {
            let name = ToManyField::new(K::ENTITY, field).map_err(bullhorn::CallError::from)?;
            for (id, members) in self.client.associations(name, ids).await? {
                lists.entry(id).or_default().push(members);
            }
        }
        Ok(lists
            .into_iter()
            .map(|(id, fields)| (id, association_hash(fields)))
            .collect())
    }

    /// Refuses to delete when so much is missing that something else must be wrong.
    async fn guard<K: Synced>(&self, seen: u64) -> Result<(), SyncError> {
        let missing = self.store.count_sweep_missing(K::KIND).await?;
        let live = self.store.count_live(K::KIND).await?;
        let share = live * u64::from(self.options.missing_percent_max) / 100;
        let allowed = if seen == 0 {
            0
        } else {
            share.max(MISSING_ALLOWED_MIN)
        };
        if missing > allowed {
            return Err(SyncError::TooManyMissing {
                kind: K::KIND,
                missing,
                live,
                allowed,
            });
        }
        Ok(())
    }

    /// Looks up what the sweep did not find. What still exists is taken over, the rest is deleted.
    async fn delete_missing<K: Synced>(
        &self,
        at_work: &mut Run<'_>,
        after_id: i64,
        seen: u64,
    ) -> Result<(), SyncError> {
        let mut after = EntityId(after_id);
        loop {
            let ids = self
                .store
                .sweep_missing(K::KIND, after, LOOKED_UP_AT_ONCE)
                .await?;
            let Some(&last) = ids.last() else { return Ok(()) };
            after = last;
            let ids: Vec<i64> = ids.into_iter().map(|id| id.0).collect();
            let found = self
                .client
                .entities::<K::Raw>(K::ENTITY, &ids, &at_work.fields)
                .await?;
            let mut page = at_work
                .cleaner
                .clean::<K>(found.rows.records, found.rows.faulty)
                .await?;
            page.fetched = 0;
            page.erased.extend(found.missing.into_iter().map(|id| Erased {
                id: EntityId(id),
                erasure: Erasure::Deleted,
                source_modified_ms: None,
            }));
            page.cursor = Some(
                Cursor::Missing {
                    after_id: last.0,
                    seen,
                }
                .to_json(),
            );
            self.commit::<K>(at_work, page).await?;
        }
    }
}

/// The same version on both sides, deleted on both or on neither. A person who is anonymised here is so for good.
fn is_alike(stub: &Stub, known: &KnownVersion) -> bool {
    let is_newer = stub
        .modified
        .is_none_or(|modified| modified.as_millisecond() > known.source_modified_ms);
    let is_erased_alike = match known.erasure {
        Some(Erasure::Anonymised) => true,
        Some(Erasure::Deleted) => stub.is_deleted,
        None => !stub.is_deleted,
    };
    !is_newer && is_erased_alike
}

/// The live records that are known here and were not found there.
fn missing(known: &[KnownVersion], present: &BTreeSet<i64>) -> Vec<EntityId> {
    let gone = |version: &&KnownVersion| version.erasure.is_none() && !present.contains(&version.id.0);
    known.iter().filter(gone).map(|version| version.id).collect()
}
