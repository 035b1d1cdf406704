//! Two settings compared on the same questions.

use serde::Serialize;

use super::interval::{Bootstrap, Estimate};
use super::random::Random;
use crate::error::{Error, Result};

/// With at most so many questions that differ all patterns of signs are tried: 65,536.
const EXACT: usize = 16;

/// How many patterns of signs are drawn otherwise.
const PATTERNS: usize = 10_000;

/// Up to this share of themselves two values differ by rounding only.
const ROUNDING: f64 = 1e-12;

/// Below this p value a difference is called significant.
pub const SIGNIFICANT: f64 = 0.05;

/// How another setting does against a base, on the same questions.
///
/// Several measures compared at once, or many settings, find one of twenty significant by chance: decide beforehand
/// which comparison counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The mean of the differences, above 0 where the other has more, with its interval by the [`Bootstrap`] of them.
    pub difference: Estimate,
    /// How likely a difference at least as large, either way, would be if it made no difference which setting is which: from
    /// above 0 to 1. See [`Comparison::of`].
    pub p_value: f64,
    /// Whether all patterns of signs were tried for the p value, rather than some drawn.
    pub exact: bool,
    /// Whether the p value is below [`SIGNIFICANT`].
    pub significant: bool,
    /// On how many questions the other has more.
    pub wins: usize,
    /// On how many questions it has less.
    pub losses: usize,
    /// On how many questions it has as much, but for rounding.
    pub ties: usize,
}

impl Comparison {
    /// Compares the values of `other` with those of `base`, question by question.
    ///
    /// The p value is that of Fisher's randomisation test, two-sided, which Smucker, Allan and Carterette (*A comparison of
    /// statistical significance tests for information retrieval evaluation*, CIKM 2007) recommend: each question's difference
    /// may as well have the other sign. Where at most sixteen questions differ, all patterns of signs are tried; otherwise
    /// 10,000 are drawn from the seed of `bootstrap`, and the one that was seen counts as one of them, so that the p
    /// value is never 0 (Phipson and Smyth, 2010).
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where there is no question, the lists differ in length, or a
    /// value is not finite.
    pub fn of(base: &[f64], other: &[f64], bootstrap: &Bootstrap) -> Result<Self> {
        bootstrap.validate()?;
        if base.len() != other.len() {
            let message = format!("{} values cannot be paired with {}", base.len(), other.len());
            return Err(Error::invalid_argument(message));
        }
        if let Some(value) = base.iter().chain(other).find(|value| !value.is_finite()) {
            return Err(Error::invalid_argument(format!("a value to compare is {value}")));
        }
        let differences: Vec<f64> =
            base.iter().zip(other).map(|(base, other)| difference(*base, *other)).collect();
        let difference = bootstrap
            .mean(&differences)
            .ok_or_else(|| Error::invalid_argument("there is no question to compare two settings on"))?;
        let count = |matches: fn(&f64) -> bool| differences.iter().filter(|it| matches(it)).count();
        let (p_value, exact) = p_value(&differences, bootstrap.seed);
        Ok(Self {
            difference,
            p_value,
            exact,
            significant: p_value < SIGNIFICANT,
            wins: count(|it| *it > 0.0),
            losses: count(|it| *it < 0.0),
            ties: count(|it| *it == 0.0),
        })
    }
}

/// By how much `other` is more; 0 where that is nothing but rounding.
fn difference(base: f64, other: f64) -> f64 {
    let difference = other - base;
    if difference.abs() <= ROUNDING * base.abs().max(other.abs()) { 0.0 } else { difference }
}

/// The two-sided p value of the sum of some differences, and whether it is exact.
fn p_value(differences: &[f64], seed: u64) -> (f64, bool) {
    // The sign of nothing changes nothing.
    let differences: Vec<f64> = differences.iter().copied().filter(|it| *it != 0.0).collect();
    let seen: f64 = differences.iter().sum();
    let slack = ROUNDING * differences.iter().map(|it| it.abs()).sum::<f64>();
    let is_as_large = |sum: f64| sum.abs() >= seen.abs() - slack;
    if differences.len() <= EXACT {
        let patterns = 1_u64 << differences.len();
        let as_large = (0..patterns).filter(|signs| is_as_large(signed_sum(&differences, || *signs))).count();
        return (as_large as f64 / patterns as f64, true);
    }
    let mut random = Random::new(seed);
    let as_large = (0..PATTERNS).filter(|_| is_as_large(signed_sum(&differences, || random.bits()))).count();
    ((as_large + 1) as f64 / (PATTERNS + 1) as f64, false)
}

