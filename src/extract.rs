//! From a document's content to its extracted text and the structure that chunking follows.
//!
//! Plain text and Markdown are extracted verbatim: the extracted text is the source, byte for byte, so that a span
//! of it is a span of the very file; only what data URIs hold is left out. What extraction adds is the list of blocks and
//! the tree of sections. Of other formats (`formats`, with the feature `documents`) the text is written anew, with a map to where
//! each piece of it stands.

mod decode;
#[cfg(feature = "documents")]
pub mod formats;
pub mod given;
mod markdown;
mod plain;

#[cfg(all(feature = "documents", not(target_arch = "wasm32")))]
pub use decode::NativeDecoder;
pub use decode::{Charsets, LegacyDecoder, NoLegacyDecoder};
pub use markdown::plain_text;

pub use crate::document::{
    Block, BlockKind, Extracted, Located, Origin, Outline, Page, Place, Properties, Rectangle, Section,
};
use crate::document::{Content, Document, MediaType, Span};
use crate::error::{Error, ErrorKind, Result};

/// The longest heading that a section keeps, in characters; the heading's block is never cut.
pub const MAX_HEADING_CHARS: usize = 200;

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

/// Reads content of a media type, PDF aside: its text comes from pdf.js (`formats::layout`). It may hold nothing visible.
///
/// # Errors
/// As [`extract`], and without the feature `documents` [`ErrorKind::UnsupportedMediaType`] for what is neither text nor Markdown.
pub fn read(content: Content, media_type: &MediaType, charsets: &Charsets<'_>) -> Result<Extracted> {
    match (content, media_type) {
        (Content::Extracted(extracted), _) => extracted.validate().map(|()| *extracted),
        (content, MediaType::Plain) => Ok(plain::extracted(decode::text_of(content, charsets)?)),
        (content, MediaType::Markdown) => Ok(markdown::extracted(decode::text_of(content, charsets)?)),
        #[cfg(feature = "documents")]
        (content, other) => formats::read(content, other, charsets),
        #[cfg(not(feature = "documents"))]
        (_, other) => {
            let message = format!("{} is read by the part for documents, which is not here", other.name());
            Err(Error::new(ErrorKind::UnsupportedMediaType, message))
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
