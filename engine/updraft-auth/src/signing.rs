//! What signs tokens: a secret (HS512), or a private key (RS256 or EdDSA, whichever it is made for).
//!
//! A key has one algorithm, and only what was signed with it counts, whatever the header of a token says: so nobody can have a public key
//! taken for a secret, or a token without a signature for one with.
//!
//! Source: Airflow 3.3, `airflow/api_fastapi/auth/tokens.py`; RFC 7515, 7638, 8037.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ED25519, Ed25519KeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use crate::token::TokenError;

/// What is longer is no token of ours, in bytes.
const LENGTH_MAX: usize = 4096;
/// What Airflow calls a secret in the header of a token.
const SECRET_NAME: &str = "not-used";

/// Signs tokens and says which ones it has signed. Cheap to clone; `Debug` shows nothing of the key.
#[derive(Clone)]
pub struct SigningKey {
    kind: Kind,
    name: String,
    /// Of the secret or of the private key, for what is no token.
    mac: Hmac<Sha512>,
}

#[derive(Clone)]
enum Kind {
    Secret,
    Rsa(Arc<RsaKeyPair>),
    Edwards(Arc<Ed25519KeyPair>),
}

/// A file that holds no key to sign tokens with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// It is no private key, or not in that form.
    #[error(
        "this is no private key in PEM: its first line has to be `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----`"
    )]
    NotPem,
    /// It can be read with a passphrase only.
    #[error(
        "the key is encrypted: take its passphrase off with `openssl pkey -in FILE -out NEW_FILE`, and let nobody else read the new file"
    )]
    Encrypted,
    /// It is a key of a kind that is not known here, or an RSA key that is too short or too long.
    #[error(
        "the key is neither RSA with 2048 to 4096 bits nor Ed25519: `openssl genpkey -algorithm ed25519` makes one that is"
    )]
    Kind,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    typ: String,
    #[serde(default)]
    kid: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKey").finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A secret of any length; 64 bytes are what HS512 is made for.
    pub fn of_secret(secret: &[u8]) -> Self {
        Self {
            kind: Kind::Secret,
            name: SECRET_NAME.to_owned(),
            mac: mac(secret),
        }
    }

    /// The private key in the text of a file, in PEM: PKCS#8, or PKCS#1 for RSA.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn of_pem(text: &str) -> Result<Self, InvalidKey> {
        let (label, key) = pem(text)?;
        let rsa = || match label {
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&key).ok(),
            _ => RsaKeyPair::from_pkcs8(&key).ok(),
        };
        // What `openssl` makes lacks the public key, which is then made of the private one.
        let edwards = || Ed25519KeyPair::from_pkcs8_maybe_unchecked(&key).ok();
        let kind = match rsa() {
            Some(pair) => Kind::Rsa(Arc::new(pair)),
            None => Kind::Edwards(Arc::new(edwards().ok_or(InvalidKey::Kind)?)),
        };
        Ok(Self {
            name: thumbprint(&kind.public()),
            kind,
            mac: mac(&key),
        })
    }

    /// The key under another name than the one that Airflow gives it.
    #[must_use]
    pub fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// The algorithm that it is for, as tokens call it.
    pub fn algorithm(&self) -> &'static str {
        match self.kind {
            Kind::Secret => "HS512",
            Kind::Rsa(_) => "RS256",
            Kind::Edwards(_) => "EdDSA",
        }
    }

    /// What it is called in the header of a token; Airflow's `[api_auth] jwt_kid`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What makes tags, which are no tokens.
    pub(crate) fn mac(&self) -> Hmac<Sha512> {
        self.mac.clone()
    }

    /// A token that says this.
    pub(crate) fn write(&self, claims: &impl Serialize) -> String {
        let header = Header {
            alg: self.algorithm().to_owned(),
            typ: "JWT".to_owned(),
            kid: self.name.clone(),
        };
        self.signed(&header, claims)
    }

    /// What a token says that this key has signed.
    ///
    /// # Errors
    /// [`TokenError::Invalid`]: it has not, or for something else.
    pub(crate) fn read<T: for<'de> Deserialize<'de>>(&self, token: &str) -> Result<T, TokenError> {
        if token.len() > LENGTH_MAX {
            return Err(TokenError::Invalid);
        }
        let (text, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
        if !self.has_signed(text.as_bytes(), &decode(signature)?) {
            return Err(TokenError::Invalid);
        }
        let (header, claims) = text.split_once('.').ok_or(TokenError::Invalid)?;
        let header: Header = parse(header)?;
        if header.alg != self.algorithm() {
            return Err(TokenError::Invalid);
        }
        parse(claims)
    }

    /// The public key, if it is a pair.
    #[cfg(test)]
    pub(crate) fn public(&self) -> Value {
        self.kind.public()
    }

    /// A token with a header that is written as it is.
    pub(crate) fn signed(&self, header: &impl Serialize, claims: &impl Serialize) -> String {
        let text = format!("{}.{}", part(header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(text.as_bytes()));
        format!("{text}.{signature}")
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        match &self.kind {
            Kind::Secret => self.mac().chain_update(text).finalize().into_bytes().to_vec(),
            Kind::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
                    .expect("the signature of an RSA key is as long as its modulus");
                signature
            }
            Kind::Edwards(pair) => pair.sign(text).as_ref().to_vec(),
        }
    }

    fn has_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        match &self.kind {
            Kind::Secret => self.mac().chain_update(text).verify_slice(signature).is_ok(),
            Kind::Rsa(pair) => {
                let key: PublicKeyComponents<Vec<u8>> = pair.public().into();
                key.verify(&RSA_PKCS1_2048_8192_SHA256, text, signature).is_ok()
            }
            Kind::Edwards(pair) => {
                let key = UnparsedPublicKey::new(&ED25519, pair.public_key());
                key.verify(text, signature).is_ok()
            }
        }
    }
}

