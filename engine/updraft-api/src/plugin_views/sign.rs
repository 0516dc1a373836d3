//! The header that tells a service who asks: `v1.<claims>.<signature>`.
//!
//! The claims are JSON, the signature is HMAC-SHA256 of `v1.<claims>`, both in URL-safe base64 without padding. They hold for one method
//! and one path with its query, as the service sees it, and for a minute.

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::Sha256;

/// The header that says who asks.
pub(super) const HEADER: &str = "x-updraft-identity";

/// How long it holds.
const LIFETIME: SignedDuration = SignedDuration::from_mins(1);

/// What a service is told of a request.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Claims<'a> {
    /// The name of the user.
    pub(super) user: &'a str,
    /// The user's roles.
    pub(super) roles: &'a [String],
    /// The method.
    pub(super) method: &'a str,
    /// Path and query, as the service sees them.
    pub(super) path: &'a str,
    /// The path under which the browser sees the service.
    pub(super) base: &'a str,
    /// The path of our own pages.
    pub(super) home: &'a str,
}

#[derive(Serialize)]
struct Dated<'a> {
    user: &'a str,
    roles: &'a [String],
    method: &'a str,
    path: &'a str,
    base: &'a str,
    home: &'a str,
    exp: i64,
}

/// The header's value.
pub(super) fn header(secret: &str, claims: Claims<'_>, now: Timestamp) -> HeaderValue {
    let expires = now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX);
    let Claims {
        user,
        roles,
        method,
        path,
        base,
        home,
    } = claims;
    let dated = Dated {
        user,
        roles,
        method,
        path,
        base,
        home,
        exp: expires.as_second(),
    };
    let claims = serde_json::to_vec(&dated).expect("texts and a number are JSON");
    let signed = format!("v1.{}", URL_SAFE_NO_PAD.encode(claims));
    let mut key: Hmac<Sha256> = Hmac::new_from_slice(secret.as_bytes()).expect("a key may have any length");
    key.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(key.finalize().into_bytes());
    let mut value = HeaderValue::try_from(format!("{signed}.{signature}"))
        .expect("base64 is made of letters that headers may have");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The service of the recruiting pages verifies this very header in its own test.
    #[test]
    fn the_header_is_the_one_that_services_expect() {
        let claims = Claims {
            user: "ann",
            roles: &["Op".to_owned()],
            method: "GET",
            path: "/recruiting/api/positions?q=a%20b",
            base: "/airflow/plugin-views/recruiting",
            home: "/airflow",
        };
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let header = header("a secret of these tests, and a long one", claims, now);
        assert_eq!(header.to_str().unwrap(), EXPECTED);
        assert!(header.is_sensitive());
    }

    const EXPECTED: &str = "v1.eyJ1c2VyIjoiYW5uIiwicm9sZXMiOlsiT3AiXSwibWV0aG9kIjoiR0VUIiwicGF0aCI6Ii9yZWNydWl0aW5nL2FwaS9wb3Npd\
        GlvbnM_cT1hJTIwYiIsImJhc2UiOiIvYWlyZmxvdy9wbHVnaW4tdmlld3MvcmVjcnVpdGluZyIsImhvbWUiOiIvYWlyZmxvdyIsI\
        mV4cCI6MTgwMDAwMDA2MH0.D9xbQbqNsK-xFh7lM6baC629rW8IVkKFAsQLssdYxJ4";
}
