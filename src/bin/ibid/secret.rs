//! Passphrases, which are read from files: on the command line itself others could see them.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use ibid::error::Result;
use ibid::seal::cipher::KeyBytes;
use ibid::seal::{Passphrase, Secret};
use zeroize::Zeroizing;

use crate::ingest::unreadable;

/// The first line of a file; `-` is the standard input, of which each passphrase takes one.
pub fn read_passphrase(file: &Path) -> Result<Secret<KeyBytes>> {
    let mut line = Zeroizing::new(String::with_capacity(1024)); // seldom moved as it grows
    let read = match file == Path::new("-") {
        true => io::stdin().lock().read_line(&mut line),
        false => File::open(file).and_then(|file| BufReader::new(file).read_line(&mut line)),
    };
    read.map_err(|error| unreadable(file, error))?;
    let line = Zeroizing::new(line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']).to_owned());
    Passphrase::new(line).map(Secret::Passphrase).map_err(|error| error.within(file.display()))
}

/// The option that says what opens an index.
#[derive(clap::Args)]
pub struct IndexSecret {
    /// The index is encrypted, or is to be where it is new: the passphrase is in the first line of this file; `-` is the standard
    /// input.
    #[arg(long, value_name = "FILE")]
    index_passphrase_file: Option<PathBuf>,
}

impl IndexSecret {
    /// The passphrase, where there is one.
    pub fn read(&self) -> Result<Option<Secret<KeyBytes>>> {
        self.index_passphrase_file.as_deref().map(read_passphrase).transpose()
    }
}
