//! Sends one step of the login. A step that reached the wrong data centre is answered with 307 and follows it once,
//! keeping method and body.

use reqwest::{Method, StatusCode};
use url::Url;

use crate::call_error::Fault;
use crate::http::exchange::{Exchange, Step};
use crate::http::outgoing::{Content, Outgoing, Repeat};
use crate::http::reply::Reply;
use crate::login::LoginError;
use crate::login::address;
use crate::pace::deadline::Deadline;
use crate::redact::Place;
use crate::wire::error_body::is_throttling;

/// Name and value pairs of a form.
pub(crate) type Form = Vec<(&'static str, String)>;

/// Where a step's answer came from.
enum Landing<T> {
    Here(T),
    /// Another data centre is responsible; `None` when the reply does not say which.
    Elsewhere(Option<String>),
}

/// Sends steps of the login with one deadline over all of them.
#[derive(Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) exchange: &'a Exchange,
    pub(crate) deadline: Deadline,
}

impl Sender<'_> {
    /// POSTs a form, which is where secrets belong: bodies do not end up in access logs.
    pub(crate) async fn post<T>(
        self,
        url: Url,
        form: Form,
        repeat: Repeat,
        judge: impl Fn(&Reply, &Place) -> Step<T>,
    ) -> Result<T, LoginError> {
        self.send(Method::POST, url, (Content::Form(form), repeat), judge)
            .await
    }

    /// GETs an address.
    pub(crate) async fn get<T>(
        self,
        url: Url,
        judge: impl Fn(&Reply, &Place) -> Step<T>,
    ) -> Result<T, LoginError> {
        self.send(Method::GET, url, (Content::Nothing, Repeat::Freely), judge)
            .await
    }

    async fn send<T>(
        self,
        method: Method,
        url: Url,
        (content, repeat): (Content, Repeat),
        judge: impl Fn(&Reply, &Place) -> Step<T>,
    ) -> Result<T, LoginError> {
        let place = Place::new(method.as_str(), &url, None);
        let mut outgoing = Outgoing {
            method,
            url,
            content,
            token: None,
            place,
        };
        for _ in 0..2 {
            let landing = self.exchange.run(&outgoing, repeat, self.deadline, |reply| {
                land(reply, |reply| judge(reply, &outgoing.place))
            });
            match landing.await? {
                Landing::Here(value) => return Ok(value),
                Landing::Elsewhere(None) => break,
                Landing::Elsewhere(Some(location)) => {
                    let plain_http = self.exchange.options().plain_http;
                    let target = address::join(&outgoing.url, &location, plain_http);
                    outgoing.url = target.map_err(|error| LoginError::Redirected {
                        place: outgoing.place.clone(),
                        source: Some(error),
                    })?;
                    outgoing.place = Place::new(outgoing.method.as_str(), &outgoing.url, None);
                }
            }
        }
        Err(LoginError::Redirected {
            place: outgoing.place,
            source: None,
        })
    }
}

/// Sorts out what every step has in common: throttling, server errors and redirects to another data centre.
fn land<T>(reply: &Reply, judge: impl Fn(&Reply) -> Step<T>) -> Step<Landing<T>> {
    if is_throttling(reply.status, &reply.body) {
        return Step::Throttled;
    }
    if reply.status == StatusCode::REQUEST_TIMEOUT {
        return Step::Broken(Fault::Timeout);
    }
    if reply.status.is_server_error() {
        return Step::Broken(Fault::Server {
            status: reply.status.as_u16(),
        });
    }
    if matches!(
        reply.status,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
    ) {
        return Step::Done(Landing::Elsewhere(reply.headers.location.clone()));
    }
    match judge(reply) {
        Step::Done(value) => Step::Done(Landing::Here(value)),
        Step::Throttled => Step::Throttled,
        Step::Broken(fault) => Step::Broken(fault),
    }
}
