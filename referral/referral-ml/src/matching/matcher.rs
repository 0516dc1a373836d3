//! Matching a block of candidates with a set of positions.

use rayon::prelude::*;

use super::kernel::{CANDIDATES_PER_TILE, Tile, scan};
use crate::scoring::{
    Assessment, CandidateFacts, CompiledPosition, Formula, Points, PositionFacts, SkillIndex, SkillLists,
};
use crate::vectors::{Vectors, cosine};
use crate::workers::Workers;

/// Positions, ready to be matched.
#[derive(Debug)]
pub struct PositionSet {
    facts: Vec<PositionFacts>,
    vectors: Vectors,
    compiled: Vec<CompiledPosition>,
    /// Per position, the least cosine with which a candidate is looked at.
    bounds: Vec<f32>,
    index: SkillIndex,
}

/// Candidates to be matched: one vector per candidate, in the same order.
#[derive(Debug)]
pub struct CandidateBlock {
    facts: Vec<CandidateFacts>,
    vectors: Vectors,
    skills: SkillLists,
}

/// A pair whose score reaches the threshold; gates are not considered yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Index of the position in its set.
    pub position: usize,
    /// Index of the candidate in its block.
    pub candidate: usize,
    /// The score.
    pub score: Points,
    /// The canonical cosine.
    pub cosine: f64,
}

/// Finds matches.
#[derive(Debug)]
pub struct Matcher {
    formula: Formula,
    threshold: Points,
    workers: Workers,
}

impl CandidateBlock {
    /// Puts candidates and their vectors together.
    ///
    /// # Panics
    /// When there are not as many vectors as candidates: a bug of the caller.
    pub fn new(facts: Vec<CandidateFacts>, vectors: Vectors) -> Self {
        assert_eq!(facts.len(), vectors.len(), "one vector per candidate");
        let skills = SkillLists::new(&facts);
        Self {
            facts,
            vectors,
            skills,
        }
    }

    /// The candidates.
    pub fn facts(&self) -> &[CandidateFacts] {
        &self.facts
    }
}

impl PositionSet {
    /// The positions.
    pub fn facts(&self) -> &[PositionFacts] {
        &self.facts
    }
}

impl Matcher {
    /// Matches by `formula`: pairs that score at least `threshold` are found. `workers` compute.
    pub fn new(formula: Formula, threshold: Points, workers: Workers) -> Self {
        Self {
            formula,
            threshold,
            workers,
        }
    }

    /// The formula.
    pub fn formula(&self) -> &Formula {
        &self.formula
    }

    /// The threshold.
    pub fn threshold(&self) -> Points {
        self.threshold
    }

    /// Prepares positions, one vector per position in the same order.
    ///
    /// # Panics
    /// When there are not as many vectors as positions: a bug of the caller.
    pub fn prepare(&self, facts: Vec<PositionFacts>, vectors: Vectors) -> PositionSet {
        assert_eq!(facts.len(), vectors.len(), "one vector per position");
        let index = SkillIndex::new(&facts);
        let compile = |facts| CompiledPosition::new(facts, &index, &self.formula);
        let compiled: Vec<CompiledPosition> = facts.iter().map(compile).collect();
        let bounds = compiled
            .iter()
            .map(|position| self.formula.least_cosine(position, self.threshold))
            .collect();
        PositionSet {
            facts,
            vectors,
            compiled,
            bounds,
            index,
        }
    }

    /// All pairs that reach the threshold, by position, then candidate; blocks the calling thread.
    ///
    /// The result depends on the pair alone: not on what else is in the set and the block, nor on the number of threads.
    pub fn find(&self, positions: &PositionSet, candidates: &CandidateBlock) -> Vec<Found> {
        if positions.facts.is_empty() || candidates.facts.is_empty() {
            return Vec::new();
        }
        let mut found = self.workers.block_on(|| {
            let compiled = candidates.skills.compile(&candidates.facts, &positions.index);
            let starts = (0..compiled.len()).into_par_iter().step_by(CANDIDATES_PER_TILE);
            let tiles = starts.map_init(Tile::default, |tile, start| {
                let range = start..(start + CANDIDATES_PER_TILE).min(compiled.len());
                let mut found = Vec::new();
                let side = (&positions.vectors, positions.bounds.as_slice());
                scan(
                    side,
                    &candidates.vectors,
                    range,
                    tile,
                    |position, candidate, kernel_cosine| {
                        let sides = (&positions.compiled[position], &compiled[candidate]);
                        if self
                            .formula
                            .may_reach(sides.0, sides.1, kernel_cosine, self.threshold)
                        {
                            let cosine =
                                cosine(positions.vectors.row(position), candidates.vectors.row(candidate));
                            let score = self.formula.score(sides.0, sides.1, cosine);
                            found.push(Found {
                                position,
                                candidate,
                                score,
                                cosine,
                            });
                        }
                    },
                );
                found.retain(|pair| pair.score >= self.threshold);
                found
            });
            tiles.collect::<Vec<_>>().concat()
        });
        found.sort_unstable_by_key(|pair| (pair.position, pair.candidate));
        found
    }

    /// The explanation of a found pair, gates included.
    pub fn assess(&self, positions: &PositionSet, candidates: &CandidateBlock, pair: Found) -> Assessment {
        self.formula.assess(
            &positions.facts[pair.position],
            &candidates.facts[pair.candidate],
            pair.cosine,
        )
    }
}
