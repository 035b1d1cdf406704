//! `ibid convert`: a Hugging Face folder to a model folder, with all of its vocabulary or a part.

mod vocabulary;

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use ibid::encoder::convert::{ConvertOptions, convert};
use ibid::encoder::folder::{self, MANIFEST_FILE, ModelFiles, ModelManifest};
use ibid::encoder::prune::prune;
use ibid::error::{Error, Result};
use indicatif::ProgressBar;

use crate::model::{megabytes, read_source, write_model};
use vocabulary::{Vocabulary, what_remains};

/// Convert a Hugging Face or sentence-transformers folder to a model folder, or leave out of a vocabulary what is not needed.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder with config.json, tokenizer.json and model.safetensors; or a model folder whose vocabulary is to be pruned.
    source: PathBuf,
    /// The model folder to write; it is made where it does not exist.
    target: PathBuf,
    /// The model's public name; a model folder has its own.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    needed: Vocabulary,
    /// The licence of the weights, as an SPDX expression [default: unknown].
    #[arg(long)]
    license: Option<String>,
    /// Where the weights come from [default: unknown].
    #[arg(long = "source", id = "origin", value_name = "TEXT")]
    origin: Option<String>,
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
    let whole = if arguments.source.join(MANIFEST_FILE).exists() {
        read_model(&arguments)?
    } else {
        let source = read_source(&arguments.source)?;
        progress.set_message("converting");
        convert(source, options(&arguments)?)?
    };
    let needed = arguments.needed.read()?;
    progress.set_message("looking for what of the vocabulary is needed");
    let pruned = needed.as_ref().map(|needed| prune(&whole, needed)).transpose()?;
    let files = pruned.as_ref().map_or(&whole, |pruned| &pruned.files);
    progress.set_message(format!("writing {}", arguments.target.display()));

    write_model(&arguments.target, files)?;
    progress.finish_and_clear();

    let info = ModelManifest::parse(&files.manifest)?.info(&files.tokenizer)?;
    let target = arguments.target.display();
    eprintln!("{target}: {}, {:.1} MB, fingerprint {}", info.name, megabytes(files), info.fingerprint);
    if let Some(pruned) = &pruned {
        eprintln!("{}", what_remains(pruned, megabytes(&whole), &arguments.needed));
    }
    Ok(())
}

/// Reads a model folder, of which nothing but the vocabulary changes.
fn read_model(arguments: &Arguments) -> Result<ModelFiles> {
    let Arguments { name, license, origin, weights_sha256, pooling, query_prefix, passage_prefix, .. } =
        arguments;
    let texts = [name, license, origin, weights_sha256, query_prefix, passage_prefix];
    let is_changed = pooling.is_some() || arguments.dimensions.is_some();
    if is_changed || texts.iter().any(|text| text.is_some()) || !arguments.needed.is_pruned() {
        let message = format!(
            "{} is a model folder: all that can be done with it is --vocabulary-from and --languages",
            arguments.source.display()
        );
        return Err(Error::invalid_argument(message));
    }
    ModelFiles::read(&arguments.source)
}

fn options(arguments: &Arguments) -> Result<ConvertOptions> {
    let unknown = || "unknown".to_owned();
    let missing = || Error::invalid_argument("--name is needed, the model's public name");
    Ok(ConvertOptions {
        name: arguments.name.clone().ok_or_else(missing)?,
        license: arguments.license.clone().unwrap_or_else(unknown),
        source: arguments.origin.clone().unwrap_or_else(unknown),
        weights_sha256: arguments.weights_sha256.clone(),
        pooling: arguments.pooling.map(Into::into),
        dimensions: arguments.dimensions,
        query_prefix: arguments.query_prefix.clone(),
        passage_prefix: arguments.passage_prefix.clone(),
    })
}
