//! The record of one retrieval, as JavaScript sees it.

use serde::Serialize;
use tsify::Tsify;

use super::fusion::{FusionName, FusionWeights, SearchMode};
use crate::collection::{self, RerankEnd};
use crate::index::{self, ArmScore, FusionMethod, MatchKind, SegmentPath, TermWeight, VectorPath};

/// What one search did: what was asked, which paths ran, what was found, with what scores. It is plain data.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// The query as it was given.
    pub query: String,
    /// Which arms were asked for.
    pub mode: SearchMode,
    /// How their scores became one.
    pub fusion: FusionName,
    /// How much each arm counted; together 1.
    pub weights: FusionWeights,
    /// The constant k of reciprocal rank fusion.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank_constant: Option<f32>,
    /// The filter as it was given, in JSON.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The generation that was searched.
    pub generation: u64,
    /// The fingerprint of the model that made the stored vectors; absent while there are none.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// All chunks of the collection.
    pub chunks: usize,
    /// Those of them that the filter let through.
    pub eligible: u64,
    /// Those of all that had no vector yet.
    pub unembedded: usize,
    /// How many chunks were candidates of one arm or the other.
    pub candidates: usize,
    /// What each word of the query weighs.
    pub terms: Vec<TermTrace>,
    /// How each segment of the index was searched by vectors; empty where the dense arm did not run.
    pub segments: Vec<SegmentTrace>,
    /// What the second stage did; absent where there was none.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rerank: Option<RerankTrace>,
    /// Why each hit stands where it stands, in the order of the hits.
    pub hits: Vec<HitTrace>,
    /// How long each stage took.
    pub times: StageTimes,
}

/// A word of the query in folded case, or what may be meant by it: a part of it, or several words as one. Phrases are in
/// quotation marks. Function words are left out where there are better words.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct TermTrace {
    /// The word.
    pub term: String,
    /// How often it occurs in the query.
    pub occurrences: u32,
    /// How many chunks hold it in any form.
    pub chunks: usize,
    /// Its inverse document frequency.
    pub idf: f32,
    /// What it counts beside words as they are written, from 0 to 1.
    pub boost: f32,
}

/// How a segment was searched by vectors.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SegmentTrace {
    /// The segment's number.
    pub segment: u64,
    /// How many of its chunks the filter let through.
    pub eligible: u64,
    /// A scan of all of these, or a walk of the segment's graph.
    #[tsify(type = "\"exact\" | \"graph\"")]
    pub path: &'static str,
}

/// What a second stage did.
#[derive(Debug, Serialize, Tsify)]
pub struct RerankTrace {
    /// How many candidates there were to score: each passage once, less those whose texts are damaged.
    pub candidates: usize,
    /// How many of them were scored, the first ones.
    pub scored: usize,
    /// How much their scores counted, from 0 to 1: `rerank.weight`, as far as the stages agree.
    pub weight: f32,
    /// Why no more were: there were none, or `rerank.budget` was used up.
    #[tsify(type = "\"done\" | \"budget\"")]
    pub end: &'static str,
}

impl From<collection::RerankTrace> for RerankTrace {
    fn from(trace: collection::RerankTrace) -> Self {
        let end = match trace.end() {
            RerankEnd::Done => "done",
            RerankEnd::Budget => "budget",
        };
        Self { candidates: trace.candidates, scored: trace.scored, weight: trace.weight, end }
    }
}

/// What one arm said of a hit.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ArmTrace {
    /// The cosine, or the BM25 score.
    pub score: f32,
    /// The place among the arm's candidates, from 1; absent where only the other arm found the hit.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// The part of the fused score that comes from this arm.
    pub share: f32,
}

/// What a word added to a hit's BM25 score.
#[derive(Debug, Serialize, Tsify)]
pub struct TermScore {
    /// The word.
    pub term: String,
    /// What it added.
    pub score: f32,
    /// What of the chunk, its headings and the document's title matched it, the closest first.
    pub forms: Vec<FormTrace>,
}

/// A term of the index that a word of the query matched.
#[derive(Debug, Serialize, Tsify)]
pub struct FormTrace {
    /// The term in folded case.
    pub term: String,
    /// How it is like the word.
    #[tsify(type = "MatchKind")]
    pub kind: &'static str,
}

