//! Pairs of pieces merged in a learnt order.
//!
//! [Sennrich et al. 2016](https://aclanthology.org/P16-1162/): a word is its characters, of which the pair whose merge was
//! learnt first becomes one piece, the leftmost first, again and again. Pairs wait in a heap, so that a long word takes
//! little more than time in proportion to its length.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Piece;
use crate::encoder::folder::{TOKENIZER_FILE, invalid};
use crate::encoder::tokenizer::vocabulary::{Pieces, Vocabulary};
use crate::error::{Error, Result};

pub(in crate::encoder::tokenizer) struct BytePair {
    pub(super) vocabulary: Vocabulary,
    merges: Merges,
    /// The options of the file.
    options: Options,
    unknown: Option<u32>,
    bytes: Option<Box<[Option<u32>; 256]>>,
}

/// What the file says beside vocabulary and merges.
#[derive(Default)]
pub(in crate::encoder::tokenizer) struct Options {
    /// What stands for a character that is not in the vocabulary; without it the character is left out.
    pub(in crate::encoder::tokenizer) unknown: Option<String>,
    /// Put before each character but the first.
    pub(in crate::encoder::tokenizer) prefix: String,
    /// Put behind the last character.
    pub(in crate::encoder::tokenizer) suffix: String,
    /// Unknown characters side by side are one piece.
    pub(in crate::encoder::tokenizer) fuse_unknown: bool,
    /// Characters that are not in the vocabulary are spelled with pieces for single bytes.
    pub(in crate::encoder::tokenizer) byte_fallback: bool,
    /// A word that is a piece is not looked into.
    pub(in crate::encoder::tokenizer) whole_words: bool,
}

/// A piece of the word that is being merged.
#[derive(Clone, Copy)]
struct Symbol {
    id: u32,
    /// In bytes; 0 when it has become part of the one before.
    length: u32,
    previous: u32,
    next: u32,
}

/// The neighbour of the first and of the last.
const NOTHING: u32 = u32::MAX;

#[derive(Default)]
pub(in crate::encoder::tokenizer) struct Scratch {
    symbols: Vec<Symbol>,
    /// Rank of the merge, place of its left symbol, and what they become.
    waiting: BinaryHeap<Reverse<(u32, u32, u32)>>,
    character: String,
}

impl BytePair {
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where a merge is not of pieces into a piece.
    pub(in crate::encoder::tokenizer) fn new(
        vocabulary: Vocabulary,
        pairs: &Pairs,
        options: Options,
    ) -> Result<Self> {
        let merges = Merges::new(&vocabulary, pairs, options.prefix.len())?;
        let unknown = options.unknown.as_deref().and_then(|unknown| vocabulary.id(unknown));
        let bytes = options.byte_fallback.then(|| vocabulary.byte_ids());
        Ok(Self { vocabulary, merges, options, unknown, bytes })
    }

    pub(super) fn unknown(&self) -> Option<u32> {
        self.unknown
    }

    /// Adds the pieces of `word`.
    pub(super) fn split(&self, word: &str, pieces: &mut Vec<Piece>, scratch: &mut Scratch) -> Result<()> {
        if self.options.whole_words
            && let Some(id) = self.vocabulary.id(word)
        {
            pieces.push(Piece::new(id, 0, word.len()));
            return Ok(());
        }
        self.spell(word, scratch)?;
        self.merge(scratch);
        let mut start = 0;
        for symbol in scratch.symbols.iter().filter(|symbol| symbol.length > 0) {
            let end = start + symbol.length as usize;
            // The bytes of a prefix or suffix, if they are spelled, are not in the word.
            pieces.push(Piece::new(symbol.id, start.min(word.len()), end.min(word.len())));
            start = end;
        }
        Ok(())
    }

    /// Makes the word's characters symbols.
    fn spell(&self, word: &str, scratch: &mut Scratch) -> Result<()> {
        scratch.symbols.clear();
        let Options { prefix, suffix, .. } = &self.options;
        let mut unknown: Option<(u32, u32)> = None;
        for (at, c) in word.char_indices() {
            let length = c.len_utf8();
            let own = &word[at..at + length];
            let (prefixed, suffixed) =
                (at > 0 && !prefix.is_empty(), at + length == word.len() && !suffix.is_empty());
            let Scratch { symbols, character, .. } = scratch;
            let own = if prefixed || suffixed {
                character.clear();
                character.push_str(if prefixed { prefix } else { "" });
                character.push_str(own);
                character.push_str(if suffixed { suffix } else { "" });
                character
            } else {
                own
            };
            if let Some(id) = self.vocabulary.id(own) {
                unknown.take().into_iter().for_each(|(id, length)| push(symbols, id, length));
                push(symbols, id, length as u32);
            } else if let Some(ids) = self.spell_bytes(own) {
                ids.into_iter().for_each(|id| push(symbols, id, 1));
            } else if self.options.unknown.is_some() {
                let id = self.unknown.ok_or_else(no_unknown)?;
                unknown = match unknown {
                    Some((id, before)) if self.options.fuse_unknown => Some((id, before + length as u32)),
                    before => {
                        before.into_iter().for_each(|(id, length)| push(symbols, id, length));
                        Some((id, length as u32))
                    }
                };
            }
        }
        unknown.into_iter().for_each(|(id, length)| push(&mut scratch.symbols, id, length));
        Ok(())
    }

