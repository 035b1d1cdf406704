//! Tables, their rows and cells; those that only place blocks on the page are read as blocks.

use super::super::tags::{Name, Tag};
use super::{End, OpenTable, Reader};
use crate::extract::formats::builder::Leaf;

impl Reader<'_, '_> {
    pub(super) fn table(&mut self, node: usize, end: usize) {
        while self.tables.get(self.next_table).is_some_and(|(table, _)| *table < node) {
            self.next_table += 1;
        }
        let facts = self
            .tables
            .get(self.next_table)
            .filter(|(table, _)| *table == node)
            .map(|(_, facts)| facts.clone());
        self.boundary();
        match facts {
            Some(facts) if !facts.is_layout && self.leaves == 0 => {
                self.is_after_term = false;
                self.open_tables.push(OpenTable { facts, has_begun: false });
                self.ends.push((end, End::Table));
            }
            _ => self.ends.push((end, End::Block)),
        }
    }

    /// Begins the table that is open: not before its first cell, as its caption comes first.
    pub(super) fn begin_table(&mut self) {
        if let Some(table) = self.open_tables.last_mut().filter(|table| !table.has_begun) {
            table.has_begun = true;
            self.builder.begin_table();
        }
    }

    pub(super) fn table_part(&mut self, node: usize, tag: Tag, end: usize) {
        let is_layout = {
            let table = std::iter::successors(Some(node), |it| (*it > 0).then(|| self.tree.parent(*it)))
                .take(8)
                .find(|it| self.tree.tag(*it) == Tag::Table);
            table.is_none_or(|table| {
                let at = self.tables.binary_search_by_key(&table, |(table, _)| *table);
                at.is_ok_and(|at| self.tables[at].1.is_layout)
            })
        };
        if is_layout {
            self.boundary();
            self.ends.push((end, End::Block));
            return;
        }
        match tag {
            Tag::Caption if self.open_tables.last().is_some_and(|table| !table.has_begun) => {
                self.leaf(Leaf::Caption, end);
            }
            Tag::Tr => {
                self.begin_table();
                self.boundary();
                self.builder.begin_row(self.is_header_row(node));
                self.ends.push((end, End::Row));
            }
            Tag::Td | Tag::Th => {
                self.begin_table();
                self.boundary();
                let (columns, rows) = self.spans(node, end);
                self.builder.begin_cell(columns, rows);
                self.has_run = true;
                self.ends.push((end, End::Cell));
            }
            _ => {
                self.boundary();
                self.ends.push((end, End::Block));
            }
        }
    }

    fn spans(&mut self, node: usize, end: usize) -> (usize, usize) {
        let columns = self.tree.attribute(node, Name::Colspan);
        let rows = self.tree.attribute(node, Name::Rowspan);
        if columns.is_none() && rows.is_none() {
            return (1, 1);
        }
        let nodes = (node..end).take(50);
        let bytes = nodes.flat_map(|it| self.tree.pieces(it)).map(|(text, _)| text.len()).sum();
        self.open_tables.last_mut().map_or((1, 1), |table| table.facts.spans(columns, rows, bytes))
    }

    /// Whether a row names columns: it is in the head of its table, or all its cells are such.
    fn is_header_row(&self, row: usize) -> bool {
        if self.tree.tag(self.tree.parent(row)) == Tag::Thead {
            return true;
        }
        let mut has_header = false;
        let all = self.tree.children(row).all(|cell| match self.tree.tag(cell) {
            Tag::Th => {
                has_header = true;
                true
            }
            Tag::Td => self.tree.text_of(cell, 20).is_empty(),
            _ => true,
        });
        all && has_header
    }
}
