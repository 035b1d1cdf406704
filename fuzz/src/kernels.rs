//! The kernels of this build against the portable ones, and those against plain loops in f64.
//!
//! No native instruction set fuses a multiplication with an addition, so all of them do the same operations in the same
//! order: results are equal to the last bit, or both are not a number.

use arbitrary::{Result, Unstructured};
use ibid::encoder::kernels::{
    Activation, AttentionScratch, Heads, Kernels, LayerNorm, LinearWeights, Portable, QuantizedRows,
    Sequence, detected,
};

/// Runs the kernels that `data` asks for.
pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    // Too few bytes end the run early; nothing is wrong then.
    let _ = match input.arbitrary::<u8>().unwrap_or_default() % 3 {
        0 => linear(&mut input),
        1 => attention(&mut input),
        _ => add_norm(&mut input),
    };
}

fn linear(input: &mut Unstructured) -> Result<()> {
    let (rows, inputs) = (input.int_in_range(1..=9)?, input.int_in_range(1..=200)?);
    let outputs = input.int_in_range(1..=40)?;
    let activation = *input.choose(&[Activation::None, Activation::Gelu])?;
    let states = numbers(input, rows * inputs)?;
    let layer = Layer::read(input, inputs, outputs)?;

    let run = |kernels: &dyn Kernels| {
        let packed = kernels.pack(layer.weights());
        let mut quantized = used_rows(kernels);
        kernels.quantize(&states, inputs, &mut quantized);
        let mut output = vec![f32::NAN; rows * packed.pitch()];
        kernels.linear(&quantized, &packed, activation, &mut output);
        let rows = output.chunks_exact(packed.pitch());
        rows.flat_map(|row| &row[..outputs]).copied().collect::<Vec<_>>()
    };
    let portable = run(&Portable);
    same(&run(detected()), &portable);
    if activation == Activation::None {
        for (row, found) in states.chunks_exact(inputs).zip(portable.chunks_exact(outputs)) {
            layer.check(row, found);
        }
    }
    Ok(())
}

fn attention(input: &mut Unstructured) -> Result<()> {
    let tokens = input.int_in_range(1..=40)?;
    let heads = Heads::new(input.int_in_range(1..=4)?, input.int_in_range(1..=40)?);
    let heads = Heads { pitch: heads.pitch + input.int_in_range(0..=9)?, ..heads };
    let projected = numbers(input, tokens * heads.pitch)?;

    let run = |kernels: &dyn Kernels| {
        let mut scratch = AttentionScratch::default();
        // Used before for a longer text: what it left must not be seen.
        let longer = vec![1.0; (tokens + 9) * heads.pitch];
        let mut ignored = vec![0.0; (tokens + 9) * heads.total()];
        kernels.attention(Sequence::new(&longer, tokens + 9), heads, &mut scratch, &mut ignored);
        let mut output = vec![f32::NAN; tokens * heads.total()];
        kernels.attention(Sequence::new(&projected, tokens), heads, &mut scratch, &mut output);
        output
    };
    same(&run(detected()), &run(&Portable));
    Ok(())
}

fn add_norm(input: &mut Unstructured) -> Result<()> {
    let (rows, columns) = (input.int_in_range(1..=9)?, input.int_in_range(1..=100)?);
    let pitch = columns + input.int_in_range(0..=9)?;
    let states = numbers(input, rows * columns)?;
    let addends = numbers(input, rows * pitch)?;
    let (weight, bias) = (numbers(input, columns)?, numbers(input, columns)?);
    let norm = LayerNorm { weight, bias, epsilon: number(input)?.abs() };
    let layer = Layer::read(input, columns, 5)?;

    let run = |kernels: &dyn Kernels| {
        let (mut states, mut quantized) = (states.clone(), used_rows(kernels));
        kernels.add_norm(&mut states, &addends, pitch, &norm, &mut quantized);
        let packed = kernels.pack(layer.weights());
        let mut output = vec![f32::NAN; rows * packed.pitch()];
        kernels.linear(&quantized, &packed, Activation::Gelu, &mut output);
        (states, output)
    };
    let (found, expected) = (run(detected()), run(&Portable));
    same(&found.0, &expected.0);
    same(&found.1, &expected.1);
    Ok(())
}

/// Rows that were used before for others, which must not be seen.
fn used_rows(kernels: &dyn Kernels) -> QuantizedRows {
    let mut rows = QuantizedRows::default();
    let mut values = vec![1.0; 3 * 70];
    values[5] = 1e3;
    kernels.quantize(&values, 70, &mut rows);
    rows
}

