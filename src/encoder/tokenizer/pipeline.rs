//! From a text to tokens: added tokens, normalizers, splitters and the model, one after the other.

use super::added::{AddedTokens, Section};
use super::aligned::{Aligned, Change, Origin};
use super::bert::{self, Surprise, Words};
use super::byte_level;
use super::cut::Cuts;
use super::file::{File, Part};
use super::normalizer::Normalizer;
use super::splitter::{self, Prepend, Range, Splitter};
use super::subwords::{self, Piece, Subwords};
use super::template::Trim;
#[cfg(not(target_arch = "wasm32"))]
use crate::bit_set::BitSet;
use crate::error::Result;

/// All steps but the last, which puts special tokens around what they make.
pub(super) struct Pipeline {
    added: AddedTokens,
    normalizers: Vec<Normalizer>,
    splitters: Vec<Splitter>,
    subwords: Subwords,
    /// A shorter way to the same words, where there is one.
    bert: Option<Words>,
    cuts: Option<Cuts>,
    /// Whether words depend on where in the text they are.
    by_place: bool,
}

/// Tokens of a text, and what is needed to make more.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) ids: Vec<u32>,
    /// Where each comes from, if that is wanted.
    pub(super) origins: Vec<Origin>,
    wants_origins: bool,
    /// How spaces at the ends of tokens are left out.
    trim: Option<Trim>,
    special_is_text: bool,
    /// What occurs in words, if that is wanted.
    #[cfg(not(target_arch = "wasm32"))]
    occurring: Option<BitSet>,
    scratch: Scratch,
}

#[derive(Default)]
struct Scratch {
    sections: Vec<Section>,
    inner_sections: Vec<Section>,
    whole: Aligned,
    part: Aligned,
    changes: Vec<Change>,
    words: Vec<Range>,
    splitter: splitter::Scratch,
    bert: bert::Scratch,
    pieces: Vec<Piece>,
    subwords: subwords::Scratch,
}

impl Tokens {
    /// No tokens yet. Where `special_is_text`, what looks like a special token is text.
    pub(super) fn new(special_is_text: bool) -> Self {
        Self { special_is_text, ..Self::default() }
    }

    /// No tokens yet, which will have origins.
    pub(super) fn with_origins(special_is_text: bool, trim: Option<Trim>) -> Self {
        Self { special_is_text, trim, wants_origins: true, ..Self::default() }
    }

    /// No tokens yet. All pieces that occur in words are added to `occurring`, not only those that become tokens.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn with_occurring(special_is_text: bool, occurring: BitSet) -> Self {
        Self { special_is_text, occurring: Some(occurring), ..Self::default() }
    }

    /// What occurred in words.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn into_occurring(self) -> BitSet {
        self.occurring.unwrap_or_default()
    }

    fn truncate(&mut self, length: usize) {
        self.ids.truncate(length);
        self.origins.truncate(length);
    }

    fn push(&mut self, id: u32, origin: Origin) {
        self.ids.push(id);
        if self.wants_origins {
            self.origins.push(origin);
        }
    }

    /// The origin of a token without the spaces that `text`, which it stands for, has at its ends.
    fn trimmed(&self, text: &str, origin: Origin) -> Origin {
        let Some(trim) = self.trim else { return origin };
        let is_space = |c: &char| *c == byte_level::SPACE || c.is_whitespace();
        let leading = text.chars().take_while(is_space).count() as u32;
        let trailing = text.chars().rev().take_while(is_space).count() as u32;
        let (mut start, mut end) = origin;
        let first = self.ids.is_empty() || start == 0;
        if !(first && trim.prefix_space && leading == 1) {
            start = (start + leading).min(end);
        }
        if end >= trailing {
            end = (end - trailing).max(start);
        }
        (start, end)
    }
}

