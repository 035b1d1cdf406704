//! The clauses of a sentence.

use std::ops::Range;

use crate::index::is_unspaced;

/// Words that begin another clause after a comma, or alone where there is enough on both sides.
const JOINTS: &[&str] = &[
    "and", "but", "while", "whereas", "although", "though", "which", "und", "aber", "während", "wobei",
    "sondern", "et", "mais", "y", "pero", "e", "ma", "mas", "и", "а", "но",
];

/// The least words of a clause; in scripts without spaces, the least characters.
const LEAST_WORDS: usize = 4;
const LEAST_CHARACTERS: usize = 6;

/// The clauses of a sentence, each without the white space and commas around it. There is always one.
pub(in crate::cite) fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    let mut depth = 0i32;
    let mut previous = ' ';
    for (at, character) in text.char_indices() {
        match character {
            '(' | '“' | '„' | '「' | '（' | '«' => depth += 1,
            ')' | '”' | '」' | '）' | '»' => depth = (depth - 1).max(0),
            _ => {}
        }
        let rest = &text[at + character.len_utf8()..];
        let is_cut = depth == 0
            && match character {
                ';' | '；' | '，' => true,
                ',' | '،' => rest.starts_with(char::is_whitespace),
                ' ' => previous != ',' && joins(rest),
                _ => false,
            };
        previous = character;
        if is_cut && is_enough(&text[start..at]) && is_enough(until_cut(rest)) {
            pieces.push(start..at);
            start = at + character.len_utf8();
        }
    }
    pieces.push(start..text.len());
    let trimmed = pieces.into_iter().map(|piece| {
        let said = &text[piece.clone()];
        let begin = piece.start + said.len() - said.trim_start().len();
        begin..begin + said.trim().len()
    });
    trimmed.collect()
}

/// What follows up to where it might be cut next.
fn until_cut(rest: &str) -> &str {
    let end = rest.find([';', '；', '，']).unwrap_or(rest.len());
    let comma = rest
        .match_indices(", ")
        .map(|(at, _)| at)
        .find(|at| is_enough(&rest[*at + 2..]) && is_enough(&rest[..*at]));
    &rest[..comma.unwrap_or(end).min(end)]
}

fn joins(rest: &str) -> bool {
    let word = rest.split(char::is_whitespace).next().unwrap_or_default();
    JOINTS.contains(&word.to_lowercase().as_str()) && rest.len() > word.len()
}

fn is_enough(text: &str) -> bool {
    let unspaced = text.chars().filter(|it| is_unspaced(*it)).count();
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
    words >= LEAST_WORDS || unspaced >= LEAST_CHARACTERS
}
