//! Kernels of the quantised encoder, written once over `Lanes` and compiled for each instruction set.
//!
//! The numbers: activations are small integers with a scale per row, weights integers from -63 to 63 with a scale per output,
//! sums are exact in 32 bits. So from the same integers every instruction set computes the same ones. The floating point
//! steps between them differ in the last bits, which now and then rounds an activation to another integer; and one set has
//! activations of up to 63 instead of 127.

mod attention;
mod choice;
mod lanes;
mod linear;
mod math;
mod norm;
mod portable;
mod self_test;
#[cfg(target_arch = "wasm32")]
mod wasm32;
#[cfg(target_arch = "x86_64")]
mod x86_64;

pub use attention::{AttentionScratch, Heads, RelativeBias, Sequence};
pub use choice::{build, built, choose, detected, use_named};
pub use linear::{Activation, LinearWeights, MAX_INPUTS, PackedLinear, QuantizedRows};
pub use norm::LayerNorm;
pub use self_test::self_test;

/// The steps of an encoder on one instruction set.
pub trait Kernels: Sync {
    /// `"portable"`, `"portable-pairs"`, `"sse2"`, `"simd128"`, `"relaxed-dot"` or `"relaxed-pairs"`.
    fn name(&self) -> &'static str;

    /// The largest integer that an activation becomes, unless it is an outlier.
    fn activation_max(&self) -> i32;

    /// Packs the weights of a linear layer.
    fn pack(&self, weights: LinearWeights) -> PackedLinear;

    /// Quantises rows of `columns` values.
    fn quantize(&self, values: &[f32], columns: usize, output: &mut QuantizedRows);

    /// `activation(input * weights + bias)`: row `r` of the result begins at `r * linear.pitch()`.
    fn linear(
        &self,
        input: &QuantizedRows,
        linear: &PackedLinear,
        activation: Activation,
        output: &mut [f32],
    );

    /// Attention within one text. The result has a row of [`Heads::total`] for each query.
    fn attention(&self, sequence: Sequence, heads: Heads, scratch: &mut AttentionScratch, output: &mut [f32]);

    /// `states = norm(states + addends)` row by row, and the same quantised. Rows of `addends` are `pitch` apart.
    fn add_norm(
        &self,
        states: &mut [f32],
        addends: &[f32],
        pitch: usize,
        norm: &LayerNorm,
        quantized: &mut QuantizedRows,
    );
}

/// Compiles the kernels for one instruction set: a name, its [`lanes::Lanes`], the tile of a linear layer (rows, vectors of
/// columns, steps at once), the queries that attention takes at once, and the target feature that all of it needs.
macro_rules! kernels {
    ($kernels:ident, $name:literal, $lanes:ty, $rows:literal x $vectors:literal x $steps:literal, $queries:literal $(, $feature:literal)?) => {
        /// The kernels on this instruction set.
        #[derive(Debug)]
        pub struct $kernels;

        impl $kernels {
            /// [`Kernels::linear`], inlined into whatever has the target feature.
            #[inline(always)]
            fn linear_here(input: &QuantizedRows, linear: &PackedLinear, activation: Activation, output: &mut [f32]) {
                linear::linear::<$lanes, $rows, $vectors, $steps>(input, linear, activation, output);
            }
        }

        impl Kernels for $kernels {
            fn name(&self) -> &'static str {
                $name
            }

            fn activation_max(&self) -> i32 {
                <$lanes as lanes::Lanes>::ACTIVATION_MAX
            }

            fn pack(&self, weights: LinearWeights) -> PackedLinear {
                PackedLinear::new::<$lanes, $vectors>(weights)
            }

            fn quantize(&self, values: &[f32], columns: usize, output: &mut QuantizedRows) {
                $(#[target_feature(enable = $feature)])?
                fn run(values: &[f32], columns: usize, output: &mut QuantizedRows) {
                    output.resize::<$lanes>(values.len() / columns, columns);
                    for (row, values) in values.chunks_exact(columns).enumerate() {
                        output.set::<$lanes>(row, values);
                    }
                }
                run(values, columns, output);
            }

            fn linear(&self, input: &QuantizedRows, linear: &PackedLinear, activation: Activation, output: &mut [f32]) {
                $(#[target_feature(enable = $feature)])?
                fn run(input: &QuantizedRows, linear: &PackedLinear, activation: Activation, output: &mut [f32]) {
                    $kernels::linear_here(input, linear, activation, output);
                }
                run(input, linear, activation, output);
            }

            fn attention(
                &self,
                sequence: Sequence,
                heads: Heads,
                scratch: &mut AttentionScratch,
                output: &mut [f32],
            ) {
                $(#[target_feature(enable = $feature)])?
                fn run(sequence: Sequence, heads: Heads, scratch: &mut AttentionScratch, output: &mut [f32]) {
                    attention::attention::<$lanes, $queries>(sequence, heads, scratch, output);
                }
                run(sequence, heads, scratch, output);
            }

            fn add_norm(
                &self,
                states: &mut [f32],
                addends: &[f32],
                pitch: usize,
                norm: &LayerNorm,
                quantized: &mut QuantizedRows,
            ) {
                $(#[target_feature(enable = $feature)])?
                fn run(
                    states: &mut [f32],
                    addends: &[f32],
                    pitch: usize,
                    norm: &LayerNorm,
                    quantized: &mut QuantizedRows,
                ) {
                    let columns = norm.weight.len();
                    quantized.resize::<$lanes>(states.len() / columns, columns);
                    let rows = states.chunks_exact_mut(columns).zip(addends.chunks(pitch)).enumerate();
                    for (row, (state, addend)) in rows {
                        norm::add_norm::<$lanes>(state, addend, norm, quantized, row);
                    }
                }
                run(states, addends, pitch, norm, quantized);
            }
        }
    };
}

kernels!(Portable, "portable", portable::Portable<8>, 2 x 4 x 1, 4);
// What the relaxed pairs compute, without an instruction of theirs.
kernels!(PortablePairs, "portable-pairs", portable::Portable<7>, 2 x 4 x 1, 4);
#[cfg(target_arch = "x86_64")]
kernels!(Sse2, "sse2", x86_64::Sse2, 2 x 4 x 1, 4);
#[cfg(all(target_arch = "wasm32", not(feature = "relaxed-simd")))]
kernels!(Simd128, "simd128", wasm32::Simd128, 2 x 4 x 1, 4);
#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
kernels!(RelaxedDot, "relaxed-dot", wasm32::RelaxedDot, 2 x 4 x 1, 4, "relaxed-simd");
#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
kernels!(RelaxedPairs, "relaxed-pairs", wasm32::RelaxedPairs, 2 x 4 x 2, 4, "relaxed-simd");

#[cfg(test)]
mod tests;
