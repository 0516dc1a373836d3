//! `/search`: the Lucene index.

use crate::call_error::{CallError, ShapeError};
use crate::calls::request::{Request, path};
use crate::client::Client;
use crate::dialect::lucene::Lucene;
use crate::dialect::path::Path;
use crate::dialect::sort::Sort;
use crate::entity::Entity;
use crate::error::RequestError;
use crate::fields::Fields;
use crate::record::Record;
use crate::record::rows::Rows;
use crate::record::stub::Stub;
use crate::wire::envelope;
use crate::wire::row::Row;

/// The most records of a page; Bullhorn cuts larger wishes, and returns fewer when the records are heavy.
pub const PAGE_MAX: u16 = 500;

/// One page to search for.
#[derive(Debug, Clone)]
pub struct Search {
    entity: Entity,
    query: Lucene,
    fields: Fields,
    sort: Option<Sort>,
    count: u16,
    start: u64,
}

impl Search {
    /// The first [`PAGE_MAX`] records that match, in no particular order.
    pub fn new(entity: Entity, query: Lucene, fields: Fields) -> Self {
        Self {
            entity,
            query,
            fields,
            sort: None,
            count: PAGE_MAX,
            start: 0,
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

    /// Leaving out this many records. Whole tables are better read with the streams of [`paging`](crate::paging):
    /// deep offsets lose and repeat rows.
    pub fn start(mut self, start: u64) -> Self {
        self.start = start;
        self
    }

    fn request(&self) -> Result<Request, RequestError> {
        let entity = self.entity;
        if !entity.is_searchable() {
            return Err(RequestError::NotSearchable { entity });
        }
        let is_deleted = Path::IS_DELETED;
        if !entity.is_soft_deleted() && self.query.mentions(is_deleted.as_str()) {
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
        parameters.extend(self.sort.as_ref().map(|sort| ("sort", sort.to_string())));
        Ok(Request::with_text(
            path("search", entity, ""),
            parameters,
            "query",
            self.query.render(entity),
        ))
    }
}

/// One page of records.
#[derive(Debug)]
pub struct Page<R> {
    /// The records, and the rows that could not be read.
    pub rows: Rows<R>,
    /// How many records match in all; `None` from a query that did not ask for it.
    pub total: Option<u64>,
}

impl<R: Record> Page<R> {
    pub(crate) fn read(text: &str) -> Result<Self, envelope::ReadError> {
        let envelope = envelope::read_data::<Vec<Row<'_>>>(text)?;
        let data = envelope.data.ok_or(ShapeError::Missing { key: "data" })?;
        Ok(Self {
            rows: Rows::read(&data),
            total: envelope.total,
        })
    }
}

impl Client {
    /// Reads one page of the records that match.
    ///
    /// The index lags: a record written now is found seconds to minutes later.
    ///
    /// # Errors
    /// [`CallError`]; [`RequestError`] inside it for an entity that is not indexed.
    pub async fn search<R: Record>(&self, search: &Search) -> Result<Page<R>, CallError> {
        self.call(search.request()?, |text| {
            let page = Page::read(text)?;
            // Without the total nothing could tell a complete result from a cut one.
            page.total.ok_or(ShapeError::Missing { key: "total" })?;
            Ok(page)
        })
        .await
    }

    /// Counts the records that match.
    ///
    /// # Errors
    /// As [`Client::search`].
    pub async fn total(&self, entity: Entity, query: Lucene) -> Result<u64, CallError> {
        let fields = Fields::plain(&["id"]).expect("`id` is a valid field");
        let search = Search::new(entity, query, fields).count(1);
        Ok(self.search::<Stub>(&search).await?.total.unwrap_or_default())
    }
}
