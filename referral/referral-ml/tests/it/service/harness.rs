//! A database with records, an embedder that obeys the test, and the service on a port of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use futures::future::BoxFuture;
use jiff::Timestamp;
use referral_ml::embedder::{EmbedError, Embedded, Embedder, ModelIdentity, Precision};
use referral_ml::scoring::Points;
use referral_ml::service::{MlService, MlServiceParts, router};
use referral_ml::vectors::Vectors;
use referral_store::candidate::{Fingerprint, Place};
use referral_store::sync_page::{Erased, Erasure, SyncPage};
use referral_store::sync_run::{NewSyncRun, SyncMode, SyncRun};
use referral_store::{Candidate, EntityId, EntityKind, Position, ReferralStore, RunId};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use updraft_testing::databases::{self, TestDatabase};

use crate::support::workers;

/// The trades that the embedder knows: each has an axis of its own, and all other texts share the last one.
pub(crate) const TRADES: [&str; 3] = ["welder", "baker", "nurse"];
const DIMENSIONS: usize = TRADES.len() + 1;

/// The simulated time.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// An embedder whose vectors follow from the trades in a text. It remembers what it was asked, and works only as often as
/// it is allowed to.
pub(crate) struct Trades {
    identity: ModelIdentity,
    asked: Mutex<Vec<String>>,
    allowed: Semaphore,
}

impl Trades {
    /// Allowed to work so many times.
    pub(crate) fn allowed(times: usize) -> Arc<Self> {
        let identity = ModelIdentity {
            name: "trades".to_owned(),
            sha256: "5a".repeat(32),
            precision: Precision::F32,
            dimensions: DIMENSIONS,
        };
        Arc::new(Self {
            identity,
            asked: Mutex::default(),
            allowed: Semaphore::new(times),
        })
    }

    /// Allows it to work on, for good.
    pub(crate) fn allow(&self) {
        self.allowed.add_permits(1_000);
    }

    /// The texts that it was asked for since the last time.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Embedder for Trades {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn fits(&self, text: &str) -> bool {
        text.len() <= 900
    }

    fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Embedded, EmbedError>> {
        Box::pin(async move {
            self.allowed.acquire().await.unwrap().forget();
            let mut vectors = Vectors::empty(DIMENSIONS);
            for text in &texts {
                let axis = TRADES.iter().position(|trade| text.contains(trade));
                let mut row = [0.0; DIMENSIONS];
                row[axis.unwrap_or(DIMENSIONS - 1)] = 1.0;
                vectors.push(&row);
            }
            let tokens = texts.len();
            self.asked.lock().unwrap().extend(texts);
            Ok(Embedded { vectors, tokens })
        })
    }
}

/// The application database of a test.
pub(crate) struct World {
    pub(crate) store: ReferralStore,
    syncs: AtomicU64,
    // Dropped after the store: the file lies in it.
    database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = databases::sqlite();
        let store = ReferralStore::open(database.url(), now()).await.unwrap();
        Self {
            store,
            syncs: AtomicU64::new(1),
            database,
        }
    }

    /// The database as another process would open it.
    pub(crate) async fn open_again(&self) -> ReferralStore {
        ReferralStore::open(self.database.url(), now()).await.unwrap()
    }

    async fn begin(&self, kind: EntityKind) -> SyncRun {
        let number = self.syncs.fetch_add(1, Ordering::SeqCst);
        let new = NewSyncRun {
            run_id: RunId::parse(&format!("sync-{number}")).unwrap(),
            kind,
            mode: SyncMode::Incremental,
            cursor: None,
            lower_ms: None,
            upper_ms: 5_000,
            total: None,
        };
        self.store.begin_sync(&new, now()).await.unwrap()
    }

    /// Writes candidates as a sync does.
    pub(crate) async fn candidates(&self, live: Vec<Candidate>) {
        let run = self.begin(EntityKind::Candidate).await;
        let page = SyncPage {
            live,
            ..SyncPage::default()
        };
        let run = self.store.commit_candidates(&run, &page, now()).await.unwrap();
        self.store.finish_sync(&run, None, now()).await.unwrap();
    }

    /// Writes positions as a sync does.
    pub(crate) async fn positions(&self, live: Vec<Position>) {
        let run = self.begin(EntityKind::Position).await;
        let page = SyncPage {
            live,
            ..SyncPage::default()
        };
        let run = self.store.commit_positions(&run, &page, now()).await.unwrap();
        self.store.finish_sync(&run, None, now()).await.unwrap();
    }

    /// Deletes a candidate as a sync does.
    pub(crate) async fn delete_candidate(&self, id: i64) {
        let run = self.begin(EntityKind::Candidate).await;
        let erased = Erased {
            id: EntityId(id),
            erasure: Erasure::Deleted,
            source_modified_ms: None,
        };
        let page = SyncPage {
            erased: vec![erased],
            ..SyncPage::default()
        };
        let run = self.store.commit_candidates(&run, &page, now()).await.unwrap();
        self.store.finish_sync(&run, None, now()).await.unwrap();
    }

    /// The matches that stand: position, candidate and score in hundredths of a point, best first.
    pub(crate) async fn matches(&self) -> Vec<(i64, i64, i64)> {
        let best = self.store.best_matches(100).await.unwrap();
        best.iter()
            .map(|view| (view.position_id.0, view.candidate_id.0, view.score))
            .collect()
    }
}

