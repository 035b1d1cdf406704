//! Tensors of a safetensors file, each checked for type and shape before it is used.

use std::iter;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::error::Result;
use crate::model::folder::{BertConfig, invalid};

/// The tensors of one weights file.
pub(crate) struct Weights<'f> {
    file: &'f str,
    tensors: SafeTensors<'f>,
    /// What the file puts before the names: nothing, or `bert.` where a head was saved beside the encoder.
    prefix: &'static str,
}

impl<'f> Weights<'f> {
    /// Reads the header of `bytes`, the content of `file`, and checks that the data it announces is all there.
    pub fn parse(file: &'f str, bytes: &'f [u8]) -> Result<Self> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| {
            invalid(file, format!("these {} bytes are not a whole safetensors file", bytes.len()))
                .with_source(error)
        })?;
        let prefix = if tensors.names().iter().any(|name| name.starts_with("bert.")) { "bert." } else { "" };
        Ok(Self { file, tensors, prefix })
    }

    /// The values of an f32 tensor of exactly this shape, in row-major order.
    pub fn f32(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let view = self.view(name, shape)?;
        match view.dtype() {
            Dtype::F32 => Ok(decode(view.data(), f32::from_le_bytes)),
            other => Err(self.wrong_type(name, other, "F32")),
        }
    }

    /// As [`Weights::f32`], for a tensor that may also be stored in half precision.
    pub fn widened(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let view = self.view(name, shape)?;
        match view.dtype() {
            Dtype::F16 => Ok(decode(view.data(), |bytes| half::f16::from_le_bytes(bytes).to_f32())),
            Dtype::BF16 => Ok(decode(view.data(), |bytes| half::bf16::from_le_bytes(bytes).to_f32())),
            Dtype::F32 => self.f32(name, shape),
            other => Err(self.wrong_type(name, other, "F32, F16 or BF16")),
        }
    }

    fn view(&self, name: &str, shape: &[usize]) -> Result<TensorView<'f>> {
        let full_name = format!("{}{name}", self.prefix);
        let view = self
            .tensors
            .tensor(&full_name)
            .map_err(|_| invalid(self.file, format!("the tensor {full_name} is missing")))?;
        if view.shape() != shape {
            let found = view.shape();
            let message = format!("the tensor {full_name} has shape {found:?}, expected {shape:?}");
            return Err(invalid(self.file, message));
        }
        Ok(view)
    }

    fn wrong_type(&self, name: &str, found: Dtype, expected: &str) -> crate::error::Error {
        let name = format!("{}{name}", self.prefix);
        invalid(self.file, format!("the tensor {name} has type {found}, expected {expected}"))
    }
}

/// Decodes numbers of `N` bytes each, little-endian.
fn decode<const N: usize>(data: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (numbers, rest) = data.as_chunks::<N>();
    debug_assert!(rest.is_empty(), "safetensors checks that the data fits type and shape");
    numbers.iter().map(|bytes| number(*bytes)).collect()
}

/// The name and shape of every tensor that a BERT encoder needs, in the layout of Hugging Face: a linear layer's weight
/// is `[out, in]`. Lazy, so that an absurd number of layers fails at the first one that is missing.
pub(crate) fn bert_tensors(config: &BertConfig) -> impl Iterator<Item = (String, Vec<usize>)> {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let embeddings = [
        ("word_embeddings.weight", vec![config.vocab_size, hidden]),
        ("position_embeddings.weight", vec![config.max_position_embeddings, hidden]),
        ("token_type_embeddings.weight", vec![config.type_vocab_size, hidden]),
        ("LayerNorm.weight", vec![hidden]),
        ("LayerNorm.bias", vec![hidden]),
    ];
    let layer = move || {
        let linear = |name, out, inputs| {
            [(format!("{name}.weight"), vec![out, inputs]), (format!("{name}.bias"), vec![out])]
        };
        let norm = |name| [(format!("{name}.weight"), vec![hidden]), (format!("{name}.bias"), vec![hidden])];
        iter::empty()
            .chain(linear("attention.self.query", hidden, hidden))
            .chain(linear("attention.self.key", hidden, hidden))
            .chain(linear("attention.self.value", hidden, hidden))
            .chain(linear("attention.output.dense", hidden, hidden))
            .chain(norm("attention.output.LayerNorm"))
            .chain(linear("intermediate.dense", inner, hidden))
            .chain(linear("output.dense", hidden, inner))
            .chain(norm("output.LayerNorm"))
    };
    let layers = (0..config.num_hidden_layers).flat_map(move |index| {
        layer().map(move |(name, shape)| (format!("encoder.layer.{index}.{name}"), shape))
    });
    embeddings.into_iter().map(|(name, shape)| (format!("embeddings.{name}"), shape)).chain(layers)
}
