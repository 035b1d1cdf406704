//! Searching for every question under every setting.

use std::time::{Duration, Instant};

use ibid::collection::{CollectionInfo, SearchOptions};
use ibid::document::Document;
use ibid::error::Result;
use ibid::evaluate::{Outcome, Piece, Question, Retrieved, Run, Setting, ranked};
use ibid::index::Mode;
use ibid::model::Embedder;
use ibid::task::Unattended;
use indicatif::{ProgressBar, ProgressIterator, ProgressStyle};
use xxhash_rust::xxh3::xxh3_64;

use super::Arguments;
use super::material::Material;
use crate::ingest::{MemoryCollection, open_with};
use crate::progress::ProgressTask;

/// How deep rankings are measured at most, in documents.
const DEPTH: usize = 100;

/// At how many documents rankings are measured.
const CUTS: [usize; 2] = [10, DEPTH];

/// The runs over one collection.
pub struct Searched {
    /// Each with the place of its setting.
    pub runs: Vec<(usize, Run)>,
    /// How long the documents took to add.
    pub indexing: Duration,
    /// How long the first run took.
    pub first_run: Duration,
    /// The collection.
    pub info: CollectionInfo,
}

impl Searched {
    /// Ingests the documents as the settings have them cut, all alike, and asks every question under each.
    pub async fn of<E: Embedder>(
        embedder: E,
        material: &Material,
        settings: &[(usize, Setting)],
        arguments: &Arguments,
    ) -> Result<Self> {
        let chunking = settings.first().map(|(_, setting)| setting.chunking).unwrap_or_default();
        chunking.validate(embedder.info().max_tokens)?;
        let collection = open_with(embedder, chunking).await?;
        // Where no vectors are needed none are made.
        let needs_vectors = settings.iter().any(|(_, setting)| setting.mode != Mode::Lexical);
        let embedded = if needs_vectors { arguments.embedded } else { 0.0 };
        let documents = material.documents.clone();
        let started = Instant::now();
        add(&collection, documents, embedded).await?;
        let indexing = started.elapsed();
        let started = Instant::now();
        let mut first_run = None;
        let mut runs = Vec::with_capacity(settings.len());
        for (place, setting) in settings {
            runs.push((*place, run(&collection, material, *setting).await?));
            first_run.get_or_insert_with(|| started.elapsed());
        }
        let first_run = first_run.unwrap_or_default();
        Ok(Self { runs, indexing, first_run, info: collection.info().await? })
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

async fn run<E: Embedder>(
    collection: &MemoryCollection<E>,
    material: &Material,
    setting: Setting,
) -> Result<Run> {
    let style =
        ProgressStyle::with_template(" searching {wide_bar} {pos}/{len} {eta}").expect("it is well-formed");
    let bar = ProgressBar::new(material.questions.len() as u64).with_style(style);
    let mut outcomes = Vec::with_capacity(material.questions.len());
    for (question, relevant) in material.questions.iter().zip(&material.relevant).progress_with(bar) {
        let retrieved = retrieve(collection, material, question, !relevant.is_empty(), setting).await;
        let retrieved = retrieved.map_err(|error| error.within(format_args!("query {:?}", question.id)))?;
        outcomes.push(Outcome::of(question, relevant, &retrieved, &CUTS));
    }
    Ok(Run { setting, outcomes })
}

async fn retrieve<E: Embedder>(
    collection: &MemoryCollection<E>,
    material: &Material,
    question: &Question,
    has_passages: bool,
    setting: Setting,
) -> Result<Retrieved> {
    let base = SearchOptions { mode: setting.mode, fusion: setting.fusion, ..SearchOptions::default() };
    // A document ranks by its best chunk; judged ones may be copies of each other.
    let options = SearchOptions { k: DEPTH, max_per_document: Some(1), duplicates: true, ..base.clone() };
    let started = Instant::now();
    let found = collection.search(&question.text, &options, &Unattended).await?;
    let milliseconds = 1000.0 * started.elapsed().as_secs_f64();
    let relevance = found.hits.iter().map(|hit| f64::from(hit.relevance)).fold(0.0, f64::max);
    let documents = ranked(found.hits.into_iter().map(|hit| (hit.document, hit.score)));
    let mut pieces: Vec<Piece<String>> = Vec::new();
    if has_passages {
        let shown = SearchOptions { k: setting.k, ..base };
        let found = collection.search(&question.text, &shown, &Unattended).await?;
        pieces.extend(found.hits.iter().filter_map(|hit| material.piece(&hit.document, hit.chunk.span)));
    }
    Ok(Retrieved { documents, pieces, relevance, milliseconds })
}
