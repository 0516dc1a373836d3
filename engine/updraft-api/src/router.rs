//! The routes: who calls, whether they may, within which bounds; then the endpoint.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, RawPathParams, Request};
use axum::http::{HeaderMap, Method, Response, Uri};
use axum::middleware::from_fn;
use axum::routing::{MethodFilter, get, on};
use futures::FutureExt;
use updraft_auth::Identity;

use crate::access::Needs;
use crate::api::Api;
use crate::authenticate::caller;
use crate::endpoint::{Endpoint, Incoming};
use crate::failure::{Failure, Version};
use crate::openapi::Document;
use crate::options::WebOptions;
use crate::packed::packed;
use crate::{plugin_views, site as pages, token, ui, v1, v2};

/// The bounds of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest body, in bytes. Default 1 MiB.
    pub body_bytes_max: usize,
    /// How long the body of a call may take. Default 20 s.
    pub body_time_max: Duration,
    /// How long a call may take, from its headers to its answer. Default 30 s.
    pub time_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 1 << 20,
            body_time_max: Duration::from_secs(20),
            time_max: Duration::from_secs(30),
        }
    }
}

/// One route, for tests and documents that go through all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The whole path, parameters in braces.
    pub path: String,
    /// Airflow's name of the operation.
    pub operation_id: &'static str,
    /// The permission it needs.
    pub needs: Needs,
}

/// The endpoints that stand below a prefix.
pub(crate) struct Section {
    pub(crate) prefix: &'static str,
    pub(crate) document: Document,
    pub(crate) endpoints: Vec<Endpoint>,
}

/// Everything that is served.
pub(crate) fn sections() -> Vec<Section> {
    let section = |prefix, document, endpoints| Section {
        prefix,
        document,
        endpoints,
    };
    vec![
        section("/api/v1", Document::Rest(Version::V1), v1::endpoints()),
        section("/api/v2", Document::Rest(Version::V2), v2::endpoints()),
        section("/auth", Document::Rest(Version::V2), token::endpoints()),
        section("/ui/api", Document::Ui, ui::endpoints()),
    ]
}

/// Every route.
pub fn routes() -> Vec<Route> {
    let of = |section: Section| {
        let route = move |endpoint: Endpoint| Route {
            method: endpoint.method,
            path: format!("{}{}", section.prefix, endpoint.path),
            operation_id: endpoint.id,
            needs: endpoint.needs,
        };
        section.endpoints.into_iter().map(route).collect::<Vec<_>>()
    };
    sections().into_iter().flat_map(of).collect()
}

/// The routes, ready to be served. More may be added beside them.
pub fn router(api: &Api, limits: Limits) -> Router {
    let (mut router, elsewhere) = (Router::new(), api.clone());
    for section in sections() {
        for endpoint in section.endpoints {
            // The uri of a dataset has slashes, and keys of state stores may have them.
            let path = format!("{}{}", section.prefix, endpoint.path)
                .replace("/{uri}", "/{*uri}")
                .replace("/state-store/{key}", "/state-store/{*key}");
            let filter = MethodFilter::try_from(endpoint.method.clone())
                .expect("endpoints have methods that routers know");
            let (api, version) = (api.clone(), section.document.version());
            let serve = move |params: RawPathParams, request: Request| {
                let (api, endpoint) = (api.clone(), endpoint.clone());
                let (method, uri) = (request.method().clone(), request.uri().path().to_owned());
                async move {
                    let dag_id = params.iter().find(|(name, _)| *name == "dag_id");
                    let dag_id = dag_id.map(|(_, value)| value.to_owned());
                    let answer = answer(api, version, (endpoint, dag_id), (request, limits));
                    // A panic fails this call alone; it has said itself what it was.
                    let caught = AssertUnwindSafe(answer).catch_unwind();
                    let answered = match tokio::time::timeout(limits.time_max, caught).await {
                        Ok(Ok(answered)) => answered,
                        Ok(Err(_)) => Err(Failure::Internal("the endpoint panicked".into())),
                        Err(_) => Err(Failure::TimedOut),
                    };
                    let response = answered.unwrap_or_else(|failure| failure.into_response(version));
                    tracing::debug!(%method, %uri, status = response.status().as_u16(), "answered");
                    response
                }
            };
            router = router.route(&path, on(filter, serve));
        }
    }
    plugin_views::add(router, api, limits)
        .method_not_allowed_fallback(async |uri: Uri| {
            Failure::MethodNotAllowed.into_response(version_of(&uri))
        })
        .fallback(async move |method: Method, uri: Uri, headers: HeaderMap| {
            pages::page(&elsewhere.web().base_url, &method, &uri, &headers).unwrap_or_else(|| {
                let nothing = Failure::NotFound("there is nothing at this address".to_owned());
                nothing.into_response(version_of(&uri))
            })
        })
}

/// `GET /health`, which needs no login: how the parts of the installation are, as Airflow 2 says it.
pub fn health_router(api: &Api) -> Router {
    let api = api.clone();
    Router::new().route(
        "/health",
        get(async move || axum::Json(v1::health::look_at(&api).await)),
    )
}

/// These routes as they are served: long answers packed, with what browsers are to know, and below the path that is configured.
pub fn site(router: Router, web: &WebOptions) -> Router {
    pages::secured(router.layer(from_fn(packed)), &web.base_url.path)
}

async fn answer(
    api: Api,
    version: Version,
    (endpoint, dag_id): (Endpoint, Option<String>),
    (request, limits): (Request, Limits),
) -> Result<Response<Body>, Failure> {
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let from = peer.map_or_else(|| "unknown".to_owned(), |peer| peer.0.ip().to_string());
    // What anybody may ask is told also to those whose credentials are wrong, and when the database does not answer.
    let identity = match endpoint.needs {
        Needs::Nothing => Identity::public([]),
        Needs::Login | Needs::Resource(..) | Needs::Dag(_) | Needs::OfDag(..) => {
            caller(&api, version, (&parts.method, &parts.headers), &from).await?
        }
    };
    if !endpoint.needs.are_met(&identity, dag_id.as_deref()) {
        return Err(match identity.user_id {
            Some(_) => Failure::Forbidden,
            None => Failure::Unauthenticated("Not authenticated"),
        });
    }
    let read = tokio::time::timeout(limits.body_time_max, to_bytes(body, limits.body_bytes_max)).await;
    let body = read
        .map_err(|_| Failure::TooSlow)?
        .map_err(|_| Failure::TooLong)?;
    (endpoint.handler)(Incoming {
        api,
        identity,
        from,
        operation: endpoint.id,
        parts,
        body,
    })
    .await
}

fn version_of(uri: &Uri) -> Version {
    if uri.path().starts_with("/api/v1") {
        Version::V1
    } else {
        Version::V2
    }
}
