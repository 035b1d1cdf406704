//! Linear layers over small integers: quantised rows times packed weights, with the epilogue fused.

use std::array::from_fn;

use super::lanes::{Lanes, Quad};
use super::math::{gelu, round};

/// The most inputs that a linear layer may have: the sum of so many products of an activation and a weight with
/// `OFFSET` added, 127 * 127 each, fits 32 bits.
pub const MAX_INPUTS: usize = 1 << 17;

/// Added to each weight, so that it fits the operand of the dot product that must not be negative.
const OFFSET: i32 = 64;

/// Activations beyond this many times the root mean square of their row are outliers. Transformers have a few, in which
/// a scale that reached up to them would leave no precision for all the others (Dettmers et al. 2022,
/// <https://arxiv.org/abs/2208.07339>). With 6, the mean cosine to f32 over the fixtures rises from 0.9932 to 0.9965, and
/// where activations end at 63 from 0.9861 to 0.9947. There 4 would give 0.9957, and 3 as much as with 127; but each outlier
/// costs time, and with 4 a text takes a fifth longer.
const OUTLIER: f32 = 6.0;

/// From here on the square of a number is a normal one, so that a root mean square can be trusted.
const SQUARABLE: f32 = 1.1e-19;

/// An outlier is this many times one small integer plus another.
const OUTLIER_SHIFT: u32 = 7;

/// Activations are quantised this many at a time; a row is padded with zeros to a multiple.
const GROUP: usize = 16;

