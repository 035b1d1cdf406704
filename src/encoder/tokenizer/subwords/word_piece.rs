//! The longest piece first.
//!
//! [Schuster and Nakajima 2012](https://static.googleusercontent.com/media/research.google.com/en//pubs/archive/37842.pdf),
//! as [BERT](https://github.com/google-research/bert/blob/master/tokenization.py) does it: a word becomes the longest
//! piece that it begins with, the rest the longest that continues a word, and so on.

use super::Piece;
use crate::encoder::tokenizer::trie::{Node, Trie};
use crate::encoder::tokenizer::vocabulary::Vocabulary;

pub(in crate::encoder::tokenizer) struct WordPiece {
    pub(super) vocabulary: Vocabulary,
    pub(super) unknown: u32,
    /// Where the pieces that continue a word begin in the tree; `None` where there are none.
    continuing: Option<Node>,
    /// A longer word is unknown, in characters.
    longest: usize,
}

impl WordPiece {
    /// `prefix` marks the pieces that continue a word.
    pub(in crate::encoder::tokenizer) fn new(
        vocabulary: Vocabulary,
        unknown: u32,
        prefix: &str,
        longest: usize,
    ) -> Self {
        let continuing = vocabulary.trie().walk(Trie::ROOT, prefix.as_bytes());
        Self { vocabulary, unknown, continuing, longest }
    }

    /// Gives the pieces that occur in `word`, at its beginning or behind it.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn occurring(&self, word: &str, mut take: impl FnMut(u32)) {
        for (at, _) in word.char_indices() {
            if let Some(from) = if at == 0 { Some(Trie::ROOT) } else { self.continuing } {
                self.vocabulary.trie().beginnings(from, &word.as_bytes()[at..], &mut take);
            }
        }
    }

    /// Adds the pieces of `word`, which all is unknown if a part of it is.
    #[inline]
    pub(super) fn split(&self, word: &str, pieces: &mut Vec<Piece>) {
        let first = pieces.len();
        if !self.try_split(word, pieces) {
            pieces.truncate(first);
            pieces.push(Piece::new(self.unknown, 0, word.len()));
        }
    }

    #[inline]
    fn try_split(&self, word: &str, pieces: &mut Vec<Piece>) -> bool {
        if word.len() > self.longest && word.chars().count() > self.longest {
            return false;
        }
        let (bytes, trie) = (word.as_bytes(), self.vocabulary.trie());
        let (mut start, mut from) = (0, Some(Trie::ROOT));
        while start < bytes.len() {
            let Some((length, id)) = from.and_then(|node| trie.longest(node, &bytes[start..])) else {
                return false;
            };
            pieces.push(Piece::new(id, start, start + length));
            start += length;
            from = self.continuing;
        }
        true
    }
}
