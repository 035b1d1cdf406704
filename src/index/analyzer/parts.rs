//! The parts of a word that people look for: of numbers, versions, identifiers and names in program text.

use super::fold::folded;
use super::is_apostrophe;
use super::scripts::is_hangul;

/// More parts of one word than these are not looked for.
const MAX_PARTS: usize = 24;

/// The parts of a word, in folded case.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// What stands within it.
    pub(super) inner: Vec<String>,
    /// Other ways to write all of it: `12500` for `12,500.00`.
    pub(super) whole: Vec<String>,
}

impl Parts {
    /// The parts of `word`, in the case in which it was written; none of a plain word.
    pub(super) fn of(word: &str) -> Self {
        let mut parts = Self::default();
        if let Some((before, after)) = word.split_once(is_apostrophe)
            && before.ends_with(char::is_alphabetic)
        {
            parts.add(before);
            parts.add(after);
            parts.add_whole(&format!("{before}{after}"));
        } else if word.contains(['"', '\u{05F3}', '\u{05F4}']) {
            parts.add_whole(&word.replace(['"', '\u{05F3}', '\u{05F4}'], ""));
        } else if word.contains(is_separator) {
            parts.add_number(word);
        } else {
            parts.add_cases(word);
        }
        parts
    }

    fn add(&mut self, part: &str) {
        let folded = folded(part);
        let is_useful =
            folded.starts_with(|first: char| first.is_ascii_digit()) || folded.chars().nth(1).is_some();
        if is_useful && self.inner.len() < MAX_PARTS && !self.inner.contains(&folded) {
            self.inner.push(folded);
        }
    }

    fn add_whole(&mut self, whole: &str) {
        let folded = folded(whole);
        if !folded.is_empty() && !self.whole.contains(&folded) {
            self.whole.push(folded);
        }
    }

    /// Parts of a number with separators, with letters before or after it: `v6.2.8`, `python3.11`, `3.5mm`, `12,500.00`,
    /// `31.05.2024`, `2001,17,40`.
    fn add_number(&mut self, word: &str) {
        let first = word.find(is_separator).unwrap_or(word.len());
        let before = word[..first].trim_end_matches(char::is_numeric).len();
        let last = word.rfind(is_separator).unwrap_or(0);
        let digits = word[last..].char_indices().skip(1).find(|(_, character)| !character.is_numeric());
        let after = digits.map_or(word.len(), |(at, _)| last + at);
        let number = &word[before..after];
        if number.len() < word.len() {
            self.add_cases(&word[..before]);
            self.add(&word[..before]);
            self.add(number);
            self.add(&word[after..]);
        }
        let groups: Vec<&str> = number.split(is_separator).collect();
        let marks: Vec<char> = number.chars().filter(|character| is_separator(*character)).collect();
        let is_whole = number.len() == word.len();
        if let Some(value) = value(&groups, &marks) {
            if is_whole { self.add_whole(&value) } else { self.add(&value) }
        }
        let is_dotted = marks.iter().all(|mark| *mark == '.');
        if is_dotted && is_whole && groups.len() == 3 {
            dates(&groups, '.').iter().for_each(|date| self.add_whole(date));
            self.add_whole(&groups.concat());
        }
        // The beginnings of a version: 14.2 of 14.2.1.0.
        if is_dotted {
            let ends = number.match_indices('.').map(|(end, _)| end).skip(1);
            ends.take(MAX_PARTS).for_each(|end| self.add(&number[..end]));
        }
        if !is_dotted || groups.len() > 2 {
            let is_nothing = |group: &str| group.len() > 1 && group.bytes().all(|digit| digit == b'0');
            let groups = groups.iter().filter(|group| !is_nothing(group));
            groups.take(MAX_PARTS).for_each(|group| self.add(group));
        }
    }

