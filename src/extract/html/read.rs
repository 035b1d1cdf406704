//! Writes a part of a page through the builder, in one pass without recursion.

use super::code::{Preformatted, language, preformatted};
use super::lists::Numbering;
use super::tables::{Facts, facts};
use super::tags::{Name, Tag};
use super::tree::Tree;
use super::visible::Mask;
use crate::document::Span;
use crate::extract::Place;
use crate::extract::builder::{Builder, Leaf};

/// The longest heading, in bytes; what is longer is text in a heading that was not ended.
const MAX_HEADING: usize = 1_000;

/// The longest text beside a picture that is taken, in bytes.
const MAX_ALTERNATIVE: usize = 2_000;

/// What ends with an element.
enum End {
    /// The run of text.
    Block,
    /// A heading or caption, whose blocks are one.
    Leaf,
    Code,
    Prose,
    List,
    Item,
    Definitions,
    Term,
    Quotation,
    Table,
    Row,
    Cell,
    Note,
    Space,
}

/// A table that is open.
struct OpenTable {
    facts: Facts,
    has_begun: bool,
}

struct Reader<'a, 's> {
    tree: &'a Tree<'s>,
    builder: &'a mut Builder,
    tables: Vec<(usize, Facts)>,
    next_table: usize,
    ends: Vec<(usize, End)>,
    open_tables: Vec<OpenTable>,
    lists: Vec<Numbering>,
    /// How many leaves are open whose blocks are one.
    leaves: usize,
    notes: usize,
    /// White space means something: in code it is kept, in preformatted prose its lines are.
    code: usize,
    prose: usize,
    /// Text was written since the last block began.
    has_run: bool,
    /// Line breaks since the last text.
    breaks: usize,
    /// A term was written whose definition goes on in its line.
    is_after_term: bool,
    /// That line goes on with the text that comes next, in whatever blocks it is.
    is_before_definition: bool,
    last_character: char,
    /// The line end at the beginning of preformatted text is not a part of it.
    is_at_start_of_code: bool,
}

/// Writes what is inside `root` of a tree, without what is left out.
pub(super) fn read(builder: &mut Builder, tree: &Tree, mask: &Mask, root: usize) {
    let tables = facts(tree, mask);
    let mut reader = Reader {
        next_table: tables.partition_point(|(table, _)| *table < root),
        tree,
        builder,
        tables,
        ends: Vec::new(),
        open_tables: Vec::new(),
        lists: Vec::new(),
        leaves: 0,
        notes: 0,
        code: 0,
        prose: 0,
        has_run: false,
        breaks: 0,
        is_after_term: false,
        is_before_definition: false,
        last_character: ' ',
        is_at_start_of_code: false,
    };
    reader.boundary();
    let mut node = root;
    let end = tree.end(root);
    while node < end {
        reader.close_until(node);
        if mask.is_out(node) {
            node = tree.end(node);
            continue;
        }
        node = reader.open(node, mask);
    }
    reader.close_until(usize::MAX);
    reader.boundary();
}

impl Reader<'_, '_> {
    /// Ends a run of text, unless blocks are one here.
    fn boundary(&mut self) {
        self.breaks = 0;
        if self.code > 0 {
            return;
        }
        if self.leaves > 0 {
            self.builder.space();
            return;
        }
        if std::mem::take(&mut self.is_after_term) {
            let is_open = self.last_character.is_alphanumeric() || self.last_character == ')';
            self.builder.push_unplaced(if is_open { ": " } else { " " });
            self.is_before_definition = true;
        }
        if self.is_before_definition {
            return;
        }
        self.builder.end();
        self.builder.space();
        self.has_run = false;
    }

    /// As [`Reader::boundary`] before what does not go on in the line of a term.
    fn hard_boundary(&mut self) {
        self.is_after_term = false;
        self.is_before_definition = false;
        self.boundary();
    }

    fn close_until(&mut self, node: usize) {
        while let Some((_, end)) = self.ends.pop_if(|(at, _)| *at <= node) {
            self.close(end);
        }
    }

