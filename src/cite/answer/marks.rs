//! Marks that cite sources: `[1]`, `[1, 2]`, `[1-3]`, `(1)`, `【1†source】`, `¹`, `[^1]`.

use serde::Serialize;

use crate::cite::numbers::ascii_digit_of;
use crate::document::Span;

/// A mark that cites sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Where it is, in bytes of the answer.
    pub span: Span,
    /// The numbers of the sources, from 1 on. There may be no source of that number.
    pub sources: Vec<u32>,
}

/// The greatest number that is taken for that of a source: years are none.
const MAX_SOURCE: u32 = 999;

/// The longest mark, in bytes, and how many sources a range may name.
const MAX_BYTES: usize = 80;
const MAX_RANGE: u32 = 50;

/// Words before a number in brackets that make it part of a reference: `section (1)`.
const REFERENCES: &[&str] = &[
    "section",
    "sections",
    "clause",
    "article",
    "paragraph",
    "subsection",
    "part",
    "chapter",
    "step",
    "table",
    "figure",
    "note",
    "item",
    "no",
    "number",
    "schedule",
    "annex",
    "abs",
    "absatz",
    "artikel",
    "nr",
    "ziffer",
    "satz",
    "art",
    "grade",
    "level",
    "phase",
    "class",
    "type",
    "version",
    "option",
    "line",
    "row",
];

/// The marks of a text in which code is masked, in order.
pub(super) fn marks(text: &str, sources: usize) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(is_beginning) {
        at += found;
        let first = text[at..].chars().next().unwrap_or_default();
        let mark = match first {
            '[' | '［' => bracketed(text, at, first),
            '【' => lenticular(text, at),
            '(' | '（' => parenthesised(text, at, sources),
            '<' => tagged(text, at),
            _ => superscript(text, at, sources),
        };
        match mark {
            Some((length, sources)) if !sources.is_empty() => {
                marks.push(Mark { span: Span::new(at, at + length), sources });
                at += length;
            }
            _ => at += first.len_utf8(),
        }
    }
    marks
}

fn is_beginning(character: char) -> bool {
    matches!(character, '[' | '［' | '【' | '(' | '（' | '<') || superscript_digit(character).is_some()
}

/// What stands between a bracket at `at` and the one that closes it, and the length of all.
fn inner(text: &str, at: usize, open: char, close: char) -> Option<(&str, usize)> {
    let rest = &text[at + open.len_utf8()..];
    let near = &rest[..rest.floor_char_boundary(MAX_BYTES + close.len_utf8())];
    let end = near.find(close).filter(|end| *end <= MAX_BYTES)?;
    let inner = &rest[..end];
    (!inner.contains('\n')).then_some((inner, open.len_utf8() + end + close.len_utf8()))
}

fn bracketed(text: &str, at: usize, open: char) -> Option<(usize, Vec<u32>)> {
    if text[..at].ends_with('!') {
        return None;
    }
    let (inside, length) = inner(text, at, open, if open == '[' { ']' } else { '］' })?;
    if inside.strip_prefix('^').is_some() && text[at + length..].starts_with(':') {
        return None;
    }
    let inside = inside.trim().trim_start_matches('^').trim();
    let inside = inside.split('†').next().unwrap_or_default();
    Some((length, list(without_word(inside))?))
}

/// `Source 1`, `doc: 2` without the word.
fn without_word(inside: &str) -> &str {
    const WORDS: &[&str] = &[
        "source",
        "sources",
        "doc",
        "document",
        "ref",
        "refs",
        "quelle",
        "quellen",
        "fuente",
        "fonte",
        "来源",
        "出典",
        "来源：",
        "источник",
        "مصدر",
        "מקור",
    ];
    let letters = inside.find(|it: char| !it.is_alphabetic()).unwrap_or(inside.len());
    match WORDS.contains(&inside[..letters].to_lowercase().as_str()) {
        true => inside[letters..].trim_start_matches([':', '：', ' ', '#']),
        false => inside,
    }
}

fn lenticular(text: &str, at: usize) -> Option<(usize, Vec<u32>)> {
    let (inside, length) = inner(text, at, '【', '】')?;
    // `4:0†source`: the first number is that of the source.
    let inside = inside.split(['†', ':']).next().unwrap_or_default().trim().trim_start_matches('^');
    Some((length, list(without_word(inside))?))
}

fn tagged(text: &str, at: usize) -> Option<(usize, Vec<u32>)> {
    let rest = text[at..].strip_prefix("<sup>")?;
    let near = &rest[..rest.floor_char_boundary(MAX_BYTES + "</sup>".len())];
    let end = near.find("</sup>").filter(|end| *end <= MAX_BYTES)?;
    let inside = rest[..end].trim().trim_start_matches('[').trim_end_matches(']');
    Some(("<sup></sup>".len() + end, list(inside)?))
}

