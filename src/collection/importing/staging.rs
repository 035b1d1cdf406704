//! Writing parts that no manifest names yet, and taking them back.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use super::Existing;
use super::incoming::Incoming;
use crate::collection::{ATTEMPTS, Collection};
use crate::error::{Error, ErrorKind, Result};
use crate::generation::contents::StoredPart;
use crate::generation::manifest::Trail;
use crate::generation::{Draft, Generation, Needs, read_since};
use crate::model::Embedder;
use crate::order;
use crate::store::{Head, Part, Store, Work};

/// How many bytes are staged in one commit, unless one part alone has more: 4 MiB.
const BYTES_PER_COMMIT: usize = 4 << 20;

/// What one import has staged so far.
#[derive(Debug)]
pub(super) struct Staging {
    /// What was there at its beginning.
    documents_changed: u64,
    trail: Trail,
    /// Whether all that was there is to be replaced, the trail included, which has to stay as it was until then.
    replaces: bool,
    outlines: BTreeSet<[u8; 16]>,
    /// The id that tells it from other imports, once it has one.
    import: Cell<Option<u64>>,
    /// The head at which all that it has staged was seen last.
    seen: Cell<Head>,
    /// How many commits have staged something.
    lists: Cell<u64>,
    /// What is to be staged next.
    waiting: RefCell<Vec<(String, Part)>>,
    /// What can only be written by the last commit: something else has its name until then.
    held: RefCell<Vec<(String, Part)>>,
}

impl Staging {
    pub fn new(before: &Generation, existing: Existing) -> Self {
        let outlined = before.index.documents().filter(|(_, record)| record.has_outline);
        Self {
            outlines: order::set(outlined.map(|(_, record)| record.content_hash)),
            documents_changed: before.documents_changed,
            trail: before.trail,
            replaces: existing != Existing::Merge,
            import: Cell::default(),
            seen: Cell::default(),
            lists: Cell::default(),
            waiting: RefCell::default(),
            held: RefCell::default(),
        }
    }

    /// The id of the import; `None` while nothing is staged.
    pub fn import(&self) -> Option<u64> {
        self.import.get()
    }

    /// How many lists of what is staged there are.
    pub fn lists(&self) -> u64 {
        self.lists.get()
    }

    /// What the last commit has to write.
    pub fn held(&self) -> Vec<(String, Part)> {
        self.held.borrow().clone()
    }

    /// Whether a part that keeps its name has the name of another.
    fn is_taken(&self, part: &StoredPart) -> bool {
        let trail = self.trail.head;
        match part {
            StoredPart::Record(number) | StoredPart::Changes(number) => {
                trail.cleared < *number && *number <= trail.last
            }
            StoredPart::Outline(hash) => self.outlines.contains(hash),
            _ => false,
        }
    }

    fn changed(&self) -> Error {
        Error::new(
            ErrorKind::StoreConflict,
            "somebody else changed the collection while a file was imported; nothing was imported",
        )
    }

    /// Whether documents, or a trail that is to be replaced, are no longer what they were.
    fn is_outdated(&self, now: &Generation) -> bool {
        now.documents_changed != self.documents_changed || (self.replaces && now.trail != self.trail)
    }

    /// Refuses to go on where that is so, or what was staged is gone.
    async fn check(&self, store: &impl Store, now: &Generation) -> Result<()> {
        if self.is_outdated(now) {
            return Err(self.changed());
        }
        if now.head != self.seen.get()
            && let Some(import) = self.import()
            && now.staging_import(store).await? != Some(import)
        {
            return Err(self.changed());
        }
        Ok(())
    }

    fn committed(&self, generation: &Generation) {
        self.seen.set(generation.head);
        self.lists.set(self.lists.get() + 1);
    }
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Takes ids for what comes, and stages its tables.
    pub(super) async fn reserve(&self, staging: &Staging, incoming: &mut Incoming) -> Result<()> {
        let incoming = RefCell::new(incoming);
        let reserve = |draft: &mut Draft| {
            let mut incoming = incoming.borrow_mut();
            let import = draft.reserve(incoming.ids_needed());
            let tables = incoming.name(import)?;
            draft.stage(import, 0, &tables)?;
            Ok(import)
        };
        staging.import.set(Some(self.commit_checked(staging, reserve).await?));
        staging.committed(&self.generation.borrow());
        Ok(())
    }

