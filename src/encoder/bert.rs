//! Models of the BERT family: text to one unit vector, and query and text to one score. A table of word vectors is one of
//! them without layers.

mod embedding;
mod encoder;
mod pair;
#[cfg(not(target_arch = "wasm32"))]
pub mod reference;
mod relative;

use std::cell::RefCell;

use crate::document::Span;
use crate::encoder::folder::{ModelFiles, ModelManifest, WEIGHTS_FILE};
use crate::encoder::kernels;
use crate::encoder::tokenizer::Encoded;
use crate::encoder::weights::Weights;
use crate::error::Result;
use crate::model::{Embedder, Embedding, Input, ModelInfo, PairScore, PairScorer, Role, Tokenizer};
use crate::task::Task;
use embedding::{EmbeddingRecipe, Prepared};
use encoder::{Encoder, Scratch, Wanted};
use pair::PairRecipe;

/// Enough passages for batches of similar length to be full.
const BULK_SIZE: usize = if cfg!(target_arch = "wasm32") { 16 } else { 64 };

/// A loaded embedding model.
#[derive(Debug)]
pub struct BertEmbedder {
    info: ModelInfo,
    recipe: EmbeddingRecipe,
    encoder: Encoder,
    scratch: RefCell<Scratch>,
}

impl BertEmbedder {
    /// Checks the files of a model folder, then loads them as [`Self::load_verified`] does.
    ///
    /// # Errors
    /// As [`ModelFiles::verify`] and [`Self::load_verified`].
    pub fn load(files: ModelFiles) -> Result<Self> {
        files.verify()?;
        Self::load_verified(files)
    }

    /// Loads a model folder whose sizes and hashes the caller has checked. The bytes of the files are used and freed.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) for a file that is malformed, naming file
    /// and field or tensor, and `ModelUnsupported` for a format, architecture or option that this version does not
    /// know or a model that is not for embedding.
    pub fn load_verified(files: ModelFiles) -> Result<Self> {
        let manifest = ModelManifest::parse(&files.manifest)?;
        let recipe = EmbeddingRecipe::load(&files.tokenizer, &manifest)?;
        let info = manifest.info(&files.tokenizer)?;
        drop(files.tokenizer);
        let encoder = Encoder::load(files.weights, &manifest.config, kernels::detected())?;
        Ok(Self { info, recipe, encoder, scratch: RefCell::default() })
    }

    /// The tokens that the model sees for `text`: with the role's prefix and the special tokens, cut at the model's
    /// limit.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the tokenizer fails.
    pub fn encode(&self, text: &str, role: Role) -> Result<Encoded> {
        self.recipe.encode(text, role)
    }
}

impl Tokenizer for BertEmbedder {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        self.recipe.tokenizer().token_spans(text)
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        self.recipe.tokenizer().count_tokens(text)
    }
}

impl Embedder for BertEmbedder {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn overhead(&self, role: Role) -> usize {
        self.recipe.overhead(role)
    }

    fn bulk_size(&self) -> usize {
        BULK_SIZE
    }

    async fn embed_each(
        &self,
        inputs: &[Input<'_>],
        role: Role,
        task: &impl Task,
        take: impl FnMut(usize, Embedding),
    ) -> Result<()> {
        let embed = |texts: &[Prepared]| {
            let mut scratch = self.scratch.borrow_mut();
            let encoded: Vec<&Encoded> = texts.iter().map(|text| &text.encoded).collect();
            let states = self.encoder.forward(&encoded, self.recipe.wanted(texts), &mut scratch);
            Ok(self.recipe.embeddings(texts, states))
        };
        self.recipe.embed_each(inputs, role, task, take, embed).await
    }
}

/// A loaded cross-encoder.
#[derive(Debug)]
pub struct BertScorer {
    info: ModelInfo,
    recipe: PairRecipe,
    encoder: Encoder,
    scratch: RefCell<Scratch>,
}

impl BertScorer {
    /// Checks the files of a model folder, then loads them as [`Self::load_verified`] does.
    ///
    /// # Errors
    /// As [`ModelFiles::verify`] and [`Self::load_verified`].
    pub fn load(files: ModelFiles) -> Result<Self> {
        files.verify()?;
        Self::load_verified(files)
    }

    /// Loads a model folder whose sizes and hashes the caller has checked.
    ///
    /// # Errors
    /// As [`BertEmbedder::load_verified`], but `ModelUnsupported` for a model that is not for scoring pairs.
    pub fn load_verified(files: ModelFiles) -> Result<Self> {
        let manifest = ModelManifest::parse(&files.manifest)?;
        let recipe =
            PairRecipe::load(&files.tokenizer, &Weights::parse(WEIGHTS_FILE, &files.weights)?, &manifest)?;
        let info = manifest.info(&files.tokenizer)?;
        drop(files.tokenizer);
        let encoder = Encoder::load(files.weights, &manifest.config, kernels::detected())?;
        Ok(Self { info, recipe, encoder, scratch: RefCell::default() })
    }

    /// Facts about the model.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// The tokens that the model sees for a pair, cut at the model's limit.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the tokenizer fails.
    pub fn encode(&self, query: &str, text: &str) -> Result<Encoded> {
        self.recipe.encode(query, text)
    }
}

impl PairScorer for BertScorer {
    async fn score(&self, query: &str, texts: &[&str], task: &impl Task) -> Result<Vec<PairScore>> {
        let score = |pairs: &[&Encoded]| {
            let mut scratch = self.scratch.borrow_mut();
            let states = self.encoder.forward(pairs, Wanted::FirstTokens, &mut scratch);
            Ok(self.recipe.scores(pairs, states))
        };
        self.recipe.score(query, texts, task, score).await
    }

    fn fingerprint(&self) -> Option<String> {
        Some(self.info.fingerprint.clone())
    }
}
