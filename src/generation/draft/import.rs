//! What an import writes: parts that no manifest names yet, and the commit that makes them part of a generation.

use super::{Draft, Part};
use crate::error::Result;
use crate::generation::staged::StagedParts;
use crate::generation::{Generation, names};
use crate::order;

impl Draft {
    /// Takes so many ids that nothing else gets from now on, and returns the first.
    pub fn reserve(&mut self, ids: u64) -> u64 {
        let first = self.next.last_id + 1;
        self.next.last_id += ids;
        first
    }

    /// Writes parts that the manifest does not name, and the list of them under `number`. Their names are those of no other
    /// part: ids in there were [reserved](Draft::reserve).
    ///
    /// # Errors
    /// As [`codec::encode`](crate::codec::encode).
    pub fn stage(&mut self, import: u64, number: u64, parts: &[(String, Part)]) -> Result<()> {
        self.is_silent = true;
        let names = parts.iter().map(|(name, _)| name.clone()).collect();
        self.put.push(StagedParts { import, names }.encode(number)?);
        self.put.extend(parts.iter().cloned());
        Ok(())
    }

    /// Deletes what was staged.
    pub fn discard(&mut self, staged: Vec<String>) {
        self.is_silent = true;
        self.delete.extend(staged);
    }

    /// Puts what was staged in `lists` commits in the place of everything. `held` are parts that could not be staged, because others
    /// have their names.
    pub fn replace_all(&mut self, imported: &Generation, lists: u64, held: Vec<(String, Part)>) {
        self.drop_aside();
        let kept = order::set(imported.contents().iter().map(|part| part.name()));
        let contents = self.next.contents();
        self.delete.extend(contents.iter().map(|part| part.name()).filter(|name| !kept.contains(name)));
        self.next.index = imported.index.clone();
        self.next.fingerprint = imported.fingerprint.clone();
        self.next.trail = imported.trail;
        self.take_staged(lists, held);
    }

    /// Adds the segments that were staged in `lists` commits, none of whose documents is there, with `held` as in
    /// [`Draft::replace_all`].
    ///
    /// # Errors
    /// As [`Index::insert_segment`](crate::index::Index::insert_segment).
    pub fn add_all(&mut self, imported: &Generation, lists: u64, held: Vec<(String, Part)>) -> Result<()> {
        for segment in imported.index.segments() {
            self.next.index.insert_segment(segment.id(), segment.clone(), [])?;
        }
        if let Some(fingerprint) = &imported.fingerprint {
            self.set_fingerprint(fingerprint);
        }
        self.take_staged(lists, held);
        Ok(())
    }

    fn take_staged(&mut self, lists: u64, held: Vec<(String, Part)>) {
        self.next.documents_changed = self.next.number();
        self.delete.extend((0..lists).map(names::staged));
        self.put.extend(held);
    }
}
