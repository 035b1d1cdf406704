//! The BERT encoder (Devlin et al. 2018, <https://arxiv.org/abs/1810.04805>) on candle tensors, in f32 on the CPU.

use candle_core::{Device, Result as CandleResult, Tensor};

use super::ops::{AddBias, AddBiasGelu, AddNorm, LayerNorm, ScaledSoftmax, SumNorm};
use crate::encoder::bert::encoder::Wanted;
use crate::encoder::bert::relative;
use crate::encoder::folder::EncoderConfig;
use crate::encoder::tokenizer::Encoded;
use crate::encoder::weights::{POSITIONS, RELATIVE_ATTENTION, TOKEN_TYPES, WORDS, Weights};
use crate::error::{Error, Result};

/// An encoder with its weights.
///
/// Several texts go through it together without padding: their tokens are the rows of one matrix, on which every
/// linear layer works at once, and attention looks at the rows of one text at a time. So there are no masks, and
/// what a text is batched with changes nothing but the order of a few additions.
#[derive(Debug)]
pub(super) struct Encoder {
    /// `[vocabulary, hidden]`
    words: Tensor,
    /// `[positions, hidden]`
    positions: Option<Tensor>,
    /// `[token types, hidden]`
    token_types: Option<Tensor>,
    embedding_norm: Option<LayerNorm>,
    layers: Vec<Layer>,
    /// `[classes of distances, heads]`
    relative: Option<Tensor>,
    heads: usize,
    hidden: usize,
}

#[derive(Debug)]
struct Layer {
    /// Queries, keys and values in one matrix.
    attention: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    expand: Linear,
    contract: Linear,
    output_norm: LayerNorm,
}

/// A linear layer whose bias the next step adds.
#[derive(Debug)]
struct Linear {
    /// `[in, out]`
    weight: Tensor,
    bias: Vec<f32>,
}

impl Encoder {
    /// Takes the weights that `config` asks for.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) naming file and tensor.
    pub fn load(weights: &Weights, config: &EncoderConfig) -> Result<Self> {
        let hidden = config.hidden_size;
        let table = |name: &str, rows, columns| match rows {
            0 => Ok(None),
            rows => matrix(weights.widened(name, &[rows, columns])?, [rows, columns]).map(Some),
        };
        let words = weights.widened_rows(WORDS, [config.vocab_size, hidden])?;
        let words: Vec<f32> = words.collect::<Result<Vec<_>>>()?.concat();
        let loader = Loader { weights, epsilon: config.layer_norm_eps as f32 };
        let layers = (0..config.num_hidden_layers).map(|index| loader.layer(index, config));
        let (buckets, heads) = (config.relative_attention_num_buckets, config.num_attention_heads);
        let norm = || loader.norm("embeddings.LayerNorm", hidden);
        Ok(Self {
            words: matrix(words, [config.vocab_size, hidden])?,
            positions: table(POSITIONS, config.max_position_embeddings, hidden)?,
            token_types: table(TOKEN_TYPES, config.type_vocab_size, hidden)?,
            embedding_norm: (!config.is_table()).then(norm).transpose()?,
            layers: layers.collect::<Result<_>>()?,
            relative: table(RELATIVE_ATTENTION, buckets, heads)?,
            heads,
            hidden,
        })
    }

    /// The vectors of all tokens of `texts`, or of each text's first one, `[tokens, hidden]`, text after text. Every text has
    /// no more tokens than there are positions, and, unless there are no layers, at least one.
    pub fn forward(&self, texts: &[&Encoded], wanted: Wanted) -> Result<Vec<f32>> {
        let all = self.hidden_states(texts).and_then(|states| states.flatten_all()?.to_vec1());
        let all: Vec<f32> = all.map_err(failed)?;
        let mut rest = &all[..];
        let of_text = |text: &&Encoded| {
            let (states, others) = rest.split_at(text.ids.len() * self.hidden);
            rest = others;
            &states[..wanted.of(text.ids.len()) * self.hidden]
        };
        Ok(texts.iter().map(of_text).collect::<Vec<_>>().concat())
    }

    fn hidden_states(&self, texts: &[&Encoded]) -> CandleResult<Tensor> {
        let mut states = self.embed(texts)?;
        for layer in &self.layers {
            states = self.layer(layer, states, texts)?;
        }
        Ok(states)
    }

    /// What the first layer is given, `[tokens, hidden]`, text after text.
    pub fn embed(&self, texts: &[&Encoded]) -> CandleResult<Tensor> {
        let places = texts.iter().flat_map(|text| 0..text.ids.len() as u32);
        let mut states = rows(&self.words, texts.iter().flat_map(|text| text.ids.iter().copied()))?;
        if let Some(types) = &self.token_types {
            states = (states + rows(types, texts.iter().flat_map(|text| text.types.iter().copied()))?)?;
        }
        if let (Some(positions), Some(norm)) = (&self.positions, &self.embedding_norm) {
            states.inplace_op2(&rows(positions, places)?, &SumNorm(norm))?;
        }
        Ok(states)
    }

    /// What attention adds to the scores within a text of `tokens` tokens, `[heads, queries, keys]`, where it adds anything.
    pub fn relative_bias(&self, tokens: usize) -> CandleResult<Option<Tensor>> {
        self.relative.as_ref().map(|table| relative_bias(table, tokens)).transpose()
    }

