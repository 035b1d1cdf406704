//! HNSW graphs: the nearest rows of a large segment without looking at all of them.
//!
//! [Malkov and Yashunin](https://arxiv.org/abs/1603.09320). `instant-distance` finds the links; walks along them are our
//! own, because there all links of a node can be scored together, by the kernels of the scan. A graph holds the numbers
//! of rows and the links between them; the vectors stay where they are.

mod build;
mod links;
mod walk;

use roaring::RoaringBitmap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use self::links::Links;
use self::walk::{Memory, Walk};
use super::vectors::{QuantisedQuery, VectorRun, Vectors};
use crate::codec::{self, Kind};
use crate::error::{Error, Result};

/// How many candidates a walk keeps (`ef` in the paper), and so the most that it can find. Of the ten nearest by f32 among
/// 100,000 embeddings 250 find 0.991, 400 0.993, 600 0.996, 1,000 0.998; a scan finds 0.999.
pub const WALK_WIDTH: usize = 600;

/// Links between the rows of a segment that had a vector when the graph was built.
pub struct Graph {
    links: Links,
    vectors: Arc<Vectors>,
    rows: RoaringBitmap,
    memory: Mutex<Memory>,
}

impl fmt::Debug for Graph {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Graph({} rows)", self.rows.len())
    }
}

impl Graph {
    /// Links those of `rows` that have a vector. The same rows and vectors give the same graph on every machine, and in
    /// a browser. Takes about half a millisecond for each row.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where no row has a vector.
    pub fn build(vectors: &Arc<Vectors>, rows: &RoaringBitmap) -> Result<Self> {
        let rows: Vec<u32> = rows.iter().filter(|row| vectors.contains(*row)).collect();
        if rows.is_empty() {
            return Err(Error::invalid_argument("a graph needs at least one row with a vector"));
        }
        Ok(Self::new(build::links(vectors, rows)?, vectors))
    }

    fn new(links: Links, vectors: &Arc<Vectors>) -> Self {
        let rows = links.rows().iter().copied().collect();
        Self { links, vectors: Arc::clone(vectors), rows, memory: Mutex::default() }
    }

    /// The rows that the graph can find. Others of the segment got their vectors later.
    pub fn rows(&self) -> &RoaringBitmap {
        &self.rows
    }

    /// Whether these are the vectors that the graph is of.
    pub fn is_of(&self, vectors: &Arc<Vectors>) -> bool {
        Arc::ptr_eq(&self.vectors, vectors)
    }

    /// The graph as a stored value, without the vectors.
    ///
    /// # Errors
    /// As [`codec::encode`].
    pub fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(Kind::Graph, &self.links)
    }

    /// The graph in a stored value, over the `vectors` that it was built for; `what` names it in errors.
    ///
    /// # Errors
    /// As [`codec::decode`]; also [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for a row without a vector, or
    /// one that is there twice, and for links that lead nowhere.
    pub fn decode(what: &str, bytes: &[u8], vectors: &Arc<Vectors>) -> Result<Self> {
        let links: Links = codec::decode(Kind::Graph, what, bytes)?;
        links.validate(vectors).map_err(|error| error.within(what))?;
        Ok(Self::new(links, vectors))
    }

    /// As [`Vectors::nearest`], nearly: a walk finds most of the nearest rows, with the very same scores. `None` where
    /// it finds fewer than `count` in `among`, as when few rows are, or `count` is more than the width of a walk.
    pub fn nearest(
        &self,
        query: &QuantisedQuery,
        among: Option<&RoaringBitmap>,
        count: usize,
    ) -> Option<Vec<(u32, f32)>> {
        if count > WALK_WIDTH || self.vectors.dimensions() != Some(query.dimensions()) {
            return None;
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let walk = Walk { links: &self.links, vectors: &self.vectors, query };
        let mut rows = walk.nearest(WALK_WIDTH, &mut memory);
        if let Some(among) = among {
            rows.retain(|row| among.contains(*row));
        }
        (rows.len() >= count).then(|| self.vectors.nearest_of(query, &rows, count))
    }
}

/// The graph, as a stored value, of all vectors in stored `runs` of a segment of `rows` rows: for those who build it
/// elsewhere than where the segment is.
///
/// # Errors
/// Those of [`VectorRun::decode`], [`Vectors::insert_run`], [`Graph::build`] and [`Graph::encode`].
pub fn build_graph(rows: u32, runs: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut vectors = Vectors::new(rows as usize);
    for run in runs {
        vectors.insert_run(&VectorRun::decode("the vectors of a graph", run)?)?;
    }
    let vectors = Arc::new(vectors);
    Graph::build(&vectors, &vectors.present())?.encode()
}

#[cfg(test)]
mod tests;
