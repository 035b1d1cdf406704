//! Numbers that look random and are the same on every machine, from a seed that the caller gives.

/// SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, 2014): a counter whose bits are mixed.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, each as likely as another (Lemire, *Fast random integer generation in an interval*, 2019). 0 where
    /// `bound` is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            let (high, low) = ((product >> 64) as u64, product as u64);
            // The first few of the low halves would make some numbers likelier than others.
            if low >= bound || low >= bound.wrapping_neg().checked_rem(bound).unwrap_or(0) {
                return high as usize;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_published_generator() {
        // What the reference implementation (Vigna, splitmix64.c) gives for the seed 1234567.
        let mut random = Random::new(1_234_567);
        let bits: [u64; 3] = std::array::from_fn(|_| random.bits());
        assert_eq!(bits, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn numbers_below_a_bound_are_about_equally_frequent() {
        let mut random = Random::new(7);
        let mut counts = [0_i32; 7];
        (0..70_000).for_each(|_| counts[random.below(7)] += 1);
        // Five standard deviations of a binomial count of 10,000.
        assert!(counts.iter().all(|count| (count - 10_000).abs() < 5 * 93), "{counts:?}");
        assert_eq!((random.below(1), random.below(0)), (0, 0));
    }
}
