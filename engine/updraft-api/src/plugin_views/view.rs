//! Which views there are, as `[updraft] plugin_views` has them.

use std::fmt;

use reqwest::Url;
use serde::Deserialize;

/// A shared secret has at least so many bytes.
const SECRET_BYTES_MIN: usize = 32;

/// A page of another service that stands in the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginView {
    /// What the menu calls it.
    pub name: String,
    /// Under which heading; empty for that of plugins.
    pub category: String,
    /// Where its service is: `http://127.0.0.1:8002/recruiting`. Never ends with a slash.
    pub url: Url,
    /// The name of its service in our addresses: letters, digits, `-` and `_`. Views of one service share it.
    pub route: String,
    /// The page of the service that the menu opens.
    pub path: String,
    /// Whether it is shown in a frame beside the menu, instead of by itself.
    pub frame: bool,
}

/// All views, and the secret that their services know.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PluginViews {
    views: Vec<PluginView>,
    secret: String,
}

/// Views that cannot be served as they are set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPluginViews {
    /// The text is no list of views.
    #[error(
        "expected a JSON list such as `[{{\"name\": \"Recruiting\", \"category\": \"Recruiting\", \"url\": \
         \"http://127.0.0.1:8002/recruiting\", \"route\": \"recruiting\"}}]` ({0})"
    )]
    Json(String),
    /// An address is none that can be asked.
    #[error(
        "the `url` of the view `{0}` is no address such as `http://127.0.0.1:8002/recruiting`, without user, query and fragment"
    )]
    Url(String),
    /// A route has other characters.
    #[error("the `route` of the view `{0}` has other characters than letters, digits, `-` and `_`, or none")]
    Route(String),
    /// Two services have one route.
    #[error("the route `{0}` has two different addresses")]
    TwoAddresses(String),
    /// Requests cannot be signed.
    #[error(
        "`[updraft] plugin_views_secret` has fewer than 32 characters: set it to what `openssl rand -hex 32` prints, here and where the \
         services of the views run"
    )]
    Secret,
}

/// A view as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    category: Option<String>,
    url: String,
    route: String,
    path: Option<String>,
    frame: Option<bool>,
}

impl fmt::Debug for PluginViews {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.views).finish()
    }
}

impl PluginViews {
    /// Reads what is set; an empty text is no view.
    ///
    /// # Errors
    /// [`InvalidPluginViews`] says what is wrong and what would be right.
    pub fn parse(text: &str, secret: &str) -> Result<Self, InvalidPluginViews> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let written: Vec<Written> =
            serde_json::from_str(text).map_err(|error| InvalidPluginViews::Json(error.to_string()))?;
        let views: Vec<PluginView> = written.into_iter().map(read).collect::<Result<_, _>>()?;
        for view in &views {
            if views
                .iter()
                .any(|other| other.route == view.route && other.url != view.url)
            {
                return Err(InvalidPluginViews::TwoAddresses(view.route.clone()));
            }
        }
        if !views.is_empty() && secret.len() < SECRET_BYTES_MIN {
            return Err(InvalidPluginViews::Secret);
        }
        Ok(Self {
            views,
            secret: secret.to_owned(),
        })
    }

    /// The views, in the order in which they were written.
    pub fn views(&self) -> &[PluginView] {
        &self.views
    }

    /// The first view of a route.
    pub(crate) fn of_route(&self, route: &str) -> Option<&PluginView> {
        self.views.iter().find(|view| view.route == route)
    }

    /// What requests are signed with.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
}

fn read(written: Written) -> Result<PluginView, InvalidPluginViews> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    if written.route.is_empty() || !written.route.chars().all(is_plain) {
        return Err(InvalidPluginViews::Route(written.name));
    }
    let url = Url::parse(written.url.trim_end_matches('/'))
        .ok()
        .filter(is_address);
    let Some(url) = url else {
        return Err(InvalidPluginViews::Url(written.name));
    };
    Ok(PluginView {
        name: written.name,
        category: written.category.unwrap_or_default(),
        url,
        route: written.route,
        path: written
            .path
            .unwrap_or_default()
            .trim_start_matches('/')
            .to_owned(),
        frame: written.frame.unwrap_or_default(),
    })
}

fn is_address(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of these tests, and a long one";

    fn fault(text: &str, secret: &str) -> InvalidPluginViews {
        PluginViews::parse(text, secret).unwrap_err()
    }

    #[test]
    fn views_are_read() {
        let text = r#"[
            {"name": "Matches", "category": "Recruiting", "url": "http://127.0.0.1:8002/recruiting/", "route": "r", "path": "/matches"},
            {"name": "Quality", "url": "http://127.0.0.1:8002/recruiting", "route": "r", "frame": true}
        ]"#;
        let views = PluginViews::parse(text, SECRET).unwrap();
        let [matches, quality] = views.views() else {
            panic!("two views")
        };
        assert_eq!(
            (matches.url.path(), matches.path.as_str()),
            ("/recruiting", "matches")
        );
        assert_eq!((quality.category.as_str(), quality.frame), ("", true));
        assert!(!format!("{views:?}").contains("secret"));
        assert_eq!(PluginViews::parse(" ", "").unwrap(), PluginViews::default());
    }

    #[test]
    fn faults_say_what_would_be_right() {
        let one =
            |url: &str, route: &str| format!(r#"[{{"name": "A", "url": "{url}", "route": "{route}"}}]"#);
        for url in [
            "ftp://x/",
            "127.0.0.1:8002",
            "http://me:pw@x/",
            "http://x/?a=b",
            "http://x/#a",
            "",
        ] {
            assert_eq!(
                fault(&one(url, "r"), SECRET),
                InvalidPluginViews::Url("A".to_owned())
            );
        }
        for route in ["", "a/b", "..", "a b"] {
            assert_eq!(
                fault(&one("http://x", route), SECRET),
                InvalidPluginViews::Route("A".to_owned())
            );
        }
        let two = r#"[{"name": "A", "url": "http://x", "route": "r"}, {"name": "B", "url": "http://y", "route": "r"}]"#;
        assert_eq!(
            fault(two, SECRET),
            InvalidPluginViews::TwoAddresses("r".to_owned())
        );
        assert_eq!(fault(&one("http://x", "r"), "hush"), InvalidPluginViews::Secret);
        assert!(matches!(fault("{}", SECRET), InvalidPluginViews::Json(_)));
        assert!(matches!(
            fault(r#"[{"name": "A"}]"#, SECRET),
            InvalidPluginViews::Json(_)
        ));
    }
}
