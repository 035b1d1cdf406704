//! Terms that a word of a query may mean beside those that have its letters: what it is the beginning of, what it is a part
//! of, and what it is a typing mistake for.
//!
//! Which terms these are is decided for the whole index, from counts of live rows, so that it does not depend on how rows lie
//! in segments.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::query::{LexicalQuery, QueryWord};
use super::resolve::{IndexLanguages, MatchKind, Resolved, Searched};
use crate::index::analyzer::{Form, Keys, is_unspaced, without_marks};
use crate::index::postings::{Lexicon, Similar};
use crate::order::{self, Order};

/// How far words are widened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widening {
    /// Whether words that are found nowhere are taken for typing mistakes.
    pub typos: bool,
    /// Whether words are looked for inside compounds, in languages that have them.
    pub compounds: bool,
    /// Whether the last word is taken for the beginning of one, if nothing comes after it.
    pub prefix: bool,
}

impl Default for Widening {
    fn default() -> Self {
        Self { typos: true, compounds: true, prefix: false }
    }
}

/// Queries of more words are not widened: they are texts, which need none of it.
pub(super) const MAX_WORDS: usize = 128;

/// The most terms that a beginning stands for.
const MAX_BEGINNINGS: usize = 64;

/// The most compounds that a word is looked for in.
const MAX_COMPOUNDS: usize = 64;

/// The most words that a typing mistake may stand for.
const MAX_CORRECTIONS: usize = 8;

/// Shorter words are not looked for inside compounds.
const MIN_COMPOUND_PART: usize = 4;

/// Shorter parts of a compound in a query are not looked for.
const MIN_SPLIT: usize = 3;

/// So many letters more than its part a compound has at least.
const MIN_REST: usize = 3;

/// Words of fewer letters are not taken for typing mistakes; those with as many as the second number may have two.
const MIN_TYPO: [usize; 2] = [4, 8];

/// Widens the words of a query.
pub(super) fn widen(
    segments: &[Option<Searched<'_>>],
    query: &LexicalQuery,
    languages: &IndexLanguages,
    widening: Widening,
    resolved: &mut [Resolved],
) {
    let widener = Widener::new(segments, languages);
    if let Some(last) = query.last.filter(|_| widening.prefix) {
        widener.add_beginnings(&mut resolved[last]);
    }
    if resolved.len() > MAX_WORDS {
        return;
    }
    if widening.compounds {
        resolved.iter_mut().filter(|word| word.may_be_part()).for_each(|word| widener.add_compounds(word));
    }
    if widening.typos {
        for at in 0..resolved.len() {
            let has_substitute =
                || query.substitutes[at].iter().any(|other| widener.is_found(&resolved[*other]));
            let is_found = widener.is_found(&resolved[at]) || has_substitute();
            if !is_found && resolved[at].may_be_mistake() {
                let corrections = widener.corrections(&resolved[at].word.term);
                widener.take(&mut resolved[at], &corrections, MatchKind::Typo, |_| true);
            }
        }
    }
}

impl Resolved {
    /// Whether the word may be a part of compounds.
    fn may_be_part(&self) -> bool {
        self.word.form == Form::Word
            && self.word.term.chars().count() >= MIN_COMPOUND_PART
            && self.word.term.chars().all(char::is_alphabetic)
    }

    /// Whether the word may be mistyped.
    fn may_be_mistake(&self) -> bool {
        self.word.form == Form::Word && most_steps(&self.word.term) > 0
    }
}

/// How many steps a word may be away from what was meant.
fn most_steps(term: &str) -> u32 {
    let is_word = term.chars().all(|letter| letter.is_alphabetic() || letter == '\'');
    if !is_word || term.starts_with(is_unspaced) {
        return 0; // numbers, identifiers and pairs of characters that look alike are others
    }
    let letters = term.chars().count();
    MIN_TYPO.iter().filter(|least| letters >= **least).count() as u32
}

/// What the words of an index tell about those of a query.
pub(super) struct Widener<'w, 's> {
    segments: &'w [Option<Searched<'s>>],
    languages: &'w IndexLanguages,
    /// Of each language that has compounds.
    compound_keys: Vec<Keys>,
}

