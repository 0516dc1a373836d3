//! Measures of a ranking and of a cut.

use super::dataset::RELEVANT;

/// Discounted gain of the first ten, as a share of the best possible: gain `2^grade - 1`, discount `log2(rank + 1)`.
///
/// `ranked` are the grades of all candidates, best candidate first.
pub(super) fn ndcg_at_10(ranked: &[u8]) -> f64 {
    let mut ideal = ranked.to_vec();
    ideal.sort_unstable_by(|left, right| right.cmp(left));
    let best = discounted_gain(&ideal);
    if best == 0.0 {
        0.0
    } else {
        discounted_gain(ranked) / best
    }
}

fn discounted_gain(grades: &[u8]) -> f64 {
    let gain = |(rank, grade): (usize, &u8)| (f64::from(1_u32 << grade) - 1.0) / (rank as f64 + 2.0).log2();
    grades.iter().take(10).enumerate().map(gain).sum()
}

/// The share of relevant candidates among the first ten.
pub(super) fn precision_at_10(ranked: &[u8]) -> f64 {
    relevant(ranked.iter().take(10)) / 10.0
}

/// The share of all relevant candidates that stand among the first fifty.
pub(super) fn recall_at_50(ranked: &[u8]) -> f64 {
    let all = relevant(ranked.iter());
    if all == 0.0 {
        0.0
    } else {
        relevant(ranked.iter().take(50)) / all
    }
}

fn relevant<'a>(grades: impl Iterator<Item = &'a u8>) -> f64 {
    grades.filter(|grade| **grade >= RELEVANT).count() as f64
}

/// The probability that a relevant pair scores higher than an irrelevant one; equal scores count half.
pub(super) fn auc(mut pairs: Vec<(f64, bool)>) -> f64 {
    pairs.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let positives = pairs.iter().filter(|pair| pair.1).count() as f64;
    let negatives = pairs.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return 0.5;
    }
    let (mut below, mut wins) = (0.0, 0.0);
    for ties in pairs.chunk_by(|left, right| left.0 == right.0) {
        let winners = ties.iter().filter(|pair| pair.1).count() as f64;
        let losers = ties.len() as f64 - winners;
        wins += winners * (below + losers / 2.0);
        below += losers;
    }
    wins / (positives * negatives)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_perfect_ranking_is_one_and_an_inverted_one_is_less() {
        let perfect = [3, 3, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(ndcg_at_10(&perfect), 1.0);
        assert_eq!(precision_at_10(&perfect), 0.4);
        assert_eq!(recall_at_50(&perfect), 1.0);
        let inverted: Vec<u8> = perfect.into_iter().rev().collect();
        assert!(ndcg_at_10(&inverted) < 0.4);
    }

    #[test]
    fn gains_and_discounts_are_the_usual_ones() {
        // One candidate of grade 2 on rank 3: gain 3 over log2(4), against 3 over log2(2).
        let ranked = [0, 0, 2, 0];
        assert!((ndcg_at_10(&ranked) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn auc_counts_ties_half() {
        let pairs = vec![(0.1, false), (0.5, true), (0.5, false), (0.9, true)];
        assert!((auc(pairs) - 3.5 / 4.0).abs() < 1e-12);
        assert_eq!(auc(vec![(1.0, true)]), 0.5);
    }

    proptest! {
        #[test]
        fn auc_is_the_share_of_ordered_pairs(scores in prop::collection::vec((0_u8..9, any::<bool>()), 2..60)) {
            let (mut won, mut all) = (0.0, 0.0);
            for (high, _) in scores.iter().filter(|pair| pair.1) {
                for (low, _) in scores.iter().filter(|pair| !pair.1) {
                    all += 1.0;
                    won += match high.cmp(low) {
                        std::cmp::Ordering::Greater => 1.0,
                        std::cmp::Ordering::Equal => 0.5,
                        std::cmp::Ordering::Less => 0.0,
                    };
                }
            }
            let expected = if all == 0.0 { 0.5 } else { won / all };
            let found = auc(scores.into_iter().map(|(score, relevant)| (f64::from(score), relevant)).collect());
            prop_assert!((found - expected).abs() < 1e-12);
        }
    }
}
