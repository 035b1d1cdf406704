//! Relevance by the default model: what a small collection answers, and what it does not.

#![cfg(not(target_arch = "wasm32"))]

use std::path::Path;

use ibid::collection::{Collection, CollectionOptions, SearchOptions, SearchResult};
use ibid::document::{Document, MediaType, Span};
use ibid::encoder::bert::BertEmbedder;
use ibid::encoder::folder::ModelFiles;
use ibid::error::Result;
use ibid::model::{Embedder, Embedding, Input, ModelInfo, Role, Tokenizer};
use ibid::store::memory::MemoryStore;
use ibid::task::{Task, Unattended};
use pollster::block_on;

const LEASE: [&str; 4] = [
    "The landlord keeps the roof and the outer walls in repair. The tenant reports damage within two weeks.",
    "The rent is due on the third working day of each month and is paid by bank transfer.",
    "The deposit of three months' rent is returned within six weeks of the end of the lease.",
    "Pets other than dogs may be kept. A dog needs the written consent of the landlord.",
];

const BIRDS: [&str; 4] = [
    "The grey heron stands motionless in shallow water and spears fish with its long bill.",
    "Barn owls hunt at night by hearing; their flight makes hardly any sound.",
    "Swifts sleep on the wing and land only to breed.",
    "Storks cannot sing: they greet each other by clattering their bills.",
];

/// Each is answered by the passage at its place, mostly in other words.
const ABOUT_THE_LEASE: [&str; 4] = [
    "Who has to fix a leaking roof?",
    "When do I have to pay the rent?",
    "How long until I get my deposit back?",
    "Am I allowed to have a dog in the flat?",
];

const ABOUT_BIRDS: [&str; 4] = [
    "How does a heron catch its food?",
    "Why can nobody hear an owl flying?",
    "Do swifts ever sleep?",
    "What sound do storks make?",
];

const NONSENSE: [&str; 4] = ["qwrtz blorf", "asdkjh", "xyzzy plugh frobnicate", "???"];

fn model() -> BertEmbedder {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/all-minilm-l6-v2");
    BertEmbedder::load(ModelFiles::read(&folder).expect("run `make model` first")).unwrap()
}

fn collection<E: Embedder>(embedder: E, passages: &[&str]) -> Collection<MemoryStore, E> {
    let collection =
        block_on(Collection::open_with(MemoryStore::new(), embedder, CollectionOptions::default())).unwrap();
    let documents = (0..)
        .zip(passages)
        .map(|(at, text): (usize, _)| Document::new(at.to_string(), "", MediaType::Plain, *text));
    block_on(collection.add(documents.collect(), &Unattended)).unwrap();
    collection
}

fn search<E: Embedder>(collection: &Collection<MemoryStore, E>, query: &str) -> SearchResult {
    block_on(collection.search(query, &SearchOptions::default(), &Unattended)).unwrap()
}

fn best(found: &SearchResult) -> f32 {
    found.hits.iter().map(|hit| hit.relevance).fold(0.0, f32::max)
}

#[test]
fn questions_are_answerable_by_the_collection_that_has_the_answers_and_by_no_other() {
    let [lease, birds] = [LEASE, BIRDS].map(|passages| collection(model(), &passages));
    let mut missed = Vec::new();
    for (own, other, questions) in [(&lease, &birds, ABOUT_THE_LEASE), (&birds, &lease, ABOUT_BIRDS)] {
        for (at, question) in questions.into_iter().enumerate() {
            let found = search(own, question);
            let most = found.hits.iter().max_by(|a, b| a.relevance.total_cmp(&b.relevance)).unwrap();
            assert_eq!(most.document, at.to_string(), "{question}");
            if !found.answerable {
                missed.push(question);
            }
            let found = search(other, question);
            assert!(!found.answerable, "{question}: {}", best(&found));
        }
    }
    // To catch food and to spear fish have little in common for this model, and no word.
    assert!(missed.iter().all(|question| *question == "How does a heron catch its food?"), "{missed:?}");
    for query in NONSENSE {
        for collection in [&lease, &birds] {
            let found = search(collection, query);
            assert!(!found.hits.is_empty() && best(&found) < 0.1, "{query}: {}", best(&found));
        }
    }
}

/// A model whose vectors have a component in common, so that the cosine of unrelated texts is about 0.6.
struct Crowded {
    inner: BertEmbedder,
    info: ModelInfo,
}

impl Tokenizer for Crowded {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        self.inner.token_spans(text)
    }
}

impl Embedder for Crowded {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn overhead(&self, role: Role) -> usize {
        self.inner.overhead(role)
    }

    fn bulk_size(&self) -> usize {
        self.inner.bulk_size()
    }

    async fn embed_each(
        &self,
        inputs: &[Input<'_>],
        role: Role,
        task: &impl Task,
        mut take: impl FnMut(usize, Embedding),
    ) -> Result<()> {
        let crowd = |at, mut embedding: Embedding| {
            embedding.vector.iter_mut().for_each(|component| *component *= 0.4f32.sqrt());
            embedding.vector.push(0.6f32.sqrt());
            // 384 signs, and that of the further component.
            embedding.parts = embedding.parts.chunks(48).flat_map(|part| [part, &[1]].concat()).collect();
            take(at, embedding);
        };
        self.inner.embed_each(inputs, role, task, crowd).await
    }
}

#[test]
fn a_model_that_puts_all_texts_near_each_other_gives_the_same_relevance() {
    let inner = model();
    let info = ModelInfo {
        dimensions: inner.info().dimensions + 1,
        fingerprint: "crowded".to_owned(),
        ..inner.info().clone()
    };
    let crowded = collection(Crowded { inner, info }, &LEASE);
    let plain = collection(model(), &LEASE);
    for query in ABOUT_THE_LEASE.into_iter().chain(ABOUT_BIRDS).chain(NONSENSE) {
        let [expected, found] = [search(&plain, query), search(&crowded, query)];
        assert_eq!(found.answerable, expected.answerable, "{query}");
        assert!(
            (best(&found) - best(&expected)).abs() < 0.05,
            "{query}: {} {}",
            best(&found),
            best(&expected)
        );
        let cosine =
            |found: &SearchResult| found.hits.iter().filter_map(|hit| hit.dense).fold(-1.0, f32::max);
        assert!(cosine(&found) > 0.55 && cosine(&found) > cosine(&expected));
    }
}
