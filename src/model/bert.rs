//! BERT-family bi-encoders: text to one unit vector, in f32. The reference that quantised kernels are held to.

mod encoder;
mod ops;

use std::borrow::Cow;

use crate::document::Span;
use crate::error::Result;
use crate::model::folder::{
    MANIFEST_FILE, ModelFiles, ModelManifest, Pooling, TOKENIZER_FILE, WEIGHTS_FILE, invalid,
};
use crate::model::tokenizer::{Encoded, SubwordTokenizer};
use crate::model::weights::Weights;
use crate::model::{Embedder, Embedding, ModelInfo, Role, Tokenizer};
use encoder::Encoder;

/// Passages per call of [`Embedder::embed`]: in a browser few, because a query waits for the call to end.
const BATCH_SIZE: usize = if cfg!(target_arch = "wasm32") { 2 } else { 64 };

/// Tokens that go through the encoder together: enough for the linear layers to be efficient. More only takes memory,
/// for MiniLM about 16 KB per token and 48 bytes per pair of tokens of one text.
const FORWARD_TOKENS: usize = if cfg!(target_arch = "wasm32") { 512 } else { 2048 };

/// A loaded model.
#[derive(Debug)]
pub struct BertEmbedder {
    info: ModelInfo,
    manifest: ModelManifest,
    tokenizer: SubwordTokenizer,
    encoder: Encoder,
    query_overhead: usize,
    passage_overhead: usize,
}

impl BertEmbedder {
    /// Loads a model folder. The bytes of the files are checked, used and freed.
    ///
    /// # Errors
    /// [`ErrorKind::ModelFileCorrupt`](crate::error::ErrorKind::ModelFileCorrupt) for a file of another size or
    /// hash than the manifest says, `ModelInvalid` for one that is malformed, naming file and field or tensor, and
    /// `ModelUnsupported` for a format, architecture or option that this version does not know.
    pub fn load(files: ModelFiles) -> Result<Self> {
        let manifest = files.verify()?;
        let ModelFiles { manifest: _, tokenizer, weights } = files;
        let tokenizer = load_tokenizer(tokenizer, &manifest)?;
        let encoder = Encoder::load(&Weights::parse(WEIGHTS_FILE, &weights)?, &manifest.config)?;
        drop(weights);

        let overhead = |field: &str, prefix: &str| {
            let overhead = tokenizer.special_tokens() + tokenizer.count_tokens(prefix)?;
            if overhead < manifest.max_tokens {
                return Ok(overhead);
            }
            let message = format!(
                "the field max_tokens is {} but special tokens and {field} alone take {overhead}",
                manifest.max_tokens
            );
            Err(invalid(MANIFEST_FILE, message))
        };
        Ok(Self {
            info: manifest.info()?,
            query_overhead: overhead("query_prefix", &manifest.query_prefix)?,
            passage_overhead: overhead("passage_prefix", &manifest.passage_prefix)?,
            manifest,
            tokenizer,
            encoder,
        })
    }

    /// What `model.json` says.
    pub fn manifest(&self) -> &ModelManifest {
        &self.manifest
    }

    /// The tokens that the model sees for `text`: with the role's prefix and the special tokens, cut at the model's
    /// limit.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the tokenizer fails.
    pub fn encode(&self, text: &str, role: Role) -> Result<Encoded> {
        let prefix = match role {
            Role::Passage => &self.manifest.passage_prefix,
            Role::Query => &self.manifest.query_prefix,
        };
        let text =
            if prefix.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{prefix}{text}")) };
        self.tokenizer.encode(&text, self.manifest.max_tokens)
    }

    /// The vectors of the texts that go through the encoder together.
    fn forward(&self, texts: &[Encoded]) -> Result<Vec<Embedding>> {
        let ids: Vec<&[u32]> = texts.iter().map(|text| text.ids.as_slice()).collect();
        let states = self.encoder.forward(&ids)?;
        let mut rows = states.chunks_exact(self.manifest.dimensions);
        let embedding = |text: &Encoded| Embedding {
            vector: unit(pool(rows.by_ref().take(text.ids.len()), self.manifest.pooling)),
            tokens: text.ids.len(),
            truncated: text.truncated,
        };
        Ok(texts.iter().map(embedding).collect())
    }
}

impl Tokenizer for BertEmbedder {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        self.tokenizer.token_spans(text)
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        self.tokenizer.count_tokens(text)
    }
}

impl Embedder for BertEmbedder {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn batch_size(&self) -> usize {
        BATCH_SIZE
    }

    fn overhead(&self, role: Role) -> usize {
        match role {
            Role::Passage => self.passage_overhead,
            Role::Query => self.query_overhead,
        }
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Embedding>> {
        let mut embeddings = Vec::with_capacity(texts.len());
        let mut waiting = Vec::new();
        let mut tokens = 0;
        for text in texts {
            let encoded = self.encode(text, role)?;
            if tokens + encoded.ids.len() > FORWARD_TOKENS && !waiting.is_empty() {
                embeddings.extend(self.forward(&std::mem::take(&mut waiting))?);
                tokens = 0;
            }
            tokens += encoded.ids.len();
            waiting.push(encoded);
        }
        if !waiting.is_empty() {
            embeddings.extend(self.forward(&waiting)?);
        }
        Ok(embeddings)
    }
}

/// Reads the tokenizer and checks that the encoder has a row for each of its ids.
fn load_tokenizer(json: Vec<u8>, manifest: &ModelManifest) -> Result<SubwordTokenizer> {
    let tokenizer = SubwordTokenizer::from_json(&json)?;
    let (highest, rows) = (tokenizer.max_id() as usize, manifest.config.vocab_size);
    if highest < rows {
        return Ok(tokenizer);
    }
    let message = format!("has the token id {highest}, but the model's vocab_size is {rows}");
    Err(invalid(TOKENIZER_FILE, message))
}

/// One vector from those of the tokens, of which there is at least the special one at the start.
fn pool<'s>(mut tokens: impl Iterator<Item = &'s [f32]>, pooling: Pooling) -> Vec<f32> {
    let mut vector = tokens.next().map(<[f32]>::to_vec).unwrap_or_default();
    let mut count = 1.0;
    // The iterator is used up for both kinds, because the next text begins where it ends.
    for token in tokens {
        if pooling == Pooling::Mean {
            vector.iter_mut().zip(token).for_each(|(sum, x)| *sum += x);
            count += 1.0;
        }
    }
    vector.iter_mut().for_each(|x| *x /= count);
    vector
}

/// `vector` scaled to unit length; the null vector stays as it is.
fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    vector.iter_mut().for_each(|x| *x /= norm);
    vector
}
