//! Parts of an address as types; what cannot be understood is answered like every other failure.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// What stands behind the question mark.
pub(crate) struct Words<T>(pub(crate) T);

/// The ids in a path.
pub(crate) struct Ids<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Words<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        let Query(words) = read.map_err(|rejection| Failure::BadRequest(rejection.body_text()))?;
        Ok(Self(words))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Ids<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = Path::<T>::from_request_parts(parts, state).await;
        let Path(ids) = read.map_err(|rejection| Failure::BadRequest(rejection.body_text()))?;
        Ok(Self(ids))
    }
}
