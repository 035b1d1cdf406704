//! What a prompt leaves out, and why.

use serde::Serialize;

use super::passage::Passage;
use crate::document::Span;

/// A passage that was retrieved and is not quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The document's id.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// Where the passage is, in bytes of the document's extracted text.
    pub span: Span,
    /// Where it is, in UTF-16 code units of the document's extracted text.
    pub span_utf16: Span,
    /// Why it is left out.
    pub reason: DropReason,
}

/// Why a passage is not quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DropReason {
    /// The budget had no room for it.
    Budget,
    /// One that is quoted says the same in the same words.
    Copy,
    /// It is not likely to answer: none of what was found is, or none of its sentences are among those that do.
    Unlikely,
}

impl DropReason {
    /// Its name: `"budget"`, `"copy"` or `"unlikely"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Copy => "copy",
            Self::Unlikely => "unlikely",
        }
    }
}

impl Dropped {
    pub(super) fn new(passage: &Passage, reason: DropReason) -> Self {
        Self {
            document: passage.document.clone(),
            title: passage.title.clone(),
            span: passage.span,
            span_utf16: passage.span_utf16,
            reason,
        }
    }
}
