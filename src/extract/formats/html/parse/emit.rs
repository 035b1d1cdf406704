//! Takes the tokens of a page, and finds where each piece of text stands in the source.

use std::convert::Infallible;

use html5gum::{Emitter, Error as SyntaxError, State};

use super::super::tags::{Name, Tag};
use super::super::tree::DOCUMENT;
use super::{MAX_NODES, Parser};

/// The most pieces of text that are told apart; further entities are placed with the text around them.
const MAX_PIECES: usize = 2_000_000;

impl Parser<'_> {
    fn end_attribute(&mut self) {
        if let Some(name) = Name::from_name(&self.attribute).filter(|_| !self.is_end_tag) {
            let bit = 1u64 << (name as u8);
            if self.seen_attributes & bit == 0 {
                self.seen_attributes |= bit;
                self.tree.add_attribute(name, &self.value, self.value_start);
            }
        }
        self.attribute.clear();
        self.value.clear();
    }

    fn begin_tag(&mut self, is_end_tag: bool) {
        self.name.clear();
        self.attribute.clear();
        self.value.clear();
        self.is_end_tag = is_end_tag;
        self.ends_itself = false;
        self.attributes = self.tree.attributes_len();
        self.seen_attributes = 0;
    }

    fn text(&mut self, text: &str, start: usize) {
        if self.top() == Tag::Head {
            if text.trim_ascii().is_empty() {
                return;
            }
            self.pop_to(self.stack.len() as u32 - 1);
        }
        if self.tree.len() >= MAX_NODES {
            self.has_too_many_nodes = true;
            return;
        }
        let parent = self.stack.last().map_or(DOCUMENT, |open| open.node as usize);
        // The tokenizer makes line ends alike; as they are, they are a part of the text around them.
        let is_return = text == "\n" && self.tree.source().as_bytes().get(start) == Some(&b'\r');
        self.tree.add_text(parent, if is_return { "\r" } else { text }, start, self.position, MAX_PIECES);
    }

    /// Where text that ends here begins: after what came before it, or later where that is followed by the second half of a
    /// line end or by a mark of a section of CDATA.
    fn text_start(&self, text: &[u8]) -> usize {
        let end = self.position;
        let start = self.text_end.min(end);
        let source = self.tree.source().as_bytes();
        let gap = source.get(start..end).unwrap_or_default();
        if gap.len() == text.len() || gap.first() == Some(&b'&') {
            return start;
        }
        let tail = gap.get(gap.len().saturating_sub(text.len())..).unwrap_or_default();
        if tail == text || (tail == b"\r" && text == b"\n") {
            return end - text.len();
        }
        gap.iter().rposition(|byte| *byte == b'&').map_or(start, |at| start + at)
    }
}

impl Emitter for &mut Parser<'_> {
    type Token = Infallible;

    fn set_last_start_tag(&mut self, last_start_tag: Option<&[u8]>) {
        self.last_start_tag = last_start_tag.unwrap_or_default().to_vec();
    }

    fn emit_eof(&mut self) {}

    fn emit_error(&mut self, _: SyntaxError) {}

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn emit_string(&mut self, bytes: &[u8]) {
        if self.partial.is_empty() {
            self.partial_start = self.text_start(bytes);
        }
        self.text_end = self.position;
        if self.partial.is_empty()
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            self.text(text, self.partial_start);
            return;
        }
        // After an entity the tokenizer looks at a single byte, which may be the first of a character.
        self.partial.extend_from_slice(bytes);
        let partial = std::mem::take(&mut self.partial);
        match std::str::from_utf8(&partial) {
            Ok(text) => self.text(text, self.partial_start),
            Err(error) if error.error_len().is_none() => self.partial = partial,
            Err(_) => self.text(&String::from_utf8_lossy(&partial), self.partial_start),
        }
    }

    fn init_start_tag(&mut self) {
        self.begin_tag(false);
    }

    fn init_end_tag(&mut self) {
        self.begin_tag(true);
    }

    fn init_comment(&mut self) {}

    fn emit_current_tag(&mut self) -> Option<State> {
        self.end_attribute();
        self.text_end = self.position;
        if self.is_end_tag {
            self.last_start_tag.clear();
            self.end();
            return None;
        }
        self.last_start_tag.clear();
        let parser: &mut Parser = self;
        parser.last_start_tag.extend_from_slice(&parser.name);
        self.start()
    }

    fn emit_current_comment(&mut self) {
        self.text_end = self.position;
    }

    fn emit_current_doctype(&mut self) {
        self.text_end = self.position;
    }

    fn set_self_closing(&mut self) {
        self.ends_itself = !self.is_end_tag;
    }

    fn set_force_quirks(&mut self) {}

    fn push_tag_name(&mut self, name: &[u8]) {
        self.name.extend_from_slice(name);
    }

    fn push_comment(&mut self, _: &[u8]) {}

    fn push_doctype_name(&mut self, _: &[u8]) {}

    fn init_doctype(&mut self) {}

    fn init_attribute(&mut self) {
        self.end_attribute();
        self.value_start = self.position;
    }

    fn init_attribute_value(&mut self) {
        self.value_start = self.position;
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        self.attribute.extend_from_slice(name);
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        self.value.extend_from_slice(value);
    }

    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end_tag && !self.last_start_tag.is_empty() && self.last_start_tag == self.name
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.is_xml || self.is_in_foreign()
    }

    fn move_position(&mut self, offset: isize) {
        self.position = self.position.saturating_add_signed(offset);
    }
}
