//! A query as sketches are compared with it.

use super::rotation::rotate;
use super::sums::{LANES, Tables, sums};
use super::{DEVIATIONS, DIMENSIONS, LARGEST};

/// The largest magnitude of a turned component: eight of them, each added to as much, fit a byte.
const LEVELS: f32 = 15.0;

/// Lanes in which products are summed, for registers.
const SUMS: usize = 16;

/// A query with tables of what any four signs add to the product with a row.
#[derive(Clone, Debug)]
pub struct SketchedQuery {
    vector: Vec<f32>,
    square: f32,
    tables: Tables,
    /// What one in a sum is worth.
    step: f32,
    /// What is added to each product: takes back what keeps sums positive, and allows for the error of rounding.
    offset: f32,
}

impl SketchedQuery {
    /// `None` for dimensions that cannot be sketched, components that are too large, and a query of zeros.
    pub fn new(vector: &[f32]) -> Option<Self> {
        if !DIMENSIONS.contains(&vector.len()) || !vector.iter().all(|x| x.abs() <= LARGEST) {
            return None;
        }
        let mut turned: Vec<[f32; 1]> = vector.iter().map(|x| [*x]).collect();
        rotate(&mut turned);
        let turned = turned.as_flattened();
        let largest = turned.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
        let step = largest / LEVELS;
        if !step.is_normal() {
            return None;
        }
        let levels: Vec<i8> = turned.iter().map(|x| (x / step).round_ties_even() as i8).collect();
        let rounded = turned.iter().zip(&levels).map(|(x, level)| x - f32::from(*level) * step);
        let rounding = rounded.map(|error| error * error).sum::<f32>().sqrt();
        let tables = Tables::new(&levels);
        let offset = DEVIATIONS * rounding - step * f32::from(tables.excess());
        let square = dot(vector, vector);
        Some(Self { vector: vector.to_vec(), square, tables, step, offset })
    }

    /// The square of the query's length.
    pub fn square(&self) -> f32 {
        self.square
    }

    /// The dot product with a vector.
    pub fn dot(&self, vector: &[f32]) -> f32 {
        dot(&self.vector, vector)
    }

    /// At most what the products are of the query and the signs of the rows of a group.
    #[inline]
    pub fn sums(&self, signs: &[[u8; LANES]]) -> [f32; LANES] {
        sums(&self.tables, signs).map(|sum| f32::from(sum) * self.step + self.offset)
    }
}

/// In an order that does not depend on the processor.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<SUMS>(), b.as_chunks::<SUMS>());
    let mut sums = [0.0; SUMS];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..SUMS {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.into_iter().chain(a_rest.iter().zip(b_rest).map(|(a, b)| a * b)).sum()
}
