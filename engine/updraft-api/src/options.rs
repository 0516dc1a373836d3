//! What is configured of the web interface.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

use crate::plugin_views::PluginViews;

/// Options of the web interface. The defaults are Airflow's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOptions {
    /// A session that was not seen for so long is over, and any session after twice that. Airflow's `[webserver] session_lifetime_minutes`,
    /// 30 days.
    pub session_lifetime: SignedDuration,
    /// Where people reach the interface. Airflow's `[webserver] base_url`.
    pub base_url: BaseUrl,
    /// What the installation is called. Airflow's `[webserver] instance_name`.
    pub instance_name: String,
    /// The time zone that times are shown in unless somebody chooses another. Airflow's `[webserver] default_ui_timezone`.
    pub default_timezone: String,
    /// Whether connections may be tested. Airflow's `[core] test_connection`.
    pub test_connection: bool,
    /// What holds for state stores.
    pub state_store: StateStoreOptions,
    /// Whether settings are shown. Airflow's `[webserver] expose_config`.
    pub expose_config: bool,
    /// Whether pages follow what happens. Airflow's `[webserver] auto_refresh_interval`, if it is not 0.
    pub auto_refresh: bool,
    /// Where DAGs are looked for, for people.
    pub dags_folder: String,
    /// Pages of other services in the menu. `[updraft] plugin_views`.
    pub plugin_views: PluginViews,
}

impl Default for WebOptions {
    fn default() -> Self {
        Self {
            session_lifetime: SignedDuration::from_hours(30 * 24),
            base_url: BaseUrl::default(),
            instance_name: "Updraft".to_owned(),
            default_timezone: "UTC".to_owned(),
            test_connection: false,
            state_store: StateStoreOptions::default(),
            expose_config: false,
            auto_refresh: true,
            dags_folder: String::new(),
            plugin_views: PluginViews::default(),
        }
    }
}

/// What holds for state stores that people write to. The defaults are Airflow's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateStoreOptions {
    /// What a task keeps may be cleaned away after so many days, if nothing else is said; 0: never. Airflow's
    /// `[state_store] default_retention_days`.
    pub default_retention_days: u32,
    /// The longest JSON of a value, in bytes; 0: any. Airflow's `[state_store] max_value_storage_bytes`.
    pub value_bytes_max: usize,
}

impl Default for StateStoreOptions {
    fn default() -> Self {
        Self {
            default_retention_days: 30,
            value_bytes_max: 65_535,
        }
    }
}

/// An address that people reach the interface at: `https://example.com/airflow`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BaseUrl {
    /// Whether browsers come by TLS.
    pub is_https: bool,
    /// The host, with the port if it is not the usual one.
    pub host: String,
    /// What all paths begin with: nothing, or `/airflow`.
    pub path: String,
}

/// A text that is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address of a web site, expected something like `https://example.com/airflow`")]
pub struct InvalidBaseUrl(String);

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidBaseUrl(text.to_owned());
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(invalid)?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_matches('/');
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.~/".contains(character);
        let is_https = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(invalid()),
        };
        if host.is_empty() || host.contains('@') || !path.chars().all(is_plain) {
            return Err(invalid());
        }
        Ok(Self {
            is_https,
            host: host.to_ascii_lowercase(),
            path: if path.is_empty() {
                String::new()
            } else {
                format!("/{path}")
            },
        })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(formatter, "{scheme}://{}{}", self.host, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, expected) in [
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://Example.com/", "https://example.com"),
            ("https://example.com/a/b/", "https://example.com/a/b"),
        ] {
            assert_eq!(text.parse::<BaseUrl>().unwrap().to_string(), expected);
        }
        for text in [
            "",
            "localhost",
            "ftp://x",
            "http://",
            "http://x/\"><script>",
            "http://me@x",
        ] {
            text.parse::<BaseUrl>().unwrap_err();
        }
    }
}
