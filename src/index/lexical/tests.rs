use proptest::prelude::*;

use super::*;
use crate::document::{Chunk, MediaType, Metadata, Span};
use crate::index::{DocumentRecord, Index, Language, SegmentBuilder};

const WORDS: [&str; 5] = ["roof", "door", "wall", "rent", "key"];

/// A row, and what happens to it.
#[derive(Clone, Debug)]
struct Row {
    words: Vec<usize>,
    removed: bool,
    eligible: bool,
}

impl Row {
    fn frequency(&self, word: &str) -> f32 {
        self.words.iter().filter(|own| WORDS[**own] == word).count() as f32
    }
}

fn row() -> impl Strategy<Value = Row> {
    let words = prop::collection::vec(0..WORDS.len(), 0..8);
    (words, prop::bool::weighted(0.3), prop::bool::weighted(0.7)).prop_map(|(words, removed, eligible)| Row {
        words,
        removed,
        eligible,
    })
}

fn id(number: usize) -> String {
    format!("{number:04}")
}

/// Each row as a document of its own, in segments of the given lengths.
fn index(rows: &[Row], segment_length: usize) -> Index {
    let mut index = Index::new(Language::None);
    for (number, part) in rows.chunks(segment_length).enumerate() {
        let mut builder = SegmentBuilder::new(Language::None);
        for (place, row) in part.iter().enumerate() {
            let text = row.words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ");
            let span = Span::new(0, text.len());
            let record = DocumentRecord {
                id: id(number * segment_length + place),
                title: String::new(),
                media_type: MediaType::Plain,
                metadata: Metadata::new(),
                content_hash: [0; 16],
                text_part: [0; 16],
                is_estimated: false,
                text_bytes: text.len() as u64,
                text_utf16: text.len() as u64,
            };
            let chunk = Chunk { span, span_utf16: span, section: Vec::new(), tokens: 0 };
            builder.push(record, &[chunk], &text).unwrap();
        }
        index.insert_segment(number as u64, builder.build(), []).unwrap();
    }
    for (number, _) in rows.iter().enumerate().filter(|(_, row)| row.removed) {
        index.remove_document(&id(number)).unwrap();
    }
    index
}

fn eligible(rows: &[Row], segment_length: usize) -> Vec<RoaringBitmap> {
    let may_be_found = |part: &[Row]| {
        (0..).zip(part).filter(|(_, row)| row.eligible && !row.removed).map(|(row, _)| row).collect()
    };
    rows.chunks(segment_length).map(may_be_found).collect()
}

/// The scores by number of the row.
fn scores(rows: &[Row], query: &LexicalQuery, segment_length: usize) -> Vec<(usize, f32)> {
    let index = index(rows, segment_length);
    let found = score(index.segments(), query, Bm25::default(), &eligible(rows, segment_length));
    let numbered =
        found.best(usize::MAX).map(|(row, score)| (row.segment * segment_length + row.row as usize, score));
    let mut numbered: Vec<_> = numbered.collect();
    numbered.sort_unstable_by_key(|(number, _)| *number);
    numbered
}

/// BM25 as its formula says, row by row.
fn brute_force(rows: &[Row], query: &LexicalQuery) -> Vec<(usize, f32)> {
    let live: Vec<_> = rows.iter().filter(|row| !row.removed).collect();
    let average = live.iter().map(|row| row.words.len()).sum::<usize>() as f32 / live.len().max(1) as f32;
    let Bm25 { k1, b } = Bm25::default();
    let one = |row: &Row| {
        let parts =
            query.terms().iter().filter(|(term, _)| row.frequency(term) > 0.0).map(|(term, times)| {
                let holding = live.iter().filter(|row| row.frequency(term) > 0.0).count() as f32;
                let idf = (1.0 + (live.len() as f32 - holding + 0.5) / (holding + 0.5)).ln();
                let frequency = row.frequency(term);
                let length = row.words.len() as f32 / average;
                *times as f32 * idf * frequency / (frequency + k1 * (1.0 - b + b * length))
            });
        parts.reduce(|sum, part| sum + part)
    };
    let found = rows.iter().enumerate().filter(|(_, row)| row.eligible && !row.removed);
    found.filter_map(|(number, row)| Some((number, one(row)?))).collect()
}

