//! Several segments become one, without analysing or embedding anything again.
//!
//! Removed documents are left out with everything that segments hold of them. What is left keeps its order: that of
//! the segments, then that of the documents.

use std::ops::Range;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::Index;
use super::lazy::Lazy;
use super::postings::{Postings, PostingsMerge};
use super::segment::Segment;
use super::tables::{ChunkRecord, DocumentRecord, Shared, Tables};
use super::vectors::{Vectors, gather};
use crate::document::Frame;
use crate::error::{Error, Result};
use crate::task::Task;

/// How many documents are copied between two pauses.
const DOCUMENTS_PER_STEP: usize = 4096;

/// How many postings are merged between two pauses.
const POSTINGS_PER_STEP: usize = 1 << 17;

/// How many vectors are copied between two pauses.
const VECTORS_PER_STEP: usize = 1 << 13;

/// A segment that is to replace others.
#[derive(Clone, Debug)]
pub struct Merged {
    segment: Segment,
    sources: Vec<Source>,
}

/// A segment that was merged.
#[derive(Clone, Debug)]
struct Source {
    id: u64,
    /// The numbers there of the documents that were taken over, in order.
    documents: RoaringBitmap,
    /// The ranges of rows there that were taken over, in order, each with the row that its first one became.
    moves: Vec<(Range<u32>, u32)>,
}

/// Merges segments, in their order, with pauses between steps of some milliseconds. Vectors are copied
/// where all are in memory; else those of the merged segment are unread.
///
/// # Errors
/// [`Aborted`](crate::error::ErrorKind::Aborted), and [`Internal`](crate::error::ErrorKind::Internal) where the postings
/// of a segment were not read.
pub async fn merge(sources: &[Segment], task: &impl Task) -> Result<Merged> {
    let mut tables = Copied::default();
    let mut taken = Vec::with_capacity(sources.len());
    for source in sources {
        let moves = moves(source.live_rows(), tables.chunks.len() as u32);
        taken.push(Source { id: source.id(), documents: source.live_documents().clone(), moves });
        tables.copy(source, task).await?;
    }
    let postings = merge_postings(sources, task).await?;
    let Copied { documents, sections, frames, chunks } = tables;
    let tables = Tables::new(documents, sections.into_values(), frames.into_values(), chunks);
    let mut segment = Segment::new(tables, postings);
    task.checkpoint().await?;
    let vectors = match sources.iter().all(|source| source.lazy_vectors().get().is_some()) {
        true => Lazy::ready(Arc::new(copy_vectors(sources, segment.tables().rows(), task).await?)),
        false => Lazy::unread(),
    };
    let embedded = sources.iter().zip(&taken).flat_map(|(source, taken)| taken.moved(source.embedded()));
    segment.set_vectors(vectors, embedded.collect::<Vec<_>>());
    Ok(Merged { segment, sources: taken })
}

/// Ranges of rows, each with the row that its first one becomes where they are numbered from `first` on.
fn moves(rows: &RoaringBitmap, first: u32) -> Vec<(Range<u32>, u32)> {
    let mut moves: Vec<(Range<u32>, u32)> = Vec::new();
    for (number, row) in (first..).zip(rows) {
        match moves.last_mut() {
            Some((range, _)) if range.end == row => range.end += 1,
            _ => moves.push((row..row + 1, number)),
        }
    }
    moves
}

/// The tables of the merged segment in the making.
#[derive(Default)]
struct Copied {
    documents: Vec<DocumentRecord>,
    sections: Shared<Vec<String>>,
    frames: Shared<Frame>,
    chunks: Vec<ChunkRecord>,
}

impl Copied {
    async fn copy(&mut self, source: &Segment, task: &impl Task) -> Result<()> {
        let segment = source.tables();
        for (copied, number) in source.live_documents().iter().enumerate() {
            if copied % DOCUMENTS_PER_STEP == 0 {
                task.checkpoint().await?;
            }
            for row in segment.rows_of(number) {
                let section = self.sections.place(segment.section(row));
                let frame = self.frames.place(segment.frame(row));
                // Documents and rows of several segments are fewer than those that one may have.
                let document = self.documents.len() as u32;
                self.chunks.push(ChunkRecord { document, section, frame, ..segment.chunks()[row as usize] });
            }
            self.documents.push(segment.documents()[number as usize].clone());
        }
        Ok(())
    }
}

