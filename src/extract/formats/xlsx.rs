//! Excel workbooks (SpreadsheetML, ECMA-376): a section for each sheet that is shown, its cells as tables.
//!
//! Numbers are written as their formats show them as far as that matters to a reader: dates in ISO order, percentages,
//! decimals and currencies; thousands are not set apart.

mod formats;
mod sheet;
mod tables;

use std::collections::{HashMap, HashSet};

use self::formats::{Format, Formats};
use super::Extracted;
use super::builder::{Builder, Leaf};
use super::package::{Package, check_language, check_length};
use super::xml::{Event, Reader};
use crate::error::{Error, ErrorKind, Result};

const USUAL_PART: &str = "xl/workbook.xml";

/// What the cells of all sheets refer to.
#[derive(Default)]
struct Shared {
    strings: Vec<String>,
    formats: Formats,
}

/// Extracts a workbook.
///
/// # Errors
/// [`ErrorKind::MalformedDocument`] naming the entry that is missing or damaged, and what [`Package::open`] reports.
pub(crate) fn extract(bytes: &[u8]) -> Result<Extracted> {
    let package = Package::open(bytes)?;
    let main = package.main_part(USUAL_PART)?;
    if main.ends_with(".bin") {
        let message = "it is a binary Excel workbook (.xlsb), which is not read; save it as .xlsx";
        return Err(Error::new(ErrorKind::UnsupportedMediaType, message));
    }
    let workbook = package.require(&main)?;
    let relations = package.relations(&main)?;
    let part = |kind: &str| relations.iter().find(|it| it.kind == kind).map(|it| it.target.as_str());
    let (sheets, counts_from_1904) = sheets(&workbook, &main)?;

    let mut shared = Shared::default();
    if let Some(part) = part("sharedStrings")
        && let Some(text) = package.text(part)?
    {
        shared.strings = shared_strings(&text, part)?;
    }
    if let Some(part) = part("styles")
        && let Some(text) = package.text(part)?
    {
        shared.formats = read_formats(&text, part)?;
    }
    shared.formats.counts_from_1904 = counts_from_1904;

    let mut builder = Builder::new();
    let targets: HashMap<&str, &str> = relations
        .iter()
        .filter(|relation| relation.kind == "worksheet")
        .map(|relation| (relation.id.as_str(), relation.target.as_str()))
        .collect();
    let mut seen = HashSet::new();
    for (name, id) in &sheets {
        let Some(target) = targets.get(id.as_str()).filter(|target| seen.insert(**target)) else { continue };
        let text = package.require(target)?;
        builder.part(name);
        builder.begin(Leaf::Heading(1));
        builder.push_unplaced(name);
        builder.end();
        sheet::read(&text, target, &shared, &mut builder)?;
        check_length(&builder)?;
    }
    let mut extracted = builder.finish()?;
    package.core_properties(&mut extracted.properties)?;
    check_language(&mut extracted);
    Ok(extracted)
}

/// The names of the sheets that are shown, with what they are referred to by, and whether days are counted from 1904.
fn sheets(workbook: &str, part: &str) -> Result<(Vec<(String, String)>, bool)> {
    let mut reader = Reader::new(workbook, part);
    let (mut sheets, mut counts_from_1904) = (Vec::new(), false);
    while let Some(event) = reader.next()? {
        let Event::Start(tag) = event else { continue };
        match tag.name() {
            "workbookPr" => {
                counts_from_1904 = tag.attribute("date1904").is_some_and(|it| it == "1" || it == "true");
            }
            "sheet" if tag.attribute("state").is_none_or(|state| state == "visible") => {
                let value = |name| tag.attribute(name).unwrap_or_default();
                sheets.push((value("name"), value("id")));
            }
            _ => {}
        }
    }
    Ok((sheets, counts_from_1904))
}

fn shared_strings(text: &str, part: &str) -> Result<Vec<String>> {
    let mut reader = Reader::new(text, part);
    let mut strings = Vec::new();
    while let Some(event) = reader.next()? {
        if let Event::Start(tag) = event
            && tag.name() == "si"
        {
            strings.push(rich_text(&mut reader)?);
        }
    }
    Ok(strings)
}

/// The rest of an element that holds text in runs. How it is pronounced is left out.
fn rich_text(reader: &mut Reader<'_>) -> Result<String> {
    let outside = reader.depth().saturating_sub(1);
    let mut text = String::new();
    while reader.depth() > outside {
        match reader.next()? {
            Some(Event::Start(tag)) if tag.name() == "t" => text.push_str(&reader.text()?),
            Some(Event::Start(tag)) if tag.name() == "rPh" => reader.skip()?,
            Some(_) => {}
            None => break,
        }
    }
    Ok(unescaped(text))
}

/// `text` with the characters that Excel writes as `_x000D_`, because XML has none of them.
fn unescaped(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        result.push_str(&rest[..at]);
        let escape = rest.get(at..at + 7).filter(|escape| escape.ends_with('_'));
        let code = escape.and_then(|escape| u32::from_str_radix(escape.get(2..6)?, 16).ok());
        let (end, character) = match code.and_then(char::from_u32) {
            Some(character) => (at + 7, character),
            None => (at + 1, '_'),
        };
        result.push(character);
        rest = &rest[end..];
    }
    result.push_str(rest);
    result
}

fn read_formats(text: &str, part: &str) -> Result<Formats> {
    let mut reader = Reader::new(text, part);
    let mut formats = Formats::default();
    let mut own: HashMap<u32, Format> = HashMap::new();
    let mut is_in_cells = false;
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(tag) => match tag.name() {
                "numFmt" => {
                    let code = tag.attribute("formatCode").unwrap_or_default();
                    own.insert(tag.number("numFmtId").unwrap_or(0), Format::parse(&code));
                }
                "cellXfs" => is_in_cells = true,
                "xf" if is_in_cells => {
                    let id = tag.number("numFmtId").unwrap_or(0);
                    let format = own.get(&id).cloned().unwrap_or_else(|| Format::built_in(id));
                    formats.by_style.push(format);
                }
                "dxfs" => reader.skip()?,
                _ => {}
            },
            Event::End(tag) if tag.name() == "cellXfs" => is_in_cells = false,
            _ => {}
        }
    }
    Ok(formats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_excel_escapes_are_themselves() {
        for (written, meant) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("snake_xyz_", "snake_xyz_"),
            ("a_x", "a_x"),
            ("é_x00é1_", "é_x00é1_"),
        ] {
            assert_eq!(unescaped(written.to_owned()), meant);
        }
    }
}
