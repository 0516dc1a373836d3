//! `/plugin-views/{route}/*`: who asks, whether they may, and then the service of the view.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{ACCEPT, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use axum::routing::any;
use futures::FutureExt;
use serde_json::json;
use updraft_auth::{Action, Identity, Resource};
use updraft_store::NewEventLog;

use super::answer;
use super::proxy::{Question, address};
use super::sign::{self, Claims};
use super::view::PluginView;
use crate::api::Api;
use crate::authenticate::caller;
use crate::failure::{Failure, Version};
use crate::router::Limits;

/// What the addresses of all views begin with.
pub(crate) const PREFIX: &str = "/plugin-views";

/// The name of a call that changes something, in the event log.
const EVENT: &str = "plugin_view_post";

/// Adds the routes.
pub(crate) fn add(router: Router, api: &Api, limits: Limits) -> Router {
    let api = api.clone();
    let serve = move |request: Request| {
        let api = api.clone();
        async move {
            let wants_page = wants_page(request.method(), request.headers());
            let login = login(&api, &request);
            let answer = AssertUnwindSafe(serve(api, request, limits)).catch_unwind();
            let answered = match tokio::time::timeout(limits.time_max, answer).await {
                Ok(Ok(answered)) => answered,
                Ok(Err(_)) => Err(Failure::Internal("the proxy of a view panicked".into())),
                Err(_) => Err(Failure::TimedOut),
            };
            match answered {
                Ok(response) => response,
                Err(Failure::Unauthenticated(_)) if wants_page => login,
                Err(failure) => failure.into_response(Version::V2),
            }
        }
    };
    router
        .route(&format!("{PREFIX}/{{route}}"), any(serve.clone()))
        .route(&format!("{PREFIX}/{{route}}/"), any(serve.clone()))
        .route(&format!("{PREFIX}/{{route}}/{{*path}}"), any(serve))
}

async fn serve(api: Api, request: Request, limits: Limits) -> Result<Response<Body>, Failure> {
    let (parts, body) = request.into_parts();
    if !matches!(parts.method, Method::GET | Method::HEAD | Method::POST) {
        return Err(Failure::MethodNotAllowed);
    }
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let from = peer.map_or_else(|| "unknown".to_owned(), |peer| peer.0.ip().to_string());
    let asks = (&parts.method, &parts.headers);
    let identity = caller(&api, Version::V2, asks, &from).await?;
    let roles = roles(&api, &identity).await?;
    let unknown = || Failure::NotFound("there is no such plugin view".to_owned());
    let (route, rest) = split(parts.uri.path()).ok_or_else(unknown)?;
    let view = api.web().plugin_views.of_route(route).ok_or_else(unknown)?;
    let home = &api.web().base_url.path;
    let base = format!("{home}{PREFIX}/{route}");
    if rest.is_empty() {
        return Ok(redirect(&format!("{base}/")));
    }
    let url = address(view, rest, parts.uri.query()).ok_or_else(unknown)?;
    let body = to_bytes(body, limits.body_bytes_max)
        .await
        .map_err(|_| Failure::TooLong)?;
    if parts.method == Method::POST {
        record(&api, &identity, (view, rest)).await?;
    }
    let query = url.query().map(|query| format!("?{query}"));
    let path = format!("{}{}", url.path(), query.unwrap_or_default());
    let claims = Claims {
        user: &identity.name,
        roles: &roles,
        method: parts.method.as_str(),
        path: &path,
        base: &base,
        home,
    };
    let question = Question {
        identity: sign::header(api.web().plugin_views.secret(), claims, api.now()),
        method: parts.method,
        url,
        body,
    };
    Ok(match api.upstream().ask(question, &parts.headers).await? {
        Ok(told) => answer::pass_on(view, &base, told),
        Err(error) => answer::gone(view, error, &parts.headers),
    })
}

/// The roles of somebody who has logged in and may see plugins.
async fn roles(api: &Api, identity: &Identity) -> Result<Vec<String>, Failure> {
    let nobody = Failure::Unauthenticated("Not authenticated");
    let Some(user_id) = identity.user_id else {
        return Err(nobody);
    };
    if !identity.allows(Action::Read, &Resource::PLUGIN) {
        return Err(Failure::Forbidden);
    }
    Ok(api.store().user(user_id).await?.ok_or(nobody)?.roles)
}

/// What changes something stands in the event log before the service hears of it.
async fn record(api: &Api, identity: &Identity, (view, rest): (&PluginView, &str)) -> Result<(), Failure> {
    let entry = NewEventLog {
        event: EVENT,
        owner: Some(&identity.name),
        extra: Some(json!({ "view": view.route, "path": rest })),
        ..NewEventLog::default()
    };
    Ok(api.store().record_event(&entry, api.now()).await?)
}

/// The route in a path, and what stands behind it, still encoded.
fn split(path: &str) -> Option<(&str, &str)> {
    let behind = path.strip_prefix(PREFIX)?.strip_prefix('/')?;
    Some(match behind.find('/') {
        Some(at) => behind.split_at(at),
        None => (behind, ""),
    })
}

fn wants_page(method: &Method, headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    *method == Method::GET && accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// Sends who is not signed in to where that is done, and from there back.
fn login(api: &Api, request: &Request) -> Response<Body> {
    let wanted = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let next: Vec<(&str, &str)> = vec![("next", wanted)];
    let query = serde_html_form::to_string(next).unwrap_or_default();
    redirect(&format!("{}/login?{query}", api.web().base_url.path))
}

fn redirect(to: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    if let Ok(to) = HeaderValue::try_from(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_behind_the_route() {
        assert_eq!(split("/plugin-views/a"), Some(("a", "")));
        assert_eq!(split("/plugin-views/a/"), Some(("a", "/")));
        assert_eq!(split("/plugin-views/a/b%20c/d"), Some(("a", "/b%20c/d")));
        assert_eq!(split("/plugin-viewsx/a"), None);
    }
}
