//! WebAssembly's vectors of 128 bits, in sets that differ in their [`products`].

mod products;

use core::arch::wasm32::*;
use std::marker::PhantomData;

use super::lanes::{Lanes, Quad};
use products::Products;

pub struct Wasm<P>(PhantomData<P>);
#[cfg(not(feature = "relaxed-simd"))]
pub type Simd128 = Wasm<products::Words>;
#[cfg(feature = "relaxed-simd")]
pub type RelaxedDot = Wasm<products::Bytes<false>>;
#[cfg(feature = "relaxed-simd")]
pub type RelaxedPairs = Wasm<products::Bytes<true>>;

impl<P: Products> Lanes for Wasm<P> {
    type F32 = v128;
    type I32 = v128;
    const PER_WORD: usize = P::PER_WORD;
    const ACTIVATION_MAX: i32 = P::ACTIVATION_MAX;

    #[inline(always)]
    fn splat(value: f32) -> v128 {
        f32x4_splat(value)
    }

    #[inline(always)]
    fn load(values: &[f32; 4]) -> v128 {
        // SAFETY: the reference is to sixteen readable bytes, and the load needs no alignment.
        unsafe { v128_load(values.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(vector: v128, values: &mut [f32; 4]) {
        // SAFETY: the reference is to sixteen writable bytes, and the store needs no alignment.
        unsafe { v128_store(values.as_mut_ptr().cast(), vector) }
    }

    #[inline(always)]
    fn add(a: v128, b: v128) -> v128 {
        f32x4_add(a, b)
    }

    #[inline(always)]
    fn sub(a: v128, b: v128) -> v128 {
        f32x4_sub(a, b)
    }

    #[inline(always)]
    fn mul(a: v128, b: v128) -> v128 {
        f32x4_mul(a, b)
    }

    #[inline(always)]
    fn div(a: v128, b: v128) -> v128 {
        f32x4_div(a, b)
    }

    #[inline(always)]
    fn mul_add(a: v128, b: v128, c: v128) -> v128 {
        P::mul_add(a, b, c)
    }

    // The pseudo-minimum and -maximum are one instruction on x86, the others six; they differ for NaN and -0 only.
    #[inline(always)]
    fn min(a: v128, b: v128) -> v128 {
        f32x4_pmin(b, a)
    }

    #[inline(always)]
    fn max(a: v128, b: v128) -> v128 {
        f32x4_pmax(b, a)
    }

    #[inline(always)]
    fn abs(a: v128) -> v128 {
        f32x4_abs(a)
    }

    #[inline(always)]
    fn splat_i32(value: i32) -> v128 {
        i32x4_splat(value)
    }

    #[inline(always)]
    fn add_i32(a: v128, b: v128) -> v128 {
        i32x4_add(a, b)
    }

    #[inline(always)]
    fn sub_i32(a: v128, b: v128) -> v128 {
        i32x4_sub(a, b)
    }

    #[inline(always)]
    fn shift_left<const BITS: u32>(a: v128) -> v128 {
        i32x4_shl(a, BITS)
    }

    #[inline(always)]
    fn to_f32(a: v128) -> v128 {
        f32x4_convert_i32x4(a)
    }

    #[inline(always)]
    fn bits(a: v128) -> v128 {
        a
    }

    #[inline(always)]
    fn from_bits(a: v128) -> v128 {
        a
    }

    #[inline(always)]
    fn load_i32(values: &[i32; 4]) -> v128 {
        // SAFETY: the reference is to sixteen readable bytes, and the load needs no alignment.
        unsafe { v128_load(values.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store_i32(vector: v128, values: &mut [i32; 4]) {
        // SAFETY: the reference is to sixteen writable bytes, and the store needs no alignment.
        unsafe { v128_store(values.as_mut_ptr().cast(), vector) }
    }

    #[inline(always)]
    fn load_quad(quad: &Quad) -> v128 {
        // SAFETY: the reference is to sixteen readable bytes, aligned as a vector.
        unsafe { *std::ptr::from_ref(quad).cast::<v128>() }
    }

    #[inline(always)]
    fn splat_word(word: &u32) -> v128 {
        // SAFETY: the reference is to four readable bytes.
        unsafe { v128_load32_splat(word) }
    }

    #[inline(always)]
    fn dot(activations: v128, weights: v128, sum: v128) -> v128 {
        P::dot(activations, weights, sum)
    }

    #[inline(always)]
    fn ones() -> v128 {
        P::ones()
    }

    #[inline(always)]
    fn dots<const STEPS: usize>(
        activations: [v128; STEPS],
        weights: [v128; STEPS],
        ones: v128,
        sum: v128,
    ) -> v128 {
        P::dots(activations, weights, ones, sum)
    }

    #[inline(always)]
    fn pack([a, b, c, d]: [v128; 4], words: &mut [u32]) {
        let (low, high) = (i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d));
        let store = |vector, words: &mut [u32; 4]| {
            // SAFETY: the reference is to sixteen writable bytes, and the store needs no alignment.
            unsafe { v128_store(words.as_mut_ptr().cast(), vector) }
        };
        match words.as_chunks_mut().0 {
            [words] if P::PER_WORD == 4 => store(i8x16_narrow_i16x8(low, high), words),
            [first, second] if P::PER_WORD == 2 => {
                store(low, first);
                store(high, second);
            }
            _ => unreachable!("sixteen activations"),
        }
    }
}
