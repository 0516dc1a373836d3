//! A service on a database with three candidates and two positions, asked as the proxy asks.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use referral_ml::scoring::{IdfTable, Points};
use referral_pages::{HEADER, Pages, PagesParts, Secret, router};
use referral_store::candidate::{Fingerprint, Place};
use referral_store::embedding::{EmbeddingProfile, NewEmbedding};
use referral_store::features::MatchInput;
use referral_store::matching::{MatchProvenance, MatchScope, NewMatch};
use referral_store::quality::CheckResult;
use referral_store::sync_page::SyncPage;
use referral_store::sync_run::{NewSyncRun, SyncMode};
use referral_store::{Candidate, EntityId, EntityKind, Level, Position, ReferralStore, RunId, Stamp};
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt;
use updraft_testing::databases::on_both;

const SECRET: &str = "a secret of these tests, and a long one";

/// The service and what it answers from.
pub(crate) struct World {
    pub(crate) store: ReferralStore,
    router: Router,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn run(id: &str) -> RunId {
    RunId::parse(id).unwrap()
}

/// Runs a test on both databases.
pub(crate) async fn each_world(test: impl AsyncFn(&World)) {
    on_both(async |database| {
        let store = ReferralStore::open(database.url(), at(0)).await.unwrap();
        fill(&store).await;
        let roles = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let pages = Pages::new(PagesParts {
            store: store.clone(),
            threshold: Points::from_hundredths(7_000),
            secret: Secret::new(SECRET).unwrap(),
            reveal_roles: roles(&["Op"]),
            feedback_roles: roles(&["Op", "User"]),
            clock: Arc::new(|| at(100)),
        });
        let world = World {
            router: router(pages),
            store,
        };
        test(&world).await;
        world.store.close().await;
    })
    .await;
}

impl World {
    /// Asks as the proxy does for a user `ann` of a role: `ask("Op", "GET /config", Value::Null)`.
    pub(crate) async fn ask(&self, role: &str, what: &str, body: Value) -> Answer {
        let (method, rest) = what.split_once(' ').unwrap();
        let path = format!("/recruiting/api{rest}");
        let header = signed(role, (method, &path), 160);
        self.send(method, &path, &[(HEADER, &header)], body).await
    }

    /// Asks, and expects this status.
    pub(crate) async fn told(&self, role: &str, what: &str, body: Value, status: u16) -> Value {
        let answer = self.ask(role, what, body).await;
        assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text);
        answer.json()
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = if body.is_null() {
            request.body(Body::empty())
        } else {
            request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string()))
        };
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}

/// What the proxy says of `ann`.
pub(crate) fn signed(role: &str, (method, path): (&str, &str), expires: i64) -> String {
    let claims = json!({
        "user": "ann", "roles": [role], "method": method, "path": path, "base": "/plugin-views/recruiting", "home": "",
        "exp": at(expires).as_second(),
    });
    let signed = format!("v1.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut key: Hmac<Sha256> = Hmac::new_from_slice(SECRET.as_bytes()).unwrap();
    key.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.finalize().into_bytes()))
}

fn fingerprint(word: &str) -> Fingerprint {
    Fingerprint {
        content_hash: format!("content-{word}"),
        embedding_text_hash: Some(format!("text-{word}")),
        association_hash: None,
        source_modified_ms: 1,
    }
}

fn candidate(id: i64) -> Candidate {
    Candidate {
        id: EntityId(id),
        first_name: Some("Jane".to_owned()),
        last_name: Some(format!("Doe{id}")),
        email: Some(format!("jane{id}@example.com")),
        phone_e164: Some("+15550101234".to_owned()),
        status: None,
        occupation: Some("=Engineer".to_owned()),
        company_name: None,
        place: Place::default(),
        will_relocate: None,
        remote_ok: None,
        salary_yearly: None,
        experience_years: Some(4.0),
        level: Some(Level::SENIOR),
        skills: vec!["postgresql".to_owned(), "rust".to_owned()],
        certifications: Vec::new(),
        available_on: None,
        work_authorized: Some(id != 3),
        resume_text: Some(format!("Jane Doe{id}")),
        embedding_text: Some("Writes Rust services.\nKnows Postgres well.".to_owned()),
        fingerprint: fingerprint(&format!("c{id}")),
    }
}

fn position(id: i64) -> Position {
    Position {
        id: EntityId(id),
        title: Some("Engineer".to_owned()),
        description_text: None,
        required_skills: vec!["rust".to_owned(), "kafka".to_owned()],
        nice_skills: vec!["postgresql".to_owned()],
        certifications: Vec::new(),
        min_years: Some(3.0),
        level: Some(Level::SENIOR),
        employment_type: None,
        salary_yearly_min: None,
        salary_yearly_max: None,
        place: Place::default(),
        remote: Some(true),
        is_open: true,
        status: Some("Open".to_owned()),
        start_on: None,
        client_name: Some("Example Works".to_owned()),
        openings: Some(1),
        embedding_text: Some("We want Rust and PostgreSQL.".to_owned()),
        fingerprint: fingerprint(&format!("p{id}")),
    }
}

