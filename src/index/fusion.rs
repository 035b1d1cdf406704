//! One ranking from two: the dense scores and the lexical scores of the same rows.

use std::cmp::Ordering;

use crate::error::{Error, Result};

/// Score ranges narrower than this are noise of rounding, not a difference.
const EQUAL: f32 = 1e-6;

/// How dense and lexical scores become one.
///
/// Either way a score is a weighted mean over the arms that a row takes part in. Every row takes part in the lexical
/// arm, if only with nothing found; a row whose vector is still missing takes no part in the dense arm, and is ranked by
/// its lexical score at full weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fusion {
    /// The weighted sum of scores, each arm's mapped to 0..=1 by the least and the greatest among all rows that may
    /// be found (0 where no word of the query occurs). Where all are equal, all count 1 if they are above 0, else 0.
    WeightedSum {
        /// The weight of the dense arm, from 0 to 1; the lexical arm has the rest. 0 and 1 leave the other arm out
        /// altogether. The default, 0.7, was tuned on two collections with all-MiniLM-L6-v2.
        dense: f32,
    },
    /// Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009): the sum of 1 / (k + rank), ranks from 1. A row
    /// without a vector counts its one summand twice.
    ReciprocalRank {
        /// How little the first ranks stand out: 0 makes the first rank worth twice the second, 60 (usual) makes the
        /// first ten nearly equal. Finite, at least 0.
        k: f32,
    },
}

impl Default for Fusion {
    fn default() -> Self {
        Fusion::WeightedSum { dense: 0.7 }
    }
}

/// The scores of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ArmScores {
    /// `None` where the row has no vector, or the arm did not run.
    pub(super) dense: Option<f32>,
    /// `None` where no term occurs, or the arm did not run.
    pub(super) lexical: Option<f32>,
}

impl Fusion {
    /// Checks the legal range of the knobs.
    pub(super) fn validate(self) -> Result<()> {
        match self {
            Fusion::WeightedSum { dense } if !(0.0..=1.0).contains(&dense) => {
                Err(Error::invalid_argument(format!("the dense weight must be from 0 to 1, not {dense}")))
            }
            Fusion::ReciprocalRank { k } if !(k.is_finite() && k >= 0.0) => Err(Error::invalid_argument(
                format!("k of reciprocal rank fusion must be 0 or more, not {k}"),
            )),
            _ => Ok(()),
        }
    }

    /// The share of the dense arm, from 0 to 1.
    pub(super) fn dense_weight(self) -> f32 {
        match self {
            Fusion::WeightedSum { dense } => dense,
            Fusion::ReciprocalRank { .. } => 0.5,
        }
    }

    /// The fused score of each row. `rows` are those with any score among the `eligible` many that may be found;
    /// `by_identity` orders rows whose scores are equal.
    pub(super) fn fuse(
        self,
        rows: &[ArmScores],
        eligible: usize,
        by_identity: impl Fn(usize, usize) -> Ordering,
    ) -> Vec<f32> {
        let dense = |row: &ArmScores| row.dense;
        let lexical = |row: &ArmScores| row.lexical;
        match self {
            Fusion::WeightedSum { dense: weight } => {
                let dense_range = ScoreRange::of(rows.iter().filter_map(dense));
                let mut lexical_range = ScoreRange::of(rows.iter().filter_map(lexical));
                if rows.iter().filter_map(lexical).count() < eligible {
                    lexical_range.include(0.0);
                }
                let score = |row: &ArmScores| {
                    let lexical = row.lexical.map_or(0.0, |score| lexical_range.normalise(score));
                    row.dense.map_or(lexical, |score| {
                        weight * dense_range.normalise(score) + (1.0 - weight) * lexical
                    })
                };
                rows.iter().map(score).collect()
            }
            Fusion::ReciprocalRank { k } => {
                let dense = reciprocal_ranks(rows, k, dense, &by_identity);
                let lexical = reciprocal_ranks(rows, k, lexical, &by_identity);
                let scores = rows.iter().zip(dense).zip(lexical);
                scores
                    .map(
                        |((row, dense), lexical)| {
                            if row.dense.is_some() { dense + lexical } else { 2.0 * lexical }
                        },
                    )
                    .collect()
            }
        }
    }
}

/// The least and the greatest of some scores.
struct ScoreRange {
    least: f32,
    greatest: f32,
}

impl ScoreRange {
    fn of(scores: impl Iterator<Item = f32>) -> Self {
        let mut range = Self { least: f32::INFINITY, greatest: f32::NEG_INFINITY };
        scores.for_each(|score| range.include(score));
        range
    }

