//! Writes a part of a page through the builder, in one pass without recursion.

mod tables;
mod text;

use super::lists::Numbering;
use super::tables::{Facts, facts};
use super::tags::{Name, Tag};
use super::tree::Tree;
use super::visible::Mask;
use crate::extract::formats::builder::{Builder, Leaf};

/// The longest heading, in bytes; what is longer is text in a heading that was not ended.
const MAX_HEADING: usize = 1_000;

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
}
