//! `/config`: what is set.

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

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = || Needs::Resource(Action::Read, Resource::CONFIG);
    let one_at = At(
        Method::GET,
        "/config/section/{section}/option/{option}",
        "get_config_value",
    );
    vec![
        Endpoint::new(
            At(Method::GET, "/config", "get_config"),
            needs(),
            &[401, 403, 404, 406, 422],
            whole,
        )
        .with_headers(&[("accept", false)]),
        Endpoint::new(one_at, needs(), &[401, 403, 404, 406, 422], one).with_headers(&[("accept", false)]),
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
