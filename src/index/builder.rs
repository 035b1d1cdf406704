//! Making a segment of documents.

use std::collections::{BTreeMap, HashSet};

use super::fingerprint::Fingerprint;
use super::postings::{Postings, PostingsBuilder};
use super::segment::Segment;
use super::tables::{ChunkRecord, DocumentRecord, Shared, Tables, fits};
use crate::document::{Chunk, Frame, validate_id};
use crate::error::{Error, Result};
use crate::task::Task;

/// How often a term of the title counts in each chunk of its document.
const TITLE_WEIGHT: u32 = 2;

/// How often a term of a heading above a chunk counts.
const SECTION_WEIGHT: u32 = 1;

/// How many chunks are analysed between two pauses: some milliseconds' work.
const CHUNKS_PER_STEP: usize = 64;

/// How many postings are written between two pauses.
const POSTINGS_PER_STEP: usize = 1 << 15;

/// Collects documents into a segment. Each is analysed in its own language.
#[derive(Default)]
pub struct SegmentBuilder {
    documents: Vec<DocumentRecord>,
    ids: HashSet<String>,
    sections: Shared<Vec<String>>,
    frames: Shared<Frame>,
    chunks: Vec<ChunkRecord>,
    postings: PostingsBuilder,
    /// How many chunks were pushed since the last pause.
    since_pause: usize,
}

impl SegmentBuilder {
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
    pub fn push(&mut self, document: DocumentRecord, chunks: &[Chunk], text: &str) -> Result<()> {
        self.check(&document, chunks, text)?;
        chunks.iter().for_each(|chunk| self.push_chunk(&document, chunk, text));
        self.close(document);
        Ok(())
    }

    /// As [`SegmentBuilder::push`], with pauses between steps of some milliseconds.
    ///
    /// # Errors
    /// As [`SegmentBuilder::push`], and [`Aborted`](crate::error::ErrorKind::Aborted), after which the builder is of no use
    /// any more.
    pub async fn push_in_steps(
        &mut self,
        document: DocumentRecord,
        chunks: &[Chunk],
        text: &str,
        task: &impl Task,
    ) -> Result<()> {
        self.check(&document, chunks, text)?;
        for some in chunks.chunks(CHUNKS_PER_STEP) {
            self.since_pause += some.len();
            if self.since_pause >= CHUNKS_PER_STEP {
                self.since_pause = 0;
                task.checkpoint().await?;
            }
            some.iter().for_each(|chunk| self.push_chunk(&document, chunk, text));
        }
        self.close(document);
        Ok(())
    }

    fn check(&self, document: &DocumentRecord, chunks: &[Chunk], text: &str) -> Result<()> {
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
        if u32::try_from(self.chunks.len() + chunks.len()).is_err() {
            return refused("has more chunks than a segment can hold");
        }
        // There are at most as many documents with chunks as rows; those without are bounded here.
        if u32::try_from(self.documents.len()).is_err() {
            return refused("is one more than a segment can hold");
        }
        Ok(())
    }

    /// Adds the next chunk of the document that was checked, and is closed after its last one.
    fn push_chunk(&mut self, document: &DocumentRecord, chunk: &Chunk, text: &str) {
        let row = self.chunks.len() as u32;
        let body = chunk.span.slice(text);
        let fields = fields(&document.title, &chunk.section, &chunk.frame, body);
        self.postings.push_row(row, document.language, fields);
        let fingerprint = Fingerprint::of_chunk(body.unwrap_or_default(), &chunk.section);
        let Chunk { span, span_utf16, page, tokens, .. } = *chunk;
        let (section, frame) = (self.sections.place(&chunk.section), self.frames.place(&chunk.frame));
        let document = self.documents.len() as u32;
        self.chunks.push(ChunkRecord {
            document,
            span,
            span_utf16,
            section,
            frame,
            page,
            tokens,
            fingerprint,
        });
    }

    fn close(&mut self, document: DocumentRecord) {
        self.ids.insert(document.id.clone());
        self.documents.push(document);
    }

    /// The segment.
    pub fn build(self) -> Segment {
        let (tables, postings) = self.into_parts();
        Segment::new(tables, postings.build())
    }

    /// The segment, as [`SegmentBuilder::build`] makes it, with pauses between steps of some milliseconds.
    ///
    /// # Errors
    /// [`Aborted`](crate::error::ErrorKind::Aborted)
    pub async fn build_in_steps(self, task: &impl Task) -> Result<Segment> {
        let (tables, postings) = self.into_parts();
        Ok(Segment::new(tables, finish(postings, task).await?))
    }