proptest! {
    #[test]
    fn scores_are_those_of_the_formula(
        rows in prop::collection::vec(row(), 0..40),
        words in prop::collection::vec(0..WORDS.len(), 0..4),
        segment_length in 1usize..12,
    ) {
        let text = words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ");
        let query = LexicalQuery::parse(Language::None, &text);
        let found = scores(&rows, &query, segment_length);
        let expected = brute_force(&rows, &query);
        prop_assert_eq!(found.len(), expected.len());
        for ((row, score), (expected_row, expected)) in found.iter().zip(expected) {
            prop_assert_eq!(*row, expected_row);
            prop_assert!((score - expected).abs() < 1e-5, "{} is not {}", score, expected);
        }
        // Neither segments nor removed rows that are still stored change a bit.
        let kept: Vec<_> = rows.iter().filter(|row| !row.removed).cloned().collect();
        let merged = scores(&kept, &query, kept.len().max(1));
        let only_scores = |scores: Vec<(usize, f32)>| scores.into_iter().map(|(_, score)| score).collect::<Vec<_>>();
        prop_assert_eq!(only_scores(found), only_scores(merged));
    }

    #[test]
    fn what_is_explained_is_the_score(rows in prop::collection::vec(row(), 1..20), segment_length in 1usize..12) {
        let query = LexicalQuery::parse(Language::None, r#"door wall wall "roof key""#);
        let index = index(&rows, segment_length);
        let segments = index.segments();
        let mut found = score(segments, &query, Bm25::default(), &eligible(&rows, segment_length));
        let phrase = &query.phrases()[0];
        let everywhere: Vec<_> = segments.iter().enumerate().flat_map(|(segment, entry)| {
            rows_with_all(entry, phrase).iter().map(|row| (RowId { segment, row }, row % 3)).collect::<Vec<_>>()
        }).collect();
        found.boost(segments, phrase, &everywhere);
        for (row, score) in found.best(usize::MAX) {
            let parts = found.explain(segments, row);
            prop_assert_eq!(parts.iter().map(|(_, part)| part).sum::<f32>(), score);
            prop_assert_eq!(found.score(row), Some(score));
        }
    }
}

fn at(segment: usize, row: u32) -> RowId {
    RowId { segment, row }
}

fn words(words: &[usize]) -> Row {
    Row { words: words.to_vec(), removed: false, eligible: true }
}

#[test]
fn a_phrase_adds_to_the_rows_in_which_it_was_found() {
    let index = index(&[words(&[0, 1]), words(&[1, 0]), words(&[2]), words(&[0])], 2);
    let query = LexicalQuery::parse(Language::None, r#""roof door""#);
    let all = [RoaringBitmap::from_iter([0, 1]), RoaringBitmap::from_iter([0, 1])];
    let plain = score(index.segments(), &query, Bm25::default(), &all);
    let mut boosted = plain.clone();
    boosted.boost(index.segments(), &query.phrases()[0], &[(at(0, 1), 0), (at(0, 0), 1)]);
    assert_eq!(plain.score(at(0, 0)), plain.score(at(0, 1)));
    assert!(boosted.score(at(0, 0)) > boosted.score(at(0, 1)));
    assert_eq!(boosted.score(at(0, 1)), plain.score(at(0, 1)));
    let phrase = boosted.terms.last().unwrap();
    assert_eq!((phrase.term.as_str(), phrase.rows), ("\"roof door\"", 1));
    assert_eq!(phrase.idf, plain.terms.iter().map(|term| term.idf).sum::<f32>());
    let explained = boosted.explain(index.segments(), at(0, 0));
    let terms: Vec<_> = explained.iter().map(|(term, _)| term.as_str()).collect();
    assert_eq!(terms, ["door", "roof", "\"roof door\""]);
    assert_eq!((boosted.score(at(1, 0)), boosted.score(at(7, 0))), (None, None));
}

#[test]
fn rows_with_all_terms_are_those_that_each_is_in() {
    let index = index(&[words(&[0, 1]), words(&[1]), words(&[1, 2, 0])], 3);
    let rows = |terms: &[&str]| {
        let terms: Vec<_> = terms.iter().map(|term| (*term).to_owned()).collect();
        rows_with_all(&index.segments()[0], &terms).iter().collect::<Vec<_>>()
    };
    assert_eq!(rows(&["roof", "door"]), [0, 2]);
    assert_eq!(rows(&["door"]), [0, 1, 2]);
    assert!(rows(&["door", "house"]).is_empty());
    assert!(rows(&[]).is_empty());
}

#[test]
fn scores_that_vanish_are_scores() {
    let index = index(&[words(&[0, 0]), words(&[1])], 2); // a row longer than the average: the sum is infinite
    let query = LexicalQuery::parse(Language::None, "roof");
    let bm25 = Bm25 { k1: f32::MAX, b: 1.0 };
    let found = score(index.segments(), &query, bm25, &[RoaringBitmap::from_iter([0, 1])]);
    assert_eq!(found.best(9).collect::<Vec<_>>(), [(at(0, 0), 0.0)]);
    assert_eq!((found.score(at(0, 0)), found.score(at(0, 1))), (Some(0.0), None));
}

#[test]
fn the_best_of_each_segment_come_with_those_that_tie() {
    let index = index(&[words(&[0, 1]), words(&[0]), words(&[1, 0]), words(&[2]), words(&[0, 1])], 4);
    let query = LexicalQuery::parse(Language::None, "roof");
    let all = [RoaringBitmap::from_iter(0..4), RoaringBitmap::from_iter([0])];
    let found = score(index.segments(), &query, Bm25::default(), &all);
    let best = |count| found.best(count).map(|(row, _)| row).collect::<Vec<_>>();
    assert_eq!(best(0), []);
    assert_eq!(best(1), [at(0, 1), at(1, 0)]);
    assert_eq!(best(2), [at(0, 1), at(0, 0), at(0, 2), at(1, 0)]);
}
