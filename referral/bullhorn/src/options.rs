//! The limits and timeouts of a client. A rule that Bullhorn's sources disagree about is an option, not a constant.

use std::time::Duration;

use crate::secret::Secret;

/// Limits, timeouts and conventions of a client. `Options::default()` suits a production account.
#[derive(Debug, Clone)]
pub struct Options {
    /// Sent with every call; Bullhorn's login pages once refused clients without a browser-like one.
    pub user_agent: String,
    /// An HTTP proxy to go through, as a URL. It is a secret because it may hold credentials. The environment's proxy
    /// variables are not read.
    pub proxy: Option<Secret>,
    /// Whether addresses without TLS are accepted.
    pub plain_http: PlainHttp,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest silence while a reply is being read.
    pub read_timeout: Duration,
    /// Longest time for one request with its reply.
    pub request_timeout: Duration,
    /// Longest time for one call with all its waiting, retries and renewals of the session.
    pub call_deadline: Duration,
    /// How often a call is sent before a server error, a lost connection or an unusable reply is final. Throttled
    /// sends do not count; the deadline limits those.
    pub attempts_max: u32,
    /// The first wait after a server error, doubled each time.
    pub backoff_first: Duration,
    /// The longest wait between two sends of one call.
    pub backoff_max: Duration,
    /// Calls in flight at the same time; 4 to 8 is what accounts are known to bear.
    pub in_flight_max: usize,
    /// The fastest pace over all parallel callers. Bullhorn documents 1,500 a minute.
    pub calls_per_minute: u32,
    /// When the server says that fewer calls than this remain in the minute, the rest are spread over it.
    pub remaining_floor: u32,
    /// The largest reply that is read, in bytes.
    pub body_bytes_max: usize,
    /// The session length to ask for, in minutes; `None` leaves it to Bullhorn. It is a wish: ask
    /// [`Client::ping`](crate::Client::ping) for the real end.
    pub session_ttl_minutes: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            user_agent: concat!(
                "Mozilla/5.0 (compatible; updraft-bullhorn/",
                env!("CARGO_PKG_VERSION"),
                ")"
            )
            .to_owned(),
            proxy: None,
            plain_http: PlainHttp::LoopbackOnly,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_mins(1),
            request_timeout: Duration::from_mins(2),
            call_deadline: Duration::from_mins(5),
            attempts_max: 5,
            backoff_first: Duration::from_secs(1),
            backoff_max: Duration::from_secs(30),
            in_flight_max: 6,
            calls_per_minute: 1_400,
            remaining_floor: 100,
            body_bytes_max: 256 * 1024 * 1024,
            session_ttl_minutes: None,
        }
    }
}

/// Whether addresses that start with `http:` are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// Only on this machine (`localhost`, 127.0.0.0/8, `::1`): the password never crosses a network in the clear.
    LoopbackOnly,
    /// Everywhere, for a sandbox on a trusted network.
    Anywhere,
}
