//! The blocks and sections of a Markdown text.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};
use std::ops::Range;

use super::front_matter::FrontMatter;
use super::prepare::Prepared;
use super::{extensions, without_attributes};
use crate::document::Span;
use crate::extract::{Block, BlockKind, MAX_HEADING_CHARS, Section, is_blank, one_line, trimmed};

/// The blocks and sections of `text`. Front matter that was read is in no block.
pub(super) fn outline(text: &str, front_matter: Option<&FrontMatter>) -> (Vec<Block>, Vec<Section>) {
    let mut outline = Outline::new(text);
    let body = outline.take_front_matter(front_matter);
    let prepared = Prepared::new(&text[body..]);
    // The parser knows neither byte order marks nor front matter that stands only at the start: it gets the rest.
    for (event, range) in Parser::new_ext(&prepared.text, extensions()).into_offset_iter() {
        let formula =
            prepared.formula_at(range.start).map(|formula| formula.start + body..formula.end + body);
        let range = range.start + body..range.end + body;
        match formula {
            Some(formula) => outline.take_formula(&event, formula),
            None => outline.take(event, range),
        }
    }
    outline.finish()
}

/// What holds blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Quotation,
    Item,
    Note,
}

/// A block that is still to be finished.
struct Draft {
    span: Span,
    kind: BlockKind,
    section: u32,
    /// The block that introduces the list that it is in.
    lead: Option<usize>,
    /// How many containers it is in.
    depth: usize,
    has_fences: bool,
}

/// Builds the flat list of blocks and the tree of sections from the parser's events.
struct Outline<'t> {
    text: &'t str,
    /// Where the text that is to be in blocks begins.
    body: usize,
    drafts: Vec<Draft>,
    sections: Vec<Section>,
    /// The sections that are open, outermost first, with their levels; the document itself is not among them.
    open: Vec<(HeadingLevel, u32)>,
    /// The quotations, items and notes that are open.
    containers: Vec<Container>,
    /// What introduces each list that is open.
    lists: Vec<Option<usize>>,
    /// The end of the block that was begun last; events before it belong to it.
    leaf_end: usize,
    /// The text of the heading that is open.
    heading: Option<String>,
    /// Whether a list item was begun that has no block yet.
    item_is_fresh: bool,
    /// Where an alert begins whose first block is still to come.
    alert: Option<usize>,
    /// The paragraph that was begun last, while it holds nothing but one image.
    figure: Option<Figure>,
}

/// A paragraph that may be nothing but an image.
struct Figure {
    draft: usize,
    images: usize,
    is_in_image: bool,
    has_text: bool,
    has_more: bool,
}

