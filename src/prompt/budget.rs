//! Counting tokens, also with a counter of the caller's.

use crate::error::{Error, Result};
use crate::model::Tokenizer;

/// Counts the tokens of texts as the chat model does that gets the prompt. A count may take a way to another thread and back, so
/// that many texts are counted at once.
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait TokenCounter {
    /// The number of tokens of each text, in order.
    ///
    /// # Errors
    /// Whatever makes counting fail.
    async fn count(&self, texts: &[String]) -> Result<Vec<usize>>;
}

/// Counts with a tokenizer that is at hand.
#[derive(Clone, Copy, Debug)]
pub struct WordPieces<'t, T>(pub &'t T);

impl<T: Tokenizer> TokenCounter for WordPieces<'_, T> {
    async fn count(&self, texts: &[String]) -> Result<Vec<usize>> {
        texts.iter().map(|text| self.0.count_tokens(text)).collect()
    }
}

/// The counter where there is none of the caller's.
#[derive(Clone, Copy, Debug)]
pub enum NoCounter {}

impl TokenCounter for NoCounter {
    async fn count(&self, _: &[String]) -> Result<Vec<usize>> {
        match *self {}
    }
}

/// Counts as they come from languages that have but one kind of number: each whole and not below 0.
///
/// # Errors
/// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming the count and its place.
pub fn whole_counts(counts: &[f64]) -> Result<Vec<usize>> {
    /// Up to here every whole number is exact.
    const MOST: f64 = (1u64 << 53) as f64;
    let whole = |(place, count): (usize, &f64)| {
        if count.fract() == 0.0 && (0.0..=MOST).contains(count) {
            Ok(*count as usize)
        } else {
            let message =
                format!("the token counter must give whole numbers from 0 on, not {count} for text {place}");
            Err(Error::invalid_argument(message))
        }
    };
    counts.iter().enumerate().map(whole).collect()
}

/// The counts of texts.
///
/// # Errors
/// The counter's, and [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where it gives more or fewer than asked for.
pub(super) async fn count(counter: &impl TokenCounter, texts: &[String]) -> Result<Vec<usize>> {
    let counts = counter.count(texts).await?;
    if counts.len() == texts.len() {
        return Ok(counts);
    }
    let message = format!("the token counter gave {} counts for {} texts", counts.len(), texts.len());
    Err(Error::invalid_argument(message))
}

/// The sum of counts, which a counter outside may make as large as it likes.
pub(super) fn sum(counts: &[usize]) -> usize {
    counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn counts_are_whole() {
        assert_eq!(whole_counts(&[0.0, 12.0]).unwrap(), [0, 12]);
        for wrong in [0.5, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            let error = whole_counts(&[1.0, wrong]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(error.message().ends_with("for text 1"), "{}", error.message());
        }
    }
}
