//! What a query asks the lexical index for: its words, what may be meant by them, and the phrases that it quotes.

use std::collections::HashMap;
use std::ops::Range;

use crate::index::analyzer::{Analyzer, Form, Side, is_unspaced};
use crate::order::Order;

/// Quotation marks that open, each with those that close what it opened.
const MARKS: [(char, &[char]); 6] = [
    ('"', &['"']),
    ('“', &['”']),
    ('”', &['”']), // Finnish and Swedish
    ('„', &['“', '”']),
    ('«', &['»']),
    ('「', &['」']),
];

/// So many neighbouring words are looked for as one where a digit is among them: `ab 1234 56`.
const MAX_IDENTIFIER_WORDS: usize = 8;

/// Longer words are not what people part.
const MAX_JOINED_BYTES: usize = 48;

/// A word of a query, or what may be meant by one or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryWord {
    /// As it is written, in folded case.
    pub(crate) term: String,
    pub(crate) form: Form,
    /// How often the query has it.
    pub(crate) occurrences: u32,
    /// Whether it counts even where it is a function word: it is quoted, or written as a name.
    pub(crate) is_meant: bool,
    /// Of what is no word of its own, the places in the query's list of those that it stands for.
    pub(crate) stands_for: Vec<usize>,
}

/// The words of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LexicalQuery {
    /// Words first, each form in the order of terms, so that it does not depend on the query's order.
    pub(crate) words: Vec<QueryWord>,
    /// The distinct phrases of two or more words, by their places in the list of words: texts between quotation marks.
    pub(crate) phrases: Vec<Vec<usize>>,
    /// The place of the word that the query ends in, if nothing comes after it.
    pub(crate) last: Option<usize>,
    /// For each word, by place, what else stands for it.
    pub(crate) substitutes: Vec<Vec<usize>>,
    /// The place of each word in the list.
    places: HashMap<(Form, String), usize>,
}

impl LexicalQuery {
    /// The words and phrases of `text`. `"…"`, `“…”`, `”…”`, `„…“`, `«…»` and `「…」` quote; a mark without its
    /// counterpart is punctuation, and so is one inside a word or after a number (`5"`).
    pub(crate) fn parse(analyzer: &Analyzer, text: &str) -> Self {
        let mut query = Self::default();
        let mut phrases = Vec::new();
        let names_count = text.contains(char::is_lowercase) || text.split_whitespace().count() < 3;
        for piece in pieces(text) {
            match piece {
                Piece::Plain(piece) => _ = query.add(analyzer, piece, false, names_count),
                Piece::Quoted(piece) => phrases.push(query.add(analyzer, piece, true, names_count)),
            }
        }
        phrases.retain(|phrase| phrase.len() > 1);
        phrases.order();
        phrases.dedup();
        query.phrases = phrases;
        if !text.ends_with(char::is_alphanumeric) {
            query.last = None;
        }
        query.sorted()
    }

    /// Adds the words of a piece of text, and returns their places in the list; of a name that is written with symbols
    /// (`.NET`) and what is left of it without them (`NET`) that of the name.
    fn add(&mut self, analyzer: &Analyzer, text: &str, is_quoted: bool, names_count: bool) -> Vec<usize> {
        // Of each word where it is in the text, its place in the text, and in the list.
        let mut words: Vec<(Range<usize>, u32, usize)> = Vec::new();
        let mut others: Vec<(String, Form, Range<u32>)> = Vec::new();
        analyzer.analyze(text, Side::Query, &mut |token| match token.form {
            Form::Word => {
                let at = self.count(token.term, Form::Word, is_quoted, Vec::new());
                words.push((token.span, token.place.start, at));
            }
            Form::Name if !names_count => {}
            form => others.push((token.term.to_owned(), form, token.place)),
        });
        for (term, form, place) in others {
            let at = |place: u32| words.partition_point(|(_, at, _)| *at < place);
            let of = words[at(place.start)..at(place.end)].iter().map(|(_, _, word)| *word);
            let stands_for: Vec<usize> = of.collect();
            if form == Form::Name {
                stands_for.iter().for_each(|word| self.words[*word].is_meant = true);
            }
            self.count(&term, form, is_quoted, stands_for);
        }
        if !is_quoted {
            self.join(analyzer, text, &words);
        }
        self.last = words.last().map(|(_, _, word)| *word).or(self.last);
        words.dedup_by_key(|(_, at, _)| *at);
        // A letter at the end is a name: vitamin a.
        if let (Some(last), true) = (self.last, words.len() > 1) {
            self.words[last].is_meant |= self.words[last].term.len() == 1;
        }
        words.into_iter().map(|(_, _, word)| word).collect()
    }

    /// Adds neighbouring words as one: two of any kind, more where a digit is among them.
    fn join(&mut self, analyzer: &Analyzer, text: &str, words: &[(Range<usize>, u32, usize)]) {
        for start in 0..words.len() {
            let mut joined = self.words[words[start].2].term.clone();
            // Hardly any word that is parted begins with one: plug in, not in put.
            if analyzer.is_function_word(&joined) {
                continue;
            }
            let mut stands_for = vec![words[start].2];
            for end in start + 1..words.len().min(start + MAX_IDENTIFIER_WORDS) {
                let (before, word) = (&words[end - 1].0, &words[end].0);
                let is_near = text
                    .get(before.end..word.start)
                    .is_some_and(|between| !between.is_empty() && between.chars().all(char::is_whitespace));
                if !is_near || text[word.clone()].starts_with(is_unspaced) {
                    break;
                }
                joined.push_str(&self.words[words[end].2].term);
                stands_for.push(words[end].2);
                let is_identifier = joined.contains(|digit: char| digit.is_ascii_digit());
                if joined.len() > MAX_JOINED_BYTES || (end > start + 1 && !is_identifier) {
                    break;
                }
                let term: String = joined.chars().filter(|mark| mark.is_alphanumeric()).collect();
                self.count(&term, Form::Joined, false, stands_for.clone());
            }
        }
    }

