//! How long searches take.

use serde::Serialize;

use super::mean::mean;

/// A summary of durations, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// How many were measured.
    pub count: usize,
    /// The median: half of them took no longer.
    pub p50: f64,
    /// 95 of 100 took no longer.
    pub p95: f64,
    /// The mean, which single long ones raise.
    pub mean: f64,
}

impl Latency {
    /// The summary of `milliseconds`, in any order; `None` of none. Percentiles are by the nearest rank, so that each is a
    /// duration that was measured.
    pub fn of(milliseconds: &[f64]) -> Option<Self> {
        let mut sorted = milliseconds.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let percentile = |per_cent: usize| {
            let rank = (per_cent * sorted.len()).div_ceil(100);
            sorted.get(rank.saturating_sub(1)).copied()
        };
        let (p50, p95) = (percentile(50)?, percentile(95)?);
        Some(Self { count: sorted.len(), p50, p95, mean: mean(&sorted) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_durations_that_were_measured() {
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(Latency::of(&hundred), Some(Latency { count: 100, p50: 50.0, p95: 95.0, mean: 50.5 }));
        assert_eq!(Latency::of(&[3.0, 1.0]), Some(Latency { count: 2, p50: 1.0, p95: 3.0, mean: 2.0 }));
        assert_eq!(Latency::of(&[]), None);
    }
}
