//! From a document's content to its extracted text and the structure that chunking follows.
//!
//! Plain text and Markdown are extracted verbatim: the extracted text is the source, byte for byte, so that a span
//! of it is a span of the very file; only what data URIs hold is left out. What extraction adds is the list of blocks and
//! the tree of sections.

pub(crate) mod builder;
mod decode;
mod detect;
#[cfg(feature = "documents")]
mod json;
#[cfg(feature = "documents")]
mod mail;
mod markdown;
mod origin;
mod plain;
#[cfg(feature = "documents")]
mod table_text;

use serde::{Deserialize, Serialize};

#[cfg(all(feature = "documents", not(target_arch = "wasm32")))]
pub use decode::NativeDecoder;
pub use decode::{Charsets, LegacyDecoder, NoLegacyDecoder};
pub use detect::detect;
pub use markdown::plain_text;
pub use origin::{Located, Origin, Place, Rectangle};

use crate::document::{Content, Document, MediaType, Metadata, Span};
use crate::error::{Error, ErrorKind, Result};

/// The longest heading that a section keeps, in characters; the heading's block is never cut.
pub const MAX_HEADING_CHARS: usize = 200;

/// A document as it was read: its text, what that is made of, and where it stands in the original.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extracted {
    /// The extracted text. All spans index into it.
    pub text: String,
    /// The blocks in order, without overlap. Together they hold every visible character of the text but what is metadata.
    pub blocks: Vec<Block>,
    /// The sections in order of their headings. The first is the document itself.
    pub sections: Vec<Section>,
    /// The pages or slides in order, without overlap; none where the format knows none.
    pub pages: Vec<Page>,
    /// The names of the files inside an archive, or the sheets of a workbook, that origins stand in. A document that is one
    /// file has one, without a name.
    pub parts: Vec<String>,
    /// Where pieces of the text stand in the original, in order of their spans, without overlap; none where the text is the
    /// original, byte for byte.
    pub origins: Vec<Origin>,
    /// What the document says of itself.
    pub properties: Properties,
}

/// What a document says of itself, apart from its text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Properties {
    /// Its title, on one line; empty where it has none.
    pub title: String,
    /// The tag of its language (BCP 47), as it is written; empty where it has none.
    pub language: String,
    /// Other fields, such as `author` and `date`, by which documents can be filtered.
    pub metadata: Metadata,
}

/// A page, or a slide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The text that stands on it.
    pub span: Span,
    /// Its place in the document, from 1.
    pub number: u32,
    /// What is printed for its number, such as `iv`; empty where that is not known.
    pub label: String,
}

/// A paragraph, heading, list item or the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Where it is, in bytes, with its markup and without white space at its ends.
    pub span: Span,
    /// What it is.
    pub kind: BlockKind,
    /// The index of its section in [`Extracted::sections`]. A heading belongs to the section that it opens.
    pub section: u32,
    /// What a part of it that is read alone needs before it: the rows that name a table's columns, the line that opens
    /// code, the sentence that introduces a list. At its beginning, or before it; empty where it needs nothing.
    pub lead: Span,
    /// What a part of it that is read alone needs after it: the line that closes code. At its end; empty where it needs
    /// nothing.
    pub tail: Span,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlockKind {
    /// A heading.
    Heading,
    /// A paragraph.
    Paragraph,
    /// The text of a list item, without the items of lists inside it.
    ListItem,
    /// A code block, with its fence.
    Code,
    /// A whole table, or a row of one, or a record, that names its values itself.
    Table,
    /// A paragraph of a quotation.
    Quotation,
    /// A displayed formula, in its own notation.
    Formula,
    /// What a figure or a table is called.
    Caption,
    /// A footnote or endnote, a comment, or what stands at the head or foot of pages.
    Note,
    /// Raw HTML between paragraphs of Markdown.
    Html,
    /// Front matter of a Markdown file that could not be read as metadata.
    Metadata,
}

impl Block {
    /// A block that needs nothing around it.
    pub const fn new(span: Span, kind: BlockKind, section: u32) -> Self {
        let nothing = Span { start: 0, end: 0 };
        Self { span, kind, section, lead: nothing, tail: nothing }
    }
}

impl BlockKind {
    /// Whether the lines mean something, so that the block is better cut between lines than between sentences.
    pub const fn is_made_of_lines(self) -> bool {
        matches!(self, BlockKind::Code | BlockKind::Table | BlockKind::Html | BlockKind::Metadata)
    }
}

