//! `WasmCollection`: the core's collection over IndexedDB and a BERT encoder, method by method.

use wasm_bindgen::prelude::*;

use super::decode;
use super::embedder::{JsPool, PoolWorkers};
use super::encode::{error_to_js, set_vector, to_js};
use super::graphs::JsGraphBuilder;
use super::model::JsModelFiles;
use super::scorer::JsScorer;
use super::task::JsTask;
use super::types::{
    Added, CollectionInfo, DocumentSummary, EmbedRole, Embedding, OpenOptions, Prompt, PromptOptions,
    RerankOptions, SearchOptions, SearchResult, StoredDocument,
};
use crate::collection::{self, Collection, PromptRequest, Rerank};
use crate::error::Result;
use crate::model::Embedder;
use crate::model::bert::BertEmbedder;
use crate::model::pooled::PooledEmbedder;
use crate::store::Store;
use crate::store::indexeddb::IndexedDbStore;

/// How many embedding workers `options` ask for on a machine of so many cores (0 where that is not known).
#[wasm_bindgen(js_name = workerLimit)]
pub fn worker_limit(
    #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
    cores: u32,
) -> Result<u32, JsValue> {
    let decoded = decode::options::<OpenOptions>("options", options);
    let limit = decoded.and_then(|options| options.worker_limit(cores as usize));
    limit.map(|limit| limit as u32).map_err(|error| error_to_js(&error))
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
    inner: Collection<IndexedDbStore, PooledEmbedder<BertEmbedder, PoolWorkers>>,
    pool: JsPool,
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

/// The second stage that options ask for.
fn rerank<'s>(options: &JsValue, scorer: Option<&'s JsScorer>) -> Result<Option<Rerank<'s, JsScorer>>> {
    let rerank = decode::property(options, "rerank");
    match scorer {
        Some(scorer) if !rerank.is_undefined() => {
            let options = decode::options::<RerankOptions>("options.rerank", rerank)?;
            Ok(Some(Rerank { candidates: options.candidates(), scorer }))
        }
        _ => Ok(None),
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
        pool: JsPool,
    ) -> Result<WasmCollection, JsValue> {
        let open = async || {
            let name = decode::collection_name(&name)?;
            let options = decode::options::<OpenOptions>("options", options)?;
            let local = model.load()?;
            let workers = PoolWorkers::new(pool.clone(), local.info().dimensions);
            let embedder = PooledEmbedder::new(local, workers);
            let options = options.into_core(embedder.info());
            let store = IndexedDbStore::new(&name);
            Collection::open(store, embedder, options).await
        };
        let inner = open().await.map_err(|error| error_to_js(&error))?;
        Ok(Self { inner, pool })
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

    /// Counts, backlog, model, build and workers.
    #[wasm_bindgen(unchecked_return_type = "CollectionInfo")]
    pub async fn info(&self) -> Result<JsValue, JsValue> {
        reply::<_, CollectionInfo>(self.inner.info().await.map(|info| (info, self.pool.info())))
    }

    /// Finds the chunks that answer a query best; `scorer` is the second stage where the options ask for one.
    #[wasm_bindgen(unchecked_return_type = "SearchResult")]
    pub async fn search(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] query: JsValue,
        #[wasm_bindgen(unchecked_param_type = "SearchOptions | undefined")] options: JsValue,
        scorer: Option<JsScorer>,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let search = async || {
            let query = decode::string("query", &query)?;
            let rerank = rerank(&options, scorer.as_ref())?;
            let filter = decode::filter(&options)?;
            let options = decode::options::<SearchOptions>("options", options)?.into_core()?;
            let options = collection::SearchOptions { filter, ..options };
            self.inner.search_with(&query, &options, rerank.as_ref(), &task).await
        };
        reply::<_, SearchResult>(search().await)
    }

    /// Builds a cited prompt from what a search with the same options finds.
    #[wasm_bindgen(unchecked_return_type = "Prompt")]
    pub async fn prompt(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] query: JsValue,
        #[wasm_bindgen(unchecked_param_type = "PromptOptions & SearchOptions | undefined")] options: JsValue,
        scorer: Option<JsScorer>,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let build = async || {
            let query = decode::string("query", &query)?;
            let rerank = rerank(&options, scorer.as_ref())?;
            let filter = decode::filter(&options)?;
            let (search, prompt) =
                decode::options_of_two::<SearchOptions, PromptOptions>("options", options)?;
            let search = collection::SearchOptions { filter, ..search.into_core()? };
            let request = PromptRequest { search, prompt: prompt.into_core() };
            self.inner.prompt_with(&query, &request, rerank.as_ref(), &task).await
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

    /// Merges segments and has graphs built, where that is due.
    pub async fn maintain(&self, graphs: JsGraphBuilder, task: JsTask) -> Result<(), JsValue> {
        self.inner.maintain(&graphs, &task).await.map_err(|error| error_to_js(&error))
    }

    /// Deletes the collection and everything in it.
    pub async fn destroy(&self) -> Result<(), JsValue> {
        self.inner.destroy().await.map_err(|error| error_to_js(&error))
    }
}
