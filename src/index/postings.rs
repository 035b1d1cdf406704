//! The inverted index of a segment: which rows hold a term, and how often.

mod bits;
mod build;
mod dictionary;
mod keys;
mod merge;
mod places;
mod stored;

use std::ops::Range;

use crate::language::Language;
use bits::BitReader;
use dictionary::Dictionary;
use keys::KeyIndex;
use places::Places;

pub(crate) use build::PostingsBuilder;
pub(crate) use dictionary::Similar;
pub(crate) use merge::PostingsMerge;

/// Stands before the terms that are parts of words or several words as one. They are found by their key, the term without
/// it.
const PART_MARK: char = '\u{1}';

/// A row that holds a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posting {
    pub(crate) row: u32,
    /// How often, weighted by field; at least 1.
    pub(crate) frequency: u32,
}

/// The lexicon of each language that documents are in, and the lengths of all rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Postings {
    /// In the order of languages, undecided first.
    lexicons: Vec<Lexicon>,
    /// The number of words of each row, weighted as the frequencies are. Function words do not count: how many of them a
    /// text has says nothing of how much else is in it.
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

    pub(crate) fn lexicons(&self) -> &[Lexicon] {
        &self.lexicons
    }
}

/// The terms of documents in one language.
///
/// Terms are sorted, each with its postings in increasing order of rows. Postings stay in the form in which they are
/// stored: for each the distance from the row before as a Rice code, whose parameter suits rows that are scattered by
/// chance, and the frequency as an Elias gamma code. About eight bits each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lexicon {
    /// `None` where it is undecided.
    language: Option<Language>,
    /// The number of rows of the segment.
    rows: u32,
    terms: Dictionary,
    /// How many rows hold each term; at least one.
    counts: Vec<u32>,
    /// Where the postings of each term end in `lists`.
    ends: Vec<usize>,
    lists: Vec<u8>,
    keys: KeyIndex,
    /// Of terms, then keys.
    places: Places,
}

/// What a lexicon has of a form.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found<'l> {
    /// The place of the term that it is.
    pub(crate) term: Option<usize>,
    /// The places of the terms that have it as a key, in increasing order. A term that is its own key is not among them,
    /// unless it is a part.
    pub(crate) with_key: &'l [u32],
}

impl Lexicon {
    /// The language of the documents; `None` where it is undecided.
    pub(crate) fn language(&self) -> Option<Language> {
        self.language
    }

    /// The number of terms.
    pub(crate) fn len(&self) -> usize {
        self.terms.len()
    }

    /// The term at a place in the order of terms, and whether it is in texts as a part of a word, or as several words, only.
    ///
    /// # Panics
    /// If there is no such place; so it is with the other methods that take one.
    pub(crate) fn term(&self, place: usize) -> (&str, bool) {
        let term = self.terms.get(place);
        match term.strip_prefix(PART_MARK) {
            Some(part) => (part, true),
            None => (term, false),
        }
    }

