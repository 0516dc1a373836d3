//! Lines and documents with and without secrets.

use std::borrow::Cow;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;
use updraft_secrets::{Connection, Masker};

#[test]
fn secrets_disappear_from_lines() {
    let mut masker = Masker::new(&["pin_code".to_owned()]);
    masker.add_secrets([
        "hunter22",
        "hunter22-and-more",
        "abc",
        "p@ss/word",
        "first line\nsecond line",
        "quote\"d",
    ]);
    for (line, masked) in [
        ("nothing here", "nothing here"),
        ("use hunter22!", "use ***!"),
        ("use hunter22-and-more", "use ***"),
        (
            "abc is too short to be a secret",
            "abc is too short to be a secret",
        ),
        ("encoded p%40ss%2Fword", "encoded ***"),
        ("a second line alone", "a *** alone"),
        (r#"json "x": "quote\"d""#, r#"json "x": "***""#),
        ("password=geheim&page=2", "password=***&page=2"),
        ("DB_PASSWORD='two words' host=x", "DB_PASSWORD='***' host=x"),
        (
            r#"{"api_key": "k-1", "page": 2}"#,
            r#"{"api_key": "***", "page": 2}"#,
        ),
        (r"{'my_token': 'a\'b', 'n': 1}", r"{'my_token': '***', 'n': 1}"),
        (r#"{"pin_code": 1234}"#, r#"{"pin_code": ***}"#),
        (
            "Authorization: Bearer eyJhbGciOi.x.y",
            "Authorization: Bearer ***",
        ),
        ("the token was refused: expired", "the token was refused: expired"),
        ("postgresql://me:geheim@db/x", "postgresql://me:***@db/x"),
        ("http://host:8080/path@x", "http://host:8080/path@x"),
    ] {
        assert_eq!(masker.mask(line), masked);
    }
    assert!(matches!(masker.mask("nothing here"), Cow::Borrowed(_)));
}

#[test]
fn connections_and_variables_bring_their_secrets() {
    let mut masker = Masker::new(&[]);
    let connection: Connection = "http://me:topsecret@h/?client_secret=another-one&region=frankfurt"
        .parse()
        .unwrap();
    masker.add_connection(&connection);
    masker.add_variable(
        "plain",
        r#"{"nested": {"api_token": ["deep-value"], "ok": "visible"}}"#,
    );
    masker.add_variable("my_password", "variable-value");
    assert_eq!(
        masker.mask("topsecret another-one frankfurt deep-value visible variable-value"),
        "*** *** frankfurt *** visible ***"
    );
}

#[test]
fn documents_are_masked_by_name_and_by_value() {
    let mut masker = Masker::new(&[]);
    masker.add_secret("hunter22");
    let document =
        json!({"user": "me", "Secret_Parts": {"a": ["x", 1]}, "note": "it is hunter22", "n": null});
    assert_eq!(
        masker.mask_json(&document),
        json!({"user": "me", "Secret_Parts": {"a": ["***", 1]}, "note": "it is ***", "n": null})
    );
}

/// Making one costs more than all else in the property.
static EMPTY: LazyLock<Masker> = LazyLock::new(|| Masker::new(&[]));

#[test]
fn secrets_that_are_too_long_for_one_expression_are_masked_all_the_same() {
    let mut masker = EMPTY.clone();
    let long = "\u{e4}".repeat(50_000);
    masker.add_secrets([long.as_str(), "hunter22"]);
    assert_eq!(masker.mask(&format!("a {long} b hunter22")), "a *** b ***");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_secret_never_survives(before in ".{0,20}", secret in "[^*\\s]{5,20}", after in ".{0,20}") {
        let mut masker = EMPTY.clone();
        masker.add_secret(&secret);
        let line = format!("{before}{secret}{after}");
        prop_assert!(!masker.mask(&line).contains(&secret));
    }
}
