//! Ids with gaps, as records that were removed for good leave them.

use super::random::{Random, Stream};

/// Records in one block of ids; the block has one id more, which is missing.
const BLOCK: u32 = 16;

/// The ids of one entity: `count` numbers from 1 upwards, of which one in each block of seventeen is missing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    seed: u64,
    stream: Stream,
    count: u32,
}

impl Ids {
    /// Most records that can have ids: children of a candidate are numbered `id * 16 + n` in 32 bits.
    pub(crate) const COUNT_MAX: u32 = 200_000_000;

    pub(crate) fn new(seed: u64, stream: Stream, count: u32) -> Self {
        Self { seed, stream, count }
    }

    /// Which id of a block is missing, from 0.
    fn hole(&self, block: u32) -> u32 {
        Random::new(self.seed, self.stream, block).below(BLOCK as usize + 1) as u32
    }

    /// All ids, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = u32> + use<> {
        (0..self.count.div_ceil(BLOCK)).flat_map(move |block| {
            let hole = self.hole(block);
            let in_block = BLOCK.min(self.count - block * BLOCK);
            (0..in_block).map(move |place| block * (BLOCK + 1) + place + u32::from(place >= hole) + 1)
        })
    }

    /// Which record has this id, from 0; none for an id in a gap or beyond the end.
    pub(crate) fn index_of(&self, id: u32) -> Option<u32> {
        let offset = id.checked_sub(1)?;
        let (block, place) = (offset / (BLOCK + 1), offset % (BLOCK + 1));
        let hole = self.hole(block);
        let index = block * BLOCK + place - u32::from(place > hole);
        (place != hole && index < self.count).then_some(index)
    }

    /// The id of a record, counted from 0.
    pub(crate) fn at(&self, index: u32) -> Option<u32> {
        let (block, place) = (index / BLOCK, index % BLOCK);
        let id = block * (BLOCK + 1) + place + u32::from(place >= self.hole(block)) + 1;
        (index < self.count).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn ids_ascend_and_lead_back_to_their_records(seed: u64, count in 0_u32..120) {
            let ids = Ids::new(seed, Stream::CandidateGaps, count);
            let all: Vec<u32> = ids.iter().collect();
            prop_assert_eq!(all.len(), count as usize);
            prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
            let last = all.last().copied().unwrap_or(0);
            for id in 0..last + 20 {
                let index = all.binary_search(&id).ok().map(|index| index as u32);
                prop_assert_eq!(ids.index_of(id), index);
                prop_assert_eq!(index.and_then(|index| ids.at(index)), index.map(|_| id));
            }
            prop_assert_eq!(ids.at(count), None);
        }
    }
}
