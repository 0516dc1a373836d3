//! Who asks: what the proxy in front of us says in a signed header.
//!
//! The header is `v1.<claims>.<signature>`: the claims are JSON, the signature HMAC-SHA256 of `v1.<claims>`, both in URL-safe base64
//! without padding. It holds for one method and one path with its query, and for a minute.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
use sha2::Sha256;

/// The header that says who asks.
pub const HEADER: &str = "x-updraft-identity";

/// A shared secret has at least so many bytes.
const SECRET_BYTES_MIN: usize = 32;

/// A header that claims to hold for longer than this is none of ours, in seconds.
const LIFETIME_MAX_S: i64 = 120;

/// What headers are signed with; the proxy has the same.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

/// A secret that can be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shared secret has fewer than 32 characters; make one with `openssl rand -hex 32`")]
pub struct SecretTooShort;

/// Who asks, as the proxy says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The name of the user.
    pub(crate) user: String,
    /// The user's roles.
    pub(crate) roles: Vec<String>,
    /// The path under which the browser sees the pages, without a slash at its end.
    pub(crate) base: String,
    /// The path of Updraft's own pages, without a slash at its end.
    pub(crate) home: String,
}

/// What the header claims.
#[derive(Deserialize)]
struct Claims {
    #[serde(rename = "exp")]
    expires_s: i64,
    method: String,
    path: String,
    user: String,
    roles: Vec<String>,
    base: String,
    home: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

impl Secret {
    /// A secret that both sides were given.
    ///
    /// # Errors
    /// It is shorter than 32 bytes.
    pub fn new(text: &str) -> Result<Self, SecretTooShort> {
        if text.len() < SECRET_BYTES_MIN {
            return Err(SecretTooShort);
        }
        let key = Hmac::new_from_slice(text.as_bytes()).map_err(|_| SecretTooShort)?;
        Ok(Self(key))
    }

    /// Who asks for this, if the header says it and holds now.
    pub(crate) fn caller(&self, header: &str, asked: (&str, &str), now: Timestamp) -> Option<Caller> {
        let (signed, signature) = header.rsplit_once('.')?;
        let payload = signed.strip_prefix("v1.")?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let mut key = self.0.clone();
        key.update(signed.as_bytes());
        key.verify_slice(&signature).ok()?;
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let left = claims.expires_s - now.as_second();
        let holds =
            (0..=LIFETIME_MAX_S).contains(&left) && (claims.method.as_str(), claims.path.as_str()) == asked;
        holds.then_some(Caller {
            user: claims.user,
            roles: claims.roles,
            base: claims.base,
            home: claims.home,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by the proxy's own test, so that the two agree.
    const SIGNED: &str = include_str!("caller_header.txt");
    const SECRET: &str = "a secret of these tests, and a long one";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_header_holds_for_one_request_and_a_minute() {
        let secret = Secret::new(SECRET).unwrap();
        let header = SIGNED.trim();
        let asked = ("GET", "/recruiting/api/positions?q=a%20b");
        let caller = secret.caller(header, asked, at(1_800_000_000)).unwrap();
        assert_eq!(
            (caller.user.as_str(), caller.roles),
            ("ann", vec!["Op".to_owned()])
        );
        assert_eq!(
            (caller.base.as_str(), caller.home.as_str()),
            ("/airflow/plugin-views/recruiting", "/airflow")
        );
        let refused = [
            secret.caller(header, asked, at(1_800_000_061)),
            secret.caller(header, asked, at(1_799_999_000)),
            secret.caller(header, ("POST", asked.1), at(1_800_000_000)),
            secret.caller(header, ("GET", "/recruiting/api/positions"), at(1_800_000_000)),
            secret.caller(&header.replace("v1.", "v2."), asked, at(1_800_000_000)),
            secret.caller(&format!("{header}A"), asked, at(1_800_000_000)),
            secret.caller("v1..", asked, at(1_800_000_000)),
            Secret::new(&SECRET.replace('a', "b"))
                .unwrap()
                .caller(header, asked, at(1_800_000_000)),
        ];
        assert_eq!(refused, [const { None }; 8]);
    }

    #[test]
    fn a_short_secret_is_refused_and_never_printed() {
        assert_eq!(Secret::new("hush").unwrap_err(), SecretTooShort);
        assert_eq!(format!("{:?}", Secret::new(SECRET).unwrap()), "Secret");
    }
}
