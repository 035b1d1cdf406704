//! The types of the JavaScript interface; their TypeScript declarations are generated from here. Offsets are UTF-16
//! code units, as in JavaScript strings.

mod answer;
mod evaluate;
mod events;
mod fusion;
mod given;
mod prompt;
mod search;
mod trace;
mod trail;
mod transfer;

use std::collections::BTreeMap;

use js_sys::Float32Array;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize, Serializer};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::chunk::ChunkOptions;
use crate::collection;
use crate::document;
use crate::encoder::kernels;
use crate::error::{Error, Result};
use crate::index;
use crate::language::Language;
use crate::model::{self, pooled};
use crate::order;
use crate::store::placed::Place;
use crate::store::sealed::KeyInfo;
use crate::task;

pub use answer::*;
pub use evaluate::*;
pub use events::*;
pub use given::*;
pub use prompt::*;
pub use search::*;
pub use trail::{record_line, retrieval, with_trace};
pub use transfer::*;

/// How a collection is opened.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct OpenOptions {
    /// How documents that are added from now on are cut into chunks.
    #[tsify(optional)]
    pub chunking: Option<ChunkingOptions>,
    /// How many workers embed documents beside the collection's own: 1 to 16, each with a copy of the model in memory;
    /// 0 leaves everything to the collection's own. The default, `"auto"`, leaves one core to the page: at least 1, at
    /// most 4. They are started when there is much to embed and end when there is nothing to do.
    #[tsify(optional, type = "number | \"auto\"")]
    pub workers: Option<WorkerCount>,
    /// The language of the documents that are added from now on, unless they name their own; their words are found in all
    /// their forms (stemming). The default, `"auto"`, takes of each document what its text tells: one of these, or
    /// `"none"` where it is another; where it is too short to tell, it is taken for what other documents are in. Scripts
    /// without spaces and Korean are found with any.
    #[tsify(optional, type = "\"auto\" | Language")]
    pub language: Option<LanguageChoice>,
    /// Where the collection is: on the `"device"`, which is the default; in `"memory"`, where nobody else sees it and nothing is left of
    /// it once it is closed; or `"device-or-memory"`, in memory where the browser refuses to store anything.
    /// `info().storage.place` says which it is.
    #[tsify(optional, type = "\"device\" | \"memory\" | \"device-or-memory\"")]
    pub storage: Option<StoragePlace>,
}

/// Where a collection is to be stored.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoragePlace {
    /// On the device.
    Device,
    /// In memory.
    Memory,
    /// On the device where it can be.
    DeviceOrMemory,
}

impl From<Option<StoragePlace>> for Place {
    fn from(place: Option<StoragePlace>) -> Self {
        match place {
            None | Some(StoragePlace::Device) => Self::Device,
            Some(StoragePlace::Memory) => Self::Memory,
            Some(StoragePlace::DeviceOrMemory) => Self::DeviceOrMemory,
        }
    }
}

/// How documents are cut into chunks, in tokens of the model.
#[derive(Clone, Copy, Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ChunkingOptions {
    /// How far a chunk is filled, counted as `max` is: 32 to `max`, which is no target, so that each chunk takes what
    /// fits. It ends with the first paragraph, list item, part of a table or of code that reaches the target; one that
    /// fits is not cut for its sake. Small values make what is found precise, and chunks many. The default is 256, or
    /// `max` where that is less.
    #[tsify(optional)]
    pub target: Option<usize>,
    /// The most tokens that the model sees of a chunk, with title, section path and special tokens: 32 to the
    /// model's limit. The default is 256, or the model's limit where that is less.
    #[tsify(optional)]
    pub max: Option<usize>,
    /// The most tokens that a chunk repeats of the one before it: 0 (none) to half of `target`. The default is 32, or half
    /// of `target` where that is less.
    #[tsify(optional)]
    pub overlap: Option<usize>,
}

impl ChunkingOptions {
    fn is_given(&self) -> bool {
        self.target.is_some() || self.max.is_some() || self.overlap.is_some()
    }

    pub fn into_core(self) -> ChunkOptions {
        ChunkOptions::given(self.target, self.max, self.overlap)
    }
}

