//! What an identity provider says of somebody: ID tokens of OpenID Connect, and roles made of groups.
//!
//! Source: OpenID Connect Core 1.0, section 3.1.3.7; RFC 7517, 7518, 7636. Only signatures with public keys count: a token that is unsigned,
//! or signed with a shared secret, never does, whatever its header says.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::password::PasswordError;
use crate::session::{is_same_token, random_token};

/// How far the clocks of two machines may be apart, in seconds.
const LEEWAY_S: i64 = 60;
/// What is longer is no ID token, in bytes.
const LENGTH_MAX: usize = 64 * 1024;

/// A secret that shows who began a log-in (RFC 7636).
#[derive(Clone)]
pub struct Pkce {
    /// What is told when the log-in is ended.
    pub verifier: String,
    /// What is told when it begins: the hash of the verifier.
    pub challenge: String,
}

impl std::fmt::Debug for Pkce {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Pkce")
    }
}

impl Pkce {
    /// A new one.
    ///
    /// # Errors
    /// [`PasswordError::Randomness`].
    pub fn new() -> Result<Self, PasswordError> {
        let verifier = random_token()?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        Ok(Self { verifier, challenge })
    }
}

/// The public keys of a provider.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct JwkSet {
    /// The keys. Those of kinds that are not known here are of no use.
    pub keys: Vec<Jwk>,
}

/// A public key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Jwk {
    /// Its name.
    pub kid: Option<String>,
    /// Its kind: `RSA`, `EC` or `OKP`.
    pub kty: String,
    /// What it is for: `sig`, if it says so.
    #[serde(rename = "use")]
    pub usage: Option<String>,
    /// The one algorithm that it is for, if it says so.
    pub alg: Option<String>,
    /// The curve of an elliptic key.
    pub crv: Option<String>,
    /// The modulus of an RSA key.
    pub n: Option<String>,
    /// The exponent of an RSA key.
    pub e: Option<String>,
    /// The point of an elliptic key.
    pub x: Option<String>,
    /// The other half of it.
    pub y: Option<String>,
}

/// Why an ID token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// It is no token.
    #[error("the ID token cannot be read")]
    Malformed,
    /// It is not signed, or with a shared secret, or with something that is not known here.
    #[error("the ID token is not signed with an algorithm that counts")]
    Algorithm,
    /// None of the keys has signed it. New keys may.
    #[error("the ID token was signed with a key that the provider does not publish")]
    UnknownKey,
    /// A key should have signed it, and has not.
    #[error("the signature of the ID token is wrong")]
    Signature,
    /// It is of another provider.
    #[error("the ID token is of another provider")]
    Issuer,
    /// It is for another client.
    #[error("the ID token is for another client")]
    Audience,
    /// It does not count yet, or not any more.
    #[error("the ID token has expired")]
    Expired,
    /// It is an answer to another log-in.
    #[error("the ID token belongs to another log-in")]
    Nonce,
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct IdToken<'a> {
    /// Who gives it.
    pub issuer: &'a str,
    /// Whom it is for.
    pub client_id: &'a str,
    /// Which log-in it answers.
    pub nonce: &'a str,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that a reader has to understand, of which there are none.
    crit: Option<Value>,
}

impl IdToken<'_> {
    /// The claims of a token that counts.
    ///
    /// # Errors
    /// [`OidcError`].
    pub fn verify(
        &self,
        token: &str,
        keys: &JwkSet,
        now: Timestamp,
    ) -> Result<Map<String, Value>, OidcError> {
        if token.len() > LENGTH_MAX {
            return Err(OidcError::Malformed);
        }
        let (text, signature) = token.rsplit_once('.').ok_or(OidcError::Malformed)?;
        let (header, claims) = text.split_once('.').ok_or(OidcError::Malformed)?;
        let header: Header = read(header)?;
        if header.crit.is_some() {
            return Err(OidcError::Algorithm);
        }
        keys.verify(&header, text.as_bytes(), &decode(signature)?)?;
        let claims: Map<String, Value> = read(claims)?;
        self.check(&claims, now.as_second())?;
        Ok(claims)
    }

    fn check(&self, claims: &Map<String, Value>, now: i64) -> Result<(), OidcError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let second = |name: &str| claims.get(name).and_then(Value::as_f64).map(|at| at as i64);
        if text("iss") != Some(self.issuer) {
            return Err(OidcError::Issuer);
        }
        let audience: Vec<&str> = match claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let party = text("azp");
        let is_ours = audience.contains(&self.client_id)
            && party.map_or(audience.len() == 1, |party| party == self.client_id);
        if !is_ours {
            return Err(OidcError::Audience);
        }
        let has_begun = |at: i64| now >= at.saturating_sub(LEEWAY_S);
        let counts = second("exp").is_some_and(|at| now < at.saturating_add(LEEWAY_S))
            && second("iat").is_some_and(has_begun)
            && second("nbf").is_none_or(has_begun);
        if !counts {
            return Err(OidcError::Expired);
        }
        if text("nonce").is_some_and(|nonce| is_same_token(nonce, self.nonce)) {
            Ok(())
        } else {
            Err(OidcError::Nonce)
        }
    }
}