/// A linear layer, row-major.
struct Layer {
    values: Vec<i8>,
    scales: Vec<f32>,
    biases: Vec<f32>,
}

impl Layer {
    fn read(input: &mut Unstructured, inputs: usize, outputs: usize) -> Result<Self> {
        let mut shuffle = Shuffle(input.arbitrary()?);
        let limit = input.int_in_range(0..=63)?;
        let weight = |_| (shuffle.next() % (2 * limit + 1)) as i8 - limit as i8;
        Ok(Self {
            values: (0..inputs * outputs).map(weight).collect(),
            scales: numbers(input, outputs)?.into_iter().map(f32::abs).collect(),
            biases: numbers(input, outputs)?,
        })
    }

    fn weights(&self) -> LinearWeights<'_> {
        LinearWeights { values: &self.values, scales: &self.scales, biases: &self.biases }
    }

    /// Checks that `found`, the outputs for `row`, are as near to the exact ones as integers from -127 to 127 allow, and
    /// no numbers where the row has one that is not finite.
    fn check(&self, row: &[f32], found: &[f32]) {
        if !row.iter().all(|x| x.is_finite()) {
            return assert!(found.iter().all(|x| x.is_nan()), "{found:?} for {row:?}");
        }
        let largest = row.iter().fold(0.0, |largest, x| f64::from(x.abs()).max(largest));
        // Half an integer; the scale of a row of nearly nothing is the smallest normal number.
        let error = 0.51 * (largest / 127.0).max(f64::from(f32::MIN_POSITIVE));
        for (((weights, scale), bias), found) in
            self.values.chunks_exact(row.len()).zip(&self.scales).zip(&self.biases).zip(found)
        {
            let (scale, bias) = (f64::from(*scale), f64::from(*bias));
            let weights = || weights.iter().map(|weight| f64::from(*weight));
            let products = row.iter().zip(weights()).map(|(x, weight)| f64::from(*x) * weight * scale);
            let magnitude = weights().map(f64::abs).sum::<f64>() * scale;
            let exact = products.sum::<f64>() + bias;
            let rounding = 1e-5 * (magnitude * largest + bias.abs()) + 1e-36;
            // What may be beyond the range of f32 on the way is left to the comparison of kernels.
            let in_range = (magnitude + 127.0 * scale) * (largest + 1.0) + bias.abs() < 1e37;
            let off = (f64::from(*found) - exact).abs();
            assert!(!in_range || off <= error * magnitude + rounding, "{found} for {exact}, row {row:?}");
        }
    }
}

/// `count` numbers out of a few kinds, shuffled, with a few others among them.
fn numbers(input: &mut Unstructured, count: usize) -> Result<Vec<f32>> {
    let kinds = input.int_in_range(1..=5)?;
    let kinds: Vec<f32> = (0..kinds).map(|_| number(input)).collect::<Result<_>>()?;
    let mut shuffle = Shuffle(input.arbitrary()?);
    let mut numbers: Vec<f32> = (0..count)
        .map(|_| {
            let sign = if shuffle.next().is_multiple_of(2) { 1.0 } else { -1.0 };
            sign * kinds[shuffle.next() as usize % kinds.len()]
        })
        .collect();
    for _ in 0..input.int_in_range(0..=3)? {
        let at = input.choose_index(count)?;
        numbers[at] = number(input)?;
    }
    Ok(numbers)
}

/// A number: usual, null, tiny, huge, or anything at all.
fn number(input: &mut Unstructured) -> Result<f32> {
    let bits: u32 = input.arbitrary()?;
    let usual = f32::from(bits as u16 as i16) / 8192.0;
    Ok(match bits >> 29 {
        0..=2 => usual,
        3 => 0.0,
        4 => usual * 1e3,
        5 => usual * 10f32.powi(-((bits >> 16) as i32 % 45)),
        6 => usual * 10f32.powi((bits >> 16) as i32 % 38),
        _ => f32::from_bits(input.arbitrary()?),
    })
}

/// Pseudo-random numbers (Marsaglia's xorshift, <https://doi.org/10.18637/jss.v008.i14>), so that a few bytes make a
/// large matrix.
struct Shuffle(u32);

impl Shuffle {
    fn next(&mut self) -> u32 {
        self.0 = self.0.max(1);
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 >> 8
    }
}

#[track_caller]
fn same(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let same = found == expected || found.is_nan() && expected.is_nan();
        assert!(same, "at {at}: {found} instead of {expected}");
    }
}
