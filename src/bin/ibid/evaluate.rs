//! `ibid evaluate`: retrieval quality on a test collection.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;

use ibid::collection::SearchOptions;
use ibid::document::{Document, MediaType};
use ibid::error::{Error, Result};
use ibid::evaluate::{Metrics, ranked};
use ibid::index::{Fusion, FusionMethod};
use ibid::model::Embedder;
use ibid::task::Unattended;
use indicatif::{ProgressBar, ProgressIterator, ProgressStyle};
use serde_json::json;
use xxhash_rust::xxh3::xxh3_64;

use crate::beir::{read_corpus, read_qrels, read_queries};
use crate::cache::CachedEmbedder;
use crate::ingest::{MemoryCollection, open};
use crate::model::ModelArgument;
use crate::output::{ModeArg, print_json, print_text};
use crate::progress::ProgressTask;

/// How deep rankings are measured at most, in documents.
const DEPTH: usize = 100;

/// Measure retrieval on a test collection in the layout of BEIR.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder with corpus.jsonl, queries.jsonl and qrels.tsv.
    folder: PathBuf,
    /// Which arms of the index to use.
    #[arg(long, value_enum, default_value = "hybrid")]
    mode: ModeArg,
    /// The weight of the dense arm in hybrid mode, 0 to 1.
    #[arg(long)]
    dense_weight: Option<f32>,
    /// Fuse by reciprocal ranks with this k instead of by weighted scores.
    #[arg(long, value_name = "K")]
    rrf: Option<f32>,
    /// The share of the documents that have vectors, 0 to 1, chosen by a hash of their ids; those of the others are still
    /// to be made.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    embedded: f64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    model: ModelArgument,
    /// Embed in f32, from a Hugging Face folder.
    #[arg(long)]
    reference: bool,
    /// Keep embeddings in this folder and take those of earlier runs from there.
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<()> {
    if arguments.reference {
        measure_cached(arguments.model.load_reference()?, &arguments).await
    } else {
        measure_cached(arguments.model.load()?, &arguments).await
    }
}

async fn measure_cached(embedder: impl Embedder, arguments: &Arguments) -> Result<()> {
    match &arguments.cache {
        Some(folder) => measure(CachedEmbedder::open(embedder, folder)?, arguments).await,
        None => measure(embedder, arguments).await,
    }
}

async fn measure(embedder: impl Embedder, arguments: &Arguments) -> Result<()> {
    let queries = read_queries(&arguments.folder.join("queries.jsonl"))?;
    let qrels = read_qrels(&arguments.folder.join("qrels.tsv"))?;
    let model = embedder.info().name.clone();
    let collection = open(embedder).await?;
    let started = Instant::now();
    let empty = add_corpus(&collection, arguments).await?;
    let index_seconds = started.elapsed().as_secs_f64();

    let started = Instant::now();
    // A document ranks by its best chunk.
    let options = SearchOptions {
        k: DEPTH,
        mode: arguments.mode.into(),
        fusion: fusion(arguments),
        max_per_document: Some(1),
        // Judged documents may be copies of each other.
        duplicates: true,
        ..SearchOptions::default()
    };
    let judged: Vec<_> = queries.iter().filter_map(|query| Some((query, qrels.get(&query.id)?))).collect();
    let style =
        ProgressStyle::with_template(" searching {wide_bar} {pos}/{len} {eta}").expect("it is well-formed");
    let bar = ProgressBar::new(judged.len() as u64).with_style(style);
    let mut runs: Vec<(Vec<String>, &HashMap<String, u32>)> = Vec::with_capacity(judged.len());
    for (query, judgements) in judged.into_iter().progress_with(bar) {
        let found = collection.search(&query.text, &options, &Unattended).await;
        let found = found.map_err(|error| error.within(format_args!("query {:?}", query.id)))?;
        runs.push((ranked(found.hits.into_iter().map(|hit| (hit.document, hit.score))), judgements));
    }
    let search_seconds = started.elapsed().as_secs_f64();
    if runs.is_empty() {
        return Err(Error::invalid_argument("no query has a relevance judgement"));
    }

    let at = |k| Metrics::of(runs.iter().map(|(ranked, judgements)| (ranked.as_slice(), *judgements)), k);
    let (at_10, at_100) = (at(10), at(100));
    let info = collection.info().await?;
    let report = json!({
        "collection": arguments.folder.file_name().unwrap_or_default().to_string_lossy(),
        "mode": format!("{:?}", arguments.mode).to_lowercase(),
        "model": model,
        "reference": arguments.reference,
        "ndcg@10": at_10.ndcg,
        "recall@10": at_10.recall,
        "recall@100": at_100.recall,
        "mrr@10": at_10.reciprocal_rank,
        "map": at_100.average_precision,
        "documents": info.documents,
        "empty_documents": empty,
        "chunks": info.chunks,
        "backlog": info.backlog,
        "queries": at_10.queries,
        "index_seconds": index_seconds,
        "search_seconds": search_seconds,
    });
    if arguments.json {
        return print_json(&report);
    }
    let fields = report.as_object().into_iter().flatten();
    fields.map(|(name, value)| format!("{name:>16}  {value}\n")).try_for_each(|line| print_text(&line))
}

/// Adds the corpus and returns how many of its documents are empty. Where no vectors are needed none are made.
async fn add_corpus<E: Embedder>(collection: &MemoryCollection<E>, arguments: &Arguments) -> Result<usize> {
    let corpus = read_corpus(&arguments.folder.join("corpus.jsonl"))?;
    let total = corpus.len();
    let full = corpus.into_iter().filter(|line| !line.text.trim().is_empty());
    let documents: Vec<_> =
        full.map(|line| Document::new(line.id, line.title, MediaType::Plain, line.text)).collect();
    let empty = total - documents.len();
    let embedded = match arguments.mode {
        ModeArg::Lexical => 0.0,
        ModeArg::Dense | ModeArg::Hybrid => arguments.embedded,
    };
    let (embedded, waiting): (Vec<_>, Vec<_>) =
        documents.into_iter().partition(|document| place(&document.id) < embedded);
    let task = ProgressTask::new();
    collection.add(embedded, &task).await?;
    collection.add_text(waiting, &task).await?;
    Ok(empty)
}

/// Where a document stands in an order that has nothing to do with its content: from 0 to below 1.
fn place(id: &str) -> f64 {
    // 53 bits are what a float holds without rounding to 1.
    let bits = xxh3_64(id.as_bytes()) >> 11;
    bits as f64 / (1u64 << 53) as f64
}

fn fusion(arguments: &Arguments) -> Fusion {
    let default = match arguments.rrf {
        Some(k) => Fusion { method: FusionMethod::ReciprocalRank { k }, ..Fusion::RECIPROCAL_RANK },
        None => Fusion::WEIGHTED_SUM,
    };
    Fusion { dense_weight: arguments.dense_weight.unwrap_or(default.dense_weight), ..default }
}
