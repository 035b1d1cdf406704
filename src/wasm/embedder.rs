//! Embedding in workers: the pool as the collection's worker sees it, and the embedder in each of the pool's workers.

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::decode;
use super::encode::{error_to_js, set, set_bytes, set_numbers, set_vector, to_js};
use super::model::JsModelFiles;
use super::types::{EmbedRole, WorkersInfo};
use crate::document::Span;
use crate::encoder::bert::BertEmbedder;
use crate::error::{Error, Result};
use crate::model::pooled::{Job, Workers};
use crate::model::{Embedder, Embedding, Input, Role, signs};
use crate::task::Unattended;

#[wasm_bindgen(typescript_custom_section)]
const POOL: &str = r#"
/** Embedded texts, in order. */
export interface EmbeddedTexts {
  /** The vectors of the texts, one after the other. */
  vectors: Float32Array;
  /** The signs of the vectors of the parts, one after the other. */
  parts: Uint8Array;
  /** The number of tokens that the model saw of each text. */
  tokens: Uint32Array;
  /** 1 for each text that was longer than the model takes, else 0. */
  truncated: Uint8Array;
}
/** Texts to embed together. */
export interface TextBatch {
  texts: string[];
  /** Of each text the number of its parts, then of each part where it begins and ends, in bytes of UTF-8. */
  parts: Uint32Array;
}
/** Workers that hold the model of a collection. */
export interface EmbeddingPool {
  /** The most workers that run at once; 0 where there can be none, or none any more. */
  readonly limit: number;
  /** How many run now, or are being started. */
  readonly running: number;
  /** Why there are fewer than were asked for. */
  readonly fallback: string | undefined;
  start(batches: TextBatch[], role: EmbedRole): EmbeddingJob;
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
    fn parts(this: &JsFinished) -> Vec<u8>;

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

    fn start(&self, batches: &[Vec<Input<'_>>], role: Role) -> PoolJob {
        let role = to_js(&EmbedRole::from(role)).unwrap_or_default();
        let texts = |batch: &Vec<Input<'_>>| {
            let texts: Array = batch.iter().map(|input| JsValue::from(input.text)).collect();
            let object = JsValue::from(Object::new());
            set(&object, "texts", &texts);
            set_numbers(&object, "parts", &encode_parts(batch));
            object
        };
        PoolJob {
            job: self.pool.start(batches.iter().map(texts).collect(), role),
            parts: batches.iter().map(|batch| batch.iter().map(|it| it.parts.len()).collect()).collect(),
            dimensions: self.dimensions,
        }
    }
}

/// Batches that the workers of a pool share.
#[derive(Debug)]
pub struct PoolJob {
    job: JsJob,
    /// The number of parts of each text of each batch.
    parts: Vec<Vec<usize>>,
    dimensions: usize,
}

impl PoolJob {
    fn decode(&self, finished: &JsFinished) -> Option<(usize, Vec<Embedding>)> {
        let (batch, vectors) = (finished.batch() as usize, finished.vectors());
        let (parts, tokens, truncated) = (finished.parts(), finished.tokens(), finished.truncated());
        let counts = self.parts.get(batch)?;
        let (size, bytes) = (counts.len(), signs::bytes(self.dimensions));
        if vectors.len() != size * self.dimensions
            || parts.len() != counts.iter().sum::<usize>() * bytes
            || tokens.len() != size
            || truncated.len() != size
        {
            return None;
        }
        let mut rest = parts.as_slice();
        let texts = vectors.chunks_exact(self.dimensions).zip(counts).zip(tokens).zip(truncated);
        let embeddings = texts.map(|(((vector, count), tokens), truncated)| {
            let (parts, behind) = rest.split_at(count * bytes);
            rest = behind;
            Embedding {
                vector: vector.to_vec(),
                parts: parts.to_vec(),
                tokens: tokens as usize,
                truncated: truncated != 0,
            }
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

/// The parts of the texts of a batch as `TextBatch` has them.
fn encode_parts(batch: &[Input<'_>]) -> Vec<u32> {
    let of_text = |input: &Input<'_>| {
        let spans = input.parts.iter().flat_map(|part| [part.start, part.end]);
        [input.parts.len() as u32].into_iter().chain(spans).collect::<Vec<_>>()
    };
    batch.iter().flat_map(of_text).collect()
}

/// The parts of each text; `None` where they do not fit.
fn decode_parts(numbers: &[u32], texts: &[String]) -> Option<Vec<Vec<Span>>> {
    let mut rest = numbers;
    let mut of_text = |text: &String| {
        let (count, behind) = rest.split_first()?;
        let (spans, behind) = behind.split_at_checked((*count as usize).checked_mul(2)?)?;
        rest = behind;
        let spans = spans.as_chunks().0.iter().map(|&[start, end]| Span { start, end });
        spans.map(|span| span.slice(text).map(|_| span)).collect()
    };
    texts.iter().map(&mut of_text).collect()
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
        parts: Vec<u32>,
        #[wasm_bindgen(unchecked_param_type = "EmbedRole")] role: JsValue,
    ) -> Result<JsValue, JsValue> {
        let embed = async || {
            let role: EmbedRole = decode::from_js("role", role)?;
            let parts = decode_parts(&parts, &texts)
                .ok_or_else(|| Error::internal("the parts are not those of the texts"))?;
            let inputs = texts.iter().zip(&parts).map(|(text, parts)| Input { text, parts });
            self.inner.embed(&inputs.collect::<Vec<_>>(), role.into(), &Unattended).await
        };
        let embeddings = embed().await.map_err(|error| error_to_js(&error))?;
        let vectors: Vec<f32> = embeddings.iter().flat_map(|embedding| &embedding.vector).copied().collect();
        let parts: Vec<u8> = embeddings.iter().flat_map(|embedding| &embedding.parts).copied().collect();
        let tokens: Vec<u32> = embeddings.iter().map(|embedding| embedding.tokens as u32).collect();
        let truncated: Vec<u8> = embeddings.iter().map(|embedding| embedding.truncated.into()).collect();
        let texts = JsValue::from(Object::new());
        set_vector(&texts, "vectors", &vectors);
        set_bytes(&texts, "parts", &parts);
        set_numbers(&texts, "tokens", &tokens);
        set_bytes(&texts, "truncated", &truncated);
        Ok(texts)
    }
}
