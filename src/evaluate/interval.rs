//! Means with the interval in which they would fall with other questions of the same kind.

use serde::Serialize;

use super::mean::mean;
use super::random::Random;
use crate::error::{Error, Result};

/// A mean of values and an interval around it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean of the values.
    pub mean: f64,
    /// Where the interval begins.
    pub low: f64,
    /// Where the interval ends.
    pub high: f64,
    /// How many values there are.
    pub count: usize,
}

/// How intervals of means are found: by the percentile bootstrap (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993,
/// chapter 13), which Sakai (*Evaluating evaluation metrics based on the bootstrap*, SIGIR 2006) brought to retrieval.
///
/// Questions are drawn anew from those that there are, with replacement and as many, and the means of such draws are
/// ordered; what is between the outer ones is the interval. No shape of their distribution is supposed. With fewer than about
/// twenty questions such intervals are too narrow, and they know nothing of questions unlike those that were asked.
///
/// The same seed, values and order of values give the same interval, to the bit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// How many means are drawn, from 100 to 1,000,000; the default is 2,000. More make the ends vary less with the seed.
    pub resamples: usize,
    /// The share of draws that is inside, between 0 and 1, both excluded; the default is 0.95.
    pub level: f64,
    /// What the draws are made from.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 2000, level: 0.95, seed: 0 }
    }
}

impl Bootstrap {
    /// Checks the options.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming the option and its range.
    pub fn validate(&self) -> Result<()> {
        let Self { resamples, level, .. } = *self;
        if !(100..=1_000_000).contains(&resamples) {
            let message = format!("resamples is {resamples}, legal are 100 to 1,000,000");
            return Err(Error::invalid_argument(message));
        }
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::invalid_argument(format!("level must be above 0 and below 1, not {level}")));
        }
        Ok(())
    }

    /// The mean of `values`, which are finite, with its interval; `None` of none.
    pub fn mean(&self, values: &[f64]) -> Option<Estimate> {
        if values.is_empty() {
            return None;
        }
        let mut random = Random::new(self.seed);
        let mut draw = |_| (0..values.len()).map(|_| values[random.below(values.len())]).sum::<f64>();
        let mut sums: Vec<f64> = (0..self.resamples.max(1)).map(&mut draw).collect();
        sums.sort_unstable_by(f64::total_cmp);
        // As many draws are left out at either end.
        let outside = (self.resamples as f64 + 1.0) * (1.0 - self.level) / 2.0;
        let cut = (outside as usize).saturating_sub(1).min((sums.len() - 1) / 2);
        let at = |place: usize| sums[place] / values.len() as f64;
        Some(Estimate {
            mean: mean(values),
            low: at(cut),
            high: at(sums.len() - 1 - cut),
            count: values.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_seed_gives_the_same_interval_to_the_bit() {
        let values: Vec<f64> = (0..50).map(|it| f64::from(it % 7) / 6.0).collect();
        let of = |seed| Bootstrap { seed, ..Bootstrap::default() }.mean(&values).unwrap();
        assert_eq!(of(3), of(3));
        assert_ne!((of(3).low, of(3).high), (of(4).low, of(4).high));
        assert_eq!(of(3).mean, of(4).mean);
        assert_eq!(Bootstrap::default().mean(&[]), None);
    }

    #[test]
    fn values_that_do_not_differ_have_an_interval_of_no_width() {
        let estimate = Bootstrap::default().mean(&[0.5; 9]).unwrap();
        assert_eq!(estimate, Estimate { mean: 0.5, low: 0.5, high: 0.5, count: 9 });
    }

    #[test]
    fn the_interval_is_about_as_wide_as_theory_says() {
        // Half zeros, half ones: the standard error of the mean of 400 is 0.025.
        let values: Vec<f64> = (0..400).map(|it| f64::from(it % 2)).collect();
        let Estimate { low, high, .. } = Bootstrap::default().mean(&values).unwrap();
        let width = 2.0 * 1.96 * 0.025;
        assert!((high - low - width).abs() < 0.1 * width, "{low} to {high}");
        let narrow = Bootstrap { level: 0.5, ..Bootstrap::default() }.mean(&values).unwrap();
        assert!(low < narrow.low && narrow.low < narrow.high && narrow.high < high);
    }

    #[test]
    fn the_true_mean_is_inside_about_as_often_as_the_level_says() {
        // Samples of 40 squares of uniform numbers, skewed as measures are; their true mean is 1/3.
        let mut random = Random::new(11);
        let mut uniform = || random.bits() as f64 / u64::MAX as f64;
        let bootstrap = Bootstrap { resamples: 400, level: 0.9, seed: 5 };
        let inside = (0..600).filter(|_| {
            let sample: Vec<f64> = (0..40).map(|_| uniform().powi(2)).collect();
            let Estimate { low, high, .. } = bootstrap.mean(&sample).unwrap();
            low <= 1.0 / 3.0 && 1.0 / 3.0 <= high
        });
        let share = inside.count() as f64 / 600.0;
        assert!((0.85..0.94).contains(&share), "{share}");
    }

    #[test]
    fn options_outside_their_range_are_refused() {
        for level in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(Bootstrap { level, ..Bootstrap::default() }.validate().is_err(), "{level}");
        }
        for resamples in [0, 99, 1_000_001] {
            assert!(Bootstrap { resamples, ..Bootstrap::default() }.validate().is_err(), "{resamples}");
        }
        assert!(Bootstrap::default().validate().is_ok());
    }

    proptest! {
        #[test]
        fn the_interval_lies_within_the_values(values in prop::collection::vec(0.0..1.0_f64, 1..20), seed: u64) {
            let estimate = Bootstrap { resamples: 100, seed, ..Bootstrap::default() }.mean(&values).unwrap();
            let (least, most) = values.iter().fold((1.0_f64, 0.0_f64), |(low, high), it| (low.min(*it), high.max(*it)));
            prop_assert!(least - 1e-9 <= estimate.low && estimate.low <= estimate.high && estimate.high <= most + 1e-9);
        }
    }
}
