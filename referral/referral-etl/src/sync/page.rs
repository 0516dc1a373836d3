//! From a page of raw records to a page that can be committed.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bullhorn::{Client, FaultyRow, Record, ToManyField};
use referral_store::EntityId;
use referral_store::sync_page::{Quarantined, SyncPage};
use tokio::task::JoinSet;

use super::catalogue::Catalogue;
use super::error::SyncError;
use super::kind::Synced;
use crate::normalise::{Members, Normalised, Rejected, Rules, text_hash};

/// A page is not split for fewer records than this.
const RECORDS_PER_THREAD: usize = 25;

/// The to-many fields that came cut off, with the ids of the records where they did.
pub(super) type CutLists = Vec<(&'static str, Vec<i64>)>;

/// What turns raw records into clean ones; shared by the pages of a run.
#[derive(Debug)]
pub(super) struct Cleaner {
    pub(super) client: Client,
    pub(super) rules: Arc<Rules>,
    pub(super) catalogue: Catalogue,
}

impl Cleaner {
    /// Completes the lists of raw records and cleans them.
    pub(super) async fn clean<K: Synced>(
        &self,
        records: Vec<K::Raw>,
        faulty: Vec<FaultyRow>,
    ) -> Result<SyncPage<K::Clean>, SyncError> {
        let members = self.complete::<K>(cut_lists::<K, _>(|| records.iter())).await?;
        self.clean_with::<K>(records, faulty, members).await
    }

    /// Normalises raw records on other threads, and sorts them by what becomes of them. The page's cursor is left to the caller.
    pub(super) async fn clean_with<K: Synced>(
        &self,
        records: Vec<K::Raw>,
        faulty: Vec<FaultyRow>,
        members: Arc<Members>,
    ) -> Result<SyncPage<K::Clean>, SyncError> {
        let mut page = SyncPage {
            fetched: (records.len() + faulty.len()) as u64,
            ..SyncPage::default()
        };
        page.quarantined.extend(faulty.iter().map(quarantined_row));
        let outcomes = self.normalise::<K>(records, members).await?;
        for outcome in outcomes {
            match outcome {
                Outcome::Normalised(Normalised::Live(record)) => page.live.push(*record),
                Outcome::Normalised(Normalised::Erased(erased)) => page.erased.push(erased),
                Outcome::Rejected(quarantined) => page.quarantined.push(quarantined),
            }
        }
        Ok(page)
    }

    /// Reads the members of lists that came cut off: one call per field and 500 records.
    pub(super) async fn complete<K: Synced>(&self, cut: CutLists) -> Result<Arc<Members>, SyncError> {
        let mut members = Members::default();
        let mut wanted = BTreeSet::new();
        for (field, ids) in cut {
            let name = ToManyField::new(K::ENTITY, field).map_err(bullhorn::CallError::from)?;
            let lists: BTreeMap<i64, BTreeSet<i64>> = self.client.associations(name, &ids).await?;
            wanted.extend(lists.values().flatten().copied());
            members.by_field.insert(field, lists);
        }
        if !wanted.is_empty() {
            members.skill_names = self.catalogue.names(&self.client, &wanted).await?;
        }
        Ok(Arc::new(members))
    }

    async fn normalise<K: Synced>(
        &self,
        mut records: Vec<K::Raw>,
        members: Arc<Members>,
    ) -> Result<Vec<Outcome<K::Clean>>, SyncError> {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = records.len().div_ceil(threads).max(RECORDS_PER_THREAD);
        let mut tasks = JoinSet::new();
        while !records.is_empty() {
            let rest = records.split_off(share.min(records.len()));
            let part = std::mem::replace(&mut records, rest);
            let (members, rules) = (Arc::clone(&members), Arc::clone(&self.rules));
            tasks.spawn_blocking(move || {
                part.iter()
                    .map(|raw| Outcome::of::<K>(raw, &members, &rules))
                    .collect::<Vec<_>>()
            });
        }
        let mut outcomes = Vec::new();
        while let Some(part) = tasks.join_next().await {
            outcomes.extend(part.map_err(SyncError::Cleaning)?);
        }
        Ok(outcomes)
    }
}

/// Finds the lists that lack members. `records` walks over the raw records, once per field.
pub(super) fn cut_lists<'r, K: Synced, I: Iterator<Item = &'r K::Raw>>(records: impl Fn() -> I) -> CutLists {
    let ids_of = |index: usize| {
        let is_cut = |raw: &&K::Raw| K::lists(raw).get(index).is_some_and(|list| !list.is_complete());
        records().filter(is_cut).map(Record::id).collect::<Vec<i64>>()
    };
    let fields = K::LISTS.iter().enumerate();
    fields
        .map(|(index, field)| (*field, ids_of(index)))
        .filter(|(_, ids)| !ids.is_empty())
        .collect()
}

/// What becomes of one raw record.
enum Outcome<T> {
    Normalised(Normalised<T>),
    Rejected(Quarantined),
}

impl<T> Outcome<T> {
    fn of<K: Synced<Clean = T>>(raw: &K::Raw, members: &Members, rules: &Rules) -> Self {
        match guarded(raw.id(), || K::normalise(raw, members, rules)) {
            Ok(normalised) => Self::Normalised(normalised),
            Err(reason) => Self::Rejected(rejected(raw, &reason)),
        }
    }
}

/// One record's panic is that record's trouble: the others of the page go on.
fn guarded<T>(id: i64, normalise: impl FnOnce() -> Result<T, Rejected>) -> Result<T, Rejected> {
    // What is left behind by a panic is this record's own, and dropped.
    std::panic::catch_unwind(AssertUnwindSafe(normalise)).unwrap_or_else(|_| {
        tracing::error!(
            record.id = id,
            "cleaning record {id} has panicked: this is a bug; it is quarantined"
        );
        Err(Rejected::Panicked)
    })
}

/// A record that was read but cannot be used: known by id and version.
fn rejected(raw: &impl Record, reason: &Rejected) -> Quarantined {
    Quarantined {
        id: Some(EntityId(raw.id())).filter(|id| id.0 > 0),
        reason: reason.to_string(),
        excerpt_hash: text_hash(&format!("{} {:?}", raw.id(), raw.modified())),
    }
}

/// A row that could not be read: known by what it looked like.
pub(super) fn quarantined_row(row: &FaultyRow) -> Quarantined {
    Quarantined {
        id: row.id.map(EntityId).filter(|id| id.0 > 0),
        reason: row.fault.to_string(),
        excerpt_hash: text_hash(row.raw()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_whose_cleaning_panics_is_rejected_alone() {
        let outcomes: Vec<Result<i64, Rejected>> = (1..=3)
            .map(|id| {
                guarded(id, || {
                    assert_ne!(id, 2, "the bug");
                    Ok(id)
                })
            })
            .collect();
        assert_eq!(outcomes, [Ok(1), Err(Rejected::Panicked), Ok(3)]);
    }
}
