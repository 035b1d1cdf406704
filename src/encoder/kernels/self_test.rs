//! A test of the kernels at load: what a processor or a compiler gets wrong would else fill an index with nonsense.

use super::{
    Activation, AttentionScratch, Heads, Kernels, LayerNorm, LinearWeights, PackedLinear, QuantizedRows,
    Sequence,
};
use crate::error::{Error, Result};

/// Sizes that leave a rest of every tile.
const ROWS: usize = 11;
const INPUTS: usize = 84;
const INNER: usize = 50;

/// How far a checksum may be from its golden one, relative to it: kernels round differently in the last places.
const TOLERANCE: f32 = 1e-3;

const STEPS: [&str; 4] = ["linear", "attention", "gelu", "layer norm"];

/// The checksums of [`run`], computed by the portable kernels, for activations of up to 127 and of up to 63.
const GOLDEN: [f32; 4] = [6.044976, 10.536078, 0.98271394, 0.74047035];
const GOLDEN_63: [f32; 4] = [6.0511985, 10.702351, 0.992855, 0.7424328];

/// Runs every kernel on fixed numbers and compares checksums of the results with golden ones.
///
/// # Errors
/// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) naming the first step that is wrong.
pub fn self_test(kernels: &dyn Kernels) -> Result<()> {
    let golden = if kernels.activation_max() == 63 { GOLDEN_63 } else { GOLDEN };
    for ((step, found), golden) in STEPS.iter().zip(run(kernels)).zip(golden) {
        let close = (found - golden).abs() <= TOLERANCE * golden.abs();
        // Also where it is not a number.
        if !close {
            let name = kernels.name();
            return Err(Error::internal(format!("{name}: the checksum of {step} is {found}, not {golden}")));
        }
    }
    Ok(())
}

/// A checksum for each of [`STEPS`].
fn run(kernels: &dyn Kernels) -> [f32; 4] {
    let mut numbers = Numbers(1);
    let heads = Heads::new(2, 12);
    let mut quantized = QuantizedRows::default();
    let mut inputs = numbers.take(ROWS * INPUTS);
    // An outlier in some of the rows.
    inputs.iter_mut().step_by(2 * INPUTS + 1).for_each(|input| *input *= 60.0);

    let project = numbers.linear(kernels, heads.pitch, INPUTS);
    let heads = Heads { pitch: project.pitch(), ..heads };
    let mut projected = vec![0.0; ROWS * project.pitch()];
    kernels.quantize(&inputs, INPUTS, &mut quantized);
    kernels.linear(&quantized, &project, Activation::None, &mut projected);

    let mut mixed = vec![0.0; ROWS * heads.total()];
    kernels.attention(Sequence::new(&projected, ROWS), heads, &mut AttentionScratch::default(), &mut mixed);

    let expand = numbers.linear(kernels, INNER, heads.total());
    let mut inner = vec![0.0; ROWS * expand.pitch()];
    kernels.quantize(&mixed, heads.total(), &mut quantized);
    kernels.linear(&quantized, &expand, Activation::Gelu, &mut inner);

    let norm = LayerNorm { weight: numbers.take(INNER), bias: numbers.take(INNER), epsilon: 1e-12 };
    let mut states = numbers.take(ROWS * INNER);
    kernels.add_norm(&mut states, &inner, expand.pitch(), &norm, &mut quantized);
    let contract = numbers.linear(kernels, INPUTS, INNER);
    let mut outputs = vec![0.0; ROWS * contract.pitch()];
    kernels.linear(&quantized, &contract, Activation::None, &mut outputs);

    [&projected, &mixed, &inner, &outputs].map(|values| checksum(values))
}

/// The mean square of how far the values are from other numbers: also a wrong sign or place changes it.
fn checksum(values: &[f32]) -> f32 {
    let mut places = Numbers(7);
    values.iter().map(|value| (value - places.next()).powi(2)).sum::<f32>() / values.len() as f32
}

/// Pseudo-random numbers (Marsaglia's xorshift, <https://doi.org/10.18637/jss.v008.i14>).
struct Numbers(u32);

impl Numbers {
    /// The next one, from -1 to 1.
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    fn take(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }

    fn linear(&mut self, kernels: &dyn Kernels, outputs: usize, inputs: usize) -> PackedLinear {
        let values: Vec<i8> = (0..outputs * inputs).map(|_| (self.next() * 63.0) as i8).collect();
        let scales: Vec<f32> = (0..outputs).map(|_| (self.next() + 2.0) / 1000.0).collect();
        kernels.pack(LinearWeights { values: &values, scales: &scales, biases: &self.take(outputs) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::kernels::{Portable, PortablePairs, detected};

    #[test]
    fn the_portable_kernels_and_those_of_this_build_pass() {
        self_test(&Portable).unwrap();
        self_test(&PortablePairs).unwrap();
        self_test(detected()).unwrap();
    }
}
