use proptest::prelude::*;

use super::*;
use crate::model::Tokenizer;
use crate::model::estimate::EstimatedTokenizer;
use crate::sentences::sentences;

/// The window of a text for some words, each of the same weight, with the cosines of its sentences if there are any.
fn window<'t>(text: &'t str, query: &[&str], cosines: Option<Vec<f32>>, limit: usize) -> &'t str {
    window_of_tokens(text, &EstimatedTokenizer.token_spans(text).unwrap(), query, cosines, limit)
}

fn window_of_tokens<'t>(
    text: &'t str,
    tokens: &[Span],
    query: &[&str],
    cosines: Option<Vec<f32>>,
    limit: usize,
) -> &'t str {
    let (sentences, words) = (sentences(text), words(text, query));
    let source = WindowSource {
        text,
        tokens,
        sentences: &sentences,
        words: &words,
        total: query.len() as f32,
        cosines,
    };
    source.window(limit).slice(text).expect("a slice of the text")
}

fn words(text: &str, query: &[&str]) -> Vec<SentenceWord> {
    let mut words: Vec<SentenceWord> = Vec::new();
    for (word, term) in query.iter().enumerate() {
        let found = text.match_indices(term);
        words.extend(found.map(|(at, _)| SentenceWord {
            span: Span::new(at, at + term.len()),
            word,
            weight: 1.0,
        }));
    }
    words.sort_by_key(|word| word.span.start);
    words
}

fn count(text: &str) -> usize {
    EstimatedTokenizer.count_tokens(text).unwrap()
}

/// Five tokens each.
const HOUSE: &str = "The roof is red. The door is old. The rent is due. The cat is in. The lock is new.";

#[test]
fn tokens_that_begin_with_the_space_before_a_word_are_of_that_word() {
    let text = "The roof. The door is old";
    let starts: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
    let ends = starts.iter().copied().chain([text.len()]);
    let tokens: Vec<Span> = [0]
        .into_iter()
        .chain(starts.iter().copied())
        .zip(ends)
        .map(|(start, end)| Span::new(start, end))
        .collect();
    let window = |query, limit| window_of_tokens(text, &tokens, &[query], None, limit);
    assert_eq!(window("roof", 2), "The roof.");
    assert_eq!(window("door", 4), "The door is old");
    assert_eq!(window("door", 3), "The door is");
    assert_eq!(window("door", 1), "door");
}

#[test]
fn a_token_of_two_words_is_not_cut() {
    // Each of these letters is a word of its own.
    let text = "家賃滞納金額";
    let tokens = [Span::new(0, 6), Span::new(6, 12), Span::new(12, 18)];
    assert_eq!(window_of_tokens(text, &tokens, &["滞納"], None, 1), "滞納");
    assert_eq!(window_of_tokens(text, &tokens, &["金額"], None, 2), "滞納金額");
}

#[test]
fn a_window_is_the_sentences_with_the_most_words_of_the_query() {
    let cases: [(&[&str], usize, &str); 7] = [
        (&["door"], 5, "The door is old."),
        (&["rent", "cat"], 10, "The rent is due. The cat is in."),
        // A word counts once, so that two of them are better than one twice.
        (&["is", "door", "rent"], 10, "The door is old. The rent is due."),
        // What is left of the room is filled behind and before.
        (&["lock"], 12, "The cat is in. The lock is new."),
        (&["roof"], 12, "The roof is red. The door is old."),
        // Without any word it is the beginning.
        (&["moon"], 6, "The roof is red."),
        (&["moon"], 100, HOUSE),
    ];
    for (query, limit, expected) in cases {
        assert_eq!(window(HOUSE, query, None, limit), expected, "{query:?} in {limit}");
    }
}

