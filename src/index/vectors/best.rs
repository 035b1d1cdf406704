//! The best few of many scores, without sorting the others.

use std::cmp::Ordering;

/// Collects the best `count` rows and those that tie with the last of them.
pub struct Best {
    count: usize,
    /// No lower score can be among the best.
    threshold: f32,
    found: Vec<(u32, f32)>,
    /// How many rows are collected before the threshold is raised.
    capacity: usize,
}

impl Best {
    /// The least number of rows between two rises of the threshold.
    const LEAST_CAPACITY: usize = 64;

    pub fn new(count: usize) -> Self {
        let threshold = if count > 0 { f32::NEG_INFINITY } else { f32::NAN };
        let capacity = count.saturating_mul(2).max(Self::LEAST_CAPACITY);
        Self { count, threshold, found: Vec::new(), capacity }
    }

    /// Takes a row into account. NaN is no score.
    #[inline]
    pub fn offer(&mut self, row: u32, score: f32) {
        if score >= self.threshold {
            self.found.push((row, score));
            if self.found.len() >= self.capacity {
                self.raise_threshold();
            }
        }
    }

    /// Drops what is worse than the last of the best.
    fn raise_threshold(&mut self) {
        if self.found.len() > self.count {
            let (_, (_, last), _) = self.found.select_nth_unstable_by(self.count - 1, by_score);
            self.threshold = *last;
            self.found.retain(|(_, score)| *score >= self.threshold);
        }
        // Where thousands tie, they all stay.
        self.capacity = self.capacity.max(2 * self.found.len());
    }

    /// What was found, best first, equal scores by row.
    pub fn into_sorted(mut self) -> Vec<(u32, f32)> {
        if self.count > 0 {
            self.raise_threshold();
        }
        self.found.sort_unstable_by(|a, b| by_score(a, b).then(a.0.cmp(&b.0)));
        self.found
    }
}

fn by_score(a: &(u32, f32), b: &(u32, f32)) -> Ordering {
    b.1.total_cmp(&a.1)
}
