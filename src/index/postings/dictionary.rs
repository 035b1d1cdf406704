//! The terms of a segment: one sorted list, front-coded at rest.
//!
//! An automaton (crate `fst`) would be smaller, but its bytes cannot be validated: a crafted one with a valid checksum
//! makes the reader panic or run without end, and an import may come from anywhere.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use crate::error::{Error, Result};
use crate::index::analyzer::{MAX_TERM_CHARS, without_marks};

/// The greatest number in half a byte: a number from here on takes bytes of its own.
const ESCAPE: usize = 15;

/// The most characters of a term, with a mark before it.
const MAX_CHARS: usize = MAX_TERM_CHARS + 1;

/// The most steps that a term can be away from another and yet be like it.
const MOST_STEPS: u32 = 2;

/// Each character takes up to four bytes.
const MAX_TERM_BYTES: usize = MAX_CHARS * 4;

/// Sorted, distinct terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Dictionary {
    /// All terms in increasing order, one after another.
    text: String,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// Which letters each has, and how many; made when similar terms are first looked for.
    letters: OnceLock<Letters>,
}

impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        // The rest follows from these.
        (&self.text, &self.ends) == (&other.text, &other.ends)
    }
}

impl Dictionary {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// # Panics
    /// If there is no such term.
    pub(super) fn get(&self, ordinal: usize) -> &str {
        let start = ordinal.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[ordinal]]
    }

    /// All terms, in their order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|ordinal| self.get(ordinal))
    }

    /// The places of the terms that begin with `prefix`.
    pub(super) fn beginning_with(&self, prefix: &str) -> Range<usize> {
        let start = self.first_where(0, |term| term >= prefix);
        let end = self.first_where(start, |term| !term.starts_with(prefix));
        start..end
    }

    /// The first place from `low` on where `holds` is true; it holds for all terms after that one, too.
    fn first_where(&self, mut low: usize, holds: impl Fn(&str) -> bool) -> usize {
        let mut high = self.len();
        while low < high {
            let middle = low.midpoint(high);
            match holds(self.get(middle)) {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        low
    }

    /// The places of the terms that are longer than `suffix` and end with it.
    pub(super) fn ending_with(&self, suffix: &str) -> impl Iterator<Item = usize> {
        let text = self.text.as_bytes();
        let suffix = suffix.as_bytes();
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).enumerate().filter_map(move |(place, (start, &end))| {
            let ends = end - start > suffix.len() && text[start..end].ends_with(suffix);
            ends.then_some(place)
        })
    }

    /// Calls `take` with the place of each term that is [`Similar`], and how many steps it is away.
    pub(super) fn similar(&self, similar: &Similar, take: &mut dyn FnMut(usize, u32)) {
        let letters = self.letters.get_or_init(|| Letters::new(self.iter()));
        let mut rows = Rows::default();
        letters.near(similar, &mut |place| {
            if let Some(steps) = similar.distance(self.get(place), &mut rows) {
                take(place, steps);
            }
        });
    }

    /// Adds a term that is greater than all before it.
    pub(super) fn push(&mut self, term: &str) {
        self.text.push_str(term);
        self.ends.push(self.text.len());
    }

    /// Gives back what memory was set aside for more terms.
    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Each term as one byte, whose halves are the number of bytes that it shares with the term before and the number
    /// of those that follow, less one; then what follows. Where a half is [`ESCAPE`], a LEB128 number comes after the
    /// byte, which is added to it.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut previous = "";
        for term in self.iter() {
            let shared = previous.bytes().zip(term.bytes()).take_while(|(a, b)| a == b).count();
            let suffix = &term.as_bytes()[shared..];
            let numbers = [shared, suffix.len() - 1]; // terms are distinct and in order, so something follows
            let [high, low] = numbers.map(|number| number.min(ESCAPE) as u8);
            bytes.push(high << 4 | low);
            numbers.iter().filter_map(|number| number.checked_sub(ESCAPE)).for_each(|excess| {
                write_number(excess, &mut bytes);
            });
            bytes.extend_from_slice(suffix);
            previous = term;
        }
        bytes
    }

    /// The `count` terms that [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for anything else.
    pub(super) fn decode(count: usize, mut bytes: &[u8]) -> Result<Self> {
        let (text, ends) = (String::with_capacity(text_length(count, bytes)), Vec::with_capacity(count));
        let mut terms = Self { text, ends, ..Self::default() };
        let mut term = Vec::new();
        for ordinal in 0..count {
            let malformed = || Error::corrupt(format!("term {ordinal} is malformed"));
            let (shared, suffix) = read_term(&mut bytes).ok_or_else(malformed)?;
            // What is shared must be all that is: then the order is that of the first bytes that differ.
            let next = term.get(shared);
            if shared > term.len() || next.is_some_and(|next| suffix[0] <= *next) {
                return Err(Error::corrupt(format!("term {ordinal} is out of order")));
            }
            term.truncate(shared);
            term.extend_from_slice(suffix);
            // The limit also keeps a few bytes from growing into gigabytes.
            let text = str::from_utf8(&term).ok().filter(|text| text.chars().count() <= MAX_CHARS);
            terms.push(text.ok_or_else(malformed)?);
        }
        match bytes.len() {
            0 => Ok(terms),
            rest => Err(Error::corrupt(format!("there are {rest} bytes after the last term"))),
        }
    }
}

