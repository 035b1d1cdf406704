//! The state of one generation in memory, and the draft of the next.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::manifest::{Manifest, SegmentEntry};
use crate::codec::{self, Kind};
use crate::document::Chunk;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{DocumentPlace, Index, Language, Segment, VectorRun};
use crate::model::ModelInfo;
use crate::store::{Changes, Head, Store};

/// One generation: what was committed, and the index that it makes up.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Which commit this is the state of.
    pub head: Head,
    pub index: Index,
    /// The next unused id of a segment or vector run.
    next_id: u64,
    /// The vector runs of each segment, by segment id.
    runs: BTreeMap<u64, Vec<u64>>,
}

/// Where a chunk is in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Row {
    /// The place of its segment among the index's segments.
    pub segment: usize,
    /// Its row there.
    pub row: u32,
}

fn segment_part(id: u64) -> String {
    format!("segment/{id}")
}

fn vectors_part(id: u64) -> String {
    format!("vectors/{id}")
}

/// The name of the part that holds a document's text.
pub(super) fn text_part(segment: u64, document: u32) -> String {
    format!("text/{segment}/{document}")
}

/// The parts of the given names, in order, all of which must be there.
pub(super) async fn read_parts(store: &impl Store, names: &[String]) -> Result<Vec<Vec<u8>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let missing = |name: &String| Error::corrupt(format!("the stored part {name:?} is missing"));
    let parts = names.iter().zip(store.read(names).await?);
    parts.map(|(name, part)| part.ok_or_else(|| missing(name))).collect()
}

impl State {
    /// The state of a collection without any commit.
    pub fn empty() -> Self {
        Self {
            head: Head::default(),
            index: Index::new(Language::default()),
            next_id: 0,
            runs: BTreeMap::new(),
        }
    }

    /// Loads the last committed generation. Segments and vectors that `known` already holds are not read again, if it
    /// is of the same history: in another one the same ids stand for something else.
    ///
    /// # Errors
    /// [`ErrorKind::ModelMismatch`], [`ErrorKind::StoreCorrupt`], [`ErrorKind::StoreTooNew`] and the store's errors.
    pub async fn load(store: &impl Store, known: &State, model: &ModelInfo) -> Result<Self> {
        loop {
            let snapshot = store.load().await?;
            let head = snapshot.head;
            if head.generation == 0 {
                return Ok(Self::empty());
            }
            let known = if known.head.history == head.history { known } else { &Self::empty() };
            let manifest: Manifest = codec::decode(Kind::Manifest, "the manifest", &snapshot.manifest)?;
            check_model(&manifest, model)?;
            match known.advance(store, &manifest, head).await {
                // A part can vanish between two transactions because another writer commits: then start over.
                Err(error) if error.kind() == ErrorKind::StoreCorrupt => {
                    if store.head().await? == head {
                        return Err(error);
                    }
                }
                result => return result,
            }
        }
    }

    /// The state that `manifest` describes, built from this one with as little reading as possible.
    async fn advance(&self, store: &impl Store, manifest: &Manifest, head: Head) -> Result<Self> {
        let mut next = Self { head, next_id: manifest.next_id, ..self.clone() };
        next.keep_only(manifest);
        let mut names = Vec::new();
        for entry in &manifest.segments {
            let known_runs = next.runs.get(&entry.id);
            if known_runs.is_none() {
                names.push(segment_part(entry.id));
            }
            let new_runs =
                entry.runs.iter().filter(|run| known_runs.is_none_or(|known| !known.contains(run)));
            names.extend(new_runs.map(|&run| vectors_part(run)));
        }
        let read = read_parts(store, &names).await?;
        let parts: HashMap<String, Vec<u8>> = names.into_iter().zip(read).collect();
        for entry in &manifest.segments {
            let name = segment_part(entry.id);
            if let Some(bytes) = parts.get(&name) {
                let segment = Arc::new(Segment::decode(&name, bytes)?);
                next.index.insert_segment(entry.id, segment, entry.removed.iter().copied())?;
            }
            for &run in &entry.runs {
                let name = vectors_part(run);
                if let Some(bytes) = parts.get(&name) {
                    next.index.insert_vectors(entry.id, &VectorRun::decode(&name, bytes)?)?;
                }
            }
            next.runs.insert(entry.id, entry.runs.clone());
        }
        Ok(next)
    }