impl<'t> Outline<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            body: 0,
            drafts: Vec::new(),
            sections: vec![Section::default()],
            open: Vec::new(),
            containers: Vec::new(),
            lists: Vec::new(),
            leaf_end: 0,
            heading: None,
            item_is_fresh: false,
            alert: None,
            figure: None,
        }
    }

    /// Takes the front matter, if there is any, and gives the offset where the Markdown begins.
    fn take_front_matter(&mut self, front_matter: Option<&FrontMatter>) -> usize {
        let start = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let Some(front_matter) = front_matter else { return start };
        let end = front_matter.range.end;
        // What is nowhere else stays to be found.
        if front_matter.is_whole && !self.text[end..].chars().all(is_blank) {
            self.body = end;
        } else {
            self.push(front_matter.range.clone(), BlockKind::Metadata);
        }
        end
    }

    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::BlockQuote(alert)) => {
                self.containers.push(Container::Quotation);
                if alert.is_some() {
                    self.alert = Some(range.start);
                }
            }
            Event::Start(Tag::FootnoteDefinition(_)) => self.containers.push(Container::Note),
            Event::Start(Tag::Item) => self.begin_item(),
            Event::Start(Tag::DefinitionListDefinition) => {
                self.lists.push(self.drafts.len().checked_sub(1));
                self.begin_item();
            }
            Event::End(TagEnd::DefinitionListDefinition) => {
                self.lists.pop();
                self.containers.pop();
            }
            Event::End(TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition | TagEnd::Item) => {
                self.containers.pop();
            }
            Event::Start(Tag::List(_)) => self.begin_list(),
            Event::End(TagEnd::List(_)) => {
                self.lists.pop();
            }
            Event::Start(Tag::DefinitionList) | Event::End(TagEnd::DefinitionList) | Event::Rule => {}
            Event::Start(Tag::Heading { level, .. }) => self.begin_heading(level, range),
            Event::End(TagEnd::Heading(_)) => self.end_heading(),
            Event::Start(Tag::Paragraph) => {
                self.push(range, self.paragraph_kind());
                self.figure = Some(Figure::new(self.drafts.len() - 1));
            }
            Event::End(TagEnd::Paragraph) => self.end_paragraph(),
            Event::Start(Tag::DefinitionListTitle) => self.push(range, BlockKind::Paragraph),
            Event::Start(Tag::HtmlBlock) => self.push(range, BlockKind::Html),
            Event::Start(Tag::Table(_)) => self.push(range, BlockKind::Table),
            Event::Start(Tag::CodeBlock(kind)) => self.begin_code(&kind, range),
            inline => self.take_inline(&inline, range),
        }
    }

    fn begin_item(&mut self) {
        self.containers.push(Container::Item);
        self.item_is_fresh = true;
    }

    /// A list is introduced by the paragraph directly before it, or by the item that it is in.
    fn begin_list(&mut self) {
        let section = self.section();
        let lead = match self.drafts.last() {
            // A list that is all of an item is introduced by what introduces that.
            _ if self.item_is_fresh => self.lists.last().copied().flatten(),
            Some(last)
                if last.section == section
                    && last.depth == self.containers.len()
                    && matches!(
                        last.kind,
                        BlockKind::Paragraph | BlockKind::ListItem | BlockKind::Quotation | BlockKind::Note
                    ) =>
            {
                let is_of_list = last.kind == BlockKind::ListItem && self.lists.is_empty();
                (!is_of_list).then(|| self.drafts.len() - 1)
            }
            _ => None,
        };
        self.lists.push(lead);
    }

    fn paragraph_kind(&self) -> BlockKind {
        match self.containers.last() {
            _ if self.item_is_fresh => BlockKind::ListItem,
            Some(Container::Quotation) => BlockKind::Quotation,
            Some(Container::Note) => BlockKind::Note,
            Some(Container::Item) | None => BlockKind::Paragraph,
        }
    }

    fn begin_code(&mut self, kind: &CodeBlockKind<'_>, range: Range<usize>) {
        let is_formula = matches!(kind, CodeBlockKind::Fenced(language) if &**language == "math");
        self.push(range, if is_formula { BlockKind::Formula } else { BlockKind::Code });
        if let Some(draft) = self.drafts.last_mut() {
            draft.has_fences = matches!(kind, CodeBlockKind::Fenced(_));
        }
    }

    fn begin_heading(&mut self, level: HeadingLevel, range: Range<usize>) {
        // A heading inside a quotation or a list names that, not a part of the document.
        if self.containers.is_empty() {
            while self.open.last().is_some_and(|&(open, _)| open >= level) {
                self.open.pop();
            }
            let parent = Some(self.section());
            let index = self.sections.len() as u32;
            self.sections.push(Section { heading: String::new(), parent });
            self.open.push((level, index));
            self.heading = Some(String::new());
        }
        self.push(range, BlockKind::Heading);
    }

    fn end_heading(&mut self) {
        if let Some(heading) = self.heading.take() {
            let section = self.section() as usize;
            self.sections[section].heading = one_line(without_attributes(&heading), MAX_HEADING_CHARS);
        }
    }

    /// Takes an event of what stands for a formula.
    fn take_formula(&mut self, event: &Event<'_>, formula: Range<usize>) {
        // Inside a line that goes on a paragraph it is a part of that.
        let is_block = matches!(event, Event::Start(Tag::HtmlBlock));
        if is_block && formula.start >= self.leaf_end {
            self.push(formula, BlockKind::Formula);
        } else if !is_block {
            self.take_inline(&Event::InlineHtml("".into()), formula);
        }
    }

    fn take_inline(&mut self, event: &Event<'_>, range: Range<usize>) {
        if let Some(heading) = &mut self.heading {
            match event {
                Event::Text(text) | Event::Code(text) => heading.push_str(text),
                Event::InlineMath(_) | Event::DisplayMath(_) => heading.push_str(&self.text[range.clone()]),
                Event::SoftBreak | Event::HardBreak => heading.push(' '),
                _ => {}
            }
        }
        if let Some(figure) = &mut self.figure {
            figure.take(event);
        }
        if range.start < self.leaf_end {
            return;
        }
        // Text outside of any leaf is the text of a tight list item: the parser gives it no paragraph.
        match self.drafts.last_mut() {
            Some(item) if item.kind == BlockKind::ListItem && !self.item_is_fresh => {
                item.span = Span::new(item.span.start as usize, range.end.max(item.span.end as usize));
                self.leaf_end = item.span.end as usize;
            }
            _ => self.push(range, BlockKind::ListItem),
        }
    }

    /// A paragraph that is one image with a text is the caption of that; one beside an image or a table that says so is its
    /// caption, too.
    fn end_paragraph(&mut self) {
        let Some(figure) = self.figure.take() else { return };
        let before = figure.draft.checked_sub(1).and_then(|before| self.drafts.get(before));
        let is_beside = before.is_some_and(|it| matches!(it.kind, BlockKind::Table | BlockKind::Caption));
        let Some(draft) = self.drafts.get_mut(figure.draft) else { return };
        let text = draft.span.slice(self.text).unwrap_or_default();
        let is_caption = figure.is_captioned_image() || is_beside && names_itself(text);
        if is_caption && matches!(draft.kind, BlockKind::Paragraph | BlockKind::Quotation) {
            draft.kind = BlockKind::Caption;
        }
    }

    /// Adds a block that covers `range` and the markers before it on its first line.
    fn push(&mut self, range: Range<usize>, kind: BlockKind) {
        let first = self.alert.take().unwrap_or(range.start).min(range.start);
        let start = self.take_gap(first);
        let span = Span::new(start, range.end.max(start));
        let is_led = matches!(kind, BlockKind::ListItem | BlockKind::Paragraph);
        let lead = if is_led { self.lists.last().copied().flatten() } else { None };
        self.draft(span, kind, self.section(), lead);
        self.leaf_end = range.end.max(start);
        self.item_is_fresh = false;
    }

    fn draft(&mut self, span: Span, kind: BlockKind, section: u32, lead: Option<usize>) {
        let depth = self.containers.len();
        self.drafts.push(Draft { span, kind, section, lead, depth, has_fences: false });
    }

    /// Finds a home for the text between the last block and `end`, which the parser gives no events for, and
    /// returns where the block that begins at `end` is to begin.
    ///
    /// Markers on the line of `end` (`>`, `-`, `1.`, `[^1]:`) belong to the block that follows. Lines in between
    /// are link definitions, which become a block of their own, or bare markers and rules, which join the block
    /// before.
    fn take_gap(&mut self, end: usize) -> usize {
        let start = self.drafts.last().map_or(self.body, |block| block.span.end as usize);
        if start >= end {
            return start;
        }
        let line = self.text[start..end].rfind(['\n', '\r']).map_or(start, |at| start + at + 1);
        let between = trimmed(self.text, start, line);
        let says_something =
            between.slice(self.text).is_some_and(|lines| lines.contains(char::is_alphanumeric));
        let section = self.section_of_last_block();
        match self.drafts.last_mut() {
            _ if between.is_empty() => {}
            Some(last) if !says_something => last.span.end = between.end,
            None if !says_something => return start,
            _ => self.draft(between, BlockKind::Paragraph, section, None),
        }
        line
    }

    fn section(&self) -> u32 {
        self.open.last().map_or(0, |&(_, section)| section)
    }

    fn section_of_last_block(&self) -> u32 {
        self.drafts.last().map_or(0, |block| block.section)
    }

    fn finish(mut self) -> (Vec<Block>, Vec<Section>) {
        let len = self.text.len();
        let rest = self.take_gap(len);
        let tail = trimmed(self.text, rest, len);
        if !tail.is_empty() {
            let section = self.section_of_last_block();
            self.draft(tail, BlockKind::Paragraph, section, None);
        }
        for draft in &mut self.drafts {
            draft.span = trimmed(self.text, draft.span.start as usize, draft.span.end as usize);
        }
        let drafts = self.drafts.iter().filter(|draft| !draft.span.is_empty());
        (drafts.map(|draft| self.block(draft)).collect(), self.sections)
    }

    fn block(&self, draft: &Draft) -> Block {
        let mut block = Block::new(draft.span, draft.kind, draft.section);
        let start = draft.span.start as usize;
        let text = draft.span.slice(self.text).unwrap_or_default();
        if draft.has_fences {
            let (lead, tail) = fences(text);
            block.lead = Span::new(start + lead.start, start + lead.end);
            block.tail = Span::new(start + tail.start, start + tail.end);
        } else if draft.kind == BlockKind::Table {
            block.lead = Span::new(start, start + header_len(text));
        } else if let Some(lead) = draft.lead.and_then(|lead| self.drafts.get(lead)) {
            block.lead = lead.span;
        }
        block
    }
}

