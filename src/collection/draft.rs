//! The draft of the next generation.

use std::rc::Rc;
use std::sync::Arc;

use super::manifest::SegmentParts;
use super::parts::{PartRef, graph_part, tables_part, text_part, vectors_part};
use super::state::{ChunkKey, State};
use crate::codec::{self, Kind};
use crate::error::{Error, Result};
use crate::index::{Graph, Merged, Segment, StoredMerge, VectorRun};
use crate::store::{Changes, Part};

/// The next generation in the making.
#[derive(Debug)]
pub(super) struct Draft {
    next: State,
    put: Vec<(String, Part)>,
    delete: Vec<String>,
}

/// A segment with the texts of its documents, encoded before the commit that adds it is built: a commit that another
/// writer overtook is built anew.
#[derive(Clone, Debug)]
pub(super) struct EncodedSegment {
    pub segment: Arc<Segment>,
    pub tables: Part,
    /// The texts of its documents, in order.
    pub texts: Vec<Part>,
}

/// A merged segment, encoded before the commit is built.
#[derive(Clone, Debug)]
pub(super) struct EncodedMerge {
    merged: Merged,
    tables: Part,
    runs: Vec<Part>,
}

impl From<(Merged, StoredMerge)> for EncodedMerge {
    fn from((merged, StoredMerge { tables, runs }): (Merged, StoredMerge)) -> Self {
        Self { merged, tables: Rc::new(tables), runs: runs.into_iter().map(Rc::new).collect() }
    }
}

impl Draft {
    /// A draft that changes nothing yet.
    pub fn new(state: &State) -> Self {
        let mut next = state.clone();
        next.head.generation += 1;
        Self { next, put: Vec::new(), delete: Vec::new() }
    }

