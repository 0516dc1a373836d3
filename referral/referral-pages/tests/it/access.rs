//! Who is let in, and who sees what.

use referral_pages::HEADER;
use referral_store::EntityId;
use serde_json::{Value, json};

use crate::harness::{each_world, signed};

#[tokio::test]
async fn nobody_is_let_in_without_the_signed_header_of_this_request() {
    each_world(async |world| {
        let path = "/recruiting/api/config";
        let of_other = signed("Op", ("GET", "/recruiting/api/volumes"), 160);
        let of_other_method = signed("Op", ("POST", path), 160);
        let expired = signed("Op", ("GET", path), 99);
        let too_long = signed("Op", ("GET", path), 100_000);
        let good = signed("Op", ("GET", path), 160);
        let (claims, signature) = good.rsplit_once('.').unwrap();
        let (_, admin) = signed("Admin", ("GET", path), 160)
            .split_once('.')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let swapped = format!("v1.{}.{signature}", admin.split_once('.').unwrap().0);
        for header in [
            &of_other,
            &of_other_method,
            &expired,
            &too_long,
            claims,
            &swapped,
            "v1.e30.AA",
            "",
        ] {
            let answer = world.send("GET", path, &[(HEADER, header)], Value::Null).await;
            assert_eq!(answer.status.as_u16(), 401, "{header}");
            assert!(
                answer.json()["detail"]
                    .as_str()
                    .unwrap()
                    .contains("through Updraft")
            );
        }
        for path in [
            path,
            "/recruiting",
            "/recruiting/matches",
            "/recruiting/assets/x.js",
        ] {
            let answer = world
                .send("GET", path, &[("x-forwarded-user", "admin")], Value::Null)
                .await;
            assert_eq!(answer.status.as_u16(), 401, "{path}");
        }
        assert_eq!(
            world
                .send("GET", path, &[(HEADER, &good)], Value::Null)
                .await
                .status
                .as_u16(),
            200
        );
        assert_eq!(
            world
                .send("GET", "/health", &[], Value::Null)
                .await
                .status
                .as_u16(),
            200
        );
    })
    .await;
}

#[tokio::test]
async fn every_answer_forbids_inline_code_and_frames_of_others() {
    each_world(async |world| {
        let answer = world.ask("Viewer", "GET /config", Value::Null).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'self'"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.headers["cache-control"], "no-store");
        let config = answer.json();
        assert_eq!(config["may_reveal"], json!(false));
        assert_eq!(
            (&config["threshold"], &config["user"]),
            (&json!(7_000), &json!("ann"))
        );
    })
    .await;
}

#[tokio::test]
async fn personal_data_is_masked_until_somebody_who_may_asks_and_that_is_written_down() {
    each_world(async |world| {
        let secret =
            |text: &str| text.contains("Doe") || text.contains("@example.com") || text.contains("0101234");
        for path in [
            "/positions/1",
            "/positions/1/near",
            "/positions/1/candidates/1",
            "/positions/1/matches.csv",
            "/candidates?q=engineer",
            "/quality/rows?check=candidates_can_be_reached&run=checks",
        ] {
            let answer = world.ask("Op", &format!("GET {path}"), Value::Null).await;
            assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
            assert!(!secret(&answer.text), "{path}: {}", answer.text);
        }
        let rows = json!({ "check": "candidates_can_be_reached", "run": "checks" });
        for (path, body) in [
            ("/positions/1/reveal", Value::Null),
            ("/positions/1/matches.csv", Value::Null),
            ("/quality/rows", rows),
        ] {
            let what = format!("POST {path}");
            for role in ["Viewer", "User", "Admin"] {
                let told = world.told(role, &what, body.clone(), 403).await;
                assert!(told["detail"].as_str().unwrap().contains("REFERRAL_REVEAL_ROLES"));
            }
            let shown = world.ask("Op", &what, body).await;
            assert!(shown.status.is_success() && secret(&shown.text), "{}", shown.text);
        }
        let seen = world.store.reveals(EntityId(1), 9).await.unwrap();
        let seen: Vec<_> = seen
            .iter()
            .map(|one| (one.username.as_str(), one.place.as_str()))
            .collect();
        assert_eq!(seen, [("ann", "position 1"), ("ann", "position 1")]);
        let seen = world.store.reveals(EntityId(2), 9).await.unwrap();
        assert_eq!(seen[0].place, "check candidates_can_be_reached");
        assert!(world.store.reveals(EntityId(3), 9).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn feedback_is_given_by_those_who_may_and_can_be_taken_back() {
    each_world(async |world| {
        let what = "POST /positions/1/candidates/1/feedback";
        let good = json!({ "verdict": "good", "note": " fits " });
        world.told("Viewer", what, good.clone(), 403).await;
        let told = world.told("User", what, good.clone(), 200).await;
        assert_eq!(told["feedback"]["good"], json!(1));
        assert_eq!(told["feedback"]["mine"]["note"], json!("fits"));
        let told = world.told("User", what, json!({ "verdict": "poor" }), 200).await;
        assert_eq!(
            (&told["feedback"]["good"], &told["feedback"]["poor"]),
            (&json!(0), &json!(1))
        );
        let shown = world.told("User", "GET /positions/1", Value::Null, 200).await;
        assert_eq!(shown["matches"][0]["feedback"]["mine"]["verdict"], json!("poor"));
        let told = world.told("User", what, json!({ "verdict": null }), 200).await;
        assert_eq!(told["feedback"], Value::Null);
        world.told("User", what, json!({ "verdict": "great" }), 400).await;
        world
            .told(
                "User",
                what,
                json!({ "verdict": "good", "note": "x".repeat(1_001) }),
                400,
            )
            .await;
        world
            .told("User", "POST /positions/1/candidates/77/feedback", good, 404)
            .await;
    })
    .await;
}
