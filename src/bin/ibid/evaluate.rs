//! `ibid evaluate`: retrieval quality on a test collection, or on a folder of documents with questions of one's own.

pub mod material;
mod print;
mod search;
mod settings;

use std::path::PathBuf;

use ibid::error::Result;
use ibid::model::{Embedder, ModelInfo};

use crate::cache::CachedEmbedder;
use crate::chunking::Chunking;
use crate::model::ModelArgument;
use crate::output::ModeArg;
use material::Material;
use print::Facts;
use search::Searched;
use settings::Against;

/// Measure retrieval on a test collection in the layout of BEIR, or on a folder of documents with questions of your own.
///
/// Each mean is followed by its 95 % bootstrap interval. Times are those of a search for 100 documents.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder with corpus.jsonl, queries.jsonl and qrels.tsv; or, with questions, of any documents.
    folder: PathBuf,
    /// A file of questions, instead of those of the folder: JSON (an object a line, or an array) with question, documents, spans and
    /// answerable; or CSV with the columns question, document, quote and grade.
    #[arg(long, value_name = "FILE", conflicts_with = "known_items")]
    questions: Option<PathBuf>,
    /// Make so many questions of the collection's own sentences.
    #[arg(long, value_name = "COUNT")]
    known_items: Option<usize>,
    /// What random choices are made from: known items, intervals and tests.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Which arms of the index to use.
    #[arg(long, value_enum, default_value = "hybrid")]
    mode: ModeArg,
    /// The weight of the dense arm in hybrid mode, 0 to 1.
    #[arg(long)]
    dense_weight: Option<f32>,
    /// Fuse by reciprocal ranks with this k instead of by weighted scores.
    #[arg(long, value_name = "K")]
    rrf: Option<f32>,
    /// Compare with other settings, separated by commas: a mode, or hybrid:WEIGHT.
    #[arg(long, value_name = "SETTING", value_delimiter = ',', conflicts_with = "sweep")]
    against: Vec<Against>,
    /// Choose among settings by this measure, such as ndcg@10: on half of the questions, and held against the other half.
    #[arg(long, value_name = "MEASURE")]
    sweep: Option<String>,
    /// The modes to choose from.
    #[arg(long, value_enum, value_delimiter = ',', requires = "sweep")]
    modes: Vec<ModeArg>,
    /// The weights of the dense arm to choose from.
    #[arg(long, value_name = "WEIGHT", value_delimiter = ',', requires = "sweep")]
    weights: Vec<f32>,
    /// The ways of cutting documents to choose from: TARGET/MAX/OVERLAP in tokens. For each the documents are cut and embedded again.
    #[arg(long, value_name = "CHUNKING", value_delimiter = ',', requires = "sweep")]
    chunkings: Vec<Chunking>,
    /// The weights of a second stage to choose from: 0 for none, 1 where only it counts.
    #[arg(long, value_name = "WEIGHT", value_delimiter = ',', requires = "sweep")]
    rerank: Vec<f32>,
    /// The folder of the cross-encoder of the second stage.
    #[arg(long, value_name = "FOLDER")]
    reranker: Option<PathBuf>,
    /// How many candidates the second stage scores.
    #[arg(long, value_name = "COUNT", requires = "reranker")]
    candidates: Option<usize>,
    /// Whether the second stage counts only as far as it agrees with the first.
    #[arg(long, value_name = "BOOL", requires = "reranker")]
    agreement: Option<bool>,
    /// The most tokens of a candidate's text that the second stage sees; 0 for all of it.
    #[arg(long, value_name = "TOKENS", requires = "reranker")]
    window: Option<usize>,
    /// The numbers of hits to choose from, by which passages are measured.
    #[arg(long, value_name = "K", value_delimiter = ',', requires = "sweep")]
    hits: Vec<usize>,
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
        measure(arguments.model.load_reference()?, &arguments).await
    } else {
        measure(arguments.model.load()?, &arguments).await
    }
}

/// Measures with a model.
async fn measure<E: Embedder>(embedder: E, arguments: &Arguments) -> Result<()> {
    let ModelInfo { name, max_tokens, .. } = embedder.info().clone();
    let request = settings::request(arguments, max_tokens);
    let material = Material::read(&arguments.folder)?;
    let searched = match &arguments.cache {
        Some(folder) => {
            Searched::of(CachedEmbedder::open(embedder, folder)?, &material, &request, arguments).await?
        }
        None => Searched::of(embedder, &material, &request, arguments).await?,
    };
    let facts = Facts::of(&name, &material, &searched);
    print::print(&searched.report, &facts, arguments)
}
