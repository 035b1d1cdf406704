//! Graphs: the spare worker as the collection's worker sees it, and the work that it does.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::decode;
use super::encode::error_to_js;
use crate::collection::GraphBuilder;
use crate::error::Result;
use crate::index;

#[wasm_bindgen(typescript_custom_section)]
const GRAPHS: &str = r#"
/** Who builds the graphs of large segments. */
export interface GraphBuilder {
  /** Resolves to what `buildGraph` returns for the vectors of a segment of `rows` rows. */
  build(rows: number, runs: Uint8Array[]): Promise<Uint8Array>;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// An object of the TypeScript interface `GraphBuilder`.
    #[wasm_bindgen(typescript_type = "GraphBuilder")]
    pub type JsGraphBuilder;

    #[wasm_bindgen(method, catch, js_name = build)]
    async fn js_build(this: &JsGraphBuilder, rows: u32, runs: Array) -> Result<JsValue, JsValue>;
}

impl GraphBuilder for JsGraphBuilder {
    async fn build(&self, rows: u32, runs: Vec<Vec<u8>>) -> Result<Vec<u8>> {
        let runs = runs.iter().map(|run| JsValue::from(Uint8Array::from(run.as_slice()))).collect();
        let built = self.js_build(rows, runs).await.map_err(|thrown| decode::failure(&thrown))?;
        // The core checks whether these bytes are a graph.
        Ok(Uint8Array::new(&built).to_vec())
    }
}

/// The graph of the vectors of a segment of `rows` rows, from stored values to a stored value. Takes half a millisecond for
/// each vector, and memory that this instance keeps: call it where the instance is thrown away.
#[wasm_bindgen(js_name = buildGraph)]
pub fn build_graph(rows: u32, runs: Vec<Uint8Array>) -> Result<Vec<u8>, JsValue> {
    index::choose_products(super::build::now);
    let runs: Vec<Vec<u8>> = runs.iter().map(Uint8Array::to_vec).collect();
    index::build_graph(rows, &runs).map_err(|error| error_to_js(&error))
}
