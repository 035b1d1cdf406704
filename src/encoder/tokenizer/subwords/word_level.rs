//! Whole words only.

use super::Piece;
use crate::encoder::tokenizer::vocabulary::Vocabulary;

pub(in crate::encoder::tokenizer) struct WordLevel {
    pub(super) vocabulary: Vocabulary,
    pub(super) unknown: u32,
}

impl WordLevel {
    pub(in crate::encoder::tokenizer) fn new(vocabulary: Vocabulary, unknown: u32) -> Self {
        Self { vocabulary, unknown }
    }

    pub(super) fn split(&self, word: &str, pieces: &mut Vec<Piece>) {
        let id = self.vocabulary.id(word).unwrap_or(self.unknown);
        pieces.push(Piece::new(id, 0, word.len()));
    }
}
