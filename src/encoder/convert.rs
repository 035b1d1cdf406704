//! Converts a Hugging Face or sentence-transformers folder to a model folder.

mod architecture;
mod dimensions;
mod sentence_transformers;

use safetensors::tensor::Dtype;
use serde_json::Value;

use crate::encoder::folder::{
    EmbeddingTask, EncoderConfig, FORMAT, FileDigest, FileDigests, ModelFiles, ModelManifest, ModelTask,
    Pooling, TABLE_ARCHITECTURE, WeightsFormat, parse_json, verify_sha256,
};
use crate::encoder::quantize::quantize_row;
use crate::encoder::table::{self, Table};
use crate::encoder::tokenizer::SubwordTokenizer;
use crate::encoder::tokenizer::pair::PairTokenizer;
use crate::encoder::weights::{
    Layout, TableLayout, Tensor, TensorShape, TensorSpec, Weights, encoder_tensors, head_tensors, scale_name,
    serialize, step_name,
};
use crate::error::{Error, ErrorKind, Result};
use architecture::{Head, Kind, SourceConfig};
use sentence_transformers::{MODEL, MODULES, POOLING, SENTENCE};

pub(crate) const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
pub(crate) const WEIGHTS: &str = "model.safetensors";

/// The longest text to embed, in tokens, where the source names no limit. A pair scorer takes what its positions allow.
const DEFAULT_MAX_TOKENS: usize = 256;

/// The same for a table of word vectors, as Model2Vec has it.
const DEFAULT_MAX_TOKENS_OF_A_TABLE: usize = 512;

/// The contents of the files of the source; the optional ones are those that sentence-transformers writes.
#[derive(Clone, Debug, Default)]
pub struct SourceFiles {
    /// `config.json`
    pub config: Vec<u8>,
    /// `tokenizer.json`
    pub tokenizer: Vec<u8>,
    /// `model.safetensors`, in f32, f16 or bf16, or a table of Model2Vec in small integers.
    pub weights: Vec<u8>,
    /// `modules.json`, the steps of the model.
    pub modules: Option<Vec<u8>>,
    /// `1_Pooling/config.json`
    pub pooling: Option<Vec<u8>>,
    /// `sentence_bert_config.json`, with the longest sequence.
    pub sentence: Option<Vec<u8>>,
    /// `config_sentence_transformers.json`, with the prefixes and how many components of vectors are kept.
    pub prompts: Option<Vec<u8>>,
}

impl SourceFiles {
    /// Collects the files through `read`, which takes a path inside the source folder and gives `None` where there is
    /// no such file.
    ///
    /// # Errors
    /// Those of `read`, and [`ErrorKind::ModelFileMissing`] naming a file that must exist.
    pub fn collect(mut read: impl FnMut(&str) -> Result<Option<Vec<u8>>>) -> Result<Self> {
        let mut needed = |file: &str| {
            let missing =
                || Error::new(ErrorKind::ModelFileMissing, format!("the source folder has no {file}"));
            read(file)?.ok_or_else(missing)
        };
        Ok(Self {
            config: needed(CONFIG)?,
            tokenizer: needed(TOKENIZER)?,
            weights: needed(WEIGHTS)?,
            modules: read(MODULES)?,
            pooling: read(POOLING)?,
            sentence: read(SENTENCE)?,
            prompts: read(MODEL)?,
        })
    }
}

/// What the source files do not say.
#[derive(Clone, Debug, Default)]
pub struct ConvertOptions {
    /// The model's public name.
    pub name: String,
    /// The licence of the weights.
    pub license: String,
    /// Where the weights come from.
    pub source: String,
    /// The hex sha256 that `model.safetensors` must have; `None` accepts any.
    pub weights_sha256: Option<String>,
    /// The pooling; `None` takes the source's, or the mean where it names none, as sentence-transformers does.
    pub pooling: Option<Pooling>,
    /// How many components of each vector are kept, for models that were trained so that the first ones do alone (Matryoshka);
    /// `None` takes the source's `truncate_dim`, or all.
    pub dimensions: Option<usize>,
    /// The text before each query; `None` takes the source's prompt `query`, or nothing.
    pub query_prefix: Option<String>,
    /// The text before each passage; `None` takes the source's prompt `passage` or `document`, or nothing.
    pub passage_prefix: Option<String>,
}