/// Rows of activations as integers, each with a scale of its own (symmetric, and outliers beyond `Lanes::ACTIVATION_MAX`).
#[derive(Clone, Debug, Default)]
pub struct QuantizedRows {
    /// The activations of a row, packed as the instruction set takes them.
    words: Vec<u32>,
    words_per_row: usize,
    rows: Vec<Row>,
    /// What outliers are beyond their word in `words`, row after row.
    outliers: Vec<Outliers>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Row {
    /// What an integer is worth.
    scale: f32,
    /// What [`OFFSET`] adds to each product of the row, to be taken off again.
    offset: i32,
    /// Where the row's outliers begin and end.
    outliers: (usize, usize),
}

/// A word of activations among which there are outliers.
#[derive(Clone, Copy, Debug)]
struct Outliers {
    /// Where in the row it is.
    step: usize,
    /// The activations, in units of `1 << OUTLIER_SHIFT`.
    word: u32,
}

impl QuantizedRows {
    /// Makes room for `rows` rows of `columns` values, which must then be set in order.
    pub fn resize<L: Lanes>(&mut self, rows: usize, columns: usize) {
        self.words_per_row = L::words(columns.next_multiple_of(GROUP));
        self.words.resize(rows * self.words_per_row, 0);
        self.rows.resize(rows, Row::default());
        self.outliers.clear();
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Sets row `row` to `values`. A row with a number that is not finite has nothing but NaN.
    #[inline(always)]
    pub fn set<L: Lanes>(&mut self, row: usize, values: &[f32]) {
        let (largest, rms) = spread::<L>(values);
        if rms.is_nan() || largest.is_infinite() {
            return self.set_nan(row);
        }
        let most = L::ACTIVATION_MAX as f32;
        let limit = if largest < SQUARABLE { largest } else { largest.min(OUTLIER * rms) };
        // A row of zeros, or nearly, keeps the scale finite.
        let limit = limit.max(f32::MIN_POSITIVE * most);
        let inverse = L::splat(most / limit);
        let has_outliers = largest > limit && L::PER_WORD == 4;
        let first_outlier = self.outliers.len();

        let words = &mut self.words[row * self.words_per_row..][..self.words_per_row];
        let outliers = &mut self.outliers;
        let mut sum = L::splat_i32(0);
        let words_per_group = L::words(GROUP);
        let mut quantize = |at: usize, group: &[f32; GROUP], words: &mut [u32]| {
            let (fours, _) = group.as_chunks::<4>();
            let mut quantized = [0, 1, 2, 3].map(|four| round::<L>(L::mul(L::load(&fours[four]), inverse)));
            quantized.iter().for_each(|&four| sum = L::add_i32(sum, four));
            if has_outliers {
                quantized = split_outliers::<L>(quantized, at * words_per_group, outliers);
            }
            L::pack(quantized, words);
        };
        let (groups, rest) = values.as_chunks::<GROUP>();
        let mut places = words.chunks_exact_mut(words_per_group);
        for (at, (group, words)) in groups.iter().zip(&mut places).enumerate() {
            quantize(at, group, words);
        }
        if let Some(words) = places.next() {
            let mut padded = [0.0; GROUP];
            padded[..rest.len()].copy_from_slice(rest);
            quantize(groups.len(), &padded, words);
        }
        let mut lanes = [0; 4];
        L::store_i32(sum, &mut lanes);
        self.rows[row] = Row {
            scale: limit / most,
            offset: OFFSET * lanes.iter().sum::<i32>(),
            outliers: (first_outlier, self.outliers.len()),
        };
    }

    /// Sets row `row` so that whatever it is multiplied with gives NaN.
    #[cold]
    #[inline(never)]
    fn set_nan(&mut self, row: usize) {
        self.words[row * self.words_per_row..][..self.words_per_row].fill(0);
        self.rows[row] =
            Row { scale: f32::NAN, offset: 0, outliers: (self.outliers.len(), self.outliers.len()) };
    }
}

/// Leaves of each outlier among the activations of a group what fits its word, and puts the rest into `outliers`.
/// `step` is the group's first.
#[cold]
#[inline(never)]
fn split_outliers<L: Lanes>(
    mut group: [L::I32; 4],
    step: usize,
    outliers: &mut Vec<Outliers>,
) -> [L::I32; 4] {
    for (at, four) in group.iter_mut().enumerate() {
        let mut values = [0; 4];
        L::store_i32(*four, &mut values);
        if values.iter().all(|value| value.abs() <= L::ACTIVATION_MAX) {
            continue;
        }
        let beyond = values.map(|value| {
            if value.abs() <= L::ACTIVATION_MAX {
                0
            } else {
                (value + (1 << OUTLIER_SHIFT >> 1)) >> OUTLIER_SHIFT
            }
        });
        outliers
            .push(Outliers { step: step + at, word: u32::from_le_bytes(beyond.map(|value| value as u8)) });
        *four = L::load_i32(&from_fn(|lane| values[lane] - (beyond[lane] << OUTLIER_SHIFT)));
    }
    group
}

/// The largest magnitude in `values`, and their root mean square.
#[inline(always)]
fn spread<L: Lanes>(values: &[f32]) -> (f32, f32) {
    let (fours, rest) = values.as_chunks::<4>();
    let (mut max, mut squares) = (L::splat(0.0), L::splat(0.0));
    for four in fours {
        let four = L::load(four);
        max = L::max(max, L::abs(four));
        squares = L::mul_add(four, four, squares);
    }
    let largest = rest.iter().fold(L::max_lane(max), |max, value| max.max(value.abs()));
    let squares = rest.iter().fold(L::sum(squares), |sum, value| sum + value * value);
    (largest, (squares / values.len() as f32).sqrt())
}

/// The weights and the bias of a linear layer, packed for one instruction set.
///
/// Columns, the outputs, are kept in panels of `V` vectors of four. A panel holds, step by step, for each of its
/// columns one word: the weights of as many inputs as a word of activations has.
#[derive(Clone, Debug)]
pub struct PackedLinear {
    quads: Vec<Quad>,
    quads_per_panel: usize,
    /// Per column, padded to whole panels.
    scales: Vec<[f32; 4]>,
    biases: Vec<[f32; 4]>,
}

/// The weights and the bias of a linear layer, row-major.
#[derive(Clone, Copy, Debug)]
pub struct LinearWeights<'w> {
    /// `[outputs, inputs]`, each from -63 to 63.
    pub values: &'w [i8],
    /// Per output, what an integer is worth.
    pub scales: &'w [f32],
    /// Per output.
    pub biases: &'w [f32],
}

impl PackedLinear {
    /// Packs weights into panels of `V` vectors.
    pub fn new<L: Lanes, const V: usize>(weights: LinearWeights) -> Self {
        let outputs = weights.scales.len();
        let inputs = weights.values.len() / outputs;
        let padded = outputs.next_multiple_of(4 * V);
        let steps = L::words(inputs.next_multiple_of(GROUP));
        let mut quads = vec![Quad::default(); padded / 4 * steps];
        let mut words = vec![0; steps];
        for column in 0..padded {
            let row = weights.values.get(column * inputs..(column + 1) * inputs).unwrap_or_default();
            pack_row::<L>(row, &mut words);
            let (panel, vector, lane) = (column / (4 * V), column / 4 % V, column % 4);
            let quads = &mut quads[panel * steps * V..][..steps * V];
            for (quads, word) in quads.chunks_exact_mut(V).zip(&words) {
                quads[vector].0[lane] = *word;
            }
        }
        let fours = |values: &[f32]| {
            let padded: Vec<f32> =
                values.iter().copied().chain(std::iter::repeat_n(0.0, padded - outputs)).collect();
            padded.as_chunks::<4>().0.to_vec()
        };
        Self {
            quads,
            quads_per_panel: steps * V,
            scales: fours(weights.scales),
            biases: fours(weights.biases),
        }
    }

    /// The values from one row of the result to the next: the outputs, padded to whole panels.
    pub fn pitch(&self) -> usize {
        4 * self.scales.len()
    }
}

/// The weights of one output as words, with [`OFFSET`] and padded with zeros.
fn pack_row<L: Lanes>(row: &[i8], words: &mut [u32]) {
    let bits = 32 / L::PER_WORD;
    let shifted = |at: usize, weight: i8| ((i32::from(weight) + OFFSET) as u32) << (bits * at);
    let mut weights = row.chunks(L::PER_WORD);
    for word in words {
        let present = weights.next().unwrap_or_default();
        let absent = (present.len()..L::PER_WORD).map(|at| shifted(at, 0));
        *word = present.iter().enumerate().map(|(at, &weight)| shifted(at, weight)).chain(absent).sum();
    }
}

/// What is done with each output after its bias was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// The Gaussian error linear unit.
    Gelu,
}

