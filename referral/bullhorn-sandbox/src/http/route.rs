//! Which endpoint a path means. Doubled slashes are tolerated, as Bullhorn does.

use serde::{Deserialize, Serialize};

/// The endpoints, as faults and counters name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Endpoint {
    LoginInfo,
    Authorize,
    Token,
    Login,
    Ping,
    Logout,
    Search,
    Query,
    Entity,
    Association,
    MassUpdate,
    Meta,
    Options,
    Settings,
    Entitlements,
    Find,
    MyCandidates,
    File,
    Resume,
    Event,
    Other,
}

impl Endpoint {
    /// The name, as in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::LoginInfo => "login_info",
            Self::Authorize => "authorize",
            Self::Token => "token",
            Self::Login => "login",
            Self::Ping => "ping",
            Self::Logout => "logout",
            Self::Search => "search",
            Self::Query => "query",
            Self::Entity => "entity",
            Self::Association => "association",
            Self::MassUpdate => "mass_update",
            Self::Meta => "meta",
            Self::Options => "options",
            Self::Settings => "settings",
            Self::Entitlements => "entitlements",
            Self::Find => "find",
            Self::MyCandidates => "my_candidates",
            Self::File => "file",
            Self::Resume => "resume",
            Self::Event => "event",
            Self::Other => "other",
        }
    }
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) endpoint: Endpoint,
    /// The corp token in the path, for calls within a session.
    pub(crate) corp: Option<String>,
    /// What stands after the name of the endpoint.
    pub(crate) rest: Vec<String>,
    /// The request has already been sent to this data centre by a 307.
    pub(crate) moved: bool,
}

/// Path prefix of the data centre that 307 names.
pub(crate) const OTHER_DATA_CENTRE: &str = "dc2";

impl Route {
    /// Reads a path that is still percent-encoded.
    pub(crate) fn parse(path: &str) -> Self {
        let segments: Vec<String> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(percent_decoded)
            .collect();
        let mut segments: &[String] = &segments;
        let moved = segments.first().is_some_and(|first| first == OTHER_DATA_CENTRE);
        if moved {
            segments = segments.get(1..).unwrap_or_default();
        }
        let names: Vec<&str> = segments.iter().map(String::as_str).collect();
        let outside = match names.as_slice() {
            ["rest-services", "loginInfo"] => Some(Endpoint::LoginInfo),
            ["rest-services", "login"] => Some(Endpoint::Login),
            ["oauth", "authorize"] => Some(Endpoint::Authorize),
            ["oauth", "token"] => Some(Endpoint::Token),
            _ => None,
        };
        if let Some(endpoint) = outside {
            return Self {
                endpoint,
                corp: None,
                rest: Vec::new(),
                moved,
            };
        }
        match names.as_slice() {
            ["rest-services", corp, name, rest @ ..] => Self {
                endpoint: inside(name),
                corp: Some((*corp).to_owned()),
                rest: rest.iter().map(|segment| (*segment).to_owned()).collect(),
                moved,
            },
            _ => Self {
                endpoint: Endpoint::Other,
                corp: None,
                rest: segments.to_vec(),
                moved,
            },
        }
    }

    /// A part of the path after the endpoint's name.
    pub(crate) fn part(&self, index: usize) -> Option<&str> {
        self.rest.get(index).map(String::as_str)
    }
}

/// The endpoint of a call within a session.
fn inside(name: &str) -> Endpoint {
    match name {
        "ping" => Endpoint::Ping,
        "logout" => Endpoint::Logout,
        "search" => Endpoint::Search,
        "query" => Endpoint::Query,
        "entity" => Endpoint::Entity,
        "association" => Endpoint::Association,
        "massUpdate" => Endpoint::MassUpdate,
        "meta" => Endpoint::Meta,
        "options" => Endpoint::Options,
        "settings" => Endpoint::Settings,
        "entitlements" => Endpoint::Entitlements,
        "find" => Endpoint::Find,
        "myCandidates" => Endpoint::MyCandidates,
        "file" | "entityFiles" => Endpoint::File,
        "resume" => Endpoint::Resume,
        "event" => Endpoint::Event,
        _ => Endpoint::Other,
    }
}

fn percent_decoded(segment: &str) -> String {
    // A plus sign in a path is a plus sign, not a blank.
    let encoded = format!("x={}", segment.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(encoded.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_name_their_endpoint() {
        let cases = [
            ("/rest-services/loginInfo", Endpoint::LoginInfo, None, ""),
            ("/rest-services//login", Endpoint::Login, None, ""),
            ("/oauth/authorize", Endpoint::Authorize, None, ""),
            ("/oauth/token/", Endpoint::Token, None, ""),
            ("/rest-services/corp1//ping", Endpoint::Ping, Some("corp1"), ""),
            (
                "/rest-services/corp1/search/Candidate",
                Endpoint::Search,
                Some("corp1"),
                "Candidate",
            ),
            (
                "/rest-services/corp1/entity/Candidate/5%2C6",
                Endpoint::Entity,
                Some("corp1"),
                "Candidate/5,6",
            ),
            (
                "/rest-services/corp1/event/subscription/a+b",
                Endpoint::Event,
                Some("corp1"),
                "subscription/a+b",
            ),
            (
                "/rest-services/corp1/nonsense",
                Endpoint::Other,
                Some("corp1"),
                "",
            ),
            ("/nonsense", Endpoint::Other, None, "nonsense"),
            ("/", Endpoint::Other, None, ""),
        ];
        for (path, endpoint, corp, rest) in cases {
            let route = Route::parse(path);
            assert_eq!(
                (
                    route.endpoint,
                    route.corp.as_deref(),
                    route.rest.join("/").as_str()
                ),
                (endpoint, corp, rest),
                "{path}"
            );
        }
        assert!(Route::parse("/dc2/oauth/token").moved);
    }

    proptest! {
        #[test]
        fn no_path_makes_the_reader_panic(path in "\\PC{0,60}") {
            let _ = Route::parse(&path);
        }
    }
}
