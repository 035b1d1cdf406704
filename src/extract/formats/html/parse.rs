//! From the tokens of a page to its tree, with the end tags that authors leave out.
//!
//! This is the tree construction of the HTML standard as far as text needs it: what ends a paragraph, a list item or a
//! cell, which end tags reach how far. Formatting elements are not opened again after a block that ended them.

mod emit;

use std::collections::HashMap;

use html5gum::{State, Tokenizer};

use super::tags::Tag;
use super::tree::{DOCUMENT, Tree};
use crate::error::{Error, ErrorKind, Result};
use crate::extract::formats::growth;

/// The most elements and texts of a page.
const MAX_NODES: usize = 6_000_000;

/// The most names of elements beside those of HTML that are told apart.
const MAX_NAMES: usize = 4_096;

/// Reads a page. In XML an element that ends itself has no content, and sections of CDATA are text.
///
/// # Errors
/// [`ErrorKind::DocumentTooLarge`] for a page of too many elements.
pub(super) fn parse(source: &str, is_xml: bool) -> Result<Tree<'_>> {
    let mut parser = Parser::new(source, is_xml);
    let tokens = Tokenizer::new_with_emitter(source, &mut parser);
    let Ok(()) = tokens.finish();
    parser.finish()
}

/// An element whose end has not come yet.
struct Open {
    node: u32,
    key: u16,
    tag: Tag,
    /// Its end tag came while blocks inside it were open: it ends with them.
    is_ending: bool,
}

pub(super) struct Parser<'s> {
    tree: Tree<'s>,
    is_xml: bool,
    stack: Vec<Open>,
    /// Where in the stack the elements of each name are.
    positions: Vec<Vec<u32>>,
    names: HashMap<Vec<u8>, u16>,
    /// Where in the stack elements are that no end tag outside reaches through, and those that count as blocks.
    barriers: Vec<u32>,
    specials: Vec<u32>,
    has_body: bool,
    has_too_many_nodes: bool,
    // What the tokenizer is at.
    position: usize,
    text_end: usize,
    /// The first bytes of a character whose others come next, and where they are.
    partial: Vec<u8>,
    partial_start: usize,
    name: Vec<u8>,
    is_end_tag: bool,
    ends_itself: bool,
    last_start_tag: Vec<u8>,
    attributes: usize,
    seen_attributes: u64,
    attribute: Vec<u8>,
    value: Vec<u8>,
    value_start: usize,
}

impl<'s> Parser<'s> {
    fn new(source: &'s str, is_xml: bool) -> Self {
        Self {
            tree: Tree::new(source),
            is_xml,
            stack: vec![Open { node: DOCUMENT as u32, key: 0, tag: Tag::Document, is_ending: false }],
            positions: vec![Vec::new(); Tag::COUNT],
            names: HashMap::new(),
            barriers: vec![0],
            specials: vec![0],
            has_body: false,
            has_too_many_nodes: false,
            position: 0,
            text_end: 0,
            partial: Vec::new(),
            partial_start: 0,
            name: Vec::new(),
            is_end_tag: false,
            ends_itself: false,
            last_start_tag: Vec::new(),
            attributes: 0,
            seen_attributes: 0,
            attribute: Vec::new(),
            value: Vec::new(),
            value_start: 0,
        }
    }

