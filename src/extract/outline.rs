//! What an extracted text is made of, apart from the text.

use serde::{Deserialize, Serialize};

use super::{Block, Extracted, Origin, Page, Properties, Section};

/// The structure of an extracted text and its places in the original: what the text does not tell by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// [`Extracted::blocks`]
    pub blocks: Vec<Block>,
    /// [`Extracted::sections`]
    pub sections: Vec<Section>,
    /// [`Extracted::pages`]
    pub pages: Vec<Page>,
    /// [`Extracted::parts`]
    pub parts: Vec<String>,
    /// [`Extracted::origins`]
    pub origins: Vec<Origin>,
}

impl Extracted {
    /// The text, its outline, and what the document says of itself.
    pub fn into_parts(self) -> (String, Outline, Properties) {
        let Self { text, blocks, sections, pages, parts, origins, properties } = self;
        (text, Outline { blocks, sections, pages, parts, origins }, properties)
    }

    /// A text with its outline, whose spans may not fit it: see [`Extracted::validate`].
    pub fn from_parts(text: String, outline: Outline) -> Self {
        let Outline { blocks, sections, pages, parts, origins } = outline;
        Self { text, blocks, sections, pages, parts, origins, properties: Properties::default() }
    }
}
