//! Cutting texts into batches that go through a model together.

use crate::order::Order;

/// What a batch may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchLimits {
    /// The most tokens of all texts of a batch together; a longer text is a batch of its own. 0 makes every text one.
    pub tokens: usize,
    /// How many times as long as the shortest text of a batch its longest may be. Legal from 1, which puts only texts of
    /// one length together.
    pub spread: f64,
}

impl Default for BatchLimits {
    /// 512 tokens: the linear layers are efficient from there, and a caller that waits for one batch to end does not
    /// wait long. Spread 1.5, which leaves a dozen classes of length between one token and the usual limits of models.
    fn default() -> Self {
        Self { tokens: 512, spread: 1.5 }
    }
}

/// Cuts texts into batches of similar length: indices into `lengths`, the texts' numbers of tokens. Each index occurs
/// exactly once. The longest texts come first, so that workers which share the batches end at about the same time.
pub fn batches(lengths: &[usize], limits: BatchLimits) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.order_by_key(|&at| std::cmp::Reverse(lengths[at]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut tokens = 0;
    for at in order {
        let length = lengths[at];
        match batches.last_mut() {
            Some(batch)
                if tokens + length <= limits.tokens
                    && lengths[batch[0]] as f64 <= length as f64 * limits.spread =>
            {
                batch.push(at);
                tokens += length;
            }
            _ => {
                batches.push(vec![at]);
                tokens = length;
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_of_similar_length_share_a_batch_and_the_longest_come_first() {
        let limits = BatchLimits { tokens: 100, spread: 1.5 };
        let lengths = [30, 10, 300, 40, 12, 29, 9];
        assert_eq!(batches(&lengths, limits), [vec![2], vec![3, 0, 5], vec![4, 1, 6]]);
        assert_eq!(batches(&[], limits), Vec::<Vec<usize>>::new());
    }

    proptest! {
        #[test]
        fn every_text_is_in_one_batch_and_every_batch_keeps_the_limits(
            lengths in prop::collection::vec(0usize..600, 0..200),
            tokens in 0usize..2000,
            spread in 1.0..4.0,
        ) {
            let batches = batches(&lengths, BatchLimits { tokens, spread });
            for batch in &batches {
                let of_batch: Vec<usize> = batch.iter().map(|&at| lengths[at]).collect();
                let (longest, shortest) = (of_batch.iter().max().unwrap(), of_batch.iter().min().unwrap());
                prop_assert!(batch.len() == 1 || of_batch.iter().sum::<usize>() <= tokens);
                prop_assert!(*longest as f64 <= *shortest as f64 * spread || batch.len() == 1);
            }
            let mut all: Vec<usize> = batches.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..lengths.len()).collect::<Vec<_>>());
        }

        #[test]
        fn no_batch_could_have_taken_the_text_after_it(
            lengths in prop::collection::vec(1usize..600, 1..200),
            tokens in 0usize..2000,
        ) {
            let spread = 1.5;
            let batches = batches(&lengths, BatchLimits { tokens, spread });
            for pair in batches.windows(2) {
                let used: usize = pair[0].iter().map(|&at| lengths[at]).sum();
                let (longest, next) = (lengths[pair[0][0]], lengths[pair[1][0]]);
                prop_assert!(used + next > tokens || longest as f64 > next as f64 * spread);
            }
        }
    }
}
