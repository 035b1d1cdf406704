//! Hits: what is shown of the rows that a search returns.

use super::selection::{Candidate, Chosen};
use crate::document::{Chunk, Frame, Metadata, Span, Utf16Index};
use crate::error::{Error, Result};
use crate::evidence::EvidenceSentence;
#[cfg(doc)]
use crate::index::Signals;
use crate::index::{Index, MatchKind, TextMatcher, WordMatch, without_overlaps};
use crate::language::Language;

/// A chunk that a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The document's id.
    pub document: String,
    /// All that was added of the document, as a hash.
    pub content_hash: [u8; 16],
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
    /// The sentences of the chunk that answer, best first; spans of neighbours are joined. The hits of a search
    /// compete for the number that [`SearchOptions::evidence`](crate::collection::SearchOptions::evidence) asks for, so that one
    /// may have none.
    pub evidence: Vec<HitEvidence>,
    /// Where else the same is said, best first: exact copies, and near ones that differ in case, white space, typography, a
    /// date, or add no sentence. Those that were candidates, up to 100; none where
    /// [`SearchOptions::duplicates`](crate::collection::SearchOptions::duplicates) shows them as hits. Of a widened hit also
    /// those of the chunks that became a part of its passage.
    pub copies: Vec<HitCopy>,
    /// What the hits are ranked by; comparable within one search only.
    pub score: f32,
    /// How likely the chunk has to do with what is asked, from 0 to 1, by words and meaning alone: neither a reranker nor
    /// other hits change it, so that it compares across queries and collections; see [`Signals`].
    pub relevance: f32,
    /// The cosine of query and chunk, from -1 to 1; `None` where the chunk has no vector yet or the mode uses none.
    pub dense: Option<f32>,
    /// The BM25 score; `None` where no word of the query is in the chunk or the mode uses none.
    pub lexical: Option<f32>,
    /// Where words of the query are in the chunk, in order and without overlap; in every mode.
    pub matches: Vec<HitMatch>,
}

/// A word of the query in a hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitMatch {
    /// Where it is, in bytes of the document's extracted text.
    pub span: Span,
    /// Where it is, in UTF-16 code units of the document's extracted text.
    pub span_utf16: Span,
    /// The word of the query, in folded case.
    pub term: String,
    /// How the document's is like it.
    pub kind: MatchKind,
}

/// One or more sentences of a chunk that answer.
#[derive(Clone, Debug, PartialEq)]
pub struct HitEvidence {
    /// Where they are, in bytes of the extracted text.
    pub span: Span,
    /// Where they are, in UTF-16 code units of the extracted text.
    pub span_utf16: Span,
    /// How well the best of them answers, by meaning, words and the rank of the chunk; comparable within one search only.
    pub score: f32,
    /// Each of them that says something, in order, where it is in bytes of the extracted text.
    pub sentences: Vec<EvidenceSentence>,
}

/// A chunk that says the same as a hit. Its text is not read for it.
#[derive(Clone, Debug, PartialEq)]
pub struct HitCopy {
    /// The document's id.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// Where it is.
    pub chunk: Chunk,
    /// What it would be ranked by; with a second stage the score of the hit, as copies are scored once.
    pub score: f32,
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
    /// What it needs around it to be read alone.
    pub frame: Frame,
}

/// A chosen candidate with the text of its passage, and the words of the query in it.
pub(super) struct View<'i> {
    index: &'i Index,
    language: Option<Language>,
    chunk: Chunk,
    passage: WidePassage,
    text: String,
    /// All words in the chunk, in what it needs before it, in its headings and in the title of its document.
    words: Vec<(usize, MatchKind)>,
    matches: Vec<HitMatch>,
}

impl<'i> View<'i> {
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where the passage does not hold its chunk.
    pub fn new(
        index: &'i Index,
        chosen: &Chosen,
        passage: String,
        matcher: &TextMatcher<'_>,
    ) -> Result<Self> {
        let row = chosen.candidate.row();
        let record = index.document(index.document_of(row));
        let chunk = index.chunk(row);
        let span = chosen.span(index);
        let in_passage = Span { start: chunk.span.start - span.start, end: chunk.span.end - span.start };
        let text = in_passage.slice(&passage).map(str::to_owned).ok_or_else(|| {
            Error::corrupt(format!(
                "document {:?}: the stored text does not hold {:?}",
                record.id, chunk.span
            ))
        })?;
        let found = matcher.occurrences(record.language, &text);
        let above = chunk.section.iter().chain([&record.title, &chunk.frame.lead]);
        let above = above.flat_map(|heading| matcher.occurrences(record.language, heading));
        let words = found.iter().cloned().chain(above).map(|found| (found.word, found.kind)).collect();
        let matches = matches(matcher, found, &chunk, &text);
        let passage = WidePassage {
            span,
            span_utf16: chosen.span_utf16(index),
            text: passage,
            frame: chosen.frame(index),
        };
        Ok(Self { index, language: record.language, chunk, passage, text, words, matches })
    }

    /// What its document is written in.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// The words of the query that it holds, repeated ones, too, with how they are alike.
    pub fn words(&self) -> &[(usize, MatchKind)] {
        &self.words
    }

    /// What is shown of the candidate, whose signals are known by now.
    pub fn into_hit(self, chosen: &Chosen) -> Hit {
        let Self { index, chunk, passage, text, matches, .. } = self;
        let record = index.document(index.document_of(chosen.candidate.row()));
        Hit {
            document: record.id.clone(),
            content_hash: record.content_hash,
            title: record.title.clone(),
            metadata: record.metadata.clone(),
            text,
            passage,
            // It is chosen when all hits are known.
            evidence: Vec::new(),
            copies: chosen.copies.iter().map(|candidate| copy(index, candidate)).collect(),
            chunk,
            score: chosen.candidate.score(),
            relevance: chosen.signals.relevance(),
            dense: chosen.candidate.ranked.dense.map(|arm| arm.score),
            lexical: chosen.candidate.ranked.lexical.map(|arm| arm.score),
            matches,
        }
    }
}

/// Where words that were found in the text of a chunk are in its document.
fn matches(matcher: &TextMatcher<'_>, found: Vec<WordMatch>, chunk: &Chunk, text: &str) -> Vec<HitMatch> {
    let mut offsets = Utf16Index::new(text);
    let found = without_overlaps(found).into_iter().map(|found| {
        let span = Span::new(found.span.start, found.span.end);
        let moved = |span: Span, by: u32| Span { start: span.start + by, end: span.end + by };
        HitMatch {
            span: moved(span, chunk.span.start),
            span_utf16: moved(offsets.span(span), chunk.span_utf16.start),
            term: matcher.term(found.word).to_owned(),
            kind: found.kind,
        }
    });
    found.collect()
}

fn copy(index: &Index, candidate: &Candidate) -> HitCopy {
    let record = index.document(index.document_of(candidate.row()));
    HitCopy {
        document: record.id.clone(),
        title: record.title.clone(),
        chunk: index.chunk(candidate.row()),
        score: candidate.score(),
    }
}
