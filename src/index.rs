//! The index: immutable segments with their vectors and tombstones, searched by words and by meaning.
//!
//! An [`Index`] is a value. Cloning one costs little, since all that is large is shared; a clone can be changed while
//! searches still read the original, and takes its place when the change is durable.

mod analyzer;
mod fusion;
mod graph;
mod index_segment;
mod language;
mod lexical;
mod merge;
mod merge_policy;
mod planner;
mod postings;
mod search;
mod segment;
mod vectors;

use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::error::{Error, Result};

pub use analyzer::MAX_TERM_CHARS;
pub use fusion::{ArmScore, Fusion, FusionMethod};
pub use graph::{Graph, build_graph};
pub use index_segment::IndexSegment;
pub use language::Language;
pub use lexical::{Bm25, LexicalQuery, LexicalScores, TermWeight, phrase_frequency, rows_with_all, score};
pub use merge::{Merged, ROWS_PER_RUN, StoredMerge, merge};
pub use merge_policy::segments_to_merge;
pub use planner::{GRAPH_ROWS, VectorPath};
pub use search::{CANDIDATES, Mode, PHRASE_ROWS, Ranked, Search, SearchQuery, SegmentPath};
pub use segment::{ChunkRecord, DocumentRecord, MAX_ROWS, Segment, SegmentBuilder};
pub use vectors::{QuantisedQuery, VectorRun, Vectors, gather};

/// Where a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentPlace {
    /// The place of its segment among [`Index::segments`].
    pub segment: usize,
    /// Its number there.
    pub document: u32,
}

/// How much an index holds, removed documents not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents.
    pub documents: usize,
    /// Chunks of these documents.
    pub chunks: usize,
    /// Those of them that have no vector yet: the backlog.
    pub chunks_without_vector: usize,
}

/// All segments of a collection, as a value.
#[derive(Clone, Debug, Default)]
pub struct Index {
    language: Language,
    segments: Vec<IndexSegment>,
}

impl Index {
    /// An empty index, whose queries are analysed as texts of `language`.
    pub fn new(language: Language) -> Self {
        Self { language, segments: Vec::new() }
    }

    /// The language of all segments and queries.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The segments, in the order in which they were inserted.
    pub fn segments(&self) -> &[IndexSegment] {
        &self.segments
    }

    /// Components of each vector; `None` while there is no vector.
    pub fn dimensions(&self) -> Option<usize> {
        self.segments.iter().find_map(|segment| segment.vectors().dimensions())
    }

    /// How much the index holds.
    pub fn counts(&self) -> Counts {
        let count = |set: fn(&IndexSegment) -> &RoaringBitmap| -> usize {
            self.segments.iter().map(|segment| set(segment).len() as usize).sum()
        };
        Counts {
            documents: count(IndexSegment::live_documents),
            chunks: count(IndexSegment::live_rows),
            chunks_without_vector: count(IndexSegment::backlog),
        }
    }

    /// Where the document `id` is; `None` where there is none.
    pub fn find(&self, id: &str) -> Option<DocumentPlace> {
        let segments = self.segments.iter().enumerate().rev();
        let mut found = segments.filter_map(|(segment, entry)| Some((segment, entry.find(id)?)));
        found.next().map(|(segment, document)| DocumentPlace { segment, document })
    }

    /// The document at a place.
    ///
    /// # Panics
    /// If there is no such place, as with one of another index.
    pub fn document(&self, place: DocumentPlace) -> &DocumentRecord {
        &self.segments[place.segment].segment().documents()[place.document as usize]
    }

