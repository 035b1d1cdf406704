//! Plain loops, which LLVM vectorises.

use super::{BitBlock, Row, TILE};
use crate::index::vectors::low_bits::spread;

/// Lanes that LLVM maps to registers: 16 are half as fast on x86-64.
const LANES: usize = 32;

pub const NAME: &str = "portable";

/// A query as the kernel wants it.
#[derive(Clone, Debug)]
pub struct Operand(Vec<i16>);

impl Operand {
    pub fn new(values: &[i16]) -> Self {
        Self(values.to_vec())
    }

    pub fn dot(&self, row: Row<'_>) -> i32 {
        sum_of_products(&self.0, row.values)
    }

    pub fn dots(&self, rows: [Row<'_>; TILE]) -> [i32; TILE] {
        rows.map(|row| self.dot(row))
    }

    /// The sum of the components whose bit is set.
    pub fn dot_bits(&self, bits: &[BitBlock]) -> i32 {
        let (eights, _) = self.0.as_chunks::<8>();
        let bytes = eights.iter().zip(bits.as_flattened());
        bytes.map(|(query, bits)| sum_of_products(query, &spread(*bits))).sum()
    }
}

/// The dot product of two rows.
pub fn rows(a: Row<'_>, b: Row<'_>) -> i32 {
    sum_of_products(a.values, b.values)
}

/// The query's levels keep it within 32 bits, so the wrapping operations never wrap; they only keep overflow checks,
/// where those are on, from undoing the vectorisation.
#[inline(always)]
fn sum_of_products<A: Copy + Into<i32>, B: Copy + Into<i32>>(a: &[A], b: &[B]) -> i32 {
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    let mut lanes = [0i32; LANES];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            lanes[lane] = lanes[lane].wrapping_add(a[lane].into().wrapping_mul(b[lane].into()));
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| (*a).into().wrapping_mul((*b).into()));
    lanes.into_iter().chain(rest).fold(0, i32::wrapping_add)
}
