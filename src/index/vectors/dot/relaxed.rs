//! The dot product of bytes that processors have for neural networks.
//!
//! One operand may have 7 bits only, without a sign: with a bit more, processors differ. A query of 14 bits is two such
//! operands, `128 x (high - 64) + low`; the 64 are taken back with the sum of the row's components. The product of two
//! rows moves the sign of one to the other.
//!
//! Not every processor has it. Where it takes several instructions, fewer are needed if sums of two products in 16 bits are
//! widened and multiplied in one. [`choose`] finds out; both give the same integers.

mod choice;
mod sums;

use core::arch::wasm32::*;

use super::lanes::{lanes, mask, sum_of_lanes, totals};
use super::{BLOCK, BitBlock, Row, TILE};
use sums::{Dots, Factors, Pairs, Sums};

pub use choice::{choose, name, use_named};

const LOW_BITS: u32 = 7;
const HIGH_SHIFT: i16 = 64;

/// A query as the kernel wants it: for each block the high and the low bits.
#[derive(Clone, Debug)]
pub struct Operand {
    blocks: Vec<[v128; 2]>,
    factors: Factors,
}

impl Operand {
    pub fn new(values: &[i16]) -> Self {
        let (blocks, _) = values.as_chunks::<BLOCK>();
        let high = |value: i16| ((value >> LOW_BITS) + HIGH_SHIFT) as i8;
        let low = |value: i16| (value & ((1 << LOW_BITS) - 1)) as i8;
        let blocks =
            blocks.iter().map(|block| [block.map(high), block.map(low)].map(bytemuck::cast)).collect();
        Self { blocks, factors: Factors::hidden() }
    }

    pub fn dot(&self, row: Row<'_>) -> i32 {
        if choice::is_pairs() { self.dot_in::<Pairs>(row) } else { self.dot_in::<Dots>(row) }
    }

    /// The sum of the components whose bit is set.
    pub fn dot_bits(&self, bits: &[BitBlock]) -> i32 {
        if choice::is_pairs() { self.dot_bits_in::<Pairs>(bits) } else { self.dot_bits_in::<Dots>(bits) }
    }

    pub fn dots(&self, rows: [Row<'_>; TILE]) -> [i32; TILE] {
        if choice::is_pairs() { self.dots_in::<Pairs>(rows) } else { self.dots_in::<Dots>(rows) }
    }

    #[target_feature(enable = "relaxed-simd")]
    fn dot_in<S: Sums>(&self, row: Row<'_>) -> i32 {
        let (blocks, _) = row.values.as_chunks::<BLOCK>();
        let mut sums = S::zero();
        for (query, block) in self.blocks.iter().zip(blocks) {
            sums = sums.add(query, bytemuck::cast(*block), self.factors);
        }
        sum_of_lanes(sums.joined()).wrapping_sub(shift(row.sum))
    }

    #[target_feature(enable = "relaxed-simd")]
    fn dot_bits_in<S: Sums>(&self, bits: &[BitBlock]) -> i32 {
        let (mut sums, mut count) = (S::zero(), 0);
        for (query, bits) in self.blocks.iter().zip(bits) {
            sums = sums.add(query, mask(*bits), self.factors);
            count += u16::from_le_bytes(*bits).count_ones() as i32;
        }
        shift(-count).wrapping_sub(sum_of_lanes(sums.joined()))
    }

    #[target_feature(enable = "relaxed-simd")]
    fn dots_in<S: Sums>(&self, rows: [Row<'_>; TILE]) -> [i32; TILE] {
        let [a, b, c, d] = rows.map(|row| row.values.as_chunks::<BLOCK>().0);
        let mut sums = [S::zero(); TILE];
        for ((((query, a), b), c), d) in self.blocks.iter().zip(a).zip(b).zip(c).zip(d) {
            sums[0] = sums[0].add(query, bytemuck::cast(*a), self.factors);
            sums[1] = sums[1].add(query, bytemuck::cast(*b), self.factors);
            sums[2] = sums[2].add(query, bytemuck::cast(*c), self.factors);
            sums[3] = sums[3].add(query, bytemuck::cast(*d), self.factors);
        }
        let [a, b, c, d] = sums.map(|sums| sums.joined());
        let [e, f, g, h] = rows.map(|row| shift(row.sum));
        lanes(i32x4_sub(totals([a, b, c, d]), i32x4(e, f, g, h)))
    }
}

/// The dot product of two rows.
#[target_feature(enable = "relaxed-simd")]
pub fn rows(a: Row<'_>, b: Row<'_>) -> i32 {
    let (a, _) = a.values.as_chunks::<BLOCK>();
    let (b, _) = b.values.as_chunks::<BLOCK>();
    let mut sum = i32x4_splat(0);
    for (a, b) in a.iter().zip(b) {
        let (a, b): (v128, v128) = (bytemuck::cast(*a), bytemuck::cast(*b));
        let negative = i8x16_lt(b, i8x16_splat(0));
        let signed = i8x16_sub(v128_xor(a, negative), negative);
        sum = i32x4_relaxed_dot_i8x16_i7x16_add(signed, i8x16_abs(b), sum);
    }
    sum_of_lanes(sum)
}

/// What [`HIGH_SHIFT`] adds to the product with a row, of whose components this is the sum. It may wrap, as the product
/// does; their difference is right.
#[inline(always)]
fn shift(sum: i32) -> i32 {
    sum.wrapping_mul(i32::from(HIGH_SHIFT) << LOW_BITS)
}
