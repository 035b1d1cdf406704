//! Which build of the kernels runs, and whether it computes what it should on this processor.

use std::cell::RefCell;
use wasm_bindgen::prelude::*;

use super::encode::error_to_js;
use crate::encoder::kernels;
use crate::index;

#[wasm_bindgen(typescript_custom_section)]
const BUILD_NAME: &str = r#"
/** The builds of the core, fastest first, and its portable inner loops. */
export type BuildName = "relaxed-simd" | "simd128" | "portable";
/**
 * Inner loops. The relaxed build has two kinds, and takes what is faster on the processor: `"relaxed-dot"` where it has a dot
 * product of bytes, else `"relaxed-pairs"`.
 */
export type KernelsName = "relaxed-dot" | "relaxed-pairs" | "simd128" | "portable";
"#;

thread_local! {
    static FALLBACK: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Compares the kernels in use with golden results; returns what is wrong, if anything is.
#[wasm_bindgen(js_name = selfTest)]
pub fn self_test() -> Option<String> {
    kernels::self_test(kernels::detected()).err().map(|error| error.to_string())
}

#[wasm_bindgen]
extern "C" {
    /// Milliseconds, as pages and workers measure them.
    #[wasm_bindgen(js_namespace = performance)]
    pub(super) fn now() -> f64;
}

/// Chooses the kernels of models by a short measurement, unless they are chosen.
pub(super) fn choose_layers() {
    kernels::choose(now);
}

/// Chooses the kernels by a short measurement, unless they are chosen; returns their name, for workers that are to compute
/// the same vectors.
#[wasm_bindgen(js_name = chooseKernels, unchecked_return_type = "KernelsName")]
pub fn choose_kernels() -> String {
    choose_layers();
    index::choose_products(now);
    kernels::detected().name().to_owned()
}

/// Chooses the kernels by name, unless they are chosen.
///
/// # Errors
/// `invalid-argument` where this build has none of this name.
#[wasm_bindgen(js_name = useKernels)]
pub fn use_kernels(#[wasm_bindgen(unchecked_param_type = "KernelsName")] name: &str) -> Result<(), JsValue> {
    kernels::use_named(name).map_err(|error| error_to_js(&error))
}

/// The build that runs.
#[wasm_bindgen(js_name = buildName, unchecked_return_type = "BuildName")]
pub fn build_name() -> String {
    kernels::build().to_owned()
}

/// Keeps for `info()` why a faster build than this one is not used.
#[wasm_bindgen(js_name = noteFallback)]
pub fn note_fallback(reason: String) {
    FALLBACK.set(Some(reason));
}

/// What [`note_fallback`] kept.
pub(super) fn fallback() -> Option<String> {
    FALLBACK.with_borrow(Clone::clone)
}
