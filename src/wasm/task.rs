//! The caller's side of a long call, as the worker passes it.

use wasm_bindgen::prelude::*;

use super::encode;
use super::types;
use crate::task::{Progress, Task};

#[wasm_bindgen(typescript_custom_section)]
const TASK: &str = r#"
/** The caller's side of one long call. */
export interface Task {
  readonly signal: AbortSignal;
  /** Resolves once `signal` is aborted. */
  aborted(): Promise<void>;
  onProgress(progress: Progress): void;
  /** Milliseconds since some moment. */
  now(): number;
  /** Resolves after messages that wait have been received. */
  pause(): Promise<void>;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// An object of the TypeScript interface `Task`.
    #[wasm_bindgen(typescript_type = "Task")]
    pub type JsTask;

    /// An `AbortSignal`, of which only the flag is read.
    pub type JsAbortSignal;

    #[wasm_bindgen(method, getter)]
    fn signal(this: &JsTask) -> JsAbortSignal;

    #[wasm_bindgen(method, getter)]
    fn aborted(this: &JsAbortSignal) -> bool;

    #[wasm_bindgen(method, js_name = aborted)]
    async fn js_aborted(this: &JsTask);

    #[wasm_bindgen(method, js_name = onProgress)]
    fn on_progress(this: &JsTask, progress: JsValue);

    #[wasm_bindgen(method, js_name = now)]
    fn js_now(this: &JsTask) -> f64;

    #[wasm_bindgen(method, js_name = pause)]
    async fn js_pause(this: &JsTask);
}

impl Task for JsTask {
    fn report(&self, progress: Progress) {
        if let Ok(value) = encode::to_js(&types::Progress::from(progress)) {
            self.on_progress(value);
        }
    }

    fn is_aborted(&self) -> bool {
        self.signal().aborted()
    }

    fn now(&self) -> f64 {
        self.js_now()
    }

    async fn pause(&self) {
        self.js_pause().await;
    }

    async fn aborted(&self) {
        self.js_aborted().await;
    }
}
