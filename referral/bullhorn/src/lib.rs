//! A client for the Bullhorn REST API.
//!
//! A [`Client`] finds the user's data centre, logs in, keeps one session for all its callers and one pace that the
//! server bears, and retries what a retry can mend. What cannot be asked without harm cannot be written: queries are
//! typed in both dialects, fields are an allow-list without protected data, and secrets stay out of addresses, logs
//! and errors. Nothing is read from the environment.
//!
//! ```no_run
//! use bullhorn::paging::{FullCursor, FullLoad, full_load};
//! use bullhorn::{Candidate, Client, Credentials, Entity, Record as _, Secret, Setup};
//! use futures::TryStreamExt as _;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials {
//!     client_id: "client".to_owned(),
//!     client_secret: Secret::new("client secret"),
//!     username: "api.user".to_owned(),
//!     password: Secret::new("password"),
//!     redirect_uri: None,
//! };
//! let client = Client::new(Setup::new(credentials, "https://rest.bullhornstaffing.com/rest-services/"))?;
//!
//! // Which of our fields does this account have?
//! let report = client.check_fields(Entity::Candidate, &Candidate::fields()).await?;
//! report.require(&["id", "isDeleted", "dateLastModified"])?;
//! let fields = report.usable(&Candidate::fields());
//!
//! // Read them all, page by page. Each page's cursor is where to resume.
//! let load = FullLoad::new(Entity::Candidate, fields).page(200);
//! let mut pages = std::pin::pin!(full_load::<Candidate>(&client, load, FullCursor::default()));
//! while let Some(page) = pages.try_next().await? {
//!     println!("{} candidates, {} to come", page.records.len(), page.left);
//! }
//! client.logout().await?;
//! # Ok(())
//! # }
//! ```

mod call_error;
mod calls;
mod client;
mod clock;
mod credentials;
mod dialect;
mod entity;
mod error;
mod fields;
mod http;
mod login;
mod options;
mod pace;
pub mod paging;
mod privacy;
mod record;
mod redact;
mod secret;
mod setup;
mod wire;

pub use call_error::{CallError, Fault, Rejection, RejectionKind, ShapeError, Unavailable};
pub use calls::associations::Associations;
pub use calls::entities::{Entities, Lookup};
pub use calls::events::EVENTS_MAX;
pub use calls::meta::{FieldReport, Meta, MetaField, RequiredFieldsMissing};
pub use calls::query::Query;
pub use calls::search::{PAGE_MAX, Page, Search};
pub use calls::subscription::{
    BadSubscriptionId, Event, EventAction, EventBatch, EventError, RequestId, SubscriptionId,
};
pub use calls::to_many::ToManyField;
pub use client::{Client, ServerTime};
pub use clock::{Clock, Jitter, SystemClock};
pub use credentials::Credentials;
pub use dialect::jpql::Where;
pub use dialect::lucene::Lucene;
pub use dialect::path::{Flag, Instant, Kind, Number, Path, Text};
pub use dialect::sort::Sort;
pub use dialect::span::Span;
pub use entity::{Entity, UnknownEntity};
pub use error::{AddressError, FieldError, QueryError, RequestError, SetupError};
pub use fields::{Fields, FieldsBuilder};
pub use login::LoginError;
pub use login::refresh_tokens::{InMemory, RefreshTokenError, RefreshTokens};
pub use options::{Options, PlainHttp};
pub use record::Record;
pub use record::address::Address;
pub use record::candidate::Candidate;
pub use record::job_order::JobOrder;
pub use record::named::Named;
pub use record::rows::{FaultyRow, Rows};
pub use record::stub::Stub;
pub use redact::Place;
pub use secret::Secret;
pub use setup::Setup;
pub use wire::day::TenantDay;
pub use wire::row::{Row, RowFault};
pub use wire::to_many::ToMany;
