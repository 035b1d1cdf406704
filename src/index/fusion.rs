//! One ranking from two: the dense scores and the lexical scores of the same rows.

use serde::{Deserialize, Serialize};

use super::line::{EQUAL, Line};
use crate::error::{Error, Result};

/// The range of cosines that counts in full: of few candidates all may be about as close, and words are to decide. Among many
/// it is wider.
const FULL_RANGE: f32 = 0.2;

/// What the best candidate by words usually has, at least, of all that the words of the query could earn. Where it has less,
/// most words are found nowhere, as those of a question in another language than the documents': what the others find by
/// chance is not to count as much as a good match.
const USUAL_SHARE: f32 = 0.2;

/// How dense and lexical scores become one, over the union of both arms' candidates.
///
/// Either way a score is a weighted sum of what both arms give a row, of which the lexical arm may give nothing. A row whose
/// vector is still missing gets from the dense arm what its score by words lets expect, by the line of least squares through
/// the rows that words found and that have one: neither lost nor favoured. Where no candidate holds a word of the query the dense arm has all the weight, and where none has a vector the
/// lexical arm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fusion {
    /// The formula.
    pub method: FusionMethod,
    /// The weight of the dense arm, from 0 to 1; the lexical arm has the rest. 0 and 1 leave the other arm out
    /// altogether.
    pub dense_weight: f32,
}

/// The formula that makes one score of two.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FusionMethod {
    /// The weighted sum of scores that are mapped to 0..=1 first: cosines by the least and the greatest among the
    /// candidates (or by the greatest and 0.2 less, where the least is closer than that), BM25 scores by 0 and the greatest (or
    /// by a fifth of what the words of the query could earn, where none has so much).
    WeightedSum,
    /// Weighted reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009): twice the weighted sum of 1 / (k + rank),
    /// ranks from 1 in each arm's own list of candidates; with equal weights the usual plain sum.
    ReciprocalRank {
        /// How little the first ranks stand out: 0 makes the first rank worth twice the second, 60 (usual) makes the
        /// first ten nearly equal. Finite, at least 0.
        k: f32,
    },
}

impl Fusion {
    /// The weighted sum with the dense weight that did best on two test collections (cranfield and cisi, with
    /// all-MiniLM-L6-v2).
    pub const WEIGHTED_SUM: Self = Self { method: FusionMethod::WeightedSum, dense_weight: 0.55 };

    /// Reciprocal rank fusion as it is used most: k = 60, equal weights.
    pub const RECIPROCAL_RANK: Self =
        Self { method: FusionMethod::ReciprocalRank { k: 60.0 }, dense_weight: 0.5 };

    /// The dense weight where the arms' weights are in this ratio.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) unless both are finite, at least 0, and not both 0.
    pub fn weight_of_ratio(dense: f32, lexical: f32) -> Result<f32> {
        let sum = dense + lexical;
        if dense >= 0.0 && lexical >= 0.0 && sum > 0.0 && sum.is_finite() {
            return Ok(dense / sum);
        }
        let message = format!("weights must be 0 or more and not both 0, not {dense} and {lexical}");
        Err(Error::invalid_argument(message))
    }
}

impl Default for Fusion {
    fn default() -> Self {
        Self::WEIGHTED_SUM
    }
}

/// What one arm says of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArmScore {
    /// The cosine, or the BM25 score.
    pub score: f32,
    /// The place among the arm's candidates, from 1; `None` where the row is not among them, but was found by the other arm.
    pub rank: Option<usize>,
    /// The part of the fused score that comes from here.
    pub share: f32,
}

/// The scores of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ArmScores {
    /// `None` where the row has no vector, or the arm did not run.
    pub(super) dense: Option<ArmScore>,
    /// `None` where no term occurs, or the arm did not run.
    pub(super) lexical: Option<ArmScore>,
    /// What stands in for the dense arm's share where the row has no vector, but others have.
    pub(super) neutral: Option<f32>,
}

impl ArmScores {
    fn cosine(&self) -> Option<f32> {
        self.dense.map(|arm| arm.score)
    }

