//! Numbers as word processors count lists and headings in: decimal, Roman, letters, Chinese.

/// How numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Numerals {
    /// 1, 2, 3
    #[default]
    Decimal,
    /// 01, 02, 03
    Padded,
    /// a, b, ... z, aa, bb, as Word counts
    Letters,
    /// A, B, ... Z, AA, BB
    CapitalLetters,
    /// i, ii, iii
    Roman,
    /// I, II, III
    CapitalRoman,
    /// 1st, 2nd, 3rd
    Ordinal,
    /// а, б, в
    Cyrillic,
    /// А, Б, В
    CapitalCyrillic,
    /// 一, 二, 三
    Chinese,
    /// １, ２, ３
    FullWidth,
    /// ①, ②, ③
    Circled,
}

const ROMAN: &[(u32, &str)] = &[
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
];

/// Word leaves out the letters that no word begins with.
const CYRILLIC: &str = "абвгдежзиклмнопрстуфхцчшщыэюя";

impl Numerals {
    /// The kind by its name in WordprocessingML; `None` for bullets and for no number at all.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "bullet" | "none" => return None,
            "decimalZero" => Numerals::Padded,
            "lowerLetter" => Numerals::Letters,
            "upperLetter" => Numerals::CapitalLetters,
            "lowerRoman" => Numerals::Roman,
            "upperRoman" => Numerals::CapitalRoman,
            "ordinal" => Numerals::Ordinal,
            "russianLower" => Numerals::Cyrillic,
            "russianUpper" => Numerals::CapitalCyrillic,
            "chineseCounting"
            | "chineseCountingThousand"
            | "japaneseCounting"
            | "taiwaneseCounting"
            | "taiwaneseCountingThousand"
            | "ideographDigital"
            | "japaneseDigitalTenThousand" => Numerals::Chinese,
            "decimalFullWidth" | "decimalFullWidth2" => Numerals::FullWidth,
            "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" => Numerals::Circled,
            _ => Numerals::Decimal,
        })
    }

    /// The kind by an example of it, as OpenDocument and HTML name it.
    pub fn like(example: &str) -> Option<Self> {
        Some(match example {
            "" => return None,
            "a" => Numerals::Letters,
            "A" => Numerals::CapitalLetters,
            "i" => Numerals::Roman,
            "I" => Numerals::CapitalRoman,
            "一, 二, 三, ..." | "一" => Numerals::Chinese,
            "１, ２, ３, ..." => Numerals::FullWidth,
            "①, ②, ③, ..." => Numerals::Circled,
            "а, б, .., аа, бб, ... (ru)" => Numerals::Cyrillic,
            "А, Б, .., Аа, Бб, ... (ru)" | "А, Б, .., АА, ББ, ... (ru)" => {
                Numerals::CapitalCyrillic
            }
            _ => Numerals::Decimal,
        })
    }

    /// `number` as it is written.
    pub fn write(self, number: u32) -> String {
        let written = match self {
            Numerals::Padded => Some(format!("{number:02}")),
            Numerals::Letters => letters(number, &('a'..='z').collect::<String>()),
            Numerals::CapitalLetters => letters(number, &('A'..='Z').collect::<String>()),
            Numerals::Roman => roman(number),
            Numerals::CapitalRoman => roman(number).map(|text| text.to_uppercase()),
            Numerals::Ordinal => Some(ordinal(number)),
            Numerals::Cyrillic => letters(number, CYRILLIC),
            Numerals::CapitalCyrillic => letters(number, &CYRILLIC.to_uppercase()),
            Numerals::Chinese => chinese(number),
            Numerals::FullWidth => Some(full_width(number)),
            Numerals::Circled if (1..=20).contains(&number) => {
                char::from_u32(0x2460 + number - 1).map(String::from)
            }
            Numerals::Decimal | Numerals::Circled => None,
        };
        written.unwrap_or_else(|| number.to_string())
    }
}

/// The letter of a number, doubled after the last: a to z, aa to zz. Numbers that would take many letters are left to digits.
fn letters(number: u32, alphabet: &str) -> Option<String> {
    let index = number.checked_sub(1)? as usize;
    let count = alphabet.chars().count();
    let times = index / count + 1;
    let letter = alphabet.chars().nth(index % count)?;
    (times <= 5).then(|| std::iter::repeat_n(letter, times).collect())
}

fn roman(mut number: u32) -> Option<String> {
    if !(1..4000).contains(&number) {
        return None;
    }
    let mut text = String::new();
    for (value, letters) in ROMAN {
        while number >= *value {
            text.push_str(letters);
            number -= value;
        }
    }
    Some(text)
}

fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn chinese(number: u32) -> Option<String> {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    const UNITS: [(u32, Option<char>); 4] =
        [(1000, Some('千')), (100, Some('百')), (10, Some('十')), (1, None)];
    if !(1..10_000).contains(&number) {
        return None;
    }
    let mut text = String::new();
    let mut is_gap = false;
    for (value, unit) in UNITS {
        let digit = number / value % 10;
        if digit == 0 {
            is_gap = !text.is_empty();
            continue;
        }
        if std::mem::take(&mut is_gap) {
            text.push('〇');
        }
        let is_ten_alone = value == 10 && digit == 1 && text.is_empty();
        if !is_ten_alone {
            text.push(DIGITS[digit as usize]);
        }
        text.extend(unit);
    }
    Some(text)
}

fn full_width(number: u32) -> String {
    let widened = number.to_string();
    widened.chars().filter_map(|digit| char::from_u32(digit as u32 - '0' as u32 + 0xFF10)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_word_processors_do() {
        let cases = [
            (Numerals::Decimal, 12, "12"),
            (Numerals::Padded, 7, "07"),
            (Numerals::Letters, 26, "z"),
            (Numerals::Letters, 28, "bb"),
            (Numerals::CapitalLetters, 3, "C"),
            (Numerals::Roman, 1994, "mcmxciv"),
            (Numerals::CapitalRoman, 4, "IV"),
            (Numerals::Ordinal, 12, "12th"),
            (Numerals::Ordinal, 22, "22nd"),
            (Numerals::Cyrillic, 3, "в"),
            (Numerals::Chinese, 10, "十"),
            (Numerals::Chinese, 21, "二十一"),
            (Numerals::Chinese, 105, "一百〇五"),
            (Numerals::FullWidth, 42, "４２"),
            (Numerals::Circled, 2, "②"),
        ];
        for (numerals, number, expected) in cases {
            assert_eq!(numerals.write(number), expected);
        }
    }

    #[test]
    fn numbers_that_have_no_such_form_are_decimal() {
        for numerals in [Numerals::Letters, Numerals::Roman, Numerals::Chinese, Numerals::Circled] {
            assert_eq!(numerals.write(0), "0");
            assert_eq!(numerals.write(u32::MAX), u32::MAX.to_string());
        }
    }
}