    /// Parts where a small letter is followed by a capital, a word in capitals by another word, letters by digits or by
    /// another script: `getUserById`, `parseHTMLResponse`, `AB123456`, `API는`; and the letters that stand together.
    fn add_cases(&mut self, word: &str) {
        if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return;
        }
        let kinds = word.char_indices().filter_map(|(at, character)| Some((at, Kind::of(character)?)));
        let kinds: Vec<(usize, Kind)> = kinds.collect();
        let (mut start, mut run) = (0, 0);
        for (place, &[(_, before), (at, kind)]) in kinds.array_windows().enumerate() {
            let ends_run = before.script() != kind.script();
            // The s of a plural, as in URLs, begins no word.
            let rest = &kinds[place + 2..];
            let is_plural = rest.len() == 1 && word.ends_with('s');
            let begins_word = rest.first().is_some_and(|(_, next)| *next == Kind::Small) && !is_plural;
            let ends = match (before, kind) {
                (Kind::Small, Kind::Capital) => true,
                (Kind::Capital, Kind::Capital) => begins_word,
                (Kind::Capital, Kind::Small) => word[at..] == *"s" && place > 0,
                _ => ends_run,
            };
            if ends {
                self.add(&word[start..at]);
                start = at;
            }
            if ends_run {
                self.add(&word[run..at]);
                run = at;
            }
        }
        if start > 0 {
            self.add(&word[start..]);
        }
        if run > 0 {
            self.add(&word[run..]);
        }
    }
}

/// The days that three groups of digits between equal marks may be, as `2024-05-31`.
pub(super) fn dates(groups: &[&str], mark: char) -> Vec<String> {
    days(groups, mark).iter().map(|(year, month, day)| format!("{year}-{month:02}-{day:02}")).collect()
}

/// The days that three groups of ASCII digits between equal marks may be: year, month, day. With strokes the month may come
/// first.
pub(crate) fn days(groups: &[&str], mark: char) -> Vec<(u16, u8, u8)> {
    let &[a, b, c] = groups else { return Vec::new() };
    let number = |group: &str, most: u8| {
        group.parse::<u8>().ok().filter(|it| (1..=most).contains(it) && group.len() <= 2)
    };
    let date = |year: &str, month: &str, day: &str| {
        let is_year = year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit());
        let (month, day) = number(month, 12).zip(number(day, 31))?;
        Some((year.parse().ok().filter(|_| is_year)?, month, day))
    };
    let orders = match mark {
        '/' => vec![date(c, b, a), date(c, a, b), date(a, b, c)],
        _ => vec![date(c, b, a), date(a, b, c)],
    };
    orders.into_iter().flatten().collect()
}

fn is_separator(character: char) -> bool {
    matches!(
        character,
        '.' | ',' | '\'' | '\u{2019}' | '\u{066B}' | '\u{066C}' | '\u{A0}' | '\u{202F}' | '\u{2009}'
    )
}

/// A number as it is written in programs: without what separates its thousands, with a point before its fraction, of which
/// zeros at the end are left out. `None` where it is written so already, and where it is no one number. `groups` of digits
/// stand between `marks`.
fn value(groups: &[&str], marks: &[char]) -> Option<String> {
    let (first, rest) = groups.split_first()?;
    let is_digits = |group: &&str| !group.is_empty() && group.chars().all(char::is_numeric);
    let thousands = *marks.first()?;
    let is_grouped = |group: &&str| is_digits(group) && group.chars().count() == 3;
    let whole = marks.iter().take_while(|mark| **mark == thousands).count();
    let has_thousands = is_digits(first)
        && first.chars().count() <= 3
        && !first.starts_with('0')
        && rest[..whole].iter().all(is_grouped);
    let is_decimal =
        marks.len() == 1 && matches!(thousands, '.' | ',') && is_digits(first) && is_digits(&rest[0]);
    let (whole, fraction) = if has_thousands && rest.len() <= whole + 1 {
        (groups[..=whole].concat(), rest.get(whole).copied().unwrap_or_default())
    } else if is_decimal {
        ((*first).to_owned(), rest[0])
    } else {
        return None;
    };
    let fraction = fraction.trim_end_matches('0');
    let value = if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") };
    let written = groups.join(if marks.len() == 1 && thousands == '.' { "." } else { "," });
    (value != written).then_some(value)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Small,
    Capital,
    Digit,
    Hangul,
}

