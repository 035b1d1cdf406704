//! OpenDocument texts (ODF 1.3): headings, lists, tables and notes, with tracked deletions left out.

mod body;
mod lists;
mod mathml;
mod styles;

use self::body::Body;
use self::styles::Styles;
use super::Extracted;
use super::flow::Writer;
use super::package::{Package, check_language, read_properties};
use super::xml::{Event, Reader};
use crate::error::{Error, ErrorKind, Result};

const CONTENT: &str = "content.xml";
const STYLES: &str = "styles.xml";
const MANIFEST: &str = "META-INF/manifest.xml";
const META: &str = "meta.xml";

/// Extracts an OpenDocument text.
///
/// # Errors
/// [`ErrorKind::DocumentEncrypted`] for one with a password, [`ErrorKind::MalformedDocument`] naming the entry that is missing
/// or damaged, and what [`Package::open`] reports.
pub(crate) fn extract(bytes: &[u8]) -> Result<Extracted> {
    let package = Package::open(bytes)?;
    if let Some(manifest) = package.text(MANIFEST)?
        && is_encrypted(&manifest)?
    {
        return Err(Error::new(ErrorKind::DocumentEncrypted, "it is protected by a password"));
    }
    let content = package.require(CONTENT)?;
    let mut styles = Styles::default();
    if let Some(text) = package.text(STYLES)? {
        styles.read(&text, STYLES)?;
    }
    styles.read(&content, CONTENT)?;

    let mut writer = Writer::new(CONTENT);
    Body::new(&package, &styles, &mut writer).read(Reader::new(&content, CONTENT))?;
    writer.end_body();
    let mut extracted = writer.finish()?;
    let shown_title = std::mem::take(&mut extracted.properties.title);
    if let Some(meta) = package.text(META)? {
        read_properties(&meta, META, &mut extracted.properties)?;
    }
    if extracted.properties.title.is_empty() {
        extracted.properties.title = shown_title;
    }
    if extracted.properties.language.is_empty() {
        extracted.properties.language = styles.language(&extracted.text).to_owned();
    }
    check_language(&mut extracted);
    Ok(extracted)
}

/// Whether the list of files says that they are encrypted.
fn is_encrypted(manifest: &str) -> Result<bool> {
    let mut reader = Reader::new(manifest, MANIFEST);
    while let Some(event) = reader.next()? {
        if let Event::Start(tag) = event
            && matches!(tag.name(), "encryption-data" | "encrypted-key")
        {
            return Ok(true);
        }
    }
    Ok(false)
}
