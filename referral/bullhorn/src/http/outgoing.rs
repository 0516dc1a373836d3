//! A request as it leaves: where to, with what, and what may be said about it.

use reqwest::Method;
use reqwest::header::HeaderValue;
use url::Url;

use crate::redact::Place;

/// A request, ready to be sent any number of times.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) content: Content,
    /// The session's token. It travels in a header and nowhere else.
    pub(crate) token: Option<HeaderValue>,
    /// What logs and errors show instead of the URL.
    pub(crate) place: Place,
}

/// The body of a request.
pub(crate) enum Content {
    Nothing,
    /// Passwords, secrets and tokens of the login travel here.
    Form(Vec<(&'static str, String)>),
    Json(serde_json::Value),
}

/// Whether a request whose fate is unknown may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Sending it twice does what sending it once does.
    Freely,
    /// It is sent again when the server said that it failed, but not when the reply was lost.
    UnlessLost,
    /// It is sent again only when it certainly did not take effect.
    UnlessReceived,
}
