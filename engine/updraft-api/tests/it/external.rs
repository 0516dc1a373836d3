//! People whom others let in: an identity provider, or a proxy.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::{Value, json};
use updraft_api::{External, Oidc, OidcOptions, ProxyAuth, WebOptions};
use updraft_auth::RoleMapping;
use updraft_testing::databases;

use crate::provider::{CLIENT, Provider};
use crate::sessions::ask;
use crate::support::{Answer, World};

fn mapping() -> RoleMapping {
    RoleMapping {
        groups: [
            ("operators".to_owned(), vec!["Op".to_owned()]),
            (
                "readers".to_owned(),
                vec!["Viewer".to_owned(), "Nothing".to_owned()],
            ),
        ]
        .into(),
        default: vec!["Public".to_owned()],
    }
}

/// A world on each database, with a provider.
async fn with_provider(may_link: bool, test: impl AsyncFn(&World, &Provider)) {
    databases::on_both(async |database| {
        let provider = Provider::start().await;
        let options = OidcOptions {
            issuer: provider.issuer.clone(),
            client_id: CLIENT.0.to_owned(),
            client_secret: Some(CLIENT.1.to_owned()),
            scopes: "openid profile email".to_owned(),
            name: "Example".to_owned(),
            username_claim: "preferred_username".to_owned(),
            groups_claim: Some("groups".to_owned()),
            may_link,
        };
        let external = External {
            oidc: Some(Oidc::new(options).unwrap()),
            roles: mapping(),
            ..External::default()
        };
        let web = WebOptions {
            base_url: "https://updraft.example/at".parse().unwrap(),
            ..WebOptions::default()
        };
        let world = World::open_to(database, web, external).await;
        test(&world, &provider).await;
        world.store.close().await;
    })
    .await;
}

fn cookie(answer: &Answer, name: &str) -> String {
    let mut set = answer.headers.get_all("set-cookie").iter();
    let found = set.find_map(|value| value.to_str().unwrap().strip_prefix(&format!("{name}=")));
    let value = found.expect("the cookie is set");
    format!("{name}={}", value.split(';').next().unwrap())
}

/// Begins a log-in: the address at the provider, and the cookie.
async fn begin(world: &World) -> (String, String) {
    let answer = ask(world, "GET /at/ui/api/oidc/login?next=/dags", &[], Value::Null).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let address = answer.headers["location"].to_str().unwrap().to_owned();
    (address, cookie(&answer, "updraft_oidc"))
}

async fn callback(world: &World, query: &str, cookie: &str) -> Answer {
    let what = format!("GET /at/ui/api/oidc/callback?{query}");
    ask(world, &what, &[("cookie", cookie)], Value::Null).await
}

/// Logs in as somebody of whom the provider says this.
async fn log_in(world: &World, provider: &Provider, claims: Value) -> Answer {
    let (address, cookie) = begin(world).await;
    callback(world, &provider.visit(&address, claims), &cookie).await
}

fn ada() -> Value {
    json!({
        "sub": "1815", "preferred_username": "ada", "email": "ada@example.org", "given_name": "Ada",
        "family_name": "Lovelace", "groups": ["operators", "all"],
    })
}

async fn me(world: &World, answer: &Answer) -> Value {
    let session = cookie(answer, "updraft_session");
    ask(world, "GET /at/ui/api/me", &[("cookie", &session)], Value::Null)
        .await
        .body
}

