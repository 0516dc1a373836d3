//! Sessions of the web interface.

use axum::body::Body;
use axum::http::Request;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use updraft_api::WebOptions;
use updraft_testing::databases;

use crate::support::{Answer, World, on_both};

const HOST: (&str, &str) = ("host", "localhost:8080");

/// Asks with these headers.
pub(crate) async fn ask(world: &World, what: &str, headers: &[(&str, &str)], body: Value) -> Answer {
    let (method, uri) = what.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() {
        Body::empty()
    } else {
        request = request.header("content-type", "application/json");
        Body::from(body.to_string())
    };
    world.send(request.body(body).unwrap()).await
}

/// Logs in and returns what the browser then says: the cookie.
pub(crate) async fn log_in(world: &World, role: &str, cookie: &str) -> String {
    let body = json!({ "username": role, "password": role });
    let answer = ask(world, "POST /ui/api/login", &[HOST, ("cookie", cookie)], body).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    let set = answer.headers["set-cookie"].to_str().unwrap();
    set.split_once(';').unwrap().0.to_owned()
}

async fn me(world: &World, cookie: &str) -> Answer {
    ask(world, "GET /ui/api/me", &[HOST, ("cookie", cookie)], Value::Null).await
}

async fn csrf(world: &World, cookie: &str) -> String {
    let answer = me(world, cookie).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["csrf_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_menu_has_the_pages_that_plugins_name_for_who_may_see_plugins() {
    on_both(async |world| {
        let cookie = log_in(world, "Op", "").await;
        let tides = json!({ "name": "Tides", "category": "Sea", "href": "https://tides", "frame": false });
        let docs = json!({ "name": "Docs", "category": "", "href": "/docs", "frame": false });
        assert_eq!(me(world, &cookie).await.body["plugins"], json!([tides, docs]));
        let cookie = log_in(world, "Public", "").await;
        assert_eq!(me(world, &cookie).await.body["plugins"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_session_begins_with_a_login_and_ends_with_a_logout() {
    on_both(async |world| {
        let wrong = json!({ "username": "Admin", "password": "guessed" });
        let refused = ask(world, "POST /ui/api/login", &[], wrong).await;
        assert_eq!(
            (refused.status.as_u16(), refused.headers.get("set-cookie")),
            (401, None)
        );
        assert_eq!(me(world, "updraft_session=made-up").await.status, 401);
        let body = json!({ "username": "Admin", "password": "Admin" });
        let answer = ask(
            world,
            "POST /ui/api/login",
            &[("x-forwarded-proto", "https")],
            body,
        )
        .await;
        let set = answer.headers["set-cookie"].to_str().unwrap().to_owned();
        let (cookie, attributes) = set.split_once("; ").unwrap();
        assert_eq!(
            attributes,
            "Path=/; HttpOnly; SameSite=Lax; Max-Age=5184000; Secure"
        );
        let known = me(world, cookie).await.body;
        assert_eq!(
            (
                &known["username"],
                &known["roles"],
                &known["first_name"],
                &known["version"]
            ),
            (
                &json!("Admin"),
                &json!(["Admin"]),
                &json!("Admin"),
                &json!("1.2.3")
            )
        );
        assert!(known["can"]["edit"].as_array().unwrap().contains(&json!("Pools")));
        let token = known["csrf_token"].as_str().unwrap();
        let headers = [HOST, ("cookie", cookie), ("x-csrf-token", token)];
        assert_eq!(
            ask(world, "POST /ui/api/logout", &headers[..2], Value::Null)
                .await
                .status,
            403
        );
        let ended = ask(world, "POST /ui/api/logout", &headers, Value::Null).await;
        assert_eq!(ended.status, 204);
        assert!(
            ended.headers["set-cookie"]
                .to_str()
                .unwrap()
                .starts_with("updraft_session=; Path=/; ")
        );
        assert_eq!(me(world, cookie).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn each_login_makes_a_new_session_and_ends_the_one_before() {
    on_both(async |world| {
        let planted = log_in(world, "Viewer", "updraft_session=planted-by-somebody").await;
        assert_ne!(planted, "updraft_session=planted-by-somebody");
        let second = log_in(world, "Admin", &planted).await;
        assert_eq!(me(world, &planted).await.status, 401);
        assert_eq!(me(world, &second).await.body["username"], "Admin");
        let elsewhere = log_in(world, "Admin", "").await;
        assert_eq!(me(world, &second).await.status, 200);
        assert_ne!(csrf(world, &second).await, csrf(world, &elsewhere).await);
    })
    .await;
}

#[tokio::test]
async fn changes_with_the_cookie_are_made_for_pages_of_this_site_alone() {
    on_both(async |world| {
        world.record_dags().await;
        let cookie = log_in(world, "Admin", "").await;
        let token = csrf(world, &cookie).await;
        let read = ask(
            world,
            "GET /api/v2/dags/sales",
            &[HOST, ("cookie", &cookie)],
            Value::Null,
        )
        .await;
        assert_eq!(read.status, 200);
        let read = ask(
            world,
            "GET /api/v1/dags/sales",
            &[HOST, ("cookie", &cookie)],
            Value::Null,
        )
        .await;
        assert_eq!(read.status, 200);
        for (more, expected) in [
            (&[][..], 403),
            (&[("x-csrf-token", "guessed")], 403),
            (&[("x-csrf-token", token.as_str())], 200),
            (
                &[("x-csrf-token", &token), ("sec-fetch-site", "same-origin")],
                200,
            ),
            (&[("x-csrf-token", &token), ("sec-fetch-site", "cross-site")], 403),
            (&[("x-csrf-token", &token), ("sec-fetch-site", "same-site")], 403),
            (
                &[("x-csrf-token", &token), ("origin", "http://localhost:8080")],
                200,
            ),
            (
                &[("x-csrf-token", &token), ("origin", "https://elsewhere.example")],
                403,
            ),
            (&[("x-csrf-token", &token), ("origin", "null")], 403),
        ] {
            let headers = [&[HOST, ("cookie", cookie.as_str())], more].concat();
            let body = json!({ "is_paused": false });
            for version in ["v1", "v2"] {
                let what = format!("PATCH /api/{version}/dags/sales");
                let answer = ask(world, &what, &headers, body.clone()).await;
                assert_eq!(answer.status.as_u16(), expected, "{what} {more:?}: {answer:?}");
            }
        }
        // Nor does another site log somebody in as somebody else.
        let body = json!({ "username": "Admin", "password": "Admin" });
        let foreign = [HOST, ("origin", "https://elsewhere.example")];
        assert_eq!(ask(world, "POST /ui/api/login", &foreign, body).await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn sessions_end_when_they_are_not_seen_and_after_twice_that_in_any_case() {
    databases::on_both(async |database| {
        let hour = SignedDuration::from_hours(1);
        let web = WebOptions {
            session_lifetime: hour,
            ..WebOptions::default()
        };
        let world = World::with(database, web, false).await;
        let (idle, busy) = (
            log_in(&world, "Admin", "").await,
            log_in(&world, "Admin", "").await,
        );
        for _ in 0..2 {
            world.clock.advance(Duration::from_mins(50));
            assert_eq!(me(&world, &busy).await.status, 200);
        }
        assert_eq!(me(&world, &idle).await.status, 401);
        world.clock.advance(Duration::from_mins(30));
        assert_eq!(me(&world, &busy).await.status, 401);
        world.store.close().await;
    })
    .await;
}

#[tokio::test]
async fn sessions_end_with_the_password_and_with_the_user() {
    on_both(async |world| {
        let (admin, viewer) = (
            log_in(world, "Admin", "").await,
            log_in(world, "Viewer", "").await,
        );
        let user = world.store.user_by_name("Admin").await.unwrap().unwrap();
        let now = crate::support::now();
        world
            .store
            .set_password(user.user_id, "another", now)
            .await
            .unwrap();
        assert_eq!(me(world, &admin).await.status, 401);
        assert_eq!(me(world, &viewer).await.status, 200);
        let mut user = world.store.user_by_name("Viewer").await.unwrap().unwrap();
        user.is_active = false;
        world
            .store
            .update_user(user.user_id, user.details(), now)
            .await
            .unwrap();
        assert_eq!(me(world, &viewer).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn who_guesses_has_to_wait_here_too() {
    on_both(async |world| {
        let wrong = json!({ "username": "Admin", "password": "guessed" });
        for _ in 0..10 {
            assert_eq!(
                ask(world, "POST /ui/api/login", &[], wrong.clone()).await.status,
                401
            );
        }
        let answer = ask(world, "POST /ui/api/login", &[], wrong).await;
        assert_eq!(answer.status, 429);
    })
    .await;
}
