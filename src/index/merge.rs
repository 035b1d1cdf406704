//! Several segments become one, without analysing or embedding anything again.
//!
//! Removed documents are left out with everything that segments hold of them. What is left keeps its order: that of
//! the segments, then that of the documents.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::postings::{Postings, PostingsMerge};
use super::segment::{ChunkRecord, DocumentRecord, Sections, Segment};
use super::vectors::{VectorRun, Vectors, gather};
use super::{Index, IndexSegment};
use crate::error::Result;
use crate::task::Task;

/// How many documents are copied between two pauses.
const DOCUMENTS_PER_STEP: usize = 4096;

/// How many postings are merged between two pauses.
const POSTINGS_PER_STEP: usize = 1 << 17;

/// The most rows whose vectors are written, or joined, as one run: 6 MB with 384 dimensions.
pub const ROWS_PER_RUN: usize = 1 << 14;

/// A segment that is to replace others.
#[derive(Clone, Debug)]
pub struct Merged {
    pub(super) segment: Arc<Segment>,
    pub(super) vectors: Arc<Vectors>,
    sources: Vec<Source>,
}

/// A segment that was merged.
#[derive(Clone, Debug)]
struct Source {
    id: u64,
    /// The numbers there of the documents that were taken over, in order.
    documents: RoaringBitmap,
    /// Its vectors then.
    vectors: Arc<Vectors>,
}

/// A merged segment as it is stored.
#[derive(Clone, Debug)]
pub struct StoredMerge {
    /// [`Segment::encode`]
    pub tables: Vec<u8>,
    /// [`VectorRun::encode`] of each run; none has more than [`ROWS_PER_RUN`] rows.
    pub runs: Vec<Vec<u8>>,
}

/// Merges segments of one language, in their order, with pauses between steps of some milliseconds.
///
/// # Errors
/// [`Aborted`](crate::error::ErrorKind::Aborted)
pub async fn merge(sources: &[IndexSegment], task: &impl Task) -> Result<(Merged, StoredMerge)> {
    let mut tables = Tables::default();
    for source in sources {
        tables.copy(source, task).await?;
    }
    let postings = merge_postings(sources, task).await?;
    let language = sources.first().map(|source| source.segment().language()).unwrap_or_default();
    let Tables { documents, sections, chunks } = tables;
    let segment = Segment::new(language, documents, sections.into_paths(), chunks, postings);
    task.checkpoint().await?;
    let tables = segment.encode()?;
    task.checkpoint().await?;
    let (vectors, runs) = copy_vectors(sources, segment.chunks().len(), task).await?;
    let taken = |source: &IndexSegment| Source {
        id: source.id(),
        documents: source.live_documents().clone(),
        vectors: source.vectors().clone(),
    };
    let sources = sources.iter().map(taken).collect();
    let merged = Merged { segment: Arc::new(segment), vectors: Arc::new(vectors), sources };
    Ok((merged, StoredMerge { tables, runs }))
}

#[derive(Default)]
struct Tables {
    documents: Vec<DocumentRecord>,
    sections: Sections,
    chunks: Vec<ChunkRecord>,
}

impl Tables {
    async fn copy(&mut self, source: &IndexSegment, task: &impl Task) -> Result<()> {
        let segment = source.segment();
        for (copied, number) in source.live_documents().iter().enumerate() {
            if copied % DOCUMENTS_PER_STEP == 0 {
                task.checkpoint().await?;
            }
            for row in segment.rows_of(number) {
                let section = self.sections.place(segment.section(row));
                // Documents and rows of several segments are fewer than those that one may have.
                let document = self.documents.len() as u32;
                self.chunks.push(ChunkRecord { document, section, ..segment.chunks()[row as usize] });
            }
            self.documents.push(segment.documents()[number as usize].clone());
        }
        Ok(())
    }
}

async fn merge_postings(sources: &[IndexSegment], task: &impl Task) -> Result<Postings> {
    let kept: Vec<_> =
        sources.iter().map(|source| (source.segment().postings(), source.live_rows())).collect();
    let mut merge = PostingsMerge::new(&kept);
    while merge.advance(POSTINGS_PER_STEP) {
        task.checkpoint().await?;
    }
    Ok(merge.finish())
}

/// The vectors of the live rows of `sources`, and the same as stored values.
async fn copy_vectors(
    sources: &[IndexSegment],
    rows: usize,
    task: &impl Task,
) -> Result<(Vectors, Vec<Vec<u8>>)> {
    let mut vectors = Vectors::new(rows);
    let mut runs = Vec::new();
    let live = sources
        .iter()
        .flat_map(|source| source.live_rows().iter().map(|row| (source.vectors().as_ref(), row)));
    let mut numbered = (0u32..).zip(live).map(|(row, (vectors, from))| (row, vectors, from)).peekable();
    while numbered.peek().is_some() {
        task.checkpoint().await?;
        if let Some(run) = gather(numbered.by_ref().take(ROWS_PER_RUN)) {
            vectors.insert_run(&run)?;
            runs.push(run.encode()?);
        }
    }
    Ok((vectors, runs))
}

impl Merged {
    /// The ids of the segments that it is made of.
    pub fn sources(&self) -> impl Iterator<Item = u64> {
        self.sources.iter().map(|source| source.id)
    }

    /// Whether `index` still has all segments that it is made of.
    pub fn can_replace_in(&self, index: &Index) -> bool {
        self.sources().all(|id| index.segment(id).is_some())
    }

    /// The segment each document comes from, as it is now and as it was merged, with its number there, in order.
    fn origins<'m>(&'m self, index: &'m Index) -> impl Iterator<Item = (&'m IndexSegment, &'m Source, u32)> {
        let sources = self.sources.iter().filter_map(|source| Some((index.segment(source.id)?, source)));
        sources.flat_map(|(now, source)| source.documents.iter().map(move |number| (now, source, number)))
    }

    /// The documents that `index` has removed since.
    pub(super) fn removed_since(&self, index: &Index) -> RoaringBitmap {
        let origins = (0..).zip(self.origins(index));
        origins.filter(|(_, (now, _, document))| !now.is_live(*document)).map(|(number, _)| number).collect()
    }

    /// The vectors that `index` has got since. Only segments that got any have others than they had.
    pub(super) fn vectors_since(&self, index: &Index) -> Option<VectorRun> {
        let changed = (0..)
            .zip(self.origins(index))
            .filter(|(_, (now, source, _))| !Arc::ptr_eq(now.vectors(), &source.vectors));
        let rows = changed.flat_map(|(number, (now, _, document))| {
            let rows = self.segment.rows_of(number).zip(now.segment().rows_of(document));
            rows.map(move |(row, from)| (row, now.vectors().as_ref(), from))
        });
        gather(rows.filter(|&(row, vectors, from)| !self.vectors.is_same(row, vectors, from)))
    }
}
