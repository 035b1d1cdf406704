//! Which characters are punctuation, accents and so on for a tokenizer.
//!
//! The reference implementation takes this from tables of Unicode 8 and 9, and models were trained with what it makes of
//! a text, so these are the tables of then. The tests compare each character with it.

use unicode_normalization::char::is_combining_mark;

/// Whether `c` is punctuation: ASCII's, with the symbols, and the general categories P.
pub(super) fn is_punctuation(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_punctuation() } else { holds(PUNCTUATION, c) }
}

/// Whether `c` is an accent that BERT strips: the general category Mn.
pub(super) fn is_accent(c: char) -> bool {
    c >= '\u{300}' && holds(NONSPACING, c)
}

/// Whether `c` is a combining mark: the general categories M.
pub(super) fn is_mark(c: char) -> bool {
    is_combining_mark(c) && !holds(YOUNGER_MARKS, c) || ('\u{1CF2}'..='\u{1CF3}').contains(&c)
}

/// Whether BERT drops `c`: the general categories Cc, Cf and Co but tab, line feed and carriage return.
pub(super) fn is_control(c: char) -> bool {
    const PRIVATE: [std::ops::RangeInclusive<char>; 3] =
        ['\u{E000}'..='\u{F8FF}', '\u{F0000}'..='\u{FFFFD}', '\u{100000}'..='\u{10FFFD}'];
    if c.is_ascii() {
        return c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r');
    }
    holds(CONTROL, c) || PRIVATE.iter().any(|range| range.contains(&c))
}

/// Whether BERT makes `c` a word of its own: the ideographs, but for those of extension E before U+2B920.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{2A6DF}'
            | '\u{2A700}'..='\u{2B73F}' | '\u{2B740}'..='\u{2B81F}' | '\u{2B920}'..='\u{2CEAF}'
            | '\u{2F800}'..='\u{2FA1F}')
}

/// Whether `c` is a letter: the general categories L, which is what is alphabetic but for marks, numbers and letters in
/// circles and squares.
pub(super) fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    let enclosed = matches!(c, '\u{24B6}'..='\u{24E9}' | '\u{1F130}'..='\u{1F149}' | '\u{1F150}'..='\u{1F169}'
        | '\u{1F170}'..='\u{1F189}');
    c.is_alphabetic() && !c.is_numeric() && !is_combining_mark(c) && !enclosed
}

/// Whether `c` may stand inside a word, as [UTS #18](https://www.unicode.org/reports/tr18/#word) has it: `\w`.
pub(super) fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    let connector = matches!(
        c,
        '\u{203F}' | '\u{2040}' | '\u{2054}' | '\u{FE33}' | '\u{FE34}' | '\u{FE4D}'
            ..='\u{FE4F}' | '\u{FF3F}' | '\u{200C}' | '\u{200D}'
    );
    c.is_alphabetic() || is_combining_mark(c) || holds(DECIMAL, c) || connector
}

/// Whether `c` is a decimal digit of any script: `\d`.
pub(super) fn is_decimal(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { holds(DECIMAL, c) }
}

/// Whether `c` got its decomposition after Unicode 9.
pub(super) fn is_younger(c: char) -> bool {
    holds(YOUNGER_DECOMPOSITIONS, c)
}

/// Whether `c` got its combining class after Unicode 9.
pub(super) fn is_younger_mark(c: char) -> bool {
    holds(YOUNGER_CLASSES, c)
}

/// Whether `c` is in a table of ranges: the first character of each times 2,048, and how many follow it.
fn holds(table: &[u32], c: char) -> bool {
    let c = u32::from(c);
    let after = table.partition_point(|range| range >> 11 <= c);
    after > 0 && c - (table[after - 1] >> 11) <= table[after - 1] & 0x7FF
}

