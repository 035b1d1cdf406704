//! Tables: rows between bars, a rule under those that name columns.

use super::{Builder, growth};
use crate::document::Span;
use crate::extract::{Block, BlockKind, is_blank};

/// The longest text of a cell that is repeated in the rows below that it spans, in bytes.
const MAX_REPEATED_BYTES: usize = 200;

/// The most columns of a table that are told apart; the text of further cells is kept in the last one.
const MAX_COLUMNS: usize = 512;

#[derive(Default)]
pub(super) struct Table {
    start: usize,
    /// The last row that names columns, where only such rows came before it.
    header_end: Option<usize>,
    has_body: bool,
    /// What is repeated in each column of coming rows, with how many times.
    repeated: Vec<Option<(usize, String)>>,
    /// The columns of the row so far, and of the longest row.
    column: usize,
    columns: usize,
    row_start: usize,
    row_is_header: bool,
    row_is_open: bool,
    pub(super) cell: Option<Cell>,
}

pub(super) struct Cell {
    pub(super) start: usize,
    columns: usize,
    rows: usize,
}

impl Builder {
    pub(super) fn is_in_table(&self) -> bool {
        self.table.is_some()
    }

    pub(super) fn is_in_cell(&self) -> bool {
        self.table.as_ref().is_some_and(|table| table.cell.is_some())
    }

    /// Begins a table. One in the cell of another is a part of the cell's text.
    pub fn begin_table(&mut self) {
        self.end();
        self.tables += 1;
        if self.tables == 1 {
            // An item with nothing but a table begins with it.
            let start = self.begin_block();
            self.table = Some(Table { start, ..Table::default() });
        }
    }

    /// Begins a row; of rows at the top of a table that name its columns `is_header` is true.
    pub fn begin_row(&mut self, is_header: bool) {
        if self.tables != 1 {
            return;
        }
        self.end_row();
        let Some(table) = &mut self.table else { return };
        if self.text.len() > table.start && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        (table.row_start, table.column) = (self.text.len(), 0);
        table.row_is_header = is_header && !table.has_body;
        table.row_is_open = true;
    }

    /// Begins a cell over so many columns and rows.
    pub fn begin_cell(&mut self, columns: usize, rows: usize) {
        if self.tables != 1 {
            self.space();
            return;
        }
        self.end_cell();
        if self.table.as_ref().is_some_and(|table| !table.row_is_open) {
            self.begin_row(false);
        }
        self.repeat_above();
        let Some(table) = &mut self.table else { return };
        let left = MAX_COLUMNS.saturating_sub(table.column).max(1);
        self.text.push_str(if table.column == 0 { "| " } else { " | " });
        table.cell =
            Some(Cell { start: self.text.len(), columns: columns.clamp(1, left), rows: rows.max(1) });
    }

    /// Puts the texts of cells above that reach down to where the row is.
    fn repeat_above(&mut self) {
        let Some(table) = &mut self.table else { return };
        while let Some(Some((rows, repeated))) = table.repeated.get_mut(table.column) {
            self.text.push_str(if table.column == 0 { "| " } else { " | " });
            self.text.push_str(repeated);
            *rows -= 1;
            if *rows == 0 {
                table.repeated[table.column] = None;
            }
            table.column += 1;
        }
    }

    /// Ends a cell.
    pub fn end_cell(&mut self) {
        if self.tables != 1 {
            return;
        }
        self.end();
        let Some(cell) = self.table.as_mut().and_then(|table| table.cell.take()) else { return };
        self.trim_end(cell.start);
        let Some(table) = &mut self.table else { return };
        if cell.rows > 1 {
            let end = self.text.floor_char_boundary(cell.start + MAX_REPEATED_BYTES).min(self.text.len());
            let repeated = self.text[cell.start..end].to_owned();
            table.repeated.resize(table.repeated.len().max(table.column + cell.columns), None);
            for column in table.column..table.column + cell.columns {
                let is_first = column == table.column;
                let text = if is_first { repeated.clone() } else { String::new() };
                table.repeated[column] = Some((cell.rows - 1, text));
            }
        }
        table.column += cell.columns;
        self.text.extend(std::iter::repeat_n(" |", cell.columns - 1));
    }

    /// Ends a row. One without text leaves nothing.
    pub fn end_row(&mut self) {
        if self.tables != 1 {
            return;
        }
        self.end_cell();
        if self.table.as_ref().is_none_or(|table| !table.row_is_open) {
            return;
        }
        self.repeat_above();
        let Some(table) = &mut self.table else { return };
        table.row_is_open = false;
        let (start, is_mark) = (table.row_start, |mark: char| mark == '|' || is_blank(mark));
        if self.text[start..].chars().all(is_mark) {
            self.truncate(start);
            return;
        }
        self.text.push_str(" |");
        table.columns = table.columns.max(table.column);
        if table.row_is_header {
            table.header_end = Some(self.text.len());
        } else {
            table.has_body = true;
        }
    }

    /// Ends a table.
    pub fn end_table(&mut self) {
        self.end_row();
        self.tables = self.tables.saturating_sub(1);
        if self.tables > 0 {
            return;
        }
        let Some(table) = self.table.take() else { return };
        self.truncate(self.text.trim_end_matches('\n').len().max(table.start));
        if self.text.len() <= table.start {
            self.drop_block(table.start);
            return;
        }
        let mut block = Block::new(Span::new(table.start, self.text.len()), BlockKind::Table, self.section());
        if let Some(header_end) = table.header_end.filter(|end| *end < self.text.len()) {
            block.lead = Span::new(table.start, header_end);
            self.rule(&table, header_end, &mut block);
        }
        growth::push(&mut self.blocks, block);
    }

    /// Puts the line between the rows that name columns and the others.
    fn rule(&mut self, table: &Table, header_end: usize, block: &mut Block) {
        let rule: String =
            std::iter::once("\n|").chain(std::iter::repeat_n(" --- |", table.columns)).collect();
        self.insert(header_end, &rule);
        let more = rule.len() as u32;
        block.lead.end += more;
        block.span.end += more;
    }
}
