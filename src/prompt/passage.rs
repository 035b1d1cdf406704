//! Passages: what was retrieved, and which parts of it are quoted.

use crate::document::{Frame, Span, utf16_len};
use crate::error::{Error, Result};
use crate::evidence::frame;

/// What a prompt quotes of the passages that were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quote {
    /// The sentences that answer, each span of them as a source of its own; nothing of a passage that has none. One that is
    /// wider than its chunk is to be read with what is around it, so that it is quoted whole; so are all where none has evidence.
    #[default]
    Evidence,
    /// The whole of each.
    Passage,
}

/// A retrieved passage: one chunk, or several that overlap.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The document's id.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// The headings it stands under, outermost first.
    pub section: Vec<String>,
    /// The number of the page that its best chunk begins on; `None` where the document has none.
    pub page: Option<u32>,
    /// What it needs around it to be read alone.
    pub frame: Frame,
    /// Where it is, in bytes of the document's extracted text; from 0 on where only the other span is known, by which
    /// passages are compared.
    pub span: Span,
    /// Where it is, in UTF-16 code units of the document's extracted text.
    pub span_utf16: Span,
    /// The text of the span.
    pub text: String,
    /// The score of the best chunk in it.
    pub score: f32,
    /// The greatest relevance of a chunk in it, from 0 to 1.
    pub relevance: f32,
}

/// A retrieved passage, and which parts of it answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrieved {
    /// All of it.
    pub passage: Passage,
    /// Where the chunk in it is that was found, in UTF-16 code units of the document's extracted text.
    pub chunk: Span,
    /// Where the sentences that answer are, likewise, best first.
    pub evidence: Vec<Span>,
}

impl From<Passage> for Retrieved {
    fn from(passage: Passage) -> Self {
        Self { chunk: passage.span_utf16, passage, evidence: Vec::new() }
    }
}

impl Retrieved {
    /// What is quoted of it, best first.
    pub(super) fn quotes(self, quote: Quote) -> Result<Vec<Passage>> {
        let Self { passage, chunk, evidence } = self;
        if quote == Quote::Passage || passage.span_utf16 != chunk {
            return Ok(vec![passage]);
        }
        evidence.into_iter().map(|span| passage.part(span)).collect()
    }
}

impl Passage {
    /// The part of it at a span of the document's extracted text, in UTF-16 code units, with what it needs to be read alone.
    pub(crate) fn part(&self, span_utf16: Span) -> Result<Self> {
        let outside = || {
            let Self { document, span_utf16: own, .. } = self;
            let message =
                format!("evidence of document {document:?} at {span_utf16:?} is not in its passage {own:?}");
            Error::invalid_argument(message)
        };
        let units = |at: u32| at.checked_sub(self.span_utf16.start).map(|units| units as usize);
        let byte = |at: u32| byte_of_utf16(&self.text, units(at)?);
        let (start, end) = byte(span_utf16.start).zip(byte(span_utf16.end)).ok_or_else(outside)?;
        let text = self.text.get(start..end).filter(|text| !text.is_empty()).ok_or_else(outside)?;
        Ok(Self {
            frame: frame(&self.text, Span::new(start, end), &self.frame),
            span: Span { start: self.span.start + start as u32, end: self.span.start + end as u32 },
            span_utf16,
            text: text.to_owned(),
            ..self.clone()
        })
    }

    /// Joins `other` to this passage if both are of one document and their spans overlap or touch.
    fn absorb(&mut self, other: &Passage) -> bool {
        let (own, theirs) = (self.span_utf16, other.span_utf16);
        let touching = own.start <= theirs.end && theirs.start <= own.end;
        if self.document != other.document || !touching {
            return false;
        }
        let score = self.score.max(other.score);
        let relevance = self.relevance.max(other.relevance);
        if theirs.start < own.start {
            let later = std::mem::replace(self, other.clone());
            self.append(&later);
        } else {
            self.append(other);
        }
        (self.score, self.relevance) = (score, relevance);
        true
    }

    /// Appends what `later`, which begins in this passage or where it ends, has beyond its end.
    fn append(&mut self, later: &Passage) {
        if later.span_utf16.end > self.span_utf16.end {
            let repeated = (self.span_utf16.end - later.span_utf16.start) as usize;
            let new = after_utf16(&later.text, repeated);
            self.text.push_str(new);
            self.frame.tail.clone_from(&later.frame.tail);
            self.span.end += new.len() as u32;
            self.span_utf16.end = later.span_utf16.end;
        }
    }

    /// What of it stands before a byte of its text, with what that needs to be read alone; `None` where nothing does.
    pub(super) fn beginning(&self, bytes: usize) -> Option<Self> {
        let text = self.text.get(..bytes).map(str::trim_end).filter(|text| !text.is_empty())?;
        let end = self.span_utf16.start + utf16_len(text) as u32;
        Some(Self {
            frame: frame(&self.text, Span::new(0, text.len()), &self.frame),
            span: Span { start: self.span.start, end: self.span.start + text.len() as u32 },
            span_utf16: Span { start: self.span_utf16.start, end },
            text: text.to_owned(),
            ..self.clone()
        })
    }
}

/// What of `text` follows its first `units` UTF-16 code units.
fn after_utf16(text: &str, units: usize) -> &str {
    byte_of_utf16(text, units).map_or("", |at| &text[at..])
}

/// The byte at which a text has had so many UTF-16 code units, or where the character ends that has the last of them; `None`
/// beyond its end.
fn byte_of_utf16(text: &str, units: usize) -> Option<usize> {
    let mut seen = 0;
    let mut begins = text.char_indices().map(|(at, it)| (at, it.len_utf16())).chain([(text.len(), 0)]);
    begins.find_map(|(at, length)| {
        let is_there = seen >= units;
        seen += length;
        is_there.then_some(at)
    })
}

/// Joins passages of one document that overlap or touch, so that no text is quoted twice. Ranks are kept: a joined
/// passage stands where its best part stood.
pub(super) fn merge_overlapping(passages: Vec<Passage>) -> Vec<Passage> {
    let mut merged: Vec<Passage> = Vec::with_capacity(passages.len());
    for passage in passages {
        if let Some(place) = merged.iter_mut().position(|earlier| earlier.absorb(&passage)) {
            // The grown passage may now touch others that stand below it.
            let mut below = merged.split_off(place + 1);
            below.retain(|other| !merged[place].absorb(other));
            merged.append(&mut below);
        } else {
            merged.push(passage);
        }
    }
    merged
}
