//! Quotes that add nothing to a better one.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::passage::Passage;
use super::skeleton::is_invisible;
use crate::sentences::sentences;

/// How much of a quote, in hundredths of its letters, a near copy of it has at least.
const LEAST_SHARE: usize = 80;

/// A quote as the sentences in it.
///
/// A search takes chunks for copies that differ in a date only. Here they are not: a model is to see that two
/// documents name different dates.
struct Said {
    /// How often each sentence occurs, by its words and numbers.
    sentences: BTreeMap<String, usize>,
    letters: usize,
}

impl Said {
    fn by(text: &str) -> Self {
        let mut said = Self { sentences: BTreeMap::new(), letters: 0 };
        for sentence in sentences(text).into_iter().filter(|sentence| sentence.is_statement) {
            let words = plain(sentence.span.slice(text).unwrap_or_default());
            said.letters += words.chars().filter(|it| *it != ' ').count();
            *said.sentences.entry(words).or_default() += 1;
        }
        said
    }

    /// Whether another has nothing to add, and is most of this one.
    fn has_all_of(&self, other: &Self) -> bool {
        let has = |(sentence, count): (&String, &usize)| {
            self.sentences.get(sentence).is_some_and(|own| own >= count)
        };
        other.letters > 0
            && other.letters * 100 >= self.letters * LEAST_SHARE
            && other.sentences.iter().all(has)
    }
}

/// Of each passage, best first, the place of a better one that has all it says.
pub(super) fn copies(passages: &[Passage]) -> Vec<Option<usize>> {
    let mut better: Vec<(usize, Said)> = Vec::new();
    let mut copies = Vec::with_capacity(passages.len());
    for (place, passage) in passages.iter().enumerate() {
        let said = Said::by(&passage.text);
        let original = better.iter().find(|(_, better)| better.has_all_of(&said)).map(|(place, _)| *place);
        if original.is_none() {
            better.push((place, said));
        }
        copies.push(original);
    }
    copies
}

/// The words and numbers of a text, without what is between them. Numbers stay apart.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut is_apart = false;
    for character in text.nfkc().filter(|it| !is_invisible(*it)).flat_map(char::to_lowercase) {
        if !character.is_alphanumeric() && !is_combining_mark(character) {
            is_apart = true;
            continue;
        }
        if is_apart && character.is_numeric() && plain.ends_with(char::is_numeric) {
            plain.push(' ');
        }
        plain.push(character);
        is_apart = false;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_same_words_and_numbers() {
        let text = "The lease ends on 31 May 2024. The rent is 900.50 EUR.";
        let cases = [
            ("The lease ends on **31 May 2024**.\nThe rent is 900.50 EUR!", true),
            ("THE RENT IS 900.50 EUR. The lease ends on 31 May 2024.", true),
            ("The lease ends on 1 June 2024. The rent is 900.50 EUR.", false),
            ("The lease ends on 31 May 2024. The rent is 90050 EUR.", false),
            ("The lease ends on 31 May 2024.", false),
            ("The lease ends on 31 May 2024. The rent is 900.50 EUR. Not so.", false),
            ("", false),
        ];
        for (other, expected) in cases {
            assert_eq!(Said::by(text).has_all_of(&Said::by(other)), expected, "{other:?}");
        }
    }
}