/// The sum of differences whose signs are changed where a bit is set; `bits` gives 64 at a time.
fn signed_sum(differences: &[f64], mut bits: impl FnMut() -> u64) -> f64 {
    let signed = differences.chunks(64).flat_map(|part| {
        let bits = bits();
        // A bit that is set turns the sign, without a branch that nobody could predict.
        part.iter().enumerate().map(move |(at, it)| f64::from_bits(it.to_bits() ^ ((bits >> at) << 63)))
    });
    signed.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compare(base: &[f64], other: &[f64]) -> Comparison {
        Comparison::of(base, other, &Bootstrap { resamples: 100, ..Bootstrap::default() }).unwrap()
    }

    #[test]
    fn a_few_questions_are_tested_exactly() {
        // Six differences of one sign: only all pluses and all minuses are as large, 2 of 64 patterns.
        let better = compare(&[0.0; 6], &[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
        assert_eq!((better.p_value, better.exact, better.significant), (2.0 / 64.0, true, true));
        assert_eq!((better.wins, better.losses, better.ties), (6, 0, 0));
        assert!((better.difference.mean - 0.35).abs() < 1e-12);
        // Five cannot be significant.
        let five = compare(&[0.0; 5], &[1.0; 5]);
        assert_eq!((five.p_value, five.significant), (2.0 / 32.0, false));
    }

    #[test]
    fn the_order_of_settings_turns_the_sign_and_nothing_else() {
        let (base, other) = ([0.1, 0.5, 0.3, 0.9], [0.4, 0.5, 0.2, 1.0]);
        let (forth, back) = (compare(&base, &other), compare(&other, &base));
        assert_eq!(forth.p_value, back.p_value);
        assert_eq!((forth.wins, forth.losses, forth.ties), (back.losses, back.wins, back.ties));
        assert_eq!(forth.difference.mean, -back.difference.mean);
    }

    #[test]
    fn equal_settings_do_not_differ() {
        let values: Vec<f64> = (0..40).map(|it| f64::from(it) / 3.0).collect();
        let same = compare(&values, &values);
        assert_eq!((same.p_value, same.significant, same.ties), (1.0, false, 40));
        let rounded: Vec<f64> = values.iter().map(|it| it * (1.0 + 1e-15)).collect();
        assert_eq!(compare(&values, &rounded).ties, 40);
    }

    #[test]
    fn what_was_seen_counts_among_the_patterns_that_are_drawn() {
        let better = compare(&[0.0; 40], &[1.0; 40]);
        assert_eq!((better.p_value, better.exact), (1.0 / 10_001.0, false));
    }

    #[test]
    fn chance_is_called_significant_as_rarely_as_it_should_be() {
        let mut random = Random::new(3);
        let mut uniform = || random.bits() as f64 / u64::MAX as f64;
        let runs = 300;
        let found = (0..runs).filter(|seed| {
            let base: Vec<f64> = (0..30).map(|_| uniform()).collect();
            let other: Vec<f64> = (0..30).map(|_| uniform()).collect();
            let bootstrap = Bootstrap { resamples: 100, seed: *seed, ..Bootstrap::default() };
            Comparison::of(&base, &other, &bootstrap).unwrap().significant
        });
        let share = found.count() as f64 / runs as f64;
        assert!((0.01..0.1).contains(&share), "{share}");
    }

    #[test]
    fn lists_that_cannot_be_paired_are_refused() {
        let refused = |base: &[f64], other: &[f64]| {
            Comparison::of(base, other, &Bootstrap::default()).unwrap_err().to_string()
        };
        assert_eq!(refused(&[1.0], &[]), "1 values cannot be paired with 0");
        assert_eq!(refused(&[], &[]), "there is no question to compare two settings on");
        assert_eq!(refused(&[1.0], &[f64::NAN]), "a value to compare is NaN");
    }

    /// All patterns, one sign after the other.
    fn naive(differences: &[f64]) -> f64 {
        fn sums(differences: &[f64], sum: f64, found: &mut Vec<f64>) {
            match differences.split_first() {
                None => found.push(sum),
                Some((first, rest)) => {
                    [sum + first, sum - first].into_iter().for_each(|sum| sums(rest, sum, found))
                }
            }
        }
        let mut found = Vec::new();
        sums(differences, 0.0, &mut found);
        let seen = differences.iter().sum::<f64>().abs();
        found.iter().filter(|sum| sum.abs() >= seen - 1e-9).count() as f64 / found.len() as f64
    }

    fn differences(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec((-8_i8..8).prop_map(|it| f64::from(it) / 8.0), length)
    }

    proptest! {
        #[test]
        fn the_exact_p_value_is_that_of_brute_force(differences in differences(1..11)) {
            let base = vec![0.0; differences.len()];
            let found = compare(&base, &differences);
            prop_assert!(found.exact);
            prop_assert!((found.p_value - naive(&differences)).abs() < 1e-12, "{} is not {}", found.p_value, naive(&differences));
        }
    }

    #[test]
    fn drawn_patterns_come_near_to_all_of_them() {
        let differences: Vec<f64> = (0..18).map(|it| f64::from(it * 7 % 11) / 11.0 - 0.3).collect();
        let found = compare(&[0.0; 18], &differences);
        assert!(!found.exact);
        assert!(
            (found.p_value - naive(&differences)).abs() < 0.02,
            "{} is not {}",
            found.p_value,
            naive(&differences)
        );
    }
}