    fn spell_bytes(&self, character: &str) -> Option<Vec<u32>> {
        let ids = self.bytes.as_ref()?;
        character.bytes().map(|byte| ids[usize::from(byte)]).collect()
    }

    fn merge(&self, scratch: &mut Scratch) {
        let Scratch { symbols, waiting, .. } = scratch;
        waiting.clear();
        for at in 1..symbols.len() {
            self.offer(symbols, waiting, at - 1, at);
        }
        while let Some(Reverse((_, left, merged))) = waiting.pop() {
            let left = left as usize;
            let Symbol { id, length, next, previous } = symbols[left];
            if length == 0 || next == NOTHING {
                continue;
            }
            let right = symbols[next as usize];
            // It may be that one of the two is not any more what it was when the pair was found.
            if self.merges.get(id, right.id).is_none_or(|(_, current)| current != merged) {
                continue;
            }
            symbols[left] = Symbol { id: merged, length: length + right.length, next: right.next, previous };
            symbols[next as usize].length = 0;
            if right.next != NOTHING {
                symbols[right.next as usize].previous = left as u32;
                self.offer(symbols, waiting, left, right.next as usize);
            }
            if previous != NOTHING {
                self.offer(symbols, waiting, previous as usize, left);
            }
        }
    }

    /// Lets a pair wait if it can be merged.
    fn offer(
        &self,
        symbols: &[Symbol],
        waiting: &mut BinaryHeap<Reverse<(u32, u32, u32)>>,
        left: usize,
        right: usize,
    ) {
        if let Some((rank, merged)) = self.merges.get(symbols[left].id, symbols[right].id) {
            waiting.push(Reverse((rank, left as u32, merged)));
        }
    }
}

fn push(symbols: &mut Vec<Symbol>, id: u32, length: u32) {
    let own = symbols.len() as u32;
    if let Some(last) = symbols.last_mut() {
        last.next = own;
    }
    symbols.push(Symbol { id, length, previous: own.checked_sub(1).unwrap_or(NOTHING), next: NOTHING });
}

fn no_unknown() -> Error {
    Error::internal("the tokenizer's vocabulary lacks a character, and the unknown token, too")
}

/// The merges as the file has them: pieces two by two, in the order in which they were learnt.
#[derive(Default)]
pub(in crate::encoder::tokenizer) struct Pairs(pub(in crate::encoder::tokenizer) Pieces);

/// For two pieces, the rank of their merge and what they become, in a table with open addressing.
struct Merges {
    slots: Vec<Merge>,
    /// How far the product of a hash is shifted to be a slot's number.
    shift: u32,
}

#[derive(Clone, Copy)]
struct Merge {
    left: u32,
    right: u32,
    rank: u32,
    merged: u32,
}

const FREE: Merge = Merge { left: u32::MAX, right: u32::MAX, rank: 0, merged: 0 };

impl Merges {
    /// Of equal pairs the last counts.
    fn new(vocabulary: &Vocabulary, pairs: &Pairs, prefix: usize) -> Result<Self> {
        let Pairs(pieces) = pairs;
        let count = pieces.len() / 2;
        let bits = (count * 2).next_power_of_two().trailing_zeros().max(4);
        let mut merges = Self { slots: vec![FREE; 1 << bits], shift: 64 - bits };
        let mut both = Vec::new();
        for rank in 0..count {
            let (left, right) = (pieces.get(2 * rank), pieces.get(2 * rank + 1));
            both.clear();
            both.extend_from_slice(left);
            both.extend_from_slice(right.get(prefix..).ok_or_else(|| not_a_piece(rank, right))?);
            let id = |piece: &[u8]| vocabulary.trie().get(piece).ok_or_else(|| not_a_piece(rank, piece));
            let merge = Merge { left: id(left)?, right: id(right)?, rank: rank as u32, merged: id(&both)? };
            let slot = merges.slot(merge.left, merge.right);
            merges.slots[slot] = merge;
        }
        Ok(merges)
    }

    #[inline]
    fn get(&self, left: u32, right: u32) -> Option<(u32, u32)> {
        let found = self.slots[self.slot(left, right)];
        (found.left == left && found.right == right).then_some((found.rank, found.merged))
    }

    /// The slot of a pair, or a free one.
    #[inline]
    fn slot(&self, left: u32, right: u32) -> usize {
        let key = u64::from(left) << 32 | u64::from(right);
        let mut slot = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize;
        loop {
            let found = self.slots[slot];
            if (found.left, found.right) == (left, right) || (found.left, found.right) == (u32::MAX, u32::MAX)
            {
                return slot;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }
}

fn not_a_piece(rank: usize, piece: &[u8]) -> Error {
    let piece = String::from_utf8_lossy(piece);
    invalid(
        TOKENIZER_FILE,
        format!("merge {rank} of its model is of or into {piece:?}, which is not in the vocabulary"),
    )
}
