//! Logistic regression by Newton's method. Plain arithmetic in a fixed order: the same numbers give the same weights.

/// One question put to one collection.
pub struct Example {
    /// The features of each of its hits; the first is 1, for the intercept.
    pub hits: Vec<Vec<f64>>,
    /// Whether the collection has the answer.
    pub answered: bool,
}

/// How strongly weights other than the intercept are held back: enough to keep them finite where the classes do not
/// overlap.
const RIDGE: f64 = 0.1;

/// How often the best hits are chosen anew, by the weights that the last ones gave.
const ROUNDS: usize = 8;

/// The steps of Newton's method; it converges in about seven.
const STEPS: usize = 25;

/// The weights with which the best hit of each example tells best whether it is answered. Both classes count alike,
/// however many examples each has.
pub fn fit(examples: &[Example]) -> Vec<f64> {
    let hits = examples.iter().flat_map(|example| &example.hits);
    let features = hits.map(Vec::len).next().unwrap_or(0);
    let mut weights = vec![1.0; features];
    for _ in 0..ROUNDS {
        let best: Vec<(&[f64], bool)> = examples
            .iter()
            .filter_map(|example| {
                let best =
                    example.hits.iter().max_by(|a, b| dot(a, &weights).total_cmp(&dot(b, &weights)))?;
                Some((best.as_slice(), example.answered))
            })
            .collect();
        weights = newton(&best, features);
    }
    weights
}

fn newton(examples: &[(&[f64], bool)], features: usize) -> Vec<f64> {
    let share = |class| examples.iter().filter(|(_, answered)| *answered == class).count().max(1) as f64;
    let half = examples.len() as f64 / 2.0;
    let class_weight = [half / share(false), half / share(true)];
    let mut weights = vec![0.0; features];
    for _ in 0..STEPS {
        let mut gradient: Vec<f64> = weights.iter().map(|weight| RIDGE * weight).collect();
        let mut hessian = vec![vec![0.0; features]; features];
        (0..features).for_each(|at| hessian[at][at] = RIDGE);
        gradient[0] = 0.0;
        hessian[0][0] = 1e-9;
        for (x, answered) in examples {
            let likely = 1.0 / (1.0 + (-dot(x, &weights)).exp());
            let weight = class_weight[usize::from(*answered)];
            let error = weight * (likely - f64::from(u8::from(*answered)));
            let curvature = weight * likely * (1.0 - likely);
            for (row, a) in x.iter().enumerate() {
                gradient[row] += error * a;
                x.iter().zip(&mut hessian[row]).for_each(|(b, entry)| *entry += curvature * a * b);
            }
        }
        let step = solve(hessian, gradient);
        weights.iter_mut().zip(step).for_each(|(weight, step)| *weight -= step);
    }
    weights
}

/// Solves a positive definite system by elimination.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for pivot in 0..size {
        for row in pivot + 1..size {
            let (above, below) = matrix.split_at_mut(row);
            let (pivot_row, row_here) = (&above[pivot], &mut below[0]);
            let factor = row_here[pivot] / pivot_row[pivot];
            row_here.iter_mut().zip(pivot_row).for_each(|(entry, above)| *entry -= factor * above);
            right[row] -= factor * right[pivot];
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

/// The weighted sum of features.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fit_finds_where_the_classes_part() {
        let example = |x: f64, answered| Example { hits: vec![vec![1.0, x], vec![1.0, x - 0.3]], answered };
        let with = [0.5, 0.6, 0.7, 0.9].map(|x| example(x, true));
        let without = [0.1, 0.2, 0.3, 0.55, 0.2, 0.1].map(|x| example(x, false));
        let weights = fit(&with.into_iter().chain(without).collect::<Vec<_>>());
        let boundary = -weights[0] / weights[1];
        assert!(weights[1] > 1.0 && (0.35..0.55).contains(&boundary), "{weights:?}");
    }
}
