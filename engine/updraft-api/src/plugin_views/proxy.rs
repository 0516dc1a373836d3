//! Asks the service of a view.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_TYPE, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::Bytes;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

use super::sign;
use super::view::PluginView;
use crate::failure::Failure;

/// How long it may take until a service has taken the call.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// How long an answer may stand still once it has begun.
const SILENCE_MAX: Duration = Duration::from_mins(1);

/// Connections to one service that are kept open.
const IDLE_PER_HOST_MAX: usize = 16;

/// What a service hears of the browser; all else stays here: cookies, tokens, and headers that say who somebody is.
const PASSED_ON: [HeaderName; 7] = [
    ACCEPT,
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    CONTENT_TYPE,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    RANGE,
];

/// The client of all services, made when it is first needed.
#[derive(Debug, Default)]
pub(crate) struct Upstream(Mutex<Option<Client>>);

/// A call to a service.
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) identity: HeaderValue,
    pub(super) body: Bytes,
}

impl Upstream {
    fn client(&self) -> Result<Client, Failure> {
        let mut client = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have installed one in between, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let made = Client::builder()
            .connect_timeout(CONNECT_MAX)
            .read_timeout(SILENCE_MAX)
            .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
            .referer(false)
            .no_proxy()
            .redirect(Policy::none())
            .build()
            .map_err(|error| Failure::Internal(error.into()))?;
        *client = Some(made.clone());
        Ok(made)
    }

    /// Asks, and returns the answer when it begins.
    ///
    /// # Errors
    /// There is no client; the inner one: the service cannot be reached or does not answer.
    pub(super) async fn ask(
        &self,
        question: Question,
        headers: &HeaderMap,
    ) -> Result<reqwest::Result<Response>, Failure> {
        let mut request = self.client()?.request(question.method, question.url);
        for name in &PASSED_ON {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let request = request
            .header(sign::HEADER, question.identity)
            .body(question.body);
        Ok(request.send().await)
    }
}

/// Where a service is asked for what stands behind its route; `None` if that would lead out of the address that was configured.
pub(super) fn address(view: &PluginView, rest: &str, query: Option<&str>) -> Option<Url> {
    let is_step = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        matches!(plain.as_str(), "." | "..")
    };
    let is_odd = |part: &str| rest.to_ascii_lowercase().contains(part);
    if rest.split('/').any(is_step) || ["\\", "%5c", "%00"].into_iter().any(is_odd) {
        return None;
    }
    let base = view.url.as_str().trim_end_matches('/');
    let mut url = Url::parse(&format!("{base}{rest}")).ok()?;
    url.set_query(query);
    let below = format!("{}/", view.url.path().trim_end_matches('/'));
    let is_below = url.origin() == view.url.origin() && format!("{}/", url.path()).starts_with(&below);
    is_below.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::super::view::PluginViews;
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_address_of_the_service() {
        let text = r#"[{"name": "A", "url": "http://127.0.0.1:8002/in/side", "route": "a"}]"#;
        let views = PluginViews::parse(text, &"x".repeat(32)).unwrap();
        let view = views.of_route("a").unwrap();
        let of = |rest: &str, query| address(view, rest, query).map(String::from);
        assert_eq!(of("/", None).as_deref(), Some("http://127.0.0.1:8002/in/side/"));
        assert_eq!(
            of("/api/x%20y", Some("q=a%20b&c")).as_deref(),
            Some("http://127.0.0.1:8002/in/side/api/x%20y?q=a%20b&c")
        );
        for rest in [
            "/../out",
            "/a/%2e%2E/%2e./../out",
            "/%2e%2e",
            "/..\\out",
            "/..%5Cout",
            "/\\\\evil.example",
            "@evil.example/",
            ".evil.example",
            "/%00",
        ] {
            assert_eq!(of(rest, None), None, "{rest}");
        }
    }
}
