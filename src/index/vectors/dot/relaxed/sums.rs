//! Sums of products with the high and the low bits of a query.

use core::arch::wasm32::*;
use std::hint::black_box;

use super::LOW_BITS;

/// Sums in four lanes.
pub trait Sums: Copy {
    fn zero() -> Self;

    /// Adds the products of a row's block with the query's.
    fn add(self, query: &[v128; 2], row: v128, factors: Factors) -> Self;

    /// Those with the high bits, times 128, and those with the low bits.
    fn joined(self) -> v128;
}

/// What products with the high and with the low bits are worth, in 16 bits.
#[derive(Clone, Copy, Debug)]
pub struct Factors {
    high: v128,
    low: v128,
}

impl Factors {
    /// LLVM must not know them: it makes the dot product of [`Dots`] out of the instructions of [`Pairs`] if it does.
    pub fn hidden() -> Self {
        Self { high: black_box(i16x8_splat(1 << LOW_BITS)), low: black_box(i16x8_splat(1)) }
    }
}

/// By dot products of four bytes.
#[derive(Clone, Copy)]
pub struct Dots {
    high: v128,
    low: v128,
}

impl Sums for Dots {
    #[inline(always)]
    fn zero() -> Self {
        Self { high: i32x4_splat(0), low: i32x4_splat(0) }
    }

    #[inline(always)]
    fn add(self, query: &[v128; 2], row: v128, _: Factors) -> Self {
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

/// By sums of two products, of 16 bits each: at most 2 * 127 * 127.
#[derive(Clone, Copy)]
pub struct Pairs(v128);

impl Sums for Pairs {
    #[inline(always)]
    fn zero() -> Self {
        Self(i32x4_splat(0))
    }

    #[inline(always)]
    fn add(self, query: &[v128; 2], row: v128, factors: Factors) -> Self {
        let high = i32x4_dot_i16x8(i16x8_relaxed_dot_i8x16_i7x16(row, query[0]), factors.high);
        let low = i32x4_dot_i16x8(i16x8_relaxed_dot_i8x16_i7x16(row, query[1]), factors.low);
        Self(i32x4_add(i32x4_add(self.0, high), low))
    }

    #[inline(always)]
    fn joined(self) -> v128 {
        self.0
    }
}