    fn bm25(&self) -> Option<f32> {
        self.lexical.map(|arm| arm.score)
    }

    /// Gives the one arm that ran all of the score.
    pub(super) fn share_alone(&mut self) {
        for arm in [&mut self.dense, &mut self.lexical].into_iter().flatten() {
            arm.share = arm.score;
        }
    }

    /// The fused score.
    pub(super) fn total(&self) -> f32 {
        let share = |arm: Option<ArmScore>| arm.map_or(0.0, |arm| arm.share);
        share(self.dense) + share(self.lexical) + self.neutral.unwrap_or(0.0)
    }
}

impl Fusion {
    /// Checks the legal range of the knobs.
    pub(super) fn validate(self) -> Result<()> {
        let weight = self.dense_weight;
        if !(0.0..=1.0).contains(&weight) {
            return Err(Error::invalid_argument(format!(
                "the dense weight must be from 0 to 1, not {weight}"
            )));
        }
        match self.method {
            FusionMethod::ReciprocalRank { k } if !(k.is_finite() && k >= 0.0) => Err(
                Error::invalid_argument(format!("k of reciprocal rank fusion must be 0 or more, not {k}")),
            ),
            _ => Ok(()),
        }
    }

    /// Gives each candidate's arms their shares of its fused score. `most_by_words` is what the words of the query could earn.
    pub(super) fn share(self, candidates: &mut [ArmScores], most_by_words: f32) {
        let weight = if candidates.iter().all(|row| row.lexical.is_none()) {
            1.0
        } else if candidates.iter().all(|row| row.dense.is_none()) {
            0.0
        } else {
            self.dense_weight
        };
        match self.method {
            FusionMethod::WeightedSum => {
                let cosines = ScoreRange::of(candidates.iter().filter_map(ArmScores::cosine));
                let cosines = cosines.with(cosines.greatest - FULL_RANGE);
                let usual = if weight > 0.0 { USUAL_SHARE * most_by_words } else { 0.0 };
                let bm25 =
                    ScoreRange::of(candidates.iter().filter_map(ArmScores::bm25)).with(0.0).with(usual);
                share_by(
                    candidates,
                    weight,
                    |arm| cosines.normalise(arm.score),
                    |arm| bm25.normalise(arm.score),
                );
            }
            FusionMethod::ReciprocalRank { k } => {
                let reciprocal = |arm: &ArmScore| arm.rank.map_or(0.0, |rank| 2.0 / (k + rank as f32));
                share_by(candidates, weight, reciprocal, reciprocal);
            }
        }
        share_neutrally(candidates);
    }
}

/// Gives rows without a vector what their share of the lexical arm lets expect of the dense one.
fn share_neutrally(candidates: &mut [ArmScores]) {
    let shares = |row: &ArmScores| Some((row.lexical.map_or(0.0, |arm| arm.share), row.dense?.share));
    let is_found = |row: &&ArmScores| row.lexical.is_some_and(|arm| arm.rank.is_some());
    let mut known: Vec<(f32, f32)> = candidates.iter().filter(is_found).filter_map(shares).collect();
    if known.is_empty() {
        known = candidates.iter().filter_map(shares).collect();
    }
    let Some(line) = Line::through(known) else { return };
    for row in candidates.iter_mut().filter(|row| row.dense.is_none()) {
        row.neutral = Some(line.at(row.lexical.map_or(0.0, |arm| arm.share)));
    }
}

/// Gives both arms of each candidate their share of its score: `dense` and `lexical` of each, weighted.
fn share_by(
    candidates: &mut [ArmScores],
    weight: f32,
    dense: impl Fn(&ArmScore) -> f32,
    lexical: impl Fn(&ArmScore) -> f32,
) {
    for row in candidates {
        row.dense.iter_mut().for_each(|arm| arm.share = weight * dense(arm));
        row.lexical.iter_mut().for_each(|arm| arm.share = (1.0 - weight) * lexical(arm));
    }
}

/// The least and the greatest of some scores.
#[derive(Clone, Copy)]
struct ScoreRange {
    least: f32,
    greatest: f32,
}

