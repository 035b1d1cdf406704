//! Floats to small integers: rows to 8 bits, queries to 14.

use super::dot::{self, Operand};

/// The largest magnitude of a row's component.
const ROW_LEVELS: f32 = 127.0;

/// Appends the components of `vector` as small integers, the largest at 127, rounded to nearest, and returns their
/// scale. All components must be finite.
pub(super) fn quantise_row(vector: &[f32], values: &mut Vec<i8>) -> f32 {
    let start = values.len();
    let inverse = reciprocal(largest(vector) / ROW_LEVELS);
    // `as` saturates, and a subnormal scale whose reciprocal is infinite gives at most ±127 after the clamp.
    let level = |x: &f32| (x * inverse).round_ties_even().clamp(-ROW_LEVELS, ROW_LEVELS) as i8;
    values.extend(vector.iter().map(level));
    least_squares_scale(vector, &values[start..])
}

/// The scale that leaves no error along the vector itself. Rounding alone makes some vectors a little longer and some
/// shorter, which among 100,000 costs one hit in 500.
fn least_squares_scale(vector: &[f32], values: &[i8]) -> f32 {
    let (product, square) = vector.iter().zip(values).fold((0.0, 0.0), |(product, square), (x, value)| {
        let value = f64::from(*value);
        (product + f64::from(*x) * value, square + value * value)
    });
    if square > 0.0 { (product / square) as f32 } else { 0.0 }
}

/// A query in up to 14 bits: fine enough that the error of a cosine stays below 1e-4.
#[derive(Clone, Debug)]
pub struct QuantisedQuery {
    dimensions: usize,
    scale: f32,
    operand: Operand,
}

impl QuantisedQuery {
    /// Quantises a query, whose components are finite.
    pub fn new(query: &[f32]) -> Self {
        let levels = Self::levels(query.len());
        let scale = largest(query) / levels;
        let inverse = reciprocal(scale);
        let level = |x: &f32| (x * inverse).round_ties_even().clamp(-levels, levels) as i16;
        let mut values: Vec<i16> = query.iter().map(level).collect();
        values.resize(dot::padded(query.len()).unwrap_or(query.len()), 0);
        Self { dimensions: query.len(), scale, operand: Operand::new(&values) }
    }

    /// Components of the query.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub(super) fn operand(&self) -> &Operand {
        &self.operand
    }

    pub(super) fn scale(&self) -> f32 {
        self.scale
    }

    /// The largest magnitude that cannot overflow 32 bits in a sum of `dimensions` products with 8 bits: 14 bits with
    /// the sign up to 2,048 dimensions, 13 at 4,096.
    fn levels(dimensions: usize) -> f32 {
        let bound = i32::MAX as usize / (128 * dimensions.max(1));
        bound.clamp(1, dot::QUERY_LEVELS as usize) as f32
    }
}

/// The dot product of two vectors from that of their components, in units of `a` and `b`: one rounding in the product
/// of the scales, one in the conversion and one in the last product, so the same on every processor. Never -0, which
/// would rank behind 0, and NaN only if a scale is.
#[inline]
pub(super) fn scaled(dot: i32, a: f32, b: f32) -> f32 {
    let unit = a * b;
    // Infinity times 0 would be NaN.
    let unit = if unit > f32::MAX { f32::MAX } else { unit };
    dot as f32 * unit + 0.0
}

fn reciprocal(scale: f32) -> f32 {
    if scale > 0.0 { scale.recip() } else { 0.0 }
}

fn largest(vector: &[f32]) -> f32 {
    vector.iter().fold(0.0, |largest, component| component.abs().max(largest))
}
