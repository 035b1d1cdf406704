//! The draft of the next generation, and its commit.

mod import;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::damage::damaged_runs;
use super::manifest::{Aside, SegmentEntry};
use super::records::{self, DocumentVersion, VersionChange};
use super::{ChunkKey, Generation, names, outline, text};
use crate::error::{Error, ErrorKind, Result};
use crate::index::{
    DocumentRecord, Graph, Index, Merged, PartRef, Parts, Postings, RowId, RunRef, Segment, VectorRun,
};
use crate::model::Embedding;
use crate::order::{self, Order};
use crate::store::{Changes, Head, Part, Store};
use crate::trail::{Digest, Entry};

/// The next generation in the making.
#[derive(Debug)]
pub struct Draft {
    next: Generation,
    put: Vec<(String, Part)>,
    delete: Vec<String>,
    /// Documents that were removed from parts that other documents may share, by the key of the part.
    removed_texts: BTreeMap<[u8; 16], Vec<[u8; 16]>>,
    /// Whether no document changes.
    is_silent: bool,
}

/// A segment with what is stored of it, encoded before the commit that adds it is built: a commit that another writer
/// overtook is built anew.
#[derive(Clone, Debug)]
pub struct NewSegment {
    /// The segment.
    pub segment: Segment,
    tables: Part,
    postings: Part,
    /// Parts with the texts and outlines of its documents, by name; none where they are stored already.
    texts: Vec<(String, Part)>,
}

impl NewSegment {
    /// Encodes a segment whose postings are in memory. `texts` are parts with the texts and outlines of its documents, by
    /// name.
    ///
    /// # Errors
    /// As [`codec::encode`](crate::codec::encode).
    pub fn encode(segment: Segment, texts: Vec<(String, Part)>) -> Result<Self> {
        let postings = segment.postings().ok_or_else(|| Error::internal("a new segment has no postings"))?;
        let (tables, postings) = (Rc::new(segment.tables().encode()?), Rc::new(postings.encode()?));
        Ok(Self { segment, tables, postings, texts })
    }
}

impl Draft {
    /// A draft that changes nothing yet.
    pub fn new(generation: &Generation) -> Self {
        let mut next = generation.clone();
        next.head.generation += 1;
        Self { next, put: Vec::new(), delete: Vec::new(), removed_texts: BTreeMap::new(), is_silent: false }
    }

    /// The generation as the draft has it so far.
    pub fn next(&self) -> &Generation {
        &self.next
    }

