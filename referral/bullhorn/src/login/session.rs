//! A session: the token that opens it and the address that belongs to it.

use std::fmt;

use reqwest::header::HeaderValue;
use url::Url;

use crate::redact::Place;

/// Distinguishes a session from the one before, so that a late 401 of the old one does not end the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Generation(pub(crate) u64);

/// An open session. Its address is good for this session only.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) generation: Generation,
    pub(crate) token: HeaderValue,
    /// Ends in a slash; the last segment is the corporation's token.
    rest_url: Url,
}

impl Session {
    pub(crate) fn new(generation: Generation, token: HeaderValue, rest_url: Url) -> Self {
        Self {
            generation,
            token,
            rest_url,
        }
    }

    /// The address of a call below the session's own.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.rest_url.clone();
        url.set_path(&format!("{}{path}", self.rest_url.path()));
        url
    }

    /// What may be said about a call.
    pub(crate) fn place(&self, method: &str, url: &Url) -> Place {
        Place::new(
            method,
            url,
            self.rest_url.path().trim_end_matches('/').rsplit('/').next(),
        )
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}
