//! The arms of a search, and how their scores become one.

use serde::{Deserialize, Serialize};
use tsify::Tsify;

use crate::index;

/// Which arms of the index a search uses.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum SearchMode {
    /// Vectors and words, fused.
    Hybrid,
    /// Vectors only.
    Dense,
    /// Words only (BM25).
    Lexical,
}

impl From<SearchMode> for index::Mode {
    fn from(mode: SearchMode) -> Self {
        match mode {
            SearchMode::Hybrid => Self::Hybrid,
            SearchMode::Dense => Self::Dense,
            SearchMode::Lexical => Self::Lexical,
        }
    }
}

impl From<index::Mode> for SearchMode {
    fn from(mode: index::Mode) -> Self {
        match mode {
            index::Mode::Hybrid => Self::Hybrid,
            index::Mode::Dense => Self::Dense,
            index::Mode::Lexical => Self::Lexical,
        }
    }
}

/// How the scores of both arms become one.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum FusionName {
    /// The weighted sum of scores, each arm's mapped to 0 to 1.
    WeightedSum,
    /// Reciprocal rank fusion: only the places in both rankings count.
    ReciprocalRank,
}

/// How much each arm counts; only the ratio matters.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, Tsify)]
pub struct FusionWeights {
    /// The weight of vectors, 0 or more.
    pub dense: f32,
    /// The weight of words, 0 or more.
    pub lexical: f32,
}
