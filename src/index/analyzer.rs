//! From text to the terms that the lexical index knows.
//!
//! 1. Compatibility form (NFKC), with the way back to the text as it was ([`normal`]).
//! 2. Words, with what stays inside them, and which of them are written as one ([`scan`]).
//! 3. Each word as a term in folded case, and at the same place the *parts* by which people look for it ([`parts`]); of
//!    scripts without spaces overlapping pairs of characters ([`scripts`]).
//! 4. Of each distinct term the *keys*: the forms under which it is found in other spellings and inflections, without
//!    marks ([`fold`]) and as a stem.
//!
//! A dictionary holds terms as they are written and their keys apart, so that a search can tell the exact spelling from
//! what is only alike.

mod fold;
mod neighbours;
mod normal;
mod parts;
mod scan;
mod scripts;

use std::ops::Range;

use rust_stemmers::Stemmer;

use crate::language::{Language, LanguageSet};
use neighbours::Neighbours;
use normal::Normal;
use parts::Parts;
use scan::{Compound, Word};

pub(crate) use fold::{ascii_digit, spell_out, without_marks};
pub(crate) use parts::days;
pub(crate) use scripts::is_unspaced;

/// Longer terms are cut to this many characters, in documents and in queries alike.
pub const MAX_TERM_CHARS: usize = 64;

/// Names between strokes, and names in capitals but for one letter more, are no longer than this.
const MAX_NAME_CHARS: usize = 4;

/// Words written as one of more parts than this are not looked for as one: addresses and paths.
const MAX_JOINED: usize = 8;

/// Which side of a search the terms are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Each Han character is a term as well, so that a query of one character finds it inside words.
    Passage,
    /// Of Han characters only the pairs, where there are any: they say more.
    Query,
}

/// How a term is in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Form {
    /// As a word of its own.
    Word,
    /// As a part of a word.
    Part,
    /// As several words that are written as one: `email` for `e-mail`.
    Joined,
    /// As a name in capitals that is a function word otherwise: `IT`.
    Name,
}

/// A term in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) term: &'t str,
    pub(crate) form: Form,
    /// Words have consecutive numbers, as have the characters of scripts that are written without spaces; parts have that
    /// of their word.
    pub(crate) place: Range<u32>,
    /// Where it is, in bytes of the text.
    pub(crate) span: Range<usize>,
}

/// Turns texts into terms.
pub(crate) struct Analyzer {
    /// What a text may be in; empty where that is undecided.
    languages: LanguageSet,
}

impl Analyzer {
    /// For documents of a language; `None` where it is undecided.
    pub(crate) fn new(language: Option<Language>) -> Self {
        Self::of_languages(language.as_slice())
    }

    /// For a text that may be in each of several languages.
    pub(crate) fn of_languages(languages: &[Language]) -> Self {
        Self { languages: languages.iter().copied().collect() }
    }

