//! `/association`: who belongs to whom, for hundreds of records per call.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::call_error::{CallError, ShapeError};
use crate::calls::request::{Request, path};
use crate::calls::to_many::ToManyField;
use crate::client::Client;
use crate::wire::envelope;

/// Records per call.
const IDS_PER_CALL: usize = 500;
/// Pairs per call, Bullhorn's limit.
const PAIRS_PER_CALL: u64 = 10_000;

/// The member ids of each record that was asked about; a record without members has an empty set.
pub type Associations = BTreeMap<i64, BTreeSet<i64>>;

impl Client {
    /// Reads the ids of all members of a to-many field for many records: the cheap way to complete the lists that
    /// pages bring cut off. One call per 500 records, more where they have over 10,000 members.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn associations(&self, field: ToManyField<'_>, ids: &[i64]) -> Result<Associations, CallError> {
        let asked: BTreeSet<i64> = ids.iter().copied().collect();
        let asked: Vec<i64> = asked.into_iter().collect();
        let mut members: Associations = asked.iter().map(|&id| (id, BTreeSet::new())).collect();
        for ids in asked.chunks(IDS_PER_CALL) {
            let mut start = 0;
            loop {
                let (pairs, total) = self.pairs(field, ids, start).await?;
                start += pairs.len() as u64;
                for (id, member) in &pairs {
                    members.entry(*id).or_default().insert(*member);
                }
                if pairs.is_empty() || start >= total.unwrap_or(u64::MAX) {
                    break;
                }
            }
        }
        Ok(members)
    }

    async fn pairs(
        &self,
        field: ToManyField<'_>,
        ids: &[i64],
        start: u64,
    ) -> Result<(Vec<(i64, i64)>, Option<u64>), CallError> {
        let body = json!({ "ids": ids, "showTotalMatched": true, "start": start, "count": PAIRS_PER_CALL });
        let request = Request::post(path("association", field.entity, field.name), body);
        self.call(request, |text| {
            let envelope = envelope::read_data::<Vec<(i64, i64)>>(text)?;
            Ok((
                envelope.data.ok_or(ShapeError::Missing { key: "data" })?,
                envelope.total,
            ))
        })
        .await
    }
}