    fn count(&mut self, term: &str, form: Form, is_meant: bool, stands_for: Vec<usize>) -> usize {
        let at = *self.places.entry((form, term.to_owned())).or_insert_with(|| {
            let term = term.to_owned();
            self.words.push(QueryWord { term, form, occurrences: 0, is_meant, stands_for: Vec::new() });
            self.words.len() - 1
        });
        let word = &mut self.words[at];
        word.occurrences += 1;
        word.is_meant |= is_meant;
        if word.stands_for.is_empty() {
            word.stands_for = stands_for;
        }
        at
    }

    /// The query with parts of some of its words, by their places.
    pub(crate) fn with_parts(mut self, parts: Vec<(usize, [String; 2])>) -> Self {
        if parts.is_empty() {
            return self;
        }
        for (at, parts) in parts {
            parts.iter().for_each(|part| _ = self.count(part, Form::Part, false, vec![at]));
        }
        self.sorted()
    }

    fn sorted(mut self) -> Self {
        let mut order: Vec<usize> = (0..self.words.len()).collect();
        order.order_by(|a, b| {
            let key = |at: usize| (self.words[at].form, &self.words[at].term);
            key(*a).cmp(&key(*b))
        });
        let mut new = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, old)| new[*old] = place);
        let moved = |places: &mut Vec<usize>| places.iter_mut().for_each(|place| *place = new[*place]);
        self.words.iter_mut().for_each(|word| moved(&mut word.stands_for));
        self.phrases.iter_mut().for_each(moved);
        self.phrases.order();
        self.last = self.last.map(|last| new[last]);
        self.places.values_mut().for_each(|place| *place = new[*place]);
        let mut words: Vec<Option<QueryWord>> = self.words.into_iter().map(Some).collect();
        self.words = order.into_iter().filter_map(|old| words[old].take()).collect();
        self.substitutes = vec![Vec::new(); self.words.len()];
        for (place, word) in self.words.iter().enumerate() {
            word.stands_for.iter().for_each(|of| self.substitutes[*of].push(place));
        }
        self
    }
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
    use crate::language::Language;
    use proptest::prelude::*;

    fn parse(text: &str) -> LexicalQuery {
        LexicalQuery::parse(&Analyzer::new(Some(Language::English)), text)
    }

    /// What a query asks for, in brackets what it may mean besides.
    fn words(text: &str) -> Vec<String> {
        let words = parse(text).words.into_iter().map(|word| match word.form {
            Form::Word => word.term,
            _ => format!("({})", word.term),
        });
        words.collect()
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
    }

    #[test]
    fn quoted_words_are_phrases_and_meant() {
        let query = parse(r#"roof "who repairs the roof" "who repairs the roof" "lease""#);
        let terms: Vec<_> = query.words.iter().filter(|word| word.form == Form::Word).collect();
        let counts: Vec<_> =
            terms.iter().map(|word| (word.term.as_str(), word.occurrences, word.is_meant)).collect();
        let expected =
            [("lease", 1, true), ("repairs", 2, true), ("roof", 3, true), ("the", 2, true), ("who", 2, true)];
        assert_eq!(counts, expected);
        assert_eq!(query.phrases, [[4, 1, 3, 2]]);
        assert_eq!(parse("pays \"rent").phrases, [[0usize; 0]; 0]);
    }

    #[test]
    fn neighbouring_words_may_be_meant_as_one() {
        assert_eq!(words("e mail, desk"), ["desk", "e", "mail", "(email)"]);
        assert_eq!(words("ab 12 34"), ["12", "34", "ab", "(1234)", "(ab12)", "(ab1234)"]);
        assert_eq!(words("python 3.11"), ["3.11", "python", "(python311)"]);
        let query = parse("ab 12");
        assert_eq!(query.words[2].stands_for, [1, 0]);
    }

    #[test]
    fn capitals_are_names_unless_all_are() {
        let is_meant = |text: &str| parse(text).words.iter().any(|word| word.is_meant);
        assert!(is_meant("the IT staff") && is_meant("IT"));
        assert!(!is_meant("THE IT STAFF") && !is_meant("the it staff"));
    }

    #[test]
    fn the_last_word_is_one_that_nothing_follows() {
        let last = |text: &str| parse(text).last.map(|last| parse(text).words[last].term.clone());
        assert_eq!((last("roof do"), last("roof ")), (Some("do".into()), None));
    }

    proptest! {
        #[test]
        fn any_text_can_be_asked_for(text in "[a-c\"“”„«»「」 東ก5\u{2019}]{0,30}") {
            let total: usize = pieces(&text).iter().map(|piece| match piece {
                Piece::Plain(text) | Piece::Quoted(text) => text.len(),
            }).sum();
            prop_assert!(total <= text.len());
            let query = parse(&text);
            let places = query.phrases.iter().flatten().chain(query.words.iter().flat_map(|word| &word.stands_for));
            prop_assert!(places.copied().all(|place| place < query.words.len()));
        }
    }
}
