//! Vectors of neighbouring rows, which are allocated, copied and shared together.

use std::sync::{Arc, OnceLock};

use super::dot::Row;
use super::low_bits;
use super::run::StoredVector;
use super::sketch::Sketch;

/// The binary logarithm of [`BLOCK_ROWS`].
const SHIFT: u32 = 10;

/// Rows of a block: with 384 dimensions 450 KB, which is what a run of a few vectors has copied.
pub const BLOCK_ROWS: usize = 1 << SHIFT;

/// The scale of a row without a vector. What is scored with it is NaN and compares with nothing, so that the scan needs
/// no test of its own.
const MISSING: f32 = f32::NAN;

/// The vectors of up to [`BLOCK_ROWS`] rows, some of which may be missing.
#[derive(Clone)]
pub struct RowBlock {
    /// Components of a row of `values`: the dimensions, padded.
    stride: usize,
    /// Rows of the components' upper bits, each padded with zeros.
    values: Vec<i8>,
    /// Rows of the components' lowest bits, padded likewise.
    low_bits: Vec<u8>,
    /// The scale of each row, or [`MISSING`].
    scales: Vec<f32>,
    /// The sum of each row's values.
    sums: Vec<i32>,
    /// The signs of the vectors of each row's parts; `None` where there are none. Copies of the block share them.
    parts: Vec<Option<Arc<[u8]>>>,
    /// Made by the first search that needs it; `None` for dimensions that cannot be sketched.
    sketch: OnceLock<Option<Sketch>>,
}

/// The number of the block that holds `row`, and the place of the row there.
#[inline]
pub fn place(row: u32) -> (usize, usize) {
    ((row >> SHIFT) as usize, row as usize % BLOCK_ROWS)
}

impl RowBlock {
    /// No vectors, for `rows` rows of `stride` padded components; `None` where there is no room for them.
    pub fn new(rows: usize, stride: usize) -> Option<Self> {
        // An unchecked product could overflow on 32-bit targets.
        let size = rows.checked_mul(stride)?;
        let (mut values, mut low_bits) = (Vec::new(), Vec::new());
        values.try_reserve_exact(size).ok()?;
        low_bits.try_reserve_exact(size / 8).ok()?;
        values.resize(size, 0);
        low_bits.resize(size / 8, 0);
        let (scales, sums, parts) = (vec![MISSING; rows], vec![0; rows], vec![None; rows]);
        Some(Self { stride, values, low_bits, scales, sums, parts, sketch: OnceLock::new() })
    }

    /// The number of rows, with and without a vector.
    pub fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Whether the row has a vector; `false` beyond the last row.
    pub fn contains(&self, place: usize) -> bool {
        self.scales.get(place).is_some_and(|scale| !scale.is_nan())
    }

    /// Gives the row a vector.
    pub fn set(&mut self, place: usize, vector: StoredVector<'_>) {
        let start = place * self.stride;
        self.values[start..start + vector.values.len()].copy_from_slice(vector.values);
        self.low_bits[start / 8..start / 8 + vector.low_bits.len()].copy_from_slice(vector.low_bits);
        self.sums[place] = vector.values.iter().map(|value| i32::from(*value)).sum();
        self.scales[place] = vector.scale;
        self.parts[place] = (!vector.parts.is_empty()).then(|| vector.parts.into());
        self.sketch = OnceLock::new();
    }

    /// The upper bits of the row; zeros where it has no vector.
    #[inline]
    pub fn row(&self, place: usize) -> Row<'_> {
        let start = place * self.stride;
        Row { values: &self.values[start..start + self.stride], sum: self.sums[place] }
    }

    /// The lowest bits of the row, padded as its values are.
    pub fn low_bits(&self, place: usize) -> &[u8] {
        let bytes = self.stride / 8;
        &self.low_bits[place * bytes..][..bytes]
    }

    /// The scale of the row; NaN where it has no vector.
    #[inline]
    pub fn scale(&self, place: usize) -> f32 {
        self.scales[place]
    }

    /// The signs of the vectors of the row's parts; empty where it has none.
    pub fn parts(&self, place: usize) -> &[u8] {
        self.parts[place].as_deref().unwrap_or_default()
    }

    /// The sketches of all rows, of so many components without padding.
    pub fn sketch(&self, dimensions: usize) -> Option<&Sketch> {
        self.sketch.get_or_init(|| Sketch::new(self, dimensions)).as_ref()
    }

    /// The vector of the row without padding.
    pub fn vector(&self, place: usize, dimensions: usize) -> StoredVector<'_> {
        StoredVector {
            scale: self.scale(place),
            values: &self.row(place).values[..dimensions],
            low_bits: &self.low_bits(place)[..low_bits::bytes(dimensions)],
            parts: self.parts(place),
        }
    }
}
