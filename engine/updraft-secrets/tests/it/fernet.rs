//! Tokens that Python made, and tokens of our own.

use jiff::Timestamp;
use proptest::prelude::*;
use serde::Deserialize;
use updraft_secrets::{Fernet, FernetError};

#[derive(Deserialize)]
struct Vectors {
    tokens: Vec<Token>,
    keys: Vec<String>,
    random: String,
}

#[derive(Deserialize)]
struct Token {
    key: String,
    time: i64,
    text: String,
    token: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/fernet.json")).expect("the vectors are JSON")
}

fn fernet(keys: &str) -> Fernet {
    Fernet::parse(keys)
        .expect("the keys are valid")
        .expect("there is a key")
}

#[test]
fn tokens_are_those_of_python() {
    let iv: [u8; 16] = std::array::from_fn(|index| index as u8 + 7);
    for vector in vectors().tokens {
        let now = Timestamp::from_second(vector.time).unwrap();
        assert_eq!(
            fernet(&vector.key).encrypt_with(&vector.text, now, iv),
            vector.token
        );
        assert_eq!(fernet(&vector.key).decrypt(&vector.token), Ok(vector.text));
    }
}

#[test]
fn any_key_of_the_list_decrypts_and_the_first_encrypts() {
    let vectors = vectors();
    let rotated = fernet(&format!("{}, {}", vectors.keys[1], vectors.keys[0]));
    assert_eq!(rotated.decrypt(&vectors.random), Ok("made by python".to_owned()));
    let token = rotated.encrypt("new", Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(fernet(&vectors.keys[1]).decrypt(&token), Ok("new".to_owned()));
    assert_eq!(fernet(&vectors.keys[0]).decrypt(&token), Err(FernetError::Token));
}

#[test]
fn keys_are_checked_and_no_key_is_no_encryption() {
    assert!(Fernet::parse(" ").unwrap().is_none());
    let key = Fernet::generate_key().unwrap();
    assert_eq!(key.len(), 44);
    assert_eq!(
        Fernet::parse(&format!("{key},short")).unwrap_err(),
        FernetError::Key { position: 2 }
    );
    assert!(!format!("{:?}", fernet(&key)).contains(&key));
}

proptest! {
    #[test]
    fn what_was_encrypted_decrypts_and_a_changed_token_does_not(text in ".*", at in any::<prop::sample::Index>()) {
        let fernet = fernet(&vectors().keys[0]);
        let token = fernet.encrypt(&text, Timestamp::UNIX_EPOCH).unwrap();
        prop_assert_eq!(fernet.decrypt(&token).unwrap(), text);
        let mut bytes = token.into_bytes();
        // The last character before the padding may hold bits that mean nothing.
        let at = at.index(bytes.len() - 4);
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        prop_assert_eq!(fernet.decrypt(&String::from_utf8(bytes).unwrap()), Err(FernetError::Token));
    }

    #[test]
    fn no_text_makes_it_panic(token in "[A-Za-z0-9_=-]{0,200}") {
        let _ = fernet(&vectors().keys[0]).decrypt(&token);
    }
}
