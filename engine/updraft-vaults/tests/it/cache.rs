//! What is remembered of a backend.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use updraft_secrets::SecretsBackend;
use updraft_testing::vault::{FakeVault, TOKEN};
use updraft_vaults::Cached;

use crate::support::{VAULT, backend, clock};

#[tokio::test]
async fn answers_are_remembered_for_a_while_and_errors_are_not() {
    let server = FakeVault::start();
    server.put("secret/variables/region", json!({ "value": "eu" }));
    server.put("secret/connections/web", json!({ "conn_uri": "http://h" }));
    let clock = clock();
    let vault = backend(VAULT, &json!({ "url": server.address(), "token": TOKEN }));
    let cached = Cached::new(vault, SignedDuration::from_mins(1), Arc::clone(&clock) as _);
    for _ in 0..3 {
        assert_eq!(cached.variable("region").await.unwrap().as_deref(), Some("eu"));
        assert_eq!(cached.variable("none").await.unwrap(), None);
        assert!(cached.connection("web").await.unwrap().is_some());
    }
    assert_eq!(server.calls().len(), 3, "each is asked for once");
    server.put("secret/variables/region", json!({ "value": "us" }));
    clock.advance(Duration::from_mins(1));
    server.seal(true);
    assert!(cached.variable("region").await.is_err());
    server.seal(false);
    assert_eq!(cached.variable("region").await.unwrap().as_deref(), Some("us"));
}
