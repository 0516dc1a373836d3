//! One request on its way through the sandbox.

use std::sync::Arc;

use axum::http::{HeaderMap, Method, Uri, header};

use super::params::Params;
use super::route::Route;
use crate::options::Knobs;
use crate::shared::Shared;

/// Header, query parameter and cookie that carry a session's token.
const TOKEN: &str = "BhRestToken";

/// One request.
pub(crate) struct Call<'s> {
    pub(crate) shared: &'s Shared,
    pub(crate) method: Method,
    pub(crate) route: Route,
    pub(crate) params: Params,
    /// How this sandbox is reached, without a slash at the end.
    pub(crate) self_url: String,
    pub(crate) now_ms: i64,
    pub(crate) knobs: Arc<Knobs>,
    /// Each how-manieth record of a search is broken: the work of a fault.
    pub(crate) error_rows: Option<u32>,
    token: Option<String>,
}

/// The parts of an HTTP request that a [`Call`] is made from.
pub(crate) struct Incoming<'r> {
    pub(crate) method: &'r Method,
    pub(crate) uri: &'r Uri,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) body: &'r [u8],
}

impl<'s> Call<'s> {
    /// Reads a request.
    pub(crate) fn read(shared: &'s Shared, route: Route, incoming: &Incoming<'_>, now_ms: i64) -> Self {
        let content_type = incoming
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let params = Params::read(incoming.uri.query(), content_type, incoming.body);
        let token = token_of(incoming.headers, &params);
        Self {
            shared,
            method: incoming.method.clone(),
            route,
            params,
            self_url: self_url(shared, incoming.headers),
            now_ms,
            knobs: shared.knobs(),
            error_rows: None,
            token,
        }
    }

    /// The session's token, wherever the request carries it.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }
}

fn token_of(headers: &HeaderMap, params: &Params) -> Option<String> {
    let in_header = headers.get(TOKEN).and_then(|value| value.to_str().ok());
    let in_cookie = || {
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| name.trim() == TOKEN)
            .map(|(_, value)| value.trim())
    };
    in_header
        .or_else(|| params.get(TOKEN))
        .or_else(in_cookie)
        .filter(|token| !token.is_empty())
        .map(str::to_owned)
}

/// The configured address, or the one that the client used.
fn self_url(shared: &Shared, headers: &HeaderMap) -> String {
    if let Some(url) = &shared.options.self_url {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    format!("http://{}", host.unwrap_or("localhost"))
}
