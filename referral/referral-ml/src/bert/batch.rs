//! Packing texts of different lengths into micro-batches without padding.
//!
//! The texts of a micro-batch lie end to end in one table of tokens. The linear layers see only that table; attention
//! looks at each text's own rows. Nothing is padded and nothing is sorted, so no work is wasted.

use std::ops::Range;

/// Most tokens that are packed together: enough rows for the matrix kernel to run at full speed, few enough for what one
/// layer hands to the next to stay in the cache (1,024 take 7 % longer).
pub(crate) const TOKENS_PER_BATCH: usize = 512;
/// Fewest tokens worth a micro-batch of their own when work is spread over idle cores.
const TOKENS_WORTH_A_BATCH: usize = 256;

/// Splits texts, given by their token counts, into runs of neighbours for `workers` cores.
///
/// Every text lies in exactly one run, in order. A run holds at most [`TOKENS_PER_BATCH`] tokens unless a single text
/// is longer.
pub(crate) fn micro_batches(lengths: &[usize], workers: usize) -> Vec<Range<usize>> {
    let tokens: usize = lengths.iter().sum();
    let share = tokens
        .div_ceil(workers.max(1))
        .clamp(TOKENS_WORTH_A_BATCH, TOKENS_PER_BATCH);
    let mut batches = Vec::new();
    let (mut start, mut held) = (0, 0);
    for (index, length) in lengths.iter().enumerate() {
        if held > 0 && held + length > share {
            batches.push(start..index);
            (start, held) = (index, 0);
        }
        held += length;
    }
    if held > 0 {
        batches.push(start..lengths.len());
    }
    batches
}

/// The texts of one micro-batch, laid end to end.
#[derive(Debug)]
pub(crate) struct PackedTexts {
    /// Vocabulary entries of all texts.
    tokens: Vec<u32>,
    /// Where each text lies in `tokens`.
    texts: Vec<Range<usize>>,
}

impl PackedTexts {
    /// Lays the token lists end to end.
    pub(crate) fn new<'a>(lists: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let mut packed = Self {
            tokens: Vec::new(),
            texts: Vec::new(),
        };
        for list in lists {
            let start = packed.tokens.len();
            packed.tokens.extend_from_slice(list);
            packed.texts.push(start..packed.tokens.len());
        }
        packed
    }

    /// Vocabulary entries of all texts, end to end.
    pub(crate) fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// The rows of each text.
    pub(crate) fn texts(&self) -> impl ExactSizeIterator<Item = Range<usize>> {
        self.texts.iter().cloned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_text_lies_in_exactly_one_batch_of_bounded_size(
            lengths in prop::collection::vec(2_usize..=256, 0..200),
            workers in 1_usize..9,
        ) {
            let batches = micro_batches(&lengths, workers);
            let mut next = 0;
            for batch in &batches {
                prop_assert_eq!(batch.start, next);
                prop_assert!(lengths[batch.clone()].iter().sum::<usize>() <= TOKENS_PER_BATCH);
                next = batch.end;
            }
            prop_assert_eq!(next, lengths.len());
        }
    }

    #[test]
    fn a_little_work_is_shared_by_all_cores() {
        assert_eq!(micro_batches(&[200; 4], 2), [0..2, 2..4]);
        assert_eq!(micro_batches(&[20; 4], 2).len(), 1);
        assert!(micro_batches(&[], 2).is_empty());
    }
}
