//! A page as a tree: its elements and texts in the order of the source, each with where it ends.

use super::tags::{Name, Tag};
use crate::document::Span;
use crate::extract::formats::growth;

/// The place in the tree of the document itself.
pub(super) const DOCUMENT: usize = 0;

/// The place of a text that is in the source as it is.
const AS_IN_SOURCE: u32 = u32::MAX;

/// The most attributes of a page; further ones are not kept.
const MAX_ATTRIBUTES: usize = 3_000_000;

/// The most nodes whose text is put on one line.
const MAX_NODES_OF_LINE: usize = 200;

/// An element or a text. The nodes inside it follow it directly, so that one pass over all of them is a walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// What it is.
    pub tag: Tag,
    /// How many attributes it has.
    attributes: u8,
    /// The place of the element around it.
    pub parent: u32,
    /// Of an element, the place after the last node inside it; of a text, the place after its last piece.
    last: u32,
    /// Of its first attribute, or of its first piece of text.
    first: u32,
}

/// A part of a text: a range of the source, or what an entity in it stands for.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: u32,
    end: u32,
    /// The place of what it stands for among the decoded.
    decoded: u32,
}

#[derive(Clone, Copy, Debug)]
struct Attribute {
    name: Name,
    value: Piece,
}

/// A page.
pub(super) struct Tree<'s> {
    /// The whole source.
    source: &'s str,
    /// All nodes; the first is the document.
    nodes: Vec<Node>,
    pieces: Vec<Piece>,
    attributes: Vec<Attribute>,
    /// What entities stand for, one after the other, and where each ends.
    decoded: String,
    decoded_ends: Vec<u32>,
}

impl<'s> Tree<'s> {
    /// A tree of nothing but the document.
    pub(super) fn new(source: &'s str) -> Self {
        let document = Node { tag: Tag::Document, attributes: 0, parent: 0, last: 1, first: 0 };
        Self {
            source,
            nodes: vec![document],
            pieces: Vec::new(),
            attributes: Vec::new(),
            decoded: String::new(),
            decoded_ends: Vec::new(),
        }
    }

