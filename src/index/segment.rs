//! Segments: immutable tables of documents and chunks with their postings.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::ops::Range;

use super::analyzer::{Analyzer, Language};
use super::postings::{Postings, PostingsBuilder};
use crate::codec::{self, Kind};
use crate::document::{Chunk, MediaType, Metadata, Span, validate_id};
use crate::error::{Error, Result};

/// How often a term of the title counts in each chunk of its document.
const TITLE_WEIGHT: u32 = 2;

/// How often a term of a heading above a chunk counts.
const SECTION_WEIGHT: u32 = 1;

/// What the index keeps of a document. Its text is kept apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentRecord {
    /// Unique in its collection.
    pub id: String,
    /// Shown to people; its words are found in every chunk of the document. May be empty.
    pub title: String,
    /// The form of the content before extraction.
    pub media_type: MediaType,
    /// Values to filter by and to show.
    pub metadata: Metadata,
    /// Tells whether a document that is added again has changed.
    pub content_hash: [u8; 16],
    /// The length of the extracted text in bytes.
    pub text_bytes: u64,
    /// The length of the extracted text in UTF-16 code units.
    pub text_utf16: u64,
}

/// A row: a chunk and the document that it is a part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRecord {
    /// The number of the document in its segment.
    pub document: u32,
    /// Where the chunk is in the document's text.
    pub chunk: Chunk,
}

/// An immutable part of the index: documents, their chunks as rows, and postings. The chunks of a document are
/// consecutive rows, in the order in which they were pushed.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    tables: Tables,
    /// The first row of each document, and the number of rows at the end.
    first_rows: Vec<u32>,
}

/// What is stored of a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tables {
    language: Language,
    documents: Vec<DocumentRecord>,
    chunks: Vec<ChunkRecord>,
    postings: Postings,
}

impl Segment {
    /// The documents, in the order in which they were pushed.
    pub fn documents(&self) -> &[DocumentRecord] {
        &self.tables.documents
    }

    /// The rows.
    pub fn chunks(&self) -> &[ChunkRecord] {
        &self.tables.chunks
    }

    /// The language in which the words were analysed.
    pub fn language(&self) -> Language {
        self.tables.language
    }

    /// The rows of the document number `document`; empty where there is no such document.
    pub fn rows_of(&self, document: u32) -> Range<u32> {
        let first = |number: usize| self.first_rows.get(number).copied();
        let document = document as usize;
        first(document).zip(first(document + 1)).map_or(0..0, |(start, end)| start..end)
    }

    pub(super) fn postings(&self) -> &Postings {
        &self.tables.postings
    }

    /// The segment as a stored value.
    ///
    /// # Errors
    /// As [`codec::encode`].
    pub fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(Kind::Segment, &self.tables)
    }

    /// The segment in a stored value; `what` names it in errors. Everything in it is validated, so that no later
    /// use of it can fail.
    ///
    /// # Errors
    /// As [`codec::decode`]; also [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where the tables
    /// contradict each other.
    pub fn decode(what: &str, bytes: &[u8]) -> Result<Self> {
        let tables: Tables = codec::decode(Kind::Segment, what, bytes)?;
        tables.validate().map_err(|error| error.within(what))?;
        Ok(Self::new(tables))
    }

    fn new(tables: Tables) -> Self {
        let rows = tables.chunks.len();
        let first_row =
            |document| tables.chunks.partition_point(|chunk| (chunk.document as usize) < document);
        // Rows are numbered in 32 bits: the builder and `validate` see to it.
        let first_rows =
            (0..tables.documents.len()).map(first_row).chain([rows]).map(|row| row as u32).collect();
        Self { tables, first_rows }
    }
}

impl Tables {
    fn validate(&self) -> Result<()> {
        self.validate_documents()?;
        self.validate_chunks()?;
        if self.postings.rows() != self.chunks.len() {
            let message =
                format!("there are postings for {} rows, not {}", self.postings.rows(), self.chunks.len());
            return Err(Error::corrupt(message));
        }
        self.postings.validate()
    }