    fn close(&mut self, end: End) {
        match end {
            End::Block => self.boundary(),
            End::Space => self.builder.space(),
            End::Leaf => {
                self.leaves -= 1;
                self.hard_boundary();
            }
            End::Code => {
                self.code -= 1;
                self.hard_boundary();
            }
            End::Prose => {
                self.prose -= 1;
                self.boundary();
            }
            End::Note => {
                self.notes -= 1;
                self.boundary();
            }
            End::Quotation => {
                self.hard_boundary();
                self.builder.end_quotation();
            }
            End::Item => {
                self.hard_boundary();
                self.builder.end_item();
            }
            End::List | End::Definitions => {
                self.hard_boundary();
                self.builder.end_list();
                self.lists.pop();
            }
            End::Term => self.is_after_term = self.has_run,
            End::Cell => {
                self.boundary();
                self.builder.end_cell();
            }
            End::Row => {
                self.boundary();
                self.builder.end_row();
            }
            End::Table => {
                let table = self.open_tables.pop();
                if table.is_some_and(|table| table.has_begun) {
                    self.boundary();
                    self.builder.end_table();
                    self.boundary();
                }
            }
        }
    }

    /// Begins a node and gives the one that comes next.
    fn open(&mut self, node: usize, mask: &Mask) -> usize {
        let tag = self.tree.tag(node);
        let end = self.tree.end(node);
        if tag == Tag::Text {
            self.text(node);
            return end;
        }
        if self.code > 0 || self.prose > 0 {
            self.open_in_preformatted(node, tag, end);
            return node + 1;
        }
        match tag {
            Tag::Br => self.line_break(),
            Tag::Img => self.picture(node),
            Tag::Math => {
                self.formula(node);
                return end;
            }
            Tag::Input | Tag::Wbr => {}
            Tag::Hr => self.hard_boundary(),
            Tag::Table => self.table(node, end),
            Tag::Tr | Tag::Td | Tag::Th | Tag::Caption if !self.open_tables.is_empty() => {
                self.table_part(node, tag, end);
            }
            Tag::Figcaption | Tag::Caption => self.leaf(Leaf::Caption, end),
            Tag::Ul | Tag::Ol | Tag::Menu | Tag::Dir => {
                self.hard_boundary();
                self.builder.begin_list();
                self.lists.push(Numbering::of(self.tree, node, mask));
                self.ends.push((end, End::List));
            }
            Tag::Li => {
                self.hard_boundary();
                let value = self.tree.attribute(node, Name::Value);
                let marker = self.lists.last_mut().map_or_else(|| "-".to_owned(), |list| list.next(value));
                self.builder.begin_item(&marker);
                self.ends.push((end, End::Item));
            }
            Tag::Dl => {
                self.hard_boundary();
                self.builder.begin_list();
                self.lists.push(Numbering::none());
                self.ends.push((end, End::Definitions));
            }
            Tag::Dt => {
                self.hard_boundary();
                self.builder.begin_item("-");
                self.ends.push((end, End::Term));
            }
            Tag::Blockquote => {
                self.hard_boundary();
                self.builder.begin_quotation();
                self.ends.push((end, End::Quotation));
            }
            Tag::Pre | Tag::Listing | Tag::Xmp | Tag::Plaintext => return self.preformatted(node, end),
            _ => self.open_other(node, tag, end),
        }
        node + 1
    }

    fn open_other(&mut self, node: usize, tag: Tag, end: usize) {
        if let Some(level) = tag.heading_level().filter(|_| self.is_heading(node, end)) {
            self.leaf(Leaf::Heading(level), end);
        } else if self.is_note(node) {
            self.boundary();
            self.notes += 1;
            self.ends.push((end, End::Note));
        } else if tag.is_block() {
            self.boundary();
            self.ends.push((end, End::Block));
        } else if matches!(tag, Tag::Button | Tag::Label) {
            self.builder.space();
            self.ends.push((end, End::Space));
        }
    }

    fn leaf(&mut self, leaf: Leaf, end: usize) {
        self.hard_boundary();
        if self.leaves == 0 {
            self.builder.begin(leaf);
        }
        self.has_run = true;
        self.leaves += 1;
        self.ends.push((end, End::Leaf));
    }

