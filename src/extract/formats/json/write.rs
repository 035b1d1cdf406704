//! Puts the values of JSON into text, each under its path.

use std::ops::Range;

use super::string::{decoded, pieces};
use crate::document::{MetadataValue, Span};
use crate::error::Result;
use crate::extract::formats::builder::{Builder, Leaf};
use crate::extract::{Extracted, Place, one_line};

/// The longest path that stands before a value, in bytes; of a longer one the end is shown.
const MAX_PATH_BYTES: usize = 200;

/// The longest string that stands in a line with others, in bytes; a longer one is a paragraph.
const MAX_INLINE_BYTES: usize = 300;

/// How long a line becomes before another is begun, in bytes.
const MAX_LINE_BYTES: usize = 1000;

/// The longest title and other property, in characters.
const MAX_PROPERTY_CHARS: usize = 1000;

/// Fields of a document that say something of it as a whole.
const PROPERTIES: &[&str] =
    &["date", "author", "description", "created", "modified", "published", "datePublished", "url", "type"];

/// An object or a list that is open.
struct Frame {
    is_array: bool,
    /// The length of its path.
    path: usize,
}

/// An object that has a line for itself.
#[derive(Clone, Copy)]
struct Record {
    /// How many objects and lists are open, itself included.
    depth: usize,
    /// The length of its path.
    path: usize,
}

pub(super) struct Writer<'t> {
    source: &'t str,
    builder: Builder,
    frames: Vec<Frame>,
    /// The names of the fields that are open, joined by dots.
    path: String,
    record: Option<Record>,
    /// Where the line that is open begins.
    line: Option<usize>,
    /// The length of the path of the list whose values were written last.
    list: Option<usize>,
    /// Whether each value is a record.
    has_lines: bool,
}

impl<'t> Writer<'t> {
    pub fn new(source: &'t str, has_lines: bool) -> Self {
        Self {
            source,
            builder: Builder::new(),
            frames: Vec::new(),
            path: String::new(),
            record: None,
            line: None,
            list: None,
            has_lines,
        }
    }

    /// How many bytes of text there are.
    pub fn len(&self) -> usize {
        self.builder.len()
    }

    /// Whether a list is open rather than an object; `None` where neither is.
    pub fn is_in_array(&self) -> Option<bool> {
        self.frames.last().map(|frame| frame.is_array)
    }

    pub fn begin(&mut self, is_array: bool) {
        let is_record = !is_array && self.is_in_array().unwrap_or(self.has_lines);
        self.frames.push(Frame { is_array, path: self.path.len() });
        if is_record && self.record.is_none() {
            self.end_line();
            self.record = Some(Record { depth: self.frames.len(), path: self.path.len() });
        }
    }

    pub fn end(&mut self) {
        if self.record.is_some_and(|record| record.depth == self.frames.len()) {
            self.end_line();
            self.record = None;
        }
        let Some(frame) = self.frames.pop() else { return };
        self.path.truncate(frame.path);
        // Lists in a list are one.
        if !(frame.is_array && self.is_in_array() == Some(true)) {
            self.list = None;
        }
    }

    /// Ends a value that is in no other.
    pub fn end_value(&mut self) {
        self.end_line();
        self.path.clear();
        // What follows is in a line of its own.
        self.has_lines = true;
    }

    pub fn name(&mut self, inside: Range<usize>) {
        self.path.truncate(self.frames.last().map_or(0, |frame| frame.path));
        if !self.path.is_empty() {
            self.path.push('.');
        }
        let end =
            self.source.floor_char_boundary(inside.end.min(inside.start + MAX_PATH_BYTES)).max(inside.start);
        self.path.push_str(&decoded(self.source, inside.start..end));
        self.list = None;
    }

    /// A number, a truth value, or null, which says nothing.
    pub fn literal(&mut self, range: Range<usize>) {
        let text = &self.source[range.clone()];
        if text != "null" {
            self.begin_value();
            self.push(text, range);
        }
    }

