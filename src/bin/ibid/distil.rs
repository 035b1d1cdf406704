//! `ibid distil`: a cross-encoder of fewer layers, taught by the whole one on unlabelled texts.

mod lessons;
mod measure;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ibid::encoder::bert::BertScorer;
use ibid::encoder::convert::{ConvertOptions, SourceFiles, convert};
use ibid::encoder::distil::{Example, Learned, Student};
use ibid::encoder::folder::ModelFiles;
use ibid::error::{Error, Result};
use indicatif::ProgressBar;

use crate::cache::CachedEmbedder;
use crate::cached_scorer::CachedScorer;
use crate::model::{ModelArgument, read_source, write_model};
use crate::output::{ModeArg, print_text};
use lessons::{Asked, answered, asked, documents};
use measure::{Facts, Measured, table};

/// Make a cross-encoder of fewer layers, which the whole one teaches on unlabelled texts how far apart it puts passages.
///
/// Questions are made of sentences of the texts, their passages found as a search would.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of the cross-encoder, with config.json, tokenizer.json and model.safetensors.
    source: PathBuf,
    /// The model folder to write; it is made where it does not exist.
    target: PathBuf,
    /// Documents, folders of them, or test collections with a corpus.jsonl, of which nothing else is read.
    #[arg(required = true)]
    texts: Vec<PathBuf>,
    /// How many layers to keep, fewer than there are.
    #[arg(long, value_name = "COUNT")]
    layers: usize,
    /// The model's public name.
    #[arg(long)]
    name: String,
    /// The licence of the weights, as an SPDX expression.
    #[arg(long, default_value = "unknown")]
    license: String,
    /// Where the weights of the whole model come from.
    #[arg(long = "source", id = "origin", value_name = "TEXT", default_value = "unknown")]
    origin: String,
    /// How long to learn, after the passages were found and scored.
    #[arg(long, default_value_t = 20.0)]
    minutes: f64,
    /// Make so many questions of the texts' own sentences.
    #[arg(long, value_name = "COUNT", default_value_t = 1500)]
    known_items: usize,
    /// What random choices are made from: questions, and their order.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Which arms of the index find passages.
    #[arg(long, value_enum, default_value = "hybrid")]
    mode: ModeArg,
    /// The most tokens of a passage's own text, as in the second stage of a search; 0 for all of it.
    #[arg(long, value_name = "TOKENS", default_value_t = 96)]
    window: usize,
    #[command(flatten)]
    model: ModelArgument,
    /// Keep embeddings and scores in this folder and take those of earlier runs from there.
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
}

/// Of how many questions one is not learned from, but measured with.
const HELD_OUT: usize = 10;

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<()> {
    if !(arguments.minutes > 0.0 && arguments.minutes.is_finite()) {
        let message = format!("--minutes must be above 0, not {}", arguments.minutes);
        return Err(Error::invalid_argument(message));
    }
    // What is wrong with the model is told before the texts are searched.
    let source = read_source(&arguments.source)?;
    let student = Student::cut(source.clone(), arguments.layers)?;
    let layers = student.layers();
    let whole = converted(source, &arguments, layers, false)?;
    let cut = converted(student.to_source()?, &arguments, layers, true)?;

    let documents = documents(&arguments.texts)?;
    let embedder = arguments.model.load()?;
    let asked: Vec<Asked> = match &arguments.cache {
        Some(folder) => asked(CachedEmbedder::open(embedder, folder)?, documents, &arguments).await?,
        None => asked(embedder, documents, &arguments).await?,
    };
    let scorer = CachedScorer::of(BertScorer::load(whole.clone())?, arguments.cache.as_deref())?;
    let examples = answered(asked, &scorer).await?;
    let (held, learned_from): (Vec<_>, Vec<_>) =
        (0..).zip(examples).partition(|(place, _)| place % HELD_OUT == 0);
    let [held, learned_from] =
        [held, learned_from].map(|some| some.into_iter().map(|(_, it)| it).collect::<Vec<Example>>());

    let (taught, steps, loss) = learn(student, &learned_from, &arguments)?;
    let taught = converted(taught, &arguments, layers, true)?;
    let mut columns = Vec::new();
    for (name, files) in [("whole", &whole), ("cut", &cut), ("taught", &taught)] {
        columns.push(Measured::of(name, files, &held).await?);
    }
    write_model(&arguments.target, &taught)?;
    let facts = Facts { held: &held, learned_from: &learned_from, steps, loss, minutes: arguments.minutes };
    print_text(&table(&columns, &facts))
}

/// Teaches for as long as was asked for. Returns the source of what came out, the steps that were made, and the mean loss of the
/// last tenth of them.
fn learn(
    mut student: Student,
    examples: &[Example],
    arguments: &Arguments,
) -> Result<(SourceFiles, usize, f32)> {
    let budget = 60.0 * arguments.minutes;
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(100));
    let started = Instant::now();
    let mut losses = Vec::new();
    student.learn(examples, arguments.seed, |Learned { steps, loss }| {
        losses.push(loss);
        let share = started.elapsed().as_secs_f64() / budget;
        bar.set_message(format!("learning: {:.0} %, step {steps}, loss {loss:.3}", 100.0 * share));
        share
    })?;
    bar.finish_and_clear();
    let last = &losses[losses.len() - losses.len().div_ceil(10)..];
    let loss = last.iter().sum::<f32>() / last.len() as f32;
    Ok((student.to_source()?, losses.len(), loss))
}

/// The model folder of a source; of one that was cut it says so.
fn converted(
    source: SourceFiles,
    arguments: &Arguments,
    [layers, all]: [usize; 2],
    is_cut: bool,
) -> Result<ModelFiles> {
    let Arguments { name, license, origin, .. } = arguments;
    let taught = format!("{origin}; {layers} of {all} layers, taught by all of them on unlabelled texts");
    let options = ConvertOptions {
        name: name.clone(),
        license: license.clone(),
        source: if is_cut { taught } else { origin.clone() },
        ..ConvertOptions::default()
    };
    convert(source, options)
}
