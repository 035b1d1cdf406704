//! One inverted index from several, without the texts.

use roaring::RoaringBitmap;

use super::build::ListWriter;
use super::{Posting, Postings};

/// Postings of which some rows are kept, and the next of their terms.
struct Part<'p> {
    postings: &'p Postings,
    /// The new number of each row that is kept.
    numbers: Vec<Option<u32>>,
    next: usize,
}

impl Part<'_> {
    fn term(&self) -> Option<&str> {
        (self.next < self.postings.terms.len()).then(|| self.postings.terms.get(self.next))
    }

    /// Adds the postings of the next term in rows that are kept, by their new numbers.
    fn take_list(&mut self, list: &mut Vec<Posting>) {
        let kept = self.postings.list(self.next).filter_map(|posting| {
            let row = self.numbers[posting.row as usize]?;
            Some(Posting { row, ..posting })
        });
        list.extend(kept);
        self.next += 1;
    }
}

/// Merges postings, some terms at a time.
pub(crate) struct PostingsMerge<'p> {
    parts: Vec<Part<'p>>,
    merged: ListWriter,
    list: Vec<Posting>,
}

impl<'p> PostingsMerge<'p> {
    /// The merge of those rows of `parts` that are in the set beside each. They are numbered anew without gaps, in the
    /// order of parts and rows; there are at most `u32::MAX`.
    pub(crate) fn new(parts: &[(&'p Postings, &RoaringBitmap)]) -> Self {
        let mut lengths = Vec::new();
        let parts = parts.iter().map(|(postings, kept)| {
            let mut numbers = vec![None; postings.rows()];
            for row in kept.iter().map(|row| row as usize) {
                numbers[row] = Some(lengths.len() as u32);
                lengths.push(postings.lengths[row]);
            }
            Part { postings, numbers, next: 0 }
        });
        Self { parts: parts.collect(), merged: ListWriter::new(lengths), list: Vec::new() }
    }

    /// Merges more terms, until they have about `postings` postings; `false` once there are none left.
    pub(crate) fn advance(&mut self, postings: usize) -> bool {
        let mut merged = 0;
        while merged < postings {
            let Some(term) = self.parts.iter().filter_map(Part::term).min().map(str::to_owned) else {
                return false;
            };
            for part in self.parts.iter_mut().filter(|part| part.term() == Some(&term)) {
                part.take_list(&mut self.list);
            }
            merged += self.list.len() + 1;
            if !self.list.is_empty() {
                self.merged.push(&term, &self.list);
                self.list.clear();
            }
        }
        true
    }

    /// What was merged: the same postings as if the rows had been analysed again.
    pub(crate) fn finish(self) -> Postings {
        self.merged.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::PostingsBuilder;
    use super::*;
    use crate::index::analyzer::Analyzer;
    use crate::index::language::Language;
    use proptest::prelude::*;

    fn build<'t>(rows: impl IntoIterator<Item = &'t String>) -> Postings {
        let mut builder = PostingsBuilder::new(Analyzer::new(Language::None));
        for (row, text) in (0..).zip(rows) {
            builder.push_row(row, [(1, text.as_str())]);
        }
        builder.build()
    }

    proptest! {
        #[test]
        fn merged_postings_are_those_of_the_rows_that_were_kept(
            parts in prop::collection::vec(prop::collection::vec(("[a-d ]{0,8}", any::<bool>()), 0..20), 0..4),
        ) {
            let built: Vec<_> = parts.iter().map(|rows| {
                let kept = (0..).zip(rows).filter(|(_, (_, kept))| *kept).map(|(row, _)| row);
                (build(rows.iter().map(|(text, _)| text)), kept.collect::<RoaringBitmap>())
            }).collect();
            let sources: Vec<_> = built.iter().map(|(postings, kept)| (postings, kept)).collect();
            let mut merge = PostingsMerge::new(&sources);
            while merge.advance(3) {}
            let merged = merge.finish();
            let kept = parts.iter().flatten().filter(|(_, kept)| *kept).map(|(text, _)| text);
            prop_assert_eq!(merged, build(kept));
        }
    }
}
