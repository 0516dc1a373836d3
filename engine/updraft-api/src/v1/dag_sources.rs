//! `GET /dagSources/{file_token}` and `PUT /parseDagFile/{file_token}`: the text of a DAG file, and reading it again.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Done, Nothing};
use crate::domain::dag_sources;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::negotiated::{Negotiated, Wanted};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let get_at = At(Method::GET, "/dagSources/{file_token}", "get_dag_source");
    let read = Needs::OfDag(Action::Read, vec![Resource::DAG_CODE]);
    let parse_at = At(Method::PUT, "/parseDagFile/{file_token}", "reparse_dag_file");
    vec![
        Endpoint::new(get_at, read, &[401, 403, 404, 406], get),
        Endpoint::new(parse_at, Needs::Dag(Action::Edit), &[401, 403, 404], parse_again),
    ]
}

/// Which file.
#[derive(Deserialize, JsonSchema)]
struct ByToken {
    file_token: String,
}

/// The text of a DAG file.
#[derive(Serialize, JsonSchema)]
struct DagSource {
    content: String,
}

async fn get(call: Call<ByToken, Nothing>) -> Result<Negotiated<DagSource>, Failure> {
    let wanted = Wanted::of(&call.headers)?;
    let content = dag_sources::of_file((&call.api, &call.identity), &call.path.file_token).await?;
    Ok(match wanted {
        Wanted::Json => Negotiated::Json(DagSource { content }),
        Wanted::Text => Negotiated::Text(content),
    })
}

async fn parse_again(call: Call<ByToken, Nothing>) -> Result<Done, Failure> {
    dag_sources::parse_again(&call.actor(), &call.path.file_token).await?;
    Ok(Done)
}
