//! Answers held against their sources, without a language model.
//!
//! 1. An answer in sentences and claims, with the sources that each cites by its marks ([`answer`]).
//! 2. Each claim held against the passages of these sources, and then of all others: how much of it is there, by the weight
//!    of words, and whether its numbers ([`numbers`]), names, denials and quotations agree.
//! 3. A verdict about each sentence, with the evidence, a score and a reason ([`SentenceVerdict`]).
//!
//! And answers of nothing but sentences of the sources ([`extract`]).

mod alike;
pub mod answer;
mod extract;
mod features;
mod judge;
pub mod numbers;
mod passages;
mod polarity;
mod quotes;
mod reason;
mod source;
mod verdict;
mod verifier;
mod words;

pub use extract::{Candidate, Extract, extract};
pub use features::{Features, SUPPORTED};
pub use judge::ConflictKind;
pub use passages::Passages;
pub use quotes::{Change, ChangeKind, QuoteMatch};
pub use source::Source;
pub use verdict::{Difference, Evidence, Quotation, SentenceVerdict, Verdict};
pub use verifier::Verifier;

/// The verdicts about the sentences of an answer that cites `sources` by their numbers from 1 on.
pub fn verify(answer: &str, sources: &[Source<'_>]) -> Vec<SentenceVerdict> {
    Verifier::new(sources).verify(answer)
}

#[cfg(test)]
mod tests;
