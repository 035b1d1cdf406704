//! Puts the text of a structured document together: headings, paragraphs, lists, tables, code, each where the format's reader
//! says so.
//!
//! The text is written so that people and language models read its structure without the original: an empty line between
//! blocks, a marker before each list item, table rows between bars, code between fences. Marks that the builder adds have no
//! origin.

use super::{
    Block, BlockKind, Extracted, MAX_HEADING_CHARS, Origin, Page, Place, Properties, Section, is_blank,
    one_line,
};
use crate::document::{MAX_CONTENT_BYTES, Span};
use crate::error::{Error, ErrorKind, Result};

/// How deep lists are indented.
const MAX_INDENT: usize = 8;

/// The longest text of a cell that is repeated in the rows below that it spans, in bytes.
const MAX_REPEATED_BYTES: usize = 200;

/// The most columns of a table that are told apart; the text of further cells is kept in the last one.
const MAX_COLUMNS: usize = 512;

/// What a run of text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// A paragraph; in a list the text of its item, in a quotation a part of that.
    Paragraph,
    /// A heading of a level from 1, which opens a section unless it is in a list, a quotation or a table.
    Heading(u8),
    /// Code, whose white space is kept, with the name of its language or an empty text.
    Code(String),
    /// A displayed formula.
    Formula,
    /// What a figure or table is called.
    Caption,
    /// A footnote or the like.
    Note,
    /// A row of a table, or a record, that names what its values are, so that it can be read alone. No empty line is between
    /// two of them.
    Row,
}

/// A leaf that is open.
struct OpenLeaf {
    kind: BlockKind,
    /// Where it begins, its markup included.
    start: usize,
    /// Where its own text begins.
    content: usize,
    /// The level that it opens a section at.
    section_level: Option<u8>,
    lead: Span,
}

struct List {
    /// The text before it that introduces it.
    lead: Span,
    /// The marker of the item that comes next; none once it was written.
    marker: Option<String>,
}

#[derive(Default)]
struct Table {
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
    cell: Option<Cell>,
}

struct Cell {
    start: usize,
    columns: usize,
    rows: usize,
}

/// Builds an [`Extracted`] from the beginning of a document to its end.
pub(crate) struct Builder {
    text: String,
    blocks: Vec<Block>,
    sections: Vec<Section>,
    /// The sections that are open, outermost first, with their levels; the document itself is not among them.
    open: Vec<(u8, u32)>,
    pages: Vec<Page>,
    parts: Vec<String>,
    /// The place in `parts` of the part that text comes from.
    part: u32,
    origins: Vec<Origin>,
    properties: Properties,
    leaf: Option<OpenLeaf>,
    lists: Vec<List>,
    quotations: usize,
    /// Tables that are open; those inside a cell are a part of its text.
    tables: usize,
    table: Option<Table>,
}

impl Builder {
    /// A builder of a document that is one file.
    pub fn new() -> Self {
        Self {
            text: String::new(),
            blocks: Vec::new(),
            sections: vec![Section::default()],
            open: Vec::new(),
            pages: Vec::new(),
            parts: vec![String::new()],
            part: 0,
            origins: Vec::new(),
            properties: Properties::default(),
            leaf: None,
            lists: Vec::new(),
            quotations: 0,
            tables: 0,
            table: None,
        }
    }

    /// What the document says of itself.
    pub fn properties(&mut self) -> &mut Properties {
        &mut self.properties
    }

    /// What follows is of the part of this name, which may have been left before.
    pub fn part(&mut self, name: &str) {
        if self.origins.is_empty() {
            self.parts.clear();
        }
        let known = self.parts.iter().rposition(|part| part == name).unwrap_or_else(|| {
            self.parts.push(name.to_owned());
            self.parts.len() - 1
        });
        self.part = known as u32;
    }

    /// What follows is on another page.
    pub fn page(&mut self, number: u32, label: &str) {
        let at = self.text.len();
        self.pages.push(Page { span: Span::new(at, at), number, label: label.to_owned() });
    }

    /// What follows is under no heading, until one comes.
    pub fn end_sections(&mut self) {
        self.end();
        self.open.clear();
    }