/// `(1)` before the end of a clause, after a word that it cannot belong to.
fn parenthesised(text: &str, at: usize, sources: usize) -> Option<(usize, Vec<u32>)> {
    let open = text[at..].chars().next()?;
    let (inside, length) = inner(text, at, open, if open == '(' { ')' } else { '）' })?;
    let numbers = list(inside)?;
    let are_sources = numbers.iter().all(|number| usize::try_from(*number).is_ok_and(|it| it <= sources));
    let rest = text[at + length..].trim_start_matches([' ', '\t', ')']);
    let ends = rest.chars().next().is_none_or(|next| {
        matches!(
            next,
            '\n' | '\r'
                | '.'
                | ','
                | ';'
                | ':'
                | '!'
                | '?'
                | '。'
                | '，'
                | '；'
                | '、'
                | '('
                | '|'
                | '؟'
                | '،'
        )
    });
    let before = text[..at].trim_end_matches([' ', '\t']);
    let before = match before.ends_with(')') {
        // Another mark.
        true => before.rfind('(').map_or(before, |open| before[..open].trim_end_matches([' ', '\t'])),
        false => before,
    };
    let last = before.chars().next_back()?;
    let word = before.rsplit(|it: char| !it.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    let belongs =
        last.is_numeric() || last == '\n' || matches!(last, '§' | '#') || REFERENCES.contains(&word.as_str());
    // A word like `f(1)` is no sentence's end.
    let is_call = word.chars().count() <= 2 && text[..at].ends_with(|it: char| it.is_ascii_alphabetic());
    (are_sources && ends && !belongs && !is_call).then_some((length, numbers))
}

fn superscript_digit(character: char) -> Option<u32> {
    "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|it| it == character).and_then(|it| u32::try_from(it).ok())
}

/// Raised digits after a word or a full stop; after a unit or a number they are a power.
fn superscript(text: &str, at: usize, sources: usize) -> Option<(usize, Vec<u32>)> {
    let before = text[..at].strip_suffix(' ').unwrap_or(&text[..at]);
    let last = before.chars().next_back()?;
    let word: String = before.chars().rev().take_while(|it| it.is_alphabetic()).collect();
    let is_word =
        word.chars().count() >= 3 || word.chars().any(|it| !it.is_ascii() && !matches!(it, 'µ' | 'μ'));
    let is_end =
        matches!(last, '.' | ',' | ';' | '!' | '?' | '”' | '"' | '’' | ')' | '»' | '。' | '」' | '，');
    if !(is_word || is_end) {
        return None;
    }
    let is_part =
        |it: char| superscript_digit(it).is_some() || matches!(it, ',' | '˒' | '\u{2E34}' | '⁻' | '⁾' | '⁽');
    let run = &text[at..];
    let run = &run[..run.find(|it| !is_part(it)).unwrap_or(run.len())];
    let run = run.trim_end_matches(',');
    let digits: String = run
        .chars()
        .map(|it| superscript_digit(it).and_then(|digit| char::from_digit(digit, 10)).unwrap_or(','))
        .collect();
    let mut numbers = list(&digits)?;
    // `¹²` is 12, or else 1 and 2.
    let fits = |number: u32| usize::try_from(number).is_ok_and(|it| it <= sources);
    if !numbers.iter().all(|number| fits(*number)) && !digits.contains(',') {
        numbers = run.chars().filter_map(superscript_digit).filter(|it| *it > 0).collect();
    }
    Some((run.len(), numbers))
}

/// `1`, `1, 2`, `1-3`, `1 and 2`; `None` where there is anything else.
fn list(text: &str) -> Option<Vec<u32>> {
    let mut numbers: Vec<u32> = Vec::new();
    let text: String = text.chars().map(|it| ascii_digit_of(it).unwrap_or(it)).collect();
    let text = text.replace(" and ", ",").replace(" und ", ",").replace(" to ", "-");
    for part in text.split([',', ';', '&', '、', '，', '،']) {
        let part = part.trim().trim_start_matches('^');
        match part.split_once(['-', '–', '—', '‑', '−', '~']) {
            Some((first, last)) => {
                let (first, last) = (source(first)?, source(last.trim().trim_start_matches('^'))?);
                if first > last || last - first > MAX_RANGE {
                    return None;
                }
                numbers.extend(first..=last);
            }
            None => numbers.push(source(part)?),
        }
    }
    Some(numbers)
}

fn source(text: &str) -> Option<u32> {
    let text = text.trim();
    let is_number = !text.is_empty()
        && text.len() <= 3
        && text.bytes().all(|it| it.is_ascii_digit())
        && !text.starts_with('0');
    text.parse().ok().filter(|number| is_number && *number <= MAX_SOURCE)
}
