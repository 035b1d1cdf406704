//! The languages whose words are known by more than their letters, and what is known of each.

mod detection;
mod set;
mod stop_words;

use rust_stemmers::Algorithm;
use serde::{Deserialize, Serialize};

pub(crate) use set::LanguageSet;

/// The language whose words are stemmed, and whose stop words queries pass over where they have better words. Words of other languages are found too,
/// in the form in which they are written. Scripts without spaces need none.
///
/// Snowball has stemmers for Arabic, Greek, Hungarian, Romanian, Tamil and Turkish too. They would more than double
/// what stemming adds to the binary, from 10 to 26 KB with brotli.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Language {
    /// Another language: neither stop words nor stemming, only folding.
    None,
    Danish,
    Dutch,
    /// The stemmer is Porter2.
    English,
    Finnish,
    French,
    German,
    Italian,
    /// Bokmål.
    Norwegian,
    Portuguese,
    Russian,
    Spanish,
    Swedish,
}

impl Language {
    /// Every language, and [`Language::None`] first.
    pub const ALL: [Self; 13] = [
        Self::None,
        Self::Danish,
        Self::Dutch,
        Self::English,
        Self::Finnish,
        Self::French,
        Self::German,
        Self::Italian,
        Self::Norwegian,
        Self::Portuguese,
        Self::Russian,
        Self::Spanish,
        Self::Swedish,
    ];

    /// Its English name in lower case, as in options and stored values; `none` for [`Language::None`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Danish => "danish",
            Self::Dutch => "dutch",
            Self::English => "english",
            Self::Finnish => "finnish",
            Self::French => "french",
            Self::German => "german",
            Self::Italian => "italian",
            Self::Norwegian => "norwegian",
            Self::Portuguese => "portuguese",
            Self::Russian => "russian",
            Self::Spanish => "spanish",
            Self::Swedish => "swedish",
        }
    }

    /// The language of a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }

    /// The language of a tag such as `de-AT` (BCP 47); `None` for a tag of no language.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(match primary.as_str() {
            "da" => Self::Danish,
            "nl" => Self::Dutch,
            "en" => Self::English,
            "fi" => Self::Finnish,
            "fr" => Self::French,
            "de" => Self::German,
            "it" => Self::Italian,
            "no" | "nb" | "nn" => Self::Norwegian,
            "pt" => Self::Portuguese,
            "ru" => Self::Russian,
            "es" => Self::Spanish,
            "sv" => Self::Swedish,
            "" | "und" | "mul" | "zxx" => return None,
            _ => Self::None,
        })
    }

    pub(crate) fn stemmer(self) -> Option<Algorithm> {
        Some(match self {
            Self::None => return None,
            Self::Danish => Algorithm::Danish,
            Self::Dutch => Algorithm::Dutch,
            Self::English => Algorithm::English,
            Self::Finnish => Algorithm::Finnish,
            Self::French => Algorithm::French,
            Self::German => Algorithm::German,
            Self::Italian => Algorithm::Italian,
            Self::Norwegian => Algorithm::Norwegian,
            Self::Portuguese => Algorithm::Portuguese,
            Self::Russian => Algorithm::Russian,
            Self::Spanish => Algorithm::Spanish,
            Self::Swedish => Algorithm::Swedish,
        })
    }

    /// Words that say little of what a text is about, sorted, in the form that folding gives them.
    pub(crate) fn stop_words(self) -> Vec<&'static str> {
        let words = match self {
            Self::None => "",
            Self::Danish => stop_words::DANISH,
            Self::Dutch => stop_words::DUTCH,
            Self::English => stop_words::ENGLISH,
            Self::Finnish => stop_words::FINNISH,
            Self::French => stop_words::FRENCH,
            Self::German => stop_words::GERMAN,
            Self::Italian => stop_words::ITALIAN,
            Self::Norwegian => stop_words::NORWEGIAN,
            Self::Portuguese => stop_words::PORTUGUESE,
            Self::Russian => stop_words::RUSSIAN,
            Self::Spanish => stop_words::SPANISH,
            Self::Swedish => stop_words::SWEDISH,
        };
        words.split(' ').filter(|word| !word.is_empty()).collect()
    }

    /// Its stop words and question words, in no order.
    pub(crate) fn function_words(self) -> Vec<&'static str> {
        let mut words = self.stop_words();
        words.extend(self.question_words());
        words
    }

    /// Words that make a sentence a question, sorted, in the form that folding gives them.
    pub(crate) fn question_words(self) -> Vec<&'static str> {
        match self {
            Self::English => stop_words::ENGLISH_QUESTION_WORDS.split(' ').collect(),
            _ => Vec::new(),
        }
    }

    /// Whether words are joined to one where other languages write them apart: `Mietpreisbremse`.
    pub(crate) const fn has_compounds(self) -> bool {
        matches!(
            self,
            Self::Danish | Self::Dutch | Self::Finnish | Self::German | Self::Norwegian | Self::Swedish
        )
    }

    /// The words that lose their vowel before another and are joined to it by an apostrophe.
    pub(crate) const fn elided_words(self) -> &'static [&'static str] {
        match self {
            Self::French => {
                &["l", "d", "c", "j", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"]
            }
            Self::Italian => &[
                "l", "d", "c", "un", "all", "dall", "dell", "nell", "sull", "coll", "gl", "agl", "degl",
                "quell", "quest",
            ],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_name() {
        for language in Language::ALL {
            assert_eq!(Language::from_name(language.name()), Some(language));
            let json = format!("\"{}\"", language.name());
            assert_eq!(serde_json::to_string(&language).unwrap(), json);
        }
        assert_eq!(Language::from_name("English"), None);
        assert_eq!(Language::from_name("auto"), None);
    }

    #[test]
    fn the_number_of_a_language_in_stored_segments_does_not_change() {
        for (number, language) in (0..).zip(Language::ALL) {
            assert_eq!(postcard::to_stdvec(&language).unwrap(), [number]);
        }
        assert_eq!(Language::English as u8, 3);
        assert_eq!(Language::Swedish as u8, 12);
    }

    #[test]
    fn lists_of_words_are_sorted_and_lower_case() {
        for language in Language::ALL {
            for words in [language.stop_words(), language.question_words()] {
                assert!(words.is_sorted_by(|a, b| a < b), "words of {language:?}");
                assert!(words.iter().all(|word| *word == word.to_lowercase()), "words of {language:?}");
            }
            let count = language.stop_words().len();
            assert!(language == Language::None || (30..100).contains(&count), "{language:?} has {count}");
        }
    }
}
