//! Electronic books (EPUB 2 and 3): their chapters in reading order. Tables of contents are left out, as they are navigation.

use std::collections::{HashMap, HashSet};

use super::archive::{folder, resolve};
use super::builder::Builder;
use super::html::{self, Syntax};
use super::package::{Package, check_language, check_length};
use super::xml::{self, Event, Reader};
use super::{Extracted, Properties, one_line};
use crate::document::MetadataValue;
use crate::error::{Error, ErrorKind, Result};

const CONTAINER: &str = "META-INF/container.xml";
const ENCRYPTION: &str = "META-INF/encryption.xml";
const RIGHTS: &str = "META-INF/rights.xml";

/// The longest field of metadata that is kept, in characters.
const MAX_FIELD_CHARS: usize = 500;

/// The names of what keeps fonts from being copied out of a book, which is no protection of its text.
const FONT_OBFUSCATION: &[&str] = &["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"];

/// A file of a book.
#[derive(Default)]
struct Item {
    path: String,
    media_type: String,
    is_navigation: bool,
}

/// What a book says of itself, and its files in reading order.
#[derive(Default)]
struct Book {
    properties: Properties,
    items: HashMap<String, Item>,
    spine: Vec<String>,
    /// The path of the table of contents of older books.
    contents: Option<String>,
}

/// Extracts a book.
///
/// # Errors
/// [`ErrorKind::DocumentEncrypted`] for one that is protected against reading, [`ErrorKind::MalformedDocument`] naming the entry
/// that is missing or damaged, and what [`Package::open`] reports.
pub(crate) fn extract(bytes: &[u8]) -> Result<Extracted> {
    let package = Package::open(bytes)?;
    refuse_protection(&package)?;
    let path = root_file(&package.require(CONTAINER)?)?;
    let book = Book::read(&package.require(&path)?, &path)?;
    let mut builder = Builder::new();
    let mut seen = HashSet::new();
    for id in &book.spine {
        // A chapter that is listed twice is read once.
        let Some(item) = book.items.get(id).filter(|item| seen.insert(&item.path)) else { continue };
        let is_contents = item.is_navigation || book.contents.as_deref() == Some(item.path.as_str());
        if is_contents || !item.is_text() {
            continue;
        }
        // A book of which a file is missing can still be read.
        let Some(bytes) = package.archive().read(&item.path)? else { continue };
        let source = xml::decode(bytes, &item.path)?;
        builder.end_sections();
        builder.part(&item.path);
        html::read_into(&mut builder, &source, Syntax::Xml).map_err(|error| error.within(&item.path))?;
        check_length(&builder)?;
    }
    *builder.properties() = book.properties;
    let mut extracted = builder.finish()?;
    check_language(&mut extracted);
    Ok(extracted)
}

/// Says that a book is protected, if its text is.
fn refuse_protection(package: &Package<'_>) -> Result<()> {
    let protected = |what: &str| {
        let message = format!("it is a book that is protected against copying, as {what} says");
        Err(Error::new(ErrorKind::DocumentEncrypted, message))
    };
    let Some(text) = package.text(ENCRYPTION)? else { return Ok(()) };
    let mut reader = Reader::new(&text, ENCRYPTION);
    let mut is_font = false;
    while let Some(event) = reader.next()? {
        let Event::Start(tag) = event else { continue };
        match tag.name() {
            "EncryptedData" => is_font = false,
            "EncryptionMethod" => {
                let name = tag.attribute("Algorithm").unwrap_or_default();
                is_font = FONT_OBFUSCATION.contains(&name.as_str());
            }
            "CipherReference" if !is_font => {
                let what = tag.attribute("URI").unwrap_or_default();
                return protected(&format!("{ENCRYPTION:?} of {what:?}"));
            }
            _ => {}
        }
    }
    if package.archive().has(RIGHTS) && !is_font {
        return protected(&format!("{RIGHTS:?}"));
    }
    Ok(())
}

/// The path of the file that lists all others.
fn root_file(container: &str) -> Result<String> {
    let mut reader = Reader::new(container, CONTAINER);
    while let Some(event) = reader.next()? {
        if let Event::Start(tag) = event
            && tag.name() == "rootfile"
            && let Some(path) = tag.attribute("full-path")
        {
            return Ok(resolve("", &path));
        }
    }
    let message = format!("entry {CONTAINER:?} names no root file");
    Err(Error::new(ErrorKind::MalformedDocument, message))
}

impl Item {
    fn is_text(&self) -> bool {
        let by_type = matches!(
            self.media_type.as_str(),
            "application/xhtml+xml" | "text/html" | "text/x-oeb1-document"
        );
        by_type
            || self.path.ends_with(".xhtml")
            || self.path.ends_with(".html")
            || self.path.ends_with(".htm")
    }
}

impl Book {
    /// Reads the package document.
    fn read(text: &str, path: &str) -> Result<Self> {
        let mut reader = Reader::new(text, path);
        let mut book = Self::default();
        let (mut authors, mut subjects) = (Vec::new(), Vec::new());
        let reference = |href: &str| {
            let path_only = href.split(['#', '?']).next().unwrap_or_default();
            resolve(folder(path), &percent_decoded(path_only))
        };
        while let Some(event) = reader.next()? {
            let Event::Start(tag) = event else { continue };
            match tag.name() {
                name @ ("title" | "creator" | "language" | "date" | "subject") => {
                    let name = name.to_owned();
                    let value = one_line(&reader.text()?, MAX_FIELD_CHARS);
                    let properties = &mut book.properties;
                    match name.as_str() {
                        _ if value.is_empty() => {}
                        "title" if properties.title.is_empty() => properties.title = value,
                        "language" if properties.language.is_empty() => properties.language = value,
                        "date" => {
                            // The first is that of publication.
                            let value = MetadataValue::String(value);
                            properties.metadata.entry("date".to_owned()).or_insert(value);
                        }
                        "creator" => authors.push(value),
                        "subject" => subjects.push(value),
                        _ => {}
                    }
                }
                "item" => {
                    let value = |name| tag.attribute(name).unwrap_or_default();
                    let properties = value("properties");
                    let item = Item {
                        path: reference(&value("href")),
                        media_type: value("media-type"),
                        is_navigation: properties.split_whitespace().any(|property| property == "nav"),
                    };
                    book.items.insert(value("id"), item);
                }
                "itemref" => book.spine.push(tag.attribute("idref").unwrap_or_default()),
                "reference" if tag.attribute("type").is_some_and(|kind| kind == "toc") => {
                    book.contents = tag.attribute("href").map(|href| reference(&href));
                }
                _ => {}
            }
        }
        let metadata = &mut book.properties.metadata;
        if authors.len() > 1 {
            metadata.insert("author".to_owned(), MetadataValue::Strings(authors));
        } else if let Some(author) = authors.pop() {
            metadata.insert("author".to_owned(), MetadataValue::String(author));
        }
        if !subjects.is_empty() {
            metadata.insert("keywords".to_owned(), MetadataValue::Strings(subjects));
        }
        Ok(book)
    }
}

/// `text` with the bytes that `%20` and the like stand for.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
