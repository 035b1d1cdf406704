//! The manifest: what a generation consists of.

use serde::{Deserialize, Serialize};

/// The list of segments of one generation, and what must fit for them to be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The fingerprint of the model that embedded the vectors.
    pub fingerprint: String,
    /// The id that the next segment or vector run gets; ids are never used twice.
    pub next_id: u64,
    /// The segments, oldest first.
    pub segments: Vec<SegmentEntry>,
}

/// One segment of a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SegmentEntry {
    /// The id that its part names are made of.
    pub id: u64,
    /// Ordinals of its documents that were removed or replaced, in increasing order.
    pub removed: Vec<u32>,
    /// Ids of the runs of vectors that were committed for it so far.
    pub runs: Vec<u64>,
}