#[tokio::test]
async fn somebody_whom_the_provider_knows_gets_a_session() {
    with_provider(false, async |world, provider| {
        let methods = ask(world, "GET /at/ui/api/login-methods", &[], Value::Null)
            .await
            .body;
        let expected = json!({ "name": "Example", "path": "/ui/api/oidc/login" });
        assert_eq!(methods, json!({ "password": true, "oidc": expected }));
        let answer = log_in(world, provider, ada()).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["location"]),
            (303, &"/at/dags".parse().unwrap())
        );
        assert!(cookie(&answer, "updraft_oidc").ends_with('='));
        let known = me(world, &answer).await;
        assert_eq!(
            (&known["username"], &known["last_name"], &known["roles"]),
            (&json!("ada"), &json!("Lovelace"), &json!(["Op"]))
        );
        // Roles follow the groups; the same subject is the same user, whatever the name is by now.
        let mut later = ada();
        later["groups"] = json!("readers");
        later["preferred_username"] = json!("countess");
        let known = me(world, &log_in(world, provider, later).await).await;
        assert_eq!(
            (&known["username"], &known["roles"]),
            (&json!("ada"), &json!(["Viewer"]))
        );
        let mut nobody = ada();
        nobody["groups"] = json!(["unknown"]);
        let known = me(world, &log_in(world, provider, nobody).await).await;
        assert_eq!(known["roles"], json!(["Public"]));
        let told = ask(
            world,
            "GET /at/api/v1/eventLogs",
            &[("authorization", &crate::support::basic("Admin", "Admin"))],
            Value::Null,
        )
        .await;
        assert_eq!(
            (&told.body["total_entries"], &told.body["event_logs"][0]["owner"]),
            (&json!(3), &json!("ada"))
        );
        // A password is not theirs.
        let guessed = json!({ "username": "ada", "password": "" });
        assert_eq!(
            ask(world, "POST /at/ui/api/login", &[], guessed).await.status,
            401
        );
    })
    .await;
}

#[tokio::test]
async fn a_log_in_counts_once_and_for_who_began_it() {
    with_provider(false, async |world, provider| {
        let (address, own) = begin(world).await;
        let (_, other) = begin(world).await;
        let query = provider.visit(&address, ada());
        assert_eq!(callback(world, &query, "").await.status, 403);
        assert_eq!(callback(world, &query, &other).await.status, 403);
        assert_eq!(
            callback(world, &query, &own.replace("oidc=", "oidc=x"))
                .await
                .status,
            403
        );
        assert_eq!(
            callback(world, &format!("{query}&iss=https://evil.example"), &own)
                .await
                .status,
            403
        );
        assert_eq!(
            callback(world, &query.replace("state=", "state=x"), &own)
                .await
                .status,
            403
        );
        assert_eq!(callback(world, &query, &own).await.status, 303);
        assert_eq!(callback(world, &query, &own).await.status, 401);
        // A code that was given for another log-in has another challenge.
        let (address, own) = begin(world).await;
        let (theirs, _) = begin(world).await;
        let stolen = provider.visit(&theirs, ada());
        let stolen = stolen.split('&').next().unwrap();
        let state = provider.visit(&address, ada());
        let state = state.split('&').nth(1).unwrap();
        assert_eq!(
            callback(world, &format!("{stolen}&{state}"), &own).await.status,
            401
        );
        let (_, own) = begin(world).await;
        world.clock.advance(Duration::from_mins(10));
        assert_eq!(callback(world, &query, &own).await.status, 403);
        let (address, own) = begin(world).await;
        let state = provider.visit(&address, ada());
        let state = state.split('&').nth(1).unwrap();
        assert_eq!(
            callback(world, &format!("error=access_denied&{state}"), &own)
                .await
                .status,
            401
        );
    })
    .await;
}

