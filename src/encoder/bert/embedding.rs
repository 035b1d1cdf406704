//! What an embedding model does around its encoder: text to tokens before it, token vectors to one vector after it.

use std::borrow::Cow;

use crate::encoder::folder::{
    BertConfig, EmbeddingTask, MANIFEST_FILE, ModelManifest, Pooling, TOKENIZER_FILE, invalid,
};
use crate::encoder::tokenizer::{Encoded, SubwordTokenizer};
use crate::error::Result;
use crate::model::batch::{BatchLimits, batches};
use crate::model::{Embedding, Role, Tokenizer};
use crate::task::{Phase, Progress, Task};

/// How many texts are made tokens of before others may run: some milliseconds of work.
pub(super) const TEXTS_PER_PAUSE: usize = 16;

/// An embedding model without its encoder.
#[derive(Debug)]
pub(super) struct EmbeddingRecipe {
    tokenizer: SubwordTokenizer,
    task: EmbeddingTask,
    max_tokens: usize,
    query_overhead: usize,
    passage_overhead: usize,
}

impl EmbeddingRecipe {
    /// Reads the tokenizer, `json`, and checks that it suits the model.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) naming file and field, and
    /// `ModelUnsupported` where the model is for something else.
    pub fn load(json: &[u8], manifest: &ModelManifest) -> Result<Self> {
        let task = manifest.embedding_task()?.clone();
        let tokenizer = SubwordTokenizer::from_json(json)?;
        check_ids(tokenizer.max_id(), &manifest.config)?;
        let overhead = |field: &str, prefix: &str| {
            let overhead = tokenizer.special_tokens() + tokenizer.count_tokens(prefix)?;
            let what = format!("special tokens and {field}");
            check_room(overhead, &what, manifest.max_tokens)?;
            Ok(overhead)
        };
        Ok(Self {
            query_overhead: overhead("query_prefix", &task.query_prefix)?,
            passage_overhead: overhead("passage_prefix", &task.passage_prefix)?,
            tokenizer,
            task,
            max_tokens: manifest.max_tokens,
        })
    }

    pub fn tokenizer(&self) -> &SubwordTokenizer {
        &self.tokenizer
    }

    pub fn overhead(&self, role: Role) -> usize {
        match role {
            Role::Passage => self.passage_overhead,
            Role::Query => self.query_overhead,
        }
    }

    /// The tokens that the model sees for `text`: with the role's prefix and the special tokens, cut at the model's
    /// limit.
    pub fn encode(&self, text: &str, role: Role) -> Result<Encoded> {
        let prefix = match role {
            Role::Passage => &self.task.passage_prefix,
            Role::Query => &self.task.query_prefix,
        };
        let text =
            if prefix.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{prefix}{text}")) };
        self.tokenizer.encode(&text, self.max_tokens)
    }

    /// [`Embedder::embed_each`](crate::model::Embedder::embed_each) with an encoder that embeds the texts of one batch,
    /// [`EmbeddingRecipe::embeddings`] of their token vectors.
    pub async fn embed_each(
        &self,
        texts: &[&str],
        role: Role,
        task: &impl Task,
        mut take: impl FnMut(usize, Embedding),
        embed: impl Fn(&[&Encoded]) -> Result<Vec<Embedding>>,
    ) -> Result<()> {
        let mut encoded = Vec::with_capacity(texts.len());
        for some in texts.chunks(TEXTS_PER_PAUSE) {
            task.checkpoint().await?;
            for text in some {
                encoded.push(self.encode(text, role)?);
            }
        }
        let lengths: Vec<usize> = encoded.iter().map(|text| text.ids.len()).collect();
        let total = lengths.iter().sum();
        let mut done = 0;
        for batch in batches(&lengths, BatchLimits::default()) {
            task.checkpoint().await?;
            let together: Vec<&Encoded> = batch.iter().map(|&at| &encoded[at]).collect();
            done += together.iter().map(|text| text.ids.len()).sum::<usize>();
            batch.into_iter().zip(embed(&together)?).for_each(|(at, embedding)| take(at, embedding));
            task.report(Progress { phase: Phase::Embedding, done, total });
        }
        Ok(())
    }

    /// The embeddings of `texts` from the vectors of all their tokens, text after text.
    pub fn embeddings(&self, texts: &[&Encoded], states: &[f32]) -> Vec<Embedding> {
        let mut rows = states.chunks_exact(self.task.dimensions);
        let embedding = |text: &&Encoded| Embedding {
            vector: unit(pool(rows.by_ref().take(text.ids.len()), self.task.pooling)),
            tokens: text.ids.len(),
            truncated: text.truncated,
        };
        texts.iter().map(embedding).collect()
    }
}

/// Checks that the encoder has a row for each token.
pub(super) fn check_ids(highest: u32, config: &BertConfig) -> Result<()> {
    let rows = config.vocab_size;
    if (highest as usize) < rows {
        return Ok(());
    }
    let message = format!("has the token id {highest}, but the model's vocab_size is {rows}");
    Err(invalid(TOKENIZER_FILE, message))
}

/// Checks that `overhead`, the tokens of `what`, leave room for text.
pub(super) fn check_room(overhead: usize, what: &str, max_tokens: usize) -> Result<()> {
    if overhead < max_tokens {
        return Ok(());
    }
    let message = format!("the field max_tokens is {max_tokens} but {what} alone take {overhead}");
    Err(invalid(MANIFEST_FILE, message))
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
