//! Writing a file.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::Sink;
use super::format::{CLOSING, Head, Header, MAX_CONTENT_BYTES, MAX_RECORDS, RecordKind, closing};
use crate::error::{Error, Result};

/// How many bytes are handed to a sink together, unless one record alone has more: 1 MiB.
const BYTES_PER_WRITE: usize = 1 << 20;

/// Writes a file, record by record.
pub struct Writer<'s, S> {
    sink: &'s mut S,
    waiting: Vec<u8>,
    offset: u64,
    digest: Xxh3,
    announced: u64,
    written: u64,
}

impl<'s, S: Sink> Writer<'s, S> {
    /// Begins a file of so many records.
    ///
    /// # Errors
    /// The sink's; [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for more than [`MAX_RECORDS`].
    pub async fn begin(sink: &'s mut S, records: u64) -> Result<Self> {
        if records > MAX_RECORDS {
            let message = format!("{records} parts are more than the {MAX_RECORDS} that a file may have");
            return Err(Error::invalid_argument(message));
        }
        sink.begin().await?;
        let mut writer = Self {
            sink,
            waiting: Vec::new(),
            offset: 0,
            digest: Xxh3::new(),
            announced: records,
            written: 0,
        };
        writer.put(&Header::Plain { records }.encode());
        Ok(writer)
    }

    /// Adds a record. `name` has at most 255 bytes, `content` at most [`MAX_CONTENT_BYTES`].
    ///
    /// # Errors
    /// The sink's; [`Internal`](crate::error::ErrorKind::Internal) for what is too long, or was not announced.
    pub async fn push(&mut self, name: &str, content: &[u8]) -> Result<()> {
        if name.len() > usize::from(u8::MAX) || content.len() as u64 > MAX_CONTENT_BYTES {
            return Err(Error::internal(format!(
                "{name:?}, of {} bytes, is too long for a file",
                content.len()
            )));
        }
        if self.written == self.announced {
            return Err(Error::internal(format!("{name:?} is a record that was not announced")));
        }
        self.written += 1;
        self.record(RecordKind::Value, name, content).await
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The sink's; [`Internal`](crate::error::ErrorKind::Internal) where records are missing.
    pub async fn finish(mut self) -> Result<()> {
        if self.written < self.announced {
            return Err(Error::internal(format!(
                "{} of {} records were written",
                self.written, self.announced
            )));
        }
        let content = closing(self.written, self.offset, self.digest.digest());
        self.record(RecordKind::Closing, CLOSING, &content).await?;
        self.flush().await?;
        self.sink.end().await
    }

    async fn record(&mut self, kind: RecordKind, name: &str, content: &[u8]) -> Result<()> {
        let head = Head { kind, name: name.to_owned(), content_bytes: content.len() as u64 };
        self.put(&head.encode(self.offset));
        self.put(content);
        self.put(&xxh3_64(content).to_le_bytes());
        if self.waiting.len() >= BYTES_PER_WRITE { self.flush().await } else { Ok(()) }
    }

    /// All bytes of a file go through here.
    fn put(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.offset += bytes.len() as u64;
        self.waiting.extend_from_slice(bytes);
    }

    async fn flush(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.sink.write(&waiting).await
    }
}
