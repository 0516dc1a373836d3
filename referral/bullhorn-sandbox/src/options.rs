//! What a sandbox is started with, and the knobs that can be turned while it runs.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::population::PopulationOptions;

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// The records.
    pub population: PopulationOptions,
    /// Who may log in.
    pub credentials: Credentials,
    /// The address under which clients reach the sandbox, without path. When none is given, each reply uses the `Host`
    /// header of its request.
    pub self_url: Option<Url>,
    /// Where writes are kept, so that a sandbox that was killed serves the same records again. Without a file a restart
    /// serves the generated records.
    pub state_file: Option<PathBuf>,
    /// How the sandbox behaves at first.
    pub knobs: Knobs,
}

impl SandboxOptions {
    /// Options around a population: the default credentials, no state file, the default knobs.
    pub fn new(population: PopulationOptions) -> Self {
        Self {
            population,
            credentials: Credentials::default(),
            self_url: None,
            state_file: None,
            knobs: Knobs::default(),
        }
    }
}

/// The one API user of the sandbox and the one OAuth client.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: String,
    /// Name of the API user.
    pub username: String,
    /// Password of the API user.
    pub password: String,
    /// The redirect address registered for the client; a request that names another is refused. None: nothing is
    /// registered, and the code goes to a page of the sandbox.
    pub redirect_uri: Option<String>,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            client_id: "sandbox-client".to_owned(),
            client_secret: "sandbox-secret".to_owned(),
            username: "sandbox.user".to_owned(),
            password: "sandbox-password".to_owned(),
            redirect_uri: None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("client_id", &self.client_id)
            .field("username", &self.username)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// What a Lucene query that cannot be parsed does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MalformedQuery {
    /// It finds every record, without a word: seen in the wild.
    MatchAll,
    /// It finds nothing, without a word.
    MatchNone,
    /// The answer is 400 with a text that starts with `Bad Query: `.
    Reject,
}

/// How records lie whose sort keys are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TieOrder {
    /// By id.
    ById,
    /// In an order of its own, the same each time.
    Shuffled,
}

/// The key under which a session error carries its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionErrorKey {
    /// `errorMessage`, as everywhere else.
    ErrorMessage,
    /// `message`, as some clients saw it.
    Message,
}

/// Behaviour that no source settles, or that a test wants otherwise. All of it can be read and changed under
/// `/admin/knobs` while the sandbox runs. Since v0.1.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knobs {
    /// `/search` sees records as they were this many milliseconds ago.
    pub index_lag_ms: u32,
    /// Records of a page when the request does not say.
    pub page_default: u32,
    /// Most records of a page.
    pub page_max: u32,
    /// Most records of a page that carries long texts; none: the same as `page_max`. 200 was seen in the wild.
    pub heavy_page_max: Option<u32>,
    /// Members of a to-many when the request does not say.
    pub to_many_default: u32,
    /// Most members of a to-many inside a record.
    pub to_many_max: u32,
    /// Whether `fields=*` is allowed.
    pub all_fields_allowed: bool,
    /// Life of a session in minutes when the login does not say.
    pub session_minutes_default: u32,
    /// Longest life of a session in minutes, whatever the login asks for.
    pub session_minutes_max: u32,
    /// Sessions at the same time.
    pub sessions_max: u32,
    /// Calls in one minute before the answer is 429; none: no limit.
    pub calls_per_minute: Option<u32>,
    /// Whether replies tell the rest of the minute in `X-RateLimit-Limit-Minute` and `X-RateLimit-Remaining-Minute`.
    pub rate_headers: bool,
    /// Whether refresh tokens are given out.
    pub refresh_tokens: bool,
    /// Wrong passwords in a row that lock the user out; none: no lock.
    pub lock_out_after: Option<u32>,
    /// Whether the user has accepted the terms of service.
    pub terms_accepted: bool,
    /// Whether authorize, token and login answer 307 to another data centre.
    pub data_centre_moved: bool,
    /// Whether an edit of a to-many moves `dateLastModified`.
    pub association_bumps_modified: bool,
    /// What an unreadable Lucene query does.
    pub malformed_query: MalformedQuery,
    /// How ties lie.
    pub tie_order: TieOrder,
    /// Where session errors carry their text.
    pub session_error_key: SessionErrorKey,
    /// Text of the 412 for a call without a token.
    pub no_token_message: String,
    /// Text of the 404 for an unknown record.
    pub not_found_message: String,
    /// Entities that this user may not see, such as `Placement`: 403.
    pub hidden_entities: Vec<String>,
    /// Fields whose value this user may not see, such as `Candidate.salary`.
    pub confidential_fields: Vec<String>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            index_lag_ms: 0,
            page_default: 20,
            page_max: 500,
            heavy_page_max: None,
            to_many_default: 5,
            to_many_max: 15,
            all_fields_allowed: false,
            session_minutes_default: 10,
            session_minutes_max: 2880,
            sessions_max: 50,
            calls_per_minute: Some(1_500),
            rate_headers: false,
            refresh_tokens: true,
            lock_out_after: None,
            terms_accepted: true,
            data_centre_moved: false,
            association_bumps_modified: false,
            malformed_query: MalformedQuery::MatchAll,
            tie_order: TieOrder::ById,
            session_error_key: SessionErrorKey::ErrorMessage,
            no_token_message: "A 'BhRestToken' is required for this call.".to_owned(),
            not_found_message: "The entity you requested does not exist.".to_owned(),
            hidden_entities: Vec::new(),
            confidential_fields: Vec::new(),
        }
    }
}
