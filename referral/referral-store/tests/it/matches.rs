//! Matches: blocks, deltas, withdrawal, the decision log.

use referral_store::EntityKind::{Candidate, Position};
use referral_store::features::MatchInput;
use referral_store::matching::{MatchChanges, MatchProvenance, MatchScope, NewMatch};
use referral_store::reading::MatchStatus;
use referral_store::sync_page::{Erased, Erasure, SyncPage};
use referral_store::sync_run::{RunState, SyncMode};
use referral_store::work_run::WorkKind;
use referral_store::{EntityId, ReferralStore};
use serde_json::json;
use updraft_sql::inspect;

use crate::fixtures::{
    at, begin, candidate, each_store, embed_all, load_candidates, load_positions, position, profile, run_id,
};

fn provenance(run: &str) -> MatchProvenance {
    MatchProvenance {
        run_id: run_id(run),
        threshold: 7_000,
        model_sha256: "model".to_owned(),
        precision: "f32".to_owned(),
        formula_version: "v1".to_owned(),
        weights: json!({"sem": 5_500}),
        scoring: "scoring-1".to_owned(),
    }
}

fn input(word: &str) -> MatchInput {
    MatchInput {
        content_hash: format!("content-{word}"),
        text_hash: format!("text-{word}"),
    }
}

fn pair(position: i64, candidate: i64, score: i64) -> NewMatch {
    NewMatch {
        position_id: EntityId(position),
        candidate_id: EntityId(candidate),
        score,
        cosine: score as f64 / 10_000.0,
        parts: json!([{"name": "sem", "points": score}]),
        matched_skills: vec!["rust".to_owned()],
        missing_skills: vec![],
        gates: json!({"location": "pass"}),
        position_input: input("P"),
        candidate_input: input("C"),
    }
}

/// Two positions and three candidates, with vectors.
async fn loaded(store: &ReferralStore) {
    load_positions(store, "p", vec![position(1, "P", 10), position(2, "P", 10)]).await;
    load_candidates(store, "c", (1..=3).map(|id| candidate(id, "C", 10)).collect()).await;
    embed_all(store, Position).await;
    embed_all(store, Candidate).await;
}

fn positions(ids: &[i64]) -> MatchScope {
    MatchScope::Positions(ids.iter().map(|id| (EntityId(*id), input("P"))).collect())
}

fn candidates(ids: &[i64]) -> MatchScope {
    MatchScope::Candidates(ids.iter().map(|id| (EntityId(*id), input("C"))).collect())
}

async fn replace(store: &ReferralStore, run: &str, scope: MatchScope, matches: &[NewMatch]) -> MatchChanges {
    store
        .replace_matches(&provenance(run), &scope, matches, at(9))
        .await
        .unwrap()
}

async fn active(store: &ReferralStore) -> Vec<(i64, i64, i64)> {
    let best = store.best_matches(100).await.unwrap();
    best.iter()
        .map(|m| (m.position_id.0, m.candidate_id.0, m.score))
        .collect()
}

#[tokio::test]
async fn a_block_replaces_exactly_its_own_matches() {
    each_store(async |store| {
        loaded(store).await;
        let first = [pair(1, 1, 9_000), pair(1, 2, 8_000), pair(2, 3, 7_500)];
        let changes = replace(store, "m1", positions(&[1, 2]), &first).await;
        assert_eq!(
            changes,
            MatchChanges {
                new: 3,
                ..MatchChanges::default()
            }
        );
        let again = replace(store, "m2", positions(&[1, 2]), &first).await;
        assert_eq!(
            again,
            MatchChanges {
                unchanged: 3,
                ..MatchChanges::default()
            }
        );

        let changed = replace(
            store,
            "m3",
            candidates(&[2, 3]),
            &[pair(1, 2, 8_500), pair(2, 2, 7_100)],
        )
        .await;
        assert_eq!(
            changed,
            MatchChanges {
                new: 1,
                updated: 1,
                unchanged: 0,
                withdrawn: 1
            }
        );
        assert_eq!(active(store).await, [(1, 1, 9_000), (1, 2, 8_500), (2, 2, 7_100)]);

        let withdrawn = store.match_of(EntityId(2), EntityId(3)).await.unwrap().unwrap();
        assert_eq!(
            (withdrawn.status, withdrawn.withdrawn_at),
            (MatchStatus::Withdrawn, Some(at(9)))
        );
        let back = replace(store, "m4", candidates(&[3]), &[pair(2, 3, 7_500)]).await;
        assert_eq!((back.new, back.updated), (1, 0));
        let best = store.best_matches_of(EntityId(2), 1).await.unwrap();
        assert_eq!(
            (best[0].candidate_id.0, best[0].candidate_name.as_deref()),
            (3, Some("Test Person-3"))
        );
        assert_eq!(best[0].client_name.as_deref(), Some("Example Works"));

        let log = inspect::contents(store.db())
            .await
            .unwrap()
            .remove("match_decision")
            .unwrap();
        let outcomes = |outcome: &str| {
            log.iter()
                .filter(|l| l.contains(&format!("outcome=\"{outcome}\"")))
                .count()
        };
        assert_eq!(
            (outcomes("matched"), outcomes("updated"), outcomes("withdrawn")),
            (5, 1, 1),
            "{log:#?}"
        );
    })
    .await;
}

