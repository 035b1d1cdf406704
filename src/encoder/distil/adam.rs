//! Adam with decoupled weight decay (Loshchilov and Hutter 2019, <https://arxiv.org/abs/1711.05101>). Forty lines, for which no
//! further crate is worth it: candle-nn has the same, in a dozen operations on tensors where one loop over the numbers will do.

/// How long the mean of gradients remembers, and that of their squares: shorter than usual, for training is short.
const MEMORY: [f32; 2] = [0.9, 0.98];
/// Added to the root of the mean square.
const EPSILON: f32 = 1e-8;
/// How much of a weight that decays is taken away, times the rate.
const DECAY: f32 = 0.01;

/// What is remembered of the gradients of some weights.
pub(super) struct Adam {
    means: Vec<f32>,
    squares: Vec<f32>,
    /// What is left of the zeros that both began with.
    zeros: [f32; 2],
    decay: f32,
}

impl Adam {
    /// Of `count` weights, which may decay.
    pub fn new(count: usize, decays: bool) -> Self {
        let decay = if decays { DECAY } else { 0.0 };
        Self { means: vec![0.0; count], squares: vec![0.0; count], zeros: [1.0; 2], decay }
    }

    /// Moves weights against their gradient, times `scale`, by about `rate` each.
    pub fn step(&mut self, weights: &mut [f32], gradient: &[f32], scale: f32, rate: f32) {
        self.zeros = [self.zeros[0] * MEMORY[0], self.zeros[1] * MEMORY[1]];
        let [full_mean, full_square] = self.zeros.map(|left| 1.0 / (1.0 - left));
        let moments = self.means.iter_mut().zip(&mut self.squares);
        for ((weight, gradient), (mean, square)) in weights.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient * scale;
            *mean += (1.0 - MEMORY[0]) * (gradient - *mean);
            *square += (1.0 - MEMORY[1]) * (gradient * gradient - *square);
            let towards = *mean * full_mean / ((*square * full_square).sqrt() + EPSILON);
            *weight -= rate * (towards + self.decay * *weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_of_the_rate_whatever_the_gradient() {
        let mut weights = [1.0, 1.0, 1.0];
        Adam::new(3, false).step(&mut weights, &[1000.0, -0.001, 0.0], 1.0, 0.1);
        for (found, expected) in weights.iter().zip([0.9, 1.1, 1.0]) {
            assert!((found - expected).abs() < 1e-4, "{weights:?}");
        }
    }

    #[test]
    fn the_least_of_a_parabola_is_found_and_a_weight_without_gradient_decays() {
        let (mut weights, mut adam) = ([5.0, 5.0], Adam::new(2, true));
        for step in 0..400 {
            let gradient = [2.0 * (weights[0] - 1.0), 0.0];
            adam.step(&mut weights, &gradient, 1.0, 0.1 * (1.0 - step as f32 / 400.0));
        }
        assert!((weights[0] - 1.0).abs() < 0.05, "{weights:?}");
        // (1 - 0.01 * rate) for each step: about e^-0.2 in all.
        assert!((weights[1] - 5.0 * (-0.2_f32).exp()).abs() < 0.02, "{weights:?}");
    }
}