/// General categories P, Unicode 8.
#[rustfmt::skip]
const PUNCTUATION: &[u32] = &[
    0x10802, 0x12805, 0x16003, 0x1D001, 0x1F801, 0x2D802, 0x2F800, 0x3D800, 0x3E800, 0x50800, 0x53800,
    0x55800, 0x5B001, 0x5D800, 0x5F800, 0x1BF000, 0x1C3800, 0x2AD005, 0x2C4801, 0x2DF000, 0x2E0000,
    0x2E1800, 0x2E3000, 0x2F9801, 0x304801, 0x306001, 0x30D800, 0x30F001, 0x335003, 0x36A000, 0x38000D,
    0x3FB802, 0x41800E, 0x42F000, 0x4B2001, 0x4B8000, 0x578000, 0x6FA000, 0x727800, 0x72D001, 0x78200E,
    0x78A000, 0x79D003, 0x7C2800, 0x7E8004, 0x7EC801, 0x825005, 0x87D800, 0x9B0008, 0xA00000, 0xB36801,
    0xB4D801, 0xB75802, 0xB9A801, 0xBEA002, 0xBEC002, 0xC0000A, 0xCA2001, 0xD0F001, 0xD50006, 0xD54005,
    0xDAD006, 0xDFE003, 0xE1D804, 0xE3F001, 0xE60007, 0xE69800, 0x1008017, 0x1018013, 0x102280C, 0x102980B,
    0x103E801, 0x1046801, 0x1184003, 0x1194801, 0x13B400D, 0x13E2801, 0x13F3009, 0x14C1815, 0x14EC003,
    0x14FE001, 0x167C803, 0x167F001, 0x16B8000, 0x170002E, 0x1718012, 0x1800802, 0x1804009, 0x180A00B,
    0x1818000, 0x181E800, 0x1850000, 0x187D800, 0x527F001, 0x5306802, 0x5339800, 0x533F000, 0x5379005,
    0x543A003, 0x5467001, 0x547C002, 0x547E000, 0x5497001, 0x54AF800, 0x54E080C, 0x54EF001, 0x552E003,
    0x556F001, 0x5578001, 0x55F5800, 0x7E9F001, 0x7F08009, 0x7F18022, 0x7F2A00D, 0x7F31800, 0x7F34000,
    0x7F35001, 0x7F80802, 0x7F82805, 0x7F86003, 0x7F8D001, 0x7F8F801, 0x7F9D802, 0x7F9F800, 0x7FAD800,
    0x7FAE800, 0x7FAF806, 0x8080002, 0x81CF800, 0x81E8000, 0x82B7800, 0x842B800, 0x848F800, 0x849F800,
    0x8528008, 0x853F800, 0x8578006, 0x859C806, 0x85CC803, 0x8823806, 0x885D801, 0x885F003, 0x88A0003,
    0x88BA001, 0x88E2804, 0x88E6800, 0x88ED800, 0x88EE802, 0x891C005, 0x8954800, 0x8A63000, 0x8AE0816,
    0x8B20802, 0x8B9E002, 0x9238004, 0xB537001, 0xB57A800, 0xB59B804, 0xB5A2000, 0xDE4F800, 0xED43804,
];

