//! Tensors of a safetensors file, each checked for type and shape before it is used.

mod layout;

use std::borrow::Cow;
use std::iter;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};

use crate::encoder::folder::{EncoderConfig, invalid};
use crate::encoder::quantize::LINEAR_LIMIT;
use crate::encoder::table::{self, STEP_LIMIT, Table};
use crate::error::{Error, Result};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use layout::LAYERS;
pub(crate) use layout::{EncoderLayout, Layout, TableLayout};

/// The tensors of one weights file, under the names that a model folder has for them, whatever those in the file are.
pub(crate) struct Weights<'f> {
    file: &'f str,
    tensors: SafeTensors<'f>,
    layout: Layout,
    /// What the file puts before the names: nothing, or `bert.` where a head was saved beside the encoder.
    prefix: &'static str,
}

impl<'f> Weights<'f> {
    /// Reads the header of `bytes`, the content of a model folder's `file`, and checks that the data it announces is all
    /// there.
    pub fn parse(file: &'f str, bytes: &'f [u8]) -> Result<Self> {
        Self::parse_source(file, bytes, Layout::default())
    }

    /// The same for a file of another layout.
    pub fn parse_source(file: &'f str, bytes: &'f [u8], layout: Layout) -> Result<Self> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| {
            invalid(file, format!("these {} bytes are not a whole safetensors file", bytes.len()))
                .with_source(error)
        })?;
        let prefix = layout.prefix(&tensors);
        Ok(Self { file, tensors, layout, prefix })
    }

    /// The values of an f32 tensor of exactly this shape, in row-major order.
    pub fn f32(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.only(Dtype::F32, name, shape)
    }

    /// The values of a tensor of exactly this shape in half precision, in row-major order.
    pub fn f16(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.only(Dtype::F16, name, shape)
    }

    fn only(&self, dtype: Dtype, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let found = self.view(name, shape)?.dtype();
        if found == dtype { self.stored(name, shape) } else { Err(self.wrong_type(name, found, dtype)) }
    }

    /// As [`Weights::f32`], for a tensor that may also be stored in half precision.
    pub fn widened(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        match (&self.layout, shape) {
            (Layout::Encoder(layout), &[rows, columns]) if name == POSITIONS => {
                layout.positions(self, [rows, columns])
            }
            _ => self.stored(name, shape),
        }
    }

    /// The numbers of a tensor as it is in the file.
    fn stored(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let view = self.view(name, shape)?;
        self.finite(name, self.widening(name, &view)?.widen(view.data()))
    }

    /// The numbers of [`Weights::widened`] for a file that holds them in half precision.
    pub fn halved(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let values = self.widened(name, shape)?;
        match values.iter().find(|value| half::f16::from_f32(**value).is_infinite()) {
            Some(value) => Err(self.malformed(name, format!("holds {value}, too much for half precision"))),
            None => Ok(Tensor::f16(shape.to_vec(), &values)),
        }
    }

    /// The rows of a matrix as [`Weights::widened`] has them, one at a time, so that no widened copy of it is made.
    pub fn widened_rows<'w>(
        &'w self,
        name: &'w str,
        [rows, columns]: [usize; 2],
    ) -> Result<Box<dyn Iterator<Item = Result<Vec<f32>>> + 'w>> {
        if let Layout::Table(layout) = &self.layout {
            return Ok(Box::new(layout.rows(self, [rows, columns])?));
        }
        let view = self.view(name, &[rows, columns])?;
        let widening = self.widening(name, &view)?;
        let rows = view.data().chunks_exact(columns * widening.bytes());
        Ok(Box::new(rows.map(move |row| self.finite(name, widening.widen(row)))))
    }

    /// The quantised tensor `name`, which ends in `.weight`, of exactly this shape, with the scales of its rows.
    pub fn int8(&self, name: &str, [rows, columns]: [usize; 2]) -> Result<Int8Rows<'f>> {
        let values = bytemuck::cast_slice(self.small(name, &[rows, columns], LINEAR_LIMIT)?);
        Ok(Int8Rows { values, scales: self.scales(name, rows)? })
    }

    /// The table `name`, which ends in `.weight`, of `rows` of `columns` numbers.
    pub fn table(&self, name: &str, [rows, columns]: [usize; 2]) -> Result<Table<&'f [u8]>> {
        let values = self.bytes(name, &[rows, table::bytes(columns)], Dtype::U8)?;
        let steps = self.small(&step_name(name), &[rows, table::steps(columns)], STEP_LIMIT)?.to_vec();
        Ok(Table { values, steps, units: self.scales(name, rows)?, columns })
    }

    /// The bytes of a tensor of integers from -`limit` to `limit`.
    fn small(&self, name: &str, shape: &[usize], limit: i8) -> Result<&'f [u8]> {
        let bytes = self.bytes(name, shape, Dtype::I8)?;
        let values: &[i8] = bytemuck::cast_slice(bytes);
        match values.iter().find(|value| value.unsigned_abs() > limit.unsigned_abs()) {
            Some(value) => {
                Err(self.malformed(name, format!("holds {value}, but may hold -{limit} to {limit}")))
            }
            None => Ok(bytes),
        }
    }

    fn bytes(&self, name: &str, shape: &[usize], dtype: Dtype) -> Result<&'f [u8]> {
        let view = self.view(name, shape)?;
        if view.dtype() == dtype { Ok(view.data()) } else { Err(self.wrong_type(name, view.dtype(), dtype)) }
    }

    /// What an integer of each row of a quantised tensor is worth.
    fn scales(&self, name: &str, rows: usize) -> Result<Vec<f32>> {
        let name = scale_name(name);
        let scales = self.f32(&name, &[rows])?;
        match scales.iter().find(|scale| scale.is_sign_negative()) {
            Some(negative) => {
                Err(self.malformed(&name, format!("holds {negative}, but no scale is negative")))
            }
            None => Ok(scales),
        }
    }

    fn view(&self, name: &str, shape: &[usize]) -> Result<TensorView<'f>> {
        let view = self.view_of_any_shape(name)?;
        if view.shape() != shape {
            return Err(self.malformed(name, format!("has shape {:?}, expected {shape:?}", view.shape())));
        }
        Ok(view)
    }

    fn view_of_any_shape(&self, name: &str) -> Result<TensorView<'f>> {
        let full_name = self.full_name(name);
        let view = self.tensors.tensor(&full_name);
        view.map_err(|_| invalid(self.file, format!("the tensor {full_name} is missing")))
    }

    fn widening(&self, name: &str, view: &TensorView) -> Result<Widening> {
        match view.dtype() {
            Dtype::F32 => Ok(Widening::None),
            Dtype::F16 => Ok(Widening::F16),
            Dtype::BF16 => Ok(Widening::Bf16),
            other => Err(self.wrong_type(name, other, "F32, F16 or BF16")),
        }
    }

    fn finite(&self, name: &str, values: Vec<f32>) -> Result<Vec<f32>> {
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(self.malformed(name, format!("holds {value}"))),
            None => Ok(values),
        }
    }

    fn wrong_type(&self, name: &str, found: Dtype, expected: impl std::fmt::Display) -> Error {
        self.malformed(name, format!("has type {found}, expected {expected}"))
    }

    fn malformed(&self, name: &str, what: impl std::fmt::Display) -> Error {
        invalid(self.file, format!("the tensor {} {what}", self.full_name(name)))
    }

    /// What the file calls a tensor.
    pub fn full_name(&self, name: &str) -> String {
        let name = self.layout.name(name);
        // The classifier stands beside the encoder, not in it.
        let prefix = if name.starts_with("classifier.") { "" } else { self.prefix };
        format!("{prefix}{name}")
    }
}