    /// Every document that was not removed, with its place, in the order of ids.
    pub fn documents<'i>(&'i self) -> impl Iterator<Item = (DocumentPlace, &'i DocumentRecord)> {
        let live = |(segment, entry): (usize, &'i IndexSegment)| {
            let numbers = entry.live_documents().iter();
            numbers.map(move |document| DocumentPlace { segment, document })
        };
        let places = self.segments.iter().enumerate().flat_map(live);
        let mut documents: Vec<_> = places.map(|place| (place, self.document(place))).collect();
        documents.sort_unstable_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        documents.into_iter()
    }

    /// The rows without a vector, each as the place of its segment among [`Index::segments`] and its row there, in
    /// the order in which they were added.
    pub fn backlog(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        let segments = self.segments.iter().enumerate();
        segments.flat_map(|(number, segment)| segment.backlog().iter().map(move |row| (number, row)))
    }

    /// Appends a segment of which the documents numbered `removed` are removed already. Its other documents take the
    /// place of those that have the same id in the segments before it.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for an `id` that another segment has, a segment of
    /// another language, or a removed document that the segment never had; nothing is changed then.
    pub fn insert_segment(
        &mut self,
        id: u64,
        segment: Arc<Segment>,
        removed: impl IntoIterator<Item = u32>,
    ) -> Result<()> {
        if self.segment(id).is_some() {
            return Err(Error::corrupt(format!("the index has two segments {id}")));
        }
        if segment.language() != self.language {
            let (theirs, ours) = (segment.language(), self.language);
            return Err(Error::corrupt(format!(
                "segment {id} was analysed as {theirs:?}, the index as {ours:?}"
            )));
        }
        let mut inserted = IndexSegment::new(id, segment);
        for document in removed {
            if document as usize >= inserted.segment().documents().len() {
                return Err(Error::corrupt(format!("segment {id} has no document {document} to remove")));
            }
            inserted.remove(document);
        }
        self.append(inserted);
        Ok(())
    }

    fn append(&mut self, inserted: IndexSegment) {
        for (number, document) in (0..).zip(inserted.segment().documents()) {
            if inserted.is_live(number) {
                self.remove_document(&document.id);
            }
        }
        self.segments.push(inserted);
    }

    /// Puts a merged segment, as segment `id`, in the place of those that it is made of, less what was removed from
    /// them meanwhile. Returns the vectors that rows got meanwhile; these are still to be inserted.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for an `id` that another segment has, and where one of
    /// those segments is missing; nothing is changed then.
    pub fn replace_segments(&mut self, id: u64, merged: &Merged) -> Result<Option<VectorRun>> {
        if self.segment(id).is_some() || !merged.can_replace_in(self) {
            return Err(Error::corrupt(format!("segment {id} cannot take the place of those it is made of")));
        }
        let (removed, vectors) = (merged.removed_since(self), merged.vectors_since(self));
        merged.sources().for_each(|source| _ = self.remove_segment(source));
        let mut entry = IndexSegment::with_vectors(id, merged.segment.clone(), merged.vectors.clone());
        removed.iter().for_each(|document| entry.remove(document));
        self.append(entry);
        Ok(vectors)
    }

    /// Drops the segment `id` with all its documents, for example after a merge, or once all are removed. Returns
    /// whether there was one.
    pub fn remove_segment(&mut self, id: u64) -> bool {
        let before = self.segments.len();
        self.segments.retain(|segment| segment.id() != id);
        self.segments.len() < before
    }

    /// Removes the document `id`: it is never found again, and counts in no statistic. Returns where it was.
    pub fn remove_document(&mut self, id: &str) -> Option<DocumentPlace> {
        let place = self.find(id)?;
        self.segments[place.segment].remove(place.document);
        Some(place)
    }

    /// Takes vectors for rows of the segment `id`. The segment's vectors are copied first where a clone of the index
    /// shares them.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where there is no such segment, the run does not fit it,
    /// or has other dimensions than the index; nothing is changed then.
    pub fn insert_vectors(&mut self, id: u64, run: &VectorRun) -> Result<()> {
        let dimensions = self.dimensions();
        let segment = self.segment_mut(id);
        let segment = segment
            .ok_or_else(|| Error::corrupt(format!("vectors came for segment {id}, which is missing")))?;
        if dimensions.is_some_and(|dimensions| dimensions != run.dimensions as usize) {
            let message =
                format!("vectors of segment {id} have {} dimensions, unlike the others", run.dimensions);
            return Err(Error::corrupt(message));
        }
        segment.insert_vectors(run)
    }

    /// The segment `id`; `None` where there is none.
    pub fn segment(&self, id: u64) -> Option<&IndexSegment> {
        self.segments.iter().find(|segment| segment.id() == id)
    }

    /// Takes a graph of the vectors of the segment `id`. Returns whether it was taken: there may be no such segment any
    /// more, or it got vectors since the graph was built.
    pub fn insert_graph(&mut self, id: u64, graph: Arc<Graph>) -> bool {
        self.segment_mut(id).is_some_and(|segment| segment.insert_graph(graph))
    }

    fn segment_mut(&mut self, id: u64) -> Option<&mut IndexSegment> {
        self.segments.iter_mut().find(|segment| segment.id() == id)
    }
}
