//! The words of a query in texts: where they are, and whether they follow each other.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::resolve::{MatchKind, Resolved};
use crate::index::analyzer::{Analyzer, Form, Side, Token};
use crate::index::postings::Postings;
use crate::language::Language;
use crate::order::{self, Order};

/// A word of a query in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordMatch {
    /// Where it is, in bytes.
    pub span: Range<usize>,
    /// The place of the word among those of the query.
    pub word: usize,
    /// How the text has it.
    pub kind: MatchKind,
}

/// A term with its language, and whether it is in texts as a part, or as several words, only.
type Key<'q> = (Option<Language>, &'q str, bool);

/// Finds the words of a query in texts.
pub struct TextMatcher<'q> {
    resolved: &'q [Resolved],
    phrases: &'q [Vec<usize>],
    /// The words that each term means, with how they are alike.
    terms: HashMap<Key<'q>, Vec<(usize, MatchKind)>>,
    analyzers: RefCell<BTreeMap<Option<Language>, Analyzer>>,
}

impl<'q> TextMatcher<'q> {
    /// `segments` are those that the words were resolved in.
    pub(super) fn new(
        resolved: &'q [Resolved],
        phrases: &'q [Vec<usize>],
        segments: &[Option<&'q Postings>],
    ) -> Self {
        let mut terms: HashMap<Key<'_>, Vec<(usize, MatchKind)>> = HashMap::new();
        for (word, own) in resolved.iter().enumerate() {
            for (language, term, is_part, kind) in own.terms(segments) {
                let words = terms.entry((language, term, is_part)).or_default();
                match words.last_mut().filter(|(last, _)| *last == word) {
                    Some((_, known)) => *known = kind.min(*known),
                    None => words.push((word, kind)),
                }
            }
        }
        Self { resolved, phrases, terms, analyzers: RefCell::default() }
    }

    /// Calls `take` with each token of a text in `language` that a word of the query means.
    fn analyze(
        &self,
        language: Option<Language>,
        text: &str,
        take: &mut dyn FnMut(Token<'_>, usize, MatchKind),
    ) {
        let mut analyzers = self.analyzers.borrow_mut();
        let analyzer = analyzers.entry(language).or_insert_with(|| Analyzer::new(language));
        analyzer.analyze(text, Side::Passage, &mut |token| {
            let is_part = matches!(token.form, Form::Part | Form::Joined);
            for (word, kind) in self.terms.get(&(language, token.term, is_part)).into_iter().flatten() {
                take(token.clone(), *word, *kind);
            }
        });
    }

    /// The words of the query in a text, in all their forms: they overlap where a word and its parts are meant.
    pub fn occurrences(&self, language: Option<Language>, text: &str) -> Vec<WordMatch> {
        let mut found: Vec<WordMatch> = Vec::new();
        if !self.terms.is_empty() {
            self.analyze(language, text, &mut |token, word, kind| {
                found.push(WordMatch { span: token.span, word, kind });
            });
        }
        found
    }

    /// The words of the query in a text; see [`without_overlaps`].
    pub fn matches(&self, language: Option<Language>, text: &str) -> Vec<WordMatch> {
        without_overlaps(self.occurrences(language, text))
    }

    /// The words of the query as they are written, in folded case.
    pub fn term(&self, word: usize) -> &'q str {
        &self.resolved[word].word.term
    }

    /// How often the words of a phrase of the query follow each other in a text, each in its spelling or form.
    ///
    /// # Panics
    /// If there is no such phrase.
    pub fn phrase_frequency(&self, phrase: usize, language: Option<Language>, text: &str) -> u32 {
        let phrase = &self.phrases[phrase];
        let mut places: Vec<Vec<Range<u32>>> = vec![Vec::new(); phrase.len()];
        self.analyze(language, text, &mut |token, word, kind| {
            for (_, places) in phrase.iter().zip(&mut places).filter(|(own, _)| **own == word) {
                if kind <= MatchKind::Part && places.last() != Some(&token.place) {
                    places.push(token.place.clone());
                }
            }
        });
        places.into_iter().reduce(following).map_or(0, |ends| ends.len() as u32)
    }
}

/// Words in their order in the text; of those that overlap the longer, of equally long ones the closer.
pub fn without_overlaps(mut found: Vec<WordMatch>) -> Vec<WordMatch> {
    found.order_by_key(|found| (found.span.start, Reverse(found.span.end), found.kind, found.word));
    let mut end = 0;
    found.retain(|found| {
        let is_new = found.span.start >= end;
        if is_new {
            end = found.span.end;
        }
        is_new
    });
    found
}

/// Those of `next` that follow one of `places`. A pair of characters is followed by the pair that overlaps it, and
/// where words are written without spaces also by what comes after it.
fn following(places: Vec<Range<u32>>, next: Vec<Range<u32>>) -> Vec<Range<u32>> {
    let starts = order::set(places.iter().flat_map(|place| [place.start + 1, place.end]));
    next.into_iter().filter(|place| starts.contains(&place.start)).collect()
}
