//! The model folder: `model.json`, `tokenizer.json` and `weights.safetensors`, and the checks before any of it is used.

mod fingerprint;

use std::cmp::Ordering;
use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::encoder::kernels::MAX_INPUTS;
use crate::error::{Error, ErrorKind, Result};
use crate::hex::hex;
use crate::model::ModelInfo;

/// The name of the manifest in a model folder.
pub const MANIFEST_FILE: &str = "model.json";
/// The name of the tokenizer in a model folder, in the format of Hugging Face's `tokenizers`.
pub const TOKENIZER_FILE: &str = "tokenizer.json";
/// The name of the weights in a model folder, in the safetensors format.
pub const WEIGHTS_FILE: &str = "weights.safetensors";
/// The version of the folder's layout that this library writes and reads. Version 1 held f32 weights, version 2
/// positions in f32, also those that no text reaches, version 3 word embeddings of 8 bits.
pub const FORMAT: u32 = 4;

/// The architectures that are read, by the names that `model_type` in Hugging Face's `config.json` has for them. What an
/// encoder does is in its [`EncoderConfig`]; an architecture that is not here may do more.
pub const ARCHITECTURES: [&str; 7] =
    ["bert", "distilbert", "roberta", "xlm-roberta", "camembert", "mpnet", TABLE_ARCHITECTURE];

/// The architecture of tables of word vectors, without layers.
pub(crate) const TABLE_ARCHITECTURE: &str = "model2vec";

/// The classes of distances that MPNet has, which its code does not let a `config.json` change.
pub(crate) const RELATIVE_BUCKETS: usize = 32;

/// How the vectors of the tokens become the vector of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over all tokens, the special ones too.
    Mean,
    /// The vector of the first token, `[CLS]`.
    Cls,
}

/// What a model is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelTask {
    /// A text becomes a vector.
    Embedding(EmbeddingTask),
    /// A query and a text become one number: how well the text answers the query.
    PairScoring,
}

impl ModelTask {
    /// The name in `model.json`.
    pub const fn name(&self) -> &'static str {
        match self {
            ModelTask::Embedding(_) => "embedding",
            ModelTask::PairScoring => "pair-scoring",
        }
    }
}

/// How a model embeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingTask {
    /// The length of the vectors: the encoder's, or less where only the first components are kept (Matryoshka representation
    /// learning, Kusupati et al. 2022, <https://arxiv.org/abs/2205.13147>).
    pub dimensions: usize,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Whether vectors are scaled to unit length; always `true`, because similarity here is their dot product.
    pub normalize: bool,
    /// Put before each query.
    pub query_prefix: String,
    /// Put before each passage.
    pub passage_prefix: String,
}

/// How the numbers of the weights file are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightsFormat {
    /// Rows of 8-bit integers with a scale each for linear layers (`X.weight` and `X.scale`, values of 7 bits). Word embeddings have
    /// 4 bits, two a byte, the first in the lower half, and for each 16 numbers of a row a step (`X.step`, 8 bits with sign): value *
    /// step * scale. Position embeddings are in IEEE 754 half precision, everything else in single.
    Int8,
}

/// What an encoder is, under the names that Hugging Face's `config.json` of BERT has for it. All architectures are written
/// in these terms when they are converted, so that there is one encoder for all: one without token types has a table of
/// none, and a table of word vectors is an encoder without layers, positions and norms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// Components per token vector.
    pub hidden_size: usize,
    /// Encoder layers; 0 for a table of word vectors, of which the fields that are 0 or empty then are not written.
    pub num_hidden_layers: usize,
    /// Attention heads per layer; divides `hidden_size`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub num_attention_heads: usize,
    /// Components inside the feed-forward network.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub intermediate_size: usize,
    /// Rows of the word embedding.
    pub vocab_size: usize,
    /// Rows of the position embedding, from that of the first token on: the longest sequence, in tokens.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub max_position_embeddings: usize,
    /// Rows of the token type embedding; 0 where tokens have no types.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub type_vocab_size: usize,
    /// Added to the variance before its square root is divided by.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub layer_norm_eps: f64,
    /// The activation of the feed-forward network; only `gelu`, the one with the error function, is supported.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hidden_act: String,
    /// Classes of distances between two tokens, for each of which attention adds a number to their score; 0 where it adds
    /// none, else 32.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub relative_attention_num_buckets: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn is_absent(number: &f64) -> bool {
    *number == 0.0
}

