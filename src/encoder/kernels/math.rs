//! Functions of vectors that are no single instruction.

use super::lanes::Lanes;

/// Added to a number between -2^22 and 2^22, leaves it rounded to nearest, ties to even, in the low bits.
const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23

/// Each lane, between -2^22 and 2^22, rounded to an integer.
#[inline(always)]
pub fn round<L: Lanes>(x: L::F32) -> L::I32 {
    let shifted = L::add(x, L::splat(ROUND));
    L::sub_i32(L::bits(shifted), L::splat_i32(ROUND.to_bits() as i32))
}

/// `c[0] * x^n + ... + c[n]`
#[inline(always)]
fn polynomial<L: Lanes, const N: usize>(x: L::F32, coefficients: [f32; N]) -> L::F32 {
    let mut sum = L::splat(coefficients[0]);
    for &coefficient in &coefficients[1..] {
        sum = L::mul_add(sum, x, L::splat(coefficient));
    }
    sum
}

/// `2^x` for `x` of at most 0, to 3e-6 of its value; 0 or next to it from -126 down.
#[inline(always)]
pub fn exp2<L: Lanes>(x: L::F32) -> L::F32 {
    let x = L::max(x, L::splat(-126.0));
    let shifted = L::add(x, L::splat(ROUND));
    let fraction = L::sub(x, L::sub(shifted, L::splat(ROUND)));
    // Minimax on [-1/2, 1/2] under the constraint 2^0 = 1.
    let mantissa =
        polynomial::<L, 5>(fraction, [9.582_853e-3, 5.590_642_6e-2, 0.240_240_99, 0.693_124_2, 1.0]);
    // The integer part stands in the low bits of `shifted`; added to the exponent it multiplies.
    L::from_bits(L::add_i32(L::bits(mantissa), L::shift_left::<23>(L::bits(shifted))))
}

/// `x * Phi(x)` with the error function (Hendrycks and Gimpel 2016, <https://arxiv.org/abs/1606.08415>), which Hugging
/// Face calls `gelu`.
#[inline(always)]
pub fn gelu<L: Lanes>(x: L::F32) -> L::F32 {
    let half = L::mul(x, L::splat(0.5));
    L::mul_add(half, erf::<L>(L::mul(x, L::splat(std::f32::consts::FRAC_1_SQRT_2))), half)
}

/// The error function as the quotient of polynomials that Eigen and XLA use for f32, within a few units in the last
/// place, without a branch.
#[inline(always)]
fn erf<L: Lanes>(x: L::F32) -> L::F32 {
    let x = L::max(L::min(x, L::splat(4.0)), L::splat(-4.0));
    let square = L::mul(x, x);
    let numerator = polynomial::<L, 7>(
        square,
        [
            -2.726_142_3e-10,
            2.770_681_4e-8,
            -2.101_024e-6,
            -5.692_506_4e-5,
            -7.349_906_3e-4,
            -2.954_6e-3,
            -1.609_603_3e-2,
        ],
    );
    let denominator = polynomial::<L, 5>(
        square,
        [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2],
    );
    L::mul(x, L::div(numerator, denominator))
}