#[wasm_bindgen(typescript_custom_section)]
const LANGUAGE: &str = r#"
/** A language whose words are stemmed and whose function words queries pass over; `"none"` does neither. */
export type Language =
  | "danish" | "dutch" | "english" | "finnish" | "french" | "german" | "italian" | "none" | "norwegian" | "portuguese"
  | "russian" | "spanish" | "swedish";
"#;

/// A language, or what the documents are written in.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected the name of a language in English (such as \"french\"), \"none\" or \"auto\""
)]
pub enum LanguageChoice {
    /// What the text tells.
    Automatic(#[allow(dead_code, reason = "there is one value only")] Automatic),
    /// This one.
    Language(Language),
}

impl LanguageChoice {
    pub fn into_core(self) -> Option<Language> {
        match self {
            Self::Automatic(_) => None,
            Self::Language(language) => Some(language),
        }
    }
}

/// A number of workers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a whole number from 0 to 16 or \"auto\"")]
pub enum WorkerCount {
    /// Exactly so many.
    Exactly(u32),
    /// What suits the machine.
    Automatic(Automatic),
}

/// The word `"auto"`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub enum Automatic {
    /// The only value.
    #[serde(rename = "auto")]
    Auto,
}

impl From<WorkerCount> for pooled::WorkerCount {
    fn from(count: WorkerCount) -> Self {
        match count {
            WorkerCount::Exactly(count) => Self::Exactly(count as usize),
            WorkerCount::Automatic(Automatic::Auto) => Self::Automatic,
        }
    }
}

impl OpenOptions {
    /// The number of workers on a machine of `cores` cores.
    pub fn worker_limit(&self, cores: usize) -> Result<usize> {
        let count = self.workers.map_or_else(pooled::WorkerCount::default, Into::into);
        count.limit(cores).map_err(|error| error.within("options.workers"))
    }

    /// The core's options; what is not given of chunks is the core's default for the model.
    pub fn into_core(self) -> collection::CollectionOptions {
        let language = self.language.and_then(LanguageChoice::into_core);
        let chunking = self.chunking.filter(ChunkingOptions::is_given).map(ChunkingOptions::into_core);
        collection::CollectionOptions { chunking, language }
    }
}

#[wasm_bindgen(typescript_custom_section)]
const SECRET: &str = r#"
/**
 * What an encrypted collection is opened with: a passphrase, or a `CryptoKey` of AES-GCM or AES-KW, which may be one that cannot be
 * extracted; it wraps the key of the collection and nothing else.
 */
export type CollectionSecret =
  | { passphrase: string; key?: undefined }
  | { key: CryptoKey; passphrase?: undefined };
"#;

/// A document as the client hands it over.
#[derive(Debug, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct DocumentInput {
    /// Read apart, to find lone surrogates.
    #[tsify(type = "string")]
    #[serde(rename = "id")]
    pub _id: IgnoredAny,
    /// Shown to people and included in what is embedded.
    #[tsify(optional)]
    pub title: Option<String>,
    /// Read apart, to copy it once only.
    #[tsify(optional, type = "string | Uint8Array | ExtractedText")]
    #[serde(rename = "content", default)]
    pub _content: Option<IgnoredAny>,
    /// What the part for documents made of the content, in its place. Read apart.
    #[tsify(optional, type = "Uint8Array")]
    #[serde(rename = "extracted", default)]
    pub _extracted: Option<IgnoredAny>,
    /// The media type as the caller names it.
    #[tsify(optional)]
    pub media_type: Option<String>,
    /// The name of the file that the content comes from.
    #[tsify(optional)]
    pub file_name: Option<String>,
    /// The media type as the browser knows it.
    #[tsify(optional)]
    pub file_type: Option<String>,
    /// Values to show and to filter by.
    #[tsify(optional, type = "Record<string, MetadataValue>")]
    pub metadata: Option<BTreeMap<String, MetadataValue>>,
    /// What it is written in; the default, `"auto"`, is what its text tells.
    #[tsify(optional, type = "\"auto\" | Language")]
    pub language: Option<LanguageChoice>,
}

/// One metadata value; dates are strings.
#[derive(Debug, Deserialize, Serialize, Tsify)]
#[tsify(missing_as_null)]
#[serde(untagged, expecting = "expected a boolean, a number, a string, null or an array of these")]
pub enum MetadataValue {
    /// `true` or `false`
    Boolean(bool),
    /// A finite number.
    Number(f64),
    /// A text or a date.
    String(String),
    /// A set of texts, such as tags.
    Strings(Vec<String>),
    /// Nothing: the field is there, without a value.
    #[serde(serialize_with = "serialize_null")]
    Null,
    /// An array with an element that is no text.
    Array(Vec<MetadataElement>),
}

