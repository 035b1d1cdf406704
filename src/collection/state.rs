//! The state of one generation in memory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::manifest::{Manifest, SegmentEntry, SegmentParts};
use super::parts::{PartRef, Reading, graph_part, tables_part, vectors_part};
use crate::codec::{self, Kind};
use crate::document::{Chunk, Span};
use crate::error::{Error, ErrorKind, Result};
use crate::index::{ChunkRecord, DocumentPlace, Graph, Index, IndexSegment, Language, Segment, VectorRun};
use crate::model::ModelInfo;
use crate::store::{Head, Store};

/// One generation: what was committed, and the index that it makes up.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Which commit this is the state of.
    pub head: Head,
    pub index: Index,
    /// The id that was last given to a part.
    pub last_id: u64,
    /// What is stored of each segment, by segment id.
    pub parts: BTreeMap<u64, SegmentParts>,
}

/// Where a chunk is in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Row {
    /// The place of its segment among the index's segments.
    pub segment: usize,
    /// Its row there.
    pub row: u32,
}

/// What tells a chunk wherever it is: merging moves it to another segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChunkKey {
    /// The id of its document.
    pub document: String,
    pub content_hash: [u8; 16],
    /// Its place among the chunks of the document.
    pub ordinal: u32,
    /// Where it is, since the same content may have been cut with other options.
    pub span: Span,
}

