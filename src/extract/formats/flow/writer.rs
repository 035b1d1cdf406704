//! Writes paragraphs and tables as they come, and the notes of each section at its end.

use std::collections::HashMap;

use super::{Cell, Mark, Merge, NoteKind, Paragraph, Piece, Reference, Role, Row, Table};
use crate::error::Result;
use crate::extract::formats::builder::{Builder, Leaf};
use crate::extract::formats::levels::Levels;
use crate::extract::formats::package::check_length;
use crate::extract::{Extracted, MAX_HEADING_CHARS, Place, one_line};

/// The longest text of a cell that can name a column, in bytes.
const MAX_NAME_BYTES: usize = 120;

pub(crate) struct Writer {
    builder: Builder,
    main: String,
    levels: Levels,
    /// The notes that were not yet written: their part, and the paragraphs of each.
    notes: HashMap<(NoteKind, i64), (String, Vec<Paragraph>)>,
    /// The notes that were referred to since the last heading.
    pending: Vec<Reference>,
    is_in_code: bool,
    is_in_quotation: bool,
}

impl Writer {
    pub fn new(main: &str) -> Self {
        let mut builder = Builder::new();
        builder.part(main);
        Self {
            builder,
            main: main.to_owned(),
            levels: Levels::default(),
            notes: HashMap::new(),
            pending: Vec::new(),
            is_in_code: false,
            is_in_quotation: false,
        }
    }

    /// Adds a note that paragraphs can refer to.
    pub fn add_note(&mut self, kind: NoteKind, id: i64, part: &str, paragraphs: Vec<Paragraph>) {
        self.notes.insert((kind, id), (part.to_owned(), paragraphs));
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.builder.len() == 0
    }

    /// The body has ended.
    pub fn end_body(&mut self) {
        self.leave();
        self.write_notes();
    }

    /// Writes what stands at the head or foot of pages.
    pub fn margin(&mut self, part: &str, paragraphs: Vec<Paragraph>) -> Result<()> {
        self.builder.part(part);
        for paragraph in paragraphs {
            self.builder.begin(Leaf::Note);
            self.write(&paragraph);
            self.builder.end();
        }
        check_length(&self.builder)
    }

    pub fn finish(self) -> Result<Extracted> {
        self.builder.finish()
    }

    /// Ends lists, quotations and code.
    fn leave(&mut self) {
        self.levels.close(&mut self.builder);
        if std::mem::take(&mut self.is_in_quotation) {
            self.builder.end_quotation();
        }
        if std::mem::take(&mut self.is_in_code) {
            self.builder.end();
        }
    }

    fn write(&mut self, paragraph: &Paragraph) {
        for piece in &paragraph.pieces {
            match piece {
                Piece::Text(number, text) => self.builder.push(text, Place::Paragraph(*number)),
                Piece::Added(text) => self.builder.push_unplaced(text),
                Piece::Break if self.is_in_code => self.builder.push_unplaced("\n"),
                Piece::Break => self.builder.line_break(),
            }
        }
    }

    fn leaf(&mut self, leaf: Leaf, paragraph: &Paragraph) {
        self.builder.begin(leaf);
        if let Some((_, Mark::Number(mark))) = &paragraph.item {
            self.builder.push_unplaced(mark);
            self.builder.space();
        }
        self.write(paragraph);
        self.builder.end();
    }

    fn heading(&mut self, level: u8, paragraph: &Paragraph) {
        self.leave();
        self.write_notes();
        self.leaf(Leaf::Heading(level), paragraph);
    }

    fn code(&mut self, paragraph: &Paragraph) {
        if self.is_in_code {
            self.builder.push_unplaced("\n");
        } else {
            self.leave();
            self.builder.begin(Leaf::Code(String::new()));
            self.is_in_code = true;
        }
        self.write(paragraph);
    }

    fn quotation(&mut self, paragraph: &Paragraph) {
        if !self.is_in_quotation {
            self.leave();
            self.builder.begin_quotation();
            self.is_in_quotation = true;
        }
        self.leaf(Leaf::Paragraph, paragraph);
    }

    fn body(&mut self, paragraph: &Paragraph) {
        match &paragraph.item {
            Some((level, mark @ (Mark::Bullet | Mark::Number(_)))) => {
                if self.is_in_code || self.is_in_quotation {
                    self.leave();
                }
                let marker = if let Mark::Number(number) = mark { number } else { "-" };
                self.levels.item(&mut self.builder, *level, marker);
                self.builder.begin(Leaf::Paragraph);
                self.write(paragraph);
                self.builder.end();
            }
            Some((_, Mark::Nothing)) if self.levels.is_open() => {
                self.builder.begin(Leaf::Paragraph);
                self.write(paragraph);
                self.builder.end();
            }
            _ => {
                self.leave();
                let leaf = if paragraph.has_formula { Leaf::Formula } else { Leaf::Paragraph };
                self.leaf(leaf, paragraph);
            }
        }
    }

