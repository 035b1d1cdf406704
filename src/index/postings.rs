//! The inverted index of a segment: which rows hold a term, and how often.

mod bits;
mod build;
mod dictionary;
mod merge;
mod stored;

use bits::BitReader;
use dictionary::Dictionary;

pub(crate) use build::PostingsBuilder;
pub(crate) use merge::PostingsMerge;

/// A row that holds a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posting {
    pub(crate) row: u32,
    /// How often, weighted by field; at least 1.
    pub(crate) frequency: u32,
}

/// Sorted terms, each with its postings in increasing order of rows.
///
/// Postings stay in the form in which they are stored: for each the distance from the row before as a Rice code, whose
/// parameter suits rows that are scattered by chance, and the frequency as an Elias gamma code. About seven bits each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Postings {
    terms: Dictionary,
    /// How many rows hold each term; at least one.
    counts: Vec<u32>,
    /// Where the postings of each term end in `lists`.
    ends: Vec<usize>,
    lists: Vec<u8>,
    /// The number of terms of each row, weighted as the frequencies are.
    lengths: Vec<u32>,
}

impl Postings {
    /// The number of rows of the segment that they are of.
    pub fn rows(&self) -> usize {
        self.lengths.len()
    }

    pub(crate) fn lengths(&self) -> &[u32] {
        &self.lengths
    }

    /// The sum of all lengths.
    pub(crate) fn total_length(&self) -> u64 {
        self.lengths.iter().map(|length| u64::from(*length)).sum()
    }

    /// The postings of `term`; none where it does not occur.
    pub(crate) fn get(&self, term: &str) -> PostingsIter<'_> {
        match self.terms.find(term) {
            Some(ordinal) => self.list(ordinal),
            None => PostingsIter::new(&[], 0, 0),
        }
    }

    /// How many rows hold `term`.
    pub(crate) fn count(&self, term: &str) -> u32 {
        self.terms.find(term).map_or(0, |ordinal| self.counts[ordinal])
    }

    /// The postings of the term at a place in the order of terms.
    fn list(&self, ordinal: usize) -> PostingsIter<'_> {
        let rows = self.lengths.len() as u32; // rows are numbered in 32 bits
        let start = ordinal.checked_sub(1).map_or(0, |before| self.ends[before]);
        PostingsIter::new(&self.lists[start..self.ends[ordinal]], rows, self.counts[ordinal])
    }
}

/// Decodes postings in increasing order of rows. It ends early where what comes next is no posting of the segment: when
/// postings are read from a store, only what surrounds the lists is validated, or opening would decode them all.
#[derive(Clone)]
pub(crate) struct PostingsIter<'p> {
    bits: BitReader<'p>,
    /// The number of rows of the segment.
    rows: u32,
    /// The parameter of the Rice code.
    shift: u32,
    /// The least row that the next posting can have.
    next_row: u32,
    remaining: u32,
}

impl<'p> PostingsIter<'p> {
    /// The `count` postings in `bytes`, in a segment of `rows` rows.
    fn new(bytes: &'p [u8], rows: u32, count: u32) -> Self {
        let shift = rice_shift(rows, count);
        Self { bits: BitReader::new(bytes), rows, shift, next_row: 0, remaining: count }
    }

    fn decode(&mut self) -> Option<Posting> {
        let (distance, frequency) = self.bits.rice_and_gamma(self.shift)?;
        let row = self.next_row.checked_add(distance).filter(|row| *row < self.rows)?;
        self.next_row = row + 1;
        Some(Posting { row, frequency })
    }
}

impl Iterator for PostingsIter<'_> {
    type Item = Posting;

    #[inline]
    fn next(&mut self) -> Option<Posting> {
        self.remaining = self.remaining.checked_sub(1)?;
        self.decode()
    }
}

/// The parameter of the Rice code for `count` rows that are scattered by chance among `rows`: the median of their
/// distances is ln 2 of the mean (Gallager and Van Voorhis, 1975).
fn rice_shift(rows: u32, count: u32) -> u32 {
    let median = u64::from(rows) * 69 / 100 / u64::from(count.max(1));
    median.max(1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::super::analyzer::Analyzer;
    use super::super::language::Language;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    pub(super) fn build(rows: &[&str]) -> Postings {
        let mut builder = PostingsBuilder::new(Analyzer::new(Language::None));
        for (row, text) in (0..).zip(rows) {
            builder.push_row(row, [(1, *text)]);
        }
        builder.build()
    }

    fn rows_of(postings: &Postings, term: &str) -> Vec<(u32, u32)> {
        postings.get(term).map(|posting| (posting.row, posting.frequency)).collect()
    }

    fn reloaded(postings: &Postings) -> Postings {
        Postings::decode("postings", &postings.encode().unwrap()).unwrap()
    }

    #[test]
    fn a_term_is_found_in_the_rows_that_hold_it() {
        let postings = reloaded(&build(&["roof leak roof", "", "leak", "door"]));
        assert_eq!(rows_of(&postings, "roof"), [(0, 2)]);
        assert_eq!(rows_of(&postings, "leak"), [(0, 1), (2, 1)]);
        assert_eq!(rows_of(&postings, "window"), []);
        assert_eq!(postings.count("leak"), 2);
        assert_eq!((postings.lengths(), postings.total_length()), ([3, 0, 1, 1].as_slice(), 5));
    }

    #[test]
    fn a_field_counts_by_its_weight() {
        let mut builder = PostingsBuilder::new(Analyzer::new(Language::None));
        builder.push_row(0, [(2, "lease"), (0, "hidden"), (1, "the lease ends")]);
        let postings = builder.build();
        assert_eq!(rows_of(&postings, "lease"), [(0, 3)]);
        assert_eq!(rows_of(&postings, "hidden"), []);
        assert_eq!(postings.lengths(), [5]);
    }

    #[test]
    fn a_posting_of_a_common_word_takes_two_bits_and_one_of_a_rare_word_few_bytes() {
        let common = build(&["the"; 800]);
        assert_eq!(common.lists.len(), 200);
        let rows: Vec<_> = (0..1000).map(|row| if row % 500 == 250 { "roof" } else { "" }).collect();
        assert_eq!(build(&rows).lists.len(), 3);
    }

    proptest! {
        #[test]
        fn every_term_comes_back_with_its_rows(
            rows in prop::collection::vec(prop::collection::vec(("[a-c]{1,3}", 1u32..300), 0..6), 0..80),
        ) {
            let mut builder = PostingsBuilder::new(Analyzer::new(Language::None));
            let mut expected: BTreeMap<&str, BTreeMap<u32, u32>> = BTreeMap::new();
            for (number, row) in (0..).zip(&rows) {
                builder.push_row(number, row.iter().map(|(term, weight)| (*weight, term.as_str())));
                for (term, weight) in row {
                    *expected.entry(term).or_default().entry(number).or_default() += weight;
                }
            }
            let built = builder.build();
            let postings = reloaded(&built);
            prop_assert_eq!(&postings, &built);
            prop_assert_eq!(postings.terms.len(), expected.len());
            for (term, rows) in expected {
                prop_assert_eq!(rows_of(&postings, term), rows.into_iter().collect::<Vec<_>>());
            }
            for (length, row) in postings.lengths().iter().zip(&rows) {
                prop_assert_eq!(*length, row.iter().map(|(_, weight)| weight).sum::<u32>());
            }
        }
    }
}
