//! Rust values and errors as JavaScript values.

use js_sys::{Float32Array, Object, Reflect, Uint8Array, Uint32Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::error::Error;

/// Plain objects for structs and maps, numbers for all integers.
pub(super) fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible().serialize_missing_as_null(false);
    value.serialize(&serializer).map_err(|cause| {
        error_to_js(&Error::internal("a result could not be encoded").with_source(cause.to_string()))
    })
}

/// `{ code, message }`; the client makes an `IbidError` of it.
pub(super) fn error_to_js(error: &Error) -> JsValue {
    let object = Object::new();
    set(&object, "code", &error.kind().code().into());
    set(&object, "message", &error.to_string().into());
    object.into()
}

/// `object[key] = vector`, as a `Float32Array`.
pub(super) fn set_vector(object: &JsValue, key: &str, vector: &[f32]) {
    set(object, key, &Float32Array::from(vector));
}

/// `object[key] = numbers`, as a `Uint32Array`.
pub(super) fn set_numbers(object: &JsValue, key: &str, numbers: &[u32]) {
    set(object, key, &Uint32Array::from(numbers));
}

/// `object[key] = bytes`, as a `Uint8Array`.
pub(super) fn set_bytes(object: &JsValue, key: &str, bytes: &[u8]) {
    set(object, key, &Uint8Array::from(bytes));
}

/// `object[key] = value`.
pub(super) fn set(object: &JsValue, key: &str, value: &JsValue) {
    let written = Reflect::set(object, &key.into(), value);
    debug_assert_eq!(written, Ok(true), "a fresh object takes any property");
}
