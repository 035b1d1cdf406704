//! Which terms of the index the words of a query mean.

use std::collections::BTreeSet;

use super::query::{LexicalQuery, QueryWord};
use crate::bit_set::BitSet;
use crate::index::analyzer::{Alike, Analyzer, Form, Keys, spell_out, without_marks};
use crate::index::postings::{Lexicon, Postings};
use crate::language::Language;
use crate::order;

/// How a term in a text is what a query asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// The word as it is written, but for case.
    Exact,
    /// Another spelling: accents, umlauts, points and vowel marks aside.
    Folded,
    /// Another form of the word, by its stem.
    Stem,
    /// A part of a word or number, or several words that are written as one elsewhere.
    Part,
    /// A word that begins as the last word of the query.
    Prefix,
    /// A compound that the word is a part of, or a word with a long common beginning.
    Compound,
    /// A word at an edit distance of 1 or 2, as there is none that is written so.
    Typo,
}

/// What a frequency of 1 counts, in the units of weights of terms.
pub(super) const FULL_WEIGHT: u32 = 16;

/// Fewer function words in a query do not tell its language: `door` is one in Dutch, `hat` in German.
const MIN_FUNCTION_WORDS: usize = 2;

impl MatchKind {
    /// Its name in lower case, as in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Folded => "folded",
            Self::Stem => "stem",
            Self::Part => "part",
            Self::Prefix => "prefix",
            Self::Compound => "compound",
            Self::Typo => "typo",
        }
    }

    /// How much of a word a text holds that has it so, from 0 to 1.
    pub(super) const fn share(self) -> f32 {
        match self {
            Self::Exact | Self::Folded | Self::Stem => 1.0,
            Self::Part => 0.9,
            Self::Prefix | Self::Compound | Self::Typo => 0.7,
        }
    }

    /// What an occurrence counts, of [`FULL_WEIGHT`].
    const fn weight(self) -> u32 {
        match self {
            Self::Exact => FULL_WEIGHT,
            Self::Folded => 12,
            Self::Stem => 11,
            Self::Part => 10,
            Self::Prefix => 8,
            Self::Compound | Self::Typo => 6,
        }
    }
}

/// A list of postings that a word of the query means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct List {
    /// The place of the lexicon in its postings.
    pub(super) lexicon: usize,
    /// The place of the term there.
    pub(super) place: usize,
    pub(super) kind: MatchKind,
    /// What an occurrence counts, of [`FULL_WEIGHT`]; 0 where the word is a function word of that language, whose rows
    /// only tell how common it is.
    pub(super) weight: u32,
}

/// A word of the query, and the terms that it means.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Resolved {
    pub(super) word: QueryWord,
    /// In each segment.
    pub(super) lists: Vec<Vec<List>>,
    /// The languages of documents in which it is passed over.
    pub(super) ignored_in: Vec<Option<Language>>,
    /// Whether these are all that documents are in.
    pub(super) is_ignored: bool,
}

impl Resolved {
    /// The terms that the word means, each with its language and with whether it is in texts as a part, or as several words,
    /// only; `segments` are those that it was looked for in. Terms of several segments come for each.
    pub(super) fn terms<'p>(
        &self,
        segments: &[Option<&'p Postings>],
    ) -> impl Iterator<Item = (Option<Language>, &'p str, bool, MatchKind)> {
        let lists =
            segments.iter().zip(&self.lists).filter_map(|(postings, lists)| Some(((*postings)?, lists)));
        lists.flat_map(|(postings, lists)| {
            let counted = lists.iter().filter(|list| list.weight > 0);
            counted.map(|list| {
                let lexicon = &postings.lexicons()[list.lexicon];
                let (term, is_part) = lexicon.term(list.place);
                (lexicon.language(), term, is_part, list.kind)
            })
        })
    }

    /// Whether the word counts anywhere.
    pub(super) fn counts(&self) -> bool {
        self.lists.iter().flatten().any(|list| list.weight > 0)
    }
}

