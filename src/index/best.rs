//! The best few of many scores, without sorting the others.

/// Collects the best `count` rows and those that tie with the last of them. Where scores are known between bounds only,
/// also every row that might be one of these.
pub(super) struct Best {
    count: usize,
    /// The `count`-th best score is at least this, so that a lower one cannot be among the best.
    threshold: f32,
    found: Vec<Found>,
    /// How many rows are collected before the threshold is raised.
    capacity: usize,
}

struct Found {
    row: u32,
    at_least: f32,
    at_most: f32,
}

impl Best {
    /// The least number of rows between two rises of the threshold.
    const LEAST_CAPACITY: usize = 64;

    pub fn new(count: usize) -> Self {
        let threshold = if count > 0 { f32::NEG_INFINITY } else { f32::NAN };
        let capacity = count.saturating_mul(2).max(Self::LEAST_CAPACITY);
        Self { count, threshold, found: Vec::new(), capacity }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether a row with this score, or upper bound of it, can still be among the best.
    #[inline]
    pub fn wants(&self, at_most: f32) -> bool {
        at_most >= self.threshold
    }

    /// What the last of the best scores at least, of those offered so far; negatively infinite before there are `count`.
    pub fn settle(&mut self) -> f32 {
        if self.count > 0 && self.found.len() >= self.count {
            self.raise_threshold();
        }
        self.threshold
    }

    /// Takes a row into account, whose score is between these bounds, or is both of them. NaN is no score.
    #[inline]
    pub fn offer(&mut self, row: u32, at_least: f32, at_most: f32) {
        if self.wants(at_most) {
            self.found.push(Found { row, at_least, at_most });
            if self.found.len() >= self.capacity {
                self.raise_threshold();
            }
        }
    }

    /// Drops what is worse than the last of the best.
    fn raise_threshold(&mut self) {
        if self.found.len() >= self.count {
            let best_first = |a: &Found, b: &Found| b.at_least.total_cmp(&a.at_least);
            let (_, last, _) = self.found.select_nth_unstable_by(self.count - 1, best_first);
            self.threshold = last.at_least;
            self.found.retain(|found| found.at_most >= self.threshold);
        }
        // Where thousands tie, they all stay.
        self.capacity = self.capacity.max(2 * self.found.len());
    }

    fn finish(mut self) -> Vec<Found> {
        if self.count > 0 {
            self.raise_threshold();
        }
        self.found
    }

    /// What was found, in no order.
    pub fn into_rows(self) -> impl Iterator<Item = u32> {
        self.finish().into_iter().map(|found| found.row)
    }

    /// What was found, with the upper bounds of the scores, best first, equal scores by row.
    pub fn into_sorted(self) -> Vec<(u32, f32)> {
        let mut sorted: Vec<_> = self.finish().into_iter().map(|found| (found.row, found.at_most)).collect();
        sorted.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        sorted
    }
}
