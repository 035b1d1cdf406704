//! What a query asks the lexical index for: its terms, and the phrases that it quotes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::index::analyzer::{Analyzer, Side, is_unspaced};
use crate::index::language::Language;

/// Quotation marks that open, each with those that close what it opened.
const MARKS: [(char, &[char]); 6] = [
    ('"', &['"']),
    ('“', &['”']),
    ('”', &['”']), // Finnish and Swedish
    ('„', &['“', '”']),
    ('«', &['»']),
    ('「', &['」']),
];

/// The words of a query as the index knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LexicalQuery {
    terms: BTreeMap<String, u32>,
    phrases: Vec<Vec<String>>,
}

impl LexicalQuery {
    /// The terms and phrases of `text`. `"…"`, `“…”`, `”…”`, `„…“`, `«…»` and `「…」` quote; a mark without its
    /// counterpart is punctuation, and so is one inside a word or after a number (`5"`).
    ///
    /// Words that only make a sentence a question are left out, except between quotation marks and in a query of
    /// nothing else. Stop words are never terms.
    pub fn parse(language: Language, text: &str) -> Self {
        let analyzer = Analyzer::new(language);
        let mut query = Self::default();
        let mut phrases = BTreeSet::new();
        for piece in pieces(text) {
            match piece {
                Piece::Plain(text) => query.count(&analyzer.terms(text, Side::Query)),
                Piece::Quoted(text) => {
                    let phrase = analyzer.terms(text, Side::Phrase);
                    query.count(&phrase);
                    if phrase.len() > 1 {
                        phrases.insert(phrase);
                    }
                }
            }
        }
        if query.terms.is_empty() {
            query.count(&analyzer.terms(text, Side::Phrase));
        }
        query.phrases = phrases.into_iter().collect();
        query
    }

    /// Every term with the number of its occurrences, those of phrases included, in an order that does not depend on
    /// the query's.
    pub fn terms(&self) -> &BTreeMap<String, u32> {
        &self.terms
    }

    /// The distinct phrases of two or more terms: texts between quotation marks. A row that holds a phrase holds all
    /// of its terms; whether they follow each other there is for [`phrase_frequency`] to tell.
    pub fn phrases(&self) -> &[Vec<String>] {
        &self.phrases
    }

    fn count(&mut self, terms: &[String]) {
        for term in terms {
            *self.terms.entry(term.clone()).or_insert(0) += 1;
        }
    }
}

/// The terms of each text as those of a passage: what [`LexicalQuery::terms`] are compared with.
pub fn passage_terms(language: Language, texts: &[&str]) -> Vec<Vec<String>> {
    let analyzer = Analyzer::new(language);
    texts.iter().map(|text| analyzer.terms(text, Side::Passage)).collect()
}

/// How often the terms of `phrase` follow each other in `text`; stop words between them are passed over.
///
/// `phrase` is one of [`LexicalQuery::phrases`], made with the same `language`.
pub fn phrase_frequency(language: Language, phrase: &[String], text: &str) -> u32 {
    let mut places: Vec<Vec<Range<u32>>> = vec![Vec::new(); phrase.len()];
    Analyzer::new(language).analyze(text, Side::Passage, &mut |term, place| {
        for (_, places) in phrase.iter().zip(&mut places).filter(|(own, _)| *own == term) {
            places.push(place.clone());
        }
    });
    places.into_iter().reduce(following).map_or(0, |ends| ends.len() as u32)
}

