//! The kernels against plain loops, over random shapes and values.

use proptest::prelude::*;

use super::*;

/// Every set of kernels that runs here, with the largest integer of its activations.
fn all() -> [(&'static dyn Kernels, f64); 3] {
    [(&Portable, 127.0), (&PortablePairs, 63.0), (built()[0], 127.0)]
}

/// Numbers of a few sizes, with a rare outlier among them.
fn numbers(count: usize) -> impl Strategy<Value = Vec<f32>> {
    let number = prop_oneof![50 => -2f32..2.0, 10 => -0.01f32..0.01, 1 => -200f32..200.0, 1 => Just(0.0)];
    prop::collection::vec(number, count)
}

fn weights(count: usize) -> impl Strategy<Value = Vec<i8>> {
    prop::collection::vec(-63i8..=63, count)
}

fn close(found: &[f32], expected: &[f64], tolerance: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        prop_assert!(
            (f64::from(*found) - expected).abs() <= tolerance,
            "at {}: {} for {}, more than {} off",
            at,
            found,
            expected,
            tolerance
        );
    }
    Ok(())
}

/// The largest error that quantising `row` may cause in one number: half an integer, with some room for rounding.
fn quantization_error(row: &[f32], largest_integer: f64) -> f64 {
    let largest = row.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    f64::from(largest) / largest_integer * 0.501
}