    pub fn string(&mut self, inside: Range<usize>) {
        self.take_property(&inside);
        let written = &self.source[inside.clone()];
        if written.trim().is_empty() {
            return;
        }
        if written.len() > MAX_INLINE_BYTES || written.trim_end_matches("\\n").contains("\\n") {
            return self.paragraphs(inside);
        }
        self.begin_value();
        for piece in pieces(self.source, inside) {
            self.push(&piece.text, piece.range);
        }
    }

    /// A long string, with its own paragraphs and lines.
    fn paragraphs(&mut self, inside: Range<usize>) {
        self.end_line();
        self.list = None;
        self.builder.begin(Leaf::Paragraph);
        self.push_name(0);
        let mut line_ends = 0;
        for piece in pieces(self.source, inside) {
            if &*piece.text == "\n" {
                line_ends += 1;
                continue;
            }
            match line_ends {
                _ if piece.text.trim().is_empty() => {}
                0 => {}
                1 => self.builder.line_break(),
                _ => self.builder.begin(Leaf::Paragraph),
            }
            if !piece.text.trim().is_empty() {
                line_ends = 0;
            }
            self.push(&piece.text, piece.range);
        }
        self.builder.end();
    }

    /// Puts what is before a value: the name of its field, or a comma in a list.
    fn begin_value(&mut self) {
        let in_list = self.is_in_array() == Some(true);
        let is_long = self.line.is_some_and(|start| self.builder.len() - start > MAX_LINE_BYTES);
        if in_list && !is_long && self.line.is_some() && self.list == Some(self.path.len()) {
            self.builder.push_unplaced(", ");
            return;
        }
        if is_long || self.record.is_none() {
            self.end_line();
        }
        let base = self.record.map_or(0, |record| record.path);
        if self.line.is_some() {
            self.builder.push_unplaced("; ");
        } else {
            self.builder.begin(Leaf::Row);
            self.line = Some(self.builder.len());
            if base > 0 {
                let name = shown(&self.path[..base]);
                self.builder.push_unplaced(&format!("{name}: "));
            }
        }
        self.push_name(base);
        self.list = in_list.then_some(self.path.len());
    }

    /// Puts the name of the field that is open, without the first `base` bytes of its path.
    fn push_name(&mut self, base: usize) {
        let name = shown(self.path[base..].trim_start_matches('.'));
        if !name.is_empty() {
            self.builder.push_unplaced(&format!("{name}: "));
        }
    }

    fn end_line(&mut self) {
        if self.line.take().is_some() {
            self.builder.end();
        }
    }

    fn push(&mut self, text: &str, range: Range<usize>) {
        self.builder.push(text, Place::Bytes(Span::new(range.start, range.end)));
    }

    /// Takes what a field of the whole document says of it.
    fn take_property(&mut self, inside: &Range<usize>) {
        let is_of_document = self.frames.len() == 1 && !self.has_lines && self.is_in_array() == Some(false);
        if !is_of_document || inside.len() > 4 * MAX_PROPERTY_CHARS {
            return;
        }
        let text = one_line(&decoded(self.source, inside.clone()), MAX_PROPERTY_CHARS);
        let properties = self.builder.properties();
        match self.path.as_str() {
            _ if text.is_empty() => {}
            "title" => properties.title = text,
            "name" | "headline" if properties.title.is_empty() => properties.title = text,
            "lang" | "language" if text.len() <= 35 && !text.contains(' ') => properties.language = text,
            name if PROPERTIES.contains(&name) => {
                properties.metadata.insert(name.to_owned(), MetadataValue::String(text));
            }
            _ => {}
        }
    }

    pub fn finish(mut self) -> Result<Extracted> {
        self.end_line();
        self.builder.finish()
    }
}

/// A path as it stands before values: the end of it, where it is long.
fn shown(path: &str) -> String {
    if path.len() <= MAX_PATH_BYTES {
        return path.to_owned();
    }
    let end = &path[path.ceil_char_boundary(path.len() - MAX_PATH_BYTES)..];
    format!("\u{2026}{}", end.split_once('.').map_or(end, |(_, end)| end))
}
