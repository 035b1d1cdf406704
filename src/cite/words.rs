//! The words of answers and sources, by what they have in common.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::alike;
use super::numbers::Quantity;
use crate::index::{Analyzer, Form, Keys, Side};
use crate::language::Language;
use crate::order::Order;

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
    /// Whether it is said to be lacking: `without consent`.
    pub is_lacking: bool,
    /// Whether it says nothing by itself: articles, pronouns, auxiliary verbs.
    pub is_light: bool,
}

/// Gives words their ids.
#[derive(Default)]
pub(super) struct Vocabulary {
    ids: HashMap<String, u32>,
    /// How many of the ids are those of sources, and their stems by how they begin; in languages that write compounds as one
    /// word also the long ones.
    sealed: Option<Stems>,
    languages: HashMap<Language, Tools>,
}

/// The stems of all sources.
struct Stems {
    ids: u32,
    by_root: HashMap<String, Vec<(String, u32)>>,
    long: Vec<(String, u32)>,
}

struct Tools {
    analyzer: Analyzer,
    keys: Keys,
    /// The id of each term that was seen.
    terms: HashMap<String, Term>,
    /// The id of the word of the sources that stands for a term.
    alike: HashMap<u32, u32>,
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

    /// Ends the words of sources: from now on a word that none of them has stands for one of theirs of the same root.
    pub(super) fn seal(&mut self) {
        let mut stems: Vec<(&String, u32)> = self.ids.iter().map(|(stem, id)| (stem, *id)).collect();
        stems.order_by_key(|(_, id)| *id);
        let mut by_root: HashMap<String, Vec<(String, u32)>> = HashMap::new();
        let mut long = Vec::new();
        for (stem, id) in stems {
            if let Some(root) = root(stem) {
                by_root.entry(root.to_owned()).or_default().push((stem.clone(), id));
            }
            if stem.len() >= alike::PART + alike::ROOT {
                long.push((stem.clone(), id));
            }
        }
        self.sealed = Some(Stems { ids: u32::try_from(self.ids.len()).unwrap_or(u32::MAX), by_root, long });
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
            alike: HashMap::new(),
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
            let mut known = tools.term(&term, language, &mut self.ids);
            if let Some(stems) = self.sealed.as_ref().filter(|stems| known.id >= stems.ids && !known.is_light)
            {
                let is_name =
                    language != Language::German && text[span.clone()].starts_with(char::is_uppercase);
                if !is_name {
                    known.id = tools.alike(&term, known.id, language, stems, &self.ids);
                }
            }
            forms.insert(known.id);
            let is_digits = term.bytes().all(|byte| byte.is_ascii_digit());
            if form != Form::Word || is_counted || is_digits {
                continue;
            }
            let is_capital = text[span.clone()].starts_with(char::is_uppercase);
            let is_name = is_capital
                && !known.is_light
                && (!begins_sentence(text, span.start) || precedes_capital(&text[span.end..]));
            words.push(Word {
                id: known.id,
                span,
                is_name,
                is_negated: known.denies,
                is_lacking: false,
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

    /// The id of the word of the sources that is of one root with `term`, or a part of it, or has it as a part; its own where
    /// there is none.
    fn alike(
        &mut self,
        term: &str,
        own: u32,
        language: Language,
        stems: &Stems,
        ids: &HashMap<String, u32>,
    ) -> u32 {
        if let Some(known) = self.alike.get(&own) {
            return *known;
        }
        let mut stem = term.to_owned();
        self.keys.of(alike::plain(term).0, &mut |form, _| form.clone_into(&mut stem));
        let of_root = root(&stem).and_then(|root| stems.by_root.get(root)).and_then(|same| {
            same.iter().find(|(other, _)| alike::is_of_one_root(&stem, other)).map(|(_, id)| *id)
        });
        let found = of_root
            .or_else(|| is_compounding(language).then(|| of_compound(&stem, stems, ids)).flatten())
            .unwrap_or(own);
        self.alike.insert(own, found);
        found
    }
}

/// The beginning of a stem by which those of one root are found.
fn root(stem: &str) -> Option<&str> {
    stem.get(..alike::ROOT).filter(|_| stem.chars().all(char::is_alphabetic))
}

/// Whether a language writes compounds as one word.
fn is_compounding(language: Language) -> bool {
    use Language::{Danish, Dutch, Finnish, German, Norwegian, Swedish};
    matches!(language, German | Dutch | Danish | Swedish | Norwegian | Finnish)
}

/// The word of the sources that is a part of a compound, its last one first, or else the compound of theirs that has it as a
/// part.
fn of_compound(stem: &str, stems: &Stems, ids: &HashMap<String, u32>) -> Option<u32> {
    let known = |part: &str| ids.get(part).copied().filter(|id| *id < stems.ids);
    let cuts =
        || (alike::ROOT..stem.len().saturating_sub(alike::ROOT - 1)).filter(|at| stem.is_char_boundary(*at));
    let last = cuts().filter(|at| stem.len() - at >= alike::PART).find_map(|at| known(&stem[at..]));
    let first = || cuts().rev().filter(|at| *at >= alike::PART).find_map(|at| known(&stem[..at]));
    let whole = || {
        let has = |(other, _): &&(String, u32)| {
            stem.len() >= alike::PART
                && other.len() >= stem.len() + alike::ROOT
                && (other.ends_with(stem) || other.starts_with(stem))
        };
        stems.long.iter().find(has).map(|(_, id)| *id)
    };
    last.or_else(first).or_else(whole)
}

/// Where the runs of characters of a kind are in a text, in bytes: its words, as far as `is_inside` tells.
pub(super) fn runs(text: &str, is_inside: impl Fn(char) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(&is_inside)?;
        at = start + text[start..].find(|it| !is_inside(it)).unwrap_or(text.len() - start);
        Some(start..at)
    })
}

/// Whether a word with a capital follows, as surnames follow first names.
fn precedes_capital(after: &str) -> bool {
    let mut following = after.strip_prefix(' ').unwrap_or_default().chars();
    following.next().is_some_and(char::is_uppercase) && following.next().is_some_and(char::is_lowercase)
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