impl Figure {
    fn new(draft: usize) -> Self {
        Self { draft, images: 0, is_in_image: false, has_text: false, has_more: false }
    }

    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(Tag::Image { .. }) => {
                self.images += 1;
                self.is_in_image = true;
            }
            Event::End(TagEnd::Image) => self.is_in_image = false,
            Event::Text(text) | Event::Code(text) if self.is_in_image => {
                self.has_text |= !text.trim().is_empty()
            }
            Event::Start(_) | Event::End(_) if self.is_in_image => {}
            // An image may be a link.
            Event::Start(Tag::Link { .. }) | Event::End(TagEnd::Link) => {}
            Event::Text(text) if text.trim().is_empty() => {}
            _ => self.has_more = true,
        }
    }

    fn is_captioned_image(&self) -> bool {
        self.images == 1 && self.has_text && !self.has_more
    }
}

/// Whether a paragraph beside a table or an image begins as captions do: `Table: …`, `Figure 3. …`, `: …`.
fn names_itself(text: &str) -> bool {
    let text = text.trim_start_matches(['>', ' ', '*', '_']);
    let word = text.trim_start_matches(char::is_alphabetic);
    let name = &text[..text.len() - word.len()];
    let number = word.trim_start_matches(|mark: char| mark.is_ascii_digit() || matches!(mark, ' ' | '.'));
    let is_numbered = word[..word.len() - number.len()].contains(|mark: char| mark.is_ascii_digit());
    match name.to_lowercase().as_str() {
        "" => text.starts_with(": "),
        "table" | "figure" | "fig" | "image" | "listing" => {
            number.starts_with(':')
                || is_numbered && (word.contains(". ") || number.starts_with([':', '*', '_']))
        }
        _ => false,
    }
}

