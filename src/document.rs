//! What a caller adds and what search gives back: documents, metadata, chunks and spans.

mod extracted;
mod origin;
mod outline;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};
use crate::language::Language;
pub use extracted::{Block, BlockKind, Extracted, Page, Properties, Section};
pub use origin::{Located, Origin, Place, Rectangle};
pub use outline::Outline;

/// The longest document id, in bytes of UTF-8.
pub const MAX_ID_BYTES: usize = 1024;

/// The largest document content, in bytes: 64 MiB.
pub const MAX_CONTENT_BYTES: usize = 64 << 20;

/// A half-open range of byte offsets into a document's extracted text, on character boundaries.
///
/// JavaScript counts UTF-16 code units instead; [`Utf16Index`] converts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first offset inside the span.
    pub start: u32,
    /// The first offset after the span.
    pub end: u32,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    ///
    /// # Panics
    /// If an offset exceeds `u32::MAX`; extracted texts are at most [`MAX_CONTENT_BYTES`] long.
    pub fn new(start: usize, end: usize) -> Self {
        let offset = |value: usize| u32::try_from(value).expect("texts are shorter than 4 GiB");
        debug_assert!(start <= end);
        Self { start: offset(start), end: offset(end) }
    }

    /// The span as a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The number of bytes (or UTF-16 code units) inside.
    pub fn len(self) -> usize {
        self.range().len()
    }

    /// Whether nothing is inside.
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// The text of the span, or `None` where the span does not fit `text`.
    pub fn slice(self, text: &str) -> Option<&str> {
        text.get(self.range())
    }
}

/// Converts byte offsets of one text to UTF-16 offsets, in increasing order, in one pass over the text.
#[derive(Debug)]
pub struct Utf16Index<'t> {
    text: &'t str,
    byte: usize,
    utf16: usize,
}

impl<'t> Utf16Index<'t> {
    /// An index positioned at the start of `text`.
    pub fn new(text: &'t str) -> Self {
        Self { text, byte: 0, utf16: 0 }
    }

    /// The number of UTF-16 code units before byte offset `byte`, which must be a character boundary.
    ///
    /// Costs the distance from the offset asked before; going backwards starts over.
    ///
    /// # Panics
    /// If `byte` is beyond the text or inside a character.
    pub fn offset(&mut self, byte: usize) -> usize {
        if byte < self.byte {
            (self.byte, self.utf16) = (0, 0);
        }
        self.utf16 += utf16_len(&self.text[self.byte..byte]);
        self.byte = byte;
        self.utf16
    }

    /// The span in UTF-16 code units that covers the same text as `span` does in bytes.
    pub fn span(&mut self, span: Span) -> Span {
        let start = self.offset(span.start as usize);
        Span::new(start, start + utf16_len(&self.text[span.range()]))
    }
}

/// The length of `text` in UTF-16 code units.
pub fn utf16_len(text: &str) -> usize {
    // Every character but those of four bytes in UTF-8 is one code unit; a byte-wise count vectorises.
    text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

/// A document as a caller adds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Unique in its collection; adding the same id again replaces the document.
    pub id: String,
    /// Shown to people and included in what is embedded. Where it is empty, it is what the document has of itself, else
    /// [`Document::file_name`].
    pub title: String,
    /// The name of the file that it was; may be empty.
    pub file_name: String,
    /// The content, still in the form of its media type.
    pub content: Content,
    /// How the content is to be read.
    pub media_type: MediaType,
    /// Values to filter by and to show.
    pub metadata: Metadata,
    /// What it is written in; `None` takes what its text tells ([`Language::detect`]).
    pub language: Option<Language>,
}

impl Document {
    /// A document of the given media type without metadata.
    pub fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        media_type: MediaType,
        content: impl Into<Content>,
    ) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            file_name: String::new(),
            content: content.into(),
            media_type,
            metadata: Metadata::new(),
            language: None,
        }
    }

    /// Checks the id and the size of the content.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidId`] for an empty id or one longer than [`MAX_ID_BYTES`];
    /// [`ErrorKind::DocumentTooLarge`] for content over [`MAX_CONTENT_BYTES`].
    pub fn validate(&self) -> Result<()> {
        validate_id(&self.id)?;
        let bytes = self.content.len();
        if bytes > MAX_CONTENT_BYTES {
            return Err(Error::new(
                ErrorKind::DocumentTooLarge,
                format!("document {:?} has {bytes} bytes, the limit is {MAX_CONTENT_BYTES}", self.id),
            ));
        }
        Ok(())
    }
}

/// Checks that `id` can name a document.
///
/// # Errors
/// [`ErrorKind::InvalidId`] for an empty id or one longer than [`MAX_ID_BYTES`].
pub fn validate_id(id: &str) -> Result<()> {
    if id.is_empty() {
        return Err(Error::new(ErrorKind::InvalidId, "a document id must not be empty"));
    }
    if id.len() > MAX_ID_BYTES {
        let shown: String = id.chars().take(40).collect();
        return Err(Error::new(
            ErrorKind::InvalidId,
            format!(
                "the document id that starts with {shown:?} has {} bytes, the limit is {MAX_ID_BYTES}",
                id.len()
            ),
        ));
    }
    Ok(())
}

