//! `POST /matches` and `/matches/explain`.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::harness::{Service, Trades, World, candidate, closed, position};

fn count(summary: &Value, names: &[&str]) -> Vec<u64> {
    names
        .iter()
        .map(|name| summary[*name].as_u64().unwrap())
        .collect()
}

/// Two positions; a candidate who fits the first, one who fits the second half, one who fits none.
async fn world() -> World {
    let world = World::new().await;
    let positions = vec![
        position(1, "welder wanted", &["tig"], 1),
        position(2, "nurse wanted", &["triage", "icu"], 1),
    ];
    world.positions(positions).await;
    let candidates = vec![
        candidate(1, "a welder", &["tig"], 1),
        candidate(2, "a nurse", &["icu"], 1),
        candidate(3, "a clerk", &["tig"], 1),
    ];
    world.candidates(candidates).await;
    world
}

/// The sum of the parts' points.
fn sum(parts: &Value) -> i64 {
    parts
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["points"].as_i64().unwrap())
        .sum()
}

#[tokio::test]
async fn pairs_at_or_above_the_threshold_are_kept_with_parts_that_sum_to_their_score() {
    let world = world().await;
    let service = Service::start(world.store.clone(), Trades::allowed(100)).await;
    let summary = service.embed_and_match("r1").await;
    assert_eq!(
        count(&summary, &["matches", "new", "withdrawn", "pairs_scored"]),
        [2, 2, 0, 6],
        "{summary}"
    );
    assert_eq!(summary["threshold"], 70.0);
    let matches = world.matches().await;
    let pairs: Vec<(i64, i64)> = matches
        .iter()
        .map(|(position, candidate, _)| (*position, *candidate))
        .collect();
    assert_eq!(pairs, [(1, 1), (2, 2)], "best first");
    assert_eq!(matches[0].2, 10_000, "same trade, all skills, nothing else asked");
    for view in world.store.best_matches(10).await.unwrap() {
        assert!(view.score >= view.threshold && view.threshold == 7_000);
        assert_eq!(sum(&view.parts), view.score, "{}", view.parts);
    }

    let second = matches[1].2;
    let exactly = Service::with_threshold(world.store.clone(), Trades::allowed(100), second as f64 / 100.0);
    assert_eq!(exactly.await.embed_and_match("r2").await["matches"], 2);
    let above = (second + 1) as f64 / 100.0;
    let above = Service::with_threshold(world.store.clone(), Trades::allowed(100), above).await;
    let summary = above.embed_and_match("r3").await;
    assert_eq!(count(&summary, &["matches", "withdrawn"]), [1, 1], "{summary}");
}

#[tokio::test]
async fn only_what_changed_is_matched_again_and_stale_matches_are_withdrawn() {
    let world = world().await;
    let service = Service::start(world.store.clone(), Trades::allowed(100)).await;
    let first = service.embed_and_match("r1").await;
    assert_eq!(
        service.summary("/matches", "r1").await,
        first,
        "a repeated request doubles nothing"
    );
    let quiet = service.embed_and_match("r2").await;
    let names = [
        "matches",
        "new",
        "updated",
        "unchanged",
        "withdrawn",
        "pairs_scored",
    ];
    assert_eq!(count(&quiet, &names), [2, 0, 0, 0, 0, 0], "{quiet}");

    world
        .candidates(vec![candidate(4, "a nurse", &["icu", "triage"], 1)])
        .await;
    let one_more = service.embed_and_match("r3").await;
    assert_eq!(count(&one_more, &names), [3, 1, 0, 0, 0, 2], "{one_more}");

    // Somebody learns another trade, somebody leaves, a position is filled: their matches go.
    world.candidates(vec![candidate(2, "a baker", &["icu"], 2)]).await;
    world.delete_candidate(4).await;
    let less = service.embed_and_match("r4").await;
    assert_eq!(
        count(&less, &["matches", "new", "withdrawn"]),
        [1, 0, 1],
        "{less}: the deleted person's match went with the person"
    );
    world
        .positions(vec![closed(position(1, "welder wanted", &["tig"], 1), 2)])
        .await;
    let none = service.embed_and_match("r5").await;
    assert_eq!(count(&none, &["matches", "withdrawn"]), [0, 1], "{none}");
    assert!(world.matches().await.is_empty());
}

#[tokio::test]
async fn many_small_runs_end_with_the_matches_of_one_full_run() {
    let (world, other) = (World::new().await, World::new().await);
    let service = Service::start(world.store.clone(), Trades::allowed(1_000)).await;
    let (mut people, mut jobs) = (Vec::new(), Vec::new());
    for round in 1..=4_i64 {
        let trade = ["welder", "baker", "nurse"][(round % 3) as usize];
        let skills: &[&str] = if round % 2 == 0 { &["tig"] } else { &["tig", "icu"] };
        let person = candidate(round, &format!("{trade} {round}"), skills, round);
        let job = position(round, &format!("{trade} wanted"), &["tig", "icu"], round);
        world.candidates(vec![person.clone()]).await;
        world.positions(vec![job.clone()]).await;
        people.push(person);
        jobs.push(job);
        service.embed_and_match(&format!("r{round}")).await;
    }
    other.candidates(people).await;
    other.positions(jobs).await;
    let at_once = Service::start(other.store.clone(), Trades::allowed(1_000)).await;
    at_once.embed_and_match("all").await;
    let pairs = |matches: Vec<(i64, i64, i64)>| {
        matches
            .into_iter()
            .map(|(position, candidate, _)| (position, candidate))
            .collect::<std::collections::BTreeSet<_>>()
    };
    let (small, full) = (pairs(world.matches().await), pairs(other.matches().await));
    assert!(!full.is_empty());
    assert_eq!(small, full);
}

#[tokio::test]
async fn an_explanation_is_the_stored_score_with_its_parts_and_words() {
    let world = world().await;
    let service = Service::start(world.store.clone(), Trades::allowed(100)).await;
    service.embed_and_match("r1").await;
    for (position, candidate, score) in world.matches().await {
        let body = json!({ "position_id": position, "candidate_id": candidate });
        let (status, told) = service.ask("/matches/explain", &body).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        assert_eq!(
            (
                (told["score"].as_f64().unwrap() * 100.0).round() as i64,
                sum(&told["parts"])
            ),
            (score, score),
            "{told}"
        );
        assert_eq!(
            (&told["is_match"], &told["threshold"]),
            (&json!(true), &json!(70.0))
        );
        assert!(!told["sentences"].as_array().unwrap().is_empty(), "{told}");
    }
    let partial = json!({ "position_id": 2, "candidate_id": 2 });
    let (_, told) = service.ask("/matches/explain", &partial).await;
    assert_eq!(
        (&told["matched_skills"], &told["missing_skills"]),
        (&json!(["icu"]), &json!(["triage"]))
    );
    let below = json!({ "position_id": 1, "candidate_id": 3 });
    let (status, told) = service.ask("/matches/explain", &below).await;
    assert_eq!(
        (status, &told["is_match"]),
        (StatusCode::OK, &json!(false)),
        "{told}"
    );
    let unknown = json!({ "position_id": 1, "candidate_id": 99 });
    let (status, told) = service.ask("/matches/explain", &unknown).await;
    assert_eq!((status, &told["event"]), (StatusCode::NOT_FOUND, &json!("error")));
    assert!(
        told["message"].as_str().unwrap().contains("candidate 99"),
        "{told}"
    );
}
