//! Word documents (WordprocessingML, ECMA-376): paragraphs, headings, lists and tables as Word shows them.
//!
//! Tracked changes count as accepted, fields as their results. Left out are tables of contents, comments, hidden text, and
//! what stands at the head and foot of pages; that is taken where a document has nothing else.

mod body;
mod fields;
mod numbering;
mod properties;
mod sink;
mod styles;

use std::collections::HashSet;

use self::body::Body;
use self::numbering::Numbering;
use self::sink::Collected;
use self::styles::Styles;
use super::Extracted;
use super::archive::{folder, resolve};
use super::flow::{NoteKind, Writer};
use super::package::{Package, Relation, check_language};
use super::xml::Reader;
use crate::error::Result;

/// The part that a document's text is in, unless the package says otherwise.
const USUAL_PART: &str = "word/document.xml";

/// Extracts a Word document.
///
/// # Errors
/// [`ErrorKind::MalformedDocument`](crate::error::ErrorKind::MalformedDocument) naming the entry that is missing or damaged,
/// and what [`Package::open`] reports.
pub(crate) fn extract(bytes: &[u8]) -> Result<Extracted> {
    let package = Package::open(bytes)?;
    let main = package.main_part(USUAL_PART)?;
    let text = package.require(&main)?;
    let relations = package.relations(&main)?;
    let part = |kind: &str| part_of(&relations, &main, kind);

    let styles = match package.text(&part("styles"))? {
        Some(text) => Styles::read(&text, &part("styles"))?,
        None => Styles::default(),
    };
    let mut numbering = match package.text(&part("numbering"))? {
        Some(text) => Numbering::read(&text, &part("numbering"))?,
        None => Numbering::default(),
    };

    let mut writer = Writer::new(&main);
    for (kind, name) in [(NoteKind::Footnote, "footnotes"), (NoteKind::Endnote, "endnotes")] {
        let part = part(name);
        if let Some(text) = package.text(&part)? {
            let mut collected = Collected::default();
            Body::new(&styles, &mut numbering, &mut collected).read(Reader::new(&text, &part))?;
            for (id, paragraphs) in collected.notes {
                writer.add_note(kind, id, &part, paragraphs);
            }
        }
    }

    Body::new(&styles, &mut numbering, &mut writer).read(Reader::new(&text, &main))?;
    writer.end_body();
    if writer.is_empty() {
        let mut seen = HashSet::new();
        let is_margin = |it: &&Relation| matches!(it.kind.as_str(), "header" | "footer");
        for relation in relations.iter().filter(is_margin) {
            if !seen.insert(&relation.target) {
                continue;
            }
            if let Some(text) = package.text(&relation.target)? {
                let mut collected = Collected::default();
                let reader = Reader::new(&text, &relation.target);
                Body::new(&styles, &mut numbering, &mut collected).read(reader)?;
                writer.margin(&relation.target, collected.paragraphs)?;
            }
        }
    }

    let mut extracted = writer.finish()?;
    let shown_title = std::mem::take(&mut extracted.properties.title);
    package.core_properties(&mut extracted.properties)?;
    if extracted.properties.title.is_empty() {
        extracted.properties.title = shown_title;
    }
    if extracted.properties.language.is_empty() {
        extracted.properties.language = styles.language(&extracted.text).to_owned();
    }
    check_language(&mut extracted);
    Ok(extracted)
}

/// The part of a kind that the main part refers to, else the one of the usual name beside it.
fn part_of(relations: &[Relation], main: &str, kind: &str) -> String {
    let found = relations.iter().find(|relation| relation.kind == kind);
    found.map_or_else(|| resolve(folder(main), &format!("{kind}.xml")), |it| it.target.clone())
}
