//! Running a sync from its request to its summary.

use std::sync::Arc;
use std::time::Duration;

use bullhorn::paging::{Changes, ChangesCursor, FullCursor, FullLoad, Window, changes, full_load};
use bullhorn::{Client, Clock, FieldReport, Fields, Lucene, PAGE_MAX, ServerTime};
use jiff::{SignedDuration, Timestamp};
use referral_service::Progress;
use referral_store::sync_page::SyncPage;
use referral_store::sync_run::{NewSyncRun, RunState, SyncMode, SyncRun};
use referral_store::{EntityKind, ReferralStore, StoreError};
use tokio::sync::{OnceCell, watch};
use tokio_util::sync::CancellationToken;

use super::budget::{Budget, Meter};
use super::catalogue::Catalogue;
use super::cursor::Cursor;
use super::error::SyncError;
use super::kind::{Candidates, Positions, Synced};
use super::mode::{Circumstances, Plan, SyncRequest, plan};
use super::page::Cleaner;
use super::progress::{Summary, progress};
use super::stream::{Pages, Ready};
use crate::normalise::Rules;

/// Fields without which nothing can be synced.
const REQUIRED_FIELDS: [&str; 3] = ["id", "isDeleted", "dateLastModified"];

/// How syncs are run. `SyncerOptions::default()` suits a production account.
#[derive(Debug, Clone)]
pub struct SyncerOptions {
    /// Records to ask for per page: Bullhorn's most, as calls are what is scarce. Where records are heavy it may return fewer.
    pub page_size: u16,
    /// How far before the watermark an incremental run begins; longer than Bullhorn's index lags.
    pub overlap: Duration,
    /// How often everything is compared in mode `auto`; `None` for never.
    pub reconcile_every: Option<Duration>,
    /// Reconciliation also compares to-many lists, whose edits may move no date: one call per list and 500 records.
    pub reconcile_associations: bool,
    /// Reconciliation deletes nothing when more than this share of the records is missing at the source, in percent.
    pub missing_percent_max: u8,
    /// Calls of the account per calendar month; `None` for no limit.
    pub calls_per_month: Option<u64>,
    /// What differs between tenants.
    pub rules: Rules,
}

impl Default for SyncerOptions {
    fn default() -> Self {
        Self {
            page_size: PAGE_MAX,
            overlap: Duration::from_mins(15),
            reconcile_every: Some(Duration::from_hours(7 * 24)),
            reconcile_associations: true,
            missing_percent_max: 10,
            calls_per_month: Some(100_000),
            rules: Rules::default(),
        }
    }
}

/// Syncs one Bullhorn account into one store. Share it by `Arc`: its runs then share session, pace and call counter.
#[derive(Debug)]
pub struct Syncer {
    pub(super) client: Client,
    pub(super) store: ReferralStore,
    pub(super) options: SyncerOptions,
    clock: Arc<dyn Clock>,
    meter: Meter,
    candidate_fields: OnceCell<Fields>,
    position_fields: OnceCell<Fields>,
}

/// What a run at work needs.
pub(super) struct Run<'a> {
    pub(super) run: SyncRun,
    pub(super) cleaner: Arc<Cleaner>,
    pub(super) fields: Fields,
    pub(super) progress: &'a watch::Sender<Progress>,
    pub(super) stop: &'a CancellationToken,
}

impl Syncer {
    /// Syncs from the account behind `client` into `store`.
    pub fn new(client: Client, store: ReferralStore, clock: Arc<dyn Clock>, options: SyncerOptions) -> Self {
        Self {
            client,
            store,
            options,
            clock,
            meter: Meter::default(),
            candidate_fields: OnceCell::new(),
            position_fields: OnceCell::new(),
        }
    }

    /// The store it writes to.
    pub fn store(&self) -> &ReferralStore {
        &self.store
    }

    /// The account it reads from.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs a sync to its end. A run id that ended well before is answered with its summary; one that was interrupted goes on
    /// behind its last page, in the mode it had, and its summary counts the whole run. The future may be dropped at any moment.
    /// When `stop` is cancelled the run ends at the next page, resumable.
    ///
    /// # Errors
    /// [`SyncError`]; [`SyncError::is_retryable`] says whether the same request may succeed later.
    pub async fn run(
        &self,
        request: &SyncRequest,
        progress: &watch::Sender<Progress>,
        stop: &CancellationToken,
    ) -> Result<Summary, SyncError> {
        let result = match request.kind {
            EntityKind::Candidate => self.run_kind::<Candidates>(request, progress, stop).await,
            EntityKind::Position => self.run_kind::<Positions>(request, progress, stop).await,
        };
        let noted = self.note(request, &result).await;
        let run = result?;
        noted?;
        Ok(Summary::of(&run))
    }

