//! A document as it was read: its text, what that is made of, and where it stands in the original.

use serde::{Deserialize, Serialize};

use super::{Metadata, Origin, Span};
use crate::error::{Error, Result};

/// A document as it was read: its text, what that is made of, and where it stands in the original.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extracted {
    /// The extracted text. All spans index into it.
    pub text: String,
    /// The blocks in order, without overlap. Together they hold every visible character of the text but what is metadata.
    pub blocks: Vec<Block>,
    /// The sections in order of their headings. The first is the document itself.
    pub sections: Vec<Section>,
    /// The pages or slides in order, without overlap; none where the format knows none.
    pub pages: Vec<Page>,
    /// The names of the files inside an archive, or the sheets of a workbook, that origins stand in. A document that is one
    /// file has one, without a name.
    pub parts: Vec<String>,
    /// Where pieces of the text stand in the original, in order of their spans, without overlap; none where the text is the
    /// original, byte for byte.
    pub origins: Vec<Origin>,
    /// What the document says of itself.
    pub properties: Properties,
}

/// What a document says of itself, apart from its text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Properties {
    /// Its title, on one line; empty where it has none.
    pub title: String,
    /// The tag of its language (BCP 47), as it is written; empty where it has none.
    pub language: String,
    /// Other fields, such as `author` and `date`, by which documents can be filtered.
    pub metadata: Metadata,
}

/// A page, or a slide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The text that stands on it.
    pub span: Span,
    /// Its place in the document, from 1.
    pub number: u32,
    /// What is printed for its number, such as `iv`; empty where that is not known.
    pub label: String,
}

/// A paragraph, heading, list item or the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Where it is, in bytes, with its markup and without white space at its ends.
    pub span: Span,
    /// What it is.
    pub kind: BlockKind,
    /// The index of its section in [`Extracted::sections`]. A heading belongs to the section that it opens.
    pub section: u32,
    /// What a part of it that is read alone needs before it: the rows that name a table's columns, the line that opens
    /// code, the sentence that introduces a list. At its beginning, behind the marker where it is a list item's; or before
    /// it; empty where it needs nothing.
    pub lead: Span,
    /// What a part of it that is read alone needs after it: the line that closes code. At its end; empty where it needs
    /// nothing.
    pub tail: Span,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// A heading.
    Heading,
    /// A paragraph, also one inside a quotation or a footnote.
    Paragraph,
    /// The text of a list item, without the items of lists inside it.
    ListItem,
    /// A code block, with its fence.
    Code,
    /// A whole table.
    Table,
    /// A paragraph of a quotation.
    Quotation,
    /// A displayed formula, in its own notation.
    Formula,
    /// What a figure or a table is called.
    Caption,
    /// A footnote or endnote, a comment, or what stands at the head or foot of pages.
    Note,
    /// Raw HTML between paragraphs of Markdown.
    Html,
    /// Front matter of a Markdown file that could not be read as metadata.
    Metadata,
}

impl Block {
    /// A block that needs nothing around it.
    pub const fn new(span: Span, kind: BlockKind, section: u32) -> Self {
        let nothing = Span { start: 0, end: 0 };
        Self { span, kind, section, lead: nothing, tail: nothing }
    }
}

impl BlockKind {
    /// Whether the lines mean something, so that the block is better cut between lines than between sentences.
    pub const fn is_made_of_lines(self) -> bool {
        matches!(self, BlockKind::Code | BlockKind::Table | BlockKind::Html | BlockKind::Metadata)
    }
}

/// A part of a document under one heading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The heading without markup, white space collapsed, at most [`MAX_HEADING_CHARS`](crate::extract::MAX_HEADING_CHARS) long; empty for the
    /// document itself.
    pub heading: String,
    /// The index of the section around it; `None` for the document itself.
    pub parent: Option<u32>,
}

impl Extracted {
    /// The headings above and of section `index`, outermost first; empty for the document itself. Headings without
    /// text are left out.
    pub fn section_path(&self, index: u32) -> Vec<String> {
        let up = |section: &&Section| section.parent.and_then(|parent| self.sections.get(parent as usize));
        let mut path: Vec<String> =
            std::iter::successors(self.sections.get(index as usize), |section| up(section))
                .map(|section| section.heading.clone())
                .filter(|heading| !heading.is_empty())
                .collect();
        path.reverse();
        path
    }

    /// Checks what an extractor elsewhere gave, so that no span of it misses its text.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming what is wrong.
    pub fn validate(&self) -> Result<()> {
        let wrong = |what: &str, number: usize| {
            let message = format!("{what} {number} of an extracted text does not fit it");
            Err(Error::invalid_argument(message))
        };
        let fits = |span: Span| span.start <= span.end && span.slice(&self.text).is_some();
        let section_fits = |(number, section): (usize, &Section)| match section.parent {
            Some(parent) => number > 0 && (parent as usize) < number,
            None => number == 0,
        };
        if self.sections.is_empty() {
            return wrong("section", 0);
        }
        if let Some(number) = self.sections.iter().enumerate().position(|at| !section_fits(at)) {
            return wrong("section", number);
        }
        let block_fits = |block: &Block| {
            let spans = [block.span, block.lead, block.tail];
            spans.into_iter().all(fits) && (block.section as usize) < self.sections.len()
        };
        if let Some(number) = self.blocks.iter().position(|block| !block_fits(block)) {
            return wrong("block", number);
        }
        let part_fits = |origin: &Origin| (origin.part as usize) < self.parts.len();
        if let Some(number) = self.origins.iter().position(|it| !fits(it.span) || !part_fits(it)) {
            return wrong("origin", number);
        }
        if let Some(number) = self.pages.iter().position(|page| !fits(page.span)) {
            return wrong("page", number);
        }
        let blocks = first_out_of_order(self.blocks.iter().map(|block| block.span));
        let pages = first_out_of_order(self.pages.iter().map(|page| page.span));
        let origins = first_out_of_order(self.origins.iter().map(|origin| origin.span));
        match (blocks, pages, origins) {
            (Some(number), ..) => wrong("block", number),
            (_, Some(number), _) => wrong("page", number),
            (.., Some(number)) => wrong("origin", number),
            _ => Ok(()),
        }
    }
}

/// The number of the first span that begins before the one before it ends.
fn first_out_of_order(spans: impl Iterator<Item = Span>) -> Option<usize> {
    let mut end = 0;
    spans.enumerate().find_map(|(number, span)| {
        let is_late = span.start >= end;
        end = end.max(span.end);
        (!is_late).then_some(number)
    })
}