    /// Begins a leaf, and ends the one that is open. In the cell of a table it is a part of the cell's text.
    pub fn begin(&mut self, leaf: Leaf) {
        self.end();
        if self.is_in_table() {
            self.space();
            return;
        }
        let is_fresh_item = self.lists.last().is_some_and(|list| list.marker.is_some());
        let (kind, section_level) = match &leaf {
            Leaf::Heading(level) => {
                let opens = self.lists.is_empty() && self.quotations == 0;
                (BlockKind::Heading, opens.then_some(*level))
            }
            Leaf::Code(_) => (BlockKind::Code, None),
            Leaf::Formula => (BlockKind::Formula, None),
            Leaf::Caption => (BlockKind::Caption, None),
            Leaf::Note => (BlockKind::Note, None),
            Leaf::Row => (BlockKind::Table, None),
            Leaf::Paragraph if is_fresh_item => (BlockKind::ListItem, None),
            Leaf::Paragraph if self.quotations > 0 && self.lists.is_empty() => (BlockKind::Quotation, None),
            Leaf::Paragraph => (BlockKind::Paragraph, None),
        };
        let is_next_row = leaf == Leaf::Row && self.ends_with_row();
        let start = if is_next_row { self.begin_line() } else { self.begin_block() };
        let lead = self.lists.last().map_or(Span::default(), |list| list.lead);
        let mut open = OpenLeaf { kind, start, content: start, section_level, lead };
        if let Leaf::Code(language) = leaf {
            let fence_start = self.text.len();
            self.text.push_str("```");
            self.text
                .extend(language.chars().filter(|mark| mark.is_alphanumeric() || "+-#._".contains(*mark)));
            open.lead = Span::new(fence_start, self.text.len());
            self.text.push('\n');
        }
        open.content = self.text.len();
        self.leaf = Some(open);
    }

    /// Puts the empty line and the item's marker that a block begins with, and gives where that does.
    fn begin_block(&mut self) -> usize {
        let is_item = self.lists.last().is_some_and(|list| list.marker.is_some());
        if !self.text.is_empty() {
            let is_next_item =
                is_item && self.blocks.last().is_some_and(|block| block.kind == BlockKind::ListItem);
            self.text.push_str(if is_next_item { "\n" } else { "\n\n" });
        }
        let start = self.text.len();
        let depth = self.lists.len().saturating_sub(1).min(MAX_INDENT);
        let marker = self.lists.last_mut().and_then(|list| list.marker.take());
        if let Some(marker) = marker {
            self.text.extend(std::iter::repeat_n("  ", depth));
            self.text.push_str(&marker);
            self.text.push(' ');
        }
        start
    }

    /// Whether the text ends with a row that names what its values are.
    fn ends_with_row(&self) -> bool {
        let last = self.blocks.last().filter(|block| block.kind == BlockKind::Table);
        last.is_some_and(|block| block.span.end as usize == self.text.len() && block.lead.is_empty())
    }

    fn begin_line(&mut self) -> usize {
        self.text.push('\n');
        self.text.len()
    }

    /// Takes back what [`Builder::begin_block`] put, for a block without text.
    fn drop_block(&mut self, start: usize) {
        self.truncate(self.text[..start].trim_end_matches('\n').len());
    }

    /// Ends the leaf that is open, if one is. A leaf without text leaves nothing.
    pub fn end(&mut self) {
        let Some(leaf) = self.leaf.take() else { return };
        self.trim_end(leaf.content);
        if self.text[leaf.content..].chars().all(is_blank) {
            self.truncate(leaf.content);
            self.drop_block(leaf.start);
            return;
        }
        let mut block = Block::new(Span::new(leaf.start, self.text.len()), leaf.kind, self.section());
        block.lead = leaf.lead;
        if leaf.kind == BlockKind::Code {
            self.fence(&leaf, &mut block);
        }
        if let Some(level) = leaf.section_level {
            let heading = one_line(&self.text[leaf.content..], MAX_HEADING_CHARS);
            block.section = self.open_section(level, heading);
        }
        self.blocks.push(block);
    }

