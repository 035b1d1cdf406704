//! Floats to small integers: rows to 9 bits, queries to 14.

use std::sync::OnceLock;

use super::dot::{self, Operand, Row};
use super::low_bits;
use super::sketch::SketchedQuery;

/// The largest magnitude of a row's component.
const ROW_LEVELS: f32 = 254.0;

/// Appends the components of `vector` as small integers, the largest at 254, rounded to nearest: the upper 8 bits of each
/// to `values`, the lowest to `low_bits`, in whole bytes. Returns their scale. All components must be finite.
pub(super) fn quantise_row(vector: &[f32], values: &mut Vec<i8>, low_bits: &mut Vec<u8>) -> f32 {
    let inverse = reciprocal(largest(vector) / ROW_LEVELS);
    // `as` saturates, and a subnormal scale whose reciprocal is infinite gives at most ±254 after the clamp.
    let level = |x: &f32| (x * inverse).round_ties_even().clamp(-ROW_LEVELS, ROW_LEVELS) as i16;
    let components: Vec<i16> = vector.iter().map(level).collect();
    values.extend(components.iter().map(|component| (component >> 1) as i8));
    low_bits.extend(low_bits::pack(&components));
    least_squares_scale(vector, &components)
}

/// The scale that leaves no error along the vector itself. Rounding alone makes some vectors a little longer and some
/// shorter, which among 100,000 costs one hit in 500.
fn least_squares_scale(vector: &[f32], components: &[i16]) -> f32 {
    let (product, square) =
        vector.iter().zip(components).fold((0.0, 0.0), |(product, square), (x, level)| {
            let level = f64::from(*level);
            (product + f64::from(*x) * level, square + level * level)
        });
    if square > 0.0 { (product / square) as f32 } else { 0.0 }
}

/// A query in up to 14 bits: fine enough that the error of a cosine stays below 1e-4.
#[derive(Clone, Debug)]
pub struct QuantisedQuery {
    scale: f32,
    operand: Operand,
    /// The least and the greatest that the lowest bits of a row can add to a dot product.
    low_least: i32,
    low_most: i32,
    vector: Vec<f32>,
    /// Made by the first scan that needs it; `None` for a query that cannot be compared with sketches.
    sketched: OnceLock<Option<SketchedQuery>>,
}

impl QuantisedQuery {
    /// Quantises a query, whose components are finite.
    pub fn new(query: &[f32]) -> Self {
        let levels = Self::levels(query.len());
        let scale = largest(query) / levels;
        let inverse = reciprocal(scale);
        let level = |x: &f32| (x * inverse).round_ties_even().clamp(-levels, levels) as i16;
        let mut values: Vec<i16> = query.iter().map(level).collect();
        let low_least = values.iter().map(|value| i32::from(*value).min(0)).sum();
        let low_most = values.iter().map(|value| i32::from(*value).max(0)).sum();
        values.resize(dot::padded(query.len()).unwrap_or(query.len()), 0);
        Self {
            scale,
            operand: Operand::new(&values),
            low_least,
            low_most,
            vector: query.to_vec(),
            sketched: OnceLock::new(),
        }
    }

    /// Components of the query.
    pub fn dimensions(&self) -> usize {
        self.vector.len()
    }

    /// The query as sketches of rows are compared with it, if it can be.
    pub(super) fn sketched(&self) -> Option<&SketchedQuery> {
        self.sketched.get_or_init(|| SketchedQuery::new(&self.vector)).as_ref()
    }

    pub(super) fn operand(&self) -> &Operand {
        &self.operand
    }

    /// The dot product with a row, by all its bits. `low_bits` are padded as the row is.
    pub(super) fn score(&self, row: Row<'_>, low_bits: &[u8], scale: f32) -> f32 {
        let (low_bits, _) = low_bits.as_chunks();
        scaled(2 * self.operand.dot(row) + self.operand.dot_bits(low_bits), scale, self.scale)
    }

    /// What the dot product with a row is at least and at most, whose upper bits alone give `dot`.
    #[inline]
    pub(super) fn bounds(&self, dot: i32, scale: f32) -> (f32, f32) {
        let with_low = |low| scaled(2 * dot + low, scale, self.scale);
        (with_low(self.low_least), with_low(self.low_most))
    }

    /// About the dot product with a row, whose upper bits alone give `dot`: the lowest bits are taken for a half.
    #[inline]
    pub(super) fn estimate(&self, dot: i32, scale: f32) -> f32 {
        scaled(2 * dot + (self.low_least + self.low_most) / 2, scale, self.scale)
    }

    /// The largest magnitude that cannot overflow 32 bits in a sum of `dimensions` products with 9 bits: 14 bits with
    /// the sign up to 1,024 dimensions, 12 at 4,096.
    fn levels(dimensions: usize) -> f32 {
        let bound = i32::MAX as usize / 256 / dimensions.max(1);
        bound.clamp(1, dot::QUERY_LEVELS as usize) as f32
    }
}

/// The dot product of two vectors from that of their components, in units of `a` and `b`: one rounding in the product
/// of the scales, one in the conversion and one in the last product, so the same on every processor. Never -0, which
/// would rank behind 0, and NaN only if a scale is.
#[inline]
fn scaled(dot: i32, a: f32, b: f32) -> f32 {
    dot as f32 * unit(a, b) + 0.0
}

/// What a product of 1 is worth, of components in units of `a` and `b`.
#[inline]
pub(super) fn unit(a: f32, b: f32) -> f32 {
    let unit = a * b;
    // Infinity times 0 would be NaN.
    if unit > f32::MAX { f32::MAX } else { unit }
}

fn reciprocal(scale: f32) -> f32 {
    if scale > 0.0 { scale.recip() } else { 0.0 }
}

fn largest(vector: &[f32]) -> f32 {
    vector.iter().fold(0.0, |largest, component| component.abs().max(largest))
}
