use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::document::{Chunk, MediaType, Metadata, Span, utf16_len};
use crate::index::{DocumentRecord, Index, SegmentBuilder};

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

/// Adds a document of one chunk.
fn push(builder: &mut SegmentBuilder, number: usize, language: Option<Language>, text: &str) {
    let [span, span_utf16] = [text.len(), utf16_len(text)].map(|length| Span::new(0, length));
    let record = DocumentRecord {
        id: id(number),
        title: String::new(),
        media_type: MediaType::Plain,
        metadata: Metadata::new(),
        language,
        content_hash: [0; 16],
        text_part: [0; 16],
        has_outline: false,
        is_estimated: false,
        text_bytes: text.len() as u64,
        text_utf16: utf16_len(text) as u64,
    };
    let chunk = Chunk { span, span_utf16, section: Vec::new(), tokens: 0, ..Chunk::default() };
    builder.push(record, &[chunk], text).unwrap();
}

/// Each row as a document of its own, in segments of the given lengths.
fn index(rows: &[Row], segment_length: usize) -> Index {
    let mut index = Index::default();
    for (number, part) in rows.chunks(segment_length).enumerate() {
        let mut builder = SegmentBuilder::default();
        for (place, row) in part.iter().enumerate() {
            let text = row.words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ");
            push(&mut builder, number * segment_length + place, Some(Language::None), &text);
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
fn scores(rows: &[Row], query: &str, segment_length: usize) -> Vec<(usize, f32)> {
    let index = index(rows, segment_length);
    let found = scored(&index, query, Bm25::default(), &eligible(rows, segment_length));
    let numbered =
        found.best(usize::MAX).map(|(row, score)| (row.segment * segment_length + row.row as usize, score));
    let mut numbered: Vec<_> = numbered.collect();
    numbered.sort_unstable_by_key(|(number, _)| *number);
    numbered
}

fn scored(index: &Index, query: &str, bm25: Bm25, eligible: &[RoaringBitmap]) -> LexicalScores {
    let exact = Widening { typos: false, compounds: false, prefix: false };
    score(index.segments(), query, bm25, exact, eligible)
}

/// BM25 as its formula says, row by row.
fn brute_force(rows: &[Row], query: &BTreeMap<&str, usize>) -> Vec<(usize, f32)> {
    let live: Vec<_> = rows.iter().filter(|row| !row.removed).collect();
    let average = live.iter().map(|row| row.words.len()).sum::<usize>() as f32 / live.len().max(1) as f32;
    let Bm25 { k1, b } = Bm25::default();
    let one = |row: &Row| {
        let parts = query.iter().filter(|(term, _)| row.frequency(term) > 0.0).map(|(term, times)| {
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
        let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
        words.iter().for_each(|word| *asked.entry(WORDS[*word]).or_default() += 1);
        let found = scores(&rows, &text, segment_length);
        let expected = brute_force(&rows, &asked);
        prop_assert_eq!(found.len(), expected.len());
        for ((row, score), (expected_row, expected)) in found.iter().zip(expected) {
            prop_assert_eq!(*row, expected_row);
            prop_assert!((score - expected).abs() < 1e-5, "{} is not {}", score, expected);
        }
        // Neither segments nor removed rows that are still stored change a bit.
        let kept: Vec<_> = rows.iter().filter(|row| !row.removed).cloned().collect();
        let merged = scores(&kept, &text, kept.len().max(1));
        let only_scores = |scores: Vec<(usize, f32)>| scores.into_iter().map(|(_, score)| score).collect::<Vec<_>>();
        prop_assert_eq!(only_scores(found), only_scores(merged));
    }

    #[test]
    fn what_is_explained_is_the_score(rows in prop::collection::vec(row(), 1..20), segment_length in 1usize..12) {
        let index = index(&rows, segment_length);
        let segments = index.segments();
        let query = r#"door wall wall "roof key""#;
        let mut found = scored(&index, query, Bm25::default(), &eligible(&rows, segment_length));
        let everywhere: Vec<_> = (0..segments.len()).flat_map(|segment| {
            let rows = found.rows_with_all(segments, segment, 0);
            rows.iter().map(|row| (RowId { segment, row }, row % 3)).collect::<Vec<_>>()
        }).collect();
        found.boost(segments, 0, &everywhere);
        for (row, score) in found.best(usize::MAX) {
            let parts = found.explain(segments, row);
            prop_assert_eq!(parts.iter().map(|part| part.score).sum::<f32>(), score);
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
    let all = [RoaringBitmap::from_iter([0, 1]), RoaringBitmap::from_iter([0, 1])];
    let [plain, mut boosted] = [(); 2].map(|()| scored(&index, r#""roof door""#, Bm25::default(), &all));
    boosted.boost(index.segments(), 0, &[(at(0, 1), 0), (at(0, 0), 1)]);
    assert_eq!(plain.score(at(0, 0)), plain.score(at(0, 1)));
    assert!(boosted.score(at(0, 0)) > boosted.score(at(0, 1)));
    assert_eq!(boosted.score(at(0, 1)), plain.score(at(0, 1)));
    let phrase = boosted.terms.last().unwrap();
    assert_eq!((phrase.term.as_str(), phrase.rows), ("\"roof door\"", 1));
    assert_eq!(phrase.idf, plain.terms.iter().map(|term| term.idf).sum::<f32>());
    let explained = boosted.explain(index.segments(), at(0, 0));
    let terms: Vec<_> = explained.iter().map(|part| part.term.as_str()).collect();
    assert_eq!(terms, ["door", "roof", "\"roof door\""]);
    assert_eq!((boosted.score(at(1, 0)), boosted.score(at(7, 0))), (None, None));
}

#[test]
fn rows_with_all_terms_are_those_that_each_is_in() {
    let index = index(&[words(&[0, 1]), words(&[1]), words(&[1, 2, 0])], 3);
    let all = [RoaringBitmap::from_iter(0..3)];
    let rows = |query: &str| {
        let found = scored(&index, query, Bm25::default(), &all);
        found.rows_with_all(index.segments(), 0, 0).iter().collect::<Vec<_>>()
    };
    assert_eq!(rows(r#""roof door""#), [0, 2]);
    assert_eq!(rows(r#""door door""#), [0, 1, 2]);
    assert!(rows(r#""door house""#).is_empty());
}

#[test]
fn scores_that_vanish_are_scores() {
    let index = index(&[words(&[0, 0]), words(&[1])], 2); // a row longer than the average: the sum is infinite
    let bm25 = Bm25 { k1: f32::MAX, b: 1.0 };
    let found = scored(&index, "roof", bm25, &[RoaringBitmap::from_iter([0, 1])]);
    assert_eq!(found.best(9).collect::<Vec<_>>(), [(at(0, 0), 0.0)]);
    assert_eq!((found.score(at(0, 0)), found.score(at(0, 1))), (Some(0.0), None));
}

#[test]
fn the_best_of_each_segment_come_with_those_that_tie() {
    let index = index(&[words(&[0, 1]), words(&[0]), words(&[1, 0]), words(&[2]), words(&[0, 1])], 4);
    let all = [RoaringBitmap::from_iter(0..4), RoaringBitmap::from_iter([0])];
    let found = scored(&index, "roof", Bm25::default(), &all);
    let best = |count| found.best(count).map(|(row, _)| row).collect::<Vec<_>>();
    assert_eq!(best(0), []);
    assert_eq!(best(1), [at(0, 1), at(1, 0)]);
    assert_eq!(best(2), [at(0, 1), at(0, 0), at(0, 2), at(1, 0)]);
}

/// An index of one document for each text, in a segment of its own.
fn texts(texts: &[(Option<Language>, &str)]) -> Index {
    let mut index = Index::default();
    for (number, (language, text)) in texts.iter().enumerate() {
        let mut builder = SegmentBuilder::default();
        push(&mut builder, number, *language, text);
        index.insert_segment(number as u64, builder.build(), []).unwrap();
    }
    index
}

fn widened(index: &Index, query: &str, widening: Widening) -> Vec<usize> {
    let all = vec![RoaringBitmap::from_iter([0]); index.segments().len()];
    let found = score(index.segments(), query, Bm25::default(), widening, &all);
    let mut rows: Vec<_> = found.best(9).collect();
    rows.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    rows.into_iter().map(|(row, _)| row.segment).collect()
}

fn found(index: &Index, query: &str) -> Vec<usize> {
    widened(index, query, Widening::default())
}

fn matcher<'s>(index: &'s Index, scores: &'s LexicalScores) -> TextMatcher<'s> {
    scores.matcher(&index.segments().iter().map(Segment::postings).collect::<Vec<_>>())
}

const ENGLISH: Option<Language> = Some(Language::English);
const GERMAN: Option<Language> = Some(Language::German);

#[test]
fn the_exact_spelling_comes_before_others() {
    let index = texts(&[(ENGLISH, "resume work"), (ENGLISH, "résumé work"), (ENGLISH, "resumes work")]);
    assert_eq!(found(&index, "resume"), [0, 1, 2]);
    assert_eq!(found(&index, "résumé")[0], 1);
    let spanish = texts(&[(None, "un año mas"), (None, "un ano mas")]);
    assert_eq!((found(&spanish, "año"), found(&spanish, "ano")), (vec![0, 1], vec![1, 0]));
}

#[test]
fn a_word_is_marked_only_where_it_counts() {
    let index = texts(&[(ENGLISH, "they die in war"), (GERMAN, "die Miete war hoch")]);
    let all = [RoaringBitmap::from_iter([0]), RoaringBitmap::from_iter([0])];
    let scores = score(index.segments(), "die Miete", Bm25::default(), Widening::default(), &all);
    let marked = |language, text: &'static str| {
        let found = matcher(&index, &scores).matches(language, text);
        found.into_iter().map(|found| &text[found.span]).collect::<Vec<_>>()
    };
    assert_eq!(marked(GERMAN, "die Miete war hoch"), ["Miete"]);
    assert_eq!(marked(ENGLISH, "they die in war"), ["die"]);
}

#[test]
fn each_document_is_in_its_own_language() {
    let index =
        texts(&[(ENGLISH, "the houses"), (GERMAN, "die Häuser"), (Some(Language::None), "domy houses")]);
    assert_eq!(found(&index, "Haus"), [1]);
    assert_eq!(found(&index, "house"), [0]);
    assert_eq!(found(&index, "houses"), [0, 2], "words of another language are found as they are written");
}

#[test]
fn function_words_are_no_signal_whatever_language_other_documents_are_in() {
    let english = [(ENGLISH, "The roof leaks"), (ENGLISH, "The wall")];
    let signal = |documents: &[(Option<Language>, &str)]| {
        let index = texts(documents);
        let scores = scored(&index, "who is on the roof", Bm25::default(), &[RoaringBitmap::new()]);
        let postings: Vec<_> = index.segments().iter().map(Segment::postings).collect();
        let found = scores.matcher(&postings).occurrences(ENGLISH, "The roof leaks").into_iter();
        scores.signal(ENGLISH, &found.map(|found| (found.word, found.kind)).collect::<Vec<_>>())
    };
    let alone = signal(&english).unwrap();
    assert_eq!((alone.count, alone.share), (1, 1.0));
    let mixed = [english.as_slice(), &[(Some(Language::None), "xyz"), (GERMAN, "das Haus")]].concat();
    assert_eq!(signal(&mixed), Some(alone));
}

#[test]
fn one_function_word_does_not_tell_the_language_of_a_query() {
    let notes = texts(&[(None, "a red wall"), (None, "the front door is red"), (None, "a wide hat")]);
    assert_eq!(found(&notes, "red door")[0], 1);
    assert_eq!(found(&notes, "wide hat the"), [2, 1]);
    assert_eq!(found(&notes, "where is the wall"), [0], "two do");
}

#[test]
fn a_document_of_undecided_language_is_taken_for_what_others_are_in() {
    let notes = [(None, "roofs leak"), (None, "Dächer undicht")];
    assert_eq!(found(&texts(&[&notes[..], &[(ENGLISH, "a text")]].concat()), "leaks"), [0]);
    assert_eq!(found(&texts(&[&notes[..], &[(GERMAN, "ein Text")]].concat()), "Dach"), [1]);
    assert_eq!(found(&texts(&notes), "the roof"), [0], "the query tells");
}

#[test]
fn function_words_count_where_they_are_meant() {
    let index = texts(&[
        (ENGLISH, "it is for the IT department"),
        (ENGLISH, "it is what it is, it is"),
        (ENGLISH, "vitamin A, vitamin"),
        (ENGLISH, "a vitamin, a day, a pill, a vitamin"),
    ]);
    assert_eq!(found(&index, "IT")[0], 0);
    assert_eq!(found(&index, "vitamin A")[0], 2);
    assert_eq!(found(&index, "what is the department"), [0]);
    assert_eq!(found(&index, "it is what it is")[0], 1);
}

#[test]
fn parts_of_compounds_are_found_and_those_of_the_query_are_looked_for() {
    let index = texts(&[
        (GERMAN, "Dachreparatur"),
        (GERMAN, "Reparatur"),
        (GERMAN, "Reparaturkosten"),
        (GERMAN, "Dach"),
    ]);
    let mut rows = found(&index, "Reparatur");
    assert_eq!(rows.remove(0), 1);
    rows.sort_unstable();
    assert_eq!(rows, [0, 2]);
    assert_eq!(found(&index, "Dachreparatur")[0], 0);
    assert!(found(&index, "Dachreparatur").contains(&1));
    let off = Widening { compounds: false, ..Widening::default() };
    assert_eq!(widened(&index, "Reparatur", off), [1]);
    assert!(found(&texts(&[(ENGLISH, "a report")]), "port").is_empty(), "English has none");
}

#[test]
fn mistyped_words_are_found_unless_there_are_such() {
    let index =
        texts(&[(ENGLISH, "accommodation"), (ENGLISH, "receipt"), (ENGLISH, "AR-7 form"), (ENGLISH, "from")]);
    assert_eq!(found(&index, "acommodatoin"), [0]);
    assert_eq!(found(&index, "reciept"), [1]);
    assert_eq!(found(&index, "AR-8"), [2], "as a part only");
    assert_eq!(found(&index, "form"), [2], "what is there is no mistake");
    assert!(widened(&index, "reciept", Widening { typos: false, ..Widening::default() }).is_empty());
}

#[test]
fn the_last_word_may_be_a_beginning() {
    let index = texts(&[(ENGLISH, "accommodation"), (ENGLISH, "account"), (ENGLISH, "receipt")]);
    let prefix = Widening { prefix: true, ..Widening::default() };
    let mut rows = widened(&index, "receipt acco", prefix);
    rows.sort_unstable();
    assert_eq!(rows, [0, 1, 2]);
    assert_eq!(widened(&index, "acco ", prefix), Vec::<usize>::new());
}

#[test]
fn what_was_removed_is_neither_suggested_nor_counted() {
    let left = [(ENGLISH, "the roof and the roofs"), (ENGLISH, "a room")];
    let mut index = texts(
        &[left.as_slice(), &[(Some(Language::None), "the rooms the rooms"), (ENGLISH, "room room")]].concat(),
    );
    [2, 3].into_iter().for_each(|number| assert!(index.remove_document(&id(number)).is_some()));
    let of = |index: &Index| {
        let none = [RoaringBitmap::new()];
        let scores = score(index.segments(), "the roof", Bm25::default(), Widening::default(), &none);
        (scores.terms, suggest(index.segments(), "ro", 9))
    };
    assert_eq!(of(&index), of(&texts(&left)));
    assert_eq!(of(&index).0.len(), 1, "a function word of all documents that are left");
    assert_eq!(of(&index).1.completions, ["roof", "roofs", "room"].map(String::from));
}

#[test]
fn suggestions_complete_and_correct() {
    let index =
        texts(&[(ENGLISH, "the roof"), (ENGLISH, "the roofs and the room"), (ENGLISH, "the room rents")]);
    let suggested = |text: &str| suggest(index.segments(), text, 2);
    assert_eq!(suggested("Rent ro").completions, ["Rent room", "Rent roof"]);
    assert_eq!(suggested("ro ").completions, [""; 0]);
    assert_eq!(suggested("rents the rooof").correction.as_deref(), Some("rents the roof"));
    let commonest = texts(&[(ENGLISH, "roof"), (ENGLISH, "roofs"), (ENGLISH, "roofs")]);
    assert_eq!(suggest(commonest.segments(), "rooof a", 2).correction.as_deref(), Some("roofs a"));
    assert_eq!(suggested("").completions, [""; 0]);
    // Pairs of characters overlap.
    assert_eq!(suggest(texts(&[(None, "ดีทู ทีมู")]).segments(), "ดีทีมี", 2).correction, None);
    assert_eq!(suggested("the roof").correction, None);
}

#[test]
fn words_of_the_query_are_found_in_texts_where_they_are() {
    let index = texts(&[(ENGLISH, "Die ﬁnest e-mails: repaired the roofs, résumé")]);
    let all = [RoaringBitmap::from_iter([0])];
    let query = "email repair resume";
    let scores = score(index.segments(), query, Bm25::default(), Widening::default(), &all);
    let text = "The ﬁnest e-mails: repaired the roofs, résumé";
    let found = matcher(&index, &scores).matches(ENGLISH, text);
    let found: Vec<_> = found.into_iter().map(|found| (&text[found.span], found.kind)).collect();
    let expected =
        [("e-mails", MatchKind::Part), ("repaired", MatchKind::Stem), ("résumé", MatchKind::Folded)];
    assert_eq!(found, expected);
}

#[test]
fn another_form_is_told_from_another_spelling() {
    let cases = [
        ("Haus", "Haus", MatchKind::Exact),
        ("Haus", "Häuser", MatchKind::Stem),
        ("Dächer", "Dach", MatchKind::Stem),
        ("Munster", "Münster", MatchKind::Folded),
        ("Muenster", "Münster", MatchKind::Folded),
        ("Münster", "Muenster", MatchKind::Folded),
    ];
    for (query, text, expected) in cases {
        let index = texts(&[(GERMAN, text)]);
        let scores = scored(&index, query, Bm25::default(), &[RoaringBitmap::from_iter([0])]);
        let kinds: Vec<_> =
            matcher(&index, &scores).matches(GERMAN, text).iter().map(|found| found.kind).collect();
        assert_eq!(kinds, [expected], "{query} in {text}");
    }
}

#[test]
fn a_phrase_is_where_its_words_follow_each_other() {
    let cases = [
        (r#""state of the art""#, "The art of state. State-of-the-art; the state of art", 1),
        (r#""roof roof""#, "roof roof roof, door, roof", 2),
        (r#""repairs the roof""#, "He repaired the roof, not the roofs' repairs", 1),
        (r#""the .NET guide""#, "The .NET guide, the net guide", 1),
        (r#""C++ by AB++""#, "C++ by AB++, C by AB", 1),
        ("「東京都」", "東京都と京都、東京。東京都", 2),
        ("「第3章」", "第3章の大第3章", 2),
        ("「東京 roof」", "東京roof 東 京roof", 1),
        ("「東京、大阪」", "東京大阪", 1),
    ];
    for (query, text, expected) in cases {
        let index = texts(&[(ENGLISH, text)]);
        let all = [RoaringBitmap::from_iter([0])];
        let scores = score(index.segments(), query, Bm25::default(), Widening::default(), &all);
        assert_eq!(scores.phrases(), 1, "phrases of {query:?}");
        assert_eq!(
            matcher(&index, &scores).phrase_frequency(0, ENGLISH, text),
            expected,
            "{query:?} in {text:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_query_is_answered_and_what_it_matches_is_in_the_text(
        query in "\\PC{0,30}|[a-cA-C1-3.,'+#&/_\"“” 東가א-]{0,30}",
        text in "\\PC{0,40}|[a-cA-C1-3.,'+#&/_ 東가א-]{0,40}",
    ) {
        for language in [None, ENGLISH, GERMAN] {
            let index = texts(&[(language, text.as_str())]);
            let all = [RoaringBitmap::from_iter([0])];
            let widening = Widening { prefix: true, ..Widening::default() };
            let scores = score(index.segments(), &query, Bm25::default(), widening, &all);
            let mut end = 0;
            for found in matcher(&index, &scores).matches(language, &text) {
                prop_assert!(found.span.start >= end && !found.span.is_empty());
                prop_assert!(text.get(found.span.clone()).is_some());
                end = found.span.end;
            }
            suggest(index.segments(), &query, 5);
        }
    }

    #[test]
    fn a_text_is_found_by_each_of_its_words(text in "[a-cA-C1-3.,'+#&/_ 東京ก가א-]{1,30}") {
        for language in [None, ENGLISH, GERMAN] {
            let index = texts(&[(language, text.as_str())]);
            for word in text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)) {
                prop_assert_eq!(found(&index, word), [0usize], "{:?} in {:?}", word, text);
            }
        }
    }
}
