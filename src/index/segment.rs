//! A segment: immutable tables and postings, and what has happened to them since.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use roaring::RoaringBitmap;

use super::Counts;
use super::graph::Graph;
use super::lazy::Lazy;
use super::parts::{Parts, RunRef};
use super::postings::Postings;
use super::tables::Tables;
use super::vectors::{VectorRun, Vectors};
use crate::error::{Error, Result};
use crate::language::Language;

/// The most rows that documents are brought together to, in one segment: what is held in memory several times while it
/// is written stays within what a browser's tab may take, with 384 dimensions about 60 MB each time. A document that
/// alone has more is a segment of its own.
pub const MAX_ROWS: usize = 1 << 17;

/// What a segment shows whose vectors were not read.
static NO_VECTORS: LazyLock<Arc<Vectors>> = LazyLock::new(Arc::default);

/// A part of the index: documents and chunks, the words in them, the vectors that have arrived, and what was removed.
///
/// Only the tables are always in memory. Without its postings a segment is found by no word, without its vectors by no
/// meaning: whoever searches has them read first.
#[derive(Clone, Debug)]
pub struct Segment {
    id: u64,
    tables: Arc<Tables>,
    postings: Lazy<Postings>,
    vectors: Lazy<Vectors>,
    /// Some of the vectors, where others are still to be read.
    known_vectors: Arc<Vectors>,
    graph: Option<Lazy<Graph>>,
    parts: Parts,
    removed: RoaringBitmap,
    live_documents: RoaringBitmap,
    live_rows: RoaringBitmap,
    languages: BTreeMap<Option<Language>, u32>,
    /// The rows that have a vector, in memory or not.
    embedded: RoaringBitmap,
    backlog: RoaringBitmap,
}

impl Segment {
    /// A new segment, without any vector.
    pub(super) fn new(tables: Tables, postings: Postings) -> Self {
        let vectors = Vectors::new(tables.chunks().len());
        Self {
            postings: Lazy::ready(Arc::new(postings)),
            vectors: Lazy::ready(Arc::new(vectors)),
            ..Self::unread(Arc::new(tables), Parts::default())
        }
    }

    /// A segment that is stored in `parts`, of which only the tables were read.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where its vectors have rows that the tables do not have, or
    /// two vectors have one row.
    pub fn stored(tables: Arc<Tables>, parts: Parts) -> Result<Self> {
        let rows = tables.rows();
        let mut embedded = RoaringBitmap::new();
        for run in parts.runs.iter().flat_map(RunRef::rows) {
            let is_new = embedded.insert_range(run.clone()) == run.len() as u64;
            if run.end > rows || !is_new {
                let message = format!("vectors of rows {run:?} do not fit a segment of {rows} rows");
                return Err(Error::corrupt(message));
            }
        }
        let mut segment = Self::unread(tables, parts);
        segment.backlog -= &embedded;
        segment.embedded = embedded;
        if segment.embedded.is_empty() {
            segment.vectors = Lazy::ready(Arc::new(Vectors::new(rows as usize)));
        }
        Ok(segment)
    }

    /// The same segment with what is stored of it now. What was read stays in memory as far as it is the same: vectors that
    /// are known are not read again, whichever run they are in.
    ///
    /// # Errors
    /// As [`Segment::stored`].
    pub fn with_parts(&self, parts: Parts) -> Result<Self> {
        let mut segment = Self::stored(self.tables.clone(), parts)?;
        for document in &self.removed {
            segment.remove(document);
        }
        if segment.parts.postings == self.parts.postings {
            segment.postings = self.postings.clone();
        }
        if segment.parts.runs == self.parts.runs {
            segment.vectors = self.vectors.clone();
        } else if segment.vectors.is_unread() {
            let known = self.vectors();
            let has_all = segment.embedded.iter().all(|row| known.contains(row));
            segment.known_vectors = known.clone();
            if has_all {
                segment.vectors = Lazy::ready(known.clone());
            }
        }
        if segment.parts.graph == self.parts.graph && segment.parts.runs == self.parts.runs {
            segment.graph = self.graph.clone();
        }
        Ok(segment)
    }

    /// The same segment, to which what was read and found damaged counts as unread; `None` where nothing was.
    ///
    /// # Errors
    /// As [`Segment::stored`].
    pub fn with_damage_unread(&self) -> Result<Option<Self>> {
        let known = self.vectors();
        let lacks_vectors = !self.vectors.is_unread() && self.embedded.iter().any(|row| !known.contains(row));
        let has_damaged_graph = self.graph.as_ref().is_some_and(Lazy::is_damaged);
        if !lacks_vectors && !has_damaged_graph && !self.postings.is_damaged() {
            return Ok(None);
        }
        let mut segment = self.with_parts(self.parts.clone())?;
        if self.postings.is_damaged() {
            segment.postings = Lazy::unread();
        }
        if lacks_vectors {
            segment.known_vectors = known.clone();
            segment.vectors = Lazy::unread();
        }
        if has_damaged_graph {
            segment.graph = Some(Lazy::unread());
        }
        Ok(Some(segment))
    }

    fn unread(tables: Arc<Tables>, parts: Parts) -> Self {
        let live_rows = first(tables.chunks().len());
        let mut languages = BTreeMap::new();
        for document in tables.documents() {
            *languages.entry(document.language).or_insert(0) += 1;
        }
        Self {
            id: parts.tables.id,
            postings: Lazy::unread(),
            vectors: Lazy::unread(),
            known_vectors: NO_VECTORS.clone(),
            graph: parts.graph.map(|_| Lazy::unread()),
            parts,
            removed: RoaringBitmap::new(),
            live_documents: first(tables.documents().len()),
            embedded: RoaringBitmap::new(),
            backlog: live_rows.clone(),
            live_rows,
            languages,
            tables,
        }
    }

