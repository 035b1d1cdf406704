//! One inverted index from several, without the texts.

use roaring::RoaringBitmap;

use super::build::LexiconWriter;
use super::{Lexicon, Posting, Postings};
use crate::language::Language;
use crate::order::Order;

/// Postings of which some rows are kept.
struct Part<'p> {
    postings: &'p Postings,
    /// The new number of each row that is kept.
    numbers: Vec<Option<u32>>,
}

/// A lexicon that is merged with others of its language: the next of its terms, then of its keys.
struct Source<'p> {
    lexicon: &'p Lexicon,
    /// Which of the parts it is of.
    part: usize,
    next: usize,
    /// The new place of each term so far; `None` where no row that is kept has it.
    places: Vec<Option<u32>>,
    next_key: usize,
}

impl Source<'_> {
    fn term(&self) -> Option<&str> {
        (self.next < self.lexicon.len()).then(|| self.lexicon.terms.get(self.next))
    }

    fn key(&self) -> Option<&str> {
        let keys = &self.lexicon.keys;
        (self.next_key < keys.len()).then(|| keys.key(self.next_key))
    }
}

/// Merges postings, some terms at a time.
pub(crate) struct PostingsMerge<'p> {
    parts: Vec<Part<'p>>,
    /// The languages that are still to be merged, last first.
    waiting: Vec<Option<Language>>,
    current: Option<(Vec<Source<'p>>, LexiconWriter)>,
    merged: Postings,
    list: Vec<Posting>,
}

impl<'p> PostingsMerge<'p> {
    /// The merge of those rows of `parts` that are in the set beside each. They are numbered anew without gaps, in the
    /// order of parts and rows; there are at most `u32::MAX`.
    pub(crate) fn new(parts: &[(&'p Postings, &RoaringBitmap)]) -> Self {
        let mut lengths = Vec::new();
        let parts: Vec<_> = parts
            .iter()
            .map(|(postings, kept)| {
                let mut numbers = vec![None; postings.rows()];
                for row in kept.iter().map(|row| row as usize) {
                    numbers[row] = Some(lengths.len() as u32);
                    lengths.push(postings.lengths[row]);
                }
                Part { postings, numbers }
            })
            .collect();
        let mut waiting: Vec<_> =
            parts.iter().flat_map(|part| &part.postings.lexicons).map(Lexicon::language).collect();
        waiting.order_by(|a, b| b.cmp(a));
        waiting.dedup();
        let merged = Postings { lexicons: Vec::new(), lengths };
        Self { parts, waiting, current: None, merged, list: Vec::new() }
    }

    /// Merges more terms, until they have about `postings` postings; `false` once there are none left.
    pub(crate) fn advance(&mut self, postings: usize) -> bool {
        let mut merged = 0;
        while merged < postings {
            if self.current.is_none() {
                let Some(language) = self.waiting.pop() else { return false };
                self.current =
                    Some((self.sources(language), LexiconWriter::new(language, self.merged.rows() as u32)));
            }
            merged += 1 + self.merge_term().or_else(|| self.merge_key()).unwrap_or_else(|| self.close());
        }
        true
    }

    fn sources(&self, language: Option<Language>) -> Vec<Source<'p>> {
        let source = |(part, it): (usize, &Part<'p>)| {
            let lexicon = it.postings.lexicons.iter().find(|lexicon| lexicon.language == language)?;
            Some(Source { lexicon, part, next: 0, places: Vec::with_capacity(lexicon.len()), next_key: 0 })
        };
        self.parts.iter().enumerate().filter_map(source).collect()
    }

    /// Merges the next term, and returns how many postings it has.
    fn merge_term(&mut self) -> Option<usize> {
        let (sources, writer) = self.current.as_mut()?;
        let term = sources.iter().filter_map(Source::term).min()?.to_owned();
        let has_term = |source: &&mut Source<'_>| source.term() == Some(&term);
        self.list.clear();
        for source in sources.iter().filter(|source| source.term() == Some(&term)) {
            let numbers = &self.parts[source.part].numbers;
            let kept = source.lexicon.list(source.next).filter_map(|posting| {
                let row = numbers[posting.row as usize]?;
                Some(Posting { row, ..posting })
            });
            self.list.extend(kept);
        }
        let place = (!self.list.is_empty()).then(|| writer.push(&term, &self.list));
        for source in sources.iter_mut().filter(has_term) {
            source.places.push(place);
            source.next += 1;
        }
        Some(self.list.len())
    }

    /// Merges the next key, and returns how many terms it has.
    fn merge_key(&mut self) -> Option<usize> {
        let (sources, writer) = self.current.as_mut()?;
        let key = sources.iter().filter_map(Source::key).min()?.to_owned();
        let mut members: Vec<u32> = Vec::new();
        for source in sources.iter_mut().filter(|source| source.key() == Some(&key)) {
            let own = source.lexicon.keys.list(source.next_key);
            members.extend(own.iter().filter_map(|place| source.places[*place as usize]));
            source.next_key += 1;
        }
        members.sort_unstable();
        members.iter().for_each(|member| writer.push_key(&key, *member));
        Some(members.len())
    }

    /// Ends the lexicon that was merged.
    fn close(&mut self) -> usize {
        let merged = self.current.take().map(|(_, writer)| writer).filter(|writer| !writer.is_empty());
        self.merged.lexicons.extend(merged.map(LexiconWriter::finish));
        0
    }

    /// What was merged: the same postings as if the rows had been analysed again.
    pub(crate) fn finish(self) -> Postings {
        self.merged
    }
}

#[cfg(test)]
mod tests {
    use super::super::PostingsBuilder;
    use super::*;
    use proptest::prelude::*;

    fn build<'t>(rows: impl IntoIterator<Item = &'t (String, Option<Language>)>) -> Postings {
        let mut builder = PostingsBuilder::default();
        for (row, (text, language)) in (0..).zip(rows) {
            builder.push_row(row, *language, [(1, text.as_str())]);
        }
        builder.build()
    }

    fn row() -> impl Strategy<Value = (String, Option<Language>)> {
        let language = prop::sample::select(vec![None, Some(Language::English), Some(Language::German)]);
        ("([a-d]{1,3}s?[ -]?){0,4}", language)
    }

    proptest! {
        #[test]
        fn merged_postings_are_those_of_the_rows_that_were_kept(
            parts in prop::collection::vec(prop::collection::vec((row(), any::<bool>()), 0..20), 0..4),
        ) {
            let built: Vec<_> = parts.iter().map(|rows| {
                let kept = (0..).zip(rows).filter(|(_, (_, kept))| *kept).map(|(row, _)| row);
                (build(rows.iter().map(|(row, _)| row)), kept.collect::<RoaringBitmap>())
            }).collect();
            let sources: Vec<_> = built.iter().map(|(postings, kept)| (postings, kept)).collect();
            let mut merge = PostingsMerge::new(&sources);
            while merge.advance(3) {}
            let merged = merge.finish();
            let kept = parts.iter().flatten().filter(|(_, kept)| *kept).map(|(row, _)| row);
            prop_assert_eq!(merged, build(kept));
        }
    }
}
