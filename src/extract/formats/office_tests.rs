//! Tests of all formats that are packed in ZIP archives: documents of real programs against the texts that they were made
//! from, and documents that were made to do harm.

mod fixtures;
mod hostile;
mod word;

use super::{Extracted, docx, epub, odt, package, pptx, xlsx};
use crate::document::MediaType;
use crate::error::Result;

/// Extracts a document as what it is; as a Word document where that is not known.
fn extract(bytes: &[u8]) -> Result<Extracted> {
    match package::detect(bytes) {
        Some(MediaType::Pptx) => pptx::extract(bytes),
        Some(MediaType::Xlsx) => xlsx::extract(bytes),
        Some(MediaType::Odt) => odt::extract(bytes),
        Some(MediaType::Epub) => epub::extract(bytes),
        _ => docx::extract(bytes),
    }
}