impl Pipeline {
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) naming what of the file is malformed or not
    /// supported.
    pub(super) fn new(file: File) -> Result<Self> {
        let normalizers =
            Part::new("normalizer", &file.normalizer).map_or(Ok(Vec::new()), Normalizer::read)?;
        let splitters =
            Part::new("pre-tokenizer", &file.pre_tokenizer).map_or(Ok(Vec::new()), Splitter::read)?;
        let added = AddedTokens::read(&file.added_tokens, file.subwords.vocabulary(), &normalizers)?;
        let bert = Words::of(&normalizers, &splitters).filter(|_| added.normalized.is_empty());
        let cuts = Cuts::of(&normalizers, &splitters, &added);
        let by_place = |step: &Splitter| matches!(step, Splitter::Metaspace { prepend: Prepend::First, .. });
        let by_place = splitters.iter().any(by_place);
        Ok(Self { added, normalizers, splitters, subwords: file.subwords, bert, cuts, by_place })
    }

    /// Makes the special tokens strange to the vocabulary, so that what is typed like one is made of other pieces.
    pub(super) fn forget_special_tokens(&mut self) {
        for token in self.added.raw.iter().chain(self.added.normalized.iter()).filter(|token| token.special) {
            self.subwords.vocabulary_mut().forget(&token.content);
        }
    }

    /// The highest id of a token.
    pub(super) fn max_id(&self) -> u32 {
        self.subwords.vocabulary().max_id().max(self.added.max_id())
    }

    /// `text` in pieces of at least `bytes` bytes each but the last, with their offsets, whose tokens one after the other
    /// are those of the text.
    pub(super) fn pieces<'t>(&self, text: &'t str, bytes: usize) -> impl Iterator<Item = (usize, &'t str)> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
            let length = match &self.cuts {
                Some(cuts) if bytes < rest.len() => {
                    cuts.first_after(rest, bytes, &self.normalizers, &self.splitters)
                }
                _ => rest.len(),
            };
            let piece = (start, &rest[..length]);
            start += length;
            Some(piece)
        })
    }

    /// Adds the tokens of `text`, which stands at byte `at` of the original text.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the normalised text grows out of proportion, or
    /// the vocabulary lacks a character, and an unknown token, too.
    pub(super) fn run(&self, text: &str, at: usize, tokens: &mut Tokens) -> Result<()> {
        let mut sections = std::mem::take(&mut tokens.scratch.sections);
        self.added.raw.sections(text, tokens.special_is_text, &mut sections);
        for section in &sections {
            let (start, own) = ((at + section.start) as u32, &text[section.start..section.end]);
            match section.token {
                Some(id) => {
                    let origin = tokens.trimmed(own, (start, start + own.len() as u32));
                    tokens.push(id, origin);
                }
                None => self.run_section(own, start, tokens)?,
            }
        }
        tokens.scratch.sections = sections;
        Ok(())
    }

    fn run_section(&self, text: &str, at: u32, tokens: &mut Tokens) -> Result<()> {
        let Some(words) = &self.bert else { return self.normalise(text, at, tokens) };
        let mut scratch = std::mem::take(&mut tokens.scratch.bert);
        let mut from = 0;
        while from < text.len() {
            let before = tokens.ids.len();
            let mut take = |word: bert::Word| self.take_word(&word, tokens);
            match words.next(text, from, at, &mut scratch, &mut take)? {
                Ok(next) => from = next,
                Err(Surprise { start, end }) => {
                    tokens.truncate(before);
                    self.normalise(&text[start..end], at + start as u32, tokens)?;
                    from = end;
                }
            }
        }
        tokens.scratch.bert = scratch;
        Ok(())
    }

    #[inline]
    fn take_word(&self, word: &bert::Word, tokens: &mut Tokens) -> Result<()> {
        self.subwords_of(word.text, tokens)?;
        let pieces = std::mem::take(&mut tokens.scratch.pieces);
        for piece in &pieces {
            let origin = if tokens.wants_origins { word.origin(*piece) } else { (0, 0) };
            self.push(word.text, *piece, origin, tokens);
        }
        tokens.scratch.pieces = pieces;
        Ok(())
    }

    /// Adds the tokens of a text without added tokens, but for those that are looked for when it is normalised.
    fn normalise(&self, text: &str, at: u32, tokens: &mut Tokens) -> Result<()> {
        let Scratch { whole, changes, .. } = &mut tokens.scratch;
        whole.begin(text, at, tokens.wants_origins || self.by_place);
        for normalizer in &self.normalizers {
            normalizer.apply(whole, changes)?;
        }
        let mut sections = std::mem::take(&mut tokens.scratch.inner_sections);
        self.added.normalized.sections(tokens.scratch.whole.text(), tokens.special_is_text, &mut sections);
        for section in &sections {
            let Scratch { whole, part, .. } = &mut tokens.scratch;
            if let Some(id) = section.token {
                let origin = whole.origin(section.start, section.end);
                let own = whole.text()[section.start..section.end].to_owned();
                let origin = tokens.trimmed(&own, origin);
                tokens.push(id, origin);
            } else {
                part.begin_part(whole, section.start, section.end);
                self.split(tokens)?;
            }
        }
        tokens.scratch.inner_sections = sections;
        Ok(())
    }

    /// Adds the tokens of a normalised part of a text without added tokens.
    fn split(&self, tokens: &mut Tokens) -> Result<()> {
        let Scratch { part, words, splitter, .. } = &mut tokens.scratch;
        words.clear();
        words.push((0, part.text().len()));
        for step in &self.splitters {
            step.apply(part, words, splitter)?;
        }
        let (part, words) = (std::mem::take(part), std::mem::take(words));
        let mut pieces = Vec::new();
        for (start, end) in words.iter().copied() {
            let word = &part.text()[start..end];
            self.subwords_of(word, tokens)?;
            std::mem::swap(&mut pieces, &mut tokens.scratch.pieces);
            for piece in &pieces {
                let origin = part.origin(start + piece.start as usize, start + piece.end as usize);
                self.push(word, *piece, origin, tokens);
            }
        }
        (tokens.scratch.part, tokens.scratch.words) = (part, words);
        Ok(())
    }

    /// Makes `word` pieces, in the scratch.
    #[inline]
    fn subwords_of(&self, word: &str, tokens: &mut Tokens) -> Result<()> {
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(occurring) = &mut tokens.occurring {
            self.subwords.occurring(word, occurring);
        }
        let Scratch { pieces, subwords, .. } = &mut tokens.scratch;
        pieces.clear();
        self.subwords.split(word, pieces, subwords)
    }

    /// Adds a piece of `word`.
    #[inline]
    fn push(&self, word: &str, piece: Piece, origin: Origin, tokens: &mut Tokens) {
        let trims = tokens.trim.is_some() && Some(piece.id) != self.subwords.unknown();
        // A piece that stands for one byte of a character has no text.
        let text = word.get(piece.start as usize..piece.end as usize).filter(|_| trims);
        let origin = text.map_or(origin, |text| tokens.trimmed(text, origin));
        tokens.push(piece.id, origin);
    }
}