    fn into_parts(self) -> (Tables, PostingsBuilder) {
        let Self { documents, sections, frames, chunks, postings, .. } = self;
        (Tables::new(documents, sections.into_values(), frames.into_values(), chunks), postings)
    }
}

/// What a chunk is found by, each text with how often its terms count.
fn fields<'t>(
    title: &'t str,
    section: &'t [String],
    frame: &'t Frame,
    body: Option<&'t str>,
) -> impl Iterator<Item = (u32, &'t str)> {
    let section = section.iter().map(|heading| (SECTION_WEIGHT, heading.as_str()));
    let lead = (!frame.lead.is_empty()).then_some((1, frame.lead.as_str()));
    [(TITLE_WEIGHT, title)].into_iter().chain(section).chain(lead).chain(body.map(|body| (1, body)))
}

async fn finish(postings: PostingsBuilder, task: &impl Task) -> Result<Postings> {
    let mut building = postings.into_building();
    while building.advance(POSTINGS_PER_STEP) {
        task.checkpoint().await?;
    }
    Ok(building.finish())
}

/// The postings of a segment once more. `texts` are the texts of its live chunks, by row; the chunks of removed documents
/// are found by no word.
///
/// # Errors
/// [`Aborted`](crate::error::ErrorKind::Aborted)
pub async fn analyse_again(
    segment: &Segment,
    texts: &BTreeMap<u32, String>,
    task: &impl Task,
) -> Result<Postings> {
    let mut postings = PostingsBuilder::default();
    for row in 0..segment.tables().rows() {
        if (row as usize).is_multiple_of(CHUNKS_PER_STEP) {
            task.checkpoint().await?;
        }
        let document = segment.tables().document_of(row);
        let title = document.title.as_str();
        let text = texts.get(&row).map(String::as_str);
        let tables = segment.tables();
        let fields = text.map(|text| fields(title, tables.section(row), tables.frame(row), Some(text)));
        postings.push_row(row, document.language, fields.into_iter().flatten());
    }
    finish(postings, task).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{self, Kind};
    use crate::document::{MediaType, Metadata, Span, utf16_len};
    use crate::error::ErrorKind;
    use crate::index::tables::stored::Stored;
    use crate::language::Language;

    fn record(id: &str, text: &str) -> DocumentRecord {
        DocumentRecord {
            id: id.into(),
            title: format!("Title of {id}"),
            media_type: MediaType::Plain,
            metadata: Metadata::new(),
            language: Some(Language::English),
            content_hash: [7; 16],
            text_part: [7; 16],
            has_outline: false,
            is_estimated: false,
            text_bytes: text.len() as u64,
            text_utf16: utf16_len(text) as u64,
        }
    }

    fn chunk(start: usize, end: usize) -> Chunk {
        let span = Span::new(start, end);
        Chunk { span, span_utf16: span, section: vec!["Duties".into()], tokens: 1, ..Chunk::default() }
    }

    fn segment() -> Segment {
        let mut builder = SegmentBuilder::default();
        builder.push(record("a", "roof door"), &[chunk(0, 4), chunk(5, 9)], "roof door").unwrap();
        builder.push(record("empty", ""), &[], "").unwrap();
        builder.push(record("b", "leak"), &[chunk(0, 4)], "leak").unwrap();
        builder.build()
    }

    #[test]
    fn the_chunks_of_a_document_are_its_rows() {
        let segment = segment();
        let rows: Vec<_> = (0..4).map(|document| segment.tables().rows_of(document)).collect();
        assert_eq!(rows, [0..2, 2..2, 2..3, 0..0]);
        assert_eq!(segment.tables().rows_of(u32::MAX), 0..0);
    }

    #[test]
    fn a_chunk_is_found_by_its_words_its_headings_and_its_title() {
        let segment = segment();
        let lexicon = &segment.postings().unwrap().lexicons()[0];
        let rows = |term: &str| {
            lexicon
                .find(term)
                .term
                .map(|place| lexicon.list(place).map(|posting| posting.row).collect::<Vec<_>>())
        };
        assert_eq!(rows("door"), Some(vec![1]));
        assert_eq!(rows("duties"), Some(vec![0, 1, 2]));
        assert_eq!(rows("title"), Some(vec![0, 1, 2]));
        assert_eq!(rows("b"), Some(vec![2]));
        assert_eq!(rows("duti"), None);
    }

    fn reloaded(segment: &Segment) -> (Tables, Postings) {
        let postings = segment.postings().unwrap().encode().unwrap();
        let tables = Tables::decode("tables 1", &segment.tables().encode().unwrap()).unwrap();
        (tables, Postings::decode("postings 1", &postings).unwrap())
    }

    #[test]
    fn a_segment_comes_back_as_it_was() {
        for segment in [segment(), SegmentBuilder::default().build()] {
            let (tables, postings) = reloaded(&segment);
            assert_eq!((&tables, &postings), (segment.tables(), segment.postings().unwrap()));
        }
    }

    #[test]
    fn chunks_and_sections_come_back_as_they_were() {
        let (tables, _) = reloaded(&segment());
        assert_eq!(tables.chunk(1), chunk(5, 9));
        assert_eq!(tables.sections(), [["Duties"]]);
        assert_eq!((tables.find("b"), tables.find("c"), tables.find("")), (Some(2), None, None));
    }

    #[test]
    fn the_same_text_has_the_same_fingerprint_in_any_document_and_after_reading() {
        let mut builder = SegmentBuilder::default();
        builder.push(record("a", "roof door"), &[chunk(0, 4), chunk(5, 9)], "roof door").unwrap();
        builder.push(record("b", "Roof!"), &[chunk(0, 5)], "Roof!").unwrap();
        let (tables, _) = reloaded(&builder.build());
        let [roof, door, same] = [0, 1, 2].map(|row: usize| tables.chunks()[row].fingerprint);
        assert_eq!(roof, same);
        assert_ne!(roof, door);
    }

    #[test]
    fn a_segment_that_is_analysed_again_has_the_same_words_but_for_what_was_removed() {
        let segment = segment();
        let texts = BTreeMap::from([(0, "roof".to_owned()), (1, "door".to_owned()), (2, "leak".to_owned())]);
        let again = |texts: &BTreeMap<u32, String>| {
            pollster::block_on(analyse_again(&segment, texts, &crate::task::Unattended)).unwrap()
        };
        assert_eq!(again(&texts.clone()), *segment.postings().unwrap());
        let without = again(&texts.into_iter().filter(|(row, _)| *row != 1).collect());
        let lexicon = &without.lexicons()[0];
        let count = |term: &str| lexicon.find(term).term.map(|place| lexicon.count(place));
        assert_eq!((without.rows(), count("door"), count("leak")), (3, None, Some(1)));
    }

    #[test]
    fn a_segment_in_steps_is_the_same_as_in_one() {
        let mut builder = SegmentBuilder::default();
        let text = "roof door leak ".repeat(200);
        let chunks: Vec<Chunk> = (0..200).map(|n| chunk(15 * n, 15 * n + 14)).collect();
        builder.push(record("a", &text), &chunks, &text).unwrap();
        let whole = builder.build();
        let task = crate::testing::AbortAfter::new(100);
        let in_steps = pollster::block_on(async {
            let mut builder = SegmentBuilder::default();
            builder.push_in_steps(record("a", &text), &chunks, &text, &task).await?;
            builder.build_in_steps(&task).await
        });
        let in_steps = in_steps.unwrap();
        assert!(task.left.get() < 100, "there were pauses");
        assert_eq!((in_steps.tables(), in_steps.postings()), (whole.tables(), whole.postings()));
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
            let bytes = segment().tables().encode().unwrap();
            let mut tables: Stored<'static> = codec::decode(Kind::Tables, "tables 1", &bytes).unwrap();
            damage(&mut tables);
            let error = Tables::decode("tables 1", &tables.encode().unwrap())
                .expect_err(&format!("damage {case} was not seen"));
            assert_eq!(error.kind(), ErrorKind::StoreCorrupt);
            assert!(error.message().starts_with("tables 1: "), "{error}");
        }
    }

    #[test]
    fn a_document_that_does_not_fit_is_refused_whole() {
        let mut builder = SegmentBuilder::default();
        builder.push(record("a", "roof"), &[chunk(0, 4)], "roof").unwrap();
        let cases = [
            (record("a", "door"), chunk(0, 4), ErrorKind::InvalidArgument),
            (record("b", "door"), chunk(0, 5), ErrorKind::InvalidArgument),
            (record("c", "doors"), chunk(0, 4), ErrorKind::InvalidArgument),
            (record("", "door"), chunk(0, 4), ErrorKind::InvalidId),
        ];
        for (document, chunk, kind) in cases {
            assert_eq!(builder.push(document, &[chunk], "door").unwrap_err().kind(), kind);
            assert_eq!((builder.documents(), builder.rows()), (1, 1));
        }
    }
}
