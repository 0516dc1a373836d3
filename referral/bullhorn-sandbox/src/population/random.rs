//! Random draws that depend on nothing but a seed: the same on every machine and with every version of a library.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// What a stream of random numbers is for. Each purpose has its own stream, so that a new draw in one part of a record
/// does not change the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Stream {
    /// Which ids are left out.
    CandidateGaps = 1,
    PositionGaps = 2,
    /// Which occupations are common in this population.
    Popularity = 3,
    /// Dates and deletion.
    CandidateStamp = 4,
    PositionStamp = 5,
    /// What a person really is like.
    Profile = 6,
    /// Who the person is: name, home, contacts.
    Identity = 7,
    /// Jobs and schools.
    Career = 8,
    /// How the record was typed.
    CandidateRecord = 9,
    Resume = 10,
    /// What a client really wants.
    Order = 11,
    PositionRecord = 12,
    Advert = 13,
    Company = 14,
    Contact = 15,
    User = 16,
    /// Which records repeat a person who is there already.
    Repetition = 17,
}

/// A stream of random numbers for one purpose and one record.
#[derive(Debug, Clone)]
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    /// The stream of `(seed, stream, id)`: the key of the cipher, so that streams are independent.
    pub(crate) fn new(seed: u64, stream: Stream, id: u32) -> Self {
        let mut key = [0; 32];
        let words = [
            seed.to_le_bytes(),
            (u64::from(stream as u32) << 32 | u64::from(id)).to_le_bytes(),
        ];
        for (place, byte) in key.iter_mut().zip(words.into_iter().flatten()) {
            *place = byte;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number below `bound`, each equally likely; 0 when `bound` is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).max(0) as usize + 1;
        low + self.below(width) as i64
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number in `0.0..1.0` with small ones more likely: the 1.5th power of one with all equally likely.
    ///
    /// Square roots are exact on every machine, other powers are not.
    pub(crate) fn skewed(&mut self) -> f64 {
        let unit = self.unit();
        unit * unit.sqrt()
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    /// True in `share` of a thousand cases.
    pub(crate) fn per_mille(&mut self, share: u32) -> bool {
        self.below(1000) < share as usize
    }

    /// One of the items.
    ///
    /// # Panics
    /// When there is none: every list drawn from is checked to have entries when the vocabulary is read.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        items
            .get(self.below(items.len()))
            .expect("lists to draw from have entries")
    }

    /// One of the items, each as likely as its weight says.
    ///
    /// # Panics
    /// When there is no item with a weight.
    pub(crate) fn weighted<'a, T>(&mut self, items: &'a [(u32, T)]) -> &'a T {
        let total: usize = items.iter().map(|(weight, _)| *weight as usize).sum();
        let mut left = self.below(total);
        for (weight, item) in items {
            match left.checked_sub(*weight as usize) {
                Some(rest) => left = rest,
                None => return item,
            }
        }
        unreachable!("a number below the sum of the weights falls into one of them")
    }

    /// Puts the items into another order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }

    /// Up to `count` different items in random order: the first places of a shuffle. Only the places that were swapped are
    /// kept, because few items are drawn from long lists.
    pub(crate) fn sample<'a, T>(&mut self, items: &'a [T], count: usize) -> Vec<&'a T> {
        let count = count.min(items.len());
        let mut drawn = Vec::with_capacity(count);
        let mut swapped: Vec<(usize, usize)> = Vec::with_capacity(count);
        for at in 0..count {
            let other = at + self.below(items.len() - at);
            let item_at = |place: usize| {
                let moved = swapped.iter().rev().find(|(to, _)| *to == place);
                moved.map_or(place, |(_, item)| *item)
            };
            let (item, displaced) = (item_at(other), item_at(at));
            swapped.push((other, displaced));
            drawn.extend(items.get(item));
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_other_seeds_purposes_and_ids_differ() {
        let first = |seed, stream, id| Random::new(seed, stream, id).below(usize::MAX);
        let base = first(1, Stream::Profile, 1);
        assert_eq!(base, first(1, Stream::Profile, 1));
        assert_ne!(base, first(2, Stream::Profile, 1));
        assert_ne!(base, first(1, Stream::Identity, 1));
        assert_ne!(base, first(1, Stream::Profile, 2));
    }

    #[test]
    fn a_sample_has_no_item_twice() {
        let items: Vec<u32> = (0..20).collect();
        for id in 0..50 {
            let mut sample = Random::new(7, Stream::Profile, id).sample(&items, 12);
            sample.sort_unstable();
            sample.dedup();
            assert_eq!(sample.len(), 12);
        }
    }

    #[test]
    fn a_sample_is_the_beginning_of_a_shuffle() {
        let items: Vec<usize> = (0..20).collect();
        for count in [0, 1, 3, 19, 20, 30] {
            let mut random = Random::new(7, Stream::Profile, count);
            let mut shuffled = items.clone();
            for at in 0..count.min(20) as usize {
                shuffled.swap(at, at + random.below(20 - at));
            }
            shuffled.truncate(count as usize);
            let sample = Random::new(7, Stream::Profile, count).sample(&items, count as usize);
            assert_eq!(sample.into_iter().copied().collect::<Vec<_>>(), shuffled);
        }
    }

    #[test]
    fn weights_decide_how_often_an_item_is_drawn() {
        let items = [(90, 'a'), (10, 'b'), (0, 'c')];
        let mut random = Random::new(3, Stream::Profile, 0);
        let drawn: Vec<char> = (0..2_000).map(|_| *random.weighted(&items)).collect();
        let share = drawn.iter().filter(|item| **item == 'b').count();
        assert!((120..280).contains(&share), "{share}");
        assert!(!drawn.contains(&'c'));
    }
}
