//! `ibid ask`: a cited prompt from a folder.

use std::path::PathBuf;

use ibid::collection::{Collection, PromptRequest, RetrievedPrompt, SearchOptions};
use ibid::error::Result;
use ibid::model::Embedder;
use ibid::prompt::{Citation, Dropped, Prompt, PromptOptions, Unanswerable};
use ibid::store::Store;
use ibid::task::Unattended;
use serde_json::{Value, json};

use crate::kept_index::{AnyCollection, IndexArgument};
use crate::model::ModelArgument;
use crate::output::{ModeArg, print_json, print_text};

/// Ingest a folder and print the cited prompt for a question.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder; every file below it that can be read is a document. Or an index, as `ibid index` made it.
    folder: PathBuf,
    /// The question.
    question: String,
    /// Print messages and citations as one JSON object.
    #[arg(long)]
    json: bool,
    /// The most tokens of the prompt.
    #[arg(long, default_value_t = PromptOptions::default().budget)]
    budget: usize,
    /// The most chunks to quote.
    #[arg(short, default_value_t = SearchOptions::default().k)]
    k: usize,
    /// Quote what was found even if none of it is likely to answer.
    #[arg(long)]
    quote_anyway: bool,
    /// Which arms of the index to use.
    #[arg(long, value_enum, default_value = "hybrid")]
    mode: ModeArg,
    #[command(flatten)]
    index: IndexArgument,
    #[command(flatten)]
    model: ModelArgument,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<()> {
    match arguments.index.open(&arguments.folder, arguments.model.load()?).await? {
        AnyCollection::Memory(collection) => ask(&collection, &arguments).await,
        AnyCollection::Kept(collection) => ask(&collection, &arguments).await,
    }
}

async fn ask<S: Store, E: Embedder>(collection: &Collection<S, E>, arguments: &Arguments) -> Result<()> {
    let unanswerable = if arguments.quote_anyway { Unanswerable::Quote } else { Unanswerable::Abstain };
    let request = PromptRequest {
        search: SearchOptions { k: arguments.k, mode: arguments.mode.into(), ..SearchOptions::default() },
        prompt: PromptOptions { budget: arguments.budget, unanswerable, ..PromptOptions::default() },
    };
    let RetrievedPrompt { prompt, retrieval } =
        collection.prompt(&arguments.question, &request, &Unattended).await?;
    if retrieval.query_truncated {
        eprintln!("note: the question is longer than the model takes; only its beginning was embedded");
    }
    if !prompt.answerable {
        eprintln!("note: nothing that was found is likely to answer the question");
    }
    if arguments.json { print_json(&as_json(&prompt)) } else { print_text(&as_text(&prompt)) }
}

fn as_json(prompt: &Prompt) -> Value {
    let messages = prompt.messages.iter().map(|it| json!({ "role": it.role.name(), "content": it.content }));
    json!({
        "messages": messages.collect::<Vec<_>>(),
        "citations": prompt.citations.iter().map(citation_json).collect::<Vec<_>>(),
        "answerable": prompt.answerable,
        "tokens": prompt.tokens,
        "dropped": prompt.dropped.iter().map(dropped_json).collect::<Vec<_>>(),
    })
}

fn citation_json(citation: &Citation) -> Value {
    let passage = &citation.passage;
    json!({
        "number": citation.number,
        "document": passage.document,
        "title": passage.title,
        "section": passage.section,
        "start": passage.span_utf16.start,
        "end": passage.span_utf16.end,
        "start_byte": passage.span.start,
        "end_byte": passage.span.end,
        "quote": passage.text,
        "score": passage.score,
        "relevance": passage.relevance,
    })
}

fn dropped_json(dropped: &Dropped) -> Value {
    json!({
        "document": dropped.document,
        "title": dropped.title,
        "start": dropped.span_utf16.start,
        "end": dropped.span_utf16.end,
        "reason": dropped.reason.name(),
    })
}

fn as_text(prompt: &Prompt) -> String {
    let messages = prompt.messages.iter().map(|it| format!("# {}\n\n{}\n\n", it.role.name(), it.content));
    let citations = prompt.citations.iter().map(|citation| {
        let passage = &citation.passage;
        let section = if passage.section.is_empty() {
            String::new()
        } else {
            format!(", {}", passage.section.join(" > "))
        };
        format!(
            "[{}] {}{section}, bytes {}..{}\n",
            citation.number, passage.document, passage.span.start, passage.span.end
        )
    });
    messages.chain(["# citations\n\n".to_owned()]).chain(citations).collect()
}