impl ScoreRange {
    fn of(scores: impl Iterator<Item = f32>) -> Self {
        scores.fold(Self { least: f32::INFINITY, greatest: f32::NEG_INFINITY }, Self::with)
    }

    /// The range with one more score in it.
    fn with(self, score: f32) -> Self {
        Self { least: self.least.min(score), greatest: self.greatest.max(score) }
    }

    /// `score`, one of those in the range, on a scale from 0 to 1.
    fn normalise(&self, score: f32) -> f32 {
        let width = self.greatest - self.least;
        if width > EQUAL { (score - self.least) / width } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(score: f32, rank: usize) -> Option<ArmScore> {
        Some(ArmScore { score, rank: Some(rank), share: 0.0 })
    }

    fn row(dense: Option<ArmScore>, lexical: Option<ArmScore>) -> ArmScores {
        ArmScores { dense, lexical, neutral: None }
    }

    fn fuse(fusion: Fusion, rows: &[ArmScores]) -> Vec<f32> {
        fuse_query(fusion, rows, 0.0)
    }

    /// The fused scores where the words of the query could earn so much.
    fn fuse_query(fusion: Fusion, rows: &[ArmScores], most_by_words: f32) -> Vec<f32> {
        let mut rows = rows.to_vec();
        fusion.share(&mut rows, most_by_words);
        rows.iter().map(ArmScores::total).collect()
    }

    fn assert_close(scores: &[f32], expected: &[f32]) {
        assert_eq!(scores.len(), expected.len());
        let close = scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-5);
        assert!(close, "{scores:?} is not {expected:?}");
    }

    #[test]
    fn a_weighted_sum_maps_each_arm_to_0_to_1_first() {
        let rows = [row(arm(0.9, 1), arm(6.0, 1)), row(arm(0.5, 2), None), row(arm(0.1, 3), arm(3.0, 2))];
        assert_close(&fuse(Fusion::WEIGHTED_SUM, &rows), &[1.0, 0.55 * 0.5, 0.45 * 0.5]);
    }

    #[test]
    fn a_single_row_has_the_full_score() {
        assert_close(&fuse(Fusion::WEIGHTED_SUM, &[row(arm(0.2, 1), arm(5.0, 1))]), &[1.0]);
        assert_close(&fuse(Fusion::WEIGHTED_SUM, &[row(None, arm(5.0, 1))]), &[1.0]);
        assert_close(&fuse(Fusion::WEIGHTED_SUM, &[row(arm(0.2, 1), None)]), &[1.0]);
        assert_close(&fuse(Fusion::WEIGHTED_SUM, &[row(arm(-0.2, 1), None)]), &[1.0]);
    }

    #[test]
    fn words_decide_between_rows_that_are_about_as_close() {
        let rows = [row(arm(0.42, 1), arm(1.0, 2)), row(arm(0.4, 2), arm(2.0, 1))];
        assert_close(&fuse(Fusion::WEIGHTED_SUM, &rows), &[0.55 + 0.45 * 0.5, 0.55 * 0.9 + 0.45]);
    }

    #[test]
    fn words_count_less_where_few_of_those_of_the_query_are_found() {
        let rows = [row(arm(0.9, 1), None), row(arm(0.1, 2), arm(3.0, 1))];
        let fused = |most| fuse_query(Fusion::WEIGHTED_SUM, &rows, most);
        assert_close(&fused(10.0), &[0.55, 0.45]);
        assert_close(&fused(30.0), &[0.55, 0.45 * 0.5]);
        let by_words = [row(None, arm(3.0, 1)), row(None, arm(1.5, 2))];
        // Beside nothing else they are all there is.
        assert_close(&fuse_query(Fusion::WEIGHTED_SUM, &by_words, 20.0), &[1.0, 0.5]);
    }

