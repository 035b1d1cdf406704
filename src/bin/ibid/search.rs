//! `ibid search`: hits in a folder for a file of queries.

use std::path::PathBuf;

use ibid::collection::SearchOptions;
use ibid::error::Result;
use ibid::task::Unattended;
use serde_json::{Value, json};

use crate::beir::read_queries;
use crate::ingest::{add_folder, open};
use crate::model::ModelArgument;
use crate::output::{ModeArg, print_json, print_text};

/// Ingest a folder and search it for each query of a file.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder; every .txt and .md file below it is a document.
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
    /// Leave hits of a lower relevance out, from 0 to 1.
    #[arg(long)]
    min_relevance: Option<f32>,
    /// Print one JSON object per query: `_id`, `hits` and `answerable`, with offsets in UTF-16 code units.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    model: ModelArgument,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<()> {
    let queries = read_queries(&arguments.queries)?;
    let collection = open(arguments.model.load()?).await?;
    add_folder(&collection, &arguments.folder).await?;
    let options = SearchOptions {
        k: arguments.k,
        mode: arguments.mode.into(),
        min_relevance: arguments.min_relevance,
        ..SearchOptions::default()
    };
    for query in queries {
        let found = collection
            .search(&query.text, &options, &Unattended)
            .await
            .map_err(|error| error.within(format_args!("query {:?}", query.id)))?;
        if arguments.json {
            let hits: Vec<Value> = found
                .hits
                .iter()
                .map(|hit| {
                    json!({
                        "document": hit.document,
                        "start": hit.chunk.span_utf16.start,
                        "end": hit.chunk.span_utf16.end,
                        "score": hit.score,
                        "relevance": hit.relevance,
                        "section": hit.chunk.section,
                    })
                })
                .collect();
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
                let line: String =
                    hit.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect();
                print_text(&format!(
                    "{rank:>3} {:.3} {:.2} {} {}\n    {line}\n",
                    hit.score,
                    hit.relevance,
                    hit.document,
                    hit.chunk.section.join(" > ")
                ))?;
            }
        }
    }
    Ok(())
}
