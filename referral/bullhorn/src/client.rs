//! The client: one account, one session, one pace.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::call_error::CallError;
use crate::calls::answer::{Answer, judge};
use crate::calls::request::Request;
use crate::error::SetupError;
use crate::http::exchange::Exchange;
use crate::http::reply::Headers;
use crate::login::address;
use crate::login::authenticator::Authenticator;
use crate::setup::Setup;
use crate::wire::envelope::{self, ReadError};

/// A client of one Bullhorn account. Clones share the session, the pace and the counter; use one per account.
///
/// It logs in with the first call and again whenever Bullhorn ends the session. Call [`Client::logout`] at the end of a
/// batch: sessions are limited, and a dropped client cannot close its own.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    exchange: Arc<Exchange>,
    authenticator: Arc<Authenticator>,
}

/// The server's time, and how far this machine's differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerTime {
    /// The server's time, to the second.
    pub at: Timestamp,
    /// Server minus local time; positive when this machine is slow.
    pub skew: SignedDuration,
}

impl Client {
    /// Makes a client. Nothing is sent yet.
    ///
    /// If the process has no default TLS provider, rustls's `ring` becomes it.
    ///
    /// # Errors
    /// [`SetupError`] for an address that is no `https` URL, or a proxy or user agent that cannot be used. Final.
    pub fn new(setup: Setup) -> Result<Self, SetupError> {
        let rest_address =
            address::parse(&setup.rest_address, setup.options.plain_http).map_err(SetupError::Address)?;
        let exchange = Arc::new(Exchange::new(setup.options, setup.clock, setup.jitter)?);
        let authenticator = Arc::new(Authenticator::new(
            setup.credentials,
            rest_address,
            setup.refresh_tokens,
        ));
        Ok(Self {
            inner: Arc::new(Inner {
                exchange,
                authenticator,
            }),
        })
    }

    /// HTTP requests sent since the client was made, logins, retries and throttled ones included: all of them count
    /// against the account's monthly limit.
    pub fn calls_made(&self) -> u64 {
        self.inner.exchange.calls()
    }

    /// Asks when the session ends, and logs in if there is none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn ping(&self) -> Result<Timestamp, CallError> {
        Ok(self.ping_with_headers().await?.0)
    }

    /// Asks for the server's time. `None` when the server does not tell it.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn server_time(&self) -> Result<Option<ServerTime>, CallError> {
        let headers = self.ping_with_headers().await?.1;
        let now = self.inner.exchange.clock().now();
        Ok(headers.date.map(|at| ServerTime {
            at,
            skew: at.duration_since(now),
        }))
    }

    /// Forgets that Bullhorn refused the credentials, so that the next call tries them once more.
    ///
    /// For the beginning of a piece of work that a person or a schedule asked for: since the last one the account may have
    /// been put right. Never for a retry within it, because repeated failures lock the account.
    pub async fn forget_refusal(&self) {
        self.inner.authenticator.forget_refusal().await;
    }

    /// Closes the session, if there is one. A later call opens a new one.
    ///
    /// # Errors
    /// [`CallError`] when the server does not answer; the session is forgotten all the same.
    pub async fn logout(&self) -> Result<(), CallError> {
        let Some(session) = self.inner.authenticator.end_session().await else {
            return Ok(());
        };
        let request = Request::get("logout".to_owned()).may_be_empty();
        let outgoing = request.outgoing(&session);
        let exchange = &self.inner.exchange;
        let answer = exchange.run(&outgoing, request.repeat(), exchange.deadline(), |reply| {
            judge(reply, &outgoing.place, true, |_| Ok(()))
        });
        match answer.await? {
            // A session that the server no longer knows is closed.
            Answer::Value(()) | Answer::SessionRefused => Ok(()),
            Answer::Rejected(rejection) => Err(rejection.into()),
            Answer::Unreadable(source) => Err(CallError::Unreadable {
                place: outgoing.place,
                source,
            }),
        }
    }

    /// Makes a data call; `read` reads the body of a successful reply.
    pub(crate) async fn call<T>(
        &self,
        request: Request,
        read: impl Fn(&str) -> Result<T, ReadError>,
    ) -> Result<T, CallError> {
        Ok(self.call_with_headers(request, read).await?.0)
    }

    async fn ping_with_headers(&self) -> Result<(Timestamp, Headers), CallError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Ping {
            session_expires: i64,
        }
        let read = |text: &str| {
            let ping: Ping = envelope::read_plain(text)?;
            Ok(Timestamp::from_millisecond(ping.session_expires).unwrap_or(Timestamp::MAX))
        };
        self.call_with_headers(Request::get("ping".to_owned()), read)
            .await
    }

    /// A refused session is renewed, and the call repeated, once.
    async fn call_with_headers<T>(
        &self,
        request: Request,
        read: impl Fn(&str) -> Result<T, ReadError>,
    ) -> Result<(T, Headers), CallError> {
        let Inner {
            exchange,
            authenticator,
        } = &*self.inner;
        let deadline = exchange.deadline();
        let mut stale = None;
        loop {
            let session = authenticator
                .session(exchange, stale)
                .await
                .map_err(CallError::Login)?;
            let outgoing = request.outgoing(&session);
            let answer = exchange.run(&outgoing, request.repeat(), deadline, |reply| {
                let with_headers = |text: &str| Ok((read(text)?, reply.headers.clone()));
                judge(reply, &outgoing.place, request.is_empty_an_answer(), with_headers)
            });
            match answer.await? {
                Answer::Value(value) => return Ok(value),
                Answer::SessionRefused if stale.is_none() => stale = Some(session.generation),
                Answer::SessionRefused => {
                    return Err(CallError::SessionRefused {
                        place: outgoing.place,
                    });
                }
                Answer::Rejected(rejection) => return Err(rejection.into()),
                Answer::Unreadable(source) => {
                    return Err(CallError::Unreadable {
                        place: outgoing.place,
                        source,
                    });
                }
            }
        }
    }
}
