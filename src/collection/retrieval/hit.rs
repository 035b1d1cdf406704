//! Hits: what is shown of the rows that a search returns.

use super::selection::Chosen;
use crate::document::{Chunk, Metadata, Span};
use crate::error::{Error, Result};
#[cfg(doc)]
use crate::index::Evidence;
use crate::index::Index;

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
    /// How likely the chunk has to do with what is asked, from 0 to 1, by words and meaning alone: neither a reranker nor
    /// other hits change it, so that it compares across queries and collections; see [`Evidence`].
    pub relevance: f32,
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

/// The hit that a chosen candidate is, with the text of its passage.
///
/// # Errors
/// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where the passage does not hold its chunk.
pub(super) fn hit(index: &Index, chosen: &Chosen, passage: String) -> Result<Hit> {
    let row = chosen.candidate.row();
    let record = index.document(index.document_of(row));
    let chunk = index.chunk(row);
    let span = chosen.span(index);
    let in_passage = Span { start: chunk.span.start - span.start, end: chunk.span.end - span.start };
    let text = in_passage.slice(&passage).ok_or_else(|| {
        Error::corrupt(format!("document {:?}: the stored text does not hold {:?}", record.id, chunk.span))
    })?;
    Ok(Hit {
        document: record.id.clone(),
        title: record.title.clone(),
        metadata: record.metadata.clone(),
        text: text.to_owned(),
        passage: WidePassage { span, span_utf16: chosen.span_utf16(index), text: passage },
        chunk,
        score: chosen.candidate.score(),
        relevance: chosen.evidence.relevance(),
        dense: chosen.candidate.ranked.dense.map(|arm| arm.score),
        lexical: chosen.candidate.ranked.lexical.map(|arm| arm.score),
    })
}
