//! The two kinds of records, seen by the sync.

use std::future::Future;

use bullhorn::{Entity, Fields, Meta, Named, Record, ToMany};
use jiff::Timestamp;
use referral_store::sync_page::SyncPage;
use referral_store::sync_run::SyncRun;
use referral_store::{Candidate, EntityKind, Position, ReferralStore, StoreError};

use crate::normalise::{self, Members, Normalised, Rejected, Rules};
use crate::source::PositionRow;

/// How one kind of record is read, normalised and written.
pub(super) trait Synced: Send + Sync + 'static {
    /// What Bullhorn sends.
    type Raw: Record + Sync;
    /// What the store keeps.
    type Clean: Send + Sync + 'static;

    const KIND: EntityKind;
    const ENTITY: Entity;
    /// The to-many fields that are completed.
    const LISTS: &'static [&'static str];

    /// The fields to ask for, given what the account has.
    fn fields(meta: &Meta) -> Fields;
    /// The members of each of [`Self::LISTS`] that came along.
    fn lists(raw: &Self::Raw) -> Vec<&ToMany<Named>>;
    fn normalise(
        raw: &Self::Raw,
        members: &Members,
        rules: &Rules,
    ) -> Result<Normalised<Self::Clean>, Rejected>;
    fn commit(
        store: &ReferralStore,
        run: &SyncRun,
        page: &SyncPage<Self::Clean>,
        now: Timestamp,
    ) -> impl Future<Output = Result<SyncRun, StoreError>> + Send;
}

/// Candidates.
pub(super) struct Candidates;

/// Positions.
pub(super) struct Positions;

impl Synced for Candidates {
    type Raw = bullhorn::Candidate;
    type Clean = Candidate;

    const KIND: EntityKind = EntityKind::Candidate;
    const ENTITY: Entity = Entity::Candidate;
    const LISTS: &'static [&'static str] = &normalise::CANDIDATE_LISTS;

    fn fields(_meta: &Meta) -> Fields {
        bullhorn::Candidate::fields()
    }

    fn lists(raw: &Self::Raw) -> Vec<&ToMany<Named>> {
        vec![&raw.primary_skills, &raw.secondary_skills]
    }

    fn normalise(
        raw: &Self::Raw,
        members: &Members,
        rules: &Rules,
    ) -> Result<Normalised<Candidate>, Rejected> {
        normalise::candidate(raw, members, rules)
    }

    async fn commit(
        store: &ReferralStore,
        run: &SyncRun,
        page: &SyncPage<Candidate>,
        now: Timestamp,
    ) -> Result<SyncRun, StoreError> {
        store.commit_candidates(run, page, now).await
    }
}

impl Synced for Positions {
    type Raw = PositionRow;
    type Clean = Position;

    const KIND: EntityKind = EntityKind::Position;
    const ENTITY: Entity = Entity::JobOrder;
    const LISTS: &'static [&'static str] = &normalise::POSITION_LISTS;

    fn fields(meta: &Meta) -> Fields {
        PositionRow::fields_for(meta)
    }

    fn lists(raw: &Self::Raw) -> Vec<&ToMany<Named>> {
        vec![&raw.job.skills]
    }

    fn normalise(
        raw: &Self::Raw,
        members: &Members,
        rules: &Rules,
    ) -> Result<Normalised<Position>, Rejected> {
        normalise::position(raw, members, rules)
    }

    async fn commit(
        store: &ReferralStore,
        run: &SyncRun,
        page: &SyncPage<Position>,
        now: Timestamp,
    ) -> Result<SyncRun, StoreError> {
        store.commit_positions(run, page, now).await
    }
}
