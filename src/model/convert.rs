//! Converts a Hugging Face or sentence-transformers folder to a model folder.

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, View};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::model::folder::{
    BertConfig, FORMAT, FileDigest, FileDigests, ModelFiles, ModelManifest, Pooling, WeightsFormat,
    from_value, invalid, parse_json, require_supported, verify_sha256,
};
use crate::model::tokenizer::SubwordTokenizer;
use crate::model::weights::{Weights, bert_tensors};

const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
const WEIGHTS: &str = "model.safetensors";
const MODULES: &str = "modules.json";
const POOLING: &str = "1_Pooling/config.json";
const SENTENCE: &str = "sentence_bert_config.json";
const PROMPTS: &str = "config_sentence_transformers.json";

/// The longest text, in tokens, where the source names no limit.
const DEFAULT_MAX_TOKENS: usize = 256;

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

/// Converts a source to a model folder: only the tensors that are needed, in f32, under their plain names.
///
/// # Errors
/// [`ErrorKind::ModelFileCorrupt`] where the weights have another hash than the options say,
/// [`ErrorKind::ModelInvalid`] naming the file and the field or tensor that is wrong or missing, and
/// [`ErrorKind::ModelUnsupported`] for an architecture or option that this version does not know.
pub fn convert(source: SourceFiles, options: ConvertOptions) -> Result<ModelFiles> {
    if let Some(expected) = &options.weights_sha256 {
        verify_sha256(WEIGHTS, expected, &source.weights)?;
    }
    let config = encoder_config(&source.config)?;
    SubwordTokenizer::from_json(&source.tokenizer)?;
    check_modules(source.modules.as_deref())?;
    let pooling = match options.pooling {
        Some(pooling) => pooling,
        None => source_pooling(source.pooling.as_deref())?,
    };
    let max_tokens = max_tokens(source.sentence.as_deref())?.min(config.max_position_embeddings);
    let mut prompts = prompts(source.prompts.as_deref())?;
    let mut prompt = |names: &[&str]| names.iter().find_map(|name| prompts.remove(*name)).unwrap_or_default();

    let weights = convert_weights(&source.weights, &config)?;
    let manifest = ModelManifest {
        format: FORMAT,
        name: options.name,
        license: options.license,
        source: options.source,
        architecture: "bert".to_owned(),
        dimensions: config.hidden_size,
        max_tokens,
        pooling,
        normalize: true,
        query_prefix: options.query_prefix.unwrap_or_else(|| prompt(&["query"])),
        passage_prefix: options.passage_prefix.unwrap_or_else(|| prompt(&["passage", "document"])),
        weights_format: WeightsFormat::F32,
        config,
        files: FileDigests {
            tokenizer: FileDigest::of(&source.tokenizer),
            weights: FileDigest::of(&weights),
        },
    };
    manifest.validate()?;
    Ok(ModelFiles { manifest: manifest.to_json()?, tokenizer: source.tokenizer, weights })
}

fn encoder_config(bytes: &[u8]) -> Result<BertConfig> {
    let value = parse_json(CONFIG, bytes)?;
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
    from_value(CONFIG, value)
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

fn max_tokens(bytes: Option<&[u8]>) -> Result<usize> {
    #[derive(Deserialize)]
    struct Sentence {
        max_seq_length: Option<usize>,
    }
    let Some(bytes) = bytes else { return Ok(DEFAULT_MAX_TOKENS) };
    let sentence: Sentence = from_value(SENTENCE, parse_json(SENTENCE, bytes)?)?;
    Ok(sentence.max_seq_length.unwrap_or(DEFAULT_MAX_TOKENS))
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

fn convert_weights(bytes: &[u8], config: &BertConfig) -> Result<Vec<u8>> {
    let source = Weights::parse(WEIGHTS, bytes)?;
    let tensors = bert_tensors(config)
        .map(|(name, shape)| {
            let values = source.widened(&name, &shape)?;
            let data = values.into_iter().flat_map(f32::to_le_bytes).collect();
            Ok((name, Plain { shape, data }))
        })
        .collect::<Result<Vec<_>>>()?;
    safetensors::serialize(tensors, None)
        .map_err(|error| Error::internal("the weights cannot be written").with_source(error))
}

/// An f32 tensor as its file holds it.
struct Plain {
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl View for Plain {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.data)
    }

    fn data_len(&self) -> usize {
        self.data.len()
    }
}
