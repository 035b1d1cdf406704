//! Measures of retrieval quality, and what can be said from them.
//!
//! - Measures of one question: over ranked documents as `trec_eval` computes them ([`ndcg`], [`recall`], [`reciprocal_rank`],
//!   [`average_precision`]), over the pieces of text that answer ([`SpanScores`], [`span_gain`]), counted in characters or in
//!   [`Tokens`].
//! - What many questions say together: means with intervals ([`Bootstrap`]), two settings compared ([`Comparison`]), how well
//!   questions that can be answered are told from others ([`auc`]), [`Latency`].

mod auc;
mod interval;
mod known_items;
mod latency;
mod mean;
mod paired;
mod questions;
mod random;
mod ranking;
mod spans;
mod tokens;

pub use auc::auc;
pub use interval::{Bootstrap, Estimate};
pub use known_items::{Frequencies, Source, known_items};
pub use latency::Latency;
pub use paired::{Comparison, SIGNIFICANT};
pub use questions::{Passage, Qrels, Question, Questions, Wanted, parse_qrels};
pub use ranking::{Judgements, Metrics, average_precision, ndcg, ranked, recall, reciprocal_rank};
pub use spans::{Piece, SpanScores, span_gain};
pub use tokens::Tokens;
