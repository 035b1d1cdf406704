//! What an import does, and did.

use serde::{Deserialize, Serialize};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::collection::{Existing, Imported};
use crate::error::{Error, Result};

/// What becomes of what a collection holds when a file is imported. With neither, a collection that holds something is left as it
/// is, and the import fails with `collection-not-empty`.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ImportOptions {
    /// Whether the file takes the place of all documents, and of the audit trail; the default is `false`.
    #[tsify(optional)]
    pub replace: Option<bool>,
    /// Whether the documents of the file are added whose ids are not there, with their vectors; the default is `false`. The vectors
    /// have to be of one model. The file's audit trail is left out.
    #[tsify(optional)]
    pub merge: Option<bool>,
}

impl ImportOptions {
    pub fn into_core(self) -> Result<Existing> {
        match (self.replace.unwrap_or(false), self.merge.unwrap_or(false)) {
            (true, true) => Err(Error::invalid_argument("options: either replace or merge, not both")),
            (true, false) => Ok(Existing::Replace),
            (false, true) => Ok(Existing::Merge),
            (false, false) => Ok(Existing::Refuse),
        }
    }
}

/// What an import did.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// How many documents came.
    pub added: usize,
    /// How many documents went, because they were replaced.
    pub removed: usize,
    /// With `merge`: how many documents of the file were there already, the very same.
    pub unchanged: usize,
    /// With `merge`: how many documents of the file were left out, because another one of the same id is there.
    pub differing: usize,
    /// How many records of the audit trail came, those included that had been deleted and left a line.
    pub records: u64,
    /// How many chunks of the documents that came have no vector; they are embedded in the background.
    pub unembedded: usize,
}

impl From<Imported> for ImportReport {
    fn from(imported: Imported) -> Self {
        let Imported { added, removed, unchanged, differing, records, backlog } = imported;
        Self { added, removed, unchanged, differing, records, unembedded: backlog }
    }
}
