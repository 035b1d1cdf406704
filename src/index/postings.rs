//! The inverted index of a segment: which rows hold a term, and how often.
//!
//! The terms are one sorted list that is searched by halving. An automaton (crate `fst`) would be smaller, but its
//! bytes cannot be validated: a crafted one with a valid checksum makes the reader panic or run without end, and
//! an import may come from anywhere.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

use super::analyzer::{Analyzer, Side};
use crate::codec::packed;
use crate::error::{Error, Result};

/// A row that holds a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posting {
    pub(crate) row: u32,
    /// How often, weighted by field; at least 1.
    pub(crate) frequency: u32,
}

/// Sorted terms, each with its postings in increasing order of rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Postings {
    /// All terms in increasing order, one after another.
    terms: String,
    /// Where each term ends in `terms`.
    term_ends: Vec<u64>,
    /// For each term its postings, each as two LEB128 numbers: the distance from the row before (from -1 for the
    /// first), and the frequency.
    #[serde(with = "packed::unsigned")]
    postings: Vec<u8>,
    /// Where the postings of each term end in `postings`.
    posting_ends: Vec<u64>,
    /// The number of terms of each row, weighted as the frequencies are.
    lengths: Vec<u32>,
}

impl Postings {
    pub(crate) fn rows(&self) -> usize {
        self.lengths.len()
    }

    pub(crate) fn lengths(&self) -> &[u32] {
        &self.lengths
    }

    /// The postings of `term`; none where it does not occur.
    pub(crate) fn get(&self, term: &str) -> PostingsIter<'_> {
        let found = self.find(term);
        PostingsIter::new(found.map_or(&[], |ordinal| &self.postings[range(&self.posting_ends, ordinal)]))
    }

    fn find(&self, term: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.term_ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.terms[range(&self.term_ends, middle)].cmp(term) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Checks everything that the other methods rely on.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) saying what is wrong.
    pub(crate) fn validate(&self) -> Result<()> {
        if self.term_ends.len() != self.posting_ends.len() {
            return Err(Error::corrupt("there are not as many postings as terms"));
        }
        validate_ends(&self.term_ends, self.terms.len(), "terms")?;
        validate_ends(&self.posting_ends, self.postings.len(), "postings")?;
        let mut previous = "";
        for ordinal in 0..self.term_ends.len() {
            let term = self.terms.get(range(&self.term_ends, ordinal));
            let term = term.ok_or_else(|| Error::corrupt(format!("term {ordinal} splits a character")))?;
            if term <= previous {
                return Err(Error::corrupt(format!("term {ordinal} is out of order")));
            }
            previous = term;
            self.validate_postings(&self.postings[range(&self.posting_ends, ordinal)])
                .map_err(|error| error.within(format_args!("postings of term {ordinal}")))?;
        }
        Ok(())
    }

    fn validate_postings(&self, bytes: &[u8]) -> Result<()> {
        let mut postings = PostingsIter::new(bytes);
        for posting in postings.by_ref() {
            if posting.row as usize >= self.rows() || posting.frequency == 0 {
                return Err(Error::corrupt(format!("row {} of {}", posting.row, self.rows())));
            }
        }
        // The iterator stops early at a number that does not fit.
        if postings.bytes.is_empty() { Ok(()) } else { Err(Error::corrupt("a malformed number")) }
    }
}

/// The piece number `ordinal`, where each piece ends where the next one begins. Only for ends that were validated.
fn range(ends: &[u64], ordinal: usize) -> std::ops::Range<usize> {
    let start = ordinal.checked_sub(1).map_or(0, |before| ends[before]);
    start as usize..ends[ordinal] as usize
}

fn validate_ends(ends: &[u64], length: usize, what: &str) -> Result<()> {
    // Strictly increasing from above 0: no piece is empty.
    let increasing = ends.first().is_none_or(|first| *first > 0) && ends.is_sorted_by(|a, b| a < b);
    if increasing && ends.last().copied().unwrap_or(0) == length as u64 {
        return Ok(());
    }
    Err(Error::corrupt(format!("the ends of the {what} do not fit their {length} bytes")))
}

/// Decodes postings in increasing order of rows.
pub(crate) struct PostingsIter<'p> {
    bytes: &'p [u8],
    /// The least row that the next posting can have.
    next_row: u32,
}

