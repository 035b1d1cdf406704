//! The pieces whose probabilities have the greatest product.
//!
//! [Kudo 2018](https://arxiv.org/abs/1804.10959), as [SentencePiece](https://github.com/google/sentencepiece) does it: the
//! best way to each place in a word is the best of the ways that end with a piece there (Viterbi's algorithm).

use super::Piece;
use crate::encoder::tokenizer::trie::Trie;
use crate::encoder::tokenizer::vocabulary::Vocabulary;

/// How much less likely than the least likely piece an unknown character is, as a logarithm.
const UNKNOWN_PENALTY: f64 = 10.0;

pub(in crate::encoder::tokenizer) struct Unigram {
    pub(super) vocabulary: Vocabulary,
    /// The logarithm of each piece's probability, by its id.
    scores: Vec<f64>,
    unknown: u32,
    unknown_score: f64,
    /// The pieces for single bytes, if unknown characters are to be spelled with them.
    bytes: Option<Box<[Option<u32>; 256]>>,
}

/// The best way to a place.
#[derive(Clone, Copy)]
struct Best {
    score: f64,
    /// Where its last piece begins; [`NOWHERE`] if there is no way yet.
    from: u32,
    id: u32,
}

const NOWHERE: u32 = u32::MAX;

const UNREACHED: Best = Best { score: 0.0, from: NOWHERE, id: 0 };

#[derive(Default)]
pub(in crate::encoder::tokenizer) struct Scratch {
    best: Vec<Best>,
}

impl Unigram {
    /// `unknown` must be among `scores`.
    pub(in crate::encoder::tokenizer) fn new(
        vocabulary: Vocabulary,
        scores: Vec<f64>,
        unknown: u32,
        byte_fallback: bool,
    ) -> Self {
        let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
        let bytes = byte_fallback.then(|| vocabulary.byte_ids());
        Self { vocabulary, scores, unknown, unknown_score: least - UNKNOWN_PENALTY, bytes }
    }

    /// Adds the pieces of `word`. Unknown characters side by side are one piece.
    pub(super) fn split(&self, word: &str, pieces: &mut Vec<Piece>, scratch: &mut Scratch) {
        self.search(word, &mut scratch.best);
        let first = pieces.len();
        let mut end = word.len();
        while end > 0 {
            let best = scratch.best[end];
            let mut start = best.from as usize;
            if best.id == self.unknown {
                while start > 0 && scratch.best[start].id == self.unknown {
                    start = scratch.best[start].from as usize;
                }
                self.push_unknown(word, start, end, pieces);
            } else {
                pieces.push(Piece::new(best.id, start, end));
            }
            end = start;
        }
        pieces[first..].reverse();
    }

    /// Finds the best way to each place.
    fn search(&self, word: &str, best: &mut Vec<Best>) {
        best.clear();
        best.resize(word.len() + 1, UNREACHED);
        let (bytes, trie) = (word.as_bytes(), self.vocabulary.trie());
        for (start, c) in word.char_indices() {
            let score = best[start].score;
            let next = start + c.len_utf8();
            let mut known = false;
            let mut node = Trie::ROOT;
            for (at, byte) in bytes[start..].iter().enumerate() {
                let Some(child) = trie.child(node, *byte) else { break };
                node = child;
                if let Some(id) = trie.value(node) {
                    let end = start + at + 1;
                    known |= end == next;
                    best[end].offer(score + self.scores[id as usize], start, id);
                }
            }
            if !known {
                best[next].offer(score + self.unknown_score, start, self.unknown);
            }
        }
    }

    /// Adds what stands for unknown characters, in reverse.
    fn push_unknown(&self, word: &str, start: usize, end: usize, pieces: &mut Vec<Piece>) {
        let unknown = &word[start..end];
        if let Some(id) = self.vocabulary.id(unknown) {
            return pieces.push(Piece::new(id, start, end));
        }
        let spelled = |bytes: &[Option<u32>; 256]| -> Option<Vec<u32>> {
            unknown.bytes().rev().map(|byte| bytes[usize::from(byte)]).collect()
        };
        match self.bytes.as_deref().and_then(spelled) {
            Some(ids) => pieces.extend(ids.into_iter().map(|id| Piece::new(id, start, end))),
            None => pieces.push(Piece::new(self.unknown, start, end)),
        }
    }
}

impl Best {
    #[inline]
    fn offer(&mut self, score: f64, from: usize, id: u32) {
        if self.from == NOWHERE || score > self.score {
            *self = Self { score, from: from as u32, id };
        }
    }
}