    fn validate_documents(&self) -> Result<()> {
        let mut ids = HashSet::new();
        for (number, document) in self.documents.iter().enumerate() {
            if validate_id(&document.id).is_err() || !ids.insert(document.id.as_str()) {
                return Err(Error::corrupt(format!(
                    "document {number} has no id, or that of another document"
                )));
            }
        }
        Ok(())
    }

    fn validate_chunks(&self) -> Result<()> {
        if u32::try_from(self.chunks.len()).is_err() {
            return Err(Error::corrupt(format!("{} rows are too many", self.chunks.len())));
        }
        let mut previous = 0;
        for (row, ChunkRecord { document, chunk }) in self.chunks.iter().enumerate() {
            let record = self.documents.get(*document as usize).filter(|_| *document >= previous);
            let record = record.ok_or_else(|| Error::corrupt(format!("row {row} belongs to no document")))?;
            if !fits(chunk.span, record.text_bytes) || !fits(chunk.span_utf16, record.text_utf16) {
                return Err(Error::corrupt(format!("the span of row {row} does not fit its document")));
            }
            previous = *document;
        }
        Ok(())
    }
}

fn fits(span: Span, length: u64) -> bool {
    span.start <= span.end && u64::from(span.end) <= length
}

/// Collects documents into a segment.
pub struct SegmentBuilder {
    language: Language,
    documents: Vec<DocumentRecord>,
    ids: HashSet<String>,
    chunks: Vec<ChunkRecord>,
    postings: PostingsBuilder,
}

impl SegmentBuilder {
    /// An empty segment whose words are analysed as those of `language`.
    pub fn new(language: Language) -> Self {
        Self {
            language,
            documents: Vec::new(),
            ids: HashSet::new(),
            chunks: Vec::new(),
            postings: PostingsBuilder::new(Analyzer::new(language)),
        }
    }

    /// How many documents were pushed.
    pub fn documents(&self) -> usize {
        self.documents.len()
    }

    /// How many rows the segment has so far.
    pub fn rows(&self) -> usize {
        self.chunks.len()
    }

    /// Adds a document with its chunks, whose spans are spans of `text`, the extracted text. Each chunk is found by
    /// the words of its span, of the headings above it, and of the document's title.
    ///
    /// # Errors
    /// [`InvalidId`](crate::error::ErrorKind::InvalidId) for an id that cannot name a document;
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for an id that the segment has already, a span
    /// that does not fit the text, or more than `u32::MAX` rows. Nothing is added then.
    pub fn push(&mut self, document: DocumentRecord, chunks: Vec<Chunk>, text: &str) -> Result<()> {
        let refused =
            |message: &str| Err(Error::invalid_argument(format!("document {:?} {message}", document.id)));
        validate_id(&document.id)?;
        if self.ids.contains(&document.id) {
            return refused("is already in the segment");
        }
        if document.text_bytes != text.len() as u64 {
            return refused("has not the length of its text");
        }
        let utf16_fits = |chunk: &Chunk| fits(chunk.span_utf16, document.text_utf16);
        if !chunks.iter().all(|chunk| chunk.span.slice(text).is_some() && utf16_fits(chunk)) {
            return refused("has a chunk whose span does not fit its text");
        }
        let Ok(end) = u32::try_from(self.chunks.len() + chunks.len()) else {
            return refused("has more chunks than a segment can hold");
        };
        // There are at most as many documents with chunks as rows; those without are bounded here.
        let Ok(number) = u32::try_from(self.documents.len()) else {
            return refused("is one more than a segment can hold");
        };
        for (row, chunk) in (self.chunks.len() as u32..end).zip(chunks) {
            let title = [(TITLE_WEIGHT, document.title.as_str())];
            let section = chunk.section.iter().map(|heading| (SECTION_WEIGHT, heading.as_str()));
            let body = chunk.span.slice(text).map(|body| (1, body));
            self.postings.push_row(row, title.into_iter().chain(section).chain(body));
            self.chunks.push(ChunkRecord { document: number, chunk });
        }
        self.ids.insert(document.id.clone());
        self.documents.push(document);
        Ok(())
    }

