//! A folded text as words, numbers and marks.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters.
    Word,
    /// Digits.
    Number,
    /// One character that is neither, nor white space.
    Mark,
}

/// A piece of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    /// Whether white space stands before it.
    pub is_spaced: bool,
}

/// What makes a number a part of a date in scripts that are written without spaces; each is a token of its own there.
const DATE_UNITS: [char; 6] = ['年', '月', '日', '년', '월', '일'];

/// The tokens of a text, in order.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut is_spaced = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = kind(first);
        let after_number = !is_spaced && tokens.last().is_some_and(|last| last.kind == Kind::Number);
        let length = match kind {
            Some(Kind::Mark) => first.len_utf8(),
            Some(Kind::Word) if after_number && DATE_UNITS.contains(&first) => first.len_utf8(),
            same => rest.find(|next| self::kind(next) != same).unwrap_or(rest.len()),
        };
        let (text, after) = rest.split_at(length);
        tokens.extend(kind.map(|kind| Token { kind, text, is_spaced }));
        is_spaced = kind.is_none();
        rest = after;
    }
    tokens
}

/// The kind of token that a character is of; `None` for white space.
fn kind(character: char) -> Option<Kind> {
    match character {
        _ if character.is_alphabetic() => Some(Kind::Word),
        _ if character.is_numeric() => Some(Kind::Number),
        _ if character.is_whitespace() || character.is_control() => None,
        _ => Some(Kind::Mark),
    }
}