    /// The term that is a form, and those that have it as a key.
    pub(crate) fn find(&self, form: &str) -> Found<'_> {
        let terms = self.terms.len();
        let form_at = |number: usize| match number.checked_sub(terms) {
            None => self.terms.get(number),
            Some(key) => self.keys.key(key),
        };
        let mut found = Found::default();
        let places = self.places.of(form, terms + self.keys.len(), form_at);
        for number in places.filter(|number| form_at(*number) == form) {
            match number.checked_sub(terms) {
                None => found.term = Some(number),
                Some(key) => found.with_key = self.keys.list(key),
            }
        }
        found
    }

    /// The places of the terms that are `form`, or have it as a key.
    pub(crate) fn with_form(&self, form: &str) -> impl Iterator<Item = usize> {
        let Found { term, with_key } = self.find(form);
        term.into_iter().chain(with_key.iter().map(|place| *place as usize))
    }

    /// The places of the words that begin with `prefix`.
    pub(crate) fn beginning_with(&self, prefix: &str) -> Range<usize> {
        self.terms.beginning_with(prefix)
    }

    /// Calls `take` with the place of each word that is, or has a key that is, at most some steps away from another, and
    /// how many; see [`Similar`]. Some may come twice.
    pub(crate) fn similar(&self, similar: &Similar, take: &mut dyn FnMut(usize, u32)) {
        self.terms.similar(similar, take);
        self.keys.similar(similar, &mut |key, steps| {
            self.keys.list(key).iter().for_each(|place| take(*place as usize, steps));
        });
    }

    /// The places of the words that begin or end with `part`, or have a key that does, and are longer; some may come twice.
    pub(crate) fn compounds_of(&self, part: &str) -> impl Iterator<Item = usize> {
        let keys = self.keys.beginning_with(part).chain(self.keys.ending_with(part));
        let of_keys = keys.flat_map(|key| self.keys.list(key).iter().map(|place| *place as usize));
        self.terms.beginning_with(part).chain(self.terms.ending_with(part)).chain(of_keys)
    }

    /// How many rows hold the term at a place.
    pub(crate) fn count(&self, place: usize) -> u32 {
        self.counts[place]
    }

    /// The postings of the term at a place.
    pub(crate) fn list(&self, place: usize) -> PostingsIter<'_> {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        PostingsIter::new(&self.lists[start..], self.ends[place] - start, self.rows, self.counts[place])
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
    /// The `count` postings in the first `length` of some bytes, in a segment of `rows` rows.
    fn new(bytes: &'p [u8], length: usize, rows: u32, count: u32) -> Self {
        let shift = rice_shift(rows, count);
        Self { bits: BitReader::new(bytes, length), rows, shift, next_row: 0, remaining: count }
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
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    pub(super) fn build(rows: &[&str]) -> Postings {
        let mut builder = PostingsBuilder::default();
        for (row, text) in (0..).zip(rows) {
            builder.push_row(row, Some(Language::None), [(1, *text)]);
        }
        builder.build()
    }

    fn rows_of(postings: &Postings, term: &str) -> Vec<(u32, u32)> {
        let lists =
            postings.lexicons().iter().filter_map(|lexicon| Some(lexicon.list(lexicon.find(term).term?)));
        lists.flatten().map(|posting| (posting.row, posting.frequency)).collect()
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
        assert_eq!((postings.lengths(), postings.total_length()), ([3, 0, 1, 1].as_slice(), 5));
    }

    #[test]
    fn a_field_counts_by_its_weight() {
        let mut builder = PostingsBuilder::default();
        builder.push_row(0, Some(Language::None), [(2, "lease"), (0, "hidden"), (1, "the lease ends")]);
        let postings = builder.build();
        assert_eq!(rows_of(&postings, "lease"), [(0, 3)]);
        assert_eq!(rows_of(&postings, "hidden"), []);
        assert_eq!(postings.lengths(), [5]);
    }

    #[test]
    fn each_language_has_a_lexicon_of_its_own() {
        let mut builder = PostingsBuilder::default();
        builder.push_row(0, Some(Language::English), [(1, "roofs")]);
        builder.push_row(1, Some(Language::German), [(1, "Dächer")]);
        builder.push_row(2, None, [(1, "roofs")]);
        builder.push_row(3, Some(Language::English), [(1, "roofs")]);
        let postings = reloaded(&builder.build());
        let lexicons: Vec<_> = postings.lexicons().iter().map(|it| (it.language(), it.len())).collect();
        assert_eq!(lexicons, [(None, 1), (Some(Language::English), 1), (Some(Language::German), 1)]);
        let with_key = |number: usize, key: &str| postings.lexicons()[number].find(key).with_key.to_vec();
        assert_eq!(
            (with_key(1, "roof"), with_key(2, "dacher"), with_key(2, "dach")),
            (vec![0], vec![0], vec![0])
        );
        assert_eq!(with_key(0, "roof"), [0u32; 0], "keys of the undecided name the language");
        let rows = |number: usize| {
            postings.lexicons()[number].list(0).map(|posting| posting.row).collect::<Vec<_>>()
        };
        assert_eq!((rows(0), rows(1), rows(2)), (vec![2], vec![0, 3], vec![1]));
    }

    #[test]
    fn a_posting_of_a_common_word_takes_two_bits_and_one_of_a_rare_word_few_bytes() {
        let common = build(&["the"; 800]);
        assert_eq!(common.lexicons[0].lists.len(), 200);
        let rows: Vec<_> = (0..1000).map(|row| if row % 500 == 250 { "roof" } else { "" }).collect();
        assert_eq!(build(&rows).lexicons[0].lists.len(), 3);
    }

    proptest! {
        #[test]
        fn every_term_comes_back_with_its_rows(
            rows in prop::collection::vec(prop::collection::vec(("[a-c]{1,3}", 1u32..300), 0..6), 0..80),
        ) {
            let mut builder = PostingsBuilder::default();
            let mut expected: BTreeMap<&str, BTreeMap<u32, u32>> = BTreeMap::new();
            for (number, row) in (0..).zip(&rows) {
                let fields = row.iter().map(|(term, weight)| (*weight, term.as_str()));
                builder.push_row(number, Some(Language::None), fields);
                for (term, weight) in row {
                    *expected.entry(term).or_default().entry(number).or_default() += weight;
                }
            }
            let built = builder.build();
            let postings = reloaded(&built);
            prop_assert_eq!(&postings, &built);
            for (term, rows) in expected {
                prop_assert_eq!(rows_of(&postings, term), rows.into_iter().collect::<Vec<_>>());
            }
            for (length, row) in postings.lengths().iter().zip(&rows) {
                prop_assert_eq!(*length, row.iter().map(|(_, weight)| weight).sum::<u32>());
            }
        }
    }
}