/// A segment as it is searched by words: its postings, and which of its rows do not count.
pub(super) struct Searched<'s> {
    pub(super) postings: &'s Postings,
    /// Its rows of removed documents; `None` where there are none, as in most segments.
    pub(super) removed: Option<BitSet>,
}

impl Searched<'_> {
    /// How many live rows have the term at a place.
    pub(super) fn live_count(&self, lexicon: &Lexicon, place: usize) -> usize {
        match &self.removed {
            None => lexicon.count(place) as usize,
            Some(removed) => lexicon.list(place).filter(|posting| !removed.contains(posting.row)).count(),
        }
    }

    /// Whether a live row has the term at a place.
    pub(super) fn is_live(&self, lexicon: &Lexicon, place: usize) -> bool {
        let Some(removed) = &self.removed else { return true };
        lexicon.list(place).any(|posting| !removed.contains(posting.row))
    }
}

/// What is known of the languages of an index, for one query.
pub(super) struct IndexLanguages {
    /// Those that live documents are in.
    all: BTreeSet<Option<Language>>,
    /// Those of them whose words are known by more than their letters.
    known: Vec<Language>,
    /// Those that documents of undecided language are taken to be in.
    presumed: Vec<Language>,
}

impl IndexLanguages {
    /// For live documents in these languages.
    pub(super) fn new(all: BTreeSet<Option<Language>>) -> Self {
        let known: Vec<_> = all.iter().copied().flatten().filter(|it| *it != Language::None).collect();
        Self { all, presumed: known.clone(), known }
    }

    /// How texts of queries are cut into words.
    pub(super) fn analyzer(&self) -> Analyzer {
        Analyzer::of_languages(&self.known)
    }

    /// Where no document tells a language, the function words of the query do; else it may be in any.
    fn presume(&mut self, query: &LexicalQuery) {
        if !self.presumed.is_empty() {
            return;
        }
        let counted = Language::ALL.map(|language| {
            let analyzer = Analyzer::new(Some(language));
            let is_function_word =
                |word: &&QueryWord| word.form == Form::Word && analyzer.is_function_word(&word.term);
            (query.words.iter().filter(is_function_word).count(), language)
        });
        let most = counted.iter().map(|(count, _)| *count).max().unwrap_or_default();
        let may_be = |count: usize| count == most || most < MIN_FUNCTION_WORDS;
        self.presumed =
            counted.into_iter().filter(|(count, _)| may_be(*count)).map(|(_, language)| language).collect();
    }

    /// What gives words their keys in each of the known languages.
    pub(super) fn keys(&self) -> impl Iterator<Item = Keys> {
        self.known.iter().map(|language| Keys::new(Some(*language)))
    }

    /// Those of the known ones that have compounds.
    pub(super) fn with_compounds(&self) -> impl Iterator<Item = Language> {
        self.known.iter().copied().filter(|language| language.has_compounds())
    }

    /// Whether words of documents in `language` may be compounds.
    pub(super) fn have_compounds(&self, language: Option<Language>) -> bool {
        match language {
            Some(language) => language.has_compounds(),
            None => self.with_compounds().next().is_some(),
        }
    }
}

/// What the words of a query are in one language.
struct Interpretation {
    /// The keys of each word.
    keys: Vec<Vec<(String, Alike)>>,
    /// Whether each is passed over: a function word beside better words.
    is_ignored: Vec<bool>,
}

