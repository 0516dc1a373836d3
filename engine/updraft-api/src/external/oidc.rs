//! An identity provider, as OpenID Connect has it: what it says of itself, its keys, and what it says of somebody for a code.
//!
//! Source: OpenID Connect Core 1.0 and Discovery 1.0.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use updraft_auth::{IdToken, JwkSet, OidcError};

/// What the provider says of itself counts for so long.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);
/// Keys are asked for again no more often than this, whoever shows tokens with unknown ones.
const KEYS_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// The provider answers within that time.
const TIME_MAX: Duration = Duration::from_secs(10);
/// The longest answer, in bytes.
const ANSWER_MAX: usize = 1 << 20;

/// An identity provider, and what it knows this installation by.
#[derive(Clone)]
pub struct OidcOptions {
    /// The provider's address.
    pub issuer: String,
    /// What it calls this installation.
    pub client_id: String,
    /// The secret that it shares with this installation, if it does.
    pub client_secret: Option<String>,
    /// What is asked for, with spaces between: `openid profile email`.
    pub scopes: String,
    /// What people are told that they log in with.
    pub name: String,
    /// The claim that names the user: `preferred_username`.
    pub username_claim: String,
    /// The claim that names the user's groups; dots lead into objects: `realm_access.roles`.
    pub groups_claim: Option<String>,
    /// Whether a user who exists is taken for the person of that name.
    pub may_link: bool,
}

/// A provider that is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no identity provider: it has to have an address that begins with `https://`, or be on this machine"
)]
pub struct InvalidIssuer(String);

/// An identity provider that is asked.
pub struct Oidc {
    options: OidcOptions,
    client: reqwest::Client,
    /// What it has said. Written by whoever asks, one at a time.
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    provider: Provider,
    keys: JwkSet,
    provider_at: Timestamp,
    keys_at: Timestamp,
}

/// What a provider says of itself.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Provider {
    issuer: String,
    pub(super) authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// Why somebody was not let in by the provider.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// It does not answer, or not as it should.
    #[error("the identity provider cannot be asked for {what}")]
    Unreachable {
        what: &'static str,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It refuses.
    #[error("the identity provider refused: {0}")]
    Refused(String),
    /// What it says of somebody does not count.
    #[error(transparent)]
    Token(#[from] OidcError),
}

#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
    error: Option<String>,
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Oidc")
    }
}

