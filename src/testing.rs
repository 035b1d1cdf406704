//! Stand-ins for a model in unit tests: quick, deterministic, and simple enough to reason about.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::Poll;

use xxhash_rust::xxh3::xxh3_64;

use crate::document::Span;
use crate::error::Result;
use crate::model::{Embedder, Embedding, Input, ModelInfo, Role, Tokenizer, signs};
use crate::task::{Phase, Progress, Task};

/// Every run of letters and digits is a token, and so is every other character that is not white space.
#[derive(Clone, Copy, Debug, Default)]
pub struct WordTokenizer;

impl Tokenizer for WordTokenizer {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        let mut spans: Vec<Span> = Vec::new();
        let mut in_word = false;
        for (at, character) in text.char_indices() {
            let end = at + character.len_utf8();
            match spans.last_mut() {
                Some(last) if in_word && character.is_alphanumeric() => last.end = end as u32,
                _ if !character.is_whitespace() => spans.push(Span::new(at, end)),
                _ => {}
            }
            in_word = character.is_alphanumeric();
        }
        Ok(spans)
    }
}

/// How many texts a [`HashEmbedder`] embeds between two checkpoints.
const BATCH_SIZE: usize = 2;

/// Embeds a text as the normalised sum of one pseudo-random vector for each of its words, so that texts which share
/// words are near each other.
#[derive(Debug)]
pub struct HashEmbedder {
    info: ModelInfo,
    /// How many passages were embedded so far.
    pub embedded: Cell<usize>,
    /// How many queries.
    pub asked: Cell<usize>,
}

impl HashEmbedder {
    /// An embedder whose fingerprint is `fingerprint`.
    pub fn new(fingerprint: &str) -> Self {
        let info = ModelInfo {
            name: "hash".into(),
            architecture: "hash".into(),
            dimensions: 32,
            max_tokens: 64,
            fingerprint: fingerprint.into(),
        };
        Self { info, embedded: Cell::new(0), asked: Cell::new(0) }
    }
}

impl Tokenizer for HashEmbedder {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        WordTokenizer.token_spans(text)
    }
}

impl Embedder for HashEmbedder {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn overhead(&self, _: Role) -> usize {
        2
    }

    fn bulk_size(&self) -> usize {
        2 * BATCH_SIZE
    }

    async fn embed_each(
        &self,
        inputs: &[Input<'_>],
        role: Role,
        task: &impl Task,
        mut take: impl FnMut(usize, Embedding),
    ) -> Result<()> {
        let embeddings = inputs.iter().map(|input| self.embed_parts(input)).collect::<Result<Vec<_>>>()?;
        let total = embeddings.iter().map(|embedding| embedding.tokens).sum();
        let mut done = 0;
        for (at, embedding) in embeddings.into_iter().enumerate() {
            if at % BATCH_SIZE == 0 {
                task.checkpoint().await?;
            }
            done += embedding.tokens;
            let count = match role {
                Role::Passage => &self.embedded,
                Role::Query => &self.asked,
            };
            count.set(count.get() + 1);
            take(at, embedding);
            task.report(Progress { phase: Phase::Embedding, done, total });
        }
        Ok(())
    }
}

impl HashEmbedder {
    fn embed_parts(&self, Input { text, parts }: &Input<'_>) -> Result<Embedding> {
        let mut embedding = self.embed_one(text)?;
        for part in parts.iter() {
            signs::push(&self.embed_one(&text[part.range()])?.vector, &mut embedding.parts);
        }
        Ok(embedding)
    }

    fn embed_one(&self, text: &str) -> Result<Embedding> {
        let spans = self.token_spans(text)?;
        let kept = spans.len().min(self.info.max_tokens - 2);
        let mut vector = vec![1e-3; self.info.dimensions];
        for span in &spans[..kept] {
            let word = text[span.range()].to_lowercase();
            for (at, component) in vector.iter_mut().enumerate() {
                let hash = xxh3_64(format!("{at} {word}").as_bytes());
                *component += (hash >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
            }
        }
        let norm = vector.iter().map(|component| component * component).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|component| *component /= norm);
        Ok(Embedding { vector, parts: Vec::new(), tokens: kept + 2, truncated: kept < spans.len() })
    }
}

/// A task that is aborted after a number of checkpoints, and counts its reports.
#[derive(Debug)]
pub struct AbortAfter {
    /// The checkpoints that are still passed.
    pub left: Cell<usize>,
    /// The last report.
    pub last: Cell<Option<Progress>>,
}

impl AbortAfter {
    /// A task that passes `checkpoints` checkpoints.
    pub fn new(checkpoints: usize) -> Self {
        Self { left: Cell::new(checkpoints), last: Cell::new(None) }
    }
}

impl Task for AbortAfter {
    fn report(&self, progress: Progress) {
        self.last.set(Some(progress));
    }

    fn is_aborted(&self) -> bool {
        self.left.get() == 0
    }

    async fn pause(&self) {
        self.left.set(self.left.get().saturating_sub(1));
    }
}

/// A task that keeps its reports and can be aborted at any time.
#[derive(Debug, Default)]
pub struct Watched {
    /// Whether the caller wants the call to stop.
    pub aborted: Cell<bool>,
    /// Every report so far.
    pub reports: RefCell<Vec<Progress>>,
}

impl Task for Watched {
    fn report(&self, progress: Progress) {
        self.reports.borrow_mut().push(progress);
    }

    fn is_aborted(&self) -> bool {
        self.aborted.get()
    }

    async fn pause(&self) {}

    async fn aborted(&self) {
        // Nothing wakes it: the tests poll.
        poll_fn(|_| if self.aborted.get() { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}
