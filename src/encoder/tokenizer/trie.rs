//! All the pieces of a vocabulary as a tree of their bytes, in one array.
//!
//! A double array in the manner of [darts-clone](https://github.com/s-yata/darts-clone): the child of a node for a byte
//! stands at the node's base, exclusive-or the byte, and knows its byte. No two nodes have the same base, so that a slot
//! whose byte is right has the right parent.

use std::cmp::Ordering;

use super::vocabulary::Pieces;
use crate::encoder::folder::{TOKENIZER_FILE, invalid};
use crate::error::Result;

/// The slots that the children of one node are spread over.
const BLOCK: usize = 256;

/// How many blocks with free slots are looked at for a node's children before a new one is begun.
const OPEN_BLOCKS: usize = 12;

/// As many slots as a base of [`BASE_SHIFT`] bits less than 32 can name.
const MAX_SLOTS: usize = 1 << (32 - BASE_SHIFT);

const BASE_SHIFT: u32 = 9;

/// A longer piece, in bytes, is not supported: from each place of a text, as much of it is looked at as pieces are long.
const MAX_PIECE: usize = 1024;

/// Set, beside the byte, in a slot that holds a node.
const USED: u32 = 0x100;

/// The value of a node at which no piece ends.
const NONE: u32 = u32::MAX;

/// A node: where a walk through the tree stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node(u32);

#[derive(Clone, Copy)]
struct Slot {
    /// The base of the children, or 0 for none; [`USED`]; the byte that leads here.
    link: u32,
    value: u32,
}

const FREE: Slot = Slot { link: 0, value: NONE };

/// The number of each piece, by its bytes.
pub(super) struct Trie {
    slots: Vec<Slot>,
    /// How many different pieces there are, an empty one included.
    size: u32,
}

impl Trie {
    /// Where each walk begins.
    pub(super) const ROOT: Node = Node(0);

    /// The tree of `pieces`, of which the one at place `i` has the number `number(i)`. Of equal pieces the last counts;
    /// an empty piece is left out.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where they do not fit, or one is too long.
    pub(super) fn new(pieces: &Pieces, number: impl Fn(usize) -> u32) -> Result<Self> {
        if let Some(long) =
            (0..pieces.len()).map(|at| pieces.get(at).len()).find(|length| *length > MAX_PIECE)
        {
            return Err(invalid(
                TOKENIZER_FILE,
                format!("a piece of its vocabulary has {long} bytes, more than {MAX_PIECE}"),
            ));
        }
        let order = sorted(pieces);
        let mut builder = Builder::new();
        // The slot of a node, its pieces as a range of `order`, and how many bytes lead to it.
        let mut open = vec![(0_usize, 0..order.len(), 0_usize)];
        let (mut labels, mut starts) = (Vec::new(), Vec::new());
        while let Some((slot, mut range, depth)) = open.pop() {
            let piece = |at: usize| pieces.get(order[at] as usize);
            if depth > 0 && !range.is_empty() && piece(range.start).len() == depth {
                builder.slots[slot].value = number(order[range.start] as usize);
                range.start += 1;
            }
            labels.clear();
            starts.clear();
            for at in range.clone() {
                let label = piece(at)[depth];
                if labels.last() != Some(&label) {
                    labels.push(label);
                    starts.push(at);
                }
            }
            if labels.is_empty() {
                continue;
            }
            let base = builder.place(&labels).ok_or_else(too_large)?;
            builder.slots[slot].link |= (base as u32) << BASE_SHIFT;
            starts.push(range.end);
            for (label, ends) in labels.iter().zip(starts.windows(2)) {
                let child = base ^ usize::from(*label);
                builder.slots[child].link = USED | u32::from(*label);
                open.push((child, ends[0]..ends[1], depth + 1));
            }
        }
        let empty = (0..pieces.len()).any(|at| pieces.get(at).is_empty());
        Ok(Self { slots: builder.slots, size: order.len() as u32 + u32::from(empty) })
    }

    /// How many different pieces it was made of.
    pub(super) fn size(&self) -> u32 {
        self.size
    }

    /// The child of `node` for `byte`.
    #[inline]
    pub(super) fn child(&self, node: Node, byte: u8) -> Option<Node> {
        let base = self.slots[node.0 as usize].link >> BASE_SHIFT;
        let child = base ^ u32::from(byte);
        let found = self.slots[child as usize].link & (USED | 0xFF) == USED | u32::from(byte);
        found.then_some(Node(child))
    }

