//! The record of one retrieval: what was asked, which paths ran, what was found, with what scores.

use crate::index::{ArmScore, Fusion, Mode, SegmentPath, Signals, TermScore, TermWeight};
use crate::task::Task;

/// What one search did, stage by stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The query as it was given.
    pub query: String,
    /// Which arms were asked for.
    pub mode: Mode,
    /// How their scores became one.
    pub fusion: Fusion,
    /// The filter as it was given, in JSON.
    pub filter: Option<String>,
    /// The generation that was searched.
    pub generation: u64,
    /// The fingerprint of the model that made the stored vectors; `None` while there is no vector.
    pub fingerprint: Option<String>,
    /// All chunks of the collection.
    pub chunks: usize,
    /// Those of them that the filter let through.
    pub eligible: u64,
    /// Those of all that had no vector yet.
    pub unembedded: usize,
    /// How many chunks were candidates of one arm or the other.
    pub candidates: usize,
    /// What each word of the query weighs; phrases are in quotation marks.
    pub terms: Vec<TermWeight>,
    /// How each segment was searched by vectors; empty where the dense arm did not run.
    pub segments: Vec<SegmentPath>,
    /// What the second stage did; `None` where there was none.
    pub rerank: Option<RerankTrace>,
    /// Why each hit stands where it stands, in order.
    pub hits: Vec<HitTrace>,
    /// How long each stage took.
    pub times: Times,
}

/// What a second stage did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RerankTrace {
    /// How many candidates there were to score: each passage once, less those whose texts are damaged.
    pub candidates: usize,
    /// How many of them were scored, the first ones.
    pub scored: usize,
    /// How much their scores counted, from 0 to 1.
    pub weight: f32,
}

/// Why a second stage scored no more candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RerankEnd {
    /// There were no more.
    Done,
    /// The time was up that [`SecondStage::budget`](super::SecondStage::budget) allows.
    Budget,
}

impl RerankTrace {
    /// Why no more were scored.
    pub fn end(&self) -> RerankEnd {
        if self.scored < self.candidates { RerankEnd::Budget } else { RerankEnd::Done }
    }
}

/// Why a hit stands where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct HitTrace {
    /// The fused score, before any second stage.
    pub fused: f32,
    /// The place among all candidates by that score, from 1.
    pub rank: usize,
    /// What the dense arm said.
    pub dense: Option<ArmScore>,
    /// What the lexical arm said.
    pub lexical: Option<ArmScore>,
    /// The part of the fused score that stands in for the dense arm's share, where the chunk has no vector yet but other
    /// candidates have.
    pub neutral: Option<f32>,
    /// The BM25 score by words of the query, with the terms that they matched.
    pub terms: Vec<TermScore>,
    /// What its relevance goes by.
    pub signals: Signals,
    /// What the second stage said, where there was one.
    pub reranked: Option<f32>,
}

/// Milliseconds by the caller's clock; 0 for what did not run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Times {
    /// Embedding the query.
    pub embedding: f64,
    /// Evaluating the filter.
    pub filter: f64,
    /// Scoring by words, looking for phrases included.
    pub lexical: f64,
    /// Finding the nearest vectors.
    pub dense: f64,
    /// Fusing and selecting.
    pub fusion: f64,
    /// The second stage.
    pub rerank: f64,
    /// Reading the texts of the hits.
    pub texts: f64,
}

/// Takes the time between stages.
pub(super) struct Stopwatch<'t, T> {
    task: &'t T,
    last: f64,
}

impl<'t, T: Task> Stopwatch<'t, T> {
    pub fn start(task: &'t T) -> Self {
        Self { task, last: task.now() }
    }

    /// Adds the time since the last call to a stage.
    pub fn lap(&mut self, stage: &mut f64) {
        let now = self.task.now();
        *stage += now - self.last;
        self.last = now;
    }
}
