//! BERT's normaliser and pre-tokenizer in one pass, for texts without surprises.
//!
//! A word of ASCII, and most others, are looked at once and never copied with the origins of each byte beside them. What
//! it cannot do exactly, characters that are sorted behind their base and are not stripped, it leaves to the
//! normaliser proper.

use super::aligned::Origin;
use super::categories;
use super::normalizer::{Bert, Normalizer, is_dropped};
use super::splitter::Splitter;
use super::subwords::Piece;
use super::unicode;

/// What a character of ASCII is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Part of a word.
    Word,
    /// Separates words.
    Space,
    /// A word by itself.
    Punctuation,
    /// As if it were not there.
    Dropped,
}

/// The settings, and what they make of ASCII.
pub(super) struct Words {
    bert: Bert,
    ascii: [Class; 128],
}

/// A word as it is normalised, and where it comes from.
pub(super) struct Word<'w> {
    pub(super) text: &'w str,
    /// Where each byte comes from; empty where byte `i` comes from `start + i`.
    pub(super) origins: &'w [Origin],
    pub(super) start: u32,
}

impl Word<'_> {
    /// Where a piece of it comes from.
    #[inline]
    pub(super) fn origin(&self, piece: Piece) -> Origin {
        if self.origins.is_empty() {
            return (self.start + piece.start, self.start + piece.end);
        }
        let last = self.origins.len() - 1;
        let at = |byte: u32| self.origins[(byte as usize).min(last)];
        // A piece of a word's suffix stands behind all of the word.
        (at(piece.start).0, at(piece.end.saturating_sub(1).max(piece.start)).1)
    }
}

/// Vectors whose memory is used again.
#[derive(Default)]
pub(super) struct Scratch {
    text: String,
    origins: Vec<Origin>,
}

/// A part that the normaliser proper has to do.
pub(super) struct Surprise {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Words {
    /// `None` for a tokenizer that is not BERT's.
    pub(super) fn of(normalizers: &[Normalizer], splitters: &[Splitter]) -> Option<Self> {
        match (normalizers, splitters) {
            ([Normalizer::Bert(bert)], [Splitter::Bert]) => Some(Self { bert: *bert, ascii: bert.classes() }),
            _ => None,
        }
    }

    /// Hands the words that begin at byte `from` of `text` to `take`, those of ASCII one by one, others up to the next
    /// white space; `text` stands at byte `at` of the original text. Returns where to go on, the end of the text at last.
    ///
    /// # Errors
    /// A [`Surprise`], and whatever `take` says. Words of the part may have been taken before it was met.
    pub(super) fn next<E>(
        &self,
        text: &str,
        from: usize,
        at: u32,
        scratch: &mut Scratch,
        take: &mut impl FnMut(Word) -> Result<(), E>,
    ) -> Result<Result<usize, Surprise>, E> {
        let bytes = text.as_bytes();
        let class = |byte: u8| self.ascii.get(usize::from(byte)).copied();
        let Some(start) =
            (from..bytes.len()).find(|at| !matches!(class(bytes[*at]), Some(Class::Space | Class::Dropped)))
        else {
            return Ok(Ok(bytes.len()));
        };
        if class(bytes[start]) == Some(Class::Punctuation) {
            let word = Word { text: &text[start..=start], origins: &[], start: at + start as u32 };
            return take(word).map(|()| Ok(start + 1));
        }
        let end = bytes[start..]
            .iter()
            .position(|byte| class(*byte) != Some(Class::Word))
            .map_or(bytes.len(), |run| start + run);
        if end == bytes.len() || matches!(class(bytes[end]), Some(Class::Space | Class::Punctuation)) {
            self.take_ascii(&text[start..end], at + start as u32, scratch, take)?;
            return Ok(Ok(end));
        }
        let end = bytes[end..]
            .iter()
            .position(|byte| class(*byte) == Some(Class::Space))
            .map_or(bytes.len(), |run| end + run);
        self.take_others(&text[start..end], at + start as u32, scratch, take).map(|surprised| match surprised
        {
            true => Err(Surprise { start, end }),
            false => Ok(end),
        })
    }

    #[inline]
    fn take_ascii<E>(
        &self,
        word: &str,
        start: u32,
        scratch: &mut Scratch,
        take: &mut impl FnMut(Word) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.bert.lowercase || !word.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return take(Word { text: word, origins: &[], start });
        }
        scratch.text.clear();
        scratch.text.push_str(word);
        scratch.text.make_ascii_lowercase();
        take(Word { text: &scratch.text, origins: &[], start })
    }

    /// The words of a text without white space of ASCII; whether they cannot be found exactly.
    fn take_others<E>(
        &self,
        text: &str,
        at: u32,
        scratch: &mut Scratch,
        take: &mut impl FnMut(Word) -> Result<(), E>,
    ) -> Result<bool, E> {
        scratch.text.clear();
        scratch.origins.clear();
        for (offset, c) in text.char_indices() {
            if self.bert.clean && is_dropped(c) {
                continue;
            }
            let start = at + offset as u32;
            let origin = (start, start + c.len_utf8() as u32);
            let alone = self.bert.ideographs && categories::is_ideograph(c);
            if alone {
                scratch.finish(take)?;
            }
            let (mut surprised, mut failure) = (false, None);
            self.normalise(c, |c, class| {
                surprised |= class != 0;
                failure = failure.take().or_else(|| scratch.push(c, origin, take).err());
            });
            if let Some(error) = failure {
                return Err(error);
            }
            if surprised {
                return Ok(true);
            }
            if alone {
                scratch.finish(take)?;
            }
        }
        scratch.finish(take)?;
        Ok(false)
    }

    /// What becomes of one character, with the class of a part that is sorted.
    fn normalise(&self, c: char, mut push: impl FnMut(char, u8)) {
        let mut lowered = |c: char, class| {
            if self.bert.lowercase {
                c.to_lowercase().for_each(|c| push(c, class));
            } else {
                push(c, class);
            }
        };
        if !self.bert.strip_accents {
            return lowered(c, 0);
        }
        unicode::decomposition(c, false, |part| {
            if !categories::is_accent(part) {
                lowered(part, unicode::class(part));
            }
        });
    }
}

impl Scratch {
    /// Adds a normalised character to the word, or ends it.
    fn push<E>(
        &mut self,
        c: char,
        origin: Origin,
        take: &mut impl FnMut(Word) -> Result<(), E>,
    ) -> Result<(), E> {
        if c.is_whitespace() {
            return self.finish(take);
        }
        let alone = categories::is_punctuation(c);
        if alone {
            self.finish(take)?;
        }
        self.text.push(c);
        self.origins.extend(std::iter::repeat_n(origin, c.len_utf8()));
        if alone { self.finish(take) } else { Ok(()) }
    }

    fn finish<E>(&mut self, take: &mut impl FnMut(Word) -> Result<(), E>) -> Result<(), E> {
        if !self.text.is_empty() {
            take(Word { text: &self.text, origins: &self.origins, start: 0 })?;
            self.text.clear();
            self.origins.clear();
        }
        Ok(())
    }
}

impl Bert {
    fn classes(self) -> [Class; 128] {
        std::array::from_fn(|byte| match char::from(byte as u8) {
            c if self.clean && is_dropped(c) => Class::Dropped,
            c if c.is_whitespace() => Class::Space,
            c if categories::is_punctuation(c) => Class::Punctuation,
            _ => Class::Word,
        })
    }
}
