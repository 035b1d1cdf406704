//! Sketches of rows, one bit for each component: bounds of all scores of a block at a third of what the upper bits cost.
//!
//! After [Gao and Long](https://arxiv.org/abs/2405.12497) (RaBitQ). What a row differs by from the centre of its block is turned at
//! random, so that no component counts more than others whatever the model, and of each component the sign is kept. The
//! product of the query with the signs, weighted so that there is no bias, estimates the score. The error is nearly
//! normally distributed, and the row knows its deviation: a bound of [`DEVIATIONS`] of them is wrong for one row in
//! some hundreds of those that score just that much, and hardly ever for those that score higher.
//!
//! Sketches are made of stored vectors by the first search that needs them, and never stored.

mod query;
mod rotation;
mod sums;

pub use query::SketchedQuery;

use super::row_block::RowBlock;
use rotation::rotate;
use sums::{LANES, lane};

/// How many standard deviations of the error a bound is away from the estimate. With 2.5 a scan finds 0.999 and more of the
/// forty best, with 2 down to 0.994; with 3 a third to a half more rows are scored by all bits. ARCHITECTURE.md has the shares.
const DEVIATIONS: f32 = 2.5;

/// Dimensions of vectors that can be sketched: with fewer the errors are as large as the differences between rows, with more
/// a sum would not fit 16 bits.
const DIMENSIONS: std::ops::RangeInclusive<usize> = 128..=2048;

/// Components beyond this, in either direction, could overflow a sum of products.
const LARGEST: f32 = (1u32 << 20) as f32;

/// Rows whose bounds are found together.
pub const GROUP: usize = LANES;

/// The sketches of a block's rows.
#[derive(Clone)]
pub struct Sketch {
    /// The mean of the rows.
    centre: Vec<f32>,
    /// The square of its length.
    square: f32,
    /// For each group of rows and each eight components the signs: a byte a row, at [`lane`], with the first component in the
    /// lowest bit; set where it is negative.
    signs: Vec<[u8; LANES]>,
    groups: Vec<Weights>,
}

/// What turns sums of a query's components with the signs of a row into a bound of the row's score.
#[derive(Clone)]
struct Weights {
    /// What one in the sum is worth.
    slope: [f32; LANES],
    /// What the centre adds; [`f32::MAX`] where nothing is known, negatively infinite where there is no vector.
    base: [f32; LANES],
    /// The deviation of the error, of a query at the distance 1 from the centre.
    error: [f32; LANES],
}

impl Sketch {
    /// Sketches the rows of a block, as far as they have a vector. `None` for dimensions that cannot be.
    pub fn new(block: &RowBlock, dimensions: usize) -> Option<Self> {
        if !DIMENSIONS.contains(&dimensions) {
            return None;
        }
        let centre = centre(block, dimensions);
        let mut rotated: Vec<[f32; 1]> = centre.iter().map(|x| [*x]).collect();
        rotate(&mut rotated);
        let group_count = block.rows().div_ceil(GROUP);
        let mut signs = Vec::with_capacity(group_count * dimensions.div_ceil(8));
        let mut groups = Vec::with_capacity(group_count);
        let mut columns = vec![[0.0; LANES]; dimensions];
        for group in 0..group_count {
            columns.fill([0.0; LANES]);
            let places = group * GROUP..block.rows().min((group + 1) * GROUP);
            for (lane, place) in places.clone().enumerate().filter(|(_, place)| block.contains(*place)) {
                for ((column, x), mean) in columns.iter_mut().zip(components(block, place)).zip(&centre) {
                    column[lane] = x - mean;
                }
            }
            rotate(&mut columns);
            signs.extend(columns.chunks(8).map(signs_of));
            let mut weights = Weights::new(&columns, rotated.as_flattened());
            weights.mark(|lane| places.start + lane < places.end && block.contains(places.start + lane));
            groups.push(weights);
        }
        let square = centre.iter().map(|x| x * x).sum();
        Some(Self { centre, square, signs, groups })
    }

