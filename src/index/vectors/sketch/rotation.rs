//! A rotation that looks random and is the same everywhere, without a matrix: signs and Hadamard transforms in turn.

/// Each turns the first or the last components, whose number is the largest power of two: together they reach all. After
/// four, also a vector of one component is spread as if at random; after two it is not yet.
const ROUNDS: usize = 4;

/// Signs for more components than any sketch has, by round.
const SIGNS: [[u64; 32]; ROUNDS] = signs();

/// Turns some vectors of equal length, given by their components.
pub fn rotate<const VECTORS: usize>(columns: &mut [[f32; VECTORS]]) {
    let dimensions = columns.len();
    let power = 1 << dimensions.ilog2();
    let length = (power as f32).sqrt().recip();
    for (round, signs) in SIGNS.iter().enumerate() {
        let start = if round % 2 == 0 { 0 } else { dimensions - power };
        let columns = &mut columns[start..start + power];
        for (at, column) in columns.iter_mut().enumerate() {
            let factor = if signs[at / 64] >> (at % 64) & 1 == 1 { -length } else { length };
            column.iter_mut().for_each(|component| *component *= factor);
        }
        transform(columns);
    }
}

/// The Walsh-Hadamard transform of a power of two of components, without its factor. Two steps are done at once, which halves
/// what is loaded and stored.
fn transform<const VECTORS: usize>(columns: &mut [[f32; VECTORS]]) {
    let mut quarter = 1;
    if columns.len().ilog2() % 2 == 1 {
        for [a, b] in columns.as_chunks_mut().0 {
            for (a, b) in a.iter_mut().zip(b) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        quarter = 2;
    }
    while quarter < columns.len() {
        for four in columns.chunks_exact_mut(4 * quarter) {
            let (first, second) = four.as_flattened_mut().split_at_mut(2 * quarter * VECTORS);
            let ((a, b), (c, d)) =
                (first.split_at_mut(quarter * VECTORS), second.split_at_mut(quarter * VECTORS));
            for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
                let [sums, differences] = [[*a + *b, *c + *d], [*a - *b, *c - *d]];
                (*a, *c) = (sums[0] + sums[1], sums[0] - sums[1]);
                (*b, *d) = (differences[0] + differences[1], differences[0] - differences[1]);
            }
        }
        quarter *= 4;
    }
}

/// SplitMix64.
const fn signs() -> [[u64; 32]; ROUNDS] {
    let mut signs = [[0; 32]; ROUNDS];
    let (mut state, mut at) = (0u64, 0);
    while at < 32 * ROUNDS {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        signs[at / 32][at % 32] = mixed ^ (mixed >> 31);
        at += 1;
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_products_stay_and_one_component_is_spread_over_all() {
        for dimensions in [128, 200, 256, 384, 768, 2048] {
            let mut columns: Vec<[f32; 2]> =
                (0..dimensions).map(|at| [f32::from(u8::from(at == 7)), 0.01]).collect();
            rotate(&mut columns);
            let dot = |a: usize, b: usize| columns.iter().map(|column| column[a] * column[b]).sum::<f32>();
            assert!((dot(0, 0) - 1.0).abs() < 1e-4, "{dimensions}");
            assert!((dot(0, 1) - 0.01).abs() < 1e-5, "{dimensions}");
            let largest = columns.iter().map(|column| column[0].abs()).fold(0.0, f32::max);
            assert!(largest < 5.0 / (dimensions as f32).sqrt(), "{largest} of {dimensions}");
        }
    }
}