    /// Calls `take` with each term of `text`, in the order of places, repeated terms included.
    pub(crate) fn analyze(&self, text: &str, side: Side, take: &mut dyn FnMut(Token<'_>)) {
        let normal = Normal::new(text);
        let mut sink = Sink { normal: &normal, place: 0, term: String::new(), take };
        let mut neighbours = Neighbours::default();
        scan::scan(normal.text(), &mut |compound| {
            let first = sink.place;
            self.compound(compound, side, &mut sink);
            if side == Side::Passage {
                let is_function_word = |word: &str| self.is_function_word(&word.to_lowercase());
                neighbours.push(normal.text(), compound, first..sink.place, &is_function_word, &mut sink);
            }
        });
        neighbours.end_run(&mut sink);
    }

    /// Whether `term`, in folded case, is a function word of its languages; of any, where that is undecided.
    pub(crate) fn is_function_word(&self, term: &str) -> bool {
        let all = if self.languages.is_empty() { LanguageSet::all() } else { self.languages };
        LanguageSet::with_function_word(term).meets(all)
    }

    fn compound(&self, compound: &Compound, side: Side, sink: &mut Sink<'_, '_>) {
        let first = sink.place;
        let mut starts = Vec::with_capacity(compound.len());
        for word in compound {
            starts.push(sink.place);
            match word.is_unspaced {
                true => sink.unspaced(word.span.clone(), side),
                false => self.word(word, side, sink),
            }
        }
        if compound.len() < 2 {
            return;
        }
        let text = sink.normal.text();
        let joined = |words: &Compound| -> String {
            let text = &text[words[0].span.start..words[words.len() - 1].span.end];
            text.chars().filter(|character| !is_joint(*character)).collect()
        };
        let has_digit = |words: &Compound| {
            text[words[0].span.start..words[words.len() - 1].span.end].contains(char::is_numeric)
        };
        let span = |words: &Compound| words[0].span.start..words[words.len() - 1].span.end;
        // Words between strokes are alternatives or a path, short ones a name: TCP/IP.
        let is_long = |word: &Word| text[word.span.clone()].chars().nth(MAX_NAME_CHARS).is_some();
        let is_path = text[span(compound)].contains('/')
            && !has_digit(compound)
            && (compound.len() > 2 || compound.iter().any(is_long));
        let place = first..sink.place;
        if compound.len() <= MAX_JOINED && !is_path {
            let joined = joined(compound);
            sink.part(&joined, Form::Joined, place.clone(), span(compound));
            let are_initials = compound.iter().all(|word| word.span.len() == 1);
            if are_initials && self.is_function_word(&joined.to_lowercase()) && is_capital(&joined) {
                sink.name(&joined, place.clone(), span(compound));
            }
        }
        if let [_, _, _] = compound {
            let groups: Vec<&str> = compound.iter().map(|word| &text[word.span.clone()]).collect();
            let mark = text[compound[0].span.end..].chars().next().unwrap_or_default();
            parts::dates(&groups, mark).iter().for_each(|date| {
                sink.part(date, Form::Joined, place.clone(), span(compound));
            });
        }
        if compound.len() > 2 {
            starts.push(sink.place);
            for (at, pair) in compound.windows(2).enumerate().filter(|(_, pair)| has_digit(pair)) {
                sink.part(&joined(pair), Form::Joined, starts[at]..starts[at + 2], span(pair));
            }
        }
    }

    fn word(&self, word: &Word, side: Side, sink: &mut Sink<'_, '_>) {
        let text = sink.normal.text();
        let (place, name) = (sink.place, word.name.clone());
        let span = self.without_apostrophe(text, word.span.clone());
        let written = &text[span.clone()];
        if name == word.span {
            sink.word(&text[span.clone()], span.clone());
        } else {
            sink.word(&text[name.clone()], name);
            // Of one letter and its symbols the letter alone is another name.
            let is_letter = written.chars().count() == 1;
            sink.part(
                written,
                if is_letter { Form::Part } else { Form::Word },
                place..place + 1,
                span.clone(),
            );
        }
        let Parts { inner, whole } = Parts::of(written);
        inner.iter().for_each(|part| sink.part(part, Form::Part, place..place + 1, span.clone()));
        whole.iter().for_each(|whole| sink.part(whole, Form::Joined, place..place + 1, span.clone()));
        scripts::hangul_parts(written, side == Side::Passage, &mut |part| {
            sink.part(part, Form::Part, place..place + 1, span.clone());
        });
        if self.is_name(text, &span) {
            sink.name(written, place..place + 1, span);
        }
    }

    /// Where the word is without the English possessive, and without the article or pronoun that is elided before it.
    fn without_apostrophe(&self, text: &str, span: Range<usize>) -> Range<usize> {
        let Some((before, mark)) =
            text[span.clone()].char_indices().find(|(_, character)| is_apostrophe(*character))
        else {
            return span;
        };
        let (elided, rest) = (&text[span.start..span.start + before], span.start + before + mark.len_utf8());
        let is_elided = |language: Language| {
            language.elided_words().iter().any(|word| word.eq_ignore_ascii_case(elided)) && rest < span.end
        };
        let is_possessive = before > 0 && text[rest..span.end].eq_ignore_ascii_case("s");
        if is_possessive && self.languages.contains(Language::English) {
            span.start..span.start + before
        } else if Language::ALL
            .into_iter()
            .any(|language| self.languages.contains(language) && is_elided(language))
        {
            rest..span.end
        } else {
            span
        }
    }

    /// Whether a function word is written as a name: in capitals, as one letter not at the beginning of a sentence.
    fn is_name(&self, text: &str, span: &Range<usize>) -> bool {
        let word = &text[span.clone()];
        if word == "I" {
            return false; // the pronoun
        }
        if word.len() > MAX_NAME_CHARS + 1 || !is_capital(word) {
            return false;
        }
        let before = text[..span.start].trim_end().chars().next_back();
        let begins =
            before.is_none_or(|before| !before.is_alphanumeric() && !matches!(before, ',' | ';' | ')'));
        (word.len() > 1 || !begins) && self.is_function_word(&word.to_ascii_lowercase())
    }
}

/// A text without case, and without what else nobody means when they type.
pub(crate) fn fold_text(text: &str) -> String {
    fold::folded(Normal::new(text).text())
}

/// Where terms go.
struct Sink<'s, 't> {
    normal: &'s Normal<'t>,
    /// The place of the next word.
    place: u32,
    /// The term that was given last.
    term: String,
    take: &'s mut dyn FnMut(Token<'_>),
}

