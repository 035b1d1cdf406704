//! Whether a line goes on in the next one with a space, without one, or without its hyphen.

use std::collections::{HashMap, HashSet};

use super::characters::{SOFT_HYPHEN, is_hyphen, is_unspaced};

/// How two lines are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    Space,
    /// Without a space.
    Close,
    /// Without the hyphen that the first line ends with.
    Hyphen,
}

/// The words of a document, which tell whether a hyphen at the end of a line is a part of its word.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// In small letters, with how often they occur inside of lines.
    whole: HashMap<String, u32>,
    /// What stands before a hyphen inside of lines.
    before_hyphen: HashSet<String>,
}

impl Words {
    /// Adds the words of a line, but those that it may share with its neighbours.
    pub fn add(&mut self, line: &str) {
        let mut words = line.split_whitespace().skip(1).peekable();
        while let Some(word) = words.next() {
            if words.peek().is_none() && word.chars().next_back().is_some_and(is_hyphen) {
                break;
            }
            let word = bare(word);
            if let Some((before, _)) = word.split_once(['-', '\u{2010}', '\u{2011}']) {
                self.before_hyphen.insert(before.to_owned());
            }
            if !word.is_empty() {
                *self.whole.entry(word).or_default() += 1;
            }
        }
    }

    fn knows(&self, word: &str) -> bool {
        self.whole.contains_key(word)
    }

    /// How the text of a line goes on in `next`.
    pub fn join(&self, line: &str, next: &str) -> Join {
        let (Some(last), Some(first)) = (line.chars().next_back(), next.chars().next()) else {
            return Join::Space;
        };
        if last == SOFT_HYPHEN {
            return Join::Hyphen;
        }
        if is_unspaced(last) && is_unspaced(first) {
            return Join::Close;
        }
        if matches!(last, '/' | '\u{2011}') && !line.ends_with(" /") {
            return Join::Close;
        }
        let head = line.rsplit(char::is_whitespace).next().unwrap_or_default();
        let tail = next.split(char::is_whitespace).next().unwrap_or_default();
        if last == '\u{2013}' && head.chars().rev().nth(1).is_some_and(char::is_numeric) && first.is_numeric()
        {
            return Join::Close;
        }
        if !is_hyphen(last) {
            return Join::Space;
        }
        let stem = head.trim_end_matches(is_hyphen);
        let Some(before) = stem.chars().next_back() else { return Join::Space };
        if !before.is_alphanumeric() {
            return Join::Space;
        }
        // Numbers, names and abbreviations keep theirs; so do addresses.
        if before.is_numeric() || !first.is_alphabetic() || first.is_uppercase() || head.contains("://") {
            return Join::Close;
        }
        let (stem, tail) = (bare(stem), bare(tail));
        let is_compound = self.knows(&format!("{stem}-{tail}"))
            || stem.contains('-') && !self.knows(&tail_of(&stem, &tail));
        if self.knows(&format!("{stem}{tail}")) {
            return Join::Hyphen;
        }
        // "well-" is the beginning of other compounds, and what follows is a word.
        let is_usual = self.before_hyphen.contains(&stem) && self.knows(&tail);
        if is_compound || is_usual { Join::Close } else { Join::Hyphen }
    }
}

/// The last part of a word with hyphens, with what follows it.
fn tail_of(stem: &str, tail: &str) -> String {
    format!("{}{tail}", stem.rsplit('-').next().unwrap_or_default())
}

/// A word in small letters, without the marks around it.
fn bare(word: &str) -> String {
    word.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hyphen_at_the_end_of_a_line_goes_unless_it_is_a_part_of_the_word() {
        let mut words = Words::default();
        words.add("It is a well-known and well-made thing whose information is kept");
        let cases = [
            ("the infor-", "mation of", Join::Hyphen),
            ("is a well-", "known thing", Join::Close),
            ("in 2020-", "2021 it", Join::Close),
            ("in 2020\u{2013}", "2021 it", Join::Close),
            ("the Anglo-", "American way", Join::Close),
            ("of some", "words", Join::Space),
            ("a dash -", "so", Join::Space),
            ("\u{4E2D}", "\u{6587}", Join::Close),
            ("soft\u{AD}", "ly", Join::Hyphen),
            ("unheard syl-", "lables", Join::Hyphen),
            ("a well-", "kept", Join::Close),
        ];
        for (line, next, join) in cases {
            assert_eq!(words.join(line, next), join, "{line} {next}");
        }
    }
}
