//! The form in which tables are stored, and the checks of what comes back from a store.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use super::{ChunkRecord, DocumentRecord, Tables};
use crate::codec::{self, Kind};
use crate::document::{Frame, Span, validate_id};
use crate::error::{Error, Result};
use crate::index::fingerprint::Fingerprint;

/// What is stored of tables: borrowed when it is written, owned when it is read.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::index) struct Stored<'s> {
    pub documents: Cow<'s, [DocumentRecord]>,
    pub sections: Cow<'s, [Vec<String>]>,
    pub frames: Cow<'s, [Frame]>,
    /// How many of the chunks each document has.
    pub chunk_counts: Vec<u32>,
    pub chunks: Vec<StoredChunk>,
}

/// A chunk in relation to the one before it in its document, so that most numbers take one byte: about eleven bytes
/// in all, and eight of the fingerprint.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(in crate::index) struct StoredChunk {
    /// Bytes from the end of the chunk before, or the beginning of the text; negative where they overlap.
    pub gap: i64,
    length: u32,
    /// How many more bytes than UTF-16 code units the gap and the length have; 0 in ASCII.
    pub gap_excess: i64,
    length_excess: i64,
    /// How far its section is from that of the chunk before, in the list of sections.
    pub section_step: i64,
    /// How far its frame is from that of the chunk before, in the list of frames.
    frame_step: i64,
    /// How far its page is from that of the chunk before; pages are numbered from 1, and 0 is none.
    page_step: i64,
    tokens: u32,
    fingerprint: Fingerprint,
}

/// Where the chunk before ended.
#[derive(Clone, Copy, Default)]
struct Position {
    end: u32,
    end_utf16: u32,
    section: u32,
    frame: u32,
    page: u32,
}

impl Position {
    fn after(chunk: &ChunkRecord) -> Self {
        Self {
            end: chunk.span.end,
            end_utf16: chunk.span_utf16.end,
            section: chunk.section,
            frame: chunk.frame,
            page: chunk.page.unwrap_or(0),
        }
    }

    fn relate(self, chunk: &ChunkRecord) -> StoredChunk {
        let distance = |from: u32, to: u32| i64::from(to) - i64::from(from);
        let gap = distance(self.end, chunk.span.start);
        let length = chunk.span.end - chunk.span.start;
        let length_utf16 = chunk.span_utf16.end - chunk.span_utf16.start;
        StoredChunk {
            gap,
            length,
            gap_excess: gap - distance(self.end_utf16, chunk.span_utf16.start),
            length_excess: distance(length_utf16, length),
            section_step: distance(self.section, chunk.section),
            frame_step: distance(self.frame, chunk.frame),
            page_step: distance(self.page, chunk.page.unwrap_or(0)),
            tokens: chunk.tokens,
            fingerprint: chunk.fingerprint,
        }
    }

    /// The chunk that [`Position::relate`] gave; `None` where a number of it does not fit.
    fn resolve(self, document: u32, stored: &StoredChunk) -> Option<ChunkRecord> {
        let span = |end: u32, gap: i64, length: i64| {
            let start = i64::from(end).checked_add(gap)?;
            let end = start.checked_add(length)?;
            Some(Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
        };
        let length = i64::from(stored.length);
        let gap_utf16 = stored.gap.checked_sub(stored.gap_excess)?;
        let length_utf16 = length.checked_sub(stored.length_excess)?;
        let after = |before: u32, step: i64| u32::try_from(i64::from(before).checked_add(step)?).ok();
        let page = after(self.page, stored.page_step)?;
        Some(ChunkRecord {
            document,
            span: span(self.end, stored.gap, length)?,
            span_utf16: span(self.end_utf16, gap_utf16, length_utf16)?,
            section: after(self.section, stored.section_step)?,
            frame: after(self.frame, stored.frame_step)?,
            page: (page > 0).then_some(page),
            tokens: stored.tokens,
            fingerprint: stored.fingerprint,
        })
    }
}

impl<'s> Stored<'s> {
    pub fn from_tables(tables: &'s Tables) -> Self {
        let mut chunks = Vec::with_capacity(tables.chunks.len());
        for document in tables.chunks.chunk_by(|a, b| a.document == b.document) {
            let mut before = Position::default();
            for chunk in document {
                chunks.push(before.relate(chunk));
                before = Position::after(chunk);
            }
        }
        Self {
            documents: Cow::Borrowed(&tables.documents),
            sections: Cow::Borrowed(&tables.sections),
            frames: Cow::Borrowed(&tables.frames),
            chunk_counts: tables.first_rows.array_windows().map(|[first, next]| next - first).collect(),
            chunks,
        }
    }

