//! A segment in an index: immutable tables, and what has happened to them since.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::graph::Graph;
use super::segment::{DocumentRecord, Segment};
use super::vectors::{VectorRun, Vectors};
use crate::error::{Error, Result};
use crate::filter::Columns;

/// A segment in the index: its tables, the vectors that have arrived, and the documents that were removed.
#[derive(Clone, Debug)]
pub struct IndexSegment {
    id: u64,
    segment: Arc<Segment>,
    vectors: Arc<Vectors>,
    graph: Option<Arc<Graph>>,
    removed: RoaringBitmap,
    live_documents: RoaringBitmap,
    live_rows: RoaringBitmap,
    backlog: RoaringBitmap,
}

impl IndexSegment {
    pub(super) fn new(id: u64, segment: Arc<Segment>) -> Self {
        let live_rows = first(segment.chunks().len());
        Self {
            id,
            vectors: Arc::new(Vectors::new(segment.chunks().len())),
            graph: None,
            removed: RoaringBitmap::new(),
            live_documents: first(segment.documents().len()),
            backlog: live_rows.clone(),
            live_rows,
            segment,
        }
    }

    /// A segment with the vectors that belong to it.
    pub(super) fn with_vectors(id: u64, segment: Arc<Segment>, vectors: Arc<Vectors>) -> Self {
        let mut entry = Self::new(id, segment);
        entry.backlog = entry.live_rows.iter().filter(|row| !vectors.contains(*row)).collect();
        entry.vectors = vectors;
        entry
    }

    /// The number under which it was inserted.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its tables.
    pub fn segment(&self) -> &Segment {
        &self.segment
    }

    /// Its vectors.
    pub fn vectors(&self) -> &Arc<Vectors> {
        &self.vectors
    }

    /// The links between its vectors, if a graph was built since the last of them arrived.
    pub fn graph(&self) -> Option<&Graph> {
        self.graph.as_deref()
    }

    /// The metadata of its documents, by field.
    pub fn columns(&self) -> &Columns {
        self.segment.columns()
    }

    /// The numbers of the documents that were removed.
    pub fn removed(&self) -> &RoaringBitmap {
        &self.removed
    }

    /// The rows of the documents that were not removed.
    pub fn live_rows(&self) -> &RoaringBitmap {
        &self.live_rows
    }

    /// Those of the live rows that have no vector yet.
    pub fn backlog(&self) -> &RoaringBitmap {
        &self.backlog
    }

    /// The numbers of the documents that were not removed.
    pub fn live_documents(&self) -> &RoaringBitmap {
        &self.live_documents
    }

    /// Whether the document number `document` can be found.
    pub fn is_live(&self, document: u32) -> bool {
        self.live_documents.contains(document)
    }

    /// The number of the document `id`; `None` where there is none, or it was removed.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.segment.find(id).filter(|document| self.is_live(*document))
    }

    /// The document of a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn document_of(&self, row: u32) -> &DocumentRecord {
        &self.segment.documents()[self.segment.chunks()[row as usize].document as usize]
    }

    pub(super) fn remove(&mut self, document: u32) {
        if self.removed.insert(document) {
            self.live_documents.remove(document);
            let rows = self.segment.rows_of(document);
            self.live_rows.remove_range(rows.clone());
            self.backlog.remove_range(rows);
        }
    }

    /// Takes a graph of its vectors; returns whether it is one of them, and finds every live row that has a vector.
    pub(super) fn insert_graph(&mut self, graph: Arc<Graph>) -> bool {
        let found = graph.rows() | &self.backlog;
        let fits = graph.is_of(&self.vectors) && self.live_rows.is_subset(&found);
        if fits {
            self.graph = Some(graph);
        }
        fits
    }

    /// Takes vectors, which are copied first where a clone shares them. A graph, which knows nothing of them, is
    /// dropped.
    pub(super) fn insert_vectors(&mut self, run: &VectorRun) -> Result<()> {
        let inserted = Arc::make_mut(&mut self.vectors).insert_run(run);
        inserted.map_err(|error: Error| error.within(format_args!("segment {}", self.id)))?;
        self.graph = None;
        run.rows.iter().for_each(|rows| _ = self.backlog.remove_range(rows.clone()));
        Ok(())
    }
}

/// The numbers below `count`: documents and rows are numbered in 32 bits.
fn first(count: usize) -> RoaringBitmap {
    let mut numbers = RoaringBitmap::new();
    numbers.insert_range(0..count as u32);
    numbers
}
