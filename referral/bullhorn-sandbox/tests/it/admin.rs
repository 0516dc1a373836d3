//! The administrator's interface.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Running, Session, ids, read};

fn list(reply: &Value, key: &str) -> Vec<u64> {
    ids(&json!({ "data": reply[key] }))
}

async fn by_id(session: &Session<'_>, fields: &str) -> Vec<Value> {
    let page = session
        .candidates(
            "id:[1 TO *]",
            &[("fields", fields), ("count", "500"), ("sort", "id")],
        )
        .await;
    page["data"].as_array().expect("data").clone()
}

#[tokio::test]
async fn a_mutation_touches_exactly_the_records_it_names() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let fields = "firstName,lastName,email,mobile,description,salary,isDeleted,isAnonymized,dateLastModified";
    let before = by_id(&session, fields).await;
    let touched = sandbox
        .admin(
            "mutate",
            json!({ "change": 20, "delete": 5, "anonymise": 2, "seed": 9 }),
        )
        .await;
    let (changed, deleted, anonymised) = (
        list(&touched, "changed"),
        list(&touched, "deleted"),
        list(&touched, "anonymised"),
    );
    assert_eq!((changed.len(), deleted.len(), anonymised.len()), (20, 5, 2));
    let all: BTreeSet<u64> = [&changed, &deleted, &anonymised]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    assert_eq!(all.len(), 27, "no record suffers two things");
    let after = by_id(&session, fields).await;
    for (old, new) in before.iter().zip(&after) {
        let id = old["id"].as_u64().expect("an id");
        if !all.contains(&id) {
            assert_eq!(old, new);
            continue;
        }
        assert_eq!(new["dateLastModified"], sandbox.now_ms());
        assert_eq!(
            (&old["isDeleted"], &old["isAnonymized"]),
            (&json!(false), &json!(false)),
            "only live records"
        );
        if changed.contains(&id) {
            assert_ne!(old["description"], new["description"]);
            assert_eq!(old["lastName"], new["lastName"]);
        }
        assert_eq!(new["isDeleted"], deleted.contains(&id));
        assert_eq!(new["isAnonymized"], anonymised.contains(&id));
        if anonymised.contains(&id) {
            assert_eq!(
                (&new["lastName"], &new["email"], &new["description"]),
                (&json!("*****"), &Value::Null, &Value::Null)
            );
        }
    }
}

#[tokio::test]
async fn the_same_seed_picks_the_same_records() {
    let order = json!({ "change": 10, "delete": 3, "anonymise": 1, "seed": 4 });
    let first = Running::start().await.admin("mutate", order.clone()).await;
    let second = Running::start().await.admin("mutate", order).await;
    assert_eq!(first, second);
    let other = Running::start()
        .await
        .admin("mutate", json!({ "change": 10, "seed": 5 }))
        .await;
    assert_ne!(first["changed"], other["changed"]);
}

#[tokio::test]
async fn positions_can_be_mutated_but_not_anonymised() {
    let sandbox = Running::start().await;
    let touched = sandbox
        .admin(
            "mutate",
            json!({ "entity": "JobOrder", "change": 3, "delete": 1 }),
        )
        .await;
    assert_eq!(
        (list(&touched, "changed").len(), list(&touched, "deleted").len()),
        (3, 1)
    );
    for body in [
        json!({ "entity": "JobOrder", "anonymise": 1 }),
        json!({ "entity": "Skill", "change": 1 }),
        json!({ "chnage": 1 }),
    ] {
        let (status, error) = read(sandbox.request(Method::POST, "/admin/mutate").json(&body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(error["error"].is_string());
    }
}

#[tokio::test]
async fn records_can_be_inserted_by_number_or_by_value() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let made = list(
        &sandbox.admin("insert", json!({ "count": 30, "seed": 2 })).await,
        "inserted",
    );
    assert_eq!(session.total("id:[1 TO *]").await, 180);
    let query = format!("id:[{} TO *]", made[0]);
    let page = session
        .candidates(
            &query,
            &[
                ("fields", "id,name,email,dateAdded,description"),
                ("count", "50"),
                ("sort", "id"),
            ],
        )
        .await;
    assert_eq!(ids(&page), made);
    assert_eq!(page["data"][0]["dateAdded"], sandbox.now_ms());
    assert!(
        page["data"]
            .as_array()
            .expect("data")
            .iter()
            .all(|row| row["email"].is_string())
    );
    let record = json!({ "firstName": "Test-A", "description": "<p>x</p>", "primarySkills": { "replaceAll": [1, 2] } });
    let made = list(
        &sandbox.admin("insert", json!({ "records": [record] })).await,
        "inserted",
    );
    let read_back = session
        .candidate(made[0], "firstName,description,primarySkills(id)")
        .await;
    assert_eq!(
        (&read_back["firstName"], &read_back["description"]),
        (&json!("Test-A"), &json!("<p>x</p>"))
    );
    assert_eq!(ids(&read_back["primarySkills"]), [1, 2]);
    let broken = json!({ "records": [{ "nonsense": 1 }] });
    let (status, error) = read(sandbox.request(Method::POST, "/admin/insert").json(&broken)).await;
    assert_eq!(
        (status, error["error"].as_str()),
        (
            StatusCode::BAD_REQUEST,
            Some("these fields cannot be written: nonsense")
        )
    );
}

#[tokio::test]
async fn a_mass_update_moves_nothing_but_the_time() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let updated = list(
        &sandbox.admin("mass-update", json!({ "count": 60 })).await,
        "updated",
    );
    let query = format!("dateLastModified:[{} TO *]", sandbox.now_lucene());
    assert_eq!(
        ids(&session
            .candidates(&query, &[("count", "500"), ("sort", "id")])
            .await),
        updated
    );
}

