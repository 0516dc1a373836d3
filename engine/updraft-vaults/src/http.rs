//! The clients that ask servers of secrets, and their answers, of which no more is read than such a server has to say.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Certificate, Client, RequestBuilder, StatusCode, Url};
use serde_json::Value;

use crate::kwargs::{InvalidKwargs, Kwargs};

/// How long it may take until a server has taken the call.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// How long a call may take, if nobody says.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The most of an answer that is read.
const BODY_BYTES_MAX: usize = 4 << 20;

/// Standby servers send to the active one; more often than this nobody means it.
const REDIRECTS_MAX: usize = 5;

/// Whose certificates are believed: `verify` of the Python libraries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verify {
    /// Those of well-known authorities.
    WellKnown,
    /// Those of the authorities in this file.
    File(PathBuf),
    /// All.
    Nothing,
}

impl Verify {
    /// `verify`, else the file that an environment variable names.
    pub(crate) fn take(kwargs: &mut Kwargs, file: Option<&String>) -> Result<Self, InvalidKwargs> {
        Ok(match kwargs.take("verify") {
            None | Some(Value::Null) => file.map_or(Self::WellKnown, |file| Self::File(file.into())),
            Some(Value::Bool(true)) => Self::WellKnown,
            Some(Value::Bool(false)) => Self::Nothing,
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Self::WellKnown,
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Self::Nothing,
            Some(Value::String(path)) => Self::File(path.into()),
            Some(Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(InvalidKwargs::Value {
                    name: "verify",
                    expected: "true, false, or the path of a file with certificates",
                });
            }
        })
    }
}

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A server somewhere, through the proxies that the environment names.
    Anywhere,
    /// Something beside this machine, such as its metadata service.
    Beside,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum InvalidClient {
    /// The certificates cannot be read.
    #[error("the certificates in `{}` cannot be used: {why}", path.display())]
    Certificates {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("no HTTP client can be made: {why}")]
    Client {
        /// Why.
        why: String,
    },
}

/// A client that verifies as it is told.
pub(crate) fn client(
    verify: &Verify,
    reach: Reach,
    timeout: Option<Duration>,
) -> Result<Client, InvalidClient> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have installed one in between, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let mut builder = Client::builder()
        .user_agent("updraft")
        .connect_timeout(CONNECT_MAX)
        .timeout(timeout.unwrap_or(TIMEOUT))
        .referer(false);
    builder = match reach {
        Reach::Anywhere => builder.redirect(Policy::custom(to_the_active_one)),
        Reach::Beside => builder.redirect(Policy::none()).no_proxy(),
    };
    builder = match verify {
        Verify::WellKnown => builder,
        Verify::Nothing => builder.danger_accept_invalid_certs(true),
        Verify::File(path) => {
            let failed = |why: String| InvalidClient::Certificates {
                path: path.clone(),
                why,
            };
            let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
            let found = Certificate::from_pem_bundle(&text).map_err(|error| failed(error.to_string()))?;
            if found.is_empty() {
                return Err(failed("there is none in it".to_owned()));
            }
            builder.tls_certs_only(found)
        }
    };
    let made = builder.build();
    made.map_err(|error| InvalidClient::Client {
        why: error.to_string(),
    })
}

/// What is sent is secret: it must not leave TLS.
fn to_the_active_one(attempt: Attempt<'_>) -> Action {
    let from = attempt.previous().last();
    let loses_tls = from.is_some_and(|from| from.scheme() == "https") && attempt.url().scheme() != "https";
    if loses_tls || attempt.previous().len() > REDIRECTS_MAX {
        attempt.stop()
    } else {
        attempt.follow()
    }
}

/// What a server has said.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// An address as errors tell it: without a password that somebody may have put there.
pub(crate) fn address(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    format!(
        "{}://{}{port}{path}",
        url.scheme(),
        url.host_str().unwrap_or_default()
    )
}

/// Sends, and reads the answer.
///
/// # Errors
/// Why there is none, without the address, which the caller names.
pub(crate) async fn send(request: RequestBuilder) -> Result<Answer, String> {
    let mut response = request.send().await.map_err(reason)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reason)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(format!("its answer is longer than {BODY_BYTES_MAX} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}

/// The innermost cause says most.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    let error = error.without_url();
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
