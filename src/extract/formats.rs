//! Documents of other formats than text and Markdown. Pages load what is here only when there is one.

mod archive;
mod builder;
mod detect;
mod docx;
mod epub;
mod flow;
mod growth;
mod html;
mod json;
pub mod layout;
mod levels;
mod mail;
mod numerals;
mod odt;
mod office_math;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod office_tests;
mod package;
mod pptx;
mod symbols;
mod table_text;
mod xlsx;
mod xml;

pub use detect::detect;

use super::{
    Block, BlockKind, Charsets, Extracted, MAX_HEADING_CHARS, Origin, Page, Place, Properties, Section,
    decode, is_blank, one_line, trimmed,
};
use crate::document::{Content, MediaType};
use crate::error::{Error, ErrorKind, Result};

/// Reads a file of another format than text and Markdown.
///
/// # Errors
/// - [`ErrorKind::MalformedDocument`] where it is damaged, naming the place;
/// - [`ErrorKind::DocumentEncrypted`], [`ErrorKind::DocumentTooLarge`] where it unpacks to too much;
/// - [`ErrorKind::InvalidUtf8`] and [`ErrorKind::BinaryContent`] for a format of text whose bytes are none;
/// - [`ErrorKind::UnsupportedMediaType`] for any other type.
pub(super) fn read(content: Content, media_type: &MediaType, charsets: &Charsets<'_>) -> Result<Extracted> {
    let text = |content| decode::text_of(content, charsets);
    match media_type {
        MediaType::Html => {
            let charsets = Charsets { is_markup: true, ..*charsets };
            html::extract(&decode::text_of(content, &charsets)?)
        }
        MediaType::Csv => table_text::extracted(&text(content)?, None),
        MediaType::Tsv => table_text::extracted(&text(content)?, Some(b'\t')),
        MediaType::Json => json::extracted(&text(content)?, false),
        MediaType::JsonLines => json::extracted(&text(content)?, true),
        MediaType::Mail => {
            let is_decoded = matches!(content, Content::Text(_));
            mail::extracted(&bytes_of(content), charsets.decoder, is_decoded)
        }
        MediaType::Docx => docx::extract(&bytes_of(content)),
        MediaType::Pptx => pptx::extract(&bytes_of(content)),
        MediaType::Xlsx => xlsx::extract(&bytes_of(content)),
        MediaType::Odt => odt::extract(&bytes_of(content)),
        MediaType::Epub => epub::extract(&bytes_of(content)),
        MediaType::Pdf => {
            let message = "PDF files are read in browsers, with pdf.js";
            Err(Error::new(ErrorKind::UnsupportedMediaType, message))
        }
        MediaType::Other(_) | MediaType::Plain | MediaType::Markdown => {
            let message = format!("the media type {:?} is not known", media_type.name());
            Err(Error::new(ErrorKind::UnsupportedMediaType, message))
        }
    }
}

fn bytes_of(content: Content) -> Vec<u8> {
    match content {
        Content::Text(text) => text.into_bytes(),
        Content::Bytes(bytes) => bytes,
        Content::Extracted(extracted) => extracted.text.into_bytes(),
    }
}
