//! `ibid search`: hits in a folder for a file of queries.

use std::path::PathBuf;

use ibid::collection::{Collection, Hit, SearchOptions};
use ibid::document::Span;
use ibid::error::Result;
use ibid::model::Embedder;
use ibid::store::Store;
use ibid::task::Unattended;
use serde_json::{Value, json};

use crate::beir::{QueryLine, read_queries};
use crate::kept_index::{AnyCollection, IndexArgument};
use crate::model::ModelArgument;
use crate::output::{ModeArg, print_json, print_text};

/// Ingest a folder and search it for each query of a file.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder; every file below it that can be read is a document. Or an index, as `ibid index` made it.
    folder: PathBuf,
    /// A file with one JSON object per line: `_id` and `text`.
    #[arg(long)]
    queries: PathBuf,
    /// The most hits per query.
    #[arg(short, default_value_t = SearchOptions::default().k)]
    k: usize,
    /// Which arms of the index to use.
    #[arg(long, value_enum, default_value = "hybrid")]
    mode: ModeArg,
    /// Show chunks that say the same as hits of their own.
    #[arg(long)]
    duplicates: bool,
    /// Leave hits of a lower relevance out, from 0 to 1.
    #[arg(long)]
    min_relevance: Option<f32>,
    /// Print one JSON object per query: `_id`, `hits` and `answerable`, with offsets in UTF-16 code units.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    index: IndexArgument,
    #[command(flatten)]
    model: ModelArgument,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<()> {
    let queries = read_queries(&arguments.queries)?;
    match arguments.index.open(&arguments.folder, arguments.model.load()?).await? {
        AnyCollection::Memory(collection) => search(&collection, queries, &arguments).await,
        AnyCollection::Kept(collection) => search(&collection, queries, &arguments).await,
    }
}

async fn search<S: Store, E: Embedder>(
    collection: &Collection<S, E>,
    queries: Vec<QueryLine>,
    arguments: &Arguments,
) -> Result<()> {
    let options = SearchOptions {
        k: arguments.k,
        mode: arguments.mode.into(),
        duplicates: arguments.duplicates,
        min_relevance: arguments.min_relevance,
        ..SearchOptions::default()
    };
    for query in queries {
        let found = collection
            .search(&query.text, &options, &Unattended)
            .await
            .map_err(|error| error.within(format_args!("query {:?}", query.id)))?;
        if arguments.json {
            let hits: Vec<Value> = found.hits.iter().map(hit_json).collect();
            print_json(&json!({
                "_id": query.id,
                "hits": hits,
                "answerable": found.answerable,
                "query_truncated": found.query_truncated,
            }))?;
        } else {
            let note = if found.answerable { "" } else { " (no hit is likely to answer)" };
            print_text(&format!("# {} {}{note}\n", query.id, query.text))?;
            for (rank, hit) in (1..).zip(&found.hits) {
                print_text(&format!("{rank:>3} {}", hit_text(hit)))?;
            }
        }
    }
    Ok(())
}

fn hit_json(hit: &Hit) -> Value {
    let copies = hit.copies.iter().map(|copy| {
        json!({
            "document": copy.document,
            "start": copy.chunk.span_utf16.start,
            "end": copy.chunk.span_utf16.end,
            "score": copy.score,
            "section": copy.chunk.section,
        })
    });
    let evidence = hit.evidence.iter().map(
        |found| json!({ "start": found.span_utf16.start, "end": found.span_utf16.end, "score": found.score }),
    );
    json!({
        "document": hit.document,
        "start": hit.chunk.span_utf16.start,
        "end": hit.chunk.span_utf16.end,
        "score": hit.score,
        "section": hit.chunk.section,
        "page": hit.chunk.page,
        "evidence": evidence.collect::<Vec<_>>(),
        "copies": copies.collect::<Vec<_>>(),
    })
}

/// The best evidence of a hit below a line that says where it stands, and where else.
fn hit_text(hit: &Hit) -> String {
    let within = |span: Span| {
        let [start, end] = [span.start, span.end].map(|at| (at - hit.chunk.span.start) as usize);
        hit.text.get(start..end)
    };
    let best = hit.evidence.first().and_then(|best| within(best.span)).unwrap_or(&hit.text);
    let line: String = best.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect();
    let copies: Vec<&str> = hit.copies.iter().map(|copy| copy.document.as_str()).collect();
    let also = if copies.is_empty() { String::new() } else { format!("    also in {}\n", copies.join(", ")) };
    format!("{:.3} {} {}\n    {line}\n{also}", hit.score, hit.document, hit.chunk.section.join(" > "))
}
