//! Plain Rust: the oracle of the other instruction sets, and what runs where there is none of them.

use std::array::from_fn;

use super::lanes::{Lanes, Quad};

/// With activations of so many bits.
pub struct Portable<const ACTIVATION_BITS: u32>;

impl<const ACTIVATION_BITS: u32> Lanes for Portable<ACTIVATION_BITS> {
    type F32 = [f32; 4];
    type I32 = [i32; 4];
    const PER_WORD: usize = 4;
    const ACTIVATION_MAX: i32 = (1 << (ACTIVATION_BITS - 1)) - 1;

    #[inline(always)]
    fn splat(value: f32) -> [f32; 4] {
        [value; 4]
    }

    #[inline(always)]
    fn load(values: &[f32; 4]) -> [f32; 4] {
        *values
    }

    #[inline(always)]
    fn store(vector: [f32; 4], values: &mut [f32; 4]) {
        *values = vector;
    }

    #[inline(always)]
    fn add(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        from_fn(|lane| a[lane] + b[lane])
    }

    #[inline(always)]
    fn sub(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        from_fn(|lane| a[lane] - b[lane])
    }

    #[inline(always)]
    fn mul(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        from_fn(|lane| a[lane] * b[lane])
    }

    #[inline(always)]
    fn div(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        from_fn(|lane| a[lane] / b[lane])
    }

    #[inline(always)]
    fn mul_add(a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        from_fn(|lane| a[lane] * b[lane] + c[lane])
    }

    #[inline(always)]
    fn min(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        from_fn(|lane| if a[lane] < b[lane] { a[lane] } else { b[lane] })
    }

    #[inline(always)]
    fn max(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        from_fn(|lane| if a[lane] > b[lane] { a[lane] } else { b[lane] })
    }

    #[inline(always)]
    fn abs(a: [f32; 4]) -> [f32; 4] {
        a.map(f32::abs)
    }

    #[inline(always)]
    fn splat_i32(value: i32) -> [i32; 4] {
        [value; 4]
    }

    #[inline(always)]
    fn add_i32(a: [i32; 4], b: [i32; 4]) -> [i32; 4] {
        from_fn(|lane| a[lane].wrapping_add(b[lane]))
    }

    #[inline(always)]
    fn sub_i32(a: [i32; 4], b: [i32; 4]) -> [i32; 4] {
        from_fn(|lane| a[lane].wrapping_sub(b[lane]))
    }

    #[inline(always)]
    fn shift_left<const BITS: u32>(a: [i32; 4]) -> [i32; 4] {
        a.map(|lane| lane << BITS)
    }

    #[inline(always)]
    fn to_f32(a: [i32; 4]) -> [f32; 4] {
        a.map(|lane| lane as f32)
    }

    #[inline(always)]
    fn bits(a: [f32; 4]) -> [i32; 4] {
        a.map(|lane| lane.to_bits() as i32)
    }

    #[inline(always)]
    fn from_bits(a: [i32; 4]) -> [f32; 4] {
        a.map(|lane| f32::from_bits(lane as u32))
    }

    #[inline(always)]
    fn load_i32(values: &[i32; 4]) -> [i32; 4] {
        *values
    }

    #[inline(always)]
    fn store_i32(vector: [i32; 4], values: &mut [i32; 4]) {
        *values = vector;
    }

    #[inline(always)]
    fn load_quad(quad: &Quad) -> [i32; 4] {
        quad.0.map(|word| word as i32)
    }

    #[inline(always)]
    fn splat_word(word: &u32) -> [i32; 4] {
        [*word as i32; 4]
    }

    #[inline(always)]
    fn dot(activations: [i32; 4], weights: [i32; 4], sum: [i32; 4]) -> [i32; 4] {
        let bytes = |word: i32| word.to_le_bytes().map(|byte| i32::from(byte as i8));
        from_fn(|lane| {
            let (a, w) = (bytes(activations[lane]), bytes(weights[lane]));
            sum[lane] + (a[0] * w[0] + a[1] * w[1]) + (a[2] * w[2] + a[3] * w[3])
        })
    }

    #[inline(always)]
    fn pack(values: [[i32; 4]; 4], words: &mut [u32]) {
        for (word, four) in words.iter_mut().zip(values) {
            *word = u32::from_le_bytes(four.map(|value| value as u8));
        }
    }
}
