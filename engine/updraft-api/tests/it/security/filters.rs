//! What somebody searches for is a value and never a part of a statement: every parameter of every list.

use serde_json::Value;
use updraft_api::documents;

use super::filled;
use crate::support::{World, on_both};

/// Texts that end a value of SQL, or mean something there.
const TEXTS: [&str; 3] = [
    "' OR '1'='1'; DROP TABLE slot_pool; --",
    "\" OR 1=1) UNION SELECT password_hash FROM account -- \\'; SELECT pg_sleep(9)",
    "$1 ~%_\\",
];

fn encoded(text: &str) -> String {
    let encoded: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    encoded.concat()
}

/// The parameters that the queries of `GET` calls have, by path.
pub(super) fn parameters() -> Vec<(String, String)> {
    let documents = documents();
    let mut found = Vec::new();
    for document in [&documents.v1, &documents.v2, &documents.ui] {
        let prefix = document["servers"][0]["url"]
            .as_str()
            .unwrap_or_default()
            .trim_end_matches('/');
        for (path, operations) in document["paths"].as_object().unwrap() {
            let path = if path.starts_with("/api") || path.starts_with("/auth") || path.starts_with("/ui") {
                path.clone()
            } else {
                format!("{prefix}{path}")
            };
            let parameters = operations["get"]["parameters"].as_array().into_iter().flatten();
            for parameter in parameters.filter(|parameter| parameter["in"] == "query") {
                found.push((path.clone(), parameter["name"].as_str().unwrap().to_owned()));
            }
        }
    }
    found.retain(|(path, _)| path != "/ui/api/events" && !path.ends_with("/wait"));
    assert!(found.len() > 300, "{}", found.len());
    found
}

/// What was there before and has to be there afterwards.
async fn counts(world: &World) -> Vec<usize> {
    let store = &world.store;
    vec![
        store.pools().await.unwrap().len(),
        store.users().await.unwrap().len(),
        store.roles().await.unwrap().len(),
        store.variables().await.unwrap().len(),
    ]
}

#[tokio::test]
async fn no_parameter_of_a_query_is_read_as_sql() {
    on_both(async |world| {
        world.record_dags().await;
        world
            .store
            .set_variable("k", "opensesame", None, crate::support::now())
            .await
            .unwrap();
        let before = counts(world).await;
        let token = world.token("Admin").await;
        let bearer = format!("Bearer {token}");
        for (path, name) in parameters() {
            let path = filled(&path, "sales");
            for text in TEXTS {
                let what = format!("GET {path}?{name}={}", encoded(text));
                let answer =
                    crate::sessions::ask(world, &what, &[("authorization", &bearer)], Value::Null).await;
                assert!(answer.status.as_u16() < 500, "{what}: {}", answer.body);
                assert!(
                    !answer.body.to_string().contains("$argon2"),
                    "{what}: {}",
                    answer.body
                );
            }
        }
        assert_eq!(counts(world).await, before);
    })
    .await;
}