    /// Closes code, with a fence that is longer than any inside.
    fn fence(&mut self, leaf: &OpenLeaf, block: &mut Block) {
        let longest = self.text[leaf.content..].split(|mark| mark != '`').map(str::len).max().unwrap_or(0);
        if longest >= 3 {
            let more = longest - 2;
            self.text.insert_str(block.lead.start as usize, &"`".repeat(more));
            block.lead.end += more as u32;
            for origin in
                self.origins.iter_mut().rev().take_while(|it| it.span.start as usize >= leaf.content)
            {
                origin.span.start += more as u32;
                origin.span.end += more as u32;
            }
        }
        self.text.push('\n');
        let start = self.text.len();
        self.text.push_str(&"`".repeat(longest.max(2) + 1));
        block.tail = Span::new(start, self.text.len());
        block.span.end = self.text.len() as u32;
    }

    fn open_section(&mut self, level: u8, heading: String) -> u32 {
        while self.open.last().is_some_and(|(open, _)| *open >= level) {
            self.open.pop();
        }
        let section = self.sections.len() as u32;
        self.sections.push(Section { heading, parent: Some(self.section()) });
        self.open.push((level, section));
        section
    }

    fn section(&self) -> u32 {
        self.open.last().map_or(0, |(_, section)| *section)
    }

    /// Adds text that stands at a place of the original; where no leaf is open it begins a paragraph. Outside of code, white
    /// space counts as one space, and as none at the beginning and end of a leaf.
    pub fn push(&mut self, text: &str, place: Place) {
        if self.leaf.is_none() && !self.is_in_cell() {
            if text.chars().all(is_collapsible) {
                return;
            }
            self.begin(Leaf::Paragraph);
            if self.is_in_table() {
                self.begin_cell(1, 1);
            }
        }
        if self.leaf.as_ref().is_some_and(|leaf| leaf.kind == BlockKind::Code) {
            self.append(text, place, 0, text.len());
            return;
        }
        let mut rest = 0;
        while rest < text.len() {
            let word = rest + text[rest..].len() - text[rest..].trim_start_matches(is_collapsible).len();
            if word > rest {
                self.space();
            }
            let end = text[word..].find(is_collapsible).map_or(text.len(), |length| word + length);
            if end > word {
                self.append(text, place, word, end);
            }
            rest = end;
        }
    }

    /// Adds text that is not in the original as such, such as the number of a heading that the format counts.
    pub fn push_unplaced(&mut self, text: &str) {
        let origins = self.origins.len();
        self.push(text, Place::Paragraph(0));
        self.origins.truncate(origins);
    }

    /// A space, unless the leaf begins here or one is here.
    pub fn space(&mut self) {
        let content = self.content_start();
        if self.text.len() > content && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
    }

    /// The end of a line inside a leaf; in the cell of a table it is a space.
    pub fn line_break(&mut self) {
        if self.is_in_cell() {
            self.space();
        } else if let Some(leaf) = &self.leaf {
            let (content, is_heading) = (leaf.content, leaf.kind == BlockKind::Heading);
            if is_heading {
                self.space();
            } else {
                self.trim_end(content);
                if self.text.len() > content {
                    self.text.push('\n');
                }
            }
        }
    }

    fn content_start(&self) -> usize {
        let cell = self.table.as_ref().and_then(|table| table.cell.as_ref()).map(|cell| cell.start);
        cell.or(self.leaf.as_ref().map(|leaf| leaf.content)).unwrap_or(self.text.len())
    }

    /// Appends `text[start..end]`, where all of `text` stands at `place`.
    fn append(&mut self, text: &str, place: Place, start: usize, end: usize) {
        let at = self.text.len();
        self.text.push_str(&text[start..end]);
        let place = match place {
            Place::Bytes(bytes) if bytes.len() == text.len() => {
                Place::Bytes(Span { start: bytes.start + start as u32, end: bytes.start + end as u32 })
            }
            place => place,
        };
        let span = Span::new(at, self.text.len());
        let part = self.part;
        match self.origins.last_mut() {
            Some(last) if last.part == part && last.can_take(span, place) => {
                last.span.end = span.end;
                if let (Place::Bytes(bytes), Place::Bytes(more)) = (&mut last.place, place) {
                    bytes.end = more.end;
                }
            }
            _ => self.origins.push(Origin { span, part, place }),
        }
    }

    /// Removes white space at the end of the text, down to `floor`.
    fn trim_end(&mut self, floor: usize) {
        self.truncate(floor + self.text[floor..].trim_end_matches(is_collapsible).len());
    }

