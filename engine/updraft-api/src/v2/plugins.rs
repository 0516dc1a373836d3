//! `GET /plugins` and `GET /plugins/importErrors`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::installation::{self, Plugin};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::Page;

pub(super) fn endpoints() -> [Endpoint; 2] {
    let needs = || Needs::Resource(Action::Read, Resource::PLUGIN);
    let errors_at = At(Method::GET, "/plugins/importErrors", "import_errors");
    [
        Endpoint::new(
            At(Method::GET, "/plugins", "get_plugins"),
            needs(),
            &[401, 403, 422],
            list,
        ),
        Endpoint::new(errors_at, needs(), &[401, 403], broken),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
}

/// A plugin. Links to pages elsewhere are used, pages within Airflow's web server are not.
#[derive(Serialize, JsonSchema)]
struct PluginResponse {
    name: String,
    macros: Vec<String>,
    flask_blueprints: Vec<String>,
    fastapi_apps: Vec<Value>,
    fastapi_root_middlewares: Vec<Value>,
    external_views: Vec<Value>,
    react_apps: Vec<Value>,
    appbuilder_views: Vec<Value>,
    appbuilder_menu_items: Vec<Value>,
    global_operator_extra_links: Vec<String>,
    operator_extra_links: Vec<String>,
    source: String,
    listeners: Vec<String>,
    timetables: Vec<String>,
}

impl From<Plugin> for PluginResponse {
    fn from(plugin: Plugin) -> Self {
        Self {
            macros: plugin.texts("macros"),
            flask_blueprints: plugin.texts("flask_blueprints"),
            fastapi_apps: plugin.entries("fastapi_apps"),
            fastapi_root_middlewares: plugin.entries("fastapi_root_middlewares"),
            external_views: [
                plugin.entries("external_views"),
                plugin.entries("appbuilder_menu_items"),
            ]
            .concat(),
            react_apps: plugin.entries("react_apps"),
            appbuilder_views: plugin.entries("appbuilder_views"),
            appbuilder_menu_items: plugin.entries("appbuilder_menu_items"),
            global_operator_extra_links: plugin.texts("global_operator_extra_links"),
            operator_extra_links: plugin.texts("operator_extra_links"),
            listeners: plugin.texts("listeners"),
            timetables: plugin.texts("timetables"),
            source: plugin.source,
            name: plugin.name,
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct PluginCollectionResponse {
    plugins: Vec<PluginResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<PluginCollectionResponse>, Failure> {
    let page = Page::v2(call.query.limit, call.query.offset);
    let found = installation::plugins(&call.api, page).await?;
    let (plugins, total_entries) = found.map(PluginResponse::from);
    Ok(Json(PluginCollectionResponse {
        plugins,
        total_entries,
    }))
}

/// A plugin that cannot be loaded.
#[derive(Serialize, JsonSchema)]
struct PluginImportErrorResponse {
    source: String,
    error: String,
}

#[derive(Serialize, JsonSchema)]
struct PluginImportErrorCollectionResponse {
    import_errors: Vec<PluginImportErrorResponse>,
    total_entries: u64,
}

async fn broken(call: Call<Nothing, Nothing>) -> Result<Json<PluginImportErrorCollectionResponse>, Failure> {
    let found = installation::broken_plugins(&call.api).await?;
    Ok(Json(PluginImportErrorCollectionResponse {
        total_entries: found.len() as u64,
        import_errors: found
            .into_iter()
            .map(|(source, error)| PluginImportErrorResponse { source, error })
            .collect(),
    }))
}
