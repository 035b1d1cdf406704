//! From text to the terms that the lexical index knows.
//!
//! 1. Fold: NFKC, then case (ß and ss, ς and σ are the same).
//! 2. Cut into words as [UAX #29](https://www.unicode.org/reports/tr29/) says; combining marks stay with their letters.
//! 3. Runs in scripts that are written without spaces become overlapping pairs of characters.
//! 4. By language: strip what an apostrophe joins to a word, drop stop words, stem.

use rust_stemmers::Stemmer;
use std::borrow::Cow;
use std::ops::Range;
use unicode_normalization::{UnicodeNormalization, is_nfkc};
use unicode_segmentation::UnicodeSegmentation;

use super::language::Language;

/// Longer terms are cut to this many characters, in documents and in queries alike.
pub const MAX_TERM_CHARS: usize = 64;

/// Which side of a search the terms are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Each Han character is a term as well, so that a query of one character finds it inside words.
    Passage,
    /// Of Han characters only the pairs, where there are any: they say more. No question words.
    Query,
    /// As in a query, but with question words: what is quoted is meant.
    Phrase,
}

/// Turns text into terms.
pub(crate) struct Analyzer {
    language: Language,
    stemmer: Option<Stemmer>,
    stop_words: Vec<&'static str>,
    question_words: Vec<&'static str>,
}

impl Analyzer {
    pub(crate) fn new(language: Language) -> Self {
        Self {
            language,
            stemmer: language.stemmer().map(Stemmer::create),
            stop_words: language.stop_words(),
            question_words: language.question_words(),
        }
    }

    /// Calls `take` with each term of `text`, in order, repeated terms included, and with its place: words have
    /// consecutive numbers, as have the characters of scripts that are written without spaces.
    pub(crate) fn analyze(&self, text: &str, side: Side, take: &mut dyn FnMut(&str, Range<u32>)) {
        let folded = fold(text, self.language);
        let mut place = 0;
        for run in Runs(&folded) {
            if run.starts_with(is_unspaced) {
                place += pairs(run, side, &mut |term, within| {
                    take(term, place + within.start..place + within.end);
                });
                continue;
            }
            for word in run.unicode_words().flat_map(parts) {
                if let Some(term) = self.term(word, side) {
                    take(cut(&term), place..place + 1); // a stem can be longer than its word
                    place += 1;
                }
            }
        }
    }

    /// The terms of `text` as a list.
    pub(crate) fn terms(&self, text: &str, side: Side) -> Vec<String> {
        let mut terms = Vec::new();
        self.analyze(text, side, &mut |term, _| terms.push(term.to_owned()));
        terms
    }

    /// What a word is known as; `None` where it is a stop word.
    fn term<'w>(&self, word: &'w str, side: Side) -> Option<Cow<'w, str>> {
        let word = cut(word);
        let Some(stemmer) = &self.stemmer else {
            return Some(Cow::Borrowed(word));
        };
        let word = self.without_apostrophe(word);
        let lists_word = |list: &[&str]| list.binary_search(&word).is_ok();
        let skipped =
            lists_word(&self.stop_words) || (side == Side::Query && lists_word(&self.question_words));
        if word.is_empty() || skipped {
            return None;
        }
        match stemmer.stem(word) {
            stem if stem.is_empty() => Some(Cow::Borrowed(word)),
            stem => Some(stem),
        }
    }

    /// The word without the English possessive, and without the article or pronoun that is elided before it.
    fn without_apostrophe<'w>(&self, word: &'w str) -> &'w str {
        match self.language {
            Language::English => word.strip_suffix("'s").unwrap_or(word),
            language => match word.split_once('\'') {
                Some((elided, rest)) if language.elided_words().contains(&elided) => rest,
                _ => word,
            },
        }
    }
}

/// Compatibility composition and case folding, by the rules of the language. Folding by upper and then lower case of
/// each character conflates what Unicode's full case folding does, as far as letters have both cases.
pub(super) fn fold(text: &str, language: Language) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    let composed = if is_nfkc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) };
    let mut folded = String::with_capacity(composed.len());
    for character in composed.chars() {
        match character {
            'A'..='Z' => folded.push(character.to_ascii_lowercase()),
            '\0'..='\x7f' => folded.push(character),
            // Typographic apostrophes, which words hold as they hold the plain one.
            '\u{2018}' | '\u{2019}' | '\u{02BC}' => folded.push('\''),
            'İ' => folded.push('i'), // without the dot above as a character of its own
            'ΐ' | 'ΰ' => folded.push(character), // whose capitals are three characters
            'Ё' | 'ё' if language == Language::Russian => folded.push('е'), // as most people write it
            _ if is_invisible(character) => {}
            _ => folded.extend(character.to_uppercase().flat_map(char::to_lowercase)),
        }
    }
    Cow::Owned(folded)
}

