//! What an evaluation found, for people and for machines.

use std::fmt;

use serde::Serialize;

use super::logistic::Calibration;

/// Everything that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Candidates in the data.
    pub candidates: usize,
    /// Positions in the data.
    pub positions: usize,
    /// SHA-256 (hex) of the model behind the vectors.
    pub model_sha256: String,
    /// How long texts were cut.
    pub chunk_rule: String,
    /// Version of the formula.
    pub formula_version: String,
    /// How each way of ranking does; the plain cosine is the baseline.
    pub rankings: Vec<RankingQuality>,
    /// What remains above a cut.
    pub thresholds: Vec<ThresholdQuality>,
    /// How far a logistic fit on half of the positions can be believed on the other half.
    pub calibration: Calibration,
}

/// Quality of one way of ranking: means over positions, but for the last.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankingQuality {
    /// What was ranked by.
    pub name: &'static str,
    /// Discounted gain of the first ten, as a share of the best possible.
    pub ndcg_at_10: f64,
    /// Share of relevant candidates among the first ten.
    pub precision_at_10: f64,
    /// Share of the relevant candidates that stand among the first fifty.
    pub recall_at_50: f64,
    /// Over all pairs: how often a relevant one scores higher than an irrelevant one.
    pub auc: f64,
}

/// What remains above a cut, over all pairs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThresholdQuality {
    /// The cut.
    pub rule: String,
    /// Matches per position.
    pub matches_per_position: f64,
    /// Share of relevant pairs among them.
    pub precision: f64,
    /// Share of the relevant pairs that are among them.
    pub recall: f64,
    /// Share of the pairs with the same occupation that are among them.
    pub recall_same_occupation: f64,
}

impl fmt::Display for Report {
    /// Three tables.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{} positions x {} candidates, model {:.12}, texts cut by {}, formula {}",
            self.positions, self.candidates, self.model_sha256, self.chunk_rule, self.formula_version
        )?;
        writeln!(
            out,
            "\n{:<32}{:>9}{:>9}{:>9}{:>9}",
            "ranking", "nDCG@10", "P@10", "R@50", "AUC"
        )?;
        for row in &self.rankings {
            writeln!(
                out,
                "{:<32}{:>9.3}{:>9.3}{:>9.3}{:>9.3}",
                row.name, row.ndcg_at_10, row.precision_at_10, row.recall_at_50, row.auc
            )?;
        }
        writeln!(
            out,
            "\n{:<32}{:>9}{:>9}{:>9}{:>9}",
            "threshold", "matches", "prec.", "recall", "same"
        )?;
        for row in &self.thresholds {
            writeln!(
                out,
                "{:<32}{:>9.1}{:>9.3}{:>9.3}{:>9.3}",
                row.rule, row.matches_per_position, row.precision, row.recall, row.recall_same_occupation
            )?;
        }
        let fit = &self.calibration;
        writeln!(
            out,
            "\nlogistic fit on half of the positions, tested on the others: ECE {:.4}, Brier {:.4} (base rate {:.4}), \
            P >= 0.7 keeps {:.1} per position at precision {:.2}",
            fit.expected_calibration_error,
            fit.brier,
            fit.brier_of_base_rate,
            fit.confident_per_position,
            fit.confident_precision
        )?;
        writeln!(
            out,
            "{:<32}{:>9}{:>9}{:>9}",
            "reliability", "pairs", "stated", "observed"
        )?;
        for (index, bin) in fit.bins.iter().enumerate() {
            let range = format!("{:.1} to {:.1}", index as f64 / 10.0, (index + 1) as f64 / 10.0);
            writeln!(
                out,
                "{range:<32}{:>9}{:>9.3}{:>9.3}",
                bin.pairs, bin.stated, bin.observed
            )?;
        }
        Ok(())
    }
}