/// A part of a document under one heading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The heading without markup, white space collapsed, at most [`MAX_HEADING_CHARS`] long; empty for the
    /// document itself.
    pub heading: String,
    /// The index of the section around it; `None` for the document itself.
    pub parent: Option<u32>,
}

impl Extracted {
    /// The headings above and of section `index`, outermost first; empty for the document itself. Headings without
    /// text are left out.
    pub fn section_path(&self, index: u32) -> Vec<String> {
        let up = |section: &&Section| section.parent.and_then(|parent| self.sections.get(parent as usize));
        let mut path: Vec<String> =
            std::iter::successors(self.sections.get(index as usize), |section| up(section))
                .map(|section| section.heading.clone())
                .filter(|heading| !heading.is_empty())
                .collect();
        path.reverse();
        path
    }

    /// Checks what an extractor elsewhere gave, so that no span of it misses its text.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] naming what is wrong.
    pub fn validate(&self) -> Result<()> {
        let wrong = |what: &str, number: usize| {
            let message = format!("{what} {number} of an extracted text does not fit it");
            Err(Error::invalid_argument(message))
        };
        let fits = |span: Span| span.start <= span.end && span.slice(&self.text).is_some();
        let section_fits = |(number, section): (usize, &Section)| match section.parent {
            Some(parent) => number > 0 && (parent as usize) < number,
            None => number == 0,
        };
        if self.sections.is_empty() {
            return wrong("section", 0);
        }
        if let Some(number) = self.sections.iter().enumerate().position(|at| !section_fits(at)) {
            return wrong("section", number);
        }
        let block_fits = |block: &Block| {
            let spans = [block.span, block.lead, block.tail];
            spans.into_iter().all(fits) && (block.section as usize) < self.sections.len()
        };
        if let Some(number) = self.blocks.iter().position(|block| !block_fits(block)) {
            return wrong("block", number);
        }
        let part_fits = |origin: &Origin| (origin.part as usize) < self.parts.len();
        if let Some(number) = self.origins.iter().position(|it| !fits(it.span) || !part_fits(it)) {
            return wrong("origin", number);
        }
        if let Some(number) = self.pages.iter().position(|page| !fits(page.span)) {
            return wrong("page", number);
        }
        let blocks = first_out_of_order(self.blocks.iter().map(|block| block.span));
        let pages = first_out_of_order(self.pages.iter().map(|page| page.span));
        let origins = first_out_of_order(self.origins.iter().map(|origin| origin.span));
        match (blocks, pages, origins) {
            (Some(number), ..) => wrong("block", number),
            (_, Some(number), _) => wrong("page", number),
            (.., Some(number)) => wrong("origin", number),
            _ => Ok(()),
        }
    }
}

/// The number of the first span that begins before the one before it ends.
fn first_out_of_order(spans: impl Iterator<Item = Span>) -> Option<usize> {
    let mut end = 0;
    spans.enumerate().find_map(|(number, span)| {
        let is_late = span.start >= end;
        end = end.max(span.end);
        (!is_late).then_some(number)
    })
}

/// Extracts the text and the structure of `document`.
///
/// # Errors
/// - what [`Document::validate`] reports;
/// - [`ErrorKind::InvalidUtf8`] for bytes that are no text in UTF-8 or UTF-16 nor in a charset that is known of them, with
///   the offset of the first that is wrong;
/// - [`ErrorKind::BinaryContent`] for bytes with a NUL, or with more than 1 % of other control characters;
/// - [`ErrorKind::MalformedDocument`] for content that is not what its media type says, with the place of the first mistake;
/// - [`ErrorKind::DocumentEncrypted`] for an encrypted mail;
/// - [`ErrorKind::EmptyDocument`] where nothing visible is in the text.
pub fn extract(document: &Document) -> Result<Extracted> {
    take_text(&mut document.clone())
}

/// As [`extract`], without a copy of the text: the document's content is gone afterwards.
///
/// # Errors
/// As [`extract`].
pub fn take_text(document: &mut Document) -> Result<Extracted> {
    take_text_in(document, &Charsets::default())
}

/// As [`take_text`], for bytes of whose charset something is known.
///
/// # Errors
/// As [`extract`].
pub fn take_text_in(document: &mut Document, charsets: &Charsets<'_>) -> Result<Extracted> {
    document.validate()?;
    let content = std::mem::replace(&mut document.content, Content::Text(String::new()));
    let extracted =
        read(content, &document.media_type, charsets).map_err(|error| error.within(named(document)))?;
    if extracted.text.chars().all(is_blank) {
        return Err(Error::new(ErrorKind::EmptyDocument, format!("{} holds no text", named(document))));
    }
    Ok(extracted)
}

