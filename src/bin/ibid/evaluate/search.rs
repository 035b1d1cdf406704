//! Searching for every question under every setting.

use std::time::{Duration, Instant};

use ibid::collection::{CollectionInfo, EvaluateRequest};
use ibid::document::Document;
use ibid::error::Result;
use ibid::evaluate::Report;
use ibid::index::Mode;
use ibid::model::Embedder;
use xxhash_rust::xxh3::xxh3_64;

use super::Arguments;
use super::material::{self, Material};
use crate::ingest::{MemoryCollection, open_with};
use crate::progress::ProgressTask;

/// What was found out about one collection.
pub struct Searched {
    /// What the questions say.
    pub report: Report,
    /// How long the documents took to add.
    pub indexing: Duration,
    /// How long the questions took, under all settings.
    pub searching: Duration,
    /// The collection.
    pub info: CollectionInfo,
}

impl Searched {
    /// Ingests the documents as the first setting has them cut, and asks every question under each.
    pub async fn of<E: Embedder>(
        embedder: E,
        material: &Material,
        request: &EvaluateRequest,
        arguments: &Arguments,
    ) -> Result<Self> {
        // A file that is wrong is told before the documents are embedded.
        let given = match arguments.known_items {
            Some(_) => None,
            None => Some(material::read_questions(arguments)?),
        };
        let chunking = request.setting.chunking;
        chunking.validate(embedder.info().max_tokens)?;
        let collection = open_with(embedder, chunking).await?;
        // Where no vectors are needed none are made.
        let needs_vectors = request.settings().iter().any(|setting| setting.mode != Mode::Lexical);
        let embedded = if needs_vectors { arguments.embedded } else { 0.0 };
        let started = Instant::now();
        add(&collection, material.documents.clone(), embedded).await?;
        let indexing = started.elapsed();
        let questions = match given {
            Some(questions) => questions,
            None => {
                let count = arguments.known_items.unwrap_or_default();
                collection.known_items(count, arguments.seed, &ProgressTask::new()).await?
            }
        };
        // Those of test collections may name documents without text.
        if let Some(path) = &arguments.questions {
            let checked = collection.check_questions(&questions).await;
            checked.map_err(|error| error.within(path.display()))?;
        }
        let started = Instant::now();
        let report = collection.evaluate(&questions, request, &ProgressTask::new()).await?;
        let searching = started.elapsed();
        Ok(Self { report, indexing, searching, info: collection.info().await? })
    }
}

/// Adds documents, of which a share is embedded.
async fn add<E: Embedder>(
    collection: &MemoryCollection<E>,
    documents: Vec<Document>,
    embedded: f64,
) -> Result<()> {
    let (embedded, waiting): (Vec<_>, Vec<_>) =
        documents.into_iter().partition(|document| place(&document.id) < embedded);
    let task = ProgressTask::new();
    collection.add(embedded, &task).await?;
    collection.add_text(waiting, &task).await?;
    Ok(())
}

/// Where a document stands in an order that has nothing to do with its content: from 0 to below 1.
fn place(id: &str) -> f64 {
    // 53 bits are what a float holds without rounding to 1.
    let bits = xxh3_64(id.as_bytes()) >> 11;
    bits as f64 / (1u64 << 53) as f64
}
