//! What the configuration may say.

use serde_json::{Value, json};
use updraft_vaults::open;

use crate::support::{LOCAL_FILES, PARAMETER_STORE, SECRETS_MANAGER, VAULT, around, chain, clock, setting};

#[test]
fn what_cannot_be_used_is_named_with_what_would_be_right() {
    let cases: &[(&str, Value)] = &[
        (
            "airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend",
            json!({}),
        ),
        (VAULT, json!({})),
        (
            VAULT,
            json!({ "token": "hidden", "radius_host": "h", "session": 1 }),
        ),
        (VAULT, json!({ "token": "hidden", "kv_engine_version": 3 })),
        (VAULT, json!({ "token": "hidden", "url": "vault.example" })),
        (VAULT, json!({ "token": "hidden", "verify": "/nowhere/ca.pem" })),
        (VAULT, json!({ "token": ["hidden"] })),
        (VAULT, json!({ "auth_type": "approle", "secret_id": "hidden" })),
        (VAULT, json!({ "auth_type": "kubernetes" })),
        (VAULT, json!({ "auth_type": "gcp", "token": "hidden" })),
        (SECRETS_MANAGER, json!({})),
        (SECRETS_MANAGER, json!({ "region_name": "eu/central" })),
        (
            SECRETS_MANAGER,
            json!({ "region_name": "eu-central-1", "extra_conn_words": { "no": [] } }),
        ),
        (
            SECRETS_MANAGER,
            json!({ "region_name": "eu-central-1", "profile_name": "missing" }),
        ),
        (
            PARAMETER_STORE,
            json!({ "region_name": "eu-central-1", "connections_lookup_pattern": "(?=x)" }),
        ),
        (
            PARAMETER_STORE,
            json!({ "region_name": "eu-central-1", "sep": "/" }),
        ),
        (LOCAL_FILES, json!({ "path": "x" })),
    ];
    let mut told = Vec::new();
    for (class, kwargs) in cases {
        let error = open(&setting(class, kwargs), &around(&[], clock()))
            .map(|_| ())
            .unwrap_err();
        told.push(chain(&error));
    }
    let told = told.join("\n");
    assert!(!told.contains("hidden"), "{told}");
    insta::assert_snapshot!(told);
}

#[test]
fn arguments_that_are_no_object_are_not_shown() {
    let mut broken = setting(VAULT, &json!({}));
    broken.kwargs = "{\"token\": hidden".to_owned();
    let error = open(&broken, &around(&[], clock())).map(|_| ()).unwrap_err();
    let told = chain(&error);
    assert!(
        told.starts_with("the arguments are no JSON object, at line 1"),
        "{told}"
    );
    assert!(!told.contains("hidden"), "{told}");
}

#[test]
fn places_that_are_asked_anyway_are_no_backend() {
    let ours = "airflow.secrets.environment_variables.EnvironmentVariablesBackend";
    for class in ["", " ", ours] {
        assert!(
            open(&setting(class, &json!({})), &around(&[], clock()))
                .unwrap()
                .is_none()
        );
    }
}

#[test]
fn single_arguments_come_before_those_of_the_object() {
    let mut given = setting(VAULT, &json!({ "token": "one", "url": "http://h" }));
    given.single.insert("token".to_owned(), "two".to_owned());
    given
        .single
        .insert("kv_engine_version".to_owned(), "1".to_owned());
    let all = given.arguments().unwrap();
    assert_eq!(
        Value::from(all),
        json!({ "token": "two", "url": "http://h", "kv_engine_version": "1" })
    );
    assert!(open(&given, &around(&[], clock())).unwrap().is_some());
    assert!(!format!("{given:?}").contains("two"));
}
