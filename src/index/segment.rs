//! Segments: immutable tables of documents and chunks with their postings.

mod stored;

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::analyzer::Analyzer;
use super::language::Language;
use super::postings::{Postings, PostingsBuilder};
use crate::document::{Chunk, MediaType, Metadata, Span, validate_id};
use crate::error::{Error, Result};
use crate::filter::Columns;
use stored::Stored;

/// How often a term of the title counts in each chunk of its document.
const TITLE_WEIGHT: u32 = 2;

/// How often a term of a heading above a chunk counts.
const SECTION_WEIGHT: u32 = 1;

/// The most rows that documents are brought together to, in one segment: what is held in memory several times while it
/// is written stays within what a browser's tab may take, with 384 dimensions about 60 MB each time. A document that
/// alone has more is a segment of its own.
pub const MAX_ROWS: usize = 1 << 17;

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

/// A row: a chunk, and the document that it is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkRecord {
    /// The number of the document in its segment.
    pub document: u32,
    /// Where the chunk is, in bytes of the document's text.
    pub span: Span,
    /// Where it is, in UTF-16 code units of the document's text.
    pub span_utf16: Span,
    /// The place of its headings among [`Segment::sections`].
    pub section: u32,
    /// The number of the model's word pieces in it.
    pub tokens: u32,
}

/// An immutable part of the index: documents, their chunks as rows, and postings. The chunks of a document are
/// consecutive rows, in the order in which they were pushed.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    language: Language,
    documents: Vec<DocumentRecord>,
    sections: Vec<Vec<String>>,
    chunks: Vec<ChunkRecord>,
    postings: Postings,
    /// The first row of each document, and the number of rows at the end.
    first_rows: Vec<u32>,
    /// The numbers of the documents in the order of their ids.
    by_id: Vec<u32>,
    /// The documents' metadata once more, by field.
    columns: Columns,
}

impl Segment {
    /// The documents, in the order in which they were pushed.
    pub fn documents(&self) -> &[DocumentRecord] {
        &self.documents
    }

    /// The rows.
    pub fn chunks(&self) -> &[ChunkRecord] {
        &self.chunks
    }

    /// The paths of headings that chunks stand under, each once.
    pub fn sections(&self) -> &[Vec<String>] {
        &self.sections
    }

    /// The headings that the chunk at `row` stands under, outermost first.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn section(&self, row: u32) -> &[String] {
        &self.sections[self.chunks[row as usize].section as usize]
    }

    /// The chunk at `row`, with its headings.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn chunk(&self, row: u32) -> Chunk {
        let ChunkRecord { span, span_utf16, tokens, .. } = self.chunks[row as usize];
        Chunk { span, span_utf16, section: self.section(row).to_vec(), tokens }
    }

    /// The language in which the words were analysed.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The number of the document `id`; `None` where there is none.
    pub fn find(&self, id: &str) -> Option<u32> {
        let found =
            self.by_id.binary_search_by(|number| self.documents[*number as usize].id.as_str().cmp(id));
        found.ok().map(|place| self.by_id[place])
    }

    /// The rows of the document number `document`; empty where there is no such document.
    pub fn rows_of(&self, document: u32) -> Range<u32> {
        let first = |number: usize| self.first_rows.get(number).copied();
        let document = document as usize;
        first(document).zip(first(document + 1)).map_or(0..0, |(start, end)| start..end)
    }

    /// The documents' metadata by field, for filters.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    pub(super) fn postings(&self) -> &Postings {
        &self.postings
    }

    /// The segment as a stored value.
    ///
    /// # Errors
    /// As [`codec::encode`](crate::codec::encode).
    pub fn encode(&self) -> Result<Vec<u8>> {
        Stored::from_segment(self).encode()
    }

    /// The segment in a stored value; `what` names it in errors. Everything in it is validated, so that no later
    /// use of it can fail.
    ///
    /// # Errors
    /// As [`codec::decode`](crate::codec::decode); also [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where
    /// the tables contradict each other.
    pub fn decode(what: &str, bytes: &[u8]) -> Result<Self> {
        Stored::decode(what, bytes)
    }

    /// A segment of tables that fit each other: rows and documents are numbered in 32 bits, and the rows are in the
    /// order of their documents.
    pub(super) fn new(
        language: Language,
        documents: Vec<DocumentRecord>,
        sections: Vec<Vec<String>>,
        chunks: Vec<ChunkRecord>,
        postings: Postings,
    ) -> Self {
        let first_row = |document| chunks.partition_point(|chunk| (chunk.document as usize) < document);
        let first_rows =
            (0..documents.len()).map(first_row).chain([chunks.len()]).map(|row| row as u32).collect();
        let mut by_id: Vec<u32> = (0..documents.len() as u32).collect();
        by_id.sort_unstable_by(|a, b| documents[*a as usize].id.cmp(&documents[*b as usize].id));
        let columns = Columns::new(documents.iter().map(|document| &document.metadata));
        Self { language, documents, sections, chunks, postings, first_rows, by_id, columns }
    }

    /// An id that two documents have.
    fn repeated_id(&self) -> Option<&str> {
        let id = |number: u32| self.documents[number as usize].id.as_str();
        self.by_id.array_windows().find(|[a, b]| id(*a) == id(*b)).map(|[number, _]| id(*number))
    }
}

