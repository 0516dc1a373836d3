//! `GET .../near`: the next or previous line of a level or a more important one.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_layout::{Level, Way};

use super::{OfTry, level, look, needs};
use crate::call::{Call, Json};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/logs/{dag_id}/{run_id}/{task_id}/{map_index}/{try_number}/near",
        "log_near",
    );
    Endpoint::new(at, needs(), &[401, 403, 404, 422], get)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// The least important level; `error` if absent.
    level: Option<String>,
    /// Where to look from; this line is not looked at.
    line: u64,
    dir: Option<Dir>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Dir {
    Next,
    Prev,
}

#[derive(Default, Serialize, JsonSchema)]
struct Near {
    /// Null if there is none.
    line: Option<u64>,
}

async fn get(call: Call<OfTry, Query>) -> Result<Json<Near>, Failure> {
    let Query {
        level: name,
        line,
        dir,
    } = call.query;
    let level = name.map_or(Ok(Level::Error), |name| level(&name))?;
    let way = match dir {
        Some(Dir::Prev) => Way::Previous,
        Some(Dir::Next) | None => Way::Next,
    };
    let log = call.path.find(&call.api).await?;
    let near = look(&call.api, &log, move |index, _| {
        Ok(Near {
            line: index.near(line, level, way),
        })
    });
    Ok(Json(near.await?.unwrap_or_default()))
}