/// Characters that only steer line breaks, ligatures and variant glyphs, such as the soft hyphen.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00AD}' | '\u{200C}' | '\u{200D}' | '\u{2060}' | '\u{FEFF}' // joiners and non-joiners
        | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}') // variation selectors
}

/// Cuts text where a script that is written without spaces begins or ends.
struct Runs<'t>(&'t str);

impl<'t> Iterator for Runs<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let first = self.0.chars().next()?;
        let unspaced = is_unspaced(first);
        let end = self.0.find(|character| is_unspaced(character) != unspaced).unwrap_or(self.0.len());
        let (run, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(run)
    }
}

/// Letters and marks of scripts that are written without spaces between words. Their digits and punctuation are left
/// to UAX #29.
pub(crate) fn is_unspaced(character: char) -> bool {
    is_han(character)
        || matches!(character,
            '\u{3041}'..='\u{309F}' // Hiragana
            | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' // Katakana, long vowel mark
            | '\u{0E01}'..='\u{0E3A}' | '\u{0E40}'..='\u{0E4E}' // Thai
            | '\u{0E81}'..='\u{0ECE}' | '\u{0EDC}'..='\u{0EDF}' // Lao
            | '\u{1000}'..='\u{103F}' | '\u{1050}'..='\u{108F}' | '\u{109A}'..='\u{109D}' // Myanmar
            | '\u{A9E0}'..='\u{A9EF}' | '\u{A9FA}'..='\u{A9FE}' | '\u{AA60}'..='\u{AA7F}' // Myanmar, extended
            | '\u{1780}'..='\u{17D3}' | '\u{17D7}' | '\u{17DC}'..='\u{17DD}') // Khmer
}

fn is_han(character: char) -> bool {
    matches!(character,
        '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}'
        | '\u{3005}' | '\u{3007}') // iteration mark and zero
}

/// The overlapping pairs of a run's characters (each with its combining marks), with their places in the run; a run of
/// one character is a term by itself. Returns the number of characters.
fn pairs(run: &str, side: Side, take: &mut dyn FnMut(&str, Range<u32>)) -> u32 {
    let mut previous: Option<usize> = None;
    let mut place = 0;
    for (start, character) in run.grapheme_indices(true) {
        let end = start + character.len();
        if let Some(previous) = previous {
            take(cut(&run[previous..end]), place - 1..place + 1);
        }
        if character.len() == run.len() || (side == Side::Passage && character.starts_with(is_han)) {
            take(cut(character), place..place + 1);
        }
        previous = Some(start);
        place += 1;
    }
    place
}

/// The parts of what UAX #29 counts as one word because of a connecting mark: `example.com`, `snake_case`, `a:b`. A
/// mark between digits stays (`3.5`, `1.2.3`), and so does the apostrophe.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    let bytes = word.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let connects = move |at: usize| digit(at.checked_sub(1)) && digit(at.checked_add(1));
    let mut rest = 0;
    let cuts = word.match_indices(['.', ':', '_']).map(|(at, _)| at).filter(move |at| !connects(*at));
    cuts.chain([word.len()]).filter_map(move |cut| {
        let part = &word[rest..cut];
        rest = (cut + 1).min(word.len());
        (!part.is_empty()).then_some(part)
    })
}