/// The letters of a term as a set of bits, some letters of which share one, with another set of those that it has more than
/// once, and their number; a mark before it is none.
fn letters_of(term: &str) -> (u64, u32) {
    unmarked(term).chars().fold((0, 0), |(set, count), letter| {
        let once = 1u64 << (u32::from(letter) % u32::BITS);
        let twice = (set & once) << u32::BITS;
        (set | once | twice, count + 1)
    })
}

/// [`letters_of`] each of many terms.
#[derive(Clone, Debug)]
struct Letters {
    sets: Vec<u64>,
    counts: Vec<u32>,
}

/// How many terms are looked at together.
const TERMS_AT_ONCE: usize = 32;

impl Letters {
    fn new<'t>(terms: impl Iterator<Item = &'t str>) -> Self {
        let (sets, counts) = terms.map(letters_of).unzip();
        Self { sets, counts }
    }

    /// Calls `take` with the place of each term that may be near: a step takes one letter away or adds one, or both. Hardly
    /// any is, so several are passed over at once.
    fn near(&self, similar: &Similar, take: &mut dyn FnMut(usize)) {
        let (set, count) = similar.letters;
        // Whether a set has at most two letters for each step, without a count of bits, which few processors have for vectors.
        let is_near = |other: &u64| {
            let mut differing = other ^ set;
            for _ in 0..2 * MOST_STEPS.min(similar.most) {
                differing &= differing.wrapping_sub(1);
            }
            differing == 0
        };
        for (sets, start) in self.sets.chunks(TERMS_AT_ONCE).zip((0..).step_by(TERMS_AT_ONCE)) {
            if !sets.iter().fold(false, |any, other| any | is_near(other)) {
                continue;
            }
            for (place, other) in (start..).zip(sets) {
                if is_near(other) && self.counts[place].abs_diff(count) <= similar.most {
                    take(place);
                }
            }
        }
    }
}

/// A term as it is compared: without a mark before it, and without those on its letters.
fn unmarked(term: &str) -> Cow<'_, str> {
    without_marks(term.trim_start_matches(|mark: char| mark.is_control()))
}

/// Terms that are some steps away from one, which has no accents or other marks: a letter more, less, or another, or two
/// neighbours in the other order (Damerau, 1964; each place is changed once at most).
pub(crate) struct Similar {
    term: Vec<char>,
    letters: (u64, u32),
    /// The most steps.
    most: u32,
}