impl Sink<'_, '_> {
    fn word(&mut self, written: &str, span: Range<usize>) {
        self.part(written, Form::Word, self.place..self.place + 1, span);
        self.place += 1;
    }

    fn part(&mut self, written: &str, form: Form, place: Range<u32>, span: Range<usize>) {
        self.term.clear();
        fold::fold_case(written, &mut self.term);
        self.give(form, place, span);
    }

    fn name(&mut self, written: &str, place: Range<u32>, span: Range<usize>) {
        self.term.clear();
        self.term.push_str(written);
        self.give(Form::Name, place, span);
    }

    fn give(&mut self, form: Form, place: Range<u32>, span: Range<usize>) {
        let term = cut(&self.term);
        if !term.is_empty() {
            (self.take)(Token { term, form, place, span: self.normal.origin(span) });
        }
    }

    /// A run of a script that is written without spaces.
    fn unspaced(&mut self, span: Range<usize>, side: Side) {
        let normal = self.normal;
        let first = self.place;
        let run = &normal.text()[span.clone()];
        let count = scripts::pairs(run, side == Side::Passage, &mut |pair, within| {
            let place = first + within.start..first + within.end;
            self.part(&run[pair.clone()], Form::Word, place, span.start + pair.start..span.start + pair.end);
        });
        self.place += count;
    }
}

fn is_capital(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2018}' | '\u{2019}' | '\u{02BC}')
}

/// What joins words, and is left out where they are looked for as one; `R&D` without its mark is another word.
fn is_joint(character: char) -> bool {
    matches!(character, '-' | '\u{2010}' | '\u{2011}' | '/' | '.' | '_' | ':' | ',')
}

fn cut(term: &str) -> &str {
    if term.len() <= MAX_TERM_CHARS {
        return term;
    }
    match term.char_indices().nth(MAX_TERM_CHARS) {
        Some((end, _)) => &term[..end],
        None => term,
    }
}

/// Gives terms of one language their keys.
pub(crate) struct Keys {
    /// Each stemmer with what tells its keys from those of others.
    stemmers: Vec<(Option<char>, Language, Stemmer)>,
    /// Whether a term that is its own stem has that as a key, too.
    has_own: bool,
}

