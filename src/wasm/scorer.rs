//! The second stage of a search: a cross-encoder, or a function of the caller.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::decode;
use super::encode::error_to_js;
use super::model::JsModelFiles;
use super::task::JsTask;
use crate::encoder::bert::BertScorer;
use crate::error::{Error, Result};
use crate::model::{PairScore, PairScorer, SCORED_AT_ONCE};
use crate::task::Task;

#[wasm_bindgen(typescript_custom_section)]
const SCORER: &str = r#"
/** Scores how well each passage answers a query; higher is better. */
export interface PassageScorer {
  score(query: string, passages: string[]): Promise<ArrayLike<number>>;
  /** How many passages are best given at a time where time is short, from 1; 4 where it is absent. */
  readonly atOnce?: number;
  /** Of a model: it gives the same scores each time. */
  readonly fingerprint?: string;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// An object of the TypeScript interface `PassageScorer`.
    #[wasm_bindgen(typescript_type = "PassageScorer")]
    pub type JsScorer;

    #[wasm_bindgen(method, catch, js_name = score)]
    async fn js_score(this: &JsScorer, query: &str, passages: Array) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, js_name = atOnce)]
    fn js_at_once(this: &JsScorer) -> Option<u32>;

    #[wasm_bindgen(method, getter, js_name = fingerprint)]
    fn js_fingerprint(this: &JsScorer) -> Option<String>;
}

impl PairScorer for JsScorer {
    async fn score(&self, query: &str, texts: &[&str], task: &impl Task) -> Result<Vec<PairScore>> {
        let passages = texts.iter().map(|&text| JsValue::from(text)).collect();
        let scores = task.unless_aborted(self.js_score(query, passages)).await?;
        let scores = scores.map_err(|thrown| decode::thrown_error(&thrown))?;
        let number = |value: JsValue| value.as_f64().unwrap_or(f64::NAN) as f32;
        let scores = js_sys::try_iter(&scores).ok().flatten().ok_or_else(|| {
            Error::invalid_argument("the scorer must give a list of numbers, one for each passage")
        })?;
        let score = |value: std::result::Result<JsValue, JsValue>| PairScore {
            logit: value.map_or(f32::NAN, number),
            truncated: false,
        };
        Ok(scores.map(score).collect())
    }

    fn at_once(&self) -> usize {
        self.js_at_once().map_or(SCORED_AT_ONCE, |count| count as usize)
    }

    fn fingerprint(&self) -> Option<String> {
        self.js_fingerprint()
    }
}

/// A cross-encoder.
#[wasm_bindgen]
pub struct WasmScorer {
    inner: BertScorer,
}

#[wasm_bindgen]
impl WasmScorer {
    /// Loads the model.
    #[wasm_bindgen(constructor)]
    pub fn new(files: JsModelFiles) -> Result<WasmScorer, JsValue> {
        let inner = files.load_scorer().map_err(|error| error_to_js(&error))?;
        Ok(Self { inner })
    }

    /// What tells it from other models.
    #[wasm_bindgen(getter)]
    pub fn fingerprint(&self) -> String {
        self.inner.info().fingerprint.clone()
    }

    /// The score of each passage.
    pub async fn score(
        &self,
        query: String,
        passages: Vec<String>,
        task: JsTask,
    ) -> Result<Vec<f32>, JsValue> {
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        let scores = self.inner.score(&query, &passages, &task).await.map_err(|error| error_to_js(&error))?;
        Ok(scores.into_iter().map(|score| score.logit).collect())
    }
}
