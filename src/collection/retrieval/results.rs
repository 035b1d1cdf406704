//! The results of the last searches, so that the same question costs nothing twice.

use super::question::Question;
use super::{Rerank, SearchOptions, SearchResult, SecondStage};
use crate::collection::ModelStatus;
use crate::model::{Embedder, PairScorer};
use crate::recent::Recent;

/// How many results are kept.
const MOST: usize = 16;

/// Results with more text than this, in bytes, are not kept.
const MAX_BYTES: usize = 1 << 17;

/// The last results by all that they depend on.
pub(in crate::collection) type Results = Recent<Asked, SearchResult, MOST>;

/// What was asked.
#[derive(Debug, PartialEq)]
pub(in crate::collection) struct Asked {
    generation: u64,
    query: String,
    options: SearchOptions,
    model: ModelStatus,
    /// The fingerprint of the model that embedded the query.
    fingerprint: Option<String>,
    rerank: Option<(SecondStage, String)>,
}

impl Asked {
    /// `None` where the same need not be found again: a second stage may be a function, which nobody knows, or end when time is up,
    /// and a trace tells times.
    pub(super) fn new<E: Embedder>(
        question: &Question<'_, E>,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        generation: u64,
    ) -> Option<Self> {
        let rerank = match rerank {
            Some(Rerank { stage, scorer }) if stage.budget.is_none() => Some((*stage, scorer.fingerprint()?)),
            Some(_) => return None,
            None => None,
        };
        (!question.options.explain).then(|| Self {
            generation,
            query: question.text.to_owned(),
            options: question.options.clone(),
            model: question.status,
            fingerprint: question.model.as_ref().map(|model| model.embedder.info().fingerprint.clone()),
            rerank,
        })
    }
}

/// Whether a result is small enough for what it costs to keep it, and sound: what is damaged may be made good.
pub(super) fn is_worth_keeping(result: &SearchResult) -> bool {
    let bytes: usize = result.hits.iter().map(|hit| hit.text.len() + hit.passage.text.len()).sum();
    result.damaged.is_empty() && bytes <= MAX_BYTES
}
