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

/// A longer pattern, in bytes, is not supported.
const MAX_PATTERN: usize = 256;

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
        let field = |name: &str| pattern[name].as_str().filter(|text| text.len() <= MAX_PATTERN);
        let text = field("String").map(Pattern::of_text);
        let expression = || field("Regex").map(Pattern::of_expression);
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::encoder::tokenizer::SubwordTokenizer;
    use crate::error::ErrorKind;

    /// A small file that can be read.
    fn sound() -> Value {
        json!({
            "version": "1.0",
            "added_tokens": [{"id": 1, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true}],
            "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]},
            "pre_tokenizer": {"type": "WhitespaceSplit"},
            "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 1], "cls": ["[CLS]", 2]},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "[SEP]": 1, "[CLS]": 2, "a": 3, "##b": 4}},
        })
    }

    fn ids(file: &Value, text: &str) -> Vec<u32> {
        let tokenizer = SubwordTokenizer::from_json(&serde_json::to_vec(file).unwrap()).unwrap();
        tokenizer.encode(text, 64).unwrap().ids
    }

    #[test]
    fn what_is_not_supported_or_malformed_is_named() {
        let cases = [
            ("/normalizer/type", json!("Transliterate"), "normalizer of type \"Transliterate\""),
            ("/normalizer/normalizers/1/type", json!("Uppercase"), "normalizer of type \"Uppercase\""),
            ("/normalizer/normalizers", json!(5), "field normalizers of its normalizer, a Sequence"),
            ("/pre_tokenizer/type", json!("UnicodeScripts"), "pre-tokenizer of type \"UnicodeScripts\""),
            (
                "/pre_tokenizer/type",
                json!("Metaspace"),
                "field replacement of its pre-tokenizer, a Metaspace",
            ),
            (
                "/pre_tokenizer",
                json!({"type": "Split", "pattern": {"Regex": "(?i)a"}, "behavior": "Isolated", "invert": false}),
                "pattern",
            ),
            (
                "/normalizer",
                json!({"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
                "precompiled_charsmap",
            ),
            ("/normalizer", json!({"type": "Prepend", "prepend": "a".repeat(1000)}), "field prepend"),
            ("/post_processor/type", json!("Other"), "post-processor of type \"Other\""),
            ("/post_processor/cls", json!("[CLS]"), "field cls"),
            ("/model/type", json!("Neural"), "model of type \"Neural\""),
            ("/model/vocab", json!([["a", 0.0]]), "vocab"),
            ("/model/vocab", json!({"a": u32::MAX}), "too large"),
            ("/model/unk_token", json!("<unk>"), "unknown token"),
            ("/model/continuing_subword_prefix", Value::Null, "continuing_subword_prefix"),
            ("/model", Value::Null, "not a tokenizer"),
            ("/version", json!("2.0"), "not a tokenizer"),
            ("/added_tokens/0/content", json!(5), "field content of its added token"),
        ];
        for (place, value, message) in cases {
            let mut file = sound();
            *file.pointer_mut(place).unwrap() = value;
            let error = SubwordTokenizer::from_json(&serde_json::to_vec(&file).unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelInvalid);
            assert!(error.message().starts_with("tokenizer.json: "), "{error}");
            assert!(error.message().contains(message), "{place}: {error}");
        }
    }

    #[test]
    fn a_model_without_a_type_is_told_by_its_fields() {
        let mut file = sound();
        file["model"].as_object_mut().unwrap().remove("type");
        assert_eq!(ids(&file, "AB"), [2, 3, 4, 1]);
        file["model"] =
            json!({"unk_id": 0, "vocab": [["[UNK]", 0.0], ["[SEP]", -1.0], ["[CLS]", -1.0], ["ab", -1.0]]});
        assert_eq!(ids(&file, "AB"), [2, 3, 1]);
        file["model"] = json!({"unk_token": "[UNK]", "vocab": {"[UNK]": 0, "[SEP]": 1, "[CLS]": 2, "ab": 9}});
        assert_eq!(ids(&file, "AB"), [2, 9, 1]);
    }

    #[test]
    fn merges_are_read_as_lines_and_as_pairs() {
        let mut file = sound();
        for merges in [json!(["#version: 0.2", "a b"]), json!([["a", "b"]])] {
            file["model"] = json!({"type": "BPE", "vocab": {"a": 5, "b": 6, "ab": 7}, "merges": merges});
            assert_eq!(ids(&file, "abb"), [2, 7, 6, 1]);
        }
        for merges in [json!(["a b c"]), json!([["a"]]), json!([["a", "z"]]), json!([["b", "a"]])] {
            file["model"]["merges"] = merges;
            assert!(SubwordTokenizer::from_json(&serde_json::to_vec(&file).unwrap()).is_err());
        }
    }

    #[test]
    fn what_grows_out_of_proportion_is_an_error() {
        let mut file = sound();
        let double = json!({"type": "Replace", "pattern": {"String": "a"}, "content": "a".repeat(100)});
        file["normalizer"]["normalizers"] = vec![double; 5].into();
        let tokenizer = SubwordTokenizer::from_json(&serde_json::to_vec(&file).unwrap()).unwrap();
        assert_eq!(tokenizer.encode("aaaa", 8).unwrap_err().kind(), ErrorKind::Internal);
        file["added_tokens"][0]["content"] = json!("aaaa");
        file["added_tokens"][0]["normalized"] = json!(true);
        let error = SubwordTokenizer::from_json(&serde_json::to_vec(&file).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelInvalid);
    }
}
