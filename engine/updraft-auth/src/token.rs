//! Tokens: JSON Web Tokens with HS512, as Airflow 3 gives them out.
//!
//! Only what this program signs is accepted: one algorithm, one audience, an expiry that is always there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha512;
use subtle::ConstantTimeEq;

/// Who the tokens are for.
const AUDIENCE: &str = "apache-airflow";
/// How far the clocks of two machines may be apart, in seconds. Airflow's `[api_auth] jwt_leeway`.
const LEEWAY_S: i64 = 10;
/// What is longer is no token of ours, in bytes.
const LENGTH_MAX: usize = 4096;

/// Signs and verifies tokens. `Debug` shows nothing of the secret.
#[derive(Clone)]
pub struct TokenKey {
    mac: Hmac<Sha512>,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Whom it is for: the user's number.
    pub sub: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// From when on it counts.
    pub nbf: i64,
    /// Until when it counts.
    pub exp: i64,
    /// For what it is.
    pub aud: String,
}

/// Why a token does not count. What is wrong is not told to whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no token, or one that somebody else signed.
    #[error("the token is not one of this server")]
    Invalid,
    /// It does not count yet, or not any more.
    #[error("the token has expired")]
    Expired,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TokenKey")
    }
}

impl TokenKey {
    /// A key made of a secret of any length; 64 bytes are what HS512 is made for.
    pub fn new(secret: &[u8]) -> Self {
        Self {
            mac: Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"),
        }
    }

    /// A token for a user, which counts from now on for that long.
    pub fn sign(&self, user_id: i64, now: Timestamp, lifetime: SignedDuration) -> String {
        let iat = now.as_second();
        let claims = Claims {
            sub: user_id.to_string(),
            iat,
            nbf: iat,
            exp: iat.saturating_add(lifetime.as_secs()),
            aud: AUDIENCE.to_owned(),
        };
        let header = Header {
            alg: "HS512".to_owned(),
            typ: "JWT".to_owned(),
        };
        let text = format!("{}.{}", part(&header), part(&claims));
        let signature = self.mac.clone().chain_update(&text).finalize().into_bytes();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A tag that says that these texts were seen together by whoever has this key; it tells nothing of them.
    pub fn tag(&self, texts: &[&str]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(b"tag");
        for text in texts {
            mac.update(&(text.len() as u64).to_be_bytes());
            mac.update(text.as_bytes());
        }
        let whole = mac.finalize().into_bytes();
        std::array::from_fn(|at| whole[at])
    }

    /// A text that somebody is given to name something with later, and cannot make up.
    pub fn seal(&self, text: &str) -> String {
        let tag = self.tag(&["seal", text]);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(tag))
    }

    /// The text that was sealed.
    ///
    /// # Errors
    /// [`TokenError::Invalid`]: it was not sealed with this key.
    pub fn open(&self, sealed: &str) -> Result<String, TokenError> {
        let (text, tag) = sealed.split_once('.').ok_or(TokenError::Invalid)?;
        let text = String::from_utf8(decode(text)?).map_err(|_| TokenError::Invalid)?;
        let is_ours: bool = self.tag(&["seal", &text]).ct_eq(&decode(tag)?).into();
        if is_ours {
            Ok(text)
        } else {
            Err(TokenError::Invalid)
        }
    }

    /// What a token says, if it counts.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        if token.len() > LENGTH_MAX {
            return Err(TokenError::Invalid);
        }
        let (text, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
        let signature = decode(signature)?;
        let mac = self.mac.clone().chain_update(text);
        mac.verify_slice(&signature).map_err(|_| TokenError::Invalid)?;
        let (header, claims) = text.split_once('.').ok_or(TokenError::Invalid)?;
        let header: Header = read(header)?;
        let claims: Claims = read(claims)?;
        if header.alg != "HS512" || claims.aud != AUDIENCE {
            return Err(TokenError::Invalid);
        }
        let now = now.as_second();
        if now < claims.nbf.saturating_sub(LEEWAY_S) || now >= claims.exp.saturating_add(LEEWAY_S) {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

impl Claims {
    /// The user's number.
    ///
    /// # Errors
    /// [`TokenError::Invalid`]: it names no user.
    pub fn user_id(&self) -> Result<i64, TokenError> {
        self.sub.parse().map_err(|_| TokenError::Invalid)
    }
}

/// A part of a token.
pub(crate) fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("texts and numbers are always JSON"))
}