    /// Removes a document with its text, and its segment with it if it was the last in there. Returns whether there
    /// was one.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(place) = self.next.index.remove_document(id) else { return false };
        let segment = &self.next.index.segments()[place.segment];
        let (segment_id, is_empty) = (segment.id(), segment.live_documents().is_empty());
        self.delete.push(text_part(&self.next.index.document(place).content_hash));
        if is_empty {
            self.drop_segment(segment_id);
        }
        true
    }

    fn drop_segment(&mut self, id: u64) {
        self.next.index.remove_segment(id);
        self.delete_parts(id);
    }

    /// Deletes what is stored of a segment, its texts aside.
    fn delete_parts(&mut self, id: u64) {
        if let Some(SegmentParts { tables, runs, graph }) = self.next.parts.remove(&id) {
            self.delete.push(tables_part(tables.id));
            self.delete.extend(runs.into_iter().map(|run| vectors_part(run.id)));
            self.delete.extend(graph.map(|graph| graph_part(graph.id)));
        }
    }

    /// Adds a segment in place of documents of the same ids. The first one fixes the language of the collection.
    pub fn add_segment(&mut self, added: &EncodedSegment) -> Result<()> {
        let EncodedSegment { segment, tables, texts } = added;
        self.next.fix_language(segment.language());
        for (document, text) in segment.documents().iter().zip(texts) {
            self.remove(&document.id);
            // The text of a document that comes again under the same hash is deleted and written in one commit.
            self.put.push((text_part(&document.content_hash), text.clone()));
        }
        let tables = self.put_part(tables.clone(), tables_part);
        self.next.parts.insert(tables.id, SegmentParts { tables, runs: Vec::new(), graph: None });
        self.next.index.insert_segment(tables.id, segment.clone(), [])
    }

    /// Adds vectors by chunk. Those of chunks that are gone or have a vector by now are left out; returns how many
    /// were taken.
    pub fn add_vectors(&mut self, vectors: &[(ChunkKey, Vec<f32>)]) -> Result<usize> {
        let mut wanted: Vec<(u64, u32, &[f32])> = vectors
            .iter()
            .filter_map(|(key, vector)| {
                let (segment, row) = self.next.row_without_vector(key)?;
                Some((segment, row, vector.as_slice()))
            })
            .collect();
        wanted.sort_unstable_by_key(|&(segment, row, _)| (segment, row));
        wanted.dedup_by_key(|&mut (segment, row, _)| (segment, row));
        for rows in wanted.chunk_by(|(segment, ..), (next, ..)| segment == next) {
            let vectors = rows.iter().map(|&(_, row, vector)| (u64::from(row), vector));
            self.add_run(rows[0].0, &VectorRun::quantise_rows(vectors)?)?;
        }
        Ok(wanted.len())
    }

    fn add_run(&mut self, segment: u64, run: &VectorRun) -> Result<()> {
        self.next.index.insert_vectors(segment, run)?;
        let part = self.put_part(Rc::new(run.encode()?), vectors_part);
        let parts = self.next.parts.get_mut(&segment);
        let parts = parts.ok_or_else(|| Error::internal("a segment has no parts"))?;
        parts.runs.push(part);
        // The index dropped it with the first vector that it does not know.
        self.delete.extend(parts.graph.take().map(|graph| graph_part(graph.id)));
        Ok(())
    }

    /// Puts a merged segment in the place of those that it is made of. Returns whether it could, or one of them is gone.
    pub fn replace(&mut self, merge: &EncodedMerge) -> Result<bool> {
        let EncodedMerge { merged, tables, runs } = merge;
        if !merged.can_replace_in(&self.next.index) {
            return Ok(false);
        }
        merged.sources().for_each(|source| self.delete_parts(source));
        let tables = self.put_part(tables.clone(), tables_part);
        let runs = runs.iter().map(|run| self.put_part(run.clone(), vectors_part)).collect();
        self.next.parts.insert(tables.id, SegmentParts { tables, runs, graph: None });
        if let Some(late) = self.next.index.replace_segments(tables.id, merged)? {
            self.add_run(tables.id, &late)?;
        }
        Ok(true)
    }

    /// Puts joined runs in the place of those that `origin` has. Returns whether it could, or the segment or one of these
    /// runs is gone, or a graph has come that needs them.
    pub fn replace_runs(&mut self, origin: &SegmentParts, joined: &[Part]) -> bool {
        let id = origin.tables.id;
        let now = self.next.parts.get(&id).filter(|parts| parts.graph.is_none());
        let Some(now) = now.map(|parts| parts.runs.clone()) else { return false };
        let Some(later) = now.strip_prefix(origin.runs.as_slice()) else { return false };
        self.delete.extend(origin.runs.iter().map(|run| vectors_part(run.id)));
        let mut runs: Vec<PartRef> =
            joined.iter().map(|run| self.put_part(run.clone(), vectors_part)).collect();
        runs.extend(later);
        if let Some(parts) = self.next.parts.get_mut(&id) {
            parts.runs = runs;
        }
        true
    }

    /// Adds the graph of a segment, and its stored form. Returns whether it could, or the segment is gone, has other
    /// vectors by now, or another tab's graph.
    pub fn add_graph(&mut self, segment: u64, graph: &Arc<Graph>, bytes: &Part) -> bool {
        let has_one = self.next.parts.get(&segment).is_none_or(|parts| parts.graph.is_some());
        if has_one || !self.next.index.insert_graph(segment, graph.clone()) {
            return false;
        }
        let part = self.put_part(bytes.clone(), graph_part);
        if let Some(parts) = self.next.parts.get_mut(&segment) {
            parts.graph = Some(part);
        }
        true
    }

    /// Writes `bytes` as a part with an id of its own, of which `name` makes the name.
    fn put_part(&mut self, bytes: Part, name: fn(u64) -> String) -> PartRef {
        self.next.last_id += 1;
        let part = PartRef::new(self.next.last_id, &bytes);
        self.put.push((name(part.id), bytes));
        part
    }

    /// The changes to commit, and the state that holds once they are. The first commit begins a history, to which
    /// `new_history` gives the number.
    pub fn finish(
        mut self,
        fingerprint: &str,
        new_history: impl FnOnce() -> u64,
    ) -> Result<(Changes, State)> {
        let expected_generation = self.next.head.generation - 1;
        if expected_generation == 0 {
            self.next.head.history = new_history();
        }
        let changes = Changes {
            expected_generation,
            history: self.next.head.history,
            manifest: codec::encode(Kind::Manifest, &self.next.manifest(fingerprint))?,
            put: self.put,
            delete: self.delete,
        };
        Ok((changes, self.next))
    }
}
