//! Embedding in workers: the pool as the collection's worker sees it, and the embedder in each of the pool's workers.

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::decode;
use super::encode::{error_to_js, set_bytes, set_numbers, set_vector, to_js};
use super::model::JsModelFiles;
use super::types::{EmbedRole, WorkersInfo};
use crate::encoder::bert::BertEmbedder;
use crate::error::{Error, Result};
use crate::model::pooled::{Job, Workers};
use crate::model::{Embedder, Embedding, Role};
use crate::task::Unattended;

#[wasm_bindgen(typescript_custom_section)]
const POOL: &str = r#"
/** Embedded texts, in order. */
export interface EmbeddedTexts {
  /** The vectors of the texts, one after the other. */
  vectors: Float32Array;
  /** The number of tokens that the model saw of each text. */
  tokens: Uint32Array;
  /** 1 for each text that was longer than the model takes, else 0. */
  truncated: Uint8Array;
}
/** Workers that hold the model of a collection. */
export interface EmbeddingPool {
  /** The most workers that run at once; 0 where there can be none, or none any more. */
  readonly limit: number;
  /** How many run now, or are being started. */
  readonly running: number;
  /** Why there are fewer than were asked for. */
  readonly fallback: string | undefined;
  start(batches: string[][], role: EmbedRole): EmbeddingJob;
}
/** Batches that workers share. */
export interface EmbeddingJob {
  /** Resolves to a batch that is done, and to `undefined` where no more will come; rejects where one fails. */
  next(): Promise<({ batch: number } & EmbeddedTexts) | undefined>;
  /** Gives up what is not done. */
  cancel(): void;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// An object of the TypeScript interface `EmbeddingPool`.
    #[wasm_bindgen(typescript_type = "EmbeddingPool")]
    #[derive(Clone, Debug)]
    pub type JsPool;

    #[wasm_bindgen(method, getter)]
    fn limit(this: &JsPool) -> u32;

    #[wasm_bindgen(method, getter)]
    fn running(this: &JsPool) -> u32;

    #[wasm_bindgen(method, getter)]
    fn fallback(this: &JsPool) -> Option<String>;

    #[wasm_bindgen(method)]
    fn start(this: &JsPool, batches: Array, role: JsValue) -> JsJob;

    /// An object of the TypeScript interface `EmbeddingJob`.
    #[derive(Debug)]
    type JsJob;

    #[wasm_bindgen(method, catch)]
    async fn next(this: &JsJob) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method)]
    fn cancel(this: &JsJob);

    /// What `next` resolves to.
    type JsFinished;

    #[wasm_bindgen(method, getter)]
    fn batch(this: &JsFinished) -> u32;

    #[wasm_bindgen(method, getter)]
    fn vectors(this: &JsFinished) -> Vec<f32>;

    #[wasm_bindgen(method, getter)]
    fn tokens(this: &JsFinished) -> Vec<u32>;

    #[wasm_bindgen(method, getter)]
    fn truncated(this: &JsFinished) -> Vec<u8>;
}

impl JsPool {
    /// What `info` says about the workers.
    pub fn info(&self) -> WorkersInfo {
        WorkersInfo { limit: self.limit(), running: self.running(), fallback: self.fallback() }
    }
}

/// The workers of a pool.
#[derive(Debug)]
pub struct PoolWorkers {
    pool: JsPool,
    dimensions: usize,
}

impl PoolWorkers {
    /// The workers of `pool`, whose vectors have `dimensions` components.
    pub fn new(pool: JsPool, dimensions: usize) -> Self {
        Self { pool, dimensions }
    }
}

impl Workers for PoolWorkers {
    type Job = PoolJob;

    fn limit(&self) -> usize {
        self.pool.limit() as usize
    }

    fn start(&self, batches: &[Vec<&str>], role: Role) -> PoolJob {
        let role = to_js(&EmbedRole::from(role)).unwrap_or_default();
        let texts = |batch: &Vec<&str>| batch.iter().map(|&text| JsValue::from(text)).collect::<Array>();
        PoolJob {
            job: self.pool.start(batches.iter().map(texts).collect(), role),
            sizes: batches.iter().map(Vec::len).collect(),
            dimensions: self.dimensions,
        }
    }
}

/// Batches that the workers of a pool share.
#[derive(Debug)]
pub struct PoolJob {
    job: JsJob,
    /// The number of texts of each batch.
    sizes: Vec<usize>,
    dimensions: usize,
}

impl PoolJob {
    fn decode(&self, finished: &JsFinished) -> Option<(usize, Vec<Embedding>)> {
        let (batch, vectors) = (finished.batch() as usize, finished.vectors());
        let (tokens, truncated) = (finished.tokens(), finished.truncated());
        let size = *self.sizes.get(batch)?;
        if vectors.len() != size * self.dimensions || tokens.len() != size || truncated.len() != size {
            return None;
        }
        let parts = vectors.chunks_exact(self.dimensions).zip(tokens).zip(truncated);
        let embeddings = parts.map(|((vector, tokens), truncated)| Embedding {
            vector: vector.to_vec(),
            tokens: tokens as usize,
            truncated: truncated != 0,
        });
        Some((batch, embeddings.collect()))
    }
}

impl Job for PoolJob {
    async fn next(&mut self) -> Result<Option<(usize, Vec<Embedding>)>> {
        let finished = self.job.next().await.map_err(|thrown| decode::failure(&thrown))?;
        if finished.is_undefined() {
            return Ok(None);
        }
        let decoded = self.decode(finished.unchecked_ref());
        decoded
            .map(Some)
            .ok_or_else(|| Error::internal("an embedding worker gave something else than vectors"))
    }
}

impl Drop for PoolJob {
    fn drop(&mut self) {
        self.job.cancel();
    }
}

/// The embedder of one worker of a pool.
#[wasm_bindgen]
pub struct WasmEmbedder {
    inner: BertEmbedder,
}

#[wasm_bindgen]
impl WasmEmbedder {
    /// Loads the model.
    #[wasm_bindgen(constructor)]
    pub fn new(files: JsModelFiles) -> Result<WasmEmbedder, JsValue> {
        let inner = files.load().map_err(|error| error_to_js(&error))?;
        Ok(Self { inner })
    }

    /// Embeds one batch.
    #[wasm_bindgen(unchecked_return_type = "EmbeddedTexts")]
    pub async fn embed(
        &self,
        texts: Vec<String>,
        #[wasm_bindgen(unchecked_param_type = "EmbedRole")] role: JsValue,
    ) -> Result<JsValue, JsValue> {
        let embed = async || {
            let role: EmbedRole = decode::from_js("role", role)?;
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            self.inner.embed(&texts, role.into(), &Unattended).await
        };
        let embeddings = embed().await.map_err(|error| error_to_js(&error))?;
        let vectors: Vec<f32> = embeddings.iter().flat_map(|embedding| &embedding.vector).copied().collect();
        let tokens: Vec<u32> = embeddings.iter().map(|embedding| embedding.tokens as u32).collect();
        let truncated: Vec<u8> = embeddings.iter().map(|embedding| embedding.truncated.into()).collect();
        let texts = JsValue::from(Object::new());
        set_vector(&texts, "vectors", &vectors);
        set_numbers(&texts, "tokens", &tokens);
        set_bytes(&texts, "truncated", &truncated);
        Ok(texts)
    }
}
