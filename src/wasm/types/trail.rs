//! The audit trail, and what a search was asked and found in few words.

use serde::Serialize;
use serde_json::Value;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::trace::Trace;
use crate::collection::{self, HitDifference, RetrievedHit};
use crate::error::{Error, Result};

#[wasm_bindgen(typescript_custom_section)]
const TRAIL: &str = r#"
/** A search and what it found, in few words: enough to keep, and to repeat it. Numbers are exact. */
export interface Retrieval {
  /** What was searched for: the question, with what it refers to of earlier ones. */
  query: string;
  /** Whether that was longer than the model takes, so that only its beginning was embedded. */
  queryTruncated: boolean;
  /** How it was searched, in the core's own terms. */
  options: Record<string, unknown>;
  /** How many candidates a second stage scored; absent where there was none. */
  rerank?: number;
  /** The generation that was searched. */
  generation: number;
  /** The fingerprint of the model that made its vectors; absent where it had none. */
  fingerprint?: string;
  /** How many chunks had no vector yet. */
  unembedded: number;
  /** What was found, best first. */
  hits: RetrievedHit[];
  /** Why, with `explain`, and in records. */
  trace?: Trace;
}

/** Which chunk was found, by its UTF-16 code units, and how well it fits. */
export interface RetrievedHit {
  document: string;
  start: number;
  end: number;
  score: number;
  relevance: number;
}

/** Whether a trail holds together. */
export interface TrailCheck {
  /** How many records are there. */
  records: number;
  /** How many were deleted and have left a line. */
  deleted: number;
  /** The number of the first line; 0 where there is none. */
  first: number;
  /** The SHA-256 of the last line; zeros where there is none. Written down elsewhere it shows later that nothing was changed. */
  head: string;
  /** What does not fit, in order. */
  broken: { number: number; message: string }[];
}

/** What became of a search that was repeated. */
export interface Replay {
  /** Whether it found the same, in the same order, with the same scores to the bit. */
  identical: boolean;
  /** Where it did not, by place from 1: what was found there, and what is. */
  differences: { place: number; then?: RetrievedHit; now?: RetrievedHit }[];
  /** Which documents have changed since. */
  documents: ChangedDocuments;
  /** Whether the stored vectors are of the same model as then. */
  sameModel: boolean;
  /** How many chunks had no vector then. */
  unembeddedThen: number;
  /** How many have none now. */
  unembeddedNow: number;
}
"#;

/// A search and what it found as JSON, with its trace if it has one.
pub fn retrieval(mut retrieval: collection::Retrieval) -> Result<Value> {
    let trace = retrieval.trace.take().map(|trace| to_json(&Trace::from(trace))).transpose()?;
    with_trace(&retrieval, trace)
}

/// A search and what it found as JSON, with its trace in JSON.
pub fn with_trace(retrieval: &collection::Retrieval, trace: Option<Value>) -> Result<Value> {
    let mut value = to_json(retrieval)?;
    if let (Value::Object(fields), Some(trace)) = (&mut value, trace) {
        fields.insert("trace".to_owned(), trace);
    }
    Ok(value)
}

/// A value as JSON.
pub fn to_json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value)
        .map_err(|cause| Error::internal("a value could not be encoded").with_source(cause))
}

/// Documents that have changed since a record was made, by id.
#[derive(Debug, Serialize, Tsify)]
pub struct ChangedDocuments {
    /// Those that came.
    pub added: Vec<String>,
    /// Those whose content, or what was added with it, is another.
    pub replaced: Vec<String>,
    /// Those that went.
    pub removed: Vec<String>,
    /// How many records since then were deleted or cannot be read: what changed before these is not known.
    pub unknown: usize,
}

/// Declared by hand, as it holds what is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replay {
    identical: bool,
    differences: Vec<Difference>,
    documents: ChangedDocuments,
    same_model: bool,
    unembedded_then: usize,
    unembedded_now: usize,
}

#[derive(Debug, Serialize)]
struct Difference {
    place: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<RetrievedHit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<RetrievedHit>,
}

impl From<collection::Replay> for Replay {
    fn from(replay: collection::Replay) -> Self {
        let collection::DocumentChanges { added, replaced, removed, unknown } = replay.documents;
        let difference = |HitDifference { place, then, now }| Difference { place, then, now };
        Self {
            identical: replay.identical,
            differences: replay.differences.into_iter().map(difference).collect(),
            documents: ChangedDocuments { added, replaced, removed, unknown },
            same_model: replay.same_model,
            unembedded_then: replay.unembedded_then,
            unembedded_now: replay.unembedded_now,
        }
    }
}
