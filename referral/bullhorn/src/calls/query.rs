//! `/query`: the database itself, for entities other than candidates and notes.

use crate::call_error::CallError;
use crate::calls::request::{Request, path};
use crate::calls::search::{PAGE_MAX, Page};
use crate::client::Client;
use crate::dialect::jpql::Where;
use crate::dialect::path::Path;
use crate::dialect::sort::Sort;
use crate::entity::Entity;
use crate::error::RequestError;
use crate::fields::Fields;
use crate::record::Record;

/// One page to query for.
#[derive(Debug, Clone)]
pub struct Query {
    entity: Entity,
    clause: Where,
    fields: Fields,
    sort: Option<Sort>,
    count: u16,
    start: u64,
    with_total: bool,
}

impl Query {
    /// The first [`PAGE_MAX`] records for which the clause holds, in no particular order.
    pub fn new(entity: Entity, clause: Where, fields: Fields) -> Self {
        Self {
            entity,
            clause,
            fields,
            sort: None,
            count: PAGE_MAX,
            start: 0,
            with_total: false,
        }
    }

    /// In this order.
    pub fn sorted(mut self, sort: Sort) -> Self {
        self.sort = Some(sort);
        self
    }

    /// At most this many records, 1 to [`PAGE_MAX`].
    pub fn count(mut self, count: u16) -> Self {
        self.count = count.clamp(1, PAGE_MAX);
        self
    }

    /// Leaving out this many records.
    pub fn start(mut self, start: u64) -> Self {
        self.start = start;
        self
    }

    /// With the number of all matching records, which costs the server a second count.
    pub fn with_total(mut self) -> Self {
        self.with_total = true;
        self
    }

    fn request(&self) -> Result<Request, RequestError> {
        let entity = self.entity;
        if !entity.is_queryable() {
            return Err(RequestError::NotQueryable { entity });
        }
        let is_deleted = Path::IS_DELETED;
        if !entity.is_soft_deleted() && self.clause.mentions(is_deleted.as_str()) {
            return Err(RequestError::NoSuchField {
                entity,
                field: "isDeleted",
            });
        }
        let mut parameters = vec![
            ("fields", self.fields.to_string()),
            ("count", self.count.to_string()),
            ("start", self.start.to_string()),
        ];
        parameters.extend(self.sort.as_ref().map(|sort| ("orderBy", sort.to_string())));
        parameters.extend(self.with_total.then(|| ("showTotalMatched", "true".to_owned())));
        Ok(Request::with_text(
            path("query", entity, ""),
            parameters,
            "where",
            self.clause.to_string(),
        ))
    }
}

impl Client {
    /// Reads one page of the records for which the clause holds. Unlike a search it sees every write at once.
    ///
    /// # Errors
    /// [`CallError`]; [`RequestError`] inside it for candidates and notes.
    pub async fn query<R: Record>(&self, query: &Query) -> Result<Page<R>, CallError> {
        self.call(query.request()?, Page::read).await
    }
}
