//! What the core asks of a model: to cut text into tokens and to turn text into unit vectors.

pub mod baseline;
pub mod batch;
pub mod estimate;
pub mod pooled;
pub mod signs;

use crate::document::Span;
use crate::error::{Error, Result};
use crate::task::Task;

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
    /// Hex sha256 over weights, tokenizer and embedding recipe, however their files are formatted. Vectors of two models
    /// may be compared only if their fingerprints are equal.
    pub fingerprint: String,
}

/// A text to embed, and parts of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input<'t> {
    /// The text.
    pub text: &'t str,
    /// Where the parts are whose vectors are wanted, too, in bytes of the text: in order and without overlap.
    pub parts: &'t [Span],
}

impl<'t> From<&'t str> for Input<'t> {
    fn from(text: &'t str) -> Self {
        Self { text, parts: &[] }
    }
}

/// One embedded text.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// The vector, of unit length, with [`ModelInfo::dimensions`] components; null where the text has nothing that the model
    /// knows, which happens with tables of word vectors only.
    pub vector: Vec<f32>,
    /// The vectors of the parts, one after the other, each as [`signs`] of its components. The vector of a part is the mean
    /// of what the model makes of its tokens while it reads the whole, so that it costs nothing. A part without tokens,
    /// such as one behind the model's limit, has the vector of the whole.
    pub parts: Vec<u8>,
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

    /// The number of special tokens, and of those of the role's prefix, that are added to each text.
    fn overhead(&self, role: Role) -> usize;

    /// How many passages a caller should hand over at once so that batches are full, also where several workers share
    /// them: some seconds' work at most.
    fn bulk_size(&self) -> usize;

    /// Embeds `inputs` in batches of similar length and hands each embedding to `take`, with the index of its text, as
    /// soon as its batch is done, in any order. Between batches it pauses through `task`, stops if the task was aborted,
    /// and reports [`Phase::Embedding`](crate::task::Phase::Embedding) in tokens of `inputs`. A text that is too long is
    /// cut, and its embedding says so.
    ///
    /// # Errors
    /// [`ErrorKind::Aborted`](crate::error::ErrorKind::Aborted), and
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the runtime fails. What `take` was given before
    /// is good.
    async fn embed_each(
        &self,
        inputs: &[Input<'_>],
        role: Role,
        task: &impl Task,
        take: impl FnMut(usize, Embedding),
    ) -> Result<()>;

    /// Embeds `texts`, in order, as [`Embedder::embed_each`] does.
    ///
    /// # Errors
    /// As [`Embedder::embed_each`]; what was embedded before is lost.
    async fn embed<'t>(
        &self,
        texts: &[impl Into<Input<'t>> + Copy],
        role: Role,
        task: &impl Task,
    ) -> Result<Vec<Embedding>> {
        let inputs: Vec<Input<'_>> = texts.iter().map(|&text| text.into()).collect();
        let mut embeddings = vec![None; inputs.len()];
        self.embed_each(&inputs, role, task, |at, embedding| embeddings[at] = Some(embedding)).await?;
        let complete: Option<Vec<_>> = embeddings.into_iter().collect();
        complete.ok_or_else(|| Error::internal("the model left a text out"))
    }
}

/// How well a text answers a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairScore {
    /// The model's output; higher is better.
    pub logit: f32,
    /// Whether query and text together were longer than the model takes, so that the end of the longer was left out.
    pub truncated: bool,
}

/// [`PairScorer::at_once`] of a scorer that does not say: few enough to look at the clock often, and a batch for a model.
pub const SCORED_AT_ONCE: usize = 4;

/// Scores how well each text answers a query; only the order within one query means anything.
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait PairScorer {
    /// Scores `texts`, in order. Between batches it pauses through `task` and stops if the task was aborted.
    ///
    /// # Errors
    /// [`ErrorKind::Aborted`](crate::error::ErrorKind::Aborted), and
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the runtime fails.
    async fn score(&self, query: &str, texts: &[&str], task: &impl Task) -> Result<Vec<PairScore>>;

    /// How many texts are best given at a time where the caller wants to look at the clock in between; at least 1.
    fn at_once(&self) -> usize {
        SCORED_AT_ONCE
    }

    /// The fingerprint of a model, which gives the same scores each time; `None` where nobody knows, as of a function.
    fn fingerprint(&self) -> Option<String> {
        None
    }
}