/// A quantised matrix: the number in row `r` is near `values[r * columns + c] * scales[r]`.
#[derive(Debug)]
pub(crate) struct Int8Rows<'f> {
    /// Row by row; of at most [`LINEAR_LIMIT`] in magnitude.
    pub values: &'f [i8],
    /// One for each row, finite and not negative.
    pub scales: Vec<f32>,
}

/// How the numbers of a file become f32.
#[derive(Clone, Copy)]
enum Widening {
    None,
    F16,
    Bf16,
    /// Only of the tables that Model2Vec makes, in which all rows have one scale: of a direction it says nothing.
    I8,
}

impl Widening {
    /// The bytes of a number in the file.
    fn bytes(self) -> usize {
        match self {
            Widening::None => 4,
            Widening::F16 | Widening::Bf16 => 2,
            Widening::I8 => 1,
        }
    }

    fn widen(self, data: &[u8]) -> Vec<f32> {
        match self {
            Widening::None => decode(data, f32::from_le_bytes),
            Widening::F16 => decode(data, |bytes| half::f16::from_le_bytes(bytes).to_f32()),
            Widening::Bf16 => decode(data, |bytes| half::bf16::from_le_bytes(bytes).to_f32()),
            Widening::I8 => decode(data, |bytes| f32::from(i8::from_le_bytes(bytes))),
        }
    }
}

/// Decodes numbers of `N` bytes each, little-endian.
fn decode<T, const N: usize>(data: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (numbers, rest) = data.as_chunks::<N>();
    debug_assert!(rest.is_empty(), "safetensors checks that the data fits type and shape");
    numbers.iter().map(|bytes| number(*bytes)).collect()
}

/// The table of word embeddings.
pub(crate) const WORDS: &str = "embeddings.word_embeddings.weight";

/// The table of position embeddings.
pub(crate) const POSITIONS: &str = "embeddings.position_embeddings.weight";

/// The table of token type embeddings.
pub(crate) const TOKEN_TYPES: &str = "embeddings.token_type_embeddings.weight";