    /// Takes back what is after the first `length` bytes of the text.
    fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
        while let Some(last) = self.origins.last_mut().filter(|last| last.span.end as usize > length) {
            let surplus = last.span.end - length as u32;
            if surplus as usize >= last.span.len() {
                self.origins.pop();
                continue;
            }
            if let Place::Bytes(bytes) = &mut last.place
                && bytes.len() == last.span.len()
            {
                bytes.end -= surplus;
            }
            last.span.end = length as u32;
        }
    }

    /// Begins a quotation.
    pub fn begin_quotation(&mut self) {
        self.end();
        self.quotations += 1;
    }

    /// Ends a quotation.
    pub fn end_quotation(&mut self) {
        self.end();
        self.quotations = self.quotations.saturating_sub(1);
    }

    /// Begins a list. What introduces it is the paragraph before it in the same section, or the item that it is in.
    pub fn begin_list(&mut self) {
        self.end();
        let section = self.section();
        let before = self.blocks.last().filter(|block| {
            block.section == section && matches!(block.kind, BlockKind::Paragraph | BlockKind::ListItem)
        });
        let is_inside = !self.lists.is_empty();
        let lead = before.filter(|block| is_inside || block.kind == BlockKind::Paragraph);
        self.lists.push(List { lead: lead.map_or(Span::default(), |block| block.span), marker: None });
    }

    /// Begins an item with a marker such as `-` or `3.`.
    pub fn begin_item(&mut self, marker: &str) {
        self.end();
        if self.is_in_table() {
            self.space();
            return;
        }
        if let Some(list) = self.lists.last_mut() {
            list.marker = Some(marker.to_owned());
        }
    }

    /// Ends an item.
    pub fn end_item(&mut self) {
        self.end();
        if let Some(list) = self.lists.last_mut() {
            list.marker = None;
        }
    }

    /// Ends a list.
    pub fn end_list(&mut self) {
        self.end();
        self.lists.pop();
    }

    fn is_in_table(&self) -> bool {
        self.table.is_some()
    }

    fn is_in_cell(&self) -> bool {
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
        self.blocks.push(block);
    }

    /// Puts the line between the rows that name columns and the others.
    fn rule(&mut self, table: &Table, header_end: usize, block: &mut Block) {
        let rule: String =
            std::iter::once("\n|").chain(std::iter::repeat_n(" --- |", table.columns)).collect();
        self.text.insert_str(header_end, &rule);
        let more = rule.len() as u32;
        for origin in self.origins.iter_mut().rev().take_while(|it| it.span.start as usize >= header_end) {
            origin.span.start += more;
            origin.span.end += more;
        }
        for page in self.pages.iter_mut().rev().take_while(|page| page.span.start as usize > header_end) {
            page.span.start += more;
        }
        block.lead.end += more;
        block.span.end += more;
    }

    /// How many bytes of text there are so far.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// The document.
    ///
    /// # Errors
    /// [`ErrorKind::DocumentTooLarge`] where its text has more than [`MAX_CONTENT_BYTES`].
    pub fn finish(mut self) -> Result<Extracted> {
        while self.tables > 0 {
            self.end_table();
        }
        self.end();
        if self.text.len() > MAX_CONTENT_BYTES {
            let message = format!("its text has {} bytes, the limit is {MAX_CONTENT_BYTES}", self.text.len());
            return Err(Error::new(ErrorKind::DocumentTooLarge, message));
        }
        let mut end = self.text.len();
        for page in self.pages.iter_mut().rev() {
            // What it began with may have left nothing, or it began before the empty line between two blocks.
            let start = self.text.floor_char_boundary((page.span.start as usize).min(end));
            page.span = super::trimmed(&self.text, start, end);
            end = start;
        }
        Ok(Extracted {
            text: self.text,
            blocks: self.blocks,
            sections: self.sections,
            pages: self.pages,
            parts: self.parts,
            origins: self.origins,
            properties: self.properties,
        })
    }
}

impl Origin {
    /// Whether text that follows, at a place, is a part of the same piece.
    fn can_take(&self, span: Span, place: Place) -> bool {
        // Only a space that was made of white space may be between.
        let gap = span.start - self.span.end;
        match (self.place, place) {
            (Place::Bytes(bytes), Place::Bytes(next)) => {
                bytes.len() == self.span.len()
                    && next.len() == span.len()
                    && next.start == bytes.end + gap
                    && gap <= 1
            }
            // Words of one line, paragraph or cell.
            _ => self.place == place && gap <= 1,
        }
    }
}

