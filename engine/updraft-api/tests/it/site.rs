//! What browsers are told, whatever they ask for.

use serde_json::{Value, json};
use updraft_api::WebOptions;
use updraft_testing::databases;

use crate::sessions::ask;
use crate::support::{World, on_both};

#[tokio::test]
async fn every_answer_tells_browsers_to_be_careful() {
    on_both(async |world| {
        for what in [
            "GET /health",
            "GET /api/v1/pools",
            "GET /ui/api/me",
            "GET /nothing",
            "POST /ui/api/login",
        ] {
            let answer = ask(world, what, &[], Value::Null).await;
            let header = |name: &str| answer.headers[name].to_str().unwrap();
            assert!(
                header("content-security-policy").contains("script-src 'self'"),
                "{what}"
            );
            assert!(
                header("content-security-policy").contains("frame-ancestors 'none'"),
                "{what}"
            );
            assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
            assert_eq!(header("cache-control"), "no-store", "{what}");
        }
    })
    .await;
}

#[tokio::test]
async fn everything_is_below_the_path_that_is_configured() {
    databases::on_both(async |database| {
        let web = WebOptions {
            base_url: "https://example.com/airflow".parse().unwrap(),
            ..WebOptions::default()
        };
        let world = World::with(database, web, false).await;
        let health = ask(&world, "GET /airflow/health", &[], Value::Null).await;
        assert_eq!(health.body["metadatabase"], json!({ "status": "healthy" }));
        let login = json!({ "username": "Admin", "password": "Admin" });
        let answer = ask(&world, "POST /airflow/ui/api/login", &[], login).await;
        assert!(
            answer.headers["set-cookie"]
                .to_str()
                .unwrap()
                .ends_with("; Secure")
        );
        let moved = ask(&world, "GET /airflow/home", &[], Value::Null).await;
        assert_eq!(
            (moved.status.as_u16(), &moved.headers["location"]),
            (302, &"/airflow/dags".parse().unwrap())
        );
        assert_eq!(ask(&world, "GET /airflowing", &[], Value::Null).await.status, 404);
        world.store.close().await;
    })
    .await;
}