fn mac(secret: &[u8]) -> Hmac<Sha512> {
    Hmac::new_from_slice(secret).expect("HMAC takes keys of any length")
}

/// The label and the content of the first private key in a text.
fn pem(text: &str) -> Result<(&str, Vec<u8>), InvalidKey> {
    let (_, rest) = text.split_once("-----BEGIN ").ok_or(InvalidKey::NotPem)?;
    let (label, rest) = rest.split_once("-----").ok_or(InvalidKey::NotPem)?;
    let (body, _) = rest.split_once("-----END ").ok_or(InvalidKey::NotPem)?;
    if label == "ENCRYPTED PRIVATE KEY" || body.contains("ENCRYPTED") {
        return Err(InvalidKey::Encrypted);
    }
    if label == "EC PRIVATE KEY" {
        return Err(InvalidKey::Kind);
    }
    let body: String = body.split_whitespace().collect();
    let key = STANDARD.decode(body).map_err(|_| InvalidKey::NotPem)?;
    if ["PRIVATE KEY", "RSA PRIVATE KEY"].contains(&label) {
        Ok((label, key))
    } else {
        Err(InvalidKey::NotPem)
    }
}

impl Kind {
    /// The public key as Airflow describes it when it names it, with the fields in the order of their names. Of RSA keys it says what they are
    /// for, which the RFC leaves out.
    fn public(&self) -> Value {
        let text = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        match self {
            Self::Secret => Value::Null,
            Self::Rsa(pair) => {
                let PublicKeyComponents { n, e }: PublicKeyComponents<Vec<u8>> = pair.public().into();
                json!({ "e": text(&e), "key_ops": ["verify"], "kty": "RSA", "n": text(&n) })
            }
            Self::Edwards(pair) => {
                json!({ "crv": "Ed25519", "kty": "OKP", "x": text(pair.public_key().as_ref()) })
            }
        }
    }
}

/// The hash of a description whose fields are in the order of their names.
fn thumbprint(description: &Value) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(description.to_string()))
}

/// A part of a token.
fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("texts and numbers are always JSON"))
}

/// The bytes of a part.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Invalid)
}

