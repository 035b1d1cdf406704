//! Damaged parts of a collection: reading them gives a typed error, or a collection that can be searched and merged.

use std::rc::Rc;
use std::sync::Arc;

use arbitrary::{Result, Unstructured};
use ibid::chunk::ChunkOptions;
use ibid::collection::{Collection, CollectionOptions, SearchOptions};
use ibid::document::{Chunk, Document, MediaType, Metadata, Span};
use ibid::error::{Error, ErrorKind};
use ibid::index::{
    self, DocumentRecord, Graph, Index, Mode, PartRef, Place, Postings, QuantisedQuery, RunRef, SearchQuery,
    Segment, SegmentBuilder, Tables, VectorRun, Vectors, merge,
};
use ibid::language::Language;
use ibid::store::memory::MemoryStore;
use ibid::store::{Changes, Snapshot, Store};
use ibid::task::Unattended;
use pollster::block_on;
use xxhash_rust::xxh3::Xxh3;

use super::edit;

#[path = "../../tests/support/word_embedder.rs"]
pub(super) mod word_embedder;
use word_embedder::{WORDS, WordEmbedder};

/// The bytes before the payload of a stored value, of which the last eight are the checksum.
const HEADER_BYTES: usize = 26;
/// The rows of the first segment, which all have vectors.
const ROWS: u32 = 5;
const DIMENSIONS: usize = 4;

/// Reads and uses the parts that `data` describes.
pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    match input.int_in_range(0..=3u8) {
        Ok(0) => _ = manifest(&mut input).map(open),
        Ok(_) => _ = parts(&mut input).map(|(parts, removed)| parts.exercise(&removed)),
        Err(_) => {}
    }
}

/// The stored values that make up an index of two segments.
#[derive(Clone)]
pub struct Parts {
    /// Tables of two segments, a run of vectors of the first, a graph over them, and the postings of both.
    pub values: [Vec<u8>; 6],
}

/// Sound parts after up to four changes under a right checksum, and documents that the manifest would call removed.
fn parts(input: &mut Unstructured) -> Result<(Parts, Vec<u32>)> {
    let mut parts = Parts::sound();
    for _ in 0..input.int_in_range(0..=4)? {
        let value = &mut parts.values[input.int_in_range(0..=5)?];
        let mut payload = value[HEADER_BYTES..].to_vec();
        if input.ratio(1, 8)? {
            payload = input.arbitrary()?;
        } else {
            edit::bytes(input, &mut payload)?;
        }
        *value = sealed(value, &payload);
    }
    Ok((parts, input.arbitrary()?))
}

/// The value with another payload, and a length and checksum that fit it.
pub fn sealed(value: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut sealed = value[..10].to_vec();
    sealed.extend((payload.len() as u64).to_le_bytes());
    let mut checksum = Xxh3::new();
    checksum.update(&sealed);
    checksum.update(payload);
    sealed.extend(checksum.digest().to_le_bytes());
    sealed.extend(payload);
    sealed
}

impl Parts {
    /// A segment of five chunks with vectors and graph, and one of two without.
    pub fn sound() -> Self {
        let first = segment(&[("a", "roof door roof\nwall wall"), ("b", "rent\nlease key rent\nroof")]);
        let second = segment(&[("b", "rent rent"), ("c", "key door")]);
        let vectors: Vec<[f32; DIMENSIONS]> = (0..ROWS as u8).map(vector).collect();
        let run = VectorRun::quantise(0, &vectors).expect("the vectors are finite");
        let mut index = Index::default();
        index.insert_segment(1, first, []).expect("the index is empty");
        index.insert_vectors(1, &run).expect("there are five rows");
        let entry = &index.segments()[0];
        let graph = Graph::build(entry.vectors(), entry.live_rows()).expect("all rows have vectors");
        let tables = [entry, &second].map(|segment| segment.tables().encode());
        let postings = [entry, &second].map(|segment| segment.postings().expect("it is new").encode());
        let [[tables, other_tables], [postings, other_postings]] = [tables, postings];
        let values = [tables, other_tables, run.encode(), graph.encode(), postings, other_postings];
        Self { values: values.map(|value| value.expect("what is sound can be encoded")) }
    }

