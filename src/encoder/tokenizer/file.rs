//! Reading `tokenizer.json`, in the format of Hugging Face's [tokenizers](https://huggingface.co/docs/tokenizers).
//!
//! What does not change tokens, such as the decoder, is skipped; so are padding and truncation, which are the caller's
//! business. What does and is not supported is an error that names it.

mod model;

use std::fmt;

use serde::Deserializer as _;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use self::model::ModelFields;
use super::pattern::Pattern;
use super::subwords::Subwords;
use crate::encoder::folder::{TOKENIZER_FILE, invalid};
use crate::error::{Error, Result};

/// A normalizer or pre-tokenizer of more steps is not supported.
const MAX_STEPS: usize = 32;

/// The content of the file, its model ready to be used.
pub(super) struct File {
    pub(super) added_tokens: Value,
    pub(super) normalizer: Value,
    pub(super) pre_tokenizer: Value,
    pub(super) post_processor: Value,
    pub(super) subwords: Subwords,
}

impl File {
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where it is malformed, or its model is not
    /// supported.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let mut parser = serde_json::Deserializer::from_slice(bytes);
        let fields = parser.deserialize_map(FileVisitor).and_then(|fields| parser.end().map(|()| fields));
        let fields =
            fields.map_err(|error| invalid(TOKENIZER_FILE, "is not a tokenizer").with_source(error))?;
        let subwords = fields.model.build()?;
        let Fields { added_tokens, normalizer, pre_tokenizer, post_processor, .. } = fields;
        Ok(Self { added_tokens, normalizer, pre_tokenizer, post_processor, subwords })
    }
}

#[derive(Default)]
struct Fields {
    added_tokens: Value,
    normalizer: Value,
    pre_tokenizer: Value,
    post_processor: Value,
    model: ModelFields,
}

struct FileVisitor;

impl<'de> Visitor<'de> for FileVisitor {
    type Value = Fields;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object with a model")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
        let mut fields = Fields::default();
        let mut model = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => {
                    let version: String = map.next_value()?;
                    if version != "1.0" {
                        return Err(M::Error::custom(format!(
                            "its version is {version:?}, and 1.0 is known"
                        )));
                    }
                }
                "added_tokens" => fields.added_tokens = map.next_value()?,
                "normalizer" => fields.normalizer = map.next_value()?,
                "pre_tokenizer" => fields.pre_tokenizer = map.next_value()?,
                "post_processor" => fields.post_processor = map.next_value()?,
                "model" => model = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        fields.model = model.ok_or_else(|| M::Error::missing_field("model"))?;
        Ok(fields)
    }
}

/// A normalizer, pre-tokenizer or post-processor, or a part of one.
#[derive(Clone, Copy)]
pub(super) struct Part<'f> {
    /// What it is, for errors.
    what: &'static str,
    value: &'f Value,
}

impl<'f> Part<'f> {
    /// `None` for what the file leaves out.
    pub(super) fn new(what: &'static str, value: &'f Value) -> Option<Self> {
        (!value.is_null()).then_some(Self { what, value })
    }

    /// Its type, empty where it has none.
    pub(super) fn kind(self) -> &'f str {
        self.value["type"].as_str().unwrap_or_default()
    }

    /// A field of it, null where there is none.
    pub(super) fn field(self, name: &str) -> &'f Value {
        &self.value[name]
    }

    /// It itself, or if `is_sequence`, the parts in its field `name`, and of those again.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where there are too many.
    pub(super) fn flattened(self, name: &str, is_sequence: fn(Self) -> bool) -> Result<Vec<Self>> {
        let mut steps = Vec::new();
        let mut open = vec![self];
        while let Some(part) = open.pop() {
            if is_sequence(part) {
                let parts = part.field(name).as_array().ok_or_else(|| part.malformed(name))?;
                open.extend(parts.iter().rev().map(|value| Self { what: self.what, value }));
            } else {
                steps.push(part);
            }
        }
        if steps.len() > MAX_STEPS {
            return Err(invalid(
                TOKENIZER_FILE,
                format!("its {} has more than {MAX_STEPS} steps", self.what),
            ));
        }
        Ok(steps)
    }

    pub(super) fn flag(self, name: &str) -> Result<bool> {
        self.optional_flag(name)?.ok_or_else(|| self.malformed(name))
    }

    pub(super) fn optional_flag(self, name: &str) -> Result<Option<bool>> {
        match self.field(name) {
            Value::Null => Ok(None),
            Value::Bool(flag) => Ok(Some(*flag)),
            _ => Err(self.malformed(name)),
        }
    }

    pub(super) fn text(self, name: &str) -> Result<&'f str> {
        self.optional_text(name)?.ok_or_else(|| self.malformed(name))
    }

    pub(super) fn optional_text(self, name: &str) -> Result<Option<&'f str>> {
        match self.field(name) {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(self.malformed(name)),
        }
    }

    /// A text of at most `longest` bytes.
    pub(super) fn content(self, name: &str, longest: usize) -> Result<&'f str> {
        let text = self.text(name)?;
        if text.len() <= longest { Ok(text) } else { Err(self.malformed(name)) }
    }

    pub(super) fn character(self, name: &str) -> Result<char> {
        let mut characters = self.text(name)?.chars();
        match (characters.next(), characters.next()) {
            (Some(c), None) => Ok(c),
            _ => Err(self.malformed(name)),
        }
    }

    /// Its field `pattern`: a `String` or a `Regex`.
    pub(super) fn pattern(self) -> Result<Pattern> {
        let pattern = self.field("pattern");
        let text = pattern["String"].as_str().map(Pattern::of_text);
        let expression = || pattern["Regex"].as_str().map(Pattern::of_expression);
        let found = text.or_else(expression).ok_or_else(|| self.malformed("pattern"))?;
        found.ok_or_else(|| {
            let message =
                format!("the pattern {pattern} of its {}, a {}, is not supported", self.what, self.kind());
            invalid(TOKENIZER_FILE, message)
        })
    }

    /// An error that names a field.
    pub(super) fn malformed(self, field: &str) -> Error {
        invalid(
            TOKENIZER_FILE,
            format!("the field {field} of its {}, a {}, is malformed", self.what, self.kind()),
        )
    }

    /// An error that names its type.
    pub(super) fn unsupported(self) -> Error {
        let kind = self.field("type");
        invalid(TOKENIZER_FILE, format!("its {} of type {kind} is not supported", self.what))
    }
}
