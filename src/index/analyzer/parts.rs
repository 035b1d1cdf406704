//! The parts of a word that people look for: of numbers, versions, identifiers and names in program text.

use super::fold::fold_case;

/// More parts of one word than these are not looked for.
const MAX_PARTS: usize = 24;

/// Adds the parts of `word`, in the case in which it was written, to `parts`; none of a plain word.
pub(super) fn parts(word: &str, parts: &mut Vec<String>) {
    let begin = parts.len();
    let mut add = |part: &str| {
        let mut folded = String::with_capacity(part.len());
        fold_case(part, &mut folded);
        let length = folded.chars().count();
        let is_useful = length > 1 || folded.starts_with(|first: char| first.is_ascii_digit());
        let is_new = !parts[begin..].contains(&folded);
        if is_useful && is_new && parts.len() - begin < MAX_PARTS {
            parts.push(folded);
        }
    };
    if let Some((before, after)) = word.split_once(['\'', '\u{2018}', '\u{2019}', '\u{02BC}'])
        && before.ends_with(char::is_alphabetic)
    {
        for part in [before, after, &format!("{before}{after}")] {
            add(part);
        }
    } else if word.contains(['"', '\u{05F3}', '\u{05F4}']) {
        add(&word.replace(['"', '\u{05F3}', '\u{05F4}'], ""));
    } else if word.contains(is_separator) {
        number_parts(word, &mut add);
    } else {
        case_parts(word, &mut add);
    }
}

fn is_separator(character: char) -> bool {
    matches!(
        character,
        '.' | ',' | '\'' | '\u{2019}' | '\u{066B}' | '\u{066C}' | '\u{A0}' | '\u{202F}' | '\u{2009}'
    )
}

/// Parts of a number with separators, with letters before or after it: `v6.2.8`, `python3.11`, `12,500.00`, `31.05.2024`,
/// `2001,17,40`.
fn number_parts(word: &str, add: &mut dyn FnMut(&str)) {
    let separator = word.find(is_separator).unwrap_or(word.len());
    let letters = word[..separator].trim_end_matches(char::is_numeric).len();
    let number = &word[letters..];
    if letters > 0 {
        case_parts(&word[..letters], add);
        add(&word[..letters]);
        add(number);
    }
    let groups: Vec<&str> = number.split(is_separator).collect();
    let marks: Vec<char> = number.chars().filter(|character| is_separator(*character)).collect();
    if let Some(value) = value(&groups, &marks) {
        add(&value);
    }
    // The beginnings of a version: 14.2 of 14.2.1.0.
    let is_dotted = marks.iter().all(|mark| *mark == '.');
    if is_dotted {
        let ends = number.match_indices('.').map(|(end, _)| end).skip(1);
        ends.for_each(|end| add(&number[..end]));
    }
    if !is_dotted || groups.len() > 2 {
        let is_nothing = |group: &str| group.len() > 1 && group.bytes().all(|digit| digit == b'0');
        groups.iter().filter(|group| !is_nothing(group)).for_each(|group| add(group));
    }
}

/// The number without what separates its thousands and without a fraction of zeros; `None` where it has neither.
/// `groups` of digits stand between `marks`.
fn value(groups: &[&str], marks: &[char]) -> Option<String> {
    let (first, rest) = groups.split_first()?;
    let is_digits = |group: &&str| !group.is_empty() && group.chars().all(char::is_numeric);
    let thousands = *marks.first()?;
    let whole = marks.iter().take_while(|mark| **mark == thousands).count();
    let (grouped, fraction) = rest.split_at(whole);
    let is_grouped = |group: &&str| is_digits(group) && group.chars().count() == 3;
    let fits = is_digits(first)
        && first.chars().count() <= 3
        && !first.starts_with('0')
        && grouped.iter().all(is_grouped)
        && fraction.len() <= 1
        && fraction.iter().all(is_digits);
    let digits = || [*first].into_iter().chain(grouped.iter().copied()).collect::<String>();
    if fits {
        let fraction = fraction.iter().find(|digits| digits.bytes().any(|digit| digit != b'0'));
        return Some(fraction.map_or_else(digits, |fraction| format!("{}.{fraction}", digits())));
    }
    // 3.00 is 3.
    let is_whole = rest.len() == 1 && is_digits(first) && rest[0].bytes().all(|digit| digit == b'0');
    is_whole.then(|| (*first).to_owned())
}

/// Parts where a small letter is followed by a capital, a word in capitals by another word, letters by digits or digits by
/// letters: `getUserById`, `parseHTMLResponse`, `AB123456`.
fn case_parts(word: &str, add: &mut dyn FnMut(&str)) {
    if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return;
    }
    let kinds: Vec<(usize, Kind)> =
        word.char_indices().filter_map(|(at, character)| Some((at, Kind::of(character)?))).collect();
    let mut start = 0;
    for (place, &[(_, before), (at, kind)]) in kinds.array_windows().enumerate() {
        let next_is_small = kinds.get(place + 2).is_some_and(|(_, next)| *next == Kind::Small);
        let ends = match (before, kind) {
            (Kind::Small, Kind::Capital) => true,
            (Kind::Capital, Kind::Capital) => next_is_small,
            (Kind::Digit, other) | (other, Kind::Digit) => other != Kind::Digit,
            _ => false,
        };
        if ends {
            add(&word[start..at]);
            start = at;
        }
    }
    if start > 0 {
        add(&word[start..]);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Small,
    Capital,
    Digit,
}

impl Kind {
    /// `None` for marks, which go with the letter before them.
    fn of(character: char) -> Option<Self> {
        if character.is_uppercase() {
            Some(Self::Capital)
        } else if character.is_numeric() {
            Some(Self::Digit)
        } else {
            character.is_alphabetic().then_some(Self::Small)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_parts_that_people_look_for() {
        let cases: &[(&str, &[&str])] = &[
            ("roof", &[]),
            ("Roof", &[]),
            ("ROOF", &[]),
            ("getUserById", &["get", "user", "by", "id"]),
            ("parseHTMLResponse", &["parse", "html", "response"]),
            ("WiFi", &["wi", "fi"]),
            ("AB123456", &["ab", "123456"]),
            ("A002", &["002"]),
            ("v6.2.8", &["6.2.8", "6.2", "6", "2", "8"]),
            ("14.2.1.0", &["14.2", "14.2.1", "14", "2", "1", "0"]),
            ("python3.11", &["python", "3.11"]),
            ("3.11", &[]),
            ("3.00", &["3"]),
            ("12,500.00", &["12500", "12", "500"]),
            ("12.500,00", &["12500", "12", "500"]),
            ("12'500", &["12500", "12", "500"]),
            ("12\u{A0}500", &["12500", "12", "500"]),
            ("1,234,567.89", &["1234567.89", "1", "234", "567", "89"]),
            ("1,000", &["1000", "1"]),
            ("123,456,789", &["123456789", "123", "456", "789"]),
            ("2001,17,40", &["2001", "17", "40"]),
            ("31.05.2024", &["31.05", "31", "05", "2024"]),
            ("O'Brien", &["brien", "obrien"]),
            ("צה\"ל", &["צהל"]),
        ];
        for (word, expected) in cases {
            let mut found = Vec::new();
            parts(word, &mut found);
            assert_eq!(found, *expected, "parts of {word}");
        }
    }
}