/// Why a hit stands where it stands.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct HitTrace {
    /// The fused score, before any second stage.
    pub fused: f32,
    /// The place among all candidates by that score, from 1.
    pub rank: usize,
    /// What the dense arm said.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dense: Option<ArmTrace>,
    /// What the lexical arm said.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lexical: Option<ArmTrace>,
    /// The part of the fused score that stands in for the dense arm's share, where the chunk has no vector yet but other
    /// candidates have.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neutral: Option<f32>,
    /// The BM25 score by words of the query.
    pub terms: Vec<TermScore>,
    /// What relevance goes by beside words: how close hit and query are in meaning, from 0, as texts that have nothing to do
    /// with each other, to 1; absent where there is no vector.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closeness: Option<f32>,
    /// What relevance goes by beside meaning: the share of the query's words, weighed by their rarity, that the hit holds;
    /// absent where no word counts.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word_share: Option<f32>,
    /// The score of the second stage, where there was one.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reranked: Option<f32>,
}

/// Milliseconds; 0 for a stage that did not run.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct StageTimes {
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

impl From<collection::Trace> for Trace {
    fn from(trace: collection::Trace) -> Self {
        let dense = trace.fusion.dense_weight;
        let (fusion, rank_constant) = match trace.fusion.method {
            FusionMethod::WeightedSum => (FusionName::WeightedSum, None),
            FusionMethod::ReciprocalRank { k } => (FusionName::ReciprocalRank, Some(k)),
        };
        Self {
            query: trace.query,
            mode: trace.mode.into(),
            fusion,
            weights: FusionWeights { dense, lexical: 1.0 - dense },
            rank_constant,
            filter: trace.filter,
            generation: trace.generation,
            fingerprint: trace.fingerprint,
            chunks: trace.chunks,
            eligible: trace.eligible,
            unembedded: trace.unembedded,
            candidates: trace.candidates,
            terms: trace.terms.into_iter().map(Into::into).collect(),
            segments: trace.segments.into_iter().map(Into::into).collect(),
            rerank: trace.rerank.map(Into::into),
            hits: trace.hits.into_iter().map(Into::into).collect(),
            times: trace.times.into(),
        }
    }
}

impl From<TermWeight> for TermTrace {
    fn from(weight: TermWeight) -> Self {
        let TermWeight { term, occurrences, rows, idf, boost } = weight;
        Self { term, occurrences, chunks: rows, idf, boost }
    }
}

impl From<index::TermScore> for TermScore {
    fn from(scored: index::TermScore) -> Self {
        let form = |(term, kind): (String, MatchKind)| FormTrace { term, kind: kind.name() };
        Self { term: scored.term, score: scored.score, forms: scored.forms.into_iter().map(form).collect() }
    }
}

impl From<SegmentPath> for SegmentTrace {
    fn from(path: SegmentPath) -> Self {
        let name = match path.path {
            VectorPath::Exact => "exact",
            VectorPath::Graph => "graph",
        };
        Self { segment: path.segment, eligible: path.eligible, path: name }
    }
}

impl From<ArmScore> for ArmTrace {
    fn from(arm: ArmScore) -> Self {
        Self { score: arm.score, rank: arm.rank, share: arm.share }
    }
}

impl From<collection::HitTrace> for HitTrace {
    fn from(hit: collection::HitTrace) -> Self {
        Self {
            fused: hit.fused,
            rank: hit.rank,
            dense: hit.dense.map(Into::into),
            lexical: hit.lexical.map(Into::into),
            neutral: hit.neutral,
            terms: hit.terms.into_iter().map(Into::into).collect(),
            closeness: hit.signals.closeness,
            word_share: hit.signals.words.map(|words| words.share),
            reranked: hit.reranked,
        }
    }
}

impl From<collection::Times> for StageTimes {
    fn from(times: collection::Times) -> Self {
        Self {
            embedding: times.embedding,
            filter: times.filter,
            lexical: times.lexical,
            dense: times.dense,
            fusion: times.fusion,
            rerank: times.rerank,
            texts: times.texts,
        }
    }
}