/// General category Mn, Unicode 8.
#[rustfmt::skip]
const NONSPACING: &[u32] = &[
    0x18006F, 0x241804, 0x2C882C, 0x2DF800, 0x2E0801, 0x2E2001, 0x2E3800, 0x30800A, 0x325814, 0x338000,
    0x36B006, 0x36F805, 0x373801, 0x375003, 0x388800, 0x39801A, 0x3D300A, 0x3F5808, 0x40B003, 0x40D808,
    0x412802, 0x414804, 0x42C802, 0x47181F, 0x49D000, 0x49E000, 0x4A0807, 0x4A6800, 0x4A8806, 0x4B1001,
    0x4C0800, 0x4DE000, 0x4E0803, 0x4E6800, 0x4F1001, 0x500801, 0x51E000, 0x520801, 0x523801, 0x525802,
    0x528800, 0x538001, 0x53A800, 0x540801, 0x55E000, 0x560804, 0x563801, 0x566800, 0x571001, 0x580800,
    0x59E000, 0x59F800, 0x5A0803, 0x5A6800, 0x5AB000, 0x5B1001, 0x5C1000, 0x5E0000, 0x5E6800, 0x600000,
    0x61F002, 0x623002, 0x625003, 0x62A801, 0x631001, 0x640800, 0x65E000, 0x65F800, 0x663000, 0x666001,
    0x671001, 0x680800, 0x6A0803, 0x6A6800, 0x6B1001, 0x6E5000, 0x6E9002, 0x6EB000, 0x718800, 0x71A006,
    0x723807, 0x758800, 0x75A005, 0x75D801, 0x764005, 0x78C001, 0x79A800, 0x79B800, 0x79C800, 0x7B880D,
    0x7C0004, 0x7C3001, 0x7C680A, 0x7CC823, 0x7E3000, 0x816803, 0x819005, 0x81C801, 0x81E801, 0x82C001,
    0x82F002, 0x838803, 0x841000, 0x842801, 0x846800, 0x84E800, 0x9AE802, 0xB89002, 0xB99002, 0xBA9001,
    0xBB9001, 0xBDA001, 0xBDB806, 0xBE3000, 0xBE480A, 0xBEE800, 0xC05802, 0xC54800, 0xC90002, 0xC93801,
    0xC99000, 0xC9C802, 0xD0B801, 0xD0D800, 0xD2B000, 0xD2C006, 0xD30000, 0xD31000, 0xD32807, 0xD39809,
    0xD3F800, 0xD5800D, 0xD80003, 0xD9A000, 0xD9B004, 0xD9E000, 0xDA1000, 0xDB5808, 0xDC0001, 0xDD1003,
    0xDD4001, 0xDD5802, 0xDF3000, 0xDF4001, 0xDF6800, 0xDF7802, 0xE16007, 0xE1B001, 0xE68002, 0xE6A00C,
    0xE71006, 0xE76800, 0xE7A000, 0xE7C001, 0xEE0035, 0xEFE003, 0x106800C, 0x1070800, 0x107280B, 0x1677802,
    0x16BF800, 0x16F001F, 0x1815003, 0x184C801, 0x5337800, 0x533A009, 0x534F001, 0x5378001, 0x5401000,
    0x5403000, 0x5405800, 0x5412801, 0x5462000, 0x5470011, 0x5493007, 0x54A380A, 0x54C0002, 0x54D9800,
    0x54DB003, 0x54DE000, 0x54F2800, 0x5514805, 0x5518801, 0x551A801, 0x5521800, 0x5526000, 0x553E000,
    0x5558000, 0x5559002, 0x555B801, 0x555F001, 0x5560800, 0x5576001, 0x557B000, 0x55F2800, 0x55F4000,
    0x55F6800, 0x7D8F000, 0x7F0000F, 0x7F1000F, 0x80FE800, 0x8170000, 0x81BB004, 0x8500802, 0x8502801,
    0x8506003, 0x851C002, 0x851F800, 0x8572801, 0x8800800, 0x881C00E, 0x883F802, 0x8859803, 0x885C801,
    0x8880002, 0x8893804, 0x8896807, 0x88B9800, 0x88C0001, 0x88DB008, 0x88E5002, 0x8917802, 0x891A000,
    0x891B001, 0x896F800, 0x8971807, 0x8980001, 0x899E000, 0x89A0000, 0x89B3006, 0x89B8004, 0x8A59805,
    0x8A5D000, 0x8A5F801, 0x8A61001, 0x8AD9003, 0x8ADE001, 0x8ADF801, 0x8AEE001, 0x8B19807, 0x8B1E800,
    0x8B1F801, 0x8B55800, 0x8B56800, 0x8B58005, 0x8B5B800, 0x8B8E802, 0x8B91003, 0x8B93804, 0xB578004,
    0xB598006, 0xB7C7803, 0xDE4E801, 0xE8B3802, 0xE8BD807, 0xE8C2806, 0xE8D5003, 0xE921002, 0xED00036,
    0xED1D831, 0xED3A800, 0xED42000, 0xED4D804, 0xED5080E, 0xF468006, 0x700800EF,
];

/// General categories Cc and Cf, Unicode 8.
#[rustfmt::skip]
const CONTROL: &[u32] = &[
    0x1F, 0x3F820, 0x56800, 0x300005, 0x30E000, 0x36E800, 0x387800, 0xC07000, 0x1005804, 0x1015004,
    0x1030004, 0x1033009, 0x7F7F800, 0x7FFC802, 0x885E800, 0xDE50003, 0xE8B9807, 0x70000800, 0x7001005F,
];

