//! Documents of other formats than text and Markdown. Pages load what is here only when there is one.

mod archive;
mod builder;
mod detect;
mod docx;
mod epub;
mod flow;
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
    decode, is_blank, markdown, one_line, plain, trimmed,
};
use crate::document::MediaType;
use crate::error::{Error, ErrorKind, Result};

/// Reads a file of a format that is known, PDF aside: its text comes from pdf.js ([`layout`]).
///
/// # Errors
/// - [`ErrorKind::MalformedDocument`] where it is damaged, naming the place;
/// - [`ErrorKind::DocumentEncrypted`], [`ErrorKind::DocumentTooLarge`] where it unpacks to too much;
/// - [`ErrorKind::InvalidUtf8`] and [`ErrorKind::BinaryContent`] for a format of text whose bytes are none;
/// - [`ErrorKind::UnsupportedMediaType`] for any other type.
pub fn read(bytes: Vec<u8>, media_type: &MediaType, charsets: &Charsets<'_>) -> Result<Extracted> {
    let text = |bytes: Vec<u8>| decode::text_of(bytes.into(), charsets);
    match media_type {
        MediaType::Plain => text(bytes).map(plain::extracted),
        MediaType::Markdown => text(bytes).map(markdown::extracted),
        MediaType::Html => {
            let charsets = Charsets { is_markup: true, ..*charsets };
            html::extract(&decode::text_of(bytes.into(), &charsets)?)
        }
        MediaType::Csv => table_text::extracted(&text(bytes)?, None),
        MediaType::Tsv => table_text::extracted(&text(bytes)?, Some(b'\t')),
        MediaType::Json => json::extracted(&text(bytes)?, false),
        MediaType::JsonLines => json::extracted(&text(bytes)?, true),
        MediaType::Mail => mail::extracted(&bytes, charsets.decoder),
        MediaType::Docx => docx::extract(&bytes),
        MediaType::Pptx => pptx::extract(&bytes),
        MediaType::Xlsx => xlsx::extract(&bytes),
        MediaType::Odt => odt::extract(&bytes),
        MediaType::Epub => epub::extract(&bytes),
        MediaType::Pdf => {
            let message = "PDF files are read in browsers, with pdf.js";
            Err(Error::new(ErrorKind::UnsupportedMediaType, message))
        }
        MediaType::Other(name) => {
            Err(Error::new(ErrorKind::UnsupportedMediaType, format!("the media type {name:?} is not known")))
        }
    }
}
