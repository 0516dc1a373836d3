//! `POST /quality/run` of the ETL service: evaluates the data quality checks.

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use referral_quality::declaration;
use referral_quality::run::{self, Report, Request};
use referral_service::{Progress, Runs, WorkError, refusal};
use referral_store::{ReferralStore, RunId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::clock;

/// Components of the vectors that the model makes.
const DIMENSIONS: usize = 384;

/// The body of a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    run_id: RunId,
}

/// The route.
pub(super) fn router(store: ReferralStore, runs: Runs) -> Router {
    Router::new()
        .route("/quality/run", post(check))
        .with_state((store, runs))
}

async fn check(
    State((store, runs)): State<(ReferralStore, Runs)>,
    body: Result<Json<Body>, JsonRejection>,
) -> Response {
    let Json(Body { run_id }) = match body {
        Ok(body) => body,
        Err(rejection) => return refusal(StatusCode::BAD_REQUEST, rejection.body_text()),
    };
    let name = run_id.to_string();
    runs.follow("data quality", &name, move |progress, _| async move {
        let mut done = 0;
        let mut tell = |table: declaration::Table, rows: u64| {
            done += rows;
            let message = format!("rows checked, now of {}", table.as_str());
            progress.send_replace(Progress {
                done,
                total: None,
                message,
            });
        };
        let request = Request {
            run_id,
            now: clock::now(),
            dimensions: DIMENSIONS,
        };
        let report = run::run(&store, &declaration::built_in(), &request, &mut tell).await;
        report.map(|report| summary(&report)).map_err(|error| WorkError {
            retryable: error.is_retryable(),
            message: format!("the application database failed: {error}"),
        })
    })
}

fn summary(report: &Report) -> Map<String, Value> {
    let failures: Vec<&str> = report.failures().map(|result| result.name.as_str()).collect();
    let warnings: Vec<&str> = report.warnings().map(|result| result.name.as_str()).collect();
    let results: Vec<Value> = report
        .results
        .iter()
        .map(|result| {
            json!({
                "name": result.name, "table": result.table, "severity": result.severity, "passed": result.passed,
                "checked": result.checked, "failed": result.failed, "detail": result.detail, "samples": result.samples,
            })
        })
        .collect();
    Map::from_iter([
        ("checks".to_owned(), report.results.len().into()),
        ("withheld".to_owned(), report.withheld.into()),
        ("failures".to_owned(), failures.into()),
        ("warnings".to_owned(), warnings.into()),
        ("results".to_owned(), results.into()),
    ])
}
