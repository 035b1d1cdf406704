//! Texts that a caller extracted: pages one after another, or a text with its structure in UTF-16 offsets.

use super::{
    Block, BlockKind, Extracted, MAX_HEADING_CHARS, Origin, Page, Place, Properties, Section, one_line,
    plain, trimmed,
};
use crate::document::Span;
use crate::error::{Error, Result};

/// A page as its caller has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenPage {
    /// Its text.
    pub text: String,
    /// Its number, from 1; the one after the page before where none is given.
    pub number: Option<u32>,
    /// What is printed for its number; may be empty.
    pub label: String,
}

/// A page of a text that is given as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenRange {
    /// Where it begins and ends, in UTF-16 code units.
    pub span_utf16: Span,
    /// As [`GivenPage::number`].
    pub number: Option<u32>,
    /// As [`GivenPage::label`].
    pub label: String,
}

/// A block of a text that is given as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenBlock {
    /// Where it begins and ends, in UTF-16 code units.
    pub span_utf16: Span,
    /// What it is.
    pub kind: BlockKind,
    /// The level of a heading, from 1.
    pub level: u8,
}

/// A document of pages, whose paragraphs lie between empty lines.
///
/// # Errors
/// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for numbers that do not rise.
pub fn of_pages(given: Vec<GivenPage>, properties: Properties) -> Result<Extracted> {
    let mut text = String::new();
    let mut pages: Vec<Page> = Vec::new();
    for page in given {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let start = text.len();
        text.push_str(&page.text);
        push_page(&mut pages, Span::new(start, text.len()), page.number, page.label)?;
    }
    Ok(with_pages(text, pages, None, properties))
}

/// A text with its pages and blocks; without blocks its paragraphs lie between empty lines.
///
/// # Errors
/// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for spans that overlap, are out of order or do not fit the
/// text, and for numbers of pages that do not rise.
pub fn of_text(
    text: String,
    given_pages: Vec<GivenRange>,
    given_blocks: Option<Vec<GivenBlock>>,
    properties: Properties,
) -> Result<Extracted> {
    let mut pages = Vec::new();
    let mut bytes = Bytes::new(&text, "pages");
    for page in given_pages {
        let span = bytes.next(page.span_utf16)?;
        push_page(&mut pages, span, page.number, page.label)?;
    }
    let blocks = given_blocks.map(|blocks| outline(&text, blocks)).transpose()?;
    Ok(with_pages(text, pages, blocks, properties))
}

fn with_pages(
    text: String,
    pages: Vec<Page>,
    outline: Option<(Vec<Block>, Vec<Section>)>,
    properties: Properties,
) -> Extracted {
    let (blocks, sections) = outline.unwrap_or_else(|| (plain::blocks(&text), vec![Section::default()]));
    let place = |page: &Page| Place::Page { number: page.number, rectangle: None };
    let filled = pages.iter().filter(|page| !page.span.is_empty());
    let origins = filled.map(|page| Origin { span: page.span, part: 0, place: place(page) }).collect();
    Extracted { text, blocks, sections, pages, parts: vec![String::new()], origins, properties }
}

fn push_page(pages: &mut Vec<Page>, span: Span, number: Option<u32>, label: String) -> Result<()> {
    let before = pages.last().map_or(0, |page| page.number);
    let number = number.unwrap_or(before.saturating_add(1));
    if number <= before {
        let message = format!("page {number} comes after page {before}: the numbers of pages must rise");
        return Err(Error::invalid_argument(message));
    }
    pages.push(Page { span, number, label });
    Ok(())
}

fn outline(text: &str, given: Vec<GivenBlock>) -> Result<(Vec<Block>, Vec<Section>)> {
    let mut bytes = Bytes::new(text, "blocks");
    let (mut blocks, mut sections) = (Vec::new(), vec![Section::default()]);
    let mut open: Vec<(u8, u32)> = Vec::new();
    for GivenBlock { span_utf16, kind, level } in given {
        let span = bytes.next(span_utf16)?;
        let span = trimmed(text, span.start as usize, span.end as usize);
        if span.is_empty() {
            continue;
        }
        if kind == BlockKind::Heading {
            open.retain(|(above, _)| *above < level);
            let heading = one_line(span.slice(text).unwrap_or_default(), MAX_HEADING_CHARS);
            let parent = Some(open.last().map_or(0, |(_, section)| *section));
            open.push((level, sections.len() as u32));
            sections.push(Section { heading, parent });
        }
        blocks.push(Block::new(span, kind, open.last().map_or(0, |(_, section)| *section)));
    }
    Ok((blocks, sections))
}

