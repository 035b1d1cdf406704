//! What some scores let expect of others.

use crate::order::Order;

/// Scores nearer to each other than this differ by rounding only.
pub(crate) const EQUAL: f32 = 1e-6;

/// The line of least squares through some points.
pub(crate) struct Line {
    middle: (f64, f64),
    slope: f64,
    correlation: f64,
    /// The least and the greatest second coordinate, beyond which the line says nothing.
    range: (f32, f32),
}

impl Line {
    /// `None` where there is no point.
    pub(crate) fn through(mut points: Vec<(f32, f32)>) -> Option<Self> {
        // Sums depend on the order in their last bits, and the order of rows on how they lie in segments.
        points.order_by(|a, b| a.1.total_cmp(&b.1).then(a.0.total_cmp(&b.0)));
        let range = (points.first()?.1, points.last()?.1);
        let mean = |of: &dyn Fn(f64, f64) -> f64| {
            points.iter().map(|&(x, y)| of(x.into(), y.into())).sum::<f64>() / points.len() as f64
        };
        let middle = (mean(&|x, _| x), mean(&|_, y| y));
        let variance = mean(&|x, _| (x - middle.0).powi(2));
        let variances = variance * mean(&|_, y| (y - middle.1).powi(2));
        let covariance = mean(&|x, y| (x - middle.0) * (y - middle.1));
        let slope = if variance > f64::from(EQUAL).powi(2) { covariance / variance } else { 0.0 };
        let are_spread = variances > f64::from(EQUAL).powi(4);
        let correlation = if are_spread { covariance / variances.sqrt() } else { 0.0 };
        Some(Self { middle, slope, correlation, range })
    }

    /// Pearson's correlation of both coordinates, from -1 to 1; 0 where either is the same everywhere.
    pub(crate) fn correlation(&self) -> f32 {
        self.correlation as f32
    }

    /// What it says at `x`.
    pub(crate) fn at(&self, x: f32) -> f32 {
        let y = self.middle.1 + self.slope * (f64::from(x) - self.middle.0);
        (y as f32).clamp(self.range.0, self.range.1)
    }
}
