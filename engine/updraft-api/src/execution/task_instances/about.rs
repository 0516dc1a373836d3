//! What an attempt asks about itself.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_protocol::message::{
    GetPrevSuccessfulDagRun, GetTaskRescheduleStartDate, Inquiry, ValidateInletsAndOutlets,
};

use super::Named;
use crate::call::{Json, Nothing};
use crate::execution::convert::{self, time};
use crate::execution::operation::{Ask, AskedBy, Operation, expect_answer};
use crate::execution::refusal::Refusal;
use crate::execution::shapes::AssetProfileShape;
use crate::time::V2Time;

pub(super) fn operations() -> Vec<Operation> {
    let previous = "/task-instances/{task_instance_id}/previous-successful-dagrun";
    let assets = "/task-instances/{task_instance_id}/validate-inlets-and-outlets";
    let began = "/task-reschedules/{task_instance_id}/start_date";
    let by = AskedBy::Own;
    vec![
        Operation::new((Method::GET, previous), by, &[404, 422], previous_success),
        Operation::new((Method::GET, assets), by, &[404, 422], inactive_assets),
        Operation::new((Method::GET, began), by, &[401, 404, 422], began_at),
    ]
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PrevSuccessfulDagRunResponse")]
struct PreviousSuccess {
    data_interval_start: Option<V2Time>,
    data_interval_end: Option<V2Time>,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InactiveAssetsResponse")]
struct InactiveAssets {
    inactive_assets: Vec<AssetProfileShape>,
}

/// The try; Airflow's client says it, though its document does not.
#[derive(Debug, Deserialize)]
struct Try {
    #[serde(default = "first")]
    try_number: u32,
}

const fn first() -> u32 {
    1
}

impl JsonSchema for Try {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Try".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "object" })
    }
}

async fn previous_success(ask: Ask<Named, Nothing>) -> Result<Json<PreviousSuccess>, Refusal> {
    let ti_id = ask.attempt()?;
    let inquiry = Inquiry::PrevSuccessfulDagRun(GetPrevSuccessfulDagRun { ti_id });
    let found = expect_answer!(ask.inquire(inquiry).await?, PrevSuccessfulDagRunResult);
    Ok(Json(PreviousSuccess {
        data_interval_start: time(found.data_interval_start),
        data_interval_end: time(found.data_interval_end),
        start_date: time(found.start_date),
        end_date: time(found.end_date),
    }))
}

async fn inactive_assets(ask: Ask<Named, Nothing>) -> Result<Json<InactiveAssets>, Refusal> {
    let ti_id = ask.attempt()?;
    let inquiry = Inquiry::InletsAndOutlets(ValidateInletsAndOutlets { ti_id });
    let found = expect_answer!(ask.inquire(inquiry).await?, InactiveAssetsResult);
    let assets = found.inactive_assets.unwrap_or_default();
    Ok(Json(InactiveAssets {
        inactive_assets: assets.into_iter().map(convert::profile).collect(),
    }))
}

/// When a try that was put off has begun.
async fn began_at(ask: Ask<Named, Try>) -> Result<Json<Option<V2Time>>, Refusal> {
    let ti_id = ask.attempt()?;
    let try_number = ask.query.try_number;
    let inquiry = Inquiry::TaskRescheduleStartDate(GetTaskRescheduleStartDate { ti_id, try_number });
    let found = expect_answer!(ask.inquire(inquiry).await?, TaskRescheduleStartDate);
    Ok(Json(time(found.start_date)))
}
