//! What an embedding model does around its encoder: text to tokens before it, token vectors to one vector after it.

use std::borrow::Cow;
use std::ops::Range;

use super::encoder::Wanted;
use crate::document::Span;
use crate::encoder::folder::{
    EmbeddingTask, EncoderConfig, MANIFEST_FILE, ModelManifest, Pooling, TOKENIZER_FILE, invalid,
};
use crate::encoder::tokenizer::{Encoded, SubwordTokenizer};
use crate::error::Result;
use crate::model::batch::{BatchLimits, batches};
use crate::model::{Embedding, Input, Role, Tokenizer, signs};
use crate::task::{Phase, Progress, Task};

/// How many texts are made tokens of before others may run: some milliseconds of work.
pub(super) const TEXTS_PER_PAUSE: usize = 16;

/// An embedding model without its encoder.
#[derive(Debug)]
pub(super) struct EmbeddingRecipe {
    tokenizer: SubwordTokenizer,
    task: EmbeddingTask,
    /// Components of the vectors of tokens.
    hidden: usize,
    max_tokens: usize,
    query_overhead: usize,
    passage_overhead: usize,
}

/// A text as the model takes it.
#[derive(Debug)]
pub(super) struct Prepared {
    /// Its tokens.
    pub encoded: Encoded,
    /// For each part those of its tokens that are at least partly in the part.
    parts: Vec<Range<usize>>,
}

impl EmbeddingRecipe {
    /// Reads the tokenizer, `json`, and checks that it suits the model.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) naming file and field, and
    /// `ModelUnsupported` where the model is for something else.
    pub fn load(json: &[u8], manifest: &ModelManifest) -> Result<Self> {
        let task = manifest.embedding_task()?.clone();
        let tokenizer = if manifest.config.is_table() {
            SubwordTokenizer::without_special_tokens(json)?
        } else {
            SubwordTokenizer::from_json(json)?
        };
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
            hidden: manifest.config.hidden_size,
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
        self.tokenizer.encode(&self.prefixed(text, role), self.max_tokens)
    }

    fn prefix(&self, role: Role) -> &str {
        match role {
            Role::Passage => &self.task.passage_prefix,
            Role::Query => &self.task.query_prefix,
        }
    }

    fn prefixed<'t>(&self, text: &'t str, role: Role) -> Cow<'t, str> {
        let prefix = self.prefix(role);
        if prefix.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{prefix}{text}")) }
    }

    fn prepare(&self, Input { text, parts }: Input<'_>, role: Role) -> Result<Prepared> {
        let encoded = self.encode(text, role)?;
        if parts.is_empty() {
            return Ok(Prepared { encoded, parts: Vec::new() });
        }
        let spans = self.tokenizer.token_spans(&self.prefixed(text, role))?;
        let before = self.prefix(role).len() as u32;
        let parts = parts.iter().map(|part| self.tokens_of(&spans, &encoded, part, before)).collect();
        Ok(Prepared { encoded, parts })
    }

    /// Which tokens of a text are in a part of it that begins `before` bytes later in what the model sees. `spans` are those
    /// of all its tokens, without the special ones and without a cut.
    fn tokens_of(&self, spans: &[Span], encoded: &Encoded, part: &Span, before: u32) -> Range<usize> {
        let leading = self.tokenizer.leading_tokens();
        let last = encoded.ids.len() + leading - self.tokenizer.special_tokens();
        let at = |token: usize| (leading + token).min(last);
        let first = spans.partition_point(|span| span.end <= part.start + before);
        let end = spans.partition_point(|span| span.start < part.end + before);
        at(first)..at(end)
    }

    /// [`Embedder::embed_each`](crate::model::Embedder::embed_each) with an encoder that embeds the texts of one batch,
    /// [`EmbeddingRecipe::embeddings`] of their token vectors.
    pub async fn embed_each(
        &self,
        inputs: &[Input<'_>],
        role: Role,
        task: &impl Task,
        mut take: impl FnMut(usize, Embedding),
        embed: impl Fn(&[Prepared]) -> Result<Vec<Embedding>>,
    ) -> Result<()> {
        let mut prepared = Vec::with_capacity(inputs.len());
        for some in inputs.chunks(TEXTS_PER_PAUSE) {
            task.checkpoint().await?;
            for input in some {
                prepared.push(Some(self.prepare(*input, role)?));
            }
        }
        let length = |text: &Prepared| text.encoded.ids.len();
        let lengths: Vec<usize> = prepared.iter().flatten().map(length).collect();
        let total = lengths.iter().sum();
        let mut done = 0;
        for batch in batches(&lengths, BatchLimits::default()) {
            task.checkpoint().await?;
            let together: Vec<Prepared> = batch.iter().filter_map(|&at| prepared[at].take()).collect();
            done += together.iter().map(length).sum::<usize>();
            batch.into_iter().zip(embed(&together)?).for_each(|(at, embedding)| take(at, embedding));
            task.report(Progress { phase: Phase::Embedding, done, total });
        }
        Ok(())
    }

    /// Which vectors of tokens [`EmbeddingRecipe::embeddings`] takes for `texts`.
    pub fn wanted(&self, texts: &[Prepared]) -> Wanted {
        let has_parts = texts.iter().any(|text| !text.parts.is_empty());
        match self.task.pooling {
            Pooling::Cls if !has_parts => Wanted::FirstTokens,
            _ => Wanted::AllTokens,
        }
    }

    /// The embeddings of `texts` from the vectors of their tokens that are wanted, text after text.
    pub fn embeddings(&self, texts: &[Prepared], mut states: &[f32]) -> Vec<Embedding> {
        let (hidden, dimensions) = (self.hidden, self.task.dimensions);
        let wanted = self.wanted(texts);
        let embedding = |Prepared { encoded, parts }: &Prepared| {
            let (rows, rest) = states.split_at(wanted.of(encoded.ids.len()) * hidden);
            states = rest;
            let vector = unit(self.pool(rows.chunks_exact(hidden), self.task.pooling));
            let mut part_signs = Vec::with_capacity(parts.len() * signs::bytes(dimensions));
            for part in parts {
                let rows = rows[part.start * hidden..part.end * hidden].chunks_exact(hidden);
                let is_empty = part.is_empty();
                let mean = if is_empty { Cow::from(&vector) } else { self.pool(rows, Pooling::Mean).into() };
                signs::push(&mean, &mut part_signs);
            }
            Embedding { vector, parts: part_signs, tokens: encoded.ids.len(), truncated: encoded.truncated }
        };
        texts.iter().map(embedding).collect()
    }

    /// One vector of the model's dimensions from those of tokens; the null vector of none.
    fn pool<'s>(&self, tokens: impl Iterator<Item = &'s [f32]>, pooling: Pooling) -> Vec<f32> {
        let mut vector = pool(tokens, pooling);
        vector.resize(self.task.dimensions, 0.0);
        vector
    }
}

