//! `ibid embed`: one vector per line of standard input.

use std::io::{self, BufRead, Write};

use clap::ValueEnum;
use ibid::error::{Error, ErrorKind, Result};
use ibid::model::{Embedder, Embedding, Role};
use ibid::task::Unattended;
use indicatif::ProgressBar;
use serde::Serialize;

use crate::model::ModelArgument;

/// Embed each line of standard input; prints one vector per line.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArgument,
    /// Embed in f32, from a Hugging Face folder.
    #[arg(long)]
    reference: bool,
    /// What the texts are.
    #[arg(long, default_value = "passage")]
    kind: Kind,
    /// Print {"tokens": n, "truncated": bool, "embedding": [...]} instead of numbers with spaces between them.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Passage,
    Query,
}

impl From<Kind> for Role {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Passage => Role::Passage,
            Kind::Query => Role::Query,
        }
    }
}

/// One line of output.
#[derive(Serialize)]
struct Row<'e> {
    tokens: usize,
    truncated: bool,
    embedding: &'e [f32],
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<()> {
    if arguments.reference {
        embed_lines(&arguments.model.load_reference()?, &arguments)
    } else {
        embed_lines(&arguments.model.load()?, &arguments)
    }
}

fn embed_lines(model: &impl Embedder, arguments: &Arguments) -> Result<()> {
    let progress = ProgressBar::no_length();
    let mut lines = io::stdin().lock().lines();
    loop {
        let batch = lines.by_ref().take(model.bulk_size()).collect::<io::Result<Vec<String>>>();
        let batch = batch.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => Error::new(ErrorKind::InvalidUtf8, "standard input is not UTF-8"),
            _ => Error::invalid_argument("standard input cannot be read").with_source(error),
        })?;
        if batch.is_empty() {
            break;
        }
        let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
        let embeddings = pollster::block_on(model.embed(&texts, arguments.kind.into(), &Unattended))?;
        match print(&embeddings, arguments.json) {
            // Whoever reads the output has enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            written => {
                written.map_err(|error| Error::internal("output cannot be written").with_source(error))?
            }
        }
        progress.inc(texts.len() as u64);
    }
    progress.finish_and_clear();
    Ok(())
}

fn print(embeddings: &[Embedding], json: bool) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for embedding in embeddings {
        if json {
            let Embedding { vector, tokens, truncated, .. } = embedding;
            serde_json::to_writer(
                &mut out,
                &Row { tokens: *tokens, truncated: *truncated, embedding: vector },
            )?;
        } else {
            let numbers: Vec<String> = embedding.vector.iter().map(f32::to_string).collect();
            out.write_all(numbers.join(" ").as_bytes())?;
        }
        out.write_all(b"\n")?;
    }
    out.flush()
}
