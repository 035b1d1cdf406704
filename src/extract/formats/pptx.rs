//! PowerPoint presentations (PresentationML, ECMA-376): a page for each slide, in the order in which they are shown.
//!
//! A slide's title is a heading, whatever its place in the file. Left out are hidden slides, as nobody is shown them, and
//! slide numbers, dates and footers. The speaker's notes stand at the end of their slide.

mod chart;
mod layout;
mod slide;
mod writer;

use std::collections::{HashMap, HashSet};

use self::layout::Layout;
use self::slide::Slide;
use self::writer::Writer;
use super::Extracted;
use super::package::{Package, Relation, check_language};
use super::xml::{Event, Reader};
use crate::error::Result;

const USUAL_PART: &str = "ppt/presentation.xml";

/// Extracts a presentation.
///
/// # Errors
/// [`ErrorKind::MalformedDocument`](crate::error::ErrorKind::MalformedDocument) naming the entry that is missing or damaged,
/// and what [`Package::open`] reports.
pub(crate) fn extract(bytes: &[u8]) -> Result<Extracted> {
    let package = Package::open(bytes)?;
    let main = package.main_part(USUAL_PART)?;
    let order = slide_order(&package.require(&main)?, &main)?;
    let relations = package.relations(&main)?;
    let targets: HashMap<&str, &str> = relations
        .iter()
        .filter(|relation| relation.kind == "slide")
        .map(|relation| (relation.id.as_str(), relation.target.as_str()))
        .collect();
    let mut writer = Writer::new();
    let mut layouts = HashMap::new();
    let mut seen = HashSet::new();
    for (number, id) in (1..).zip(&order) {
        let Some(part) = targets.get(id.as_str()).filter(|part| seen.insert(**part)) else { continue };
        let text = package.require(part)?;
        let relations = package.relations(part)?;
        let layout = layout_of(&package, &relations, &mut layouts)?;
        let slide = Slide::read(&text, part, layout)?;
        if slide.is_hidden {
            continue;
        }
        writer.begin_slide(number, part);
        writer.slide(&package, &relations, slide)?;
        write_notes(&package, &relations, &mut writer)?;
    }
    let mut extracted = writer.finish()?;
    package.core_properties(&mut extracted.properties)?;
    check_language(&mut extracted);
    Ok(extracted)
}

/// What the slides are referred to by, in order.
fn slide_order(text: &str, part: &str) -> Result<Vec<String>> {
    let mut reader = Reader::new(text, part);
    let mut order = Vec::new();
    while let Some(event) = reader.next()? {
        if let Event::Start(tag) = event
            && tag.name() == "sldId"
        {
            // The first `id` is the slide's own; the one with a prefix refers to its part.
            order.push(tag.prefixed_attribute("id").unwrap_or_default());
        }
    }
    Ok(order)
}

/// The layout that a slide is made after.
fn layout_of<'l>(
    package: &Package<'_>,
    relations: &[Relation],
    layouts: &'l mut HashMap<String, Layout>,
) -> Result<&'l Layout> {
    let target = relations.iter().find(|relation| relation.kind == "slideLayout");
    let target = target.map(|relation| relation.target.clone()).unwrap_or_default();
    if !layouts.contains_key(&target) {
        let text = if target.is_empty() { None } else { package.text(&target)? };
        let layout = text.map(|text| Layout::read(&text, &target)).transpose()?.unwrap_or_default();
        layouts.insert(target.clone(), layout);
    }
    Ok(layouts.entry(target).or_default())
}

fn write_notes(package: &Package<'_>, relations: &[Relation], writer: &mut Writer) -> Result<()> {
    let Some(notes) = relations.iter().find(|relation| relation.kind == "notesSlide") else { return Ok(()) };
    let Some(text) = package.text(&notes.target)? else { return Ok(()) };
    let slide = Slide::read(&text, &notes.target, &Layout::default())?;
    writer.notes(&notes.target, &slide)
}
