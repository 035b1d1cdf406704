//! What one question found, and how good that is by every measure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::questions::Question;
use super::ranking::{average_precision, ndcg, recall, reciprocal_rank};
use super::spans::{Piece, SpanScores, span_gain};

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retrieved {
    /// The ids of documents, best first, as [`ranked`](super::ranked) orders them.
    pub documents: Vec<String>,
    /// What is shown, best first, in the unit of the relevant pieces.
    pub pieces: Vec<Piece<String>>,
    /// The greatest relevance of the hits, from 0 to 1; 0 where there is none.
    pub relevance: f64,
    /// How long the search took, in milliseconds.
    pub milliseconds: f64,
}

/// The measures of one question.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// Each measure by its name, from 0 to 1, more being better:
    ///
    /// - of questions with relevant documents `ndcg@k`, `recall@k` and `mrr@k` for each cut-off, and `map`;
    /// - of questions with passages `tokenRecall`, `tokenPrecision`, `tokenIou` and `spanGain` of all pieces, however many a
    ///   setting shows.
    pub values: BTreeMap<String, f64>,
    /// The greatest relevance of the hits, by which a question counts as answerable.
    pub relevance: f64,
    /// How long the search took.
    pub milliseconds: f64,
}

impl Outcome {
    /// Measures what was retrieved for a question, its documents at some cut-offs. `relevant` are its passages, in the unit of the
    /// retrieved pieces, usually [`Tokens`](super::Tokens); empty where the question has none.
    pub fn of(
        question: &Question,
        relevant: &[Piece<String>],
        retrieved: &Retrieved,
        cuts: &[usize],
    ) -> Self {
        let Retrieved { documents, pieces, relevance, milliseconds } = retrieved;
        let mut values = BTreeMap::new();
        if question.is_judged() {
            let judgements = &question.documents;
            for &k in cuts {
                values.insert(format!("ndcg@{k}"), ndcg(documents, judgements, k));
                values.insert(format!("recall@{k}"), recall(documents, judgements, k));
                values.insert(format!("mrr@{k}"), reciprocal_rank(documents, judgements, k));
            }
            values.insert("map".to_owned(), average_precision(documents, judgements));
        }
        if !relevant.is_empty() {
            let SpanScores { recall, precision, iou } = SpanScores::of(pieces, relevant);
            values.insert("tokenRecall".to_owned(), recall);
            values.insert("tokenPrecision".to_owned(), precision);
            values.insert("tokenIou".to_owned(), iou);
            values.insert("spanGain".to_owned(), span_gain(pieces, relevant, pieces.len()));
        }
        Self { values, relevance: *relevance, milliseconds: *milliseconds }
    }
}
