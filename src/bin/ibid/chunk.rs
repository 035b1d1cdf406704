//! `ibid chunk`: how a file is cut.

use std::path::PathBuf;

use ibid::chunk::{ChunkOptions, chunk};
use ibid::error::Result;
use ibid::extract::extract;
use ibid::model::{Embedder, Role};
use serde_json::json;

use crate::ingest::read_document;
use crate::model::ModelArgument;
use crate::output::{print_json, print_text};
use crate::progress::ProgressTask;

/// Print the chunks of a document.
#[derive(clap::Args)]
pub struct Arguments {
    /// A file of any format but PDF, which takes a browser.
    file: PathBuf,
    /// Print one JSON object per chunk: start and end in UTF-16 code units, start_byte, end_byte, section, tokens,
    /// text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chunking: ChunkingArguments,
    #[command(flatten)]
    model: ModelArgument,
}

/// The options that say how documents are cut; those that are not given are the defaults.
#[derive(clap::Args)]
pub struct ChunkingArguments {
    /// How far a chunk is filled, counted as --max is; the same as --max for as far as it goes.
    #[arg(long)]
    target: Option<usize>,
    /// The most tokens that the model sees of a chunk, with title, section path and special tokens.
    #[arg(long)]
    max: Option<usize>,
    /// The most tokens that a chunk repeats of the one before it.
    #[arg(long)]
    overlap: Option<usize>,
}

impl ChunkingArguments {
    /// The options for a model that takes `model_max_tokens` tokens.
    pub fn options(&self, model_max_tokens: usize) -> ChunkOptions {
        let max = self.max.unwrap_or(ChunkOptions::for_model(model_max_tokens).max);
        ChunkOptions::given(self.target, Some(max), self.overlap)
    }
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<()> {
    let embedder = arguments.model.load()?;
    let options = arguments.chunking.options(embedder.info().max_tokens);
    options.validate(embedder.info().max_tokens)?;
    let parent = arguments.file.parent().unwrap_or(&arguments.file).to_owned();
    let document = read_document(&parent, &arguments.file)?;
    let extracted = extract(&document)?;
    let own = &extracted.properties.title;
    let title = if own.is_empty() { &document.file_name } else { own };
    let task = ProgressTask::new();
    let overhead = embedder.overhead(Role::Passage);
    let chunks = chunk(&extracted, title, &options, overhead, &embedder, &task).await?;
    drop(task);
    for chunk in chunks {
        let text = chunk.span.slice(&extracted.text).unwrap_or_default();
        if arguments.json {
            print_json(&json!({
                "start": chunk.span_utf16.start,
                "end": chunk.span_utf16.end,
                "start_byte": chunk.span.start,
                "end_byte": chunk.span.end,
                "section": chunk.section,
                "page": chunk.page,
                "lead": chunk.frame.lead,
                "tail": chunk.frame.tail,
                "tokens": chunk.tokens,
                "text": text,
            }))?;
        } else {
            let (start, end) = (chunk.span.start, chunk.span.end);
            let section = chunk.section.join(" > ");
            let page = chunk.page.map_or_else(String::new, |page| format!(", page {page}"));
            let head = format!("--- {start}..{end} bytes, {} tokens{page} {section}", chunk.tokens);
            print_text(&format!("{head}\n{}\n", chunk.frame.around(text)))?;
        }
    }
    Ok(())
}
