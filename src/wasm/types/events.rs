//! What an open collection tells those who watch it.

use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::wasm_bindgen;

use super::ErrorInfo;
use crate::collection::{Activity, Event};
use crate::error::Error;

#[wasm_bindgen(typescript_custom_section)]
const ACTIVITY: &str = r#"
/** Work in the background. */
export type Activity = "embedding" | "merging" | "graphs" | "repairing" | "reindexing";
"#;

pub(super) fn activity_name(activity: Activity) -> &'static str {
    match activity {
        Activity::Embedding => "embedding",
        Activity::Merging => "merging",
        Activity::Graphs => "graphs",
        Activity::Repairing => "repairing",
        Activity::Reindexing => "reindexing",
    }
}

/// A commit, here or in another tab.
#[derive(Debug, Serialize, Tsify)]
pub struct ChangeEvent {
    /// The number of the commit.
    pub generation: u64,
    /// The number of documents now.
    pub documents: usize,
    /// The number of chunks now.
    pub chunks: usize,
    /// How many chunks have no vector yet.
    pub backlog: usize,
}

/// An error that work in the background met. What it could not do stays undone; the collection is whole.
#[derive(Debug, Serialize, Tsify)]
pub struct ProblemEvent {
    /// What was done.
    #[tsify(type = "Activity")]
    pub activity: &'static str,
    /// What was wrong.
    pub error: ErrorInfo,
}

impl ProblemEvent {
    /// The event of an error.
    pub(super) fn new(activity: Activity, error: &Error) -> Self {
        Self { activity: activity_name(activity), error: error.into() }
    }
}

/// What the core tells the collection's worker.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum CoreEvent {
    /// A generation was committed.
    Change(ChangeEvent),
    /// Work in the background met an error.
    Problem(ProblemEvent),
}

impl From<&Event> for CoreEvent {
    fn from(event: &Event) -> Self {
        match event {
            Event::Changed { generation, counts } => Self::Change(ChangeEvent {
                generation: *generation,
                documents: counts.documents,
                chunks: counts.chunks,
                backlog: counts.chunks_without_vector,
            }),
            Event::Problem { activity, error } => Self::Problem(ProblemEvent::new(*activity, error)),
        }
    }
}
