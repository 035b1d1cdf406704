//! The boundary to JavaScript: decode, call, encode. Nothing here decides.

mod build;
mod collection;
mod decode;
mod embedder;
mod encode;
mod fields;
mod graphs;
mod model;
mod scorer;
mod task;
mod types;

use std::cell::RefCell;
use wasm_bindgen::prelude::*;

use crate::error::ErrorKind;

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