/// The last lines of the table of distances between the beginnings of two terms.
#[derive(Default)]
struct Rows {
    other: Vec<char>,
    before: Vec<u32>,
    last: Vec<u32>,
    next: Vec<u32>,
}

impl Similar {
    pub(crate) fn new(term: &str, most: u32) -> Self {
        Self { term: term.chars().collect(), letters: letters_of(term), most }
    }

    /// How many steps `other` is away; `None` where it is the term itself, or too far.
    fn distance(&self, other: &str, rows: &mut Rows) -> Option<u32> {
        let Rows { other: letters, before, last, next } = rows;
        letters.clear();
        letters.extend(unmarked(other).chars());
        let width = self.term.len();
        for row in [&mut *before, &mut *last, &mut *next] {
            row.clear();
            row.extend(0..=width as u32);
        }
        for (line, letter) in letters.iter().enumerate() {
            next[0] = line as u32 + 1;
            for (column, own) in self.term.iter().enumerate() {
                let changed = last[column] + u32::from(own != letter);
                next[column + 1] = changed.min(last[column + 1] + 1).min(next[column] + 1);
                if line > 0 && column > 0 && *own == letters[line - 1] && self.term[column - 1] == *letter {
                    next[column + 1] = next[column + 1].min(before[column - 1] + 1);
                }
            }
            if next.iter().all(|steps| *steps > self.most) {
                return None;
            }
            std::mem::swap(before, last);
            std::mem::swap(last, next);
        }
        Some(last[width]).filter(|steps| (1..=self.most).contains(steps))
    }
}

/// How many bytes the terms have together; an estimate where they are malformed.
fn text_length(count: usize, mut bytes: &[u8]) -> usize {
    let term = |_| read_term(&mut bytes).map(|(shared, suffix)| shared.min(MAX_TERM_BYTES) + suffix.len());
    (0..count).map_while(term).sum()
}