impl<'w, 's> Widener<'w, 's> {
    pub(super) fn new(segments: &'w [Option<Searched<'s>>], languages: &'w IndexLanguages) -> Self {
        let compound_keys = languages.with_compounds().map(|language| Keys::new(Some(language))).collect();
        Self { segments, languages, compound_keys }
    }

    /// All lexicons, each with its segment and the place of both.
    fn lexicons(&self) -> impl Iterator<Item = (usize, usize, &Searched<'s>, &'s Lexicon)> {
        self.segments.iter().enumerate().flat_map(|(at, segment)| {
            segment.iter().flat_map(move |segment| {
                segment
                    .postings
                    .lexicons()
                    .iter()
                    .enumerate()
                    .map(move |(number, it)| (at, number, segment, it))
            })
        })
    }

    /// Whether a live row has a term that the word means.
    fn is_found(&self, word: &Resolved) -> bool {
        self.segments.iter().zip(&word.lists).any(|(segment, lists)| {
            segment.as_ref().is_some_and(|segment| {
                lists
                    .iter()
                    .any(|list| segment.is_live(&segment.postings.lexicons()[list.lexicon], list.place))
            })
        })
    }

    /// Takes those of `terms` that lexicons of the accepted languages have.
    fn take(
        &self,
        word: &mut Resolved,
        terms: &[String],
        kind: MatchKind,
        accepts: impl Fn(&Lexicon) -> bool,
    ) {
        for (at, number, segment, lexicon) in self.lexicons().filter(|(.., lexicon)| accepts(lexicon)) {
            for term in terms {
                let places = lexicon.with_form(term).filter(|place| lexicon.term(*place).0 == term);
                places.for_each(|place| word.take(at, number, segment, place, kind));
            }
        }
    }

    /// The words of accepted lexicons that begin with `prefix`, each with how often live rows have it.
    pub(super) fn beginning_with(
        &self,
        prefix: &str,
        accepts: impl Fn(&Lexicon) -> bool,
    ) -> BTreeMap<&'s str, usize> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, _, segment, lexicon) in self.lexicons().filter(|(.., lexicon)| accepts(lexicon)) {
            for place in lexicon.beginning_with(prefix) {
                *counts.entry(lexicon.term(place).0).or_default() += segment.live_count(lexicon, place);
            }
        }
        counts.retain(|_, count| *count > 0);
        counts
    }

    /// Whether a live row has a term of an accepted lexicon that is `form`, or has it as a key.
    pub(super) fn has(&self, form: &str, accepts: impl Fn(&Lexicon) -> bool) -> bool {
        let mut lexicons = self.lexicons().filter(|(.., lexicon)| accepts(lexicon));
        lexicons.any(|(_, _, segment, lexicon)| {
            lexicon.with_form(form).any(|place| segment.is_live(lexicon, place))
        })
    }

    /// Whether a lexicon's words may be compounds.
    fn has_compounds(&self, lexicon: &Lexicon) -> bool {
        self.languages.have_compounds(lexicon.language())
    }

    fn add_beginnings(&self, word: &mut Resolved) {
        let counts = self.beginning_with(&word.word.term, |_| true);
        let best = best(counts, MAX_BEGINNINGS);
        self.take(word, &best, MatchKind::Prefix, |_| true);
    }

    /// Takes the compounds that begin or end with the word or with a form of it; where there are none, and it is found
    /// nowhere, words with a long common beginning.
    fn add_compounds(&self, word: &mut Resolved) {
        let accepts = |lexicon: &Lexicon| self.has_compounds(lexicon);
        if !self.lexicons().any(|(.., lexicon)| accepts(lexicon)) {
            return;
        }
        let postings: Vec<_> =
            self.segments.iter().map(|it| it.as_ref().map(|segment| segment.postings)).collect();
        let close = word.terms(&postings).filter(|(.., kind)| *kind <= MatchKind::Stem);
        let mut forms: Vec<String> = close.map(|(_, term, ..)| term.to_owned()).collect();
        forms.push(word.word.term.clone());
        for keys in &self.compound_keys {
            // The stem without a mark: compounds are known by it, too.
            keys.of(&word.word.term, &mut |key, _| forms.push(key.to_owned()));
        }
        forms.retain(|form| form.chars().count() >= MIN_COMPOUND_PART);
        forms.order();
        forms.dedup();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, _, segment, lexicon) in self.lexicons().filter(|(.., lexicon)| accepts(lexicon)) {
            let is_longer = |form: &str, place: usize| lexicon.term(place).0.len() >= form.len() + MIN_REST;
            let of_form = |form: &String| -> Vec<usize> {
                lexicon.compounds_of(form).filter(|place| is_longer(form, *place)).collect()
            };
            for place in order::set(forms.iter().flat_map(of_form)) {
                *counts.entry(lexicon.term(place).0).or_default() += segment.live_count(lexicon, place);
            }
        }
        counts.retain(|_, count| *count > 0);
        if counts.is_empty() && !self.is_found(word) && self.corrections(&word.word.term).is_empty() {
            counts = self.with_common_beginning(&word.word.term, accepts);
        }
        let best = best(counts, MAX_COMPOUNDS);
        self.take(word, &best, MatchKind::Compound, accepts);
    }

    /// The words that share the longest beginning with one, of more than half of its letters.
    fn with_common_beginning(
        &self,
        word: &str,
        accepts: impl Fn(&Lexicon) -> bool,
    ) -> BTreeMap<&'s str, usize> {
        let letters: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        let least = (letters.len() * 3 / 5).max(5);
        let beginnings = (least..letters.len()).rev().map(|end| &word[..letters[end]]);
        let mut counts = beginnings.map(|beginning| self.beginning_with(beginning, &accepts));
        counts.find(|counts| !counts.is_empty()).unwrap_or_default()
    }

    /// The parts of a compound, if it is one of words that the index has.
    pub(super) fn split(&self, word: &QueryWord) -> Option<[String; 2]> {
        let letters: Vec<usize> = word.term.char_indices().map(|(at, _)| at).collect();
        let is_word = word.form == Form::Word && word.term.chars().all(char::is_alphabetic);
        let has_compounds = self.lexicons().any(|(.., lexicon)| self.has_compounds(lexicon));
        if !is_word || letters.len() < 2 * MIN_SPLIT || !has_compounds {
            return None;
        }
        let has = |part: &str| self.has(part, |lexicon| self.has_compounds(lexicon));
        let is_known = |part: &str| {
            let mut is_known = has(part);
            for keys in &self.compound_keys {
                keys.of(part, &mut |key, _| is_known = is_known || has(key));
            }
            is_known
        };
        let splits = (MIN_SPLIT..=letters.len() - MIN_SPLIT).filter_map(|at| {
            let (first, second) = word.term.split_at(letters[at]);
            if !is_known(second) {
                return None;
            }
            // What German puts between the parts of a compound.
            let linked = ["", "s", "n", "en", "es", "er", "e"].into_iter();
            let stem = linked.filter_map(|link| first.strip_suffix(link)).find(|first| is_known(first))?;
            Some([stem.to_owned(), second.to_owned()])
        });
        // The more even, the likelier both parts are words.
        splits.max_by_key(|[first, second]| (first.len().min(second.len()), Reverse(first.len())))
    }

    /// The words that a mistyped one may stand for, the likeliest first.
    pub(super) fn corrections(&self, term: &str) -> Vec<String> {
        let term = &without_marks(term);
        let most = most_steps(term);
        if most == 0 {
            return Vec::new();
        }
        let similar = Similar::new(term, most);
        let mut found: BTreeMap<&str, (Reverse<u32>, usize)> = BTreeMap::new();
        for (_, _, segment, lexicon) in self.lexicons() {
            let mut steps_to: BTreeMap<usize, u32> = BTreeMap::new();
            lexicon.similar(&similar, &mut |place, steps| {
                let fewest = steps_to.entry(place).or_insert(steps);
                *fewest = steps.min(*fewest);
            });
            for (place, steps) in steps_to {
                let (term, _) = lexicon.term(place);
                let count = segment.live_count(lexicon, place);
                if count > 0
                    && term.chars().all(|letter| letter.is_alphabetic() && !letter.is_ascii_uppercase())
                {
                    let (fewest, all) = found.entry(term).or_insert((Reverse(steps), 0));
                    *fewest = Reverse(steps).max(*fewest);
                    *all += count;
                }
            }
        }
        let nearest = found.values().map(|(Reverse(steps), _)| *steps).min();
        found.retain(|_, (Reverse(steps), _)| Some(*steps) == nearest);
        best(found, MAX_CORRECTIONS)
    }
}

/// The best of some terms by what they count, then alphabetically.
pub(super) fn best<Rank: Ord>(counts: BTreeMap<&str, Rank>, most: usize) -> Vec<String> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, first), (b, second)| second.cmp(first).then_with(|| a.cmp(b)));
    counts.into_iter().take(most).map(|(term, _)| term.to_owned()).collect()
}
