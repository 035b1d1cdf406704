//! The audit trail as it is stored: a part for each record, one that says how documents had changed when it was made, and one
//! that lists which documents there were at the last.

use std::cmp::Ordering;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Generation, names, read_since};
use crate::codec::{self, Kind};
use crate::error::{Error, Result};
use crate::index::DocumentRecord;
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

/// A document that has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionChange {
    /// The document's id.
    pub id: String,
    /// All that was added of it before; `None` where it was not there.
    pub before: Option<[u8; 16]>,
    /// All that was added of it now; `None` where it is gone.
    pub after: Option<[u8; 16]>,
}

/// What makes `after` of `before`, both in the order of ids.
pub fn changes(before: &[DocumentVersion], after: &[DocumentVersion]) -> Vec<VersionChange> {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    let mut changes = Vec::new();
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return changes,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(then), Some(now)) => then.id.cmp(&now.id),
        };
        let then = if order.is_le() { before.next() } else { None };
        let now = if order.is_ge() { after.next() } else { None };
        let hash = |version: Option<&DocumentVersion>| version.map(|it| it.content_hash);
        if let Some(version) = now.or(then).filter(|_| hash(then) != hash(now)) {
            changes.push(VersionChange { id: version.id.clone(), before: hash(then), after: hash(now) });
        }
    }
}

/// A record, or what stands in its place, as a part.
///
/// # Errors
/// As [`codec::encode`].
pub fn encode(number: u64, entry: &Entry) -> Result<(String, Part)> {
    Ok((names::record(number), Rc::new(codec::encode(Kind::Record, entry)?)))
}

/// How documents had changed when a record was made, as a part.
///
/// # Errors
/// As [`codec::encode`].
pub fn encode_changes(number: u64, changes: &[VersionChange]) -> Result<(String, Part)> {
    Ok((names::changes(number), Rc::new(codec::encode(Kind::Versions, changes)?)))
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
        let version = |record: &DocumentRecord| DocumentVersion {
            id: record.id.clone(),
            content_hash: record.content_hash,
        };
        self.index.documents().map(|(_, record)| version(record)).collect()
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

    /// How documents had changed when records were made, by number, each or what is wrong with it.
    ///
    /// # Errors
    /// As [`Generation::read_records`].
    pub async fn read_changes(
        &self,
        store: &impl Store,
        numbers: &[u64],
    ) -> Result<Vec<Result<Vec<VersionChange>>>> {
        let names: Vec<String> = numbers.iter().copied().map(names::changes).collect();
        self.read_each(store, &names, Kind::Versions).await
    }

    /// Records of the trail by number, each or what is wrong with it.
    ///
    /// # Errors
    /// [`StoreConflict`](crate::error::ErrorKind::StoreConflict) where another writer has committed since, and the store's
    /// errors.
    pub async fn read_records(&self, store: &impl Store, numbers: &[u64]) -> Result<Vec<Result<Entry>>> {
        let names: Vec<String> = numbers.iter().copied().map(names::record).collect();
        self.read_each(store, &names, Kind::Record).await
    }

    async fn read_each<T: DeserializeOwned>(
        &self,
        store: &impl Store,
        names: &[String],
        kind: Kind,
    ) -> Result<Vec<Result<T>>> {
        let (parts, _) = read_since(store, self.head, names).await?;
        let decode = |(name, bytes): (&String, Option<Vec<u8>>)| {
            let bytes =
                bytes.ok_or_else(|| Error::corrupt(format!("the stored part {name:?} is missing")))?;
            codec::decode(kind, name, &bytes)
        };
        Ok(names.iter().zip(parts).map(decode).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn list(documents: &BTreeMap<String, u8>) -> Vec<DocumentVersion> {
        documents
            .iter()
            .map(|(id, hash)| DocumentVersion { id: id.clone(), content_hash: [*hash; 16] })
            .collect()
    }

    proptest! {
        #[test]
        fn changes_make_one_list_of_the_other(
            before in prop::collection::btree_map("[a-f]", 0u8..3, 0..6),
            after in prop::collection::btree_map("[a-f]", 0u8..3, 0..6),
        ) {
            let mut made = before.clone();
            for VersionChange { id, before, after } in changes(&list(&before), &list(&after)) {
                prop_assert!(before != after);
                prop_assert_eq!(before, made.get(&id).map(|hash| [*hash; 16]));
                match after {
                    Some(hash) => _ = made.insert(id, hash[0]),
                    None => _ = made.remove(&id),
                }
            }
            prop_assert_eq!(made, after);
        }
    }
}
