//! What a request says: query string, form and JSON body as one set of named values.

use serde_json::{Map, Value as Json};

/// Named values of a request. Unknown names do no harm.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    /// The JSON object in the body.
    body: Map<String, Json>,
}

impl Params {
    /// Reads query string and body. A body that is neither a form nor a JSON object counts for nothing.
    pub(crate) fn read(query: Option<&str>, content_type: Option<&str>, body: &[u8]) -> Self {
        let mut pairs = form_pairs(query.unwrap_or_default().as_bytes());
        let is_form = content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let object = match serde_json::from_slice(body) {
            Ok(Json::Object(object)) => object,
            _ => Map::new(),
        };
        if object.is_empty() && is_form {
            pairs.extend(form_pairs(body));
        }
        pairs.extend(
            object
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), plain(value)?))),
        );
        Self { pairs, body: object }
    }

    /// The first value of this name that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Whether the request says nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// A whole number; none when it is missing, negative or no number.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.trim().parse().ok()
    }

    /// Whether a switch is on.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// The JSON object in the body; empty when there is none.
    pub(crate) fn body(&self) -> &Map<String, Json> {
        &self.body
    }
}

fn form_pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The text of a plain JSON value.
fn plain(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn query_form_and_json_are_one_set() {
        let form = Params::read(
            Some("a=1&b=x%3Ay"),
            Some("application/x-www-form-urlencoded"),
            b"c=2+3&a=9",
        );
        assert_eq!(
            (form.get("a"), form.get("b"), form.get("c")),
            (Some("1"), Some("x:y"), Some("2 3"))
        );
        let json = Params::read(
            Some("fields=id"),
            Some("application/json"),
            br#"{"query":"id:1","count":5,"x":null}"#,
        );
        assert_eq!(
            (json.get("fields"), json.get("query"), json.number("count")),
            (Some("id"), Some("id:1"), Some(5))
        );
        assert_eq!(json.get("x"), None);
    }

    proptest! {
        #[test]
        fn no_request_makes_the_reader_panic(query in "\\PC{0,40}", body in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = Params::read(Some(&query), Some("application/x-www-form-urlencoded"), &body);
            let _ = Params::read(Some(&query), Some("application/json"), &body);
        }
    }
}
