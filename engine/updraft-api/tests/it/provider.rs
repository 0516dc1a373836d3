//! An identity provider as OpenID Connect has it, which lets in whom a test names and notes what it is asked. It demands what real ones do:
//! a known client with its secret, the address that the code was given for, and the verifier of its challenge.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) const CLIENT: (&str, &str) = ("updraft", "a secret: of/this+client");
const KEY_NAME: &str = "of these tests";

/// A running provider. It ends with the test.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

/// What was asked for when a code was given, and what is said of whom.
type Granted = (BTreeMap<String, String>, Value);

struct Shared {
    issuer: String,
    key: Mutex<EcdsaKeyPair>,
    /// What the next token says otherwise than it should.
    changed: Mutex<BTreeMap<String, Value>>,
    /// Codes that were given.
    codes: Mutex<BTreeMap<String, Granted>>,
}

fn pair() -> EcdsaKeyPair {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap()
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realms/one", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            issuer: issuer.clone(),
            key: Mutex::new(pair()),
            changed: Mutex::default(),
            codes: Mutex::default(),
        });
        let router = Router::new()
            .route("/realms/one/.well-known/openid-configuration", get(configuration))
            .route("/realms/one/keys", get(keys))
            .route("/realms/one/token", post(token))
            .with_state(Arc::clone(&shared));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            issuer,
            shared,
            _server: server,
        }
    }

    /// Signs with another key from now on, and publishes it.
    pub(crate) fn change_key(&self) {
        *self.shared.key.lock().unwrap() = pair();
    }

    /// Has tokens say something else; null: nothing.
    pub(crate) fn say(&self, claim: &str, value: Value) {
        self.shared
            .changed
            .lock()
            .unwrap()
            .insert(claim.to_owned(), value);
    }

    /// Has tokens say what they should.
    pub(crate) fn behave(&self) {
        self.shared.changed.lock().unwrap().clear();
    }

    /// What a browser brings back that was sent to an address of this provider, where these claims were found true of a person.
    pub(crate) fn visit(&self, address: &str, claims: Value) -> String {
        let (endpoint, query) = address.split_once('?').unwrap();
        assert_eq!(endpoint, format!("{}/authorize", self.issuer));
        let asked: BTreeMap<String, String> = serde_html_form::from_str(query).unwrap();
        assert_eq!(
            (
                &*asked["response_type"],
                &*asked["client_id"],
                &*asked["code_challenge_method"]
            ),
            ("code", CLIENT.0, "S256")
        );
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        let mut codes = self.shared.codes.lock().unwrap();
        let code = format!("code {}", codes.len());
        let state = asked["state"].clone();
        codes.insert(code.clone(), (asked, claims));
        serde_html_form::to_string([("code", code), ("state", state)]).unwrap()
    }
}

async fn configuration(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let at = |name: &str| format!("{}/{name}", shared.issuer);
    Json(json!({
        "issuer": shared.issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "jwks_uri": at("keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let key = shared.key.lock().unwrap();
    let point = key.public_key().as_ref();
    let part = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let name = part(&point[1..9]);
    Json(json!({ "keys": [
        { "kty": "oct", "kid": KEY_NAME },
        { "kty": "EC", "crv": "P-256", "kid": name, "use": "sig", "alg": "ES256", "x": part(&point[1..33]), "y": part(&point[33..]) },
    ] }))
}

async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error })));
    let form: BTreeMap<String, String> = serde_html_form::from_str(&body).unwrap();
    let header = headers["authorization"]
        .to_str()
        .unwrap()
        .strip_prefix("Basic ")
        .unwrap();
    let login = String::from_utf8(STANDARD.decode(header).unwrap()).unwrap();
    let (id, secret) = login.split_once(':').unwrap();
    let plain = |text: &str| -> String {
        let read: Vec<(String, String)> = serde_html_form::from_str(&format!("x={text}")).unwrap();
        read[0].1.clone()
    };
    if (plain(id).as_str(), plain(secret).as_str()) != CLIENT {
        return refuse("invalid_client");
    }
    // A code counts once.
    let Some((asked, told)) = shared.codes.lock().unwrap().remove(&form["code"]) else {
        return refuse("invalid_grant");
    };
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
    if asked["code_challenge"] != challenge || asked["redirect_uri"] != form["redirect_uri"] {
        return refuse("invalid_grant");
    }
    let mut claims = json!({
        "iss": shared.issuer, "aud": CLIENT.0, "nonce": asked["nonce"], "iat": 1_705_039_200, "exp": 1_705_039_500,
    });
    let claims_of = claims.as_object_mut().unwrap();
    claims_of.extend(told.as_object().unwrap().clone());
    claims_of.extend(shared.changed.lock().unwrap().clone());
    claims_of.retain(|_, value| !value.is_null());
    let key = shared.key.lock().unwrap();
    let name = URL_SAFE_NO_PAD.encode(&key.public_key().as_ref()[1..9]);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!(
        "{}.{}",
        part(&json!({ "alg": "ES256", "kid": name })),
        part(&claims)
    );
    let signature = key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    let token = format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature));
    (
        StatusCode::OK,
        Json(json!({ "access_token": "x", "token_type": "Bearer", "id_token": token })),
    )
}
