//! Tables in text: CSV and its kin. Each row becomes a line that names its columns, `City: Paris; Population: 2 M`.

use std::borrow::Cow;
use std::ops::Range;

use super::builder::{Builder, Leaf};
use super::{Extracted, Place, one_line};
use crate::document::{MAX_CONTENT_BYTES, Span};
use crate::error::Result;

mod header;
mod read;

use read::Rows;

/// The longest name of a column as it stands in each row, in characters.
const MAX_NAME_CHARS: usize = 80;

/// How many bytes of a cell make a row prose, which is better cut between sentences than kept as a line.
const MIN_PROSE_BYTES: usize = 600;

/// How many columns there may be whose names stand in each row.
const MAX_NAMED_COLUMNS: usize = 2000;

/// Reads a table whose cells are separated by `delimiter`, or by what its rows show where that is `None`.
///
/// # Errors
/// [`ErrorKind::DocumentTooLarge`](crate::error::ErrorKind::DocumentTooLarge) where the rows are too long together.
pub(super) fn extracted(source: &str, delimiter: Option<u8>) -> Result<Extracted> {
    let (start, said) = read::start(source);
    let delimiter = said.or(delimiter).unwrap_or_else(|| read::delimiter(&source[start..]));
    let layout = header::layout(source, start, delimiter);
    let names = layout.names.iter().map(|name| one_line(name, MAX_NAME_CHARS)).collect::<Vec<_>>();
    // Names that would fill the text stand at its beginning only.
    let is_named = layout.names.len() <= MAX_NAMED_COLUMNS && names_fit(source, &layout, &names, delimiter);
    let is_told = is_named && all_are_told(source, &layout, &names, delimiter);
    let mut table =
        Table { source, builder: Builder::new(), names: if is_named { names } else { Vec::new() } };
    for (number, row) in Rows::new(source, start, delimiter).enumerate() {
        let is_header = layout.header == Some(number);
        if is_header && is_told {
            continue;
        }
        let is_before = layout.header.is_some_and(|header| number <= header);
        table.row(&row, if is_before || layout.is_alone { Names::None } else { Names::All });
    }
    let mut extracted = table.builder.finish()?;
    let lead = extracted.blocks.get(layout.header.unwrap_or_default()).map(|block| block.span);
    if let Some(lead) = lead.filter(|_| !is_named && layout.header.is_some()) {
        for block in extracted.blocks.iter_mut().filter(|block| block.span.start > lead.start) {
            block.lead = lead;
        }
    }
    Ok(extracted)
}

/// Whether each name stands before some value, whole, so that the row of names says nothing more.
fn all_are_told(source: &str, layout: &header::Layout, names: &[String], delimiter: u8) -> bool {
    let Some(header) = layout.header else { return true };
    let is_cut = |(short, whole): (&String, &String)| one_line(whole, usize::MAX) != *short;
    if names.iter().zip(&layout.names).any(is_cut) {
        return false;
    }
    let mut is_untold: Vec<bool> = names.iter().map(|name| !name.is_empty()).collect();
    let mut untold = is_untold.iter().filter(|is_untold| **is_untold).count();
    for row in Rows::new(source, layout.start, delimiter).skip(header + 1) {
        for (is_untold, cell) in is_untold.iter_mut().zip(&row.cells) {
            if *is_untold && !source[cell.range.clone()].chars().all(super::is_blank) {
                *is_untold = false;
                untold -= 1;
            }
        }
        if untold == 0 {
            return true;
        }
    }
    false
}

/// Whether the text has room for the names of columns in each row.
fn names_fit(source: &str, layout: &header::Layout, names: &[String], delimiter: u8) -> bool {
    let longest = names.iter().map(String::len).sum::<usize>() + 4 * names.len();
    let lines = source.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    if longest.saturating_mul(lines) + 2 * source.len() < MAX_CONTENT_BYTES {
        return true;
    }
    let start = layout.start;
    let mut length = 0usize;
    for row in Rows::new(source, start, delimiter) {
        let cells = row.cells.iter().enumerate().filter(|(_, cell)| !cell.range.is_empty());
        length += cells
            .map(|(column, cell)| cell.range.len() + 4 + names.get(column).map_or(0, String::len))
            .sum::<usize>();
        if length > MAX_CONTENT_BYTES {
            return false;
        }
    }
    true
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    None,
    All,
}

struct Table<'t> {
    source: &'t str,
    builder: Builder,
    names: Vec<String>,
}

impl Table<'_> {
    fn row(&mut self, row: &read::Row, names: Names) {
        let is_prose = row.cells.iter().any(|cell| cell.range.len() >= MIN_PROSE_BYTES);
        self.builder.begin(if is_prose { Leaf::Paragraph } else { Leaf::Row });
        let mut is_first = true;
        for (column, cell) in row.cells.iter().enumerate() {
            if self.source[cell.range.clone()].chars().all(super::is_blank) {
                continue;
            }
            if !is_first {
                self.builder.push_unplaced("; ");
            }
            is_first = false;
            let name = if names == Names::All {
                self.names.get(column).filter(|name| !name.is_empty())
            } else {
                None
            };
            if let Some(name) = name {
                self.builder.push_unplaced(name);
                self.builder.push_unplaced(if name.ends_with(':') { " " } else { ": " });
            }
            self.cell(cell);
        }
        self.builder.end();
    }

    /// The text of a cell, in which two quotation marks are one if the cell is between such.
    fn cell(&mut self, cell: &read::Cell) {
        let Range { start: first, end } = cell.range.clone();
        let mut start = first;
        if cell.is_quoted {
            for (at, mark) in self.source[first..end].match_indices("\"\"") {
                let at = first + at;
                self.push(start..at);
                self.builder.push(&mark[..1], Place::Bytes(Span::new(at, at + 2)));
                start = at + 2;
            }
        }
        self.push(start..end);
    }

    fn push(&mut self, range: Range<usize>) {
        self.builder.push(&self.source[range.clone()], Place::Bytes(Span::new(range.start, range.end)));
    }
}

/// A cell as its reader sees it.
fn unquoted(cell: &str, is_quoted: bool) -> Cow<'_, str> {
    if is_quoted && cell.contains("\"\"") {
        Cow::Owned(cell.replace("\"\"", "\""))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests;
