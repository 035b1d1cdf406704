//! Reading a file.

use xxhash_rust::xxh3::xxh3_64;

use super::Source;
use super::format::{CHECKSUM_BYTES, CLOSING, HEAD_BYTES, Head, Header, RecordKind, closing, error_at};
use super::input::Input;
use crate::error::{Error, ErrorKind, Result};

/// A record that was read, undamaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// Where in the file it begins, in bytes.
    pub offset: u64,
    /// Its content.
    pub content: Vec<u8>,
}

impl Record {
    /// An error about this record; `what` is wrong with it.
    pub fn error(&self, kind: ErrorKind, what: impl std::fmt::Display) -> Error {
        error_at(self.offset, format_args!("record {:?}", self.name), kind, what)
    }
}

/// Reads a file, record by record. It holds one record, and the piece of the source that its end came with.
pub struct Reader<S> {
    input: Input<S>,
    announced: u64,
    read: u64,
}

impl<S: Source> Reader<S> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`ErrorKind::FileForeign`] for another kind of file, [`ErrorKind::FileTooNew`], [`ErrorKind::FileTruncated`],
    /// [`ErrorKind::FileCorrupt`], [`ErrorKind::Locked`] for an encrypted one, and the source's.
    pub async fn open(source: S) -> Result<Self> {
        let mut input = Input::new(source);
        match input.header().await? {
            Header::Plain { records } => Ok(Self { input, announced: records, read: 0 }),
            Header::Sealed { .. } => {
                let message = "the file is encrypted: it needs its passphrase or key";
                Err(Error::new(ErrorKind::Locked, message))
            }
        }
    }

    /// How many records there are, as the header says.
    pub fn records(&self) -> u64 {
        self.announced
    }

    /// The next record; `None` once the closing one was read and nothing comes after it.
    ///
    /// # Errors
    /// [`ErrorKind::FileTruncated`] where the file ends before its closing record, [`ErrorKind::FileCorrupt`] for a damaged
    /// record, or one too many, both with its name, where that is known, and the byte that it begins at; the source's.
    pub async fn next(&mut self) -> Result<Option<Record>> {
        let (offset, digest) = (self.input.offset, self.input.digest.digest());
        let head = self.head(offset).await?;
        let Head { kind, name, content_bytes } = head;
        // It was compared with its checksum, and is at most a gigabyte. Nothing is allocated for what has not come.
        let content = self.input.up_to(content_bytes as usize).await?;
        let checksum = self.input.up_to(CHECKSUM_BYTES).await?;
        let Some(checksum) = checksum.first_chunk().filter(|_| content.len() as u64 == content_bytes) else {
            return Err(self.input.cut(offset, &format!("record {name:?}")));
        };
        let record = format!("record {name:?}");
        let corrupt = |why: &str| Err(error_at(offset, &record, ErrorKind::FileCorrupt, why));
        if xxh3_64(&content) != u64::from_le_bytes(*checksum) {
            return corrupt("its content does not match its checksum");
        }
        if kind == RecordKind::Value {
            if self.read == self.announced {
                return corrupt("there are more records than the header says");
            }
            self.read += 1;
            return Ok(Some(Record { name, offset, content }));
        }
        if name != CLOSING
            || content != closing(self.announced, offset, digest)
            || self.read != self.announced
        {
            return corrupt("it closes another file than the one before it");
        }
        match self.input.up_to(1).await?.is_empty() {
            true => Ok(None),
            false => corrupt("something comes after it"),
        }
    }

    async fn head(&mut self, offset: u64) -> Result<Head> {
        let what = format!("record {} of {}", self.read + 1, self.announced.saturating_add(1));
        let fixed = self.input.up_to(HEAD_BYTES).await?;
        let Some(fixed) = fixed.first_chunk::<HEAD_BYTES>() else {
            return Err(self.input.cut(offset, &what));
        };
        let rest_bytes = usize::from(fixed[1]) + CHECKSUM_BYTES;
        let rest = self.input.up_to(rest_bytes).await?;
        if rest.len() < rest_bytes {
            return Err(self.input.cut(offset, &what));
        }
        Head::decode(offset, *fixed, &rest)
            .map_err(|wrong| error_at(offset, what, ErrorKind::FileCorrupt, wrong))
    }
}
