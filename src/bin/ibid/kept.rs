//! Results of earlier runs in a file: entries one behind the other, appended as they come.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use ibid::error::Result;

use crate::ingest::unreadable;

/// A file to which entries are appended.
pub struct KeptFile {
    file: RefCell<File>,
    path: PathBuf,
}

impl KeptFile {
    /// The file `name` in `folder`, both made where they do not exist. `read` is given what is there, and says how many bytes
    /// of it are whole entries: what a killed run left behind them is cut off.
    pub fn open(folder: &Path, name: &str, read: impl FnOnce(&[u8]) -> usize) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| unreadable(folder, error))?;
        let path = folder.join(name);
        let bytes = if path.exists() { fs::read(&path) } else { Ok(Vec::new()) };
        let whole = read(&bytes.map_err(|error| unreadable(&path, error))?);
        let file = OpenOptions::new().create(true).append(true).open(&path).and_then(|file| {
            file.set_len(whole as u64)?;
            Ok(file)
        });
        let file = RefCell::new(file.map_err(|error| unreadable(&path, error))?);
        Ok(Self { file, path })
    }

    /// Adds an entry.
    pub fn append(&self, entry: &[u8]) -> Result<()> {
        self.file.borrow_mut().write_all(entry).map_err(|error| unreadable(&self.path, error))
    }
}
