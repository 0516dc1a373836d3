//! Every record of an entity, by id. Rows that move or appear while they are read do no harm: an id never changes.

use futures::stream::{self, Stream};
use serde::{Deserialize, Serialize};

use crate::calls::search::{PAGE_MAX, Search};
use crate::client::Client;
use crate::dialect::lucene::Lucene;
use crate::dialect::path::Path;
use crate::dialect::sort::Sort;
use crate::dialect::span::Span;
use crate::entity::Entity;
use crate::fields::Fields;
use crate::paging::batch::Batch;
use crate::paging::error::PagingError;
use crate::record::Record;
use crate::record::rows::Rows;

/// What to read.
#[derive(Debug, Clone)]
pub struct FullLoad {
    entity: Entity,
    fields: Fields,
    page: u16,
    filter: Option<Lucene>,
    last_id: Option<i64>,
}

/// Where a full load stands. It serialises.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullCursor {
    /// The highest id that was read; 0 before the first page.
    pub after_id: i64,
}

impl FullLoad {
    /// Every record, soft-deleted ones included, in pages of [`PAGE_MAX`].
    pub fn new(entity: Entity, fields: Fields) -> Self {
        Self {
            entity,
            fields,
            page: PAGE_MAX,
            filter: None,
            last_id: None,
        }
    }

    /// In pages of at most this many records. The server may return fewer; the next page begins behind what it returned.
    pub fn page(mut self, count: u16) -> Self {
        self.page = count;
        self
    }

    /// Only the records that also match this query.
    pub fn filter(mut self, filter: Lucene) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Only up to this id, so that several loads can share the work.
    pub fn up_to(mut self, last_id: i64) -> Self {
        self.last_id = Some(last_id);
        self
    }

    fn search(&self, after_id: i64) -> Search {
        let span = match self.last_id {
            Some(last_id) => Span::between(after_id + 1, last_id),
            None => Span::at_least(after_id + 1),
        };
        let query = Lucene::numbers(&Path::ID, span);
        let query = self.filter.iter().cloned().fold(query, Lucene::and);
        Search::new(self.entity, query, self.fields.clone())
            .sorted(Sort::by(&Path::ID))
            .count(self.page)
    }
}

/// Streams the pages of a full load, from `FullCursor::default()` or where an earlier one stopped. It ends when the
/// server has no further row.
///
/// The pages' errors are [`PagingError`]; the stream ends after one.
pub fn full_load<R: Record>(
    client: &Client,
    load: FullLoad,
    from: FullCursor,
) -> impl Stream<Item = Result<Batch<R, FullCursor>, PagingError>> + Send + use<R> {
    let client = client.clone();
    stream::try_unfold((client, load, Some(from)), |(client, load, cursor)| async move {
        let Some(cursor) = cursor.filter(|cursor| load.last_id.is_none_or(|last| cursor.after_id < last))
        else {
            return Ok(None);
        };
        let page = client.search::<R>(&load.search(cursor.after_id)).await?;
        if page.rows.returned() == 0 {
            return Ok(None);
        }
        let next = FullCursor {
            after_id: last_id(load.entity, cursor.after_id, &page.rows)?,
        };
        let left = page.total.unwrap_or_default();
        let Rows { records, faulty, .. } = page.rows;
        let batch = Batch {
            records,
            faulty,
            cursor: next,
            left,
        };
        Ok(Some((batch, (client, load, Some(next)))))
    })
}

/// The highest id of a page sorted by id.
///
/// # Errors
/// [`PagingError::IdsOutOfOrder`] if the ids do not strictly ascend from `after_id`, [`PagingError::NoIds`] if there
/// are none.
pub(crate) fn last_id<R>(entity: Entity, after_id: i64, rows: &Rows<R>) -> Result<i64, PagingError> {
    let mut previous = after_id;
    for next in rows.keys.iter().filter_map(|key| key.id) {
        if next <= previous {
            return Err(PagingError::IdsOutOfOrder {
                entity,
                previous,
                next,
            });
        }
        previous = next;
    }
    if previous == after_id {
        Err(PagingError::NoIds { entity })
    } else {
        Ok(previous)
    }
}
