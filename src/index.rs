//! The index: immutable segments with their vectors and tombstones, searched by words and by meaning.
//!
//! An [`Index`] is a value. Cloning one costs little, since all that is large is shared; a clone can be changed while
//! searches still read the original, and takes its place when the change is durable.

mod analyzer;
mod best;
mod builder;
mod fingerprint;
mod fusion;
mod graph;
mod lazy;
mod lexical;
mod line;
mod merge;
mod merge_policy;
mod parts;
mod planner;
mod postings;
mod relevance;
mod search;
mod segment;
mod tables;
mod vectors;

use std::collections::BTreeMap;
use std::iter::Sum;
use std::sync::Arc;

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use crate::document::Chunk;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::language::Language;

pub use analyzer::MAX_TERM_CHARS;
pub(crate) use analyzer::{Analyzer, Form, Keys, Side, ascii_digit, days, is_unspaced};
pub use builder::{SegmentBuilder, analyse_again};
pub use fingerprint::Fingerprint;
pub use fusion::{ArmScore, Fusion, FusionMethod};
pub use graph::{Graph, build_graph};
pub use lazy::Lazy;
pub use lexical::{
    Bm25, MatchKind, Suggestions, TermScore, TermWeight, TextMatcher, Widening, WordMatch, suggest,
    without_overlaps,
};
pub(crate) use line::{EQUAL, Line};
pub use merge::{Merged, merge};
pub use merge_policy::{ROWS_PER_RUN, runs_to_join, segments_to_merge};
pub use parts::{PartRef, Parts, Place, RunRef};
pub use planner::{GRAPH_ROWS, VectorPath};
pub use postings::Postings;
pub use relevance::{ANSWERABLE, POSSIBLE, Signals, WordSignal};
pub use search::{CANDIDATES, Mode, PHRASE_ROWS, Ranked, Search, SearchQuery, SegmentPath};
pub use segment::{MAX_ROWS, Segment};
pub use tables::{ChunkRecord, DocumentRecord, Tables};
pub use vectors::{QuantisedQuery, VectorRun, Vectors, choose_products, gather, products, use_products};

/// Where a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentPlace {
    /// The place of its segment among [`Index::segments`].
    pub segment: usize,
    /// Its number there.
    pub document: u32,
}

/// Where a chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId {
    /// The place of its segment among [`Index::segments`].
    pub segment: usize,
    /// Its row there.
    pub row: u32,
}

/// How much an index holds, removed documents not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Documents.
    pub documents: usize,
    /// Chunks of these documents.
    pub chunks: usize,
    /// Those of them that have no vector yet: the backlog.
    pub chunks_without_vector: usize,
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, more| Self {
            documents: sum.documents + more.documents,
            chunks: sum.chunks + more.chunks,
            chunks_without_vector: sum.chunks_without_vector + more.chunks_without_vector,
        })
    }
}

/// All segments of a collection, as a value.
#[derive(Clone, Debug, Default)]
pub struct Index {
    segments: Vec<Segment>,
}

impl Index {
    /// How many documents are in each language, in the order of languages, undecided first.
    pub fn languages(&self) -> BTreeMap<Option<Language>, u32> {
        let mut languages = BTreeMap::new();
        for (language, count) in self.segments.iter().flat_map(|segment| segment.languages()) {
            *languages.entry(*language).or_insert(0) += count;
        }
        languages
    }

    /// The segments, in the order in which they were inserted.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Components of each vector; `None` while there is no vector.
    pub fn dimensions(&self) -> Option<usize> {
        self.segments.iter().find_map(|segment| segment.vectors().dimensions())
    }

    /// How much the index holds.
    pub fn counts(&self) -> Counts {
        self.segments.iter().map(Segment::counts).sum()
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
        &self.segments[place.segment].tables().documents()[place.document as usize]
    }

