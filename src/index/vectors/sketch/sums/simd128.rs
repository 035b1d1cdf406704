//! Tables that fit a register are looked up in for sixteen rows at once.

use core::arch::wasm32::*;

use super::{LANES, Tables};

/// For each row of a group the sum of the components with the row's signs, and the excess of the tables.
#[inline]
pub fn sums(tables: &Tables, signs: &[[u8; LANES]]) -> [u16; LANES] {
    // Bytes are summed in pairs, and those of odd lanes once more alone, which is less than to widen both.
    let [mut pairs, mut odd] = [u16x8_splat(0); 2];
    for ([low, high], signs) in tables.0.iter().zip(signs) {
        let signs: v128 = bytemuck::cast(*signs);
        let low = u8x16_swizzle(bytemuck::cast(*low), v128_and(signs, u8x16_splat(15)));
        let high = u8x16_swizzle(bytemuck::cast(*high), u8x16_shr(signs, 4));
        let both = u8x16_add(low, high);
        pairs = u16x8_add(pairs, both);
        odd = u16x8_add(odd, u16x8_shr(both, 8));
    }
    let even = u16x8_sub(pairs, u16x8_shl(odd, 8));
    bytemuck::cast([even, odd])
}