    pub fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(Kind::Tables, self)
    }

    pub fn decode(what: &str, bytes: &[u8]) -> Result<Tables> {
        let stored: Stored<'static> = codec::decode(Kind::Tables, what, bytes)?;
        stored.into_tables().map_err(|error| error.within(what))
    }

    fn into_tables(self) -> Result<Tables> {
        let chunks = self.resolved_chunks()?;
        let invalid = self.documents.iter().position(|document| validate_id(&document.id).is_err());
        if let Some(number) = invalid {
            return Err(Error::corrupt(format!("document {number} has no id")));
        }
        // Whoever made a file up can claim any length, by which room would be made.
        let is_long =
            |document: &DocumentRecord| document.text_bytes.max(document.text_utf16) > u64::from(u32::MAX);
        if let Some(number) = self.documents.iter().position(is_long) {
            return Err(Error::corrupt(format!("the text of document {number} is longer than spans reach")));
        }
        let tables = Tables::new(
            self.documents.into_owned(),
            self.sections.into_owned(),
            self.frames.into_owned(),
            chunks,
        );
        match tables.repeated_id() {
            Some(id) => Err(Error::corrupt(format!("two documents have the id {id:?}"))),
            None => Ok(tables),
        }
    }

    fn resolved_chunks(&self) -> Result<Vec<ChunkRecord>> {
        let counted: u64 = self.chunk_counts.iter().map(|count| u64::from(*count)).sum();
        let rows = u32::try_from(self.chunks.len()).ok().map(u64::from);
        if self.chunk_counts.len() != self.documents.len() || rows != Some(counted) {
            return Err(Error::corrupt(format!(
                "the {} chunks are not those of {} documents",
                self.chunks.len(),
                self.documents.len()
            )));
        }
        let mut chunks = Vec::with_capacity(self.chunks.len());
        let mut rest = self.chunks.as_slice();
        for ((number, record), count) in (0..).zip(self.documents.iter()).zip(&self.chunk_counts) {
            let own;
            (own, rest) = rest.split_at(*count as usize);
            let mut before = Position::default();
            for stored in own {
                let chunk = before.resolve(number, stored).filter(|chunk| self.fits(chunk, record));
                let chunk = chunk.ok_or_else(|| {
                    Error::corrupt(format!(
                        "the span, section or frame of row {} does not exist",
                        chunks.len()
                    ))
                })?;
                before = Position::after(&chunk);
                chunks.push(chunk);
            }
        }
        Ok(chunks)
    }

    fn fits(&self, chunk: &ChunkRecord, record: &DocumentRecord) -> bool {
        super::fits(chunk.span, record.text_bytes)
            && super::fits(chunk.span_utf16, record.text_utf16)
            && (chunk.section as usize) < self.sections.len()
            && (chunk.frame as usize) < self.frames.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::MediaType;
    use crate::error::ErrorKind;

    fn tables(text_bytes: u64, text_utf16: u64) -> Tables {
        let document = DocumentRecord {
            id: "a".into(),
            title: String::new(),
            media_type: MediaType::Plain,
            metadata: Default::default(),
            language: None,
            content_hash: [1; 16],
            text_part: [1; 16],
            has_outline: false,
            is_estimated: true,
            text_bytes,
            text_utf16,
        };
        Tables::new(vec![document], Vec::new(), Vec::new(), Vec::new())
    }

    #[test]
    fn texts_that_are_longer_than_spans_reach_are_damage() {
        let most = u64::from(u32::MAX);
        let decoded = |bytes, utf16| {
            let encoded = Stored::from_tables(&tables(bytes, utf16)).encode().unwrap();
            Stored::decode("tables/1", &encoded)
        };
        assert!(decoded(most, most).is_ok());
        for (bytes, utf16) in [(most + 1, 1), (1, most + 1), (u64::MAX, u64::MAX)] {
            let error = decoded(bytes, utf16).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::StoreCorrupt);
            assert!(error.message().contains("the text of document 0"), "{}", error.message());
        }
    }
}
