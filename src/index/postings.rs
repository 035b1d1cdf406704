//! The inverted index of a segment: which rows hold a term, and how often.

mod bits;
mod dictionary;
mod merge;

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

use super::analyzer::{Analyzer, Side};
use crate::codec::packed;
use crate::error::{Error, Result};
use bits::{BitReader, BitWriter};
use dictionary::Dictionary;

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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub(crate) struct Postings {
    terms: Dictionary,
    /// How many rows hold each term; at least one.
    counts: Vec<u32>,
    /// Where the postings of each term start in `lists`.
    starts: Vec<usize>,
    lists: Vec<u8>,
    /// The number of terms of each row, weighted as the frequencies are.
    lengths: Vec<u32>,
}

/// What is stored of postings. The starts of lists are found by reading them, which validates them too.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    #[serde(with = "packed::unsigned")]
    terms: Vec<u8>,
    counts: Vec<u32>,
    #[serde(with = "packed::unsigned")]
    lists: Vec<u8>,
    lengths: Vec<u32>,
}

impl From<Postings> for Stored {
    fn from(postings: Postings) -> Self {
        let Postings { terms, counts, lists, lengths, .. } = postings;
        Self { terms: terms.encode(), counts, lists, lengths }
    }
}

impl TryFrom<Stored> for Postings {
    type Error = Error;

    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where anything is not as the other methods rely on.
    fn try_from(stored: Stored) -> Result<Self> {
        let Stored { terms, counts, lists, lengths } = stored;
        let terms = Dictionary::decode(counts.len(), &terms)?;
        if lists.len() > usize::MAX / 8 || u32::try_from(lengths.len()).is_err() {
            return Err(Error::corrupt("there are too many postings"));
        }
        let mut starts = Vec::with_capacity(counts.len());
        let mut end = 0;
        for count in &counts {
            let length = list_length(&lists[end..], lengths.len() as u32, *count);
            let length = length.ok_or_else(|| {
                Error::corrupt(format!("the postings of term {} are malformed", starts.len()))
            })?;
            starts.push(end);
            end += length;
        }
        if end != lists.len() {
            return Err(Error::corrupt("there are bytes after the last postings"));
        }
        Ok(Self { terms, counts, starts, lists, lengths })
    }
}

/// How many bytes the list of `count` postings takes that `bytes` start with; `None` where they start with none.
fn list_length(bytes: &[u8], rows: u32, count: u32) -> Option<usize> {
    let mut postings = PostingsIter::new(bytes, rows, count);
    let in_rows = postings.by_ref().take_while(|posting| posting.row < rows).count();
    (count > 0 && in_rows == count as usize).then_some(postings.bits.aligned()?)
}

impl Postings {
    pub(crate) fn rows(&self) -> usize {
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

    /// The postings of the term at a place in the order of terms.
    fn list(&self, ordinal: usize) -> PostingsIter<'_> {
        let rows = self.lengths.len() as u32; // rows are numbered in 32 bits
        PostingsIter::new(&self.lists[self.starts[ordinal]..], rows, self.counts[ordinal])
    }
}

/// Decodes postings in increasing order of rows.
#[derive(Clone)]
pub(crate) struct PostingsIter<'p> {
    bits: BitReader<'p>,
    /// The parameter of the Rice code.
    shift: u32,
    /// The least row that the next posting can have.
    next_row: u32,
    remaining: u32,
}

impl<'p> PostingsIter<'p> {
    /// The `count` postings at the front of `bytes`, in a segment of `rows` rows.
    fn new(bytes: &'p [u8], rows: u32, count: u32) -> Self {
        Self { bits: BitReader::new(bytes), shift: rice_shift(rows, count), next_row: 0, remaining: count }
    }

    fn decode(&mut self) -> Option<Posting> {
        let row = self.next_row.checked_add(self.bits.rice(self.shift)?)?;
        let frequency = self.bits.gamma()?;
        self.next_row = row.checked_add(1)?;
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

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining as usize, Some(self.remaining as usize))
    }
}

/// Exact for postings that were validated.
impl ExactSizeIterator for PostingsIter<'_> {}

/// The parameter of the Rice code for `count` rows that are scattered by chance among `rows`: the median of their
/// distances is ln 2 of the mean (Gallager and Van Voorhis, 1975).
fn rice_shift(rows: u32, count: u32) -> u32 {
    let median = u64::from(rows) * 69 / 100 / u64::from(count.max(1));
    median.max(1).ilog2()
}

/// Collects the terms of rows, in the order of rows.
pub(crate) struct PostingsBuilder {
    analyzer: Analyzer,
    /// The place of each term in `lists`.
    ordinals: HashMap<String, usize>,
    lists: Vec<Vec<Posting>>,
    lengths: Vec<u32>,
}