impl EncoderConfig {
    /// A table of `tokens` word vectors.
    pub(crate) fn table([tokens, components]: [usize; 2]) -> Self {
        Self {
            hidden_size: components,
            num_hidden_layers: 0,
            num_attention_heads: 0,
            intermediate_size: 0,
            vocab_size: tokens,
            max_position_embeddings: 0,
            type_vocab_size: 0,
            layer_norm_eps: 0.0,
            hidden_act: String::new(),
            relative_attention_num_buckets: 0,
        }
    }

    /// Whether it is a table of word vectors, of which nothing but the mean is taken: without special tokens, and without
    /// a longest text.
    pub(crate) fn is_table(&self) -> bool {
        self.num_hidden_layers == 0
    }

    /// Checks that the numbers fit each other and `architecture`; errors name the field of `file`, with `prefix` before it.
    pub(crate) fn validate(&self, architecture: &str, file: &str, prefix: &str) -> Result<()> {
        let check = |holds, field: &str, found: &dyn Display, rule: &str| {
            require(holds, file, &format!("{prefix}{field}"), found, rule)
        };
        let always = [("hidden_size", self.hidden_size), ("vocab_size", self.vocab_size)];
        let of_layers = [
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
        ];
        for (field, size) in always {
            check(size > 0, field, &size, "must be positive")?;
        }
        for (field, size) in [always[0], ("intermediate_size", self.intermediate_size)] {
            check(size <= MAX_INPUTS, field, &size, &format!("must be at most {MAX_INPUTS}"))?;
        }
        if architecture == TABLE_ARCHITECTURE {
            let others = [
                ("type_vocab_size", self.type_vocab_size),
                ("relative_attention_num_buckets", self.relative_attention_num_buckets),
            ];
            for (field, size) in of_layers.into_iter().chain(others) {
                check(size == 0, field, &size, "must be 0 in a table of word vectors")?;
            }
            return Ok(());
        }
        for (field, size) in of_layers {
            check(size > 0, field, &size, "must be positive")?;
        }
        check(
            self.hidden_size.is_multiple_of(self.num_attention_heads),
            "num_attention_heads",
            &self.num_attention_heads,
            &format!("must divide {prefix}hidden_size, {}", self.hidden_size),
        )?;
        check(
            self.layer_norm_eps.is_finite() && self.layer_norm_eps > 0.0,
            "layer_norm_eps",
            &self.layer_norm_eps,
            "must be finite and positive",
        )?;
        check(self.hidden_act == "gelu", "hidden_act", &format!("{:?}", self.hidden_act), "must be \"gelu\"")
    }
}

/// The size and hash that a file must have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    /// The size in bytes.
    pub bytes: u64,
    /// The sha256 in lower-case hex.
    pub sha256: String,
}

impl FileDigest {
    /// The digest of a file with this content.
    pub fn of(content: &[u8]) -> Self {
        Self { bytes: content.len() as u64, sha256: sha256_hex(content) }
    }

    /// Checks the size first, which is free, and then the hash.
    fn verify(&self, file: &str, content: &[u8]) -> Result<()> {
        let bytes = content.len() as u64;
        let kind = match bytes.cmp(&self.bytes) {
            Ordering::Less => ErrorKind::ModelFileTruncated,
            Ordering::Greater => ErrorKind::ModelFileCorrupt,
            Ordering::Equal => return verify_sha256(file, &self.sha256, content),
        };
        Err(differs(kind, file, format!("{} bytes", self.bytes), format!("{bytes} bytes")))
    }
}

/// The digests of the files beside the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigests {
    /// Of [`TOKENIZER_FILE`].
    #[serde(rename = "tokenizer.json")]
    pub tokenizer: FileDigest,
    /// Of [`WEIGHTS_FILE`].
    #[serde(rename = "weights.safetensors")]
    pub weights: FileDigest,
}

impl FileDigests {
    /// Each file's name and digest: what a caller that has only the manifest must fetch.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &FileDigest)> {
        [(TOKENIZER_FILE, &self.tokenizer), (WEIGHTS_FILE, &self.weights)].into_iter()
    }
}

/// The content of `model.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelManifest {
    /// [`FORMAT`]
    pub format: u32,
    /// The model's public name.
    pub name: String,
    /// The licence of the weights, as an SPDX expression where there is one.
    pub license: String,
    /// Where the weights come from.
    pub source: String,
    /// The architecture, one of [`ARCHITECTURES`].
    pub architecture: String,
    /// The longest text, or pair of texts, in tokens with the special ones; the model does not see what is beyond.
    pub max_tokens: usize,
    /// What the model is for.
    pub task: ModelTask,
    /// How the weights are stored.
    pub weights_format: WeightsFormat,
    /// What the encoder is.
    pub config: EncoderConfig,
    /// The sizes and hashes of the other files.
    pub files: FileDigests,
}