    /// What each row scores at most, with the certainty of [`DEVIATIONS`]: [`GROUP`] bounds for each group. Negatively infinite
    /// for a row without a vector.
    pub fn bounds<'s>(&'s self, query: &'s SketchedQuery) -> impl Iterator<Item = [f32; GROUP]> + 's {
        let at_centre = query.dot(&self.centre);
        let distance = (query.square() - 2.0 * at_centre + self.square).max(0.0).sqrt();
        let signs = self.signs.chunks_exact(self.signs.len() / self.groups.len());
        self.groups.iter().zip(signs).map(move |(weights, signs)| {
            let sums = query.sums(signs);
            let Weights { slope, base, error } = weights;
            std::array::from_fn(|lane| {
                let estimate = slope[lane] * sums[lane] + (base[lane] + at_centre);
                estimate + error[lane] * (DEVIATIONS * distance)
            })
        })
    }
}

/// The mean of the rows that have a vector of moderate components.
fn centre(block: &RowBlock, dimensions: usize) -> Vec<f32> {
    let (mut sum, mut count) = (vec![0.0; dimensions], 0.0);
    for place in (0..block.rows()).filter(|place| block.contains(*place)) {
        // Its largest component has about so many levels.
        if block.scale(place) <= LARGEST / 256.0 {
            sum.iter_mut().zip(components(block, place)).for_each(|(sum, x)| *sum += x);
            count += 1.0;
        }
    }
    sum.iter().map(|sum| sum / f32::max(count, 1.0)).collect()
}

/// Nearly the components of a row, by the upper bits: the lowest are taken for a half. That is nothing next to the error, and where
/// there is no error, as in a block of equal rows, still more than the least that the upper bits tell, which is what a bound
/// is compared with.
fn components(block: &RowBlock, place: usize) -> impl Iterator<Item = f32> + '_ {
    let scale = block.scale(place);
    block.row(place).values.iter().map(move |value| (2.0 * f32::from(*value) + 0.5) * scale)
}

/// The signs of eight columns of components, or of those that are left.
fn signs_of(columns: &[[f32; LANES]]) -> [u8; LANES] {
    let mut by_row = [0; LANES];
    for (bit, column) in columns.iter().enumerate() {
        for row in 0..LANES {
            by_row[row] |= u8::from(column[row].is_sign_negative()) << bit;
        }
    }
    let mut signs = [0; LANES];
    by_row.into_iter().enumerate().for_each(|(row, bits)| signs[lane(row)] = bits);
    signs
}

impl Weights {
    /// The weights of rows of which `columns` are the turned differences from the centre, turned likewise.
    fn new(columns: &[[f32; LANES]], centre: &[f32]) -> Self {
        // Of each row: the sum of magnitudes, that of squares, and the products of the centre with the row and its signs.
        let [mut magnitudes, mut squares, mut products, mut with_signs] = [[0.0; LANES]; 4];
        for (column, mean) in columns.iter().zip(centre) {
            for lane in 0..LANES {
                let component = column[lane];
                magnitudes[lane] += component.abs();
                squares[lane] += component * component;
                products[lane] += component * mean;
                with_signs[lane] += if component.is_sign_negative() { -mean } else { *mean };
            }
        }
        let dimensions = columns.len() as f32;
        // Without bias: the row's product with itself comes out as it is.
        let slope =
            std::array::from_fn(
                |lane| {
                    if magnitudes[lane] > 0.0 { squares[lane] / magnitudes[lane] } else { 0.0 }
                },
            );
        let base = std::array::from_fn(|lane| products[lane] - slope[lane] * with_signs[lane]);
        let error = std::array::from_fn(|lane| {
            let square = slope[lane] * slope[lane] * dimensions - squares[lane];
            (square.max(0.0) / (dimensions - 1.0)).sqrt()
        });
        Self { slope, base, error }
    }

    /// Has rows without a vector found never, and those of which nothing is known always.
    fn mark(&mut self, has_vector: impl Fn(usize) -> bool) {
        for lane in 0..LANES {
            let moderate =
                [self.slope[lane], self.base[lane], self.error[lane]].iter().all(|x| x.abs() <= LARGEST);
            if !(has_vector(lane) && moderate) {
                (self.slope[lane], self.error[lane]) = (0.0, 0.0);
                self.base[lane] = if has_vector(lane) { f32::MAX } else { f32::NEG_INFINITY };
            }
        }
    }
}
