//! Where the paragraphs and tables of a part go.

use std::collections::HashMap;

use crate::error::Result;
use crate::extract::formats::flow::{Paragraph, Table, Writer};

/// Takes what is read, in order.
pub(super) trait Sink {
    fn paragraph(&mut self, paragraph: Paragraph) -> Result<()>;
    fn table(&mut self, table: Table) -> Result<()>;
    /// What follows is the note of a number.
    fn note(&mut self, _id: i64) {}
}

impl Sink for Writer {
    fn paragraph(&mut self, paragraph: Paragraph) -> Result<()> {
        self.paragraph(paragraph)
    }

    fn table(&mut self, table: Table) -> Result<()> {
        self.table(table)
    }
}

/// The paragraphs of a part other than the main one, those of notes by the numbers of the notes.
#[derive(Default)]
pub(super) struct Collected {
    pub paragraphs: Vec<Paragraph>,
    pub notes: HashMap<i64, Vec<Paragraph>>,
    note: Option<i64>,
}

impl Sink for Collected {
    fn paragraph(&mut self, paragraph: Paragraph) -> Result<()> {
        match self.note {
            Some(id) => self.notes.entry(id).or_default().push(paragraph),
            None => self.paragraphs.push(paragraph),
        }
        Ok(())
    }

    fn table(&mut self, table: Table) -> Result<()> {
        let cells = table.rows.into_iter().flat_map(|row| row.cells);
        cells.flat_map(|cell| cell.paragraphs).try_for_each(|paragraph| self.paragraph(paragraph))
    }

    fn note(&mut self, id: i64) {
        self.note = Some(id);
    }
}
