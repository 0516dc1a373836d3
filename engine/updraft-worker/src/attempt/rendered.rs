//! Rendered fields as they may be kept: without secrets, and not too long.
//!
//! Source: `serialize_template_field` of Airflow 2.11 and 3.1, with its words.

use serde_json::{Map, Value};

/// What is said of a field that is too long, before its beginning.
const TRUNCATED: &str = "Truncated. You can change this behaviour in [core]max_templated_field_length. ";

/// What the words and the quotes leave for the beginning of the field is so much less.
const OVERHEAD: usize = 79;

/// Fields without secrets, of which each has at most so many characters.
pub(super) fn kept(masked: Value, length_max: usize) -> Map<String, Value> {
    let Value::Object(fields) = masked else {
        return Map::new();
    };
    let short = fields.into_iter().map(|(name, value)| {
        let value = shortened(&value, length_max).unwrap_or(value);
        (name, value)
    });
    short.collect()
}

/// What stands for a value that is too long; `None` if it is not.
fn shortened(value: &Value, length_max: usize) -> Option<Value> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
    };
    if text.chars().count() <= length_max {
        return None;
    }
    let beginning: String = text.chars().take(length_max.saturating_sub(OVERHEAD)).collect();
    Some(format!("{TRUNCATED}{}... ", quoted(&beginning)).into())
}

/// The text as Python writes it.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut quoted = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\\' => quoted.push_str("\\\\"),
            character if character == quote => quoted.extend(['\\', quote]),
            character if character.is_ascii_control() => {
                quoted.push_str(&format!("\\x{:02x}", u32::from(character)));
            }
            character => quoted.push(character),
        }
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_long_field_keeps_its_beginning_in_airflows_words() {
        let long = format!("it's\n{}", "x".repeat(200));
        let fields = kept(
            json!({"short": "a", "number": 7, "long": long, "list": [long]}),
            100,
        );
        assert_eq!((&fields["short"], &fields["number"]), (&json!("a"), &json!(7)));
        assert_eq!(
            fields["long"],
            format!("{TRUNCATED}\"it's\\n{}\"... ", "x".repeat(16))
        );
        assert_eq!(
            fields["list"],
            format!("{TRUNCATED}'[\"it\\'s\\\\n{}'... ", "x".repeat(13))
        );
    }

    #[test]
    fn a_limit_below_the_words_leaves_nothing() {
        let fields = kept(json!({"long": "abcdef"}), 3);
        assert_eq!(fields["long"], format!("{TRUNCATED}''... "));
    }
}