/// The content of a document before extraction.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Text that is already decoded.
    Text(String),
    /// The bytes of a file.
    Bytes(Vec<u8>),
    /// What was extracted elsewhere.
    Extracted(Box<Extracted>),
}

impl Content {
    /// The size in bytes.
    pub fn len(&self) -> usize {
        match self {
            Content::Text(text) => text.len(),
            Content::Bytes(bytes) => bytes.len(),
            Content::Extracted(extracted) => extracted.text.len(),
        }
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Content::Text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Content::Text(text.to_owned())
    }
}

impl From<Extracted> for Content {
    fn from(extracted: Extracted) -> Self {
        Content::Extracted(Box::new(extracted))
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Content::Bytes(bytes)
    }
}

/// The form of a document's content.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MediaType {
    /// `text/plain`
    Plain,
    /// `text/markdown` (CommonMark with tables, RFC 7763)
    Markdown,
    /// `text/html`, XHTML too
    Html,
    /// `text/csv` (RFC 4180), with semicolons too
    Csv,
    /// `text/tab-separated-values`
    Tsv,
    /// `application/json`
    Json,
    /// `application/jsonl`: a JSON value in each line
    JsonLines,
    /// `message/rfc822`: a mail with its headers and attachments
    Mail,
    /// `application/pdf`
    Pdf,
    /// A Word document (OOXML)
    Docx,
    /// A PowerPoint presentation (OOXML)
    Pptx,
    /// An Excel workbook (OOXML)
    Xlsx,
    /// An OpenDocument text
    Odt,
    /// `application/epub+zip`
    Epub,
    /// Another type, of a document that its caller extracted.
    Other(Box<str>),
}

/// A media type that can be read: its registered name first, then others in use, and the extensions of its files.
struct Known {
    media_type: MediaType,
    names: &'static [&'static str],
    extensions: &'static [&'static str],
}

const KNOWN: &[Known] = &[
    Known { media_type: MediaType::Plain, names: &["text/plain"], extensions: &["txt", "text", "log"] },
    Known {
        media_type: MediaType::Markdown,
        names: &["text/markdown", "text/x-markdown"],
        extensions: &["md", "markdown", "mdown", "mkd"],
    },
    Known {
        media_type: MediaType::Html,
        names: &["text/html", "application/xhtml+xml"],
        extensions: &["html", "htm", "xhtml", "xht"],
    },
    Known { media_type: MediaType::Csv, names: &["text/csv", "application/csv"], extensions: &["csv"] },
    Known { media_type: MediaType::Tsv, names: &["text/tab-separated-values"], extensions: &["tsv", "tab"] },
    Known { media_type: MediaType::Json, names: &["application/json", "text/json"], extensions: &["json"] },
    Known {
        media_type: MediaType::JsonLines,
        names: &["application/jsonl", "application/x-ndjson", "application/x-jsonlines"],
        extensions: &["jsonl", "ndjson"],
    },
    Known { media_type: MediaType::Mail, names: &["message/rfc822"], extensions: &["eml"] },
    Known { media_type: MediaType::Pdf, names: &["application/pdf"], extensions: &["pdf"] },
    Known {
        media_type: MediaType::Docx,
        names: &["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
        extensions: &["docx", "docm", "dotx"],
    },
    Known {
        media_type: MediaType::Pptx,
        names: &["application/vnd.openxmlformats-officedocument.presentationml.presentation"],
        extensions: &["pptx", "pptm", "ppsx"],
    },
    Known {
        media_type: MediaType::Xlsx,
        names: &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
        extensions: &["xlsx", "xlsm"],
    },
    Known {
        media_type: MediaType::Odt,
        names: &["application/vnd.oasis.opendocument.text"],
        extensions: &["odt", "ott"],
    },
    Known { media_type: MediaType::Epub, names: &["application/epub+zip"], extensions: &["epub"] },
];

impl MediaType {
    /// The registered name, without parameters.
    pub fn name(&self) -> &str {
        let known = KNOWN.iter().find(|known| known.media_type == *self);
        match (self, known) {
            (MediaType::Other(name), _) => name,
            (_, known) => known.map_or("application/octet-stream", |known| known.names[0]),
        }
    }

    /// Every media type that can be read.
    pub fn all() -> impl Iterator<Item = &'static MediaType> {
        KNOWN.iter().map(|known| &known.media_type)
    }

    /// Finds the media type by its registered name; parameters such as `; charset=utf-8` are ignored.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedMediaType`] naming the type and those that are supported.
    pub fn from_name(name: &str) -> Result<Self> {
        let essence = name.split(';').next().unwrap_or_default().trim();
        let has_name = |known: &&Known| known.names.iter().any(|it| it.eq_ignore_ascii_case(essence));
        KNOWN.iter().find(has_name).map(|known| known.media_type.clone()).ok_or_else(|| {
            let names: Vec<_> = KNOWN.iter().map(|known| known.names[0]).collect();
            Error::new(
                ErrorKind::UnsupportedMediaType,
                format!("the media type {name:?} is not supported; supported are {}", names.join(", ")),
            )
        })
    }

    /// Decides how content is to be read: by the type its caller names, else by the file's name, else by the type
    /// the platform gives the file, where no type at all means plain text.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedMediaType`]
    pub fn detect(named: Option<&str>, file_name: Option<&str>, file_type: Option<&str>) -> Result<Self> {
        if let Some(named) = named {
            return Self::from_name(named);
        }
        if let Some(known) = file_name.and_then(Self::from_file_name) {
            return Ok(known);
        }
        match file_type.filter(|name| !name.is_empty()) {
            Some(name) => Self::from_name(name),
            None => Ok(Self::Plain),
        }
    }

    /// Guesses the media type from the extension of a file name; `None` where it says nothing.
    pub fn from_file_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        let has_it = |known: &&Known| known.extensions.iter().any(|it| it.eq_ignore_ascii_case(extension));
        KNOWN.iter().find(has_it).map(|known| known.media_type.clone())
    }
}

