//! The audit trail, and what a search was asked and found in few words.

use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::prelude::*;

use super::trace::Trace;
use crate::collection;
use crate::error::{Error, Result};
use crate::trail::Entry;

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
  /** Its second stage, in the same terms; absent where there was none. */
  rerank?: Record<string, unknown>;
  /** The generation that was searched. */
  generation: number;
  /** The fingerprint of the model that made its vectors; absent where it had none. */
  fingerprint?: string;
  /** How far the model was: vectors took part only with `"ready"`. */
  model: ModelStatus;
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
  /** All that was added of the document, as a hash. */
  content: string;
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

/** Documents that have changed since a record was made, by id. */
export interface ChangedDocuments {
  /** Those that came. */
  added: string[];
  /** Those whose content, or what was added with it, is another. */
  replaced: string[];
  /** Those that went. */
  removed: string[];
  /**
   * How many gaps there are in what is known of changes: between the search and its record, and where what is stored of changes
   * cannot be read.
   */
  unknown: number;
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
  /** How far the model was then: vectors took part only with `"ready"`. */
  modelThen: ModelStatus;
  /** How far it is now. */
  modelNow: ModelStatus;
  /** How many chunks had no vector then. */
  unembeddedThen: number;
  /** How many have none now. */
  unembeddedNow: number;
}
"#;

/// A search and what it found as JSON, with its trace if it has one.
pub fn retrieval(mut retrieval: collection::Retrieval) -> Result<Value> {
    let trace = retrieval.trace.take().map(|trace| to_json(&Trace::from(trace))).transpose()?;
    Ok(with_trace(to_json(&retrieval)?, trace))
}

/// A search and what it found, with its trace.
pub fn with_trace(mut retrieval: Value, trace: Option<Value>) -> Value {
    if let (Value::Object(fields), Some(trace)) = (&mut retrieval, trace) {
        fields.insert("trace".to_owned(), trace);
    }
    retrieval
}

/// A line of an export; of a damaged record one that says what is wrong, and is no record.
pub fn record_line((number, entry): (u64, Result<Entry>)) -> String {
    match entry {
        Ok(entry) => entry.line(),
        Err(error) => serde_json::json!({ "number": number, "damaged": error.message() }).to_string(),
    }
}

/// A value as JSON.
pub fn to_json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value)
        .map_err(|cause| Error::internal("a value could not be encoded").with_source(cause))
}
