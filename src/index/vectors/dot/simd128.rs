//! Products of 16 bits, which every browser of the support matrix has.

use core::arch::wasm32::*;

use super::lanes::{lanes, mask, sum_of_lanes, totals};
use super::{BLOCK, BitBlock, Row, TILE};

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
        let total = pieces
            .fold(i32x4_splat(0), |sum, (query, block)| add_products(sum, query, bytemuck::cast(*block)));
        sum_of_lanes(total)
    }

    /// The sum of the components whose bit is set.
    pub fn dot_bits(&self, bits: &[BitBlock]) -> i32 {
        let pieces = self.0.iter().zip(bits);
        let total = pieces.fold(i32x4_splat(0), |sum, (query, bits)| add_products(sum, query, mask(*bits)));
        -sum_of_lanes(total)
    }

    pub fn dots(&self, rows: [Row<'_>; TILE]) -> [i32; TILE] {
        let [a, b, c, d] = rows.map(|row| row.values.as_chunks::<BLOCK>().0);
        let mut sums = [i32x4_splat(0); TILE];
        for ((((query, a), b), c), d) in self.0.iter().zip(a).zip(b).zip(c).zip(d) {
            sums[0] = add_products(sums[0], query, bytemuck::cast(*a));
            sums[1] = add_products(sums[1], query, bytemuck::cast(*b));
            sums[2] = add_products(sums[2], query, bytemuck::cast(*c));
            sums[3] = add_products(sums[3], query, bytemuck::cast(*d));
        }
        lanes(totals(sums))
    }
}

/// The dot product of two rows.
pub fn rows(a: Row<'_>, b: Row<'_>) -> i32 {
    let (a, _) = a.values.as_chunks::<BLOCK>();
    let (b, _) = b.values.as_chunks::<BLOCK>();
    let pairs = a.iter().zip(b);
    let total = pairs.fold(i32x4_splat(0), |sum, (a, b)| {
        add_products(sum, &widened(bytemuck::cast(*a)), bytemuck::cast(*b))
    });
    sum_of_lanes(total)
}

#[inline(always)]
fn add_products(sum: v128, query: &[v128; 2], row: v128) -> v128 {
    let [low, high] = widened(row);
    i32x4_add(i32x4_add(sum, i32x4_dot_i16x8(query[0], low)), i32x4_dot_i16x8(query[1], high))
}

#[inline(always)]
fn widened(row: v128) -> [v128; 2] {
    [i16x8_extend_low_i8x16(row), i16x8_extend_high_i8x16(row)]
}