impl JwkSet {
    fn verify(&self, header: &Header, text: &[u8], signature: &[u8]) -> Result<(), OidcError> {
        let algorithm = Algorithm::of(&header.alg).ok_or(OidcError::Algorithm)?;
        let is_named = |key: &&Jwk| header.kid.is_none() || key.kid == header.kid;
        let mut suitable = self
            .keys
            .iter()
            .filter(|key| key.is_for(&header.alg, algorithm))
            .filter(is_named)
            .peekable();
        if suitable.peek().is_none() {
            return Err(OidcError::UnknownKey);
        }
        if suitable.any(|key| key.has_signed(algorithm, text, signature) == Some(true)) {
            Ok(())
        } else {
            Err(OidcError::Signature)
        }
    }
}

/// How something is signed. The kind of the key belongs to it.
#[derive(Clone, Copy)]
enum Algorithm {
    Rsa(&'static RsaParameters),
    Curve(&'static str, &'static dyn VerificationAlgorithm),
    Edwards,
}

impl Algorithm {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            "RS384" => Self::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Self::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            "PS256" => Self::Rsa(&RSA_PSS_2048_8192_SHA256),
            "PS384" => Self::Rsa(&RSA_PSS_2048_8192_SHA384),
            "PS512" => Self::Rsa(&RSA_PSS_2048_8192_SHA512),
            "ES256" => Self::Curve("P-256", &ECDSA_P256_SHA256_FIXED),
            "ES384" => Self::Curve("P-384", &ECDSA_P384_SHA384_FIXED),
            "EdDSA" => Self::Edwards,
            _ => return None,
        })
    }
}

impl Jwk {
    fn is_for(&self, name: &str, algorithm: Algorithm) -> bool {
        let (kind, curve) = match algorithm {
            Algorithm::Rsa(_) => ("RSA", None),
            Algorithm::Curve(curve, _) => ("EC", Some(curve)),
            Algorithm::Edwards => ("OKP", Some("Ed25519")),
        };
        self.kty == kind
            && curve.is_none_or(|curve| self.crv.as_deref() == Some(curve))
            && self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == name)
    }

    /// Whether this key has signed a text; `None`: it is no key.
    fn has_signed(&self, algorithm: Algorithm, text: &[u8], signature: &[u8]) -> Option<bool> {
        let part = |part: &Option<String>| decode(part.as_deref()?).ok();
        Some(match algorithm {
            Algorithm::Rsa(parameters) => {
                let (n, e) = (part(&self.n)?, part(&self.e)?);
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, text, signature).is_ok()
            }
            Algorithm::Curve(_, algorithm) => {
                let point = [vec![4], part(&self.x)?, part(&self.y)?].concat();
                let key = UnparsedPublicKey::new(algorithm, point);
                key.verify(text, signature).is_ok()
            }
            Algorithm::Edwards => {
                let key = UnparsedPublicKey::new(&ED25519, part(&self.x)?);
                key.verify(text, signature).is_ok()
            }
        })
    }
}

fn decode(text: &str) -> Result<Vec<u8>, OidcError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| OidcError::Malformed)
}

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, OidcError> {
    serde_json::from_slice(&decode(text)?).map_err(|_| OidcError::Malformed)
}

