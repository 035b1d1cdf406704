//! Forms under which different spellings of a word are the same.
//!
//! *Case* is folded at once, with what Unicode's compatibility forms, digits of all scripts and invisible characters
//! make different: nobody means these. *Marks* (accents, points, letters for which others are typed) are folded in a
//! second form of the word, so that the exact spelling can be told apart.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::language::Language;

/// Where the decimal digits of each script begin: ten consecutive characters each, the general category Nd of Unicode
/// 16 without those that compatibility decomposition maps to ASCII.
const ZEROS: [u32; 58] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0,
    0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0, 0x10D30, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950,
    0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1E140, 0x1E950,
];

/// The ASCII digit that a decimal digit of any script stands for.
pub(crate) fn ascii_digit(character: char) -> Option<char> {
    if character.is_ascii() {
        return character.is_ascii_digit().then_some(character);
    }
    let code = u32::from(character);
    let place = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    char::from_digit(code - ZEROS[place], 10)
}

/// Appends `word` to `folded` without case, and with what else nobody means when they type.
///
/// Folding by upper and then lower case of each character conflates what Unicode's full case folding does (ß and ss, ς
/// and σ), as far as letters have both cases. `word` is in compatibility form ([`Normal`](super::normal::Normal)).
pub(super) fn fold_case(word: &str, folded: &mut String) {
    for character in word.chars() {
        match character {
            'A'..='Z' => folded.push(character.to_ascii_lowercase()),
            '\0'..='\x7f' => folded.push(character),
            // Typographic apostrophes, and the marks of Hebrew abbreviations.
            '\u{2018}' | '\u{2019}' | '\u{02BC}' | '\u{05F3}' => folded.push('\''),
            '\u{05F4}' => folded.push('"'),
            '\u{066B}' => folded.push('.'), // Arabic decimal separator
            '\u{066C}' => folded.push(','), // and thousands separator
            'ی' => folded.push('ي'), // one letter, which Persian and Arabic keyboards write differently
            'ک' => folded.push('ك'),
            'İ' => folded.push('i'), // without the dot above as a character of its own
            'ΐ' | 'ΰ' => folded.push(character), // whose capitals are three characters
            _ if is_invisible(character) => {}
            _ => match ascii_digit(character) {
                Some(digit) => folded.push(digit),
                None => folded.extend(character.to_uppercase().flat_map(char::to_lowercase)),
            },
        }
    }
}

/// What [`fold_case`] makes of `word`.
pub(super) fn folded(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    fold_case(word, &mut folded);
    folded
}

/// Characters that only steer line breaks, ligatures, direction, width and variant glyphs, such as the soft hyphen and
/// the Arabic tatweel.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00AD}' | '\u{0640}' | '\u{061C}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}') // variation selectors
}

/// A word, folded by [`fold_case`], as people type it who leave out marks; `None` where it has none.
///
/// Letters with a canonical decomposition lose their marks. Marks that are letters of their script (vowel signs of
/// Devanagari, voiced sounds of kana) stay.
pub(super) fn fold_marks(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let mut plain = String::with_capacity(word.len());
    for character in word.nfd().filter(|character| !is_optional_mark(*character)) {
        match plain_letters(character) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(character),
        }
    }
    let plain: String = plain.nfc().collect();
    (plain != word && !plain.is_empty()).then_some(plain)
}

/// A word as people write it whose keyboard has no umlauts or Nordic letters: `muenster`, `aarhus`. `None` where it has
/// none of these.
pub(crate) fn spell_out(word: &str) -> Option<String> {
    let has_letter = !word.is_ascii() && word.contains(|letter| digraph(letter).is_some());
    has_letter.then(|| {
        let mut spelt = String::with_capacity(word.len() + 4);
        for character in word.chars() {
            match digraph(character) {
                Some(digraph) => spelt.push_str(digraph),
                None => spelt.push(character),
            }
        }
        fold_marks(&spelt).unwrap_or(spelt)
    })
}

/// An Arabic word without its article, and the conjunction or preposition that is written with it; `None` where it has none,
/// or too little would be left.
pub(super) fn without_article(word: &str) -> Option<&str> {
    let articles = ["ال", "وال", "بال", "كال", "فال", "لل"];
    let rest = articles.iter().find_map(|article| word.strip_prefix(article))?;
    (rest.chars().count() >= 3).then_some(rest)
}

/// A word with the letters that were spelt out for want of a keyboard that has them; `None` where it has none.
pub(super) fn respell(language: Language, word: &str) -> Option<String> {
    let letters: &[(&str, &str)] = match language {
        Language::German => &[("ae", "ä"), ("oe", "ö"), ("ue", "ü")],
        Language::Swedish | Language::Finnish => &[("ae", "ä"), ("oe", "ö"), ("aa", "å")],
        Language::Danish | Language::Norwegian => &[("ae", "æ"), ("oe", "ø"), ("aa", "å")],
        _ => return None,
    };
    let respelt = letters.iter().fold(word.to_owned(), |word, (spelt, letter)| word.replace(spelt, letter));
    (respelt != word).then_some(respelt)
}

/// A word as the stemmer of its language takes it: Russian ё is е to it, and of Portuguese it leaves the plurals in -ões and
/// -ães apart from their singular in -ão.
pub(super) fn stemmable(language: Language, word: &str) -> Cow<'_, str> {
    match language {
        Language::Russian if word.contains('ё') => Cow::Owned(word.replace('ё', "е")),
        Language::Portuguese if word.ends_with("ões") || word.ends_with("ães") => {
            let stem: String = word.chars().take(word.chars().count() - 3).collect();
            Cow::Owned(stem + "ão")
        }
        _ => Cow::Borrowed(word),
    }
}

