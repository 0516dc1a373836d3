//! Step 3: a code or a refresh token for an access token and the next refresh token. Both work once.

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;

use crate::call_error::{Fault, ShapeError};
use crate::credentials::Credentials;
use crate::http::exchange::Step;
use crate::http::outgoing::Repeat;
use crate::http::reply::Reply;
use crate::login::LoginError;
use crate::login::authorize::Code;
use crate::login::post::{Form, Sender};
use crate::redact::{self, Place};
use crate::secret::Secret;
use crate::wire::envelope::{self, ReadError};

/// What the token endpoint gave.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: Secret,
    /// Only keys that are set up for it get one.
    pub(crate) refresh_token: Option<Secret>,
}

/// How an exchange ended that was answered.
#[derive(Debug)]
pub(crate) enum Issued {
    Tokens(Tokens),
    /// The code or refresh token is used up, expired or revoked.
    GrantRefused {
        code: String,
        description: String,
    },
}

/// Exchanges an authorization code.
pub(crate) async fn for_code(
    sender: Sender<'_>,
    url: &Url,
    credentials: &Credentials,
    code: &Code,
) -> Result<Issued, LoginError> {
    let mut form = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", code.expose().to_owned()),
    ];
    form.extend(credentials.redirect_uri.clone().map(|uri| ("redirect_uri", uri)));
    exchange(sender, url, credentials, form).await
}

/// Exchanges a refresh token. The caller has taken it out of its store before: whatever happens here, it is never
/// used again.
pub(crate) async fn for_refresh_token(
    sender: Sender<'_>,
    url: &Url,
    credentials: &Credentials,
    refresh_token: &Secret,
) -> Result<Issued, LoginError> {
    let form = vec![
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", refresh_token.expose().to_owned()),
    ];
    exchange(sender, url, credentials, form).await
}

async fn exchange(
    sender: Sender<'_>,
    url: &Url,
    credentials: &Credentials,
    mut form: Form,
) -> Result<Issued, LoginError> {
    form.push(("client_id", credentials.client_id.clone()));
    form.push(("client_secret", credentials.client_secret.expose().to_owned()));
    sender
        .post(url.clone(), form, Repeat::UnlessReceived, judge)
        .await?
}

fn judge(reply: &Reply, place: &Place) -> Step<Result<Issued, LoginError>> {
    if reply.is_empty() {
        return Step::Broken(Fault::Empty);
    }
    if reply.is_page() {
        return Step::Broken(Fault::Page);
    }
    let text = envelope::text(&reply.body);
    if reply.status != StatusCode::OK {
        return Step::Done(refusal(&text, reply.status));
    }
    let shape = |source| LoginError::Unreadable {
        place: place.clone(),
        source,
    };
    Step::Done(match envelope::read_plain::<Tokens>(&text) {
        Ok(tokens) => Ok(Issued::Tokens(tokens)),
        Err(ReadError::Garbled) => return Step::Broken(Fault::Garbled),
        Err(ReadError::ErrorBody) => refusal(&text, reply.status),
        Err(ReadError::Shape(_)) if text.contains("\"error\"") => refusal(&text, reply.status),
        Err(ReadError::Shape(_)) => Err(shape(ShapeError::Missing { key: "access_token" })),
    })
}

fn refusal(text: &str, status: StatusCode) -> Result<Issued, LoginError> {
    #[derive(Default, Deserialize)]
    struct OAuthError {
        error: Option<String>,
        error_description: Option<String>,
    }
    let body: OAuthError = serde_json::from_str(text).unwrap_or_default();
    let code = body
        .error
        .as_deref()
        .map_or_else(|| format!("status {}", status.as_u16()), redact::message);
    let description = body
        .error_description
        .as_deref()
        .map_or_else(|| "no explanation".to_owned(), redact::message);
    match code.as_str() {
        "invalid_grant" => Ok(Issued::GrantRefused { code, description }),
        "invalid_client" | "unauthorized_client" => Err(LoginError::ClientSecretRefused),
        _ => Err(LoginError::TokenRefused { code, description }),
    }
}
