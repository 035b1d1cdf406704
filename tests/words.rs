//! Queries as people type them, each over a few small texts (`tests/fixtures/words.jsonl`).

#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;

use ibid::collection::{Collection, CollectionOptions, SearchOptions};
use ibid::document::{Document, MediaType};
use ibid::index::Mode;
use ibid::store::memory::MemoryStore;
use ibid::task::Unattended;
use pollster::block_on;
use serde::Deserialize;

#[path = "support/word_embedder.rs"]
mod word_embedder;

use word_embedder::WordEmbedder;

#[derive(Deserialize)]
struct Case {
    id: String,
    docs: BTreeMap<String, String>,
    queries: Vec<Query>,
}

#[derive(Deserialize)]
struct Query {
    text: String,
    /// The document that is to be the first hit.
    first: Option<String>,
    /// One that is to be among the first ten.
    found: Option<String>,
}

impl Query {
    fn is_answered_by(&self, hits: &[String]) -> bool {
        let first = self.first.as_ref().is_none_or(|first| hits.first() == Some(first));
        first && self.found.as_ref().is_none_or(|found| hits.iter().take(10).any(|hit| hit == found))
    }
}

fn cases() -> Vec<Case> {
    let lines = include_str!("fixtures/words.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn collection(case: &Case) -> Collection<MemoryStore, WordEmbedder> {
    let collection =
        Collection::open_with(MemoryStore::new(), WordEmbedder::new(), CollectionOptions::default())
            .await
            .unwrap();
    let documents = case.docs.iter().map(|(name, text)| {
        let media_type = if name.ends_with(".md") { MediaType::Markdown } else { MediaType::Plain };
        Document::new(name, "", media_type, text.as_str())
    });
    collection.add_text(documents.collect(), &Unattended).await.unwrap();
    collection
}

#[test]
fn what_people_type_is_found() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases() {
        let collection = block_on(collection(&case));
        for query in &case.queries {
            let options =
                SearchOptions { mode: Mode::Lexical, k: 10, explain: true, ..SearchOptions::default() };
            let found = block_on(collection.search(&query.text, &options, &Unattended)).unwrap();
            let hits: Vec<String> = found.hits.iter().map(|hit| hit.document.clone()).collect();
            count += 1;
            if !query.is_answered_by(&hits) {
                let trace = found.trace.unwrap();
                let why: Vec<_> = found
                    .hits
                    .iter()
                    .zip(trace.hits)
                    .map(|(hit, trace)| (hit.document.clone(), hit.score, trace.terms))
                    .collect();
                wrong.push(format!("{} {:?}: {hits:?} {why:?}", case.id, query.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
