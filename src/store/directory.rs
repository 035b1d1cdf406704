//! A store in a directory, for native programs.
//!
//! | file | content |
//! | --- | --- |
//! | `head` | generation, history, manifest, and which file has which part |
//! | `parts/<generation>-<n>` | a part; written once, by the commit that makes this generation |
//! | `lock` | locked by who reads or commits |
//! | `<work>.lock` | locked by who does this [`Work`] |
//!
//! A commit writes new files, has them and their names reach the disk, and then renames a new `head` over the old one: that
//! is the moment in which it happens. Files that no head names are what a killed commit left, or was about to delete; the first
//! commit of each store value deletes them.

mod files;
mod lock;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use self::lock::{FileLock, WorkLock};
use super::{Changes, Head, Snapshot, Store, Work, check_commit, check_expected};
use crate::codec::{self, Kind};
use crate::error::{Error, Result};

const HEAD_FILE: &str = "head";
const PARTS_FOLDER: &str = "parts";

/// What the file `head` holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct HeadFile {
    generation: u64,
    history: u64,
    #[serde(with = "codec::packed::unsigned")]
    manifest: Vec<u8>,
    /// The names of parts with the generation and number in the names of their files.
    parts: BTreeMap<String, (u64, u32)>,
}

impl HeadFile {
    fn head(&self) -> Head {
        Head { generation: self.generation, history: self.history }
    }
}

/// A store in a directory of its own, which several processes may use at the same time.
#[derive(Debug)]
pub struct DirectoryStore {
    folder: PathBuf,
    /// The last head that was seen.
    seen: Cell<Head>,
    /// Whether the data was deleted by another.
    is_over: Cell<bool>,
    /// The head that was decoded last, with the seal of its file.
    decoded: RefCell<Option<(u64, Rc<HeadFile>)>>,
    /// Whether no file is there that no head names.
    is_tidy: Cell<bool>,
}

impl DirectoryStore {
    /// The store in `folder`, which the first commit creates.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            seen: Cell::default(),
            is_over: Cell::default(),
            decoded: RefCell::default(),
            is_tidy: Cell::default(),
        }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a folder holds a store, as far as can be told without reading it.
    pub fn exists(folder: &Path) -> bool {
        folder.join(HEAD_FILE).is_file() && folder.join(PARTS_FOLDER).is_dir()
    }

    fn part_file(&self, (generation, number): (u64, u32)) -> PathBuf {
        self.folder.join(PARTS_FOLDER).join(format!("{generation}-{number}"))
    }

    /// The head as it is now; the lock is the caller's.
    fn read_head(&self) -> Result<Rc<HeadFile>> {
        if self.is_over.get() {
            return Err(self.named(Error::deleted()));
        }
        let head = self.decode_head()?;
        if let Err(error) = self.seen.get().check_not_deleted(head.head()) {
            self.is_over.set(true);
            return Err(self.named(error));
        }
        self.seen.set(head.head());
        Ok(head)
    }

    fn decode_head(&self) -> Result<Rc<HeadFile>> {
        let Some(bytes) = files::read(&self.folder.join(HEAD_FILE))? else { return Ok(Rc::default()) };
        let seal = codec::seal(&bytes);
        if let Some((known, head)) = &*self.decoded.borrow()
            && Some(*known) == seal
        {
            return Ok(head.clone());
        }
        let head: HeadFile =
            codec::decode(Kind::Directory, "the head", &bytes).map_err(|error| self.named(error))?;
        let head = Rc::new(head);
        *self.decoded.borrow_mut() = seal.map(|seal| (seal, head.clone()));
        Ok(head)
    }

    fn write(&self, before: &HeadFile, changes: Changes) -> Result<HeadFile> {
        let generation = before.generation + 1;
        let mut parts = before.parts.clone();
        changes.delete.iter().for_each(|name| _ = parts.remove(name));
        let mut written = Vec::with_capacity(changes.put.len());
        for (number, (name, bytes)) in (0u32..).zip(&changes.put) {
            let file = self.part_file((generation, number));
            files::write(&file, bytes)?;
            written.push(file);
            parts.insert(name.clone(), (generation, number));
        }
        // All are on their way by now: the first wait is the longest.
        written.iter().try_for_each(|file| files::sync(file))?;
        files::sync(&self.folder.join(PARTS_FOLDER))?;
        let (history, manifest) = (changes.history, changes.manifest);
        let head = HeadFile { generation, history, manifest, parts };
        files::replace(&self.folder.join(HEAD_FILE), &codec::encode(Kind::Directory, &head)?)?;
        Ok(head)
    }

    /// Deletes the files of parts that are no longer named. The commit has happened: what cannot be deleted now is when the
    /// directory is next opened.
    fn delete_unnamed(&self, before: &HeadFile, after: &HeadFile) {
        let gone: Vec<PathBuf> = match self.is_tidy.replace(true) {
            true => before
                .parts
                .iter()
                .filter(|(name, file)| after.parts.get(*name) != Some(*file))
                .map(|(_, file)| self.part_file(*file))
                .collect(),
            false => {
                let named: BTreeSet<PathBuf> =
                    after.parts.values().map(|file| self.part_file(*file)).collect();
                let there = files::list(&self.folder.join(PARTS_FOLDER));
                there.into_iter().filter(|file| !named.contains(file)).collect()
            }
        };
        for file in gone {
            if files::delete(&file).is_err() {
                self.is_tidy.set(false);
            }
        }
    }

    fn named(&self, error: Error) -> Error {
        error.within(self.folder.display())
    }
}