    /// Whether a heading holds no more than one does.
    fn is_heading(&self, node: usize, end: usize) -> bool {
        let mut bytes = 0;
        (node + 1..end).all(|inside| {
            bytes += self.tree.pieces(inside).map(|(_, span)| span.len()).sum::<usize>();
            let tag = self.tree.tag(inside);
            bytes <= MAX_HEADING
                && !tag.is_list()
                && !matches!(tag, Tag::Table | Tag::Pre)
                && tag.heading_level().is_none()
        })
    }

    /// Whether a block is a footnote or endnote.
    fn is_note(&self, node: usize) -> bool {
        let is = |name: Name, kinds: &[&str]| {
            let value = self.tree.attribute(node, name);
            value.is_some_and(|value| value.split_ascii_whitespace().any(|it| kinds.contains(&it)))
        };
        self.tree.tag(node).is_block()
            && (is(Name::Role, &["doc-footnote", "doc-endnote"])
                || is(Name::EpubType, &["footnote", "endnote", "rearnote"]))
    }

    fn text(&mut self, node: usize) {
        let mut at_start = std::mem::take(&mut self.is_at_start_of_code);
        for (text, place) in self.tree.pieces(node) {
            let is_at_start = std::mem::take(&mut at_start);
            let line_end = ["\r\n", "\n", "\r"].into_iter().find(|it| is_at_start && text.starts_with(it));
            self.pieces(text, place, line_end.map_or(0, str::len));
        }
    }

    /// Writes a piece of text from a byte on: without NUL and the marks of where a word may be broken, in preformatted text
    /// with line ends that are all alike.
    fn pieces(&mut self, text: &str, place: Span, start: usize) {
        let keeps_lines = self.code > 0 || self.prose > 0;
        let is_own =
            |character: char| matches!(character, '\u{ad}' | '\0') || (keeps_lines && character == '\r');
        let part = |start: usize, end: usize| match place.len() == text.len() {
            true => Span::new(place.start as usize + start, place.start as usize + end),
            false => place,
        };
        let mut start = start;
        while let Some(length) = text[start..].find(is_own) {
            let at = start + length;
            self.piece(&text[start..at], part(start, at));
            let character = text[at..].chars().next().unwrap_or_default();
            start = at + character.len_utf8();
            if character == '\r' && !text[start..].starts_with('\n') {
                self.piece("\n", part(at, start));
            }
        }
        self.piece(&text[start..], part(start, text.len()));
    }

    fn piece(&mut self, text: &str, place: Span) {
        if text.is_empty() {
            return;
        }
        let is_white = text.chars().all(|it| it.is_ascii_whitespace());
        if self.code == 0 && is_white {
            if self.has_run && !text.is_empty() && self.prose == 0 && !self.is_after_term {
                self.builder.push(text, Place::Bytes(place));
            } else if self.prose > 0 {
                self.lines(text, place);
            }
            return;
        }
        if self.leaves == 0 {
            self.begin_table();
        }
        if !self.has_run && self.notes > 0 {
            self.builder.begin(Leaf::Note);
        }
        self.has_run = true;
        (self.is_after_term, self.is_before_definition) = (false, false);
        if self.prose > 0 {
            self.lines(text, place);
        } else {
            self.breaks = 0;
            self.builder.push(text, Place::Bytes(place));
        }
        let end = if self.code > 0 { text } else { text.trim_end() };
        self.last_character = end.chars().next_back().unwrap_or(self.last_character);
    }

