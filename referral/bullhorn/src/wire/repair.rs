//! Mends JSON texts that were cut in the middle of a character.

/// Replaces halves of UTF-16 pairs, which are left where a text was cut inside an emoji and make the JSON invalid.
pub(crate) fn without_lone_surrogates(json: &str) -> String {
    let unit = |at: &str| {
        let hex = at.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(hex, 16).ok()
    };
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('\\') {
        let (before, escape) = rest.split_at(start);
        out.push_str(before);
        let length = match unit(escape) {
            Some(0xD800..=0xDBFF) => match escape.get(6..).and_then(unit) {
                Some(0xDC00..=0xDFFF) => 12,
                _ => 0,
            },
            Some(0xDC00..=0xDFFF) => 0,
            Some(_) => 6,
            None => 1 + escape.chars().nth(1).map_or(0, char::len_utf8),
        };
        let (kept, after) = match length {
            0 => ("\\ufffd", &escape[6..]),
            _ => escape.split_at(length),
        };
        out.push_str(kept);
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn repairing_leaves_valid_json_alone(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(without_lone_surrogates(&json), json);
        }

        #[test]
        fn repairing_never_fails(json in "(\\\\u[dD][89a-fA-F][0-9]{2}|\\\\[\"n]|[a-zé])*\\\\?") {
            without_lone_surrogates(&json);
        }
    }
}