/// Spans in UTF-16 code units as spans in bytes, one after another.
struct Bytes<'t> {
    text: &'t str,
    what: &'static str,
    count: usize,
    /// How far it has come, in bytes and in UTF-16 code units.
    at: (usize, usize),
}

impl<'t> Bytes<'t> {
    fn new(text: &'t str, what: &'static str) -> Self {
        Self { text, what, count: 0, at: (0, 0) }
    }

    fn next(&mut self, utf16: Span) -> Result<Span> {
        let (start, end) = (self.advance(utf16.start), self.advance(utf16.end));
        let number = self.count;
        self.count += 1;
        match (start, end) {
            (Some(start), Some(end)) => Ok(Span::new(start, end)),
            _ => Err(Error::invalid_argument(format!(
                "{}[{number}]: {} to {} overlaps the one before, is not in the text, or cuts a character in two",
                self.what, utf16.start, utf16.end
            ))),
        }
    }

    /// The byte at a UTF-16 offset, which is not before the last one.
    fn advance(&mut self, utf16: u32) -> Option<usize> {
        let (from, mut seen) = self.at;
        let wanted = utf16 as usize;
        if wanted < seen {
            return None;
        }
        let mut byte = from;
        for character in self.text[from..].chars() {
            if seen >= wanted {
                break;
            }
            seen += character.len_utf16();
            byte += character.len_utf8();
        }
        self.at = (byte, seen);
        (seen == wanted).then_some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> Span {
        Span::new(start, end)
    }

    #[test]
    fn pages_follow_each_other_and_are_found_again() {
        let page = |text: &str| GivenPage { text: text.into(), ..GivenPage::default() };
        let pages = vec![page("One é.\n\nTwo."), page(""), GivenPage { number: Some(7), ..page("Seven.") }];
        let extracted = of_pages(pages, Properties::default()).unwrap();
        assert_eq!(extracted.text, "One é.\n\nTwo.\n\n\n\nSeven.");
        assert_eq!(extracted.blocks.len(), 3);
        let numbers: Vec<_> = extracted.pages.iter().map(|page| page.number).collect();
        assert_eq!(numbers, [1, 2, 7]);
        let last = extracted.blocks[2].span;
        assert_eq!(extracted.page_at(last.start), Some(7));
        assert_eq!(extracted.locate(last)[0].place, Place::Page { number: 7, rectangle: None });
        assert!(extracted.validate().is_ok());
    }

    #[test]
    fn numbers_of_pages_must_rise() {
        let page = |number| GivenPage { text: "a".into(), number: Some(number), label: String::new() };
        let error = of_pages(vec![page(2), page(2)], Properties::default()).unwrap_err();
        assert_eq!(error.message(), "page 2 comes after page 2: the numbers of pages must rise");
    }

    #[test]
    fn blocks_are_given_in_utf16() {
        let text = "😀 Pump\nOil it.\nLater\nAgain.";
        let block = |start, end, kind, level| GivenBlock { span_utf16: span(start, end), kind, level };
        let blocks = vec![
            block(0, 8, BlockKind::Heading, 1),
            block(8, 16, BlockKind::Paragraph, 0),
            block(16, 21, BlockKind::Heading, 2),
            block(22, 28, BlockKind::ListItem, 0),
        ];
        let extracted = of_text(text.into(), Vec::new(), Some(blocks), Properties::default()).unwrap();
        let texts: Vec<_> = extracted.blocks.iter().map(|block| block.span.slice(text).unwrap()).collect();
        assert_eq!(texts, ["😀 Pump", "Oil it.", "Later", "Again."]);
        assert_eq!(extracted.section_path(extracted.blocks[3].section), ["😀 Pump", "Later"]);
        assert!(extracted.validate().is_ok());
    }

    #[test]
    fn spans_that_do_not_fit_are_named() {
        for (start, end) in [(1, 3), (0, 9), (3, 2)] {
            let blocks =
                vec![GivenBlock { span_utf16: Span { start, end }, kind: BlockKind::Code, level: 0 }];
            let error = of_text("😀b".into(), Vec::new(), Some(blocks), Properties::default()).unwrap_err();
            assert!(error.message().starts_with("blocks[0]: "), "{error}");
        }
    }
}
