//! `GET /dagSources/{dag_id}` and `PUT /parseDagFile/{file_token}`: the text of a DAG file, and reading it again.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Created, Nothing};
use crate::domain::dag_sources;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::negotiated::{Negotiated, Wanted};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let get_at = At(Method::GET, "/dagSources/{dag_id}", "get_dag_source");
    let read = Needs::OfDag(Action::Read, vec![Resource::DAG_CODE]);
    let parse_at = At(Method::PUT, "/parseDagFile/{file_token}", "reparse_dag_file");
    vec![
        Endpoint::new(get_at, read, &[400, 401, 403, 404, 406, 422], get).with_headers(&[("accept", false)]),
        Endpoint::new(
            parse_at,
            Needs::Dag(Action::Edit),
            &[401, 403, 404, 422],
            parse_again,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct ById {
    dag_id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    version_number: Option<i64>,
}

/// The text of a DAG file.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGSourceResponse")]
struct DagSourceResponse {
    content: Option<String>,
    dag_id: String,
    version_number: Option<i64>,
    dag_display_name: String,
}

async fn get(call: Call<ById, Query>) -> Result<Negotiated<DagSourceResponse>, Failure> {
    let wanted = Wanted::of(&call.headers)?;
    let dag_id = call.path.dag_id;
    let found = dag_sources::of_dag(&call.api, &dag_id, call.query.version_number).await?;
    Ok(match wanted {
        Wanted::Text => Negotiated::Text(found.code.unwrap_or_default()),
        Wanted::Json => Negotiated::Json(DagSourceResponse {
            content: found.code,
            version_number: Some(found.version_number),
            dag_display_name: dag_id.clone(),
            dag_id,
        }),
    })
}

#[derive(Deserialize, JsonSchema)]
struct ByToken {
    file_token: String,
}

async fn parse_again(call: Call<ByToken, Nothing>) -> Result<Created<()>, Failure> {
    dag_sources::parse_again(&call.actor(), &call.path.file_token).await?;
    Ok(Created(()))
}