    /// Drops the segments and documents that `manifest` no longer has.
    fn keep_only(&mut self, manifest: &Manifest) {
        let kept: BTreeMap<u64, &SegmentEntry> =
            manifest.segments.iter().map(|entry| (entry.id, entry)).collect();
        self.runs.retain(|id, _| kept.contains_key(id));
        let mut segments = Vec::new();
        let mut documents = Vec::new();
        for segment in self.index.segments() {
            match kept.get(&segment.id()) {
                None => segments.push(segment.id()),
                Some(entry) => {
                    let removed = entry.removed.iter().filter(|&&document| segment.is_live(document));
                    let records = segment.segment().documents();
                    documents
                        .extend(removed.filter_map(|&at| records.get(at as usize)).map(|it| it.id.clone()));
                }
            }
        }
        segments.into_iter().for_each(|id| _ = self.index.remove_segment(id));
        documents.iter().for_each(|id| _ = self.index.remove_document(id));
    }

    fn manifest(&self, fingerprint: &str) -> Manifest {
        let entry = |segment: &crate::index::IndexSegment| SegmentEntry {
            id: segment.id(),
            removed: segment.removed().collect(),
            runs: self.runs.get(&segment.id()).cloned().unwrap_or_default(),
        };
        Manifest {
            fingerprint: fingerprint.to_owned(),
            next_id: self.next_id,
            segments: self.index.segments().iter().map(entry).collect(),
        }
    }

    /// The generation of this state.
    pub fn generation(&self) -> u64 {
        self.head.generation
    }

    /// The id of the segment at a place.
    pub fn segment_id(&self, segment: usize) -> u64 {
        self.index.segments()[segment].id()
    }

    /// The chunk at a row.
    pub fn chunk(&self, row: Row) -> &Chunk {
        &self.index.segments()[row.segment].segment().chunks()[row.row as usize].chunk
    }

    /// The document that a row is a part of.
    pub fn document_of(&self, row: Row) -> DocumentPlace {
        let chunks = self.index.segments()[row.segment].segment().chunks();
        DocumentPlace { segment: row.segment, document: chunks[row.row as usize].document }
    }

    /// The number of chunks of a document.
    pub fn chunk_count(&self, place: DocumentPlace) -> usize {
        self.index.segments()[place.segment].segment().rows_of(place.document).len()
    }

    /// The chunks of a document that have no vector yet.
    pub fn backlog_of(&self, place: DocumentPlace) -> impl Iterator<Item = Row> + '_ {
        let segment = &self.index.segments()[place.segment];
        let rows = segment.segment().rows_of(place.document);
        rows.filter(|&row| !segment.vectors().contains(row))
            .map(move |row| Row { segment: place.segment, row })
    }
}

fn check_model(manifest: &Manifest, model: &ModelInfo) -> Result<()> {
    if manifest.fingerprint == model.fingerprint {
        return Ok(());
    }
    let short = |fingerprint: &str| fingerprint.chars().take(12).collect::<String>();
    Err(Error::new(
        ErrorKind::ModelMismatch,
        format!(
            "the collection was embedded with the model {}…, but {} is {}…",
            short(&manifest.fingerprint),
            model.name,
            short(&model.fingerprint)
        ),
    ))
}

/// The next generation in the making.
#[derive(Debug)]
pub(super) struct Draft {
    next: State,
    put: Vec<(String, Vec<u8>)>,
    delete: Vec<String>,
}

impl Draft {
    /// A draft that changes nothing yet.
    pub fn new(state: &State) -> Self {
        let head = Head { generation: state.head.generation + 1, ..state.head };
        let next = State { head, ..state.clone() };
        Self { next, put: Vec::new(), delete: Vec::new() }
    }