    fn write_notes(&mut self) {
        for reference in std::mem::take(&mut self.pending) {
            // A note that is referred to once more stands at its first place.
            let note = self.notes.remove(&(reference.kind, reference.id));
            let Some((part, paragraphs)) = note else { continue };
            self.builder.part(&part);
            self.builder.begin(Leaf::Note);
            self.builder.push_unplaced(&reference.mark);
            self.builder.space();
            for (index, paragraph) in paragraphs.iter().enumerate() {
                if index > 0 {
                    self.builder.line_break();
                }
                self.write(paragraph);
            }
            self.builder.end();
        }
        let main = std::mem::take(&mut self.main);
        self.builder.part(&main);
        self.main = main;
    }

    fn cell(&mut self, cell: &mut Cell, rows: usize) {
        self.builder.begin_cell(cell.columns, rows);
        for paragraph in &mut cell.paragraphs {
            self.pending.append(&mut paragraph.references);
            self.leaf(Leaf::Paragraph, paragraph);
        }
        self.builder.end_cell();
    }

    /// Writes a paragraph.
    pub fn paragraph(&mut self, mut paragraph: Paragraph) -> Result<()> {
        if paragraph.is_blank() {
            // An empty line of code is one of its lines.
            if self.is_in_code && paragraph.role == Role::Code {
                self.builder.push_unplaced("\n");
            }
            return Ok(());
        }
        match paragraph.role {
            Role::Title => {
                let properties = self.builder.properties();
                if properties.title.is_empty() {
                    properties.title = one_line(&paragraph.text(), MAX_HEADING_CHARS);
                }
                self.heading(1, &paragraph);
            }
            Role::Heading(level) => self.heading(level.saturating_add(2), &paragraph),
            Role::Code => self.code(&paragraph),
            Role::Quotation => self.quotation(&paragraph),
            Role::Caption => {
                self.leave();
                self.leaf(Leaf::Caption, &paragraph);
            }
            Role::Body | Role::Contents => self.body(&paragraph),
        }
        self.pending.append(&mut paragraph.references);
        check_length(&self.builder)
    }

    /// Writes a table.
    pub fn table(&mut self, mut table: Table) -> Result<()> {
        table.rows.retain(|row| !row.is_deleted && !row.cells.is_empty());
        if let [Row { cells, .. }] = table.rows.as_mut_slice()
            && let [cell] = cells.as_mut_slice()
        {
            // A table of one cell is a box around what is in it.
            let paragraphs = std::mem::take(&mut cell.paragraphs);
            return paragraphs.into_iter().try_for_each(|paragraph| self.paragraph(paragraph));
        }
        self.leave();
        let spans = spans(&table);
        let header = header_rows(&table);
        self.builder.begin_table();
        for (index, (row, spans)) in table.rows.iter_mut().zip(spans).enumerate() {
            self.builder.begin_row(index < header);
            if row.before > 0 {
                self.builder.begin_cell(row.before, 1);
            }
            for (cell, rows) in row.cells.iter_mut().zip(spans) {
                if rows > 0 {
                    self.cell(cell, rows);
                }
            }
            self.builder.end_row();
            check_length(&self.builder)?;
        }
        self.builder.end_table();
        Ok(())
    }
}

/// Over how many rows each cell is; 0 for those that are one with the cell above.
fn spans(table: &Table) -> Vec<Vec<usize>> {
    let mut spans: Vec<Vec<usize>> = Vec::new();
    // The cell that reaches down, by the column that it begins in.
    let mut reaching: HashMap<usize, (usize, usize)> = HashMap::new();
    for (index, row) in table.rows.iter().enumerate() {
        let mut column = row.before;
        let mut of_row = Vec::new();
        for (place, cell) in row.cells.iter().enumerate() {
            let above = reaching.get(&column).filter(|_| cell.merge == Merge::GoesOn).copied();
            match above.and_then(|(row, place)| spans.get_mut(row)?.get_mut(place)) {
                Some(rows) => {
                    *rows += 1;
                    of_row.push(0);
                }
                None => {
                    of_row.push(cell.rows.max(1));
                    match cell.merge {
                        Merge::Begins => reaching.insert(column, (index, place)),
                        _ => reaching.remove(&column),
                    };
                }
            }
            column = column.saturating_add(cell.columns.max(1));
        }
        spans.push(of_row);
    }
    spans
}

/// How many rows at the top name the columns: those that are repeated on each page, else the first where it is shown in a
/// way of its own and can be read as names.
fn header_rows(table: &Table) -> usize {
    let repeated = table.rows.iter().take_while(|row| row.is_header).count();
    if repeated > 0 {
        return repeated;
    }
    let Some(first) = table.rows.first().filter(|_| table.rows.len() > 1) else { return 0 };
    let has_style = |cell: &Cell| cell.paragraphs.iter().any(|paragraph| paragraph.names_column);
    if first.cells.iter().all(has_style) {
        return 1;
    }
    let is_name = |cell: &Cell| {
        let text: String = cell.paragraphs.iter().map(Paragraph::text).collect();
        let has_letters = text.chars().any(char::is_alphabetic);
        has_letters && text.len() <= MAX_NAME_BYTES
    };
    usize::from(table.has_first_row && first.cells.len() > 1 && first.cells.iter().all(is_name))
}
