//! What the recruiting pages read and write.

use referral_store::EntityKind::{Candidate, Position};
use referral_store::features::MatchInput;
use referral_store::matching::{MatchProvenance, MatchScope, NewMatch};
use referral_store::pages::feedback::{FeedbackVerdict, NewFeedback};
use referral_store::pages::positions::{PositionFilter, PositionOrder};
use referral_store::quality::{CheckResult, Withheld};
use referral_store::sync_page::{Erased, Erasure, SyncPage};
use referral_store::sync_run::SyncMode;
use referral_store::work_run::WorkKind;
use referral_store::{EntityId, ReferralStore};
use serde_json::{Map, json};

use crate::fixtures::{
    at, begin, candidate, each_store, embed_all, load_candidates, load_positions, position, run_id,
};

fn input(word: &str) -> MatchInput {
    MatchInput {
        content_hash: format!("content-{word}"),
        text_hash: format!("text-{word}"),
    }
}

/// Suggests these candidates with these scores for a position, and nobody else.
async fn suggest(store: &ReferralStore, run: &str, to: (i64, &str), pairs: &[(i64, i64)]) {
    let provenance = MatchProvenance {
        run_id: run_id(run),
        threshold: 7_000,
        model_sha256: "model".to_owned(),
        precision: "f32".to_owned(),
        formula_version: "v1".to_owned(),
        weights: json!({}),
        scoring: "scoring".to_owned(),
    };
    let scope = MatchScope::Positions(vec![(EntityId(to.0), input(to.1))]);
    let matches: Vec<NewMatch> = pairs
        .iter()
        .map(|(candidate, score)| NewMatch {
            position_id: EntityId(to.0),
            candidate_id: EntityId(*candidate),
            score: *score,
            cosine: 0.5,
            parts: json!([{"name": "semantic", "points": score}]),
            matched_skills: vec!["rust".to_owned()],
            missing_skills: vec![],
            gates: json!([]),
            position_input: input(to.1),
            candidate_input: input("C"),
        })
        .collect();
    store
        .replace_matches(&provenance, &scope, &matches, at(20))
        .await
        .unwrap();
}

/// Three positions, three candidates; two of the positions have suggestions.
async fn loaded(store: &ReferralStore) {
    let mut other = position(2, "50% Baker", 10);
    other.client_name = Some("Bread & Sons".to_owned());
    let mut closed = position(3, "Welder", 10);
    closed.is_open = false;
    load_positions(store, "p", vec![position(1, "Engineer", 10), other, closed]).await;
    load_candidates(store, "c", (1..=3).map(|id| candidate(id, "C", 10)).collect()).await;
    embed_all(store, Position).await;
    embed_all(store, Candidate).await;
    suggest(store, "m1", (1, "Engineer"), &[(1, 7_100), (2, 7_300)]).await;
    suggest(store, "m1", (2, "50% Baker"), &[(3, 9_000)]).await;
}

async fn ids(store: &ReferralStore, filter: PositionFilter) -> Vec<i64> {
    let (found, total) = store.positions(&filter, 10, 0).await.unwrap();
    assert_eq!(found.len() as u64, total);
    found.iter().map(|position| position.id.0).collect()
}

#[tokio::test]
async fn positions_are_filtered_ordered_and_paged() {
    each_store(async |store| {
        loaded(store).await;
        let all = PositionFilter::default;
        assert_eq!(ids(store, all()).await, [2, 1, 3], "the best score first");
        let order = |order| PositionFilter { order, ..all() };
        assert_eq!(ids(store, order(PositionOrder::Suggested)).await, [1, 2, 3]);
        assert_eq!(ids(store, order(PositionOrder::Title)).await, [2, 1, 3]);
        assert_eq!(ids(store, order(PositionOrder::Newest)).await, [1, 2, 3]);
        let text = |text: &str| PositionFilter {
            text: text.to_owned(),
            ..all()
        };
        assert_eq!(ids(store, text("0% b")).await, [2], "a per cent sign is itself");
        assert_eq!(ids(store, text("SONS")).await, [2]);
        assert_eq!(ids(store, text("3")).await, [3], "an id");
        assert_eq!(ids(store, text("_")).await, [0_i64; 0]);
        let none = PositionFilter {
            has_matches: Some(false),
            ..all()
        };
        assert_eq!(ids(store, none).await, [3]);
        let open = PositionFilter {
            is_open: Some(true),
            client: "Example Works".to_owned(),
            status: "Accepting Candidates".to_owned(),
            ..all()
        };
        assert_eq!(ids(store, open).await, [1]);
        let (page, total) = store.positions(&all(), 1, 1).await.unwrap();
        assert_eq!((page.len(), page[0].id, total), (1, EntityId(1), 3));
        assert_eq!((page[0].suggested, page[0].best), (2, Some(7_300)));
        assert_eq!(page[0].scores, [7_300, 7_100]);
        assert_eq!(page[0].run_id.as_deref(), Some("m1"));
        assert!(!page[0].is_stale && page[0].compared_at == Some(at(20)));
        let words = store.position_words().await.unwrap();
        assert_eq!(words.clients, ["Bread & Sons", "Example Works"]);
        assert_eq!(words.statuses, ["Accepting Candidates"]);
    })
    .await;
}

