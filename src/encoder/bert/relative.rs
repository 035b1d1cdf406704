//! The classes of distances between tokens for which attention adds a number to their score, as in T5 (Raffel et al. 2020,
//! <https://arxiv.org/abs/1910.10683>) and MPNet.

use crate::encoder::folder::RELATIVE_BUCKETS;

/// How many there are in each direction.
const PER_SIDE: usize = RELATIVE_BUCKETS / 2;

/// Shorter distances have a class each, longer ones share some, the more the longer they are.
const EXACT: usize = PER_SIDE / 2;

/// From here on all distances are of one class.
const FARTHEST: f32 = 128.0;

/// The class of a key that stands `distance` tokens behind the query, or before it where that is negative.
pub(super) fn bucket(distance: isize) -> usize {
    let side = if distance > 0 { PER_SIDE } else { 0 };
    let far = distance.unsigned_abs();
    if far < EXACT {
        return side + far;
    }
    let exact = EXACT as f32;
    let beyond = (far as f32 / exact).ln() / (FARTHEST / exact).ln() * (PER_SIDE - EXACT) as f32;
    side + (EXACT + beyond as usize).min(PER_SIDE - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_tokens_have_a_class_each_and_far_ones_share_some() {
        let distances = [0, -1, -7, -8, -11, -12, -15, -16, -64, -90, -91, -127, -128, -500];
        assert_eq!(distances.map(bucket), [0, 1, 7, 8, 8, 9, 9, 10, 14, 14, 15, 15, 15, 15]);
        assert_eq!([1, 7, 8, 64, 500].map(bucket), [17, 23, 24, 30, 31]);
    }
}