/// Checks that the encoder has a row for each token.
pub(super) fn check_ids(highest: u32, config: &EncoderConfig) -> Result<()> {
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

/// One vector from those of tokens; an empty one of none.
fn pool<'s>(mut tokens: impl Iterator<Item = &'s [f32]>, pooling: Pooling) -> Vec<f32> {
    let mut vector = tokens.next().map(<[f32]>::to_vec).unwrap_or_default();
    let mut count = 1.0;
    if pooling == Pooling::Mean {
        for token in tokens {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::folder::Pooling::{Cls, Mean};

    /// A model whose prefix of passages is three tokens.
    fn recipe(pooling: Pooling, max_tokens: usize) -> EmbeddingRecipe {
        let json = include_bytes!("../../../tests/fixtures/tiny-cls-encoder/tokenizer.json");
        let task = EmbeddingTask {
            dimensions: 16,
            pooling,
            query_prefix: String::new(),
            passage_prefix: "the tenant: ".to_owned(),
            normalize: true,
        };
        let tokenizer = SubwordTokenizer::from_json(json).unwrap();
        EmbeddingRecipe { tokenizer, task, hidden: 16, max_tokens, query_overhead: 2, passage_overhead: 5 }
    }

    /// Which tokens the vector of each part is the mean of: of each token another component is large.
    fn tokens_of_parts(recipe: &EmbeddingRecipe, text: &str, parts: &[Span], role: Role) -> Vec<Vec<usize>> {
        let prepared = recipe.prepare(Input { text, parts }, role).unwrap();
        let tokens = prepared.encoded.ids.len();
        let states: Vec<f32> = (0..tokens)
            .flat_map(|token| (0..16).map(move |at| if at == token { 999.0 } else { -1.0 }))
            .collect();
        let embedding = recipe.embeddings(&[prepared], &states).remove(0);
        let is_set = |signs: &[u8], at: usize| signs[at / 8] >> (at % 8) & 1 == 1;
        let of_part = |signs: &[u8]| (0..16).filter(|at| is_set(signs, *at)).collect();
        embedding.parts.chunks_exact(2).map(of_part).collect()
    }

    #[test]
    fn the_vector_of_a_part_is_the_mean_of_its_own_tokens() {
        // [CLS] the tenant the rent . rent the tenant [SEP]
        let text = "the tenant the rent. rent the tenant";
        let parts = [Span::new(0, 20), Span::new(21, 36)];
        for pooling in [Mean, Cls] {
            let recipe = recipe(pooling, 64);
            let query = tokens_of_parts(&recipe, text, &parts, Role::Query);
            assert_eq!(query, [vec![1, 2, 3, 4, 5], vec![6, 7, 8]]);
            // The prefix has three tokens more.
            let passage = tokens_of_parts(&recipe, text, &parts, Role::Passage);
            assert_eq!(passage, [vec![4, 5, 6, 7, 8], vec![9, 10, 11]]);
        }
    }

    #[test]
    fn a_part_behind_the_limit_has_the_vector_of_the_whole() {
        let text = "the tenant the rent. rent the tenant";
        let parts = [Span::new(0, 20), Span::new(21, 36)];
        let found = tokens_of_parts(&recipe(Mean, 6), text, &parts, Role::Query);
        assert_eq!(found, [vec![1, 2, 3, 4], vec![0, 1, 2, 3, 4, 5]]);
    }
}