/// What a part says.
fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, TokenError> {
    serde_json::from_slice(&decode(text)?).map_err(|_| TokenError::Invalid)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Keys, and what Airflow 3.3.2 calls them and signs with them.
    fn recorded() -> Vec<Value> {
        let text = include_str!("../../../oracle/tokens-3.3.2.json");
        serde_json::from_str(text).unwrap()
    }

    pub(crate) fn key(name: &str) -> SigningKey {
        let recorded = recorded();
        let found = recorded.iter().find(|one| one["name"] == name).unwrap();
        SigningKey::of_pem(found["pem"].as_str().unwrap()).unwrap()
    }

    #[test]
    fn keys_are_named_and_tokens_read_as_by_airflow_oracle() {
        for one in recorded() {
            let key = SigningKey::of_pem(one["pem"].as_str().unwrap()).unwrap();
            assert_eq!(
                (key.algorithm(), key.name()),
                (one["alg"].as_str().unwrap(), one["kid"].as_str().unwrap())
            );
            let claims: Value = key.read(one["token"].as_str().unwrap()).unwrap();
            assert_eq!(
                (&claims["sub"], &claims["aud"]),
                (&json!("7"), &json!("apache-airflow"))
            );
            let own: Value = key.read(&key.write(&json!({ "sub": "8" }))).unwrap();
            assert_eq!(own, json!({ "sub": "8" }));
        }
    }

    #[test]
    fn a_token_of_another_key_or_algorithm_is_refused() {
        let keys = [
            key("rsa"),
            key("ed25519"),
            SigningKey::of_secret(b"a secret of this test"),
        ];
        let claims = json!({ "sub": "1" });
        for own in &keys {
            let good = own.write(&claims);
            let (text, _) = good.rsplit_once('.').unwrap();
            assert!(own.read::<Value>(&format!("{text}.")).is_err());
            for alg in ["none", "HS256", "HS512", "RS256", "EdDSA", ""] {
                let token = own.signed(&json!({ "alg": alg }), &claims);
                assert_eq!(own.read::<Value>(&token).is_ok(), alg == own.algorithm(), "{alg}");
            }
            for other in keys.iter().filter(|other| other.algorithm() != own.algorithm()) {
                assert!(
                    own.read::<Value>(&other.signed(&json!({ "alg": own.algorithm() }), &claims))
                        .is_err()
                );
            }
        }
        // Whoever knows the public key has no secret.
        for own in &keys {
            let public = match &own.kind {
                Kind::Secret => continue,
                Kind::Rsa(pair) => pair.public().as_ref().to_vec(),
                Kind::Edwards(pair) => pair.public_key().as_ref().to_vec(),
            };
            let forged = SigningKey::of_secret(&public);
            for alg in ["HS512", own.algorithm()] {
                assert!(
                    own.read::<Value>(&forged.signed(&json!({ "alg": alg }), &claims))
                        .is_err()
                );
            }
        }
    }

    #[test]
    fn what_is_no_key_is_refused_in_words() {
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGb\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let public = "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n";
        let broken = "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n";
        let curve = "-----BEGIN EC PRIVATE KEY-----\nMC4=\n-----END EC PRIVATE KEY-----\n";
        for (text, expected) in [
            ("", InvalidKey::NotPem),
            ("a secret", InvalidKey::NotPem),
            (public, InvalidKey::NotPem),
            (encrypted, InvalidKey::Encrypted),
            (broken, InvalidKey::Kind),
            (curve, InvalidKey::Kind),
        ] {
            assert_eq!(SigningKey::of_pem(text).map(|_| ()), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_header_says_algorithm_and_name() {
        let secret = SigningKey::of_secret(b"a secret of this test");
        let header = |key: &SigningKey| -> Value {
            let token = key.write(&json!({}));
            parse(token.split('.').next().unwrap()).unwrap()
        };
        assert_eq!(
            header(&secret),
            json!({ "alg": "HS512", "typ": "JWT", "kid": "not-used" })
        );
        let named = key("ed25519").named("mine".to_owned());
        assert_eq!(
            header(&named),
            json!({ "alg": "EdDSA", "typ": "JWT", "kid": "mine" })
        );
    }

    #[test]
    fn nothing_of_a_key_is_shown() {
        assert_eq!(format!("{:?}", key("rsa")), "SigningKey { .. }");
    }
}
