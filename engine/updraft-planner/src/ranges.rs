//! Values by index, held as ranges of equal values: however many indexes there are, they cost as much as they differ.

use std::collections::BTreeMap;
use std::ops::Range;

/// A value for some indexes. Neighbours of equal value are one range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranges<T>(BTreeMap<u32, (u32, T)>);

impl<T> Default for Ranges<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Ranges<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The smallest index that has a value.
    pub(crate) fn first(&self) -> Option<u32> {
        self.0.first_key_value().map(|(start, _)| *start)
    }

    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        self.around(index).map(|(_, value)| value)
    }

    /// The range of equal values that an index is in.
    pub(crate) fn around(&self, index: u32) -> Option<(Range<u32>, &T)> {
        let (start, (end, value)) = self.0.range(..=index).next_back()?;
        (index < *end).then_some((*start..*end, value))
    }

    /// All ranges, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Range<u32>, &T)> {
        self.0.iter().map(|(start, (end, value))| (*start..*end, value))
    }

    /// The ranges within some indexes, cut off at both ends.
    pub(crate) fn within(&self, indexes: Range<u32>) -> impl Iterator<Item = (Range<u32>, &T)> {
        let first = self
            .around(indexes.start)
            .map_or(indexes.start, |(range, _)| range.start);
        let ranges = self.0.range(first..indexes.end.max(first));
        ranges.filter_map(move |(start, (end, value))| {
            let range = (*start).max(indexes.start)..(*end).min(indexes.end);
            (!range.is_empty()).then_some((range, value))
        })
    }

    /// How many of some indexes have a value.
    pub(crate) fn count(&self, indexes: Range<u32>) -> u32 {
        self.within(indexes)
            .map(|(range, _)| range.end - range.start)
            .sum()
    }
}

impl<T: Clone + PartialEq> Ranges<T> {
    /// Gives some indexes a value.
    pub(crate) fn set(&mut self, indexes: Range<u32>, value: T) {
        if indexes.is_empty() {
            return;
        }
        self.remove(indexes.clone());
        let Range { mut start, mut end } = indexes;
        if let Some((before, (before_end, known))) = self.0.range(..start).next_back()
            && *before_end == start
            && *known == value
        {
            start = *before;
        }
        if let Some((after_end, known)) = self.0.get(&end)
            && *known == value
        {
            let after_end = *after_end;
            self.0.remove(&end);
            end = after_end;
        }
        self.0.insert(start, (end, value));
    }

    /// Takes the values of some indexes away.
    pub(crate) fn remove(&mut self, indexes: Range<u32>) {
        if indexes.is_empty() {
            return;
        }
        if let Some((range, value)) = self.around(indexes.start)
            && range.start < indexes.start
        {
            let (range, value) = (range, value.clone());
            self.0.insert(range.start, (indexes.start, value.clone()));
            self.0.insert(indexes.start, (range.end, value));
        }
        while let Some((start, (end, _))) = self.0.range(indexes.start..indexes.end).next() {
            let (start, end) = (*start, *end);
            let Some((_, value)) = self.0.remove(&start) else {
                return;
            };
            if end > indexes.end {
                self.0.insert(indexes.end, (end, value));
            }
        }
    }

    /// Changes the values of some indexes; those without a value stay so.
    pub(crate) fn update(&mut self, indexes: Range<u32>, change: impl Fn(&mut T)) {
        let pieces: Vec<(Range<u32>, T)> = self
            .within(indexes)
            .map(|(range, value)| (range, value.clone()))
            .collect();
        for (range, mut value) in pieces {
            change(&mut value);
            self.set(range, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Set(Range<u32>, u8),
        Remove(Range<u32>),
        Add(Range<u32>, u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let range = || (0..40_u32, 0..12_u32).prop_map(|(start, length)| start..start + length);
        let step = prop_oneof![
            (range(), 0..3_u8).prop_map(|(range, value)| Step::Set(range, value)),
            range().prop_map(Step::Remove),
            (range(), 1..3_u8).prop_map(|(range, value)| Step::Add(range, value)),
        ];
        vec(step, 1..40)
    }

    proptest! {
        #[test]
        fn ranges_hold_what_a_value_for_each_index_would(steps in steps()) {
            let (mut ranges, mut naive) = (Ranges::default(), vec![None; 64]);
            for step in steps {
                match step {
                    Step::Set(range, value) => {
                        range.clone().for_each(|at| naive[at as usize] = Some(value));
                        ranges.set(range, value);
                    }
                    Step::Remove(range) => {
                        range.clone().for_each(|at| naive[at as usize] = None);
                        ranges.remove(range);
                    }
                    Step::Add(range, more) => {
                        for at in range.clone() {
                            naive[at as usize] = naive[at as usize].map(|value| (value + more) % 3);
                        }
                        ranges.update(range, |value| *value = (*value + more) % 3);
                    }
                }
                let values: Vec<Option<u8>> = (0..64).map(|at| ranges.get(at).copied()).collect();
                prop_assert_eq!(&values, &naive);
                prop_assert_eq!(ranges.first(), naive.iter().position(Option::is_some).map(|at| at as u32));
                let known = |range: Range<usize>| naive[range].iter().filter(|value| value.is_some()).count();
                prop_assert_eq!(ranges.count(7..33) as usize, known(7..33));
                let covered: u32 = ranges.within(5..21).map(|(range, _)| range.end - range.start).sum();
                prop_assert_eq!(covered as usize, known(5..21));
                // Neighbours differ, or there is a gap between them.
                let all: Vec<(Range<u32>, &u8)> = ranges.iter().collect();
                for pair in all.windows(2) {
                    prop_assert!(pair[0].0.end < pair[1].0.start || pair[0].1 != pair[1].1);
                }
            }
        }
    }
}
