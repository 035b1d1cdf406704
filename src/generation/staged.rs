//! What an import has written that no manifest names yet: lists of it, by which it can be removed.
//!
//! Each commit that stages parts writes a list of them under the next number, from 0 on. The commit that makes them part of a
//! generation deletes the lists; where that never comes, whoever finds the lists deletes what they name.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{Generation, names, read_since};
use crate::codec::{self, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Part, Store};

/// A list of parts that were staged in one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedParts {
    /// Which import it was: an id that was never given to anything else in this history.
    pub import: u64,
    /// The names of the parts.
    pub names: Vec<String>,
}

impl StagedParts {
    /// The list as a part, with its name.
    ///
    /// # Errors
    /// As [`codec::encode`].
    pub fn encode(&self, number: u64) -> Result<(String, Part)> {
        Ok((names::staged(number), Rc::new(codec::encode(Kind::Staged, self)?)))
    }
}

impl Generation {
    /// Which import has staged parts; `None` where there are none.
    ///
    /// # Errors
    /// [`ErrorKind::StoreConflict`] where another writer has committed since; the store's errors.
    pub async fn staging_import(&self, store: &impl Store) -> Result<Option<u64>> {
        Ok(self.read_staged(store, 0).await?.map(|list| list.map_or(0, |list| list.import)))
    }

    /// The names of all that is staged and part of no generation, the lists themselves included.
    ///
    /// # Errors
    /// As [`Generation::staging_import`].
    pub async fn read_all_staged(&self, store: &impl Store) -> Result<Vec<String>> {
        let mut staged = BTreeSet::new();
        let mut lists = Vec::new();
        for number in 0.. {
            let Some(list) = self.read_staged(store, number).await? else { break };
            // What a damaged list named stays, and is never read.
            staged.extend(list.into_iter().flat_map(|list| list.names));
            lists.push(names::staged(number));
        }
        // Another writer may have written the very same document meanwhile.
        self.contents().iter().for_each(|part| _ = staged.remove(&part.name()));
        lists.extend(staged);
        Ok(lists)
    }

    /// A list: `None` where there is none, and an empty one inside where it is damaged.
    async fn read_staged(&self, store: &impl Store, number: u64) -> Result<Option<Option<StagedParts>>> {
        if self.head.generation == 0 {
            return Ok(None);
        }
        let name = names::staged(number);
        let (mut parts, head) = read_since(store, self.head, std::slice::from_ref(&name)).await?;
        if head != self.head {
            return Err(Error::new(ErrorKind::StoreConflict, "another writer has committed since"));
        }
        let Some(bytes) = parts.pop().flatten() else { return Ok(None) };
        Ok(Some(codec::decode(Kind::Staged, &name, &bytes).ok()))
    }
}
