//! Where the words of a text are, and which of them are written as one.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::fold::is_invisible;
use super::is_apostrophe;
use super::scripts::is_unspaced;

/// A word of a text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) span: Range<usize>,
    /// The word with the symbols that make it a name: `C++`, `F#`, `.NET`.
    pub(super) name: Range<usize>,
    /// Whether it is a run of a script that is written without spaces.
    pub(super) is_unspaced: bool,
}

/// Words that stand together with one joining mark between them: `AB-1234/56`, `node.js`.
pub(super) type Compound = [Word];

/// Calls `take` with the compounds of `text`, most of which are single words.
pub(super) fn scan(text: &str, take: &mut dyn FnMut(&Compound)) {
    let mut compound: Vec<Word> = Vec::new();
    let mut at = 0;
    while let Some(start) = next_word(text, at) {
        let word = word_at(text, start);
        let joins = compound.last().is_some_and(|before| {
            !before.is_unspaced && !word.is_unspaced && joins(text, before.name.end, word.name.start)
        });
        if !joins && !compound.is_empty() {
            take(&compound);
            compound.clear();
        }
        at = word.name.end;
        compound.push(word);
    }
    if !compound.is_empty() {
        take(&compound);
    }
}

/// Where the next word begins, from `at` on.
fn next_word(text: &str, at: usize) -> Option<usize> {
    text[at..].find(char::is_alphanumeric).map(|start| at + start)
}

/// The word that begins at `start`, with all that stays inside it.
fn word_at(text: &str, start: usize) -> Word {
    let first = text[start..].chars().next().unwrap_or_default();
    if is_unspaced(first) {
        let end = end_of(text, start, |character| is_unspaced(character) || is_invisible(character));
        return Word { span: start..end, name: start..end, is_unspaced: true };
    }
    let is_inside = |character| is_word(character) && !is_unspaced(character);
    let mut end = end_of(text, start, is_inside);
    while let Some(next) = inner_mark(&text[start..end], &text[end..]) {
        end = end_of(text, end + next, is_inside);
    }
    let name = name_start(text, start)..end + name_suffix(&text[start..end], &text[end..]);
    Word { span: start..end, name, is_unspaced: false }
}

fn end_of(text: &str, start: usize, is_inside: impl Fn(char) -> bool) -> usize {
    text[start..].find(|character| !is_inside(character)).map_or(text.len(), |end| start + end)
}

fn is_word(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    character.is_alphanumeric() || is_combining_mark(character) || is_invisible(character)
}

/// The length of a mark that keeps `word` together with what follows: one between digits, an apostrophe between
/// letters, a quotation mark in a Hebrew abbreviation.
fn inner_mark(word: &str, rest: &str) -> Option<usize> {
    let mut following = rest.chars();
    let (mark, after) = (following.next()?, following.next()?);
    let before = word.chars().rev().find(|character| !is_invisible(*character))?;
    let stays = match mark {
        '.' | ',' | '\u{066B}' | '\u{066C}' => before.is_numeric() && after.is_numeric(),
        // A space, or an apostrophe as the Swiss write it, belongs to a number before three digits only.
        '\u{A0}' | '\u{202F}' | '\u{2009}' => is_thousand(word, before, following.as_str(), after),
        '\'' | '\u{2019}' if before.is_numeric() => is_thousand(word, before, following.as_str(), after),
        mark if is_apostrophe(mark) => before.is_alphabetic() && after.is_alphabetic(),
        '"' | '\u{05F3}' | '\u{05F4}' => is_hebrew(before) && is_hebrew(after),
        _ => false,
    };
    stays.then_some(mark.len_utf8())
}

fn is_thousand(word: &str, before: char, rest: &str, after: char) -> bool {
    let digits = word.chars().rev().take_while(|character| character.is_numeric()).count();
    let following = rest.chars().take_while(|character| character.is_numeric()).count();
    before.is_numeric() && after.is_numeric() && digits <= 3 && following == 2
}