    fn include(&mut self, score: f32) {
        self.least = self.least.min(score);
        self.greatest = self.greatest.max(score);
    }

    /// `score`, one of those in the range, on a scale from 0 to 1.
    fn normalise(&self, score: f32) -> f32 {
        let width = self.greatest - self.least;
        if width > EQUAL {
            (score - self.least) / width
        } else if score > 0.0 {
            1.0
        } else {
            0.0
        }
    }
}

/// For each row 1 / (k + rank) in the ranking by `score`; 0 for rows without one.
fn reciprocal_ranks(
    rows: &[ArmScores],
    k: f32,
    score: impl Fn(&ArmScores) -> Option<f32>,
    by_identity: impl Fn(usize, usize) -> Ordering,
) -> Vec<f32> {
    let scored = rows.iter().enumerate().filter_map(|(row, scores)| Some((row, score(scores)?)));
    let mut ranking: Vec<(usize, f32)> = scored.collect();
    ranking.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| by_identity(a.0, b.0)));
    let mut reciprocals = vec![0.0; rows.len()];
    for (rank, (row, _)) in (1..).zip(ranking) {
        reciprocals[row] = 1.0 / (k + rank as f32);
    }
    reciprocals
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTED: Fusion = Fusion::WeightedSum { dense: 0.7 };

    fn row(dense: impl Into<Option<f32>>, lexical: impl Into<Option<f32>>) -> ArmScores {
        ArmScores { dense: dense.into(), lexical: lexical.into() }
    }

    fn fuse(fusion: Fusion, rows: &[ArmScores]) -> Vec<f32> {
        fusion.fuse(rows, rows.len(), |a, b| a.cmp(&b))
    }

    fn assert_close(scores: &[f32], expected: &[f32]) {
        assert_eq!(scores.len(), expected.len());
        let close = scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-5);
        assert!(close, "{scores:?} is not {expected:?}");
    }

    #[test]
    fn a_weighted_sum_maps_each_arm_to_0_to_1_first() {
        let rows = [row(0.9, 6.0), row(0.5, None), row(0.1, 3.0)];
        assert_close(&fuse(WEIGHTED, &rows), &[1.0, 0.7 * 0.5, 0.3 * 0.5]);
    }

    #[test]
    fn a_single_row_has_the_full_score() {
        assert_close(&fuse(WEIGHTED, &[row(0.2, 5.0)]), &[1.0]);
        assert_close(&fuse(WEIGHTED, &[row(0.2, None)]), &[0.7]);
        assert_close(&fuse(WEIGHTED, &[row(-0.2, None)]), &[0.0]);
    }

    #[test]
    fn equal_scores_stay_equal_and_rounding_is_not_blown_up() {
        let rows = [row(0.5, 2.0), row(0.5 + 1e-7, 2.0), row(0.5 - 1e-7, 2.0)];
        assert_close(&fuse(WEIGHTED, &rows), &[1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_row_without_a_vector_counts_its_lexical_score_in_full() {
        let rows = [row(0.9, 4.0), row(0.1, 2.0), row(None, 4.0), row(None, 2.0)];
        // The least lexical score is 2, so that maps to 0.
        assert_close(&fuse(WEIGHTED, &rows), &[1.0, 0.0, 1.0, 0.0]);
        // With a further row in which no word occurs, the least is 0.
        assert_close(&WEIGHTED.fuse(&rows, 5, |a, b| a.cmp(&b)), &[1.0, 0.15, 1.0, 0.5]);
    }

    #[test]
    fn reciprocal_ranks_are_summed_and_ties_take_the_given_order() {
        let rows = [row(0.1, 7.0), row(0.9, None), row(0.1, None), row(None, 9.0)];
        let fused = fuse(Fusion::ReciprocalRank { k: 60.0 }, &rows);
        // Dense ranks: 2, 1, 3 and none. Lexical ranks: 2, none, none and 1, which counts twice.
        assert_close(&fused, &[1.0 / 62.0 + 1.0 / 62.0, 1.0 / 61.0, 1.0 / 63.0, 2.0 / 61.0]);
    }

    #[test]
    fn knobs_outside_their_range_are_refused() {
        for dense in [-0.1, 1.1, f32::NAN] {
            assert!(Fusion::WeightedSum { dense }.validate().is_err());
        }
        for k in [-1.0, f32::INFINITY, f32::NAN] {
            assert!(Fusion::ReciprocalRank { k }.validate().is_err());
        }
        assert!(Fusion::default().validate().is_ok());
    }
}
