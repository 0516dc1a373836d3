//! What survives a kill: the records; what does not: the sessions.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Arc;

use bullhorn_sandbox::{Sandbox, SandboxError, SandboxOptions};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::harness::{Running, Session, options};

const FIELDS: &str = "id,firstName,salary,description,primarySkills[15](id),address,source,isDeleted,isAnonymized,dateLastModified";

async fn everything(session: &Session<'_>) -> Value {
    session
        .candidates(
            "id:[1 TO *]",
            &[
                ("fields", FIELDS),
                ("sort", "dateLastModified,id"),
                ("count", "500"),
            ],
        )
        .await
}

/// Compares field by field: whole pages are too long to print.
fn same(left: &Value, right: &Value) {
    assert_eq!(left["total"], right["total"]);
    let rows = |page: &Value| page["data"].as_array().expect("data").clone();
    for (left, right) in rows(left).iter().zip(rows(right)) {
        for (field, value) in right.as_object().expect("a record") {
            assert_eq!(&left[field], value, "{field} of {}", right["id"]);
        }
        assert_eq!(
            left.as_object().map(Map::len),
            right.as_object().map(Map::len),
            "{}",
            right["id"]
        );
    }
}

/// Writes of every kind.
async fn write(sandbox: &Running, session: &Session<'_>) {
    sandbox
        .admin("mutate", json!({ "change": 10, "delete": 3, "anonymise": 2 }))
        .await;
    sandbox.admin("insert", json!({ "count": 5 })).await;
    sandbox.admin("mass-update", json!({ "count": 20 })).await;
    sandbox.admin("erase", json!({ "ids": [1, 2] })).await;
    let new = json!({ "firstName": "Täst", "source": ["Web"], "address": { "city": "Oslo" }, "salary": 1.5 });
    let (_, made) = session.send(Method::PUT, "entity/Candidate", new).await;
    let path = format!("entity/Candidate/{}/primarySkills/3,4", made["changedEntityId"]);
    assert_eq!(
        session.send(Method::PUT, &path, json!({})).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_killed_sandbox_serves_the_same_records_again_and_forgets_its_sessions() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("deep/state.jsonl");
    let first = Running::start_with_state(&file).await;
    let session = first.login().await;
    write(&first, &session).await;
    first.admin("clock", json!({ "advance_ms": 3_600_000 })).await;
    let session = first.login().await;
    let (before, token) = (everything(&session).await, session.token.clone());
    drop(first);
    // The kill came in the middle of a write.
    let mut torn = OpenOptions::new().append(true).open(&file).expect("the file");
    torn.write_all(br#"{"line":"change","at_ms":17"#)
        .expect("a torn line");
    for _ in 0..2 {
        let again = Running::start_with_state(&file).await;
        let session = again.login().await;
        let request = session.sandbox.client.get(format!("{}ping", session.rest_url));
        let stale = request
            .header("BhRestToken", &token)
            .send()
            .await
            .expect("an answer");
        assert_eq!(stale.status(), StatusCode::UNAUTHORIZED);
        same(&everything(&session).await, &before);
        assert_eq!(again.admin_get("clock").await["offset_ms"], 3_600_000);
        again.admin("mass-update", json!({ "count": 0 })).await;
    }
}

#[tokio::test]
async fn without_a_state_file_a_restart_serves_the_generated_records() {
    let first = Running::start().await;
    let before = everything(&first.login().await).await;
    first.admin("mutate", json!({ "change": 10 })).await;
    drop(first);
    let second = Running::start().await;
    same(&everything(&second.login().await).await, &before);
}

#[tokio::test]
async fn a_state_file_of_another_population_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.jsonl");
    drop(Running::start_with_state(&file).await);
    let mut other = SandboxOptions {
        state_file: Some(file.clone()),
        ..options()
    };
    other.population.seed += 1;
    let as_of = other.population.as_of;
    let refused = Sandbox::new(other, Arc::new(move || as_of)).expect_err("another population");
    assert!(matches!(&refused, SandboxError::StateFile(_)));
    assert!(
        refused.to_string().contains("belongs to another population"),
        "{refused}"
    );
    std::fs::write(&file, "nonsense\n").expect("the file");
    let broken = SandboxOptions {
        state_file: Some(file),
        ..options()
    };
    let refused = Sandbox::new(broken, Arc::new(move || as_of)).expect_err("a broken file");
    assert!(
        refused.to_string().starts_with("line 1 of the state file"),
        "{refused}"
    );
}