/// A value in an array of metadata; dates are strings.
#[derive(Debug, Deserialize, Serialize, Tsify)]
#[tsify(missing_as_null)]
#[serde(untagged)]
pub enum MetadataElement {
    /// `true` or `false`
    Boolean(bool),
    /// A finite number.
    Number(f64),
    /// A text or a date.
    String(String),
    /// Nothing.
    #[serde(serialize_with = "serialize_null")]
    Null,
}

/// Serde's unit would become `undefined`, as all else that is missing does.
fn serialize_null<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serde_wasm_bindgen::preserve::serialize(&JsValue::NULL, serializer)
}

impl MetadataValue {
    /// The numbers in it.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        let own = if let Self::Number(number) = self { Some(*number) } else { None };
        let elements = if let Self::Array(elements) = self { elements.as_slice() } else { &[] };
        own.into_iter().chain(elements.iter().filter_map(|element| match element {
            MetadataElement::Number(number) => Some(*number),
            _ => None,
        }))
    }
}

impl From<MetadataValue> for document::MetadataValue {
    fn from(value: MetadataValue) -> Self {
        match value {
            MetadataValue::Boolean(value) => Self::Boolean(value),
            MetadataValue::Number(value) => Self::Number(value),
            MetadataValue::String(value) => Self::String(value),
            MetadataValue::Strings(value) => Self::Strings(value),
            MetadataValue::Null => Self::Null,
            MetadataValue::Array(value) => Self::Array(value.into_iter().map(Into::into).collect()),
        }
    }
}

impl From<document::MetadataValue> for MetadataValue {
    fn from(value: document::MetadataValue) -> Self {
        match value {
            document::MetadataValue::Boolean(value) => Self::Boolean(value),
            document::MetadataValue::Number(value) => Self::Number(value),
            document::MetadataValue::String(value) => Self::String(value),
            document::MetadataValue::Strings(value) => Self::Strings(value),
            document::MetadataValue::Null => Self::Null,
            document::MetadataValue::Array(value) => Self::Array(value.into_iter().map(Into::into).collect()),
        }
    }
}

impl From<MetadataElement> for document::MetadataElement {
    fn from(element: MetadataElement) -> Self {
        match element {
            MetadataElement::Boolean(value) => Self::Boolean(value),
            MetadataElement::Number(value) => Self::Number(value),
            MetadataElement::String(value) => Self::String(value),
            MetadataElement::Null => Self::Null,
        }
    }
}

impl From<document::MetadataElement> for MetadataElement {
    fn from(element: document::MetadataElement) -> Self {
        match element {
            document::MetadataElement::Boolean(value) => Self::Boolean(value),
            document::MetadataElement::Number(value) => Self::Number(value),
            document::MetadataElement::String(value) => Self::String(value),
            document::MetadataElement::Null => Self::Null,
        }
    }
}

pub(super) fn metadata(values: document::Metadata) -> BTreeMap<String, MetadataValue> {
    order::map(values.into_iter().map(|(name, value)| (name, value.into())))
}

/// How documents are added.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct AddOptions {
    /// Whether all documents are added in one commit or none is: one that cannot be added then rejects the call. The default
    /// is `false`.
    #[tsify(optional)]
    pub atomic: Option<bool>,
}

/// What became of a document that was to be added.
#[derive(Debug, Serialize, Tsify)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum AddOutcome {
    /// It is durable and found by its words.
    Added {
        /// The document's id.
        id: String,
        /// The number of its chunks.
        chunks: usize,
    },
    /// The very same document was there already, so that nothing was done.
    Unchanged {
        /// The document's id.
        id: String,
        /// The number of its chunks.
        chunks: usize,
    },
    /// It could not be added; what was stored under its id is as it was.
    Failed {
        /// Why.
        error: ErrorInfo,
    },
}

impl From<Result<collection::Added>> for AddOutcome {
    fn from(outcome: Result<collection::Added>) -> Self {
        match outcome {
            Ok(collection::Added { id, chunks, unchanged: false }) => Self::Added { id, chunks },
            Ok(collection::Added { id, chunks, unchanged: true }) => Self::Unchanged { id, chunks },
            Err(error) => Self::Failed { error: (&error).into() },
        }
    }
}

