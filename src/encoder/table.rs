//! The table of word embeddings in four bits a number, with a step for each sixteen of them. With eight it would be half of a small model, and
//! three quarters of one for many languages; a text uses a few of its rows.
//!
//! The arithmetic is plain and its order fixed, as in [`quantize`](super::quantize).

use std::iter::repeat_n;

/// Numbers that share a step.
const GROUP: usize = 16;

/// The multiples of its step that a number can be. Which of both ends takes the largest of a group is up to the sign of the step.
const LEAST: f32 = -8.0;
const MOST: f32 = 7.0;

/// The largest magnitude of a step, in units of its row.
pub(crate) const STEP_LIMIT: i8 = 127;

/// The steps that are tried for a group, in thirty-seconds of the one by which its largest number would be [`LEAST`]. So the mean cosine
/// of all-MiniLM-L6-v2 to PyTorch is 0.9957; with eight bits a number it is 0.9965.
const TRIED: std::ops::RangeInclusive<u8> = 24..=36;

/// The bytes of a row of `columns` numbers.
pub(crate) fn bytes(columns: usize) -> usize {
    columns.div_ceil(2)
}

/// The steps of a row of `columns` numbers.
pub(crate) fn steps(columns: usize) -> usize {
    columns.div_ceil(GROUP)
}

/// Rows of a table: number `c` of row `r` is near its four bits times `steps[r][c / 16] * units[r]`.
#[derive(Clone, Debug)]
pub(crate) struct Table<V = Vec<u8>> {
    /// Two numbers a byte, the first one in the lower half.
    pub values: V,
    /// Row by row; as the bytes that hold them.
    pub steps: Vec<u8>,
    /// One for each row, finite and not negative.
    pub units: Vec<f32>,
    pub columns: usize,
}

impl Table {
    /// An empty table of rows of `columns` numbers.
    pub fn new(columns: usize) -> Self {
        Self { values: Vec::new(), steps: Vec::new(), units: Vec::new(), columns }
    }

    /// Quantises one more row, whose numbers are finite. One of nothing but zeros, and of numbers too small for a unit of full
    /// precision, has the unit 0.
    pub fn push(&mut self, row: &[f32]) {
        debug_assert_eq!(row.len(), self.columns);
        let largest = row.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
        let unit = largest / (-LEAST * f32::from(STEP_LIMIT));
        if !unit.is_normal() {
            self.values.extend(repeat_n(0, bytes(self.columns)));
            self.steps.extend(repeat_n(0, steps(self.columns)));
            self.units.push(0.0);
            return;
        }
        let row: Vec<f32> = row.iter().map(|x| x / unit).collect();
        for group in row.chunks(GROUP) {
            let step = best_step(group);
            self.steps.push((step as i8).cast_unsigned());
            self.values.extend(group.chunks(2).map(|pair| {
                let [low, high] = [0, 1].map(|at| pair.get(at).map_or(0.0, |x| nearest(*x, step)) as i8);
                (low & 0xf | high << 4).cast_unsigned()
            }));
        }
        self.units.push(unit);
    }
}

impl<V: AsRef<[u8]>> Table<V> {
    /// Adds the numbers of row `index` to `sums`.
    pub fn add_to(&self, index: usize, sums: &mut [f32]) {
        let (bytes, steps) = (bytes(self.columns), steps(self.columns));
        let values = &self.values.as_ref()[index * bytes..(index + 1) * bytes];
        let steps = &self.steps[index * steps..(index + 1) * steps];
        let groups = sums.chunks_mut(GROUP).zip(values.chunks(GROUP / 2)).zip(steps);
        for ((sums, values), step) in groups {
            let step = f32::from(step.cast_signed()) * self.units[index];
            for (pair, byte) in sums.chunks_mut(2).zip(values) {
                let byte = byte.cast_signed();
                for (sum, value) in pair.iter_mut().zip([byte << 4 >> 4, byte >> 4]) {
                    *sum += f32::from(value) * step;
                }
            }
        }
    }
}

