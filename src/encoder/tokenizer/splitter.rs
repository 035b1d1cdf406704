//! How a normalised text falls into words: the pre-tokenizers of `tokenizer.json`, as
//! [its documentation](https://huggingface.co/docs/tokenizers/api/pre-tokenizers) has them.

use super::aligned::Aligned;
use super::byte_level;
use super::categories::{is_punctuation, is_word};
use super::file::Part;
use super::pattern::Pattern;
use crate::error::Result;

/// A part of a text, in bytes.
pub(super) type Range = (usize, usize);

/// One step.
pub(super) enum Splitter {
    Bert,
    Whitespace,
    WhitespaceSplit,
    Metaspace { space: char, prepend: Prepend, split: bool },
    ByteLevel { prefix_space: bool, words: bool },
    Punctuation(Behaviour),
    Digits { individual: bool },
    Delimiter(char),
    Split { pattern: Pattern, behaviour: Behaviour, invert: bool },
}

/// Where a metaspace is put before a word that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prepend {
    /// Before the first word of a text only.
    First,
    Never,
    Always,
}

/// What becomes of that which separates words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    Removed,
    /// Each match is a word of its own.
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    /// Matches side by side are one word.
    Contiguous,
}

impl Splitter {
    /// The steps of the file's pre-tokenizer.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) naming what is malformed or not supported.
    pub(super) fn read(part: Part) -> Result<Vec<Self>> {
        part.flattened("pretokenizers", |part| part.kind() == "Sequence")?
            .into_iter()
            .map(Self::read_one)
            .collect()
    }

    fn read_one(part: Part) -> Result<Self> {
        Ok(match part.kind() {
            "BertPreTokenizer" => Self::Bert,
            "Whitespace" => Self::Whitespace,
            "WhitespaceSplit" => Self::WhitespaceSplit,
            "Metaspace" => Self::Metaspace {
                space: part.character("replacement")?,
                prepend: Prepend::read(part)?,
                split: part.optional_flag("split")?.unwrap_or(true),
            },
            "ByteLevel" => Self::ByteLevel {
                prefix_space: part.flag("add_prefix_space")?,
                words: part.optional_flag("use_regex")?.unwrap_or(true),
            },
            "Punctuation" => Self::Punctuation(match part.optional_text("behavior")? {
                Some(_) => Behaviour::read(part)?,
                None => Behaviour::Isolated,
            }),
            "Digits" => Self::Digits { individual: part.flag("individual_digits")? },
            "CharDelimiterSplit" | "Delimiter" => Self::Delimiter(part.character("delimiter")?),
            "Split" => Self::Split {
                pattern: part.pattern()?,
                behaviour: Behaviour::read(part)?,
                invert: part.flag("invert")?,
            },
            _ => return Err(part.unsupported()),
        })
    }

    /// Splits each of `words`, which are in order, further. `rest` is scratch.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the text grows out of proportion.
    pub(super) fn apply(
        &self,
        text: &mut Aligned,
        words: &mut Vec<Range>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        use Behaviour::{Contiguous, Isolated, MergedWithNext, Removed};
        match self {
            Self::Bert => {
                split(text, words, scratch, Removed, characters(char::is_whitespace));
                split(text, words, scratch, Isolated, characters(is_punctuation));
            }
            Self::Whitespace => split(text, words, scratch, Removed, runs),
            Self::WhitespaceSplit => split(text, words, scratch, Removed, characters(char::is_whitespace)),
            Self::Metaspace { space, prepend, split: splits } => {
                metaspace(text, words, *space, *prepend);
                if *splits {
                    split(text, words, scratch, MergedWithNext, characters(|c| c == *space));
                }
            }
            Self::ByteLevel { prefix_space, words: splits } => {
                if *prefix_space {
                    put_space_before(text, words);
                }
                if *splits {
                    split(text, words, scratch, Isolated, byte_level_words);
                }
                spell(text, words);
            }
            Self::Punctuation(behaviour) => {
                split(text, words, scratch, *behaviour, characters(is_punctuation))
            }
            Self::Digits { individual } => {
                let behaviour = if *individual { Isolated } else { Contiguous };
                split(text, words, scratch, behaviour, characters(char::is_numeric));
            }
            Self::Delimiter(delimiter) => {
                split(text, words, scratch, Removed, characters(|c| c == *delimiter))
            }
            Self::Split { pattern, behaviour, invert } => {
                split(text, words, scratch, *behaviour, |text, take| {
                    matches_of(pattern, *invert, text, take)
                });
            }
        }
        text.check_growth()
    }
}

impl Prepend {
    /// Files of old say it by `add_prefix_space`.
    fn read(part: Part) -> Result<Self> {
        let prepend = match part.optional_text("prepend_scheme")? {
            None | Some("always") => Self::Always,
            Some("first") => Self::First,
            Some("never") => Self::Never,
            Some(_) => return Err(part.malformed("prepend_scheme")),
        };
        match part.optional_flag("add_prefix_space")? {
            Some(false) if prepend != Self::Never => Err(part.malformed("add_prefix_space")),
            _ => Ok(prepend),
        }
    }
}

impl Behaviour {
    fn read(part: Part) -> Result<Self> {
        Ok(match part.text("behavior")? {
            "Removed" => Self::Removed,
            "Isolated" => Self::Isolated,
            "MergedWithPrevious" => Self::MergedWithPrevious,
            "MergedWithNext" => Self::MergedWithNext,
            "Contiguous" => Self::Contiguous,
            _ => return Err(part.malformed("behavior")),
        })
    }
}

