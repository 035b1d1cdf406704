//! Layer norm, with the sum before it and the quantisation after it.

use super::lanes::Lanes;
use super::linear::QuantizedRows;

/// The parameters of a layer norm (Ba, Kiros, Hinton 2016, <https://arxiv.org/abs/1607.06450>).
#[derive(Clone, Debug)]
pub struct LayerNorm {
    /// Per column.
    pub weight: Vec<f32>,
    /// Per column.
    pub bias: Vec<f32>,
    /// Added to the variance.
    pub epsilon: f32,
}

/// `state = norm(state + addend)` for one row, and the result quantised into row `row` of `quantized`.
#[inline(always)]
pub fn add_norm<L: Lanes>(
    state: &mut [f32],
    addend: &[f32],
    norm: &LayerNorm,
    quantized: &mut QuantizedRows,
    row: usize,
) {
    let count = state.len() as f32;
    let (fours, rest) = state.as_chunks_mut::<4>();
    let (addends, addend_rest) = addend[..fours.len() * 4 + rest.len()].as_chunks::<4>();
    let mut sums = L::splat(0.0);
    for (four, addend) in fours.iter_mut().zip(addends) {
        let value = L::add(L::load(four), L::load(addend));
        sums = L::add(sums, value);
        L::store(value, four);
    }
    for (value, addend) in rest.iter_mut().zip(addend_rest) {
        *value += addend;
    }
    let mean = (L::sum(sums) + rest.iter().sum::<f32>()) / count;

    let means = L::splat(mean);
    let mut squares = L::splat(0.0);
    for four in fours.iter() {
        let centred = L::sub(L::load(four), means);
        squares = L::mul_add(centred, centred, squares);
    }
    let square = |value: &f32| (value - mean) * (value - mean);
    let variance = (L::sum(squares) + rest.iter().map(square).sum::<f32>()) / count;
    let inverse = 1.0 / (variance + norm.epsilon).sqrt();

    let inverses = L::splat(inverse);
    let (weights, weight_rest) = norm.weight.as_chunks::<4>();
    let (biases, bias_rest) = norm.bias.as_chunks::<4>();
    for ((four, weight), bias) in fours.iter_mut().zip(weights).zip(biases) {
        let scaled = L::mul(L::sub(L::load(four), means), inverses);
        L::store(L::mul_add(scaled, L::load(weight), L::load(bias)), four);
    }
    for ((value, weight), bias) in rest.iter_mut().zip(weight_rest).zip(bias_rest) {
        *value = (*value - mean) * inverse * weight + bias;
    }
    quantized.set::<L>(row, state);
}
