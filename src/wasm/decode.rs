//! JavaScript values as Rust values. A value that does not fit is an error that names the argument and the path in
//! it.

use std::collections::BTreeMap;

use js_sys::{Array, JsString, Object, Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::fields::field_names;
use super::types::{DocumentInput, ExtractedText, LanguageChoice, MetadataValue};
use crate::document::{self, Content, Document, MediaType, Metadata};
use crate::error::{Error, ErrorKind, Result};
use crate::extract::Extracted;
use crate::filter::Filter;
use crate::prompt::Template;
use crate::seal::web_crypto::CallerKey;
use crate::seal::{Passphrase, Secret};

/// Decodes a value; `argument` is its name in messages.
pub(super) fn from_js<T: DeserializeOwned>(argument: &str, value: JsValue) -> Result<T> {
    serde_path_to_error::deserialize(serde_wasm_bindgen::Deserializer::from(value)).map_err(|cause| {
        let path = cause.path().to_string();
        let place = if path == "." { argument.to_owned() } else { format!("{argument}.{path}") };
        Error::invalid_argument(format!("{place}: {}", cause.inner()))
    })
}

/// Decodes a plain object as a struct. A property that the struct does not have is an error: `serde_wasm_bindgen`
/// looks for the known ones only, so `deny_unknown_fields` would never hear of it.
fn object<T: DeserializeOwned>(argument: &str, value: &JsValue) -> Result<T> {
    check_properties(argument, value, field_names::<T>())?;
    from_js(argument, value.clone())
}

fn check_properties(argument: &str, value: &JsValue, known: &[&str]) -> Result<()> {
    let object = value.dyn_ref::<Object>().filter(|object| !Array::is_array(object));
    let object = object.ok_or_else(|| mistyped(argument, "an object", value))?;
    for key in Object::keys(object).iter().filter_map(|key| key.as_string()) {
        if !known.contains(&key.as_str()) {
            let message = format!("{argument}.{key} is unknown; known are {}", known.join(", "));
            return Err(Error::invalid_argument(message));
        }
    }
    Ok(())
}

/// Decodes options, all of which have defaults.
pub(super) fn options<T: DeserializeOwned + Default>(argument: &str, value: JsValue) -> Result<T> {
    if value.is_undefined() || value.is_null() { Ok(T::default()) } else { object(argument, &value) }
}

/// Decodes options that two parts of the core share: each property belongs to one of them.
pub(super) fn options_of_two<T, U>(argument: &str, value: JsValue) -> Result<(T, U)>
where
    T: DeserializeOwned + Default,
    U: DeserializeOwned + Default,
{
    if value.is_undefined() || value.is_null() {
        return Ok(Default::default());
    }
    check_properties(argument, &value, &[field_names::<T>(), field_names::<U>()].concat())?;
    Ok((from_js(argument, value.clone())?, from_js(argument, value)?))
}

/// A property of an argument that is an object; `undefined` where there is none.
pub(super) fn property(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Decodes the `filter` of options.
pub(super) fn filter(options: &JsValue) -> Result<Option<Filter>> {
    let value = property(options, "filter");
    if value.is_undefined() || value.is_null() { Ok(None) } else { Filter::parse(&json(&value)).map(Some) }
}

/// Decodes the `template` of options, with the default wording for what it leaves out.
pub(super) fn template(from: &JsValue) -> Result<Template> {
    options("options.template", property(from, "template"))
}

/// Decodes a filter that is an argument of its own.
pub(super) fn whole_filter(value: &JsValue) -> Result<Filter> {
    Filter::parse(&json(value))
}

/// Plain data as JSON; by hand, because JSON as a text would round numbers. The client has refused everything else, and
/// nesting that goes too deep.
fn json(value: &JsValue) -> Value {
    if let Some(array) = value.dyn_ref::<Array>() {
        return array.iter().map(|element| json(&element)).collect();
    }
    if let Some(object) = value.dyn_ref::<Object>() {
        let names = Object::keys(object);
        let names = names.iter().filter_map(|name| name.as_string());
        return Value::Object(names.map(|name| (name.clone(), json(&property(value, &name)))).collect());
    }
    let text = || value.as_string().map(Value::String);
    let number = || value.as_f64().map(Value::from);
    value.as_bool().map(Value::Bool).or_else(number).or_else(text).unwrap_or(Value::Null)
}

/// Decodes a string; lone surrogates become U+FFFD, which leaves UTF-16 offsets as they are.
pub(super) fn string(argument: &str, value: &JsValue) -> Result<String> {
    value.as_string().ok_or_else(|| mistyped(argument, "a string", value))
}

/// Decodes a document id. A lone surrogate is an error: two such ids could become one.
pub(super) fn id(argument: &str, value: &JsValue) -> Result<String> {
    let text = value.dyn_ref::<JsString>().ok_or_else(|| mistyped(argument, "a string", value))?;
    if !text.is_valid_utf16() {
        return Err(Error::new(ErrorKind::InvalidId, format!("{argument}: the id holds a lone surrogate")));
    }
    let id = String::from(text);
    document::validate_id(&id).map_err(|error| error.within(argument))?;
    Ok(id)
}

/// Decodes the name of a collection.
pub(super) fn collection_name(value: &JsValue) -> Result<String> {
    let name = string("name", value)?;
    if name.is_empty() {
        return Err(Error::invalid_argument("name: a collection's name must not be empty"));
    }
    Ok(name)
}

/// Decodes what a collection is encrypted with, if it is.
pub(super) fn optional_secret(argument: &str, value: &JsValue) -> Result<Option<Secret<CallerKey>>> {
    if value.is_undefined() { Ok(None) } else { secret(argument, value).map(Some) }
}

/// Decodes a passphrase or a key: an object that has one of the two.
pub(super) fn secret(argument: &str, value: &JsValue) -> Result<Secret<CallerKey>> {
    check_properties(argument, value, &["passphrase", "key"])?;
    let (passphrase, key) = (property(value, "passphrase"), property(value, "key"));
    match (passphrase.is_undefined(), key.is_undefined()) {
        (false, true) => {
            let place = format!("{argument}.passphrase");
            let text = Zeroizing::new(string(&place, &passphrase)?);
            Ok(Secret::Passphrase(Passphrase::new(text).map_err(|error| error.within(place))?))
        }
        (true, false) => Ok(Secret::Key(CallerKey::new(&format!("{argument}.key"), key)?)),
        _ => Err(Error::invalid_argument(format!("{argument}: expected either a passphrase or a key"))),
    }
}

/// Decodes an array with `decode`, which gets the name and the value of each element.
pub(super) fn array<T>(
    argument: &str,
    value: &JsValue,
    decode: impl Fn(&str, &JsValue) -> Result<T>,
) -> Result<Vec<T>> {
    let array = value.dyn_ref::<Array>().ok_or_else(|| mistyped(argument, "an array", value))?;
    array.iter().enumerate().map(|(at, element)| decode(&format!("{argument}[{at}]"), &element)).collect()
}

/// Decodes a document to add.
pub(super) fn document(argument: &str, value: &JsValue) -> Result<Document> {
    let input: DocumentInput = object(argument, value)?;
    let id = id(&format!("{argument}.id"), &property(value, "id"))?;
    let place = format!("document {id:?}");
    let extracted = property(value, "extracted");
    let content = match extracted.dyn_ref::<Uint8Array>() {
        Some(bytes) => Content::from(Extracted::decode(&bytes.to_vec())?),
        None => content(&place, &property(value, "content"))?,
    };
    let names = [&input.media_type, &input.file_name, &input.file_type].map(Option::as_deref);
    let media_type = match (names, &content) {
        // Of a type that only its caller can read.
        ([Some(named), ..], Content::Extracted(_)) => {
            MediaType::from_name(named).unwrap_or_else(|_| MediaType::Other(named.into()))
        }
        ([named, file_name, file_type], _) => {
            MediaType::detect(named, file_name, file_type).map_err(|error| error.within(&place))?
        }
    };
    Ok(Document {
        metadata: metadata(&place, input.metadata.unwrap_or_default())?,
        title: input.title.unwrap_or_default(),
        file_name: input.file_name.unwrap_or_default(),
        language: input.language.and_then(LanguageChoice::into_core),
        id,
        content,
        media_type,
    })
}

fn metadata(place: &str, values: BTreeMap<String, MetadataValue>) -> Result<Metadata> {
    let values = values.into_iter().map(|(name, value)| {
        // Set on a JavaScript object, this name would not be a property.
        if name == "__proto__" {
            let message = format!("{place}: metadata.__proto__: the name is reserved");
            return Err(Error::invalid_argument(message));
        }
        if let Some(number) = value.numbers().find(|number| !number.is_finite()) {
            let message = format!("{place}: metadata.{name}: {number} is not a finite number");
            return Err(Error::invalid_argument(message));
        }
        Ok((name, value.into()))
    });
    values.collect()
}

fn content(place: &str, value: &JsValue) -> Result<Content> {
    if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        return Ok(Content::Bytes(bytes.to_vec()));
    }
    if let Some(text) = value.as_string() {
        return Ok(Content::Text(text));
    }
    if value.is_object() && (property(value, "pages").is_object() || property(value, "text").is_string()) {
        let mut given: ExtractedText = object(&format!("{place}: content"), value)?;
        let own = metadata(&format!("{place}: content"), given.metadata.take().unwrap_or_default())?;
        let mut extracted = given.into_core().map_err(|error| error.within(format!("{place}: content")))?;
        extracted.properties.metadata = own;
        return Ok(extracted.into());
    }
    let expected = "a string, a Blob, an ArrayBuffer, a Uint8Array, or an object with text or pages";
    Err(mistyped(&format!("{place}: content"), expected, value))
}

/// What a worker threw; it has done nothing that its caller could have avoided.
pub(super) fn failure(thrown: &JsValue) -> Error {
    let message = Reflect::get(thrown, &"message".into()).ok().and_then(|message| message.as_string());
    Error::internal(message.unwrap_or_else(|| format!("a worker failed: {thrown:?}")))
}

/// What JavaScript threw that is a part of this library, or passes on what a caller did: an object with one of our codes
/// keeps it.
pub(super) fn thrown_error(thrown: &JsValue) -> Error {
    let text = |key: &str| Reflect::get(thrown, &key.into()).ok().and_then(|value| value.as_string());
    let kind = text("code").and_then(|code| ErrorKind::ALL.iter().find(|kind| kind.code() == code));
    match (kind, text("message")) {
        (Some(&kind), Some(message)) => Error::new(kind, message),
        _ => failure(thrown),
    }
}

fn mistyped(argument: &str, expected: &str, value: &JsValue) -> Error {
    let found = value.js_typeof().as_string().unwrap_or_default();
    Error::invalid_argument(format!("{argument}: expected {expected}, found {found}"))
}
