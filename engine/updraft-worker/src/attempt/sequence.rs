//! Answering what a task asks about the values that copies of a mapped task have left.

use std::ops::Range;

use serde_json::Value;
use updraft_protocol::message::{
    ErrorResponse, ErrorType, GetXComCount, GetXComSequenceItem, GetXComSequenceSlice, ToTask,
    XComSequenceIndexResult, XComSequenceSliceResult,
};

use super::answers::Asker;
use crate::{ApiError, TaskApi};

/// One of the values.
pub(super) async fn item(
    api: &dyn TaskApi,
    asker: &Asker,
    request: GetXComSequenceItem,
) -> Result<ToTask, ApiError> {
    let offset = request.offset;
    let of = GetXComCount {
        key: request.key,
        dag_id: request.dag_id,
        run_id: request.run_id,
        task_id: request.task_id,
    };
    let place = match u64::try_from(offset) {
        Ok(place) => Some(place),
        Err(_) => api
            .xcom_count(asker.id, &of)
            .await?
            .checked_sub(offset.unsigned_abs()),
    };
    let found = match place {
        Some(place) => {
            api.xcom_slice(asker.id, &of, place..place.saturating_add(1))
                .await?
        }
        None => Vec::new(),
    };
    Ok(match found.into_iter().next() {
        Some(root) => ToTask::XComSequenceIndexResult(XComSequenceIndexResult { root }),
        None => {
            let message = format!("task `{}` has left no value at place {offset}", of.task_id);
            ToTask::ErrorResponse(ErrorResponse::new(ErrorType::XComNotFound, message))
        }
    })
}

/// Some of the values, as a slice of Python names them.
pub(super) async fn slice(
    api: &dyn TaskApi,
    asker: &Asker,
    request: GetXComSequenceSlice,
) -> Result<ToTask, ApiError> {
    let (start, stop, step) = (request.start, request.stop, request.step.unwrap_or(1));
    let of = GetXComCount {
        key: request.key,
        dag_id: request.dag_id,
        run_id: request.run_id,
        task_id: request.task_id,
    };
    if step == 0 {
        return Err(ApiError::Refused("a slice cannot have the step 0".to_owned()));
    }
    let is_plain = step == 1 && start.unwrap_or(0) >= 0 && stop.is_some_and(|stop| stop >= 0);
    let length = if is_plain {
        u64::MAX
    } else {
        api.xcom_count(asker.id, &of).await?
    };
    let places = places(start, stop, step, length);
    let values = api.xcom_slice(asker.id, &of, places).await?;
    Ok(ToTask::XComSequenceSliceResult(XComSequenceSliceResult {
        root: every(values, step),
    }))
}

/// The places from the lowest to the highest that a slice wants; the first that it wants is at an end of them.
fn places(start: Option<i64>, stop: Option<i64>, step: i64, length: u64) -> Range<u64> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = |at: i64, least: i64, most: i64| {
        let at = if at < 0 { at.saturating_add(length) } else { at };
        at.clamp(least, most)
    };
    let (low, high) = if step > 0 {
        let first = start.map_or(0, |at| place(at, 0, length));
        (first, stop.map_or(length, |at| place(at, 0, length)))
    } else {
        let first = start.map_or(length - 1, |at| place(at, -1, length - 1));
        let last = stop.map_or(-1, |at| place(at, -1, length - 1));
        (last + 1, first + 1)
    };
    let number = |at: i64| u64::try_from(at).unwrap_or(0);
    number(low)..number(high.max(low))
}

/// Every so many of the values; backwards if it is negative.
fn every(mut values: Vec<Value>, step: i64) -> Vec<Value> {
    if step < 0 {
        values.reverse();
    }
    let step = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
    values.into_iter().step_by(step.max(1)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slices_are_those_of_python() {
        let of_five = |start, stop, step| {
            let places = places(start, stop, step, 5);
            every(places.map(|place| json!(place)).collect(), step)
        };
        assert_eq!(of_five(None, None, 1), [0, 1, 2, 3, 4]);
        assert_eq!(of_five(Some(1), Some(3), 1), [1, 2]);
        assert_eq!(of_five(Some(-2), None, 1), [3, 4]);
        assert_eq!(of_five(None, Some(-2), 2), [0, 2]);
        assert_eq!(of_five(None, None, -1), [4, 3, 2, 1, 0]);
        assert_eq!(of_five(Some(3), Some(0), -2), [3, 1]);
        assert_eq!(of_five(Some(9), None, 1), Vec::<Value>::new());
        assert_eq!(of_five(Some(3), Some(1), 1), Vec::<Value>::new());
        assert_eq!(of_five(Some(-9), Some(2), 1), [0, 1]);
    }
}