impl Keys {
    /// The keys of terms of `language`. Where it is undecided terms have a stem in each language, and a query names those
    /// that it means.
    pub(crate) fn new(language: Option<Language>) -> Self {
        let stemmers = match language {
            Some(language) => language
                .stemmer()
                .map(|algorithm| (None, language, Stemmer::create(algorithm)))
                .into_iter()
                .collect(),
            None => Language::ALL.into_iter().filter_map(Self::marked).collect(),
        };
        Self { stemmers, has_own: false }
    }

    /// The keys under which a query looks for terms of undecided language that may be of one of these.
    pub(crate) fn of_undecided(languages: &[Language]) -> Self {
        Self { stemmers: languages.iter().copied().filter_map(Self::marked).collect(), has_own: true }
    }

    fn marked(language: Language) -> Option<(Option<char>, Language, Stemmer)> {
        // Control characters are in no term.
        let mark = char::from_u32(language as u32 + 1);
        language.stemmer().map(|algorithm| (mark, language, Stemmer::create(algorithm)))
    }

    /// Calls `take` with each key of `term`, the stem last; some may be given twice, and the term itself, too.
    pub(crate) fn of(&self, term: &str, take: &mut dyn FnMut(&str, Alike)) {
        let plain = fold::fold_marks(term);
        if let Some(plain) = &plain {
            take(cut(plain), Alike::Folded);
        }
        if let Some(spelt) = fold::spell_out(term) {
            take(cut(&spelt), Alike::Folded);
        }
        if let Some(word) = fold::without_article(plain.as_deref().unwrap_or(term)) {
            take(cut(word), Alike::Stem);
        }
        if self.stemmers.is_empty() || !is_stemmed(term) {
            return;
        }
        for (mark, language, stemmer) in &self.stemmers {
            let respelt = fold::respell(*language, term);
            for word in [Some(term), respelt.as_deref()].into_iter().flatten() {
                let word = fold::stemmable(*language, word);
                let stem = stemmer.stem(&word);
                if stem.is_empty() || (stem == term && !self.has_own) {
                    continue;
                }
                let key = without_marks(&stem);
                match mark {
                    Some(mark) => take(cut(&format!("{mark}{key}")), Alike::Stem),
                    None => take(cut(&key), Alike::Stem),
                }
            }
        }
    }
}

/// How two terms with a key in common are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Alike {
    /// They differ in marks.
    Folded,
    /// They have one stem.
    Stem,
}