/// An error as plain data.
#[derive(Debug, Serialize, Tsify)]
pub struct ErrorInfo {
    /// What went wrong.
    #[tsify(type = "ErrorCode")]
    pub code: &'static str,
    /// A message for developers.
    pub message: String,
}

impl From<&Error> for ErrorInfo {
    fn from(error: &Error) -> Self {
        Self { code: error.kind().code(), message: error.to_string() }
    }
}

/// A range of a document's extracted text, in UTF-16 code units.
#[derive(Debug, Deserialize, Tsify)]
pub struct TextRange {
    /// The first code unit.
    pub start: u32,
    /// The one after the last.
    pub end: u32,
}

impl From<TextRange> for document::Span {
    fn from(range: TextRange) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// Damage of a document.
#[derive(Debug, Serialize, Tsify)]
pub struct DamagedDocument {
    /// The document's id.
    pub id: String,
    /// What is damaged: its text (only adding the document again helps), what its words are found by, or its vectors; the
    /// last two are made again in the background.
    #[tsify(type = "\"text\" | \"words\" | \"vectors\"")]
    pub kind: &'static str,
    /// What is wrong.
    pub message: String,
}

impl From<collection::DamagedDocument> for DamagedDocument {
    fn from(damaged: collection::DamagedDocument) -> Self {
        let kind = match damaged.kind {
            collection::DamageKind::Text => "text",
            collection::DamageKind::Words => "words",
            collection::DamageKind::Vectors => "vectors",
        };
        Self { id: damaged.id, kind, message: damaged.message }
    }
}

/// A document without its text.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct DocumentSummary {
    /// The id.
    pub id: String,
    /// The title; may be empty.
    pub title: String,
    /// The media type that it was read as.
    pub media_type: String,
    /// The metadata that it was added with.
    #[tsify(type = "Record<string, MetadataValue>")]
    pub metadata: BTreeMap<String, MetadataValue>,
    /// The length of its extracted text, in UTF-16 code units.
    pub length: u64,
    /// The number of its chunks.
    pub chunks: usize,
    /// How many of them have no vector yet.
    pub backlog: usize,
}

impl From<collection::DocumentSummary> for DocumentSummary {
    fn from(summary: collection::DocumentSummary) -> Self {
        Self {
            id: summary.id,
            title: summary.title,
            media_type: summary.media_type.name().to_owned(),
            metadata: metadata(summary.metadata),
            length: summary.text_utf16,
            chunks: summary.chunks,
            backlog: summary.backlog,
        }
    }
}

/// A document with its extracted text.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct StoredDocument {
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub summary: DocumentSummary,
    /// The extracted text, which all spans refer to, or the range of it that was asked for.
    pub text: String,
}

impl From<collection::StoredDocument> for StoredDocument {
    fn from(document: collection::StoredDocument) -> Self {
        Self { summary: document.summary.into(), text: document.text }
    }
}

/// The embedding model of a collection.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// Its public name.
    pub name: String,
    /// Its architecture, for example `bert`.
    pub architecture: String,
    /// The length of its vectors.
    pub dimensions: usize,
    /// The longest text it takes, in tokens with the special ones.
    pub max_tokens: usize,
    /// A hash of weights, tokenizer and recipe; vectors are comparable only where it is equal.
    pub fingerprint: String,
}

impl From<model::ModelInfo> for ModelInfo {
    fn from(info: model::ModelInfo) -> Self {
        Self {
            name: info.name,
            architecture: info.architecture,
            dimensions: info.dimensions,
            max_tokens: info.max_tokens,
            fingerprint: info.fingerprint,
        }
    }
}

#[wasm_bindgen(typescript_custom_section)]
const MODEL_STATUS: &str = r#"
/**
 * How far a collection is with its model: it is on its way; it is here; it is here, but another one made the stored
 * vectors, which `reindex()` makes anew; it could not be loaded, which `loadModel()` tries again; or the collection was
 * opened with `loadModel: false`, and nobody has asked for it yet.
 */
export type ModelStatus = "loading" | "ready" | "mismatch" | "failed" | "deferred";
"#;