impl PostingsBuilder {
    pub(crate) fn new(analyzer: Analyzer) -> Self {
        Self { analyzer, ordinals: HashMap::new(), lists: Vec::new(), lengths: Vec::new() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.lengths.len()
    }

    /// Adds the row number `row`, which is the number of rows so far: its fields, each with the weight with which
    /// each occurrence of a term in it counts.
    pub(crate) fn push_row<'f>(&mut self, row: u32, fields: impl IntoIterator<Item = (u32, &'f str)>) {
        debug_assert_eq!(row as usize, self.rows());
        let Self { analyzer, ordinals, lists, lengths } = self;
        let mut length = 0u32;
        for (weight, text) in fields.into_iter().filter(|(weight, _)| *weight > 0) {
            analyzer.analyze(text, Side::Passage, &mut |term, _| {
                length = length.saturating_add(weight);
                let ordinal = ordinals.get(term).copied().unwrap_or_else(|| {
                    lists.push(Vec::new());
                    ordinals.insert(term.to_owned(), lists.len() - 1);
                    lists.len() - 1
                });
                match lists[ordinal].last_mut() {
                    Some(last) if last.row == row => last.frequency = last.frequency.saturating_add(weight),
                    _ => lists[ordinal].push(Posting { row, frequency: weight }),
                }
            });
        }
        lengths.push(length);
    }

    pub(crate) fn build(self) -> Postings {
        let mut sorted: Vec<_> = self.ordinals.into_iter().collect();
        sorted.sort_unstable();
        let mut building = ListWriter::new(self.lengths);
        for (term, ordinal) in sorted {
            building.push(&term, &self.lists[ordinal]);
        }
        building.finish()
    }
}

/// Writes the postings of one term after another.
struct ListWriter {
    postings: Postings,
    bits: BitWriter,
}

impl ListWriter {
    fn new(lengths: Vec<u32>) -> Self {
        Self { postings: Postings { lengths, ..Postings::default() }, bits: BitWriter::default() }
    }

    /// Adds a term that is greater than those before it, with its postings, of which there is at least one.
    fn push(&mut self, term: &str, list: &[Posting]) {
        let Self { postings, bits } = self;
        let count = list.len() as u32; // no more than there are rows
        let shift = rice_shift(postings.lengths.len() as u32, count);
        postings.terms.push(term);
        postings.counts.push(count);
        postings.starts.push(bits.len());
        let mut next_row = 0;
        for posting in list {
            bits.rice(posting.row - next_row, shift);
            bits.gamma(posting.frequency);
            next_row = posting.row + 1;
        }
        bits.align();
    }

    fn finish(self) -> Postings {
        Postings { lists: self.bits.into_bytes(), ..self.postings }
    }
}

#[cfg(test)]
mod tests {
    use super::super::language::Language;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn build(rows: &[&str]) -> Postings {
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
        postcard::from_bytes(&postcard::to_stdvec(postings).unwrap()).unwrap()
    }

    #[test]
    fn a_term_is_found_in_the_rows_that_hold_it() {
        let postings = reloaded(&build(&["roof leak roof", "", "leak", "door"]));
        assert_eq!(rows_of(&postings, "roof"), [(0, 2)]);
        assert_eq!(rows_of(&postings, "leak"), [(0, 1), (2, 1)]);
        assert_eq!(rows_of(&postings, "window"), []);
        assert_eq!(postings.get("leak").len(), 2);
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

    #[test]
    fn postings_that_do_not_hold_together_are_refused() {
        let good = Stored::from(build(&["roof leak", "roof"]));
        assert!(Postings::try_from(good.clone()).is_ok());
        let damages: [fn(&mut Stored); 9] = [
            |stored| stored.terms.push(b'x'),
            |stored| stored.terms[1] = b'z',
            |stored| stored.counts.truncate(1),
            |stored| stored.counts[0] = 0,
            |stored| stored.counts[0] = u32::MAX,
            |stored| stored.lists.push(0),
            |stored| stored.lists.truncate(1),
            |stored| stored.lists[0] |= 1,
            |stored| stored.lengths.truncate(1),
        ];
        for (case, damage) in damages.iter().enumerate() {
            let mut stored = good.clone();
            damage(&mut stored);
            assert!(Postings::try_from(stored).is_err(), "damage {case} was not seen");
        }
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

        #[test]
        fn hostile_postings_are_refused_or_harmless(
            terms in prop::collection::vec(prop_oneof![0u8..3, 0x61u8..0x64, any::<u8>()], 0..8),
            counts in prop::collection::vec(prop_oneof![1u32..3, any::<u32>()], 0..4),
            lists in prop::collection::vec(any::<u8>(), 0..12),
            lengths in prop::collection::vec(any::<u32>(), 0..4),
        ) {
            if let Ok(postings) = Postings::try_from(Stored { terms, counts, lists, lengths }) {
                for ordinal in 0..postings.terms.len() {
                    let found = postings.get(postings.terms.get(ordinal));
                    let count = found.len();
                    let rows: Vec<_> = found.map(|posting| posting.row as usize).collect();
                    prop_assert_eq!(rows.len(), count);
                    prop_assert!(rows.is_sorted_by(|a, b| a < b));
                    prop_assert!(rows.iter().all(|row| *row < postings.rows()));
                }
            }
        }
    }
}