impl Interpretation {
    fn new(query: &LexicalQuery, language: Option<Language>, languages: &IndexLanguages) -> Self {
        let keys = match language {
            Some(_) => Keys::new(language),
            None => Keys::of_undecided(&languages.presumed),
        };
        let keys_of = |word: &QueryWord| {
            let mut found: Vec<(String, Alike)> = Vec::new();
            if matches!(word.form, Form::Word | Form::Part) {
                keys.of(&word.term, &mut |key, alike| {
                    if key != word.term && found.iter().all(|(known, _)| known != key) {
                        found.push((key.to_owned(), alike));
                    }
                });
            }
            found
        };
        let is_ignored = match language {
            None if languages.presumed.len() == Language::ALL.len() => vec![false; query.words.len()],
            None => ignored(query, &Analyzer::of_languages(&languages.presumed), &languages.presumed),
            Some(language) => ignored(query, &Analyzer::new(Some(language)), &[language]),
        };
        Self { keys: query.words.iter().map(keys_of).collect(), is_ignored }
    }
}

/// Which words of a query are passed over: function words, unless they are meant, or there are no others. Of nothing but
/// function words those that ask count, if there are such: "The Who".
fn ignored(query: &LexicalQuery, analyzer: &Analyzer, languages: &[Language]) -> Vec<bool> {
    let is_function_word = |word: &QueryWord| !word.is_meant && analyzer.is_function_word(&word.term);
    let words = || query.words.iter().filter(|word| word.form == Form::Word);
    if words().any(|word| !is_function_word(word)) {
        return query.words.iter().map(is_function_word).collect();
    }
    let stop_words: Vec<_> = languages.iter().map(|language| language.stop_words()).collect();
    let is_stop_word = |word: &QueryWord| {
        let lists_word = |list: &Vec<&str>| list.binary_search(&word.term.as_str()).is_ok();
        is_function_word(word) && stop_words.iter().any(lists_word)
    };
    if words().any(|word| !is_stop_word(word)) {
        query.words.iter().map(is_stop_word).collect()
    } else {
        vec![false; query.words.len()]
    }
}

