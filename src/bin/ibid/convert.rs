//! `ibid convert`: a Hugging Face folder to a model folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use ibid::encoder::convert::{ConvertOptions, convert};
use ibid::encoder::folder::{self, MANIFEST_FILE, ModelManifest, TOKENIZER_FILE, WEIGHTS_FILE};
use ibid::error::{Error, Result};
use indicatif::ProgressBar;

use crate::model::read_source;

/// Convert a Hugging Face or sentence-transformers folder to a model folder.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder with config.json, tokenizer.json and model.safetensors.
    source: PathBuf,
    /// The model folder to write; it is made where it does not exist.
    target: PathBuf,
    /// The model's public name.
    #[arg(long)]
    name: String,
    /// The licence of the weights, as an SPDX expression.
    #[arg(long, default_value = "unknown")]
    license: String,
    /// Where the weights come from.
    #[arg(long = "source", id = "origin", value_name = "TEXT", default_value = "unknown")]
    origin: String,
    /// The hex sha256 that model.safetensors must have.
    #[arg(long, value_name = "HEX")]
    weights_sha256: Option<String>,
    /// How token vectors become one [default: what the source says, else mean].
    #[arg(long)]
    pooling: Option<Pooling>,
    /// How many components of each vector to keep, for models whose card says that the first ones do alone (Matryoshka)
    /// [default: the source's `truncate_dim`, else all].
    #[arg(long)]
    dimensions: Option<usize>,
    /// The text before each query [default: the source's prompt, else none].
    #[arg(long, value_name = "TEXT")]
    query_prefix: Option<String>,
    /// The text before each passage [default: the source's prompt, else none].
    #[arg(long, value_name = "TEXT")]
    passage_prefix: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Pooling {
    Mean,
    Cls,
}

impl From<Pooling> for folder::Pooling {
    fn from(pooling: Pooling) -> Self {
        match pooling {
            Pooling::Mean => folder::Pooling::Mean,
            Pooling::Cls => folder::Pooling::Cls,
        }
    }
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<()> {
    let progress = ProgressBar::new_spinner();
    progress.enable_steady_tick(Duration::from_millis(100));

    progress.set_message(format!("reading {}", arguments.source.display()));
    let source = read_source(&arguments.source)?;
    progress.set_message("converting");
    let files = convert(source, options(&arguments))?;
    progress.set_message(format!("writing {}", arguments.target.display()));

    fs::create_dir_all(&arguments.target).map_err(|error| not_written(&arguments.target, error))?;
    // The manifest comes last: an interrupted conversion leaves no folder that looks whole.
    write(&arguments.target.join(WEIGHTS_FILE), &files.weights)?;
    write(&arguments.target.join(TOKENIZER_FILE), &files.tokenizer)?;
    write(&arguments.target.join(MANIFEST_FILE), &files.manifest)?;
    progress.finish_and_clear();

    let info = ModelManifest::parse(&files.manifest)?.info(&files.tokenizer)?;
    let megabytes =
        [&files.manifest, &files.tokenizer, &files.weights].map(Vec::len).iter().sum::<usize>() as f64 / 1e6;
    let target = arguments.target.display();
    eprintln!("{target}: {}, {megabytes:.1} MB, fingerprint {}", info.name, info.fingerprint);
    Ok(())
}

fn options(arguments: &Arguments) -> ConvertOptions {
    ConvertOptions {
        name: arguments.name.clone(),
        license: arguments.license.clone(),
        source: arguments.origin.clone(),
        weights_sha256: arguments.weights_sha256.clone(),
        pooling: arguments.pooling.map(Into::into),
        dimensions: arguments.dimensions,
        query_prefix: arguments.query_prefix.clone(),
        passage_prefix: arguments.passage_prefix.clone(),
    }
}

/// Writes through a temporary name, so that there is never half a file under the right one.
fn write(path: &Path, content: &[u8]) -> Result<()> {
    let temporary = path.with_extension("part");
    let written = fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // Of the two errors the first one is worth telling.
        let _ = fs::remove_file(&temporary);
        not_written(path, error)
    })
}

fn not_written(path: &Path, error: io::Error) -> Error {
    Error::invalid_argument(format!("{} cannot be written", path.display())).with_source(error)
}
