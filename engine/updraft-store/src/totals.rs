//! How many rows a list has on all its pages.
//!
//! Counting is the dear part of a list: a page is found by an index, but each row is counted. So a total of [`KEPT_FROM`] and more is
//! remembered for a hundred times as long as counting it took, and counting costs at most a hundredth of a processor, however
//! often somebody asks. Smaller ones are always counted anew.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use updraft_sql::{Query, Tx};

use crate::error::StoreError;
use crate::order::counted;

/// The least total that is remembered.
pub(crate) const KEPT_FROM: u64 = 10_000;

/// How much longer than counting takes its result counts.
const KEPT_TIMES: u32 = 100;

/// No total counts longer.
const KEPT_MAX: Duration = Duration::from_mins(1);

/// So many lists are remembered; all are forgotten when there are more.
const LISTS_MAX: usize = 256;

/// Totals that are remembered, by what was counted. Whoever counts writes them; the lock is held for look-ups only.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals(Arc<Mutex<BTreeMap<String, Known>>>);

#[derive(Debug)]
struct Known {
    total: u64,
    until: Instant,
}

impl Totals {
    /// The total that a statement tells as `number`; `of` names all that it depends on.
    pub(crate) async fn read(
        &self,
        tx: &mut Tx,
        table: &'static str,
        query: Query<'_>,
        of: impl std::fmt::Debug,
    ) -> Result<u64, StoreError> {
        let list = format!("{} {of:?}", query.statement().name());
        let began = Instant::now();
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&list)
            .and_then(|known| (began < known.until).then_some(known.total));
        if let Some(total) = known {
            return Ok(total);
        }
        let total = counted(table, &tx.fetch_one(query).await?)?;
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.remove(&list);
        if total >= KEPT_FROM {
            if lists.len() >= LISTS_MAX {
                lists.clear();
            }
            let until = Instant::now() + (began.elapsed() * KEPT_TIMES).min(KEPT_MAX);
            lists.insert(list, Known { total, until });
        }
        Ok(total)
    }
}
