//! SSE2, which every x86-64 processor has: what runs natively there. There is no product of bytes in it, so weights and
//! activations are kept in 16 bits.

use core::arch::x86_64::*;

use super::lanes::{Lanes, Quad};

/// An instruction of SSE2.
macro_rules! sse2 {
    ($call:expr) => {
        // SAFETY: every x86-64 processor has SSE2.
        unsafe { $call }
    };
}

pub struct Sse2;

impl Lanes for Sse2 {
    type F32 = __m128;
    type I32 = __m128i;
    const PER_WORD: usize = 2;
    const ACTIVATION_MAX: i32 = 127;

    #[inline(always)]
    fn splat(value: f32) -> __m128 {
        sse2!(_mm_set1_ps(value))
    }

    #[inline(always)]
    fn load(values: &[f32; 4]) -> __m128 {
        // SAFETY: the reference is to sixteen readable bytes, and the load needs no alignment.
        unsafe { _mm_loadu_ps(values.as_ptr()) }
    }

    #[inline(always)]
    fn store(vector: __m128, values: &mut [f32; 4]) {
        // SAFETY: the reference is to sixteen writable bytes, and the store needs no alignment.
        unsafe { _mm_storeu_ps(values.as_mut_ptr(), vector) }
    }

    #[inline(always)]
    fn add(a: __m128, b: __m128) -> __m128 {
        sse2!(_mm_add_ps(a, b))
    }

    #[inline(always)]
    fn sub(a: __m128, b: __m128) -> __m128 {
        sse2!(_mm_sub_ps(a, b))
    }

    #[inline(always)]
    fn mul(a: __m128, b: __m128) -> __m128 {
        sse2!(_mm_mul_ps(a, b))
    }

    #[inline(always)]
    fn div(a: __m128, b: __m128) -> __m128 {
        sse2!(_mm_div_ps(a, b))
    }

    #[inline(always)]
    fn mul_add(a: __m128, b: __m128, c: __m128) -> __m128 {
        sse2!(_mm_add_ps(_mm_mul_ps(a, b), c))
    }

    #[inline(always)]
    fn min(a: __m128, b: __m128) -> __m128 {
        sse2!(_mm_min_ps(a, b))
    }

    #[inline(always)]
    fn max(a: __m128, b: __m128) -> __m128 {
        sse2!(_mm_max_ps(a, b))
    }

    #[inline(always)]
    fn abs(a: __m128) -> __m128 {
        sse2!(_mm_andnot_ps(_mm_set1_ps(-0.0), a))
    }

    #[inline(always)]
    fn splat_i32(value: i32) -> __m128i {
        sse2!(_mm_set1_epi32(value))
    }

    #[inline(always)]
    fn add_i32(a: __m128i, b: __m128i) -> __m128i {
        sse2!(_mm_add_epi32(a, b))
    }

    #[inline(always)]
    fn sub_i32(a: __m128i, b: __m128i) -> __m128i {
        sse2!(_mm_sub_epi32(a, b))
    }

    #[inline(always)]
    fn shift_left<const BITS: u32>(a: __m128i) -> __m128i {
        sse2!(_mm_sll_epi32(a, _mm_cvtsi32_si128(BITS as i32)))
    }

    #[inline(always)]
    fn to_f32(a: __m128i) -> __m128 {
        sse2!(_mm_cvtepi32_ps(a))
    }

    #[inline(always)]
    fn bits(a: __m128) -> __m128i {
        sse2!(_mm_castps_si128(a))
    }

    #[inline(always)]
    fn from_bits(a: __m128i) -> __m128 {
        sse2!(_mm_castsi128_ps(a))
    }

    #[inline(always)]
    fn load_i32(values: &[i32; 4]) -> __m128i {
        // SAFETY: the reference is to sixteen readable bytes, and the load needs no alignment.
        unsafe { _mm_loadu_si128(values.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store_i32(vector: __m128i, values: &mut [i32; 4]) {
        // SAFETY: the reference is to sixteen writable bytes, and the store needs no alignment.
        unsafe { _mm_storeu_si128(values.as_mut_ptr().cast(), vector) }
    }

    #[inline(always)]
    fn load_quad(quad: &Quad) -> __m128i {
        // SAFETY: the reference is to sixteen readable bytes, aligned as a vector.
        unsafe { _mm_load_si128(std::ptr::from_ref(quad).cast()) }
    }

    #[inline(always)]
    fn splat_word(word: &u32) -> __m128i {
        sse2!(_mm_set1_epi32(word.cast_signed()))
    }

    #[inline(always)]
    fn dot(activations: __m128i, weights: __m128i, sum: __m128i) -> __m128i {
        sse2!(_mm_add_epi32(sum, _mm_madd_epi16(weights, activations)))
    }

    #[inline(always)]
    fn pack([a, b, c, d]: [__m128i; 4], words: &mut [u32]) {
        let (halves, _) = words.as_chunks_mut::<4>();
        for (words, half) in
            halves.iter_mut().zip([sse2!(_mm_packs_epi32(a, b)), sse2!(_mm_packs_epi32(c, d))])
        {
            // SAFETY: the reference is to sixteen writable bytes, and the store needs no alignment.
            unsafe { _mm_storeu_si128(words.as_mut_ptr().cast(), half) }
        }
    }
}