#[test]
fn what_sentences_mean_counts_beside_their_words() {
    let cosines = vec![0.1, 0.1, 0.1, 0.1, 0.8];
    assert_eq!(window(HOUSE, &["moon"], Some(cosines.clone()), 5), "The lock is new.");
    assert_eq!(window(HOUSE, &["door"], Some(cosines.clone()), 5), "The door is old.");
    // Of the windows with the nearest sentence that with the nearer neighbour.
    let cosines = vec![0.1, 0.5, 0.8, 0.4, 0.1];
    assert_eq!(window(HOUSE, &["moon"], Some(cosines), 10), "The door is old. The rent is due.");
}

#[test]
fn a_sentence_that_is_too_long_is_cut_at_words() {
    let long = "and so the tall and narrow house by the sea has a roof that leaks whenever it rains at night";
    assert_eq!(window(long, &["roof", "leaks"], None, 3), "has a roof");
    assert_eq!(window(long, &["roof", "leaks"], None, 4), "roof that leaks");
    // Others stay whole beside it.
    let text = format!("It is old. {long}. The end.");
    assert_eq!(window(&text, &["old"], None, 4), "It is old.");
}

#[test]
fn texts_without_words_or_sentences_have_windows_too() {
    let chinese = "屋顶由房东维修押金在三十天内退还租客不得饲养宠物";
    assert_eq!(window(chinese, &["押", "金"], None, 4), "维修押金");
    assert_eq!(window(chinese, &[], None, 3), "屋顶由");
    let code = format!("{}needle{}", "x".repeat(200), "y".repeat(200));
    let found = window(&code, &["needle"], None, 10);
    assert!(found.contains("needle") && count(found) <= 10, "{found}");
    assert_eq!(window("", &["roof"], None, 5), "");
    assert_eq!(window(" \n ", &["roof"], None, 0), " \n ");
    assert_eq!(window("🏠🏡🏚️ roof", &["roof"], None, 1).len(), 4);
}

#[test]
fn tokens_that_are_parts_of_a_character_do_not_cut_it() {
    // As a byte-level model has it: a token for each byte.
    let text = "鼠🏠牛";
    let tokens: Vec<Span> = (0..text.len()).map(|at| Span::new(at, at + 1)).collect();
    let sentences = sentences(text);
    for limit in 1..=text.len() {
        let source = WindowSource {
            text,
            tokens: &tokens,
            sentences: &sentences,
            words: &[],
            total: 0.0,
            cosines: None,
        };
        let span = source.window(limit);
        assert!(span.slice(text).is_some_and(|found| !found.is_empty()), "{limit}: {span:?}");
    }
}

proptest! {
    #[test]
    fn a_window_is_a_slice_within_the_limit_and_no_run_of_sentences_holds_more_words(
        text in r"([a-d]{1,3}(ee|ß|中|🏠)?[ .!,\n]{0,3}){0,60}", limit in 1usize..24,
    ) {
        let query = ["a", "bb", "cd", "中", "🏠"];
        let found = window(&text, &query, None, limit);
        prop_assert!(count(found) <= limit);
        prop_assert!(found == text || found.trim() == found);
        let held = |part: &str| query.iter().filter(|word| part.contains(**word)).count();
        let sentences = sentences(&text);
        for first in 0..sentences.len() {
            for last in first..sentences.len() {
                let run = &text[sentences[first].span.start as usize..sentences[last].span.end as usize];
                prop_assert!(count(run) > limit || held(run) <= held(found), "{run:?} rather than {found:?}");
            }
        }
    }

    #[test]
    fn a_window_begins_and_ends_with_sentences_where_all_of_them_fit(
        words in prop::collection::vec(1usize..6, 1..20), limit in 8usize..40, wanted in 0usize..20,
    ) {
        let sentence = |(at, count): (usize, &usize)| format!("S{at}{} end.", " so".repeat(*count));
        let text = words.iter().enumerate().map(sentence).collect::<Vec<_>>().join(" ");
        let term = format!("S{wanted} ");
        let found = window(&text, &[&term], None, limit);
        prop_assert!(found.starts_with('S') && found.ends_with("end."), "{found:?}");
        prop_assert!(wanted >= words.len() || found.contains(&term), "{found:?}");
    }
}
