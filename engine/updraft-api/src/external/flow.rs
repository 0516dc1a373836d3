//! Logging in with an identity provider: the authorization code flow with PKCE.
//!
//! Whoever begins gets a cookie that is sealed, and that only who comes back with the same state can end the log-in with. So nobody can have
//! somebody else log in as them.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_auth::{Pkce, is_same_token, random_token};
use updraft_store::{ExternalIdentity, UserRow};

use super::oidc::{Oidc, Refusal};
use super::people::{self, Told};
use crate::api::Api;
use crate::failure::Failure;

/// The name of the cookie.
pub(crate) const COOKIE_NAME: &str = "updraft_oidc";
/// How long somebody may take at the provider.
pub(crate) const TIME_MAX: SignedDuration = SignedDuration::from_mins(10);
/// Where the provider sends people back to, below the address of this installation.
pub(crate) const CALLBACK: &str = "/ui/api/oidc/callback";

const OTHER: Failure = Failure::Refused("this log-in was not begun here, or takes too long: begin anew");

/// A log-in that has begun.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    until: i64,
}

/// Where somebody is to go to log in, and what they bring back.
pub(crate) struct Way {
    pub(crate) address: String,
    pub(crate) cookie: String,
}

/// What the provider sends somebody back with.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) code: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) issuer: Option<String>,
}

/// Begins a log-in that leads to an address of this server.
pub(crate) async fn begin(api: &Api, next: String) -> Result<Way, Failure> {
    let oidc = oidc(api)?;
    let random = || random_token().map_err(|error| Failure::Internal(error.into()));
    let pkce = Pkce::new().map_err(|error| Failure::Internal(error.into()))?;
    let provider = oidc.provider(api.now()).await.map_err(refused)?;
    let until = api.now().saturating_add(TIME_MAX).unwrap_or(Timestamp::MAX);
    let begun = Begun {
        state: random()?,
        nonce: random()?,
        verifier: pkce.verifier,
        next,
        until: until.as_second(),
    };
    let options = oidc.options();
    let callback = callback(api);
    let query = [
        ("response_type", "code"),
        ("client_id", options.client_id.as_str()),
        ("redirect_uri", callback.as_str()),
        ("scope", options.scopes.as_str()),
        ("state", begun.state.as_str()),
        ("nonce", begun.nonce.as_str()),
        ("code_challenge", pkce.challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let query = serde_html_form::to_string(query).map_err(|error| Failure::Internal(error.into()))?;
    let mark = if provider.authorization_endpoint.contains('?') {
        '&'
    } else {
        '?'
    };
    let text = serde_json::to_string(&begun).map_err(|error| Failure::Internal(error.into()))?;
    Ok(Way {
        address: format!("{}{mark}{query}", provider.authorization_endpoint),
        cookie: api.parts().token_key.seal(COOKIE_NAME, &text),
    })
}

/// Ends a log-in: who it is, and where they are to go.
pub(crate) async fn finish(
    api: &Api,
    headers: &HeaderMap,
    answer: Answer,
) -> Result<(UserRow, String), Failure> {
    let oidc = oidc(api)?;
    let now = api.now();
    let begun = begun(api, headers).filter(|begun| now.as_second() < begun.until);
    let begun = begun.ok_or(OTHER)?;
    let state = answer.state.as_deref().unwrap_or_default();
    let is_of_provider = answer.issuer.is_none_or(|issuer| issuer == oidc.options().issuer);
    if !is_same_token(state, &begun.state) || !is_of_provider {
        return Err(OTHER);
    }
    let code = match (answer.code, answer.error) {
        (Some(code), None) => code,
        (_, error) => {
            let error = error.unwrap_or_else(|| "it gives no code".to_owned());
            return Err(refused(Refusal::Refused(error)));
        }
    };
    let callback = callback(api);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", callback.as_str()),
        ("code_verifier", begun.verifier.as_str()),
    ];
    let claims = oidc.claims(&form, &begun.nonce, now).await.map_err(refused)?;
    let options = oidc.options();
    let subject = text(&claims, "sub").unwrap_or_default();
    let told = Told {
        username: text(&claims, &options.username_claim).unwrap_or_default(),
        // An address that nobody has verified may be anybody's.
        email: text(&claims, "email").filter(|_| claims.get("email_verified") != Some(&Value::Bool(false))),
        first_name: text(&claims, "given_name"),
        last_name: text(&claims, "family_name"),
        groups: options.groups_claim.as_ref().map(|claim| texts(&claims, claim)),
    };
    if subject.is_empty() || subject.contains('\0') {
        return Err(refused(Refusal::Refused("it names nobody".to_owned())));
    }
    let identity = ExternalIdentity {
        issuer: &options.issuer,
        subject: &subject,
    };
    let user = people::by_identity(api, identity, (&told, options.may_link)).await?;
    Ok((user, begun.next))
}

fn oidc(api: &Api) -> Result<&Oidc, Failure> {
    let none = || Failure::NotFound("no identity provider is configured".to_owned());
    api.parts().external.oidc.as_ref().ok_or_else(none)
}

fn callback(api: &Api) -> String {
    format!("{}{CALLBACK}", api.web().base_url)
}

/// People are told that it did not work, and the log of the server says why.
fn refused(refusal: Refusal) -> Failure {
    let mut why = refusal.to_string();
    let mut cause = std::error::Error::source(&refusal);
    while let Some(next) = cause {
        why.push_str(": ");
        why.push_str(&next.to_string());
        cause = next.source();
    }
    tracing::warn!(why, "a log-in with the identity provider failed");
    Failure::Unauthenticated("the identity provider does not let you in; the server's log says more")
}

fn begun(api: &Api, headers: &HeaderMap) -> Option<Begun> {
    let cookies = headers.get_all(COOKIE).into_iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let mut found = cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter_map(|(name, value)| (name == COOKIE_NAME).then_some(value));
    let text = api.parts().token_key.open(COOKIE_NAME, found.next()?).ok()?;
    serde_json::from_str(&text).ok()
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    let text = claims.get(name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The texts of a claim, which is a list or one text; dots lead into objects, if no claim is called so as a whole.
fn texts(claims: &Map<String, Value>, path: &str) -> Vec<String> {
    let found = claims.get(path).or_else(|| {
        let mut parts = path.split('.');
        let first = claims.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    });
    match found {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn groups_are_found_in_lists_texts_and_objects() {
        let claims = json!({
            "groups": ["a", 7, "b"], "one": "c", "realm_access": { "roles": ["d"] }, "https://x.y/roles": ["e"],
        });
        let claims = claims.as_object().unwrap();
        for (path, expected) in [
            ("groups", vec!["a", "b"]),
            ("one", vec!["c"]),
            ("realm_access.roles", vec!["d"]),
            ("https://x.y/roles", vec!["e"]),
            ("realm_access.nothing", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(texts(claims, path), expected, "{path}");
        }
    }
}
