//! Files as a backend.

use serde_json::json;

use crate::support::{LOCAL_FILES, backend};

#[tokio::test]
async fn files_are_read_at_each_look_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(
        path("connections.yaml"),
        "uri: http://me:hidden@h\nfields:\n  conn_type: http\n  host: i\n  extra_dejson: {a: 1}\n\
         one: ['http://j']\nbad: 3\n",
    )
    .unwrap();
    std::fs::write(
        path("variables.json"),
        r#"{"region": "eu", "rates": {"vat": 19}}"#,
    )
    .unwrap();
    let kwargs = json!({
        "connections_file_path": path("connections.yaml"),
        "variables_file_path": path("variables.json"),
    });
    let files = backend(LOCAL_FILES, &kwargs);
    let host = async |id: &str| files.connection(id).await.unwrap().and_then(|found| found.host);
    assert_eq!(host("uri").await.as_deref(), Some("h"));
    assert_eq!(host("one").await.as_deref(), Some("j"));
    assert_eq!(host("none").await, None);
    let fields = files.connection("fields").await.unwrap().unwrap();
    assert_eq!(fields.extra.as_deref(), Some(r#"{"a": 1}"#));
    assert_eq!(
        files.variable("rates").await.unwrap().as_deref(),
        Some(r#"{"vat":19}"#)
    );
    assert_eq!(files.config("any").await.unwrap(), None);
    assert!(files.check().await.unwrap().starts_with("4 in `"));
    let error = files.connection("bad").await.unwrap_err().to_string();
    assert!(error.contains("connection `bad`"), "{error}");

    std::fs::write(path("variables.json"), r#"{"region": "hidden""#).unwrap();
    let error = files.variable("region").await.unwrap_err().to_string();
    assert!(
        error.contains("is no JSON object, at line 1") && !error.contains("hidden"),
        "{error}"
    );
    std::fs::write(path("variables.json"), r#"{"region": "us"}"#).unwrap();
    assert_eq!(files.variable("region").await.unwrap().as_deref(), Some("us"));
    std::fs::remove_file(path("variables.json")).unwrap();
    let error = files.check().await.unwrap_err().to_string();
    assert!(error.contains("No such file"), "{error}");
}
