//! Vectors: what lacks one, what is current, what must not get one.

use referral_store::EntityKind::{Candidate, Position};
use referral_store::embedding::{EmbeddingProfile, NewEmbedding};
use referral_store::sync_page::{Erased, Erasure, SyncPage};
use referral_store::sync_run::SyncMode;
use referral_store::{EntityId, Stamp};

use crate::fixtures::{
    at, begin, candidate, each_store, embed_all, load_candidates, load_positions, position, profile, run_id,
};

#[tokio::test]
async fn only_missing_or_stale_vectors_are_work() {
    each_store(async |store| {
        let mut silent = candidate(4, "D", 10);
        silent.embedding_text = None;
        silent.fingerprint.embedding_text_hash = None;
        load_candidates(
            store,
            "r1",
            vec![
                candidate(1, "A", 10),
                candidate(2, "B", 10),
                candidate(3, "C", 10),
                silent,
            ],
        )
        .await;
        let backlog = store.embedding_backlog(Candidate, &profile()).await.unwrap();
        assert_eq!((backlog.total, backlog.pending), (3, 3));
        assert_eq!(
            store
                .pending_embeddings(Candidate, &profile(), EntityId(1), 1)
                .await
                .unwrap()[0]
                .id,
            EntityId(2)
        );
        assert_eq!(embed_all(store, Candidate).await, 3);
        assert_eq!(embed_all(store, Candidate).await, 0);

        load_candidates(store, "r2", vec![candidate(2, "Changed", 20)]).await;
        let work = store
            .pending_embeddings(Candidate, &profile(), EntityId::ZERO, 10)
            .await
            .unwrap();
        assert_eq!(
            work.iter()
                .map(|work| (work.id.0, work.text.as_str()))
                .collect::<Vec<_>>(),
            [(2, "text Changed")]
        );

        let other_model = EmbeddingProfile {
            model_sha256: "newer".to_owned(),
            ..profile()
        };
        assert_eq!(
            store
                .embedding_backlog(Candidate, &other_model)
                .await
                .unwrap()
                .pending,
            3
        );
        assert_eq!(
            store.embedding_backlog(Position, &profile()).await.unwrap().total,
            0
        );
    })
    .await;
}

#[tokio::test]
async fn a_person_erased_or_changed_meanwhile_gets_no_vector() {
    each_store(async |store| {
        load_candidates(store, "r1", (1..=3).map(|id| candidate(id, "A", 10)).collect()).await;
        let work = store
            .pending_embeddings(Candidate, &profile(), EntityId::ZERO, 10)
            .await
            .unwrap();
        let run = begin(store, Candidate, "r2", SyncMode::Incremental).await;
        let page = SyncPage {
            live: vec![candidate(2, "Changed", 20)],
            erased: vec![Erased {
                id: EntityId(3),
                erasure: Erasure::Anonymised,
                source_modified_ms: Some(20),
            }],
            ..SyncPage::default()
        };
        store.commit_candidates(&run, &page, at(5)).await.unwrap();
        let vectors: Vec<NewEmbedding> = work
            .into_iter()
            .map(|work| NewEmbedding {
                id: work.id,
                text_hash: work.text_hash,
                vector: vec![1.0; 3],
            })
            .collect();
        let embed = run_id("embed");
        let stamp = Stamp {
            run_id: &embed,
            now: at(6),
        };
        assert_eq!(
            store
                .save_embeddings(Candidate, &profile(), &vectors, stamp)
                .await
                .unwrap(),
            1
        );
        assert_eq!(store.totals().await.unwrap().candidate_embeddings, 1);
    })
    .await;
}

#[tokio::test]
async fn a_text_that_becomes_empty_loses_its_vector() {
    each_store(async |store| {
        load_candidates(store, "r1", vec![candidate(1, "A", 10), candidate(2, "B", 10)]).await;
        embed_all(store, Candidate).await;
        let mut silent = candidate(1, "A2", 20);
        silent.embedding_text = None;
        silent.fingerprint.embedding_text_hash = None;
        load_candidates(store, "r2", vec![silent]).await;
        assert_eq!(store.remove_dead_embeddings(Candidate).await.unwrap(), 1);
        assert_eq!(store.remove_dead_embeddings(Candidate).await.unwrap(), 0);
        assert_eq!(store.remove_dead_embeddings(Position).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn features_come_with_bit_equal_vectors_and_only_of_what_can_be_matched() {
    each_store(async |store| {
        load_candidates(store, "r1", (1..=3).map(|id| candidate(id, "A", 10)).collect()).await;
        let mut closed = position(2, "Closed", 10);
        closed.is_open = false;
        load_positions(store, "r2", vec![position(1, "Open", 10), closed]).await;
        embed_all(store, Candidate).await;
        embed_all(store, Position).await;
        load_candidates(store, "r3", vec![candidate(3, "Stale", 20)]).await;

        let first = store
            .candidate_features(&profile(), EntityId::ZERO, 1)
            .await
            .unwrap();
        let rest = store
            .candidate_features(&profile(), first[0].id, 10)
            .await
            .unwrap();
        assert_eq!(
            (first[0].id.0, rest.iter().map(|c| c.id.0).collect::<Vec<_>>()),
            (1, vec![2])
        );
        assert_eq!(first[0].vector, [1.0, -0.5, f32::MIN_POSITIVE]);
        assert_eq!(
            (
                first[0].input.content_hash.as_str(),
                first[0].input.text_hash.as_str()
            ),
            ("content-A", "text-A")
        );
        assert_eq!(first[0].available_on, Some("2027-02-01".parse().unwrap()));
        assert_eq!((first[0].will_relocate, first[0].remote_ok), (Some(true), None));
        let chosen = store
            .candidate_features_of(&profile(), &[EntityId(2), EntityId(3)])
            .await
            .unwrap();
        assert_eq!(chosen, rest);

        let positions = store
            .position_features(&profile(), EntityId::ZERO, 10)
            .await
            .unwrap();
        assert_eq!(positions.iter().map(|p| p.id.0).collect::<Vec<_>>(), [1]);
        assert_eq!(
            store
                .position_features_of(&profile(), &[EntityId(1), EntityId(2)])
                .await
                .unwrap(),
            positions
        );

        let skills = store.skill_counts().await.unwrap();
        assert_eq!(
            (
                skills.candidates,
                skills.by_skill.get("rust"),
                skills.by_skill.get("a")
            ),
            (3, Some(&3), Some(&2))
        );
    })
    .await;
}

#[tokio::test]
async fn a_formula_is_frozen_by_its_first_writer() {
    each_store(async |store| {
        assert_eq!(store.frozen_formula("v1").await.unwrap(), None);
        let first = serde_json::json!({"idf": {"rust": 1.5}});
        assert_eq!(store.freeze_formula("v1", &first, at(1)).await.unwrap(), first);
        assert_eq!(
            store
                .freeze_formula("v1", &serde_json::json!({}), at(2))
                .await
                .unwrap(),
            first
        );
        assert_eq!(store.frozen_formula("v1").await.unwrap(), Some(first));
    })
    .await;
}
