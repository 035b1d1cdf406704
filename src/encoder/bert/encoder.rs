//! The BERT encoder (Devlin et al. 2018, <https://arxiv.org/abs/1810.04805>) in small integers, on the kernels.

use std::fmt;
use std::iter::repeat_n;
use std::ops::Range;

use super::relative;
use crate::encoder::folder::{EncoderConfig, WEIGHTS_FILE};
use crate::encoder::kernels::{
    Activation, AttentionScratch, Heads, Kernels, LayerNorm, LinearWeights, PackedLinear, QuantizedRows,
    RelativeBias, Sequence,
};
use crate::encoder::table::Table;
use crate::encoder::tokenizer::Encoded;
use crate::encoder::weights::{Int8Rows, POSITIONS, RELATIVE_ATTENTION, TOKEN_TYPES, WORDS, Weights};
use crate::error::Result;

/// Rows that go together through the steps between two attentions: enough to use weights often once they are in the
/// cache, few enough for what the steps hand to each other to stay there.
const BLOCK_ROWS: usize = 32;

/// The tokens whose vectors are wanted of an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of them.
    AllTokens,
    /// The first one of each text, which spares the last layer most of its work.
    FirstTokens,
}

impl Wanted {
    /// How many vectors there are of a text of `tokens` tokens.
    pub fn of(self, tokens: usize) -> usize {
        match self {
            Self::AllTokens => tokens,
            Self::FirstTokens => 1,
        }
    }
}

/// An encoder with its weights.
///
/// Several texts go through it together without padding: their tokens are the rows of one matrix, on which every
/// linear layer works at once, and attention looks at the rows of one text at a time. So there are no masks, and what
/// a text is batched with changes nothing in its vectors.
pub(super) struct Encoder {
    kernels: &'static dyn Kernels,
    words: Table,
    /// `[positions, hidden]`, or nothing.
    positions: Vec<f32>,
    /// `[token types, hidden]`, or nothing.
    token_types: Vec<f32>,
    /// Stands for a row of a table that there is not.
    zeros: Vec<f32>,
    /// `None` where there are no layers.
    embedding_norm: Option<LayerNorm>,
    layers: Vec<Layer>,
    bias: Option<RelativeBias>,
    heads: Heads,
    hidden: usize,
}

struct Layer {
    /// Queries, keys and values in one matrix.
    attention: PackedLinear,
    attention_output: PackedLinear,
    attention_norm: LayerNorm,
    expand: PackedLinear,
    contract: PackedLinear,
    output_norm: LayerNorm,
}

/// Room that the encoder uses again for each batch; it grows to what the largest one takes.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// `[tokens, hidden]`, the result.
    states: Vec<f32>,
    /// Queries, keys and values of all tokens.
    projected: Vec<f32>,
    /// What attention makes of them.
    mixed: Vec<f32>,
    attention: AttentionScratch,
    block: BlockScratch,
}

/// Room for the rows of one block.
#[derive(Debug, Default)]
struct BlockScratch {
    /// What goes into a linear layer of `hidden` inputs.
    input: QuantizedRows,
    /// What comes out of the first layer of the feed-forward network.
    inner: Vec<f32>,
    quantized_inner: QuantizedRows,
    /// What is added to the states.
    addends: Vec<f32>,
}

impl fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kernels, layers) = (self.kernels.name(), self.layers.len());
        formatter
            .debug_struct("Encoder")
            .field("kernels", &kernels)
            .field("layers", &layers)
            .finish_non_exhaustive()
    }
}

