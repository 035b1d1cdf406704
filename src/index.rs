//! The index: immutable segments with their vectors and tombstones, searched by words and by meaning.
//!
//! An [`Index`] is a value. Cloning one costs little, since all that is large is shared; a clone can be changed while
//! searches still read the original, and takes its place when the change is durable.

mod analyzer;
mod fusion;
mod lexical;
mod postings;
mod search;
mod segment;
mod vectors;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::error::{Error, Result};

pub use analyzer::{Language, MAX_TERM_CHARS};
pub use fusion::Fusion;
pub use lexical::Bm25;
pub use search::{Mode, Ranked, SearchQuery};
pub use segment::{ChunkRecord, DocumentRecord, Segment, SegmentBuilder};
pub use vectors::{VectorRun, Vectors};

/// A segment in the index: its tables, the vectors that have arrived, and the documents that were removed.
#[derive(Clone, Debug)]
pub struct IndexSegment {
    id: u64,
    segment: Arc<Segment>,
    vectors: Arc<Vectors>,
    removed: BTreeSet<u32>,
    live_rows: usize,
    live_length: u64,
}

impl IndexSegment {
    fn new(id: u64, segment: Arc<Segment>) -> Self {
        let lengths = segment.postings().lengths();
        Self {
            id,
            vectors: Arc::new(Vectors::new(lengths.len())),
            removed: BTreeSet::new(),
            live_rows: lengths.len(),
            live_length: lengths.iter().map(|length| u64::from(*length)).sum(),
            segment,
        }
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
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// The numbers of the documents that were removed, in increasing order.
    pub fn removed(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.removed.iter().copied()
    }

    /// Whether the document number `document` can be found.
    pub fn is_live(&self, document: u32) -> bool {
        (document as usize) < self.segment.documents().len() && !self.removed.contains(&document)
    }

    /// The document of a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn document_of(&self, row: u32) -> &DocumentRecord {
        &self.segment.documents()[self.segment.chunks()[row as usize].document as usize]
    }

    /// The number of rows of documents that were not removed.
    pub fn live_rows(&self) -> usize {
        self.live_rows
    }

    /// The rows of documents that were not removed, in order.
    fn live_row_numbers(&self) -> impl Iterator<Item = u32> + '_ {
        (0..)
            .zip(self.segment.chunks())
            .filter(|(_, chunk)| !self.removed.contains(&chunk.document))
            .map(|(row, _)| row)
    }

    /// The weighted number of terms in all live rows.
    fn live_length(&self) -> u64 {
        self.live_length
    }

    fn is_live_row(&self, row: u32) -> bool {
        self.removed.is_empty() || !self.removed.contains(&self.segment.chunks()[row as usize].document)
    }

    fn remove(&mut self, document: u32) {
        if self.removed.insert(document) {
            let rows = self.segment.rows_of(document);
            self.live_rows -= rows.len();
            let lengths = &self.segment.postings().lengths()[rows.start as usize..rows.end as usize];
            self.live_length -= lengths.iter().map(|length| u64::from(*length)).sum::<u64>();
        }
    }
}

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
    places: Arc<HashMap<Arc<str>, DocumentPlace>>,
}

impl Index {
    /// An empty index, whose queries are analysed as texts of `language`.
    pub fn new(language: Language) -> Self {
        Self { language, ..Self::default() }
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
        self.segments.iter().find_map(|segment| segment.vectors.dimensions())
    }

    /// How much the index holds.
    pub fn counts(&self) -> Counts {
        Counts {
            documents: self.places.len(),
            chunks: self.segments.iter().map(IndexSegment::live_rows).sum(),
            chunks_without_vector: self.backlog().count(),
        }
    }

    /// Where the document `id` is; `None` where there is none.
    pub fn find(&self, id: &str) -> Option<DocumentPlace> {
        self.places.get(id).copied()
    }

    /// The document at a place.
    ///
    /// # Panics
    /// If there is no such place, as with one of another index.
    pub fn document(&self, place: DocumentPlace) -> &DocumentRecord {
        &self.segments[place.segment].segment.documents()[place.document as usize]
    }

    /// Every document that was not removed, with its place, in the order of ids.
    pub fn documents(&self) -> impl Iterator<Item = (DocumentPlace, &DocumentRecord)> {
        let mut documents: Vec<_> =
            self.places.values().map(|place| (*place, self.document(*place))).collect();
        documents.sort_unstable_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        documents.into_iter()
    }

    /// The rows without a vector, each as the place of its segment among [`Index::segments`] and its row there, in
    /// the order in which they were added.
    pub fn backlog(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        let incomplete =
            self.segments.iter().enumerate().filter(|(_, segment)| segment.vectors.missing() > 0);
        incomplete.flat_map(|(number, segment)| {
            segment
                .live_row_numbers()
                .filter(|row| !segment.vectors.contains(*row))
                .map(move |row| (number, row))
        })
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
        if self.segment_mut(id).is_some() {
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
            if document as usize >= inserted.segment.documents().len() {
                return Err(Error::corrupt(format!("segment {id} has no document {document} to remove")));
            }
            inserted.remove(document);
        }
        self.append(inserted);
        Ok(())
    }

    fn append(&mut self, inserted: IndexSegment) {
        let places = Arc::make_mut(&mut self.places);
        for (document, record) in (0..).zip(inserted.segment.documents()) {
            if inserted.is_live(document) {
                let place = DocumentPlace { segment: self.segments.len(), document };
                if let Some(older) = places.insert(record.id.as_str().into(), place) {
                    self.segments[older.segment].remove(older.document);
                }
            }
        }
        self.segments.push(inserted);
    }

    /// Drops the segment `id` with all its documents, for example after a merge, or once all are removed. Returns
    /// whether there was one.
    pub fn remove_segment(&mut self, id: u64) -> bool {
        let Some(dropped) = self.segments.iter().position(|segment| segment.id == id) else { return false };
        self.segments.remove(dropped);
        let places = Arc::make_mut(&mut self.places);
        places.retain(|_, place| place.segment != dropped);
        places.values_mut().filter(|place| place.segment > dropped).for_each(|place| place.segment -= 1);
        true
    }

    /// Removes the document `id`: it is never found again, and counts in no statistic. Returns where it was.
    pub fn remove_document(&mut self, id: &str) -> Option<DocumentPlace> {
        self.find(id)?;
        let place = Arc::make_mut(&mut self.places).remove(id)?;
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
        let inserted = Arc::make_mut(&mut segment.vectors).insert_run(run);
        inserted.map_err(|error| error.within(format_args!("segment {id}")))
    }

    fn segment_mut(&mut self, id: u64) -> Option<&mut IndexSegment> {
        self.segments.iter_mut().find(|segment| segment.id == id)
    }
}
