//! Shares and means that are 0 where there is nothing to divide by.

/// A part of a number of things; 0 of none.
pub(super) fn share(part: f64, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part / of as f64 }
}

/// The mean of some values; 0 of none.
pub(super) fn mean(values: &[f64]) -> f64 {
    share(values.iter().sum(), values.len())
}