impl ModelManifest {
    /// Reads `model.json`.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`] where it is not JSON, lacks a field, or a field has a value that cannot be, and
    /// [`ErrorKind::ModelUnsupported`] for a format, architecture or option that this version does not know; both
    /// name the field.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let value = parse_json(MANIFEST_FILE, bytes)?;
        refuse_older_formats(&value)?;
        require_supported(MANIFEST_FILE, &value, &[("/format", &[json!(FORMAT)])])?;
        require_supported(
            MANIFEST_FILE,
            &value,
            &[
                ("/architecture", &ARCHITECTURES.map(Value::from)),
                ("/weights_format", &[json!("int8")]),
                ("/task", &[json!("pair-scoring")]),
                ("/task/embedding/pooling", &[json!("mean"), json!("cls")]),
                ("/task/embedding/normalize", &[json!(true)]),
                ("/config/hidden_act", &[json!("gelu")]),
                ("/config/relative_attention_num_buckets", &[json!(0), json!(RELATIVE_BUCKETS)]),
            ],
        )?;
        let manifest: Self = from_value(MANIFEST_FILE, value)?;
        manifest.validate()?;
        Ok(manifest)
    }

    /// The manifest as the content of `model.json`.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] where it cannot be written as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(self).map_err(not_json)?;
        json.push(b'\n');
        Ok(json)
    }

    /// Checks that the numbers fit each other.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`] naming the field.
    pub fn validate(&self) -> Result<()> {
        self.config.validate(&self.architecture, MANIFEST_FILE, "config.")?;
        let EncoderConfig { hidden_size, max_position_embeddings, .. } = self.config;
        match &self.task {
            ModelTask::Embedding(task) => {
                require(
                    (1..=hidden_size).contains(&task.dimensions),
                    MANIFEST_FILE,
                    "task.embedding.dimensions",
                    task.dimensions,
                    &format!("must be from 1 to config.hidden_size, {hidden_size}"),
                )?;
                if self.config.is_table() && task.pooling != Pooling::Mean {
                    let what =
                        "the field task.embedding.pooling must be \"mean\" for a table of word vectors";
                    return Err(invalid(MANIFEST_FILE, what));
                }
            }
            ModelTask::PairScoring if self.config.is_table() => {
                return Err(invalid(MANIFEST_FILE, "a table of word vectors cannot be for pair-scoring"));
            }
            ModelTask::PairScoring => {}
        }
        let (longest, rule) = if self.config.is_table() {
            (usize::MAX, "must be positive".to_owned())
        } else {
            let rule = format!("must be from 1 to config.max_position_embeddings, {max_position_embeddings}");
            (max_position_embeddings, rule)
        };
        let fits = (1..=longest).contains(&self.max_tokens);
        require(fits, MANIFEST_FILE, "max_tokens", self.max_tokens, &rule)
    }

    /// How the model embeds.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] where it is for something else.
    pub fn embedding_task(&self) -> Result<&EmbeddingTask> {
        match &self.task {
            ModelTask::Embedding(task) => Ok(task),
            other => Err(other_task(other, "embedding")),
        }
    }

    /// Checks that the model scores pairs.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] where it is for something else.
    pub fn require_pair_scoring(&self) -> Result<()> {
        match &self.task {
            ModelTask::PairScoring => Ok(()),
            other => Err(other_task(other, "pair-scoring")),
        }
    }

    /// Facts about the model with the content of [`TOKENIZER_FILE`].
    ///
    /// # Errors
    /// As [`Self::fingerprint`].
    pub fn info(&self, tokenizer: &[u8]) -> Result<ModelInfo> {
        let dimensions = match &self.task {
            ModelTask::Embedding(task) => task.dimensions,
            ModelTask::PairScoring => self.config.hidden_size,
        };
        Ok(ModelInfo {
            name: self.name.clone(),
            architecture: self.architecture.clone(),
            dimensions,
            max_tokens: self.max_tokens,
            fingerprint: self.fingerprint(tokenizer)?,
        })
    }
}

/// A whole model folder in memory.
#[derive(Clone, Debug)]
pub struct ModelFiles {
    /// The content of [`MANIFEST_FILE`].
    pub manifest: Vec<u8>,
    /// The content of [`TOKENIZER_FILE`].
    pub tokenizer: Vec<u8>,
    /// The content of [`WEIGHTS_FILE`].
    pub weights: Vec<u8>,
}

