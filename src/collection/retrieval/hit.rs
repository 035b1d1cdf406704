//! Hits: what is shown of the rows that a search returns.

use super::selection::Chosen;
use crate::collection::state::{Row, State};
use crate::document::{Chunk, Metadata, Span};
use crate::error::Result;

/// A chunk that a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The document's id.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// The document's metadata.
    pub metadata: Metadata,
    /// Where it is.
    pub chunk: Chunk,
    /// The text of the chunk's span.
    pub text: String,
    /// The chunk with its neighbours, as far as [`SearchOptions::expand`](crate::collection::SearchOptions::expand) asks for them.
    pub passage: WidePassage,
    /// What the hits are ranked by; comparable within one search only.
    pub score: f32,
    /// The cosine of query and chunk, from -1 to 1; `None` where the chunk has no vector yet or the mode uses none.
    pub dense: Option<f32>,
    /// The BM25 score; `None` where no term of the query is in the chunk or the mode uses none.
    pub lexical: Option<f32>,
}

/// A span of a document's text that begins and ends with a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidePassage {
    /// Where it is, in bytes of the extracted text.
    pub span: Span,
    /// Where it is, in UTF-16 code units of the extracted text.
    pub span_utf16: Span,
    /// The text of the span.
    pub text: String,
}

/// The hit that a chosen candidate is, with the text of its document.
pub(super) fn hit(state: &State, chosen: &Chosen, text: &str) -> Result<Hit> {
    let row = chosen.candidate.row();
    let record = state.index.document(state.document_of(row));
    let chunk = state.chunk(row);
    let first = state.chunk(Row { row: chosen.rows.start, ..row });
    let last = state.chunk(Row { row: chosen.rows.end - 1, ..row });
    let span = Span { start: first.span.start, end: last.span.end.max(first.span.end) };
    let span_utf16 =
        Span { start: first.span_utf16.start, end: last.span_utf16.end.max(first.span_utf16.end) };
    Ok(Hit {
        document: record.id.clone(),
        title: record.title.clone(),
        metadata: record.metadata.clone(),
        text: state.slice(row, chunk.span, text)?.to_owned(),
        passage: WidePassage { span, span_utf16, text: state.slice(row, span, text)?.to_owned() },
        chunk,
        score: chosen.candidate.score(),
        dense: chosen.candidate.ranked.dense.map(|arm| arm.score),
        lexical: chosen.candidate.ranked.lexical.map(|arm| arm.score),
    })
}
