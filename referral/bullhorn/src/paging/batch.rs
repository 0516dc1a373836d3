//! One page of a stream.

use crate::record::rows::FaultyRow;

/// One page of a stream, with the cursor that continues after it.
#[derive(Debug)]
pub struct Batch<R, C> {
    /// The records. None of them was in an earlier page.
    pub records: Vec<R>,
    /// Rows that could not be read; the stream goes on behind them.
    pub faulty: Vec<FaultyRow>,
    /// Where to resume once this page is stored.
    pub cursor: C,
    /// How many records matched when this page was asked for, this page's included: what was left to read.
    pub left: u64,
}
