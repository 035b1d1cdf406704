//! The files that sentence-transformers writes beside a model: its steps, its longest text, its prompts.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::encoder::folder::{Pooling, from_value, invalid, parse_json};
use crate::error::{Error, ErrorKind, Result};

pub(super) const MODULES: &str = "modules.json";
pub(super) const POOLING: &str = "1_Pooling/config.json";
pub(super) const SENTENCE: &str = "sentence_bert_config.json";
pub(super) const MODEL: &str = "config_sentence_transformers.json";

/// Checks that the source has no step, such as a further dense layer, that would be lost.
pub(super) fn check_modules(bytes: Option<&[u8]>) -> Result<()> {
    #[derive(Deserialize)]
    struct Module {
        r#type: String,
    }
    let Some(bytes) = bytes else { return Ok(()) };
    let modules: Vec<Module> = from_value(MODULES, parse_json(MODULES, bytes)?)?;
    for Module { r#type } in modules {
        let step = r#type.rsplit('.').next().unwrap_or_default();
        if !["Transformer", "StaticEmbedding", "Pooling", "Normalize"].contains(&step) {
            let message = format!("{MODULES}: the module {} is not supported", r#type);
            return Err(Error::new(ErrorKind::ModelUnsupported, message));
        }
    }
    Ok(())
}

/// The one pooling mode that is switched on.
pub(super) fn pooling(bytes: Option<&[u8]>) -> Result<Pooling> {
    let Some(bytes) = bytes else { return Ok(Pooling::Mean) };
    let value = parse_json(POOLING, bytes)?;
    let fields = value.as_object().ok_or_else(|| invalid(POOLING, "is not a JSON object"))?;
    let on: Vec<&str> = fields
        .iter()
        .filter(|(name, on)| name.starts_with("pooling_mode_") && **on == Value::Bool(true))
        .map(|(name, _)| name.as_str())
        .collect();
    match on[..] {
        ["pooling_mode_mean_tokens"] => Ok(Pooling::Mean),
        ["pooling_mode_cls_token"] => Ok(Pooling::Cls),
        [] => Err(invalid(POOLING, "no pooling mode is switched on")),
        _ => {
            let message = format!("{POOLING}: the pooling {} is not supported", on.join(" with "));
            Err(Error::new(ErrorKind::ModelUnsupported, message))
        }
    }
}

/// The limit that the source names, if any.
pub(super) fn max_tokens(bytes: Option<&[u8]>) -> Result<Option<usize>> {
    #[derive(Deserialize)]
    struct Sentence {
        max_seq_length: Option<usize>,
    }
    let Some(bytes) = bytes else { return Ok(None) };
    let sentence: Sentence = from_value(SENTENCE, parse_json(SENTENCE, bytes)?)?;
    Ok(sentence.max_seq_length)
}

/// What is said of the model as a whole.
#[derive(Default, Deserialize)]
pub(super) struct Model {
    /// Put before texts, by what these are for.
    #[serde(default)]
    pub prompts: BTreeMap<String, String>,
    /// How many components of a vector are kept.
    pub truncate_dim: Option<usize>,
}

impl Model {
    pub fn read(bytes: Option<&[u8]>) -> Result<Self> {
        bytes.map_or_else(|| Ok(Self::default()), |bytes| from_value(MODEL, parse_json(MODEL, bytes)?))
    }
}
