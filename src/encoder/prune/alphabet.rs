//! The letters of languages.
//!
//! Those that the [main exemplar characters](https://cldr.unicode.org/translation/core-data/exemplars) of CLDR name: what a language
//! is written in, without what only foreign words have. Words of other languages in the same letters cannot be told apart by them.

use crate::error::{Error, Result};

/// The letters of some languages.
#[derive(Clone, Debug)]
pub struct Alphabet {
    /// In lower case.
    letters: Vec<char>,
    ranges: Vec<(char, char)>,
}

/// A language by its tag, and what it is written in.
struct Script {
    tag: &'static str,
    /// Whether it has the letters a to z.
    latin: bool,
    /// Others, in lower case.
    letters: &'static str,
    ranges: &'static [(char, char)],
}

const fn latin(tag: &'static str, letters: &'static str) -> Script {
    Script { tag, latin: true, letters, ranges: &[] }
}

const fn other(tag: &'static str, ranges: &'static [(char, char)]) -> Script {
    Script { tag, latin: false, letters: "", ranges }
}

/// Ideographs, with the sign of repetition and zero.
const HAN: [(char, char); 3] = [('\u{3005}', '\u{3007}'), ('\u{3400}', '\u{4DBF}'), ('\u{4E00}', '\u{9FFF}')];

const SCRIPTS: [Script; 18] = [
    latin("da", "æåø"),
    latin("de", "äöüß"),
    latin("en", ""),
    latin("es", "áéíñóúü"),
    latin("fi", "åäöšž"),
    latin("fr", "àâæçéèêëîïôœùûüÿ"),
    latin("it", "àéèìóòù"),
    latin("nb", "æåøàéóòô"),
    latin("nl", "áäéëíïóöúü"),
    latin("nn", "æåøàéêóòô"),
    latin("no", "æåøàéêóòô"),
    latin("pl", "ąćęłńóśźż"),
    latin("pt", "áàâãçéêíóòôõú"),
    latin("sv", "åäöàé"),
    other("ja", &[('\u{3041}', '\u{309F}'), ('\u{30A1}', '\u{30FF}'), HAN[0], HAN[1], HAN[2]]),
    other("ko", &[('\u{1100}', '\u{11FF}'), ('\u{3131}', '\u{318E}'), ('\u{AC00}', '\u{D7A3}')]),
    other("ru", &[('а', 'я'), ('ё', 'ё')]),
    other("zh", &HAN),
];

impl Alphabet {
    /// The letters of languages, by tags such as `de` or `pt-BR`, of which the first part counts (BCP 47).
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming a tag whose letters are not known here, and
    /// those that are.
    pub fn of(tags: &[impl AsRef<str>]) -> Result<Self> {
        let mut alphabet = Self { letters: Vec::new(), ranges: Vec::new() };
        for tag in tags.iter().map(AsRef::as_ref) {
            let primary = tag.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase();
            let script = SCRIPTS.iter().find(|script| script.tag == primary).ok_or_else(|| unknown(tag))?;
            alphabet.letters.extend(script.letters.chars());
            alphabet.ranges.extend(script.ranges);
            if script.latin {
                alphabet.ranges.push(('a', 'z'));
            }
        }
        Ok(alphabet)
    }

    /// Whether all letters of `text` are of the alphabet, in either case. What is no letter is in all of them.
    pub(super) fn writes(&self, text: &str) -> bool {
        text.chars().all(|c| !c.is_alphabetic() || c.to_lowercase().all(|c| self.has(c)))
    }

    fn has(&self, c: char) -> bool {
        self.letters.contains(&c) || self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&c))
    }
}

fn unknown(tag: &str) -> Error {
    let known: Vec<&str> = SCRIPTS.iter().map(|script| script.tag).collect();
    Error::invalid_argument(format!("the letters of {tag:?} are not known here; known: {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn words_are_written_in_the_letters_of_their_language_in_either_case() {
        let german = Alphabet::of(&["de-AT"]).unwrap();
        assert!(
            german.writes("▁Straße")
                && german.writes("ÄÖÜ")
                && german.writes("12 €, 👩")
                && german.writes("")
        );
        assert!(!german.writes("señor") && !german.writes("улица") && !german.writes("道"));
        let both = Alphabet::of(&["ja", "es"]).unwrap();
        assert!(both.writes("señor") && both.writes("人々とラーメン") && !both.writes("한국"));
        assert!(!Alphabet::of(&["ja"]).unwrap().writes("kanji"));
    }

    #[test]
    fn a_language_whose_letters_are_not_known_is_named() {
        let error = Alphabet::of(&["de", "tlh"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains("\"tlh\"") && error.message().contains("de, en"));
    }
}
