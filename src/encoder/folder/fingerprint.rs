//! What makes two models the same: a hash of all that changes vectors, and of nothing else.

use serde::Serialize;
use serde_json::Value;

use super::{
    EncoderConfig, ModelManifest, ModelTask, TOKENIZER_FILE, WeightsFormat, not_json, parse_json, sha256_hex,
};
use crate::error::Result;

/// The members of `tokenizer.json` that change no vector: padding and truncation are set here, nothing is decoded, and
/// there is one version only.
const WITHOUT_EFFECT: [&str; 4] = ["version", "padding", "truncation", "decoder"];

/// What is hashed, as JSON without white space.
#[derive(Serialize)]
struct Identity<'m> {
    weights_sha256: String,
    weights_format: WeightsFormat,
    tokenizer: Value,
    architecture: &'m str,
    max_tokens: usize,
    task: &'m ModelTask,
    config: &'m EncoderConfig,
}

impl ModelManifest {
    /// The fingerprint of the model with this manifest and the content of [`TOKENIZER_FILE`]: the hex sha256 over the
    /// hash of the weights, the tokenizer and the recipe. It does not depend on how the files are formatted (white
    /// space, the order of members, escapes; of numbers the notation counts), nor on name, licence and source, nor on
    /// what of the tokenizer is not used here.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where the tokenizer is not JSON.
    pub fn fingerprint(&self, tokenizer: &[u8]) -> Result<String> {
        let identity = Identity {
            weights_sha256: self.files.weights.sha256.to_ascii_lowercase(),
            weights_format: self.weights_format,
            tokenizer: canonical_tokenizer(tokenizer)?,
            architecture: &self.architecture,
            max_tokens: self.max_tokens,
            task: &self.task,
            config: &self.config,
        };
        Ok(sha256_hex(&serde_json::to_vec(&identity).map_err(not_json)?))
    }
}

/// What of the tokenizer changes vectors, with sorted members.
fn canonical_tokenizer(json: &[u8]) -> Result<Value> {
    let mut tokenizer = parse_json(TOKENIZER_FILE, json)?;
    if let Some(members) = tokenizer.as_object_mut() {
        members.retain(|name, _| !WITHOUT_EFFECT.contains(&name.as_str()));
    }
    // They are sorted already, unless a dependency has serde_json keep the order of the file.
    tokenizer.sort_all_objects();
    Ok(tokenizer)
}
