//! What a string of JSON means, piece by piece.

use std::borrow::Cow;
use std::ops::Range;

/// A part of a string that is written as it is, or in escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub text: Cow<'t, str>,
    /// Where it is written.
    pub range: Range<usize>,
}

/// The pieces of the string whose inside is at `inside` of `source`. Escapes of visible characters in a row are one piece,
/// an escape of a line feed is one by itself.
pub(super) fn pieces(source: &str, inside: Range<usize>) -> impl Iterator<Item = Piece<'_>> {
    let mut at = inside.start;
    std::iter::from_fn(move || {
        let rest = source.get(at..inside.end).filter(|rest| !rest.is_empty())?;
        let start = at;
        if !rest.starts_with('\\') {
            at += rest.find('\\').unwrap_or(rest.len());
            return Some(Piece { text: Cow::Borrowed(&source[start..at]), range: start..at });
        }
        let mut text = String::new();
        while let Some((character, length)) = escape(&source[at..inside.end]) {
            if character == '\n' && !text.is_empty() {
                break;
            }
            text.push(character);
            at += length;
            if character == '\n' {
                break;
            }
        }
        // The tokens were checked, so that there is an escape; this ends in any case.
        if at == start {
            at = inside.end;
        }
        Some(Piece { text: Cow::Owned(text), range: start..at })
    })
}

/// The character of the escape that `text` begins with, and the length of that. Half a character is the sign for a lost one.
fn escape(text: &str) -> Option<(char, usize)> {
    let character = match text.as_bytes() {
        [b'\\', b'u', ..] => {
            let unit = unit(text)?;
            let low = text.get(6..).and_then(unit_of_low_half);
            return Some(match (unit, low) {
                (0xD800..0xDC00, Some(low)) => {
                    let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
                }
                _ => (char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
            });
        }
        [b'\\', b'b', ..] => '\u{8}',
        [b'\\', b'f', ..] => '\u{c}',
        [b'\\', b'n', ..] => '\n',
        [b'\\', b'r', ..] => '\r',
        [b'\\', b't', ..] => '\t',
        [b'\\', mark @ (b'"' | b'\\' | b'/'), ..] => char::from(*mark),
        _ => return None,
    };
    Some((character, 2))
}

fn unit(text: &str) -> Option<u32> {
    u32::from_str_radix(text.get(2..6)?, 16).ok()
}

fn unit_of_low_half(text: &str) -> Option<u32> {
    let low = if text.starts_with("\\u") { unit(text)? } else { return None };
    (0xDC00..0xE000).contains(&low).then_some(low)
}

/// What the string means.
pub(super) fn decoded(source: &str, inside: Range<usize>) -> String {
    pieces(source, inside).map(|piece| piece.text).collect()
}
