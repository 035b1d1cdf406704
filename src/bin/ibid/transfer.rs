//! `ibid export` and `ibid import`: a kept index as one file, and back.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ibid::collection::{Collection, CollectionOptions, Existing};
use ibid::encoder::bert::BertEmbedder;
use ibid::error::{Error, ErrorKind, Result};
use ibid::seal::cipher::KeyBytes;
use ibid::seal::native::NativeCipher;
use ibid::seal::{Passphrase, Secret};
use ibid::store::directory::DirectoryStore;
use ibid::transfer::sealed::{OpeningSource, SealingSink};
use ibid::transfer::{Sink, Source};

use zeroize::Zeroizing;

use crate::ingest::unreadable;
use crate::output::print_text;
use crate::progress::ProgressTask;

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
}

/// No model is needed to copy what models have made.
type Index = Collection<DirectoryStore, BertEmbedder>;

async fn open(folder: &Path) -> Result<Index> {
    Collection::open(DirectoryStore::new(folder), CollectionOptions::default()).await
}

/// The first line of a file, as what opens another one. On the command line itself others could see it.
fn read_passphrase(file: &Path) -> Result<Secret<KeyBytes>> {
    let mut line = Zeroizing::new(String::with_capacity(1024)); // seldom moved as it grows
    let read = match file == Path::new("-") {
        true => io::stdin().lock().read_line(&mut line),
        false => File::open(file).and_then(|file| BufReader::new(file).read_line(&mut line)),
    };
    read.map_err(|error| unreadable(file, error))?;
    let line = Zeroizing::new(line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']).to_owned());
    Passphrase::new(line).map(Secret::Passphrase).map_err(|error| error.within(file.display()))
}

/// Runs `ibid export`.
pub async fn export(arguments: ExportArguments) -> Result<()> {
    let ExportArguments { index, file, passphrase_file } = arguments;
    if !DirectoryStore::exists(&index) {
        let message = format!("{} is no index; `ibid index` makes one", index.display());
        return Err(Error::invalid_argument(message));
    }
    let secret = passphrase_file.as_deref().map(read_passphrase).transpose()?;
    let collection = open(&index).await?;
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
    let ImportArguments { file, into, passphrase_file, replace, merge } = arguments;
    let existing = match (replace, merge) {
        (true, _) => Existing::Replace,
        (_, true) => Existing::Merge,
        _ => Existing::Refuse,
    };
    let secret = passphrase_file.as_deref().map(read_passphrase).transpose()?;
    let source = File::open(&file).map_err(|error| unreadable(&file, error))?;
    let collection = open(crate::kept_index::existing_or_new(&into)?).await?;
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
