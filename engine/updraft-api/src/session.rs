//! Sessions of the web interface: a cookie with a random token, of which the database has the hash.
//!
//! A browser sends the cookie with whatever any site has it ask. So a change is made only for a page of ours: one that knows the CSRF token
//! of the session, and that the browser does not say to be of another site.

use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use updraft_auth::{is_same_token, random_token, token_hash};
use updraft_store::{NewSession, SessionRow};

use crate::api::Api;
use crate::failure::Failure;

/// The name of the cookie.
const NAME: &str = "updraft_session";
/// The header that says the CSRF token.
const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// A session is noted as seen no more often than this.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

const FOREIGN: Failure = Failure::Refused("this change was asked for by a page of another site");
const NO_CSRF: Failure = Failure::Refused(
    "the header `X-CSRF-Token` is missing or is not that of this session; `/ui/api/me` tells it",
);

/// Begins a session of a user, ends the one that the browser had, and returns the cookie.
///
/// # Errors
/// The database does not answer, or the operating system gives no randomness.
pub(crate) async fn begin(api: &Api, headers: &HeaderMap, user_id: i64) -> Result<HeaderValue, Failure> {
    let random = || random_token().map_err(|error| Failure::Internal(error.into()));
    let (token, csrf_token, now) = (random()?, random()?, api.now());
    let lifetime = lifetime(api);
    let session = NewSession {
        token_hash: &token_hash(&token),
        user_id,
        csrf_token: &csrf_token,
        expires_at: now.saturating_add(lifetime).unwrap_or(Timestamp::MAX),
    };
    end(api, headers).await?;
    api.store().create_session(session, idle_since(api), now).await?;
    Ok(cookie(api, headers, &token, lifetime))
}

/// Ends the session of a call, and returns the cookie that takes the browser's away.
///
/// # Errors
/// The database does not answer.
pub(crate) async fn end(api: &Api, headers: &HeaderMap) -> Result<HeaderValue, Failure> {
    for token in tokens(headers) {
        api.store().end_session(&token_hash(token)).await?;
    }
    Ok(cookie(api, headers, "", SignedDuration::ZERO))
}

/// The session of a call, if its cookie names one that counts.
///
/// # Errors
/// The database does not answer.
pub(crate) async fn find(api: &Api, headers: &HeaderMap) -> Result<Option<SessionRow>, Failure> {
    let now = api.now();
    for token in tokens(headers) {
        let hash = token_hash(token);
        let Some(session) = api.store().session(&hash, idle_since(api), now).await? else {
            continue;
        };
        if now.duration_since(session.seen_at) >= SEEN_EVERY {
            api.store().session_seen(&hash, now).await?;
        }
        return Ok(Some(session));
    }
    Ok(None)
}

/// Demands that a change was asked for by a page of ours.
///
/// # Errors
/// [`Failure::Refused`].
pub(crate) fn demand_own_page(
    api: &Api,
    method: &Method,
    headers: &HeaderMap,
    session: &SessionRow,
) -> Result<(), Failure> {
    if method.is_safe() {
        return Ok(());
    }
    demand_own_site(api, headers)?;
    let said = headers.get(CSRF).and_then(|value| value.to_str().ok());
    if said.is_some_and(|said| is_same_token(said, &session.csrf_token)) {
        Ok(())
    } else {
        Err(NO_CSRF)
    }
}

/// Demands that no browser says that a page of another site asks.
///
/// # Errors
/// [`Failure::Refused`].
pub(crate) fn demand_own_site(api: &Api, headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match text(&FETCH_SITE) {
        Some("same-origin" | "none") => return Ok(()),
        Some(_) => return Err(FOREIGN),
        None => {}
    }
    let Some(origin) = text(&ORIGIN) else {
        return Ok(());
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    let is_own = |host: &str| {
        text(&HOST).is_some_and(|own| own.eq_ignore_ascii_case(host))
            || api.web().base_url.host.eq_ignore_ascii_case(host)
    };
    if host.is_some_and(is_own) {
        Ok(())
    } else {
        Err(FOREIGN)
    }
}

/// When a session had to be seen to count.
fn idle_since(api: &Api) -> Timestamp {
    let idle_max = api.web().session_lifetime;
    api.now().saturating_sub(idle_max).unwrap_or(Timestamp::MIN)
}

/// How long a session lasts at most.
fn lifetime(api: &Api) -> SignedDuration {
    api.web().session_lifetime.saturating_mul(2)
}

/// The tokens of a call; more than one if cookies of the same name stand at several paths.
fn tokens(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let cookies = headers.get_all(COOKIE).into_iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter_map(|(name, value)| (name == NAME && !value.is_empty()).then_some(value))
        .take(4)
}

/// Whether the browser comes by TLS, so that cookies are not to travel without it.
pub(crate) fn is_secure(api: &Api, headers: &HeaderMap) -> bool {
    let forwarded = headers.get(FORWARDED_PROTO).and_then(|value| value.to_str().ok());
    let by_tls = forwarded.is_some_and(|value| value.trim().eq_ignore_ascii_case("https"));
    api.web().base_url.is_https || by_tls
}

fn cookie(api: &Api, headers: &HeaderMap, token: &str, lifetime: SignedDuration) -> HeaderValue {
    let secure = if is_secure(api, headers) { "; Secure" } else { "" };
    let text = format!(
        "{NAME}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}",
        lifetime.as_secs()
    );
    let mut value = HeaderValue::try_from(text).expect("tokens are of letters that cookies may have");
    value.set_sensitive(true);
    value
}