fn profile() -> EmbeddingProfile {
    EmbeddingProfile {
        model_sha256: "model".to_owned(),
        precision: "f32".to_owned(),
        chunk_rule: "words-900".to_owned(),
        dims: 2,
    }
}

async fn embed(store: &ReferralStore, kind: EntityKind, vectors: &[(i64, &str, [f32; 2])]) {
    let new: Vec<NewEmbedding> = vectors
        .iter()
        .map(|(id, word, vector)| NewEmbedding {
            id: EntityId(*id),
            text_hash: format!("text-{word}"),
            vector: vector.to_vec(),
        })
        .collect();
    let run_id = run("embed");
    let stamp = Stamp {
        run_id: &run_id,
        now: at(4),
    };
    store
        .save_embeddings(kind, &profile(), &new, stamp)
        .await
        .unwrap();
}

async fn begin(store: &ReferralStore, kind: EntityKind) -> referral_store::sync_run::SyncRun {
    let new = NewSyncRun {
        run_id: run("sync"),
        kind,
        mode: SyncMode::Full,
        cursor: None,
        lower_ms: None,
        upper_ms: 5,
        total: None,
    };
    store.begin_sync(&new, at(1)).await.unwrap()
}

/// Candidate 1 is suggested for position 1, 2 is unlike it, and 3 may not work there.
async fn fill(store: &ReferralStore) {
    let begun = begin(store, EntityKind::Candidate).await;
    let page = SyncPage {
        fetched: 3,
        live: (1..=3).map(candidate).collect(),
        ..SyncPage::default()
    };
    let begun = store.commit_candidates(&begun, &page, at(2)).await.unwrap();
    store.finish_sync(&begun, None, at(3)).await.unwrap();
    let begun = begin(store, EntityKind::Position).await;
    let page = SyncPage {
        fetched: 2,
        live: (1..=2).map(position).collect(),
        ..SyncPage::default()
    };
    let begun = store.commit_positions(&begun, &page, at(2)).await.unwrap();
    store.finish_sync(&begun, None, at(3)).await.unwrap();
    let candidates = [
        (1, "c1", [1.0, 0.0]),
        (2, "c2", [0.0, 1.0]),
        (3, "c3", [1.0, 0.0]),
    ];
    embed(store, EntityKind::Candidate, &candidates).await;
    embed(store, EntityKind::Position, &[(1, "p1", [1.0, 0.0])]).await;
    let idf = IdfTable::new(3, [("rust", 3)]).document();
    store.freeze_formula("1", &idf, at(5)).await.unwrap();
    let input = |word: &str| MatchInput {
        content_hash: format!("content-{word}"),
        text_hash: format!("text-{word}"),
    };
    let new = NewMatch {
        position_id: EntityId(1),
        candidate_id: EntityId(1),
        score: 8_500,
        cosine: 1.0,
        parts: json!([
            {"name": "semantic", "weight_bp": 5500, "value_bp": 10000, "points": 5500},
            {"name": "required_skills", "weight_bp": 2500, "value_bp": 6000, "points": 1500},
            {"name": "level", "weight_bp": 1500, "value_bp": 10000, "points": 1500},
        ]),
        matched_skills: vec!["rust".to_owned()],
        missing_skills: vec!["kafka".to_owned()],
        gates: json!([{"gate": "salary", "verdict": "unknown", "reason": "the wish is not known"}]),
        position_input: input("p1"),
        candidate_input: input("c1"),
    };
    let provenance = MatchProvenance {
        run_id: run("match"),
        threshold: 7_000,
        model_sha256: "model".to_owned(),
        precision: "f32".to_owned(),
        formula_version: "1".to_owned(),
        weights: json!({}),
        scoring: "scoring".to_owned(),
    };
    let scope = MatchScope::Positions(vec![(EntityId(1), input("p1"))]);
    store
        .replace_matches(&provenance, &scope, &[new], at(6))
        .await
        .unwrap();
    check(store).await;
}

/// A run of the checks in which two candidates failed one, of whom one is gone.
async fn check(store: &ReferralStore) {
    let result = CheckResult {
        name: "candidates_can_be_reached".to_owned(),
        table: "candidate".to_owned(),
        severity: "warn".to_owned(),
        passed: true,
        checked: 3,
        failed: 1,
        detail: String::new(),
        samples: vec!["2".to_owned(), "99".to_owned()],
    };
    store
        .record_quality(&run("checks"), &[result], &[], at(7))
        .await
        .unwrap();
}