async fn merge_postings(sources: &[Segment], task: &impl Task) -> Result<Postings> {
    let kept = sources.iter().map(|source| Some((source.postings()?, source.live_rows())));
    let kept: Option<Vec<_>> = kept.collect();
    let kept = kept.ok_or_else(|| Error::internal("postings are merged that were not read"))?;
    let mut merge = PostingsMerge::new(&kept);
    while merge.advance(POSTINGS_PER_STEP) {
        task.checkpoint().await?;
    }
    Ok(merge.finish())
}

/// The vectors of the live rows of `sources`.
async fn copy_vectors(sources: &[Segment], rows: u32, task: &impl Task) -> Result<Vectors> {
    let mut vectors = Vectors::new(rows as usize);
    let live = sources
        .iter()
        .flat_map(|source| source.live_rows().iter().map(|row| (source.vectors().as_ref(), row)));
    let mut numbered = (0u32..).zip(live).map(|(row, (vectors, from))| (row, vectors, from)).peekable();
    while numbered.peek().is_some() {
        task.checkpoint().await?;
        if let Some(run) = gather(numbered.by_ref().take(VECTORS_PER_STEP)) {
            vectors.insert_run(&run)?;
        }
    }
    Ok(vectors)
}

impl Source {
    /// What some of its rows have become, as ranges.
    fn moved(&self, rows: &RoaringBitmap) -> Vec<Range<u32>> {
        let ranges = self.moves.iter().flat_map(|(from, to)| {
            let mut kept = RoaringBitmap::new();
            kept.insert_range(from.clone());
            kept &= rows;
            moves(&kept, 0)
                .into_iter()
                .map(move |(range, _)| range.start - from.start + to..range.end - from.start + to)
        });
        ranges.collect()
    }
}

impl Merged {
    /// The merged segment as it was when it was made.
    pub fn segment(&self) -> &Segment {
        &self.segment
    }

    /// The ids of the segments that it is made of.
    pub fn sources(&self) -> impl Iterator<Item = u64> {
        self.sources.iter().map(|source| source.id)
    }

    /// Each of these ids with the ranges of rows that were taken over, in order, and the row that the first one of each
    /// became.
    pub fn moves(&self) -> impl Iterator<Item = (u64, &[(Range<u32>, u32)])> {
        self.sources.iter().map(|source| (source.id, source.moves.as_slice()))
    }

    /// Whether `index` still has all segments that it is made of.
    pub fn can_replace_in(&self, index: &Index) -> bool {
        self.sources().all(|id| index.segment(id).is_some())
    }

    /// The merged segment, as segment `id`, less what `index` has removed since, and with the vectors that it has got
    /// since.
    pub(super) fn as_of(&self, index: &Index, id: u64) -> Result<Segment> {
        let mut segment = self.segment.clone();
        segment.set_id(id);
        let mut number = 0;
        for source in &self.sources {
            let Some(now) = index.segment(source.id) else { continue };
            for document in &source.documents {
                if !now.is_live(document) {
                    segment.remove(number);
                }
                number += 1;
            }
            self.add_late_vectors(&mut segment, source, now)?;
        }
        Ok(segment)
    }

    /// Adds the vectors that rows of a source have got since, where it now is `now`.
    fn add_late_vectors(&self, segment: &mut Segment, source: &Source, now: &Segment) -> Result<()> {
        let embedded: RoaringBitmap = source.moved(now.embedded()).into_iter().flatten().collect();
        let late = embedded - self.segment.embedded();
        if late.is_empty() {
            return Ok(());
        }
        let origins = source
            .moves
            .iter()
            .flat_map(|(from, to)| from.clone().map(move |row| (row - from.start + to, row)));
        let run = gather(
            origins
                .filter(|(row, _)| late.contains(*row))
                .map(|(row, from)| (row, now.vectors().as_ref(), from)),
        );
        match run.filter(|run| run.len() as u64 == late.len() && segment.lazy_vectors().get().is_some()) {
            Some(run) => segment.insert_vectors(&run),
            None => {
                segment.set_vectors(Lazy::unread(), late.iter().map(|row| row..row + 1));
                Ok(())
            }
        }
    }
}
