//! Pages of other services in the menu of the web interface: the views that are configured, and those that plugins name, by `external_views` of
//! Airflow 3 and `appbuilder_menu_items` of Airflow 2.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::api::Api;
use crate::domain::installation::{self, Plugin};
use crate::plugin_views::PluginView;

/// An entry of the menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct MenuEntry {
    /// What it is called.
    name: String,
    /// Below which heading it stands; empty for that of plugins.
    category: String,
    /// Where it leads.
    href: String,
    /// Whether it is shown within the interface, in a frame.
    frame: bool,
}

/// All of them.
pub(crate) async fn entries(api: &Api) -> Vec<MenuEntry> {
    let web = api.web();
    let configured = |view: &PluginView| MenuEntry {
        name: view.name.clone(),
        category: view.category.clone(),
        href: format!("{}/plugin-views/{}/{}", web.base_url.path, view.route, view.path),
        frame: view.frame,
    };
    let mut entries: Vec<MenuEntry> = web.plugin_views.views().iter().map(configured).collect();
    if let Some(told) = installation::latest_plugins(api).await {
        entries.extend(told.found.iter().flat_map(of_plugin));
    }
    entries
}

fn of_plugin(plugin: &Plugin) -> Vec<MenuEntry> {
    let entries = ["external_views", "appbuilder_menu_items"].into_iter();
    let entries = entries.flat_map(|part| plugin.parts.get(part).into_iter().flatten());
    entries.filter_map(|entry| view(plugin, entry)).collect()
}

/// Views of single DAGs, runs and tasks stand in no menu.
fn view(plugin: &Plugin, entry: &Value) -> Option<MenuEntry> {
    let text = |name: &str| {
        entry
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    if text("destination").is_some_and(|destination| destination != "nav") {
        return None;
    }
    let (name, href) = (text("name")?, text("href")?);
    // Nothing that the browser would run.
    let is_page = href.starts_with('/') || href.starts_with("https://") || href.starts_with("http://");
    if !is_page {
        tracing::warn!(
            plugin = plugin.name,
            view = name,
            "a view is left out: its address begins with neither `/` nor `http`"
        );
        return None;
    }
    Some(MenuEntry {
        name: name.to_owned(),
        category: text("category").unwrap_or_default().to_owned(),
        href: href.to_owned(),
        // The content security policy has no pages of other sites in frames.
        frame: text("url_route").is_some() && href.starts_with('/'),
    })
}
