//! The counter of a prompt's tokens: a function of the caller.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::decode;
use crate::error::{Error, Result};
use crate::prompt::{TokenCounter, whole_counts};

#[wasm_bindgen(typescript_custom_section)]
const COUNTER: &str = r#"
/** Counts the tokens of texts, as the chat model does that gets them. */
export interface TextCounter {
  count(texts: string[]): Promise<ArrayLike<number>>;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// An object of the TypeScript interface `TextCounter`.
    #[wasm_bindgen(typescript_type = "TextCounter")]
    pub type JsCounter;

    #[wasm_bindgen(method, catch, js_name = count)]
    async fn js_count(this: &JsCounter, texts: Array) -> Result<JsValue, JsValue>;
}

impl TokenCounter for JsCounter {
    async fn count(&self, texts: &[String]) -> Result<Vec<usize>> {
        let texts = texts.iter().map(|text| JsValue::from(text.as_str())).collect();
        let counts = self.js_count(texts).await.map_err(|thrown| decode::thrown_error(&thrown))?;
        let counts = js_sys::try_iter(&counts).ok().flatten().ok_or_else(|| {
            Error::invalid_argument("the token counter must give a list of numbers, one for each text")
        })?;
        let number = |count: std::result::Result<JsValue, JsValue>| {
            count.ok().and_then(|count| count.as_f64()).unwrap_or(f64::NAN)
        };
        whole_counts(&counts.map(number).collect::<Vec<_>>())
    }
}