    /// Reads the parts as opening a collection does, and uses what was read.
    pub fn exercise(&self, removed: &[u32]) {
        match self.read(removed) {
            Ok(index) => use_index(index),
            Err(error) => check(&error),
        }
    }

    fn read(&self, removed: &[u32]) -> ibid::error::Result<Index> {
        let [tables, other_tables, run, graph, postings, other_postings] = &self.values;
        let places = vec![Place { skip: 0, rows: 0..ROWS }];
        let run_ref = RunRef { part: PartRef::default(), places: places.clone() };
        let first = read_segment(tables, postings, vec![run_ref])?;
        let mut vectors = Vectors::new(first.tables().rows() as usize);
        vectors.insert_run(&VectorRun::decode("run", run)?.placed(&places)?)?;
        first.lazy_vectors().set(Some(Arc::new(vectors)));
        let graph = Graph::decode("graph", graph, first.vectors())?;
        let mut index = Index::default();
        index.insert_segment(1, first, removed.iter().copied())?;
        // No segment of these sizes is searched along its graph.
        let query = QuantisedQuery::new(&vec![0.5; index.dimensions().unwrap_or(DIMENSIONS)]);
        let found = graph.nearest(&query, None, 1).expect("a graph has a row");
        assert!(found.iter().all(|(row, _)| graph.rows().contains(*row)));
        index.insert_graph(1, Arc::new(graph));
        index.insert_segment(2, read_segment(other_tables, other_postings, Vec::new())?, [])?;
        Ok(index)
    }
}

/// A segment with its postings, and with unread vectors where there are `runs`.
fn read_segment(tables: &[u8], postings: &[u8], runs: Vec<RunRef>) -> ibid::error::Result<Segment> {
    let tables = Tables::decode("tables", tables)?;
    let postings = Postings::decode("postings", postings)?;
    if postings.rows() != tables.rows() as usize {
        return Err(Error::corrupt("the postings are of other tables"));
    }
    let parts = index::Parts { runs, ..index::Parts::default() };
    let segment = Segment::stored(Arc::new(tables), parts)?;
    segment.lazy_postings().set(Some(Arc::new(postings)));
    Ok(segment)
}

fn use_index(mut index: Index) {
    search(&index);
    let counts = index.counts();
    let merged = block_on(merge(index.segments(), &Unattended)).expect("what was read can be merged");
    index.replace_segments(3, &merged).expect("nothing has changed");
    assert_eq!(index.counts(), counts);
    search(&index);
    let segment = &index.segments()[0];
    let postings = segment.postings().expect("a merged segment has them");
    let stored = [segment.tables().encode(), postings.encode()].map(|value| value.expect("it was merged"));
    let read = read_segment(&stored[0], &stored[1], Vec::new()).expect("what was merged can be read");
    assert_eq!((read.tables(), read.postings()), (segment.tables(), segment.postings()));
    let ids: Vec<String> = index.documents().map(|(_, record)| record.id.clone()).collect();
    ids.iter().for_each(|id| assert!(index.remove_document(id).is_some()));
    assert_eq!(index.counts().chunks, 0);
}

/// Searches in each way, and reads everything about each hit.
fn search(index: &Index) {
    let vector = vector(7);
    let query = vec![vector[0]; index.dimensions().unwrap_or(DIMENSIONS)];
    for mode in [Mode::Hybrid, Mode::Dense, Mode::Lexical] {
        for k in [1, 100] {
            let query = SearchQuery { mode, ..SearchQuery::new("roof \"rent key\"", Some(&query), k) };
            let Ok(found) = index.search(&query) else { continue };
            assert!(found.len() <= k.min(index.counts().chunks));
            for hit in found {
                let document = index.document(index.document_of(hit.row));
                assert!(u64::from(index.chunk(hit.row).span.end) <= document.text_bytes);
            }
        }
    }
}

