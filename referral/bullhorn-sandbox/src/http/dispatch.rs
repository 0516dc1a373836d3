//! Which function answers which endpoint, behind the checks that all of them share.

use axum::http::{Method, StatusCode};

use super::call::Call;
use super::error::ApiError;
use super::reply::Reply;
use super::route::Endpoint;
use crate::auth::{oauth, pages, session};
use crate::{endpoints, query, search};

/// Answers a call.
pub(crate) fn dispatch(call: &Call<'_>) -> Reply {
    let reply = answer(call).unwrap_or_else(|error| error.reply());
    match call.params.get("callback") {
        Some(callback) if is_function_name(callback) => reply.called_back(callback),
        _ => reply,
    }
}

fn answer(call: &Call<'_>) -> Result<Reply, ApiError> {
    match call.route.endpoint {
        Endpoint::LoginInfo => session::login_info(call),
        Endpoint::Authorize => read_or_post(call, oauth::authorize),
        Endpoint::Token => read_or_post(call, |call| Ok(oauth::token(call))),
        Endpoint::Login => read_or_post(call, session::login),
        Endpoint::Other if call.route.corp.is_none() => outside(call),
        endpoint => {
            session::check(call)?;
            inside(call, endpoint)
        }
    }
}

/// The pages that are not part of Bullhorn's interface.
fn outside(call: &Call<'_>) -> Result<Reply, ApiError> {
    match call.route.rest.first().map(String::as_str) {
        None | Some("authorized") => Ok(Reply::html(pages::authorized())),
        Some(_) => Err(ApiError::NoSuchPath {
            path: format!("/{}", call.route.rest.join("/")),
        }),
    }
}

fn inside(call: &Call<'_>, endpoint: Endpoint) -> Result<Reply, ApiError> {
    match endpoint {
        Endpoint::Ping => session::ping(call),
        Endpoint::Logout => session::logout(call),
        Endpoint::Search => read_or_post(call, search::search),
        Endpoint::MyCandidates => read_or_post(call, search::my_candidates),
        Endpoint::Find => read_or_post(call, search::find),
        Endpoint::Query => read_or_post(call, query::query),
        Endpoint::Entity => endpoints::entity::entity(call),
        Endpoint::Association => read_or_post(call, endpoints::association::association),
        Endpoint::MassUpdate => endpoints::mass_update::mass_update(call),
        Endpoint::Meta => endpoints::meta::meta(call),
        Endpoint::Options => endpoints::options::options(call),
        Endpoint::Settings => Ok(endpoints::settings::settings(call)),
        Endpoint::Entitlements => endpoints::settings::entitlements(call),
        Endpoint::File => endpoints::file::file(call),
        Endpoint::Resume => endpoints::resume::resume(call),
        Endpoint::Event => endpoints::event::event(call),
        Endpoint::LoginInfo | Endpoint::Authorize | Endpoint::Token | Endpoint::Login | Endpoint::Other => {
            Err(ApiError::NoSuchPath {
                path: format!("/{}", call.route.rest.join("/")),
            })
        }
    }
}

fn read_or_post(
    call: &Call<'_>,
    handler: fn(&Call<'_>) -> Result<Reply, ApiError>,
) -> Result<Reply, ApiError> {
    match call.method {
        Method::GET | Method::POST | Method::HEAD => handler(call),
        _ => Err(ApiError::MethodNotAllowed),
    }
}

/// Only a plain name is called: anything else would be a script of the caller's.
fn is_function_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$'))
}

/// The redirect that sends a client to another data centre, with everything it said.
pub(crate) fn to_other_data_centre(call: &Call<'_>, path_and_query: &str) -> Reply {
    let location = format!("{}/{}{path_and_query}", call.self_url, super::OTHER_DATA_CENTRE);
    Reply::redirect(StatusCode::TEMPORARY_REDIRECT, location)
}
