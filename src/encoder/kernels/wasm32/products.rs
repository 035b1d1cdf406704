//! The products of small integers that a set of kernels is made of.
//!
//! Every browser of the support matrix has simd128. It has no product of bytes, so there weights and activations are
//! kept in 16 bits. Relaxed SIMD adds products of bytes, and fused multiply-add. It is relaxed in what it does with
//! operands that [`Lanes`](super::Lanes) rules out, and in how often it rounds.

use core::arch::wasm32::*;
#[cfg(feature = "relaxed-simd")]
use std::hint::black_box;

/// Methods are those of [`Lanes`](super::Lanes).
pub trait Products: 'static + Sized {
    const PER_WORD: usize;
    const ACTIVATION_MAX: i32;

    fn mul_add(a: v128, b: v128, c: v128) -> v128;

    fn dot(activations: v128, weights: v128, sum: v128) -> v128;

    fn ones() -> v128 {
        i16x8_splat(1)
    }

    #[inline(always)]
    fn dots<const STEPS: usize>(
        activations: [v128; STEPS],
        weights: [v128; STEPS],
        _ones: v128,
        sum: v128,
    ) -> v128 {
        each::<Self, STEPS>(activations, weights, sum)
    }
}

/// Products of 16 bits.
#[cfg(not(feature = "relaxed-simd"))]
pub struct Words;

#[cfg(not(feature = "relaxed-simd"))]
impl Products for Words {
    const PER_WORD: usize = 2;
    const ACTIVATION_MAX: i32 = 127;

    #[inline(always)]
    fn mul_add(a: v128, b: v128, c: v128) -> v128 {
        f32x4_add(f32x4_mul(a, b), c)
    }

    #[inline(always)]
    fn dot(activations: v128, weights: v128, sum: v128) -> v128 {
        i32x4_add(sum, i32x4_dot_i16x8(weights, activations))
    }
}

/// Products of bytes: by the dot product that processors have for neural networks, which is one instruction for four products
/// a lane, or three where a processor, or an engine on it, has no such one; or in `PAIRS`.
///
/// These are sums of two products in 16 bits, which x86-64 has had since SSSE3. Two of them still fit 16 bits where activations
/// have a bit less (4 * 127 * 63 = 32,004), so that half of the instructions that widen them are saved.
#[cfg(feature = "relaxed-simd")]
pub struct Bytes<const PAIRS: bool>;

#[cfg(feature = "relaxed-simd")]
impl<const PAIRS: bool> Products for Bytes<PAIRS> {
    const PER_WORD: usize = 4;
    const ACTIVATION_MAX: i32 = if PAIRS { 63 } else { 127 };

    #[inline(always)]
    fn mul_add(a: v128, b: v128, c: v128) -> v128 {
        f32x4_relaxed_madd(a, b, c)
    }

    #[inline(always)]
    fn dot(activations: v128, weights: v128, sum: v128) -> v128 {
        i32x4_relaxed_dot_i8x16_i7x16_add(activations, weights, sum)
    }

    /// LLVM makes the dot product out of the instructions of pairs if it knows that these are ones.
    #[inline(always)]
    fn ones() -> v128 {
        if PAIRS { black_box(i16x8_splat(1)) } else { i16x8_splat(1) }
    }

    #[inline(always)]
    fn dots<const STEPS: usize>(
        activations: [v128; STEPS],
        weights: [v128; STEPS],
        ones: v128,
        mut sum: v128,
    ) -> v128 {
        if !PAIRS {
            return each::<Self, STEPS>(activations, weights, sum);
        }
        let pairs = |step: usize| i16x8_relaxed_dot_i8x16_i7x16(activations[step], weights[step]);
        for step in (0..STEPS).step_by(2) {
            sum = i32x4_add(sum, i32x4_dot_i16x8(i16x8_add(pairs(step), pairs(step + 1)), ones));
        }
        sum
    }
}

/// [`Products::dot`] of one step after the other.
#[inline(always)]
fn each<P: Products, const STEPS: usize>(
    activations: [v128; STEPS],
    weights: [v128; STEPS],
    sum: v128,
) -> v128 {
    (0..STEPS).fold(sum, |sum, step| P::dot(activations[step], weights[step], sum))
}
