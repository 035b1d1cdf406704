//! Texts that the caller extracted, and where a span stands in the original.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::MetadataValue;
use crate::document::{Metadata, Span};
use crate::error::Result;
use crate::extract::given::{self, GivenBlock, GivenPage, GivenRange};
use crate::extract::{BlockKind, Extracted, Located, Place, Properties};

/// A text that was extracted elsewhere: pages one after another, or a whole text with its pages and blocks. Offsets are in
/// UTF-16 code units.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ExtractedText {
    /// The whole text; absent where `pages` hold the text.
    #[tsify(optional)]
    pub text: Option<String>,
    /// With `text` where each page stands in it, else the text of each page.
    #[tsify(optional, type = "(string | ExtractedPage)[]")]
    pub pages: Option<Vec<PageOrText>>,
    /// With `text`: what it is made of, in order; by default paragraphs lie between empty lines.
    #[tsify(optional)]
    pub blocks: Option<Vec<ExtractedBlock>>,
    /// The document's own title, for documents that are added without one.
    #[tsify(optional)]
    pub title: Option<String>,
    /// The tag of its language (BCP 47), where its text does not tell.
    #[tsify(optional)]
    pub language: Option<String>,
    /// Its own metadata; what it is added with goes before.
    #[tsify(optional, type = "Record<string, MetadataValue>")]
    pub metadata: Option<BTreeMap<String, MetadataValue>>,
}

/// The text of a page alone, or more of it.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a string or an object")]
pub enum PageOrText {
    Text(String),
    Page(ExtractedPage),
}

/// A page or slide.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ExtractedPage {
    /// Its text; where the whole text is given instead, `start` and `end`.
    #[tsify(optional)]
    pub text: Option<String>,
    /// The first UTF-16 code unit of it in the whole text.
    #[tsify(optional)]
    pub start: Option<u32>,
    /// The UTF-16 code unit after its last.
    #[tsify(optional)]
    pub end: Option<u32>,
    /// Its number; by default the one after that of the page before, from 1.
    #[tsify(optional)]
    pub number: Option<u32>,
    /// What is printed for its number, such as `iv`.
    #[tsify(optional)]
    pub label: Option<String>,
}

/// A block of a text.
#[derive(Debug, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ExtractedBlock {
    /// Its first UTF-16 code unit.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// What it is.
    pub kind: ExtractedBlockKind,
    /// The level of a heading, from 1 (the default).
    #[tsify(optional)]
    pub level: Option<u8>,
}

/// What a block is.
#[derive(Clone, Copy, Debug, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ExtractedBlockKind {
    Heading,
    Paragraph,
    ListItem,
    Code,
    Table,
    Quotation,
    Formula,
    Caption,
    Note,
}

impl ExtractedText {
    /// The core's form of it; its metadata is decoded apart.
    pub fn into_core(self) -> Result<Extracted> {
        let properties = Properties {
            title: self.title.unwrap_or_default(),
            language: self.language.unwrap_or_default(),
            metadata: Metadata::new(),
        };
        let pages = self.pages.unwrap_or_default().into_iter().map(|page| match page {
            PageOrText::Text(text) => ExtractedPage { text: Some(text), ..ExtractedPage::default() },
            PageOrText::Page(page) => page,
        });
        match self.text {
            Some(text) => {
                let blocks = self.blocks.map(|blocks| blocks.into_iter().map(Into::into).collect());
                given::of_text(text, pages.map(Into::into).collect(), blocks, properties)
            }
            None => given::of_pages(pages.map(Into::into).collect(), properties),
        }
    }
}

impl From<ExtractedPage> for GivenPage {
    fn from(page: ExtractedPage) -> Self {
        Self {
            text: page.text.unwrap_or_default(),
            number: page.number,
            label: page.label.unwrap_or_default(),
        }
    }
}

impl From<ExtractedPage> for GivenRange {
    fn from(page: ExtractedPage) -> Self {
        let start = page.start.unwrap_or_default();
        Self {
            span_utf16: Span { start, end: page.end.unwrap_or(start) },
            number: page.number,
            label: page.label.unwrap_or_default(),
        }
    }
}

impl From<ExtractedBlock> for GivenBlock {
    fn from(block: ExtractedBlock) -> Self {
        let kind = match block.kind {
            ExtractedBlockKind::Heading => BlockKind::Heading,
            ExtractedBlockKind::Paragraph => BlockKind::Paragraph,
            ExtractedBlockKind::ListItem => BlockKind::ListItem,
            ExtractedBlockKind::Code => BlockKind::Code,
            ExtractedBlockKind::Table => BlockKind::Table,
            ExtractedBlockKind::Quotation => BlockKind::Quotation,
            ExtractedBlockKind::Formula => BlockKind::Formula,
            ExtractedBlockKind::Caption => BlockKind::Caption,
            ExtractedBlockKind::Note => BlockKind::Note,
        };
        let span_utf16 = Span { start: block.start, end: block.end };
        Self { span_utf16, kind, level: block.level.unwrap_or(1) }
    }
}

#[wasm_bindgen(typescript_custom_section)]
const SOURCE_PLACE: &str = r#"
/**
 * Where a span stands in the original: bytes of a text file (as UTF-8), a paragraph of a Word document or the like, a cell of
 * a sheet, a page, or a rectangle on it in points (1/72 inch) from its upper left corner. `part` is the file inside an
 * archive, or the sheet.
 */
export type SourcePlace = { part?: string } & (
  | { kind: "bytes"; start: number; end: number }
  | { kind: "paragraph"; number: number }
  | { kind: "cell"; row: number; column: number }
  | { kind: "page"; page: number; left?: number; top?: number; width?: number; height?: number }
);
"#;

/// Where a span stands in the original: `SourcePlace`.
#[derive(Debug, Serialize)]
pub struct SourcePlace {
    #[serde(skip_serializing_if = "String::is_empty")]
    part: String,
    #[serde(flatten)]
    place: PlaceInPart,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum PlaceInPart {
    Bytes {
        start: u32,
        end: u32,
    },
    Paragraph {
        number: u32,
    },
    Cell {
        row: u32,
        column: u32,
    },
    Page {
        page: u32,
        #[serde(flatten)]
        rectangle: Option<OnPage>,
    },
}

#[derive(Debug, Serialize)]
struct OnPage {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
}

impl From<Located> for SourcePlace {
    fn from(Located { part, place }: Located) -> Self {
        let place = match place {
            Place::Bytes(Span { start, end }) => PlaceInPart::Bytes { start, end },
            Place::Paragraph(number) => PlaceInPart::Paragraph { number },
            Place::Cell { row, column } => PlaceInPart::Cell { row, column },
            Place::Page { number, rectangle } => PlaceInPart::Page {
                page: number,
                rectangle: rectangle.map(|it| OnPage {
                    left: it.left,
                    top: it.top,
                    width: it.width,
                    height: it.height,
                }),
            },
        };
        Self { part, place }
    }
}