/// General category Nd.
#[rustfmt::skip]
const DECIMAL: &[u32] = &[
    0x18009, 0x330009, 0x378009, 0x3E0009, 0x4B3009, 0x4F3009, 0x533009, 0x573009, 0x5B3009, 0x5F3009,
    0x633009, 0x673009, 0x6B3009, 0x6F3009, 0x728009, 0x768009, 0x790009, 0x820009, 0x848009, 0xBF0009,
    0xC08009, 0xCA3009, 0xCE8009, 0xD40009, 0xD48009, 0xDA8009, 0xDD8009, 0xE20009, 0xE28009, 0x5310009,
    0x5468009, 0x5480009, 0x54E8009, 0x54F8009, 0x5528009, 0x55F8009, 0x7F88009, 0x8250009, 0x8698009,
    0x86A0009, 0x8833009, 0x8878009, 0x889B009, 0x88E8009, 0x8978009, 0x8A28009, 0x8A68009, 0x8B28009,
    0x8B60009, 0x8B68013, 0x8B98009, 0x8C70009, 0x8CA8009, 0x8DF8009, 0x8E28009, 0x8EA8009, 0x8ED0009,
    0x8FA8009, 0xB098009, 0xB530009, 0xB560009, 0xB5A8009, 0xB6B8009, 0xE678009, 0xEBE7031, 0xF0A0009,
    0xF178009, 0xF278009, 0xF2F8809, 0xF4A8009, 0xFDF8009,
];

/// Decompositions that came after Unicode 9.
#[rustfmt::skip]
const YOUNGER_DECOMPOSITIONS: &[u32] = &[
    0x2AC000, 0x2C5801, 0x104E802, 0x197F800, 0x53F8803, 0x55B4800, 0x82E4800, 0x82F2000, 0x83C0804,
    0x83C3829, 0x83D900D, 0x89C1800, 0x89C2800, 0x89C7000, 0x89C8800, 0x89E2800, 0x89E3801, 0x8C9C000,
    0xB090807, 0xB6B4002, 0xD891803, 0xE66B023, 0xEB53000, 0xEFCA800, 0xEFE6832, 0xF01803D, 0xF8B6000,
    0xFDF8009,
];

/// Combining classes that came after Unicode 9.
#[rustfmt::skip]
const YOUNGER_CLASSES: &[u32] = &[
    0x2E4001, 0x3FE800, 0x44B808, 0x465009, 0x4FF000, 0x61E000, 0x69D801, 0x75D000, 0xB8A800, 0xD5F831,
    0xEFB004, 0x5416000, 0x8692003, 0x86B4804, 0x8755801, 0x8765804, 0x877800B, 0x877E802, 0x87A300A,
    0x87C1003, 0x8838000, 0x899D800, 0x89E7002, 0x8A2F000, 0x8C1C801, 0x8C9E801, 0x8CA1800, 0x8CF0000,
    0x8D1A000, 0x8D23800, 0x8D4C800, 0x8EA1000, 0x8EA2001, 0x8ECB800, 0x8FA0801, 0xB097800, 0xB7F8001,
    0xE893801, 0xE928002, 0xE92D801, 0xE92F800, 0xE940001, 0xF047800, 0xF098006, 0xF157000, 0xF176003,
    0xF276003, 0xF2F7001, 0xF371800, 0xF373000, 0xF377001, 0xF37A800,
];