/// White space that a reader does not see more of where there is more; a no-break space is not.
fn is_collapsible(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(start: usize, text: &str) -> Place {
        Place::Bytes(Span::new(start, start + text.len()))
    }

    fn push(builder: &mut Builder, text: &str) {
        builder.push(text, at(0, text));
    }

    fn paragraph(builder: &mut Builder, text: &str) {
        builder.begin(Leaf::Paragraph);
        push(builder, text);
        builder.end();
    }

    fn heading(builder: &mut Builder, level: u8, text: &str) {
        builder.begin(Leaf::Heading(level));
        push(builder, text);
        builder.end();
    }

    fn row(builder: &mut Builder, is_header: bool, cells: &[(&str, usize, usize)]) {
        builder.begin_row(is_header);
        for (text, columns, rows) in cells {
            builder.begin_cell(*columns, *rows);
            push(builder, text);
            builder.end_cell();
        }
        builder.end_row();
    }

    fn blocks(extracted: &Extracted) -> Vec<(BlockKind, &str)> {
        let text = |block: &Block| block.span.slice(&extracted.text).unwrap();
        extracted.blocks.iter().map(|block| (block.kind, text(block))).collect()
    }

    #[test]
    fn blocks_stand_apart_and_under_their_headings() {
        let mut builder = Builder::new();
        heading(&mut builder, 1, "Pump");
        paragraph(&mut builder, " Oil\n it. ");
        heading(&mut builder, 2, "Later");
        paragraph(&mut builder, "   ");
        paragraph(&mut builder, "Again.");
        heading(&mut builder, 1, "Valve");
        let extracted = builder.finish().unwrap();
        assert_eq!(extracted.text, "Pump\n\nOil it.\n\nLater\n\nAgain.\n\nValve");
        let sections: Vec<_> =
            extracted.blocks.iter().map(|block| extracted.section_path(block.section)).collect();
        let expected: [&[&str]; 5] =
            [&["Pump"], &["Pump"], &["Pump", "Later"], &["Pump", "Later"], &["Valve"]];
        assert_eq!(sections, expected);
    }

    #[test]
    fn blocks_and_rows_of_nothing_but_invisible_characters_leave_nothing() {
        let mut builder = Builder::new();
        paragraph(&mut builder, "\u{a0}");
        heading(&mut builder, 1, "\u{200b}");
        builder.begin_list();
        builder.begin_item("-");
        paragraph(&mut builder, "\u{ad}\u{a0}");
        builder.end_list();
        builder.begin_table();
        row(&mut builder, false, &[("\u{a0}", 1, 1), ("\u{a0}", 1, 1)]);
        row(&mut builder, false, &[("\u{a0}", 1, 1), ("1", 1, 1)]);
        builder.end_table();
        paragraph(&mut builder, "\u{a0}After.");
        let extracted = builder.finish().unwrap();
        let after = (BlockKind::Paragraph, "\u{a0}After.");
        assert_eq!(blocks(&extracted), [(BlockKind::Table, "| \u{a0} | 1 |"), after]);
        assert_eq!((extracted.sections.len(), extracted.origins.len()), (1, 3));
    }

    #[test]
    fn a_longer_fence_stands_behind_the_marker_of_its_item() {
        let mut builder = Builder::new();
        builder.begin_list();
        builder.begin_item("-");
        builder.begin(Leaf::Code("md".to_owned()));
        push(&mut builder, "```\na\n```");
        builder.end_list();
        let extracted = builder.finish().unwrap();
        assert_eq!(extracted.text, "- ````md\n```\na\n```\n````");
        let Block { lead, tail, .. } = extracted.blocks[0];
        let texts = [lead, tail].map(|span| span.slice(&extracted.text).unwrap());
        assert_eq!(texts, ["````md", "````"]);
    }

    #[test]
    fn lists_have_markers_and_know_what_introduces_them() {
        let mut builder = Builder::new();
        paragraph(&mut builder, "You need:");
        builder.begin_list();
        for (marker, text) in [("1.", "oil"), ("2.", "time")] {
            builder.begin_item(marker);
            push(&mut builder, text);
            if text == "oil" {
                builder.begin_list();
                builder.begin_item("-");
                push(&mut builder, "much");
                builder.end_item();
                builder.end_list();
            }
            builder.end_item();
        }
        builder.end_list();
        paragraph(&mut builder, "That is all.");
        let extracted = builder.finish().unwrap();
        assert_eq!(extracted.text, "You need:\n\n1. oil\n  - much\n2. time\n\nThat is all.");
        let leads: Vec<_> =
            extracted.blocks.iter().map(|block| block.lead.slice(&extracted.text).unwrap()).collect();
        assert_eq!(leads, ["", "You need:", "1. oil", "You need:", ""]);
    }

    #[test]
    fn tables_name_their_columns_and_repeat_what_reaches_down() {
        let mut builder = Builder::new();
        builder.begin_table();
        row(&mut builder, true, &[("Valve", 1, 1), ("Bar", 2, 1)]);
        row(&mut builder, false, &[("A", 1, 2), ("1", 1, 1), ("2", 1, 1)]);
        row(&mut builder, false, &[("3", 1, 1), ("4", 1, 1)]);
        row(&mut builder, false, &[("", 1, 1)]);
        builder.end_table();
        paragraph(&mut builder, "After.");
        let extracted = builder.finish().unwrap();
        let table = "| Valve | Bar | |\n| --- | --- | --- |\n| A | 1 | 2 |\n| A | 3 | 4 |";
        assert_eq!(blocks(&extracted), [(BlockKind::Table, table), (BlockKind::Paragraph, "After.")]);
        let lead = extracted.blocks[0].lead.slice(&extracted.text).unwrap();
        assert_eq!(lead, "| Valve | Bar | |\n| --- | --- | --- |");
        let after = extracted.origins.last().unwrap();
        assert_eq!(after.span.slice(&extracted.text), Some("After."));
    }

    #[test]
    fn a_table_in_a_cell_and_blocks_in_cells_are_text_of_the_cell() {
        let mut builder = Builder::new();
        builder.begin_table();
        builder.begin_row(false);
        builder.begin_cell(1, 1);
        heading(&mut builder, 1, "Pump");
        builder.begin_list();
        builder.begin_item("-");
        push(&mut builder, "oil");
        builder.end_item();
        builder.end_list();
        builder.begin_table();
        row(&mut builder, false, &[("a", 1, 1), ("b", 1, 1)]);
        builder.end_table();
        builder.end_cell();
        builder.end_row();
        builder.end_table();
        let extracted = builder.finish().unwrap();
        assert_eq!(blocks(&extracted), [(BlockKind::Table, "| Pump oil a b |")]);
        assert_eq!(extracted.sections.len(), 1);
    }

    #[test]
    fn rows_that_name_their_values_are_blocks_in_lines() {
        let mut builder = Builder::new();
        for text in ["a: 1", " ", "a: 2"] {
            builder.begin(Leaf::Row);
            push(&mut builder, text);
            builder.end();
        }
        paragraph(&mut builder, "After.");
        let extracted = builder.finish().unwrap();
        assert_eq!(extracted.text, "a: 1\na: 2\n\nAfter.");
        assert_eq!(blocks(&extracted)[1], (BlockKind::Table, "a: 2"));
    }

    #[test]
    fn code_is_fenced_by_more_than_it_holds() {
        let mut builder = Builder::new();
        builder.begin(Leaf::Code("c++".to_owned()));
        push(&mut builder, "a\n  ```b\n");
        builder.end();
        let extracted = builder.finish().unwrap();
        assert_eq!(extracted.text, "````c++\na\n  ```b\n````");
        let block = extracted.blocks[0];
        assert_eq!(block.lead.slice(&extracted.text), Some("````c++"));
        assert_eq!(block.tail.slice(&extracted.text), Some("````"));
        assert_eq!(extracted.origins[0].span.slice(&extracted.text), Some("a\n  ```b"));
    }

    #[test]
    fn white_space_is_one_space_and_the_origin_of_each_word_is_kept() {
        let mut builder = Builder::new();
        let source = "a  b\n c d";
        push(&mut builder, source);
        let extracted = builder.finish().unwrap();
        assert_eq!(extracted.text, "a b c d");
        for (word, start) in [(0, 0), (2, 3), (4, 6), (6, 8)] {
            let located = extracted.locate(Span::new(word, word + 1));
            assert_eq!(located[0].place, Place::Bytes(Span::new(start, start + 1)));
        }
    }

    #[test]
    fn what_comes_after_the_end_of_sections_is_under_no_heading() {
        let mut builder = Builder::new();
        heading(&mut builder, 1, "Pump");
        paragraph(&mut builder, "Oil.");
        builder.end_sections();
        paragraph(&mut builder, "Valve.");
        let sections: Vec<_> = builder.finish().unwrap().blocks.iter().map(|block| block.section).collect();
        assert_eq!(sections, [1, 1, 0]);
    }

    #[test]
    fn a_part_can_be_left_and_come_back_to() {
        let mut builder = Builder::new();
        for part in ["body", "notes", "body"] {
            builder.part(part);
            paragraph(&mut builder, part);
        }
        let extracted = builder.finish().unwrap();
        assert_eq!(extracted.parts, ["body", "notes"]);
        let parts: Vec<_> = extracted.origins.iter().map(|origin| origin.part).collect();
        assert_eq!(parts, [0, 1, 0]);
    }

    #[test]
    fn pages_hold_the_text_that_stands_on_them() {
        let mut builder = Builder::new();
        builder.page(1, "i");
        paragraph(&mut builder, "One.");
        builder.page(2, "ii");
        builder.page(3, "1");
        paragraph(&mut builder, "Three.");
        let extracted = builder.finish().unwrap();
        let texts: Vec<_> =
            extracted.pages.iter().map(|page| page.span.slice(&extracted.text).unwrap()).collect();
        assert_eq!(texts, ["One.", "", "Three."]);
        assert_eq!((extracted.page_at(0), extracted.page_at(8)), (Some(1), Some(3)));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Begin(u8),
        End,
        Push(String),
        Break,
        Quotation(bool),
        List(bool),
        Item(bool),
        Table(bool),
        Row(bool, bool),
        Cell(bool, usize, usize),
        Page,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u8..7).prop_map(Step::Begin),
            Just(Step::End),
            "[a-c `|\n\u{e9}]{0,8}".prop_map(Step::Push),
            Just(Step::Break),
            any::<bool>().prop_map(Step::Quotation),
            any::<bool>().prop_map(Step::List),
            any::<bool>().prop_map(Step::Item),
            any::<bool>().prop_map(Step::Table),
            any::<(bool, bool)>().prop_map(|(begins, is_header)| Step::Row(begins, is_header)),
            (any::<bool>(), 0usize..4, 0usize..4)
                .prop_map(|(begins, columns, rows)| Step::Cell(begins, columns, rows)),
            Just(Step::Page),
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_built_is_well_made(steps in prop::collection::vec(step(), 0..60)) {
            let mut builder = Builder::new();
            let mut source = 0;
            for step in steps {
                match step {
                    Step::Begin(0) => builder.begin(Leaf::Code(String::new())),
                    Step::Begin(1) => builder.begin(Leaf::Note),
                    Step::Begin(2) => builder.begin(Leaf::Paragraph),
                    Step::Begin(3) => builder.begin(Leaf::Row),
                    Step::Begin(level) => builder.begin(Leaf::Heading(level)),
                    Step::End => builder.end(),
                    Step::Push(text) => {
                        builder.push(&text, at(source, &text));
                        source += text.len();
                    }
                    Step::Break => builder.line_break(),
                    Step::Quotation(true) => builder.begin_quotation(),
                    Step::Quotation(false) => builder.end_quotation(),
                    Step::List(true) => builder.begin_list(),
                    Step::List(false) => builder.end_list(),
                    Step::Item(true) => builder.begin_item("-"),
                    Step::Item(false) => builder.end_item(),
                    Step::Table(true) => builder.begin_table(),
                    Step::Table(false) => builder.end_table(),
                    Step::Row(true, is_header) => builder.begin_row(is_header),
                    Step::Row(false, _) => builder.end_row(),
                    Step::Cell(true, columns, rows) => builder.begin_cell(columns, rows),
                    Step::Cell(false, ..) => builder.end_cell(),
                    Step::Page => builder.page(1, ""),
                }
            }
            let extracted = builder.finish().unwrap();
            prop_assert!(extracted.validate().is_ok(), "{:?}: {extracted:?}", extracted.validate());
        }
    }
}
