//! Where in a source's weights the tensors of a model folder are, which has BERT's names for all encoders.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::{POSITIONS, TOKEN_TYPES, WORDS, Weights, Widening, decode};
use crate::error::Result;

/// The layout of a weights file.
#[derive(Clone, Debug)]
pub(crate) enum Layout {
    /// Encoders.
    Encoder(EncoderLayout),
    /// A table of word vectors.
    Table(TableLayout),
}

impl Default for Layout {
    /// That of model folders.
    fn default() -> Self {
        Self::Encoder(EncoderLayout::default())
    }
}

impl Layout {
    /// What the file puts before the names of the encoder's tensors.
    pub(super) fn prefix(&self, tensors: &SafeTensors) -> &'static str {
        match self {
            Self::Encoder(EncoderLayout { prefix, .. })
                if tensors.names().iter().any(|name| name.starts_with(prefix)) =>
            {
                prefix
            }
            _ => "",
        }
    }

    /// The name in the file, but for the prefix.
    pub(super) fn name(&self, name: &str) -> String {
        match self {
            Self::Encoder(layout) => layout.name(name),
            Self::Table(_) if name == WORDS => TABLE.to_owned(),
            Self::Table(_) => name.to_owned(),
        }
    }
}

/// What the names of a layer's tensors begin with.
pub(crate) const LAYERS: &str = "encoder.layer.";

/// How a file of the transformers library differs from a model folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncoderLayout {
    /// What stands before the names of the encoder's tensors where a head was saved beside it, such as `bert.`.
    pub prefix: &'static str,
    /// What the names of a layer's tensors begin with, in the place of `encoder.layer.`.
    pub layers: &'static str,
    /// Parts of names, here and in the file. Of those that are in a name the first one counts.
    pub names: &'static [(&'static str, &'static str)],
    /// Which row of the position table is that of the first token.
    pub first_position: usize,
    /// How many rows at the end of the position table belong to places that no text reaches.
    pub unreachable_positions: usize,
    /// The rows of a token type table of which every token has the first; 0 where there is no such table.
    pub types_of_which_the_first: usize,
}

impl Default for EncoderLayout {
    /// That of model folders.
    fn default() -> Self {
        Self {
            prefix: "",
            layers: LAYERS,
            names: &[],
            first_position: 0,
            unreachable_positions: 0,
            types_of_which_the_first: 0,
        }
    }
}

impl EncoderLayout {
    fn name(&self, name: &str) -> String {
        let name = match self.names.iter().find(|(own, _)| name.contains(own)) {
            Some((own, theirs)) => name.replacen(own, theirs, 1),
            None => name.to_owned(),
        };
        match name.strip_prefix(LAYERS) {
            Some(rest) => format!("{}{rest}", self.layers),
            None => name,
        }
    }

    /// The position table from the first token's row to that of the last in the longest text. A vector that is added to every
    /// token alike is added here, so that the encoder need not know of it.
    pub(super) fn positions(&self, weights: &Weights, [rows, columns]: [usize; 2]) -> Result<Vec<f32>> {
        let stored = self.first_position + rows + self.unreachable_positions;
        let mut positions = weights.stored(POSITIONS, &[stored, columns])?;
        positions.truncate((self.first_position + rows) * columns);
        positions.drain(..self.first_position * columns);
        if self.types_of_which_the_first > 0 {
            let types = weights.stored(TOKEN_TYPES, &[self.types_of_which_the_first, columns])?;
            for position in positions.chunks_exact_mut(columns) {
                position.iter_mut().zip(&types).for_each(|(x, of_type)| *x += of_type);
            }
        }
        Ok(positions)
    }
}

const TABLE: &str = "embeddings";
const WEIGHTS: &str = "weights";
const MAPPING: &str = "mapping";

/// The files of [Model2Vec](https://github.com/MinishLab/model2vec): a table of vectors, and optionally how much each
/// token counts and which row is its own, where several share one ("vocabulary quantisation").
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableLayout {
    /// The token of what is not in the vocabulary, which counts nothing.
    pub unknown: Option<u32>,
}

impl TableLayout {
    /// How many tokens have vectors, and of how many components.
    pub fn shape(weights: &Weights) -> Result<[usize; 2]> {
        let table = weights.view_of_any_shape(WORDS)?;
        let &[rows, columns] = table.shape() else {
            let what = format!("has shape {:?}, expected rows and columns", table.shape());
            return Err(weights.malformed(WORDS, what));
        };
        Ok([optional(weights, MAPPING).map_or(rows, |mapping| mapping.shape().iter().product()), columns])
    }

    /// The vectors of all tokens, one for each: weighted, and null for the unknown one. The mean over the tokens of a text
    /// then has the right direction, whatever it is divided by.
    pub(super) fn rows<'w>(
        &self,
        weights: &'w Weights,
        [tokens, columns]: [usize; 2],
    ) -> Result<impl Iterator<Item = Result<Vec<f32>>> + 'w> {
        let table = weights.view_of_any_shape(WORDS)?;
        let widening = match table.dtype() {
            Dtype::I8 => Widening::I8,
            _ => weights.widening(WORDS, &table)?,
        };
        let rows = mapping(weights, tokens, table.shape()[0])?;
        let counts = match optional(weights, WEIGHTS) {
            Some(_) => weights.stored(WEIGHTS, &[tokens])?,
            None => vec![1.0; tokens],
        };
        let unknown = self.unknown.map(|id| id as usize);
        let bytes = columns * widening.bytes();
        let data = table.data();
        Ok(rows.into_iter().zip(counts).enumerate().map(move |(token, (row, count))| {
            let count = if unknown == Some(token) { 0.0 } else { count };
            let row = widening.widen(&data[row * bytes..(row + 1) * bytes]);
            weights.finite(WORDS, row.into_iter().map(|x| x * count).collect())
        }))
    }
}

/// The row of each of `tokens` tokens in a table of `rows`.
fn mapping(weights: &Weights, tokens: usize, rows: usize) -> Result<Vec<usize>> {
    let Some(view) = optional(weights, MAPPING) else { return Ok((0..tokens).collect()) };
    let view = weights.view(MAPPING, view.shape()).and_then(|view| match view.dtype() {
        Dtype::I32 => Ok(decode(view.data(), |bytes| i64::from(i32::from_le_bytes(bytes)))),
        Dtype::I64 => Ok(decode(view.data(), i64::from_le_bytes)),
        other => Err(weights.wrong_type(MAPPING, other, "I32 or I64")),
    })?;
    let row = |row: i64| {
        let row_in_table = usize::try_from(row).ok().filter(|row| *row < rows);
        row_in_table
            .ok_or_else(|| weights.malformed(MAPPING, format!("holds {row}, but there are {rows} rows")))
    };
    view.into_iter().map(row).collect()
}

fn optional<'f>(weights: &Weights<'f>, name: &str) -> Option<TensorView<'f>> {
    weights.tensors.tensor(name).ok()
}