/// Converts a source to a model folder: only the tensors that are needed, quantised, under their plain names. The same
/// source gives the same bytes on every machine. It needs memory for source and result and
/// for little more.
///
/// # Errors
/// [`ErrorKind::ModelFileCorrupt`] where the weights have another hash than the options say,
/// [`ErrorKind::ModelInvalid`] naming the file and the field or tensor that is wrong or missing,
/// [`ErrorKind::ModelUnsupported`] for an architecture or option that this version does not know, and
/// [`ErrorKind::InvalidArgument`] for an option that the model has no use for.
pub fn convert(source: SourceFiles, options: ConvertOptions) -> Result<ModelFiles> {
    let model = SourceModel::read(&source, options)?;
    let weights = quantize_weights(source.weights, &model)?;
    let tokenizer = FileDigest::of(&source.tokenizer);
    let manifest = model.manifest(FileDigests { tokenizer, weights: FileDigest::of(&weights) })?;
    Ok(ModelFiles { manifest: manifest.to_json()?, tokenizer: source.tokenizer, weights })
}

/// What a source and the options say about the model.
pub(crate) struct SourceModel {
    name: String,
    license: String,
    source: String,
    architecture: &'static str,
    max_tokens: usize,
    task: ModelTask,
    config: EncoderConfig,
    layout: Layout,
}

impl SourceModel {
    /// Reads and checks everything but the tensors.
    pub fn read(source: &SourceFiles, options: ConvertOptions) -> Result<Self> {
        if let Some(expected) = &options.weights_sha256 {
            verify_sha256(WEIGHTS, expected, &source.weights)?;
        }
        let json = parse_json(CONFIG, &source.config)?;
        let SourceConfig { architecture, head, kind } = SourceConfig::read(json.clone())?;
        sentence_transformers::check_modules(source.modules.as_deref())?;
        let limit = sentence_transformers::max_tokens(source.sentence.as_deref())?;
        let (mut config, mut layout, longest) = match kind {
            Kind::Encoder(config, layout) => {
                let longest = config.max_position_embeddings;
                (config, Layout::Encoder(layout), longest)
            }
            Kind::Table => {
                let (config, layout) = read_table(source, &options)?;
                (config, Layout::Table(layout), usize::MAX)
            }
        };
        let (limit, task) = match head {
            Head::None if config.is_table() => {
                SubwordTokenizer::without_special_tokens(&source.tokenizer)?;
                let task = embedding_task(source, &options, &json, config.hidden_size)?;
                let own = json.get("max_length").and_then(Value::as_u64).map(|length| length as usize);
                (limit.or(own).unwrap_or(DEFAULT_MAX_TOKENS_OF_A_TABLE), ModelTask::Embedding(task))
            }
            Head::None => {
                SubwordTokenizer::from_json(&source.tokenizer)?;
                let task = embedding_task(source, &options, &json, config.hidden_size)?;
                (limit.unwrap_or(DEFAULT_MAX_TOKENS), ModelTask::Embedding(task))
            }
            Head::PairScorer => {
                PairTokenizer::from_json(&source.tokenizer)?;
                refuse_embedding_options(&options)?;
                (limit.unwrap_or(usize::MAX), ModelTask::PairScoring)
            }
        };
        let max_tokens = limit.min(longest);
        if let Layout::Encoder(encoder) = &mut layout {
            encoder.unreachable_positions = longest - max_tokens;
            config.max_position_embeddings = max_tokens;
        }
        Ok(Self {
            name: options.name,
            license: options.license,
            source: options.source,
            architecture,
            max_tokens,
            task,
            config,
            layout,
        })
    }

    /// The manifest of a folder that holds the model in these files.
    pub fn manifest(self, files: FileDigests) -> Result<ModelManifest> {
        let manifest = ModelManifest {
            format: FORMAT,
            name: self.name,
            license: self.license,
            source: self.source,
            architecture: self.architecture.to_owned(),
            max_tokens: self.max_tokens,
            task: self.task,
            weights_format: WeightsFormat::Int8,
            config: self.config,
            files,
        };
        manifest.validate()?;
        Ok(manifest)
    }

    /// The tensors of the source's weights, `bytes`, under the names of a model folder.
    pub fn weights<'f>(&self, bytes: &'f [u8]) -> Result<Weights<'f>> {
        Weights::parse_source(WEIGHTS, bytes, self.layout.clone())
    }

    fn tensors(&self) -> impl Iterator<Item = TensorSpec> {
        let head = match self.task {
            ModelTask::Embedding(_) => None,
            ModelTask::PairScoring => Some(head_tensors(&self.config)),
        };
        encoder_tensors(&self.config).chain(head.into_iter().flatten())
    }
}

