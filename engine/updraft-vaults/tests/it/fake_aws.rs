//! Services of AWS that are played: Secrets Manager, Systems Manager, the Security Token Service, and those beside a machine and a
//! container.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Keys that are good from the beginning.
pub(crate) const KEY: &str = "AKIDEXAMPLE";
/// What the machine, the container and roles give, followed by a number.
pub(crate) const TEMPORARY: &str = "ASIAEXAMPLE";

pub(crate) struct FakeAws {
    address: String,
    known: Arc<Mutex<Known>>,
    /// Dropping it ends the services.
    _serving: JoinSet<()>,
}

#[derive(Default)]
pub(crate) struct Known {
    pub(crate) secrets: BTreeMap<String, Value>,
    pub(crate) parameters: BTreeMap<String, String>,
    /// Access keys that are let in.
    pub(crate) keys: BTreeSet<String>,
    /// What the next call is answered with.
    pub(crate) trouble: Option<(StatusCode, Value)>,
    /// `Authorization` of the calls, up to the signature.
    pub(crate) signed: Vec<String>,
    pub(crate) session_tokens: Vec<Option<String>>,
    pub(crate) forms: Vec<String>,
    pub(crate) given: u32,
}

impl FakeAws {
    pub(crate) async fn start() -> Self {
        let known = Arc::new(Mutex::new(Known {
            keys: BTreeSet::from([KEY.to_owned()]),
            ..Known::default()
        }));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::clone(&known);
        let router =
            Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let known = Arc::clone(&state);
                async move { answer(&known, &method, &uri, &headers, &body) }
            });
        let mut serving = JoinSet::new();
        serving.spawn(async { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            known,
            _serving: serving,
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What it knows, to look at or to change.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.known.lock().unwrap())
    }
}

fn answer(known: &Mutex<Known>, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
    let mut known = known.lock().unwrap();
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    if let Some(answer) = beside(&mut known, method, uri.path(), headers) {
        return answer;
    }
    if let Some((status, body)) = known.trouble.take() {
        return (status, Json(body)).into_response();
    }
    if header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return role(&mut known, &String::from_utf8_lossy(body));
    }
    let authorization = header("authorization").unwrap_or_default();
    let scope = authorization.split(", Signature=").next().unwrap_or_default();
    known.signed.push(scope.to_owned());
    known.session_tokens.push(header("x-amz-security-token"));
    let key = scope
        .split("Credential=")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    if !key.is_some_and(|key| known.keys.contains(key)) {
        return error(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        );
    }
    let asked: Value = serde_json::from_slice(body).unwrap();
    match header("x-amz-target").as_deref() {
        Some("secretsmanager.GetSecretValue") => match known.secrets.get(asked["SecretId"].as_str().unwrap())
        {
            Some(Value::Null) => error(
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for deletion.",
            ),
            Some(secret) => Json(secret.clone()).into_response(),
            None => error(
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret.",
            ),
        },
        Some("AmazonSSM.GetParameter") if asked["WithDecryption"] == true => {
            match known.parameters.get(asked["Name"].as_str().unwrap()) {
                Some(value) => {
                    Json(json!({ "Parameter": { "Value": value, "Type": "SecureString" } })).into_response()
                }
                None => error("ParameterNotFound", ""),
            }
        }
        other => panic!("nobody asks for {other:?}"),
    }
}

fn error(code: &str, message: &str) -> Response {
    let body = json!({ "__type": code, "message": message });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// A new access key, which is let in.
fn new_key(known: &mut Known) -> String {
    known.given += 1;
    let key = format!("{TEMPORARY}{}", known.given);
    known.keys.insert(key.clone());
    key
}

/// The metadata service of a machine, and the service for containers.
fn beside(known: &mut Known, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    let roles = "/latest/meta-data/iam/security-credentials/";
    let has = |name: &str, value: &str| headers.get(name).is_some_and(|given| given == value);
    let document = |known: &mut Known| {
        let key = new_key(known);
        Json(json!({
            "AccessKeyId": key, "SecretAccessKey": "hidden", "Token": "session", "Expiration": "2026-03-01T13:00:00Z",
        }))
        .into_response()
    };
    match path {
        "/latest/api/token" if method == Method::PUT => Some("metadata-token".into_response()),
        path if path.starts_with(roles) && !has("x-aws-ec2-metadata-token", "metadata-token") => {
            Some(StatusCode::UNAUTHORIZED.into_response())
        }
        path if path == roles => Some("the-role\n".into_response()),
        path if path.strip_prefix(roles) == Some("the-role") => Some(document(known)),
        "/container" if has("authorization", "container-token") => Some(document(known)),
        "/container" => Some(StatusCode::FORBIDDEN.into_response()),
        _ => None,
    }
}

fn role(known: &mut Known, form: &str) -> Response {
    known.forms.push(form.to_owned());
    if form.contains("denied") {
        let xml = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
        return (StatusCode::FORBIDDEN, xml).into_response();
    }
    let key = new_key(known);
    let xml = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials>\n<AccessKeyId>{key}</AccessKeyId>\
         <SecretAccessKey>hidden</SecretAccessKey><SessionToken>session</SessionToken>\
         <Expiration>2026-03-01T13:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    );
    xml.into_response()
}
