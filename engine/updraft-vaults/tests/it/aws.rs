//! AWS Secrets Manager and the Parameter Store.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use updraft_secrets::SecretsBackend;
use updraft_testing::SimulatedClock;
use updraft_vaults::open;

use crate::fake_aws::{FakeAws, KEY, TEMPORARY};
use crate::support::{PARAMETER_STORE, SECRETS_MANAGER, around, clock, is_unavailable, setting};

/// A backend that asks the played services, with keys in the environment.
fn aws(server: &FakeAws, class: &str, more: &Value) -> Arc<dyn SecretsBackend> {
    let keys = [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", "hidden")];
    with(server, class, more, &keys, clock())
}

fn with(
    server: &FakeAws,
    class: &str,
    more: &Value,
    environment: &[(&str, &str)],
    clock: Arc<SimulatedClock>,
) -> Arc<dyn SecretsBackend> {
    let mut kwargs = json!({ "region_name": "eu-central-1" });
    for (name, value) in more.as_object().unwrap() {
        kwargs[name] = value.clone();
    }
    let mut all = vec![("AWS_ENDPOINT_URL", server.address())];
    all.extend(environment);
    open(&setting(class, &kwargs), &around(&all, clock))
        .unwrap()
        .unwrap()
}

fn put(server: &FakeAws, name: &str, text: &str) {
    let secret = json!({ "Name": name, "SecretString": text });
    server.with(|known| known.secrets.insert(name.to_owned(), secret));
}

#[tokio::test]
async fn secrets_are_connections_in_several_forms() {
    let server = FakeAws::start().await;
    put(
        &server,
        "airflow/connections/uri",
        "postgres://ann:hidden@db/sales",
    );
    let of_aws = r#"{"username": "ann", "password": "hid%64en", "engine": "postgres", "host": "db", "port": 5432,
        "database": "sales", "dbInstanceIdentifier": "x", "owner": "bob"}"#;
    put(&server, "airflow/connections/fields", of_aws);
    put(&server, "airflow/variables/region", "eu");
    put(&server, "airflow/config/fernet", "key");
    server.with(|known| {
        known
            .secrets
            .insert("airflow/variables/going".to_owned(), Value::Null)
    });
    let backend = aws(&server, SECRETS_MANAGER, &json!({ "full_url_mode": false }));
    let uri = backend.connection("uri").await.unwrap().unwrap();
    assert_eq!(
        (uri.login.as_deref(), uri.password.as_deref()),
        (Some("ann"), Some("hidden"))
    );
    let fields = backend.connection("fields").await.unwrap().unwrap();
    assert_eq!(fields.to_uri(), "postgres://ann:hid%2564en@db:5432/sales");
    let decoded =
        json!({ "are_secret_values_urlencoded": true, "extra_conn_words": { "description": ["owner"] } });
    let decoded = aws(&server, SECRETS_MANAGER, &decoded)
        .connection("fields")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(decoded.password.as_deref(), Some("hidden"));
    assert_eq!(decoded.description.as_deref(), Some("bob"));
    assert_eq!(backend.variable("region").await.unwrap().as_deref(), Some("eu"));
    assert_eq!(backend.config("fernet").await.unwrap().as_deref(), Some("key"));
    assert_eq!(backend.variable("none").await.unwrap(), None);
    assert_eq!(
        backend.variable("going").await.unwrap(),
        None,
        "it is being deleted"
    );
    let signed = server.with(|known| known.signed.last().cloned()).unwrap();
    assert_eq!(
        signed,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/eu-central-1/secretsmanager/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-target"
    );
    let told = backend.check().await.unwrap();
    assert!(
        told.starts_with(&format!("`airflow/connections/*` at {}", server.address())),
        "{told}"
    );
}

#[tokio::test]
async fn names_are_made_of_prefixes_and_only_those_that_match_are_looked_up() {
    let server = FakeAws::start().await;
    put(&server, "team-db_sales", "http://h");
    put(&server, "region", "eu");
    let kwargs = json!({
        "connections_prefix": "team-", "sep": "-", "connections_lookup_pattern": "DB_", "variables_prefix": "", "config_prefix": null,
    });
    let backend = aws(&server, SECRETS_MANAGER, &kwargs);
    assert!(backend.connection("db_sales").await.unwrap().is_some());
    assert_eq!(backend.variable("region").await.unwrap().as_deref(), Some("eu"));
    let calls = || server.with(|known| known.signed.len());
    let before = calls();
    assert_eq!(backend.connection("my_db_sales").await.unwrap(), None);
    assert_eq!(backend.config("region").await.unwrap(), None);
    assert_eq!(calls(), before);
}

