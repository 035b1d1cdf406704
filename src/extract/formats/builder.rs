//! Puts the text of a structured document together: headings, paragraphs, lists, tables, code, each where the format's reader
//! says so.
//!
//! The text is written so that people and language models read its structure without the original: an empty line between
//! blocks, a marker before each list item, table rows between bars, code between fences. Marks that the builder adds have no
//! origin.

mod table;

use super::{
    Block, BlockKind, Extracted, MAX_HEADING_CHARS, Origin, Page, Place, Properties, Section, growth,
    is_blank, one_line,
};
use crate::document::{MAX_CONTENT_BYTES, Span};
use crate::error::{Error, ErrorKind, Result};
use table::Table;

/// The most pieces of text whose bytes are told apart; what follows is placed with the text before it.
const MAX_ORIGINS: usize = 2_000_000;

/// How deep lists are indented.
const MAX_INDENT: usize = 8;

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
    /// The next piece is none with the one before, wherever it stands.
    is_apart: bool,
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
            is_apart: false,
            properties: Properties::default(),
            leaf: None,
            lists: Vec::new(),
            quotations: 0,
            tables: 0,
            table: None,
        }
    }

    /// Makes room for so many bytes of text, blocks and pieces of text that come.
    pub fn reserve(&mut self, bytes: usize, blocks: usize, pieces: usize) {
        // The empty line between two blocks, and the fences around one.
        self.text.reserve_exact(bytes + 10 * blocks + (1 << 10));
        self.blocks.reserve_exact(blocks);
        self.origins.reserve_exact(pieces.min(MAX_ORIGINS));
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
        growth::push(&mut self.blocks, block);
    }

    /// Closes code, with a fence that is longer than any inside.
    fn fence(&mut self, leaf: &OpenLeaf, block: &mut Block) {
        let longest = self.text[leaf.content..].split(|mark| mark != '`').map(str::len).max().unwrap_or(0);
        if longest >= 3 {
            let more = longest - 2;
            self.insert(block.lead.start as usize, &"`".repeat(more));
            block.lead.end += more as u32;
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

    /// What follows stands apart from the text before it, even where only one character is between them: that is no space.
    pub fn split(&mut self) {
        self.is_apart = true;
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
        growth::push_str(&mut self.text, &text[start..end]);
        let place = match place {
            Place::Bytes(bytes) if bytes.len() == text.len() => {
                Place::Bytes(Span { start: bytes.start + start as u32, end: bytes.start + end as u32 })
            }
            place => place,
        };
        let span = Span::new(at, self.text.len());
        let part = self.part;
        let is_full = self.origins.len() >= MAX_ORIGINS;
        let is_apart = std::mem::take(&mut self.is_apart) && !is_full;
        match self.origins.last_mut() {
            Some(last)
                if last.part == part
                    && !is_apart
                    && (last.can_take(span, place) || (is_full && last.can_take_nearby(place))) =>
            {
                last.span.end = span.end;
                if let (Place::Bytes(bytes), Place::Bytes(more)) = (&mut last.place, place) {
                    bytes.end = more.end;
                }
            }
            _ => growth::push(&mut self.origins, Origin { span, part, place }),
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

    /// Puts text that has no origin before text that is there.
    fn insert(&mut self, at: usize, text: &str) {
        self.text.insert_str(at, text);
        let more = text.len() as u32;
        for origin in self.origins.iter_mut().rev().take_while(|it| it.span.start as usize >= at) {
            origin.span.start += more;
            origin.span.end += more;
        }
        for page in self.pages.iter_mut().rev().take_while(|page| page.span.start as usize > at) {
            page.span.start += more;
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

    /// Whether bytes that follow later may be a part of the same piece, which then stands at all of them together.
    fn can_take_nearby(&self, place: Place) -> bool {
        matches!((self.place, place), (Place::Bytes(bytes), Place::Bytes(next)) if next.start >= bytes.end)
    }
}

/// White space that a reader does not see more of where there is more; a no-break space is not.
fn is_collapsible(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

#[cfg(test)]
mod tests;