/// A segment of documents with a chunk for each line.
fn segment(documents: &[(&str, &str)]) -> Segment {
    let mut builder = SegmentBuilder::default();
    for (id, text) in documents {
        let mut start = 0;
        let chunks = text.split('\n').map(|line| {
            let span = Span::new(start, start + line.len());
            start = span.end as usize + 1;
            Chunk { span, span_utf16: span, section: vec!["Part".into()], tokens: 3, ..Chunk::default() }
        });
        let record = DocumentRecord {
            id: (*id).to_owned(),
            title: String::new(),
            media_type: MediaType::Plain,
            metadata: Metadata::new(),
            language: Some(Language::English),
            content_hash: [0; 16],
            text_part: [0; 16],
            has_outline: false,
            is_estimated: false,
            text_bytes: text.len() as u64,
            text_utf16: text.len() as u64,
        };
        builder.push(record, &chunks.collect::<Vec<_>>(), text).expect("the chunks fit");
    }
    builder.build()
}

fn vector(row: u8) -> [f32; DIMENSIONS] {
    std::array::from_fn(|at| f32::from((row * 3 + at as u8 * 5) % 13) / 13.0 - 0.4)
}

/// A manifest after up to three changes under a right checksum, beside the parts that it names.
fn manifest(input: &mut Unstructured) -> Result<MemoryStore> {
    let (store, snapshot) = collection();
    let mut payload = snapshot.manifest[HEADER_BYTES..].to_vec();
    for _ in 0..input.int_in_range(0..=3)? {
        edit::bytes(input, &mut payload)?;
    }
    let manifest = sealed(&snapshot.manifest, &payload);
    let changes = Changes {
        expected_generation: snapshot.head.generation,
        history: snapshot.head.history,
        manifest,
        ..Changes::default()
    };
    block_on(store.commit(changes)).expect("nobody else writes");
    Ok(Rc::into_inner(store).expect("the collection is closed"))
}

/// A stored collection of two segments with vectors, of which a document was removed.
fn collection() -> (Rc<MemoryStore>, Snapshot) {
    let store = Rc::new(MemoryStore::new());
    block_on(async {
        let opened = Collection::open_with(store.clone(), WordEmbedder::new(), options());
        let collection = opened.await.expect("the store is empty");
        for number in 0..2 {
            let document = |part: usize| {
                let text = format!("The {} and the {}.", WORDS[number], WORDS[number + part]);
                Document::new(format!("{number} {part}"), "", MediaType::Plain, text)
            };
            let added = collection.add((0..4).map(document).collect(), &Unattended).await;
            added.expect("the documents are sound");
        }
        collection.remove(&["1 2".to_owned()]).await.expect("the store is there");
    });
    let snapshot = block_on(store.load()).expect("the store is there");
    (store, snapshot)
}

fn options() -> CollectionOptions {
    CollectionOptions { chunking: Some(ChunkOptions::filled(32, 4)), ..CollectionOptions::default() }
}

/// Opens what is stored, and reads and writes.
fn open(store: MemoryStore) {
    let used = block_on(async {
        let opened = Collection::open_with(store, WordEmbedder::new(), options());
        let collection = opened.await?;
        let result = collection.search("roof", &SearchOptions::default(), &Unattended).await?;
        let listed = collection.list().await?;
        assert!(result.hits.iter().all(|hit| listed.iter().any(|document| document.id == hit.document)));
        collection.add(vec![Document::new("new", "", MediaType::Plain, "The key.")], &Unattended).await?;
        collection.maintain(&ibid::collection::LocalGraphs, &Unattended).await?;
        collection.list().await
    });
    match used {
        Ok(listed) => assert!(listed.iter().any(|document| document.id == "new")),
        Err(error) => check(&error),
    }
}

/// Checks that the error is about what is stored.
fn check(error: &Error) {
    let kinds = [ErrorKind::StoreCorrupt, ErrorKind::ModelMismatch];
    assert!(kinds.contains(&error.kind()), "{error:?}");
}
