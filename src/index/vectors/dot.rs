//! Sums of products of small integers, on the instructions that each build has. All builds give the same integers.
//!
//! Rows are padded with zeros to whole blocks of [`BLOCK`] components, so no kernel has a remainder to care about.

#[cfg(target_arch = "wasm32")]
mod lanes;
#[cfg(not(target_arch = "wasm32"))]
mod portable;
#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
mod relaxed;
#[cfg(all(target_arch = "wasm32", not(feature = "relaxed-simd")))]
mod simd128;

#[cfg(not(target_arch = "wasm32"))]
pub(super) use portable::{NAME, Operand, rows};
#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
pub(super) use relaxed::{Operand, choose, name, rows, use_named};
#[cfg(all(target_arch = "wasm32", not(feature = "relaxed-simd")))]
pub(super) use simd128::{NAME, Operand, rows};

/// There is nothing to choose.
#[cfg(not(all(target_arch = "wasm32", feature = "relaxed-simd")))]
pub(super) fn choose(_now: impl Fn() -> f64) {}

/// There is nothing to choose.
#[cfg(not(all(target_arch = "wasm32", feature = "relaxed-simd")))]
pub(super) fn use_named(_name: &str) {}

/// What is used.
#[cfg(not(all(target_arch = "wasm32", feature = "relaxed-simd")))]
pub(super) fn name() -> &'static str {
    NAME
}

/// Components in a SIMD register of bytes.
pub(super) const BLOCK: usize = 16;

/// Rows that are scored together, so that each piece of the query is loaded once for all of them.
pub(super) const TILE: usize = 4;

/// The bits of a block, the first in the lowest bit of the first byte.
pub(super) type BitBlock = [u8; BLOCK / 8];

/// The largest magnitude of a query's component: 14 bits with the sign, which two products of 7 bits can hold.
pub(super) const QUERY_LEVELS: i16 = 8191;

/// A row: the upper bits of its components, from -127 to 127 and padded, and their sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'v> {
    pub values: &'v [i8],
    pub sum: i32,
}

/// `dimensions` rounded up to whole blocks; `None` beyond the largest number.
pub(super) fn padded(dimensions: usize) -> Option<usize> {
    dimensions.checked_next_multiple_of(BLOCK)
}