    /// Writes preformatted prose: its lines are kept, and empty lines are between paragraphs.
    fn lines(&mut self, text: &str, place: Span) {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches('\n');
            let is_empty = content.trim_ascii().is_empty();
            if !is_empty {
                let span = if place.len() == text.len() {
                    Span::new(place.start as usize + start, place.start as usize + start + content.len())
                } else {
                    place
                };
                self.breaks = 0;
                self.builder.push(content, Place::Bytes(span));
            } else if !content.is_empty() {
                self.builder.space();
            }
            if line.len() > content.len() {
                self.line_break();
            }
            start += line.len();
        }
    }

    /// A line break; two of them end a paragraph.
    fn line_break(&mut self) {
        if self.leaves > 0 {
            self.builder.space();
            return;
        }
        self.breaks += 1;
        if self.breaks >= 2 {
            let breaks = self.breaks;
            self.boundary();
            self.breaks = breaks;
        } else {
            self.builder.line_break();
        }
    }

    fn preformatted(&mut self, node: usize, end: usize) -> usize {
        match preformatted(self.tree, node) {
            Preformatted::LineNumbers => return end,
            _ if self.leaves > 0 => self.builder.space(),
            Preformatted::Prose => {
                self.boundary();
                self.prose += 1;
                self.ends.push((end, End::Prose));
            }
            Preformatted::Code => {
                self.hard_boundary();
                self.begin_table();
                self.builder.begin(Leaf::Code(language(self.tree, node)));
                self.code += 1;
                self.is_at_start_of_code = true;
                self.ends.push((end, End::Code));
            }
        }
        node + 1
    }

    fn open_in_preformatted(&mut self, node: usize, tag: Tag, end: usize) {
        match tag {
            Tag::Br if self.code > 0 => self.builder.push_unplaced("\n"),
            Tag::Br => self.line_break(),
            Tag::Img => self.picture(node),
            // Each line of code is a block of its own on some pages.
            Tag::Div | Tag::P | Tag::Li | Tag::Tr if self.code > 0 && self.last_character != '\n' => {
                if self.has_run {
                    self.builder.push_unplaced("\n");
                }
            }
            _ if tag.is_block() && self.prose > 0 => {
                self.boundary();
                self.ends.push((end, End::Block));
            }
            _ => {}
        }
    }

    fn picture(&mut self, node: usize) {
        let Some((text, place)) = self.tree.placed_attribute(node, Name::Alt) else { return };
        if text.len() > MAX_ALTERNATIVE || is_file_name(text) || text.trim().is_empty() || self.code > 0 {
            return;
        }
        self.builder.space();
        self.pieces(text, place, 0);
        self.builder.space();
    }

    /// A formula, in the notation that its author wrote where the page has it.
    fn formula(&mut self, node: usize) {
        let is_displayed = self.tree.has(node, Name::Display, "block");
        if is_displayed {
            self.begin_table();
            self.hard_boundary();
            if self.leaves == 0 {
                self.builder.begin(Leaf::Formula);
            }
            self.has_run = true;
        }
        let tree = self.tree;
        let annotation = (node..tree.end(node)).find(|it| {
            let encoding = tree.attribute(*it, Name::Encoding).unwrap_or_default();
            tree.tag(*it) == Tag::Annotation && encoding.to_ascii_lowercase().contains("tex")
        });
        let is_annotation = |it: usize| tree.tag(it) == Tag::Annotation;
        match (annotation, tree.placed_attribute(node, Name::AltText)) {
            (Some(annotation), _) => (annotation..tree.end(annotation)).for_each(|it| self.text(it)),
            (None, Some((text, place))) if text.len() <= MAX_ALTERNATIVE => self.pieces(text, place, 0),
            _ => (node..tree.end(node))
                .filter(|it| !is_annotation(tree.parent(*it)))
                .for_each(|it| self.text(it)),
        }
        if is_displayed {
            self.boundary();
        }
    }

    fn table(&mut self, node: usize, end: usize) {
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
    fn begin_table(&mut self) {
        if let Some(table) = self.open_tables.last_mut().filter(|table| !table.has_begun) {
            table.has_begun = true;
            self.builder.begin_table();
        }
    }

    fn table_part(&mut self, node: usize, tag: Tag, end: usize) {
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

/// Whether the text beside a picture is only the name of its file.
fn is_file_name(text: &str) -> bool {
    let Some((name, extension)) = text.trim().rsplit_once('.') else { return false };
    let known = ["jpg", "jpeg", "png", "gif", "webp", "svg", "avif", "bmp"];
    known.iter().any(|it| extension.eq_ignore_ascii_case(it)) && !name.contains(' ')
}
