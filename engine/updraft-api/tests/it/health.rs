//! Health and version, which everybody may ask for.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use updraft_store::Holder;

use crate::support::{World, now, on_both};

async fn get(world: &World, uri: &str) -> Value {
    let answer = world.send(Request::get(uri).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.body
}

#[tokio::test]
async fn a_scheduler_is_healthy_while_it_gives_signs_of_life() {
    on_both(async |world| {
        assert_eq!(
            get(world, "/api/v1/version").await,
            json!({ "version": "1.2.3", "git_version": null })
        );
        let scheduler = async || get(world, "/api/v1/health").await["scheduler"].clone();
        assert_eq!(scheduler().await["status"], "unhealthy");
        let holder = Holder {
            hostname: "here".to_owned(),
            pid: 1,
        };
        let ttl = Duration::from_secs(10);
        world
            .store
            .acquire_scheduler(&holder, now(), ttl, |_| true)
            .await
            .unwrap();
        let beat = "2024-01-12T06:00:00+00:00";
        assert_eq!(
            scheduler().await,
            json!({ "status": "healthy", "latest_scheduler_heartbeat": beat })
        );
        let v2 = get(world, "/api/v2/monitor/health").await;
        assert_eq!(
            v2["scheduler"]["latest_scheduler_heartbeat"],
            "2024-01-12T06:00:00Z"
        );
        assert_eq!(v2["metadatabase"]["status"], "healthy");
        world.clock.advance(Duration::from_secs(31));
        assert_eq!(scheduler().await["status"], "unhealthy");
    })
    .await;
}

#[tokio::test]
async fn health_is_told_also_to_those_whose_credentials_are_wrong() {
    on_both(async |world| {
        let request = Request::get("/api/v1/health").header("authorization", "Basic Og==");
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK);
    })
    .await;
}