#[tokio::test]
async fn a_position_that_changed_is_stale_and_earlier_scores_are_known() {
    each_store(async |store| {
        loaded(store).await;
        assert!(store.scores_before(EntityId(1)).await.unwrap().is_empty());
        load_positions(store, "p2", vec![position(1, "Architect", 20)]).await;
        let view = store.position_view(EntityId(1)).await.unwrap().unwrap();
        assert!(view.summary.is_stale);
        assert_eq!(
            (view.summary.title.as_deref(), view.synced_run_id.as_str()),
            (Some("Architect"), "p2")
        );
        embed_all(store, Position).await;
        suggest(store, "m2", (1, "Architect"), &[(1, 7_500)]).await;
        let view = store.position_view(EntityId(1)).await.unwrap().unwrap();
        assert!(!view.summary.is_stale);
        let before = store.scores_before(EntityId(1)).await.unwrap();
        assert_eq!(before.into_iter().collect::<Vec<_>>(), [(EntityId(1), 7_100)]);
        let gone = store.withdrawn_matches_of(EntityId(1), 5).await.unwrap();
        assert_eq!(
            gone.iter().map(|gone| gone.candidate_id).collect::<Vec<_>>(),
            [EntityId(2)]
        );
        assert_eq!(store.position_view(EntityId(9)).await.unwrap(), None);
        let origin = store
            .embedding_origin(Position, EntityId(1))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (origin.profile.model_sha256.as_str(), origin.run_id.as_str()),
            ("model", "embed")
        );
        let text = store.compared_text(Position, EntityId(1)).await.unwrap().unwrap();
        assert_eq!((text.text.as_str(), text.skills.len()), ("text Architect", 2));
        let text = store
            .compared_text(Candidate, EntityId(1))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(text.skills, ["rust", "c"]);
    })
    .await;
}

