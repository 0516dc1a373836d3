//! What the copies of a mapped task have left, fetched piece by piece.

use std::marker::PhantomData;
use std::ops::Range;

use serde::de::DeserializeOwned;
use updraft_protocol::message::{GetXComCount, GetXComSequenceSlice, ToSupervisor, ToTask};

use super::context::typed;
use super::{Context, RequestError};

/// The values that copies of a mapped task have left, in the order of their indexes and without those that have left none.
/// Nothing is fetched before it is asked for. Made by [`Context::xcom_sequence`].
///
/// ```
/// use updraft_sdk::{Context, TaskResult};
///
/// async fn sum(context: Context) -> TaskResult<u64> {
///     let sizes = context.xcom_sequence::<u64>("measure")?;
///     let mut sum = 0;
///     for start in (0..sizes.len().await?).step_by(1000) {
///         sum += sizes.slice(start..start + 1000).await?.iter().sum::<u64>();
///     }
///     Ok(sum)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct XComSequence<T> {
    context: Context,
    of: GetXComCount,
    values: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> XComSequence<T> {
    pub(super) const fn new(context: Context, of: GetXComCount) -> Self {
        Self {
            context,
            of,
            values: PhantomData,
        }
    }

    /// How many there are.
    ///
    /// # Errors
    /// The engine cannot be asked.
    #[expect(clippy::len_without_is_empty, reason = "the answer has to be asked for")]
    pub async fn len(&self) -> Result<u64, RequestError> {
        let request = ToSupervisor::GetXComCount(self.of.clone());
        match self.context.request(request).await? {
            Some(ToTask::XComCountResponse(answer)) => Ok(answer.len),
            _ => Err(RequestError::UnexpectedAnswer),
        }
    }

    /// One of them, by its place from 0; `None` if there are not so many.
    ///
    /// # Errors
    /// It has another type, or the engine cannot be asked.
    pub async fn get(&self, place: u64) -> Result<Option<T>, RequestError> {
        let found = self.slice(place..place.saturating_add(1)).await?;
        Ok(found.into_iter().next())
    }

    /// Some of them, by their places from 0; those that there are.
    ///
    /// # Errors
    /// One has another type, or the engine cannot be asked.
    pub async fn slice(&self, places: Range<u64>) -> Result<Vec<T>, RequestError> {
        let place = |place: u64| Some(i64::try_from(place).unwrap_or(i64::MAX));
        let GetXComCount {
            key,
            dag_id,
            run_id,
            task_id,
        } = self.of.clone();
        let request = ToSupervisor::GetXComSequenceSlice(GetXComSequenceSlice {
            key,
            dag_id,
            run_id,
            task_id,
            start: place(places.start),
            stop: place(places.end),
            step: None,
        });
        let Some(ToTask::XComSequenceSliceResult(answer)) = self.context.request(request).await? else {
            return Err(RequestError::UnexpectedAnswer);
        };
        let what = || format!("XCom `{}` of a copy of task `{}`", self.of.key, self.of.task_id);
        answer.root.into_iter().map(|value| typed(value, what)).collect()
    }
}
