//! How well a score tells two classes apart.

use crate::order::Order;

/// The area under the ROC curve: how likely a score of `with` is greater than one of `without`; of equal ones half. From 0 to
/// 1, where 0.5 is no better than a coin. `None` where a class has no score. A score is no NaN.
///
/// By ranks (Mann and Whitney, 1947; Hanley and McNeil, 1982): exact, in n log n.
pub fn auc(with: &[f64], without: &[f64]) -> Option<f64> {
    if with.is_empty() || without.is_empty() {
        return None;
    }
    // Adding 0 turns -0 into 0, which it is equal to.
    let labelled = |scores: &[f64], class: bool| scores.iter().map(move |it| (it + 0.0, class)).collect();
    let mut scores: Vec<(f64, bool)> = labelled(with, true);
    scores.extend::<Vec<_>>(labelled(without, false));
    scores.order_by(|(a, _), (b, _)| a.total_cmp(b));
    // In 64 bits, since there are as many pairs as both classes multiplied.
    let (mut below, mut twice_won) = (0_u64, 0_u64);
    for equal in scores.chunk_by(|(a, _), (b, _)| a == b) {
        let wins = equal.iter().filter(|(_, class)| *class).count() as u64;
        let others = equal.len() as u64 - wins;
        twice_won += wins * (2 * below + others);
        below += others;
    }
    Some(twice_won as f64 / (2 * with.len() as u64 * without.len() as u64) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All pairs.
    fn naive(with: &[f64], without: &[f64]) -> f64 {
        let pairs = with.iter().flat_map(|a| without.iter().map(move |b| (a, b)));
        let won = |(a, b): (&f64, &f64)| if a > b { 1.0 } else { f64::from(u8::from(a == b)) / 2.0 };
        pairs.map(won).sum::<f64>() / (with.len() * without.len()) as f64
    }

    #[test]
    fn the_area_is_the_share_of_pairs_in_the_right_order() {
        assert_eq!(auc(&[0.9, 0.8], &[0.1, 0.2]), Some(1.0));
        assert_eq!(auc(&[0.9, 0.1], &[0.5, 0.1]), Some(0.625));
        assert_eq!(auc(&[0.0], &[-0.0]), Some(0.5));
        assert_eq!(auc(&[f64::NEG_INFINITY], &[f64::NEG_INFINITY, 0.0]), Some(0.25));
        assert_eq!(auc(&[], &[1.0]), None);
        assert_eq!(auc(&[1.0], &[]), None);
    }

    fn scores() -> impl Strategy<Value = Vec<f64>> {
        // Few different ones, so that many are equal.
        prop::collection::vec((-4_i8..4).prop_map(|it| f64::from(it) / 2.0), 1..30)
    }

    proptest! {
        #[test]
        fn the_area_by_ranks_is_that_of_all_pairs(with in scores(), without in scores()) {
            let area = auc(&with, &without).unwrap();
            prop_assert!((area - naive(&with, &without)).abs() < 1e-12);
            prop_assert!((area + auc(&without, &with).unwrap() - 1.0).abs() < 1e-12);
        }
    }
}