    /// Stages a part, together with others once there is enough of them.
    pub(super) async fn stage(
        &self,
        staging: &Staging,
        part: &StoredPart,
        name: String,
        bytes: Part,
    ) -> Result<()> {
        if staging.is_taken(part) {
            // As long as documents and trail are what they were, so is what has this name.
            let now = self.checked(staging).await?;
            let (there, _) = read_since(&self.store, now.head, std::slice::from_ref(&name)).await?;
            if there[0].as_ref() != Some(&*bytes) {
                if !staging.replaces {
                    let message =
                        format!("{name:?} is a part of the collection, and in the file it is another");
                    return Err(Error::new(ErrorKind::FileCorrupt, message));
                }
                staging.held.borrow_mut().push((name, bytes));
            }
            return Ok(());
        }
        let waiting = {
            let mut waiting = staging.waiting.borrow_mut();
            waiting.push((name, bytes));
            waiting.iter().map(|(_, bytes)| bytes.len()).sum::<usize>()
        };
        if waiting >= BYTES_PER_COMMIT { self.flush(staging).await } else { Ok(()) }
    }

    /// Stages what waits for it.
    pub(super) async fn flush(&self, staging: &Staging) -> Result<()> {
        let parts = staging.waiting.take();
        let Some(import) = staging.import().filter(|_| !parts.is_empty()) else { return Ok(()) };
        let stage = |draft: &mut Draft| draft.stage(import, staging.lists(), &parts);
        self.commit_checked(staging, stage).await?;
        staging.committed(&self.generation.borrow());
        Ok(())
    }

    /// Commits what makes the staged parts a part of the collection.
    pub(super) async fn commit_staged(
        &self,
        staging: &Staging,
        edit: impl Fn(&mut Draft) -> Result<()>,
    ) -> Result<()> {
        self.commit_checked(staging, edit).await
    }

    /// Commits what `edit` makes of a generation that [`Staging::check`] accepts.
    async fn commit_checked<T>(
        &self,
        staging: &Staging,
        edit: impl Fn(&mut Draft) -> Result<T>,
    ) -> Result<T> {
        loop {
            let checked = self.checked(staging).await?;
            let committed = self.commit(|now| {
                if now.head != checked.head {
                    return Ok(None); // to be checked again
                }
                let mut draft = Draft::new(now);
                let output = edit(&mut draft)?;
                Ok(Some((draft, output)))
            });
            if let Some(output) = committed.await? {
                return Ok(output);
            }
        }
    }

    /// The current generation, once [`Staging::check`] accepts it.
    async fn checked(&self, staging: &Staging) -> Result<Rc<Generation>> {
        for attempt in 1.. {
            let now = self.current(Needs::TABLES).await?;
            match staging.check(&self.store, &now).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => {
                    // Told apart from a commit that merely came in between.
                    let newer = self.current(Needs::TABLES).await?;
                    if newer.head == now.head || staging.is_outdated(&newer) || attempt == ATTEMPTS {
                        return Err(error);
                    }
                }
                outcome => return outcome.map(|()| now),
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Removes what an import has staged and never made a part of the collection: that of `import`, or of whichever there is. The
    /// turn of [`Work::Import`] is the caller's.
    pub(super) async fn drop_staged(&self, import: Option<u64>) -> Result<()> {
        loop {
            let generation = self.current(Needs::TABLES).await?;
            let staged = async {
                let there = generation.staging_import(&self.store).await?;
                match there.is_some() && (import.is_none() || there == import) {
                    true => generation.read_all_staged(&self.store).await.map(Some),
                    false => Ok(None),
                }
            };
            let staged = match staged.await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => continue,
                staged => staged?,
            };
            let Some(staged) = staged else { return Ok(()) };
            let dropped = self.commit(|now| {
                let mut draft = Draft::new(now);
                draft.discard(staged.clone());
                Ok((now.head == generation.head).then_some((draft, ())))
            });
            if dropped.await?.is_some() {
                return Ok(());
            }
        }
    }

    /// Removes what an import that was interrupted has left behind, once for each opening. Where one may be under way it is left for
    /// the next upkeep.
    pub(in crate::collection) async fn drop_leftovers(&self) -> Result<()> {
        while !self.has_no_leftovers.get() {
            let generation = self.current(Needs::TABLES).await?;
            let there = match generation.staging_import(&self.store).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => continue,
                there => there?,
            };
            if there.is_some() {
                // An import that is under way keeps what it has staged, however long it takes.
                let Some(_turn) = self.store.exclusive_now(Work::Import).await else { return Ok(()) };
                self.drop_staged(None).await?;
            }
            self.has_no_leftovers.set(true);
        }
        Ok(())
    }
}
