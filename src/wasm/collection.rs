//! `WasmCollection`: the core's collection over IndexedDB and a BERT encoder, method by method.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::decode;
use super::encode::{error_to_js, set_number, set_vector, to_js};
use super::task::JsTask;
use super::types::{
    Added, CollectionInfo, DocumentSummary, EmbedRole, Embedding, OpenOptions, Prompt, PromptOptions,
    SearchOptions, SearchResult, StoredDocument,
};
use crate::collection::{Collection, PromptRequest};
use crate::error::Result;
use crate::model::bert::BertEmbedder;
use crate::model::folder::{ModelFiles, ModelManifest};
use crate::store::Store;
use crate::store::indexeddb::IndexedDbStore;

#[wasm_bindgen(typescript_custom_section)]
const MODEL_FILES: &str = r#"
/** The name of a file that `model.json` lists. */
export type ModelFileName = "tokenizer.json" | "weights.safetensors";
/** The files of a model folder. */
export interface ModelFiles {
  manifest: Uint8Array;
  tokenizer: Uint8Array;
  weights: Uint8Array;
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
}

/// The sizes in bytes of the files that a `model.json` lists, by name.
#[wasm_bindgen(js_name = modelFileSizes, unchecked_return_type = "Record<ModelFileName, number>")]
pub fn model_file_sizes(manifest: &[u8]) -> Result<JsValue, JsValue> {
    let manifest = ModelManifest::parse(manifest).map_err(|error| error_to_js(&error))?;
    let sizes = Object::new();
    for (name, file) in manifest.files.iter() {
        set_number(&sizes, name, file.bytes as f64);
    }
    Ok(sizes.into())
}

/// Deletes the collection `name` without opening it.
#[wasm_bindgen(js_name = deleteCollection)]
pub async fn delete_collection(
    #[wasm_bindgen(unchecked_param_type = "string")] name: JsValue,
) -> Result<(), JsValue> {
    let delete = async || IndexedDbStore::new(&decode::collection_name(&name)?).destroy().await;
    delete().await.map_err(|error| error_to_js(&error))
}

/// An open collection.
#[wasm_bindgen]
pub struct WasmCollection {
    inner: Collection<IndexedDbStore, BertEmbedder>,
}

/// Encodes what a call of the core returned.
fn reply<T, U: From<T> + serde::Serialize>(result: Result<T>) -> Result<JsValue, JsValue> {
    match result {
        Ok(value) => to_js(&U::from(value)),
        Err(error) => Err(error_to_js(&error)),
    }
}

/// Encodes a list that a call of the core returned.
fn reply_list<T, U: From<T> + serde::Serialize>(result: Result<Vec<T>>) -> Result<JsValue, JsValue> {
    match result {
        Ok(values) => to_js(&values.into_iter().map(U::from).collect::<Vec<_>>()),
        Err(error) => Err(error_to_js(&error)),
    }
}

#[wasm_bindgen]
impl WasmCollection {
    /// Opens the collection `name`, or creates it.
    #[wasm_bindgen(unchecked_return_type = "WasmCollection")]
    pub async fn open(
        #[wasm_bindgen(unchecked_param_type = "string")] name: JsValue,
        model: JsModelFiles,
        #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
    ) -> Result<WasmCollection, JsValue> {
        let open = async || {
            let name = decode::collection_name(&name)?;
            let options = decode::options::<OpenOptions>("options", options)?.into_core();
            let files = ModelFiles {
                manifest: model.manifest(),
                tokenizer: model.tokenizer(),
                weights: model.weights(),
            };
            drop(model);
            let embedder = BertEmbedder::load(files)?;
            let store = IndexedDbStore::new(&name);
            Collection::open(store, embedder, options).await
        };
        let inner = open().await.map_err(|error| error_to_js(&error))?;
        Ok(Self { inner })
    }

