//! Text, preformatted text, pictures and formulas.

use super::super::code::{Preformatted, language, preformatted};
use super::super::tags::{Name, Tag};
use super::{End, Reader};
use crate::document::Span;
use crate::extract::Place;
use crate::extract::formats::builder::Leaf;

/// The longest text beside a picture that is taken, in bytes.
const MAX_ALTERNATIVE: usize = 2_000;

impl Reader<'_, '_> {
    pub(super) fn text(&mut self, node: usize) {
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
    pub(super) fn line_break(&mut self) {
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

    pub(super) fn preformatted(&mut self, node: usize, end: usize) -> usize {
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

    pub(super) fn open_in_preformatted(&mut self, node: usize, tag: Tag, end: usize) {
        match tag {
            Tag::Br if self.code > 0 => self.builder.push_unplaced("\n"),
            Tag::Br => self.line_break(),
            Tag::Img => self.picture(node),
            // Each line of code is a block of its own on some pages.
            Tag::Div | Tag::P | Tag::Li | Tag::Tr
                if self.code > 0 && self.last_character != '\n' && self.has_run =>
            {
                self.builder.push_unplaced("\n");
            }
            _ if tag.is_block() && self.prose > 0 => {
                self.boundary();
                self.ends.push((end, End::Block));
            }
            _ => {}
        }
    }

    pub(super) fn picture(&mut self, node: usize) {
        let Some((text, place)) = self.tree.placed_attribute(node, Name::Alt) else { return };
        if text.len() > MAX_ALTERNATIVE || is_file_name(text) || text.trim().is_empty() || self.code > 0 {
            return;
        }
        self.builder.space();
        self.pieces(text, place, 0);
        // The end of the tag may come right after the value.
        self.builder.split();
        self.builder.space();
    }

    /// A formula, in the notation that its author wrote where the page has it.
    pub(super) fn formula(&mut self, node: usize) {
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
            (None, Some((text, place))) if text.len() <= MAX_ALTERNATIVE => {
                self.pieces(text, place, 0);
                self.builder.split();
            }
            _ => (node..tree.end(node))
                .filter(|it| !is_annotation(tree.parent(*it)))
                .for_each(|it| self.text(it)),
        }
        if is_displayed {
            self.boundary();
        }
    }
}

/// Whether the text beside a picture is only the name of its file.
fn is_file_name(text: &str) -> bool {
    let Some((name, extension)) = text.trim().rsplit_once('.') else { return false };
    let known = ["jpg", "jpeg", "png", "gif", "webp", "svg", "avif", "bmp"];
    known.iter().any(|it| extension.eq_ignore_ascii_case(it)) && !name.contains(' ')
}