/// A table of word vectors, whose size only its weights tell.
fn read_table(source: &SourceFiles, options: &ConvertOptions) -> Result<(EncoderConfig, TableLayout)> {
    if options.pooling.is_some_and(|pooling| pooling != Pooling::Mean) {
        return Err(Error::invalid_argument("of a table of word vectors only the mean can be taken"));
    }
    let layout = TableLayout { unknown: unknown_token(&parse_json(TOKENIZER, &source.tokenizer)?) };
    let weights = Weights::parse_source(WEIGHTS, &source.weights, Layout::Table(layout))?;
    let config = EncoderConfig::table(TableLayout::shape(&weights)?);
    config.validate(TABLE_ARCHITECTURE, WEIGHTS, "")?;
    Ok((config, layout))
}

/// The id of the token for what is not in the vocabulary.
fn unknown_token(tokenizer: &Value) -> Option<u32> {
    let model = tokenizer.get("model")?;
    let named = || model.get("vocab")?.get(model.get("unk_token")?.as_str()?);
    let id = model.get("unk_id").filter(|id| !id.is_null()).or_else(named)?;
    u32::try_from(id.as_u64()?).ok()
}

fn embedding_task(
    source: &SourceFiles,
    options: &ConvertOptions,
    config: &Value,
    hidden: usize,
) -> Result<EmbeddingTask> {
    let pooling = match options.pooling {
        Some(pooling) => pooling,
        None => sentence_transformers::pooling(source.pooling.as_deref())?,
    };
    let mut model = sentence_transformers::Model::read(source.prompts.as_deref())?;
    let dimensions = match options.dimensions {
        Some(dimensions) => dimensions::chosen(dimensions, config, hidden)?,
        None => dimensions::of_source(model.truncate_dim, hidden)?,
    };
    let mut prefix = |option: &Option<String>, names: &[&str]| {
        let prompt = || names.iter().find_map(|name| model.prompts.remove(*name));
        option.clone().or_else(prompt).unwrap_or_default()
    };
    Ok(EmbeddingTask {
        dimensions,
        pooling,
        normalize: true,
        query_prefix: prefix(&options.query_prefix, &["query"]),
        passage_prefix: prefix(&options.passage_prefix, &["passage", "document"]),
    })
}

fn refuse_embedding_options(options: &ConvertOptions) -> Result<()> {
    let ConvertOptions { pooling, dimensions, query_prefix, passage_prefix, .. } = options;
    let is_given =
        pooling.is_some() || dimensions.is_some() || query_prefix.is_some() || passage_prefix.is_some();
    if !is_given {
        return Ok(());
    }
    Err(Error::invalid_argument(
        "pooling, dimensions and prefixes are for embedding, but the source is a pair scorer",
    ))
}

/// Quantises tensor by tensor and row by row; `bytes` are freed before the new file is put together, so that source and
/// file never need room at once.
fn quantize_weights(bytes: Vec<u8>, model: &SourceModel) -> Result<Vec<u8>> {
    let source = model.weights(&bytes)?;
    let mut tensors = Vec::new();
    for TensorSpec { name, shape } in model.tensors() {
        match shape {
            TensorShape::Plain(shape) => {
                let values = source.widened(&name, &shape)?;
                tensors.push((name, Tensor::f32(shape, &values)));
            }
            TensorShape::Half(shape) => {
                let half = source.halved(&name, &shape)?;
                tensors.push((name, half));
            }
            TensorShape::Int8(shape) => {
                let (values, scales) = quantize(&source, &name, shape)?;
                tensors.push((scale_name(&name), Tensor::f32(vec![shape[0]], &scales)));
                tensors.push((name, Tensor::bytes(Dtype::I8, shape, values)));
            }
            TensorShape::Table([rows, columns]) => {
                let mut table = Table::new(columns);
                source
                    .widened_rows(&name, [rows, columns])?
                    .try_for_each(|row| row.map(|row| table.push(&row)))?;
                let steps = Tensor::bytes(Dtype::I8, [rows, table::steps(columns)], table.steps);
                tensors.push((scale_name(&name), Tensor::f32(vec![rows], &table.units)));
                tensors.push((step_name(&name), steps));
                tensors.push((name, Tensor::bytes(Dtype::U8, [rows, table::bytes(columns)], table.values)));
            }
        }
    }
    drop(bytes);
    serialize(tensors)
}

/// The values, as bytes, and the scales of the rows of a matrix.
fn quantize(source: &Weights, name: &str, shape: [usize; 2]) -> Result<(Vec<u8>, Vec<f32>)> {
    let (mut values, mut scales) = (Vec::new(), Vec::new());
    for row in source.widened_rows(name, shape)? {
        scales.push(quantize_row(&row?, &mut values));
    }
    Ok((values, scales))
}