/// The table of what attention adds to a score for how far apart two tokens are.
pub(crate) const RELATIVE_ATTENTION: &str = "encoder.relative_attention_bias.weight";

/// The name of the scales of a quantised tensor.
pub(crate) fn scale_name(name: &str) -> String {
    format!("{}.scale", name.trim_end_matches(".weight"))
}

/// The name of the steps of a table.
pub(crate) fn step_name(name: &str) -> String {
    format!("{}.step", name.trim_end_matches(".weight"))
}

/// A tensor of an encoder.
pub(crate) struct TensorSpec {
    /// Its name in a model folder.
    pub name: String,
    pub shape: TensorShape,
}

/// The shape of a tensor and whether a model folder holds it as it is or quantised.
pub(crate) enum TensorShape {
    /// Single numbers, in f32.
    Plain(Vec<usize>),
    /// Rows and columns, in half precision.
    Half([usize; 2]),
    /// Rows and columns, as int8.
    Int8([usize; 2]),
    /// Rows and columns, as a [`Table`].
    Table([usize; 2]),
}

/// Every tensor that an encoder needs, under BERT's names and in the layout of Hugging Face: a linear layer's weight is
/// `[out, in]`. Lazy, so that an absurd number of layers fails at the first one that is missing.
pub(crate) fn encoder_tensors(config: &EncoderConfig) -> impl Iterator<Item = TensorSpec> {
    use TensorShape::{Half, Int8, Plain, Table};
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let (positions, types) = (config.max_position_embeddings, config.type_vocab_size);
    let norm = (!config.is_table()).then(|| {
        ["weight", "bias"].map(|part| (format!("embeddings.LayerNorm.{part}"), Plain(vec![hidden])))
    });
    let buckets = config.relative_attention_num_buckets;
    let relative = (buckets > 0).then(|| Plain(vec![buckets, config.num_attention_heads]));
    let embeddings = [
        Some((WORDS, Table([config.vocab_size, hidden]))),
        (positions > 0).then_some((POSITIONS, Half([positions, hidden]))),
        (types > 0).then(|| (TOKEN_TYPES, Plain(vec![types, hidden]))),
        relative.map(|shape| (RELATIVE_ATTENTION, shape)),
    ];
    let embeddings = embeddings.into_iter().flatten().map(|(name, shape)| (name.to_owned(), shape));
    let embeddings = embeddings.chain(norm.into_iter().flatten());
    let layer = move || {
        let linear = |name, outputs, inputs| {
            [
                (format!("{name}.weight"), Int8([outputs, inputs])),
                (format!("{name}.bias"), Plain(vec![outputs])),
            ]
        };
        let norm = |name| ["weight", "bias"].map(|part| (format!("{name}.{part}"), Plain(vec![hidden])));
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
    embeddings.chain(layers).map(|(name, shape)| TensorSpec { name, shape })
}

/// Every tensor after the encoder of a pair scorer: the pooler and a classifier with one label. They see one vector for
/// each pair, so there is nothing to gain from small integers.
pub(crate) fn head_tensors(config: &EncoderConfig) -> impl Iterator<Item = TensorSpec> {
    let hidden = config.hidden_size;
    let tensors = [
        ("pooler.dense.weight", vec![hidden, hidden]),
        ("pooler.dense.bias", vec![hidden]),
        ("classifier.weight", vec![1, hidden]),
        ("classifier.bias", vec![1]),
    ];
    tensors
        .into_iter()
        .map(|(name, shape)| TensorSpec { name: name.to_owned(), shape: TensorShape::Plain(shape) })
}

/// A tensor as its file holds it.
pub(crate) struct Tensor {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub data: Vec<u8>,
}

impl Tensor {
    /// Numbers in f32.
    pub fn f32(shape: Vec<usize>, values: &[f32]) -> Self {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { dtype: Dtype::F32, shape, data }
    }

    /// Single bytes, of which `dtype` says what they are.
    pub fn bytes(dtype: Dtype, shape: [usize; 2], data: Vec<u8>) -> Self {
        Self { dtype, shape: shape.to_vec(), data }
    }

    /// Numbers in half precision, each rounded to the nearest.
    fn f16(shape: Vec<usize>, values: &[f32]) -> Self {
        let data = values.iter().flat_map(|value| half::f16::from_f32(*value).to_le_bytes()).collect();
        Self { dtype: Dtype::F16, shape, data }
    }
}

impl View for Tensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.data)
    }

    fn data_len(&self) -> usize {
        self.data.len()
    }
}

/// The content of a safetensors file with these tensors.
///
/// # Errors
/// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where they cannot be written.
pub(crate) fn serialize(tensors: Vec<(String, Tensor)>) -> Result<Vec<u8>> {
    safetensors::serialize(tensors, None)
        .map_err(|error| Error::internal("the weights cannot be written").with_source(error))
}