fn is_hebrew(character: char) -> bool {
    matches!(character, '\u{0591}'..='\u{05F2}')
}

/// Where the name of a word begins: before the dot of `.NET` and `.gitignore`.
fn name_start(text: &str, start: usize) -> usize {
    let Some(before) = text[..start].strip_suffix('.') else { return start };
    let is_letter = text[start..].starts_with(char::is_alphabetic);
    let is_free = before.chars().next_back().is_none_or(|before| {
        before.is_whitespace()
            || matches!(before, '(' | '[' | '{' | '"' | '\'' | '`' | '/' | ',' | '„' | '“' | '«')
    });
    if is_letter && is_free { start - 1 } else { start }
}

/// The length of the symbols after a word that make it a name: `C++`, `A+`, `F#`.
fn name_suffix(word: &str, rest: &str) -> usize {
    let ends =
        |length: usize| !rest[length..].starts_with(|next| is_word(next) || next == '+' || next == '#');
    let count = word.chars().count();
    match rest.as_bytes() {
        [b'+', b'+', ..] if !rest[2..].starts_with('+') => 2,
        [b'+', ..] if count <= 4 && ends(1) => 1,
        [b'#', ..] if count <= 2 && word.chars().all(char::is_alphabetic) && ends(1) => 1,
        _ => 0,
    }
}

/// Whether what is between two words joins them.
fn joins(text: &str, end: usize, start: usize) -> bool {
    let Some(between) = text.get(end..start) else { return false };
    let digits = || text[..end].ends_with(char::is_numeric) && text[start..].starts_with(char::is_numeric);
    match between {
        "-" | "\u{2010}" | "\u{2011}" | "/" | "." | "_" | "&" => true,
        ":" => digits(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compounds(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        scan(text, &mut |compound| {
            let words: Vec<_> = compound.iter().map(|word| &text[word.name.clone()]).collect();
            found.push(words.join("|"));
        });
        found
    }

    #[test]
    fn words_are_found_with_what_belongs_to_them() {
        let cases: &[(&str, &[&str])] = &[
            ("The pump AB-1234/56, is", &["The", "pump", "AB|1234|56", "is"]),
            ("the tenant's “roof”.", &["the", "tenant's", "roof"]),
            ("node.js, v6.2.8. End", &["node|js", "v6.2.8", "End"]),
            ("$12,500.00 (1'000)", &["12,500.00", "1'000"]),
            ("2 000 12 500", &["2", "000", "12", "500"]),
            ("12\u{A0}500\u{A0}kg", &["12\u{A0}500", "kg"]),
            ("C++ C# .NET A+ AT&T", &["C++", "C#", ".NET", "A+", "AT|T"]),
            ("C++17 end.NET issue #5 a+b", &["C++", "17", "end|NET", "issue", "5", "a", "b"]),
            ("https://example.com/a?b", &["https", "example|com|a", "b"]),
            ("get_user 12:45 a:b", &["get|user", "12|45", "a", "b"]),
            ("צה\"ל אמר", &["צה\"ל", "אמר"]),
            ("Rust言語 第3章", &["Rust", "言語", "第", "3", "章"]),
            ("हिन्दी में", &["हिन्दी", "में"]),
            ("-- ... '' 🙂", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(compounds(text), *expected, "words of {text:?}");
        }
    }

    proptest! {
        #[test]
        fn words_are_in_order_and_do_not_overlap(text in "\\PC{0,40}|[a-c1-3.,'+#&/_\"\u{A0}א東ก -]{0,40}") {
            let mut end = 0;
            scan(&text, &mut |compound| {
                for word in compound {
                    assert!(word.name.start >= end && word.span.start >= word.name.start);
                    assert!(word.span.end > word.span.start && word.name.end >= word.span.end);
                    assert!(text.get(word.name.clone()).is_some() && text.get(word.span.clone()).is_some());
                    end = word.name.end;
                }
            });
        }
    }
}
