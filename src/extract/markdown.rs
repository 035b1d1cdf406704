//! Markdown: CommonMark 0.31 with tables, footnotes, strikethrough, task lists, heading attributes and front matter.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::ops::Range;

use super::{Block, BlockKind, MAX_HEADING_CHARS, Section, one_line, trimmed};
use crate::document::Span;

/// The blocks and sections of `text`.
pub(super) fn outline(text: &str) -> (Vec<Block>, Vec<Section>) {
    let mut outline = Outline::new(text);
    let body = outline.front_matter();
    // The parser knows neither byte order marks nor front matter that stands only at the start: it gets the rest.
    for (event, range) in Parser::new_ext(&text[body..], extensions()).into_offset_iter() {
        outline.take(event, range.start + body..range.end + body);
    }
    outline.finish()
}

fn extensions() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
}

/// Builds the flat list of blocks and the tree of sections from the parser's events.
struct Outline<'t> {
    text: &'t str,
    blocks: Vec<Block>,
    sections: Vec<Section>,
    /// The sections that are open, outermost first, with their levels; the document itself is not among them.
    open: Vec<(HeadingLevel, u32)>,
    /// How many quotations, list items and footnotes are open.
    containers: usize,
    /// The end of the block that was begun last; events before it belong to it.
    leaf_end: usize,
    /// The text of the heading that is open.
    heading: Option<String>,
    /// Whether a list item was begun that has no block yet.
    item_is_fresh: bool,
}

