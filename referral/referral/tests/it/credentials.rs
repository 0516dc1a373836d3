//! Wrong credentials, from the sandbox through the ETL service to the task: tried once, told, never looped.

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Ended, Server, calls, etl_environment, run, sandbox};

const TOKEN: &str = "the-service-token";

/// One attempt of the task that syncs candidates, in the same run each time.
fn attempt(etl: &Server, token: &str) -> Ended {
    let environment = [
        ("ETL_SERVICE_URL", etl.url.as_str()),
        ("REFERRAL_SERVICE_TOKEN", token),
    ];
    let task = [
        "bundle",
        "test",
        "bullhorn_sync_optimized",
        "sync_candidates",
        "2026-01-12",
    ];
    run(&task, &environment)
}

fn start(rest_url: &str, password: &str, folder: &TempDir) -> Server {
    let folder = folder.path().to_str().unwrap();
    let mut environment = etl_environment(rest_url, password, folder);
    environment.push(("REFERRAL_SERVICE_TOKEN", TOKEN));
    Server::start(&["etl"], &environment)
}

#[tokio::test]
async fn wrong_credentials_cost_one_login_per_attempt_and_corrected_ones_end_the_run() {
    let sandbox = sandbox("40", "10");
    let rest_url = format!("{}/rest-services/", sandbox.url);
    let folder = TempDir::new().unwrap();
    let etl = start(&rest_url, "a-wrong-password", &folder);
    for attempts in 1..=2 {
        let failed = attempt(&etl, TOKEN);
        assert!(!failed.succeeded, "{failed:?}");
        for part in [
            "task failed, without retry",
            "refused the user name or password",
            "correct the `BULLHORN_` variables and restart the ETL service",
        ] {
            assert!(failed.stderr.contains(part), "{}", failed.stderr);
        }
        assert!(
            !failed.stderr.contains("does not answer"),
            "it is not tried again: {}",
            failed.stderr
        );
        assert_without_secrets(&failed.stderr);
        assert_eq!(calls(&sandbox, "authorize").await, attempts);
    }
    assert_without_secrets(&etl.end());

    let etl = start(&rest_url, "sandbox-password", &folder);
    let done = attempt(&etl, TOKEN).json();
    assert_eq!(done["fetched"], 40, "{done}");
    assert_eq!(calls(&sandbox, "authorize").await, 3);
    let searches = calls(&sandbox, "search").await;
    assert_eq!(attempt(&etl, TOKEN).json(), done, "the run is known by its id");
    assert_eq!(calls(&sandbox, "search").await, searches);
    assert_without_secrets(&etl.end());
}

#[tokio::test]
async fn a_wrong_service_token_fails_at_once_and_says_which_variable_to_set() {
    let sandbox = sandbox("10", "5");
    let folder = TempDir::new().unwrap();
    let etl = start(
        &format!("{}/rest-services/", sandbox.url),
        "sandbox-password",
        &folder,
    );
    let failed = attempt(&etl, "another-token");
    assert!(!failed.succeeded);
    assert!(
        failed.stderr.contains("HTTP 401") && failed.stderr.contains("REFERRAL_SERVICE_TOKEN"),
        "{}",
        failed.stderr
    );
    assert!(!failed.stderr.contains("another-token"), "{}", failed.stderr);
    assert_eq!(calls(&sandbox, "authorize").await, 0);
    let http = reqwest::Client::builder().build().unwrap();
    let health = http.get(format!("{}/health", etl.url)).send().await.unwrap();
    let health: Value = health.json().await.unwrap();
    assert_eq!(health["status"], "ok", "health needs no token");
}

fn assert_without_secrets(text: &str) {
    for secret in ["a-wrong-password", "sandbox-password", "sandbox-secret", TOKEN] {
        assert!(!text.contains(secret), "{text}");
    }
}
