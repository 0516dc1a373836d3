//! What the pages are told.

use serde_json::{Value, json};

use crate::harness::each_world;

fn sum(parts: &Value) -> i64 {
    parts
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["points"].as_i64().unwrap())
        .sum()
}

#[tokio::test]
async fn positions_are_listed_and_shown_with_parts_that_sum_to_the_score() {
    each_world(async |world| {
        let listed = world
            .told(
                "Op",
                "GET /positions?q=engin&sort=best&has=some&open=open",
                Value::Null,
                200,
            )
            .await;
        assert_eq!(
            (&listed["total"], &listed["positions"][0]["best"]),
            (&json!(1), &json!(8_500))
        );
        assert_eq!(listed["positions"][0]["scores"], json!([8_500]));
        assert_eq!(listed["positions"][0]["run_id"], json!("match"));
        world
            .told("Op", "GET /positions?sort=luck", Value::Null, 400)
            .await;
        world.told("Op", "GET /positions?page=0", Value::Null, 400).await;
        let told = world
            .told("Op", "GET /positions/nonsense", Value::Null, 400)
            .await;
        assert!(told["detail"].is_string());
        let words = world.told("Op", "GET /words", Value::Null, 200).await;
        assert_eq!(words["clients"], json!(["Example Works"]));

        let shown = world.told("Op", "GET /positions/1", Value::Null, 200).await;
        let row = &shown["matches"][0];
        assert_eq!((&row["rank"], &row["before"]), (&json!(1), &Value::Null));
        assert_eq!(sum(&row["parts"]), row["score"].as_i64().unwrap());
        assert_eq!(row["candidate"]["name"], json!("J… D…"));
        assert_eq!(shown["position"]["level"], json!(3));
        assert_eq!(shown["formula"]["weights"]["semantic"], json!(5_500));
        let told = world.told("Op", "GET /positions/9", Value::Null, 404).await;
        assert!(told["detail"].as_str().unwrap().contains("no position 9"));
    })
    .await;
}

#[tokio::test]
async fn a_pair_is_explained_with_evidence_in_both_texts() {
    each_world(async |world| {
        let told = world
            .told("Op", "GET /positions/1/candidates/1", Value::Null, 200)
            .await;
        let now = &told["now"];
        assert_eq!(
            (&now["is_match"], sum(&now["parts"])),
            (&json!(true), now["score"].as_i64().unwrap())
        );
        assert!(now["sentences"][0].as_str().unwrap().starts_with("Suggested:"));
        assert_eq!(told["stored"]["score"], json!(8_500));
        assert_eq!(told["vectors"]["candidate"]["run_id"], json!("embed"));
        assert_eq!(told["records"]["position"]["run_id"], json!("sync"));
        let evidence: Vec<(&str, bool, bool)> = told["evidence"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let has = |side: &str| !one[side].as_array().unwrap().is_empty();
                (one["skill"].as_str().unwrap(), has("position"), has("candidate"))
            })
            .collect();
        assert_eq!(
            evidence,
            [
                ("rust", true, true),
                ("kafka", false, false),
                ("postgresql", true, true)
            ]
        );
        assert_eq!(told["evidence"][2]["candidate"][0]["found"], json!("Postgres"));
        assert_eq!(told["evidence"][2]["is_required"], json!(false));

        let gate = world
            .told("Op", "GET /positions/1/candidates/3", Value::Null, 200)
            .await;
        assert_eq!(
            (&gate["stored"], &gate["now"]["is_match"]),
            (&Value::Null, &json!(false))
        );
        let sentence = gate["now"]["sentences"][0].as_str().unwrap();
        assert!(sentence.contains("a condition is not met"), "{sentence}");
        let none = world
            .told("Op", "GET /positions/2/candidates/1", Value::Null, 200)
            .await;
        assert!(none["why"].as_str().unwrap().contains("no vector yet"));
        world
            .told("Op", "GET /positions/1/candidates/99", Value::Null, 404)
            .await;
    })
    .await;
}

#[tokio::test]
async fn who_comes_next_is_compared_now() {
    each_world(async |world| {
        let near = world.told("Op", "GET /positions/1/near", Value::Null, 200).await;
        assert_eq!((&near["compared"], &near["suggested"]), (&json!(3), &json!(1)));
        let ids: Vec<_> = near["others"]
            .as_array()
            .unwrap()
            .iter()
            .map(|other| &other["candidate"]["id"])
            .collect();
        assert_eq!(
            ids,
            [&json!(3), &json!(2)],
            "the one with a failed condition has the better score"
        );
        let near = world.told("Op", "GET /positions/2/near", Value::Null, 200).await;
        assert!(near["why"].as_str().unwrap().contains("no vector yet"));
    })
    .await;
}

#[tokio::test]
async fn the_file_has_a_line_per_suggestion_and_no_formulas() {
    each_world(async |world| {
        let answer = world
            .ask("Viewer", "GET /positions/1/matches.csv", Value::Null)
            .await;
        assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
        let lines: Vec<&str> = answer.text.lines().collect();
        assert!(lines[0].starts_with("rank,position_id,candidate_id,candidate,"));
        assert!(
            lines[1].starts_with("1,1,1,J… D…,,,'=Engineer,,,85.00,70.00,55.00,15.00,,15.00,rust,kafka,")
        );
        assert_eq!(lines.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn quality_and_volumes_name_the_runs_that_made_them() {
    each_world(async |world| {
        let quality = world.told("Op", "GET /quality", Value::Null, 200).await;
        assert_eq!(quality["run"]["run_id"], json!("checks"));
        let result = &quality["results"][0];
        assert_eq!((&result["failed"], &result["before"]), (&json!(1), &Value::Null));
        assert_eq!(result["rule"], json!("every candidate has: contact"));
        assert_eq!(result["trend"][0]["run_id"], json!("checks"));
        world.told("Op", "GET /quality?run=none", Value::Null, 404).await;
        let path = "GET /quality/rows?check=candidates_can_be_reached&run=checks";
        let rows = world.told("Op", path, Value::Null, 200).await;
        assert_eq!(rows["rows"][0]["candidate"]["email"], json!("j…@…"));
        assert_eq!(
            rows["rows"][1]["candidate"]["is_here"],
            json!(false),
            "one that is gone is named all the same"
        );
        world
            .told("Op", "GET /quality/rows?check=none&run=checks", Value::Null, 404)
            .await;

        let volumes = world.told("Op", "GET /volumes?runs=5", Value::Null, 200).await;
        let inserted: Vec<_> = volumes["syncs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|sync| &sync["inserted"])
            .collect();
        assert_eq!(inserted, [&json!(3), &json!(2)]);
        assert_eq!(
            (&volumes["funnel"]["live"], &volumes["funnel"]["suggested"]),
            (&json!(3), &json!(1))
        );
        world.told("Op", "GET /volumes?runs=0", Value::Null, 400).await;
        world.told("Op", "GET /nothing", Value::Null, 404).await;
    })
    .await;
}