    /// The number that tells it from the other segments of its index.
    pub fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn set_id(&mut self, id: u64) {
        self.id = id;
    }

    /// How many of the documents that were not removed are in each language, undecided first; none is 0.
    pub fn languages(&self) -> &BTreeMap<Option<Language>, u32> {
        &self.languages
    }

    /// Its documents and chunks.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The tables as something that can be held on to.
    pub fn shared_tables(&self) -> &Arc<Tables> {
        &self.tables
    }

    /// Which rows hold which words; `None` while they were not read, and where they are damaged.
    pub fn postings(&self) -> Option<&Postings> {
        self.postings.get().map(Arc::as_ref)
    }

    /// Takes postings of all its rows.
    pub(crate) fn set_postings(&mut self, postings: Arc<Postings>) {
        self.postings = Lazy::ready(postings);
    }

    /// The place for postings that are still to be read.
    pub fn lazy_postings(&self) -> &Lazy<Postings> {
        &self.postings
    }

    /// Its vectors, as far as they are in memory.
    pub fn vectors(&self) -> &Arc<Vectors> {
        self.vectors.get().unwrap_or(&self.known_vectors)
    }

    /// The place for vectors that are still to be read.
    pub fn lazy_vectors(&self) -> &Lazy<Vectors> {
        &self.vectors
    }

    /// The links between its vectors, if a graph was built since the last of them arrived, and was read.
    pub fn graph(&self) -> Option<&Graph> {
        self.graph.as_ref()?.get().map(Arc::as_ref)
    }

    /// The place for a graph that is still to be read; `None` where there is no graph.
    pub fn lazy_graph(&self) -> Option<&Lazy<Graph>> {
        self.graph.as_ref()
    }

    /// What is stored of it; empty of a segment that is not stored.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(crate) fn parts_mut(&mut self) -> &mut Parts {
        &mut self.parts
    }

    /// The numbers of the documents that were removed.
    pub fn removed(&self) -> &RoaringBitmap {
        &self.removed
    }

    /// The numbers of the documents that were not removed.
    pub fn live_documents(&self) -> &RoaringBitmap {
        &self.live_documents
    }

    /// The rows of the documents that were not removed.
    pub fn live_rows(&self) -> &RoaringBitmap {
        &self.live_rows
    }

    /// The rows that have a vector, those of removed documents included.
    pub fn embedded(&self) -> &RoaringBitmap {
        &self.embedded
    }

    /// Those of the live rows that have no vector yet.
    pub fn backlog(&self) -> &RoaringBitmap {
        &self.backlog
    }

    /// How much it holds, removed documents not counted.
    pub fn counts(&self) -> Counts {
        let count = |set: &RoaringBitmap| set.len() as usize;
        Counts {
            documents: count(&self.live_documents),
            chunks: count(&self.live_rows),
            chunks_without_vector: count(&self.backlog),
        }
    }

    /// Whether the document number `document` can be found.
    pub fn is_live(&self, document: u32) -> bool {
        self.live_documents.contains(document)
    }

    /// The number of the document `id`; `None` where there is none, or it was removed.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.tables.find(id).filter(|document| self.is_live(*document))
    }

    pub(super) fn remove(&mut self, document: u32) {
        if self.removed.insert(document) {
            self.live_documents.remove(document);
            let rows = self.tables.rows_of(document);
            let language = self.tables.documents()[document as usize].language;
            if let Entry::Occupied(mut count) = self.languages.entry(language) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
            self.live_rows.remove_range(rows.clone());
            self.backlog.remove_range(rows);
        }
    }

    /// Takes a graph of its vectors; returns whether it is one of them, and finds every live row that has a vector.
    pub(super) fn insert_graph(&mut self, graph: Arc<Graph>) -> bool {
        let fits = self.takes_graph(&graph);
        if fits {
            self.graph = Some(Lazy::ready(graph));
        }
        fits
    }

    /// Whether a graph is one of its vectors, and finds every live row that has a vector.
    pub fn takes_graph(&self, graph: &Graph) -> bool {
        graph.is_of(self.vectors()) && self.live_rows.is_subset(&(graph.rows() | &self.backlog))
    }

    /// Takes vectors. A graph, which knows nothing of them, is dropped.
    pub(super) fn insert_vectors(&mut self, run: &VectorRun) -> Result<()> {
        if let Some(vectors) = self.vectors.get() {
            let mut vectors = Vectors::clone(vectors);
            vectors.insert_run(run).map_err(|error| error.within(format_args!("segment {}", self.id)))?;
            self.vectors = Lazy::ready(Arc::new(vectors));
        } else {
            // They will be read together with those that came before.
            run.check(self.tables.rows())
                .map_err(|error| error.within(format_args!("segment {}", self.id)))?;
            self.vectors = Lazy::unread();
        }
        self.graph = None;
        self.mark_embedded(run.rows.iter().cloned());
        Ok(())
    }

    /// Takes vectors that are already among its parts.
    pub(super) fn set_vectors(&mut self, vectors: Lazy<Vectors>, rows: impl IntoIterator<Item = Range<u32>>) {
        self.vectors = vectors;
        self.mark_embedded(rows);
    }

    fn mark_embedded(&mut self, rows: impl IntoIterator<Item = Range<u32>>) {
        for rows in rows {
            self.embedded.insert_range(rows.clone());
            self.backlog.remove_range(rows);
        }
    }
}

/// The numbers below `count`: documents and rows are numbered in 32 bits.
fn first(count: usize) -> RoaringBitmap {
    let mut numbers = RoaringBitmap::new();
    numbers.insert_range(0..count as u32);
    numbers
}
