//! Pages elsewhere that plugins put into the menu of the web interface: `external_views` of Airflow 3, `appbuilder_menu_items` of Airflow 2.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::api::Api;
use crate::domain::installation::{self, Plugin};

/// An entry of the menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct PluginView {
    /// What it is called.
    name: String,
    /// Below which heading it stands.
    category: Option<String>,
    /// Where it leads.
    href: String,
    /// Whether it is shown within the interface, in a frame.
    frame: bool,
}

/// Those of all plugins.
pub(crate) async fn all(api: &Api) -> Vec<PluginView> {
    let told = installation::latest_plugins(api).await;
    told.map_or_else(Vec::new, |told| told.found.iter().flat_map(of_plugin).collect())
}

fn of_plugin(plugin: &Plugin) -> Vec<PluginView> {
    let entries = ["external_views", "appbuilder_menu_items"].into_iter();
    let entries = entries.flat_map(|part| plugin.parts.get(part).into_iter().flatten());
    entries.filter_map(|entry| view(plugin, entry)).collect()
}

/// Views of single DAGs, runs and tasks stand in no menu.
fn view(plugin: &Plugin, entry: &Value) -> Option<PluginView> {
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
    Some(PluginView {
        name: name.to_owned(),
        category: text("category").map(ToOwned::to_owned),
        href: href.to_owned(),
        frame: text("url_route").is_some(),
    })
}