    /// Whether all that changes is the audit trail, or what is staged, which nobody who watches documents wants to hear of.
    pub fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// Removes a document with its text, and its segment with it if it was the last in there. Returns whether there
    /// was one.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(place) = self.next.index.remove_document(id) else { return false };
        self.next.documents_changed = self.next.number();
        let record = self.next.index.document(place);
        if text::is_shared(record) {
            self.removed_texts.entry(record.text_part).or_default().push(record.content_hash);
        } else {
            self.delete.extend(text::parts_of(record));
        }
        self.delete.extend(outline::part_of(record));
        self.drop_if_empty(place.segment);
        true
    }

    fn drop_if_empty(&mut self, segment: usize) {
        let segment = &self.next.index.segments()[segment];
        if segment.live_documents().is_empty() {
            let id = segment.id();
            self.delete_parts(&segment.parts().clone());
            self.next.index.remove_segment(id);
        }
    }

    /// Deletes what is stored of a segment, its texts aside.
    fn delete_parts(&mut self, parts: &Parts) {
        self.delete.extend([names::tables(parts.tables.id), names::postings(parts.postings.id)]);
        self.delete.extend(parts.runs.iter().map(|run| names::vectors(run.part.id)));
        self.delete.extend(parts.graph.map(|graph| names::graph(graph.id)));
    }

    /// Adds a segment in place of documents of the same ids. The text of a document that is there already with the same
    /// content stays where it is.
    ///
    /// # Errors
    /// As [`Index::insert_segment`].
    pub fn add_segment(&mut self, added: &NewSegment) -> Result<()> {
        self.next.documents_changed = self.next.number();
        for document in added.segment.tables().documents() {
            let place = self.next.index.find(&document.id);
            let text_of = |record: &DocumentRecord| (record.content_hash, record.text_part);
            match place.filter(|place| text_of(self.next.index.document(*place)) == text_of(document)) {
                Some(place) => {
                    self.next.index.remove_document(&document.id);
                    self.drop_if_empty(place.segment);
                }
                None => _ = self.remove(&document.id),
            }
        }
        // A text that comes again under the same name is deleted and written in one commit.
        self.put.extend(added.texts.iter().cloned());
        let (segment, id) = self.put_segment(added);
        self.next.index.insert_segment(id, segment, [])
    }

    /// Writes the tables and postings of a new segment.
    fn put_segment(&mut self, added: &NewSegment) -> (Segment, u64) {
        let parts = Parts {
            tables: self.put_part(added.tables.clone(), names::tables),
            postings: self.put_part(added.postings.clone(), names::postings),
            runs: Vec::new(),
            graph: None,
        };
        let (mut segment, id) = (added.segment.clone(), parts.tables.id);
        *segment.parts_mut() = parts;
        (segment, id)
    }

    /// Adds vectors of the model with this fingerprint, by chunk. Those of chunks that are gone or have a vector by now are
    /// left out; returns how many were taken.
    ///
    /// # Errors
    /// [`ErrorKind::ModelMismatch`] where the collection has vectors of another model.
    pub fn add_vectors(&mut self, fingerprint: &str, embedded: &[(ChunkKey, Embedding)]) -> Result<usize> {
        if self.next.fingerprint.get_or_insert_with(|| fingerprint.to_owned()) != fingerprint {
            let message = "the vectors are of another model than those of the collection";
            return Err(Error::new(ErrorKind::ModelMismatch, message));
        }
        let mut wanted: Vec<(RowId, &Embedding)> = embedded
            .iter()
            .filter_map(|(key, embedding)| Some((self.next.row_without_vector(key)?, embedding)))
            .collect();
        wanted.order_by_key(|(row, _)| *row);
        wanted.dedup_by_key(|(row, _)| *row);
        for rows in wanted.chunk_by(|(row, _), (next, _)| row.segment == next.segment) {
            let vectors = rows.iter().map(|(row, it)| (u64::from(row.row), &it.vector, &it.parts));
            let run = VectorRun::quantise_rows(vectors)?;
            let id = self.next.index.segments()[rows[0].0.segment].id();
            self.add_run(id, &run)?;
        }
        Ok(wanted.len())
    }

    fn add_run(&mut self, segment: u64, run: &VectorRun) -> Result<()> {
        self.next.index.insert_vectors(segment, run)?;
        let part = self.put_part(Rc::new(run.encode()?), names::vectors);
        let parts = self.parts_mut(segment)?;
        parts.runs.push(RunRef::new(part, &run.rows));
        // The index dropped it with the first vector that it does not know.
        let graph = parts.graph.take();
        self.delete.extend(graph.map(|graph| names::graph(graph.id)));
        Ok(())
    }

    fn parts_mut(&mut self, segment: u64) -> Result<&mut Parts> {
        let segment = self.next.index.segment_mut(segment);
        segment.map(Segment::parts_mut).ok_or_else(|| Error::internal("a segment is missing"))
    }

    /// Puts a merged segment in the place of those that it is made of: its vectors stay in the runs that they are in. `added`
    /// is what is stored of it. Returns whether it could, or one of them is gone.
    ///
    /// # Errors
    /// As [`Index::replace_segments`].
    pub fn replace(&mut self, merged: &Merged, added: &NewSegment) -> Result<bool> {
        if !merged.can_replace_in(&self.next.index) {
            return Ok(false);
        }
        let mut runs = Vec::new();
        for (source, moves) in merged.moves() {
            let parts = std::mem::take(self.parts_mut(source)?);
            let (kept, gone): (Vec<_>, Vec<_>) =
                parts.runs.into_iter().map(|run| run.moved(moves).ok_or(run)).partition(Result::is_ok);
            runs.extend(kept.into_iter().flatten());
            let gone = gone.into_iter().filter_map(Result::err).collect();
            self.delete_parts(&Parts { runs: gone, ..parts });
        }
        let (segment, id) = self.put_segment(added);
        self.next.index.replace_segments(id, merged)?;
        *self.parts_mut(id)? = Parts { runs, ..segment.parts().clone() };
        Ok(true)
    }

    /// Puts joined runs in the place of runs of a segment. Returns whether it could, or the segment or one of these runs is
    /// gone, or a graph has come.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] where the segment is missing.
    pub fn replace_runs(
        &mut self,
        segment: u64,
        joined: &[RunRef],
        by: &[(VectorRun, Part)],
    ) -> Result<bool> {
        let Some(now) = self.next.index.segment(segment).map(Segment::parts) else { return Ok(false) };
        if now.graph.is_some() || !joined.iter().all(|run| now.runs.contains(run)) {
            return Ok(false);
        }
        self.delete.extend(joined.iter().map(|run| names::vectors(run.part.id)));
        let written: Vec<RunRef> = by
            .iter()
            .map(|(run, bytes)| RunRef::new(self.put_part(bytes.clone(), names::vectors), &run.rows))
            .collect();
        let parts = self.parts_mut(segment)?;
        parts.runs.retain(|run| !joined.contains(run));
        parts.runs.extend(written);
        Ok(true)
    }

    /// Adds the graph of a segment, and its stored form. Returns whether it could, or the segment is gone, has other
    /// vectors by now, or another tab's graph.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] where the segment is missing.
    pub fn add_graph(&mut self, segment: u64, graph: &Arc<Graph>, bytes: &Part) -> Result<bool> {
        let has_one = self.next.index.segment(segment).is_none_or(|it| it.parts().graph.is_some());
        if has_one || !self.next.index.insert_graph(segment, graph.clone()) {
            return Ok(false);
        }
        let part = self.put_part(bytes.clone(), names::graph);
        self.parts_mut(segment)?.graph = Some(part);
        Ok(true)
    }

    /// Drops damaged vectors and graphs, so that they are made anew. Returns whether there were any.
    ///
    /// # Errors
    /// As [`Segment::stored`].
    pub fn drop_damaged(&mut self) -> Result<bool> {
        let mut dropped = false;
        for id in self.next.index.segments().iter().map(Segment::id).collect::<Vec<_>>() {
            let Some(segment) = self.next.index.segment_mut(id) else { continue };
            let runs = damaged_runs(segment);
            let has_damaged_graph = segment.lazy_graph().is_some_and(|graph| graph.is_damaged());
            if runs.is_empty() && !has_damaged_graph {
                continue;
            }
            let mut parts = segment.parts().clone();
            parts.runs.retain(|run| !runs.contains(run));
            let graph = parts.graph.take();
            *segment = segment.with_parts(parts)?;
            self.delete.extend(runs.iter().map(|run| names::vectors(run.part.id)));
            self.delete.extend(graph.map(|graph| names::graph(graph.id)));
            dropped = true;
        }
        Ok(dropped)
    }

    /// Puts postings in the place of damaged ones. Returns whether they are still damaged, and the segment still there.
    ///
    /// # Errors
    /// As [`codec::encode`](crate::codec::encode).
    pub fn replace_postings(&mut self, segment: u64, postings: &Arc<Postings>) -> Result<bool> {
        let is_damaged = |segment: &Segment| segment.lazy_postings().is_damaged();
        if !self.next.index.segment(segment).is_some_and(is_damaged) {
            return Ok(false);
        }
        let part = self.put_part(Rc::new(postings.encode()?), names::postings);
        if let Some(segment) = self.next.index.segment_mut(segment) {
            let before = std::mem::replace(&mut segment.parts_mut().postings, part);
            segment.set_postings(postings.clone());
            self.delete.push(names::postings(before.id));
        }
        Ok(true)
    }

    /// Puts a segment, all of whose chunks have vectors of the model with this fingerprint, aside. What is aside for yet
    /// another model is dropped.
    ///
    /// # Errors
    /// As [`VectorRun::encode`].
    pub fn put_aside(&mut self, fingerprint: &str, added: &NewSegment, vectors: &[VectorRun]) -> Result<()> {
        if self.next.aside.as_ref().is_some_and(|aside| aside.fingerprint != fingerprint) {
            self.drop_aside();
        }
        let (mut segment, id) = self.put_segment(added);
        for run in vectors {
            let part = self.put_part(Rc::new(run.encode()?), names::vectors);
            segment.parts_mut().runs.push(RunRef::new(part, &run.rows));
        }
        // Its counts are those of an index, which knows that all rows have vectors.
        let mut index = Index::default();
        index.insert_segment(id, segment.with_parts(segment.parts().clone())?, [])?;
        let entries = index.segments().iter().map(SegmentEntry::new);
        let fingerprint = fingerprint.to_owned();
        let aside = self.next.aside.get_or_insert_with(|| Aside { fingerprint, segments: Vec::new() });
        aside.segments.extend(entries);
        Ok(())
    }

    /// Forgets what was put aside.
    pub fn drop_aside(&mut self) {
        if let Some(aside) = self.next.aside.take() {
            aside.segments.iter().for_each(|entry| self.delete_parts(&entry.parts));
        }
    }

    /// Puts what was put aside in the place of everything: `index` is what [`Generation::read_aside`] gave. Returns whether
    /// it could, or not all documents are in there as they are now.
    ///
    /// # Errors
    /// As [`Index::insert_segment`].
    pub fn take_aside(&mut self, index: &Index) -> Result<bool> {
        let Some(aside) = self.next.aside.clone() else { return Ok(false) };
        let aside_ids = aside.segments.iter().map(|entry| entry.parts.tables.id);
        if !aside_ids.eq(index.segments().iter().map(Segment::id)) {
            return Ok(false);
        }
        let mut index = index.clone();
        let now = &self.next.index;
        for (_, record) in now.documents() {
            let same = index.find(&record.id).map(|place| index.document(place));
            if same.is_none_or(|same| same.content_hash != record.content_hash) {
                return Ok(false);
            }
        }
        let gone: Vec<String> = index
            .documents()
            .filter(|(_, it)| now.find(&it.id).is_none())
            .map(|(_, it)| it.id.clone())
            .collect();
        gone.iter().for_each(|id| _ = index.remove_document(id));
        let parts: Vec<Parts> = now.segments().iter().map(|segment| segment.parts().clone()).collect();
        parts.iter().for_each(|parts| self.delete_parts(parts));
        self.next.index = index;
        self.next.fingerprint = Some(aside.fingerprint);
        self.next.aside = None;
        let empty: Vec<u64> = self
            .next
            .index
            .segments()
            .iter()
            .filter(|it| it.live_documents().is_empty())
            .map(Segment::id)
            .collect();
        for id in empty {
            let place = self.next.index.segments().iter().position(|segment| segment.id() == id);
            place.into_iter().for_each(|place| self.drop_if_empty(place));
        }
        Ok(true)
    }

    /// Says which model the collection is embedded with, before it has any vector.
    pub fn set_fingerprint(&mut self, fingerprint: &str) {
        self.next.fingerprint.get_or_insert_with(|| fingerprint.to_owned());
    }

    /// Adds a record to the trail, and how documents have changed since the record before. `versions` are the documents that there
    /// are, where that is another list than it was.
    ///
    /// # Errors
    /// As [`codec::encode`](crate::codec::encode).
    pub fn append_record(
        &mut self,
        line: String,
        changes: &[VersionChange],
        versions: Option<&[DocumentVersion]>,
    ) -> Result<()> {
        self.is_silent = true;
        if let Some(versions) = versions {
            let before = self.next.trail.versions.take();
            self.delete.extend(before.map(|part| names::versions(part.id)));
            self.next.trail.versions =
                Some(self.put_part(records::encode_versions(versions)?, names::versions));
        }
        let head = &mut self.next.trail.head;
        (head.last, head.digest) = (head.last + 1, Digest::of(&line));
        let number = head.last;
        self.put.push(records::encode(number, &Entry::Line(line))?);
        self.put.push(records::encode_changes(number, changes)?);
        Ok(())
    }

    /// Deletes a record of the trail; its digest stays.
    ///
    /// # Errors
    /// As [`codec::encode`](crate::codec::encode).
    pub fn delete_record(&mut self, number: u64, digest: Digest) -> Result<()> {
        self.is_silent = true;
        self.put.push(records::encode(number, &Entry::Deleted { number, digest })?);
        Ok(())
    }

    /// Deletes all records of the trail. Their numbers are not used again.
    pub fn clear_records(&mut self) {
        self.is_silent = true;
        let trail = &mut self.next.trail;
        let numbers = trail.head.cleared + 1..=trail.head.last;
        self.delete.extend(numbers.flat_map(|number| [names::record(number), names::changes(number)]));
        self.delete.extend(trail.versions.take().map(|part| names::versions(part.id)));
        trail.head.cleared = trail.head.last;
    }

    /// Writes `bytes` as a part with an id of its own, of which `name` makes the name.
    fn put_part(&mut self, bytes: Part, name: fn(u64) -> String) -> PartRef {
        self.next.last_id += 1;
        let part = PartRef::new(self.next.last_id, &bytes);
        self.put.push((name(part.id), bytes));
        part
    }

    /// Commits the draft, and returns the generation that it is then. The first commit begins a history.
    ///
    /// # Errors
    /// [`ErrorKind::StoreConflict`] where another writer was faster, and the other errors of [`Store::commit`]; nothing was
    /// written then.
    pub async fn commit(mut self, store: &impl Store) -> Result<Generation> {
        self.take_texts_out(store).await?;
        let expected_generation = self.next.head.generation - 1;
        if expected_generation == 0 {
            self.next.head.history = store.new_history();
        }
        let changes = Changes {
            expected_generation,
            history: self.next.head.history,
            manifest: self.next.manifest().encode()?,
            put: self.put,
            delete: self.delete,
        };
        let generation = store.commit(changes).await?;
        debug_assert_eq!(generation, self.next.number());
        Ok(self.next)
    }

    /// Deletes parts of which all texts were removed, and writes those anew of which some were.
    async fn take_texts_out(&mut self, store: &impl Store) -> Result<()> {
        let removed = std::mem::take(&mut self.removed_texts);
        if removed.is_empty() {
            return Ok(());
        }
        let live = self.next.index.segments().iter().flat_map(|segment| {
            segment.live_documents().iter().map(|number| &segment.tables().documents()[number as usize])
        });
        let shared = order::set(live.map(|record| record.text_part).filter(|key| removed.contains_key(key)));
        let names: Vec<String> = shared.iter().map(names::text).collect();
        let parts = match names.is_empty() {
            true => Vec::new(),
            false => {
                let head = Head { generation: self.next.head.generation - 1, ..self.next.head };
                store.read(head, &names).await?
            }
        };
        self.delete.extend(removed.keys().map(names::text));
        // What is written in this commit has a name of its own, unless it is the very same.
        let written = order::set(self.put.iter().map(|(name, _)| name.clone()));
        for ((key, name), part) in shared.iter().zip(names).zip(parts) {
            let left = part.and_then(|part| text::without(&part, &removed[key]));
            if !written.contains(&name) {
                self.put.extend(left.map(|left| (name, left)));
            }
        }
        Ok(())
    }
}