#[tokio::test]
async fn parameters_are_found_by_their_paths() {
    let server = FakeAws::start().await;
    server.with(|known| {
        for (path, value) in [
            ("/airflow/connections/web", "http://me:hidden@h"),
            ("/airflow/variables/region", "eu"),
            ("/region", "us"),
        ] {
            known.parameters.insert(path.to_owned(), value.to_owned());
        }
    });
    let backend = aws(&server, PARAMETER_STORE, &json!({}));
    let found = backend.connection("web").await.unwrap().unwrap();
    assert_eq!(found.password.as_deref(), Some("hidden"));
    assert_eq!(backend.variable("region").await.unwrap().as_deref(), Some("eu"));
    assert_eq!(backend.config("none").await.unwrap(), None);
    let bare = aws(
        &server,
        PARAMETER_STORE,
        &json!({ "variables_prefix": "", "connections_prefix": "airflow/connections/" }),
    );
    assert_eq!(bare.variable("region").await.unwrap().as_deref(), Some("us"));
    assert!(bare.connection("web").await.unwrap().is_some());
}

#[tokio::test]
async fn errors_say_what_to_do_and_whether_they_pass() {
    let server = FakeAws::start().await;
    let error = async |status: StatusCode, body: Value| {
        server.with(|known| known.trouble = Some((status, body)));
        let backend = aws(&server, SECRETS_MANAGER, &json!({}));
        let error = backend.variable("region").await.unwrap_err();
        format!(
            "{}: {error}",
            if is_unavailable(&error) {
                "passing"
            } else {
                "final"
            }
        )
        .replace(server.address(), "URL")
    };
    let denied =
        json!({ "__type": "com.amazon#AccessDeniedException", "Message": "User x is not\nauthorized" });
    let mut told = vec![
        error(StatusCode::BAD_REQUEST, denied).await,
        error(
            StatusCode::BAD_REQUEST,
            json!({ "__type": "ThrottlingException", "message": "Rate exceeded" }),
        )
        .await,
        error(StatusCode::BAD_REQUEST, json!({ "__type": "DecryptionFailure" })).await,
        error(StatusCode::BAD_GATEWAY, Value::Null).await,
        error(StatusCode::OK, json!({ "SecretBinary": "aGlkZGVu" })).await,
    ];
    let wrong = [
        ("AWS_ACCESS_KEY_ID", "AKIDWRONG"),
        ("AWS_SECRET_ACCESS_KEY", "hidden"),
    ];
    let backend = with(&server, SECRETS_MANAGER, &json!({}), &wrong, clock());
    told.push(
        backend
            .variable("region")
            .await
            .unwrap_err()
            .to_string()
            .replace(server.address(), "URL"),
    );
    let role = json!({ "role_arn": "arn:aws:iam::1:role/denied" });
    let backend = aws(&server, SECRETS_MANAGER, &role);
    told.push(
        backend
            .variable("region")
            .await
            .unwrap_err()
            .to_string()
            .replace(server.address(), "URL"),
    );
    let told = told.join("\n");
    assert!(!told.contains("hidden"), "{told}");
    insta::assert_snapshot!(told);
}

/// A folder with the files that people have in their homes.
fn home_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let profiles = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = hidden\n\
                    [team]\nAWS_ACCESS_KEY_ID=AKIDTEAM\naws_secret_access_key=hidden\naws_session_token = of-the-team\n";
    std::fs::create_dir(folder.path().join(".aws")).unwrap();
    std::fs::write(folder.path().join(".aws/credentials"), profiles).unwrap();
    let config = "[profile sso]\nregion = us-east-1\nsso_session = x\n";
    std::fs::write(folder.path().join(".aws/config"), config).unwrap();
    std::fs::write(folder.path().join("token"), "web-identity\n").unwrap();
    folder
}

/// Looks something up, and sees with which keys that was.
async fn signs_with(server: &FakeAws, key: &str, kwargs: &Value, environment: &[(&str, &str)]) {
    let backend = with(server, SECRETS_MANAGER, kwargs, environment, clock());
    let found = backend.variable("region").await;
    assert_eq!(found.unwrap().as_deref(), Some("eu"), "{environment:?}");
    let signed = server.with(|known| known.signed.last().cloned()).unwrap();
    assert!(
        signed.contains(&format!("Credential={key}")),
        "{environment:?}: {signed}"
    );
}

