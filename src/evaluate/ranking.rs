//! Measures over ranked ids and graded judgements, as `trec_eval` computes them.
//!
//! [`ranked`] brings what a search returned into the order that `trec_eval` judges it in. Judgements give a grade to each judged
//! id of a query; 0, or no judgement, is not relevant. An id that a ranking repeats counts at its first place only.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

use super::mean::share;

use crate::order::Order;

/// The grade of each judged id of one query.
pub type Judgements<I> = HashMap<I, u32>;

/// The ids of scored hits in the order in which `trec_eval` judges them, best first, each id once with its best score.
///
/// The order of `hits` makes no difference, nor would the ranks in a run: `trec_eval` sorts by decreasing score, and equal
/// scores by decreasing id, byte by byte (`comp_sim_docno` in
/// [`form_res_rels.c`](https://github.com/usnistgov/trec_eval/blob/main/form_res_rels.c), and what `trec_eval --help` says
/// of the format of results). Scores are no NaN: those would be ranked by their bits.
pub fn ranked<I: Ord>(hits: impl IntoIterator<Item = (I, f32)>) -> Vec<I> {
    let mut best: BTreeMap<I, f32> = BTreeMap::new();
    for (id, score) in hits {
        // Adding 0 turns -0 into 0, which it is equal to.
        let score = score + 0.0;
        best.entry(id).and_modify(|best| *best = best.max(score)).or_insert(score);
    }
    let mut ranked: Vec<_> = best.into_iter().rev().collect();
    // Stable: equal scores keep their ids in decreasing order.
    ranked.order_by(|(_, a), (_, b)| b.total_cmp(a));
    ranked.into_iter().map(|(id, _)| id).collect()
}

/// Normalised discounted cumulative gain of the first `k` places, from 0 to 1.
///
/// The gain of a place is its grade (linear, as in `trec_eval`'s `ndcg_cut`), discounted by log2 of the place + 1
/// (Järvelin and Kekäläinen, 2002). 0 where nothing is relevant.
pub fn ndcg<I: Eq + Hash>(ranked: &[I], judgements: &Judgements<I>, k: usize) -> f64 {
    let mut grades: Vec<u32> = judgements.values().copied().filter(|grade| *grade > 0).collect();
    grades.order_by(|a, b| b.cmp(a));
    let ideal = discounted_gain(grades.into_iter().take(k));
    let gain = discounted_gain(grades_by_place(ranked, judgements).take(k));
    if ideal > 0.0 { gain / ideal } else { 0.0 }
}

/// The share of the relevant ids that is among the first `k` places, from 0 to 1; 0 where nothing is relevant.
pub fn recall<I: Eq + Hash>(ranked: &[I], judgements: &Judgements<I>, k: usize) -> f64 {
    let found = grades_by_place(ranked, judgements).take(k).filter(|grade| *grade > 0).count();
    share(found as f64, relevant(judgements))
}

/// 1 divided by the place of the first relevant id among the first `k`; 0 where there is none.
pub fn reciprocal_rank<I: Eq + Hash>(ranked: &[I], judgements: &Judgements<I>, k: usize) -> f64 {
    let first = grades_by_place(ranked, judgements).take(k).position(|grade| grade > 0);
    first.map_or(0.0, |place| 1.0 / (place + 1) as f64)
}

/// The mean, over all relevant ids, of the precision at the place of each; an id that was not found contributes 0.
pub fn average_precision<I: Eq + Hash>(ranked: &[I], judgements: &Judgements<I>) -> f64 {
    let mut found = 0;
    let mut sum = 0.0;
    for (place, grade) in grades_by_place(ranked, judgements).enumerate() {
        if grade > 0 {
            found += 1;
            sum += f64::from(found) / (place + 1) as f64;
        }
    }
    share(sum, relevant(judgements))
}

/// Means over queries.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// How many queries were measured: those with at least one relevant id.
    pub queries: usize,
    /// Mean [`ndcg`] at the cut-off.
    pub ndcg: f64,
    /// Mean [`recall`] at the cut-off.
    pub recall: f64,
    /// Mean [`reciprocal_rank`] at the cut-off (MRR).
    pub reciprocal_rank: f64,
    /// Mean [`average_precision`] over the whole rankings (MAP).
    pub average_precision: f64,
}

impl Metrics {
    /// The means over `runs`, each a ranking and the judgements of its query, cut off at `k` places. Queries without
    /// a relevant id are left out; without any query left, every mean is 0.
    pub fn of<'r, I, R>(runs: R, k: usize) -> Self
    where
        I: Eq + Hash + 'r,
        R: IntoIterator<Item = (&'r [I], &'r Judgements<I>)>,
    {
        let mut sum = Self::default();
        for (ranked, judgements) in runs.into_iter().filter(|(_, judgements)| relevant(judgements) > 0) {
            sum.queries += 1;
            sum.ndcg += ndcg(ranked, judgements, k);
            sum.recall += recall(ranked, judgements, k);
            sum.reciprocal_rank += reciprocal_rank(ranked, judgements, k);
            sum.average_precision += average_precision(ranked, judgements);
        }
        let mean = |total: f64| share(total, sum.queries);
        Self {
            queries: sum.queries,
            ndcg: mean(sum.ndcg),
            recall: mean(sum.recall),
            reciprocal_rank: mean(sum.reciprocal_rank),
            average_precision: mean(sum.average_precision),
        }
    }
}

/// The grades of a ranking's ids, each id once.
fn grades_by_place<'r, I: Eq + Hash>(
    ranked: &'r [I],
    judgements: &'r Judgements<I>,
) -> impl Iterator<Item = u32> + 'r {
    let mut seen = HashSet::new();
    let unique = ranked.iter().filter(move |id| seen.insert(*id));
    unique.map(|id| judgements.get(id).copied().unwrap_or(0))
}

