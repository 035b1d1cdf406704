//! Suggestions while somebody types: how a word may go on, and what a mistyped one may be.

use super::widen::Widener;
use super::{Corpus, known_languages, widen};
use crate::index::analyzer::{Form, Keys, Side};
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
    let widener = Widener::new(&corpus.segments, &languages);
    let keys: Vec<Keys> = languages.keys().collect();
    let mut completions = Vec::new();
    if span.end == text.len() {
        let mut longer = widener.beginning_with(last, |_| true);
        longer.remove(last.as_str());
        completions = widen::best(longer, limit);
    }
    let completed: Vec<String> =
        completions.into_iter().map(|word| format!("{}{word}", &text[..span.start])).collect();
    let mut correction = String::new();
    let mut end = 0;
    for (number, (word, span)) in words.iter().enumerate() {
        // Pairs of scripts without spaces overlap, and a ligature may be several words.
        let is_begun = number + 1 == words.len() && !completed.is_empty();
        if span.start < end || is_begun || words.len() > widen::MAX_WORDS || is_known(&widener, &keys, word) {
            continue;
        }
        // A mistake in the first letter is rare: what differs there is another word more often.
        let first = word.chars().next();
        let better = widener.corrections(word);
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
fn is_known(widener: &Widener<'_, '_>, keys: &[Keys], word: &str) -> bool {
    let mut forms = vec![word.to_owned()];
    keys.iter().for_each(|keys| keys.of(word, &mut |key, _| forms.push(key.to_owned())));
    forms.iter().any(|form| widener.has(form, |_| true))
}
