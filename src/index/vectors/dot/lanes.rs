//! Sums over the lanes of registers.

use core::arch::wasm32::*;

use super::BitBlock;

/// The sum of each of four registers.
#[inline(always)]
pub fn totals([a, b, c, d]: [v128; 4]) -> v128 {
    let pairs = |a, b| i32x4_add(i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
    let (ab, cd) = (pairs(a, b), pairs(c, d));
    i32x4_add(i64x2_shuffle::<0, 2>(ab, cd), i64x2_shuffle::<1, 3>(ab, cd))
}

#[inline(always)]
pub fn sum_of_lanes(register: v128) -> i32 {
    lanes(register).into_iter().fold(0, i32::wrapping_add)
}

#[inline(always)]
pub fn lanes(register: v128) -> [i32; 4] {
    bytemuck::cast(register)
}

/// -1 for each bit that is set, 0 for the others.
#[inline(always)]
pub fn mask(bits: BitBlock) -> v128 {
    let bits = u16x8_splat(u16::from_le_bytes(bits));
    let copies = i8x16_shuffle::<0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1>(bits, bits);
    let places = u8x16(1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
    i8x16_eq(v128_and(copies, places), places)
}
