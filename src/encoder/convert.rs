//! Converts a Hugging Face or sentence-transformers folder to a model folder.

use std::collections::BTreeMap;

use safetensors::tensor::Dtype;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::encoder::folder::{
    BertConfig, EmbeddingTask, FORMAT, FileDigest, FileDigests, ModelFiles, ModelManifest, ModelTask,
    Pooling, WeightsFormat, from_value, invalid, parse_json, require_supported, verify_sha256,
};
use crate::encoder::quantize::quantize_row;
use crate::encoder::tokenizer::SubwordTokenizer;
use crate::encoder::tokenizer::pair::PairTokenizer;
use crate::encoder::weights::{
    Tensor, TensorShape, TensorSpec, Weights, bert_tensors, head_tensors, int8_limit, scale_name, serialize,
};
use crate::error::{Error, ErrorKind, Result};

const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
pub(crate) const WEIGHTS: &str = "model.safetensors";
const MODULES: &str = "modules.json";
const POOLING: &str = "1_Pooling/config.json";
const SENTENCE: &str = "sentence_bert_config.json";
const PROMPTS: &str = "config_sentence_transformers.json";

/// The longest text to embed, in tokens, where the source names no limit. A pair scorer takes what its positions allow.
const DEFAULT_MAX_TOKENS: usize = 256;

/// The labels of a classifier whose config names none, as the transformers library has it.
const DEFAULT_LABELS: u64 = 2;

/// The contents of the files of the source; the optional ones are those that sentence-transformers writes.
#[derive(Clone, Debug, Default)]
pub struct SourceFiles {
    /// `config.json`
    pub config: Vec<u8>,
    /// `tokenizer.json`
    pub tokenizer: Vec<u8>,
    /// `model.safetensors`, in f32, f16 or bf16.
    pub weights: Vec<u8>,
    /// `modules.json`, the steps of the model.
    pub modules: Option<Vec<u8>>,
    /// `1_Pooling/config.json`
    pub pooling: Option<Vec<u8>>,
    /// `sentence_bert_config.json`, with the longest sequence.
    pub sentence: Option<Vec<u8>>,
    /// `config_sentence_transformers.json`, with the prefixes.
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
            prompts: read(PROMPTS)?,
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
    max_tokens: usize,
    task: ModelTask,
    config: BertConfig,
}

impl SourceModel {
    /// Reads and checks everything but the tensors.
    pub fn read(source: &SourceFiles, options: ConvertOptions) -> Result<Self> {
        if let Some(expected) = &options.weights_sha256 {
            verify_sha256(WEIGHTS, expected, &source.weights)?;
        }
        let (architecture, config) = encoder_config(&source.config)?;
        check_modules(source.modules.as_deref())?;
        let limit = max_tokens(source.sentence.as_deref())?;
        let (limit, task) = match architecture {
            Architecture::Encoder => {
                SubwordTokenizer::from_json(&source.tokenizer)?;
                let task = embedding_task(source, &options, config.hidden_size)?;
                (limit.unwrap_or(DEFAULT_MAX_TOKENS), ModelTask::Embedding(task))
            }
            Architecture::PairScorer => {
                PairTokenizer::from_json(&source.tokenizer)?;
                refuse_embedding_options(&options)?;
                (limit.unwrap_or(usize::MAX), ModelTask::PairScoring)
            }
        };
        Ok(Self {
            name: options.name,
            license: options.license,
            source: options.source,
            max_tokens: limit.min(config.max_position_embeddings),
            task,
            config,
        })
    }

    /// The manifest of a folder that holds the model in these files.
    pub fn manifest(self, files: FileDigests) -> Result<ModelManifest> {
        let manifest = ModelManifest {
            format: FORMAT,
            name: self.name,
            license: self.license,
            source: self.source,
            architecture: "bert".to_owned(),
            max_tokens: self.max_tokens,
            task: self.task,
            weights_format: WeightsFormat::Int8,
            config: self.config,
            files,
        };
        manifest.validate()?;
        Ok(manifest)
    }

    fn tensors(&self) -> impl Iterator<Item = TensorSpec> {
        let head = match self.task {
            ModelTask::Embedding(_) => None,
            ModelTask::PairScoring => Some(head_tensors(&self.config)),
        };
        bert_tensors(&self.config).chain(head.into_iter().flatten())
    }
}

/// What stands on the encoder.
enum Architecture {
    /// Nothing that embedding has a use for.
    Encoder,
    /// Pooler and classifier, with one label.
    PairScorer,
}

fn encoder_config(bytes: &[u8]) -> Result<(Architecture, BertConfig)> {
    let value = parse_json(CONFIG, bytes)?;
    let architecture = architecture(&value)?;
    let supported: &[(&str, &[Value])] = &[
        ("/model_type", &[json!("bert")]),
        ("/hidden_act", &[json!("gelu")]),
        ("/position_embedding_type", &[json!("absolute")]),
        ("/is_decoder", &[json!(false)]),
    ];
    require_supported(CONFIG, &value, supported)?;
    if value.get("model_type").is_none() {
        return Err(invalid(CONFIG, "the field model_type is missing"));
    }
    let config: BertConfig = from_value(CONFIG, value)?;
    config.validate(CONFIG, "")?;
    Ok((architecture, config))
}

