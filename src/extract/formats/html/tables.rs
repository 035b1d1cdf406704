//! Which tables of a page are tables, and how far their cells reach.

use super::tags::{Name, Tag};
use super::tree::Tree;
use super::visible::Mask;

/// The longest cell of a table of data without and with cells that name columns, in bytes.
const MAX_CELL: usize = 500;
const MAX_HEADED_CELL: usize = 2_000;

/// How many times the text of a table what its cells repeat in the rows below may be.
const MAX_REPETITION: usize = 2;

/// The longest text of a cell that is repeated, in bytes, its marks included.
const REPEATED_BYTES: usize = 210;

/// What is known of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Whether it only places blocks on the page.
    pub is_layout: bool,
    /// How many cells the longest row has.
    columns: usize,
    /// How many bytes of text the repetition of cells, and empty cells for those that are wide, may add.
    repetition: usize,
    width: usize,
}

impl Facts {
    /// How many columns and rows a cell with these attributes spans, in a table that knows no more than it has.
    pub(super) fn spans(
        &mut self,
        columns: Option<&str>,
        rows: Option<&str>,
        bytes: usize,
    ) -> (usize, usize) {
        let number = |value: Option<&str>| value.and_then(|it| it.trim().parse::<usize>().ok()).unwrap_or(1);
        let columns = number(columns).clamp(1, self.columns.max(1)).min(self.width + 1);
        self.width -= columns - 1;
        let rows = number(rows).clamp(1, 1_000);
        let each = bytes.min(REPEATED_BYTES) + 4 * columns;
        let rows = rows.min(self.repetition / each.max(1) + 1);
        self.repetition -= (rows - 1) * each;
        (columns, rows)
    }
}

/// What is seen of a table while its nodes pass by.
#[derive(Default)]
struct Seen {
    table: usize,
    rows: usize,
    cells: usize,
    cells_in_row: usize,
    columns: usize,
    text: usize,
    cell_text: usize,
    longest_cell: usize,
    paragraphs: usize,
    has_headings: bool,
    has_blocks: bool,
    has_paragraphs: bool,
    has_tables: bool,
    has_text_outside: bool,
    is_in_cell: bool,
    /// One of `th`, `caption` and `thead`.
    is_headed: bool,
}

impl Seen {
    fn end_cell(&mut self) {
        self.longest_cell = self.longest_cell.max(self.cell_text);
        self.has_paragraphs |= self.paragraphs > 2;
        (self.cell_text, self.paragraphs) = (0, 0);
    }

    fn end_row(&mut self) {
        self.end_cell();
        self.columns = self.columns.max(self.cells_in_row);
        self.cells_in_row = 0;
    }

    fn facts(mut self, tree: &Tree) -> Facts {
        self.end_row();
        let table = self.table;
        let is_said = tree.has(table, Name::Role, "presentation") || tree.has(table, Name::Role, "none");
        let holds_page = self.has_blocks || self.has_tables || self.has_text_outside;
        let is_layout = is_said
            || self.columns <= 1
            || if self.is_headed {
                self.longest_cell > MAX_HEADED_CELL
            } else {
                holds_page
                    || self.has_headings
                    || self.has_paragraphs
                    || self.longest_cell > MAX_CELL
                    || self.rows <= 1
            };
        Facts {
            is_layout,
            columns: self.columns,
            repetition: MAX_REPETITION * self.text + 400,
            width: 4 * self.cells + 40,
        }
    }
}

/// The facts of all tables, in the order of the page.
pub(super) fn facts(tree: &Tree, mask: &Mask) -> Vec<(usize, Facts)> {
    let mut found: Vec<(usize, Facts)> = Vec::new();
    let mut open: Vec<Seen> = Vec::new();
    for node in mask.walk(tree, 0) {
        while open.last().is_some_and(|seen| tree.end(seen.table) <= node) {
            found.extend(open.pop().map(|seen| (seen.table, seen.facts(tree))));
        }
        let tag = tree.tag(node);
        let Some(seen) = open.last_mut() else {
            if tag == Tag::Table {
                open.push(Seen { table: node, ..Seen::default() });
            }
            continue;
        };
        look(tree, node, tag, seen);
        if tag == Tag::Table {
            open.push(Seen { table: node, ..Seen::default() });
        }
    }
    found.extend(open.into_iter().map(|seen| (seen.table, seen.facts(tree))));
    found.sort_by_key(|(table, _)| *table);
    found
}

fn look(tree: &Tree, node: usize, tag: Tag, seen: &mut Seen) {
    match tag {
        Tag::Text => {
            let bytes: usize = tree.pieces(node).map(|(text, _)| text.trim_ascii().len()).sum();
            seen.text += bytes;
            seen.cell_text += bytes;
            seen.has_text_outside |= bytes > 0 && !seen.is_in_cell;
        }
        Tag::Tr => {
            seen.end_row();
            seen.rows += 1;
        }
        Tag::Td | Tag::Th => {
            seen.end_cell();
            seen.is_in_cell = true;
            seen.cells += 1;
            seen.cells_in_row += 1;
            seen.rows = seen.rows.max(1);
            seen.is_headed |= tag == Tag::Th;
        }
        Tag::Caption | Tag::Thead => {
            seen.is_in_cell = true;
            seen.is_headed = true;
        }
        Tag::Table => seen.has_tables = true,
        Tag::P => seen.paragraphs += 1,
        Tag::Pre | Tag::Form | Tag::Blockquote | Tag::Hr | Tag::Article | Tag::Section | Tag::Main => {
            seen.has_blocks = true;
        }
        _ => seen.has_headings |= tag.heading_level().is_some(),
    }
}
