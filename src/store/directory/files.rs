//! Files as a store needs them: whole or not there, and on the disk before anybody is told so.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// The bytes of a file; `None` where there is none.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(|error| failed("cannot be read", path, error)),
    }
}

/// Writes a file, which reaches the disk with [`sync`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|error| failed("cannot be written", path, error))
}

/// Waits until a file, or the names in a folder, have reached the disk.
pub fn sync(path: &Path) -> Result<()> {
    // Windows opens no folder as a file, and writes its names through.
    if cfg!(windows) && path.is_dir() {
        return Ok(());
    }
    let file = if path.is_dir() { File::open(path) } else { OpenOptions::new().write(true).open(path) };
    file.and_then(|file| file.sync_all()).map_err(|error| failed("cannot be written", path, error))
}

/// As [`sync`], where it exists.
pub fn sync_if_there(path: &Path) -> Result<()> {
    if path.exists() { sync(path) } else { Ok(()) }
}

/// Puts a file in the place of another in one step: whoever is killed leaves the one or the other, whole.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = path.with_extension("partial");
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    write().map_err(|error| failed("cannot be written", path, error))?;
    path.parent().map_or(Ok(()), sync)
}

/// Deletes a file, if there is one.
pub fn delete(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failed("cannot be deleted", path, error))
        }
        _ => Ok(()),
    }
}

/// The files in a folder; none where there is no folder.
pub fn list(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Creates a folder, and those that it is in, where they do not exist.
pub fn create_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| failed("cannot be created", folder, error))
}

/// A number that nobody has drawn before.
pub fn random() -> u64 {
    // The standard library seeds its hashes from the operating system, and each differs from the one before.
    RandomState::new().hash_one(std::process::id())
}

pub fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::StoreQuota,
        _ => ErrorKind::StoreUnavailable,
    };
    Error::new(kind, format!("{} {what}", path.display())).with_source(error)
}
