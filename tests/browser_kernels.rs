//! The kernels of each build for browsers against the portable ones, over random shapes and values.

#![cfg(target_arch = "wasm32")]

use ibid::encoder::kernels::{
    Activation, AttentionScratch, Heads, Kernels, LayerNorm, LinearWeights, Portable, PortablePairs,
    QuantizedRows, Sequence, built, detected, self_test,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Runs `test` on many values; nothing is written to files, of which a browser has none.
fn check<S: Strategy>(strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&strategy, test).unwrap();
}

fn close(found: &[f32], expected: &[f32], tolerance: f32) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let most = tolerance * expected.abs().max(1.0);
        prop_assert!((found - expected).abs() <= most, "at {}: {} for {}", at, found, expected);
    }
    Ok(())
}

/// Numbers with a rare outlier among them.
fn numbers(count: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(prop_oneof![50 => -2f32..2.0, 1 => -200f32..200.0, 1 => Just(0.0)], count)
}

#[wasm_bindgen_test]
fn this_build_runs_its_own_kernels() {
    let own: &[&str] =
        if cfg!(feature = "relaxed-simd") { &["relaxed-dot", "relaxed-pairs"] } else { &["simd128"] };
    assert_eq!(built().iter().map(|kernels| kernels.name()).collect::<Vec<_>>(), own);
    assert!(own.contains(&detected().name()));
}

#[wasm_bindgen_test]
fn every_set_of_kernels_passes_its_self_test() {
    built().iter().for_each(|kernels| self_test(*kernels).unwrap());
}

/// What computes the same numbers without an instruction of their own.
fn oracle_of(kernels: &dyn Kernels) -> &'static dyn Kernels {
    if kernels.name() == "relaxed-pairs" { &PortablePairs } else { &Portable }
}

/// Whether every set of kernels gives what its oracle does.
fn compare(tolerance: f32, run: impl Fn(&dyn Kernels) -> Vec<f32>) -> Result<(), TestCaseError> {
    built().iter().try_for_each(|kernels| close(&run(*kernels), &run(oracle_of(*kernels)), tolerance))
}

#[wasm_bindgen_test]
fn the_largest_operands_overflow_nothing() {
    let (inputs, outputs) = (64, 16);
    for (activation, weight) in [(1.0, 63), (1.0, -63), (-1.0, 63), (-1.0, -63)] {
        // All of the largest magnitude, and an outlier, of which the rest is one more than that.
        for outlier in [1.0, 64.0 / 63.0 * 30.0, 128.0 / 127.0 * 30.0] {
            let mut input = vec![activation; 3 * inputs];
            input[inputs] *= outlier;
            let values = vec![weight; inputs * outputs];
            compare(1e-4, |kernels| {
                let weights = LinearWeights { values: &values, scales: &[0.01; 16], biases: &[0.0; 16] };
                let linear = kernels.pack(weights);
                let mut quantized = QuantizedRows::default();
                kernels.quantize(&input, inputs, &mut quantized);
                let mut output = vec![0.0; 3 * linear.pitch()];
                kernels.linear(&quantized, &linear, Activation::None, &mut output);
                output
            })
            .unwrap();
        }
    }
}

#[wasm_bindgen_test]
fn linear_layers_equal_the_portable_ones() {
    let case = (0usize..9, 1usize..150, 1usize..40).prop_flat_map(|(rows, inputs, outputs)| {
        (
            Just(inputs),
            numbers(rows * inputs),
            prop::collection::vec(-63i8..=63, outputs * inputs),
            prop::collection::vec(0f32..0.02, outputs),
            prop::collection::vec(-1f32..1.0, outputs),
            any::<bool>(),
        )
    });
    check(case, |(inputs, input, values, scales, biases, with_gelu)| {
        let activation = if with_gelu { Activation::Gelu } else { Activation::None };
        let run = |kernels: &dyn Kernels| {
            let linear = kernels.pack(LinearWeights { values: &values, scales: &scales, biases: &biases });
            let mut quantized = QuantizedRows::default();
            kernels.quantize(&input, inputs, &mut quantized);
            let mut output = vec![0.0; input.len() / inputs * linear.pitch()];
            kernels.linear(&quantized, &linear, activation, &mut output);
            output
        };
        // A number that lies between two integers may be rounded to either; the rest is exact.
        let unit = input.iter().fold(0f32, |max, x| max.max(x.abs())) / 63.0;
        compare(1e-4 + unit * 63.0 * 0.02, run)
    });
}

#[wasm_bindgen_test]
fn attention_equals_the_portable_one() {
    let case = (1usize..40, 1usize..4, 1usize..5).prop_flat_map(|(tokens, count, width)| {
        let heads = Heads::new(count, 8 * width);
        (Just(tokens), Just(heads), prop::collection::vec(-3f32..3.0, tokens * heads.pitch))
    });
    check(case, |(tokens, heads, projected)| {
        let run = |kernels: &dyn Kernels| {
            let mut output = vec![0.0; tokens * heads.total()];
            kernels.attention(
                Sequence::new(&projected, tokens),
                heads,
                &mut AttentionScratch::default(),
                &mut output,
            );
            output
        };
        compare(1e-4, run)
    });
}

#[wasm_bindgen_test]
fn layer_norm_equals_the_portable_one() {
    let case = (1usize..6, 1usize..80).prop_flat_map(|(rows, columns)| {
        let parameters = move || prop::collection::vec(-2f32..2.0, columns);
        (numbers(rows * columns), numbers(rows * (columns + 3)), parameters(), parameters())
    });
    check(case, |(states, addends, weight, bias)| {
        let columns = weight.len();
        let norm = LayerNorm { weight, bias, epsilon: 1e-3 };
        let run = |kernels: &dyn Kernels| {
            let mut states = states.clone();
            kernels.add_norm(&mut states, &addends, columns + 3, &norm, &mut QuantizedRows::default());
            states
        };
        compare(1e-3, run)
    });
}
