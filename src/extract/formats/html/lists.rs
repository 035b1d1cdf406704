//! The markers of list items.

use super::tags::{Name, Tag};
use super::tree::Tree;
use super::visible::Mask;
use crate::extract::formats::numerals::Numerals;

/// The numbers of a list's items.
pub(super) struct Numbering {
    is_ordered: bool,
    style: char,
    next: i64,
    step: i64,
}

impl Numbering {
    /// Items without numbers.
    pub(super) fn none() -> Self {
        Self { is_ordered: false, style: '1', next: 1, step: 1 }
    }

    /// As a list says it.
    pub(super) fn of(tree: &Tree, list: usize, mask: &Mask) -> Self {
        if tree.tag(list) != Tag::Ol {
            return Self::none();
        }
        let style = tree.attribute(list, Name::Type).and_then(|it| it.trim().chars().next()).unwrap_or('1');
        let start = tree.attribute(list, Name::Start).and_then(number);
        if tree.attribute(list, Name::Reversed).is_some() {
            let is_item = |child: &usize| tree.tag(*child) == Tag::Li && !mask.is_out(*child);
            let count = || tree.children(list).filter(is_item).count() as i64;
            return Self { is_ordered: true, style, next: start.unwrap_or_else(count), step: -1 };
        }
        Self { is_ordered: true, style, next: start.unwrap_or(1), step: 1 }
    }

    /// The marker of the next item, which may say its number itself.
    pub(super) fn next(&mut self, value: Option<&str>) -> String {
        if !self.is_ordered {
            return "-".to_owned();
        }
        self.next = value.and_then(number).unwrap_or(self.next);
        let number = self.next;
        self.next = self.next.saturating_add(self.step);
        let written = match self.style {
            'a' => letters(number),
            'A' => letters(number).to_uppercase(),
            'i' => roman(number),
            'I' => roman(number).to_uppercase(),
            _ => number.to_string(),
        };
        format!("{written}.")
    }
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse::<i32>().ok().map(i64::from)
}

fn letters(number: i64) -> String {
    if number < 1 {
        return number.to_string();
    }
    let (mut letters, mut rest) = (Vec::new(), number);
    while rest > 0 {
        letters.push(char::from(b'a' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

fn roman(number: i64) -> String {
    u32::try_from(number).map_or_else(|_| number.to_string(), |number| Numerals::Roman.write(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_letters_and_roman_numerals() {
        let written: Vec<_> = [0, 1, 26, 27, 703].into_iter().map(letters).collect();
        assert_eq!(written, ["0", "a", "z", "aa", "aaa"]);
        let written: Vec<_> = [0, 4, 1994, 4000].into_iter().map(roman).collect();
        assert_eq!(written, ["0", "iv", "mcmxciv", "4000"]);
    }
}
