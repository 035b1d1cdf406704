//! What a text looks like: the form in which look-alikes are equal.
//!
//! Compatibility forms, case, marks above and below letters, invisible characters, brackets and letters of other scripts
//! that look like ASCII, and entities of HTML make no difference (after the skeletons of
//! [UTS #39](https://www.unicode.org/reports/tr39/), with those look-alikes only that can imitate what a prompt is made of).

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use crate::index::ascii_digit;

/// A character of a text's looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// What it looks like.
    pub character: char,
    /// Where it begins, in bytes of the text; several may come from one character.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// The looks of a text. Every line break is `\n`, other white space a space.
pub(super) fn skeleton(text: &str) -> Vec<Seen> {
    let mut seen = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let (character, length) = entity(&text[at..]).unwrap_or((character, character.len_utf8()));
        let end = at + length;
        look(character, |character| seen.push(Seen { character, start: at, end }));
        at = end;
    }
    seen
}

/// The looks of a text as a text.
pub(super) fn looks(text: &str) -> String {
    skeleton(text).iter().map(|seen| seen.character).collect()
}

/// Gives what a character looks like, character by character.
fn look(character: char, mut take: impl FnMut(char)) {
    if is_invisible(character) {
        return;
    }
    if character.is_ascii() {
        return take(match character {
            '\r' | '\x0B' | '\x0C' => '\n',
            '\t' => ' ',
            _ => character.to_ascii_lowercase(),
        });
    }
    decompose_compatible(character, |part| {
        if is_combining_mark(part) || is_invisible(part) {
            return;
        }
        if let Some(digit) = ascii_digit(part) {
            return take(digit);
        }
        for lower in part.to_lowercase().filter(|it| !is_combining_mark(*it)) {
            take(ascii_look(lower));
        }
    });
}

/// The ASCII character that a character in small letters looks like, or itself.
fn ascii_look(character: char) -> char {
    match character {
        '‹' | '˂' | '≺' | '⟨' | '⧼' | '⦑' | '〈' | '\u{2329}' | '❬' | '❮' | 'ᐸ' | 'ᚲ' | '\u{1D236}' => {
            '<'
        }
        '›' | '˃' | '≻' | '⟩' | '⧽' | '⦒' | '〉' | '\u{232A}' | '❭' | '❯' | 'ᐳ' | '\u{1D237}' => {
            '>'
        }
        '【' | '〔' | '〖' | '⁅' | '❲' | '⦋' | '⦗' => '[',
        '】' | '〕' | '〗' | '⁆' | '❳' | '⦌' | '⦘' => ']',
        '⁄' | '∕' | '⧸' | '╱' | '〳' | '⟋' | '᜵' => '/',
        '∖' | '⧵' | '⧹' | '╲' | '⟍' => '\\',
        'ǀ' | '∣' | '│' | '┃' | '❘' | '❙' | '⏐' | '׀' | '￨' => '|',
        '∶' | '꞉' | 'ː' | '׃' | '։' | '܃' | '܄' => ':',
        '♯' => '#',
        '‐'..='―' | '−' | '⁃' | '﹘' | '➖' => '-',
        '▁' | '＿' => '_',
        '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        'а' | 'α' | 'ɑ' | 'ᴀ' => 'a',
        'ᴄ' | 'с' | 'ϲ' | 'ⲥ' => 'c',
        'ԁ' | 'ᴅ' => 'd',
        'е' | 'ᴇ' | 'ε' => 'e',
        'һ' | 'հ' | 'ʜ' => 'h',
        'і' | 'ι' | 'ı' | 'ɪ' => 'i',
        'ᴍ' | 'м' => 'm',
        'ո' | 'ɴ' => 'n',
        'о' | 'ο' | 'օ' | 'ᴏ' | 'σ' | 'ჿ' | 'ⲟ' => 'o',
        'р' | 'ρ' | 'ᴘ' => 'p',
        'ʀ' | 'г' | 'ᴦ' => 'r',
        'ѕ' | 'ꜱ' => 's',
        'т' | 'τ' | 'ᴛ' => 't',
        'υ' | 'ս' | 'ᴜ' | 'ʋ' => 'u',
        'у' | 'ʏ' | 'γ' => 'y',
        _ if character.is_whitespace() => ' ',
        _ => character,
    }
}

/// Whether a character shows nothing: it joins, parts, directs, or chooses a variant of others, or is a filler.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\0'..='\x08' | '\x0E'..='\x1F' | '\x7F'..='\u{84}' | '\u{86}'..='\u{9F}'
        | '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// The character that an entity of HTML at the beginning of a text stands for, and how long it is; brackets only, by name
/// or by number.
fn entity(text: &str) -> Option<(char, usize)> {
    /// `&#x0000003c;` and the like; longer ones are no entity to anybody.
    const MOST: usize = 12;
    let inner = text.strip_prefix('&')?;
    let length = inner.bytes().take(MOST).position(|byte| byte == b';')?;
    let name = inner[..length].to_ascii_lowercase();
    let code = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let character = match name.as_str() {
        "lt" => '<',
        "gt" => '>',
        "lsqb" | "lbrack" => '[',
        "rsqb" | "rbrack" => ']',
        "sol" => '/',
        "colon" => ':',
        "verbar" | "vert" => '|',
        _ => {
            let number = name.strip_prefix('#')?;
            match number.strip_prefix('x') {
                Some(digits) => code(digits, 16)?,
                None => code(number, 10)?,
            }
        }
    };
    Some((character, length + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_look_alike() {
        for text in [
            "</source>",
            "</SOURCE>",
            "＜／ｓｏｕｒｃｅ＞",
            "﹤/source﹥",
            "</sou\u{200B}rce>",
            "<\u{2060}/so\u{AD}urce>",
            "‹∕ѕоυгсе›",
            "&lt;/source&gt;",
            "&#60;&#x2f;source&#X3E;",
            "</s\u{336}ource>",
            "</𝐬𝓸𝖚𝗋𝚌𝕖>",
            "</ⓢⓞⓤⓡⓒⓔ>",
            "</sou\u{202E}rce>",
            "</sou\u{E0041}rce>",
            "</sou\u{FE0F}rce>",
            "⟨/sourcé⟩",
        ] {
            assert!(looks(text).contains("</source>"), "{text:?}");
        }
        for text in ["⟦/source⟧", "</ source>", "</sauce>", "&lt/source>"] {
            assert!(!looks(text).contains("</source>"), "{text:?}");
        }
    }

    #[test]
    fn each_character_knows_where_it_comes_from() {
        let text = "a…&lt;\u{200B}ﬁ＞";
        let seen = skeleton(text);
        assert_eq!(seen.iter().map(|it| it.character).collect::<String>(), "a...<fi>");
        for window in seen.windows(2) {
            assert!(window[0].start <= window[1].start && window[0].end <= window[1].end);
        }
        assert_eq!(&text[seen[4].start..seen[4].end], "&lt;");
        assert_eq!(&text[seen[7].start..seen[7].end], "＞");
    }
}