    /// Adds documents, or replaces those of the same ids.
    #[wasm_bindgen(unchecked_return_type = "Added[]")]
    pub async fn add(
        &self,
        #[wasm_bindgen(unchecked_param_type = "DocumentInput[]")] documents: JsValue,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let add = async || {
            let documents = decode::array("documents", &documents, decode::document)?;
            self.inner.add(documents, &task).await
        };
        reply_list::<_, Added>(add().await)
    }

    /// Removes documents by id; returns how many there were.
    #[wasm_bindgen(unchecked_return_type = "number")]
    pub async fn remove(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string[]")] ids: JsValue,
    ) -> Result<JsValue, JsValue> {
        let remove = async || self.inner.remove(&decode::array("ids", &ids, decode::id)?).await;
        reply::<_, usize>(remove().await)
    }

    /// A document with its text.
    #[wasm_bindgen(unchecked_return_type = "StoredDocument | undefined")]
    pub async fn get(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] id: JsValue,
    ) -> Result<JsValue, JsValue> {
        let get = async || self.inner.get(&decode::id("id", &id)?).await;
        match get().await.transpose() {
            Some(document) => reply::<_, StoredDocument>(document),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// All documents, ordered by id.
    #[wasm_bindgen(unchecked_return_type = "DocumentSummary[]")]
    pub async fn list(&self) -> Result<JsValue, JsValue> {
        reply_list::<_, DocumentSummary>(self.inner.list().await)
    }

    /// Counts, backlog, model and build.
    #[wasm_bindgen(unchecked_return_type = "CollectionInfo")]
    pub async fn info(&self) -> Result<JsValue, JsValue> {
        reply::<_, CollectionInfo>(self.inner.info().await)
    }

    /// Finds the chunks that answer a query best.
    #[wasm_bindgen(unchecked_return_type = "SearchResult")]
    pub async fn search(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] query: JsValue,
        #[wasm_bindgen(unchecked_param_type = "SearchOptions | undefined")] options: JsValue,
    ) -> Result<JsValue, JsValue> {
        let search = async || {
            let query = decode::string("query", &query)?;
            let options = decode::options::<SearchOptions>("options", options)?.into_core();
            self.inner.search(&query, &options).await
        };
        reply::<_, SearchResult>(search().await)
    }

    /// Builds a cited prompt.
    #[wasm_bindgen(unchecked_return_type = "Prompt")]
    pub async fn prompt(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] query: JsValue,
        #[wasm_bindgen(unchecked_param_type = "PromptOptions | undefined")] options: JsValue,
    ) -> Result<JsValue, JsValue> {
        let build = async || {
            let query = decode::string("query", &query)?;
            let (search, prompt) = decode::options::<PromptOptions>("options", options)?.into_core();
            self.inner.prompt(&query, &PromptRequest { search, prompt }).await
        };
        reply::<_, Prompt>(build().await)
    }

    /// Embeds texts.
    #[wasm_bindgen(unchecked_return_type = "Embedding[]")]
    pub async fn embed(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string[]")] texts: JsValue,
        #[wasm_bindgen(unchecked_param_type = "EmbedRole")] role: JsValue,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let embed = async || {
            let texts = decode::array("texts", &texts, decode::string)?;
            let role: EmbedRole = decode::from_js("role", role)?;
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            self.inner.embed(&texts, role.into(), &task).await
        };
        let embeddings = embed().await.map_err(|error| error_to_js(&error))?;
        let encoded = embeddings.into_iter().map(|embedding| {
            let embedding = Embedding::from(embedding);
            let object = to_js(&embedding)?;
            set_vector(&object, "vector", &embedding.vector);
            Ok(object)
        });
        Ok(encoded.collect::<Result<js_sys::Array, JsValue>>()?.into())
    }

    /// Embeds what an earlier visit left without vectors.
    #[wasm_bindgen(js_name = embedBacklog)]
    pub async fn embed_backlog(&self, task: JsTask) -> Result<(), JsValue> {
        self.inner.embed_backlog(&task).await.map_err(|error| error_to_js(&error))
    }

    /// Deletes the collection and everything in it.
    pub async fn destroy(&self) -> Result<(), JsValue> {
        self.inner.destroy().await.map_err(|error| error_to_js(&error))
    }
}