#[tokio::test]
async fn what_the_provider_does_not_say_rightly_lets_nobody_in() {
    with_provider(false, async |world, provider| {
        for (claim, value) in [
            ("iss", json!("https://evil.example")),
            ("aud", json!("another client")),
            ("nonce", json!("another log-in")),
            ("nonce", Value::Null),
            ("exp", json!(1_705_039_000)),
            ("exp", Value::Null),
            ("sub", Value::Null),
            ("preferred_username", Value::Null),
            ("preferred_username", json!("a\u{0}b")),
            ("preferred_username", json!("a\nb")),
            ("preferred_username", json!("a".repeat(257))),
        ] {
            provider.say(claim, value.clone());
            let answer = log_in(world, provider, ada()).await;
            assert_eq!(answer.status, 401, "{claim} {value}: {answer:?}");
            assert!(answer.headers.get("set-cookie").is_none());
            provider.behave();
        }
        assert_eq!(log_in(world, provider, ada()).await.status, 303);
        // New keys are asked for, though not at once again.
        provider.change_key();
        assert_eq!(log_in(world, provider, ada()).await.status, 401);
        world.clock.advance(Duration::from_mins(1));
        assert_eq!(log_in(world, provider, ada()).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn nobody_becomes_a_user_who_logs_in_in_another_way() {
    let admin = || {
        let mut claims = ada();
        claims["preferred_username"] = json!("Admin");
        claims
    };
    with_provider(false, async |world, provider| {
        assert_eq!(log_in(world, provider, admin()).await.status, 403);
    })
    .await;
    with_provider(true, async |world, provider| {
        let known = me(world, &log_in(world, provider, admin()).await).await;
        assert_eq!(
            (&known["username"], &known["roles"]),
            (&json!("Admin"), &json!(["Op"]))
        );
    })
    .await;
}

#[tokio::test]
async fn a_log_in_leads_to_no_other_server() {
    with_provider(false, async |world, provider| {
        for next in [
            "//evil.example",
            "https://evil.example",
            "/%5Cevil.example",
            "/a%0D%0Aset-cookie:x",
        ] {
            let begun = ask(
                world,
                &format!("GET /at/ui/api/oidc/login?next={next}"),
                &[],
                Value::Null,
            )
            .await;
            let address = begun.headers["location"].to_str().unwrap();
            let query = provider.visit(address, ada());
            let answer = callback(world, &query, &cookie(&begun, "updraft_oidc")).await;
            assert_eq!(answer.headers["location"], "/at/", "{next}");
        }
    })
    .await;
}

/// A call of a proxy at that address.
async fn by_proxy(world: &World, from: &str, what: &str, headers: &[(&str, &str)]) -> Answer {
    let (method, uri) = what.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let peer: SocketAddr = format!("{from}:7").parse().unwrap();
    world
        .send(request.extension(ConnectInfo(peer)).body(Body::empty()).unwrap())
        .await
}

#[tokio::test]
async fn a_proxy_that_is_believed_says_who_calls() {
    databases::on_both(async |database| {
        let external = External {
            proxy: Some(ProxyAuth {
                user_header: "x-forwarded-user".parse().unwrap(),
                groups_header: Some("x-forwarded-groups".parse().unwrap()),
                trusted: vec!["10.0.0.0/8".parse().unwrap()],
            }),
            roles: mapping(),
            ..External::default()
        };
        let world = World::open_to(database, WebOptions::default(), external).await;
        let ada = ("x-forwarded-user", "ada");
        let groups = ("x-forwarded-groups", "all, operators");
        let me = "GET /ui/api/me";
        let known = by_proxy(&world, "10.1.2.3", me, &[ada, groups]).await;
        assert_eq!(
            (&known.body["username"], &known.body["roles"]),
            (&json!("ada"), &json!(["Op"]))
        );
        let again = by_proxy(&world, "10.1.2.3", me, &[ada]).await;
        assert_eq!(again.body["roles"], json!(["Public"]));
        // Anybody else can write headers too.
        assert_eq!(by_proxy(&world, "11.1.2.3", me, &[ada, groups]).await.status, 401);
        let admin = ("x-forwarded-user", "Admin");
        assert_eq!(by_proxy(&world, "127.0.0.1", me, &[admin]).await.status, 401);
        assert_eq!(by_proxy(&world, "10.1.2.3", me, &[ada, admin]).await.status, 401);
        assert_eq!(
            by_proxy(&world, "10.1.2.3", me, &[("x-forwarded-user", " ")])
                .await
                .status,
            401
        );
        assert_eq!(
            by_proxy(&world, "10.1.2.3", me, &[("x-forwarded-user", "a\tb")])
                .await
                .status,
            401
        );
        // What a browser says that another site asks for is not done.
        world.record_dags().await;
        let favorite = "POST /api/v2/dags/sales/favorite";
        let foreign = [ada, groups, ("sec-fetch-site", "cross-site")];
        assert_eq!(by_proxy(&world, "10.1.2.3", favorite, &foreign).await.status, 403);
        let own = [ada, groups, ("sec-fetch-site", "same-origin")];
        assert_eq!(by_proxy(&world, "10.1.2.3", favorite, &own).await.status, 204);
        let user = world.store.user_by_name("ada").await.unwrap().unwrap();
        let details = updraft_store::UserDetails {
            is_active: false,
            ..user.details()
        };
        world
            .store
            .update_user(user.user_id, details, crate::support::now())
            .await
            .unwrap();
        assert_eq!(by_proxy(&world, "10.1.2.3", me, &[ada]).await.status, 401);
        world.store.close().await;
    })
    .await;
}
