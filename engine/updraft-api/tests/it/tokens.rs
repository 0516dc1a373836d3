//! Tokens that people make for their programs.

use std::time::Duration;

use serde_json::{Value, json};
use updraft_store::{NewPersonalToken, UserDetails};

use crate::sessions::ask;
use crate::support::{Answer, World, on_both};

const TOKENS: &str = "/ui/api/tokens";

/// Makes a token as the user of a role; the token and its number.
async fn make(world: &World, role: &str, body: Value) -> (String, Value) {
    let made = world.ask(role, &format!("POST {TOKENS}"), body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let token = made.body["access_token"].as_str().unwrap().to_owned();
    (token, made.body["token"]["token_id"].clone())
}

async fn with(world: &World, token: &str, what: &str, body: Value) -> Answer {
    let bearer = format!("Bearer {token}");
    ask(world, what, &[("authorization", &bearer)], body).await
}

#[tokio::test]
async fn a_token_does_what_its_user_may_do() {
    on_both(async |world| {
        let (token, number) = make(world, "Viewer", json!({ "name": " laptop " })).await;
        assert!(token.starts_with("updraft_") && token.len() == 51);
        for path in ["/api/v1/pools", "/api/v2/pools", "/ui/api/me"] {
            assert_eq!(
                with(world, &token, &format!("GET {path}"), Value::Null)
                    .await
                    .status,
                200
            );
        }
        let pool = json!({ "name": "p", "slots": 1 });
        assert_eq!(with(world, &token, "POST /api/v2/pools", pool).await.status, 403);
        let listed = world
            .ask("Viewer", &format!("GET {TOKENS}"), Value::Null)
            .await
            .body;
        let expected = json!({ "tokens": [{
            "token_id": number, "name": "laptop", "created_at": "2024-01-12T06:00:00Z", "expires_at": null,
            "last_used_at": "2024-01-12T06:00:00Z",
        }] });
        assert_eq!(listed, expected);
        assert_eq!(
            world.admin(&format!("GET {TOKENS}"), Value::Null, 200).await,
            json!({ "tokens": [] })
        );
        let again = world
            .ask("Viewer", &format!("POST {TOKENS}"), json!({ "name": "laptop" }))
            .await;
        assert_eq!(again.status, 409);
        for wrong in [
            json!({}),
            json!({ "name": " " }),
            json!({ "name": "x", "expires_at": "2024-01-12" }),
        ] {
            assert_eq!(
                world.ask("Viewer", &format!("POST {TOKENS}"), wrong).await.status,
                422
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_makes_no_tokens_and_is_revoked_by_its_user_alone() {
    on_both(async |world| {
        let (token, number) = make(world, "Op", json!({ "name": "t" })).await;
        let made = with(world, &token, &format!("POST {TOKENS}"), json!({ "name": "u" })).await;
        assert_eq!(made.status, 403);
        let revoke = format!("DELETE {TOKENS}/{number}");
        world.admin(&revoke, Value::Null, 404).await;
        assert_eq!(with(world, &token, &revoke, Value::Null).await.status, 204);
        assert_eq!(
            with(world, &token, "GET /api/v2/pools", Value::Null).await.status,
            401
        );
        assert_eq!(world.ask("Op", &revoke, Value::Null).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_with_its_user() {
    on_both(async |world| {
        let until = json!({ "name": "short", "expires_at": "2024-01-12T07:00:00Z" });
        let (short, _) = make(world, "User", until).await;
        let (long, _) = make(world, "User", json!({ "name": "long" })).await;
        let status = async |token: &str| {
            with(world, token, "GET /ui/api/me", Value::Null)
                .await
                .status
                .as_u16()
        };
        assert_eq!((status(&short).await, status(&long).await), (200, 200));
        world.clock.advance(Duration::from_hours(1));
        assert_eq!((status(&short).await, status(&long).await), (401, 200));
        let user = world.store.user_by_name("User").await.unwrap().unwrap();
        let details = UserDetails {
            is_active: false,
            ..user.details()
        };
        let now = crate::support::now();
        assert!(world.store.update_user(user.user_id, details, now).await.unwrap());
        assert_eq!(status(&long).await, 401);
        let new = NewPersonalToken {
            user_id: user.user_id,
            name: "x",
            token_hash: "x",
            expires_at: None,
        };
        assert_eq!(world.store.create_personal_token(new, now).await.unwrap(), None);
        // Who may log in again makes new tokens.
        assert!(
            world
                .store
                .update_user(user.user_id, user.details(), now)
                .await
                .unwrap()
        );
        assert_eq!(status(&long).await, 401);
        let (again, _) = make(world, "User", json!({ "name": "long" })).await;
        assert_eq!(status(&again).await, 200);
        assert!(world.store.delete_user(user.user_id).await.unwrap());
        assert_eq!(status(&again).await, 401);
        assert_eq!(world.store.personal_tokens(None).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn who_guesses_tokens_is_slowed_down() {
    on_both(async |world| {
        for _ in 0..10 {
            let guessed = with(world, "updraft_guessed", "GET /api/v2/pools", Value::Null).await;
            assert_eq!(guessed.status, 401);
        }
        let guessed = with(world, "updraft_guessed", "GET /api/v2/pools", Value::Null).await;
        assert_eq!(guessed.status, 429);
    })
    .await;
}