/// Those of `next` that follow one of `places`. A pair of characters is followed by the pair that overlaps it, and
/// where words are written without spaces also by what comes after it.
fn following(places: Vec<Range<u32>>, next: Vec<Range<u32>>) -> Vec<Range<u32>> {
    let starts: BTreeSet<u32> = places.iter().flat_map(|place| [place.start + 1, place.end]).collect();
    next.into_iter().filter(|place| starts.contains(&place.start)).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'t> {
    Plain(&'t str),
    /// Without its marks.
    Quoted(&'t str),
}

/// The text cut at the quotation marks that have a counterpart.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    // Where a mark finds no counterpart, none of its kind after it does: the text is searched once for each kind.
    let mut unclosed = [false; MARKS.len()];
    let (mut start, mut rest) = (0, 0);
    while let Some((open, kind)) = opening_mark(text, rest) {
        let inside = open + MARKS[kind].0.len_utf8();
        let close = if unclosed[kind] { None } else { closing_mark(text, inside, kind) };
        rest = inside;
        unclosed[kind] |= close.is_none();
        if let Some(close) = close {
            pieces.extend([Piece::Plain(&text[start..open]), Piece::Quoted(&text[inside..close.start])]);
            (start, rest) = (close.end, close.end);
        }
    }
    pieces.push(Piece::Plain(&text[start..]));
    pieces
}

/// Where the first mark after `from` is that can open a quotation, and its place in [`MARKS`].
fn opening_mark(text: &str, from: usize) -> Option<(usize, usize)> {
    text[from..].char_indices().find_map(|(at, character)| {
        let kind = MARKS.iter().position(|(open, _)| *open == character)?;
        let glued = is_symmetric(kind) && text[..from + at].ends_with(is_word_character);
        (!glued).then_some((from + at, kind))
    })
}

fn closing_mark(text: &str, from: usize, kind: usize) -> Option<Range<usize>> {
    text[from..].match_indices(MARKS[kind].1).map(|(at, mark)| from + at..from + at + mark.len()).find(
        |mark| {
            let glued = is_symmetric(kind) && text[mark.end..].starts_with(is_word_character);
            !glued
        },
    )
}

/// Whether the same mark opens and closes, so that only its neighbours tell which of both it does.
fn is_symmetric(kind: usize) -> bool {
    MARKS[kind].1.contains(&MARKS[kind].0)
}

/// A character that a quotation mark stands beside only within a word or a measure, as in `צה"ל` and `5"`.
fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() && !is_unspaced(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> LexicalQuery {
        LexicalQuery::parse(Language::English, text)
    }

    fn terms(text: &str) -> Vec<(String, u32)> {
        parse(text).terms.into_iter().collect()
    }

    fn quoted(text: &str) -> Vec<&str> {
        let quoted = |piece| match piece {
            Piece::Quoted(text) => Some(text),
            Piece::Plain(_) => None,
        };
        pieces(text).into_iter().filter_map(quoted).collect()
    }

    #[test]
    fn every_kind_of_quotation_mark_quotes() {
        let cases: &[(&str, &[&str])] = &[
            (r#"who "pays rent" when "it rains""#, &["pays rent", "it rains"]),
            ("“pays rent” “it rains”", &["pays rent", "it rains"]),
            ("„zahlt Miete“ „zahlt Miete”", &["zahlt Miete", "zahlt Miete"]),
            ("”maksaa vuokran”", &["maksaa vuokran"]),
            ("« payer le loyer »", &[" payer le loyer "]),
            ("猫の「家賃を払う」人", &["家賃を払う"]),
            (r#"猫の"家賃を払う"人"#, &["家賃を払う"]),
            (r#""""#, &[""]),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), *expected, "quotations in {text:?}");
        }
    }

    #[test]
    fn a_mark_without_its_counterpart_is_punctuation() {
        for text in ["", r#"who "pays rent"#, "rent” is paid", "«rent", "「rent", r#"a 5" pipe, a 6" pipe"#]
        {
            assert_eq!(pieces(text), [Piece::Plain(text)]);
        }
        assert_eq!(quoted(r#""rent « is „ paid""#), ["rent « is „ paid"]);
        assert_eq!(quoted("« rent “is paid”"), ["is paid"]);
        assert_eq!(terms(r#"pays "rent"#), terms("pays rent"));
    }

    #[test]
    fn quoted_words_are_phrases_and_terms() {
        let query = parse(r#"roof "who repairs the roof" "who repairs the roof" "lease""#);
        assert_eq!(query.phrases, [["who", "repair", "roof"]]);
        let counts: Vec<_> = query.terms.iter().map(|(term, count)| (term.as_str(), *count)).collect();
        assert_eq!(counts, [("leas", 1), ("repair", 2), ("roof", 3), ("who", 2)]);
    }

    #[test]
    fn a_query_of_nothing_but_question_words_keeps_them() {
        assert_eq!(terms("The Who"), [("who".to_owned(), 1)]);
        assert_eq!(terms("who repairs it?"), [("repair".to_owned(), 1)]);
        assert_eq!(parse("the of"), LexicalQuery::default());
    }

    #[test]
    fn a_phrase_is_where_its_terms_follow_each_other() {
        let cases = [
            (r#""state of the art""#, "The art of state. State-of-the-art; the state of art", 2),
            (r#""roof roof""#, "roof roof roof, door, roof", 2),
            (r#""repairs the roof""#, "He repaired a roof, not the roofs' repairs", 1),
            (r#""repairs the roof""#, "", 0),
            ("「東京都」", "東京都と京都、東京。東京都", 2),
            ("「第3章」", "第3章の大第3章", 2),
            ("「東京 roof」", "東京roof 東 京roof", 1),
            ("「東京、大阪」", "東京大阪", 1),
        ];
        for (query, text, expected) in cases {
            let phrases = parse(query).phrases;
            assert_eq!(phrases.len(), 1, "phrases of {query:?}");
            let found = phrase_frequency(Language::English, &phrases[0], text);
            assert_eq!(found, expected, "{:?} in {text:?}", phrases[0]);
        }
        assert_eq!(phrase_frequency(Language::English, &[], "roof"), 0);
    }

    proptest! {
        #[test]
        fn a_text_holds_each_of_its_pieces_as_a_phrase(
            before in "[a-z東京ก-๎ .]{0,12}", piece in "[a-z東京ก-๎ .]{3,12}", after in "[a-z東京ก-๎ .]{0,12}"
        ) {
            for phrase in LexicalQuery::parse(Language::None, &format!("「{piece}」")).phrases {
                let text = format!("{before} {piece} {after}");
                prop_assert!(phrase_frequency(Language::None, &phrase, &text) > 0, "{:?} in {:?}", phrase, text);
            }
        }

        #[test]
        fn any_text_can_be_asked_for(text in "[a-c\"“”„«»「」 東ก5\u{2019}]{0,30}") {
            let total: usize = pieces(&text).iter().map(|piece| match piece {
                Piece::Plain(text) | Piece::Quoted(text) => text.len(),
            }).sum();
            prop_assert!(total <= text.len());
            parse(&text);
        }
    }
}
