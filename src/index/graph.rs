//! HNSW graphs: the nearest rows of a large segment without looking at all of them.
//!
//! [Malkov and Yashunin](https://arxiv.org/abs/1603.09320), as `instant-distance` implements it. A graph holds the
//! numbers of rows and the links between them; the vectors stay where they are.

mod build;
mod links;

use instant_distance::{Hnsw, Search};
use roaring::RoaringBitmap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use self::links::{Links, convert};
use super::vectors::{Best, QuantisedQuery, VectorRun, Vectors};
use crate::codec::{self, Kind};
use crate::error::{Error, Result};

/// How many candidates a walk keeps (`ef` in the paper), and so the most that it can find. Of the ten nearest by f32, 256
/// would find 0.984 among 100,000 embeddings where these find 0.990 and a scan 0.995.
pub const WALK_WIDTH: usize = 600;

/// Links between the rows of a segment that had a vector when the graph was built.
pub struct Graph {
    hnsw: Hnsw<Point<'static>>,
    vectors: Arc<Vectors>,
    rows: RoaringBitmap,
    /// The buffers of the last walk.
    search: Mutex<Search>,
}

impl fmt::Debug for Graph {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Graph({} rows)", self.rows.len())
    }
}

impl Graph {
    /// Links those of `rows` that have a vector. The same rows and vectors give the same graph on every machine, and in
    /// a browser. Takes about a millisecond for each row.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where no row has a vector.
    pub fn build(vectors: &Arc<Vectors>, rows: &RoaringBitmap) -> Result<Self> {
        let rows: Vec<u32> = rows.iter().filter(|row| vectors.contains(*row)).collect();
        if rows.is_empty() {
            return Err(Error::invalid_argument("a graph needs at least one row with a vector"));
        }
        Self::new(&build::links(vectors, rows)?, vectors)
    }

    fn new(links: &Links, vectors: &Arc<Vectors>) -> Result<Self> {
        let hnsw = convert(&links.form(WALK_WIDTH))?;
        let rows = links.rows().iter().copied().collect();
        Ok(Self { hnsw, vectors: Arc::clone(vectors), rows, search: Mutex::default() })
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
        codec::encode(Kind::Graph, &Links::new(&convert(&self.hnsw)?))
    }

    /// The graph in a stored value, over the `vectors` that it was built for; `what` names it in errors.
    ///
    /// # Errors
    /// As [`codec::decode`]; also [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for a row without a vector, or
    /// one that is there twice, and for links that lead nowhere.
    pub fn decode(what: &str, bytes: &[u8], vectors: &Arc<Vectors>) -> Result<Self> {
        let links: Links = codec::decode(Kind::Graph, what, bytes)?;
        links.validate(vectors).map_err(|error| error.within(what))?;
        Self::new(&links, vectors)
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
        let mut best = Best::new(count);
        let mut search = self.search.lock().unwrap_or_else(PoisonError::into_inner);
        let point = Point::Query { query, vectors: &self.vectors };
        for item in walk(&self.hnsw, &point, &mut search) {
            if let Point::Row(row) = item.point
                && among.is_none_or(|among| among.contains(*row))
            {
                best.offer(*row, -item.distance);
            }
        }
        let found = best.into_sorted();
        (found.len() >= count).then_some(found)
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

/// Shortens the lifetime of the graph's points to that of the query, which has to be one of their kind.
fn walk<'g, 'q: 'g>(
    hnsw: &'g Hnsw<Point<'q>>,
    query: &Point<'q>,
    search: &'g mut Search,
) -> impl Iterator<Item = instant_distance::Item<'g, Point<'q>>> {
    hnsw.search(query, search)
}

/// What a walk compares: the query with rows.
#[derive(Clone)]
enum Point<'q> {
    Row(u32),
    Query { query: &'q QuantisedQuery, vectors: &'q Vectors },
}

impl instant_distance::Point for Point<'_> {
    /// The negative of the score. Only a query has one.
    fn distance(&self, other: &Self) -> f32 {
        match (self, other) {
            (Point::Query { query, vectors }, Point::Row(row)) => {
                vectors.score(query, *row).map_or(f32::INFINITY, |score| -score)
            }
            _ => f32::INFINITY,
        }
    }
}

impl Serialize for Point<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Point::Row(row) => serializer.serialize_u32(*row),
            Point::Query { .. } => Err(serde::ser::Error::custom("a query is no part of a graph")),
        }
    }
}

impl<'de> Deserialize<'de> for Point<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(Point::Row)
    }
}

#[cfg(test)]
mod tests;
