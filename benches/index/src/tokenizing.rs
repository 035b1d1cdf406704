//! Our tokenizer and the library whose files it reads, in the same build.

use ibid::encoder::tokenizer::SubwordTokenizer;
use wasm_bindgen::prelude::*;

/// Our tokenizer.
#[wasm_bindgen]
pub struct OwnTokenizer(SubwordTokenizer);

#[wasm_bindgen]
impl OwnTokenizer {
    /// Of a `tokenizer.json`.
    #[wasm_bindgen(constructor)]
    pub fn new(json: &[u8]) -> Result<Self, JsError> {
        Ok(Self(SubwordTokenizer::from_json(json)?))
    }

    /// The ids of all tokens.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, JsError> {
        Ok(self.0.encode(text, usize::MAX)?.ids)
    }
}

/// The library.
#[wasm_bindgen]
pub struct LibraryTokenizer(tokenizers::Tokenizer);

#[wasm_bindgen]
impl LibraryTokenizer {
    /// Of a `tokenizer.json`, without what it says of cutting and padding.
    #[wasm_bindgen(constructor)]
    pub fn new(json: &[u8]) -> Result<Self, JsError> {
        let failed = |error: tokenizers::Error| JsError::new(&error.to_string());
        let mut tokenizer = tokenizers::Tokenizer::from_bytes(json).map_err(failed)?;
        tokenizer.with_truncation(None).map_err(failed)?.with_padding(None);
        Ok(Self(tokenizer))
    }

    /// The ids of all tokens.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, JsError> {
        let encoding = self.0.encode(text, true).map_err(|error| JsError::new(&error.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }
}