/// Values that travel with a document, by name.
pub type Metadata = BTreeMap<String, MetadataValue>;

/// One metadata value. Dates are strings, as [filters](crate::filter) read them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MetadataValue {
    /// `true` or `false`
    Boolean(bool),
    /// A finite number.
    Number(f64),
    /// A text or a date.
    String(String),
    /// A set of texts, such as tags. An empty array is one, too.
    Strings(Vec<String>),
    /// Nothing: the field is there, without a value.
    Null,
    /// An array with an element that is no text.
    Array(Vec<MetadataElement>),
}

/// A value in an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MetadataElement {
    /// `true` or `false`
    Boolean(bool),
    /// A finite number.
    Number(f64),
    /// A text or a date.
    String(String),
    /// Nothing.
    Null,
}

/// What a chunk needs around its text to be read alone: the rows that name a table's columns, the lines that open and close
/// code, the sentence that introduces a list. It stands elsewhere in the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Frame {
    /// What stands before the text; empty where nothing has to.
    pub lead: String,
    /// What stands after it.
    pub tail: String,
}

impl Frame {
    /// The text in its frame, each part on lines of its own.
    pub fn around<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let parts = [self.lead.as_str(), text, self.tail.as_str()];
        match self.lead.is_empty() && self.tail.is_empty() {
            true => Cow::Borrowed(text),
            false => parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n").into(),
        }
    }
}

/// A contiguous span of a document's extracted text, with the path of headings above it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Where it is, in bytes of the extracted text.
    pub span: Span,
    /// Where it is, in UTF-16 code units of the extracted text.
    pub span_utf16: Span,
    /// The headings it stands under, outermost first; empty before the first heading.
    pub section: Vec<String>,
    /// The number of the page or slide that it begins on; `None` where the document has none.
    pub page: Option<u32>,
    /// What it needs around it to be read alone.
    pub frame: Frame,
    /// The number of the model's word pieces in the text of the span, special tokens not counted.
    pub tokens: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn utf16_spans_slice_the_same_text(text in ".{0,60}", cuts in prop::collection::vec(0usize..200, 2..8)) {
            let boundaries: Vec<usize> = text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect();
            let units: Vec<u16> = text.encode_utf16().collect();
            let mut index = Utf16Index::new(&text);
            for pair in cuts.chunks(2).filter(|pair| pair.len() == 2) {
                let (a, b) = (boundaries[pair[0] % boundaries.len()], boundaries[pair[1] % boundaries.len()]);
                let span = Span::new(a.min(b), a.max(b));
                let utf16 = index.span(span);
                prop_assert_eq!(String::from_utf16(&units[utf16.range()]).unwrap(), span.slice(&text).unwrap());
            }
        }
    }

    #[test]
    fn media_types_are_found_by_name_and_by_extension() {
        assert_eq!(MediaType::from_name("text/markdown; charset=utf-8").unwrap(), MediaType::Markdown);
        assert_eq!(MediaType::from_file_name("Notes.MD"), Some(MediaType::Markdown));
        assert_eq!(MediaType::from_file_name("notes"), None);
        for known in MediaType::all() {
            assert_eq!(MediaType::from_name(known.name()).unwrap(), *known);
        }
        let error = MediaType::from_name("image/png").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedMediaType);
        assert!(error.message().contains("image/png"));
    }

    #[test]
    fn ids_are_neither_empty_nor_endless() {
        assert!(validate_id("a").is_ok());
        assert_eq!(validate_id("").unwrap_err().kind(), ErrorKind::InvalidId);
        assert_eq!(validate_id(&"x".repeat(10_000)).unwrap_err().kind(), ErrorKind::InvalidId);
    }
}
