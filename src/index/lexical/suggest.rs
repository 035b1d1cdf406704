//! Suggestions while somebody types: how a word may go on, and what a mistyped one may be.

use std::collections::BTreeMap;

use super::resolve::{Languages, Searched};
use super::{Corpus, known_languages, widen};
use crate::index::analyzer::{Form, Side};
use crate::index::segment::Segment;

/// What a text may become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// The text with its last word completed, the commonest word first.
    pub completions: Vec<String>,
    /// The text with words of the index in the place of those that it does not have; `None` where it has all, or nothing
    /// like them.
    pub correction: Option<String>,
}

/// Suggests at most `limit` completions of a text, and a correction.
pub fn suggest(segments: &[Segment], text: &str, limit: usize) -> Suggestions {
    let corpus = Corpus::new(segments);
    let languages = known_languages(segments);
    let mut words = Vec::new();
    languages.analyzer().analyze(text, Side::Query, &mut |token| {
        if token.form == Form::Word {
            words.push((token.term.to_owned(), token.span));
        }
    });
    let Some((last, span)) = words.last() else { return Suggestions::default() };
    let completions = match span.end == text.len() {
        true => completions(&corpus.segments, last, limit),
        false => Vec::new(),
    };
    let completed =
        completions.into_iter().map(|word| format!("{}{word}", &text[..span.start])).collect::<Vec<_>>();
    let mut correction = String::new();
    let mut end = 0;
    for (number, (word, span)) in words.iter().enumerate() {
        // Pairs of scripts without spaces overlap, and a ligature may be several words.
        let is_begun = number + 1 == words.len() && !completed.is_empty();
        if span.start < end
            || is_begun
            || words.len() > widen::MAX_WORDS
            || is_known(&corpus.segments, &languages, word)
        {
            continue;
        }
        // A mistake in the first letter is rare: what differs there is another word more often.
        let first = word.chars().next();
        let better = widen::corrections(&corpus.segments, &languages, word);
        if let Some(better) = better.into_iter().find(|better| better.chars().next() == first) {
            correction.push_str(&text[end..span.start]);
            correction.push_str(&better);
            end = span.end;
        }
    }
    correction.push_str(&text[end..]);
    Suggestions { completions: completed, correction: (end > 0).then_some(correction) }
}

/// Whether a live row has a word in any of its forms.
fn is_known(segments: &[Option<Searched<'_>>], languages: &Languages, word: &str) -> bool {
    let mut forms = vec![word.to_owned()];
    languages.keys().for_each(|keys| keys.of(word, &mut |key, _| forms.push(key.to_owned())));
    segments.iter().flatten().any(|segment| {
        segment.postings.lexicons().iter().any(|lexicon| {
            forms.iter().any(|form| {
                let with_key = lexicon.with_key(form).iter().map(|place| *place as usize);
                lexicon.find(form).into_iter().chain(with_key).any(|place| segment.is_live(lexicon, place))
            })
        })
    })
}

/// The words that begin with `word` and are longer, the commonest first, then alphabetically.
fn completions(segments: &[Option<Searched<'_>>], word: &str, limit: usize) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for segment in segments.iter().flatten() {
        for lexicon in segment.postings.lexicons() {
            for place in lexicon.beginning_with(word) {
                *counts.entry(lexicon.term(place).0).or_default() += segment.live_count(lexicon, place);
            }
        }
    }
    let counts = counts.into_iter().filter(|(term, count)| *term != word && *count > 0);
    let mut ranked: Vec<(&str, usize)> = counts.collect();
    ranked.sort_by(|(a, first), (b, second)| second.cmp(first).then_with(|| a.cmp(b)));
    ranked.into_iter().map(|(term, _)| term.to_owned()).take(limit).collect()
}
