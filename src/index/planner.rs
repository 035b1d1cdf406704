//! Which way a segment is searched by vectors.
//!
//! A scan takes time by the number of eligible rows, a walk hardly depends on the number of rows, and finds the fewer the
//! more of them a filter leaves out. The constants are measured in Chromium; ARCHITECTURE.md says how.

use roaring::RoaringBitmap;

use super::graph::WALK_WIDTH;
use super::segment::Segment;
use super::vectors::QuantisedQuery;

/// From this number of rows on, a segment gets a graph, and more eligible rows than this are not scanned: below
/// about 50,000 a scan is as fast as a walk.
pub const GRAPH_ROWS: usize = 40_000;

/// How many times the rows that are wanted a walk is to meet, so that it is not in vain.
const SPARE: f64 = 1.25;

/// How a segment was searched by vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorPath {
    /// Every eligible row was compared; where they are many, by its sketch first, see [`Vectors::nearest`](super::Vectors::nearest).
    Exact,
    /// The segment's graph was walked.
    Graph,
}

/// What to try first, to find `count` of `eligible` rows among the `linked` rows of a graph.
fn plan(linked: u64, eligible: u64, count: usize) -> VectorPath {
    let met = WALK_WIDTH as f64 * eligible as f64 / linked as f64;
    let worth_it = eligible >= GRAPH_ROWS as u64 && met >= SPARE * count as f64;
    if worth_it { VectorPath::Graph } else { VectorPath::Exact }
}

/// The best `count` of the eligible rows of a segment, and those that tie with the last, best first; and how they were
/// found. A walk that finds too few is followed by a scan.
pub(super) fn nearest(
    segment: &Segment,
    query: &QuantisedQuery,
    eligible: &RoaringBitmap,
    count: usize,
) -> (VectorPath, Vec<(u32, f32)>) {
    let among = (eligible.len() < segment.vectors().rows() as u64).then_some(eligible);
    let graph =
        segment.graph().filter(|graph| plan(graph.rows().len(), eligible.len(), count) == VectorPath::Graph);
    if let Some(found) = graph.and_then(|graph| graph.nearest(query, among, count)) {
        return (VectorPath::Graph, found);
    }
    (VectorPath::Exact, segment.vectors().nearest(query, among, count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use VectorPath::{Exact, Graph};

    #[test]
    fn large_sets_are_walked_and_small_ones_scanned() {
        let rows = 4 * GRAPH_ROWS as u64;
        let few = WALK_WIDTH / 4;
        assert_eq!(plan(rows, rows, few), Graph);
        assert_eq!(plan(rows, GRAPH_ROWS as u64 - 1, few), Exact);
        assert_eq!(plan(GRAPH_ROWS as u64, GRAPH_ROWS as u64, few), Graph);
    }

    #[test]
    fn a_walk_that_would_find_too_few_is_not_begun() {
        let rows = 4 * GRAPH_ROWS as u64;
        assert_eq!(plan(rows, rows, WALK_WIDTH), Exact);
        assert_eq!(plan(rows, rows / 2, WALK_WIDTH / 4), Graph);
        assert_eq!(plan(rows, rows / 4, WALK_WIDTH / 4), Exact);
    }
}
