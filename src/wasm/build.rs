//! Which build of the kernels runs, and whether it computes what it should on this processor.

use std::cell::RefCell;
use wasm_bindgen::prelude::*;

use crate::encoder::kernels;

#[wasm_bindgen(typescript_custom_section)]
const BUILD_NAME: &str = r#"
/** The inner loops that run, fastest first. */
export type BuildName = "relaxed-simd" | "simd128" | "portable";
"#;

thread_local! {
    static FALLBACK: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Compares the kernels in use with golden results; returns what is wrong, if anything is.
#[wasm_bindgen(js_name = selfTest)]
pub fn self_test() -> Option<String> {
    kernels::self_test(kernels::detected()).err().map(|error| error.to_string())
}

/// Has everything computed by the portable kernels from now on.
#[wasm_bindgen(js_name = usePortableKernels)]
pub fn use_portable_kernels() {
    kernels::use_portable();
}

/// The build that runs.
#[wasm_bindgen(js_name = buildName, unchecked_return_type = "BuildName")]
pub fn build_name() -> String {
    kernels::detected().name().to_owned()
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