    /// Records calls that no page has recorded, and an error.
    async fn note(
        &self,
        request: &SyncRequest,
        result: &Result<SyncRun, SyncError>,
    ) -> Result<(), SyncError> {
        let now = self.now();
        let calls = self.meter.read(&self.client);
        if calls > 0 {
            self.store.add_calls(calls, now).await?;
        }
        match result {
            Ok(_) | Err(SyncError::Stopped | SyncError::Store(StoreError::Superseded { .. })) => {}
            Err(error) => {
                self.store
                    .fail_sync(request.kind, &request.run_id, &error.report(), now)
                    .await?;
            }
        }
        Ok(())
    }

    async fn run_kind<K: Synced>(
        &self,
        request: &SyncRequest,
        progress: &watch::Sender<Progress>,
        stop: &CancellationToken,
    ) -> Result<SyncRun, SyncError> {
        let budget = self.budget().await?;
        let run = self.begin::<K>(request, budget).await?;
        if run.state == RunState::Succeeded {
            return Ok(run);
        }
        let cleaner = Cleaner {
            client: self.client.clone(),
            rules: Arc::new(self.options.rules.clone()),
            catalogue: Catalogue::default(),
        };
        let fields = self.fields::<K>().await?;
        let mut at_work = Run {
            run,
            cleaner: Arc::new(cleaner),
            fields,
            progress,
            stop,
        };
        at_work.tell("reading");
        let seen = match at_work.run.mode {
            SyncMode::Full => Some(self.read_all::<K>(&mut at_work).await?),
            SyncMode::Incremental => {
                self.read_changes::<K>(&mut at_work).await?;
                None
            }
            SyncMode::Reconcile => Some(self.reconcile::<K>(&mut at_work).await?),
        };
        Ok(self.store.finish_sync(&at_work.run, seen, self.now()).await?)
    }

    /// The run of the request: the one of that id, or a new one.
    async fn begin<K: Synced>(&self, request: &SyncRequest, budget: Budget) -> Result<SyncRun, SyncError> {
        let stored = self.store.sync_run(K::KIND, &request.run_id).await?;
        let is_done = stored
            .as_ref()
            .is_some_and(|run| run.state == RunState::Succeeded);
        if let (Some(limit), true, false) = (budget.limit, budget.is_used_up(), is_done) {
            return Err(SyncError::CallsUsedUp {
                calls: budget.used,
                limit,
            });
        }
        let new = match stored {
            Some(run) => NewSyncRun {
                run_id: run.run_id,
                kind: run.kind,
                mode: run.mode,
                cursor: run.cursor,
                lower_ms: run.lower_ms,
                upper_ms: run.upper_ms,
                total: run.total,
            },
            None => self.plan::<K>(request, budget).await?,
        };
        Ok(self.store.begin_sync(&new, self.now()).await?)
    }

    /// How a new run reads, and the window that it reads.
    async fn plan<K: Synced>(&self, request: &SyncRequest, budget: Budget) -> Result<NewSyncRun, SyncError> {
        let state = self.store.sync_state(K::KIND).await?;
        let circumstances = Circumstances {
            now: self.now(),
            reconcile_every: self.options.reconcile_every,
            saving_calls: budget.is_scarce(),
        };
        let plan = plan(request.mode, &state, circumstances);
        if budget.is_scarce() {
            tracing::warn!(
                calls = budget.used,
                "most calls of this month are used: nothing is compared that could wait"
            );
        }
        let server = self.server_time().await?;
        let mut new = NewSyncRun {
            run_id: request.run_id.clone(),
            kind: K::KIND,
            mode: plan.mode(),
            cursor: None,
            lower_ms: None,
            upper_ms: server.at.as_millisecond(),
            total: None,
        };
        match (plan, state.unfinished_full) {
            (Plan::ResumeFull, Some(unfinished)) => {
                new.cursor = Some(unfinished.cursor);
                new.upper_ms = unfinished.upper_ms;
            }
            (Plan::Incremental { watermark_ms }, _) => {
                let watermark = Timestamp::from_millisecond(watermark_ms).unwrap_or(Timestamp::UNIX_EPOCH);
                let window = Window::since(watermark, self.options.overlap, server)?;
                new.lower_ms = Some(window.lower().as_millisecond());
                new.upper_ms = window.upper().as_millisecond();
                new.cursor = Some(
                    Cursor::Changes {
                        from: ChangesCursor::start(window),
                    }
                    .to_json(),
                );
            }
            (Plan::Full | Plan::ResumeFull | Plan::Reconcile, _) => {}
        }
        Ok(new)
    }