/// Which roles somebody has who was let in by others: an identity provider, or a proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleMapping {
    /// The roles of each group. If there are none, groups say nothing, and roles are given here.
    pub groups: BTreeMap<String, Vec<String>>,
    /// The roles of those whom nothing gives any.
    pub default: Vec<String>,
}

impl RoleMapping {
    /// The roles of somebody in these groups; `None`: those that they have here, or the default ones if they are new.
    pub fn roles<'g>(&self, groups: Option<impl IntoIterator<Item = &'g str>>) -> Option<BTreeSet<String>> {
        let groups = groups.filter(|_| !self.groups.is_empty())?;
        let mapped = groups.into_iter().filter_map(|group| self.groups.get(group));
        let mapped: BTreeSet<String> = mapped.flatten().cloned().collect();
        Some(if mapped.is_empty() {
            self.default.iter().cloned().collect()
        } else {
            mapped
        })
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::json;

    use super::*;
    use crate::signing::SigningKey;
    use crate::signing::tests::key;

    const EXPECTED: IdToken<'_> = IdToken {
        issuer: "https://id.example",
        client_id: "updraft",
        nonce: "n",
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    struct Signer(EcdsaKeyPair, SystemRandom);

    impl Signer {
        fn new() -> Self {
            let random = SystemRandom::new();
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
            Self(pair, random)
        }

        fn key(&self) -> Jwk {
            let point = self.0.public_key().as_ref();
            Jwk {
                kid: Some("one".to_owned()),
                kty: "EC".to_owned(),
                crv: Some("P-256".to_owned()),
                x: Some(URL_SAFE_NO_PAD.encode(&point[1..33])),
                y: Some(URL_SAFE_NO_PAD.encode(&point[33..])),
                ..Jwk::default()
            }
        }

        fn sign(&self, header: &Value, claims: &Value) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let text = format!("{}.{}", part(header), part(claims));
            let signature = self.0.sign(&self.1, text.as_bytes()).unwrap();
            format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
        }
    }

    fn claims() -> Value {
        json!({ "iss": "https://id.example", "aud": "updraft", "sub": "7", "nonce": "n", "iat": 1000, "exp": 2000 })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    #[test]
    fn a_token_counts_that_says_all_that_it_must() {
        let signer = Signer::new();
        let keys = JwkSet {
            keys: vec![signer.key()],
        };
        let header = json!({ "alg": "ES256", "kid": "one" });
        let verify = |claims: &Value| EXPECTED.verify(&signer.sign(&header, claims), &keys, at(1500));
        assert_eq!(verify(&claims()).unwrap()["sub"], "7");
        let both = with("aud", json!(["updraft", "other"]));
        assert_eq!(verify(&both), Err(OidcError::Audience));
        let mut party = both.clone();
        party["azp"] = json!("updraft");
        assert!(verify(&party).is_ok());
        party["azp"] = json!("other");
        for (claims, error) in [
            (party, OidcError::Audience),
            (with("iss", json!("https://id.example/")), OidcError::Issuer),
            (with("iss", Value::Null), OidcError::Issuer),
            (with("aud", json!("other")), OidcError::Audience),
            (with("aud", json!([])), OidcError::Audience),
            (with("nonce", json!("m")), OidcError::Nonce),
            (with("nonce", Value::Null), OidcError::Nonce),
            (with("exp", json!(1440)), OidcError::Expired),
            (with("exp", Value::Null), OidcError::Expired),
            (with("iat", json!(1561)), OidcError::Expired),
            (with("nbf", json!(1561)), OidcError::Expired),
        ] {
            assert_eq!(verify(&claims), Err(error), "{claims}");
        }
    }

    #[test]
    fn only_the_keys_of_the_provider_count_and_only_public_ones() {
        let (signer, other) = (Signer::new(), Signer::new());
        let keys = JwkSet {
            keys: vec![signer.key()],
        };
        let verify = |token: &str| EXPECTED.verify(token, &keys, at(1500));
        let header = |alg: &str, kid: &str| json!({ "alg": alg, "kid": kid });
        let good = signer.sign(&header("ES256", "one"), &claims());
        assert!(verify(&good).is_ok());
        assert!(verify(&signer.sign(&json!({ "alg": "ES256" }), &claims())).is_ok());
        let forged = other.sign(&header("ES256", "one"), &claims());
        assert_eq!(verify(&forged), Err(OidcError::Signature));
        let unknown = signer.sign(&header("ES256", "two"), &claims());
        assert_eq!(verify(&unknown), Err(OidcError::UnknownKey));
        for alg in ["none", "HS256", "HS512", "es256", ""] {
            let token = signer.sign(&header(alg, "one"), &claims());
            assert_eq!(verify(&token), Err(OidcError::Algorithm), "{alg}");
        }
        let other_kind = signer.sign(&header("RS256", "one"), &claims());
        assert_eq!(verify(&other_kind), Err(OidcError::UnknownKey));
        let critical = signer.sign(&json!({ "alg": "ES256", "crit": ["b64"] }), &claims());
        assert_eq!(verify(&critical), Err(OidcError::Algorithm));
        let (text, _) = good.rsplit_once('.').unwrap();
        assert_eq!(verify(&format!("{text}.")), Err(OidcError::Signature));
        for nonsense in ["", ".", "..", "a.b.c", "é"] {
            assert_eq!(verify(nonsense), Err(OidcError::Malformed), "{nonsense}");
        }
        let for_others = JwkSet {
            keys: vec![Jwk {
                usage: Some("enc".to_owned()),
                ..signer.key()
            }],
        };
        assert_eq!(
            EXPECTED.verify(&good, &for_others, at(1500)),
            Err(OidcError::UnknownKey)
        );
    }

    #[test]
    fn keys_of_all_kinds_count_and_never_as_secrets() {
        for name in ["rsa", "ed25519"] {
            let signer = key(name);
            let public = signer.public();
            let keys = JwkSet {
                keys: vec![serde_json::from_value(public.clone()).unwrap()],
            };
            let verify = |token: &str| EXPECTED.verify(token, &keys, at(1500));
            let header = |alg: &str| json!({ "alg": alg });
            let good = signer.signed(&header(signer.algorithm()), &claims());
            assert_eq!(verify(&good).unwrap()["sub"], "7", "{name}");
            let (text, signature) = good.rsplit_once('.').unwrap();
            let other = signer.signed(&header(signer.algorithm()), &with("sub", json!("8")));
            let (other, _) = other.rsplit_once('.').unwrap();
            for forged in [format!("{other}.{signature}"), format!("{text}.")] {
                assert_eq!(verify(&forged), Err(OidcError::Signature));
            }
            // The public key, which everybody knows, is taken for the secret of a MAC.
            for text in [
                public.to_string(),
                public["n"].to_string(),
                public["x"].to_string(),
            ] {
                let forged = SigningKey::of_secret(text.as_bytes());
                for alg in ["HS256", "HS512"] {
                    assert_eq!(
                        verify(&forged.signed(&header(alg), &claims())),
                        Err(OidcError::Algorithm)
                    );
                }
                let alg = signer.algorithm();
                assert_eq!(
                    verify(&forged.signed(&header(alg), &claims())),
                    Err(OidcError::Signature)
                );
            }
        }
    }

    #[test]
    fn the_challenge_is_the_hash_of_the_verifier() {
        let pkce = Pkce::new().unwrap();
        let expected = URL_SAFE_NO_PAD.encode(Sha256::digest(pkce.verifier.as_bytes()));
        assert_eq!((pkce.challenge, pkce.verifier.len()), (expected, 43));
    }

    #[test]
    fn groups_give_roles() {
        let mapping = RoleMapping {
            groups: [
                ("ops".to_owned(), vec!["Op".to_owned()]),
                ("all".to_owned(), vec!["Viewer".to_owned(), "Op".to_owned()]),
            ]
            .into(),
            default: vec!["Public".to_owned()],
        };
        let roles = |groups: &[&str]| mapping.roles(Some(groups.iter().copied())).unwrap();
        assert_eq!(roles(&["ops", "x"]), ["Op".to_owned()].into());
        assert_eq!(
            roles(&["ops", "all"]),
            ["Op".to_owned(), "Viewer".to_owned()].into()
        );
        assert_eq!(roles(&["x"]), ["Public".to_owned()].into());
        assert_eq!(mapping.roles(None::<[&str; 0]>), None);
        assert_eq!(RoleMapping::default().roles(Some(["ops"])), None);
    }
}
