//! How likely a sentence is supported: what is weighed, and the weights.

use serde::Serialize;

/// What speaks for a sentence, each from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Features {
    /// The share of its words and numbers that the sources have, each by its weight, in the clause that has least, near one
    /// place. Not weighed; by it, sources are compared.
    pub worst_clause: f64,
    /// The same, anywhere in the sources. Not weighed; what others are compared with.
    pub weighted_overlap: f64,
    /// The same, each word counting alike.
    pub overlap: f64,
    /// One over one and the number of its names that no source has: one name that is made up says more than what share of
    /// them it is.
    pub names: f64,
    /// The same of its numbers.
    pub numbers: f64,
    /// The share of its pairs of neighbouring words.
    pub pairs: f64,
}

/// The weights of [`Features::values`], the intercept first; a score of 0.5 is where supported sentences are told from
/// others. They are what `ibid verify --fit` gives
/// for one half of WiCE's development set (Kamoi et al., 2023); which features are weighed was chosen among a few by the other.
const WEIGHTS: [f64; 5] = [-4.006, 2.105, 2.254, 1.088, 0.724];

/// From which score on a sentence is supported.
pub const SUPPORTED: f64 = 0.5;

impl Features {
    /// What is weighed, the intercept first.
    pub const fn values(&self) -> [f64; WEIGHTS.len()] {
        [1.0, self.overlap, self.names, self.numbers, self.pairs]
    }

    /// How likely the sentence is supported, from 0 to 1.
    pub fn score(&self) -> f64 {
        let sum: f64 = self.values().iter().zip(&WEIGHTS).map(|(value, weight)| value * weight).sum();
        1.0 / (1.0 + (-sum).exp())
    }
}