impl Encoder {
    /// Takes the weights that `config` asks for out of `file`, the content of the weights file.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) naming file and tensor.
    pub fn load(mut file: Vec<u8>, config: &EncoderConfig, kernels: &'static dyn Kernels) -> Result<Self> {
        let hidden = config.hidden_size;
        let weights = Weights::parse(WEIGHTS_FILE, &file)?;
        let loader = Loader::new(&weights, config, kernels);

        let layers = (0..config.num_hidden_layers).map(|index| loader.layer(index));
        let layers: Vec<Layer> = layers.collect::<Result<_>>()?;
        let positions = match config.max_position_embeddings {
            0 => Vec::new(),
            rows => weights.f16(POSITIONS, &[rows, hidden])?,
        };
        let token_types = match config.type_vocab_size {
            0 => Vec::new(),
            rows => weights.f32(TOKEN_TYPES, &[rows, hidden])?,
        };
        let embedding_norm =
            if config.is_table() { None } else { Some(loader.norm("embeddings.LayerNorm")?) };
        let bias = loader.relative_bias()?;
        let heads =
            Heads { pitch: layers.first().map_or(0, |layer| layer.attention.pitch()), ..loader.heads };
        let Table { values, steps, units, columns } = weights.table(WORDS, [config.vocab_size, hidden])?;

        // The table stays where it is: for a moment a copy would take as much again, and wasm memory never shrinks.
        let place = place(&file, values);
        file.truncate(place.end);
        file.drain(..place.start);
        file.shrink_to_fit();
        let words = Table { values: file, steps, units, columns };
        Ok(Self {
            kernels,
            words,
            positions,
            token_types,
            zeros: vec![0.0; hidden],
            embedding_norm,
            layers,
            bias,
            heads,
            hidden,
        })
    }

    /// The vectors of all tokens of `texts`, or of each text's first one, `[tokens, hidden]`, text after text. Every text has
    /// no more tokens than there are positions, and, unless there are no layers, at least one.
    pub fn forward<'s>(&self, texts: &[&Encoded], wanted: Wanted, scratch: &'s mut Scratch) -> &'s [f32] {
        let mut rows = texts.iter().map(|text| text.ids.len()).sum();
        self.resize(scratch, rows);
        self.look_up(texts, &mut scratch.states);
        let mut layers = self.layers.iter().peekable();
        if let Some(norm) = &self.embedding_norm {
            for block in blocks(rows) {
                self.normalize(norm, block.clone(), scratch);
                self.project(layers.peek(), block, scratch);
            }
        }
        while let Some(layer) = layers.next() {
            let asking = if layers.peek().is_none() { wanted } else { Wanted::AllTokens };
            rows = self.attend(texts, asking, scratch);
            for block in blocks(rows) {
                self.finish(layer, block.clone(), scratch);
                self.project(layers.peek(), block, scratch);
            }
        }
        &scratch.states[..rows * self.hidden]
    }

    fn resize(&self, scratch: &mut Scratch, tokens: usize) {
        scratch.states.resize(tokens * self.hidden, 0.0);
        let Some(layer) = self.layers.first() else { return };
        let block = tokens.min(BLOCK_ROWS);
        scratch.projected.resize(tokens * self.heads.pitch, 0.0);
        scratch.mixed.resize(tokens * self.heads.total(), 0.0);
        scratch.block.inner.resize(block * layer.expand.pitch(), 0.0);
        scratch.block.addends.resize(block * layer.contract.pitch(), 0.0);
    }

    /// The sum of the embeddings of word, position and token type.
    fn look_up(&self, texts: &[&Encoded], states: &mut [f32]) {
        let tokens = texts.iter().flat_map(|text| text.ids.iter().zip(&text.types).enumerate());
        for (state, (position, (&id, &token_type))) in states.chunks_exact_mut(self.hidden).zip(tokens) {
            let position = self.row(&self.positions, position);
            let token_type = self.row(&self.token_types, token_type as usize);
            for (x, (position, token_type)) in state.iter_mut().zip(position.iter().zip(token_type)) {
                *x = position + token_type;
            }
            self.words.add_to(id as usize, state);
        }
    }

    /// A row of a table, or zeros where the encoder has no such table.
    fn row<'t>(&'t self, table: &'t [f32], index: usize) -> &'t [f32] {
        if table.is_empty() { &self.zeros } else { &table[index * self.hidden..(index + 1) * self.hidden] }
    }

    /// Normalises the sums of the embeddings.
    fn normalize(&self, norm: &LayerNorm, rows: Range<usize>, Scratch { states, block, .. }: &mut Scratch) {
        let states = &mut states[rows.start * self.hidden..rows.end * self.hidden];
        block.addends.fill(0.0);
        self.kernels.add_norm(states, &block.addends, self.hidden, norm, &mut block.input);
    }

    /// Queries, keys and values for the next layer, if there is one.
    fn project(
        &self,
        next: Option<&&Layer>,
        rows: Range<usize>,
        Scratch { projected, block, .. }: &mut Scratch,
    ) {
        if let Some(layer) = next {
            let projected = &mut projected[rows.start * self.heads.pitch..];
            self.kernels.linear(&block.input, &layer.attention, Activation::None, projected);
        }
    }

    /// Attention within each text, before its output projection. Returns how many rows go on: the states of tokens that do not
    /// ask are given up.
    fn attend(
        &self,
        texts: &[&Encoded],
        asking: Wanted,
        Scratch { states, projected, mixed, attention, .. }: &mut Scratch,
    ) -> usize {
        let (mut start, mut rows) = (0, 0);
        for tokens in texts.iter().map(|text| text.ids.len()) {
            let projected = &projected[start * self.heads.pitch..];
            let queries = asking.of(tokens);
            let sequence = Sequence { projected, tokens, queries, bias: self.bias.as_ref() };
            self.kernels.attention(sequence, self.heads, attention, &mut mixed[rows * self.heads.total()..]);
            if start != rows {
                let kept = start * self.hidden..(start + queries) * self.hidden;
                states.copy_within(kept, rows * self.hidden);
            }
            start += tokens;
            rows += queries;
        }
        rows
    }

    /// The rest of a layer: the output projection of its attention and the feed-forward network.
    fn finish(&self, layer: &Layer, rows: Range<usize>, Scratch { states, mixed, block, .. }: &mut Scratch) {
        let kernels = self.kernels;
        let (total, pitch) = (self.heads.total(), layer.contract.pitch());
        let states = &mut states[rows.start * self.hidden..rows.end * self.hidden];
        let mixed = &mixed[rows.start * total..rows.end * total];

        kernels.quantize(mixed, total, &mut block.input);
        kernels.linear(&block.input, &layer.attention_output, Activation::None, &mut block.addends);
        kernels.add_norm(states, &block.addends, pitch, &layer.attention_norm, &mut block.input);

        kernels.linear(&block.input, &layer.expand, Activation::Gelu, &mut block.inner);
        let inner = &block.inner[..rows.len() * layer.expand.pitch()];
        kernels.quantize(inner, layer.expand.pitch(), &mut block.quantized_inner);
        kernels.linear(&block.quantized_inner, &layer.contract, Activation::None, &mut block.addends);
        kernels.add_norm(states, &block.addends, pitch, &layer.output_norm, &mut block.input);
    }
}

