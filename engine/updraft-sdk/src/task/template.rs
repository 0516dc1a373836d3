//! What copies of a mapped task are called.

use serde_json::{Map, Value};

/// Fills in a text with `{{ name }}` or `{{ name.field }}`.
///
/// # Errors
/// A name is unknown, or a brace is not closed.
pub(crate) fn render(template: &str, values: &Map<String, Value>) -> Result<String, String> {
    let (mut text, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after
            .split_once("}}")
            .ok_or_else(|| format!("map_index_template `{template}` has a `{{{{` that is not closed"))?;
        let name = name.trim();
        let value = find(name, values)
            .ok_or_else(|| format!("map_index_template `{template}`: `{name}` is not defined"))?;
        text.push_str(before);
        match value {
            Value::String(value) => text.push_str(value),
            other => text.push_str(&other.to_string()),
        }
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

fn find<'v>(name: &str, values: &'v Map<String, Value>) -> Option<&'v Value> {
    let mut parts = name.split('.');
    let first = values.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_filled_in_and_unknown_ones_are_errors() {
        let values = json!({"city": "Berlin", "file": {"size": 3}});
        let render = |template| render(template, values.as_object().unwrap());
        assert_eq!(
            render("{{ city }}: {{file.size}} bytes").unwrap(),
            "Berlin: 3 bytes"
        );
        assert_eq!(render("plain").unwrap(), "plain");
        assert!(
            render("{{ town }}")
                .unwrap_err()
                .contains("`town` is not defined")
        );
        assert!(render("{{ city").unwrap_err().contains("not closed"));
    }
}
