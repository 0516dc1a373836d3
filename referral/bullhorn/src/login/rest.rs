//! Step 4: an access token for a session.

use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use url::Url;

use crate::call_error::{Fault, RejectionKind, ShapeError};
use crate::http::exchange::Step;
use crate::http::outgoing::Repeat;
use crate::http::reply::Reply;
use crate::login::LoginError;
use crate::login::address;
use crate::login::post::Sender;
use crate::login::session::{Generation, Session};
use crate::options::PlainHttp;
use crate::redact::Place;
use crate::secret::Secret;
use crate::wire::envelope::{self, ReadError};
use crate::wire::error_body::ErrorBody;

/// How a login ended that was answered.
#[derive(Debug)]
pub(crate) enum Opened {
    Session(Session),
    /// The access token was refused, which happens now and then even to a fresh one.
    AccessTokenRefused,
}

#[derive(Deserialize)]
struct LoginReply {
    #[serde(rename = "BhRestToken")]
    token: Option<Secret>,
    #[serde(rename = "restUrl")]
    rest_url: Option<String>,
}

/// Opens a session. The access token travels in the body.
pub(crate) async fn open(
    sender: Sender<'_>,
    url: &Url,
    access_token: &Secret,
    generation: Generation,
) -> Result<Opened, LoginError> {
    let options = sender.exchange.options();
    let mut form = vec![
        ("version", "*".to_owned()),
        ("access_token", access_token.expose().to_owned()),
    ];
    form.extend(
        options
            .session_ttl_minutes
            .map(|minutes| ("ttl", minutes.to_string())),
    );
    let plain_http = options.plain_http;
    let judge = |reply: &Reply, place: &Place| judge(reply, place, generation, plain_http);
    sender.post(url.clone(), form, Repeat::Freely, judge).await?
}

fn judge(
    reply: &Reply,
    place: &Place,
    generation: Generation,
    plain_http: PlainHttp,
) -> Step<Result<Opened, LoginError>> {
    let text = envelope::text(&reply.body);
    if reply.status != StatusCode::OK {
        return Step::Done(refusal(&text, place, reply.status));
    }
    if reply.is_empty() {
        return Step::Broken(Fault::Empty);
    }
    if reply.is_page() {
        return Step::Broken(Fault::Page);
    }
    let shape = |source| LoginError::Unreadable {
        place: place.clone(),
        source,
    };
    Step::Done(match envelope::read_plain::<LoginReply>(&text) {
        Ok(login) => session(login, generation, plain_http)
            .map(Opened::Session)
            .map_err(shape),
        Err(ReadError::Garbled) => return Step::Broken(Fault::Garbled),
        Err(ReadError::ErrorBody) => refusal(&text, place, reply.status),
        Err(ReadError::Shape(source)) => Err(shape(source)),
    })
}

fn refusal(text: &str, place: &Place, status: StatusCode) -> Result<Opened, LoginError> {
    let rejection = ErrorBody::read(text).into_rejection(place.clone(), status);
    if rejection.kind == RejectionKind::AccessToken || status == StatusCode::UNAUTHORIZED {
        return Ok(Opened::AccessTokenRefused);
    }
    Err(LoginError::SessionRefused(Box::new(rejection)))
}

fn session(login: LoginReply, generation: Generation, plain_http: PlainHttp) -> Result<Session, ShapeError> {
    let token = login.token.ok_or(ShapeError::Missing { key: "BhRestToken" })?;
    let rest_url = login.rest_url.ok_or(ShapeError::Missing { key: "restUrl" })?;
    let mut token = HeaderValue::from_str(token.expose()).map_err(|_| ShapeError::Type {
        place: "`BhRestToken`".to_owned(),
        expected: "a token",
    })?;
    // The HTTP stack hides the values of sensitive headers in its own traces.
    token.set_sensitive(true);
    let rest_url = address::parse(&rest_url, plain_http).map_err(ShapeError::Address)?;
    Ok(Session::new(
        generation,
        token,
        address::endpoint(&rest_url, &[], ""),
    ))
}
