//! How far two scores of the same things put them in the same order.

use crate::index::Line;
use crate::order::Order;

/// Spearman's rank correlation of two scores of the same things, from -1 to 1; equal scores share the mean of their ranks. 0 where
/// either says nothing: its scores are all the same, or there are fewer than two. A score is no NaN.
pub fn rank_correlation(a: &[f32], b: &[f32]) -> f64 {
    let points = ranks(a).into_iter().zip(ranks(b)).collect();
    Line::through(points).map_or(0.0, |line| f64::from(line.correlation()))
}

fn ranks(scores: &[f32]) -> Vec<f32> {
    let mut places: Vec<usize> = (0..scores.len()).collect();
    places.order_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let mut ranks = vec![0.0; scores.len()];
    let mut below = 0;
    for equal in places.chunk_by(|a, b| scores[*a] == scores[*b]) {
        let middle = below as f32 + (equal.len() - 1) as f32 / 2.0;
        equal.iter().for_each(|place| ranks[*place] = middle);
        below += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_correlation(a: &[f32], b: &[f32], expected: f64) {
        let found = rank_correlation(a, b);
        assert!((found - expected).abs() < 1e-6, "{found}");
        assert_eq!(found, rank_correlation(b, a));
    }

    #[test]
    fn only_the_order_counts() {
        assert_correlation(&[1.0, 2.0, 3.0], &[-9.0, 0.0, 1000.0], 1.0);
        assert_correlation(&[1.0, 2.0, 3.0], &[0.3, 0.2, 0.1], -1.0);
        // By 1 - 6 * sum of squared differences / (n * (n * n - 1)).
        assert_correlation(&[1.0, 2.0, 3.0, 4.0], &[2.0, 1.0, 4.0, 3.0], 0.6);
    }

    #[test]
    fn equal_scores_share_a_rank_and_scores_that_say_nothing_agree_with_nothing() {
        // Pearson's of the ranks 0.5, 0.5, 2 and 0, 1, 2.
        assert_correlation(&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0], 0.75_f64.sqrt());
        assert_correlation(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0], 0.0);
        assert_correlation(&[1.0], &[2.0], 0.0);
        assert_correlation(&[], &[], 0.0);
    }
}
