//! A Vault server that is played: the part of the API that reads secrets, with the answers of Vault 1.18.
//!
//! Mounted are `secret` (KV version 2) and `kv` (KV version 1); one logs in by AppRole, Kubernetes and a password. Whatever lies below
//! `forbidden` may not be read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

/// A token that is good until the server forgets it.
pub const TOKEN: &str = "hvs.the-first-token";
/// What an AppRole logs in with.
pub const ROLE_ID: &str = "the-role";
/// What an AppRole logs in with.
pub const SECRET_ID: &str = "the-secret-of-the-role";
/// The token of a service account, and its role `updraft`.
pub const JWT: &str = "the-token-of-the-pod";
/// The password of `ann`.
pub const PASSWORD: &str = "the-password-of-ann";

/// A played Vault server. It ends with the test.
pub struct FakeVault {
    address: String,
    known: Arc<Mutex<Known>>,
    /// Dropping it ends the server.
    _stop: tokio::sync::oneshot::Sender<()>,
}

#[derive(Default)]
struct Known {
    secrets: BTreeMap<String, Value>,
    tokens: BTreeSet<String>,
    logins: u32,
    is_sealed: bool,
    namespace: Option<String>,
    calls: Vec<String>,
}

impl FakeVault {
    /// Starts one, without secrets.
    ///
    /// # Panics
    /// This machine gives no port.
    pub fn start() -> Self {
        let known = Arc::new(Mutex::new(Known {
            tokens: BTreeSet::from([TOKEN.to_owned()]),
            ..Known::default()
        }));
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("this machine has a port");
        listener
            .set_nonblocking(true)
            .expect("a new socket takes options");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::clone(&known);
        let router =
            Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let known = Arc::clone(&state);
                async move { answer(&known, &method, &uri, &headers, &body) }
            });
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime starts");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("the socket is good");
                tokio::select! {
                    _ = axum::serve(listener, router).into_future() => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address: format!("http://{address}"),
            known,
            _stop: stop,
        }
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a secret there: `mount/path`.
    pub fn put(&self, path: &str, fields: Value) {
        self.known().secrets.insert(path.to_owned(), fields);
    }

    /// Deletes the newest version of a secret.
    pub fn delete(&self, path: &str) {
        self.put(path, Value::Null);
    }

    /// Forgets all tokens, as if they had expired.
    pub fn expire_tokens(&self) {
        self.known().tokens.clear();
    }

    /// Seals it or opens it.
    pub fn seal(&self, is_sealed: bool) {
        self.known().is_sealed = is_sealed;
    }

    /// How often somebody has logged in.
    pub fn logins(&self) -> u32 {
        self.known().logins
    }

    /// The namespace that the last call named.
    pub fn namespace(&self) -> Option<String> {
        self.known().namespace.clone()
    }

    /// The paths that were asked for.
    pub fn calls(&self) -> Vec<String> {
        self.known().calls.clone()
    }
}

fn answer(known: &Mutex<Known>, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let path = uri.path().trim_start_matches("/v1/").to_owned();
    known.calls.push(path.clone());
    known.namespace = header("x-vault-namespace");
    if known.is_sealed {
        return errors(StatusCode::SERVICE_UNAVAILABLE, "Vault is sealed");
    }
    if *method == Method::POST {
        let body = serde_json::from_slice(body).unwrap_or_default();
        return log_in(&mut known, &path, &body);
    }
    let is_known = header("x-vault-token").is_some_and(|token| known.tokens.contains(&token));
    let path = path.as_str();
    if !is_known || path.contains("/forbidden/") {
        return errors(
            StatusCode::FORBIDDEN,
            "1 error occurred:\n\t* permission denied\n\n",
        );
    }
    if path == "auth/token/lookup-self" {
        return Json(json!({ "data": { "policies": ["default"] } })).into_response();
    }
    read(&known, path)
}

fn log_in(known: &mut Known, path: &str, body: &Value) -> Response {
    let is_right = match path {
        "auth/approle/login" => body["role_id"] == ROLE_ID && body["secret_id"] == SECRET_ID,
        "auth/kubernetes/login" | "auth/cluster/eu/login" | "auth/jwt/login" => {
            body["role"] == "updraft" && body["jwt"] == JWT
        }
        "auth/userpass/login/ann" => body["password"] == PASSWORD,
        _ => {
            return errors(
                StatusCode::NOT_FOUND,
                &format!("no handler for route \"{path}\". route entry not found."),
            );
        }
    };
    if !is_right {
        return errors(StatusCode::BAD_REQUEST, "invalid role or secret ID");
    }
    known.logins += 1;
    let token = format!("hvs.token-{}", known.logins);
    known.tokens.insert(token.clone());
    Json(json!({ "auth": { "client_token": token, "lease_duration": 60, "renewable": true } }))
        .into_response()
}

fn read(known: &Known, path: &str) -> Response {
    let not_found = |body: Value| (StatusCode::NOT_FOUND, Json(body)).into_response();
    let (mount, rest) = path.split_once('/').unwrap_or((path, ""));
    let name = match (mount, rest.split_once('/')) {
        ("kv", _) => rest,
        ("secret", Some(("data", name))) => name,
        ("secret", _) => {
            let warning = "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use.";
            return not_found(json!({ "data": null, "warnings": [warning] }));
        }
        _ => {
            return errors(
                StatusCode::NOT_FOUND,
                &format!("no handler for route \"{path}\". route entry not found."),
            );
        }
    };
    match (known.secrets.get(&format!("{mount}/{name}")), mount) {
        (None, _) => not_found(json!({ "errors": [] })),
        (Some(Value::Null), _) => {
            let metadata =
                json!({ "deletion_time": "2026-01-01T00:00:00Z", "destroyed": false, "version": 1 });
            not_found(json!({ "data": { "data": null, "metadata": metadata } }))
        }
        (Some(fields), "kv") => Json(json!({ "data": fields })).into_response(),
        (Some(fields), _) => {
            Json(json!({ "data": { "data": fields, "metadata": { "version": 1 } } })).into_response()
        }
    }
}

fn errors(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "errors": [text] }))).into_response()
}