/// The length of the two lines that a table begins with, where there are others.
fn header_len(table: &str) -> usize {
    let is_line_end = |at: &usize| !table[..*at].ends_with('\r') || !table[*at..].starts_with('\n');
    let ends = table.match_indices(['\n', '\r']).map(|(at, _)| at).filter(is_line_end);
    ends.into_iter().nth(1).unwrap_or(0)
}

/// The lines that open and close `code`, without what ends them.
///
/// Behind a marker of the block (`- `, `> `) the whole lines are meant, since what is between has that marker or its
/// indent, too; else the fences alone.
fn fences(code: &str) -> (Range<usize>, Range<usize>) {
    let first_end = code.find(['\n', '\r']).unwrap_or(code.len());
    let Some(fence_start) = code[..first_end].find(['`', '~']) else { return (0..0, 0..0) };
    let mark = &code[fence_start..fence_start + 1];
    let run = |text: &str| text.len() - text.trim_start_matches(mark).len();
    let length = run(&code[fence_start..]);
    let lead = 0..code[..first_end].trim_end().len();
    // Lines with nothing but the marks of a quotation may follow.
    let closed = code.trim_end_matches([' ', '\t', '\n', '\r', '>']);
    let last = closed.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let inner = closed[last..].trim_start_matches([' ', '\t', '>']);
    let is_closed = last > 0 && run(inner) >= length && run(inner) == inner.len();
    let start = if fence_start > 0 { last } else { closed.len() - inner.len() };
    (lead, if is_closed { start..code.len() } else { 0..0 })
}
