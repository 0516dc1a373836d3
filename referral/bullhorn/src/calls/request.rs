//! A data call before it knows its session.

use reqwest::Method;

use crate::entity::Entity;
use crate::http::outgoing::{Content, Outgoing, Repeat};
use crate::login::session::Session;

/// The longest encoded query string, below the 7,500 characters from which texts must travel in the body.
pub(crate) const URL_CHARS_MAX: usize = 7_000;

/// What is asked for, below the session's address.
pub(crate) struct Request {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<serde_json::Value>,
    repeat: Repeat,
    /// Whether an empty body is an answer.
    may_be_empty: bool,
}

impl Request {
    pub(crate) fn new(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
            repeat: Repeat::Freely,
            may_be_empty: false,
        }
    }

    pub(crate) fn get(path: String) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: String, body: serde_json::Value) -> Self {
        Self {
            body: Some(body),
            ..Self::new(Method::POST, path)
        }
    }

    /// A call whose long text goes into the address if it fits there, else into the body of a POST.
    pub(crate) fn with_text(
        path: String,
        query: Vec<(&'static str, String)>,
        name: &'static str,
        text: String,
    ) -> Self {
        let encoded: usize = query
            .iter()
            .map(|(name, value)| name.len() + 2 + encoded_length(value))
            .sum();
        let mut request = if encoded + encoded_length(&text) > URL_CHARS_MAX {
            Self::post(path, serde_json::json!({ name: text }))
        } else {
            Self::get(path).with(name, text)
        };
        request.query.extend(query);
        request
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub(crate) fn repeated(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    pub(crate) fn may_be_empty(mut self) -> Self {
        self.may_be_empty = true;
        self
    }

    pub(crate) fn repeat(&self) -> Repeat {
        self.repeat
    }

    pub(crate) fn is_empty_an_answer(&self) -> bool {
        self.may_be_empty
    }

    /// The request as it leaves within a session.
    pub(crate) fn outgoing(&self, session: &Session) -> Outgoing {
        let mut url = session.url(&self.path);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Outgoing {
            place: session.place(self.method.as_str(), &url),
            method: self.method.clone(),
            url,
            content: self.body.clone().map_or(Content::Nothing, Content::Json),
            token: Some(session.token.clone()),
        }
    }
}

/// `entity/Candidate/5` and the like.
pub(crate) fn path(door: &str, entity: Entity, rest: &str) -> String {
    if rest.is_empty() {
        format!("{door}/{entity}")
    } else {
        format!("{door}/{entity}/{rest}")
    }
}

/// How long a value gets in an address.
pub(crate) fn encoded_length(value: &str) -> usize {
    url::form_urlencoded::byte_serialize(value.as_bytes())
        .map(str::len)
        .sum()
}
