//! `GET /plugins`.

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

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::PLUGIN);
    Endpoint::new(
        At(Method::GET, "/plugins", "get_plugins"),
        needs,
        &[401, 403, 404],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
}

/// A plugin.
#[derive(Serialize, JsonSchema)]
struct PluginCollectionItem {
    name: String,
    hooks: Vec<String>,
    executors: Vec<String>,
    macros: Vec<String>,
    flask_blueprints: Vec<String>,
    appbuilder_views: Vec<Value>,
    appbuilder_menu_items: Vec<Value>,
    global_operator_extra_links: Vec<String>,
    operator_extra_links: Vec<String>,
    source: Option<String>,
    ti_deps: Vec<String>,
    listeners: Vec<String>,
    timetables: Vec<String>,
}

impl From<Plugin> for PluginCollectionItem {
    fn from(plugin: Plugin) -> Self {
        Self {
            hooks: plugin.texts("hooks"),
            executors: plugin.texts("executors"),
            macros: plugin.texts("macros"),
            flask_blueprints: plugin.texts("flask_blueprints"),
            appbuilder_views: plugin.entries("appbuilder_views"),
            appbuilder_menu_items: plugin.entries("appbuilder_menu_items"),
            global_operator_extra_links: plugin.texts("global_operator_extra_links"),
            operator_extra_links: plugin.texts("operator_extra_links"),
            ti_deps: plugin.texts("ti_deps"),
            listeners: plugin.texts("listeners"),
            timetables: plugin.texts("timetables"),
            source: Some(plugin.source),
            name: plugin.name,
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct PluginCollection {
    plugins: Vec<PluginCollectionItem>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<PluginCollection>, Failure> {
    let page = Page::v1(call.query.limit, call.query.offset);
    let found = installation::plugins(&call.api, page).await?;
    let (plugins, total_entries) = found.map(PluginCollectionItem::from);
    Ok(Json(PluginCollection {
        plugins,
        total_entries,
    }))
}