fn gelu(x: f64) -> f64 {
    // Abramowitz and Stegun 7.1.26 is not near enough; the series is, for the range of this test.
    let z = x / std::f64::consts::SQRT_2;
    let erf = if z.abs() > 5.0 {
        z.signum()
    } else {
        let mut term = z;
        let mut sum = z;
        for n in 1..200 {
            term *= -z * z / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    };
    0.5 * x * (1.0 + erf)
}

/// The rows of `values`, without what is padded behind each.
fn rows(values: &[f32], pitch: usize, columns: usize) -> Vec<f32> {
    values.chunks_exact(pitch).flat_map(|row| &row[..columns]).copied().collect()
}

prop_compose! {
    fn linear_case()(rows in 0usize..9, inputs in 1usize..70, outputs in 1usize..40)(
        input in numbers(rows * inputs),
        values in weights(outputs * inputs),
        scales in prop::collection::vec(0f32..0.02, outputs),
        biases in prop::collection::vec(-1f32..1.0, outputs),
        rows in Just(rows),
        inputs in Just(inputs),
    ) -> (usize, usize, Vec<f32>, Vec<i8>, Vec<f32>, Vec<f32>) {
        (rows, inputs, input, values, scales, biases)
    }
}

proptest! {
    #[test]
    fn linear_layers_are_products_within_the_error_of_quantisation(
        (count, inputs, input, values, scales, biases) in linear_case(),
        with_gelu in any::<bool>(),
    ) {
        let outputs = biases.len();
        let mut expected = Vec::new();
        // How far from the exact product a result may be by rounding, and by half an integer being worth 1.
        let (mut rounding, mut per_unit) = (1e-5f64, 0f64);
        for row in input.chunks_exact(inputs) {
            for ((weights, scale), bias) in values.chunks_exact(inputs).zip(&scales).zip(&biases) {
                let products = row.iter().zip(weights).map(|(x, w)| f64::from(*x) * f64::from(*w));
                let sum = products.sum::<f64>() * f64::from(*scale) + f64::from(*bias);
                expected.push(if with_gelu { gelu(sum) } else { sum });
                let magnitude: f64 = weights.iter().map(|w| f64::from(w.unsigned_abs())).sum();
                // The slope of the activation is at most 1.13.
                per_unit = per_unit.max(1.2 * quantization_error(row, 1.0) * magnitude * f64::from(*scale));
                rounding = rounding.max(sum.abs() * 1e-5);
            }
        }
        for (kernels, largest_integer) in all() {
            let linear = kernels.pack(LinearWeights { values: &values, scales: &scales, biases: &biases });
            let mut quantized = QuantizedRows::default();
            kernels.quantize(&input, inputs, &mut quantized);
            let mut output = vec![f32::NAN; count * linear.pitch()];
            let activation = if with_gelu { Activation::Gelu } else { Activation::None };
            kernels.linear(&quantized, &linear, activation, &mut output);
            close(&rows(&output, linear.pitch(), outputs), &expected, rounding + per_unit / largest_integer)?;
        }
    }

    #[test]
    fn an_outlier_costs_the_other_numbers_of_its_row_no_precision(
        mut row in prop::collection::vec(-1f32..1.0, 100..200),
        at in any::<prop::sample::Index>(),
        outlier in 30f32..500.0,
    ) {
        let at = at.index(row.len());
        row[at] = outlier;
        // Each output is one of the inputs.
        let count = row.len();
        let values: Vec<i8> = (0..count * count).map(|at| i8::from(at % (count + 1) == 0)).collect();
        let (scales, biases) = (vec![1.0; count], vec![0.0; count]);
        let rms = (row.iter().map(|x| x * x).sum::<f32>() / count as f32).sqrt();
        let expected: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
        for (kernels, largest_integer) in all() {
            let linear = kernels.pack(LinearWeights { values: &values, scales: &scales, biases: &biases });
            let mut quantized = QuantizedRows::default();
            kernels.quantize(&row, count, &mut quantized);
            let mut output = vec![0.0; linear.pitch()];
            kernels.linear(&quantized, &linear, Activation::None, &mut output);
            let unit = 6.0 * f64::from(rms) / largest_integer;
            close(&output[..count], &expected, unit * 0.51)?;
        }
    }

    #[test]
    fn rows_of_any_magnitude_are_quantised_as_precisely(
        row in prop::collection::vec(-1f32..1.0, 1..100),
        exponent in -30i32..=36,
    ) {
        let magnitude = 10f32.powi(exponent);
        let row: Vec<f32> = row.iter().map(|x| x * magnitude).collect();
        // The one output is the first of the inputs, of the magnitude 1 again.
        let values: Vec<i8> = (0..row.len()).map(|at| i8::from(at == 0)).collect();
        let expected = f64::from(row[0]) / f64::from(magnitude);
        for (kernels, largest_integer) in all() {
            let linear = kernels.pack(LinearWeights { values: &values, scales: &[1.0 / magnitude], biases: &[0.0] });
            let mut quantized = QuantizedRows::default();
            kernels.quantize(&row, row.len(), &mut quantized);
            let mut output = vec![0.0; linear.pitch()];
            kernels.linear(&quantized, &linear, Activation::None, &mut output);
            close(&output[..1], &[expected], quantization_error(&row, largest_integer) / f64::from(magnitude) + 1e-5)?;
        }
    }

    #[test]
    fn a_row_with_a_number_that_is_not_finite_gives_nothing_but_nan_and_spoils_no_other(
        columns in 1usize..70,
        at in any::<prop::sample::Index>(),
        number in prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY]),
    ) {
        let mut input = vec![0.5; 3 * columns];
        input[columns + at.index(columns)] = number;
        let values = vec![1; 2 * columns];
        for (kernels, _) in all() {
            let linear = kernels.pack(LinearWeights { values: &values, scales: &[1.0; 2], biases: &[0.0; 2] });
            let mut quantized = QuantizedRows::default();
            kernels.quantize(&input, columns, &mut quantized);
            let mut output = vec![0.0; 3 * linear.pitch()];
            kernels.linear(&quantized, &linear, Activation::Gelu, &mut output);
            let nan: Vec<bool> = rows(&output, linear.pitch(), 2).iter().map(|x| x.is_nan()).collect();
            prop_assert_eq!(nan, [false, false, true, true, false, false]);
        }
    }

    #[test]
    fn attention_mixes_values_by_the_softmax_of_the_scores(
        (tokens, count, width, projected) in (1usize..40, 1usize..4, 1usize..5).prop_flat_map(|(tokens, count, width)| {
            let width = 8 * width;
            (Just(tokens), Just(count), Just(width), prop::collection::vec(-3f32..3.0, tokens * 3 * count * width))
        }),
        asking in any::<prop::sample::Index>(),
        biases in prop::option::of(prop::collection::vec(-3f32..3.0, 4 * 100)),
    ) {
        let heads = Heads::new(count, width);
        let queries = 1 + asking.index(tokens);
        let added = |head: usize, distance: isize| biases.as_ref().map_or(0.0, |biases| biases[(head as isize * 100 + 50 + distance) as usize]);
        let bias = biases.is_some().then(|| RelativeBias::new(count, 40, added));
        let mut expected = Vec::new();
        let vector = |token: usize, part: usize, head: usize| {
            let start = token * heads.pitch + part * heads.total() + head * width;
            projected[start..start + width].iter().map(|x| f64::from(*x)).collect::<Vec<_>>()
        };
        for token in 0..queries {
            for head in 0..count {
                let query = vector(token, 0, head);
                let scores: Vec<f64> = (0..tokens)
                    .map(|key| {
                        let product = vector(key, 1, head).iter().zip(&query).map(|(k, q)| k * q).sum::<f64>();
                        product / (width as f64).sqrt() + f64::from(added(head, key as isize - token as isize))
                    })
                    .collect();
                let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let weights: Vec<f64> = scores.iter().map(|score| (score - max).exp()).collect();
                let sum: f64 = weights.iter().sum();
                let values: Vec<Vec<f64>> = (0..tokens).map(|token| vector(token, 2, head)).collect();
                expected.extend((0..width).map(|at| {
                    weights.iter().zip(&values).map(|(weight, value)| weight * value[at]).sum::<f64>() / sum
                }));
            }
        }
        // Used before for a longer text: what it left must not be seen.
        let mut scratch = AttentionScratch::default();
        for (kernels, _) in all() {
            let longer = vec![1.0; 50 * heads.pitch];
            kernels.attention(Sequence::new(&longer, 50), heads, &mut scratch, &mut vec![0.0; 50 * heads.total()]);
            let mut output = vec![f32::NAN; queries * heads.total()];
            let sequence = Sequence { projected: &projected, tokens, queries, bias: bias.as_ref() };
            kernels.attention(sequence, heads, &mut scratch, &mut output);
            close(&output, &expected, 1e-4)?;
        }
    }

    #[test]
    fn layer_norm_centres_scales_and_shifts_the_sum(
        (columns, states, addends, weight, bias) in (1usize..6, 1usize..50).prop_flat_map(|(rows, columns)| {
            let values = move || prop::collection::vec(-5f32..5.0, rows * columns);
            let parameters = move || prop::collection::vec(-2f32..2.0, columns);
            (Just(columns), values(), values(), parameters(), parameters())
        }),
    ) {
        let norm = LayerNorm { weight, bias, epsilon: 1e-3 };
        let mut expected = Vec::new();
        for (state, addend) in states.chunks_exact(columns).zip(addends.chunks_exact(columns)) {
            let sum: Vec<f64> = state.iter().zip(addend).map(|(a, b)| f64::from(*a) + f64::from(*b)).collect();
            let mean = sum.iter().sum::<f64>() / columns as f64;
            let variance = sum.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / columns as f64;
            let scaled = sum.iter().map(|x| (x - mean) / (variance + f64::from(norm.epsilon)).sqrt());
            expected.extend(scaled.zip(&norm.weight).zip(&norm.bias).map(|((x, w), b)| x * f64::from(*w) + f64::from(*b)));
        }
        for (kernels, _) in all() {
            let mut states = states.clone();
            kernels.add_norm(&mut states, &addends, columns, &norm, &mut QuantizedRows::default());
            close(&states, &expected, 1e-3)?;
        }
    }
}
