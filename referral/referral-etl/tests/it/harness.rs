//! A sandbox, a store and a syncer with one simulated clock.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bullhorn::{Client, Clock, Credentials, Jitter, Options, Secret, Setup};
use bullhorn_sandbox::population::PopulationOptions;
use bullhorn_sandbox::{Sandbox, SandboxOptions};
use futures::future::BoxFuture;
use jiff::Timestamp;
use referral_etl::sync::{RequestedMode, Summary, SyncError, SyncRequest, Syncer, SyncerOptions};
use referral_service::Progress;
use referral_store::{EntityKind, ReferralStore, RunId};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use updraft_sql::inspect;
use updraft_testing::databases::{self, TestDatabase};

/// The day on which the population stands still.
const AS_OF: &str = "2026-06-01T00:00:00Z";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A clock that stands still, but for [`World::advance`] and for what is slept through.
#[derive(Debug)]
struct StandingClock {
    now_ms: Arc<AtomicI64>,
    slept_ms: Arc<AtomicI64>,
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms.load(Ordering::SeqCst)).unwrap()
    }

    fn uptime(&self) -> Duration {
        Duration::from_millis(self.slept_ms.load(Ordering::SeqCst).unsigned_abs())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let ms = i64::try_from(duration.as_millis()).unwrap() + 1;
        self.slept_ms.fetch_add(ms, Ordering::SeqCst);
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
        Box::pin(tokio::task::yield_now())
    }
}

