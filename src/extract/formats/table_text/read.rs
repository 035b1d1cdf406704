//! The cells of a table in text, each where it stands.

use std::ops::Range;

/// In how many bytes and rows at its beginning a table shows how it is written.
const SAMPLE_BYTES: usize = 64 << 10;
const SAMPLE_ROWS: usize = 100;

/// What may separate cells: of those that fit equally well the first is taken.
const DELIMITERS: &[u8] = b"\t;|,";

/// A row that is not blank.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Where its text is, without quotation marks around it.
    pub range: Range<usize>,
    /// Whether it was between such.
    pub is_quoted: bool,
}

/// Where the table begins in `source`, behind a byte order mark and a line `sep=;`, and the separator that such a line names.
pub(super) fn start(source: &str) -> (usize, Option<u8>) {
    let start = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = &source[start..];
    let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
    let is_named = line.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("sep="));
    match line.as_bytes() {
        [_, _, _, _, delimiter] if is_named && delimiter.is_ascii() => (start + line.len(), Some(*delimiter)),
        _ => (start, None),
    }
}

/// What separates the cells of the table: what parts most rows into the same number of them.
pub(super) fn delimiter(table: &str) -> u8 {
    let sample = &table[..table.floor_char_boundary(SAMPLE_BYTES)];
    let mut best = (0, b',');
    for delimiter in DELIMITERS {
        let mut counts: Vec<usize> =
            Rows::new(sample, 0, *delimiter).take(SAMPLE_ROWS).map(|row| row.cells.len()).collect();
        counts.sort_unstable();
        let rows = counts.len().max(1);
        let usual = counts.chunk_by(|a, b| a == b).filter(|group| group[0] > 1).map(<[usize]>::len).max();
        let share = usual.unwrap_or(0) * 100 / rows;
        // A comma in many texts says less than another mark in all rows.
        if share > best.0 {
            best = (share, *delimiter);
        }
    }
    best.1
}

/// The rows of a table.
pub(super) struct Rows<'t> {
    text: &'t [u8],
    at: usize,
    delimiter: u8,
    /// From where on no quotation mark closes a cell.
    unclosed: usize,
}

impl<'t> Rows<'t> {
    pub fn new(text: &'t str, start: usize, delimiter: u8) -> Self {
        Self { text: text.as_bytes(), at: start, delimiter, unclosed: usize::MAX }
    }

    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn is_cell_end(&self, at: usize) -> bool {
        self.text.get(at).is_none_or(|byte| *byte == self.delimiter || matches!(byte, b'\n' | b'\r'))
    }

    /// The cell that begins here.
    fn cell(&mut self) -> Cell {
        if self.byte() == Some(b'"')
            && let Some(close) = self.closing_quote(self.at + 1)
        {
            let cell = self.at + 1..close;
            self.at = close + 1;
            while matches!(self.byte(), Some(b' ' | b'\t')) && !self.is_cell_end(self.at) {
                self.at += 1;
            }
            if self.is_cell_end(self.at) {
                return Cell { range: cell, is_quoted: true };
            }
            // More text behind the mark: it was none of the cell's ends.
            self.at = cell.start - 1;
        }
        let start = self.at;
        while !self.is_cell_end(self.at) {
            self.at += 1;
        }
        Cell { range: start..self.at, is_quoted: false }
    }

    /// The mark that closes a cell whose text begins at byte `from`.
    fn closing_quote(&mut self, from: usize) -> Option<usize> {
        if from >= self.unclosed {
            return None;
        }
        let mut at = from;
        while let Some(length) = self.text[at..].iter().position(|byte| *byte == b'"') {
            at += length;
            if self.text.get(at + 1) != Some(&b'"') {
                return Some(at);
            }
            at += 2;
        }
        self.unclosed = from;
        None
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        while self.at < self.text.len() {
            let mut row = Row { cells: Vec::new() };
            loop {
                row.cells.push(self.cell());
                let is_more = self.byte() == Some(self.delimiter);
                self.at += 1;
                if !is_more {
                    break;
                }
            }
            let is_blank = row.cells.iter().all(|cell| self.text[cell.range.clone()].trim_ascii().is_empty());
            if !is_blank {
                return Some(row);
            }
        }
        None
    }
}
