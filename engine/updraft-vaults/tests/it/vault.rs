//! HashiCorp Vault.

use std::sync::Arc;

use serde_json::{Value, json};
use updraft_secrets::SecretsBackend;
use updraft_testing::vault::{FakeVault, JWT, PASSWORD, ROLE_ID, SECRET_ID, TOKEN};
use updraft_vaults::open;

use crate::support::{VAULT, around, backend, clock, is_unavailable, setting};

/// The arguments of a server, with these in addition.
fn kwargs(server: &FakeVault, more: &Value) -> Value {
    let mut all = json!({ "url": server.address(), "token": TOKEN });
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

fn vault(server: &FakeVault, more: &Value) -> Arc<dyn SecretsBackend> {
    backend(VAULT, &kwargs(server, more))
}

fn approle() -> Value {
    json!({ "auth_type": "approle", "role_id": ROLE_ID, "secret_id": SECRET_ID })
}

#[tokio::test]
async fn both_versions_of_the_engine_are_read() {
    let server = FakeVault::start();
    for (version, mount) in [(1, "kv"), (2, "secret")] {
        server.put(
            &format!("{mount}/connections/uri"),
            json!({ "conn_uri": "postgres://ann:hidden@db:5432/sales" }),
        );
        let fields = json!({ "conn_type": "http", "host": "h", "port": "81", "extra": { "a": 1 } });
        server.put(&format!("{mount}/connections/fields"), fields);
        server.put(&format!("{mount}/variables/region"), json!({ "value": "eu" }));
        server.put(&format!("{mount}/variables/number"), json!({ "value": 3 }));
        server.put(&format!("{mount}/config/fernet"), json!({ "value": "key" }));
        let vault = vault(
            &server,
            &json!({ "kv_engine_version": version, "mount_point": mount }),
        );
        let uri = vault.connection("uri").await.unwrap().unwrap();
        assert_eq!((uri.password.as_deref(), uri.port), (Some("hidden"), Some(5432)));
        let fields = vault.connection("fields").await.unwrap().unwrap();
        assert_eq!(
            (fields.port, fields.extra.as_deref()),
            (Some(81), Some(r#"{"a": 1}"#))
        );
        assert_eq!(vault.variable("region").await.unwrap().as_deref(), Some("eu"));
        assert_eq!(vault.variable("number").await.unwrap().as_deref(), Some("3"));
        assert_eq!(vault.config("fernet").await.unwrap().as_deref(), Some("key"));
    }
}

#[tokio::test]
async fn what_is_not_there_is_nowhere_and_deleted_versions_are_not_there() {
    let server = FakeVault::start();
    server.put("secret/variables/old", json!({ "value": "gone" }));
    let vault = vault(&server, &json!({ "connections_path": null }));
    assert_eq!(vault.variable("old").await.unwrap().as_deref(), Some("gone"));
    server.delete("secret/variables/old");
    assert_eq!(vault.variable("old").await.unwrap(), None);
    assert_eq!(vault.variable("never").await.unwrap(), None);
    let before = server.calls().len();
    assert_eq!(vault.connection("any").await.unwrap(), None);
    assert_eq!(
        server.calls().len(),
        before,
        "connections are not looked up there"
    );
}

#[tokio::test]
async fn names_do_not_lead_out_of_their_place() {
    let server = FakeVault::start();
    server.put("secret/other", json!({ "value": "not for tasks" }));
    server.put("secret/variables/a b?c#d%", json!({ "value": "odd" }));
    let vault = vault(&server, &json!({}));
    for name in ["../other", "x/../../other", "./../other"] {
        assert_eq!(vault.variable(name).await.unwrap(), None, "{name}");
    }
    assert!(server.calls().is_empty(), "{:?}", server.calls());
    assert_eq!(
        vault.variable("a b?c#d%").await.unwrap(),
        None,
        "the server keeps what it was asked for"
    );
    assert_eq!(server.calls(), ["secret/data/variables/a%20b%3Fc%23d%25"]);
}

#[tokio::test]
async fn ids_name_the_mount_point_if_the_settings_do_not() {
    let server = FakeVault::start();
    server.put("secret/variables/region", json!({ "value": "eu" }));
    let vault = vault(&server, &json!({ "mount_point": null }));
    assert_eq!(
        vault.variable("secret/region").await.unwrap().as_deref(),
        Some("eu")
    );
    assert_eq!(vault.variable("region").await.unwrap(), None);
    assert_eq!(vault.variable("elsewhere/region").await.unwrap(), None);
}

#[tokio::test]
async fn one_logs_in_in_several_ways() {
    let server = FakeVault::start();
    server.put("secret/variables/region", json!({ "value": "eu" }));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (jwt, token) = (
        file("jwt", &format!("{JWT}\n")),
        file("token", &format!("{TOKEN}\n")),
    );
    let kubernetes =
        json!({ "auth_type": "kubernetes", "kubernetes_role": "updraft", "kubernetes_jwt_path": jwt });
    let mut elsewhere = kubernetes.clone();
    elsewhere["auth_mount_point"] = json!("cluster/eu");
    let ways = [
        approle(),
        kubernetes,
        elsewhere,
        json!({ "auth_type": "jwt", "jwt_role": "updraft", "jwt_token_path": jwt }),
        json!({ "auth_type": "userpass", "username": "ann", "password": PASSWORD }),
        json!({ "token": null, "token_path": token }),
    ];
    for way in &ways {
        let vault = vault(&server, way);
        assert_eq!(
            vault.variable("region").await.unwrap().as_deref(),
            Some("eu"),
            "{way}"
        );
        assert_eq!(
            vault.variable("region").await.unwrap().as_deref(),
            Some("eu"),
            "{way}"
        );
    }
    assert_eq!(server.logins(), 5, "once each, and a token needs none");
    let environment = [
        ("VAULT_ADDR", server.address()),
        ("VAULT_TOKEN", TOKEN),
        ("VAULT_NAMESPACE", "team"),
    ];
    let setting = setting(VAULT, &json!({}));
    let vault = open(&setting, &around(&environment, clock())).unwrap().unwrap();
    assert_eq!(vault.variable("region").await.unwrap().as_deref(), Some("eu"));
    assert_eq!(server.namespace().as_deref(), Some("team"));
}

#[tokio::test]
async fn a_token_that_has_expired_is_renewed_once() {
    let server = FakeVault::start();
    server.put("secret/variables/region", json!({ "value": "eu" }));
    let by_role = vault(&server, &approle());
    let by_token = vault(&server, &json!({}));
    for expected in [1, 2] {
        assert_eq!(by_role.variable("region").await.unwrap().as_deref(), Some("eu"));
        assert_eq!(server.logins(), expected);
        server.expire_tokens();
    }
    let error = by_token.variable("region").await.unwrap_err();
    let place = format!("`secret/variables/region` at {}", server.address());
    assert_eq!(
        error.to_string(),
        format!(
            "VaultBackend refuses {place}: the token that is given is not valid, or not any more; give a new one"
        )
    );
}

#[tokio::test]
async fn what_may_not_be_read_is_told_and_costs_no_login() {
    let server = FakeVault::start();
    let vault = vault(&server, &approle());
    let error = vault.variable("forbidden/region").await.unwrap_err().to_string();
    assert!(
        error.contains("the policies of its token do not allow to read there"),
        "{error}"
    );
    assert!(error.contains("`secret/variables/forbidden/region`"), "{error}");
    assert!(vault.variable("forbidden/other").await.is_err());
    assert_eq!(server.logins(), 1);
}

#[tokio::test]
async fn errors_say_what_to_do_and_hold_no_secret() {
    let server = FakeVault::start();
    server.put(
        "secret/connections/odd",
        json!({ "conn_uri": "no uri, but hidden" }),
    );
    server.put("secret/variables/odd", json!({ "other": "hidden" }));
    let error = async |more: Value| {
        let vault = vault(&server, &more);
        let error = match vault.variable("odd").await {
            Ok(found) => panic!("{more} gives {found:?}"),
            Err(error) => error,
        };
        let told = error.to_string();
        assert!(
            !told.contains("hidden") && !told.contains(TOKEN) && !told.contains(SECRET_ID),
            "{told}"
        );
        assert!(!format!("{vault:?}").contains(TOKEN));
        told.replace(server.address(), "URL")
    };
    let mut told = vec![
        error(json!({})).await,
        error(json!({ "mount_point": "nowhere" })).await,
        error(json!({ "kv_engine_version": 1 })).await,
        error(json!({ "auth_type": "approle", "role_id": ROLE_ID, "secret_id": "wrong" })).await,
        error(json!({ "auth_type": "approle", "role_id": ROLE_ID, "auth_mount_point": "nowhere" })).await,
        error(json!({ "token": null, "token_path": "/nowhere/token" })).await,
    ];
    let connection = vault(&server, &json!({}))
        .connection("odd")
        .await
        .unwrap_err()
        .to_string();
    told.push(connection.replace(server.address(), "URL"));
    server.seal(true);
    let sealed = vault(&server, &json!({})).variable("odd").await.unwrap_err();
    assert!(is_unavailable(&sealed));
    told.push(sealed.to_string().replace(server.address(), "URL"));
    let nobody = backend(
        VAULT,
        &json!({ "url": "http://me:secret@127.0.0.1:1", "token": TOKEN }),
    );
    let unreachable = nobody.variable("odd").await.unwrap_err();
    assert!(is_unavailable(&unreachable));
    told.push(unreachable.to_string());
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn a_check_looks_into_every_place() {
    let server = FakeVault::start();
    let good = vault(&server, &json!({ "config_path": null }))
        .check()
        .await
        .unwrap();
    assert_eq!(
        good,
        format!("`secret/connections`, `secret/variables` at {}", server.address())
    );
    let denied = vault(&server, &json!({ "config_path": "forbidden" }))
        .check()
        .await;
    assert!(
        denied
            .unwrap_err()
            .to_string()
            .contains("`secret/forbidden/updraft_doctor`")
    );
    let anywhere = vault(&server, &json!({ "mount_point": null }));
    assert_eq!(anywhere.check().await.unwrap(), server.address());
    server.expire_tokens();
    assert!(anywhere.check().await.is_err());
}