/// The terms that the words of a query mean as they are written, in other spellings and other forms.
pub(super) fn resolve(
    segments: &[Option<Searched<'_>>],
    query: &LexicalQuery,
    languages: &mut IndexLanguages,
) -> Vec<Resolved> {
    languages.presume(query);
    let languages = &*languages;
    let interpretation = |language: &Option<Language>| Interpretation::new(query, *language, languages);
    let interpretations =
        order::map(languages.all.iter().map(|language| (*language, interpretation(language))));
    let unresolved = |(at, word): (usize, &QueryWord)| {
        let ignored = interpretations.iter().filter(|(_, interpretation)| interpretation.is_ignored[at]);
        let ignored_in: Vec<_> = ignored.map(|(language, _)| *language).collect();
        let is_ignored = ignored_in.len() == interpretations.len();
        Resolved { word: word.clone(), lists: vec![Vec::new(); segments.len()], ignored_in, is_ignored }
    };
    let mut resolved: Vec<Resolved> = query.words.iter().enumerate().map(unresolved).collect();
    for (at_segment, segment) in segments.iter().enumerate() {
        let Some(segment) = segment else { continue };
        for (number, lexicon) in segment.postings.lexicons().iter().enumerate() {
            // A lexicon may outlive its last document.
            let Some(interpretation) = interpretations.get(&lexicon.language()) else { continue };
            for (at, word) in resolved.iter_mut().enumerate() {
                match interpretation.is_ignored[at] {
                    true => word.take_ignored(at_segment, number, lexicon),
                    false => word.look_up(at_segment, number, segment, &interpretation.keys[at]),
                }
            }
        }
    }
    (0..resolved.len()).for_each(|at| merge_joined(&mut resolved, at));
    resolved
}

/// Makes several words that are looked for as one another form of each of them: a text that has them apart and one that
/// has them together say the same. Identifiers stay, as a text that has their parts apart says something else.
fn merge_joined(resolved: &mut [Resolved], at: usize) {
    let word = &resolved[at].word;
    let is_identifier = word.term.contains(|mark: char| mark.is_ascii_digit() || mark == '&');
    if word.form != Form::Joined || is_identifier {
        return;
    }
    let parts: Vec<usize> =
        word.stands_for.iter().copied().filter(|part| !resolved[*part].is_ignored).collect();
    if parts.is_empty() {
        return;
    }
    let lists = std::mem::take(&mut resolved[at].lists);
    resolved[at].lists = vec![Vec::new(); lists.len()];
    for part in parts {
        for (segment, list) in
            lists.iter().enumerate().flat_map(|(at, lists)| lists.iter().map(move |it| (at, *it)))
        {
            let weight = list.weight.min(MatchKind::Part.weight());
            resolved[part].add(segment, List { kind: list.kind.max(MatchKind::Part), weight, ..list });
        }
    }
}

impl Resolved {
    fn take_ignored(&mut self, segment: usize, number: usize, lexicon: &Lexicon) {
        if let (Some(place), Form::Word) = (lexicon.find(&self.word.term).term, self.word.form) {
            self.add(segment, List { lexicon: number, place, kind: MatchKind::Exact, weight: 0 });
        }
    }

    /// Takes the terms of a lexicon that have the word, or one of its keys, as term or key.
    fn look_up(&mut self, at: usize, number: usize, segment: &Searched<'_>, keys: &[(String, Alike)]) {
        let lexicon = &segment.postings.lexicons()[number];
        let own = lexicon.find(&self.word.term);
        if let Some(place) = own.term {
            self.take(at, number, segment, place, MatchKind::Exact);
        }
        if self.word.form == Form::Name {
            return;
        }
        self.take_alike(at, number, segment, own.with_key);
        for (key, alike) in keys {
            let found = lexicon.find(key);
            // A term is its own key; those of undecided language have a mark before it.
            let term = match key.trim_start_matches(|mark: char| mark.is_control()) {
                term if term.len() < key.len() => lexicon.find(term).term,
                _ => found.term,
            };
            if let Some(place) = term {
                let kind = if *alike == Alike::Folded { MatchKind::Folded } else { MatchKind::Stem };
                self.take(at, number, segment, place, kind);
            }
            self.take_alike(at, number, segment, found.with_key);
        }
    }

    /// Takes the terms at places that have the word, or one of its keys, as key.
    fn take_alike(&mut self, at: usize, number: usize, segment: &Searched<'_>, places: &[u32]) {
        let lexicon = &segment.postings.lexicons()[number];
        for &place in places {
            let (term, _) = lexicon.term(place as usize);
            let own = self.word.term.as_str();
            let kind = if term == own {
                MatchKind::Exact
            } else if without_marks(term) == without_marks(own)
                || spell_out(term).is_some_and(|spelt| spelt == own)
            {
                MatchKind::Folded
            } else {
                MatchKind::Stem
            };
            self.take(at, number, segment, place as usize, kind);
        }
    }

    /// Takes the term at a place of a lexicon, by the numbers of its segment and of the lexicon there, if live rows have
    /// it, and unless it has been taken as something closer.
    pub(super) fn take(
        &mut self,
        at: usize,
        number: usize,
        segment: &Searched<'_>,
        place: usize,
        kind: MatchKind,
    ) {
        let lexicon = &segment.postings.lexicons()[number];
        if !segment.is_live(lexicon, place) {
            return;
        }
        let (_, is_part) = lexicon.term(place);
        let weight = match is_part {
            true => kind.weight() * MatchKind::Part.weight() / FULL_WEIGHT,
            false => kind.weight(),
        };
        let kind = if is_part { kind.max(MatchKind::Part) } else { kind };
        self.add(at, List { lexicon: number, place, kind, weight });
    }

    fn add(&mut self, segment: usize, list: List) {
        let lists = &mut self.lists[segment];
        match lists.iter_mut().find(|known| (known.lexicon, known.place) == (list.lexicon, list.place)) {
            Some(known) if known.weight < list.weight => *known = list,
            Some(_) => {}
            None => lists.push(list),
        }
    }
}
