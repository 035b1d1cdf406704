//! What PDF files write instead of the characters that are meant, and what scripts need to know of each other.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::compose;

/// The mark of a place where a word may be broken.
pub(super) const SOFT_HYPHEN: char = '\u{AD}';

/// What stands for the dots that lead to a page number.
pub(super) const LEADER: &str = "\u{2026}";

/// `text` with the characters that are meant: ligatures, presentation forms and radicals resolved, other spaces as spaces,
/// nothing that is not seen. Soft hyphens stay.
pub(super) fn tidy(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    let mut tidied = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' => {
                tidied.push(' ')
            }
            SOFT_HYPHEN | '\u{200C}' | '\u{200D}' | '\u{3000}' => tidied.push(character),
            // Forms that only fonts tell apart, and radicals that stand for the characters they look like.
            '\u{FB00}'..='\u{FDF9}'
            | '\u{FE70}'..='\u{FEFC}'
            | '\u{2E80}'..='\u{2FDF}'
            | '\u{F900}'..='\u{FAFF}' => {
                tidied.extend(std::iter::once(character).nfkc());
            }
            ' ' => tidied.push(' '),
            // Ligatures of fonts of TeX that name no characters.
            '\u{B}' | '\u{1B}' => tidied.push_str("ff"),
            '\u{C}' | '\u{1C}' => tidied.push_str("fi"),
            '\u{1D}' => tidied.push_str("fl"),
            '\u{E}' | '\u{1E}' => tidied.push_str("ffi"),
            '\u{F}' | '\u{1F}' => tidied.push_str("ffl"),
            _ if super::super::is_blank(character) => {}
            '\u{FFFD}' | '\u{FFFE}' | '\u{FFFF}' => {}
            _ => tidied.push(character),
        }
    }
    tidied
}

/// `text` with accents that stand before their letters put on them, as fonts of old draw them.
pub(super) fn accented(text: String) -> String {
    if text.is_ascii() || !text.chars().any(|character| combining(character).is_some()) {
        return text;
    }
    let mut composed = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let base = characters.peek().map(|next| if *next == '\u{131}' { 'i' } else { *next });
        let letter = combining(character).zip(base).and_then(|(mark, base)| compose(base, mark));
        match letter {
            Some(letter) => {
                composed.push(letter);
                characters.next();
            }
            None => composed.push(character),
        }
    }
    composed
}

/// Arabic `text` with lam before alef where a ligature of both was turned around with the line: it can only be told where the
/// article would have two alefs, and where nothing else is in the word.
pub(super) fn untangled(text: String) -> String {
    const ALEF: char = '\u{627}';
    const LAM: char = '\u{644}';
    if !text.contains(ALEF) {
        return text;
    }
    let mut characters: Vec<char> = text.chars().collect();
    for at in 0..characters.len() {
        let is_alef = |character: &char| matches!(*character, '\u{622}' | '\u{623}' | '\u{625}' | ALEF);
        let around = (at.checked_sub(1).and_then(|before| characters.get(before)), characters.get(at + 2));
        let is_edge = |character: Option<&char>| character.is_none_or(|it| !it.is_alphabetic());
        let after_article = around.0 == Some(&ALEF);
        let alone = characters[at] == ALEF && is_edge(around.0) && is_edge(around.1);
        if is_alef(&characters[at]) && characters.get(at + 1) == Some(&LAM) && (after_article || alone) {
            characters.swap(at, at + 1);
        }
    }
    characters.into_iter().collect()
}

/// The combining form of an accent that takes a place of its own.
fn combining(accent: char) -> Option<char> {
    Some(match accent {
        '\u{A8}' => '\u{308}',
        '\u{B4}' => '\u{301}',
        '\u{2C6}' => '\u{302}',
        '\u{2C7}' => '\u{30C}',
        '\u{2D8}' => '\u{306}',
        '\u{2DA}' => '\u{30A}',
        '\u{2DC}' => '\u{303}',
        '\u{2DD}' => '\u{30B}',
        '\u{B8}' => '\u{327}',
        _ => return None,
    })
}

/// Whether `character` is of a script that puts no spaces between words: Chinese, Japanese and their punctuation.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{2E80}'..='\u{2FDF}' | '\u{3000}'..='\u{312F}' | '\u{31A0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FF60}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Whether `character` is as wide as its font is high.
pub(super) fn is_wide(character: char) -> bool {
    is_unspaced(character) || matches!(character, '\u{AC00}'..='\u{D7A3}')
}

/// Whether `character` is of a script that is written from right to left.
pub(super) fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
        && !matches!(character, '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}')
}

/// Whether most letters of `text` are written from right to left.
pub(super) fn reads_right_to_left(text: &str) -> bool {
    let (mut right, mut left) = (0usize, 0usize);
    for character in text.chars() {
        if is_right_to_left(character) {
            right += 1;
        } else if character.is_alphabetic() {
            left += 1;
        }
    }
    right > left
}

/// Whether a mark of these is where a line may end inside a word.
pub(super) fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}' | SOFT_HYPHEN)
}

/// `text` as raised digits, where it is of digits alone.
pub(super) fn raised(text: &str) -> Option<String> {
    let raised = |digit: char| {
        Some(match digit {
            '1' => '\u{B9}',
            '2' => '\u{B2}',
            '3' => '\u{B3}',
            '0' | '4'..='9' => char::from_u32(0x2070 + digit.to_digit(10)?)?,
            '-' | '\u{2212}' => '\u{207B}',
            '+' => '\u{207A}',
            _ => return None,
        })
    };
    text.chars().map(raised).collect()
}

/// How many columns of a grid of half widths `text` would take.
pub(super) fn weight(text: &str) -> usize {
    text.chars().map(|character| if is_wide(character) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_resolved_and_the_unseen_is_gone() {
        assert_eq!(tidy("\u{FB01}nd it\u{A0}\u{FB03}"), "find it ffi");
        assert_eq!(tidy("\u{FEB3}\u{FEFC}\u{FEE1}"), "\u{633}\u{644}\u{627}\u{645}");
        assert_eq!(tidy("\u{2F00}\u{0}\u{200B}\u{FFFD}"), "\u{4E00}");
    }

    #[test]
    fn accents_before_letters_are_put_on_them() {
        assert_eq!(
            accented("M\u{A8}uller Andr\u{B4}e \u{2C6}\u{131} 20\u{B4}".into()),
            "M\u{FC}ller Andr\u{E9} \u{EE} 20\u{B4}"
        );
    }

    #[test]
    fn lam_and_alef_are_in_order() {
        let turned = "\u{627}\u{623}\u{644}\u{62E}\u{62A}\u{627}\u{645} \u{627}\u{644}";
        let meant = "\u{627}\u{644}\u{623}\u{62E}\u{62A}\u{627}\u{645} \u{644}\u{627}";
        assert_eq!(untangled(turned.to_owned()), meant);
        let article = "\u{627}\u{644}\u{62E}\u{628}\u{632}";
        assert_eq!(untangled(article.to_owned()), article);
    }

    #[test]
    fn digits_are_raised() {
        assert_eq!(raised("106").as_deref(), Some("\u{B9}\u{2070}\u{2076}"));
        assert_eq!(raised("th"), None);
    }
}
