//! Texts as sequences of bytes, each spelled as a character that can be seen, and the words of GPT-2.
//!
//! [Radford et al. 2019](https://github.com/openai/gpt-2/blob/master/src/encoder.py): a vocabulary of bytes has no unknown
//! characters, and a word keeps the space before it.

use super::aligned::Aligned;
use super::categories;

/// How a space is spelled.
pub(super) const SPACE: char = 'Ġ';

/// The character that a byte is spelled as: itself where Latin-1 has a visible character, else one from U+0100 on.
pub(super) fn spelling(byte: u8) -> char {
    let hidden = match byte {
        0..=0x20 => byte,
        0x7F..=0xA0 => byte - 0x7F + 0x21,
        0xAD => 0x43,
        visible => return char::from(visible),
    };
    char::from_u32(0x100 + u32::from(hidden)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Spells each byte of the text.
pub(super) fn spell(text: &mut Aligned) {
    text.rewrite(|c, origin, new| {
        c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| new.push(spelling(byte), origin));
    });
}

/// The length of the first word of a non-empty text, as the pattern of GPT-2 has it:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
pub(super) fn first_word(text: &str) -> usize {
    const ENDINGS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    if let Some(ending) = ENDINGS.iter().find(|ending| text.starts_with(**ending)) {
        return ending.len();
    }
    let unspaced = text.strip_prefix(' ').unwrap_or(text);
    match unspaced.chars().next().map(kind) {
        Some(first) if first != Kind::Space => {
            let end =
                unspaced.char_indices().find(|(_, c)| kind(*c) != first).map_or(unspaced.len(), |(at, _)| at);
            text.len() - unspaced.len() + end
        }
        _ => white_space(text),
    }
}

/// The length of the white space that `text` begins with, but for the last of it where a word follows, whose it may be.
fn white_space(text: &str) -> usize {
    let length = text.len() - text.trim_start().len();
    let last = text[..length].chars().next_back().map_or(0, char::len_utf8);
    if length == text.len() || length == last { length } else { length - last }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Letter,
    Number,
    Space,
    Other,
}

fn kind(c: char) -> Kind {
    if c.is_whitespace() {
        Kind::Space
    } else if categories::is_letter(c) {
        Kind::Letter
    } else if c.is_numeric() {
        Kind::Number
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_byte_has_a_spelling_of_its_own_that_can_be_seen() {
        let spellings: HashSet<_> = (0..=255).map(spelling).collect();
        assert_eq!(spellings.len(), 256);
        assert!(spellings.iter().all(|c| !c.is_whitespace() && !c.is_control()));
        assert_eq!(
            (spelling(b' '), spelling(b'\n'), spelling(b'a'), spelling(0xAD)),
            (SPACE, 'Ċ', 'a', '\u{143}')
        );
    }

    #[test]
    fn words_keep_the_space_before_them() {
        let words = |mut text: &'static str| {
            let mut words = Vec::new();
            while !text.is_empty() {
                let (word, rest) = text.split_at(first_word(text));
                words.push(word);
                text = rest;
            }
            words
        };
        assert_eq!(
            words("It's  a\n\n test2 (?) "),
            ["It", "'s", " ", " a", "\n\n", " test", "2", " (?)", " "]
        );
        assert_eq!(words("\t\tx  "), ["\t", "\t", "x", "  "]);
    }
}