/// What `architectures` says, by the names of the classes of the transformers library; without it, a plain encoder.
fn architecture(config: &Value) -> Result<Architecture> {
    #[derive(Deserialize)]
    struct Classes {
        #[serde(default)]
        architectures: Vec<String>,
    }
    let unsupported = |what: &str| {
        let message =
            format!("{CONFIG}: the architecture {what} is not supported; supported: {ARCHITECTURES}");
        Err(Error::new(ErrorKind::ModelUnsupported, message))
    };
    let classes: Classes = from_value(CONFIG, config.clone())?;
    let classes: Vec<&str> = classes.architectures.iter().map(String::as_str).collect();
    match classes[..] {
        [] | ["BertModel" | "BertForMaskedLM" | "BertForPreTraining"] => Ok(Architecture::Encoder),
        ["BertForSequenceClassification"] => match labels(config) {
            1 => Ok(Architecture::PairScorer),
            labels => unsupported(&format!("BertForSequenceClassification with {labels} labels")),
        },
        _ => unsupported(&classes.join(" with ")),
    }
}

const ARCHITECTURES: &str = "BertModel, BertForMaskedLM and BertForPreTraining, whose heads are left out, \
    and BertForSequenceClassification with 1 label";

/// How many labels a classifier has.
fn labels(config: &Value) -> u64 {
    let named = || config.get("id2label").and_then(Value::as_object).map(|labels| labels.len() as u64);
    config.get("num_labels").and_then(Value::as_u64).or_else(named).unwrap_or(DEFAULT_LABELS)
}

fn embedding_task(
    source: &SourceFiles,
    options: &ConvertOptions,
    dimensions: usize,
) -> Result<EmbeddingTask> {
    let pooling = match options.pooling {
        Some(pooling) => pooling,
        None => source_pooling(source.pooling.as_deref())?,
    };
    let mut prompts = prompts(source.prompts.as_deref())?;
    let mut prefix = |option: &Option<String>, names: &[&str]| {
        option.clone().or_else(|| names.iter().find_map(|name| prompts.remove(*name))).unwrap_or_default()
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
    let ConvertOptions { pooling, query_prefix, passage_prefix, .. } = options;
    if pooling.is_none() && query_prefix.is_none() && passage_prefix.is_none() {
        return Ok(());
    }
    Err(Error::invalid_argument("pooling and prefixes are for embedding, but the source is a pair scorer"))
}

/// Checks that the source has no step, such as a further dense layer, that would be lost.
fn check_modules(bytes: Option<&[u8]>) -> Result<()> {
    #[derive(Deserialize)]
    struct Module {
        r#type: String,
    }
    let Some(bytes) = bytes else { return Ok(()) };
    let modules: Vec<Module> = from_value(MODULES, parse_json(MODULES, bytes)?)?;
    for Module { r#type } in modules {
        let step = r#type.rsplit('.').next().unwrap_or_default();
        if !["Transformer", "Pooling", "Normalize"].contains(&step) {
            let message = format!("{MODULES}: the module {} is not supported", r#type);
            return Err(Error::new(ErrorKind::ModelUnsupported, message));
        }
    }
    Ok(())
}

/// The one pooling mode that is switched on.
fn source_pooling(bytes: Option<&[u8]>) -> Result<Pooling> {
    let Some(bytes) = bytes else { return Ok(Pooling::Mean) };
    let value = parse_json(POOLING, bytes)?;
    let fields = value.as_object().ok_or_else(|| invalid(POOLING, "is not a JSON object"))?;
    let on: Vec<&str> = fields
        .iter()
        .filter(|(name, on)| name.starts_with("pooling_mode_") && **on == Value::Bool(true))
        .map(|(name, _)| name.as_str())
        .collect();
    match on[..] {
        ["pooling_mode_mean_tokens"] => Ok(Pooling::Mean),
        ["pooling_mode_cls_token"] => Ok(Pooling::Cls),
        [] => Err(invalid(POOLING, "no pooling mode is switched on")),
        _ => {
            let message = format!("{POOLING}: the pooling {} is not supported", on.join(" with "));
            Err(Error::new(ErrorKind::ModelUnsupported, message))
        }
    }
}

/// The limit that the source names, if any.
fn max_tokens(bytes: Option<&[u8]>) -> Result<Option<usize>> {
    #[derive(Deserialize)]
    struct Sentence {
        max_seq_length: Option<usize>,
    }
    let Some(bytes) = bytes else { return Ok(None) };
    let sentence: Sentence = from_value(SENTENCE, parse_json(SENTENCE, bytes)?)?;
    Ok(sentence.max_seq_length)
}

fn prompts(bytes: Option<&[u8]>) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Prompts {
        #[serde(default)]
        prompts: BTreeMap<String, String>,
    }
    let Some(bytes) = bytes else { return Ok(BTreeMap::new()) };
    Ok(from_value::<Prompts>(PROMPTS, parse_json(PROMPTS, bytes)?)?.prompts)
}

/// Quantises tensor by tensor and row by row; `bytes` are freed before the new file is put together, so that source and
/// file never need room at once.
fn quantize_weights(bytes: Vec<u8>, model: &SourceModel) -> Result<Vec<u8>> {
    let source = Weights::parse(WEIGHTS, &bytes)?;
    let mut tensors = Vec::new();
    for TensorSpec { name, shape } in model.tensors() {
        match shape {
            TensorShape::Plain(shape) => {
                let values = source.widened(&name, &shape)?;
                tensors.push((name, Tensor::f32(shape, &values)));
            }
            TensorShape::Int8(shape) => {
                let (values, scales) = quantize(&source, &name, shape)?;
                tensors.push((scale_name(&name), Tensor::f32(vec![shape[0]], &scales)));
                tensors.push((name, Tensor { dtype: Dtype::I8, shape: shape.to_vec(), data: values }));
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
        scales.push(quantize_row(&row?, int8_limit(name), &mut values));
    }
    Ok((values, scales))
}