    /// The segment.
    pub fn build(self) -> Segment {
        let Self { language, documents, chunks, postings, .. } = self;
        Segment::new(Tables { language, documents, chunks, postings: postings.build() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::utf16_len;
    use crate::error::ErrorKind;

    fn record(id: &str, text: &str) -> DocumentRecord {
        DocumentRecord {
            id: id.into(),
            title: format!("Title of {id}"),
            media_type: MediaType::Plain,
            metadata: Metadata::new(),
            content_hash: [7; 16],
            text_bytes: text.len() as u64,
            text_utf16: utf16_len(text) as u64,
        }
    }

    fn chunk(start: usize, end: usize) -> Chunk {
        let span = Span::new(start, end);
        Chunk { span, span_utf16: span, section: vec!["Duties".into()], tokens: 1 }
    }

    fn segment() -> Segment {
        let mut builder = SegmentBuilder::new(Language::English);
        builder.push(record("a", "roof door"), vec![chunk(0, 4), chunk(5, 9)], "roof door").unwrap();
        builder.push(record("empty", ""), vec![], "").unwrap();
        builder.push(record("b", "leak"), vec![chunk(0, 4)], "leak").unwrap();
        builder.build()
    }

    #[test]
    fn the_chunks_of_a_document_are_its_rows() {
        let segment = segment();
        let rows: Vec<_> = (0..4).map(|document| segment.rows_of(document)).collect();
        assert_eq!(rows, [0..2, 2..2, 2..3, 0..0]);
        assert_eq!(segment.rows_of(u32::MAX), 0..0);
    }

    #[test]
    fn a_chunk_is_found_by_its_words_its_headings_and_its_title() {
        let segment = segment();
        let rows = |term| segment.postings().get(term).map(|posting| posting.row).collect::<Vec<_>>();
        assert_eq!(rows("door"), [1]);
        assert_eq!(rows("duti"), [0, 1, 2]);
        assert_eq!(rows("titl"), [0, 1, 2]);
        assert_eq!(rows("b"), [2]);
    }

    #[test]
    fn a_segment_comes_back_as_it_was() {
        let segment = segment();
        assert_eq!(Segment::decode("segment 1", &segment.encode().unwrap()).unwrap(), segment);
        let empty = SegmentBuilder::new(Language::None).build();
        assert_eq!(Segment::decode("segment 2", &empty.encode().unwrap()).unwrap(), empty);
    }

    #[test]
    fn tables_that_contradict_each_other_are_corrupt() {
        let damages: [fn(&mut Tables); 7] = [
            |tables| tables.documents[1].id = "a".into(),
            |tables| tables.documents[1].id = String::new(),
            |tables| tables.documents[0].text_bytes = 8,
            |tables| tables.documents[0].text_utf16 = 8,
            |tables| tables.chunks[2].document = 3,
            |tables| tables.chunks[0].document = 1,
            |tables| drop(tables.chunks.pop()),
        ];
        for (case, damage) in damages.iter().enumerate() {
            let mut tables = segment().tables;
            damage(&mut tables);
            let bytes = codec::encode(Kind::Segment, &tables).unwrap();
            let error =
                Segment::decode("segment 1", &bytes).expect_err(&format!("damage {case} was not seen"));
            assert_eq!(error.kind(), ErrorKind::StoreCorrupt);
            assert!(error.message().starts_with("segment 1: "), "{error}");
        }
    }

    #[test]
    fn a_document_that_does_not_fit_is_refused_whole() {
        let mut builder = SegmentBuilder::new(Language::English);
        builder.push(record("a", "roof"), vec![chunk(0, 4)], "roof").unwrap();
        let cases = [
            (record("a", "door"), chunk(0, 4), ErrorKind::InvalidArgument),
            (record("b", "door"), chunk(0, 5), ErrorKind::InvalidArgument),
            (record("c", "doors"), chunk(0, 4), ErrorKind::InvalidArgument),
            (record("", "door"), chunk(0, 4), ErrorKind::InvalidId),
        ];
        for (document, chunk, kind) in cases {
            assert_eq!(builder.push(document, vec![chunk], "door").unwrap_err().kind(), kind);
            assert_eq!((builder.documents(), builder.rows()), (1, 1));
        }
    }
}