impl Kind {
    /// `None` for marks, which go with the letter before them.
    fn of(character: char) -> Option<Self> {
        if is_hangul(character) {
            Some(Self::Hangul)
        } else if character.is_uppercase() {
            Some(Self::Capital)
        } else if character.is_numeric() {
            Some(Self::Digit)
        } else {
            character.is_alphabetic().then_some(Self::Small)
        }
    }

    /// What tells letters, digits and Korean apart.
    fn script(self) -> Self {
        if self == Self::Capital { Self::Small } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_parts_that_people_look_for() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("roof", &[], &[]),
            ("Roof", &[], &[]),
            ("ROOF", &[], &[]),
            ("getUserById", &["get", "user", "by", "id"], &[]),
            ("parseHTMLResponse", &["parse", "html", "response"], &[]),
            ("parseURLs", &["parse", "url"], &[]),
            ("PDFs", &["pdf"], &[]),
            ("OAuth2", &["auth", "oauth", "2"], &[]),
            ("API는", &["api"], &[]),
            ("Windows에서", &["windows", "에서"], &[]),
            ("WiFi", &["wi", "fi"], &[]),
            ("AB123456", &["ab", "123456"], &[]),
            ("A002", &["002"], &[]),
            ("v6.2.8", &["6.2.8", "6.2", "6", "2", "8"], &[]),
            ("14.2.1.0", &["14.2", "14.2.1", "14", "2", "1", "0"], &[]),
            ("python3.11", &["python", "3.11"], &[]),
            ("3.5mm", &["3.5", "mm"], &[]),
            ("3.11", &[], &[]),
            ("3,5", &["3", "5"], &["3.5"]),
            ("3.00", &[], &["3"]),
            ("12,500.00", &["12", "500"], &["12500"]),
            ("12.500,00", &["12", "500"], &["12500"]),
            ("1234,56", &["1234", "56"], &["1234.56"]),
            ("12'500", &["12", "500"], &["12500"]),
            ("12\u{A0}500", &["12", "500"], &["12500"]),
            ("1,234,567.89", &["1", "234", "567", "89"], &["1234567.89"]),
            ("1,000", &["1"], &["1000"]),
            ("123,456,789", &["123", "456", "789"], &["123456789"]),
            ("2001,17,40", &["2001", "17", "40"], &[]),
            ("31.5.2024", &["31.5", "31", "5", "2024"], &["2024-05-31", "3152024"]),
            ("O'Brien", &["brien"], &["obrien"]),
            ("צה\"ל", &[], &["צהל"]),
        ];
        for (word, inner, whole) in cases {
            let found = Parts::of(word);
            let sorted = |list: &mut Vec<String>| list.sort_unstable();
            let (mut found_inner, mut expected) =
                (found.inner, inner.iter().map(|it| (*it).to_owned()).collect());
            sorted(&mut found_inner);
            sorted(&mut expected);
            assert_eq!(found_inner, expected, "parts of {word}");
            assert_eq!(found.whole, *whole, "{word} in other ways");
        }
    }

    #[test]
    fn days_are_the_same_however_they_are_written() {
        assert_eq!(dates(&["31", "5", "2024"], '.'), ["2024-05-31"]);
        assert_eq!(dates(&["2024", "05", "31"], '-'), ["2024-05-31"]);
        assert_eq!(dates(&["5", "6", "2024"], '/'), ["2024-06-05", "2024-05-06"]);
        assert_eq!(dates(&["14", "2", "1"], '.'), [""; 0]);
    }
}
