//! What a cross-encoder does around its encoder: a query and a text to tokens before it, the first token's vector to a
//! score after it.

use super::embedding::{TEXTS_PER_PAUSE, check_ids, check_room};
use crate::encoder::folder::{ModelManifest, TOKENIZER_FILE, invalid};
use crate::encoder::tokenizer::Encoded;
use crate::encoder::tokenizer::pair::PairTokenizer;
use crate::encoder::weights::Weights;
use crate::error::Result;
use crate::model::PairScore;
use crate::model::batch::{BatchLimits, batches};
use crate::task::Task;

/// A cross-encoder without its encoder.
#[derive(Debug)]
pub(super) struct PairRecipe {
    tokenizer: PairTokenizer,
    head: Head,
    max_tokens: usize,
}

impl PairRecipe {
    /// Reads the tokenizer, `json`, and the head, and checks that they suit the model.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) naming file and field or tensor, and
    /// `ModelUnsupported` where the model is for something else.
    pub fn load(json: &[u8], weights: &Weights, manifest: &ModelManifest) -> Result<Self> {
        manifest.require_pair_scoring()?;
        let tokenizer = PairTokenizer::from_json(json)?;
        check_ids(tokenizer.max_id(), &manifest.config)?;
        let special_tokens = tokenizer.special_tokens().max(tokenizer.special_tokens_of_query());
        check_room(special_tokens, "special tokens", manifest.max_tokens)?;
        // A model without token types looks at none.
        let (highest, rows) = (tokenizer.max_type() as usize, manifest.config.type_vocab_size);
        if rows > 0 && highest >= rows {
            let message = format!("has the token type {highest}, but the model's type_vocab_size is {rows}");
            return Err(invalid(TOKENIZER_FILE, message));
        }
        let head = Head::load(weights, manifest.config.hidden_size)?;
        Ok(Self { tokenizer, head, max_tokens: manifest.max_tokens })
    }

    /// The tokens that the model sees for a pair, cut at the model's limit.
    pub fn encode(&self, query: &str, text: &str) -> Result<Encoded> {
        self.tokenizer.encode(query, text, self.max_tokens)
    }

    /// [`PairScorer::score`](crate::model::PairScorer::score) with an encoder that scores the pairs of one batch,
    /// [`PairRecipe::scores`] of their first tokens' vectors.
    pub async fn score(
        &self,
        query: &str,
        texts: &[&str],
        task: &impl Task,
        score: impl Fn(&[&Encoded]) -> Result<Vec<PairScore>>,
    ) -> Result<Vec<PairScore>> {
        let mut pairs = Vec::with_capacity(texts.len());
        for some in texts.chunks(TEXTS_PER_PAUSE) {
            task.checkpoint().await?;
            for text in some {
                pairs.push(self.encode(query, text)?);
            }
        }
        let lengths: Vec<usize> = pairs.iter().map(|pair| pair.ids.len()).collect();
        let mut scores = vec![PairScore { logit: 0.0, truncated: false }; pairs.len()];
        for batch in batches(&lengths, BatchLimits::default()) {
            task.checkpoint().await?;
            let together: Vec<&Encoded> = batch.iter().map(|&at| &pairs[at]).collect();
            batch.into_iter().zip(score(&together)?).for_each(|(at, score)| scores[at] = score);
        }
        Ok(scores)
    }

    /// The scores of `pairs` from the vectors of their first tokens.
    pub fn scores(&self, pairs: &[&Encoded], states: &[f32]) -> Vec<PairScore> {
        let score = |(pair, first): (&&Encoded, &[f32])| PairScore {
            logit: self.head.logit(first),
            truncated: pair.truncated,
        };
        pairs.iter().zip(states.chunks_exact(self.head.hidden())).map(score).collect()
    }
}

/// The pooler, a dense layer with tanh over the vector of the first token, and a classifier with one label; in f32,
/// because they see one vector for each pair.
#[derive(Debug)]
struct Head {
    /// `[hidden, hidden]`
    pooler: Vec<f32>,
    pooler_bias: Vec<f32>,
    classifier: Vec<f32>,
    classifier_bias: f32,
}

impl Head {
    fn load(weights: &Weights, hidden: usize) -> Result<Self> {
        Ok(Self {
            pooler: weights.widened("pooler.dense.weight", &[hidden, hidden])?,
            pooler_bias: weights.widened("pooler.dense.bias", &[hidden])?,
            classifier: weights.widened("classifier.weight", &[1, hidden])?,
            classifier_bias: weights.widened("classifier.bias", &[1])?[0],
        })
    }

    fn hidden(&self) -> usize {
        self.pooler_bias.len()
    }

    fn logit(&self, first: &[f32]) -> f32 {
        let rows = self.pooler.chunks_exact(self.hidden()).zip(&self.pooler_bias);
        let pooled: Vec<f32> = rows.map(|(row, bias)| (dot(row, first) + bias).tanh()).collect();
        dot(&self.classifier, &pooled) + self.classifier_bias
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