fn fits(span: Span, length: u64) -> bool {
    span.start <= span.end && u64::from(span.end) <= length
}

/// The paths of headings of a segment in the making, each once.
#[derive(Default)]
pub(super) struct Sections {
    paths: Vec<Vec<String>>,
    places: HashMap<Vec<String>, u32>,
}

impl Sections {
    /// The place of a path, which is added where it is new.
    pub(super) fn place(&mut self, path: &[String]) -> u32 {
        if let Some(place) = self.places.get(path) {
            return *place;
        }
        // There are at most as many as rows, which are numbered in 32 bits.
        let place = self.paths.len() as u32;
        self.paths.push(path.to_vec());
        self.places.insert(path.to_vec(), place);
        place
    }

    pub(super) fn into_paths(self) -> Vec<Vec<String>> {
        self.paths
    }
}

/// Collects documents into a segment.
pub struct SegmentBuilder {
    language: Language,
    documents: Vec<DocumentRecord>,
    ids: HashSet<String>,
    sections: Sections,
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
            sections: Sections::default(),
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
            let Chunk { span, span_utf16, tokens, .. } = chunk;
            let section = self.sections.place(&chunk.section);
            self.chunks.push(ChunkRecord { document: number, span, span_utf16, section, tokens });
        }
        self.ids.insert(document.id.clone());
        self.documents.push(document);
        Ok(())
    }

    /// The segment.
    pub fn build(self) -> Segment {
        let Self { language, documents, sections, chunks, postings, .. } = self;
        Segment::new(language, documents, sections.into_paths(), chunks, postings.build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{self, Kind};
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
    fn chunks_and_sections_come_back_as_they_were() {
        let segment = segment();
        let decoded = Segment::decode("segment 1", &segment.encode().unwrap()).unwrap();
        assert_eq!(decoded.chunk(1), chunk(5, 9));
        assert_eq!(decoded.sections(), [["Duties"]]);
        assert_eq!((decoded.find("b"), decoded.find("c"), decoded.find("")), (Some(2), None, None));
    }

    #[test]
    fn tables_that_contradict_each_other_are_corrupt() {
        let damages: [fn(&mut Stored<'static>); 12] = [
            |tables| tables.documents.to_mut()[1].id = "a".into(),
            |tables| tables.documents.to_mut()[1].id = String::new(),
            |tables| tables.documents.to_mut()[0].text_bytes = 8,
            |tables| tables.documents.to_mut()[0].text_utf16 = 8,
            |tables| tables.sections.to_mut().clear(),
            |tables| tables.chunk_counts[1] = 1,
            |tables| tables.chunk_counts[0] = u32::MAX,
            |tables| tables.chunk_counts.push(0),
            |tables| tables.chunks.truncate(2),
            |tables| tables.chunks[2].gap = -1,
            |tables| tables.chunks[1].gap_excess = i64::MIN,
            |tables| tables.chunks[1].section_step = i64::MAX,
        ];
        for (case, damage) in damages.iter().enumerate() {
            let segment = segment();
            let bytes = segment.encode().unwrap();
            let mut tables: Stored<'static> = codec::decode(Kind::Segment, "segment 1", &bytes).unwrap();
            damage(&mut tables);
            let error = Segment::decode("segment 1", &tables.encode().unwrap())
                .expect_err(&format!("damage {case} was not seen"));
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
