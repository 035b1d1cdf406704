//! `ibid encrypt`, `ibid decrypt` and `ibid change-passphrase`: what opens a kept index.

use std::path::PathBuf;

use ibid::error::{Error, ErrorKind, Result};

use crate::kept_index::open_existing;
use crate::output::print_text;
use crate::progress::ProgressTask;
use crate::secret::{IndexSecret, read_passphrase};

/// Encrypt a kept index. The plain files are deleted, which does not erase them from every disk.
#[derive(clap::Args)]
pub struct EncryptArguments {
    /// The index, as `ibid index` made it.
    index: PathBuf,
    /// The passphrase is in the first line of this file; `-` is the standard input.
    #[arg(long, value_name = "FILE")]
    to_passphrase_file: PathBuf,
}

/// Make an encrypted index plain.
#[derive(clap::Args)]
pub struct DecryptArguments {
    /// The index.
    index: PathBuf,
    #[command(flatten)]
    secret: IndexSecret,
}

/// Let another passphrase open an encrypted index, and the present one no more. The data is not written anew.
#[derive(clap::Args)]
pub struct ChangeArguments {
    /// The index.
    index: PathBuf,
    #[command(flatten)]
    secret: IndexSecret,
    /// The new passphrase is in the first line of this file; `-` is the standard input, whose first line is the present passphrase
    /// where that is read from it, too.
    #[arg(long, value_name = "FILE")]
    to_passphrase_file: PathBuf,
}

/// Runs `ibid encrypt`.
pub async fn encrypt(arguments: EncryptArguments) -> Result<()> {
    let to = read_passphrase(&arguments.to_passphrase_file)?;
    let collection = open_existing(&arguments.index, None).await.map_err(|error| match error.kind() {
        ErrorKind::Locked => {
            let message = "is encrypted already; `ibid change-passphrase` changes what opens it";
            Error::new(ErrorKind::Locked, format!("{} {message}", arguments.index.display()))
        }
        _ => error,
    })?;
    collection.encrypt(to, &ProgressTask::new()).await?;
    print_text(&format!("{} is encrypted\n", arguments.index.display()))
}

/// Runs `ibid decrypt`.
pub async fn decrypt(arguments: DecryptArguments) -> Result<()> {
    let collection = open_existing(&arguments.index, arguments.secret.read()?).await?;
    collection.decrypt(&ProgressTask::new()).await?;
    print_text(&format!("{} is plain\n", arguments.index.display()))
}

/// Runs `ibid change-passphrase`.
pub async fn change_passphrase(arguments: ChangeArguments) -> Result<()> {
    let from = arguments.secret.read()?;
    let to = read_passphrase(&arguments.to_passphrase_file)?;
    open_existing(&arguments.index, from).await?.change_key(to).await?;
    print_text(&format!("{} has another passphrase\n", arguments.index.display()))
}