impl std::fmt::Debug for OidcOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("OidcOptions");
        shown.field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Oidc {
    /// A provider, which is asked when somebody logs in.
    ///
    /// # Errors
    /// [`InvalidIssuer`].
    pub fn new(options: OidcOptions) -> Result<Self, InvalidIssuer> {
        let invalid = || InvalidIssuer(options.issuer.clone());
        if !is_safe(&options.issuer) {
            return Err(invalid());
        }
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have installed one in between, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = reqwest::Client::builder()
            .user_agent("updraft")
            .timeout(TIME_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| invalid())?;
        Ok(Self {
            options,
            client,
            known: Mutex::new(None),
        })
    }

    pub(crate) fn options(&self) -> &OidcOptions {
        &self.options
    }

    /// What the provider says of itself.
    pub(super) async fn provider(&self, now: Timestamp) -> Result<Provider, Refusal> {
        Ok(self.known(now, SignedDuration::MAX).await?.provider)
    }

    /// What the provider says of somebody for a code, if it answers this log-in.
    pub(super) async fn claims(
        &self,
        form: &[(&str, &str)],
        nonce: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, Refusal> {
        let known = self.known(now, SignedDuration::MAX).await?;
        let token = self.id_token(&known.provider, form).await?;
        let wanted = IdToken {
            issuer: &self.options.issuer,
            client_id: &self.options.client_id,
            nonce,
        };
        match wanted.verify(&token, &known.keys, now) {
            Err(OidcError::UnknownKey) => {
                let keys = self.known(now, KEYS_EVERY).await?.keys;
                Ok(wanted.verify(&token, &keys, now)?)
            }
            verified => Ok(verified?),
        }
    }

    async fn id_token(&self, provider: &Provider, form: &[(&str, &str)]) -> Result<String, Refusal> {
        let mut form = form.to_vec();
        let mut request = self.client.post(&provider.token_endpoint);
        let methods = &provider.token_endpoint_auth_methods_supported;
        let has = |method: &str| methods.iter().any(|one| one == method);
        // RFC 6749, section 2.3.1; without a list basic authentication is meant.
        match &self.options.client_secret {
            Some(secret) if has("client_secret_post") && !has("client_secret_basic") => {
                form.push(("client_id", self.options.client_id.as_str()));
                form.push(("client_secret", secret.as_str()));
            }
            Some(secret) => {
                let encode = |text: &str| serde_html_form::to_string([("", text)]).unwrap_or_default();
                let encoded =
                    [self.options.client_id.as_str(), secret].map(|text| encode(text).replacen('=', "", 1));
                let [id, secret] = encoded;
                request = request.basic_auth(id, Some(secret));
            }
            None => form.push(("client_id", self.options.client_id.as_str())),
        }
        let tokens: Tokens = self.read("a token", request.form(&form)).await?;
        match (tokens.id_token, tokens.error) {
            (Some(token), None) => Ok(token),
            (_, Some(error)) => Err(Refusal::Refused(error)),
            (None, None) => Err(Refusal::Refused("it gives no ID token".to_owned())),
        }
    }

    /// What is known, with keys that are no older than that if older ones may be asked for again.
    async fn known(&self, now: Timestamp, keys_age: SignedDuration) -> Result<Known, Refusal> {
        let mut known = self.known.lock().await;
        let is_fresh = |known: &&Known| {
            now.duration_since(known.provider_at) < KNOWN_FOR && now.duration_since(known.keys_at) < keys_age
        };
        if let Some(known) = known.as_ref().filter(is_fresh) {
            return Ok(known.clone());
        }
        let issuer = &self.options.issuer;
        let address = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let provider: Provider = self.read("its configuration", self.client.get(address)).await?;
        let addresses = [
            &provider.authorization_endpoint,
            &provider.token_endpoint,
            &provider.jwks_uri,
        ];
        if provider.issuer != *issuer || !addresses.into_iter().all(|address| is_safe(address)) {
            let why = format!(
                "it calls itself `{}`, or has addresses without TLS",
                provider.issuer
            );
            return Err(Refusal::Refused(why));
        }
        let keys = self.read("its keys", self.client.get(&provider.jwks_uri)).await?;
        let new = Known {
            provider,
            keys,
            provider_at: now,
            keys_at: now,
        };
        *known = Some(new.clone());
        Ok(new)
    }

    async fn read<T: DeserializeOwned>(
        &self,
        what: &'static str,
        request: reqwest::RequestBuilder,
    ) -> Result<T, Refusal> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Refusal::Unreachable { what, source };
        let asked = request.header("accept", "application/json").send().await;
        // The error of the client names the address, which is no secret.
        let mut response = asked.map_err(|error| failed(error.into()))?;
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| failed(error.into()))? {
            body.extend_from_slice(&part);
            if body.len() > ANSWER_MAX {
                return Err(failed("the answer is too long".into()));
            }
        }
        serde_json::from_slice(&body).map_err(|error| failed(error.into()))
    }
}

/// By TLS, or on this machine.
fn is_safe(address: &str) -> bool {
    let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
    let is_local = |prefix: &&str| {
        let rest = address.strip_prefix(*prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    };
    address
        .strip_prefix("https://")
        .is_some_and(|rest| !rest.is_empty())
        || local.iter().any(is_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_asked_by_tls_or_on_this_machine() {
        for (address, expected) in [
            ("https://id.example/realms/one", true),
            ("http://localhost:8080", true),
            ("http://127.0.0.1/x", true),
            ("http://[::1]:9", true),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1@evil.example", false),
            ("http://id.example", false),
            ("https://", false),
            ("", false),
        ] {
            assert_eq!(is_safe(address), expected, "{address}");
        }
    }
}
