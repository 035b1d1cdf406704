//! From text to the terms that the lexical index knows.
//!
//! 1. Fold: NFKC, then case (ß and ss, ς and σ are the same).
//! 2. Cut into words as [UAX #29](https://www.unicode.org/reports/tr29/) says; combining marks stay with their letters.
//! 3. Runs in scripts that are written without spaces become overlapping pairs of characters.
//! 4. By language: drop stop words, strip the possessive, stem.

use rust_stemmers::{Algorithm, Stemmer};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfkc};
use unicode_segmentation::UnicodeSegmentation;

/// Longer terms are cut to this many characters, in documents and in queries alike.
pub const MAX_TERM_CHARS: usize = 64;

/// Words of English that say nothing about a text: Lucene's default list.
const ENGLISH_STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no",
    "not", "of", "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to",
    "was", "will", "with",
];

/// Words that make a sentence a question but do not say what about. They are indexed as any other, and left out of
/// queries that hold something else to go by: nDCG@10 of BM25 on CISI, whose queries are sentences, rises by 0.02.
const ENGLISH_QUESTION_WORDS: [&str; 33] = [
    "about", "any", "been", "can", "could", "did", "do", "does", "from", "had", "has", "have", "how", "i",
    "its", "me", "my", "our", "should", "some", "us", "we", "were", "what", "when", "where", "which", "who",
    "whose", "why", "would", "you", "your",
];

/// The language whose words are stemmed and whose stop words are dropped. Words of other languages are found too, in
/// the form in which they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English stop words; Snowball's English stemmer (Porter2).
    #[default]
    English,
    /// Neither stop words nor stemming, only folding.
    None,
}

/// Which side of a search the terms are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Each Han character is a term as well, so that a query of one character finds it inside words.
    Passage,
    /// Of Han characters only the pairs, where there are any: they say more. No question words.
    Query,
}

/// Turns text into terms.
pub(crate) struct Analyzer {
    stemmer: Option<Stemmer>,
}

impl Analyzer {
    pub(crate) fn new(language: Language) -> Self {
        let stemmer = match language {
            Language::English => Some(Stemmer::create(Algorithm::English)),
            Language::None => None,
        };
        Self { stemmer }
    }

    /// The terms to search for, repeated terms included. A query of nothing but question words keeps them.
    pub(crate) fn query_terms(&self, text: &str) -> Vec<String> {
        let terms = self.terms(text, Side::Query);
        if terms.is_empty() { self.terms(text, Side::Passage) } else { terms }
    }

    /// Calls `take` with each term of `text`, in order, repeated terms included.
    pub(crate) fn analyze(&self, text: &str, side: Side, mut take: impl FnMut(&str)) {
        let folded = fold(text);
        for run in Runs(&folded) {
            if run.starts_with(is_unspaced) {
                pairs(run, side, &mut take);
            } else {
                run.unicode_words().flat_map(parts).for_each(|word| self.word(word, side, &mut take));
            }
        }
    }

    /// The terms of `text` as a list.
    fn terms(&self, text: &str, side: Side) -> Vec<String> {
        let mut terms = Vec::new();
        self.analyze(text, side, |term| terms.push(term.to_owned()));
        terms
    }

    fn word(&self, word: &str, side: Side, take: &mut impl FnMut(&str)) {
        let word = cut(word);
        let Some(stemmer) = &self.stemmer else {
            return take(word);
        };
        let word = word.strip_suffix("'s").unwrap_or(word);
        let lists_word = |list: &[&str]| list.binary_search(&word).is_ok();
        let skipped =
            lists_word(&ENGLISH_STOP_WORDS) || (side == Side::Query && lists_word(&ENGLISH_QUESTION_WORDS));
        if !word.is_empty() && !skipped {
            take(&stemmer.stem(word));
        }
    }
}

/// Compatibility composition and case folding. Folding by upper and then lower case of each character conflates what
/// Unicode's full case folding does, as far as letters have both cases.
fn fold(text: &str) -> Cow<'_, str> {
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
fn is_unspaced(character: char) -> bool {
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

/// The overlapping pairs of a run's characters (each with its combining marks); a run of one character is a term by
/// itself.
fn pairs(run: &str, side: Side, take: &mut impl FnMut(&str)) {
    let mut previous: Option<usize> = None;
    for (start, character) in run.grapheme_indices(true) {
        let end = start + character.len();
        if let Some(previous) = previous {
            take(cut(&run[previous..end]));
        }
        if character.len() == run.len() || (side == Side::Passage && character.starts_with(is_han)) {
            take(cut(character));
        }
        previous = Some(start);
    }
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
        Analyzer::new(Language::English).query_terms(text)
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
    fn stop_words_are_sorted_for_the_search_among_them() {
        assert!(ENGLISH_STOP_WORDS.is_sorted());
        assert!(ENGLISH_QUESTION_WORDS.is_sorted());
    }

    #[test]
    fn question_words_count_only_where_nothing_else_is_asked() {
        assert_eq!(query("who repairs the roof?"), ["repair", "roof"]);
        assert_eq!(query("The Who"), ["who"]);
        assert_eq!(query("who is it?"), english("who is it?"));
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(
            Analyzer::new(Language::None).terms(&"ä".repeat(1000), Side::Query),
            ["ä".repeat(MAX_TERM_CHARS)]
        );
    }

    proptest! {
        #[test]
        fn any_text_gives_short_terms_that_a_query_finds_again(text in "\\PC{0,40}|[ぁ-ん一-十ก-๎ -~]{0,40}") {
            let passage = english(&text);
            for term in query(&text) {
                prop_assert!(!term.is_empty());
                prop_assert!(term.chars().count() <= MAX_TERM_CHARS);
                prop_assert!(passage.contains(&term), "{:?} is only in the query", term);
            }
        }
    }
}