pub(super) fn status_name(status: collection::ModelStatus) -> &'static str {
    match status {
        collection::ModelStatus::Loading => "loading",
        collection::ModelStatus::Ready => "ready",
        collection::ModelStatus::Mismatch => "mismatch",
        collection::ModelStatus::Failed => "failed",
        collection::ModelStatus::Deferred => "deferred",
    }
}

/// How far a collection is with its model.
#[derive(Debug, Serialize, Tsify)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ModelState {
    /// It is on its way.
    Loading {
        /// Bytes that are here.
        done: u64,
        /// Bytes that there are; 0 while that is not known.
        total: u64,
    },
    /// It is here.
    Ready(ModelInfo),
    /// It is here, but the stored vectors are of another one.
    Mismatch {
        /// The one that is here.
        #[serde(flatten)]
        #[tsify(type = "ModelInfo")]
        model: ModelInfo,
        /// The fingerprint of the one that made the stored vectors.
        stored: String,
    },
    /// It could not be loaded.
    Failed {
        /// Why.
        error: ErrorInfo,
    },
    /// Nobody has asked for it yet.
    Deferred,
}

impl From<collection::ModelState> for ModelState {
    fn from(state: collection::ModelState) -> Self {
        match state {
            collection::ModelState::Loading { done, total } => Self::Loading { done, total },
            collection::ModelState::Ready(model) => Self::Ready(model.into()),
            collection::ModelState::Mismatch { model, stored } => {
                Self::Mismatch { model: model.into(), stored }
            }
            collection::ModelState::Failed(error) => Self::Failed { error: (&*error).into() },
            collection::ModelState::Deferred => Self::Deferred,
        }
    }
}

/// The workers that embed documents.
#[derive(Debug, Default, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct WorkersInfo {
    /// The most that run at once; with 0 the collection's own worker embeds by itself.
    pub limit: u32,
    /// How many run now.
    pub running: u32,
    /// Why there are fewer than were asked for.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
}

/// Counts and facts of an open collection.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct CollectionInfo {
    /// The number of the last commit; 0 for a new collection.
    pub generation: u64,
    /// The number of documents.
    pub documents: usize,
    /// The number of chunks.
    pub chunks: usize,
    /// How many chunks are found by their words only, because they have no vector yet.
    pub backlog: usize,
    /// How many of these could not be embedded; they are tried again when the collection is next opened.
    pub set_aside: usize,
    /// The number of segments that the index consists of; they are merged in the background.
    pub segments: usize,
    /// How many of the segments have a graph; only large ones need one.
    pub graphs: usize,
    /// How many documents are in each language; `"none"` is one of none of those that are known, and `"undecided"` those
    /// whose texts are too short to tell.
    #[tsify(type = "Partial<Record<Language | \"undecided\", number>>")]
    pub languages: BTreeMap<&'static str, u32>,
    /// How far the embedding model is.
    pub model: ModelState,
    /// The fingerprint of the model for which `reindex()` was begun and has not ended; absent otherwise.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reindexing: Option<String>,
    /// How the collection is encrypted; absent where it is not.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<EncryptionInfo>,
    /// What is being done in the background.
    #[tsify(type = "Activity[]")]
    pub activities: Vec<&'static str>,
    /// Why work in the background stopped last, unless it was begun again since.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemEvent>,
    /// The workers that embed documents.
    pub workers: WorkersInfo,
    /// The build of the core that runs.
    #[tsify(type = "BuildName")]
    pub build: &'static str,
    /// The inner loops that run; where there is a choice, it is made when a model is made ready.
    pub kernels: KernelsInfo,
    /// Why a faster build is not used although this browser has its instructions.
    #[tsify(optional)]
    pub build_fallback: Option<String>,
    /// The version of this library.
    pub version: &'static str,
}

/// How a collection is encrypted.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionInfo {
    /// The passphrases and keys that open it.
    pub keys: Vec<CollectionKey>,
}

/// One of the passphrases and keys that open a collection.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct CollectionKey {
    /// The number by which it is removed.
    pub id: u32,
    /// What it is.
    #[tsify(type = "\"passphrase\" | \"key\"")]
    pub kind: &'static str,
    /// Whether the collection was opened with it here.
    pub own: bool,
}

impl From<KeyInfo> for CollectionKey {
    fn from(KeyInfo { id, kind, is_own }: KeyInfo) -> Self {
        Self { id, kind, own: is_own }
    }
}

