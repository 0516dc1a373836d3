//! `/entity`: records by id.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::call_error::{CallError, RejectionKind};
use crate::calls::request::{Request, URL_CHARS_MAX, encoded_length, path};
use crate::calls::search::PAGE_MAX;
use crate::client::Client;
use crate::entity::Entity;
use crate::fields::Fields;
use crate::record::Record;
use crate::record::rows::{FaultyRow, Rows};
use crate::wire::envelope::{self, ReadError};
use crate::wire::raw_row::OneOrMany;

/// Chunks of ids asked for at the same time; the client's own limit holds besides.
const CHUNKS_AT_ONCE: usize = 4;

/// One record by id.
#[derive(Debug)]
pub enum Lookup<R> {
    /// The record.
    Found(R),
    /// It exists but cannot be read.
    Faulty(FaultyRow),
    /// There is none with this id.
    Missing,
}

/// Several records by id.
#[derive(Debug)]
pub struct Entities<R> {
    /// The records found, soft-deleted ones included, and the rows that could not be read.
    pub rows: Rows<R>,
    /// The ids that do not exist.
    pub missing: Vec<i64>,
}

impl Client {
    /// Reads one record, deleted or not.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn entity<R: Record>(
        &self,
        entity: Entity,
        id: i64,
        fields: &Fields,
    ) -> Result<Lookup<R>, CallError> {
        let mut rows = self.chunk::<R>(entity, &[id], fields).await?;
        Ok(match (rows.records.pop(), rows.faulty.pop()) {
            (Some(record), _) => Lookup::Found(record),
            (None, Some(faulty)) => Lookup::Faulty(faulty),
            (None, None) => Lookup::Missing,
        })
    }

    /// Reads records by id, in as few calls as the length of an address allows. An id given twice is read once.
    ///
    /// # Errors
    /// [`CallError`]. Ids that do not exist are no error but [`Entities::missing`].
    pub async fn entities<R: Record>(
        &self,
        entity: Entity,
        ids: &[i64],
        fields: &Fields,
    ) -> Result<Entities<R>, CallError> {
        let asked: BTreeSet<i64> = ids.iter().copied().collect();
        let chunks = chunks(
            &asked,
            URL_CHARS_MAX.saturating_sub(encoded_length(&fields.to_string())),
        );
        let reads = chunks
            .into_iter()
            .map(|ids| async move { self.chunk::<R>(entity, &ids, fields).await });
        let rows = stream::iter(reads)
            .buffered(CHUNKS_AT_ONCE)
            .try_fold(Rows::none(), |mut rows, more| async move {
                rows.append(more);
                Ok(rows)
            })
            .await?;
        let found: BTreeSet<i64> = rows.keys.iter().filter_map(|key| key.id).collect();
        Ok(Entities {
            missing: asked.difference(&found).copied().collect(),
            rows,
        })
    }

    async fn chunk<R: Record>(
        &self,
        entity: Entity,
        ids: &[i64],
        fields: &Fields,
    ) -> Result<Rows<R>, CallError> {
        let list: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut request = Request::get(path("entity", entity, &list.join(","))).with("fields", fields);
        if ids.len() > 1 {
            request = request.with("count", ids.len());
        }
        match self.call(request, read_one_or_many).await {
            Ok(rows) => Ok(rows),
            // The whole call fails only when none of the ids exists.
            Err(CallError::Rejected(rejection)) if rejection.kind == RejectionKind::NotFound => {
                Ok(Rows::none())
            }
            Err(error) => Err(error),
        }
    }
}

/// One id gives an object, several give an array; both stand in `data`, though the documentation shows the object
/// bare.
fn read_one_or_many<R: Record>(text: &str) -> Result<Rows<R>, ReadError> {
    let envelope = envelope::read_data::<OneOrMany<'_>>(text)?;
    let OneOrMany(rows) = match envelope.data {
        Some(data) => data,
        None => serde_json::from_str(text).map_err(|_| ReadError::Garbled)?,
    };
    Ok(Rows::read(&rows))
}

/// Splits ids so that each list, joined by commas, fits into an address.
fn chunks(ids: &BTreeSet<i64>, chars_max: usize) -> Vec<Vec<i64>> {
    let mut chunks: Vec<Vec<i64>> = Vec::new();
    let mut chars = usize::MAX;
    for &id in ids {
        let length = id.to_string().len() + 1;
        match chunks.last_mut() {
            Some(chunk)
                if chars.saturating_add(length) <= chars_max && chunk.len() < usize::from(PAGE_MAX) =>
            {
                chunk.push(id);
                chars += length;
            }
            _ => {
                chunks.push(vec![id]);
                chars = length;
            }
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn chunks_hold_every_id_once_and_fit(ids in proptest::collection::btree_set(1_i64..10_000_000_000, 0..700), limit in 0_usize..3_000) {
            let chunks = chunks(&ids, limit);
            let again: Vec<i64> = chunks.iter().flatten().copied().collect();
            prop_assert_eq!(again, ids.iter().copied().collect::<Vec<i64>>());
            for chunk in &chunks {
                let length: usize = chunk.iter().map(|id| id.to_string().len() + 1).sum();
                prop_assert!(length <= limit || chunk.len() == 1);
                prop_assert!(chunk.len() <= 500);
            }
        }
    }
}