#[tokio::test]
async fn the_clock_rules_dates_and_the_date_header() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    sandbox
        .admin("clock", json!({ "set": "2026-07-01T12:00:00Z" }))
        .await;
    let response = sandbox
        .request(Method::GET, "/rest-services/loginInfo?username=x")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.headers()["date"], "Wed, 01 Jul 2026 12:00:00 GMT");
    assert_eq!(
        session.try_get("ping", &[]).await.0,
        StatusCode::UNAUTHORIZED,
        "a month later the session is over"
    );
    let moved = sandbox.admin("clock", json!({ "advance_ms": 61_000 })).await;
    assert_eq!(moved["now"], "2026-07-01T12:01:01Z");
    assert_eq!(sandbox.admin_get("clock").await, moved);
    let both = json!({ "set": "2026-07-01T12:00:00Z", "advance_ms": 1 });
    assert_eq!(
        read(sandbox.request(Method::POST, "/admin/clock").json(&both))
            .await
            .0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn calls_are_counted_and_logged_without_secrets() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    session
        .candidates("id:[1 TO *]", &[("fields", "id"), ("count", "3")])
        .await;
    session
        .try_get("search/Candidate", &[("query", "id:1"), ("fields", "nope")])
        .await;
    let status = sandbox.admin_get("status").await;
    assert_eq!(status["traffic"]["by_endpoint"]["search"], 2);
    assert_eq!(status["traffic"]["by_status"]["400"], 1);
    assert_eq!(status["traffic"]["by_month"]["2026-06"], 5);
    assert_eq!(
        (&status["records"]["Candidate"], &status["sessions"]),
        (&json!(150), &json!(1))
    );
    assert_eq!(status["auth"]["logins"], 1);
    let log = sandbox.admin_get("requests?limit=2").await;
    let requests = log["requests"].as_array().expect("requests");
    assert_eq!(
        requests[0]["params"],
        json!({ "query": "id:[1 TO *]", "fields": "id", "count": "3" })
    );
    let everything = sandbox.admin_get("requests").await.to_string() + &status.to_string();
    for secret in [session.token.as_str(), "sandbox-password", "sandbox-secret"] {
        assert!(!everything.contains(secret), "{secret} is in the log");
    }
    let last = requests[1]["number"].as_u64().expect("a number");
    assert_eq!(
        sandbox.admin_get(&format!("requests?after={last}")).await,
        json!({ "requests": [] })
    );
    read(sandbox.request(Method::DELETE, "/admin/requests")).await;
    assert_eq!(sandbox.admin_get("status").await["traffic"]["calls"], 0);
}

#[tokio::test]
async fn the_truth_tells_which_pairs_fit() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let jobs = session
        .get(
            "query/JobOrder",
            &[("where", "id > 0"), ("fields", "id"), ("count", "40")],
        )
        .await;
    let mut best = None;
    for position in ids(&jobs) {
        let truth = sandbox
            .admin_get(&format!("truth?position={position}&limit=3"))
            .await;
        best = best.or_else(|| truth["fits"].get(0).cloned());
    }
    let best = best.expect("somebody fits somewhere");
    assert!(
        best["grade"].as_u64() >= Some(1) && best["reasons"][0].is_string(),
        "{best}"
    );
    let pair = format!(
        "truth?position={}&candidate={}",
        best["position"], best["candidate"]
    );
    assert_eq!(sandbox.admin_get(&pair).await, best);
    let (status, _) = read(sandbox.request(Method::GET, "/admin/truth?position=1&candidate=99999999")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn knobs_are_read_and_changed_one_by_one() {
    let sandbox = Running::start().await;
    let before = sandbox.admin_get("knobs").await;
    sandbox.knobs(json!({ "page_default": 3 })).await;
    let after = sandbox.admin_get("knobs").await;
    assert_eq!(
        (&before["page_default"], &after["page_default"]),
        (&json!(20), &json!(3))
    );
    assert_eq!(before["page_max"], after["page_max"]);
    for wrong in [json!({ "page_defualt": 3 }), json!({ "page_default": "x" })] {
        assert_eq!(
            read(sandbox.request(Method::PATCH, "/admin/knobs").json(&wrong))
                .await
                .0,
            StatusCode::BAD_REQUEST
        );
    }
}

#[tokio::test]
async fn sessions_and_grants_can_be_killed() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let (_, refresh) = sandbox.tokens().await;
    assert_eq!(
        sandbox.admin("sessions/kill", json!({})).await,
        json!({ "killed": 1 })
    );
    assert_eq!(session.try_get("ping", &[]).await.0, StatusCode::UNAUTHORIZED);
    sandbox
        .admin("sessions/kill", json!({ "revoke_grants": true }))
        .await;
    let (status, _) = sandbox
        .token_call(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)])
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_loopback_clients_may_administrate_and_never_under_rest_services() {
    use bullhorn_sandbox::Sandbox;
    use std::sync::Arc;
    use tokio::net::TcpListener;

    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    assert_eq!(
        session.try_get("admin/status", &[]).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        read(sandbox.request(Method::GET, "/admin/nonsense")).await.0,
        StatusCode::NOT_FOUND
    );
    // A server that does not tell the peer's address is not trusted either.
    let blind = Sandbox::new(
        crate::harness::options(),
        Arc::new(|| "2026-06-01T00:00:00Z".parse().expect("a time")),
    );
    let router = blind.expect("a sandbox").router();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!(
        "http://{}/admin/status",
        listener.local_addr().expect("an address")
    );
    let mut server = tokio::task::JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await });
    assert_eq!(read(sandbox.client.get(url)).await.0, StatusCode::FORBIDDEN);
}
