//! The terms of a segment: one sorted list that is searched by halving, front-coded at rest.
//!
//! An automaton (crate `fst`) would be smaller, but its bytes cannot be validated: a crafted one with a valid checksum
//! makes the reader panic or run without end, and an import may come from anywhere.

use std::cmp::Ordering;

use crate::error::{Error, Result};
use crate::index::analyzer::MAX_TERM_CHARS;

/// The greatest number in half a byte: a number from here on takes bytes of its own.
const ESCAPE: usize = 15;

/// Each character takes up to four bytes.
const MAX_TERM_BYTES: usize = MAX_TERM_CHARS * 4;

/// Sorted, distinct terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dictionary {
    /// All terms in increasing order, one after another.
    text: String,
    /// Where each of them ends.
    ends: Vec<usize>,
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

    /// The place of `term` in the order of terms.
    pub(super) fn find(&self, term: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).cmp(term) {
                Ordering::Equal => return Some(middle),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        None
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
        for term in (0..self.len()).map(|ordinal| self.get(ordinal)) {
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
        let mut terms = Self { text, ends };
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
            let text = str::from_utf8(&term).ok().filter(|text| text.chars().count() <= MAX_TERM_CHARS);
            terms.push(text.ok_or_else(malformed)?);
        }
        match bytes.len() {
            0 => Ok(terms),
            rest => Err(Error::corrupt(format!("there are {rest} bytes after the last term"))),
        }
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
    fn terms_are_found_in_their_order() {
        let terms = dictionary(["door", "roof", "roofs", "é"]);
        assert_eq!(
            ["roof", "é", "a", "roofing", ""].map(|term| terms.find(term)),
            [Some(1), Some(3), None, None, None]
        );
        assert_eq!((terms.len(), terms.get(2)), (4, "roofs"));
        assert_eq!(Dictionary::default().find("roof"), None);
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

    proptest! {
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