#[tokio::test]
async fn keys_are_given_or_stand_in_profiles() {
    let server = FakeAws::start().await;
    put(&server, "airflow/variables/region", "eu");
    server.with(|known| known.keys.insert("AKIDTEAM".to_owned()));
    let folder = home_folder();
    let home = ("HOME", folder.path().to_str().unwrap());
    let given = json!({ "aws_access_key_id": KEY, "aws_secret_access_key": "hidden" });
    signs_with(&server, KEY, &given, &[]).await;
    signs_with(&server, KEY, &json!({}), &[home]).await;
    let others = [home, ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")];
    signs_with(&server, "AKIDTEAM", &json!({ "profile_name": "team" }), &others).await;
    signs_with(&server, "AKIDTEAM", &json!({}), &[home, ("AWS_PROFILE", "team")]).await;
    let token = server.with(|known| known.session_tokens.last().cloned()).unwrap();
    assert_eq!(token.as_deref(), Some("of-the-team"));
    let sso = setting(SECRETS_MANAGER, &json!({ "profile_name": "sso" }));
    let error = open(&sso, &around(&[home], clock())).map(|_| ()).unwrap_err();
    let told = crate::support::chain(&error);
    let expected = "profile `sso` gets its keys by `sso_session`, which is not supported here";
    assert!(told.contains(expected), "{told}");
}

#[tokio::test]
async fn keys_are_given_for_a_while_by_roles_containers_and_machines() {
    let server = FakeAws::start().await;
    put(&server, "airflow/variables/region", "eu");
    let folder = home_folder();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (home, token) = (path(""), path("token"));
    let container = format!("{}/container", server.address());
    let identity = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ROLE_ARN", "arn:r"),
    ];
    signs_with(&server, TEMPORARY, &json!({}), &identity).await;
    let in_container = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"),
    ];
    signs_with(&server, TEMPORARY, &json!({}), &in_container).await;
    let machine = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.address())];
    signs_with(&server, TEMPORARY, &json!({}), &machine).await;
    let role = json!({ "role_arn": "arn:r", "external_id": "x y" });
    signs_with(&server, TEMPORARY, &role, &[("HOME", home.as_str())]).await;
    assert_eq!(
        server.with(|known| known.forms.clone()),
        [
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Ar&RoleSessionName=updraft&WebIdentityToken=web-identity",
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Ar&RoleSessionName=updraft&ExternalId=x+y",
        ]
    );
    let token = server.with(|known| known.session_tokens.last().cloned()).unwrap();
    assert_eq!(token.as_deref(), Some("session"));
}

#[tokio::test]
async fn keys_are_renewed_before_they_expire_and_when_they_are_refused() {
    let server = FakeAws::start().await;
    put(&server, "airflow/variables/region", "eu");
    let clock = clock();
    let machine = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.address())];
    let backend = with(&server, SECRETS_MANAGER, &json!({}), &machine, Arc::clone(&clock));
    let given = async |expected: u32| {
        assert_eq!(backend.variable("region").await.unwrap().as_deref(), Some("eu"));
        assert_eq!(server.with(|known| known.given), expected);
    };
    given(1).await;
    given(1).await;
    server.with(|known| known.keys.clear());
    given(2).await;
    clock.advance(Duration::from_mins(54));
    given(2).await;
    clock.advance(Duration::from_mins(2));
    given(3).await;
}

#[tokio::test]
async fn who_has_no_keys_is_told_where_they_may_come_from() {
    let server = FakeAws::start().await;
    let nowhere = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")];
    let backend = with(&server, SECRETS_MANAGER, &json!({}), &nowhere, clock());
    let told = backend.variable("region").await.unwrap_err().to_string();
    assert!(
        told.contains("there are no keys for AWS") && told.contains("set `AWS_ACCESS_KEY_ID`"),
        "{told}"
    );
    let far = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://keys.example/")];
    let kwargs = setting(SECRETS_MANAGER, &json!({ "region_name": "eu-central-1" }));
    assert!(
        open(&kwargs, &around(&far, clock())).is_err(),
        "a token does not go there without TLS"
    );
}