/// Whether a term is a word of letters: numbers, identifiers and names are not inflected.
fn is_stemmed(term: &str) -> bool {
    let mut letters = term.chars();
    letters.all(|letter| letter.is_alphabetic() || letter == '\'') && !term.starts_with(is_unspaced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The terms of a text; parts and joined words in brackets, names with a mark.
    fn terms(language: Option<Language>, text: &str, side: Side) -> Vec<String> {
        let mut terms = Vec::new();
        Analyzer::new(language).analyze(text, side, &mut |token| {
            terms.push(match token.form {
                Form::Word => token.term.to_owned(),
                Form::Part | Form::Joined => format!("({})", token.term),
                Form::Name => format!("!{}", token.term),
            });
        });
        terms
    }

    fn english(text: &str) -> Vec<String> {
        terms(Some(Language::English), text, Side::Passage)
    }

    #[test]
    fn words_become_terms() {
        let cases: &[(&str, &[&str])] = &[
            ("The roofs were repaired", &["the", "roofs", "were", "repaired"]),
            ("the tenant's and the tenants’ duties", &["the", "tenant", "and", "the", "tenants", "duties"]),
            ("ＦＵＬＬ width and ﬁne print", &["full", "width", "and", "fine", "print"]),
            ("Straße STRASSE", &["strasse", "strasse"]),
            ("ΟΔΟΣ οδός", &["οδοσ", "οδόσ"]),
            ("ISO-9001", &["iso", "9001", "(iso9001)"]),
            ("AB-1234/56", &["ab", "1234", "56", "(ab123456)", "(ab1234)", "(123456)"]),
            ("e-mail TCP/IP", &["e", "mail", "(email)", "tcp", "ip", "(tcpip)"]),
            ("input/output", &["input", "output"]),
            ("RFC 2119 of 10 mg", &["rfc", "2119", "(rfc2119)", "of", "10", "mg", "(10mg)"]),
            ("DE89 3704 0044", &["de89", "(de)", "(89)", "3704", "0044", "(de8937040044)"]),
            ("U.S. law", &["u", "s", "(us)", "!US", "law"]),
            ("31/05/2024", &["31", "05", "2024", "(31052024)", "(2024-05-31)", "(3105)", "(052024)"]),
            ("node.js snake_case", &["node", "js", "(nodejs)", "snake", "case", "(snakecase)"]),
            ("getUserById", &["getuserbyid", "(get)", "(user)", "(by)", "(id)"]),
            ("C++ C# .NET R&D", &["c++", "(c)", "c#", "(c)", ".net", "net", "r", "d", "(r&d)"]),
            ("co\u{AD}operate 葛\u{E0100}城", &["cooperate", "葛", "葛城", "城"]),
            ("हिन्दी में", &["हिन्दी", "में"]),
            ("?! … 🙂 ' \u{301}", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(english(text), *expected, "terms of {text:?}");
        }
    }

    #[test]
    fn scripts_without_spaces_become_pairs() {
        let cases: &[(&str, &[&str])] = &[
            ("東京都", &["東京", "京都"]),
            ("食べるラーメン", &["食べ", "べる", "るラ", "ラー", "ーメ", "メン"]),
            ("ﾗｰﾒﾝ", &["ラー", "ーメ", "メン"]),
            ("猫", &["猫"]),
            ("第3章", &["第", "3", "章"]),
            ("ที่ดิน", &["ที่ดิ", "ดิน"]),
            ("Rust言語", &["rust", "言語"]),
            ("ສະບາຍ", &["ສະ", "ະບ", "ບາ", "າຍ"]),
            ("ភាសា", &["ភាសា"]),
            ("မြန်မာ", &["မြန်", "န်မ", "မာ"]),
        ];
        for (text, expected) in cases {
            assert_eq!(terms(None, text, Side::Query), *expected, "terms of {text:?}");
        }
        assert_eq!(english("黒猫だ"), ["黒", "黒猫", "猫", "猫だ"]);
    }

    #[test]
    fn function_words_in_capitals_are_names() {
        assert_eq!(english("The IT staff, it is"), ["the", "it", "!IT", "staff", "it", "is"]);
        assert_eq!(english("A vitamin A. A pill"), ["a", "vitamin", "a", "!A", "a", "pill"]);
    }

    #[test]
    fn places_are_those_of_words_and_of_characters() {
        let mut places = Vec::new();
        let text = "roof-tile 東京ラ door";
        Analyzer::new(Some(Language::English)).analyze(text, Side::Passage, &mut |token| {
            assert!(token.form == Form::Joined || text[token.span.clone()] == *token.term);
            places.push((token.term.to_owned(), token.place));
        });
        let places: Vec<_> = places.iter().map(|(term, place)| (term.as_str(), place.clone())).collect();
        let expected = [
            ("roof", 0..1),
            ("tile", 1..2),
            ("rooftile", 0..2),
            ("東", 2..3),
            ("東京", 2..4),
            ("京", 3..4),
            ("京ラ", 3..5),
            ("door", 5..6),
        ];
        assert_eq!(places, expected);
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(terms(None, &"ä".repeat(1000), Side::Query), ["ä".repeat(MAX_TERM_CHARS)]);
    }

    fn keys(language: Option<Language>, term: &str) -> Vec<String> {
        let mut keys = Vec::new();
        Keys::new(language).of(term, &mut |key, _| keys.push(key.to_owned()));
        keys
    }

    #[test]
    fn forms_of_a_word_have_a_key_in_common() {
        let cases: &[(Language, &str, &str)] = &[
            (Language::Danish, "lejligheden", "LEJLIGHEDER"),
            (Language::Dutch, "woningen", "Woning"),
            (Language::Finnish, "talossa", "talosta"),
            (Language::French, "l’avocat", "avocats"),
            (Language::French, "Qu'écoutera", "ÉCOUTERONT"),
            (Language::French, "e\u{301}coutera", "écouteront"),
            (Language::French, "châteaux", "chateau"),
            (Language::German, "Häuser", "HAUS"),
            (Language::German, "Münster", "Muenster"),
            (Language::Italian, "dell'avvocato", "Avvocati"),
            (Language::Italian, "l’università", "UNIVERSITÀ"),
            (Language::Norwegian, "leiligheten", "Leiligheter"),
            (Language::Portuguese, "habitações", "HABITAÇÃO"),
            (Language::Russian, "жильё", "ЖИЛЬЕ"),
            (Language::Russian, "договоры", "Договорами"),
            (Language::Spanish, "habitaciones", "HABITACIÓN"),
            (Language::Swedish, "lägenheten", "Lägenheter"),
            (Language::None, "İSTANBUL", "istanbul"),
        ];
        for (language, a, b) in cases {
            let forms = |text: &str| {
                let term = terms(Some(*language), text, Side::Passage).remove(0);
                let mut forms = keys(Some(*language), &term);
                forms.push(term);
                forms
            };
            let (a_forms, b_forms) = (forms(a), forms(b));
            assert!(
                a_forms.iter().any(|form| b_forms.contains(form)),
                "{language:?}: {a_forms:?} and {b_forms:?}"
            );
        }
    }

    #[test]
    fn keys_of_undecided_language_tell_which_they_are_of() {
        let of_undecided = keys(None, "roofs");
        let mut english = Vec::new();
        Keys::of_undecided(&[Language::English]).of("roofs", &mut |key, _| english.push(key.to_owned()));
        assert_eq!(english.len(), 1);
        assert!(english[0].ends_with("roof") && english[0] != "roof" && of_undecided.contains(&english[0]));
    }

    #[test]
    fn function_words_are_known_in_capitals_too() {
        for language in Language::ALL {
            let analyzer = Analyzer::new(Some(language));
            for word in language.function_words() {
                let folded = terms(Some(Language::None), &word.to_uppercase(), Side::Query).remove(0);
                assert!(analyzer.is_function_word(&folded), "{language:?}: {word}");
            }
        }
        assert!(Analyzer::new(Some(Language::Russian)).is_function_word("её"));
    }

    fn language() -> impl Strategy<Value = Option<Language>> {
        prop::option::of(prop::sample::select(Language::ALL.as_slice()))
    }

    proptest! {
        #[test]
        fn any_text_gives_short_terms_in_order_with_spans_in_the_text(
            language in language(),
            text in "\\PC{0,40}|[ぁ-ん一-十ก-๎ -~]{0,40}|[a-zà-ÿ' ]{0,40}|[ء-ي ]{0,40}|[ა-ჰа-яё ]{0,40}|[α-ώ ]{0,40}|[அ-்  ]{0,40}|[a-zçğıöşü]{0,90}|[가-힣 ]{0,20}|[A-Za-z0-9./,:_&+#'-]{0,40}",
        ) {
            let mut last = 0;
            let keys = Keys::new(language);
            Analyzer::new(language).analyze(&text, Side::Passage, &mut |token| {
                assert!(!token.term.is_empty() && token.term.chars().count() <= MAX_TERM_CHARS);
                assert!(token.place.start < token.place.end);
                assert!(token.form != Form::Word || token.place.start >= last);
                assert!(text.get(token.span.clone()).is_some_and(|written| !written.is_empty()));
                if token.form == Form::Word {
                    last = token.place.start;
                }
                keys.of(token.term, &mut |key, _| assert!(!key.is_empty()));
            });
        }
    }
}
