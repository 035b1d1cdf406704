//! Sets of languages.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Language;

/// Some languages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LanguageSet(u16);

/// Each function word with the languages that have it.
static FUNCTION_WORDS: LazyLock<HashMap<&str, LanguageSet>> = LazyLock::new(|| {
    let mut words: HashMap<&str, LanguageSet> = HashMap::new();
    for language in Language::ALL {
        for word in language.function_words() {
            words.entry(word).or_default().insert(language);
        }
    }
    words
});

impl LanguageSet {
    pub(crate) fn all() -> Self {
        Language::ALL.into_iter().collect()
    }

    /// The languages that have `word`, in folded case, as a function word.
    pub(crate) fn with_function_word(word: &str) -> Self {
        match FUNCTION_WORDS.get(word) {
            Some(languages) => *languages,
            // As most people, the lists write ё as е.
            None if word.contains('ё') => Self::with_function_word(&word.replace('ё', "е")),
            None => Self::default(),
        }
    }

    pub(crate) fn insert(&mut self, language: Language) {
        self.0 |= 1 << language as u16;
    }

    pub(crate) fn contains(self, language: Language) -> bool {
        self.0 >> language as u16 & 1 == 1
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn len(self) -> u32 {
        self.0.count_ones()
    }
}

impl FromIterator<Language> for LanguageSet {
    fn from_iter<I: IntoIterator<Item = Language>>(languages: I) -> Self {
        let mut set = Self::default();
        languages.into_iter().for_each(|language| set.insert(language));
        set
    }
}
