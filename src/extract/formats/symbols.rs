//! Characters of symbol fonts, which documents name by their place in the font.

use std::borrow::Cow;

/// Greek as it lies in the font Symbol at the places of the letters A to Z and a to z.
const CAPITALS: &str = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ";
const SMALL: &str = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ";

/// Other places of the font Symbol.
const SIGNS: &[(u32, char)] = &[
    (0x22, '∀'),
    (0x24, '∃'),
    (0x27, '∋'),
    (0x2A, '∗'),
    (0x2D, '−'),
    (0x40, '≅'),
    (0x5C, '∴'),
    (0x5E, '⊥'),
    (0xA2, '′'),
    (0xA3, '≤'),
    (0xA5, '∞'),
    (0xAB, '↔'),
    (0xAC, '←'),
    (0xAD, '↑'),
    (0xAE, '→'),
    (0xAF, '↓'),
    (0xB0, '°'),
    (0xB1, '±'),
    (0xB2, '″'),
    (0xB3, '≥'),
    (0xB4, '×'),
    (0xB5, '∝'),
    (0xB6, '∂'),
    (0xB7, '•'),
    (0xB8, '÷'),
    (0xB9, '≠'),
    (0xBA, '≡'),
    (0xBB, '≈'),
    (0xBC, '…'),
    (0xC5, '⊕'),
    (0xC6, '∅'),
    (0xC7, '∩'),
    (0xC8, '∪'),
    (0xC9, '⊃'),
    (0xCC, '⊂'),
    (0xCD, '⊆'),
    (0xCE, '∈'),
    (0xCF, '∉'),
    (0xD0, '∠'),
    (0xD1, '∇'),
    (0xD5, '∏'),
    (0xD6, '√'),
    (0xD7, '⋅'),
    (0xD8, '¬'),
    (0xD9, '∧'),
    (0xDA, '∨'),
    (0xDB, '⇔'),
    (0xDC, '⇐'),
    (0xDE, '⇒'),
    (0xE5, '∑'),
    (0xF2, '∫'),
];

/// Places of the font Wingdings that stand for something in a text.
const PICTURES: &[(u32, char)] = &[
    (0x28, '☎'),
    (0x2A, '✉'),
    (0x6C, '●'),
    (0x6E, '■'),
    (0x6F, '□'),
    (0x71, '❑'),
    (0x76, '❖'),
    (0xA7, '▪'),
    (0xA8, '◻'),
    (0xD8, '➢'),
    (0xDF, '←'),
    (0xE0, '→'),
    (0xE1, '↑'),
    (0xE2, '↓'),
    (0xF0, '⇨'),
    (0xFB, '✗'),
    (0xFC, '✓'),
    (0xFD, '☒'),
    (0xFE, '☑'),
];

/// `text` set in a font: where that is one of symbols, what its characters look like.
pub(crate) fn in_font<'t>(text: &'t str, font: &str) -> Cow<'t, str> {
    let is_private = |mark: char| ('\u{F000}'..='\u{F0FF}').contains(&mark);
    if !text.contains(is_private) || !is_symbol_font(font) {
        return Cow::Borrowed(text);
    }
    let shown = |mark: char| if is_private(mark) { character(font, mark as u32) } else { Some(mark) };
    Cow::Owned(text.chars().filter_map(shown).collect())
}

fn is_symbol_font(font: &str) -> bool {
    let font = font.to_ascii_lowercase();
    font.starts_with("symbol") || font.starts_with("wingdings") || font == "opensymbol"
}

/// The character at a place of a font; `None` where that is not known, or is nothing but a picture.
pub(crate) fn character(font: &str, code: u32) -> Option<char> {
    // Fonts of symbols are put into the private area, from U+F000 on.
    let is_private = (0xF000..=0xF0FF).contains(&code);
    let place = if is_private { code - 0xF000 } else { code };
    let listed = |list: &[(u32, char)]| list.iter().find(|(at, _)| *at == place).map(|(_, sign)| *sign);
    let font = font.to_ascii_lowercase();
    if font.starts_with("wingdings") {
        return listed(PICTURES);
    }
    if is_symbol_font(&font) {
        let greek = match place {
            0x41..=0x5A => CAPITALS.chars().nth(place as usize - 0x41),
            0x61..=0x7A => SMALL.chars().nth(place as usize - 0x61),
            _ => None,
        };
        let plain = char::from_u32(place).filter(|sign| sign.is_ascii() && !sign.is_control());
        return greek.or_else(|| listed(SIGNS)).or(plain);
    }
    let found = char::from_u32(code).filter(|sign| !sign.is_control());
    found.filter(|sign| !('\u{E000}'..='\u{F8FF}').contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_symbol_fonts_are_what_they_look_like() {
        for (font, code, expected) in [
            ("Symbol", 0xF061, Some('α')),
            ("Symbol", 0x57, Some('Ω')),
            ("Symbol", 0xF0B3, Some('≥')),
            ("Wingdings", 0xF0FC, Some('✓')),
            ("Wingdings", 0xF04A, None),
            ("Arial", 0x2022, Some('•')),
            ("Arial", 0xF061, None),
        ] {
            assert_eq!(character(font, code), expected, "{font} {code:x}");
        }
        assert_eq!(in_font("a\u{f061}", "Symbol"), "aα");
        assert_eq!(in_font("a\u{f061}", "FontAwesome"), "a\u{f061}");
    }
}