    /// The source that it was made from.
    pub(super) fn source(&self) -> &'s str {
        self.source
    }

    /// How many nodes it has.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// What a node is.
    pub(super) fn tag(&self, node: usize) -> Tag {
        self.nodes[node].tag
    }

    /// The element around a node; the document's own is the document.
    pub(super) fn parent(&self, node: usize) -> usize {
        self.nodes[node].parent as usize
    }

    /// The place after the last node inside a node.
    pub(super) fn end(&self, node: usize) -> usize {
        let Node { tag, last, .. } = self.nodes[node];
        if tag == Tag::Text { node + 1 } else { last as usize }
    }

    /// Ends an element before the node at `end`, which may come yet.
    pub(super) fn end_element(&mut self, node: usize, end: u32) {
        self.nodes[node].last = end;
    }

    /// Gives back the room for what does not come any more.
    pub(super) fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        self.pieces.shrink_to_fit();
        self.attributes.shrink_to_fit();
        self.decoded.shrink_to_fit();
        self.decoded_ends.shrink_to_fit();
    }

    /// The nodes directly inside a node.
    pub(super) fn children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let last = self.end(node);
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let child = next;
            (child < last).then(|| {
                next = self.end(child);
                child
            })
        })
    }

    /// Adds an element inside `parent`, whose attributes were added since there were `attributes` of them.
    pub(super) fn add_element(&mut self, tag: Tag, parent: usize, attributes: usize) -> usize {
        let node = self.nodes.len();
        let element = Node {
            tag,
            attributes: (self.attributes.len() - attributes) as u8,
            parent: parent as u32,
            last: node as u32 + 1,
            first: attributes as u32,
        };
        growth::push(&mut self.nodes, element);
        node
    }

    /// How many attributes there are so far.
    pub(super) fn attributes_len(&self) -> usize {
        self.attributes.len()
    }

    /// Takes back attributes that belong to no element.
    pub(super) fn forget_attributes(&mut self, length: usize) {
        let forgotten = self.attributes.get(length..).unwrap_or_default();
        let decoded = forgotten.iter().map(|it| it.value.decoded).find(|it| *it != AS_IN_SOURCE);
        if let Some(first) = decoded {
            self.decoded.truncate(self.decoded_start(first));
            self.decoded_ends.truncate(first as usize);
        }
        self.attributes.truncate(length);
    }

    /// Adds an attribute of the element that comes next; its value begins at `start` of the source unless it has entities.
    pub(super) fn add_attribute(&mut self, name: Name, value: &[u8], start: usize) {
        if self.attributes.len() >= MAX_ATTRIBUTES {
            return;
        }
        let end = start + value.len();
        let is_as_in_source = self.source.as_bytes().get(start..end) == Some(value);
        let value = if is_as_in_source && self.source.get(start..end).is_some() {
            Piece { start: start as u32, end: end as u32, decoded: AS_IN_SOURCE }
        } else {
            self.decoded_piece(&String::from_utf8_lossy(value), start, start)
        };
        growth::push(&mut self.attributes, Attribute { name, value });
    }

    fn decoded_piece(&mut self, text: &str, start: usize, end: usize) -> Piece {
        let decoded = self.decoded_ends.len() as u32;
        growth::push_str(&mut self.decoded, text);
        growth::push(&mut self.decoded_ends, self.decoded.len() as u32);
        Piece { start: start as u32, end: end as u32, decoded }
    }

    /// Adds text inside `parent`, which is `source[start..end]` or made of it.
    pub(super) fn add_text(
        &mut self,
        parent: usize,
        text: &str,
        start: usize,
        end: usize,
        max_pieces: usize,
    ) {
        let is_as_in_source = self.source.get(start..end) == Some(text);
        let continues = self.nodes.last().is_some_and(|last| {
            last.tag == Tag::Text && last.parent as usize == parent && self.nodes.len() > 1
        });
        if !continues {
            let first = self.pieces.len() as u32;
            let text = Node { tag: Tag::Text, attributes: 0, parent: parent as u32, last: first, first };
            growth::push(&mut self.nodes, text);
        } else if let Some(last) = self.pieces.last_mut() {
            // The second half of a line end is not in any text.
            let between = self.source.get((last.end as usize).saturating_sub(1)..start);
            let is_next = last.end as usize == start || between == Some("\r\n");
            if is_as_in_source && last.decoded == AS_IN_SOURCE && is_next {
                last.end = end as u32;
                return;
            }
            if self.pieces.len() > max_pieces {
                self.lengthen_last_piece(text, end);
                return;
            }
        }
        let piece = if is_as_in_source {
            Piece { start: start as u32, end: end as u32, decoded: AS_IN_SOURCE }
        } else {
            self.decoded_piece(text, start, end)
        };
        growth::push(&mut self.pieces, piece);
        if let Some(node) = self.nodes.last_mut() {
            node.last = self.pieces.len() as u32;
        }
    }

    /// Makes the last piece one that is made of all of its source, too; there are too many to tell apart.
    fn lengthen_last_piece(&mut self, text: &str, end: usize) {
        let Some(mut last) = self.pieces.pop() else { return };
        if last.decoded == AS_IN_SOURCE {
            let source = self.source;
            let before = source.get(last.start as usize..last.end as usize).unwrap_or_default();
            last = self.decoded_piece(before, last.start as usize, last.end as usize);
        }
        // What it stands for is the last of the decoded: attributes that end no text are taken back.
        growth::push_str(&mut self.decoded, text);
        if let Some(decoded_end) = self.decoded_ends.last_mut() {
            *decoded_end = self.decoded.len() as u32;
        }
        last.end = end as u32;
        self.pieces.push(last);
    }

    /// Where what one of the decoded stands for begins.
    fn decoded_start(&self, decoded: u32) -> usize {
        let before = (decoded as usize).checked_sub(1).and_then(|before| self.decoded_ends.get(before));
        before.map_or(0, |end| *end as usize)
    }

    fn piece(&self, piece: Piece) -> (&str, Span) {
        let mut source = Span { start: piece.start, end: piece.end };
        let text = if piece.decoded == AS_IN_SOURCE {
            source.slice(self.source)
        } else {
            let end = self.decoded_start(piece.decoded + 1);
            self.decoded.get(self.decoded_start(piece.decoded)..end)
        };
        let text = text.unwrap_or_default();
        // Places as long as their texts are those of the very characters, which `&nvle;` is not.
        if piece.decoded != AS_IN_SOURCE && text.len() == source.len() {
            source.end = source.end.saturating_sub(1).max(source.start);
        }
        (text, source)
    }

    /// The pieces of a text, each with the part of the source that it is or is made of.
    pub(super) fn pieces(&self, text: usize) -> impl Iterator<Item = (&str, Span)> + '_ {
        let node = self.nodes[text];
        let range = if node.tag == Tag::Text { node.first as usize..node.last as usize } else { 0..0 };
        self.pieces[range].iter().map(|piece| self.piece(*piece))
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, node: usize, name: Name) -> Option<&str> {
        self.placed_attribute(node, name).map(|(value, _)| value)
    }

    /// The value of an attribute, with its part of the source.
    pub(super) fn placed_attribute(&self, node: usize, name: Name) -> Option<(&str, Span)> {
        let Node { first, attributes, .. } = self.nodes[node];
        let first = first as usize;
        let own = self.attributes.get(first..first + attributes as usize)?;
        own.iter().find(|it| it.name == name).map(|attribute| self.piece(attribute.value))
    }

    /// Whether an attribute has a value, whatever the case of its letters.
    pub(super) fn has(&self, node: usize, name: Name, value: &str) -> bool {
        self.attribute(node, name).is_some_and(|it| it.trim().eq_ignore_ascii_case(value))
    }

    /// The text inside a node, on one line, at most about `max` bytes of it.
    pub(super) fn text_of(&self, node: usize, max: usize) -> String {
        let mut text = String::new();
        for inside in (node..self.end(node)).take(MAX_NODES_OF_LINE) {
            if self.tag(inside).is_block() || self.tag(inside) == Tag::Br {
                text.push(' ');
            }
            for (piece, _) in self.pieces(inside) {
                let end = piece.floor_char_boundary(max);
                text.push_str(&piece[..end]);
            }
            if text.len() >= max {
                break;
            }
        }
        super::super::one_line(&text.replace('\u{ad}', ""), max)
    }
}
