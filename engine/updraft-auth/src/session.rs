//! Tokens of sessions, and those that people make for their programs: random, and stored as hashes only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::password::PasswordError;

/// 256 bits that nobody guesses, as text for a cookie or a header.
///
/// # Errors
/// [`PasswordError::Randomness`].
pub fn random_token() -> Result<String, PasswordError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| PasswordError::Randomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What personal tokens begin with, so that people and programs know one when they see it.
const PERSONAL: &str = "updraft_";

/// A token that somebody makes for a program, with which it does what this person may do.
///
/// # Errors
/// [`PasswordError::Randomness`].
pub fn personal_token() -> Result<String, PasswordError> {
    Ok(format!("{PERSONAL}{}", random_token()?))
}

/// Whether a text could be such a token.
pub fn is_personal_token(text: &str) -> bool {
    text.starts_with(PERSONAL)
}

/// What is stored of a token: 64 hexadecimal digits. Tokens are random, so that a fast hash is enough.
pub fn token_hash(token: &str) -> String {
    use std::fmt::Write;
    let digest = Sha256::digest(token.as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether two tokens are the same, in a time that does not tell how much of them is.
pub fn is_same_token(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_their_hashes_are_those_of_sha_256() {
        let (one, other) = (random_token().unwrap(), random_token().unwrap());
        assert_eq!(one.len(), 43);
        assert!(is_personal_token(&personal_token().unwrap()) && !is_personal_token(&one));
        assert!(is_same_token(&one, &one) && !is_same_token(&one, &other) && !is_same_token(&one, ""));
        assert_eq!(
            token_hash("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
