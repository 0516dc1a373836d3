//! `/config`: what is set. Both versions tell it alike.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Nothing};
use crate::domain::configuration::{self, ConfigurationSection};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::negotiated::{Negotiated, Wanted};

/// The endpoints of a version, which has a name for that of one value and statuses of its own.
pub(crate) fn endpoints(name_of_one: &'static str, failures: &'static [u16]) -> [Endpoint; 2] {
    let needs = || Needs::Resource(Action::Read, Resource::CONFIG);
    let at = At(Method::GET, "/config", "get_config");
    let one_at = At(
        Method::GET,
        "/config/section/{section}/option/{option}",
        name_of_one,
    );
    [
        Endpoint::new(at, needs(), failures, whole),
        Endpoint::new(one_at, needs(), failures, one),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    section: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct ByName {
    section: String,
    option: String,
}

/// What is set.
#[derive(Serialize, JsonSchema)]
struct Config {
    sections: Vec<ConfigSection>,
}

#[derive(Serialize, JsonSchema)]
struct ConfigSection {
    name: String,
    options: Vec<ConfigOption>,
}

#[derive(Serialize, JsonSchema)]
struct ConfigOption {
    key: String,
    value: String,
}

async fn whole(call: Call<Nothing, Query>) -> Result<Negotiated<Config>, Failure> {
    let wanted = Wanted::of(&call.headers)?;
    let sections = configuration::whole(&call.api, call.query.section.as_deref())?;
    Ok(told(sections, wanted))
}

async fn one(call: Call<ByName, Nothing>) -> Result<Negotiated<Config>, Failure> {
    let wanted = Wanted::of(&call.headers)?;
    let section = configuration::one(&call.api, &call.path.section, &call.path.option)?;
    Ok(told(vec![section], wanted))
}

fn told(sections: Vec<ConfigurationSection>, wanted: Wanted) -> Negotiated<Config> {
    let option = |(key, value)| ConfigOption { key, value };
    let section = |section: ConfigurationSection| ConfigSection {
        name: section.name,
        options: section.options.into_iter().map(option).collect(),
    };
    match wanted {
        Wanted::Text => Negotiated::Text(configuration::text(&sections)),
        Wanted::Json => Negotiated::Json(Config {
            sections: sections.into_iter().map(section).collect(),
        }),
    }
}
