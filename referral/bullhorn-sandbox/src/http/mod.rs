//! HTTP around the endpoints: what a request says, what an answer looks like, and what lies between.

mod call;
mod dispatch;
mod error;
mod gate;
mod params;
pub(crate) mod reply;
mod route;

pub(crate) use call::Call;
pub(crate) use dispatch::{dispatch, to_other_data_centre};
pub(crate) use error::{ApiError, Refused, RefusedBecause, changed};
pub(crate) use gate::{Delivery, handle, rate_headers, too_many_calls};
pub(crate) use reply::{Content, Reply};
pub(crate) use route::{Endpoint, OTHER_DATA_CENTRE};