/// General categories M that came after Unicode 9.
#[rustfmt::skip]
const YOUNGER_MARKS: &[u32] = &[
    0x2E4001, 0x3FE800, 0x44B808, 0x465009, 0x4FF000, 0x57D005, 0x5A9802, 0x602000, 0x61E000, 0x679800,
    0x680000, 0x69D801, 0x6C0800, 0x75D000, 0x767000, 0xB8A800, 0xC07800, 0xD5F831, 0xE79001, 0xE7B800,
    0xEFB004, 0x5416000, 0x547F800, 0x8692003, 0x86B4804, 0x8755801, 0x8765804, 0x877800F, 0x87A300A,
    0x87C1003, 0x8838000, 0x8839801, 0x8861000, 0x88A2801, 0x88E4800, 0x88E7001, 0x8920800, 0x899D800,
    0x89DC008, 0x89E1000, 0x89E2800, 0x89E3803, 0x89E6004, 0x89E9000, 0x89F0801, 0x8A2F000, 0x8C1600E,
    0x8C98005, 0x8C9B801, 0x8C9D803, 0x8CA0000, 0x8CA1001, 0x8CE8806, 0x8CED006, 0x8CF2000, 0x8D00809,
    0x8D19806, 0x8D1D803, 0x8D23800, 0x8D2880A, 0x8D4500F, 0x8DB0007, 0x8E98805, 0x8E9D000, 0x8E9E001,
    0x8E9F806, 0x8EA3800, 0x8EC5004, 0x8EC8001, 0x8EC9804, 0x8EF8000, 0x8F79803, 0x8F80001, 0x8F81800,
    0x8F9A006, 0x8F9F004, 0x8FAD000, 0x9A20000, 0x9A2380E, 0xB08F011, 0xB7A7800, 0xB7BF808, 0xB7F2000,
    0xB7F8001, 0xE78002D, 0xE798016, 0xE893801, 0xE928002, 0xE92D801, 0xE92F800, 0xE940001, 0xF047800,
    0xF098006, 0xF157000, 0xF176003, 0xF276003, 0xF2F7001, 0xF371800, 0xF373000, 0xF377001, 0xF37A800,
];

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use tokenizers::normalizers::{BertNormalizer, NFD, StripAccents};
    use tokenizers::pre_tokenizers::byte_level::ByteLevel;
    use tokenizers::pre_tokenizers::punctuation::Punctuation;
    use tokenizers::pre_tokenizers::whitespace::Whitespace;
    use tokenizers::{
        NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
        SplitDelimiterBehavior,
    };

    use super::*;

    #[track_caller]
    fn agree(name: &str, expected: impl Fn(char) -> bool, found: impl Fn(char) -> bool) {
        let differing: Vec<_> = ('\0'..=char::MAX).filter(|c| expected(*c) != found(*c)).collect();
        assert!(differing.is_empty(), "{name}: {} differ: {differing:?}", differing.len());
    }

    fn normalized(normalizer: &impl Normalizer, text: String) -> String {
        let mut text = NormalizedString::from(text);
        normalizer.normalize(&mut text).unwrap();
        text.get().to_owned()
    }

    fn pieces(splitter: &impl PreTokenizer, text: String) -> usize {
        let mut text = PreTokenizedString::from(text);
        splitter.pre_tokenize(&mut text).unwrap();
        text.get_splits(OffsetReferential::Original, OffsetType::Byte).len()
    }

    #[test]
    fn each_character_is_what_it_is_to_the_reference() {
        let punctuation = Punctuation::new(SplitDelimiterBehavior::Removed);
        agree("punctuation", |c| pieces(&punctuation, c.into()) == 0, is_punctuation);
        let clean = BertNormalizer::new(true, false, Some(false), false);
        let dropped = |c| matches!(c, '\0' | '\u{FFFD}') || is_control(c);
        agree("control", |c| normalized(&clean, c.into()).is_empty(), dropped);
        let chinese = BertNormalizer::new(false, true, Some(false), false);
        agree(
            "ideograph",
            |c| {
                normalized(&chinese, c.into()).starts_with("  ")
                    || c != ' ' && normalized(&chinese, c.into()).starts_with(' ')
            },
            is_ideograph,
        );
        agree("mark", |c| normalized(&StripAccents, c.into()).is_empty(), is_mark);
        let accents = BertNormalizer::new(false, false, Some(true), false);
        let undecomposed = |c: char| normalized(&NFD, c.into()) == String::from(c);
        agree(
            "accent",
            |c| undecomposed(c) && normalized(&accents, c.into()).is_empty(),
            |c| undecomposed(c) && is_accent(c),
        );
    }

    #[test]
    fn letters_numbers_and_words_are_those_of_the_reference() {
        // The reference's regular expressions know fewer characters than the standard library, the youngest of which no
        // vocabulary has; but what they know is the same here.
        let levels = ByteLevel::new(false, false, true);
        let letter = |c: char| pieces(&levels, format!("a{c}")) == 1;
        let number = |c: char| pieces(&levels, format!("1{c}")) == 1;
        let word = |c: char| pieces(&Whitespace, format!("a{c}")) == 1 && !c.is_whitespace();
        let differing = |expected: &dyn Fn(char) -> bool, found: fn(char) -> bool| {
            ('\0'..=char::MAX).filter(|c| expected(*c) != found(*c)).collect::<Vec<_>>()
        };
        for (name, differing, expected) in [
            ("letter", differing(&letter, is_letter), &letter as &dyn Fn(char) -> bool),
            ("number", differing(&number, char::is_numeric), &number),
            ("word", differing(&word, is_word), &word),
        ] {
            let known: Vec<_> = differing.iter().filter(|c| expected(**c)).collect();
            assert!(known.is_empty(), "{name}: {known:?}");
        }
    }
}
