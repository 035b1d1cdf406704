//! Measures over spans: how much of what answers is retrieved, and how much else.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use super::mean::share;

use crate::order::Order;

/// How well retrieved pieces of text meet those that answer, each 0 to 1.
///
/// As in [Evaluating Chunking Strategies for Retrieval](https://research.trychroma.com/evaluating-chunking) (Smith and
/// Troynikov, 2024), but with lengths in the unit of the spans, such as characters, rather than in tokens. Covered is what is both relevant and
/// retrieved, counted once. What is retrieved counts as often as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SpanScores {
    /// The share of what is relevant that is covered.
    pub recall: f64,
    /// The share of what is retrieved that is covered; 0 where nothing is retrieved.
    pub precision: f64,
    /// What is covered, divided by what is retrieved and what is relevant but not covered (intersection over union).
    pub iou: f64,
}

/// A piece of a document.
pub type Piece<I> = (I, Range<usize>);

impl SpanScores {
    /// The scores of what was retrieved for one question. All 0 where nothing is relevant.
    pub fn of<I: Eq + Hash>(retrieved: &[Piece<I>], relevant: &[Piece<I>]) -> Self {
        let relevant = united(relevant);
        let wanted: usize = relevant.values().flatten().map(Range::len).sum();
        let covered = covered(&united(retrieved), &relevant);
        let returned: usize = retrieved.iter().map(|(_, range)| range.len()).sum();
        Self {
            recall: share(covered as f64, wanted),
            precision: share(covered as f64, returned),
            iou: share(covered as f64, returned + wanted - covered),
        }
    }

    /// The means of the scores of several questions; all 0 where there are none.
    pub fn mean(scores: &[Self]) -> Self {
        let mean = |of: fn(&Self) -> f64| share(scores.iter().map(of).sum(), scores.len());
        Self { recall: mean(|it| it.recall), precision: mean(|it| it.precision), iou: mean(|it| it.iou) }
    }
}

/// The discounted gain of ranked pieces of text, 0 to 1: as [`ndcg`](super::ndcg), where the gain of a place is the share of what is relevant
/// that it is the first to cover. 1 if the first piece covers all; an answer in two pieces has at most 1 divided
/// among two places.
pub fn span_gain<I: Eq + Hash>(ranked: &[Piece<I>], relevant: &[Piece<I>], k: usize) -> f64 {
    let relevant = united(relevant);
    let wanted: usize = relevant.values().flatten().map(Range::len).sum();
    let mut before = 0;
    let gains = (1..=ranked.len().min(k)).map(|places| {
        let now = covered(&united(&ranked[..places]), &relevant);
        let gain = now - std::mem::replace(&mut before, now);
        share(gain as f64, wanted) / ((places + 1) as f64).log2()
    });
    gains.sum()
}

/// The ranges of each document, in order and without overlap.
fn united<I: Eq + Hash>(pieces: &[Piece<I>]) -> HashMap<&I, Vec<Range<usize>>> {
    let mut by_document: HashMap<&I, Vec<Range<usize>>> = HashMap::new();
    for (document, range) in pieces.iter().filter(|(_, range)| !range.is_empty()) {
        by_document.entry(document).or_default().push(range.clone());
    }
    for ranges in by_document.values_mut() {
        ranges.order_by_key(|range| range.start);
        ranges.dedup_by(|next, range| {
            let meets = next.start <= range.end;
            if meets {
                range.end = range.end.max(next.end);
            }
            meets
        });
    }
    by_document
}

/// How much is in both.
fn covered<I: Eq + Hash>(
    left: &HashMap<&I, Vec<Range<usize>>>,
    right: &HashMap<&I, Vec<Range<usize>>>,
) -> usize {
    let common = |one: &Range<usize>, other: &Range<usize>| {
        one.end.min(other.end).saturating_sub(one.start.max(other.start))
    };
    let pairs = left.iter().filter_map(|(document, ranges)| Some((ranges, right.get(document)?)));
    pairs
        .flat_map(|(ranges, others)| {
            ranges.iter().flat_map(|one| others.iter().map(move |other| common(one, other)))
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-4, "{value} is not {expected}");
    }

    #[test]
    fn what_is_covered_counts_once_and_what_is_retrieved_as_often_as_it_is() {
        // 20 characters are relevant, of which 5 of a and 4 of b are covered; 10 + 10 + 8 are retrieved.
        let relevant = [("a", 10..20), ("b", 0..10)];
        let scores = SpanScores::of(&[("a", 5..15), ("a", 5..15), ("b", 6..14)], &relevant);
        assert_close(scores.recall, 9.0 / 20.0);
        assert_close(scores.precision, 9.0 / 28.0);
        assert_close(scores.iou, 9.0 / (28.0 + 11.0));
    }

    #[test]
    fn spans_that_overlap_or_touch_are_one() {
        // Relevant are 10 to 30, retrieved 0 to 25 in two pieces that share 5.
        let scores = SpanScores::of(&[("a", 0..15), ("a", 10..25)], &[("a", 20..30), ("a", 10..22)]);
        assert_close(scores.recall, 15.0 / 20.0);
        assert_close(scores.precision, 15.0 / 30.0);
        assert_close(scores.iou, 15.0 / (30.0 + 5.0));
        let whole = SpanScores::of(&[("a", 10..20), ("a", 20..30)], &[("a", 10..30)]);
        assert_eq!(whole, SpanScores { recall: 1.0, precision: 1.0, iou: 1.0 });
    }

    #[test]
    fn a_span_of_another_document_covers_nothing() {
        let nothing = SpanScores::of(&[("b", 0..10)], &[("a", 0..10)]);
        assert_eq!(nothing, SpanScores::default());
        assert_eq!(SpanScores::of(&[], &[("a", 0..10)]), SpanScores::default());
        assert_eq!(SpanScores::of(&[("a", 0..10)], &[]), SpanScores::default());
        assert_eq!(SpanScores::mean(&[]), SpanScores::default());
        let one = SpanScores { recall: 1.0, precision: 0.5, iou: 0.5 };
        assert_eq!(SpanScores::mean(&[one, nothing]), SpanScores { recall: 0.5, precision: 0.25, iou: 0.25 });
    }

    #[test]
    fn the_gain_of_a_place_is_what_it_is_the_first_to_cover() {
        let relevant = [("a", 0..10), ("b", 0..10)];
        // Half at place 1, nothing new at place 2, the rest at place 3.
        let ranked = [("a", 0..50), ("a", 5..20), ("b", 0..10)];
        assert_close(span_gain(&ranked, &relevant, 10), 0.5 + 0.5 * 0.5);
        assert_close(span_gain(&ranked, &relevant, 2), 0.5);
        assert_close(span_gain(&[("x", 0..9), ("a", 0..10)], &relevant[..1], 10), 0.6309);
    }
}
