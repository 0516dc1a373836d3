//! The whole pipeline by hand: each task of the DAG against real services and the real model, then the report.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Server, etl_environment, model_path, run, sandbox};

/// The widest line of a report that nobody watches.
const WIDTH_MAX: usize = 120;

const DATE: &str = "2026-01-12";
const RUN_ID: &str = "manual__2026-01-12T00:00:00+00:00";

#[tokio::test]
async fn the_tasks_of_a_run_bring_matches_and_the_report_shows_them() {
    let sandbox = sandbox("8", "3");
    let (folder, model) = (TempDir::new().unwrap(), model_path());
    let rest_url = format!("{}/rest-services/", sandbox.url);
    let mut environment = etl_environment(&rest_url, "sandbox-password", folder.path().to_str().unwrap());
    environment.push(("REFERRAL_MODEL", model.to_str().unwrap()));
    // So low that there are matches whoever was generated.
    environment.push(("MATCHING_SCORE_THRESHOLD", "5"));
    let (etl, ml) = (
        Server::start(&["etl"], &environment),
        Server::start(&["ml"], &environment),
    );
    environment.extend([
        ("ETL_SERVICE_URL", etl.url.as_str()),
        ("ML_SERVICE_URL", ml.url.as_str()),
    ]);
    let task = |dag: &str, task: &str| run(&["bundle", "test", dag, task, DATE], &environment).json();
    let of_sync = |name: &str| task("bullhorn_sync_optimized", name);
    assert_eq!(of_sync("sync_candidates")["fetched"], 8);
    let embedded = of_sync("generate_candidate_embeddings");
    assert!(embedded["embedded"].as_u64().unwrap() > 2, "{embedded}");
    assert_eq!(of_sync("sync_positions")["fetched"], 3);
    of_sync("generate_position_embeddings");
    let found = of_sync("find_matches");
    assert!(found["matches"].as_u64().unwrap() > 0, "{found}");
    assert_eq!(of_sync("notify"), json!(["log"]));
    let checked = task("data_quality", "check");
    assert!(checked["checks"].as_u64().unwrap() > 5, "{checked}");

    let report = run(&["report", "--run-id", RUN_ID, "-o", "json"], &environment).json();
    assert_eq!(report["counts"]["matches"], found["matches"]);
    assert_eq!(report["run"]["candidates"]["fetched"], 8);
    assert_eq!(report["run"]["matches"]["new"], found["new"]);
    let best = &report["best"][0];
    let sum: i64 = best["parts"].as_array().unwrap().iter().map(points).sum();
    assert_eq!(
        (best["score"].as_f64().unwrap() * 100.0).round() as i64,
        sum,
        "{best}"
    );

    let table = run(&["report", "--run-id", RUN_ID], &environment);
    assert!(table.succeeded, "{table:?}");
    assert!(
        table.stdout.contains("In the database: candidates"),
        "{}",
        table.stdout
    );
    let widest = table
        .stdout
        .lines()
        .map(|line| line.chars().count())
        .max()
        .unwrap();
    assert!(widest <= WIDTH_MAX, "{widest}:\n{}", table.stdout);
}

fn points(part: &Value) -> i64 {
    part["points"].as_i64().unwrap()
}

#[test]
fn a_report_of_nothing_says_so_and_a_run_id_that_is_none_is_refused() {
    let folder = TempDir::new().unwrap();
    let environment = [("REFERRAL_DATA", folder.path())];
    let empty = run(&["report", "--run-id", "never"], &environment);
    assert!(empty.succeeded, "{empty:?}");
    assert!(
        empty.stdout.contains("No pair is at or above the threshold."),
        "{}",
        empty.stdout
    );
    let refused = run(&["report", "--run-id", ""], &environment);
    assert!(!refused.succeeded);
    assert_eq!(
        refused.stderr,
        "error: a run id has 1 to 250 characters and no control characters\n"
    );
}
