use proptest::prelude::*;

use super::*;
use crate::sentences::sentences;

const TEXT: &str =
    "# Roof\nThe roof leaks. The landlord repairs it. The tenant pays. Ask in May. Nobody asks.";

fn source<'s>(document: &'s str, start: u32, score: f32, sentences: &'s [Sentence]) -> EvidenceSource<'s> {
    let span = Span { start, end: start + TEXT.len() as u32 };
    EvidenceSource { document, span, score, sentences, words: Vec::new(), cosines: None }
}

fn chosen(sources: &[EvidenceSource<'_>], sentences: usize, neighbours: usize) -> Vec<Vec<&'static str>> {
    let evidence =
        choose(sources, 1.0, &EvidenceOptions { sentences, neighbours, ..EvidenceOptions::default() });
    let texts = |spans: Vec<EvidenceSpan>| spans.iter().map(|it| it.span.slice(TEXT).unwrap()).collect();
    evidence.into_iter().map(texts).collect()
}

fn word(text: &str) -> SentenceWord {
    let start = TEXT.find(text).unwrap();
    SentenceWord { span: Span::new(start, start + text.len()), word: 0, weight: 1.0 }
}

#[test]
fn the_best_sentences_come_with_their_neighbours_and_join_where_they_meet() {
    let sentences = sentences(TEXT);
    let mut one = source("a", 0, 1.0, &sentences);
    one.cosines = Some(vec![0.9, 0.1, 0.2, 0.5, 0.0, 0.3]);
    let one = [one];
    assert_eq!(chosen(&one, 1, 0), [["The tenant pays."]]);
    assert_eq!(chosen(&one, 1, 1), [["The landlord repairs it. The tenant pays. Ask in May."]]);
    assert_eq!(chosen(&one, 2, 0), [["The tenant pays.", "Nobody asks."]]);
    assert_eq!(chosen(&one, 2, 1), [["The landlord repairs it. The tenant pays. Ask in May. Nobody asks."]]);
    // A heading is no evidence.
    assert_eq!(chosen(&one, 9, 9), [[&TEXT[7..]]]);
    assert_eq!(chosen(&one, 0, 1), [Vec::<&str>::new()]);
}

#[test]
fn sentences_of_all_hits_compete_by_chunk_meaning_and_words() {
    let sentences = sentences(TEXT);
    let worse = || source("b", 0, 0.0, &sentences);
    let best = source("a", 0, 1.0, &sentences);
    assert_eq!(chosen(&[best.clone(), worse()], 1, 0), [vec!["The roof leaks."], vec![]]);
    let said = EvidenceSource { words: vec![word("landlord")], ..worse() };
    assert_eq!(chosen(&[best.clone(), said.clone()], 1, 0), [vec![], vec!["The landlord repairs it."]]);
    let meant = EvidenceSource { cosines: Some(vec![0.0, 0.0, 0.0, 0.9, 0.0, 0.0]), ..best };
    assert_eq!(chosen(&[meant, said], 1, 0), [vec!["The tenant pays."], vec![]]);
}

#[test]
fn what_answers_much_worse_than_the_best_is_left_out() {
    let sentences = sentences(TEXT);
    let mut one = source("a", 0, 1.0, &sentences);
    one.cosines = Some(vec![0.9, 0.2, 0.8, 0.2, 0.0, 0.05]);
    assert_eq!(
        chosen(&[one.clone()], 99, 0),
        [["The roof leaks. The landlord repairs it. The tenant pays."]]
    );
    one.cosines = Some(vec![0.9, 0.1, 0.85, 0.2, 0.0, 0.05]);
    assert_eq!(chosen(&[one], 99, 0), [["The landlord repairs it. The tenant pays."]]);
}

#[test]
fn marks_between_what_is_taken_are_taken_too() {
    let text = "| a | b |\n|---|---|\n| 1 | 2 |\n\n# Head\n\n| 3 | 4 |";
    let sentences = sentences(text);
    let span = Span::new(0, text.len());
    let words = Vec::new();
    let source =
        EvidenceSource { document: "a", span, score: 1.0, sentences: &sentences, words, cosines: None };
    let found = choose(
        &[source],
        1.0,
        &EvidenceOptions { sentences: 9, neighbours: 0, ..EvidenceOptions::default() },
    );
    let texts: Vec<&str> = found[0].iter().map(|it| it.span.slice(text).unwrap()).collect();
    assert_eq!(texts, ["| a | b |\n|---|---|\n| 1 | 2 |", "| 3 | 4 |"]);
}

#[test]
fn a_chunk_without_vectors_has_the_usual_cosine() {
    let sentences = sentences(TEXT);
    let mut known = source("a", 0, 1.0, &sentences);
    known.cosines = Some(vec![0.6; 6]);
    let new = EvidenceSource { words: vec![word("landlord")], ..source("b", 0, 0.9, &sentences) };
    assert_eq!(chosen(&[known, new], 1, 0), [vec![], vec!["The landlord repairs it."]]);
}

#[test]
fn what_two_chunks_share_is_evidence_once() {
    let sentences = sentences(TEXT);
    // The second begins where the first has its second but last sentence.
    let shift = TEXT.find("Ask").unwrap() as u32 - 7;
    let both = [source("a", 0, 1.0, &sentences), source("a", shift, 1.0, &sentences)];
    let found = chosen(&both, 99, 1);
    assert_eq!(found[0], [&TEXT[7..]]);
    assert_eq!(found[1], ["The tenant pays. Ask in May. Nobody asks."]);
    let other = [source("a", 0, 1.0, &sentences), source("b", shift, 1.0, &sentences)];
    assert_eq!(chosen(&other, 99, 1)[1], [&TEXT[7..]]);
}

#[test]
fn a_long_chunk_has_a_limited_number_of_parts() {
    for count in [0, 1, 11, 12, 13, 24, 25, 100] {
        let text = "Yes. ".repeat(count);
        let parts = parts(&text);
        assert!(parts.len() <= MAX_PARTS && parts.is_empty() == (count == 0), "{count}");
        let query = [1.0, 0.0, 0.0];
        let signs: Vec<u8> = (0..parts.len() as u8).map(|part| part % 2).collect();
        let cosines = cosines(&query, &signs, count).unwrap();
        assert_eq!(cosines.len(), count);
        let size = count.div_ceil(MAX_PARTS).max(1);
        for (place, cosine) in cosines.iter().enumerate() {
            assert_eq!(*cosine > 0.0, place / size % 2 == 1, "{place} of {count}");
        }
    }
    assert_eq!(cosines(&[1.0], &[0, 1], 3), None);
    assert_eq!(cosines(&[], &[], 0), None);
}

#[test]
fn options_out_of_range_are_refused() {
    let error = EvidenceOptions { sentences: 1001, neighbours: 0, ..EvidenceOptions::default() }
        .validate()
        .unwrap_err();
    assert_eq!(error.message(), "evidence.sentences must be from 0 to 1000, not 1001");
    let error = EvidenceOptions { sentences: 0, neighbours: 101, ..EvidenceOptions::default() }
        .validate()
        .unwrap_err();
    assert_eq!(error.message(), "evidence.neighbours must be from 0 to 100, not 101");
    EvidenceOptions { sentences: 1000, neighbours: 100, ..EvidenceOptions::default() }.validate().unwrap();
}

proptest! {
    #[test]
    fn choosing_never_fails_and_never_repeats(
        texts in prop::collection::vec("(Yes|No|Some words)[.!] ?(\n|)", 1..4),
        places in prop::collection::vec((0usize..4, 0u32..40, prop::num::f32::ANY), 0..14),
        cosines in prop::option::of(prop::collection::vec(prop::num::f32::ANY, 0..4)),
        options in (0usize..9, 0usize..3),
    ) {
        let cut: Vec<Vec<Sentence>> = texts.iter().map(|text| sentences(text)).collect();
        let sources: Vec<EvidenceSource<'_>> = places.iter().map(|&(text, start, score)| {
            let text = text % texts.len();
            let span = Span { start, end: start + texts[text].len() as u32 };
            let words = vec![SentenceWord { span: Span::new(0, 1), word: 0, weight: score }];
            EvidenceSource { document: "a", span, score, sentences: &cut[text], words, cosines: cosines.clone() }
        }).collect();
        let options = EvidenceOptions { sentences: options.0, neighbours: options.1, ..EvidenceOptions::default() };
        let found = choose(&sources, 1.0, &options);
        prop_assert_eq!(found.len(), sources.len());
        let mut spans: Vec<(u32, u32)> = found.iter().zip(&sources).flat_map(|(spans, source)| {
            spans.iter().map(|it| (source.span.start + it.span.start, source.span.start + it.span.end))
        }).collect();
        spans.sort_unstable();
        prop_assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{:?}", spans);
    }
}
