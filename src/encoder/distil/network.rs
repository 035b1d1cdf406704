//! The layers and the head of a cross-encoder with weights that are learned: the forward pass once more, of operations that
//! candle has gradients for, where the reference works in place.

use std::collections::BTreeMap;

use candle_core::{D, Device, Result as CandleResult, Tensor, Var};

use crate::encoder::folder::EncoderConfig;

/// What is added to the score of a place that holds no token.
const NOWHERE: f32 = -1e4;

/// The weights that are learned, and what is to be known of the encoder.
pub(super) struct Network {
    /// Under the names of a model folder, in the layout of Hugging Face: `[out, in]`.
    pub weights: BTreeMap<String, Var>,
    pub config: EncoderConfig,
}

/// Some pairs, filled up to the length of the longest.
pub(super) struct Pairs {
    /// What the first layer is given, `[pairs, tokens, hidden]`.
    pub embedded: Tensor,
    /// What is added to the scores of attention, `[pairs or 1, heads or 1, tokens or 1, tokens]`.
    pub bias: Tensor,
}

impl Pairs {
    /// `embedded` are the vectors of all tokens of pairs with these `lengths`, each filled up; `relative` is what attention adds for
    /// distances, `[heads, tokens, tokens]`.
    pub fn new(embedded: &Tensor, lengths: &[usize], relative: Option<Tensor>) -> CandleResult<Self> {
        let (count, longest) = (lengths.len(), lengths.iter().copied().max().unwrap_or(0));
        let masks = lengths
            .iter()
            .flat_map(|length| (0..longest).map(move |place| if place < *length { 0.0 } else { NOWHERE }));
        let mask = Tensor::from_iter(masks, &Device::Cpu)?.reshape((count, 1, 1, longest))?;
        let bias = match relative {
            Some(relative) => mask.broadcast_add(&relative.unsqueeze(0)?)?,
            None => mask,
        };
        Ok(Self { embedded: embedded.reshape((count, longest, ()))?, bias })
    }
}

impl Network {
    /// The logit of each pair.
    pub fn logits(&self, pairs: &Pairs) -> CandleResult<Tensor> {
        let mut states = pairs.embedded.clone();
        let layers = self.config.num_hidden_layers;
        for layer in 0..layers {
            // Of the last layer nothing is wanted but the first token.
            let (asking, bias) = if layer + 1 == layers {
                let rows = pairs.bias.dim(2)?.min(1);
                (states.narrow(1, 0, 1)?.contiguous()?, pairs.bias.narrow(2, 0, rows)?)
            } else {
                (states.clone(), pairs.bias.clone())
            };
            states = self.layer(layer, &asking, &states, &bias)?;
        }
        let pooled = self.linear("pooler.dense", &states.squeeze(1)?)?.tanh()?;
        self.linear("classifier", &pooled)?.squeeze(1)
    }

    /// A layer at the tokens of `asking`, which look at all of `states`.
    fn layer(&self, layer: usize, asking: &Tensor, states: &Tensor, bias: &Tensor) -> CandleResult<Tensor> {
        let part = |name: &str| format!("encoder.layer.{layer}.{name}");
        let heads = |name: &str, of: &Tensor| {
            let (pairs, tokens, hidden) = of.dims3()?;
            let heads = self.config.num_attention_heads;
            let projected = self.linear(&part(name), of)?.reshape((pairs, tokens, heads, hidden / heads))?;
            projected.transpose(1, 2)?.contiguous()
        };
        let queries = heads("attention.self.query", asking)?;
        let (keys, values) = (heads("attention.self.key", states)?, heads("attention.self.value", states)?);
        let scale = 1.0 / (queries.dim(D::Minus1)? as f64).sqrt();
        let scores = (queries.matmul(&keys.transpose(2, 3)?)? * scale)?.broadcast_add(bias)?;
        let mixed = softmax(&scores)?.matmul(&values)?.transpose(1, 2)?.reshape(asking.shape())?;

        let attended = self.linear(&part("attention.output.dense"), &mixed)?;
        let attended = self.norm(&part("attention.output.LayerNorm"), &(attended + asking)?)?;
        let inner = self.linear(&part("intermediate.dense"), &attended)?.gelu_erf()?;
        let output = self.linear(&part("output.dense"), &inner)?;
        self.norm(&part("output.LayerNorm"), &(output + attended)?)
    }

    fn linear(&self, name: &str, input: &Tensor) -> CandleResult<Tensor> {
        let weight = self.weight(name, "weight");
        let (mut shape, inputs) = (input.dims().to_vec(), weight.dim(1)?);
        shape.pop();
        shape.push(weight.dim(0)?);
        let rows = input.reshape(((), inputs))?.matmul(&weight.t()?)?;
        rows.broadcast_add(self.weight(name, "bias"))?.reshape(shape)
    }

    /// Layer norm (Ba, Kiros, Hinton 2016).
    fn norm(&self, name: &str, input: &Tensor) -> CandleResult<Tensor> {
        let centred = input.broadcast_sub(&input.mean_keepdim(D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
        let normal = centred.broadcast_div(&(variance + self.config.layer_norm_eps)?.sqrt()?)?;
        normal.broadcast_mul(self.weight(name, "weight"))?.broadcast_add(self.weight(name, "bias"))
    }

    fn weight(&self, name: &str, kind: &str) -> &Tensor {
        self.weights[&format!("{name}.{kind}")].as_tensor()
    }
}

fn softmax(scores: &Tensor) -> CandleResult<Tensor> {
    let greatest = scores.max_keepdim(D::Minus1)?.detach();
    let powers = scores.broadcast_sub(&greatest)?.exp()?;
    powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)
}
