//! The boundary to JavaScript: decode, call, encode. Nothing here decides.
//!
//! Two modules are made of it: the core, and with the feature `documents` the part that reads other formats than text and
//! Markdown, which pages load only when there is such a document.

#[cfg(not(feature = "documents"))]
mod build;
#[cfg(not(feature = "documents"))]
mod collection;
#[cfg(not(feature = "documents"))]
mod counter;
#[cfg(not(feature = "documents"))]
mod decode;
#[cfg(feature = "documents")]
mod documents;
#[cfg(not(feature = "documents"))]
mod embedder;
mod encode;
#[cfg(not(feature = "documents"))]
mod fields;
#[cfg(not(feature = "documents"))]
mod graphs;
#[cfg(not(feature = "documents"))]
mod model;
#[cfg(not(feature = "documents"))]
mod scorer;
#[cfg(not(feature = "documents"))]
mod task;
#[cfg(not(feature = "documents"))]
mod transfer;
#[cfg(not(feature = "documents"))]
mod types;
#[cfg(not(feature = "documents"))]
mod verifier;

use std::cell::RefCell;
use wasm_bindgen::prelude::*;

#[cfg(not(feature = "documents"))]
use crate::error::ErrorKind;

#[cfg(not(feature = "documents"))]
#[wasm_bindgen(typescript_custom_section)]
const ERROR_CODES: &str = ErrorKind::TYPESCRIPT;

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the message of a panic, which the trap that follows does not carry.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| LAST_PANIC.set(Some(info.to_string()))));
}

/// The message of the panic that trapped this instance, if one did.
#[wasm_bindgen(js_name = lastPanic)]
pub fn last_panic() -> Option<String> {
    LAST_PANIC.with_borrow(Clone::clone)
}