impl<'t> Outline<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            blocks: Vec::new(),
            sections: vec![Section::default()],
            open: Vec::new(),
            containers: 0,
            leaf_end: 0,
            heading: None,
            item_is_fresh: false,
        }
    }

    /// Takes the front matter, if there is any, and gives the offset where the Markdown begins.
    fn front_matter(&mut self) -> usize {
        let start = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let Some(len) = front_matter_len(&self.text[start..]) else { return start };
        self.push(start..start + len, BlockKind::Metadata);
        start + len
    }

    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::FootnoteDefinition(_)) => self.containers += 1,
            Event::Start(Tag::Item) => {
                self.containers += 1;
                self.item_is_fresh = true;
            }
            Event::End(TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition | TagEnd::Item) => {
                self.containers -= 1
            }
            Event::Start(Tag::List(_)) | Event::End(TagEnd::List(_)) => {}
            Event::Start(Tag::Heading { level, .. }) => self.begin_heading(level, range),
            Event::End(TagEnd::Heading(_)) => self.end_heading(),
            Event::Start(tag) if leaf_kind(&tag).is_some() => {
                let kind = leaf_kind(&tag).unwrap_or(BlockKind::Paragraph);
                let in_item = kind == BlockKind::Paragraph && self.item_is_fresh;
                self.push(range, if in_item { BlockKind::ListItem } else { kind });
            }
            Event::Rule => {}
            inline => self.take_inline(&inline, range),
        }
    }

    fn begin_heading(&mut self, level: HeadingLevel, range: Range<usize>) {
        // A heading inside a quotation or a list names that, not a part of the document.
        if self.containers == 0 {
            while self.open.last().is_some_and(|&(open, _)| open >= level) {
                self.open.pop();
            }
            let parent = Some(self.section());
            let index = u32::try_from(self.sections.len()).expect("texts are shorter than 4 GiB");
            self.sections.push(Section { heading: String::new(), parent });
            self.open.push((level, index));
            self.heading = Some(String::new());
        }
        self.push(range, BlockKind::Heading);
    }

    fn end_heading(&mut self) {
        if let Some(heading) = self.heading.take() {
            let section = self.section() as usize;
            self.sections[section].heading = one_line(&heading, MAX_HEADING_CHARS);
        }
    }

    fn take_inline(&mut self, event: &Event<'_>, range: Range<usize>) {
        if let Some(heading) = &mut self.heading {
            match event {
                Event::Text(text) | Event::Code(text) => heading.push_str(text),
                Event::SoftBreak | Event::HardBreak => heading.push(' '),
                _ => {}
            }
        }
        if range.start < self.leaf_end {
            return;
        }
        // Text outside of any leaf is the text of a tight list item: the parser gives it no paragraph.
        match self.blocks.last_mut() {
            Some(item) if item.kind == BlockKind::ListItem && !self.item_is_fresh => {
                item.span = Span::new(item.span.start as usize, range.end.max(item.span.end as usize));
                self.leaf_end = item.span.end as usize;
            }
            _ => self.push(range, BlockKind::ListItem),
        }
    }

    /// Adds a block that covers `range` and the markers before it on its first line.
    fn push(&mut self, range: Range<usize>, kind: BlockKind) {
        let start = self.take_gap(range.start);
        let span = Span::new(start, range.end.max(start));
        self.blocks.push(Block::new(span, kind, self.section()));
        self.leaf_end = range.end.max(start);
        self.item_is_fresh = false;
    }

    /// Finds a home for the text between the last block and `end`, which the parser gives no events for, and
    /// returns where the block that begins at `end` is to begin.
    ///
    /// Markers on the line of `end` (`>`, `-`, `1.`, `[^1]:`) belong to the block that follows. Lines in between
    /// are link definitions, which become a block of their own, or bare markers and rules, which join the block
    /// before.
    fn take_gap(&mut self, end: usize) -> usize {
        let start = self.blocks.last().map_or(0, |block| block.span.end as usize);
        if start >= end {
            return start;
        }
        let line = self.text[start..end].rfind(['\n', '\r']).map_or(start, |at| start + at + 1);
        let between = trimmed(self.text, start, line);
        let says_something =
            between.slice(self.text).is_some_and(|lines| lines.contains(char::is_alphanumeric));
        let section = self.section_of_last_block();
        match self.blocks.last_mut() {
            _ if between.is_empty() => {}
            Some(last) if !says_something => last.span.end = between.end,
            Some(_) => self.blocks.push(Block::new(between, BlockKind::Paragraph, section)),
            None if says_something => self.blocks.push(Block::new(between, BlockKind::Paragraph, section)),
            None => return start,
        }
        line
    }

    fn section(&self) -> u32 {
        self.open.last().map_or(0, |&(_, section)| section)
    }

    fn section_of_last_block(&self) -> u32 {
        self.blocks.last().map_or(0, |block| block.section)
    }

    fn finish(mut self) -> (Vec<Block>, Vec<Section>) {
        let len = self.text.len();
        let rest = self.take_gap(len);
        let tail = trimmed(self.text, rest, len);
        if !tail.is_empty() {
            let section = self.section_of_last_block();
            self.blocks.push(Block::new(tail, BlockKind::Paragraph, section));
        }
        for block in &mut self.blocks {
            block.span = trimmed(self.text, block.span.start as usize, block.span.end as usize);
        }
        self.blocks.retain(|block| !block.span.is_empty());
        (self.blocks, self.sections)
    }
}

fn leaf_kind(tag: &Tag<'_>) -> Option<BlockKind> {
    match tag {
        Tag::Paragraph => Some(BlockKind::Paragraph),
        Tag::CodeBlock(_) => Some(BlockKind::Code),
        Tag::HtmlBlock => Some(BlockKind::Html),
        Tag::Table(_) => Some(BlockKind::Table),
        _ => None,
    }
}

/// The length of the YAML front matter that `text` begins with: from a line `---`, followed by one that is not
/// blank, to the next line `---` or `...`.
fn front_matter_len(text: &str) -> Option<usize> {
    let mut lines = text.split_inclusive('\n');
    let mut len = lines.next().filter(|line| line.trim_end() == "---")?.len();
    for (index, line) in lines.enumerate() {
        len += line.len();
        match line.trim_end() {
            "" if index == 0 => return None,
            "---" | "..." => return Some(len),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests;
