//! Building: the same graph on every machine.

use instant_distance::{Builder, Heuristic};
use serde::{Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_64;

use super::super::vectors::Vectors;
use super::links::Links;
use crate::error::Result;
use crate::order::Order;

/// How many candidates for links are looked at for each row. With half as many a walk of equal width finds 1 % less.
const EF_CONSTRUCTION: usize = 200;

/// The part of a layer's nodes that is in the layer above, too.
const NEXT_LAYER: f32 = 1.0 / 16.0;

/// The links of `rows`, all of which have a vector.
pub fn links(vectors: &Vectors, mut rows: Vec<u32>) -> Result<Links> {
    rows.order_by_key(|row| xxh3_64(&row.to_le_bytes()));
    let order = insertion_order(rows.len());
    let points = order.into_iter().map(|place| Node { vectors, row: rows[place] }).collect();
    // Links that a way over closer rows makes needless are left out: with all 64 places filled, building takes four times
    // as long, eight times the bytes are stored, and a walk that compares as many rows finds no more.
    let heuristic = Heuristic { extend_candidates: false, keep_pruned: false };
    let builder = builder().ef_construction(EF_CONSTRUCTION).select_heuristic(Some(heuristic));
    let (hnsw, _) = on_one_thread(|| builder.build_hnsw(points));
    Links::new(&hnsw)
}

fn builder() -> Builder {
    Builder::default().seed(0).ml(NEXT_LAYER)
}

/// The place in the graph that each of `count` points will get. The builder shuffles them, by the seed, but not in the
/// same way on 32 and 64 bits; places do not depend on the points, so a graph of nothing tells them.
fn insertion_order(count: usize) -> Vec<usize> {
    let nothing = Vectors::default();
    let points = vec![Node { vectors: &nothing, row: 0 }; count];
    let builder = builder().ef_construction(1).select_heuristic(None);
    let (_, places) = on_one_thread(|| builder.build_hnsw(points));
    places.into_iter().map(|place| place.into_inner() as usize).collect()
}

/// On several threads, rows would be inserted in another order each time.
#[cfg(not(target_arch = "wasm32"))]
fn on_one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a thread can be started").install(work)
}

/// A browser's worker has one thread.
#[cfg(target_arch = "wasm32")]
fn on_one_thread<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// A row to be linked.
#[derive(Clone)]
struct Node<'v> {
    vectors: &'v Vectors,
    row: u32,
}

impl instant_distance::Point for Node<'_> {
    fn distance(&self, other: &Self) -> f32 {
        -self.vectors.similarity(self.row, other.vectors, other.row).unwrap_or_default()
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.row)
    }
}
