//! Files of collections, as the worker writes and reads them.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::decode;
use crate::error::Result;
use crate::transfer::{Sink, Source};

#[wasm_bindgen(typescript_custom_section)]
const TRANSFER: &str = r#"
/** Where an exported file goes. */
export interface FileSink {
  /** Forgets what was written: the file begins, or begins anew. */
  begin(): void;
  write(bytes: Uint8Array): void;
}

/** Where an exported file comes from. */
export interface FileSource {
  /** The next bytes; `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// An object of the TypeScript interface `FileSink`.
    #[wasm_bindgen(typescript_type = "FileSink")]
    pub type JsFileSink;

    #[wasm_bindgen(method, catch, js_name = begin)]
    fn js_begin(this: &JsFileSink) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = write)]
    fn js_write(this: &JsFileSink, bytes: Uint8Array) -> Result<(), JsValue>;

    /// An object of the TypeScript interface `FileSource`.
    #[wasm_bindgen(typescript_type = "FileSource")]
    pub type JsFileSource;

    #[wasm_bindgen(method, catch, js_name = read)]
    async fn js_read(this: &JsFileSource) -> Result<JsValue, JsValue>;
}

impl Sink for JsFileSink {
    async fn begin(&mut self) -> Result<()> {
        self.js_begin().map_err(|thrown| decode::thrown_error(&thrown))
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.js_write(Uint8Array::from(bytes)).map_err(|thrown| decode::thrown_error(&thrown))
    }

    async fn end(&mut self) -> Result<()> {
        Ok(()) // who has called knows
    }
}

impl Source for JsFileSource {
    async fn read(&mut self) -> Result<Option<Vec<u8>>> {
        let bytes = self.js_read().await.map_err(|thrown| decode::thrown_error(&thrown))?;
        Ok((!bytes.is_undefined()).then(|| Uint8Array::new(&bytes).to_vec()))
    }
}