/// The step of those tried with which the sum of the squared errors of a group is least; all in units.
fn best_step(group: &[f32]) -> f32 {
    let largest = group.iter().fold(0.0f32, |largest, x| if x.abs() > largest.abs() { *x } else { largest });
    let limit = f32::from(STEP_LIMIT);
    let (mut best, mut least) = (0.0, f32::INFINITY);
    for share in TRIED {
        let step = (largest / LEAST * f32::from(share) / 32.0).round_ties_even().clamp(-limit, limit);
        let errors = group.iter().map(|x| (x - nearest(*x, step) * step).powi(2)).sum();
        if errors < least {
            (best, least) = (step, errors);
        }
    }
    best
}

/// The multiple of `step` that is nearest to `x`.
fn nearest(x: f32, step: f32) -> f32 {
    if step == 0.0 { 0.0 } else { (x / step).round_ties_even().clamp(LEAST, MOST) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a table of one row has of it.
    fn kept(row: &[f32]) -> Vec<f32> {
        let mut table = Table::new(row.len());
        table.push(row);
        let mut kept = vec![0.0; row.len()];
        table.add_to(0, &mut kept);
        kept
    }

    proptest! {
        #[test]
        fn each_number_is_near_its_value(
            row in prop::collection::vec(-1e3f32..1e3, 1..100),
            exponent in -30i32..30,
        ) {
            let row: Vec<f32> = row.iter().map(|x| x * 10f32.powi(exponent)).collect();
            let largest = |row: &[f32]| row.iter().fold(0.0, |most: f64, x| most.max(f64::from(x.abs())));
            for (group, kept) in row.chunks(GROUP).zip(kept(&row).chunks(GROUP)) {
                let errors = group.iter().zip(kept).map(|(x, kept)| (f64::from(*x) - f64::from(*kept)).powi(2));
                // Among the steps that are tried is the eighth of the largest number. No number is farther off than that: by half of it, or
                // all of it where seven of them are the most; and eight times what the step is rounded by.
                let bound = largest(group) / 8.0 + largest(&row) / 127.0 / 2.0;
                let error = (errors.sum::<f64>() / group.len() as f64).sqrt();
                prop_assert!(error <= bound * 1.001, "{group:?} as {kept:?}");
            }
        }

        #[test]
        fn rows_do_not_touch_each_other(
            rows in prop::collection::vec(prop::collection::vec(-1f32..1.0, 21), 1..5),
        ) {
            let mut table = Table::new(21);
            rows.iter().for_each(|row| table.push(row));
            for (index, row) in rows.iter().enumerate() {
                let mut found = vec![0.0; 21];
                table.add_to(index, &mut found);
                prop_assert_eq!(found, kept(row));
            }
        }
    }

    #[test]
    fn multiples_of_a_step_are_kept_exactly_and_added() {
        // Of both groups the largest is -8 or 8 steps; the second one's are half as long.
        let row: Vec<f32> = (-8..8).chain((-8..8).rev()).map(|x| x as f32).collect();
        let row: Vec<f32> =
            row.iter().enumerate().map(|(at, x)| if at < 16 { *x } else { -x / 2.0 }).collect();
        let mut table = Table::new(32);
        table.push(&row);
        let mut sums = vec![1.0; 32];
        table.add_to(0, &mut sums);
        for (sum, x) in sums.iter().zip(&row) {
            assert!((sum - 1.0 - x).abs() < 0.05, "{sums:?}");
        }
        assert_eq!(kept(&row[..16]), row[..16]);
    }

    #[test]
    fn rows_without_a_unit_of_full_precision_are_null() {
        for row in [&[0.0, -0.0][..], &[f32::from_bits(1), 0.0], &[f32::MIN_POSITIVE, -1e-39], &[]] {
            assert_eq!(kept(row), vec![0.0; row.len()]);
        }
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let kept = kept(&[f32::MAX / 2.0, f32::MIN / 2.0, 0.0]);
        assert!(kept[0] > 1.4e38 && kept[1] < -1.4e38 && kept[2] == 0.0, "{kept:?}");
    }
}