/// What runs in the inner loops, which is chosen by a short measurement.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct KernelsInfo {
    /// In the layers of models. Embeddings differ a little from one to another.
    #[tsify(type = "KernelsName")]
    pub layers: &'static str,
    /// In what compares vectors. Scores are the same with all.
    #[tsify(type = "KernelsName")]
    pub vectors: &'static str,
}

impl KernelsInfo {
    /// Those that run.
    pub fn chosen() -> Self {
        Self { layers: kernels::detected().name(), vectors: index::products() }
    }
}

impl CollectionInfo {
    pub fn new(info: collection::CollectionInfo, workers: WorkersInfo, keys: Vec<KeyInfo>) -> Self {
        Self {
            workers,
            encryption: (!keys.is_empty())
                .then(|| EncryptionInfo { keys: keys.into_iter().map(CollectionKey::from).collect() }),
            generation: info.generation,
            documents: info.documents,
            chunks: info.chunks,
            backlog: info.backlog,
            set_aside: info.set_aside,
            segments: info.segments,
            graphs: info.graphs,
            languages: info
                .languages
                .into_iter()
                .map(|(language, count)| (language.map_or("undecided", Language::name), count))
                .collect(),
            model: info.model.into(),
            reindexing: info.reindexing,
            activities: info.activities.into_iter().map(activity_name).collect(),
            problem: info.problem.map(|problem| ProblemEvent::new(problem.activity, &problem.error)),
            build: kernels::build(),
            kernels: KernelsInfo::chosen(),
            build_fallback: super::build::fallback(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// What a text is embedded as; some models treat the two differently.
#[derive(Debug, Deserialize, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum EmbedRole {
    /// A text to be found.
    Passage,
    /// A question or other search text.
    Query,
}

impl From<EmbedRole> for model::Role {
    fn from(role: EmbedRole) -> Self {
        match role {
            EmbedRole::Passage => Self::Passage,
            EmbedRole::Query => Self::Query,
        }
    }
}

impl From<model::Role> for EmbedRole {
    fn from(role: model::Role) -> Self {
        match role {
            model::Role::Passage => Self::Passage,
            model::Role::Query => Self::Query,
        }
    }
}

/// One embedded text.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Embedding {
    /// The vector, of unit length.
    #[tsify(type = "Float32Array")]
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub vector: Float32Array,
    /// The number of tokens that the model saw, with the special ones.
    pub tokens: usize,
    /// Whether the text was longer than the model takes, so that only its beginning was embedded.
    pub truncated: bool,
}

impl From<model::Embedding> for Embedding {
    fn from(embedding: model::Embedding) -> Self {
        let vector = Float32Array::from(embedding.vector.as_slice());
        Self { vector, tokens: embedding.tokens, truncated: embedding.truncated }
    }
}

/// What a long call is doing, and in which unit it counts.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Fetching the model, in bytes.
    #[expect(dead_code, reason = "the worker reports it, in the type that is declared here")]
    Model,
    /// Reading a PDF file, in pages.
    #[expect(dead_code, reason = "the client reports it, in the type that is declared here")]
    Extracting,
    /// Cutting into chunks, in bytes of text.
    Chunking,
    /// The documents are durable and found by their words; in documents.
    Searchable,
    /// Embedding, in tokens.
    Embedding,
    /// Searching for the questions of an evaluation, in searches.
    Searching,
    /// Writing a file, in stored parts.
    Exporting,
    /// Reading a file, in stored parts.
    Importing,
    /// Encrypting, or decrypting, what is stored; counted in parts.
    Converting,
}

/// How far a long call has come.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How much of it is done, in the phase's unit.
    pub done: usize,
    /// How much there is.
    pub total: usize,
}

impl From<task::Progress> for Progress {
    fn from(progress: task::Progress) -> Self {
        let phase = match progress.phase {
            task::Phase::Chunking => Phase::Chunking,
            task::Phase::Searchable => Phase::Searchable,
            task::Phase::Embedding => Phase::Embedding,
            task::Phase::Searching => Phase::Searching,
            task::Phase::Exporting => Phase::Exporting,
            task::Phase::Importing => Phase::Importing,
            task::Phase::Converting => Phase::Converting,
        };
        Self { phase, done: progress.done, total: progress.total }
    }
}