fn discounted_gain(grades: impl Iterator<Item = u32>) -> f64 {
    grades.enumerate().map(|(place, grade)| f64::from(grade) / (place as f64 + 2.0).log2()).sum()
}

fn relevant<I>(judgements: &Judgements<I>) -> usize {
    judgements.values().filter(|grade| **grade > 0).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// a is highly relevant, b and c are relevant, d was judged and is not.
    fn judgements() -> Judgements<&'static str> {
        HashMap::from([("a", 2), ("b", 1), ("c", 1), ("d", 0)])
    }

    fn assert_close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-4, "{value} is not {expected}");
    }

    // Discounts of places 1 to 4: 1, 1/log2(3) = 0.6309, 1/log2(4) = 0.5, 1/log2(5) = 0.4307.

    #[test]
    fn ties_are_ranked_and_measured_as_by_trec_eval() {
        // What trec_eval 10.0 prints for these scores and judgements with `-q -m relstring.10 -m ndcg_cut.3,5,10 -m map
        // -m recip_rank -m recall.3`; `relstring` was 2110110 and 012.
        let hits =
            [("a", 0.5), ("A", 0.5), ("é", 0.5), ("c", 0.9), ("b", 0.5), ("doc10", 0.25), ("doc9", 0.25)];
        let order = ranked(hits);
        assert_eq!(order, ["c", "é", "b", "a", "A", "doc9", "doc10"]);
        let judgements =
            HashMap::from([("a", 0), ("b", 1), ("c", 2), ("A", 1), ("é", 1), ("doc10", 0), ("doc9", 1)]);
        assert_close(ndcg(&order, &judgements, 3), 1.0);
        assert_close(ndcg(&order, &judgements, 5), 0.8909);
        assert_close(ndcg(&order, &judgements, 10), 0.9811);
        assert_close(average_precision(&order, &judgements), 0.9267);
        assert_close(recall(&order, &judgements, 3), 0.6);

        let order = ranked([("a", 1.0), ("b", 1.0), ("c", 1.0)]);
        assert_eq!(order, ["c", "b", "a"]);
        let judgements = HashMap::from([("a", 2), ("b", 1), ("c", 0)]);
        assert_close(ndcg(&order, &judgements, 10), 0.6199);
        assert_close(average_precision(&order, &judgements), 0.5833);
        assert_close(reciprocal_rank(&order, &judgements, 10), 0.5);
    }

    #[test]
    fn an_id_ranks_by_its_best_score() {
        assert_eq!(ranked([("a", 0.2), ("b", 0.5), ("a", 0.9), ("b", -1.0)]), ["a", "b"]);
        assert_eq!(ranked([("a", 0.0), ("b", -0.0), ("c", -2.0)]), ["b", "a", "c"]);
        assert_eq!(ranked::<&str>([]), Vec::<&str>::new());
    }

    #[test]
    fn ndcg_is_linear_in_the_grade_and_discounted_by_place() {
        let ideal = 2.0 + 0.6309 + 0.5;
        assert_close(ndcg(&["b", "d", "a", "x"], &judgements(), 10), (1.0 + 2.0 * 0.5) / ideal);
        assert_close(ndcg(&["a", "b", "c"], &judgements(), 10), 1.0);
        assert_close(ndcg(&["x", "d"], &judgements(), 10), 0.0);
    }

    #[test]
    fn the_ideal_of_ndcg_is_cut_off_too() {
        assert_close(ndcg(&["b", "a", "c"], &judgements(), 2), (1.0 + 2.0 * 0.6309) / (2.0 + 0.6309));
    }

    #[test]
    fn recall_is_the_share_of_relevant_ids_found() {
        assert_close(recall(&["d", "a", "x", "c"], &judgements(), 2), 1.0 / 3.0);
        assert_close(recall(&["d", "a", "x", "c"], &judgements(), 4), 2.0 / 3.0);
    }

    #[test]
    fn the_reciprocal_rank_looks_at_the_first_relevant_place_only() {
        assert_close(reciprocal_rank(&["d", "x", "c", "a"], &judgements(), 10), 1.0 / 3.0);
        assert_close(reciprocal_rank(&["d", "x", "c", "a"], &judgements(), 2), 0.0);
    }

    #[test]
    fn average_precision_divides_by_all_relevant_ids() {
        // Precision 1/1 at the place of a and 2/3 at that of c; b is missing.
        assert_close(average_precision(&["a", "x", "c"], &judgements()), (1.0 + 2.0 / 3.0) / 3.0);
    }

    #[test]
    fn a_repeated_id_counts_once() {
        assert_close(recall(&["a", "a", "a"], &judgements(), 10), 1.0 / 3.0);
        assert_close(average_precision(&["a", "a", "b"], &judgements()), (1.0 + 1.0) / 3.0);
        assert_close(ndcg(&["a", "a", "b"], &judgements(), 10), ndcg(&["a", "b"], &judgements(), 10));
    }

    #[test]
    fn queries_without_a_relevant_id_are_left_out_of_the_means() {
        let (judged, unjudged) = (judgements(), HashMap::from([("x", 0)]));
        let runs =
            [(["a", "b", "c"].as_slice(), &judged), (["x"].as_slice(), &unjudged), ([].as_slice(), &judged)];
        let metrics = Metrics::of(runs, 10);
        assert_eq!(metrics.queries, 2);
        for mean in [metrics.ndcg, metrics.recall, metrics.reciprocal_rank, metrics.average_precision] {
            assert_close(mean, 0.5);
        }
        assert_eq!(Metrics::of([(["x"].as_slice(), &unjudged)], 10), Metrics::default());
    }
}