    /// Reads every record by id. Returns how many the source has.
    async fn read_all<K: Synced>(&self, at_work: &mut Run<'_>) -> Result<u64, SyncError> {
        let from = match Cursor::read(at_work.run.cursor.as_ref())? {
            Some(Cursor::Full { from }) => from,
            _ => FullCursor::default(),
        };
        let load = FullLoad::new(K::ENTITY, at_work.fields.clone()).page(self.options.page_size);
        let batches = full_load::<K::Raw>(&self.client, load, from);
        let pages = Pages::start::<K, _>(Arc::clone(&at_work.cleaner), batches, |from| Cursor::Full {
            from,
        });
        self.commit_all::<K>(at_work, pages).await?;
        Ok(self.client.total(K::ENTITY, Lucene::all()).await?)
    }

    /// Reads what changed in the run's window.
    async fn read_changes<K: Synced>(&self, at_work: &mut Run<'_>) -> Result<(), SyncError> {
        let Some(Cursor::Changes { from }) = Cursor::read(at_work.run.cursor.as_ref())? else {
            return Err(SyncError::Cursor(serde::de::Error::custom(
                "an incremental run has a window",
            )));
        };
        let what = Changes::new(K::ENTITY, at_work.fields.clone()).page(self.options.page_size);
        let batches = changes::<K::Raw>(&self.client, what, from);
        let pages = Pages::start::<K, _>(Arc::clone(&at_work.cleaner), batches, |from| Cursor::Changes {
            from,
        });
        self.commit_all::<K>(at_work, pages).await
    }

    async fn commit_all<K: Synced>(
        &self,
        at_work: &mut Run<'_>,
        mut pages: Pages<K::Clean>,
    ) -> Result<(), SyncError> {
        while let Some(ready) = pages.next().await {
            let Ready { mut page, left } = ready?;
            page.total = Some(at_work.run.counts.fetched + left);
            self.commit::<K>(at_work, page).await?;
        }
        Ok(())
    }

    /// Commits a page, unless the service is stopping.
    pub(super) async fn commit<K: Synced>(
        &self,
        at_work: &mut Run<'_>,
        mut page: SyncPage<K::Clean>,
    ) -> Result<(), SyncError> {
        if at_work.stop.is_cancelled() {
            return Err(SyncError::Stopped);
        }
        let calls = self.meter.read(&self.client);
        page.calls = calls;
        match K::commit(&self.store, &at_work.run, &page, self.now()).await {
            Ok(run) => at_work.run = run,
            Err(error) => {
                self.meter.unread(calls);
                return Err(error.into());
            }
        }
        at_work.tell("reading");
        Ok(())
    }

    /// The fields to ask for, compared once with what the account has.
    async fn fields<K: Synced>(&self) -> Result<Fields, SyncError> {
        let cell = match K::KIND {
            EntityKind::Candidate => &self.candidate_fields,
            EntityKind::Position => &self.position_fields,
        };
        let fields = cell.get_or_try_init(|| async {
            let meta = self.client.meta(K::ENTITY).await?;
            let wanted = K::fields(&meta);
            let report = FieldReport::new(K::ENTITY, &meta, &wanted);
            report.require(&REQUIRED_FIELDS)?;
            if !report.is_clean() {
                tracing::warn!("{report}; they are left out");
            }
            Ok::<Fields, SyncError>(report.usable(&wanted))
        });
        Ok(fields.await?.clone())
    }

    /// The server's clock, or this machine's where the server does not tell its own.
    async fn server_time(&self) -> Result<ServerTime, SyncError> {
        if let Some(server) = self.client.server_time().await? {
            return Ok(server);
        }
        tracing::warn!("Bullhorn does not tell its time; this machine's clock is used");
        Ok(ServerTime {
            at: self.now(),
            skew: SignedDuration::ZERO,
        })
    }

    async fn budget(&self) -> Result<Budget, SyncError> {
        let used = self.store.calls_this_month(self.now()).await?;
        Ok(Budget {
            limit: self.options.calls_per_month,
            used,
        })
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Run<'_> {
    /// Tells how far the run is.
    pub(super) fn tell(&self, message: &str) {
        self.progress.send_replace(progress(&self.run, message));
    }
}
