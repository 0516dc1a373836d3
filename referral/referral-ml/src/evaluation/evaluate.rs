//! Measuring on a data set.

use super::dataset::{Dataset, RELEVANT, SAME};
use super::logistic::{Example, Fit};
use super::metrics::{auc, ndcg_at_10, precision_at_10, recall_at_50};
use super::report::{RankingQuality, Report, ThresholdQuality};
use crate::document::{CHUNK_RULE, embed_documents};
use crate::embedder::{EmbedError, Embedder};
use crate::scoring::{CompiledCandidate, CompiledPosition, Formula, Points, Share, SkillIndex, Weights};
use crate::vectors::{Vectors, cosine};

/// Documents that are embedded between two reports of progress.
const DOCUMENTS_PER_STEP: usize = 64;
/// The thresholds that are shown, in hundredths of a point.
const THRESHOLDS: [u16; 5] = [6_000, 6_500, 7_000, 7_500, 8_000];

/// A data set with its vectors.
#[derive(Debug)]
pub struct EmbeddedDataset {
    dataset: Dataset,
    candidates: Vectors,
    positions: Vectors,
    model_sha256: String,
}

impl EmbeddedDataset {
    /// Embeds all texts of a data set as the service does. `progress` is told how many of how many documents are done.
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    pub async fn new(
        dataset: Dataset,
        embedder: &dyn Embedder,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Self, EmbedError> {
        let total = dataset.candidate_texts.len() + dataset.position_texts.len();
        let (mut done, mut sides) = (0, Vec::new());
        for texts in [&dataset.candidate_texts, &dataset.position_texts] {
            let mut vectors = Vectors::empty(embedder.identity().dimensions);
            for step in texts.chunks(DOCUMENTS_PER_STEP) {
                let step: Vec<&str> = step.iter().map(String::as_str).collect();
                for row in embed_documents(embedder, &step).await?.vectors.rows() {
                    vectors.push(row);
                }
                done += step.len();
                progress(done, total);
            }
            sides.push(vectors);
        }
        let [candidates, positions] = <[Vectors; 2]>::try_from(sides).expect("two sides were embedded");
        let model_sha256 = embedder.identity().sha256.clone();
        Ok(Self {
            dataset,
            candidates,
            positions,
            model_sha256,
        })
    }

    /// A data set with vectors from elsewhere: one per candidate and one per position, in their order.
    ///
    /// # Panics
    /// When their numbers differ: a bug of the caller.
    pub fn with_vectors(dataset: Dataset, candidates: Vectors, positions: Vectors) -> Self {
        assert_eq!(
            dataset.candidates.len(),
            candidates.len(),
            "one vector per candidate"
        );
        assert_eq!(
            dataset.positions.len(),
            positions.len(),
            "one vector per position"
        );
        Self {
            dataset,
            candidates,
            positions,
            model_sha256: String::new(),
        }
    }

    /// The formula with the defaults and this data's table of skills.
    pub fn formula(&self) -> Formula {
        Formula::new(self.dataset.idf())
    }
}

/// One pair, as far as rankings and cuts need it.
#[derive(Debug, Clone, Copy)]
struct Pair {
    cosine: f64,
    score: Points,
    without_level: Points,
    skills: Points,
    seniority: f64,
    required: f64,
    nice: f64,
    grade: u8,
}

/// Ranks every candidate for every position in several ways and measures each.
///
/// Gates are left out, since the labels do not know them. Equal scores are ordered by cosine, then by candidate.
pub fn evaluate(data: &EmbeddedDataset, formula: &Formula) -> Report {
    let pairs = pairs(data, formula);
    let by_cosine = |pair: &Pair| pair.cosine;
    let by_score = |pair: &Pair| f64::from(pair.score.hundredths());
    let rankings = vec![
        quality("skills alone (idf)", &pairs, |pair| {
            f64::from(pair.skills.hundredths())
        }),
        quality("plain cosine: the baseline", &pairs, by_cosine),
        quality("formula without level", &pairs, |pair| {
            f64::from(pair.without_level.hundredths())
        }),
        quality("formula", &pairs, by_score),
    ];
    Report {
        candidates: data.dataset.candidates.len(),
        positions: data.dataset.positions.len(),
        model_sha256: data.model_sha256.clone(),
        chunk_rule: CHUNK_RULE.to_owned(),
        formula_version: formula.version.clone(),
        rankings,
        thresholds: thresholds(&pairs),
        calibration: calibration(&pairs),
    }
}

/// Per position, all candidates in order.
fn pairs(data: &EmbeddedDataset, formula: &Formula) -> Vec<Vec<Pair>> {
    let dataset = &data.dataset;
    let index = SkillIndex::new(&dataset.positions);
    let candidates: Vec<CompiledCandidate> = dataset
        .candidates
        .iter()
        .map(|facts| CompiledCandidate::new(facts, &index))
        .collect();
    let without_level = Formula {
        weights: Weights {
            level: 0,
            ..formula.weights
        },
        ..formula.clone()
    };
    let skills = Weights {
        semantic: 1,
        level: 0,
        required_skills: 5_000,
        nice_skills: 1_000,
    };
    let skills = Formula {
        weights: skills,
        ..formula.clone()
    };
    let rows = dataset.positions.iter().enumerate().map(|(row, facts)| {
        let compiled =
            [formula, &without_level, &skills].map(|formula| CompiledPosition::new(facts, &index, formula));
        let columns = candidates
            .iter()
            .zip(&dataset.candidates)
            .zip(dataset.grades(row))
            .enumerate();
        let assess = |(column, ((candidate, other), grade)): (usize, ((&CompiledCandidate, &_), &u8))| {
            let other: &crate::scoring::CandidateFacts = other;
            let cosine = cosine(data.positions.row(row), data.candidates.row(column));
            let [required, nice, _] = compiled[0].values(candidate);
            let distance = facts
                .level
                .zip(other.level)
                .map(|(wanted, found)| f64::from(wanted.distance(found)));
            Pair {
                cosine,
                score: formula.score(&compiled[0], candidate, cosine),
                without_level: without_level.score(&compiled[1], candidate, cosine),
                skills: compiled[2].points_beside_semantic(candidate),
                seniority: distance.map_or(0.5, |distance| 1.0 - (distance / 2.0).min(1.0)),
                required: fraction(required),
                nice: fraction(nice),
                grade: *grade,
            }
        };
        columns.map(assess).collect()
    });
    rows.collect()
}

fn fraction(share: Share) -> f64 {
    f64::from(share.basis_points()) / 10_000.0
}

fn quality(name: &'static str, pairs: &[Vec<Pair>], by: impl Fn(&Pair) -> f64) -> RankingQuality {
    let ranked: Vec<Vec<u8>> = pairs
        .iter()
        .map(|row| {
            let mut row: Vec<&Pair> = row.iter().collect();
            row.sort_by(|left, right| {
                by(right)
                    .total_cmp(&by(left))
                    .then(right.cosine.total_cmp(&left.cosine))
            });
            row.into_iter().map(|pair| pair.grade).collect()
        })
        .collect();
    let mean = |measure: fn(&[u8]) -> f64| {
        ranked.iter().map(|row| measure(row)).sum::<f64>() / (ranked.len() as f64).max(1.0)
    };
    RankingQuality {
        name,
        ndcg_at_10: mean(ndcg_at_10),
        precision_at_10: mean(precision_at_10),
        recall_at_50: mean(recall_at_50),
        auc: auc(pairs
            .iter()
            .flatten()
            .map(|pair| (by(pair), pair.grade >= RELEVANT))
            .collect()),
    }
}

/// The formula at several thresholds, and the cosine at the cut that keeps as many pairs as the formula at 70.
fn thresholds(pairs: &[Vec<Pair>]) -> Vec<ThresholdQuality> {
    let cut = |threshold: u16| move |pair: &Pair| pair.score.hundredths() >= threshold;
    let mut rows: Vec<ThresholdQuality> = THRESHOLDS
        .iter()
        .map(|threshold| kept(format!("formula >= {}", threshold / 100), pairs, cut(*threshold)))
        .collect();
    let matches = pairs.iter().flatten().filter(|pair| cut(7_000)(pair)).count();
    let mut cosines: Vec<f64> = pairs.iter().flatten().map(|pair| pair.cosine).collect();
    cosines.sort_unstable_by(|left, right| right.total_cmp(left));
    if let Some(least) = matches.checked_sub(1).and_then(|last| cosines.get(last)).copied() {
        rows.push(kept(
            format!("cosine >= {least:.3} (as many as 70)"),
            pairs,
            |pair| pair.cosine >= least,
        ));
    }
    rows
}

fn kept(rule: String, pairs: &[Vec<Pair>], keep: impl Fn(&Pair) -> bool) -> ThresholdQuality {
    let count =
        |wanted: &dyn Fn(&Pair) -> bool| pairs.iter().flatten().filter(|pair| wanted(pair)).count() as f64;
    let matches = count(&|pair| keep(pair));
    let share = |least: u8| {
        let hits = count(&|pair| keep(pair) && pair.grade >= least);
        (hits, hits / count(&|pair| pair.grade >= least).max(1.0))
    };
    let ((hits, recall), (_, recall_same_occupation)) = (share(RELEVANT), share(SAME));
    ThresholdQuality {
        rule,
        matches_per_position: matches / (pairs.len() as f64).max(1.0),
        precision: if matches == 0.0 { 0.0 } else { hits / matches },
        recall,
        recall_same_occupation,
    }
}

/// Fits on every other position and tests on the rest.
fn calibration(pairs: &[Vec<Pair>]) -> super::Calibration {
    let examples = |parity: usize| -> Vec<Example> {
        let rows = pairs.iter().skip(parity).step_by(2).flatten();
        rows.map(|pair| Example {
            features: [pair.cosine, pair.required, pair.nice, pair.seniority],
            relevant: pair.grade >= RELEVANT,
        })
        .collect()
    };
    Fit::of(&examples(0)).calibration(&examples(1), pairs.len() / 2)
}