/// The rows that go together, of `rows`.
fn blocks(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(BLOCK_ROWS).map(move |start| start..rows.min(start + BLOCK_ROWS))
}

/// Reads the parts of layers.
struct Loader<'f> {
    weights: &'f Weights<'f>,
    config: &'f EncoderConfig,
    kernels: &'static dyn Kernels,
    /// The heads as the kernels see them, padded to whole vectors.
    heads: Heads,
}

impl<'f> Loader<'f> {
    fn new(weights: &'f Weights<'f>, config: &'f EncoderConfig, kernels: &'static dyn Kernels) -> Self {
        let count = config.num_attention_heads;
        let heads = Heads::new(count, config.hidden_size.checked_div(count).unwrap_or_default());
        Self { weights, config, kernels, heads }
    }

    fn layer(&self, index: usize) -> Result<Layer> {
        let (hidden, inner) = (self.config.hidden_size, self.config.intermediate_size);
        let name = |part: &str| format!("encoder.layer.{index}.{part}");
        Ok(Layer {
            attention: self.projections(&name("attention.self"))?,
            attention_output: self.attention_output(&name("attention.output.dense"))?,
            attention_norm: self.norm(&name("attention.output.LayerNorm"))?,
            expand: self.linear(&name("intermediate.dense"), inner, hidden)?,
            contract: self.linear(&name("output.dense"), hidden, inner)?,
            output_norm: self.norm(&name("output.LayerNorm"))?,
        })
    }