    #[test]
    fn equal_scores_stay_equal_and_rounding_is_not_blown_up() {
        let rows = [0.5, 0.5 + 1e-7, 0.5 - 1e-7].map(|cosine| row(arm(cosine, 1), arm(2.0, 1)));
        assert_close(&fuse(Fusion::WEIGHTED_SUM, &rows), &[1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_row_without_a_vector_gets_what_its_words_let_expect() {
        let rows = [
            row(arm(0.9, 1), arm(4.0, 1)),
            row(arm(0.1, 2), arm(2.0, 3)),
            row(None, arm(3.0, 2)),
            row(None, arm(1.0, 4)),
        ];
        // Between the two that have one, and beyond them no less than the lesser.
        let fused = fuse(Fusion::WEIGHTED_SUM, &rows);
        assert_close(&fused, &[1.0, 0.45 * 0.5, 0.55 * 0.5 + 0.45 * 0.75, 0.45 * 0.25]);
        // Those that only vectors found say nothing of it, unless there are no others.
        let by_vectors = [row(arm(0.9, 1), None), row(arm(0.1, 2), arm(2.0, 1)), row(None, arm(1.0, 2))];
        assert_close(&fuse(Fusion::WEIGHTED_SUM, &by_vectors), &[0.55, 0.45, 0.45 * 0.5]);
        let alone = [row(arm(0.9, 1), None), row(arm(0.1, 2), None), row(None, arm(2.0, 1))];
        assert_close(&fuse(Fusion::WEIGHTED_SUM, &alone), &[0.55, 0.0, 0.45 + 0.55 * 0.5]);
        let ranks = [row(arm(0.9, 1), arm(4.0, 1)), row(None, arm(2.0, 2))];
        assert_close(&fuse(Fusion::RECIPROCAL_RANK, &ranks), &[2.0 / 61.0, 1.0 / 61.0 + 1.0 / 62.0]);
    }

    #[test]
    fn what_is_expected_does_not_depend_on_the_order_of_rows() {
        let cosines = [0.83, 0.17, 0.51, 0.29, 0.64, 0.11, 0.97];
        let mut rows: Vec<_> = cosines.map(|it| row(arm(it, 1), arm(it.sin() * 9.0, 1))).to_vec();
        rows.push(row(None, arm(4.0, 1)));
        let missing = |rows: &[ArmScores]| {
            let at = rows.iter().position(|row| row.dense.is_none()).unwrap();
            fuse(Fusion::WEIGHTED_SUM, rows)[at]
        };
        let expected = missing(&rows);
        for _ in 0..rows.len() {
            rows.rotate_left(1);
            assert_eq!(missing(&rows).to_bits(), expected.to_bits());
        }
    }

    #[test]
    fn a_better_row_is_not_outranked_by_one_whose_vector_is_missing() {
        let cosines = [(1.0, 5.0), (0.6, 9.0), (0.0, 10.0)];
        let mut rows: Vec<_> = (1..)
            .zip(cosines)
            .map(|(rank, (cosine, bm25))| row(arm(cosine, rank), arm(bm25, rank)))
            .collect();
        rows.push(row(None, arm(8.0, 4)));
        let fused = fuse(Fusion::WEIGHTED_SUM, &rows);
        assert!(fused[1] > fused[3], "{fused:?}");
    }

    #[test]
    fn only_places_among_an_arms_own_candidates_count_in_reciprocal_ranks() {
        let beyond = Some(ArmScore { score: 0.2, rank: None, share: 0.0 });
        let rows = [row(arm(0.9, 1), None), row(beyond, arm(7.0, 1))];
        assert_close(&fuse(Fusion::RECIPROCAL_RANK, &rows), &[1.0 / 61.0, 1.0 / 61.0]);
        let by_meaning = Fusion { dense_weight: 0.75, ..Fusion::RECIPROCAL_RANK };
        assert_close(&fuse(by_meaning, &rows), &[1.5 / 61.0, 0.5 / 61.0]);
    }

    #[test]
    fn knobs_outside_their_range_are_refused() {
        for dense_weight in [-0.1, 1.1, f32::NAN] {
            assert!(Fusion { dense_weight, ..Fusion::default() }.validate().is_err());
        }
        for k in [-1.0, f32::INFINITY, f32::NAN] {
            let method = FusionMethod::ReciprocalRank { k };
            assert!(Fusion { method, ..Fusion::default() }.validate().is_err());
        }
        assert!(Fusion::default().validate().is_ok());
    }
}