impl ModelFiles {
    /// Reads the folder at `path`.
    ///
    /// # Errors
    /// [`ErrorKind::ModelFileMissing`] naming the path of a file that cannot be read.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read(path: impl AsRef<std::path::Path>) -> Result<Self> {
        let read = |file: &str| {
            let path = path.as_ref().join(file);
            std::fs::read(&path).map_err(|error| {
                let message = format!("the model file {} cannot be read", path.display());
                Error::new(ErrorKind::ModelFileMissing, message).with_source(error)
            })
        };
        Ok(Self {
            manifest: read(MANIFEST_FILE)?,
            tokenizer: read(TOKENIZER_FILE)?,
            weights: read(WEIGHTS_FILE)?,
        })
    }

    /// Reads the manifest and checks size and hash of the other files.
    ///
    /// # Errors
    /// As [`ModelManifest::parse`], and [`ErrorKind::ModelFileTruncated`] or [`ErrorKind::ModelFileCorrupt`] naming
    /// the file, what was expected and what was found.
    pub fn verify(&self) -> Result<ModelManifest> {
        let manifest = ModelManifest::parse(&self.manifest)?;
        manifest.files.tokenizer.verify(TOKENIZER_FILE, &self.tokenizer)?;
        manifest.files.weights.verify(WEIGHTS_FILE, &self.weights)?;
        Ok(manifest)
    }
}

/// Checks that `content` has the hash that was promised for `file`.
pub(crate) fn verify_sha256(file: &str, expected: &str, content: &[u8]) -> Result<()> {
    let found = sha256_hex(content);
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    let (expected, found) = (format!("sha256 {expected}"), format!("sha256 {found}"));
    Err(differs(ErrorKind::ModelFileCorrupt, file, expected, found))
}

/// Parses `bytes` as JSON of any shape.
pub(crate) fn parse_json(file: &str, bytes: &[u8]) -> Result<Value> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| invalid(file, "is not UTF-8").with_source(error))?;
    serde_json::from_str(text).map_err(|error| invalid(file, "is not JSON").with_source(error))
}

/// Converts JSON to a type; an error names the path of the field.
pub(crate) fn from_value<T: DeserializeOwned>(file: &str, value: Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, cause) = (error.path().to_string(), error.into_inner());
        let place = if path == "." { "the top level".to_owned() } else { format!("the field {path}") };
        invalid(file, format!("{place} is malformed")).with_source(cause)
    })
}

fn other_task(found: &ModelTask, needed: &str) -> Error {
    let message =
        format!("{MANIFEST_FILE}: the model is for {}, but one for {needed} is needed", found.name());
    Error::new(ErrorKind::ModelUnsupported, message)
}

fn refuse_older_formats(manifest: &Value) -> Result<()> {
    let Some(format) =
        manifest.get("format").and_then(Value::as_u64).filter(|format| *format < FORMAT.into())
    else {
        return Ok(());
    };
    let message = format!(
        "{MANIFEST_FILE}: format {format} is no longer read; convert the model again, to format {FORMAT}"
    );
    Err(Error::new(ErrorKind::ModelUnsupported, message))
}

/// Checks options, by JSON pointer, for values that this version does not know. Absent options and those of a wrong
/// type are left to the typed decoding.
pub(crate) fn require_supported(file: &str, value: &Value, options: &[(&str, &[Value])]) -> Result<()> {
    for (pointer, supported) in options {
        let Some(found) = value.pointer(pointer) else { continue };
        let same_type =
            supported.iter().any(|known| std::mem::discriminant(known) == std::mem::discriminant(found));
        if same_type && !supported.contains(found) {
            let field = pointer.trim_start_matches('/').replace('/', ".");
            let known: Vec<_> = supported.iter().map(Value::to_string).collect();
            let message =
                format!("{file}: {field} {found} is not supported; supported: {}", known.join(", "));
            return Err(Error::new(ErrorKind::ModelUnsupported, message));
        }
    }
    Ok(())
}

/// Shorthand for an [`ErrorKind::ModelInvalid`] about `file`.
pub(crate) fn invalid(file: &str, what: impl Display) -> Error {
    Error::new(ErrorKind::ModelInvalid, format!("{file}: {what}"))
}

fn differs(kind: ErrorKind, file: &str, expected: String, found: String) -> Error {
    Error::new(kind, format!("{file}: expected {expected}, found {found}"))
}

fn require(holds: bool, file: &str, field: &str, found: impl Display, rule: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(invalid(file, format!("the field {field} is {found} but {rule}"))) }
}

fn not_json(error: serde_json::Error) -> Error {
    Error::internal("the model's recipe cannot be written as JSON").with_source(error)
}

fn sha256_hex(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}
