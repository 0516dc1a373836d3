//! The HTTP interface: Airflow's REST API in both versions, `/api/v1` as Airflow 2.11 has it and `/api/v2` as Airflow 3.3 has it; and its Task
//! Execution API, `/execution`, for attempts that run elsewhere ([`execution_router`]).
//!
//! - [`Api`] is what answers: the store, a clock, and who may do what. [`router`] makes its routes, [`serve`] serves them.
//! - An *endpoint* is one file: what it reads and answers, which permission it needs, and one call of the *domain*, which both
//!   versions share and which knows nothing of HTTP.
//! - [`documents`] describes the endpoints: the OpenAPI documents come from the same declarations and types that serve.
//!
//! Whoever calls is refused unless the endpoint's permission allows it; that is decided in one place, before the endpoint runs.

mod access;
mod api;
mod authenticate;
mod call;
mod config;
mod delta;
mod domain;
mod endpoint;
mod engine;
mod execution;
mod external;
mod failure;
mod graphs;
mod joined;
mod live;
mod login;
mod logs;
mod negotiated;
mod nul;
mod openapi;
mod options;
mod packed;
mod page;
mod plugin_views;
mod router;
mod serve;
mod session;
mod site;
mod stream;
mod time;
mod token;
mod ui;
mod v1;
mod v2;

pub use access::Needs;
pub use api::{Api, ApiParts};
pub use domain::configuration::{Configuration, ConfigurationSection};
pub use domain::connection_tests::{Trial, TryConnection};
pub use domain::installation::{Installation, Plugin, Plugins, Provider};
pub use engine::{Engine, Reason};
pub use execution::{
    AskedBy, ExecutionApi, ExecutionRoute, execution_document, execution_router, execution_routes,
};
pub use external::{External, InvalidIssuer, InvalidNetwork, Network, Oidc, OidcOptions, ProxyAuth};
pub use openapi::{Documents, documents};
pub use options::{BaseUrl, InvalidBaseUrl, StateStoreOptions, WebOptions};
pub use plugin_views::{InvalidPluginViews, PluginView, PluginViews};
pub use router::{Limits, Route, health_router, router, routes, site};
pub use serve::serve;