impl Store for DirectoryStore {
    type Guard = WorkLock;

    async fn head(&self) -> Result<Head> {
        let _lock = FileLock::shared(&self.folder)?;
        Ok(self.read_head()?.head())
    }

    fn new_history(&self) -> u64 {
        files::random()
    }

    async fn load(&self) -> Result<Snapshot> {
        let _lock = FileLock::shared(&self.folder)?;
        let head = self.read_head()?;
        Ok(Snapshot { head: head.head(), manifest: head.manifest.clone() })
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let _lock = FileLock::shared(&self.folder)?;
        let current = self.read_head()?;
        check_expected(current.head(), head).map_err(|error| self.named(error))?;
        let read = |name: &String| match current.parts.get(name) {
            Some(file) => files::read(&self.part_file(*file)),
            None => Ok(None),
        };
        names.iter().map(read).collect()
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        let _lock = FileLock::shared(&self.folder)?;
        let current = self.read_head()?;
        check_expected(current.head(), head).map_err(|error| self.named(error))?;
        Ok(current.parts.keys().cloned().collect())
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        if !self.is_over.get() {
            files::create_folder(&self.folder.join(PARTS_FOLDER))?;
        }
        let _lock = FileLock::exclusive(&self.folder)?;
        let before = self.read_head()?;
        check_commit(before.head(), changes.expected()).map_err(|error| self.named(error))?;
        // What was written before it failed is named by nobody.
        let after = self.write(&before, changes).inspect_err(|_| self.is_tidy.set(false))?;
        self.seen.set(after.head());
        self.delete_unnamed(&before, &after);
        Ok(after.generation)
    }

    async fn destroy(&self) -> Result<()> {
        let _lock = FileLock::exclusive(&self.folder)?;
        self.read_head()?;
        files::delete(&self.folder.join(HEAD_FILE))?;
        files::sync_if_there(&self.folder)?;
        for file in files::list(&self.folder.join(PARTS_FOLDER)) {
            files::delete(&file)?;
        }
        self.seen.take();
        self.decoded.take();
        Ok(())
    }

    async fn exclusive(&self, work: Work) -> WorkLock {
        WorkLock::of(&self.folder, work).await
    }

    async fn exclusive_now(&self, work: Work) -> Option<WorkLock> {
        WorkLock::of_now(&self.folder, work)
    }
}
