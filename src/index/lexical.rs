//! BM25 over the live rows of all segments.

use std::collections::BTreeMap;

use super::IndexSegment;
use super::analyzer::{Analyzer, Language};
use super::postings::Posting;

/// The knobs of BM25 (Robertson and Zaragoza, 2009), in the form that Lucene computes since version 8: idf is
/// `ln(1 + (N - n + 0.5) / (n + 0.5))`, never negative, and the constant factor `k1 + 1` is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bm25 {
    /// How much a repeated term adds. 0: only whether it occurs counts; 1.2: the default; large values: the score
    /// grows almost linearly with the frequency. Finite, at least 0.
    pub k1: f32,
    /// How much long rows are held back. 0: not at all; 0.75: the default; 1: frequencies count in relation to the
    /// length. From 0 to 1.
    pub b: f32,
}

impl Default for Bm25 {
    fn default() -> Self {
        Self { k1: 1.2, b: 0.75 }
    }
}

impl Bm25 {
    pub(super) fn is_valid(self) -> bool {
        self.k1.is_finite() && self.k1 >= 0.0 && (0.0..=1.0).contains(&self.b)
    }
}

/// The terms of a query, each with the number of its occurrences, in an order that does not depend on the query's.
pub(super) fn query_terms(language: Language, text: &str) -> BTreeMap<String, u32> {
    let mut terms = BTreeMap::new();
    for term in Analyzer::new(language).query_terms(text) {
        *terms.entry(term).or_insert(0) += 1;
    }
    terms
}

/// The BM25 score of every live row, for each segment a list over its rows; `None` where no term of the query occurs.
/// Rows of removed documents count in no statistic.
pub(super) fn score_all(
    segments: &[IndexSegment],
    terms: &BTreeMap<String, u32>,
    bm25: Bm25,
) -> Vec<Vec<Option<f32>>> {
    let rows: usize = segments.iter().map(IndexSegment::live_rows).sum();
    let length: u64 = segments.iter().map(IndexSegment::live_length).sum();
    let scoring = Scoring { bm25, average_length: length as f32 / rows.max(1) as f32 };
    let mut scores: Vec<_> =
        segments.iter().map(|segment| vec![None; segment.segment().chunks().len()]).collect();
    for (term, occurrences) in terms {
        let postings: Vec<_> = segments.iter().map(|segment| live_postings(segment, term)).collect();
        let weight = *occurrences as f32 * idf(rows, postings.iter().map(Vec::len).sum());
        for ((segment, postings), scores) in segments.iter().zip(postings).zip(&mut scores) {
            let lengths = segment.segment().postings().lengths();
            for Posting { row, frequency } in postings {
                let row = row as usize;
                *scores[row].get_or_insert(0.0) += weight * scoring.saturation(frequency, lengths[row]);
            }
        }
    }
    scores
}

fn live_postings(segment: &IndexSegment, term: &str) -> Vec<Posting> {
    segment.segment().postings().get(term).filter(|posting| segment.is_live_row(posting.row)).collect()
}

fn idf(rows: usize, rows_with_term: usize) -> f32 {
    let (all, with) = (rows as f64, rows_with_term as f64);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln() as f32
}

struct Scoring {
    bm25: Bm25,
    average_length: f32,
}

impl Scoring {
    /// The part of a term's weight that its frequency earns in a row of `length` terms: above 0, at most 1.
    fn saturation(&self, frequency: u32, length: u32) -> f32 {
        let Bm25 { k1, b } = self.bm25;
        let frequency = frequency as f32;
        frequency / (frequency + k1 * (1.0 - b + b * length as f32 / self.average_length))
    }
}
