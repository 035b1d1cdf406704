//! Products of 16 bits, which every browser of the support matrix has.

use core::arch::wasm32::*;

use super::lanes::{lanes, mask, sum_of_lanes, totals};
use super::{BLOCK, BitBlock, Row, TILE};

pub const NAME: &str = "simd128";

/// A query as the kernel wants it: two registers of 16 bits for each block.
#[derive(Clone, Debug)]
pub struct Operand(Vec<[v128; 2]>);

impl Operand {
    pub fn new(values: &[i16]) -> Self {
        let (blocks, _) = values.as_chunks::<BLOCK>();
        Self(blocks.iter().map(|block| bytemuck::cast(*block)).collect())
    }

    pub fn dot(&self, row: Row<'_>) -> i32 {
        let (blocks, _) = row.values.as_chunks::<BLOCK>();
        let pieces = self.0.iter().zip(blocks);
        let total =
            pieces.fold(i32x4_splat(0), |sum, (query, block)| add_products(sum, query, widened(block)));
        sum_of_lanes(total)
    }

    /// The sum of the components whose bit is set.
    pub fn dot_bits(&self, bits: &[BitBlock]) -> i32 {
        let pieces = self.0.iter().zip(bits);
        let total = pieces.fold(i32x4_splat(0), |sum, (query, bits)| {
            let mask = mask(*bits);
            add_products(sum, query, [i16x8_extend_low_i8x16(mask), i16x8_extend_high_i8x16(mask)])
        });
        -sum_of_lanes(total)
    }

    pub fn dots(&self, rows: [Row<'_>; TILE]) -> [i32; TILE] {
        let [a, b, c, d] = rows.map(|row| row.values.as_chunks::<BLOCK>().0);
        let mut sums = [i32x4_splat(0); TILE];
        for ((((query, a), b), c), d) in self.0.iter().zip(a).zip(b).zip(c).zip(d) {
            sums[0] = add_products(sums[0], query, widened(a));
            sums[1] = add_products(sums[1], query, widened(b));
            sums[2] = add_products(sums[2], query, widened(c));
            sums[3] = add_products(sums[3], query, widened(d));
        }
        lanes(totals(sums))
    }
}

/// The dot product of two rows.
pub fn rows(a: Row<'_>, b: Row<'_>) -> i32 {
    let (a, _) = a.values.as_chunks::<BLOCK>();
    let (b, _) = b.values.as_chunks::<BLOCK>();
    let pairs = a.iter().zip(b);
    let total = pairs.fold(i32x4_splat(0), |sum, (a, b)| add_products(sum, &widened(a), widened(b)));
    sum_of_lanes(total)
}

#[inline(always)]
fn add_products(sum: v128, query: &[v128; 2], [low, high]: [v128; 2]) -> v128 {
    i32x4_add(i32x4_add(sum, i32x4_dot_i16x8(query[0], low)), i32x4_dot_i16x8(query[1], high))
}

/// A block in 16 bits. LLVM makes each half one instruction that loads and widens, which is faster than to widen both halves
/// of what is loaded at once.
#[inline(always)]
fn widened(block: &[i8; BLOCK]) -> [v128; 2] {
    let (halves, _) = block.as_chunks::<{ BLOCK / 2 }>();
    let widen = |half: [i8; BLOCK / 2]| {
        i16x8_extend_low_i8x16(i64x2(i64::from_le_bytes(half.map(|value| value as u8)), 0))
    };
    [widen(halves[0]), widen(halves[1])]
}