#[tokio::test]
async fn who_sees_whose_data_is_written_down() {
    each_store(async |store| {
        loaded(store).await;
        let wanted = [EntityId(2), EntityId(1), EntityId(77)];
        let masked = store.people(&wanted).await.unwrap();
        assert_eq!(masked.iter().map(|one| one.id.0).collect::<Vec<_>>(), [1, 2]);
        assert!(store.reveals(EntityId(1), 9).await.unwrap().is_empty());
        let seen = store.reveal(&wanted, "ann", "position 1", at(30)).await.unwrap();
        assert_eq!(seen[0].email.as_deref(), Some("person1@example.com"));
        let log = store.reveals(EntityId(1), 9).await.unwrap();
        assert_eq!(
            (log.len(), log[0].username.as_str(), log[0].revealed_at),
            (1, "ann", at(30))
        );
        assert!(store.reveals(EntityId(77), 9).await.unwrap().is_empty());
        let found = store.find_people("c", 2).await.unwrap();
        assert_eq!(found.iter().map(|one| one.id.0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(store.find_people("3", 2).await.unwrap()[0].id, EntityId(3));
    })
    .await;
}

#[tokio::test]
async fn feedback_is_one_word_per_pair_and_person_and_goes_with_the_person() {
    each_store(async |store| {
        loaded(store).await;
        let new = |candidate, username, verdict| NewFeedback {
            position_id: EntityId(1),
            candidate_id: EntityId(candidate),
            username,
            verdict,
            note: "why",
        };
        let (good, poor) = (FeedbackVerdict::Good, FeedbackVerdict::Poor);
        assert!(store.give_feedback(new(1, "ann", good), at(30)).await.unwrap());
        assert!(store.give_feedback(new(1, "ann", poor), at(31)).await.unwrap());
        assert!(store.give_feedback(new(1, "bob", good), at(32)).await.unwrap());
        assert!(store.give_feedback(new(2, "bob", good), at(33)).await.unwrap());
        assert!(!store.give_feedback(new(88, "bob", good), at(34)).await.unwrap());
        let said = store.feedback_of(EntityId(1)).await.unwrap();
        let brief: Vec<_> = said
            .iter()
            .map(|one| (one.candidate_id.0, one.username.as_str(), one.verdict, one.score))
            .collect();
        assert_eq!(
            brief,
            [
                (2, "bob", good, Some(7_300)),
                (1, "bob", good, Some(7_100)),
                (1, "ann", poor, Some(7_100))
            ]
        );
        let taken = store.take_back_feedback(EntityId(1), EntityId(2), "bob").await;
        assert!(taken.unwrap());
        let run = begin(store, Candidate, "erase", SyncMode::Incremental).await;
        let page = SyncPage {
            erased: vec![Erased {
                id: EntityId(1),
                source_modified_ms: Some(99),
                erasure: Erasure::Anonymised,
            }],
            ..SyncPage::default()
        };
        store.commit_candidates(&run, &page, at(40)).await.unwrap();
        assert!(store.feedback_of(EntityId(1)).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_history_of_quality_and_volumes_is_told() {
    each_store(async |store| {
        loaded(store).await;
        let result = |failed| CheckResult {
            name: "names".to_owned(),
            table: "candidate".to_owned(),
            severity: "warn".to_owned(),
            passed: failed == 0,
            checked: 3,
            failed,
            detail: String::new(),
            samples: vec!["3".to_owned()],
        };
        let withheld = Withheld {
            kind: Candidate,
            id: EntityId(3),
            check: "names".to_owned(),
        };
        for (run, failed, held) in [("q1", 0, &[][..]), ("q2", 1, &[withheld][..])] {
            let now = at(50 + failed);
            store
                .record_quality(&run_id(run), &[result(failed as u64)], held, now)
                .await
                .unwrap();
        }
        let runs = store.quality_runs(5).await.unwrap();
        assert_eq!(
            runs.iter().map(|run| run.run_id.as_str()).collect::<Vec<_>>(),
            ["q2", "q1"]
        );
        let trend = store.quality_trend(5).await.unwrap();
        assert_eq!(trend.iter().map(|point| point.failed).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(store.quality_trend(1).await.unwrap().len(), 1);
        assert_eq!(store.quality_first_failed().await.unwrap()["names"], at(51));
        assert_eq!(store.withheld_counts().await.unwrap()[0].records, 1);
        assert_eq!(store.withheld_by("names", 9).await.unwrap(), [EntityId(3)]);
        assert!(store.rejected(9).await.unwrap().is_empty());

        let mut counts = Map::new();
        counts.insert("matches".to_owned(), 3.into());
        store
            .begin_work(WorkKind::Matches, &run_id("m1"), at(5))
            .await
            .unwrap();
        store
            .finish_work(WorkKind::Matches, &run_id("m1"), &counts, at(6))
            .await
            .unwrap();
        let work = store.work_volumes(9).await.unwrap();
        assert_eq!((work.len(), work[0].counts["matches"].as_u64()), (1, Some(3)));
        let syncs = store.sync_volumes(9).await.unwrap();
        assert_eq!(syncs.iter().map(|sync| sync.run.counts.inserted).sum::<u64>(), 6);
        store.add_calls(4, at(0)).await.unwrap();
        assert_eq!(store.monthly_calls(2).await.unwrap()[0].calls, 4);
        let funnel = store.funnel().await.unwrap();
        assert_eq!(
            (funnel.read, funnel.live, funnel.valid, funnel.embedded),
            (3, 3, 2, 2)
        );
        assert_eq!((funnel.compared, funnel.suggested), (0, 3));
    })
    .await;
}