    fn finish(mut self) -> Result<Tree<'s>> {
        self.pop_to(0);
        if self.has_too_many_nodes {
            let message = format!("the page has more than {MAX_NODES} elements and texts");
            return Err(Error::new(ErrorKind::DocumentTooLarge, message));
        }
        self.tree.shrink();
        Ok(self.tree)
    }

    fn top(&self) -> Tag {
        self.stack.last().map_or(Tag::Document, |open| open.tag)
    }

    /// Where in the stack the innermost open element of a name is.
    fn position_of(&self, tag: Tag) -> Option<u32> {
        self.positions[tag as usize].last().copied()
    }

    /// As [`Parser::position_of`], where it is inside of all of `around`.
    fn position_within(&self, tag: Tag, around: &[Tag]) -> Option<u32> {
        let floor = around.iter().filter_map(|it| self.position_of(*it)).max().unwrap_or(0);
        self.position_of(tag).filter(|position| *position > floor.max(self.barrier()))
    }

    fn barrier(&self) -> u32 {
        self.barriers.last().copied().unwrap_or(0)
    }

    fn is_in_foreign(&self) -> bool {
        let foreign = self.position_of(Tag::Svg).max(self.position_of(Tag::Math));
        foreign > self.position_of(Tag::ForeignObject)
    }

    /// Ends all open elements from a position in the stack on.
    fn pop_to(&mut self, position: u32) {
        while self.stack.len() > position as usize {
            self.pop();
        }
        while self.stack.last().is_some_and(|open| open.is_ending) {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        let (position, end) = (self.stack.len() as u32, self.tree.len() as u32);
        self.tree.end_element(open.node as usize, end);
        if let Some(positions) = self.positions.get_mut(open.key as usize) {
            positions.pop();
        }
        for marks in [&mut self.barriers, &mut self.specials] {
            if marks.last() == Some(&position) {
                marks.pop();
            }
        }
    }

    /// Ends open elements down to, not including, one of `tags` above the innermost table.
    fn pop_in_table(&mut self, tags: impl Fn(Tag) -> bool) {
        let Some(table) = self.position_of(Tag::Table) else { return };
        while self.stack.len() as u32 > table + 1 && !tags(self.top()) {
            self.pop();
        }
    }

    fn key(&mut self, tag: Tag) -> u16 {
        if tag != Tag::Unknown {
            return tag as u16;
        }
        if let Some(key) = self.names.get(&self.name) {
            return *key;
        }
        if self.names.len() >= MAX_NAMES {
            return tag as u16;
        }
        let key = self.positions.len() as u16;
        self.names.insert(self.name.clone(), key);
        self.positions.push(Vec::new());
        key
    }

    fn add(&mut self, tag: Tag) -> usize {
        if self.tree.len() >= MAX_NODES {
            self.has_too_many_nodes = true;
            self.tree.forget_attributes(self.attributes);
            return DOCUMENT;
        }
        let parent = self.stack.last().map_or(DOCUMENT, |open| open.node as usize);
        self.tree.add_element(tag, parent, self.attributes)
    }

    fn push(&mut self, tag: Tag) {
        let key = self.key(tag);
        let node = self.add(tag);
        if node == DOCUMENT {
            return;
        }
        let position = self.stack.len() as u32;
        growth::push(&mut self.stack, Open { node: node as u32, key, tag, is_ending: false });
        growth::push(&mut self.positions[key as usize], position);
        if tag.is_cell() || matches!(tag, Tag::Table | Tag::Caption | Tag::Template | Tag::ForeignObject) {
            growth::push(&mut self.barriers, position);
        }
        if tag.is_special() {
            growth::push(&mut self.specials, position);
        }
    }

    fn start(&mut self) -> Option<State> {
        let tag = Tag::from_name(&self.name);
        if self.is_in_foreign() {
            let breaks_out = tag.is_block() && !matches!(tag, Tag::Title);
            if !breaks_out || self.is_xml {
                if self.ends_itself || tag == Tag::Img {
                    self.add(tag);
                } else {
                    self.push(tag);
                }
                return None;
            }
            let foreign = self.position_of(Tag::Svg).max(self.position_of(Tag::Math)).unwrap_or(0);
            self.pop_to(foreign.max(1));
        }
        if self.top() == Tag::Head && !tag.is_of_head() {
            self.pop_to(self.stack.len() as u32 - 1);
        }
        if !self.end_implied(tag) {
            self.tree.forget_attributes(self.attributes);
            return None;
        }
        let has_content =
            !tag.is_void() && !(self.ends_itself && (self.is_xml || matches!(tag, Tag::Svg | Tag::Math)));
        if !has_content {
            self.add(tag);
            return None;
        }
        self.push(tag);
        raw_state(tag)
    }

    /// Ends what the start tag of an element ends; false where the element is none of its own.
    fn end_implied(&mut self, tag: Tag) -> bool {
        match tag {
            Tag::Html if self.position_of(Tag::Html).is_some() => return false,
            Tag::Head if self.has_body || self.position_of(Tag::Head).is_some() => return false,
            Tag::Body if std::mem::replace(&mut self.has_body, true) => return false,
            Tag::Form => {
                let is_in_table = self.top().is_row_group() || matches!(self.top(), Tag::Table | Tag::Tr);
                if is_in_table || self.position_of(Tag::Form).is_some() {
                    return false;
                }
            }
            Tag::Tr => self.pop_in_table(Tag::is_row_group),
            Tag::Td | Tag::Th => self.pop_in_table(|it| it == Tag::Tr || it.is_row_group()),
            Tag::Table if self.top() == Tag::Table || (self.top().is_table_part() && !self.is_in_cell()) => {
                self.pop_to(self.position_of(Tag::Table).unwrap_or(1).max(1));
            }
            Tag::Li => self.end_open(Tag::Li, &[Tag::Ul, Tag::Ol, Tag::Menu, Tag::Dir]),
            Tag::Dt | Tag::Dd => {
                self.end_open(Tag::Dt, &[Tag::Dl]);
                self.end_open(Tag::Dd, &[Tag::Dl]);
            }
            Tag::Button => self.end_open(Tag::Button, &[]),
            Tag::A => self.end_inline(Tag::A as usize),
            Tag::Option | Tag::Optgroup | Tag::Rt | Tag::Rp | Tag::Rtc | Tag::Rb => self.end_sibling(tag),
            _ if tag.is_row_group() || matches!(tag, Tag::Caption | Tag::Colgroup) => {
                self.pop_in_table(|_| false)
            }
            _ => {}
        }
        if tag.ends_paragraph() {
            let is_in_select = self.position_of(Tag::Select).filter(|at| *at > self.barrier());
            if let Some(select) = is_in_select.filter(|_| tag != Tag::Hr) {
                self.pop_to(select);
            }
            self.end_open(Tag::P, &[Tag::Button]);
        }
        if tag.heading_level().is_some() && self.top().heading_level().is_some() {
            self.pop_to(self.stack.len() as u32 - 1);
        }
        true
    }

    fn is_in_cell(&self) -> bool {
        self.top().is_cell() || self.top() == Tag::Caption
    }

    fn end_open(&mut self, tag: Tag, around: &[Tag]) {
        if let Some(position) = self.position_within(tag, around) {
            self.pop_to(position);
        }
    }

    /// Ends an element at the top of the stack that does not hold one of its own kind.
    fn end_sibling(&mut self, tag: Tag) {
        let ends = match tag {
            Tag::Option => self.top() == Tag::Option,
            Tag::Optgroup => matches!(self.top(), Tag::Option | Tag::Optgroup),
            _ => matches!(self.top(), Tag::Rt | Tag::Rp | Tag::Rb | Tag::Rtc),
        };
        if ends {
            self.pop_to(self.stack.len() as u32 - 1);
        }
    }

    /// Ends an inline element now, or with the blocks that are open inside it.
    fn end_inline(&mut self, key: usize) {
        let position = self.positions.get(key).and_then(|positions| positions.last().copied());
        let Some(position) = position.filter(|position| *position > self.barrier()) else { return };
        if self.specials.last().is_some_and(|special| *special > position) {
            if let Some(open) = self.stack.get_mut(position as usize) {
                open.is_ending = true;
            }
        } else {
            self.pop_to(position);
        }
    }

    fn end(&mut self) {
        let tag = Tag::from_name(&self.name);
        let in_table = |parser: &Self| {
            parser.position_of(tag).filter(|position| Some(*position) >= parser.position_of(Tag::Table))
        };
        let found = match tag {
            Tag::Html | Tag::Body => None,
            Tag::Br if !self.is_xml => {
                self.add(Tag::Br);
                None
            }
            Tag::P => {
                let position = self.position_within(Tag::P, &[Tag::Button]);
                if position.is_none() && !self.is_in_foreign() {
                    self.add(Tag::P);
                }
                position
            }
            Tag::Li => self.position_within(tag, &[Tag::Ul, Tag::Ol, Tag::Menu, Tag::Dir]),
            Tag::Form => {
                self.end_inline(Tag::Form as usize);
                None
            }
            Tag::Table | Tag::Template | Tag::Svg | Tag::Math | Tag::ForeignObject => self.position_of(tag),
            _ if tag.is_table_part() => in_table(self),
            _ if tag.heading_level().is_some() => {
                let levels = [Tag::H1, Tag::H2, Tag::H3, Tag::H4, Tag::H5, Tag::H6];
                levels.iter().filter_map(|level| self.position_within(*level, &[])).max()
            }
            _ if tag.is_special() => self.position_within(tag, &[]),
            _ => {
                let key = self.key_of_end(tag);
                self.end_inline(key);
                None
            }
        };
        if let Some(position) = found {
            self.pop_to(position.max(1));
        }
    }

    fn key_of_end(&self, tag: Tag) -> usize {
        let own = (tag == Tag::Unknown).then(|| self.names.get(&self.name)).flatten();
        own.map_or(tag as usize, |key| *key as usize)
    }
}

/// How the tokenizer goes on after the start tag of an element whose content is no markup.
fn raw_state(tag: Tag) -> Option<State> {
    match tag {
        Tag::Textarea | Tag::Title => Some(State::RcData),
        Tag::Script => Some(State::ScriptData),
        Tag::Style | Tag::Xmp | Tag::Iframe | Tag::Noembed | Tag::Noscript => Some(State::RawText),
        Tag::Plaintext => Some(State::PlainText),
        _ => None,
    }
}
