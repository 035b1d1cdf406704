//! How many products of small integers a processor makes in this build, with operands that stay in registers: what linear
//! layers would reach if they loaded nothing, and did nothing else.

use std::array::from_fn;
use std::hint::black_box;

use core::arch::wasm32::*;
use wasm_bindgen::prelude::*;

use super::now;

/// Sums that do not wait for each other: enough to hide how long a product takes, and they fit into V8's fifteen registers.
const SUMS: usize = 10;
/// How often each of them is added to in one turn, which takes some milliseconds.
const STEPS: usize = 1 << 20;
/// Engines compile a function anew when it has run for a while, and turns are disturbed: the best one counts.
const TURNS: usize = 30;

/// The most products a second, by any of the ways in which the kernels of this build multiply.
#[wasm_bindgen]
pub fn peak() -> f64 {
    ways().into_iter().map(|(products, turn)| fastest(products, turn)).fold(0.0, f64::max)
}

/// A turn, which takes two vectors of factors and returns its sums.
type Turn = fn(v128, v128) -> [v128; SUMS];

fn fastest(products: usize, turn: Turn) -> f64 {
    let times = (0..TURNS).map(|_| {
        let start = now();
        black_box(turn(black_box(i8x16_splat(3)), black_box(i8x16_splat(5))));
        now() - start
    });
    let milliseconds = times.fold(f64::INFINITY, f64::min);
    (products * SUMS * STEPS) as f64 / milliseconds * 1e3
}

// A sum is a factor, too, so that no product can be taken out of the loop.

/// Turns with the products that each of their steps makes.
#[cfg(not(feature = "relaxed-simd"))]
fn ways() -> [(usize, Turn); 1] {
    fn words(a: v128, _: v128) -> [v128; SUMS] {
        let mut sums: [v128; SUMS] = from_fn(|at| i32x4_splat(at as i32));
        for _ in 0..STEPS {
            sums = sums.map(|sum| i32x4_add(sum, i32x4_dot_i16x8(sum, a)));
        }
        sums
    }
    [(8, words)]
}

/// Turns with the products that each of their steps makes.
#[cfg(feature = "relaxed-simd")]
fn ways() -> [(usize, Turn); 2] {
    #[target_feature(enable = "relaxed-simd")]
    fn bytes(a: v128, _: v128) -> [v128; SUMS] {
        let mut sums: [v128; SUMS] = from_fn(|at| i32x4_splat(at as i32));
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = i32x4_relaxed_dot_i8x16_i7x16_add(*sum, a, *sum);
            }
        }
        sums
    }
    #[target_feature(enable = "relaxed-simd")]
    fn pairs(a: v128, b: v128) -> [v128; SUMS] {
        let ones = black_box(i16x8_splat(1));
        let mut sums: [v128; SUMS] = from_fn(|at| i32x4_splat(at as i32));
        for _ in 0..STEPS {
            for sum in &mut sums {
                let pairs =
                    i16x8_add(i16x8_relaxed_dot_i8x16_i7x16(*sum, a), i16x8_relaxed_dot_i8x16_i7x16(*sum, b));
                *sum = i32x4_add(*sum, i32x4_dot_i16x8(pairs, ones));
            }
        }
        sums
    }
    [(16, |a, b| bytes(a, b)), (32, |a, b| pairs(a, b))]
}
