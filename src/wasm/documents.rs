//! Documents of other formats than text and Markdown: bytes in, extracted texts out, in the form that the core takes.

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::encode::error_to_js;
use crate::document::{Content, MediaType};
use crate::error::{Error, Result};
use crate::extract::formats::detect;
use crate::extract::formats::layout::{self, PositionedDocument};
use crate::extract::{Charsets, Extracted, LegacyDecoder, read};

#[wasm_bindgen]
extern "C" {
    /// The browser's decoder of charsets (Encoding Standard).
    type TextDecoder;

    #[wasm_bindgen(constructor, catch)]
    fn new(label: &str, options: &Object) -> Result<TextDecoder, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn decode(this: &TextDecoder, bytes: &[u8]) -> Result<String, JsValue>;
}

/// Knows the charsets that the browser knows.
struct BrowserDecoder;

impl LegacyDecoder for BrowserDecoder {
    fn decode(&self, label: &str, bytes: &[u8]) -> Option<String> {
        let options = Object::new();
        Reflect::set(&options, &"fatal".into(), &JsValue::TRUE).ok()?;
        TextDecoder::new(label, &options).ok()?.decode(bytes).ok()
    }
}

/// What was read of a document.
#[wasm_bindgen]
pub struct ReadDocument {
    extracted: Uint8Array,
}

#[wasm_bindgen]
impl ReadDocument {
    /// The extracted text with its structure, for the core.
    #[wasm_bindgen(getter)]
    pub fn extracted(&self) -> Uint8Array {
        self.extracted.clone()
    }
}

/// The media type of a file, by its content first, then by what is said of it.
#[wasm_bindgen(js_name = detectDocument)]
pub fn detect_document(
    bytes: &[u8],
    declared: Option<String>,
    file_name: Option<String>,
) -> Result<String, JsValue> {
    let found = detect(bytes, declared.as_deref(), file_name.as_deref());
    found.map(|media_type| media_type.name().to_owned()).map_err(|error| error_to_js(&error))
}

/// Reads a document of any type but PDF. `charset` is what its text is in where it does not say so, and is not UTF-8;
/// `declared` the media type with its parameters that came with it.
#[wasm_bindgen(js_name = readDocument)]
pub fn read_document(
    bytes: Vec<u8>,
    media_type: &str,
    declared: Option<String>,
    charset: Option<String>,
) -> Result<ReadDocument, JsValue> {
    let charsets = Charsets {
        declared: declared.as_deref().and_then(|name| name.split_once("charset=")).map(|(_, label)| label),
        is_markup: false,
        fallback: charset.as_deref(),
        decoder: &BrowserDecoder,
    };
    encoded(MediaType::from_name(media_type).and_then(|it| read(Content::Bytes(bytes), &it, &charsets)))
}

/// Lays out the text of a PDF file, whose positions pdf.js has found.
#[wasm_bindgen(js_name = layOutDocument)]
pub fn lay_out_document(positioned: JsValue) -> Result<ReadDocument, JsValue> {
    let positioned = serde_path_to_error::deserialize(serde_wasm_bindgen::Deserializer::from(positioned));
    let positioned: Result<PositionedDocument> = positioned
        .map_err(|cause| Error::internal("pdf.js gave a page that is none").with_source(cause.to_string()));
    encoded(positioned.and_then(layout::extract))
}

fn encoded(extracted: Result<Extracted>) -> Result<ReadDocument, JsValue> {
    let bytes = extracted.and_then(|extracted| extracted.encode());
    match bytes {
        Ok(bytes) => Ok(ReadDocument { extracted: Uint8Array::from(bytes.as_slice()) }),
        Err(error) => Err(error_to_js(&error)),
    }
}