/// A candidate with this text and these skills, in the source's version `version`.
pub(crate) fn candidate(id: i64, text: &str, skills: &[&str], version: i64) -> Candidate {
    Candidate {
        id: EntityId(id),
        first_name: Some("Test".to_owned()),
        last_name: Some(format!("Person-{id}")),
        email: None,
        phone_e164: None,
        status: Some("Active".to_owned()),
        occupation: Some(text.to_owned()),
        company_name: None,
        place: Place::default(),
        will_relocate: None,
        remote_ok: None,
        salary_yearly: None,
        experience_years: None,
        level: None,
        skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        certifications: Vec::new(),
        available_on: None,
        work_authorized: None,
        resume_text: Some(text.to_owned()),
        embedding_text: Some(text.to_owned()),
        fingerprint: fingerprint(format!("{text} {skills:?}"), text, version),
    }
}

/// An open position with this text and these required skills, in the source's version `version`.
pub(crate) fn position(id: i64, text: &str, skills: &[&str], version: i64) -> Position {
    Position {
        id: EntityId(id),
        title: Some(text.to_owned()),
        description_text: Some(text.to_owned()),
        required_skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        nice_skills: Vec::new(),
        certifications: Vec::new(),
        min_years: None,
        level: None,
        employment_type: None,
        salary_yearly_min: None,
        salary_yearly_max: None,
        place: Place::default(),
        remote: None,
        is_open: true,
        status: None,
        start_on: None,
        client_name: Some("Example Works".to_owned()),
        openings: None,
        embedding_text: Some(text.to_owned()),
        fingerprint: fingerprint(format!("{text} {skills:?} open"), text, version),
    }
}

/// The position as it is once it is filled.
pub(crate) fn closed(mut position: Position, version: i64) -> Position {
    position.is_open = false;
    position.fingerprint.content_hash.push_str(" closed");
    position.fingerprint.source_modified_ms = version;
    position
}

fn fingerprint(content: String, text: &str, version: i64) -> Fingerprint {
    Fingerprint {
        content_hash: content,
        embedding_text_hash: Some(format!("hash of {text}")),
        association_hash: None,
        source_modified_ms: version,
    }
}

/// The service on a port of its own.
pub(crate) struct Service {
    pub(crate) stop: CancellationToken,
    pub(crate) service: MlService,
    url: String,
    http: reqwest::Client,
    _server: JoinSet<()>,
}

impl Service {
    /// With a threshold of 70 points.
    pub(crate) async fn start(store: ReferralStore, embedder: Arc<dyn Embedder>) -> Self {
        Self::with_threshold(store, embedder, 70.0).await
    }

    pub(crate) async fn with_threshold(
        store: ReferralStore,
        embedder: Arc<dyn Embedder>,
        points: f64,
    ) -> Self {
        let stop = CancellationToken::new();
        let parts = MlServiceParts {
            store,
            embedder,
            workers: workers(1),
            threshold: Points::from_points(points).unwrap(),
            clock: Arc::new(now),
        };
        let service = MlService::new(parts, stop.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = router(service.clone());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        // Fails only when another test of this process was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            stop,
            service,
            url,
            http: reqwest::Client::builder().build().unwrap(),
            _server: server,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        let request = self.http.post(self.url(path)).json(body);
        request.send().await.unwrap()
    }

    /// Status and JSON of a request that is no run.
    pub(crate) async fn ask(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let response = self.post(path, body).await;
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) async fn health(&self) -> (StatusCode, Value) {
        let response = self.http.get(self.url("/health")).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// The events of a run.
    pub(crate) async fn run(&self, path: &str, run_id: &str) -> Vec<Value> {
        let response = self.post(path, &json!({ "run_id": run_id })).await;
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        let text = response.text().await.unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The summary of a run that must succeed.
    pub(crate) async fn summary(&self, path: &str, run_id: &str) -> Value {
        let last = self.run(path, run_id).await.pop().unwrap();
        assert_eq!(last["event"], "summary", "{last}");
        last
    }

    /// Embeds everything and finds matches; returns what the matching says.
    pub(crate) async fn embed_and_match(&self, run_id: &str) -> Value {
        self.summary("/embeddings/candidates", run_id).await;
        self.summary("/embeddings/positions", run_id).await;
        self.summary("/matches", run_id).await
    }
}