/// Reads content of a media type.
fn read(content: Content, media_type: &MediaType, charsets: &Charsets<'_>) -> Result<Extracted> {
    #[cfg(feature = "documents")]
    if *media_type == MediaType::Mail {
        let (bytes, is_decoded) = match content {
            Content::Text(text) => (text.into_bytes(), true),
            Content::Bytes(bytes) => (bytes, false),
        };
        return mail::extracted(&bytes, charsets.decoder, is_decoded);
    }
    let is_markup = *media_type == MediaType::Html;
    let text = decode::text_of(content, &Charsets { is_markup, ..*charsets })?;
    match media_type {
        MediaType::Markdown => Ok(markdown::extracted(text)),
        #[cfg(feature = "documents")]
        MediaType::Csv => table_text::extracted(&text, None),
        #[cfg(feature = "documents")]
        MediaType::Tsv => table_text::extracted(&text, Some(b'\t')),
        #[cfg(feature = "documents")]
        MediaType::Json | MediaType::JsonLines => json::extracted(&text, *media_type == MediaType::JsonLines),
        _ => {
            let blocks = plain::blocks(&text);
            Ok(Extracted { text, blocks, sections: vec![Section::default()], ..Extracted::default() })
        }
    }
}

fn named(document: &Document) -> String {
    format!("document {:?}", document.id)
}

/// Whether a reader sees nothing of `character`: white space, control characters and invisible formatting
/// characters, such as the byte order mark, zero-width spaces and joiners, and direction marks.
pub fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{FEFF}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
}

/// `span` of `text` without the blank characters at its ends; empty, at its start, where it holds no others.
pub(crate) fn trimmed(text: &str, start: usize, end: usize) -> Span {
    let inner = &text[start..end];
    let left = inner.trim_start_matches(is_blank);
    if left.is_empty() {
        return Span::new(start, start);
    }
    Span::new(end - left.len(), start + inner.trim_end_matches(is_blank).len())
}

/// `text` on one line: white space collapsed and trimmed, at most `max_chars` characters.
pub(crate) fn one_line(text: &str, max_chars: usize) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(max_chars) {
        line.truncate(line[..end].trim_end().len());
    }
    line
}

#[cfg(test)]
mod samples;

#[cfg(test)]
mod tests {
    use super::*;

    fn extract_as(media_type: MediaType, content: impl Into<Content>) -> Result<Extracted> {
        extract(&Document::new("notes", "", media_type, content))
    }

    #[test]
    fn the_extracted_text_is_the_source_verbatim() {
        let source = "\u{feff}# A\r\n\r\n<!-- b -->\r\n\tc  \r\n";
        for media_type in [MediaType::Plain, MediaType::Markdown] {
            assert_eq!(extract_as(media_type.clone(), source).unwrap().text, source);
            assert_eq!(extract_as(media_type, source.as_bytes().to_vec()).unwrap().text, source);
        }
    }

    #[test]
    fn a_document_without_anything_visible_is_empty_and_named() {
        for source in ["", " \r\n\t", "\u{feff}", "\u{200b}\u{2060}\u{0}\u{1b}\u{202e}"] {
            let error = extract_as(MediaType::Plain, source).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::EmptyDocument, "{source:?}");
            assert!(error.message().contains("\"notes\""), "{error}");
        }
    }

    #[test]
    fn a_text_may_hold_control_characters() {
        assert_eq!(extract_as(MediaType::Plain, "a\0\u{1}\u{2}b").unwrap().text, "a\0\u{1}\u{2}b");
    }

    #[test]
    fn bytes_with_control_characters_name_the_document_and_the_offset() {
        let error = extract_as(MediaType::Plain, b"ab\0c".to_vec()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BinaryContent);
        assert_eq!(error.message(), "document \"notes\": byte 2 is NUL, which texts do not hold");
    }

    #[test]
    fn one_line_collapses_white_space_and_keeps_to_its_length() {
        assert_eq!(one_line("  a \n\t b  ", 9), "a b");
        assert_eq!(one_line("äöü ßxy", 5), "äöü ß");
        assert_eq!(one_line("äöü ßxy", 4), "äöü");
        assert_eq!(one_line("", 4), "");
    }

    #[test]
    fn trimming_leaves_what_can_be_seen() {
        assert_eq!(trimmed("\u{feff} a b\u{200b}\n", 0, 10), Span::new(4, 7));
        assert!(trimmed(" \n ", 0, 3).is_empty());
    }
}
