//! `ibid export` and `ibid import`: a kept index as one file, and back.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ibid::collection::Existing;
use ibid::error::{Error, ErrorKind, Result};
use ibid::seal::native::NativeCipher;
use ibid::transfer::sealed::{OpeningSource, SealingSink};
use ibid::transfer::{Sink, Source};

use crate::ingest::unreadable;
use crate::kept_index::{open_existing, open_without_model};
use crate::output::print_text;
use crate::progress::ProgressTask;
use crate::secret::{IndexSecret, read_passphrase};

/// How many bytes of a file are read together.
const BYTES_PER_READ: usize = 1 << 20;

/// Write a kept index into one file, which browsers import, too.
#[derive(clap::Args)]
pub struct ExportArguments {
    /// The index, as `ibid index` made it.
    index: PathBuf,
    /// The file; `.ibid` is the usual extension.
    file: PathBuf,
    /// Encrypt it with the passphrase in the first line of this file; `-` is the standard input.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    secret: IndexSecret,
}

/// Read a file that was exported, here or in a browser, into a kept index. Nothing is embedded.
#[derive(clap::Args)]
pub struct ImportArguments {
    /// The file.
    file: PathBuf,
    /// The index.
    #[arg(long, value_name = "INDEX")]
    into: PathBuf,
    /// The file is encrypted: the passphrase is in the first line of this one; `-` is the standard input.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Put the file in the place of all that the index holds.
    #[arg(long, conflicts_with = "merge")]
    replace: bool,
    /// Add the documents whose ids the index does not hold; the vectors must be of one model.
    #[arg(long)]
    merge: bool,
    #[command(flatten)]
    secret: IndexSecret,
}

/// Runs `ibid export`.
pub async fn export(arguments: ExportArguments) -> Result<()> {
    let ExportArguments { index, file, passphrase_file, secret } = arguments;
    let collection = open_existing(&index, secret.read()?).await?;
    let secret = passphrase_file.as_deref().map(read_passphrase).transpose()?;
    let partial = file.with_added_extension("partial");
    let mut sink = FileSink::create(&partial)?;
    let sealing = &mut SealingSink::new(&mut sink, NativeCipher, secret);
    let outcome = match collection.export(sealing, &ProgressTask::new()).await {
        Ok(exported) => sink.finish(&file).map(|bytes| (exported, bytes)),
        Err(error) => Err(error),
    };
    // A file that is not whole must not look like one.
    let (exported, bytes) = outcome.inspect_err(|_| _ = fs::remove_file(&partial))?;
    print_text(&format!(
        "{} documents, {} chunks, {} records of the trail, {bytes} bytes\n",
        exported.documents, exported.chunks, exported.records
    ))
}

/// Runs `ibid import`.
pub async fn import(arguments: ImportArguments) -> Result<()> {
    let ImportArguments { file, into, passphrase_file, replace, merge, secret } = arguments;
    let existing = match (replace, merge) {
        (true, _) => Existing::Replace,
        (_, true) => Existing::Merge,
        _ => Existing::Refuse,
    };
    let index_secret = secret.read()?;
    let secret = passphrase_file.as_deref().map(read_passphrase).transpose()?;
    let source = File::open(&file).map_err(|error| unreadable(&file, error))?;
    let collection = open_without_model(&into, index_secret).await?;
    let source = OpeningSource::new(FileSource { file: source, path: file }, NativeCipher, secret);
    let report = collection.import(source, existing, &ProgressTask::new()).await?;
    print_text(&format!(
        "{} documents added, {} removed, {} there already, {} of the same id and other content left out; {} records of \
         the trail; {} chunks without a vector\n",
        report.added, report.removed, report.unchanged, report.differing, report.records, report.backlog
    ))
}

struct FileSink {
    file: File,
    path: PathBuf,
}

impl FileSink {
    fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|error| unwritable(path, error))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Gives the file its name; returns its length in bytes.
    fn finish(&self, path: &Path) -> Result<u64> {
        fs::rename(&self.path, path)
            .and_then(|()| self.file.metadata())
            .map(|metadata| metadata.len())
            .map_err(|error| unwritable(path, error))
    }
}

impl Sink for FileSink {
    async fn begin(&mut self) -> Result<()> {
        let begun = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        begun.map(drop).map_err(|error| unwritable(&self.path, error))
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| unwritable(&self.path, error))
    }

    async fn end(&mut self) -> Result<()> {
        self.file.sync_all().map_err(|error| unwritable(&self.path, error))
    }
}

struct FileSource {
    file: File,
    path: PathBuf,
}

impl Source for FileSource {
    async fn read(&mut self) -> Result<Option<Vec<u8>>> {
        let mut bytes = vec![0; BYTES_PER_READ];
        let read = self.file.read(&mut bytes).map_err(|error| unreadable(&self.path, error))?;
        bytes.truncate(read);
        Ok((read > 0).then_some(bytes))
    }
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("{} cannot be written", path.display())).with_source(error)
}
