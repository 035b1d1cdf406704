//! Words, numbers and marks of a text.

use std::ops::Range;

use crate::index::{ascii_digit, is_unspaced};

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'t> {
    pub span: Range<usize>,
    pub kind: TokenKind,
    /// As it is written.
    pub written: &'t str,
    /// In lower case.
    pub text: String,
    /// Whether white space stands before it.
    pub is_spaced: bool,
    /// The digits between marks, and the marks, where it is a number.
    pub groups: Vec<String>,
    pub marks: Vec<char>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Word,
    /// Digits with what belongs to the number, and what it may be; how many digits stand behind the decimal mark.
    Number {
        readings: Vec<f64>,
        decimals: usize,
    },
    /// Digits that are a name: `E04`, `2.6.1`, a telephone number.
    Name(String),
    Mark,
}

/// Digits in a row of which no more are a number than this.
const MAX_DIGITS: usize = 15;

/// The tokens of a text, white space left out.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let is_spaced = text[..at].ends_with(char::is_whitespace) || at == 0;
        let (end, kind, groups, marks) = match first {
            _ if let Some(end) = name_end(text, at) => {
                (end, TokenKind::Name(text[at..end].to_uppercase()), Vec::new(), Vec::new())
            }
            _ if ascii_digit_of(first).is_some() => number(text, at),
            _ if first.is_alphanumeric() => (word_end(text, at), TokenKind::Word, Vec::new(), Vec::new()),
            _ => (mark_end(text, at), TokenKind::Mark, Vec::new(), Vec::new()),
        };
        let written = &text[at..end];
        let text = written.to_lowercase();
        tokens.push(Token { span: at..end, kind, written, text, is_spaced, groups, marks });
        at = end;
    }
    join_signs(&mut tokens);
    tokens
}

/// The ASCII digit for a digit of any script, or of full width.
pub(in crate::cite) fn ascii_digit_of(character: char) -> Option<char> {
    match character {
        '０'..='９' => char::from_digit(u32::from(character) - 0xFF10, 10),
        _ => ascii_digit(character),
    }
}

/// Makes a minus that stands right before a number, and after nothing that it could join, a part of it.
fn join_signs(tokens: &mut Vec<Token<'_>>) {
    let mut at = 1;
    while at < tokens.len() {
        let is_sign = matches!(tokens[at - 1].text.as_str(), "-" | "−" | "–") && tokens[at - 1].is_spaced;
        let follows_number = at >= 2 && matches!(tokens[at - 2].kind, TokenKind::Number { .. });
        if is_sign
            && !tokens[at].is_spaced
            && !follows_number
            && let TokenKind::Number { readings, .. } = &mut tokens[at].kind
        {
            readings.iter_mut().for_each(|value| *value = -*value);
            tokens[at].span.start = tokens[at - 1].span.start;
            tokens[at].is_spaced = true;
            tokens.remove(at - 1);
        } else {
            at += 1;
        }
    }
}

fn word_end(text: &str, start: usize) -> usize {
    let first = text[start..].chars().next().unwrap_or_default();
    if is_unspaced(first) {
        // Each character may be a counter or a numeral.
        return start + first.len_utf8();
    }
    let is_inside = |it: char| it.is_alphabetic() && !is_unspaced(it) || is_mark_of_letter(it);
    let end = text[start..].find(|it: char| !is_inside(it)).map_or(text.len(), |end| start + end);
    end.max(start + first.len_utf8())
}

fn is_mark_of_letter(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character) || character == '\u{AD}'
}

/// Degrees and minutes stand with their letter: `°C`.
fn mark_end(text: &str, start: usize) -> usize {
    for unit in ["°C", "°F", "° C", "° F", "°K", "°dH", "℃", "℉"] {
        if text[start..].starts_with(unit) {
            return start + unit.len();
        }
    }
    start + text[start..].chars().next().map_or(1, char::len_utf8)
}

/// Where a name ends that begins here and holds capitals and digits: `R290`, `ASX-6`, `SBH-REN-014`, `WX4`.
fn name_end(text: &str, start: usize) -> Option<usize> {
    if text[..start].ends_with(|it: char| it.is_alphanumeric()) {
        return None;
    }
    let run = &text[start..];
    let is_inside = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '/' | '_');
    let run = &run[..run.find(|it: char| !is_inside(it)).unwrap_or(run.len())];
    let run = run.trim_end_matches(['-', '/', '_']);
    let begins_with_capital = run.starts_with(|it: char| it.is_ascii_uppercase());
    let has = |fits: fn(char) -> bool| run.contains(fits);
    if !has(|it| it.is_ascii_digit()) || !has(|it| it.is_ascii_uppercase()) {
        return None;
    }
    // `7RB`; `30mL` and `5GB` are numbers with units, and a unit has at most four letters.
    let letters = run.trim_start_matches(|it: char| it.is_ascii_digit());
    let is_measure = !begins_with_capital
        && (letters.contains(['-', '/'])
            || super::units::is_unit(letters)
            || letters.contains(|it: char| it.is_ascii_lowercase()));
    let has_small_words = run.split(['-', '/', '_']).any(|part| {
        part.len() > 2 && !part.contains(|it: char| it.is_ascii_digit() || it.is_ascii_uppercase())
    });
    (!is_measure && !has_small_words).then_some(start + run.len())
}

