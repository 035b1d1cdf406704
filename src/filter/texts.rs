//! A column of strings: a sorted dictionary with the documents of each entry.

use std::collections::HashMap;
use std::ops::Range;

use roaring::RoaringBitmap;

use super::instant::Instant;
use super::{Relation, Text};
use crate::bit_set::BitSet;
use crate::order::Order;

/// Strings by document; a document can have several.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Texts {
    documents: RoaringBitmap,
    /// All strings in order, each once.
    text: String,
    /// Where each of them is in `text`. Their numbers are called codes.
    values: Vec<Range<usize>>,
    /// The documents of all strings in the order of codes, each string's in increasing order.
    postings: Vec<u32>,
    /// Where the documents of each code begin in `postings`, and its length at the end.
    starts: Vec<usize>,
    /// The codes of the strings that are dates, by instant.
    dates: Vec<(Instant, u32)>,
    /// The codes of the others, in order.
    undated: Vec<u32>,
}

impl Texts {
    /// The documents with strings.
    pub(super) fn documents(&self) -> &RoaringBitmap {
        &self.documents
    }

    /// The documents with a string that stands in `relation` to `operand`.
    pub(super) fn compared(&self, relation: Relation, operand: &Text) -> RoaringBitmap {
        let mut found = self.none();
        self.add_compared(relation, operand, &mut found);
        found.into_bitmap()
    }

    /// The documents with a string that is equal to one of `operands`.
    pub(super) fn one_of(&self, operands: &[&Text]) -> RoaringBitmap {
        let mut found = self.none();
        for operand in operands {
            self.add_compared(Relation::Equal, operand, &mut found);
        }
        found.into_bitmap()
    }

    /// The documents with a string of which all of these are parts.
    pub(super) fn containing(&self, parts: &[&Text]) -> RoaringBitmap {
        // Nothing is a part of every string.
        let parts: Vec<_> =
            parts.iter().map(|part| part.text.as_str()).filter(|part| !part.is_empty()).collect();
        let Some((first, others)) = parts.split_first() else { return self.documents.clone() };
        let mut found = self.none();
        let (mut code, mut searched) = (0, 0);
        // All strings are searched as one. What begins in one and ends in another is no part of either, nor is
        // anything that begins after it in the same string.
        while let Some(skipped) = self.text[searched..].find(first) {
            let start = searched + skipped;
            code += self.values[code..].partition_point(|value| value.end <= start);
            let value = self.values[code].clone();
            searched = value.end;
            let ends_here = start + first.len() <= value.end;
            if ends_here && others.iter().all(|part| self.text[value.clone()].contains(part)) {
                found.extend(self.postings_of(code));
            }
        }
        found.into_bitmap()
    }

    fn add_compared(&self, relation: Relation, operand: &Text, found: &mut BitSet) {
        let by_text = |value: &Range<usize>| self.text[value.clone()].cmp(&operand.text);
        let Some(instant) = operand.instant else {
            let codes = relation.range(&self.values, by_text);
            return found
                .extend(self.postings[self.starts[codes.start]..self.starts[codes.end]].iter().copied());
        };
        for (_, code) in &self.dates[relation.range(&self.dates, |(date, _)| date.cmp(&instant))] {
            found.extend(self.postings_of(*code as usize));
        }
        for code in &self.undated[relation.range(&self.undated, |code| by_text(&self.values[*code as usize]))]
        {
            found.extend(self.postings_of(*code as usize));
        }
    }

    fn postings_of(&self, code: usize) -> impl Iterator<Item = u32> + '_ {
        self.postings[self.starts[code]..self.starts[code + 1]].iter().copied()
    }

    fn none(&self) -> BitSet {
        BitSet::within(&self.documents)
    }
}

#[derive(Default)]
pub(super) struct TextsBuilder<'m> {
    documents: RoaringBitmap,
    entries: HashMap<&'m str, Entry>,
    /// The number of an entry and one of its documents, in the order of documents.
    postings: Vec<(usize, u32)>,
}

/// A string before all are known.
struct Entry {
    /// How many others there were before.
    number: usize,
    /// How many documents it has.
    documents: usize,
    /// The last of them.
    last: u32,
}

impl<'m> TextsBuilder<'m> {
    /// Adds a string of a document, whose number is at least that of the string before.
    pub(super) fn push(&mut self, document: u32, text: &'m str) {
        self.documents.insert(document);
        let number = self.entries.len();
        let entry = self.entries.entry(text).or_insert(Entry { number, documents: 0, last: document });
        // An array may hold a string twice.
        if entry.documents == 0 || entry.last != document {
            entry.documents += 1;
            entry.last = document;
            self.postings.push((entry.number, document));
        }
    }

    pub(super) fn build(self) -> Texts {
        let mut entries: Vec<_> = self.entries.into_iter().collect();
        entries.order_by_key(|(text, _)| *text);

        let (mut text, mut values, mut starts) = (String::new(), Vec::new(), vec![0]);
        let (mut dates, mut undated) = (Vec::new(), Vec::new());
        // Where the next document of each entry goes.
        let mut next = vec![0; entries.len()];
        for (code, (value, entry)) in (0..).zip(entries) {
            values.push(text.len()..text.len() + value.len());
            text.push_str(value);
            match Instant::parse(value) {
                Some(instant) => dates.push((instant, code)),
                None => undated.push(code),
            }
            let start = starts[code as usize];
            next[entry.number] = start;
            starts.push(start + entry.documents);
        }
        dates.order();

        let mut postings = vec![0; self.postings.len()];
        for (number, document) in self.postings {
            postings[next[number]] = document;
            next[number] += 1;
        }
        Texts { documents: self.documents, text, values, postings, starts, dates, undated }
    }
}
