//! How a word becomes pieces of the vocabulary: the models of `tokenizer.json`.

pub(super) mod byte_pair;
pub(super) mod unigram;
pub(super) mod word_level;
pub(super) mod word_piece;

use self::byte_pair::BytePair;
use self::unigram::Unigram;
use self::word_level::WordLevel;
use self::word_piece::WordPiece;
#[cfg(not(target_arch = "wasm32"))]
use super::trie::Trie;
use super::vocabulary::Vocabulary;
#[cfg(not(target_arch = "wasm32"))]
use crate::bit_set::BitSet;
use crate::error::Result;

/// A piece of a word: its id, and where it begins and ends, in bytes of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) id: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Piece {
    pub(super) fn new(id: u32, start: usize, end: usize) -> Self {
        Self { id, start: start as u32, end: end as u32 }
    }
}

/// What makes pieces of words.
pub(super) enum Subwords {
    WordPiece(WordPiece),
    Unigram(Unigram),
    BytePair(BytePair),
    WordLevel(WordLevel),
}

/// Vectors whose memory is used again.
#[derive(Default)]
pub(super) struct Scratch {
    unigram: unigram::Scratch,
    byte_pair: byte_pair::Scratch,
}

impl Subwords {
    /// Adds the pieces of `word` to `pieces`.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the vocabulary lacks something, and an unknown
    /// token, too.
    #[inline]
    pub(super) fn split(&self, word: &str, pieces: &mut Vec<Piece>, scratch: &mut Scratch) -> Result<()> {
        match self {
            Self::WordPiece(model) => model.split(word, pieces),
            Self::Unigram(model) => model.split(word, pieces, &mut scratch.unigram),
            Self::BytePair(model) => return model.split(word, pieces, &mut scratch.byte_pair),
            Self::WordLevel(model) => model.split(word, pieces),
        }
        Ok(())
    }

    /// Adds the ids of all pieces that occur in `word` where they could be tokens of it, so that a vocabulary of these and any others
    /// splits it as this one does. Of a model that merges nothing is added.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn occurring(&self, word: &str, pieces: &mut BitSet) {
        let (trie, mut add) = (self.vocabulary().trie(), |id| _ = pieces.insert(id));
        match self {
            Self::WordPiece(model) => model.occurring(word, add),
            Self::Unigram(_) => {
                word.char_indices()
                    .for_each(|(at, _)| trie.beginnings(Trie::ROOT, &word.as_bytes()[at..], &mut add));
            }
            Self::WordLevel(_) => trie.get(word.as_bytes()).into_iter().for_each(add),
            Self::BytePair(_) => {}
        }
    }

    /// Its pieces and their ids.
    pub(super) fn vocabulary(&self) -> &Vocabulary {
        match self {
            Self::WordPiece(model) => &model.vocabulary,
            Self::Unigram(model) => &model.vocabulary,
            Self::BytePair(model) => &model.vocabulary,
            Self::WordLevel(model) => &model.vocabulary,
        }
    }

    /// The same, to be changed.
    pub(super) fn vocabulary_mut(&mut self) -> &mut Vocabulary {
        match self {
            Self::WordPiece(model) => &mut model.vocabulary,
            Self::Unigram(model) => &mut model.vocabulary,
            Self::BytePair(model) => &mut model.vocabulary,
            Self::WordLevel(model) => &mut model.vocabulary,
        }
    }

    /// The id of what is not in the vocabulary.
    pub(super) fn unknown(&self) -> Option<u32> {
        match self {
            Self::WordPiece(model) => Some(model.unknown),
            Self::WordLevel(model) => Some(model.unknown),
            Self::BytePair(model) => model.unknown(),
            Self::Unigram(_) => None,
        }
    }
}
