//! What a fault makes of a call.

use axum::http::{StatusCode, header};
use serde_json::json;

use crate::auth::oauth;
use crate::entities::Entity;
use crate::faults::{Fault, delay};
use crate::http::{
    ApiError, Call, Content, Delivery, Reply, dispatch, rate_headers, to_other_data_centre, too_many_calls,
};
use crate::lock::{LockExt, SharedExt};
use crate::mutate::{self, Amounts};

/// Calls per minute that a 429 claims when no limit is set.
const CLAIMED_LIMIT: u32 = 1_500;

/// Answers a call that a fault strikes.
pub(crate) fn answer(call: &mut Call<'_>, fault: &Fault, path_and_query: &str) -> (Reply, Delivery) {
    let delivery = match fault {
        Fault::ReplyLost { hold_ms } => Delivery::Lost(delay(*hold_ms)),
        Fault::SlowStart { delay_ms } => Delivery::Late(delay(*delay_ms)),
        Fault::SlowBody { pieces, delay_ms } => Delivery::Pieces {
            count: *pieces as usize,
            delay: delay(*delay_ms),
        },
        Fault::Truncated => Delivery::Half,
        _ => Delivery::Plain,
    };
    if let Some(reply) = instead(call, fault, path_and_query) {
        return (reply, delivery);
    }
    before(call, fault);
    let reply = dispatch(call);
    if let Err(error) = after(call, fault) {
        tracing::warn!(%error, "a fault could not change records: the state file cannot be written");
    }
    match fault {
        Fault::EmptyBody => (
            Reply {
                content: Content::Empty,
                ..reply
            },
            delivery,
        ),
        _ => (reply, delivery),
    }
}

/// The answer of a fault that keeps the call from doing its work.
fn instead(call: &Call<'_>, fault: &Fault, path_and_query: &str) -> Option<Reply> {
    let reply = match fault {
        Fault::RateLimited {
            headers,
            retry_after_s,
        } => rate_limited(call, *headers, *retry_after_s),
        Fault::CapacityExceeded { as_key } => capacity_exceeded(*as_key),
        Fault::Unavailable => {
            Reply::json(&json!({ "errorMessage": "Service Unavailable", "errorCode": 503 }))
                .with_status(StatusCode::SERVICE_UNAVAILABLE)
        }
        Fault::BadGateway => page("502 Bad Gateway").with_status(StatusCode::BAD_GATEWAY),
        Fault::HtmlOnOk => page("Apache Tomcat - Error report"),
        Fault::ErrorOnOk => Reply::json(&json!({
            "errorMessage": "An unexpected problem occurred.",
            "errorMessageKey": "errors.internalError",
            "errorCode": 500,
        })),
        Fault::InvalidOauthToken => ApiError::BadAccessToken.reply(),
        Fault::Redirected => to_other_data_centre(call, path_and_query),
        Fault::OauthError { error } => {
            let target = call.params.get("redirect_uri");
            oauth::failed(
                call,
                target,
                error,
                "The authorization server refused the request.",
            )
        }
        Fault::TermsOfService => oauth::terms_page(),
        _ => return None,
    };
    Some(reply)
}

/// What happens before the call does its work.
fn before(call: &mut Call<'_>, fault: &Fault) {
    match fault {
        Fault::SessionKilled => {
            if let Some(token) = call.token() {
                call.shared.auth.locked().kill_sessions(Some(token));
            }
        }
        Fault::ErrorRows { every } => call.error_rows = Some((*every).max(1)),
        Fault::SubscriptionsExpired => call.shared.store.writing().subscriptions.expire_all(),
        _ => {}
    }
}

/// What happens between this call and the next.
fn after(call: &Call<'_>, fault: &Fault) -> std::io::Result<()> {
    match fault {
        Fault::MutateAfter {
            entity,
            change,
            delete,
            anonymise,
            seed,
        } => {
            let amounts = Amounts {
                change: *change,
                delete: *delete,
                anonymise: *anonymise,
            };
            if let Some(entity) = Entity::parse(entity) {
                mutate::mutate(call.shared, entity, amounts, *seed)?;
            }
        }
        Fault::MassUpdateAfter { entity, count, seed } => {
            if let Some(entity) = Entity::parse(entity) {
                mutate::touch(call.shared, entity, *count, *seed)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn rate_limited(call: &Call<'_>, headers: bool, retry_after_s: Option<u32>) -> Reply {
    let mut reply = too_many_calls();
    if headers {
        let limit = call.knobs.calls_per_minute.unwrap_or(CLAIMED_LIMIT);
        reply.headers.extend(rate_headers(limit, limit));
    }
    match retry_after_s {
        Some(seconds) => reply.with_header(header::RETRY_AFTER, seconds.to_string()),
        None => reply,
    }
}

fn capacity_exceeded(as_key: bool) -> Reply {
    let body = if as_key {
        json!({ "errorMessage": "The request was throttled.", "errorMessageKey": "requestThrottled", "errorCode": 500 })
    } else {
        json!({ "errorMessage": "Server API capacity exceeded", "errorCode": 500 })
    };
    Reply::json(&body).with_status(StatusCode::INTERNAL_SERVER_ERROR)
}

fn page(title: &str) -> Reply {
    Reply::html(format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    ))
}
