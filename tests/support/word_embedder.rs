//! A stand-in for a model: quick, deterministic, and the same natively and in a browser.

use ibid::document::Span;
use ibid::error::Result;
use ibid::model::{Embedder, Embedding, Input, ModelInfo, Role, Tokenizer};
use ibid::task::Task;

#[path = "words.rs"]
mod words;
use words::word_spans;

/// The words that it knows.
pub const WORDS: [&str; 6] = ["roof", "door", "wall", "rent", "lease", "key"];

/// Embeds a text by counting its words.
pub struct WordEmbedder {
    info: ModelInfo,
}

impl WordEmbedder {
    pub fn new() -> Self {
        let info = ModelInfo {
            name: "words".into(),
            architecture: "words".into(),
            dimensions: WORDS.len() + 1,
            max_tokens: 64,
            fingerprint: "words".into(),
        };
        Self { info }
    }

    /// Makes it another model.
    #[allow(dead_code, reason = "not every test has two models")]
    pub fn set_fingerprint(&mut self, fingerprint: &str) {
        self.info.fingerprint = fingerprint.into();
    }

    fn embedding(&self, text: &str) -> Embedding {
        let mut vector = vec![0.1];
        vector.extend(WORDS.map(|word| text.to_lowercase().matches(word).count() as f32));
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|x| *x /= norm);
        Embedding { vector, parts: Vec::new(), tokens: text.split_whitespace().count() + 2, truncated: false }
    }
}

impl Tokenizer for WordEmbedder {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        Ok(word_spans(text))
    }
}

impl Embedder for WordEmbedder {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn overhead(&self, _: Role) -> usize {
        2
    }

    fn bulk_size(&self) -> usize {
        4
    }

    async fn embed_each(
        &self,
        inputs: &[Input<'_>],
        _: Role,
        task: &impl Task,
        mut take: impl FnMut(usize, Embedding),
    ) -> Result<()> {
        for (at, Input { text, .. }) in inputs.iter().enumerate() {
            task.checkpoint().await?;
            take(at, self.embedding(text));
        }
        Ok(())
    }
}
