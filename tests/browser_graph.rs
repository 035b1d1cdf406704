//! A collection over IndexedDB that is large enough for a graph, and what becomes of one that is damaged, in a dedicated
//! worker.
#![cfg(target_arch = "wasm32")]

use ibid::chunk::ChunkOptions;
use ibid::collection::{Collection, CollectionOptions, Hit, LocalGraphs, SearchOptions};
use ibid::document::{Document, MediaType, Span};
use ibid::error::Result;
use ibid::generation::names;
use ibid::index::{GRAPH_ROWS, Mode, VectorPath};
use ibid::model::{Embedder, Embedding, Input, ModelInfo, Role, Tokenizer};
use ibid::store::indexeddb::IndexedDbStore;
use ibid::store::{Changes, Store};
use ibid::task::{Task, Unattended};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use xxhash_rust::xxh3::xxh3_64_with_seed;

#[path = "support/words.rs"]
mod words;
use words::word_spans;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const DIMENSIONS: usize = 8;
const DOCUMENTS: usize = 45;
const PASSAGES: usize = 1000;

/// Gives each text a vector of its own, in any direction.
struct NoiseEmbedder(ModelInfo);

impl NoiseEmbedder {
    fn new() -> Self {
        Self(ModelInfo {
            name: "noise".into(),
            architecture: "noise".into(),
            dimensions: DIMENSIONS,
            max_tokens: 64,
            fingerprint: "noise".into(),
        })
    }
}

impl Tokenizer for NoiseEmbedder {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        Ok(word_spans(text))
    }
}

impl Embedder for NoiseEmbedder {
    fn info(&self) -> &ModelInfo {
        &self.0
    }

    fn overhead(&self, _: Role) -> usize {
        2
    }

    fn bulk_size(&self) -> usize {
        8192
    }

    async fn embed_each(
        &self,
        inputs: &[Input<'_>],
        _: Role,
        _: &impl Task,
        mut take: impl FnMut(usize, Embedding),
    ) -> Result<()> {
        for (at, Input { text, .. }) in inputs.iter().enumerate() {
            let component = |seed| xxh3_64_with_seed(text.as_bytes(), seed) as f32 / u64::MAX as f32 - 0.5;
            let mut vector: Vec<f32> = (0..DIMENSIONS as u64).map(component).collect();
            let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.iter_mut().for_each(|x| *x /= norm);
            let tokens = text.split_whitespace().count() + 2;
            take(at, Embedding { vector, parts: Vec::new(), tokens, truncated: false });
        }
        Ok(())
    }
}

async fn open(name: &str) -> Collection<IndexedDbStore, NoiseEmbedder> {
    let options =
        CollectionOptions { chunking: Some(ChunkOptions::filled(32, 0)), ..CollectionOptions::default() };
    Collection::open_with(IndexedDbStore::new(name), NoiseEmbedder::new(), options).await.unwrap()
}

/// A document that is cut into a chunk for each of its paragraphs: two do not fit one.
fn document(number: usize) -> Document {
    let paragraph = |passage| format!("passage {passage} of {number} {}", "words and ".repeat(8));
    let text: Vec<_> = (0..PASSAGES).map(paragraph).collect();
    Document::new(format!("document {number}"), "", MediaType::Plain, text.join("\n\n"))
}

/// Flips a bit of the stored graph.
async fn damage_graph(name: &str) {
    let store = IndexedDbStore::new(name);
    let snapshot = store.load().await.unwrap();
    let candidates: Vec<_> = (0..200).map(names::graph).collect();
    let parts = store.read(snapshot.head, &candidates).await.unwrap();
    let (part, mut bytes) =
        candidates.into_iter().zip(parts).find_map(|(name, part)| Some((name, part?))).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changes = Changes {
        expected_generation: snapshot.head.generation,
        history: snapshot.head.history,
        manifest: snapshot.manifest,
        put: vec![(part, bytes.into())],
        ..Changes::default()
    };
    store.commit(changes).await.unwrap();
}

/// The nearest chunks to a question, and how the one segment was searched.
async fn search(collection: &Collection<IndexedDbStore, NoiseEmbedder>) -> (Vec<Hit>, VectorPath) {
    let options = SearchOptions { mode: Mode::Dense, k: 5, explain: true, ..SearchOptions::default() };
    let found = collection.search("some question", &options, &Unattended).await.unwrap();
    let paths = found.trace.unwrap().segments;
    assert_eq!(paths.len(), 1);
    (found.hits, paths[0].path)
}

#[wasm_bindgen_test]
async fn a_damaged_graph_is_built_anew_and_searches_go_on_without_it() {
    const NAME: &str = "damaged graph";
    let collection = open(NAME).await;
    collection.add((0..DOCUMENTS).map(document).collect(), &Unattended).await.unwrap();
    collection.maintain(&LocalGraphs, &Unattended).await.unwrap();
    let info = collection.info().await.unwrap();
    assert!(info.chunks >= GRAPH_ROWS, "{} chunks", info.chunks);
    assert_eq!((info.backlog, info.graphs), (0, 1));

    let before = search(&collection).await;
    assert_eq!((before.1, before.0.len()), (VectorPath::Graph, 5));
    collection.close();

    damage_graph(NAME).await;
    let reader = open(NAME).await;
    let (found, path) = search(&reader).await;
    assert_eq!(path, VectorPath::Exact);
    assert_eq!(found[0], before.0[0], "a scan finds the nearest, too");
    reader.maintain(&LocalGraphs, &Unattended).await.unwrap();
    assert_eq!(reader.info().await.unwrap().graphs, 1);
    for reader in [&reader, &open(NAME).await] {
        assert_eq!(search(reader).await, before);
        assert_eq!(reader.check(&Unattended).await.unwrap(), []);
    }
    reader.destroy().await.unwrap();
}
