//! Which build of the kernels runs, and whether it computes what it should on this processor.

use std::cell::RefCell;
use wasm_bindgen::prelude::*;

use super::encode::{error_to_js, to_js};
use super::types::KernelsInfo;
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

/// Chooses the kernels of models and of vectors by short measurements, unless they are chosen; returns their names, for workers that
/// are to compute the same, and for the next time.
///
/// # Errors
/// `internal` where the names cannot be made an object.
#[wasm_bindgen(js_name = chooseKernels, unchecked_return_type = "KernelsInfo")]
pub fn choose_kernels() -> Result<JsValue, JsValue> {
    choose_layers();
    index::choose_products(now);
    to_js(&KernelsInfo::chosen())
}

/// Chooses the kernels of models by name, and those of vectors where they are named, unless they are chosen.
///
/// # Errors
/// `invalid-argument` where this build has none of this name for models.
#[wasm_bindgen(js_name = useKernels)]
pub fn use_kernels(
    #[wasm_bindgen(unchecked_param_type = "KernelsName")] layers: &str,
    #[wasm_bindgen(unchecked_optional_param_type = "KernelsName")] vectors: Option<String>,
) -> Result<(), JsValue> {
    kernels::use_named(layers).map_err(|error| error_to_js(&error))?;
    if let Some(vectors) = vectors {
        index::use_products(&vectors);
    }
    Ok(())
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
