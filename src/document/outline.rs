//! What an extracted text is made of, apart from the text.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

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

/// How many bytes a block or an origin takes when it is encoded, but for few that take more.
const ENCODED_MARK: usize = 24;

impl Extracted {
    /// The text, its outline, and what the document says of itself.
    pub fn into_parts(self) -> (String, Outline, Properties) {
        let Self { text, blocks, sections, pages, parts, origins, properties } = self;
        (text, Outline { blocks, sections, pages, parts, origins }, properties)
    }

    /// Its encoded form, for another instance of this very version of the library.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal)
    pub fn encode(&self) -> Result<Vec<u8>> {
        // With room for all of it, as a rule: it is nearly as large as the document.
        let marks = self.blocks.len() + self.origins.len();
        let bytes = Vec::with_capacity(self.text.len() + marks * ENCODED_MARK + (1 << 10));
        postcard::to_extend(self, bytes)
            .map_err(|cause| Error::internal("an extracted text cannot be encoded").with_source(cause))
    }

    /// What [`Extracted::encode`] gave, whose spans may not fit the text: see [`Extracted::validate`].
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        postcard::from_bytes(bytes)
            .map_err(|cause| Error::invalid_argument("an extracted text is malformed").with_source(cause))
    }

    /// A text with its outline, whose spans may not fit it: see [`Extracted::validate`].
    pub fn from_parts(text: String, outline: Outline) -> Self {
        let Outline { blocks, sections, pages, parts, origins } = outline;
        Self { text, blocks, sections, pages, parts, origins, properties: Properties::default() }
    }
}