    /// The number of the piece that ends at `node`.
    #[inline]
    pub(super) fn value(&self, node: Node) -> Option<u32> {
        let value = self.slots[node.0 as usize].value;
        (value != NONE).then_some(value)
    }

    /// The node that `bytes` lead to from `node`.
    pub(super) fn walk(&self, node: Node, bytes: &[u8]) -> Option<Node> {
        bytes.iter().try_fold(node, |node, byte| self.child(node, *byte))
    }

    /// The number of the piece with these bytes.
    pub(super) fn get(&self, bytes: &[u8]) -> Option<u32> {
        self.value(self.walk(Self::ROOT, bytes)?)
    }

    /// Takes away the number of a piece, if it has one.
    pub(super) fn forget(&mut self, bytes: &[u8]) {
        if let Some(node) = self.walk(Self::ROOT, bytes) {
            self.slots[node.0 as usize].value = NONE;
        }
    }

    /// Gives the number of each piece that ends on the way of `bytes` from `node`.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn beginnings(&self, mut node: Node, bytes: &[u8], mut take: impl FnMut(u32)) {
        for byte in bytes {
            let Some(child) = self.child(node, *byte) else { break };
            node = child;
            self.value(node).into_iter().for_each(&mut take);
        }
    }

    /// The longest beginning of `bytes` that ends a piece on the way from `node`: its length and the piece's number.
    #[inline]
    pub(super) fn longest(&self, mut node: Node, bytes: &[u8]) -> Option<(usize, u32)> {
        let mut longest = None;
        for (at, byte) in bytes.iter().enumerate() {
            let Some(child) = self.child(node, *byte) else { break };
            node = child;
            if let Some(value) = self.value(node) {
                longest = Some((at + 1, value));
            }
        }
        longest
    }
}

fn too_large() -> crate::error::Error {
    invalid(TOKENIZER_FILE, "its vocabulary is too large")
}

/// The places of the pieces in the order of their bytes, of equal ones the last.
fn sorted(pieces: &Pieces) -> Vec<u32> {
    // Most differ in their first eight bytes, which are compared as one number.
    let head = |piece: &[u8]| {
        let mut bytes = [0; 8];
        let length = piece.len().min(8);
        bytes[..length].copy_from_slice(&piece[..length]);
        u64::from_be_bytes(bytes)
    };
    let mut keyed: Vec<(u64, u32)> = (0..pieces.len())
        .map(|at| (head(pieces.get(at)), at as u32))
        .filter(|(_, at)| !pieces.get(*at as usize).is_empty())
        .collect();
    let compare = |left: &(u64, u32), right: &(u64, u32)| match left.0.cmp(&right.0) {
        Ordering::Equal => pieces.get(left.1 as usize).cmp(pieces.get(right.1 as usize)),
        unequal => unequal,
    };
    keyed.sort_unstable_by(|left, right| compare(left, right).then(right.1.cmp(&left.1)));
    keyed.dedup_by(|later, earlier| compare(later, earlier) == Ordering::Equal);
    keyed.into_iter().map(|(_, at)| at).collect()
}

/// 256 bits, one for each slot of a block.
type Bits = [u64; BLOCK / 64];

/// Which slots and which bases of a block are free.
struct Block {
    slots: Bits,
    bases: Bits,
}

/// Finds room for the children of nodes.
struct Builder {
    slots: Vec<Slot>,
    blocks: Vec<Block>,
    /// The blocks that are looked at for room.
    open: Vec<usize>,
}

impl Builder {
    /// With a first block that holds the root only: the base of a node without children is 0, and no slot there may
    /// look like a child.
    fn new() -> Self {
        let full = Block { slots: [0; 4], bases: [0; 4] };
        Self { slots: vec![FREE; BLOCK], blocks: vec![full], open: Vec::new() }
    }

    /// The base for children with these bytes, whose slots are taken then; `None` where there are too many.
    fn place(&mut self, labels: &[u8]) -> Option<usize> {
        let found =
            self.open.iter().rev().find_map(|block| Some((*block, self.blocks[*block].base(labels)?)));
        let (block, base) = match found {
            Some(found) => found,
            None => (self.begin_block()?, 0),
        };
        let taken = &mut self.blocks[block];
        clear(&mut taken.bases, base);
        for label in labels {
            clear(&mut taken.slots, base ^ usize::from(*label));
        }
        if taken.slots == [0; 4] {
            self.open.retain(|open| *open != block);
        }
        Some(block * BLOCK + base)
    }

