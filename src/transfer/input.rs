//! The bytes of a file, as many at a time as its reader asks for.

use xxhash_rust::xxh3::Xxh3;

use super::Source;
use super::format::{HEADER_BYTES, Header, MAGIC, error_at, foreign};
use crate::error::{Error, ErrorKind, Result};

/// The bytes of a file in pieces as its source has them. All bytes of a file come through here.
pub(super) struct Input<S> {
    pub source: S,
    piece: Vec<u8>,
    /// How much of the piece was taken.
    at: usize,
    /// How much of the file was taken.
    pub offset: u64,
    /// The checksum of that.
    pub digest: Xxh3,
}

impl<S: Source> Input<S> {
    pub fn new(source: S) -> Self {
        Self { source, piece: Vec::new(), at: 0, offset: 0, digest: Xxh3::new() }
    }

    /// The header of the file.
    ///
    /// # Errors
    /// As [`Header::decode`], and [`ErrorKind::FileTruncated`].
    pub async fn header(&mut self) -> Result<Header> {
        let bytes = self.up_to(HEADER_BYTES).await?;
        match bytes.first_chunk() {
            Some(bytes) => Header::decode(bytes),
            None if bytes.starts_with(&MAGIC[..bytes.len().min(MAGIC.len())]) => {
                Err(self.cut(0, "the header of the file"))
            }
            None => Err(foreign()),
        }
    }

    /// The next `length` bytes, or as many as there are.
    pub async fn up_to(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while bytes.len() < length {
            if self.at == self.piece.len() {
                let Some(piece) = self.source.read().await? else { break };
                (self.piece, self.at) = (piece, 0);
                continue;
            }
            let end = self.piece.len().min(self.at + (length - bytes.len()));
            bytes.extend_from_slice(&self.piece[self.at..end]);
            self.at = end;
        }
        self.digest.update(&bytes);
        self.offset += bytes.len() as u64;
        Ok(bytes)
    }

    /// The error of a file that ends within what began at `began`.
    pub fn cut(&self, began: u64, what: &str) -> Error {
        let why = format_args!("the file ends in there, at byte {}", self.offset);
        error_at(began, what, ErrorKind::FileTruncated, why)
    }
}
