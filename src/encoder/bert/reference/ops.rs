//! The element-wise steps of the encoder, in place and fused with what stands next to them: candle-core alone has no
//! layer norm, and each of its own operations walks over and allocates the whole matrix again.

use candle_core::{CpuStorage, InplaceOp1, InplaceOp2, Layout, Result, bail};

/// `x + bias`, for each row.
pub(super) struct AddBias<'w>(pub &'w [f32]);

impl InplaceOp1 for AddBias<'_> {
    fn name(&self) -> &'static str {
        "add-bias"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        add_bias(storage, layout, self.0, |x| x)
    }
}

/// `gelu(x + bias)`, for each row.
pub(super) struct AddBiasGelu<'w>(pub &'w [f32]);

impl InplaceOp1 for AddBiasGelu<'_> {
    fn name(&self) -> &'static str {
        "add-bias-gelu"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        add_bias(storage, layout, self.0, gelu)
    }
}

/// `then(x + bias)`, for each row.
fn add_bias(
    storage: &mut CpuStorage,
    layout: &Layout,
    bias: &[f32],
    then: impl Fn(f32) -> f32,
) -> Result<()> {
    for row in values_mut(storage, layout)?.chunks_exact_mut(bias.len()) {
        for (x, bias) in row.iter_mut().zip(bias) {
            *x = then(*x + bias);
        }
    }
    Ok(())
}

/// `softmax(x * scale)` over each row of `columns` values.
pub(super) struct ScaledSoftmax {
    pub columns: usize,
    pub scale: f32,
}

impl InplaceOp1 for ScaledSoftmax {
    fn name(&self) -> &'static str {
        "scaled-softmax"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for row in values_mut(storage, layout)?.chunks_exact_mut(self.columns) {
            let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for x in row.iter_mut() {
                *x = ((*x - max) * self.scale).exp();
            }
            let inverse = 1.0 / row.iter().sum::<f32>();
            for x in row.iter_mut() {
                *x *= inverse;
            }
        }
        Ok(())
    }
}

/// Layer norm over each row (Ba, Kiros, Hinton 2016).
#[derive(Debug)]
pub(super) struct LayerNorm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub epsilon: f32,
}

impl LayerNorm {
    fn row(&self, row: &mut [f32]) {
        let count = row.len() as f32;
        let mean = row.iter().sum::<f32>() / count;
        let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count;
        let inverse = 1.0 / (variance + self.epsilon).sqrt();
        for ((x, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
            *x = (*x - mean) * inverse * weight + bias;
        }
    }
}

/// `norm(x + bias + other)`, for each row of `x` and of `other`.
pub(super) struct AddNorm<'w> {
    pub bias: &'w [f32],
    pub norm: &'w LayerNorm,
}

impl InplaceOp2 for AddNorm<'_> {
    fn name(&self) -> &'static str {
        "add-norm"
    }

    fn cpu_fwd(
        &self,
        x: &mut CpuStorage,
        x_layout: &Layout,
        other: &CpuStorage,
        other_layout: &Layout,
    ) -> Result<()> {
        let width = self.norm.weight.len();
        let others = values(other, other_layout)?.chunks_exact(width);
        for (row, other) in values_mut(x, x_layout)?.chunks_exact_mut(width).zip(others) {
            for ((x, bias), other) in row.iter_mut().zip(self.bias).zip(other) {
                *x += bias + other;
            }
            self.norm.row(row);
        }
        Ok(())
    }
}

/// `norm(x + other)` without a bias, for the embeddings.
pub(super) struct SumNorm<'w>(pub &'w LayerNorm);

impl InplaceOp2 for SumNorm<'_> {
    fn name(&self) -> &'static str {
        "sum-norm"
    }

    fn cpu_fwd(
        &self,
        x: &mut CpuStorage,
        x_layout: &Layout,
        other: &CpuStorage,
        other_layout: &Layout,
    ) -> Result<()> {
        let none = vec![0.0; self.0.weight.len()];
        AddNorm { bias: &none, norm: self.0 }.cpu_fwd(x, x_layout, other, other_layout)
    }
}

/// `x * Phi(x)` with the error function (Hendrycks and Gimpel 2016), which Hugging Face calls `gelu`.
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// The error function as the quotient of polynomials that Eigen and XLA use for f32, within a few units in the last
/// place; it has no branch, so the compiler makes vector code of it, unlike candle's own in double precision.
fn erf(x: f32) -> f32 {
    const NUMERATOR: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const DENOMINATOR: [f32; 5] =
        [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let horner = |coefficients: &[f32]| coefficients.iter().fold(0.0, |sum, c| sum * square + c);
    x * horner(&NUMERATOR) / horner(&DENOMINATOR)
}

fn values<'s>(storage: &'s CpuStorage, layout: &Layout) -> Result<&'s [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => bail!("expected contiguous f32 values"),
    }
}

fn values_mut<'s>(storage: &'s mut CpuStorage, layout: &Layout) -> Result<&'s mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => bail!("expected contiguous f32 values"),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Tensor};

    use super::*;

    fn close(found: &Tensor, expected: &Tensor, tolerance: f32) {
        let error = (found - expected).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        let error = error.to_scalar::<f32>().unwrap();
        assert!(error <= tolerance, "off by {error}");
    }

    #[test]
    fn gelu_agrees_with_candles_in_double_precision() {
        let x = Tensor::arange_step(-8.0, 8.0, 1e-3, &Device::Cpu).unwrap();
        let expected = x.to_dtype(DType::F64).unwrap().gelu_erf().unwrap().to_dtype(DType::F32).unwrap();
        let found: Vec<f32> =
            x.to_dtype(DType::F32).unwrap().to_vec1().unwrap().into_iter().map(gelu).collect();
        close(&Tensor::new(found, &Device::Cpu).unwrap(), &expected, 2e-6);
    }

    #[test]
    fn softmax_rows_are_scaled_and_sum_to_one_even_for_large_values() {
        let x = Tensor::new(&[[1000f32, 1001.0, 999.0], [-3.0, 0.0, 3.0]], &Device::Cpu).unwrap();
        x.inplace_op1(&ScaledSoftmax { columns: 3, scale: 0.5 }).unwrap();
        // Worked out by hand: exp of (0, 0.5, -0.5) and of (-1.5, 0, 1.5), each over its sum.
        let expected = [[0.307_195_9f32, 0.506_480_4, 0.186_323_7], [0.039_121_2, 0.175_330_2, 0.785_548_6]];
        close(&x, &Tensor::new(&expected, &Device::Cpu).unwrap(), 1e-4);
        close(&x.sum(1).unwrap(), &Tensor::ones(2, DType::F32, &Device::Cpu).unwrap(), 1e-6);
    }

    #[test]
    fn add_norm_centres_scales_and_shifts_each_row() {
        let norm = LayerNorm { weight: vec![1.0, 2.0], bias: vec![0.5, 0.0], epsilon: 0.0 };
        let x = Tensor::new(&[[1f32, 2.0], [5.0, 0.0]], &Device::Cpu).unwrap();
        let other = Tensor::new(&[[1f32, 3.0], [0.0, 1.0]], &Device::Cpu).unwrap();
        x.inplace_op2(&other, &AddNorm { bias: &[0.0, 1.0], norm: &norm }).unwrap();
        close(&x, &Tensor::new(&[[-0.5f32, 2.0], [1.5, -2.0]], &Device::Cpu).unwrap(), 1e-6);
    }
}