    fn layer(&self, layer: &Layer, states: Tensor, texts: &[&Encoded]) -> CandleResult<Tensor> {
        let attended = self.attention(layer, &states, texts)?.matmul(&layer.attention_output.weight)?;
        let bias = &layer.attention_output.bias;
        attended.inplace_op2(&states, &AddNorm { bias, norm: &layer.attention_norm })?;

        let inner = attended.matmul(&layer.expand.weight)?;
        inner.inplace_op1(&AddBiasGelu(&layer.expand.bias))?;
        let output = inner.matmul(&layer.contract.weight)?;
        output.inplace_op2(&attended, &AddNorm { bias: &layer.contract.bias, norm: &layer.output_norm })?;
        Ok(output)
    }

    /// Scaled dot-product attention within each text, `[tokens, hidden]`, before its output projection.
    fn attention(&self, layer: &Layer, states: &Tensor, texts: &[&Encoded]) -> CandleResult<Tensor> {
        let width = self.hidden / self.heads;
        let projected = states.matmul(&layer.attention.weight)?;
        projected.inplace_op1(&AddBias(&layer.attention.bias))?;
        let projected = projected.reshape(((), 3, self.heads, width))?;

        let mut start = 0;
        let mut contexts = Vec::with_capacity(texts.len());
        for tokens in texts.iter().map(|text| text.ids.len()) {
            // Views, not copies: matmul takes strides.
            let part =
                |index| projected.narrow(0, start, tokens)?.narrow(1, index, 1)?.squeeze(1)?.transpose(0, 1);
            let (queries, keys, values) = (part(0)?, part(1)?, part(2)?);
            let mut weights = queries.matmul(&keys.transpose(1, 2)?)?;
            let mut scale = 1.0 / (width as f32).sqrt();
            if let Some(bias) = self.relative_bias(tokens)? {
                weights = ((weights * f64::from(scale))? + bias)?;
                scale = 1.0;
            }
            weights.inplace_op1(&ScaledSoftmax { columns: tokens, scale })?;
            contexts.push(weights.matmul(&values)?.transpose(0, 1)?.reshape((tokens, self.hidden))?);
            start += tokens;
        }
        if contexts.len() == 1 { Ok(contexts.remove(0)) } else { Tensor::cat(&contexts, 0) }
    }
}

/// Reads the parts of layers.
struct Loader<'f> {
    weights: &'f Weights<'f>,
    epsilon: f32,
}

impl Loader<'_> {
    fn layer(&self, index: usize, config: &EncoderConfig) -> Result<Layer> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let name = |part: &str| format!("encoder.layer.{index}.{part}");
        let attention = ["query", "key", "value"].map(|part| name(&format!("attention.self.{part}")));
        Ok(Layer {
            attention: self.linear(&attention, hidden, hidden)?,
            attention_output: self.linear(&[name("attention.output.dense")], hidden, hidden)?,
            attention_norm: self.norm(&name("attention.output.LayerNorm"), hidden)?,
            expand: self.linear(&[name("intermediate.dense")], hidden, inner)?,
            contract: self.linear(&[name("output.dense")], inner, hidden)?,
            output_norm: self.norm(&name("output.LayerNorm"), hidden)?,
        })
    }

    /// Layers of the same input side by side as one, which is as fast as three, and transposed: on strided weights a
    /// text of 16 tokens took twice as long, one of 128 a third longer.
    fn linear(&self, names: &[String], inputs: usize, outputs: usize) -> Result<Linear> {
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            weight.extend(self.weights.widened(&format!("{name}.weight"), &[outputs, inputs])?);
            bias.extend(self.weights.widened(&format!("{name}.bias"), &[outputs])?);
        }
        let weight = matrix(weight, [bias.len(), inputs])?;
        let weight = weight.t().and_then(|transposed| transposed.contiguous()).map_err(failed)?;
        Ok(Linear { weight, bias })
    }

    fn norm(&self, name: &str, width: usize) -> Result<LayerNorm> {
        Ok(LayerNorm {
            weight: self.weights.widened(&format!("{name}.weight"), &[width])?,
            bias: self.weights.widened(&format!("{name}.bias"), &[width])?,
            epsilon: self.epsilon,
        })
    }
}

/// What is added to the scores, `[heads, queries, keys]`.
fn relative_bias(table: &Tensor, tokens: usize) -> CandleResult<Tensor> {
    let distances = (0..tokens).flat_map(|query| (0..tokens).map(move |key| key as isize - query as isize));
    let bias = rows(table, distances.map(|distance| relative::bucket(distance) as u32))?;
    bias.reshape((tokens, tokens, ()))?.permute((2, 0, 1))?.contiguous()
}

/// The rows of `table` with these indices.
fn rows(table: &Tensor, indices: impl Iterator<Item = u32>) -> CandleResult<Tensor> {
    table.index_select(&Tensor::from_iter(indices, &Device::Cpu)?, 0)
}

fn matrix(values: Vec<f32>, [rows, columns]: [usize; 2]) -> Result<Tensor> {
    Tensor::from_vec(values, (rows, columns), &Device::Cpu).map_err(failed)
}

fn failed(error: candle_core::Error) -> Error {
    Error::internal("the encoder failed").with_source(error)
}