const fn digraph(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ä' => "ae",
        'ö' | 'ø' => "oe",
        'ü' => "ue",
        'å' => "aa",
        'đ' => "dj",
        _ => return None,
    })
}

/// Marks that people leave out: diacritics of Latin, Greek and Cyrillic, Hebrew points, Arabic vowel marks and the
/// hamza above or below a letter, nuktas of Indian scripts.
fn is_optional_mark(character: char) -> bool {
    matches!(character,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}'
        | '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}'..='\u{05C2}' | '\u{05C4}'..='\u{05C5}' | '\u{05C7}'
        | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06DC}'
        | '\u{06DF}'..='\u{06E8}' | '\u{06EA}'..='\u{06ED}' | '\u{08D3}'..='\u{08FF}'
        | '\u{093C}' | '\u{09BC}' | '\u{0A3C}' | '\u{0ABC}' | '\u{0B3C}' | '\u{0CBC}' | '\u{1133C}')
}

/// What is typed for a letter that has no canonical decomposition. Latin letters as CLDR's transform Latin-ASCII maps
/// them; of Arabic and Persian the forms of one letter that keyboards and habits confuse.
const fn plain_letters(letter: char) -> Option<&'static str> {
    Some(match letter {
        'æ' | 'ǽ' => "ae",
        'œ' => "oe",
        'ø' | 'ɵ' | 'ɔ' => "o",
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'þ' => "th",
        'ł' | 'ƚ' => "l",
        'ħ' => "h",
        'ŋ' | 'ɲ' => "n",
        'ŧ' | 'ƭ' => "t",
        'ı' | 'ɨ' => "i",
        'ȷ' | 'ɉ' => "j",
        'ĸ' => "q",
        'ƀ' | 'ɓ' => "b",
        'ƈ' | 'ȼ' => "c",
        'ə' | 'ɛ' | 'ɇ' => "e",
        'ƒ' => "f",
        'ɠ' | 'ǥ' => "g",
        'ƙ' => "k",
        'ƥ' => "p",
        'ɍ' => "r",
        'ʉ' => "u",
        'ʋ' => "v",
        'ƴ' | 'ɏ' => "y",
        'ƶ' | 'ȥ' => "z",
        'ß' => "ss",
        'ς' => "σ",
        'ٱ' | 'ٲ' | 'ٳ' => "ا",
        'ى' | 'ې' | 'ے' => "ي",
        'ڪ' => "ك",
        'ة' | 'ہ' | 'ھ' | 'ە' | 'ۃ' => "ه",
        'ۆ' | 'ۇ' => "و",
        'ґ' => "г",
        _ => return None,
    })
}

/// The text as it would be typed without marks.
pub(crate) fn without_marks(word: &str) -> Cow<'_, str> {
    fold_marks(word).map_or(Cow::Borrowed(word), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_nobody_means_are_one() {
        let cases = [
            ("STRASSE", "Straße"),
            ("ΟΔΟΣ", "οδος"),
            ("٢٠٢٤", "2024"),
            ("۱۴۰۳", "1403"),
            ("२०२४", "2024"),
            ("محمـــد", "محمد"),
            ("co\u{AD}operate", "cooperate"),
            ("tenant’s", "tenant's"),
            ("צה״ל", "צה\"ל"),
            ("İSTANBUL", "istanbul"),
            ("کتاب علی", "كتاب علي"),
        ];
        for (a, b) in cases {
            assert_eq!(folded(a), folded(b), "{a} and {b}");
        }
    }

    #[test]
    fn marks_that_people_leave_out_are_folded() {
        let cases = [
            ("résumé", "resume"),
            ("łódź", "lodz"),
            ("smørrebrød", "smorrebrod"),
            ("đường", "duong"),
            ("οδόσ", "οδοσ"),
            ("ёлка", "елка"),
            ("בְּרֵאשִׁית", "בראשית"),
            ("مَرَّاكُش", "مراكش"),
            ("آسفي", "اسفي"),
            ("الدورى", "الدوري"),
            ("مكتبة", "مكتبه"),
            ("مسؤول", "مسوول"),
            ("क़लम", "कलम"),
        ];
        for (word, plain) in cases {
            assert_eq!(fold_marks(word).as_deref(), Some(plain), "{word}");
            assert_eq!(fold_marks(plain), None, "{plain}");
        }
    }

    #[test]
    fn marks_that_are_letters_stay() {
        for word in ["हिन्दी", "ガラス", "ที่ดิน", "서울", "தமிழ்"] {
            assert_eq!(fold_marks(word), None, "{word}");
        }
    }

    #[test]
    fn umlauts_are_spelt_out() {
        assert_eq!(spell_out("münster").as_deref(), Some("muenster"));
        assert_eq!(spell_out("århus").as_deref(), Some("aarhus"));
        assert_eq!(spell_out("café"), None);
    }

    #[test]
    fn what_is_written_with_a_word_is_taken_off() {
        assert_eq!(without_article("المدينة"), Some("مدينة"));
        assert_eq!((without_article("والد"), without_article("مدينة")), (None, None));
        assert_eq!(respell(Language::German, "baeume").as_deref(), Some("bäume"));
        assert_eq!(respell(Language::English, "aerial"), None);
        assert_eq!(stemmable(Language::Portuguese, "opções"), "opção");
    }

    #[test]
    fn zeros_are_sorted_and_zeros() {
        assert!(ZEROS.is_sorted_by(|a, b| a + 10 <= *b));
        assert!(ZEROS.iter().all(|zero| char::from_u32(*zero).is_some_and(char::is_numeric)));
    }
}
