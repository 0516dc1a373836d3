//! What normalising depends on, and what can come of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::tz::TimeZone;
use referral_store::sync_page::Erased;

/// What differs between tenants.
#[derive(Debug, Clone)]
pub struct Rules {
    /// ISO alpha-2 code of the country whose national telephone format is assumed where a record names no country.
    pub default_country: String,
    /// The tenant's time zone: dates arrive as midnight there.
    pub time_zone: TimeZone,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            default_country: "US".to_owned(),
            time_zone: TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC),
        }
    }
}

/// The members of to-many fields, of records for which the reply did not bring them all.
#[derive(Debug, Clone, Default)]
pub struct Members {
    /// Per field, then per record: the ids of all members.
    pub by_field: BTreeMap<&'static str, BTreeMap<i64, BTreeSet<i64>>>,
    /// Names of skills by id.
    pub skill_names: Arc<HashMap<i64, String>>,
}

/// What a raw record is.
#[derive(Debug, Clone, PartialEq)]
pub enum Normalised<T> {
    /// A record to keep.
    Live(Box<T>),
    /// A record that is deleted or erased at the source.
    Erased(Erased),
}

/// Why a record cannot be used. The reason names fields, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Ids count from 1.
    #[error("the id `{0}` is not positive")]
    Id(i64),
    /// Without a version nothing says which of two states is newer.
    #[error("the record has no `dateLastModified`")]
    NoVersion,
    /// A bug: the record is kept out, so that it does not keep out all others.
    #[error("cleaning the record failed inside; see the log of the service")]
    Panicked,
    /// Nobody could be called by that name.
    #[error("the candidate has neither first nor last name")]
    NoName,
    /// Nothing says what the job is.
    #[error("the position has neither title nor description")]
    NoContent,
}
