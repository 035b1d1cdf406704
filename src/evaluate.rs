//! Measures of retrieval quality, and what can be said from them.
//!
//! - Measures of one question: over ranked documents as `trec_eval` computes them ([`ndcg`], [`recall`], [`reciprocal_rank`],
//!   [`average_precision`]), over the pieces of text that answer ([`SpanScores`], [`span_gain`]), counted in characters or in
//!   [`Tokens`].
//! - What many questions say together: means with intervals ([`Bootstrap`]), two settings compared ([`Comparison`]), how well
//!   questions that can be answered are told from others ([`auc()`]), how far two scores agree ([`rank_correlation`]), [`Latency`], the [`Choice`] among many settings, and all of
//!   it as a [`Report`].
//! - Where questions come from: files ([`Questions`]) or the collection itself ([`known_items()`]).
//!
//! Nothing here searches or reads files; that is the caller's. And nothing draws lots but from a seed that the caller gives.

mod auc;
mod correlation;
mod interval;
mod known_items;
mod latency;
mod mean;
mod outcome;
mod paired;
mod questions;
mod random;
mod ranking;
mod report;
mod setting;
mod spans;
mod sweep;
mod tokens;

pub use auc::auc;
pub use correlation::rank_correlation;
pub use interval::{Bootstrap, Estimate};
pub use known_items::{Frequencies, Source, known_items};
pub use latency::Latency;
pub use outcome::{Outcome, Retrieved};
pub use paired::{Comparison, SIGNIFICANT};
pub use questions::{Passage, Qrels, Question, Questions, Wanted, parse_qrels};
pub use ranking::{Judgements, Metrics, average_precision, ndcg, ranked, recall, reciprocal_rank};
pub use report::{QuestionReport, Report, Run, RunComparison, RunReport};
pub use setting::{Grid, Setting};
pub use spans::{Piece, SpanScores, span_gain};
pub use sweep::{Advice, Choice};
pub use tokens::Tokens;