    fn begin_block(&mut self) -> Option<usize> {
        if self.slots.len() + BLOCK > MAX_SLOTS {
            return None;
        }
        self.slots.resize(self.slots.len() + BLOCK, FREE);
        self.blocks.push(Block { slots: [!0; 4], bases: [!0; 4] });
        if self.open.len() == OPEN_BLOCKS {
            self.open.remove(0);
        }
        self.open.push(self.blocks.len() - 1);
        Some(self.blocks.len() - 1)
    }
}

impl Block {
    /// A free base from which the slots for all `labels` are free.
    fn base(&self, labels: &[u8]) -> Option<usize> {
        let mut bases = self.bases;
        for label in labels {
            let free = exclusive_or(&self.slots, *label);
            bases.iter_mut().zip(free).for_each(|(bases, free)| *bases &= free);
            if bases == [0; 4] {
                return None;
            }
        }
        let word = bases.iter().position(|word| *word != 0)?;
        Some(word * 64 + bases[word].trailing_zeros() as usize)
    }
}

fn clear(bits: &mut Bits, at: usize) {
    bits[at / 64] &= !(1 << (at % 64));
}

/// The bits, each moved to its place exclusive-or `label`.
fn exclusive_or(bits: &Bits, label: u8) -> Bits {
    const HALVES: [u64; 6] = [
        0x5555_5555_5555_5555,
        0x3333_3333_3333_3333,
        0x0F0F_0F0F_0F0F_0F0F,
        0x00FF_00FF_00FF_00FF,
        0x0000_FFFF_0000_FFFF,
        0x0000_0000_FFFF_FFFF,
    ];
    let words = usize::from(label >> 6);
    let mut moved = [bits[words], bits[1 ^ words], bits[2 ^ words], bits[3 ^ words]];
    for (bit, half) in HALVES.iter().enumerate() {
        if label >> bit & 1 == 1 {
            let shift = 1 << bit;
            moved.iter_mut().for_each(|word| *word = (*word & half) << shift | (*word >> shift) & half);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn trie(pieces: &[Vec<u8>]) -> Trie {
        let mut all = Pieces::default();
        pieces.iter().for_each(|piece| all.push(piece).unwrap());
        Trie::new(&all, |at| at as u32).unwrap()
    }

    proptest! {
        #[test]
        fn it_holds_the_pieces_and_nothing_else(
            pieces in prop::collection::vec(prop::collection::vec(prop_oneof![Just(0_u8), Just(255), 97_u8..101, any::<u8>()], 0..6), 0..300),
            others in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..50),
        ) {
            let trie = trie(&pieces);
            let expected: BTreeMap<_, _> =
                pieces.iter().enumerate().filter(|(_, piece)| !piece.is_empty()).map(|(at, piece)| (piece, at as u32)).collect();
            for piece in pieces.iter().chain(&others) {
                prop_assert_eq!(trie.get(piece), expected.get(piece).copied());
                let longest = (1..=piece.len()).rev().find_map(|end| {
                    Some((end, *expected.get(&piece[..end].to_vec())?))
                });
                prop_assert_eq!(trie.longest(Trie::ROOT, piece), longest);
            }
        }

        #[test]
        fn bits_move_to_their_exclusive_or(bits in any::<[u64; 4]>(), label in any::<u8>()) {
            let moved = exclusive_or(&bits, label);
            for at in 0..BLOCK {
                let from = at ^ usize::from(label);
                prop_assert_eq!(moved[at / 64] >> (at % 64) & 1, bits[from / 64] >> (from % 64) & 1);
            }
        }
    }

    #[test]
    fn a_great_vocabulary_wastes_little_room() {
        let pieces: Vec<_> =
            (0..50_000_u32).map(|at| format!("{:x}", at.wrapping_mul(2_654_435_761)).into_bytes()).collect();
        let trie = trie(&pieces);
        let used = trie.slots.iter().filter(|slot| slot.link & USED != 0).count();
        assert!(used * 10 > trie.slots.len() * 8, "{used} of {}", trie.slots.len());
    }
}