/// How much the next term shares with the one before, and what follows, at least one byte.
fn read_term<'b>(bytes: &mut &'b [u8]) -> Option<(usize, &'b [u8])> {
    let (head, rest) = bytes.split_first()?;
    *bytes = rest;
    let shared = read_rest(usize::from(head >> 4), bytes)?;
    let length = read_rest(usize::from(head & 0xF), bytes)?.checked_add(1)?;
    let (suffix, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some((shared, suffix))
}

fn read_rest(half: usize, bytes: &mut &[u8]) -> Option<usize> {
    if half < ESCAPE { Some(half) } else { read_number(bytes)?.checked_add(ESCAPE) }
}

/// Takes an unsigned LEB128 number off the front; `None` where there is none, or it exceeds 28 bits.
fn read_number(bytes: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for shift in [0, 7, 14, 21] {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= usize::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn write_number(mut number: usize, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80); // the low seven bits and the mark that more follow
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn dictionary<'t>(terms: impl IntoIterator<Item = &'t str>) -> Dictionary {
        let mut dictionary = Dictionary::default();
        terms.into_iter().for_each(|term| dictionary.push(term));
        dictionary
    }

    #[test]
    fn terms_are_in_their_order() {
        let terms = dictionary(["door", "roof", "roofs", "é"]);
        assert_eq!((terms.len(), terms.get(2)), (4, "roofs"));
        assert_eq!(terms.iter().collect::<Vec<_>>(), ["door", "roof", "roofs", "é"]);
    }

    #[test]
    fn a_term_takes_a_byte_and_what_it_does_not_share() {
        assert_eq!(dictionary(["roof", "roofs"]).encode(), b"\x03roof\x40s");
        let long = "ab".repeat(20);
        let (first, second) = (format!("{long}c"), format!("{long}d"));
        let encoded = dictionary([first.as_str(), &second]).encode();
        assert_eq!(encoded, [b"\x0F\x19", first.as_bytes(), b"\xF0\x19d"].concat());
    }

    #[test]
    fn terms_that_do_not_hold_together_are_refused() {
        let long = [b"\x0F\xFF\x01".as_slice(), &[b'a'; 271]].concat();
        let cases: [(usize, &[u8]); 11] = [
            (1, b""),
            (0, b"\x00a"),
            (2, b"\x00a"),
            (1, b"\x01a"),
            (1, b"\x10a"),
            (2, b"\x00b\x00a"),
            (2, b"\x00b\x00b"),
            (2, b"\x01ab\x01ab"),
            (1, b"\x00\xFF"),
            (1, b"\x0F\xFF\xFF\xFF\xFF\xFF"),
            (1, &long),
        ];
        for (count, bytes) in cases {
            assert!(Dictionary::decode(count, bytes).is_err(), "{count} terms of {bytes:?}");
        }
    }

    #[test]
    fn terms_are_found_by_their_beginning_and_end() {
        let terms = dictionary(["dachreparatur", "reparatur", "reparaturen", "repariert"]);
        assert_eq!(terms.beginning_with("reparatur"), 1..3);
        assert_eq!(
            (terms.beginning_with(""), terms.beginning_with("z"), terms.beginning_with("a")),
            (0..4, 4..4, 0..0)
        );
        assert_eq!(terms.ending_with("reparatur").collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn steps_are_letters_more_less_changed_or_swapped() {
        let cases = [
            ("receipt", "reciept", Some(1)),
            ("accommodation", "accomodation", Some(1)),
            ("accommodation", "acomodation", Some(2)),
            ("roof", "roofs", Some(1)),
            ("roof", "roof", None),
            ("roof", "floor", None),
            ("roof", "proof", Some(1)),
            ("strase", "straße", Some(1)),
        ];
        for (a, b, expected) in cases {
            assert_eq!(Similar::new(a, 2).distance(b, &mut Rows::default()), expected, "{a} and {b}");
            assert_eq!(Similar::new(b, 2).distance(a, &mut Rows::default()), expected, "{b} and {a}");
        }
    }

    proptest! {
        #[test]
        fn a_change_or_two_are_found(
            word in "[a-e]{2,8}", others in prop::collection::btree_set("[a-e]{1,9}", 0..30),
            at in 0usize..8, with in "[a-f]",
        ) {
            let mut letters: Vec<char> = word.chars().collect();
            let at = at % letters.len();
            letters[at] = with.chars().next().unwrap();
            let changed: String = letters.into_iter().collect();
            let mut all = others.clone();
            all.insert(changed.clone());
            let terms = dictionary(all.iter().map(String::as_str));
            let mut found = Vec::new();
            let similar = Similar::new(&word, 2);
            terms.similar(&similar, &mut |place, steps| found.push((terms.get(place).to_owned(), steps)));
            prop_assert_eq!(changed != word, found.contains(&(changed, 1)));
            for term in all {
                prop_assert_eq!(similar.distance(&term, &mut Rows::default()), found.iter().find(|(found, _)| *found == term).map(|it| it.1));
            }
        }

        #[test]
        fn terms_come_back_as_they_were(terms in prop::collection::btree_set("[a-cé東]{1,20}", 0..40)) {
            let coded = dictionary(terms.iter().map(String::as_str));
            prop_assert_eq!(Dictionary::decode(terms.len(), &coded.encode()).unwrap(), coded);
        }

        #[test]
        fn any_bytes_are_refused_or_sorted_terms(
            count in 0usize..5,
            bytes in prop::collection::vec(prop_oneof![0u8..4, 0x10u8..0x14, 0x61u8..0x64, any::<u8>()], 0..14),
        ) {
            if let Ok(terms) = Dictionary::decode(count, &bytes) {
                let list: Vec<_> = (0..terms.len()).map(|ordinal| terms.get(ordinal)).collect();
                prop_assert!(list.is_sorted_by(|a, b| a < b) && list.iter().all(|term| !term.is_empty()));
                prop_assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), count);
            }
        }
    }
}