    /// Every document that was not removed, with its place, in the order of ids.
    pub fn documents<'i>(&'i self) -> impl Iterator<Item = (DocumentPlace, &'i DocumentRecord)> {
        let live = |(segment, entry): (usize, &'i Segment)| {
            let numbers = entry.live_documents().iter();
            numbers.map(move |document| DocumentPlace { segment, document })
        };
        let places = self.segments.iter().enumerate().flat_map(live);
        let mut documents: Vec<_> = places.map(|place| (place, self.document(place))).collect();
        documents.sort_unstable_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        documents.into_iter()
    }

    /// The documents that were cut into chunks by an estimate. Costs next to nothing where there are none.
    pub fn estimated(&self) -> impl Iterator<Item = DocumentPlace> {
        let segments = self.segments.iter().enumerate().filter(|(_, entry)| entry.tables().has_estimates());
        segments.flat_map(|(segment, entry)| {
            let documents = entry.live_documents().iter();
            let estimated =
                documents.filter(|number| entry.tables().documents()[*number as usize].is_estimated);
            estimated.map(move |document| DocumentPlace { segment, document })
        })
    }

    /// The ids of the documents that `filter` accepts, in the order in which they were added.
    ///
    /// # Errors
    /// [`InvalidFilter`](crate::error::ErrorKind::InvalidFilter) for a filter that does not fit the metadata.
    pub fn accepted(&self, filter: &Filter) -> Result<Vec<String>> {
        let accepted = self.segments.iter().zip(self.accepted_numbers(filter)?);
        let ids = accepted.flat_map(|(segment, numbers)| {
            let id = |number: u32| segment.tables().documents()[number as usize].id.clone();
            numbers.into_iter().map(id).collect::<Vec<_>>()
        });
        Ok(ids.collect())
    }

    /// How many documents `filter` accepts.
    ///
    /// # Errors
    /// As [`Index::accepted`].
    pub fn count(&self, filter: &Filter) -> Result<usize> {
        Ok(self.accepted_numbers(filter)?.iter().map(|numbers| numbers.len() as usize).sum())
    }

    /// The numbers of the documents that `filter` accepts, by segment.
    fn accepted_numbers(&self, filter: &Filter) -> Result<Vec<RoaringBitmap>> {
        let segments = self.segments.iter();
        let tables: Vec<_> =
            segments.map(|segment| (segment.tables().columns(), segment.live_documents())).collect();
        filter.evaluate(&tables)
    }

    /// The rows without a vector, in the order in which they were added.
    pub fn backlog(&self) -> impl Iterator<Item = RowId> + '_ {
        let segments = self.segments.iter().enumerate();
        segments.flat_map(|(segment, entry)| entry.backlog().iter().map(move |row| RowId { segment, row }))
    }

    /// The segment that a row is in.
    ///
    /// # Panics
    /// If there is no such segment, as with a row of another index; so it is with the other methods that take a row.
    pub fn segment_of(&self, row: RowId) -> &Segment {
        &self.segments[row.segment]
    }

    /// The document that a row is a part of.
    pub fn document_of(&self, row: RowId) -> DocumentPlace {
        let document = self.segment_of(row).tables().chunks()[row.row as usize].document;
        DocumentPlace { segment: row.segment, document }
    }

    /// The chunk at a row.
    pub fn chunk(&self, row: RowId) -> Chunk {
        self.segment_of(row).tables().chunk(row.row)
    }

    /// What the chunk at a row has in common with its copies.
    pub fn fingerprint(&self, row: RowId) -> Fingerprint {
        self.segment_of(row).tables().chunks()[row.row as usize].fingerprint
    }

    /// The rows of a document, in the order of its chunks.
    pub fn rows_of(&self, place: DocumentPlace) -> impl ExactSizeIterator<Item = RowId> + use<> {
        let rows = self.segments[place.segment].tables().rows_of(place.document);
        rows.map(move |row| RowId { segment: place.segment, row })
    }

    /// About the cosine of two chunks; `None` where one has no vector in memory.
    pub fn similarity(&self, a: RowId, b: RowId) -> Option<f32> {
        self.segment_of(a).vectors().similarity(a.row, self.segment_of(b).vectors(), b.row)
    }

    /// Appends a segment, as segment `id`, of which the documents numbered `removed` are removed already. Its other
    /// documents take the place of those that have the same id in the segments before it.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for an `id` that another segment has, or a removed document
    /// that the segment never had; nothing is changed then.
    pub fn insert_segment(
        &mut self,
        id: u64,
        mut segment: Segment,
        removed: impl IntoIterator<Item = u32>,
    ) -> Result<()> {
        if self.segment(id).is_some() {
            return Err(Error::corrupt(format!("the index has two segments {id}")));
        }
        segment.set_id(id);
        for document in removed {
            if document as usize >= segment.tables().documents().len() {
                return Err(Error::corrupt(format!("segment {id} has no document {document} to remove")));
            }
            segment.remove(document);
        }
        self.append(segment);
        Ok(())
    }

    fn append(&mut self, inserted: Segment) {
        for (number, document) in (0..).zip(inserted.tables().documents()) {
            if inserted.is_live(number) {
                self.remove_document(&document.id);
            }
        }
        self.segments.push(inserted);
    }

    /// Puts a merged segment, as segment `id`, in the place of those that it is made of, less what was removed from
    /// them meanwhile, and with the vectors that their rows got meanwhile.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for an `id` that another segment has, and where one of
    /// those segments is missing; nothing is changed then.
    pub fn replace_segments(&mut self, id: u64, merged: &Merged) -> Result<()> {
        if self.segment(id).is_some() || !merged.can_replace_in(self) {
            return Err(Error::corrupt(format!("segment {id} cannot take the place of those it is made of")));
        }
        let segment = merged.as_of(self, id)?;
        merged.sources().for_each(|source| _ = self.remove_segment(source));
        self.append(segment);
        Ok(())
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

    /// Takes vectors for rows of the segment `id`. A clone of the index does not see them.
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
    pub fn segment(&self, id: u64) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.id() == id)
    }

    /// Takes a graph of the vectors of the segment `id`. Returns whether it was taken: there may be no such segment any
    /// more, or it got vectors since the graph was built.
    pub fn insert_graph(&mut self, id: u64, graph: Arc<Graph>) -> bool {
        self.segment_mut(id).is_some_and(|segment| segment.insert_graph(graph))
    }

    pub(crate) fn segment_mut(&mut self, id: u64) -> Option<&mut Segment> {
        self.segments.iter_mut().find(|segment| segment.id() == id)
    }
}
