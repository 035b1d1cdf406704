//! What a search was asked and what it found, in few words: enough to keep, and to repeat it.

use serde::{Deserialize, Serialize};

use super::model::ModelStatus;
use super::retrieval::{Hit, SearchOptions, SearchResult, SecondStage};
use super::trace::Trace;
use crate::hex::hex;

/// A search and what it found. Numbers are kept to the bit, also as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retrieval {
    /// What was searched for: the question, with what it refers to of earlier ones.
    pub query: String,
    /// Whether that was longer than the model takes, so that only its beginning was embedded.
    pub query_truncated: bool,
    /// How it was searched.
    pub options: SearchOptions,
    /// Its second stage; `None` where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rerank: Option<SecondStage>,
    /// The generation that was searched.
    pub generation: u64,
    /// The fingerprint of the model that made its vectors; `None` where it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// How far the model was: vectors took part only where it was ready.
    pub model: ModelStatus,
    /// How many chunks had no vector yet.
    pub unembedded: usize,
    /// What was found, best first.
    pub hits: Vec<RetrievedHit>,
    /// Why, where that was asked for. It is no part of the JSON.
    #[serde(skip)]
    pub trace: Option<Trace>,
}

/// Which chunk was found, and how well it fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RetrievedHit {
    /// The id of its document.
    pub document: String,
    /// All that was added of the document, as a hash in hexadecimal digits.
    pub content: String,
    /// Its first UTF-16 code unit there.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// [`Hit::score`]
    pub score: f64,
    /// [`Hit::relevance`]
    pub relevance: f64,
}

impl Retrieval {
    /// What a search was asked and found.
    pub fn of(found: &SearchResult) -> Self {
        Self {
            query: found.query.clone(),
            query_truncated: found.query_truncated,
            options: SearchOptions { explain: false, ..found.options.clone() },
            rerank: found.rerank,
            generation: found.generation,
            fingerprint: found.fingerprint.clone(),
            model: found.model,
            unembedded: found.unembedded,
            hits: found.hits.iter().map(RetrievedHit::of).collect(),
            trace: found.trace.clone(),
        }
    }
}

impl RetrievedHit {
    /// What is kept of a hit.
    pub fn of(hit: &Hit) -> Self {
        Self {
            document: hit.document.clone(),
            content: hex(&hit.content_hash),
            start: hit.chunk.span_utf16.start,
            end: hit.chunk.span_utf16.end,
            score: f64::from(hit.score),
            relevance: f64::from(hit.relevance),
        }
    }
}
