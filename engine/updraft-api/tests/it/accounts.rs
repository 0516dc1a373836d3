//! Logging in.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use updraft_auth::Passwords;

use crate::support::{Answer, World, basic, now, on_both};

async fn with(world: &World, uri: &str, authorization: &str) -> Answer {
    let request = Request::get(uri).header("authorization", authorization);
    world.send(request.body(Body::empty()).unwrap()).await
}

async fn log_in(world: &World, username: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "password": password }).to_string();
    let request = Request::post("/auth/token").header("content-type", "application/json");
    world.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn version_1_takes_passwords_and_both_take_tokens() {
    on_both(async |world| {
        let token = format!("Bearer {}", world.token("Viewer").await);
        let (v1, v2) = ("/api/v1/pools", "/api/v2/pools");
        assert_eq!(
            with(world, v1, &basic("Viewer", "Viewer")).await.status,
            StatusCode::OK
        );
        assert_eq!(with(world, v1, &token).await.status, StatusCode::OK);
        assert_eq!(with(world, v2, &token).await.status, StatusCode::OK);
        let refused = with(world, v2, &basic("Viewer", "Viewer")).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
        for wrong in [
            "Basic",
            "Basic ###",
            "Bearer x",
            "Digest x",
            "Basic Og==",
            "Bearer ",
        ] {
            let refused = with(world, v1, wrong).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{wrong}");
            assert_eq!(refused.headers["www-authenticate"], "Basic");
            assert_eq!(refused.headers["content-type"], "application/problem+json");
            assert_eq!(refused.body["title"], "Unauthorized");
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_are_told_apart_by_nobody() {
    on_both(async |world| {
        let wrong = log_in(world, "Admin", "nonsense").await;
        let unknown = log_in(world, "nobody", "nonsense").await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        assert_eq!((wrong.status, wrong.body), (unknown.status, unknown.body));
    })
    .await;
}

#[tokio::test]
async fn who_guesses_is_slowed_down_and_the_user_gets_in_again_later() {
    on_both(async |world| {
        for _ in 0..10 {
            assert_eq!(
                log_in(world, "Op", "guess").await.status,
                StatusCode::UNAUTHORIZED
            );
        }
        let refused = log_in(world, "Op", "guess").await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers["retry-after"], "60");
        assert_eq!(
            log_in(world, "Op", "Op").await.status,
            StatusCode::TOO_MANY_REQUESTS
        );
        world.clock.advance(Duration::from_mins(6));
        assert_eq!(log_in(world, "Op", "Op").await.status, StatusCode::CREATED);
        let user = world.store.user_by_name("Op").await.unwrap().unwrap();
        assert_eq!((user.failed_login_count, user.login_count), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_token_counts_until_it_expires_or_the_password_or_the_user_changes() {
    on_both(async |world| {
        let uri = "/api/v2/pools";
        let token = format!("Bearer {}", world.token("User").await);
        assert_eq!(with(world, uri, &token).await.status, StatusCode::OK);
        world.clock.advance(Duration::from_hours(25));
        let expired = with(world, uri, &token).await;
        assert_eq!(
            (expired.status, &expired.body["detail"]),
            (StatusCode::UNAUTHORIZED, &json!("Token Expired"))
        );
        let token = format!("Bearer {}", world.token("User").await);
        world.clock.advance(Duration::from_mins(1));
        let user = world.store.user_by_name("User").await.unwrap().unwrap();
        let passwords = Passwords::with_cost(1, 64, 1).unwrap();
        let hash = passwords.hash("User".to_owned()).await.unwrap();
        let later = now() + SignedDuration::from_hours(26);
        world
            .store
            .set_password(user.user_id, &hash, later)
            .await
            .unwrap();
        assert_eq!(with(world, uri, &token).await.status, StatusCode::UNAUTHORIZED);
        world.clock.advance(Duration::from_hours(2));
        let token = format!("Bearer {}", world.token("User").await);
        assert_eq!(with(world, uri, &token).await.status, StatusCode::OK);
        let mut details = user.details();
        details.is_active = false;
        world
            .store
            .update_user(user.user_id, details, later)
            .await
            .unwrap();
        assert_eq!(with(world, uri, &token).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            log_in(world, "User", "User").await.status,
            StatusCode::UNAUTHORIZED
        );
    })
    .await;
}

#[tokio::test]
async fn a_password_that_was_right_a_moment_ago_stops_being_right_when_it_is_changed() {
    on_both(async |world| {
        let ask = async || with(world, "/api/v1/pools", &basic("Op", "Op")).await.status;
        assert_eq!(ask().await, StatusCode::OK);
        let op = world.store.user_by_name("Op").await.unwrap().unwrap();
        world
            .store
            .set_password(op.user_id, "another hash", now())
            .await
            .unwrap();
        assert_eq!(ask().await, StatusCode::UNAUTHORIZED);
        let roles = world.ask("Admin", "GET /api/v1/pools", Value::Null).await;
        assert_eq!(roles.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_password_of_airflow_is_replaced_by_a_better_hash_at_the_first_login() {
    on_both(async |world| {
        let viewer = world.store.user_by_name("Viewer").await.unwrap().unwrap();
        let werkzeug =
            "pbkdf2:sha256:1000$SiTvxacXHhytjFwc$8d04991a7ff4ac06f6e72539ea2dd9910c0e3d4ea206230a95ca641b587e6cb6";
        world.store.set_password(viewer.user_id, werkzeug, now()).await.unwrap();
        let done = log_in(world, "Viewer", "s3cret p\u{e4}ssword").await;
        assert_eq!(done.status, StatusCode::CREATED);
        let viewer = world.store.user_by_name("Viewer").await.unwrap().unwrap();
        assert!(viewer.password_hash.unwrap().starts_with("$argon2id$"));
        let again = log_in(world, "Viewer", "s3cret p\u{e4}ssword").await;
        assert_eq!(again.status, StatusCode::CREATED);
    })
    .await;
}
