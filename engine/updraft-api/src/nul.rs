//! The NUL character, which PostgreSQL cannot hold in a text. So nothing is called so, and no text of a call may have one.

use memchr::memmem;

use crate::failure::Failure;

/// How JSON says it; no other way is JSON.
const ESCAPE: &[u8] = b"\\u0000";

/// Demands that a percent-encoded text has none.
///
/// # Errors
/// [`Failure::Invalid`].
pub(crate) fn refuse_encoded(place: &'static str, text: &str) -> Result<(), Failure> {
    if text.contains("%00") {
        return Err(found(place));
    }
    Ok(())
}

/// Demands that no text of a JSON document has one.
///
/// # Errors
/// [`Failure::Invalid`].
pub(crate) fn refuse_json(document: &[u8]) -> Result<(), Failure> {
    // After an odd number of backslashes the one of the escape is itself escaped.
    let is_escape = |at: usize| {
        let before = document.get(..at).unwrap_or_default();
        let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\');
        backslashes.count() % 2 == 0
    };
    if memmem::find_iter(document, ESCAPE).any(is_escape) {
        return Err(found("body"));
    }
    Ok(())
}

fn found(place: &'static str) -> Failure {
    Failure::Invalid {
        place,
        message: "a text cannot hold the NUL character".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_character_itself_is_refused() {
        for (document, is_refused) in [
            (r#"{"k": "a\u0000b"}"#, true),
            (r#"{"\u0000": 1}"#, true),
            (r#"["\\\u0000"]"#, true),
            (r#"["\\u0000"]"#, false),
            (r#"["\u00000"]"#, true),
            (r#"["\u0001", "u0000"]"#, false),
            ("", false),
        ] {
            assert_eq!(
                refuse_json(document.as_bytes()).is_err(),
                is_refused,
                "{document}"
            );
        }
        assert!(refuse_encoded("query", "a=%00").is_err());
    }
}
