//! The dot product of bytes that processors have for neural networks.
//!
//! One operand may have 7 bits only, without a sign: with a bit more, processors differ. A query of 14 bits is two such
//! operands, `128 x (high - 64) + low`; the 64 are taken back with the sum of the row's components. The product of two
//! rows moves the sign of one to the other.

use core::arch::wasm32::*;

use super::lanes::{lanes, mask, sum_of_lanes, totals};
use super::{BLOCK, BitBlock, Row, TILE};

const LOW_BITS: u32 = 7;
const HIGH_SHIFT: i16 = 64;

/// A query as the kernel wants it: for each block the high and the low bits.
#[derive(Clone, Debug)]
pub struct Operand(Vec<[v128; 2]>);

impl Operand {
    pub fn new(values: &[i16]) -> Self {
        let (blocks, _) = values.as_chunks::<BLOCK>();
        let high = |value: i16| ((value >> LOW_BITS) + HIGH_SHIFT) as i8;
        let low = |value: i16| (value & ((1 << LOW_BITS) - 1)) as i8;
        Self(blocks.iter().map(|block| [block.map(high), block.map(low)].map(bytemuck::cast)).collect())
    }

    #[target_feature(enable = "relaxed-simd")]
    pub fn dot(&self, row: Row<'_>) -> i32 {
        let (blocks, _) = row.values.as_chunks::<BLOCK>();
        let mut sums = Sums::zero();
        for (query, block) in self.0.iter().zip(blocks) {
            sums = sums.add(query, bytemuck::cast(*block));
        }
        sum_of_lanes(sums.joined()).wrapping_sub(shift(row.sum))
    }

    /// The sum of the components whose bit is set.
    #[target_feature(enable = "relaxed-simd")]
    pub fn dot_bits(&self, bits: &[BitBlock]) -> i32 {
        let (mut sums, mut count) = (Sums::zero(), 0);
        for (query, bits) in self.0.iter().zip(bits) {
            sums = sums.add(query, mask(*bits));
            count += u16::from_le_bytes(*bits).count_ones() as i32;
        }
        shift(-count).wrapping_sub(sum_of_lanes(sums.joined()))
    }

    #[target_feature(enable = "relaxed-simd")]
    pub fn dots(&self, rows: [Row<'_>; TILE]) -> [i32; TILE] {
        let [a, b, c, d] = rows.map(|row| row.values.as_chunks::<BLOCK>().0);
        let mut sums = [Sums::zero(); TILE];
        for ((((query, a), b), c), d) in self.0.iter().zip(a).zip(b).zip(c).zip(d) {
            sums[0] = sums[0].add(query, bytemuck::cast(*a));
            sums[1] = sums[1].add(query, bytemuck::cast(*b));
            sums[2] = sums[2].add(query, bytemuck::cast(*c));
            sums[3] = sums[3].add(query, bytemuck::cast(*d));
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

/// Sums of products with the high and the low bits.
#[derive(Clone, Copy)]
struct Sums {
    high: v128,
    low: v128,
}

impl Sums {
    #[inline(always)]
    fn zero() -> Self {
        Self { high: i32x4_splat(0), low: i32x4_splat(0) }
    }

    #[inline]
    #[target_feature(enable = "relaxed-simd")]
    fn add(self, query: &[v128; 2], row: v128) -> Self {
        Self {
            high: i32x4_relaxed_dot_i8x16_i7x16_add(row, query[0], self.high),
            low: i32x4_relaxed_dot_i8x16_i7x16_add(row, query[1], self.low),
        }
    }

    #[inline(always)]
    fn joined(self) -> v128 {
        i32x4_add(i32x4_shl(self.high, LOW_BITS), self.low)
    }
}

/// What [`HIGH_SHIFT`] adds to the product with a row, of whose components this is the sum. It may wrap, as the product
/// does; their difference is right.
#[inline(always)]
fn shift(sum: i32) -> i32 {
    sum.wrapping_mul(i32::from(HIGH_SHIFT) << LOW_BITS)
}
