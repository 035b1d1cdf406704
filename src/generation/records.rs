//! The audit trail as it is stored: a part for each record, and one that lists which documents there were when the last
//! one was made.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{Generation, names, read_since};
use crate::codec::{self, Kind};
use crate::error::{Error, Result};
use crate::store::{Part, Store};
use crate::trail::Entry;

/// A document as it was at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentVersion {
    /// The document's id.
    pub id: String,
    /// All that was added of it.
    pub content_hash: [u8; 16],
}

/// A record, or what stands in its place, as a part.
///
/// # Errors
/// As [`codec::encode`].
pub fn encode(number: u64, entry: &Entry) -> Result<(String, Part)> {
    Ok((names::record(number), Rc::new(codec::encode(Kind::Record, entry)?)))
}

/// A list of documents as a part.
///
/// # Errors
/// As [`codec::encode`].
pub fn encode_versions(versions: &[DocumentVersion]) -> Result<Part> {
    Ok(Rc::new(codec::encode(Kind::Versions, versions)?))
}

impl Generation {
    /// All documents as they are, by id.
    pub fn versions(&self) -> Vec<DocumentVersion> {
        let version = |record: &crate::index::DocumentRecord| DocumentVersion {
            id: record.id.clone(),
            content_hash: record.content_hash,
        };
        let mut versions: Vec<_> = self.index.documents().map(|(_, record)| version(record)).collect();
        versions.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        versions
    }

    /// The documents as they were when the last record of the trail was made, by id; none where there is no record.
    ///
    /// # Errors
    /// [`StoreConflict`](crate::error::ErrorKind::StoreConflict) where another writer has committed since,
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt), and the store's errors.
    pub async fn read_versions(&self, store: &impl Store) -> Result<Vec<DocumentVersion>> {
        let Some(part) = self.trail.versions else { return Ok(Vec::new()) };
        let name = names::versions(part.id);
        let (parts, _) = read_since(store, self.head, std::slice::from_ref(&name)).await?;
        let bytes = parts.into_iter().next().flatten();
        let bytes = bytes.filter(|bytes| codec::seal(bytes) == Some(part.seal));
        let bytes =
            bytes.ok_or_else(|| Error::corrupt(format!("the stored part {name:?} is missing or another")))?;
        codec::decode(Kind::Versions, &name, &bytes)
    }

    /// Records of the trail by number, each or what is wrong with it.
    ///
    /// # Errors
    /// [`StoreConflict`](crate::error::ErrorKind::StoreConflict) where another writer has committed since, and the store's
    /// errors.
    pub async fn read_records(&self, store: &impl Store, numbers: &[u64]) -> Result<Vec<Result<Entry>>> {
        let names: Vec<String> = numbers.iter().copied().map(names::record).collect();
        let (parts, _) = read_since(store, self.head, &names).await?;
        let decode = |(name, bytes): (&String, Option<Vec<u8>>)| {
            let bytes =
                bytes.ok_or_else(|| Error::corrupt(format!("the stored part {name:?} is missing")))?;
            codec::decode(Kind::Record, name, &bytes)
        };
        Ok(names.iter().zip(parts).map(decode).collect())
    }
}
