//! Sends one request and reads its reply to the end.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::ACCEPT;
use reqwest::{Proxy, Response, redirect};

use crate::call_error::Fault;
use crate::error::SetupError;
use crate::http::outgoing::{Content, Outgoing};
use crate::http::reply::{Headers, Reply};
use crate::options::Options;

/// The header that carries the session's token.
const TOKEN_HEADER: &str = "BhRestToken";

#[derive(Debug)]
pub(crate) struct Transport {
    client: reqwest::Client,
    body_bytes_max: usize,
}

impl Transport {
    /// A client that follows no redirect (a password must not travel on by itself), keeps no cookies (stale ones break
    /// Bullhorn's login), names no referrer (a token could be in it) and ignores the proxies of the environment.
    pub(crate) fn new(options: &Options) -> Result<Self, SetupError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have installed one in between, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy();
        if let Some(proxy) = &options.proxy {
            builder = builder.proxy(Proxy::all(proxy.expose()).map_err(|_| SetupError::Proxy)?);
        }
        let client = builder
            .build()
            .map_err(|error| SetupError::Http(Arc::new(error.without_url())))?;
        Ok(Self {
            client,
            body_bytes_max: options.body_bytes_max,
        })
    }

    /// Sends the request once. Whatever the server answers is a reply; only its absence is a fault.
    pub(crate) async fn send(&self, outgoing: &Outgoing, timeout: Duration) -> Result<Reply, Fault> {
        let mut request = self
            .client
            .request(outgoing.method.clone(), outgoing.url.clone())
            .timeout(timeout);
        request = match &outgoing.content {
            Content::Nothing => request,
            Content::Form(pairs) => request.form(pairs),
            Content::Json(value) => request.json(value),
        };
        if let Some(token) = &outgoing.token {
            request = request
                .header(TOKEN_HEADER, token)
                .header(ACCEPT, "application/json");
        }
        let response = request.send().await.map_err(fault)?;
        let (status, headers) = (response.status(), Headers::read(response.headers()));
        let body = self.read_body(response).await?;
        Ok(Reply {
            status,
            headers,
            body,
        })
    }

    async fn read_body(&self, mut response: Response) -> Result<Bytes, Fault> {
        let limit = self.body_bytes_max;
        let announced = response
            .content_length()
            .map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        if announced > limit {
            return Err(Fault::TooLarge { limit });
        }
        let mut body = BytesMut::with_capacity(announced);
        while let Some(chunk) = response.chunk().await.map_err(fault)? {
            if body.len() + chunk.len() > limit {
                return Err(Fault::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

/// What a failure to send or to read means. The URL is taken out first: it may hold a user name or a query.
fn fault(error: reqwest::Error) -> Fault {
    let error = error.without_url();
    if error.is_connect() {
        Fault::Connect(shared(error))
    } else if error.is_timeout() {
        Fault::Timeout
    } else {
        Fault::Lost(shared(error))
    }
}

fn shared(error: reqwest::Error) -> Arc<dyn Error + Send + Sync> {
    Arc::new(error)
}