    /// Queries, keys and values as one layer, so that their input is looked at once.
    fn projections(&self, name: &str) -> Result<PackedLinear> {
        let mut merged = Merged::default();
        for part in ["query", "key", "value"] {
            let part = format!("{name}.{part}");
            let (hidden, width) = (self.config.hidden_size, self.width());
            let Int8Rows { values, scales } = self.rows(&part, [hidden, hidden])?;
            let biases = self.bias(&part, hidden)?;
            for head in 0..self.heads.count {
                let rows = head * width..(head + 1) * width;
                merged.values.extend_from_slice(&values[rows.start * hidden..rows.end * hidden]);
                merged.scales.extend_from_slice(&scales[rows.clone()]);
                merged.biases.extend_from_slice(&biases[rows]);
                merged.pad(self.heads.width - width, hidden);
            }
        }
        Ok(self.kernels.pack(merged.weights()))
    }

    /// The projection of what attention gives, in which each head may be padded.
    fn attention_output(&self, name: &str) -> Result<PackedLinear> {
        let hidden = self.config.hidden_size;
        let Int8Rows { values, scales } = self.rows(name, [hidden, hidden])?;
        let mut padded = Vec::with_capacity(hidden * self.heads.total());
        for head in values.chunks_exact(self.width()) {
            padded.extend_from_slice(head);
            padded.extend(repeat_n(0, self.heads.width - self.width()));
        }
        let weights = LinearWeights { values: &padded, scales: &scales, biases: &self.bias(name, hidden)? };
        Ok(self.kernels.pack(weights))
    }

    fn relative_bias(&self) -> Result<Option<RelativeBias>> {
        let (buckets, heads) = (self.config.relative_attention_num_buckets, self.heads.count);
        if buckets == 0 {
            return Ok(None);
        }
        let table = self.weights.f32(RELATIVE_ATTENTION, &[buckets, heads])?;
        let bias = |head, distance| table[relative::bucket(distance) * heads + head];
        Ok(Some(RelativeBias::new(heads, self.config.max_position_embeddings, bias)))
    }

    fn linear(&self, name: &str, outputs: usize, inputs: usize) -> Result<PackedLinear> {
        let Int8Rows { values, scales } = self.rows(name, [outputs, inputs])?;
        let weights = LinearWeights { values, scales: &scales, biases: &self.bias(name, outputs)? };
        Ok(self.kernels.pack(weights))
    }

    fn rows(&self, name: &str, shape: [usize; 2]) -> Result<Int8Rows<'f>> {
        self.weights.int8(&format!("{name}.weight"), shape)
    }

    fn bias(&self, name: &str, outputs: usize) -> Result<Vec<f32>> {
        self.weights.f32(&format!("{name}.bias"), &[outputs])
    }

    fn norm(&self, name: &str) -> Result<LayerNorm> {
        Ok(LayerNorm {
            weight: self.weights.f32(&format!("{name}.weight"), &[self.config.hidden_size])?,
            bias: self.bias(name, self.config.hidden_size)?,
            epsilon: self.config.layer_norm_eps as f32,
        })
    }

    /// The components of a head in the file.
    fn width(&self) -> usize {
        self.config.hidden_size / self.heads.count
    }
}

/// Several linear layers of the same input as one.
#[derive(Default)]
struct Merged {
    values: Vec<i8>,
    scales: Vec<f32>,
    biases: Vec<f32>,
}

impl Merged {
    /// Adds outputs that are always 0.
    fn pad(&mut self, outputs: usize, inputs: usize) {
        self.values.extend(repeat_n(0, outputs * inputs));
        self.scales.extend(repeat_n(0.0, outputs));
        self.biases.extend(repeat_n(0.0, outputs));
    }

    fn weights(&self) -> LinearWeights<'_> {
        LinearWeights { values: &self.values, scales: &self.scales, biases: &self.biases }
    }
}

/// Where in `whole` its subslice `part` lies.
fn place(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - whole.as_ptr().addr();
    start..start + part.len()
}
