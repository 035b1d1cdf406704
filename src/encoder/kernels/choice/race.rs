//! The two ways of multiplying bytes against each other.

use super::super::{
    Activation, Kernels, LinearWeights, PackedLinear, QuantizedRows, RelaxedDot, RelaxedPairs,
};
use crate::race::second_wins;

/// Tokens, inputs and outputs of the layer that is computed: what it works on fits the innermost cache.
const ROWS: usize = 16;
const INPUTS: usize = 256;
const OUTPUTS: usize = 64;

/// Whether [`RelaxedPairs`] are faster than [`RelaxedDot`] here.
pub fn pairs_win(now: impl Fn() -> f64) -> bool {
    let (mut dot, mut pairs) = (Layer::new(&RelaxedDot), Layer::new(&RelaxedPairs));
    second_wins(now, |with_pairs| run(if with_pairs { &mut pairs } else { &mut dot }, with_pairs))
}

struct Layer {
    packed: PackedLinear,
    input: QuantizedRows,
    output: Vec<f32>,
}

impl Layer {
    fn new(kernels: &dyn Kernels) -> Self {
        let values: Vec<i8> = (0..INPUTS * OUTPUTS).map(|at| (at * 37 % 127) as i8 - 63).collect();
        let (scales, biases) = ([0.01; OUTPUTS], [0.0; OUTPUTS]);
        let packed = kernels.pack(LinearWeights { values: &values, scales: &scales, biases: &biases });
        let states: Vec<f32> = (0..ROWS * INPUTS).map(|at| (at * 29 % 101) as f32 - 50.0).collect();
        let mut input = QuantizedRows::default();
        kernels.quantize(&states, INPUTS, &mut input);
        let output = vec![0.0; ROWS * packed.pitch()];
        Self { packed, input, output }
    }
}

#[inline(never)]
#[target_feature(enable = "relaxed-simd")]
fn run(Layer { packed, input, output }: &mut Layer, with_pairs: bool) {
    if with_pairs {
        RelaxedPairs::linear_here(input, packed, Activation::None, output);
    } else {
        RelaxedDot::linear_here(input, packed, Activation::None, output);
    }
}