/// The number that begins at a digit: where it ends, and what it is.
fn number(text: &str, start: usize) -> (usize, TokenKind, Vec<String>, Vec<char>) {
    let (mut groups, mut marks) = (Vec::new(), Vec::new());
    let mut end = start;
    loop {
        let (group, length) = digits(&text[end..]);
        groups.push(group);
        end += length;
        let mut following = text[end..].chars();
        let Some(mark) = following.next() else { break };
        let (next, _) = digits(following.as_str());
        let is_first = marks.is_empty();
        let joins = match mark {
            '.' | ',' | '\u{66B}' | '\u{66C}' => !next.is_empty(),
            '\'' | '\u{2019}' | '\u{A0}' | '\u{202F}' | '\u{2009}' | ' ' => {
                let is_like = is_first || marks[0] == mark;
                let first = &groups[0];
                is_like
                    && next.len() == 3
                    && first.len() <= 3
                    && !first.starts_with('0')
                    && groups[1..].iter().all(|group| group.len() == 3)
            }
            // Of a day, or of a name: `2024-05-31`, `24/01`.
            '-' | '/' => !next.is_empty() && (is_first || marks.iter().all(|it| *it == mark)),
            _ => false,
        };
        if !joins {
            break;
        }
        marks.push(mark);
        end += mark.len_utf8();
    }
    if matches!(marks.first(), Some('-')) && marks.len() == 1 && groups[0].len() <= 4 && is_rising(&groups) {
        // A range.
        end = start + digits(&text[start..]).1;
        groups.truncate(1);
        marks.clear();
    }
    let kind = match value(&groups, &marks) {
        Some((readings, decimals)) => TokenKind::Number { readings, decimals },
        None => TokenKind::Name(text[start..end].to_uppercase()),
    };
    (end, kind, groups, marks)
}

fn is_rising(groups: &[String]) -> bool {
    let number = |group: &String| group.parse::<u64>().unwrap_or(0);
    groups.windows(2).all(|pair| number(&pair[0]) < number(&pair[1]))
        && groups.iter().all(|group| !group.starts_with('0') || group.len() == 1)
}

/// The digits at the beginning of a text, in ASCII, and how many bytes they take.
fn digits(text: &str) -> (String, usize) {
    let mut found = String::new();
    let mut length = 0;
    for character in text.chars() {
        let Some(digit) = ascii_digit_of(character) else { break };
        found.push(digit);
        length += character.len_utf8();
    }
    (found, length)
}

/// What groups of digits between marks may be, and how many digits are behind the decimal mark; `None` where they are no
/// number.
fn value(groups: &[String], marks: &[char]) -> Option<(Vec<f64>, usize)> {
    let all: String = groups.concat();
    let is_long = all.len() > MAX_DIGITS || (all.starts_with('0') && groups[0].len() > 1);
    if is_long {
        return None;
    }
    let whole = || all.parse::<f64>().ok();
    let decimal = |at: usize| {
        let (before, after) = (groups[..at].concat(), groups[at..].concat());
        format!("{before}.{after}").parse::<f64>().ok()
    };
    let are_thousands =
        |groups: &[String]| groups[1..].iter().all(|group| group.len() == 3) && groups[0].len() <= 3;
    let last = groups.len() - 1;
    match marks {
        [] => Some((vec![whole()?], 0)),
        [mark @ ('.' | ',' | '\u{66B}')] => {
            let fraction = groups[1].len();
            if fraction == 3 && groups[0].len() <= 3 && groups[0] != "0" {
                let both = if *mark == ',' { [whole()?, decimal(1)?] } else { [decimal(1)?, whole()?] };
                return Some((both.to_vec(), 0));
            }
            Some((vec![decimal(1)?], fraction))
        }
        [first, .., decimal_mark]
            if first != decimal_mark
                && matches!(decimal_mark, '.' | ',' | '\u{66B}')
                && marks[..marks.len() - 1].iter().all(|mark| mark == first)
                && !matches!(first, '-' | '/')
                && are_thousands(&groups[..last]) =>
        {
            Some((vec![decimal(last)?], groups[last].len()))
        }
        [first, ..]
            if marks.iter().all(|mark| mark == first)
                && !matches!(first, '-' | '/')
                && are_thousands(groups) =>
        {
            Some((vec![whole()?], 0))
        }
        _ => None,
    }
}