/// The bytes of a part.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Invalid)
}

/// What a part says.
pub(crate) fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, TokenError> {
    serde_json::from_slice(&decode(text)?).map_err(|_| TokenError::Invalid)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn key() -> TokenKey {
        TokenKey::new(b"a secret of this test")
    }

    #[test]
    fn a_token_counts_until_it_expires() {
        let token = key().sign(7, at(1000), HOUR);
        assert_eq!(key().verify(&token, at(1000)).unwrap().user_id(), Ok(7));
        assert!(key().verify(&token, at(4600)).is_ok());
        assert_eq!(key().verify(&token, at(4610)), Err(TokenError::Expired));
        assert_eq!(key().verify(&token, at(989)), Err(TokenError::Expired));
    }

    #[test]
    fn another_key_another_algorithm_and_another_audience_are_refused() {
        let token = key().sign(7, at(1000), HOUR);
        let other = TokenKey::new(b"another secret");
        assert_eq!(other.verify(&token, at(1000)), Err(TokenError::Invalid));
        let claims = |aud: &str| Claims {
            sub: "7".to_owned(),
            iat: 1000,
            nbf: 1000,
            exp: 9000,
            aud: aud.to_owned(),
        };
        let signed = |alg: &str, aud: &str| {
            let header = Header {
                alg: alg.to_owned(),
                typ: "JWT".to_owned(),
            };
            let text = format!("{}.{}", part(&header), part(&claims(aud)));
            let mac = key().mac.chain_update(&text).finalize().into_bytes();
            format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac))
        };
        assert!(key().verify(&signed("HS512", AUDIENCE), at(1000)).is_ok());
        assert!(key().verify(&signed("none", AUDIENCE), at(1000)).is_err());
        assert!(key().verify(&signed("HS256", AUDIENCE), at(1000)).is_err());
        assert!(
            key()
                .verify(&signed("HS512", "urn:airflow.apache.org:task"), at(1000))
                .is_err()
        );
        let unsigned = format!("{}.", signed("none", AUDIENCE).rsplit_once('.').unwrap().0);
        assert!(key().verify(&unsigned, at(1000)).is_err());
    }

    #[test]
    fn what_was_sealed_is_opened_with_the_same_key_only() {
        let sealed = key().seal("/dags/one.py");
        assert_eq!(key().open(&sealed).as_deref(), Ok("/dags/one.py"));
        assert_eq!(TokenKey::new(b"another").open(&sealed), Err(TokenError::Invalid));
        let other = key().seal("/etc/passwd");
        let mixed = format!(
            "{}.{}",
            other.split_once('.').unwrap().0,
            sealed.split_once('.').unwrap().1
        );
        assert_eq!(key().open(&mixed), Err(TokenError::Invalid));
    }

    #[test]
    fn tags_tell_texts_and_keys_apart() {
        let tag = key().tag(&["ab", "c"]);
        assert_eq!(tag, key().tag(&["ab", "c"]));
        assert_ne!(tag, key().tag(&["a", "bc"]));
        assert_ne!(tag, TokenKey::new(b"another").tag(&["ab", "c"]));
    }

    proptest! {
        #[test]
        fn what_was_changed_anywhere_does_not_count(place in 0_usize..200, with in "[A-Za-z0-9_-]") {
            let token = key().sign(7, at(1000), HOUR);
            let place = place % token.len();
            let mut changed = token.clone();
            changed.replace_range(place..=place, &with);
            // The last character of base64 text can hold bits that mean nothing; the decoder refuses these too.
            prop_assert!(changed == token || key().verify(&changed, at(1000)).is_err());
        }

        #[test]
        fn nonsense_is_no_token(text in ".{0,80}") {
            prop_assert_eq!(key().verify(&text, at(1000)), Err(TokenError::Invalid));
        }
    }
}
