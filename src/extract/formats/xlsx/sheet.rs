//! Reads the cells of a sheet, row by row, and hands over a table at each empty row.

use super::tables::{self, Cell, Merged, Row};
use super::{Shared, rich_text, unescaped};
use crate::error::Result;
use crate::extract::formats::builder::Builder;
use crate::extract::formats::package::check_bytes;
use crate::extract::formats::xml::{Event, Reader, Tag};

/// The most columns of a sheet.
const MAX_COLUMNS: u32 = 16_384;

/// Reads a sheet and writes its tables.
pub(super) fn read(text: &str, part: &str, shared: &Shared, builder: &mut Builder) -> Result<()> {
    let merged = merged_cells(text, part)?;
    let mut sheet = Sheet {
        shared,
        hidden: Vec::new(),
        rows: Vec::new(),
        row: Row::default(),
        row_is_hidden: false,
        bytes: 0,
    };
    let mut reader = Reader::new(text, part);
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(tag) => match tag.name() {
                "col" if tag.attribute("hidden").is_some_and(|it| it == "1" || it == "true") => {
                    sheet.hide(tag.number("min").unwrap_or(0), tag.number("max").unwrap_or(0));
                }
                "row" => {
                    let number = tag.number("r").unwrap_or(sheet.row.number.saturating_add(1));
                    if number > sheet.row.number.saturating_add(1) {
                        sheet.write(&merged, builder)?;
                    }
                    sheet.row = Row { number, cells: Vec::new() };
                    sheet.row_is_hidden = tag.attribute("hidden").is_some_and(|it| it == "1" || it == "true");
                }
                "c" => sheet.cell(&mut reader, &tag)?,
                _ => {}
            },
            Event::End(tag) if tag.name() == "row" => sheet.end_row(&merged, builder)?,
            _ => {}
        }
    }
    sheet.write(&merged, builder)
}

struct Sheet<'d> {
    shared: &'d Shared,
    /// Whether each column is not shown; as long as it has to be.
    hidden: Vec<bool>,
    /// The rows since the last empty one.
    rows: Vec<Row>,
    row: Row,
    row_is_hidden: bool,
    /// How long the texts of all cells are together.
    bytes: usize,
}

impl Sheet<'_> {
    fn hide(&mut self, first: u32, last: u32) {
        let (first, end) = (first as usize, last.min(MAX_COLUMNS) as usize + 1);
        self.hidden.resize(self.hidden.len().max(end), false);
        if let Some(columns) = self.hidden.get_mut(first..end) {
            columns.fill(true);
        }
    }

    fn end_row(&mut self, merged: &Merged, builder: &mut Builder) -> Result<()> {
        if self.row_is_hidden {
            return Ok(());
        }
        if self.row.cells.is_empty() {
            return self.write(merged, builder);
        }
        let row = Row { number: self.row.number, cells: std::mem::take(&mut self.row.cells) };
        self.rows.push(row);
        Ok(())
    }

    fn write(&mut self, merged: &Merged, builder: &mut Builder) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() { Ok(()) } else { tables::write(rows, merged, builder) }
    }

    /// Reads the rest of a cell.
    fn cell(&mut self, reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<()> {
        let next = self.row.cells.last().map_or(1, |cell| cell.column + 1);
        let column = tag.attribute("r").and_then(|name| column(&name)).unwrap_or(next);
        let kind = tag.attribute("t").unwrap_or_default();
        let style = tag.number("s");
        let outside = reader.depth().saturating_sub(1);
        let mut value = String::new();
        let mut text = String::new();
        while reader.depth() > outside {
            match reader.next()? {
                Some(Event::Start(tag)) => match tag.name() {
                    "v" => value = reader.text()?,
                    "is" => text = rich_text(reader)?,
                    _ => reader.skip()?,
                },
                Some(_) => {}
                None => break,
            }
        }
        let is_hidden =
            self.row_is_hidden || self.hidden.get(column as usize).is_some_and(|is_hidden| *is_hidden);
        if is_hidden || column > MAX_COLUMNS || column < next {
            return Ok(());
        }
        let is_text = matches!(kind.as_str(), "s" | "str" | "inlineStr");
        let text = match kind.as_str() {
            "s" => {
                let index = value.trim().parse::<usize>().ok();
                index.and_then(|index| self.shared.strings.get(index)).cloned().unwrap_or_default()
            }
            "str" => unescaped(value),
            "inlineStr" => text,
            "b" => if value.trim() == "1" { "TRUE" } else { "FALSE" }.to_owned(),
            "d" | "e" => value,
            _ => self.shared.formats.show(&value, style),
        };
        // Thousands of cells can refer to one long text.
        self.bytes += text.len();
        check_bytes(self.bytes)?;
        if !text.chars().all(crate::extract::is_blank) {
            self.row.cells.push(Cell { column, text, is_text });
        }
        Ok(())
    }
}

/// The number of the column in the name of a cell, such as `AB12`.
fn column(name: &str) -> Option<u32> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters
        .take(4)
        .fold(0, |number, letter| number * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    (number > 0).then_some(number)
}

/// The cells that are over more than one, which the file lists after all cells.
fn merged_cells(text: &str, part: &str) -> Result<Merged> {
    let mut merged = Merged::new();
    if !text.contains("mergeCell ") {
        return Ok(merged);
    }
    let mut reader = Reader::new(text, part);
    while let Some(event) = reader.next()? {
        let Event::Start(tag) = event else { continue };
        match tag.name() {
            "sheetData" => reader.skip()?,
            "mergeCell" => {
                let range = tag.attribute("ref").unwrap_or_default();
                let corners = range.split_once(':').and_then(|(first, last)| {
                    Some(((row(first)?, column(first)?), (row(last)?, column(last)?)))
                });
                if let Some((first, last)) = corners {
                    merged.insert(first, last);
                }
            }
            _ => {}
        }
    }
    Ok(merged)
}

/// The number of the row in the name of a cell.
fn row(name: &str) -> Option<u32> {
    name.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()).parse().ok()
}
