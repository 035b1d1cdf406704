//! Models as files: what opening a collection takes, checking it, and quantising a source on this device.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::encode::{error_to_js, set_bytes, to_js};
use crate::encoder::bert::{BertEmbedder, BertScorer};
use crate::encoder::convert::{ConvertOptions, SourceFiles, convert};
use crate::encoder::folder::{FileDigest, ModelFiles, ModelManifest};
use crate::error::Result;

#[wasm_bindgen(typescript_custom_section)]
const FILES: &str = r#"
/** The name of a file that `model.json` lists. */
export type ModelFileName = "tokenizer.json" | "weights.safetensors";
/** The size and hash that a file must have. */
export interface FileDigest {
  bytes: number;
  /** In lower-case hex. */
  sha256: string;
}
/** The files of a model folder; size and hash of each are checked before they come here. */
export interface ModelFiles {
  manifest: Uint8Array;
  tokenizer: Uint8Array;
  weights: Uint8Array;
}
/** The files of a folder in the layout of Hugging Face; the optional ones are those that sentence-transformers writes. */
export interface SourceFiles {
  /** `config.json` */
  config: Uint8Array;
  /** `tokenizer.json` */
  tokenizer: Uint8Array;
  /** `model.safetensors` */
  weights: Uint8Array;
  /** `modules.json` */
  modules?: Uint8Array | undefined;
  /** `1_Pooling/config.json` */
  pooling?: Uint8Array | undefined;
  /** `sentence_bert_config.json` */
  sentence?: Uint8Array | undefined;
  /** `config_sentence_transformers.json` */
  prompts?: Uint8Array | undefined;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// An object of the TypeScript interface `ModelFiles`.
    #[wasm_bindgen(typescript_type = "ModelFiles")]
    pub type JsModelFiles;

    #[wasm_bindgen(method, getter)]
    fn manifest(this: &JsModelFiles) -> Vec<u8>;

    #[wasm_bindgen(method, getter)]
    fn tokenizer(this: &JsModelFiles) -> Vec<u8>;

    #[wasm_bindgen(method, getter)]
    fn weights(this: &JsModelFiles) -> Vec<u8>;

    /// An object of the TypeScript interface `SourceFiles`.
    #[wasm_bindgen(typescript_type = "SourceFiles")]
    pub type JsSourceFiles;

    #[wasm_bindgen(method, getter)]
    fn config(this: &JsSourceFiles) -> Vec<u8>;

    #[wasm_bindgen(method, getter)]
    fn tokenizer(this: &JsSourceFiles) -> Vec<u8>;

    #[wasm_bindgen(method, getter)]
    fn weights(this: &JsSourceFiles) -> Vec<u8>;

    #[wasm_bindgen(method, getter)]
    fn modules(this: &JsSourceFiles) -> Option<Vec<u8>>;

    #[wasm_bindgen(method, getter)]
    fn pooling(this: &JsSourceFiles) -> Option<Vec<u8>>;

    #[wasm_bindgen(method, getter)]
    fn sentence(this: &JsSourceFiles) -> Option<Vec<u8>>;

    #[wasm_bindgen(method, getter)]
    fn prompts(this: &JsSourceFiles) -> Option<Vec<u8>>;
}

impl JsModelFiles {
    /// Loads an embedding model.
    pub(super) fn load(self) -> Result<BertEmbedder> {
        super::build::choose_layers();
        BertEmbedder::load_verified(self.into())
    }

    /// Loads a cross-encoder.
    pub(super) fn load_scorer(self) -> Result<BertScorer> {
        super::build::choose_layers();
        BertScorer::load_verified(self.into())
    }
}

impl From<JsModelFiles> for ModelFiles {
    fn from(files: JsModelFiles) -> Self {
        Self { manifest: files.manifest(), tokenizer: files.tokenizer(), weights: files.weights() }
    }
}

impl From<JsSourceFiles> for SourceFiles {
    fn from(files: JsSourceFiles) -> Self {
        Self {
            config: files.config(),
            tokenizer: files.tokenizer(),
            weights: files.weights(),
            modules: files.modules(),
            pooling: files.pooling(),
            sentence: files.sentence(),
            prompts: files.prompts(),
        }
    }
}

/// The model folder of a source, quantised; `name` stands for the model's name and for where it comes from. Takes memory
/// for the source and for the result, which this instance keeps: call it where the instance is thrown away.
#[wasm_bindgen(js_name = quantizeModel, unchecked_return_type = "ModelFiles")]
pub fn quantize_model(files: JsSourceFiles, name: String) -> Result<JsValue, JsValue> {
    let options =
        ConvertOptions { source: name.clone(), name, license: "unknown".to_owned(), ..Default::default() };
    let model = convert(files.into(), options).map_err(|error| error_to_js(&error))?;
    let object = Object::new();
    set_bytes(&object, "manifest", &model.manifest);
    set_bytes(&object, "tokenizer", &model.tokenizer);
    set_bytes(&object, "weights", &model.weights);
    Ok(object.into())
}

/// The sizes and hashes of the files that a `model.json` lists, by name.
#[wasm_bindgen(js_name = modelFileDigests, unchecked_return_type = "Record<ModelFileName, FileDigest>")]
pub fn model_file_digests(manifest: &[u8]) -> Result<JsValue, JsValue> {
    let manifest = ModelManifest::parse(manifest).map_err(|error| error_to_js(&error))?;
    to_js(&manifest.files)
}

/// The fingerprint of the model with these files, which need not be loaded for it.
#[wasm_bindgen(js_name = modelFingerprint)]
pub fn model_fingerprint(manifest: &[u8], tokenizer: &[u8]) -> Result<String, JsValue> {
    ModelManifest::parse(manifest)
        .and_then(|manifest| manifest.fingerprint(tokenizer))
        .map_err(|error| error_to_js(&error))
}

/// The sha256 of `content` in lower-case hex, for pages that have no WebCrypto.
#[wasm_bindgen]
pub fn sha256(content: &[u8]) -> String {
    FileDigest::of(content).sha256
}
