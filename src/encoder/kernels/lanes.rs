//! What a kernel needs of an instruction set: vectors of four numbers, and a dot product of small integers.

/// Sixteen bytes, aligned as vector loads like them: for each of four columns, the weights of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(16))]
pub struct Quad(pub [u32; 4]);

/// Vectors of four lanes. Kernels are written once over this trait and compiled for each instruction set.
///
/// All methods are inlined into the kernels, which is what makes them single instructions.
pub trait Lanes: 'static {
    /// Four `f32`.
    type F32: Copy;
    /// Four `i32`.
    type I32: Copy;

    /// How many activations, or weights of one column, share a 32-bit word: four of 8 bits or two of 16.
    const PER_WORD: usize;
    /// The largest magnitude of an activation: 127, or 63 where [`Lanes::dots`] has no room for more.
    const ACTIVATION_MAX: i32;

    fn splat(value: f32) -> Self::F32;
    fn load(values: &[f32; 4]) -> Self::F32;
    fn store(vector: Self::F32, values: &mut [f32; 4]);
    fn add(a: Self::F32, b: Self::F32) -> Self::F32;
    fn sub(a: Self::F32, b: Self::F32) -> Self::F32;
    fn mul(a: Self::F32, b: Self::F32) -> Self::F32;
    fn div(a: Self::F32, b: Self::F32) -> Self::F32;
    /// `a * b + c`, rounded once or twice.
    fn mul_add(a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
    /// The smaller of each pair; no lane may be NaN.
    fn min(a: Self::F32, b: Self::F32) -> Self::F32;
    /// The larger of each pair; no lane may be NaN.
    fn max(a: Self::F32, b: Self::F32) -> Self::F32;
    fn abs(a: Self::F32) -> Self::F32;
    /// The sum of the lanes, in an order that is the same for every instruction set.
    fn sum(a: Self::F32) -> f32 {
        let mut lanes = [0.0; 4];
        Self::store(a, &mut lanes);
        (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
    }
    /// The largest lane.
    fn max_lane(a: Self::F32) -> f32 {
        let mut lanes = [0.0; 4];
        Self::store(a, &mut lanes);
        lanes[0].max(lanes[1]).max(lanes[2].max(lanes[3]))
    }

    fn splat_i32(value: i32) -> Self::I32;
    fn add_i32(a: Self::I32, b: Self::I32) -> Self::I32;
    fn sub_i32(a: Self::I32, b: Self::I32) -> Self::I32;
    fn shift_left<const BITS: u32>(a: Self::I32) -> Self::I32;
    fn to_f32(a: Self::I32) -> Self::F32;
    /// The bits of each lane.
    fn bits(a: Self::F32) -> Self::I32;
    /// The number that each lane's bits stand for.
    fn from_bits(a: Self::I32) -> Self::F32;
    fn load_i32(values: &[i32; 4]) -> Self::I32;
    fn store_i32(vector: Self::I32, values: &mut [i32; 4]);

    /// The weights of four columns for one step.
    fn load_quad(quad: &Quad) -> Self::I32;
    /// One word of activations in each lane.
    fn splat_word(word: &u32) -> Self::I32;
    /// Adds to each lane of `sum` the products of the activations in `activations` with the weights in `weights`.
    /// Weights are 0 to 127, activations -127 to 127.
    fn dot(activations: Self::I32, weights: Self::I32, sum: Self::I32) -> Self::I32;
    /// What [`Lanes::dots`] takes as `ones`; to be called outside of loops.
    fn ones() -> Self::I32 {
        Self::splat_i32(1)
    }
    /// [`Lanes::dot`] of several steps. Activations are at most [`Lanes::ACTIVATION_MAX`], or one less than its negative.
    #[inline(always)]
    fn dots<const STEPS: usize>(
        activations: [Self::I32; STEPS],
        weights: [Self::I32; STEPS],
        _ones: Self::I32,
        sum: Self::I32,
    ) -> Self::I32 {
        (0..STEPS).fold(sum, |sum, step| Self::dot(activations[step], weights[step], sum))
    }
    /// Packs sixteen values that fit into their share of a word into [`Lanes::words`] words.
    fn pack(values: [Self::I32; 4], words: &mut [u32]);

    /// The words that `count` activations take; `count` is a multiple of 16.
    fn words(count: usize) -> usize {
        count / Self::PER_WORD
    }
}
