//! An inverted index from the terms of rows.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, hash_map};
use std::mem;

use super::bits::BitWriter;
use super::{Posting, Postings, rice_shift};
use crate::index::analyzer::{Analyzer, Side};

/// How many postings are written in about the time that a term takes to be sorted.
const POSTINGS_PER_TERM: usize = 8;

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

    /// Begins to write what was collected.
    pub(crate) fn into_building(self) -> Building {
        Building {
            sorted: BinaryHeap::with_capacity(self.ordinals.len()),
            unsorted: self.ordinals.into_iter(),
            lists: self.lists,
            written: ListWriter::new(self.lengths),
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
    /// Terms with the places of their lists. They are sorted by a heap because that can pause.
    unsorted: hash_map::IntoIter<String, usize>,
    sorted: BinaryHeap<Reverse<(String, usize)>>,
    lists: Vec<Vec<Posting>>,
    written: ListWriter,
}

impl Building {
    /// Takes about as long as writing `postings` postings takes; `false` once there is nothing left to do.
    pub(crate) fn advance(&mut self, postings: usize) -> bool {
        let mut done = 0;
        while done < postings {
            if let Some(term) = self.unsorted.next() {
                self.sorted.push(Reverse(term));
            } else if let Some(Reverse((term, ordinal))) = self.sorted.pop() {
                let list = mem::take(&mut self.lists[ordinal]);
                self.written.push(&term, &list);
                done += list.len();
            } else {
                return false;
            }
            done += POSTINGS_PER_TERM;
        }
        true
    }

    /// What was collected.
    pub(crate) fn finish(self) -> Postings {
        self.written.finish()
    }
}

/// Writes the postings of one term after another.
pub(super) struct ListWriter {
    postings: Postings,
    bits: BitWriter,
}

impl ListWriter {
    pub(super) fn new(lengths: Vec<u32>) -> Self {
        Self { postings: Postings { lengths, ..Postings::default() }, bits: BitWriter::default() }
    }

    /// Adds a term that is greater than those before it, with its postings, of which there is at least one.
    pub(super) fn push(&mut self, term: &str, list: &[Posting]) {
        let Self { postings, bits } = self;
        let count = list.len() as u32; // no more than there are rows
        let shift = rice_shift(postings.lengths.len() as u32, count);
        postings.terms.push(term);
        postings.counts.push(count);
        let mut next_row = 0;
        for posting in list {
            bits.rice(posting.row - next_row, shift);
            bits.gamma(posting.frequency);
            next_row = posting.row + 1;
        }
        bits.align();
        postings.ends.push(bits.len());
    }

    /// The postings, in no more memory than they need.
    pub(super) fn finish(self) -> Postings {
        let mut postings = Postings { lists: self.bits.into_bytes(), ..self.postings };
        postings.terms.shrink_to_fit();
        postings.counts.shrink_to_fit();
        postings.ends.shrink_to_fit();
        postings.lists.shrink_to_fit();
        postings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::language::Language;

    #[test]
    fn what_is_built_in_steps_is_what_is_built_at_once() {
        let builder = || {
            let mut builder = PostingsBuilder::new(Analyzer::new(Language::None));
            for row in 0..40u32 {
                builder.push_row(row, [(1, format!("roof {} {}", row % 7, row % 3).as_str())]);
            }
            builder
        };
        let mut building = builder().into_building();
        let steps = std::iter::repeat_with(|| building.advance(30)).take_while(|more| *more).count();
        assert!(steps > 2, "{steps} steps");
        assert_eq!(building.finish(), builder().build());
    }
}