/// A sandbox and everything that syncs from it.
pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) store: ReferralStore,
    pub(crate) options: SyncerOptions,
    now_ms: Arc<AtomicI64>,
    http: reqwest::Client,
    stop: CancellationToken,
    // Dropped after the store: the file lies in it.
    _database: TestDatabase,
    _server: JoinSet<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    /// A small population: 120 candidates, 40 positions, short resumes; pages of 25.
    pub(crate) async fn new() -> Self {
        Self::with(databases::sqlite(), 120).await
    }

    pub(crate) async fn with(database: TestDatabase, candidates: u32) -> Self {
        let mut population = PopulationOptions::new(AS_OF.parse().unwrap());
        population.candidates = candidates;
        population.positions = 40;
        population.resume_bytes = 2_000;
        let now_ms = Arc::new(AtomicI64::new(population.as_of.as_millisecond() + DAY_MS));
        let time = Arc::clone(&now_ms);
        let clock = move || Timestamp::from_millisecond(time.load(Ordering::SeqCst)).unwrap();
        let sandbox = Sandbox::new(SandboxOptions::new(population), Arc::new(clock)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let mut server = JoinSet::new();
        server.spawn(async move {
            let service = sandbox
                .router()
                .into_make_service_with_connect_info::<SocketAddr>();
            let served = axum::serve(listener, service).with_graceful_shutdown(stopped.cancelled_owned());
            served.await.unwrap();
        });
        let start = Timestamp::from_millisecond(now_ms.load(Ordering::SeqCst)).unwrap();
        let store = ReferralStore::open(database.url(), start).await.unwrap();
        let options = SyncerOptions {
            page_size: 25,
            reconcile_every: None,
            ..SyncerOptions::default()
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().build().unwrap();
        Self {
            url,
            store,
            options,
            now_ms,
            http,
            stop,
            _database: database,
            _server: server,
        }
    }

    /// The same sandbox with another, empty store.
    pub(crate) async fn beside(&self) -> (ReferralStore, TestDatabase) {
        let database = databases::sqlite();
        let start = Timestamp::from_millisecond(self.now_ms.load(Ordering::SeqCst)).unwrap();
        (
            ReferralStore::open(database.url(), start).await.unwrap(),
            database,
        )
    }

    pub(crate) fn rest_address(&self) -> String {
        format!("{}/rest-services/", self.url)
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(StandingClock {
            now_ms: Arc::clone(&self.now_ms),
            slept_ms: Arc::new(AtomicI64::new(0)),
        })
    }

    /// A client of the sandbox that waits for nothing.
    pub(crate) fn client(&self, password: &str) -> Client {
        let credentials = Credentials {
            client_id: "sandbox-client".to_owned(),
            client_secret: Secret::new("sandbox-secret"),
            username: "sandbox.user".to_owned(),
            password: Secret::new(password),
            redirect_uri: None,
        };
        let options = Options {
            attempts_max: 3,
            calls_per_minute: 1_000_000,
            ..Options::default()
        };
        let setup = Setup::new(credentials, self.rest_address());
        Client::new(
            setup
                .options(options)
                .clock(self.clock())
                .jitter(Jitter::seeded(1)),
        )
        .unwrap()
    }

    /// A syncer as a new process would have it.
    pub(crate) fn syncer(&self) -> Syncer {
        self.syncer_into(self.store.clone())
    }

    pub(crate) fn syncer_into(&self, store: ReferralStore) -> Syncer {
        Syncer::new(
            self.client("sandbox-password"),
            store,
            self.clock(),
            self.options.clone(),
        )
    }

    /// Runs a sync in a new process.
    pub(crate) async fn sync(
        &self,
        kind: EntityKind,
        run_id: &str,
        mode: RequestedMode,
    ) -> Result<Summary, SyncError> {
        run(&self.syncer(), kind, run_id, mode).await
    }

    /// Runs a sync of candidates that must succeed.
    pub(crate) async fn candidates(&self, run_id: &str, mode: RequestedMode) -> Summary {
        self.sync(EntityKind::Candidate, run_id, mode).await.unwrap()
    }

    pub(crate) fn advance(&self, duration: Duration) {
        self.now_ms
            .fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// `POST` of an administrator's path of the sandbox; returns the answer.
    pub(crate) async fn admin(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/admin/{path}", self.url)).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    pub(crate) async fn knobs(&self, changes: Value) {
        let request = self
            .http
            .patch(format!("{}/admin/knobs", self.url))
            .json(&changes);
        assert!(request.send().await.unwrap().status().is_success());
    }

    /// Sets a fault that strikes calls of an endpoint, after `skip` of them, `times` times.
    pub(crate) async fn fault(&self, fault: Value, endpoint: &str, skip: u32, times: u32) {
        self.admin(
            "faults",
            json!({"fault": fault, "endpoint": endpoint, "skip": skip, "times": times}),
        )
        .await;
    }

    /// Changes, deletes and anonymises candidates. Returns how many of each.
    pub(crate) async fn mutate(&self, change: u32, delete: u32, anonymise: u32, seed: u64) -> Value {
        let body = json!({"change": change, "delete": delete, "anonymise": anonymise, "seed": seed});
        self.admin("mutate", body).await
    }

    /// The requests that the sandbox has seen since it was last asked to forget them.
    pub(crate) async fn requests(&self) -> Vec<Value> {
        let request = self.http.get(format!("{}/admin/requests?limit=10000", self.url));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["requests"].as_array().unwrap().clone()
    }

    /// How many calls of an endpoint the sandbox has seen.
    pub(crate) async fn calls_of(&self, endpoint: &str) -> usize {
        let requests = self.requests().await;
        requests.iter().filter(|r| r["endpoint"] == endpoint).count()
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }
}

pub(crate) fn request(kind: EntityKind, run_id: &str, mode: RequestedMode) -> SyncRequest {
    SyncRequest {
        run_id: RunId::parse(run_id).unwrap(),
        kind,
        mode,
    }
}

/// Runs a sync to its end.
pub(crate) async fn run(
    syncer: &Syncer,
    kind: EntityKind,
    run_id: &str,
    mode: RequestedMode,
) -> Result<Summary, SyncError> {
    let (progress, _) = watch::channel(Progress::default());
    syncer
        .run(&request(kind, run_id, mode), &progress, &CancellationToken::new())
        .await
}

/// What two runs of the same work may differ in: which run wrote a row, and when.
const INCIDENTAL: [&str; 4] = ["synced_run_id=", "first_seen_at=", "synced_at=", "deleted_at="];

/// The rows of the tables of records, without what is incidental.
pub(crate) async fn rows(store: &ReferralStore) -> BTreeMap<String, Vec<String>> {
    let mut contents = inspect::contents(store.db()).await.unwrap();
    contents
        .retain(|table, _| ["candidate", "position", "embedding", "quarantine"].contains(&table.as_str()));
    for line in contents.values_mut().flatten() {
        let cells: Vec<&str> = line
            .split(' ')
            .filter(|cell| INCIDENTAL.iter().all(|name| !cell.starts_with(name)))
            .filter(|cell| !cell.starts_with("run_id=") && !cell.starts_with("quarantined_at="))
            .collect();
        *line = cells.join(" ");
    }
    contents
}

/// The sum that a full or incremental run's counts make.
pub(crate) fn accounted(summary: &Summary) -> u64 {
    summary.inserted
        + summary.updated
        + summary.unchanged
        + summary.deleted
        + summary.anonymised
        + summary.quarantined
}

/// Fails with the rows that differ, and not with all of them.
pub(crate) async fn assert_same_rows(one: &ReferralStore, other: &ReferralStore) {
    let (one, other) = (rows(one).await, rows(other).await);
    for (table, lines) in &one {
        let differing = lines.iter().zip(&other[table]).find(|(one, other)| one != other);
        assert_eq!((differing, lines.len()), (None, other[table].len()), "`{table}`");
    }
}