fn cut(term: &str) -> &str {
    match term.char_indices().nth(MAX_TERM_CHARS) {
        Some((end, _)) => &term[..end],
        None => term,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn english(text: &str) -> Vec<String> {
        Analyzer::new(Language::English).terms(text, Side::Passage)
    }

    fn query(text: &str) -> Vec<String> {
        Analyzer::new(Language::English).terms(text, Side::Query)
    }

    #[test]
    fn words_become_terms() {
        let cases: &[(&str, &[&str])] = &[
            ("The roofs were repaired", &["roof", "were", "repair"]),
            ("the tenant's and the tenants’ duties", &["tenant", "tenant", "duti"]),
            ("ＦＵＬＬ width and ﬁne print", &["full", "width", "fine", "print"]),
            ("Straße STRASSE", &["strass", "strass"]),
            ("ΟΔΟΣ οδός", &["οδοσ", "οδόσ"]),
            ("E-14 ISO-9001 3.5 v1.2.3", &["e", "14", "iso", "9001", "3.5", "v1.2.3"]),
            ("example.com snake_case end.Next", &["exampl", "com", "snake", "case", "end", "next"]),
            ("co\u{AD}operate 葛\u{E0100}城", &["cooper", "葛", "葛城", "城"]),
            ("हिन्दी में", &["हिन्दी", "में"]),
            ("?! … 🙂", &[]),
            ("the and of", &[]),
            ("'s", &["s"]),
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
        ];
        for (text, expected) in cases {
            assert_eq!(query(text), *expected, "terms of {text:?}");
        }
    }

    #[test]
    fn a_single_han_character_is_found_inside_a_word() {
        assert_eq!(english("黒猫だ"), ["黒", "黒猫", "猫", "猫だ"]);
        assert_eq!(query("猫"), ["猫"]);
    }

    #[test]
    fn without_a_language_words_stay_as_they_are_folded() {
        let terms = Analyzer::new(Language::None).terms("The Roofs of the tenant's", Side::Query);
        assert_eq!(terms, ["the", "roofs", "of", "the", "tenant's"]);
    }

    #[test]
    fn question_words_count_in_passages_and_phrases_only() {
        assert_eq!(query("who repairs the roof?"), ["repair", "roof"]);
        for side in [Side::Passage, Side::Phrase] {
            let terms = Analyzer::new(Language::English).terms("who repairs the roof?", side);
            assert_eq!(terms, ["who", "repair", "roof"]);
        }
    }

    #[test]
    fn places_are_those_of_terms_and_of_characters() {
        let mut places = Vec::new();
        Analyzer::new(Language::English).analyze(
            "the roof of 東京ラ and a door",
            Side::Passage,
            &mut |term, place| {
                places.push((term.to_owned(), place));
            },
        );
        let places: Vec<_> = places.iter().map(|(term, place)| (term.as_str(), place.clone())).collect();
        let expected =
            [("roof", 0..1), ("東", 1..2), ("東京", 1..3), ("京", 2..3), ("京ラ", 2..4), ("door", 4..5)];
        assert_eq!(places, expected);
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(
            Analyzer::new(Language::None).terms(&"ä".repeat(1000), Side::Query),
            ["ä".repeat(MAX_TERM_CHARS)]
        );
    }

    #[test]
    fn forms_of_a_word_become_one_term_in_every_language() {
        let cases: &[(Language, &str, &str)] = &[
            (Language::Danish, "lejligheden", "LEJLIGHEDER"),
            (Language::Dutch, "woningen", "Woning"),
            (Language::Finnish, "talossa", "talosta"),
            (Language::French, "l’avocat", "avocats"),
            (Language::French, "Qu'écoutera", "ÉCOUTERONT"),
            (Language::French, "e\u{301}coutera", "écouteront"),
            (Language::German, "Häuser", "HAUS"),
            (Language::German, "Straßen", "STRASSE"),
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
            let terms = |text| Analyzer::new(*language).terms(text, Side::Passage);
            assert_eq!(terms(a).len(), 1, "{language:?}: {a}");
            assert_eq!(terms(a), terms(b), "{language:?}: {a} and {b}");
        }
    }

    #[test]
    fn words_that_differ_stay_apart() {
        let cases: &[(Language, &str, &str)] = &[
            (Language::French, "aujourd'hui", "hui"),
            (Language::German, "Bruder", "Brot"),
            (Language::None, "l'avocat", "avocat"),
            (Language::English, "l'avocat", "avocat"),
            (Language::Spanish, "año", "ano"),
        ];
        for (language, a, b) in cases {
            let terms = |text| Analyzer::new(*language).terms(text, Side::Passage);
            assert_ne!(terms(a), terms(b), "{language:?}: {a} and {b}");
        }
    }

    #[test]
    fn stop_words_are_folded_as_text_is() {
        for language in Language::ALL {
            for word in language.stop_words().into_iter().chain(language.question_words()) {
                assert_eq!(fold(word, language), word, "{language:?}");
                let capital = word.to_uppercase();
                assert!(
                    Analyzer::new(language).terms(&capital, Side::Query).is_empty(),
                    "{language:?}: {capital}"
                );
            }
        }
    }

    #[test]
    fn scripts_without_spaces_are_the_same_in_every_language() {
        for language in Language::ALL {
            let terms = |text| Analyzer::new(language).terms(text, Side::Query);
            assert_eq!(terms("東京都"), ["東京", "京都"]);
            assert_eq!(terms("ສະບາຍ"), ["ສະ", "ະບ", "ບາ", "າຍ"]);
            assert_eq!(terms("ភាសា"), ["ភាសា"]);
            assert_eq!(terms("မြန်မာ"), ["မြန်", "န်မ", "မာ"]);
        }
    }

    fn language() -> impl Strategy<Value = Language> {
        prop::sample::select(Language::ALL.as_slice())
    }

    proptest! {
        #[test]
        fn any_text_gives_short_terms_that_a_query_finds_again(
            language in language(),
            text in "\\PC{0,40}|[ぁ-ん一-十ก-๎ -~]{0,40}|[a-zà-ÿ' ]{0,40}|[ء-ي ]{0,40}|[ა-ჰа-яё ]{0,40}|[α-ώ ]{0,40}|[அ-்  ]{0,40}|[a-zçğıöşü]{0,90}",
        ) {
            let analyzer = Analyzer::new(language);
            let passage = analyzer.terms(&text, Side::Passage);
            for term in analyzer.terms(&text, Side::Query) {
                prop_assert!(!term.is_empty());
                prop_assert!(term.chars().count() <= MAX_TERM_CHARS);
                prop_assert!(passage.contains(&term), "{:?} is only in the query", term);
            }
        }
    }
}