/// Vectors whose memory is used again.
#[derive(Default)]
pub(super) struct Scratch {
    matches: Vec<(Range, bool)>,
    words: Vec<Range>,
}

/// Finds what separates words in a text: takes ranges that together are all of it, each with whether it is a match.
type Take<'t> = &'t mut dyn FnMut(Range, bool);

fn split(
    text: &Aligned,
    words: &mut Vec<Range>,
    scratch: &mut Scratch,
    behaviour: Behaviour,
    find: impl Fn(&str, Take),
) {
    scratch.words.clear();
    for (start, end) in words.iter().copied() {
        scratch.matches.clear();
        find(&text.text()[start..end], &mut |range, is_match| {
            if range.0 < range.1 {
                scratch.matches.push(((start + range.0, start + range.1), is_match));
            }
        });
        behaviour.divide(&scratch.matches, &mut scratch.words);
    }
    std::mem::swap(words, &mut scratch.words);
}

impl Behaviour {
    /// The words of a text of which `matches` are all parts.
    fn divide(self, matches: &[(Range, bool)], words: &mut Vec<Range>) {
        let first = words.len();
        let mut previous = false;
        for (range, is_match) in matches.iter().copied() {
            let joined = match self {
                Self::Removed | Self::Isolated => false,
                Self::Contiguous => is_match == previous,
                Self::MergedWithPrevious => is_match && !previous,
                Self::MergedWithNext => !is_match && previous,
            };
            previous = is_match;
            match words[first..].last_mut() {
                Some(last) if joined => last.1 = range.1,
                _ if self == Self::Removed && is_match => {}
                _ => words.push(range),
            }
        }
    }
}

/// Matches of single characters.
fn characters(is_match: impl Fn(char) -> bool) -> impl Fn(&str, Take) {
    move |text, take| {
        let mut start = 0;
        for (at, c) in text.char_indices().filter(|(_, c)| is_match(*c)) {
            take((start, at), false);
            start = at + c.len_utf8();
            take((at, start), true);
        }
        take((start, text.len()), false);
    }
}

/// What is neither a run of word characters nor one of other visible ones is a match: `\w+|[^\w\s]+`, inverted.
fn runs(text: &str, take: Take) {
    let kind = |c: char| if is_word(c) { 2 } else { u8::from(!c.is_whitespace()) };
    let mut start = 0;
    let mut previous = None;
    for (at, c) in text.char_indices() {
        let own = kind(c);
        if let Some(before) = previous.replace(own).filter(|before| *before != own) {
            take((start, at), before == 0);
            start = at;
        }
    }
    take((start, text.len()), previous == Some(0));
}

fn byte_level_words(text: &str, take: Take) {
    let mut start = 0;
    while start < text.len() {
        let end = start + byte_level::first_word(&text[start..]);
        take((start, end), true);
        start = end;
    }
}

fn matches_of(pattern: &Pattern, invert: bool, text: &str, take: Take) {
    let mut start = 0;
    while let Some((from, to)) = pattern.find(&text[start..]) {
        take((start, start + from), invert);
        take((start + from, start + to), !invert);
        start += to;
    }
    take((start, text.len()), invert);
}

/// Puts `space` in the place of each space, and before words as `prepend` says.
fn metaspace(text: &mut Aligned, words: &mut [Range], space: char, prepend: Prepend) {
    text.rewrite_ranges(words, |word, is_first, push| {
        let begins = word.starts_with([' ', space]);
        if !begins && (prepend == Prepend::Always || prepend == Prepend::First && is_first) {
            push(space, 0);
        }
        word.char_indices().for_each(|(at, c)| push(if c == ' ' { space } else { c }, at));
    });
}

/// Puts a space before words that have none.
fn put_space_before(text: &mut Aligned, words: &mut [Range]) {
    text.rewrite_ranges(words, |word, _, push| {
        if !word.starts_with(' ') {
            push(' ', 0);
        }
        word.char_indices().for_each(|(at, c)| push(c, at));
    });
}

fn spell(text: &mut Aligned, words: &mut [Range]) {
    text.rewrite_ranges(words, |word, _, push| {
        for (at, c) in word.char_indices() {
            c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| push(byte_level::spelling(byte), at));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_words_is_treated_as_each_behaviour_says() {
        // The example of the reference's documentation.
        let cases = [
            (Behaviour::Removed, vec!["the", "final", "countdown"]),
            (Behaviour::Isolated, vec!["the", "-", "final", "-", "-", "countdown"]),
            (Behaviour::MergedWithPrevious, vec!["the-", "final-", "-", "countdown"]),
            (Behaviour::MergedWithNext, vec!["the", "-final", "-", "-countdown"]),
            (Behaviour::Contiguous, vec!["the", "-", "final", "--", "countdown"]),
        ];
        for (behaviour, expected) in cases {
            let mut text = Aligned::default();
            text.begin("the-final--countdown", 0, false);
            let mut words = vec![(0, text.text().len())];
            Splitter::Delimiter('-').apply(&mut text, &mut words.clone(), &mut Scratch::default()).unwrap();
            Splitter::Punctuation(behaviour).apply(&mut text, &mut words, &mut Scratch::default()).unwrap();
            let found: Vec<_> = words.iter().map(|(start, end)| &text.text()[*start..*end]).collect();
            assert_eq!(found, expected, "{behaviour:?}");
        }
    }
}
