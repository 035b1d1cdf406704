//! Writes the rows between two empty ones as a table: columns without anything are left out, titles stand before it, and the
//! first rows of nothing but texts name the columns.

use std::collections::{BTreeSet, HashMap};

use crate::error::Result;
use crate::extract::Place;
use crate::extract::formats::builder::{Builder, Leaf};
use crate::extract::formats::package::check_length;

/// A cell with something in it.
pub(super) struct Cell {
    pub column: u32,
    pub text: String,
    /// Whether it was written as text, not as a number.
    pub is_text: bool,
}

#[derive(Default)]
pub(super) struct Row {
    pub number: u32,
    /// In the order of their columns.
    pub cells: Vec<Cell>,
}

/// The row and column of the first and of the last cell of each area that is shown as one.
pub(super) type Merged = HashMap<(u32, u32), (u32, u32)>;

/// Numbers that are taken as years where they stand among the names of columns.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2100;

impl Row {
    /// Whether each cell can name a column.
    fn is_names(&self) -> bool {
        let is_year = |cell: &Cell| cell.text.parse().is_ok_and(|year: u32| YEARS.contains(&year));
        self.cells.iter().any(|cell| cell.is_text)
            && self.cells.iter().all(|cell| cell.is_text || is_year(cell))
    }

    /// Whether a cell is over several columns.
    fn is_grouped(&self, merged: &Merged) -> bool {
        self.cells
            .iter()
            .any(|cell| merged.get(&(self.number, cell.column)).is_some_and(|(_, last)| *last > cell.column))
    }
}

/// Writes a table. `rows` are not empty, nor is any of them.
pub(super) fn write(rows: Vec<Row>, merged: &Merged, builder: &mut Builder) -> Result<()> {
    let used: BTreeSet<u32> = rows.iter().flat_map(|row| &row.cells).map(|cell| cell.column).collect();
    let columns: Vec<u32> = used.into_iter().collect();
    let titles = if columns.len() > 1 {
        rows.iter().take_while(|row| row.cells.len() == 1).count()
    } else {
        usize::from(rows.len() == 1)
    };
    for row in &rows[..titles] {
        for cell in &row.cells {
            builder.begin(Leaf::Paragraph);
            builder.push(&cell.text, Place::Cell { row: row.number, column: cell.column });
            builder.end();
        }
    }
    let rows = &rows[titles..];
    let header = header_rows(rows, merged);
    let mut table = Writer { builder, rows, columns: &columns, merged, covered: vec![0; columns.len()] };
    if !rows.is_empty() {
        table.builder.begin_table();
        for index in 0..rows.len() {
            table.row(index, index < header);
            check_length(table.builder)?;
        }
        table.builder.end_table();
    }
    Ok(())
}

/// How many rows at the top name the columns: the first where all in it is text, and the one below where the first groups
/// columns.
fn header_rows(rows: &[Row], merged: &Merged) -> usize {
    let [first, second, ..] = rows else { return 0 };
    if !first.is_names() {
        return 0;
    }
    // Of a single column, a text above others is one of them.
    if first.cells.len() == 1 && second.is_names() {
        return 0;
    }
    1 + usize::from(first.is_grouped(merged) && second.is_names() && rows.len() > 2)
}

struct Writer<'w> {
    builder: &'w mut Builder,
    rows: &'w [Row],
    columns: &'w [u32],
    merged: &'w Merged,
    /// The last row, in each column, that a cell further up reaches down to.
    covered: Vec<u32>,
}

impl Writer<'_> {
    fn row(&mut self, index: usize, is_header: bool) {
        let row = &self.rows[index];
        self.builder.begin_row(is_header);
        let mut place = 0;
        for cell in &row.cells {
            let at = self.columns.partition_point(|column| *column < cell.column);
            if at < place {
                continue;
            }
            self.gap(row.number, place, at);
            place = at;
            if self.covered[at] >= row.number {
                place += 1;
                continue;
            }
            let origin = (row.number, cell.column);
            let (last_row, last_column) = self.merged.get(&origin).copied().unwrap_or(origin);
            let end = self.columns.partition_point(|column| *column <= last_column).max(at + 1);
            let height = self.rows[index..].partition_point(|row| row.number <= last_row).max(1);
            self.builder.begin_cell(end - at, height);
            self.builder.push(&cell.text, Place::Cell { row: row.number, column: cell.column });
            self.builder.end_cell();
            if height > 1 {
                self.covered[at..end].fill(last_row);
            }
            place = end;
        }
        self.builder.end_row();
    }

    /// Empty cells, but where a cell further up reaches down to.
    fn gap(&mut self, row: u32, from: usize, to: usize) {
        for place in from..to {
            if self.covered[place] < row {
                self.builder.begin_cell(1, 1);
                self.builder.end_cell();
            }
        }
    }
}