impl State {
    /// The state of a collection without any commit.
    pub fn empty() -> Self {
        Self {
            head: Head::default(),
            index: Index::new(Language::default()),
            last_id: 0,
            parts: BTreeMap::new(),
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
        let mut next = Self { head, last_id: manifest.last_id, ..self.clone() };
        next.fix_language(manifest.language);
        next.keep_only(manifest);
        let parts = next.missing_parts(manifest).read(store).await?;
        for SegmentEntry { parts: entry, removed } in &manifest.segments {
            let id = entry.tables.id;
            let name = tables_part(id);
            if let Some(bytes) = parts.get(&name) {
                next.index.insert_segment(id, Arc::new(Segment::decode(&name, bytes)?), removed)?;
            }
            for run in &entry.runs {
                let name = vectors_part(run.id);
                if let Some(bytes) = parts.get(&name) {
                    next.index.insert_vectors(id, &VectorRun::decode(&name, bytes)?)?;
                }
            }
            if let Some(name) = entry.graph.map(|graph| graph_part(graph.id))
                && let Some(bytes) = parts.get(&name)
            {
                next.insert_graph(id, &name, bytes)?;
            }
            next.parts.insert(id, entry.clone());
        }
        Ok(next)
    }

    fn insert_graph(&mut self, segment: u64, name: &str, bytes: &[u8]) -> Result<()> {
        let entry = self.index.segment(segment).ok_or_else(|| Error::internal("a segment is missing"))?;
        let graph = Arc::new(Graph::decode(name, bytes, entry.vectors())?);
        if self.index.insert_graph(segment, graph) {
            return Ok(());
        }
        Err(Error::corrupt(format!("{name} does not have all rows of segment {segment}")))
    }

    /// The parts of `manifest` that are not in memory.
    fn missing_parts(&self, manifest: &Manifest) -> Reading {
        let mut reading = Reading::default();
        for SegmentEntry { parts, .. } in &manifest.segments {
            let known = self.parts.get(&parts.tables.id);
            if known.is_none() {
                reading.want(parts.tables, tables_part);
            }
            let is_known = |run: &&PartRef| known.is_some_and(|known| known.runs.contains(run));
            parts.runs.iter().filter(|run| !is_known(run)).for_each(|run| reading.want(*run, vectors_part));
            // A run that is read drops the graph in memory, even if it only joins others.
            let keeps_graph = known.is_some_and(|known| known.graph == parts.graph)
                && parts.runs.iter().all(|run| is_known(&run));
            parts
                .graph
                .filter(|_| !keeps_graph)
                .into_iter()
                .for_each(|graph| reading.want(graph, graph_part));
        }
        reading
    }

    /// Drops the segments and documents that `manifest` no longer has.
    fn keep_only(&mut self, manifest: &Manifest) {
        let kept: BTreeMap<u64, &SegmentEntry> =
            manifest.segments.iter().map(|entry| (entry.parts.tables.id, entry)).collect();
        self.parts.retain(|id, _| kept.contains_key(id));
        let mut segments = Vec::new();
        let mut documents = Vec::new();
        for segment in self.index.segments() {
            match kept.get(&segment.id()) {
                None => segments.push(segment.id()),
                Some(entry) => {
                    let removed = &entry.removed - segment.removed();
                    let records = segment.segment().documents();
                    documents.extend(
                        removed.iter().filter_map(|at| records.get(at as usize)).map(|it| it.id.clone()),
                    );
                }
            }
        }
        segments.into_iter().for_each(|id| _ = self.index.remove_segment(id));
        documents.iter().for_each(|id| _ = self.index.remove_document(id));
    }

    /// What is to be stored of this state.
    pub fn manifest(&self, fingerprint: &str) -> Manifest {
        let entry = |segment: &IndexSegment| SegmentEntry {
            parts: self.parts[&segment.id()].clone(),
            removed: segment.removed().clone(),
        };
        Manifest {
            fingerprint: fingerprint.to_owned(),
            language: self.index.language(),
            last_id: self.last_id,
            segments: self.index.segments().iter().map(entry).collect(),
        }
    }

    /// The language of the collection; `None` until the first commit has fixed it.
    pub fn language(&self) -> Option<Language> {
        (self.generation() > 0).then(|| self.index.language())
    }

    /// Lets the collection have a language, before it holds anything.
    pub fn fix_language(&mut self, language: Language) {
        if self.index.segments().is_empty() {
            self.index = Index::new(language);
        }
    }

    /// The generation of this state.
    pub fn generation(&self) -> u64 {
        self.head.generation
    }

    fn segment_of(&self, row: Row) -> &Segment {
        self.index.segments()[row.segment].segment()
    }

    /// The chunk at a row.
    pub fn chunk(&self, row: Row) -> Chunk {
        self.segment_of(row).chunk(row.row)
    }

    /// The number of tokens of the chunk at a row.
    pub fn tokens(&self, row: Row) -> usize {
        self.segment_of(row).chunks()[row.row as usize].tokens as usize
    }

    /// What tells the chunk at a row wherever it is.
    pub fn key(&self, row: Row) -> ChunkKey {
        let record = self.index.document(self.document_of(row));
        let ChunkRecord { document, span, .. } = self.segment_of(row).chunks()[row.row as usize];
        let ordinal = row.row - self.segment_of(row).rows_of(document).start;
        ChunkKey { document: record.id.clone(), content_hash: record.content_hash, ordinal, span }
    }

    /// The segment's id and the row of a chunk that is still there and has no vector.
    pub fn row_without_vector(&self, key: &ChunkKey) -> Option<(u64, u32)> {
        let place = self.index.find(&key.document)?;
        let segment = &self.index.segments()[place.segment];
        let row = segment.segment().rows_of(place.document).nth(key.ordinal as usize)?;
        let is_same = self.index.document(place).content_hash == key.content_hash
            && segment.segment().chunks()[row as usize].span == key.span;
        (is_same && segment.backlog().contains(row)).then(|| (segment.id(), row))
    }

    /// The document that a row is a part of.
    pub fn document_of(&self, row: Row) -> DocumentPlace {
        let document = self.segment_of(row).chunks()[row.row as usize].document;
        DocumentPlace { segment: row.segment, document }
    }

    /// The rows of the document that a row is a part of.
    pub fn rows_of(&self, row: Row) -> Range<u32> {
        self.index.segments()[row.segment].segment().rows_of(self.document_of(row).document)
    }

    /// A span of `text`, which is the stored text of the document that a row is a part of.
    ///
    /// # Errors
    /// [`ErrorKind::StoreCorrupt`] where the text does not hold it.
    pub fn slice<'t>(&self, row: Row, span: Span, text: &'t str) -> Result<&'t str> {
        span.slice(text).ok_or_else(|| {
            let id = &self.index.document(self.document_of(row)).id;
            Error::corrupt(format!("document {id:?}: the stored text does not hold {span:?}"))
        })
    }

    /// The cosine of two chunks; `None` where one has no vector yet.
    pub fn similarity(&self, a: Row, b: Row) -> Option<f32> {
        let vectors = |row: Row| self.index.segments()[row.segment].vectors();
        vectors(a).similarity(a.row, vectors(b), b.row)
    }

    /// The number of chunks of a document.
    pub fn chunk_count(&self, place: DocumentPlace) -> usize {
        self.index.segments()[place.segment].segment().rows_of(place.document).len()
    }

    /// The chunks of a document that have no vector yet.
    pub fn backlog_of(&self, place: DocumentPlace) -> impl Iterator<Item = Row> + '_ {
        let segment = &self.index.segments()[place.segment];
        let rows = segment.segment().rows_of(place.document);
        rows.filter(|&row| segment.backlog().contains(row))
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
