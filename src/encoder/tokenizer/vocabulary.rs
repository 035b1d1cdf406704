//! The pieces of a vocabulary, one behind the other, as they are read from the file.

use super::trie::Trie;
use crate::encoder::folder::{TOKENIZER_FILE, invalid};
use crate::error::Result;

/// Strings of bytes without an allocation each.
#[derive(Default)]
pub(super) struct Pieces {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Pieces {
    /// Adds a piece; `None` where all together are 4 GiB.
    pub(super) fn push(&mut self, piece: &[u8]) -> Option<()> {
        let end = u32::try_from(self.bytes.len() + piece.len()).ok()?;
        self.bytes.extend_from_slice(piece);
        self.ends.push(end);
        Some(())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The piece at a place.
    pub(super) fn get(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[start..self.ends[at] as usize]
    }
}

/// The numbers of pieces, and what of them concerns more than one.
pub(super) struct Vocabulary {
    trie: Trie,
    max_id: u32,
    /// How many ids there are.
    size: u32,
}

impl Vocabulary {
    /// Pieces with the numbers `ids`; of equal pieces the last counts.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where it is too large, or an id is `u32::MAX`.
    pub(super) fn new(pieces: &Pieces, ids: &[u32]) -> Result<Self> {
        let max_id = ids.iter().copied().max().unwrap_or(0);
        if max_id == u32::MAX {
            return Err(invalid(TOKENIZER_FILE, format!("the id {max_id} in its vocabulary is too large")));
        }
        let trie = Trie::new(pieces, |at| ids[at])?;
        Ok(Self { size: trie.size(), trie, max_id })
    }

    /// Pieces that are numbered as they stand, equal ones, too.
    ///
    /// # Errors
    /// As [`Vocabulary::new`].
    pub(super) fn numbered(pieces: &Pieces) -> Result<Self> {
        let ids: Vec<u32> = (0..).take(pieces.len()).collect();
        Ok(Self { size: ids.len() as u32, ..Self::new(pieces, &ids)? })
    }

    /// Takes a piece for one that is not there; its id stays taken.
    pub(super) fn forget(&mut self, piece: &str) {
        self.trie.forget(piece.as_bytes());
    }

    /// The tree of the pieces.
    pub(super) fn trie(&self) -> &Trie {
        &self.trie
    }

    /// How many ids there are: the next one is free for an added token.
    pub(super) fn size(&self) -> u32 {
        self.size
    }

    /// The highest id, 0 for none.
    pub(super) fn max_id(&self) -> u32 {
        self.max_id
    }

    /// The id of a piece.
    pub(super) fn id(&self, piece: &str) -> Option<u32> {
        self.trie.get(piece.as_bytes())
    }

    /// The ids of the pieces `<0x00>` to `<0xFF>`, which stand for single bytes.
    pub(super) fn byte_ids(&self) -> Box<[Option<u32>; 256]> {
        Box::new(std::array::from_fn(|byte| self.id(&format!("<0x{byte:02X}>"))))
    }
}
