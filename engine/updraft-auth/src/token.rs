//! Tokens: JSON Web Tokens, as Airflow 3 gives them out.
//!
//! Only what this program signs is accepted: one key, one audience, an expiry that is always there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::signing::{SigningKey, decode};

/// Who the tokens are for.
const AUDIENCE: &str = "apache-airflow";
/// How far the clocks of two machines may be apart, in seconds. Airflow's `[api_auth] jwt_leeway`.
const LEEWAY_S: i64 = 10;

/// Signs and verifies tokens of people. `Debug` shows nothing of the key.
#[derive(Debug, Clone)]
pub struct TokenKey {
    key: SigningKey,
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

impl TokenKey {
    /// What signs with this key.
    pub fn new(key: SigningKey) -> Self {
        Self { key }
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
        self.key.write(&claims)
    }

    /// A tag that says that these texts were seen together by whoever has this key; it tells nothing of them.
    pub fn tag(&self, texts: &[&str]) -> [u8; 32] {
        let mut mac = self.key.mac();
        mac.update(b"tag");
        for text in texts {
            mac.update(&(text.len() as u64).to_be_bytes());
            mac.update(text.as_bytes());
        }
        let whole = mac.finalize().into_bytes();
        std::array::from_fn(|at| whole[at])
    }

    /// A text that somebody is given to name something with later, and cannot make up. `kind` says what it names: what is sealed for one kind
    /// opens nothing of another.
    pub fn seal(&self, kind: &str, text: &str) -> String {
        let tag = self.tag(&["seal", kind, text]);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(tag))
    }

    /// The text that was sealed.
    ///
    /// # Errors
    /// [`TokenError::Invalid`]: it was not sealed with this key, or for another kind.
    pub fn open(&self, kind: &str, sealed: &str) -> Result<String, TokenError> {
        let (text, tag) = sealed.split_once('.').ok_or(TokenError::Invalid)?;
        let text = String::from_utf8(decode(text)?).map_err(|_| TokenError::Invalid)?;
        let is_ours: bool = self.tag(&["seal", kind, &text]).ct_eq(&decode(tag)?).into();
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
        let claims: Claims = self.key.read(token)?;
        if claims.aud != AUDIENCE {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn of(secret: &[u8]) -> TokenKey {
        TokenKey::new(SigningKey::of_secret(secret))
    }

    fn key() -> TokenKey {
        of(b"a secret of this test")
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
        let other = of(b"another secret");
        assert_eq!(other.verify(&token, at(1000)), Err(TokenError::Invalid));
        let claims = |aud: &str| Claims {
            sub: "7".to_owned(),
            iat: 1000,
            nbf: 1000,
            exp: 9000,
            aud: aud.to_owned(),
        };
        let signed = |alg: &str, aud: &str| {
            let header = json!({ "alg": alg, "typ": "JWT" });
            key().key.signed(&header, &claims(aud))
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
        let sealed = key().seal("file", "/dags/one.py");
        assert_eq!(key().open("file", &sealed).as_deref(), Ok("/dags/one.py"));
        assert_eq!(of(b"another").open("file", &sealed), Err(TokenError::Invalid));
        assert_eq!(key().open("log", &sealed), Err(TokenError::Invalid));
        let other = key().seal("file", "/etc/passwd");
        let mixed = format!(
            "{}.{}",
            other.split_once('.').unwrap().0,
            sealed.split_once('.').unwrap().1
        );
        assert_eq!(key().open("file", &mixed), Err(TokenError::Invalid));
    }

    #[test]
    fn tags_tell_texts_and_keys_apart() {
        let tag = key().tag(&["ab", "c"]);
        assert_eq!(tag, key().tag(&["ab", "c"]));
        assert_ne!(tag, key().tag(&["a", "bc"]));
        assert_ne!(tag, of(b"another").tag(&["ab", "c"]));
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