    fn new_id(&mut self) -> u64 {
        self.next.next_id += 1;
        self.next.next_id
    }

    /// Removes a document with its text, and its segment with it if it was the last in there. Returns whether there
    /// was one.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(place) = self.next.index.remove_document(id) else { return false };
        let segment = &self.next.index.segments()[place.segment];
        let segment_id = segment.id();
        self.delete.push(text_part(segment_id, place.document));
        if segment.removed().len() == segment.segment().documents().len() {
            self.next.index.remove_segment(segment_id);
            self.delete.push(segment_part(segment_id));
            let runs = self.next.runs.remove(&segment_id).unwrap_or_default();
            self.delete.extend(runs.into_iter().map(vectors_part));
        }
        true
    }

    /// Adds a segment, of which `bytes` is the encoded form, with the encoded texts of its documents, in order. None
    /// of its documents may be in the index any more.
    pub fn add_segment(&mut self, segment: Arc<Segment>, bytes: Vec<u8>, texts: Vec<Vec<u8>>) -> Result<()> {
        let id = self.new_id();
        self.put.extend((0..).zip(texts).map(|(document, text)| (text_part(id, document), text)));
        self.put.push((segment_part(id), bytes));
        self.next.runs.insert(id, Vec::new());
        self.next.index.insert_segment(id, segment, [])
    }

    /// Adds vectors by segment id and row. Those of rows that are gone or have a vector by now are left out; returns
    /// how many were taken.
    pub fn add_vectors(&mut self, vectors: &[(u64, u32, Vec<f32>)]) -> Result<usize> {
        let wanted: Vec<&(u64, u32, Vec<f32>)> =
            vectors.iter().filter(|(segment, row, _)| self.lacks_vector(*segment, *row)).collect();
        let consecutive = wanted.chunk_by(|(segment, row, _), (next_segment, next_row, _)| {
            segment == next_segment && row + 1 == *next_row
        });
        let mut touched = BTreeSet::new();
        for run in consecutive {
            let (segment, first_row, _) = run[0];
            let rows: Vec<&[f32]> = run.iter().map(|(_, _, vector)| vector.as_slice()).collect();
            self.add_run(*segment, &VectorRun::quantise(*first_row, &rows)?)?;
            touched.insert(*segment);
        }
        for segment in touched {
            self.compact_runs(segment)?;
        }
        Ok(wanted.len())
    }

    fn lacks_vector(&self, segment: u64, row: u32) -> bool {
        let segment = self.next.index.segments().iter().find(|candidate| candidate.id() == segment);
        segment.is_some_and(|segment| {
            let chunk = segment.segment().chunks().get(row as usize);
            chunk.is_some_and(|chunk| segment.is_live(chunk.document)) && !segment.vectors().contains(row)
        })
    }

    fn add_run(&mut self, segment: u64, run: &VectorRun) -> Result<()> {
        self.next.index.insert_vectors(segment, run)?;
        let id = self.new_id();
        self.put.push((vectors_part(id), run.encode()?));
        self.next.runs.entry(segment).or_default().push(id);
        Ok(())
    }

    /// Writes the vectors of a segment as one run once all have arrived, so that opening it takes few reads.
    fn compact_runs(&mut self, id: u64) -> Result<()> {
        let Some(segment) = self.next.index.segments().iter().find(|segment| segment.id() == id) else {
            return Ok(());
        };
        if segment.vectors().missing() > 0 || self.next.runs[&id].len() < 2 {
            return Ok(());
        }
        let run = segment.vectors().run(0..segment.vectors().rows() as u32);
        let run = run.ok_or_else(|| Error::internal("a vector is missing"))?;
        let replaced = self.next.runs.insert(id, Vec::new()).unwrap_or_default();
        for part in replaced.into_iter().map(vectors_part) {
            let before = self.put.len();
            self.put.retain(|(name, _)| *name != part);
            if self.put.len() == before {
                self.delete.push(part);
            }
        }
        self.add_run(id, &run)
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
