//! An inverted index from the terms of rows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, hash_map};
use std::mem;
use std::vec;

use super::bits::BitWriter;
use super::{Lexicon, PART_MARK, Posting, Postings, rice_shift};
use crate::index::analyzer::{Analyzer, Form, Keys, Side};
use crate::language::Language;

/// How many postings are written in about the time that a term takes to be sorted.
const POSTINGS_PER_TERM: usize = 8;

/// Collects the terms of rows, in the order of rows.
#[derive(Default)]
pub(crate) struct PostingsBuilder {
    languages: BTreeMap<Option<Language>, Terms>,
    lengths: Vec<u32>,
}

/// The terms of rows in one language.
struct Terms {
    analyzer: Analyzer,
    /// The place of each term in `lists`.
    ordinals: HashMap<String, usize>,
    lists: Vec<Vec<Posting>>,
}

impl Terms {
    fn new(language: Option<Language>) -> Self {
        Self { analyzer: Analyzer::new(language), ordinals: HashMap::new(), lists: Vec::new() }
    }
}

impl PostingsBuilder {
    pub(crate) fn rows(&self) -> usize {
        self.lengths.len()
    }

    /// Adds the row number `row`, which is the number of rows so far: its fields, each with the weight with which
    /// each occurrence of a term in it counts. Its language is `None` where it is undecided.
    pub(crate) fn push_row<'f>(
        &mut self,
        row: u32,
        language: Option<Language>,
        fields: impl IntoIterator<Item = (u32, &'f str)>,
    ) {
        debug_assert_eq!(row as usize, self.rows());
        let terms = self.languages.entry(language).or_insert_with(|| Terms::new(language));
        let Terms { analyzer, ordinals, lists } = terms;
        let mut length = 0u32;
        let mut part = String::new();
        for (weight, text) in fields.into_iter().filter(|(weight, _)| *weight > 0) {
            analyzer.analyze(text, Side::Passage, &mut |token| {
                let term = match token.form {
                    Form::Word => {
                        if !analyzer.is_function_word(token.term) {
                            length = length.saturating_add(weight);
                        }
                        token.term
                    }
                    Form::Name => token.term,
                    Form::Part | Form::Joined => {
                        part.clear();
                        part.push(PART_MARK);
                        part.push_str(token.term);
                        &part
                    }
                };
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
        self.lengths.push(length);
    }

    /// Begins to write what was collected.
    pub(crate) fn into_building(self) -> Building {
        let rows = self.lengths.len() as u32; // rows are numbered in 32 bits
        let mut languages: Vec<_> = self.languages.into_iter().collect();
        languages.retain(|(_, terms)| !terms.lists.is_empty());
        Building {
            rows,
            waiting: languages.into_iter(),
            current: None,
            written: Postings { lexicons: Vec::new(), lengths: self.lengths },
        }
    }

    pub(crate) fn build(self) -> Postings {
        let mut building = self.into_building();
        while building.advance(usize::MAX) {}
        building.finish()
    }
}

/// Writes what was collected, some terms at a time.
pub(crate) struct Building {
    rows: u32,
    waiting: vec::IntoIter<(Option<Language>, Terms)>,
    current: Option<Sorting>,
    written: Postings,
}

impl Building {
    /// Takes about as long as writing `postings` postings takes; `false` once there is nothing left to do.
    pub(crate) fn advance(&mut self, postings: usize) -> bool {
        let mut done = 0;
        while done < postings {
            let Some(sorting) = &mut self.current else {
                let Some((language, terms)) = self.waiting.next() else { return false };
                self.current = Some(Sorting::new(language, terms, self.rows));
                continue;
            };
            match sorting.step() {
                Some(written) => done += written,
                None => {
                    self.written.lexicons.extend(self.current.take().map(|sorting| sorting.writer.finish()))
                }
            }
        }
        true
    }

    /// What was collected.
    pub(crate) fn finish(self) -> Postings {
        self.written
    }
}

/// Sorts and writes the terms of one language, then their keys. Both are sorted by a heap because that can pause.
struct Sorting {
    unsorted: hash_map::IntoIter<String, usize>,
    sorted: BinaryHeap<Reverse<(String, usize)>>,
    lists: Vec<Vec<Posting>>,
    keys: Keys,
    sorted_keys: BinaryHeap<Reverse<(String, u32)>>,
    writer: LexiconWriter,
}

impl Sorting {
    fn new(language: Option<Language>, terms: Terms, rows: u32) -> Self {
        Self {
            sorted: BinaryHeap::with_capacity(terms.ordinals.len()),
            unsorted: terms.ordinals.into_iter(),
            lists: terms.lists,
            keys: Keys::new(language),
            sorted_keys: BinaryHeap::new(),
            writer: LexiconWriter::new(language, rows),
        }
    }

    /// The next term or key, and what that took in postings; `None` after the last one.
    fn step(&mut self) -> Option<usize> {
        let mut done = POSTINGS_PER_TERM;
        if let Some(term) = self.unsorted.next() {
            self.sorted.push(Reverse(term));
        } else if let Some(Reverse((term, ordinal))) = self.sorted.pop() {
            let list = mem::take(&mut self.lists[ordinal]);
            let place = self.writer.push(&term, &list);
            done += list.len();
            let keys = &mut self.sorted_keys;
            let written = match term.strip_prefix(PART_MARK) {
                Some(part) => {
                    keys.push(Reverse((part.to_owned(), place)));
                    part
                }
                None => term.as_str(),
            };
            self.keys.of(written, &mut |key, _| {
                if key != written {
                    keys.push(Reverse((key.to_owned(), place)));
                }
            });
        } else {
            let Reverse((key, place)) = self.sorted_keys.pop()?;
            self.writer.push_key(&key, place);
        }
        Some(done)
    }
}

/// Writes the postings of one term after another, then keys.
pub(super) struct LexiconWriter {
    lexicon: Lexicon,
    bits: BitWriter,
}

impl LexiconWriter {
    pub(super) fn new(language: Option<Language>, rows: u32) -> Self {
        Self { lexicon: Lexicon { language, rows, ..Lexicon::default() }, bits: BitWriter::default() }
    }

    /// Adds a term that is greater than those before it, with its postings, of which there is at least one. Returns its
    /// place.
    pub(super) fn push(&mut self, term: &str, list: &[Posting]) -> u32 {
        let Self { lexicon, bits } = self;
        let place = lexicon.counts.len() as u32; // far fewer than postings of rows in 32 bits
        let count = list.len() as u32; // no more than there are rows
        let shift = rice_shift(lexicon.rows, count);
        lexicon.terms.push(term);
        lexicon.counts.push(count);
        let mut next_row = 0;
        for posting in list {
            bits.rice(posting.row - next_row, shift);
            bits.gamma(posting.frequency);
            next_row = posting.row + 1;
        }
        bits.align();
        lexicon.ends.push(bits.len());
        place
    }

    /// Adds a key of the term at a place, in the order of keys and places.
    pub(super) fn push_key(&mut self, key: &str, place: u32) {
        self.lexicon.keys.push(key, place);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lexicon.counts.is_empty()
    }

    /// The lexicon, in no more memory than it needs.
    pub(super) fn finish(self) -> Lexicon {
        let mut lexicon = Lexicon { lists: self.bits.into_bytes(), ..self.lexicon };
        lexicon.terms.shrink_to_fit();
        lexicon.counts.shrink_to_fit();
        lexicon.ends.shrink_to_fit();
        lexicon.lists.shrink_to_fit();
        lexicon.keys.shrink_to_fit();
        lexicon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_steps_is_what_is_built_at_once() {
        let builder = || {
            let mut builder = PostingsBuilder::default();
            for row in 0..40u32 {
                let language = [None, Some(Language::English)][row as usize % 2];
                builder.push_row(row, language, [(1, format!("roofs {} {}", row % 7, row % 3).as_str())]);
            }
            builder
        };
        let mut building = builder().into_building();
        let steps = std::iter::repeat_with(|| building.advance(30)).take_while(|more| *more).count();
        assert!(steps > 2, "{steps} steps");
        assert_eq!(building.finish(), builder().build());
    }
}