impl<'p> PostingsIter<'p> {
    fn new(bytes: &'p [u8]) -> Self {
        Self { bytes, next_row: 0 }
    }

    fn decode(&mut self) -> Option<Posting> {
        let mut bytes = self.bytes;
        let gap = read_number(&mut bytes)?;
        let frequency = read_number(&mut bytes)?;
        // Gaps are at least 1 and count from the row before, so `next_row` is one less than that sum.
        let row = self.next_row.checked_add(gap.checked_sub(1)?)?;
        self.next_row = row.checked_add(1)?;
        self.bytes = bytes;
        Some(Posting { row, frequency })
    }
}

impl Iterator for PostingsIter<'_> {
    type Item = Posting;

    fn next(&mut self) -> Option<Posting> {
        self.decode()
    }
}

/// Takes an unsigned LEB128 number off the front; `None` where there is none, or it exceeds 32 bits.
fn read_number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0u64;
    for shift in [0, 7, 14, 21, 28] {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(number).ok();
        }
    }
    None
}

fn write_number(mut number: u32, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80); // the low seven bits and the mark that more follow
        number >>= 7;
    }
    bytes.push(number as u8);
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
            analyzer.analyze(text, Side::Passage, |term| {
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
        let mut built = Postings { lengths: self.lengths, ..Postings::default() };
        for (term, ordinal) in sorted {
            built.terms.push_str(&term);
            built.term_ends.push(built.terms.len() as u64);
            let mut next_row = 0;
            for posting in &self.lists[ordinal] {
                write_number(posting.row - next_row + 1, &mut built.postings);
                write_number(posting.frequency, &mut built.postings);
                next_row = posting.row + 1;
            }
            built.posting_ends.push(built.postings.len() as u64);
        }
        built
    }
}

#[cfg(test)]
mod tests {
    use super::super::analyzer::Language;
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn a_term_is_found_in_the_rows_that_hold_it() {
        let postings = build(&["roof leak roof", "", "leak", "door"]);
        assert!(postings.validate().is_ok());
        assert_eq!(rows_of(&postings, "roof"), [(0, 2)]);
        assert_eq!(rows_of(&postings, "leak"), [(0, 1), (2, 1)]);
        assert_eq!(rows_of(&postings, "window"), []);
        assert_eq!(postings.lengths(), [3, 0, 1, 1]);
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
    fn numbers_of_any_size_come_back() {
        for number in [0, 1, 127, 128, 16_383, 16_384, u32::MAX] {
            let mut bytes = Vec::new();
            write_number(number, &mut bytes);
            assert_eq!(read_number(&mut bytes.as_slice()), Some(number));
        }
        assert_eq!(read_number(&mut [0xFF; 9].as_slice()), None);
        assert_eq!(read_number(&mut [0x80].as_slice()), None);
    }

    #[test]
    fn postings_that_do_not_hold_together_are_refused() {
        let good = build(&["roof leak", "roof"]);
        let damages: [fn(&mut Postings); 8] = [
            |postings| postings.terms.push('x'),
            |postings| postings.terms = postings.terms.replace("leak", "zinc"),
            |postings| postings.term_ends[0] = 0,
            |postings| postings.term_ends[0] = u64::MAX,
            |postings| postings.posting_ends.truncate(1),
            |postings| postings.postings[0] = 0,
            |postings| postings.lengths.truncate(1),
            |postings| *postings.postings.last_mut().unwrap() = 0x80,
        ];
        for (case, damage) in damages.iter().enumerate() {
            let mut postings = good.clone();
            damage(&mut postings);
            assert!(postings.validate().is_err(), "damage {case} was not seen");
        }
    }

    proptest! {
        #[test]
        fn hostile_postings_are_refused_or_harmless(
            terms in "[a-dé]{0,8}",
            term_ends in prop::collection::vec(0u64..10, 0..4),
            postings in prop::collection::vec(prop_oneof![0u8..4, any::<u8>()], 0..12),
            posting_ends in prop::collection::vec(0u64..13, 0..4),
            lengths in prop::collection::vec(any::<u32>(), 0..4),
        ) {
            let postings = Postings { terms, term_ends, postings, posting_ends, lengths };
            if postings.validate().is_ok() {
                for term in ["a", "ab", "é", "d", ""] {
                    prop_assert!(postings.get(term).all(|posting| (posting.row as usize) < postings.rows()));
                }
            }
        }
    }
}
