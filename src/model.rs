//! What the core asks of a model: to cut text into tokens and to turn text into unit vectors.

pub mod bert;
pub mod convert;
pub mod folder;
pub mod tokenizer;
mod weights;

use crate::document::Span;
use crate::error::Result;

/// What a text is for; some models put different prefixes before the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A chunk to be found.
    Passage,
    /// A question or other search text.
    Query,
}

/// Facts about a loaded model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// The model's public name, for example `sentence-transformers/all-MiniLM-L6-v2`.
    pub name: String,
    /// The architecture, for example `bert`.
    pub architecture: String,
    /// The length of its vectors.
    pub dimensions: usize,
    /// The longest text it takes, in tokens with the special ones.
    pub max_tokens: usize,
    /// Hex sha256 over weights, tokenizer and embedding recipe. Vectors of two models may be compared only if
    /// their fingerprints are equal.
    pub fingerprint: String,
}

/// One embedded text.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// The vector, of unit length, with [`ModelInfo::dimensions`] components.
    pub vector: Vec<f32>,
    /// The number of tokens the model saw, with the special ones.
    pub tokens: usize,
    /// Whether the text was longer than the model takes and only its beginning was embedded.
    pub truncated: bool,
}

/// Cuts text into the tokens that a model counts.
pub trait Tokenizer {
    /// The spans of the tokens of `text`, in order, without special tokens and without any cut at the model's
    /// limit. Every span is non-empty and inside `text`; text between spans (white space, control characters)
    /// belongs to no token.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the tokenizer fails.
    fn token_spans(&self, text: &str) -> Result<Vec<Span>>;

    /// The number of tokens of `text`, without special ones.
    ///
    /// # Errors
    /// As [`Tokenizer::token_spans`].
    fn count_tokens(&self, text: &str) -> Result<usize> {
        Ok(self.token_spans(text)?.len())
    }
}

/// Turns texts into unit vectors whose dot product is their similarity.
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait Embedder: Tokenizer {
    /// Facts about the model.
    fn info(&self) -> &ModelInfo;

    /// How many passages to hand over at once: enough to be efficient, few enough that a query which has to wait
    /// for one batch does not wait long.
    fn batch_size(&self) -> usize;

    /// The number of special tokens, and of those of the role's prefix, that are added to each text.
    fn overhead(&self, role: Role) -> usize;

    /// Embeds `texts`, in order. A text that is too long is cut, and its embedding says so.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the runtime fails.
    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Embedding>>;
}
