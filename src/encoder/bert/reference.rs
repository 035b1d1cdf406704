//! The same models from the weights of a Hugging Face folder as they are, in f32 on candle: what the quantised encoder is
//! held to. Not in the builds for browsers.

mod encoder;
mod ops;

use candle_core::{Result as CandleResult, Tensor};

use super::BULK_SIZE;
use super::embedding::{EmbeddingRecipe, Prepared};
use super::encoder::Wanted;
use super::pair::PairRecipe;
use crate::document::Span;
use crate::encoder::convert::{ConvertOptions, SourceFiles, SourceModel};
use crate::encoder::folder::{FileDigest, FileDigests, ModelManifest};
use crate::encoder::tokenizer::Encoded;
use crate::encoder::weights::Weights;
use crate::error::Result;
use crate::model::{Embedder, Embedding, Input, ModelInfo, PairScore, PairScorer, Role, Tokenizer};
use crate::task::Task;
use encoder::Encoder;

/// An embedding model in f32.
#[derive(Debug)]
pub struct ReferenceEmbedder {
    info: ModelInfo,
    recipe: EmbeddingRecipe,
    encoder: Encoder,
}

impl ReferenceEmbedder {
    /// Loads a Hugging Face folder. The fingerprint is another than that of the quantised model.
    ///
    /// # Errors
    /// As [`convert`](crate::encoder::convert::convert), and
    /// [`ErrorKind::ModelUnsupported`](crate::error::ErrorKind::ModelUnsupported) where the model is not for embedding.
    pub fn load(source: SourceFiles, options: ConvertOptions) -> Result<Self> {
        let (weights, manifest) = read(&source, options)?;
        let recipe = EmbeddingRecipe::load(&source.tokenizer, &manifest)?;
        let encoder = Encoder::load(&weights, &manifest.config)?;
        Ok(Self { info: manifest.info(&source.tokenizer)?, recipe, encoder })
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

impl Tokenizer for ReferenceEmbedder {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        self.recipe.tokenizer().token_spans(text)
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        self.recipe.tokenizer().count_tokens(text)
    }
}

impl Embedder for ReferenceEmbedder {
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
            let encoded: Vec<&Encoded> = texts.iter().map(|text| &text.encoded).collect();
            Ok(self.recipe.embeddings(texts, &self.encoder.forward(&encoded, self.recipe.wanted(texts))?))
        };
        self.recipe.embed_each(inputs, role, task, take, embed).await
    }
}

/// A cross-encoder in f32.
#[derive(Debug)]
pub struct ReferenceScorer {
    info: ModelInfo,
    recipe: PairRecipe,
    encoder: Encoder,
}

impl ReferenceScorer {
    /// Loads a Hugging Face folder. The fingerprint is another than that of the quantised model.
    ///
    /// # Errors
    /// As [`convert`](crate::encoder::convert::convert), and
    /// [`ErrorKind::ModelUnsupported`](crate::error::ErrorKind::ModelUnsupported) where the model is not for scoring
    /// pairs.
    pub fn load(source: SourceFiles, options: ConvertOptions) -> Result<Self> {
        let (weights, manifest) = read(&source, options)?;
        let recipe = PairRecipe::load(&source.tokenizer, &weights, &manifest)?;
        Ok(Self {
            info: manifest.info(&source.tokenizer)?,
            recipe,
            encoder: Encoder::load(&weights, &manifest.config)?,
        })
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

    /// What the first layer is given of the tokens of `pairs`, `[tokens, hidden]`, pair after pair.
    pub(in crate::encoder) fn embedded(&self, pairs: &[&Encoded]) -> CandleResult<Tensor> {
        self.encoder.embed(pairs)
    }

    /// What attention adds to the scores of pairs of `tokens` tokens, `[heads, queries, keys]`, where it adds anything.
    pub(in crate::encoder) fn relative_bias(&self, tokens: usize) -> CandleResult<Option<Tensor>> {
        self.encoder.relative_bias(tokens)
    }
}

impl PairScorer for ReferenceScorer {
    async fn score(&self, query: &str, texts: &[&str], task: &impl Task) -> Result<Vec<PairScore>> {
        let score = |pairs: &[&Encoded]| {
            Ok(self.recipe.scores(pairs, &self.encoder.forward(pairs, Wanted::FirstTokens)?))
        };
        self.recipe.score(query, texts, task, score).await
    }
}

/// The source's tensors, and what the manifest of the converted folder says, but with the hash of the weights as they are
/// here.
pub(in crate::encoder) fn read(
    source: &SourceFiles,
    options: ConvertOptions,
) -> Result<(Weights<'_>, ModelManifest)> {
    let model = SourceModel::read(source, options)?;
    let weights = model.weights(&source.weights)?;
    let manifest = model.manifest(FileDigests {
        tokenizer: FileDigest::of(&source.tokenizer),
        weights: FileDigest::of(&source.weights),
    })?;
    Ok((weights, manifest))
}