/// `activation(input * weights + bias)`: row `r` of the result begins at `r * linear.pitch()`.
///
/// Works on tiles of `R` rows by `V` vectors of columns, whose `R * V` sums, operands included, must fit the registers, and
/// on `S` steps at a time, a divisor of 4.
#[inline(always)]
pub fn linear<L: Lanes, const R: usize, const V: usize, const S: usize>(
    input: &QuantizedRows,
    linear: &PackedLinear,
    activation: Activation,
    output: &mut [f32],
) {
    match activation {
        Activation::None => panels::<L, R, V, S, false>(input, linear, output),
        Activation::Gelu => panels::<L, R, V, S, true>(input, linear, output),
    }
}

#[inline(always)]
fn panels<L: Lanes, const R: usize, const V: usize, const S: usize, const GELU: bool>(
    input: &QuantizedRows,
    linear: &PackedLinear,
    output: &mut [f32],
) {
    if input.rows() == 0 {
        return;
    }
    let whole = input.rows() / R * R;
    let (scales, _) = linear.scales.as_chunks::<V>();
    let (biases, _) = linear.biases.as_chunks::<V>();
    let ones = L::ones();
    // Panel by panel, so that one stays in the innermost cache while all rows pass by.
    let panels = linear.quads.chunks_exact(linear.quads_per_panel).zip(scales).zip(biases).enumerate();
    for (index, ((quads, scales), biases)) in panels {
        let panel = Panel { quads: quads.as_chunks::<V>().0, ones, scales, biases };
        let output = &mut output[index * 4 * V..];
        for row in (0..whole).step_by(R) {
            tile::<L, R, V, S, GELU>(input, row, &panel, output, linear.pitch());
        }
        for row in whole..input.rows() {
            tile::<L, 1, V, S, GELU>(input, row, &panel, output, linear.pitch());
        }
    }
}

/// `V` vectors of columns.
struct Panel<'p, L: Lanes, const V: usize> {
    quads: &'p [[Quad; V]],
    /// Of [`Lanes::ones`].
    ones: L::I32,
    scales: &'p [[f32; 4]; V],
    biases: &'p [[f32; 4]; V],
}

/// `R` rows from `row` on; `output` begins at the panel's first column.
#[inline(always)]
fn tile<L: Lanes, const R: usize, const V: usize, const S: usize, const GELU: bool>(
    input: &QuantizedRows,
    row: usize,
    panel: &Panel<L, V>,
    output: &mut [f32],
    pitch: usize,
) {
    let steps = panel.quads.len();
    let rows: [&[[u32; S]]; R] =
        from_fn(|r| &input.words[(row + r) * input.words_per_row..][..steps].as_chunks().0[..steps / S]);
    let mut sums: [[L::I32; V]; R] = from_fn(|r| outlier_sums::<L, V>(input, row + r, panel));
    for (at, quads) in panel.quads.as_chunks::<S>().0.iter().enumerate() {
        let words: [[L::I32; S]; R] = from_fn(|r| rows[r][at].each_ref().map(L::splat_word));
        for v in 0..V {
            let weights: [L::I32; S] = from_fn(|step| L::load_quad(&quads[step][v]));
            for r in 0..R {
                sums[r][v] = L::dots(words[r], weights, panel.ones, sums[r][v]);
            }
        }
    }
    for r in 0..R {
        let scale = L::splat(input.rows[row + r].scale);
        let output = &mut output[(row + r) * pitch..].as_chunks_mut::<4>().0[..V];
        for v in 0..V {
            let scale = L::mul(scale, L::load(&panel.scales[v]));
            let value = L::mul_add(L::to_f32(sums[r][v]), scale, L::load(&panel.biases[v]));
            L::store(if GELU { gelu::<L>(value) } else { value }, &mut output[v]);
        }
    }
}

/// What the sums of a row begin with: the products of what outliers have beyond eight bits, less the row's offset.
#[inline(always)]
fn outlier_sums<L: Lanes, const V: usize>(
    input: &QuantizedRows,
    row: usize,
    panel: &Panel<L, V>,
) -> [L::I32; V] {
    let Row { offset, outliers: (start, end), .. } = input.rows[row];
    let mut sums = [L::splat_i32(0); V];
    for Outliers { step, word } in &input.outliers[start..end] {
        let (word, quads) = (L::splat_word(word), &panel.quads[*step]);
        sums = from_fn(|v| L::dot(word, L::load_quad(&quads[v]), sums[v]));
    }
    let offset = L::splat_i32(offset);
    sums.map(|sum| L::sub_i32(L::shift_left::<OUTLIER_SHIFT>(sum), offset))
}
