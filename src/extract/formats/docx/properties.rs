//! The properties of paragraphs, runs, rows and cells that decide what is text and what it is for.

use crate::error::Result;
use crate::extract::formats::flow::Merge;
use crate::extract::formats::xml::{Event, Reader, Tag};

/// The most levels of a list.
pub(super) const MAX_LEVELS: usize = 9;

#[derive(Clone, Debug, Default)]
pub(super) struct ParagraphProperties {
    pub style: Option<String>,
    pub outline: Option<u8>,
    /// The list that it is in; 0 is none, whatever its style says.
    pub list: Option<u32>,
    pub level: Option<usize>,
    /// Whether its end was deleted, so that the next paragraph goes on with it.
    pub has_deleted_end: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct RunProperties {
    pub style: Option<String>,
    pub is_hidden: Option<bool>,
    pub font: Option<String>,
}

/// Calls `visit` with each property inside the element that began last. What was before a tracked change is passed over.
fn each_property<'x>(reader: &mut Reader<'x>, mut visit: impl FnMut(&Tag<'x>)) -> Result<()> {
    let outside = reader.depth().saturating_sub(1);
    while reader.depth() > outside {
        match reader.next()? {
            Some(Event::Start(tag)) if tag.name().ends_with("Change") || tag.name() == "sectPr" => {
                reader.skip()?;
            }
            Some(Event::Start(tag)) => visit(&tag),
            Some(_) => {}
            None => break,
        }
    }
    Ok(())
}

impl ParagraphProperties {
    /// Reads the rest of an element `pPr`.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut properties = Self::default();
        each_property(reader, |tag| match tag.name() {
            "pStyle" => properties.style = tag.named("val"),
            "outlineLvl" => properties.outline = tag.number("val"),
            "numId" => properties.list = tag.number("val"),
            "ilvl" => properties.level = tag.number::<usize>("val").map(|level| level.min(MAX_LEVELS - 1)),
            "del" | "moveFrom" => properties.has_deleted_end = true,
            _ => {}
        })?;
        Ok(properties)
    }
}

impl RunProperties {
    /// Reads the rest of an element `rPr`.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut properties = Self::default();
        each_property(reader, |tag| match tag.name() {
            "rStyle" => properties.style = tag.named("val"),
            "rFonts" => properties.font = tag.named("ascii").or_else(|| tag.named("hAnsi")),
            "vanish" => properties.is_hidden = Some(tag.is_on()),
            _ => {}
        })?;
        Ok(properties)
    }
}

/// Reads the rest of an element `tblPr`: whether the first row is shown in a way of its own.
pub(super) fn has_first_row(reader: &mut Reader<'_>) -> Result<bool> {
    let mut has_it = false;
    each_property(reader, |tag| {
        if tag.name() == "tblLook" {
            let bits = tag.attribute("val").and_then(|bits| u32::from_str_radix(&bits, 16).ok());
            let said = tag.attribute("firstRow").map(|value| value == "1" || value == "true");
            has_it = said.unwrap_or(bits.is_some_and(|bits| bits & 0x20 != 0));
        }
    })?;
    Ok(has_it)
}

#[derive(Default)]
pub(super) struct RowProperties {
    pub is_header: bool,
    pub is_deleted: bool,
    pub before: usize,
}

impl RowProperties {
    /// Reads the rest of an element `trPr`.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut properties = Self::default();
        each_property(reader, |tag| match tag.name() {
            "tblHeader" => properties.is_header = tag.is_on(),
            "del" => properties.is_deleted = true,
            "gridBefore" => properties.before = tag.number("val").unwrap_or(0),
            _ => {}
        })?;
        Ok(properties)
    }
}

/// Reads the rest of an element `tcPr`: how many columns the cell is over, and how it is one with the cell above.
pub(super) fn cell(reader: &mut Reader<'_>) -> Result<(usize, Merge)> {
    let (mut columns, mut merge) = (1, Merge::Alone);
    each_property(reader, |tag| match tag.name() {
        "gridSpan" => columns = tag.number("val").unwrap_or(1),
        "vMerge" => {
            let begins = tag.attribute("val").is_some_and(|value| value == "restart");
            merge = if begins { Merge::Begins } else { Merge::GoesOn };
        }
        _ => {}
    })?;
    Ok((columns, merge))
}
