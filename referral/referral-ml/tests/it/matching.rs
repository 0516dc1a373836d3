//! The kernel against the definition: every pair assessed one by one.

use proptest::collection::vec;
use proptest::prelude::*;
use referral_ml::matching::{CandidateBlock, Found, Matcher};
use referral_ml::scoring::{CandidateFacts, Points, PositionFacts};
use referral_ml::vectors::{Vectors, cosine};

use crate::support::{any_candidate, any_position, formula, unit_vectors, workers};

const DIMENSIONS: usize = 48;

/// Candidates and positions with vectors.
#[derive(Debug, Clone)]
struct Records {
    candidates: Vec<CandidateFacts>,
    candidate_vectors: Vectors,
    positions: Vec<PositionFacts>,
    position_vectors: Vectors,
}

fn any_records() -> impl Strategy<Value = Records> {
    let facts = (vec(any_candidate(0), 1..500), vec(any_position(0), 1..230));
    (facts, any::<u64>()).prop_map(|((candidates, positions), seed)| Records {
        candidate_vectors: unit_vectors(candidates.len(), DIMENSIONS, seed),
        position_vectors: unit_vectors(positions.len(), DIMENSIONS, seed ^ 1),
        candidates,
        positions,
    })
}

fn matcher(threshold: Points, threads: usize) -> Matcher {
    Matcher::new(formula(), threshold, workers(threads))
}

fn find(matcher: &Matcher, records: &Records) -> Vec<Found> {
    let positions = matcher.prepare(records.positions.clone(), records.position_vectors.clone());
    let candidates = CandidateBlock::new(records.candidates.clone(), records.candidate_vectors.clone());
    matcher.find(&positions, &candidates)
}

fn select(vectors: &Vectors, indices: &[usize]) -> Vectors {
    let mut selected = Vectors::empty(vectors.dimensions());
    for index in indices {
        selected.push(vectors.row(*index));
    }
    selected
}

impl Records {
    /// Some of the candidates and some of the positions.
    fn part(&self, candidates: &[usize], positions: &[usize]) -> Self {
        Self {
            candidates: candidates
                .iter()
                .map(|index| self.candidates[*index].clone())
                .collect(),
            candidate_vectors: select(&self.candidate_vectors, candidates),
            positions: positions
                .iter()
                .map(|index| self.positions[*index].clone())
                .collect(),
            position_vectors: select(&self.position_vectors, positions),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_kernel_finds_exactly_what_assessing_every_pair_finds(
        records in any_records(), threshold in 2_000_u16..9_000, threads in 1_usize..4,
    ) {
        let threshold = Points::from_hundredths(threshold);
        let mut expected = Vec::new();
        for (position, facts) in records.positions.iter().enumerate() {
            for (candidate, other) in records.candidates.iter().enumerate() {
                let cosine = cosine(records.position_vectors.row(position), records.candidate_vectors.row(candidate));
                let score = formula().assess(facts, other, cosine).score;
                if score >= threshold {
                    expected.push(Found { position, candidate, score, cosine });
                }
            }
        }
        prop_assert_eq!(find(&matcher(threshold, threads), &records), expected);
    }

    #[test]
    fn changed_records_against_the_other_side_give_what_a_full_run_gives(
        before in any_records(),
        seed in any::<u64>(),
        changed in (vec(any::<prop::sample::Index>(), 0..40), vec(any::<prop::sample::Index>(), 0..20)),
    ) {
        let matcher = matcher(Points::from_hundredths(5_000), 2);
        let mut after = before.clone();
        let (new_candidates, new_positions) = (unit_vectors(40, DIMENSIONS, seed), unit_vectors(20, DIMENSIONS, !seed));
        let mut candidates: Vec<usize> = changed.0.iter().map(|index| index.index(before.candidates.len())).collect();
        let mut positions: Vec<usize> = changed.1.iter().map(|index| index.index(before.positions.len())).collect();
        for list in [&mut candidates, &mut positions] {
            list.sort_unstable();
            list.dedup();
        }
        after.candidate_vectors = replaced(&before.candidate_vectors, &candidates, &new_candidates);
        after.position_vectors = replaced(&before.position_vectors, &positions, &new_positions);

        let all_candidates: Vec<usize> = (0..after.candidates.len()).collect();
        let all_positions: Vec<usize> = (0..after.positions.len()).collect();
        let untouched = |pair: &Found| !candidates.contains(&pair.candidate) && !positions.contains(&pair.position);
        let mut delta: Vec<Found> = find(&matcher, &before).into_iter().filter(untouched).collect();
        for (own_candidates, own_positions) in [(&candidates, &all_positions), (&all_candidates, &positions)] {
            for pair in find(&matcher, &after.part(own_candidates, own_positions)) {
                let pair = Found {
                    position: own_positions[pair.position],
                    candidate: own_candidates[pair.candidate],
                    ..pair
                };
                if !delta.contains(&pair) {
                    delta.push(pair);
                }
            }
        }
        delta.sort_by_key(|pair| (pair.position, pair.candidate));
        prop_assert_eq!(delta, find(&matcher, &after));
    }
}

fn replaced(vectors: &Vectors, indices: &[usize], new: &Vectors) -> Vectors {
    let mut result = Vectors::empty(vectors.dimensions());
    for (index, row) in vectors.rows().enumerate() {
        result.push(
            indices
                .iter()
                .position(|changed| *changed == index)
                .map_or(row, |at| new.row(at)),
        );
    }
    result
}

#[test]
fn nothing_matches_nothing() {
    let matcher = matcher(Points::default(), 1);
    let positions = matcher.prepare(Vec::new(), Vectors::empty(DIMENSIONS));
    let candidates = CandidateBlock::new(Vec::new(), Vectors::empty(DIMENSIONS));
    assert!(matcher.find(&positions, &candidates).is_empty());
}