#[tokio::test]
async fn the_delta_is_what_was_not_matched_as_it_is_now() {
    each_store(async |store| {
        loaded(store).await;
        let ids = |ids: Vec<EntityId>| ids.into_iter().map(|id| id.0).collect::<Vec<_>>();
        let delta = store.match_delta(&profile(), "scoring-1").await.unwrap();
        assert_eq!(
            (ids(delta.candidates), ids(delta.positions)),
            (vec![1, 2, 3], vec![1, 2])
        );
        replace(store, "m1", candidates(&[1, 2, 3]), &[]).await;
        store
            .mark_matched(Position, &[(EntityId(1), input("P"))], "scoring-1", at(9))
            .await
            .unwrap();
        let delta = store.match_delta(&profile(), "scoring-1").await.unwrap();
        assert_eq!((ids(delta.candidates), ids(delta.positions)), (vec![], vec![2]));

        load_candidates(store, "c2", vec![candidate(2, "C2", 20)]).await;
        embed_all(store, Candidate).await;
        let delta = store.match_delta(&profile(), "scoring-1").await.unwrap();
        assert_eq!((ids(delta.candidates), ids(delta.positions)), (vec![2], vec![2]));
        let rules_changed = store.match_delta(&profile(), "scoring-2").await.unwrap();
        assert_eq!(
            (rules_changed.candidates.len(), rules_changed.positions.len()),
            (3, 2)
        );
    })
    .await;
}

#[tokio::test]
async fn a_closed_position_loses_its_matches_and_is_matched_anew_when_it_opens() {
    each_store(async |store| {
        loaded(store).await;
        replace(
            store,
            "m1",
            positions(&[1, 2]),
            &[pair(1, 1, 9_000), pair(2, 1, 8_000)],
        )
        .await;
        let mut closed = position(1, "Closed", 20);
        closed.is_open = false;
        load_positions(store, "p2", vec![closed]).await;
        assert_eq!(
            store
                .withdraw_unmatchable(&provenance("m2"), at(10))
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            store
                .withdraw_unmatchable(&provenance("m3"), at(11))
                .await
                .unwrap(),
            0
        );
        assert_eq!(active(store).await, [(2, 1, 8_000)]);
        load_positions(store, "p3", vec![position(1, "P", 30)]).await;
        embed_all(store, Position).await;
        assert_eq!(
            store
                .match_delta(&profile(), "scoring-1")
                .await
                .unwrap()
                .positions,
            [EntityId(1)]
        );
    })
    .await;
}

#[tokio::test]
async fn erasure_deletes_a_persons_matches_and_empties_the_log() {
    each_store(async |store| {
        loaded(store).await;
        replace(
            store,
            "m1",
            positions(&[1, 2]),
            &[pair(1, 1, 9_000), pair(2, 2, 8_000)],
        )
        .await;
        let run = begin(store, Candidate, "erase", SyncMode::Incremental).await;
        let erased = vec![Erased {
            id: EntityId(1),
            erasure: Erasure::Anonymised,
            source_modified_ms: Some(20),
        }];
        store
            .commit_candidates(
                &run,
                &SyncPage {
                    erased,
                    ..SyncPage::default()
                },
                at(10),
            )
            .await
            .unwrap();
        assert_eq!(active(store).await, [(2, 2, 8_000)]);
        assert_eq!(store.match_of(EntityId(1), EntityId(1)).await.unwrap(), None);
        let log = inspect::contents(store.db())
            .await
            .unwrap()
            .remove("match_decision")
            .unwrap();
        let of_person: Vec<&String> = log
            .iter()
            .filter(|line| line.contains("candidate_id=1 "))
            .collect();
        assert_eq!(of_person.len(), 2, "the chain stays: {log:#?}");
        assert!(
            of_person
                .iter()
                .all(|line| line.contains("parts=NULL") && line.contains("gates=NULL"))
        );

        let late = replace(store, "m2", positions(&[1]), &[pair(1, 1, 9_000)]).await;
        assert_eq!(
            late,
            MatchChanges::default(),
            "no match for somebody who was erased meanwhile"
        );

        let run = begin(store, Position, "close", SyncMode::Incremental).await;
        let erased = vec![Erased {
            id: EntityId(2),
            erasure: Erasure::Deleted,
            source_modified_ms: Some(20),
        }];
        store
            .commit_positions(
                &run,
                &SyncPage {
                    erased,
                    ..SyncPage::default()
                },
                at(11),
            )
            .await
            .unwrap();
        let withdrawn = store.match_of(EntityId(2), EntityId(2)).await.unwrap().unwrap();
        assert_eq!(withdrawn.status, MatchStatus::Withdrawn);
    })
    .await;
}

#[tokio::test]
async fn work_runs_keep_their_counts_over_a_restart() {
    each_store(async |store| {
        let run = run_id("w1");
        let begun = store.begin_work(WorkKind::Matches, &run, at(1)).await.unwrap();
        assert_eq!((begun.state, begun.counts.len()), (RunState::Running, 0));
        let counts = json!({"matches": 3}).as_object().unwrap().clone();
        store.save_work(WorkKind::Matches, &run, &counts).await.unwrap();
        store
            .fail_work(WorkKind::Matches, &run, "down", at(2))
            .await
            .unwrap();
        let again = store.begin_work(WorkKind::Matches, &run, at(3)).await.unwrap();
        assert_eq!(
            (again.state, again.counts, again.started_at),
            (RunState::Running, counts.clone(), at(1))
        );
        store
            .finish_work(WorkKind::Matches, &run, &counts, at(4))
            .await
            .unwrap();
        let done = store.begin_work(WorkKind::Matches, &run, at(5)).await.unwrap();
        assert_eq!((done.state, done.ended_at), (RunState::Succeeded, Some(at(4))));
        let other = store
            .begin_work(WorkKind::CandidateEmbeddings, &run, at(5))
            .await
            .unwrap();
        assert_eq!(other.state, RunState::Running);
    })
    .await;
}
