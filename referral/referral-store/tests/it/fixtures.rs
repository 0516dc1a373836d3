//! Records and stores for tests.

use jiff::Timestamp;
use referral_store::candidate::{Fingerprint, Place};
use referral_store::embedding::{EmbeddingProfile, NewEmbedding};
use referral_store::sync_page::SyncPage;
use referral_store::sync_run::{NewSyncRun, SyncMode, SyncRun};
use referral_store::{Candidate, EntityId, EntityKind, Level, Position, ReferralStore, RunId, Stamp};
use updraft_testing::databases::{TestDatabase, on_both};

/// Runs a test on a fresh store of each database.
pub(crate) async fn each_store(test: impl AsyncFn(&ReferralStore)) {
    on_both(async |database: &TestDatabase| {
        let store = ReferralStore::open(database.url(), at(0)).await.unwrap();
        test(&store).await;
        store.close().await;
    })
    .await;
}

/// The simulated time so many seconds into the test.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn run_id(text: &str) -> RunId {
    RunId::parse(text).unwrap()
}

/// A candidate whose content is `word`, in the source's version `modified`.
pub(crate) fn candidate(id: i64, word: &str, modified: i64) -> Candidate {
    Candidate {
        id: EntityId(id),
        first_name: Some("Test".to_owned()),
        last_name: Some(format!("Person-{id}")),
        email: Some(format!("person{id}@example.com")),
        phone_e164: Some("+15550101234".to_owned()),
        status: Some("Active".to_owned()),
        occupation: Some(word.to_owned()),
        company_name: None,
        place: Place {
            city: Some("Testville".to_owned()),
            country_code: Some("US".to_owned()),
            ..Place::default()
        },
        will_relocate: Some(true),
        remote_ok: None,
        salary_yearly: Some(80_000),
        experience_years: Some(4.0),
        level: Some(Level::SENIOR),
        skills: vec!["rust".to_owned(), word.to_lowercase()],
        certifications: Vec::new(),
        available_on: Some("2027-02-01".parse().unwrap()),
        work_authorized: Some(true),
        resume_text: Some(format!("Resume of {word} \"quoted\" \u{e9}\nline")),
        embedding_text: Some(format!("text {word}")),
        fingerprint: fingerprint(word, modified),
    }
}

/// A position whose content is `word`, in the source's version `modified`.
pub(crate) fn position(id: i64, word: &str, modified: i64) -> Position {
    Position {
        id: EntityId(id),
        title: Some(word.to_owned()),
        description_text: Some(format!("Advert for {word}")),
        required_skills: vec!["rust".to_owned()],
        nice_skills: vec!["sql".to_owned()],
        certifications: Vec::new(),
        min_years: Some(3.0),
        level: Some(Level::SENIOR),
        employment_type: Some("Direct Hire".to_owned()),
        salary_yearly_min: Some(70_000),
        salary_yearly_max: Some(90_000),
        place: Place::default(),
        remote: Some(false),
        is_open: true,
        status: Some("Accepting Candidates".to_owned()),
        start_on: None,
        client_name: Some("Example Works".to_owned()),
        openings: Some(1),
        embedding_text: Some(format!("text {word}")),
        fingerprint: fingerprint(word, modified),
    }
}

pub(crate) fn fingerprint(word: &str, modified: i64) -> Fingerprint {
    Fingerprint {
        content_hash: format!("content-{word}"),
        embedding_text_hash: Some(format!("text-{word}")),
        association_hash: Some("associations".to_owned()),
        source_modified_ms: modified,
    }
}

/// Begins a run of that id, or goes on with it.
pub(crate) async fn begin(store: &ReferralStore, kind: EntityKind, id: &str, mode: SyncMode) -> SyncRun {
    let new = NewSyncRun {
        run_id: run_id(id),
        kind,
        mode,
        cursor: None,
        lower_ms: None,
        upper_ms: 5_000,
        total: None,
    };
    store.begin_sync(&new, at(1)).await.unwrap()
}

/// Writes live candidates in a run of their own.
pub(crate) async fn load_candidates(store: &ReferralStore, run: &str, live: Vec<Candidate>) -> SyncRun {
    let begun = begin(store, EntityKind::Candidate, run, SyncMode::Incremental).await;
    let page = SyncPage {
        fetched: live.len() as u64,
        live,
        ..SyncPage::default()
    };
    let run = store.commit_candidates(&begun, &page, at(2)).await.unwrap();
    store.finish_sync(&run, None, at(3)).await.unwrap()
}

/// Writes live positions in a run of their own.
pub(crate) async fn load_positions(store: &ReferralStore, run: &str, live: Vec<Position>) -> SyncRun {
    let begun = begin(store, EntityKind::Position, run, SyncMode::Incremental).await;
    let page = SyncPage {
        fetched: live.len() as u64,
        live,
        ..SyncPage::default()
    };
    let run = store.commit_positions(&begun, &page, at(2)).await.unwrap();
    store.finish_sync(&run, None, at(3)).await.unwrap()
}

pub(crate) fn profile() -> EmbeddingProfile {
    EmbeddingProfile {
        model_sha256: "model".to_owned(),
        precision: "f32".to_owned(),
        chunk_rule: "words-900".to_owned(),
        dims: 3,
    }
}

/// Embeds everything that lacks a vector, with vectors made of the ids.
pub(crate) async fn embed_all(store: &ReferralStore, kind: EntityKind) -> u64 {
    let work = store
        .pending_embeddings(kind, &profile(), EntityId::ZERO, 1_000)
        .await
        .unwrap();
    let vectors: Vec<NewEmbedding> = work
        .into_iter()
        .map(|work| NewEmbedding {
            id: work.id,
            text_hash: work.text_hash,
            vector: vec![work.id.0 as f32, -0.5, f32::MIN_POSITIVE],
        })
        .collect();
    let run_id = run_id("embed");
    store
        .save_embeddings(
            kind,
            &profile(),
            &vectors,
            Stamp {
                run_id: &run_id,
                now: at(4),
            },
        )
        .await
        .unwrap()
}
