//! The words of answers and sources, by what they have in common.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::alike;
use super::numbers::Quantity;
use crate::index::{Analyzer, Form, Keys, Side};
use crate::language::Language;

/// A word that says what a text is about.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// What inflections and spellings of it, and words that mean the same, have in common.
    pub id: u32,
    /// Where it is, in bytes of the text.
    pub span: Range<usize>,
    /// Whether it begins with a capital where no sentence begins.
    pub is_name: bool,
    /// Whether it is denied.
    pub is_negated: bool,
    /// Whether it says nothing by itself: articles, pronouns, auxiliary verbs.
    pub is_light: bool,
}

/// Gives words their ids.
#[derive(Default)]
pub(super) struct Vocabulary {
    ids: HashMap<String, u32>,
    languages: HashMap<Language, Tools>,
}

struct Tools {
    analyzer: Analyzer,
    keys: Keys,
    /// The id of each term that was seen.
    terms: HashMap<String, Term>,
}

#[derive(Clone, Copy)]
struct Term {
    id: u32,
    is_light: bool,
    denies: bool,
}

/// The words of a text, and the ids of all the forms by which they may be found.
pub(super) struct Words {
    pub words: Vec<Word>,
    pub forms: HashSet<u32>,
}

impl Vocabulary {
    /// How many ids there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The words of a text, without what is in quantities.
    pub(super) fn words(
        &mut self,
        text: &str,
        language: Language,
        side: Side,
        quantities: &[Quantity],
    ) -> Words {
        let mut tools = self.languages.remove(&language).unwrap_or_else(|| Tools {
            analyzer: Analyzer::new(Some(language)),
            keys: Keys::new(Some(language)),
            terms: HashMap::new(),
        });
        let (mut words, mut forms, mut found) = (Vec::new(), HashSet::new(), Vec::new());
        tools.analyzer.analyze(text, side, &mut |token| {
            found.push((token.term.to_owned(), token.form, token.span.clone()));
        });
        let mut next_quantity = 0;
        for (term, form, span) in found {
            while quantities.get(next_quantity).is_some_and(|it| it.span.end as usize <= span.start) {
                next_quantity += 1;
            }
            let is_counted = quantities
                .get(next_quantity)
                .is_some_and(|it| (it.span.start as usize) < span.end && !it.is_soft);
            let known = tools.term(&term, language, &mut self.ids);
            forms.insert(known.id);
            let is_digits = term.bytes().all(|byte| byte.is_ascii_digit());
            if form != Form::Word || is_counted || is_digits {
                continue;
            }
            let is_capital = text[span.clone()].starts_with(char::is_uppercase);
            let is_name = is_capital && !begins_sentence(text, span.start) && !known.is_light;
            words.push(Word {
                id: known.id,
                span,
                is_name,
                is_negated: known.denies,
                is_light: known.is_light,
            });
        }
        self.languages.insert(language, tools);
        super::polarity::mark_negated(text, &mut words, language);
        Words { words, forms }
    }
}

impl Tools {
    fn term(&mut self, term: &str, language: Language, ids: &mut HashMap<String, u32>) -> Term {
        if let Some(known) = self.terms.get(term) {
            return *known;
        }
        let (plain, denies) = alike::plain(term);
        let mut key = plain.to_owned();
        self.keys.of(plain, &mut |form, _| form.clone_into(&mut key));
        let is_light = self.analyzer.is_function_word(term) || alike::is_light(term, language);
        let next = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let id = *ids.entry(key).or_insert(next);
        let known = Term { id, is_light, denies };
        self.terms.insert(term.to_owned(), known);
        known
    }
}

/// Whether a sentence, an item or a quotation begins at `at`.
fn begins_sentence(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches(|it: char| {
        it.is_whitespace()
            || matches!(it, '“' | '"' | '„' | '(' | '*' | '#' | '-' | '|' | '>' | '•' | '_' | '‘' | '\'')
    });
    before.is_empty()
        || before.ends_with(['.', '!', '?', ':', '。'])
        || text[before.len()..at].contains(['\n', '|', '•'])
}
