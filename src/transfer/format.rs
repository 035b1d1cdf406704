//! The bytes of a file. Numbers are little-endian; checksums are xxh3-64.
//!
//! The header:
//!
//! | bytes | content |
//! | --- | --- |
//! | 8 | `ibidfile` |
//! | 2 | [`FILE_VERSION`] |
//! | 2 | the version of the values, [`codec::FORMAT_VERSION`] |
//! | 2 | 0 for a plain file, 1 for a [sealed](super::sealed) one |
//! | 8 | the number of records before the closing one, of a sealed file the length of its envelope |
//! | 8 | the checksum of the 22 bytes above |
//!
//! A record of a plain file:
//!
//! | bytes | content |
//! | --- | --- |
//! | 1 | 1, or 2 for the closing one |
//! | 1 | the length of the name in bytes |
//! | 8 | the length of the content in bytes |
//! | … | the name in UTF-8 |
//! | 8 | the checksum of where in the file the record begins, as 8 bytes, and of all that is above |
//! | … | the content |
//! | 8 | the checksum of the content |
//!
//! The content of the closing record, after which nothing comes, is three numbers of 8 bytes: how many records and bytes are before
//! it, and the checksum of these bytes. So a file that was cut is told from a whole one, records that were moved or taken out do
//! not fit, and no length is believed before its checksum was compared.
//!
//! Every version keeps the header, so that an older library can tell a newer file from a damaged one. A change raises
//! [`FILE_VERSION`]. Checksums find accidents and are no defence against a person who writes matching ones: what is read is still
//! validated by whoever reads it.

use std::fmt::Display;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::codec;
use crate::error::{Error, ErrorKind, Result};
use crate::seal::envelope::MAX_ENVELOPE_BYTES;

/// The version that this library writes, and the only one that it reads.
pub const FILE_VERSION: u16 = 1;

/// The most bytes of a record's content: 1 GiB. No part of a collection has a tenth of it.
pub const MAX_CONTENT_BYTES: u64 = 1 << 30;

/// The most records of a file: what a header announces bounds what a reader lists before it has read them.
pub const MAX_RECORDS: u64 = 1 << 21;

pub(super) const MAGIC: &[u8; 8] = b"ibidfile";
pub(super) const HEADER_BYTES: usize = 30;
pub(super) const HEAD_BYTES: usize = 10;
pub(super) const CHECKSUM_BYTES: usize = 8;
/// The name of the closing record.
pub(super) const CLOSING: &str = "end";

/// Whether a record is the closing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordKind {
    Value = 1,
    Closing = 2,
}

/// What a record says of itself before its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub kind: RecordKind,
    pub name: String,
    pub content_bytes: u64,
}

impl Head {
    /// The bytes of a head, and of its checksum, of a record that begins at `offset`; the name has at most 255 bytes.
    pub fn encode(&self, offset: u64) -> Vec<u8> {
        let mut bytes = vec![self.kind as u8, self.name.len() as u8];
        bytes.extend(self.content_bytes.to_le_bytes());
        bytes.extend(self.name.as_bytes());
        bytes.extend(head_checksum(offset, &bytes).to_le_bytes());
        bytes
    }

    /// The head of a record that begins at `offset`: `fixed` are the first bytes, `rest` the name and the checksum. What is
    /// wrong where it is none.
    pub fn decode(offset: u64, fixed: [u8; HEAD_BYTES], rest: &[u8]) -> Result<Self, String> {
        let Some((name, checksum)) = rest.split_last_chunk::<CHECKSUM_BYTES>() else {
            return Err("its head is too short".to_owned());
        };
        if head_checksum(offset, &[&fixed, name].concat()) != u64::from_le_bytes(*checksum) {
            return Err("its head does not match its checksum".to_owned());
        }
        let kind = match fixed[0] {
            1 => RecordKind::Value,
            2 => RecordKind::Closing,
            other => return Err(format!("there is no record of kind {other}")),
        };
        let name = str::from_utf8(name).map_err(|_| "its name is not UTF-8".to_owned())?.to_owned();
        let content_bytes = u64::from_le_bytes(array(&fixed[2..]));
        if content_bytes > MAX_CONTENT_BYTES {
            return Err(format!("{content_bytes} bytes are more than a record may have"));
        }
        Ok(Self { kind, name, content_bytes })
    }
}

fn head_checksum(offset: u64, head: &[u8]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&offset.to_le_bytes());
    hasher.update(head);
    hasher.digest()
}

/// What a file says of itself at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// So many records follow, and the closing one.
    Plain { records: u64 },
    /// An envelope of so many bytes follows, and sealed pieces.
    Sealed { envelope_bytes: u64 },
}

impl Header {
    pub fn encode(self) -> [u8; HEADER_BYTES] {
        let (sealing, count) = match self {
            Self::Plain { records } => (0u16, records),
            Self::Sealed { envelope_bytes } => (1, envelope_bytes),
        };
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(MAGIC);
        header[8..10].copy_from_slice(&FILE_VERSION.to_le_bytes());
        header[10..12].copy_from_slice(&codec::FORMAT_VERSION.to_le_bytes());
        header[12..14].copy_from_slice(&sealing.to_le_bytes());
        header[14..22].copy_from_slice(&count.to_le_bytes());
        let checksum = xxh3_64(&header[..22]);
        header[22..].copy_from_slice(&checksum.to_le_bytes());
        header
    }

    /// What [`Header::encode`] wrote.
    ///
    /// # Errors
    /// [`ErrorKind::FileForeign`], [`ErrorKind::FileCorrupt`], [`ErrorKind::FileTooNew`]
    pub fn decode(header: &[u8; HEADER_BYTES]) -> Result<Self> {
        if !header.starts_with(MAGIC) {
            return Err(foreign());
        }
        let wrong = |at, kind, what: String| Err(error_at(at, "the header of the file", kind, what));
        if xxh3_64(&header[..22]) != u64::from_le_bytes(array(&header[22..])) {
            return wrong(0, ErrorKind::FileCorrupt, "it does not match its checksum".to_owned());
        }
        let number = |at: usize| u16::from_le_bytes(array(&header[at..at + 2]));
        let of = [("the file", 8, FILE_VERSION), ("what is in the file", 10, codec::FORMAT_VERSION)];
        for (what, at, known) in of {
            let version = number(at as usize);
            if version > known {
                let what = format!("{what} has version {version}, this library reads version {known}");
                return wrong(at, ErrorKind::FileTooNew, what);
            }
            if version < known {
                let what = format!(
                    "{what} has version {version}, from before the first release, and cannot be read any more"
                );
                return wrong(at, ErrorKind::FileForeign, what);
            }
        }
        let count = u64::from_le_bytes(array(&header[14..22]));
        let (header, most) = match number(12) {
            0 => (Self::Plain { records: count }, MAX_RECORDS),
            1 => (Self::Sealed { envelope_bytes: count }, MAX_ENVELOPE_BYTES),
            _ => {
                let what = "it is sealed in a way that this library does not know".to_owned();
                return wrong(12, ErrorKind::FileTooNew, what);
            }
        };
        if count > most {
            let what = format!("{count} is more than the {most} that there may be");
            return wrong(14, ErrorKind::FileCorrupt, what);
        }
        Ok(header)
    }
}

/// An error about what begins at a byte of the file; `why` is wrong with it.
pub(super) fn error_at(began: u64, what: impl Display, kind: ErrorKind, why: impl Display) -> Error {
    Error::new(kind, format!("byte {began}, {what}: {why}"))
}

/// What is no file of ours.
pub(super) fn foreign() -> Error {
    error_at(0, "the header of the file", ErrorKind::FileForeign, "this is no exported collection")
}

/// The content of the closing record.
pub(super) fn closing(records: u64, bytes: u64, checksum: u64) -> [u8; 24] {
    let mut content = [0; 24];
    content[..8].copy_from_slice(&records.to_le_bytes());
    content[8..16].copy_from_slice(&bytes.to_le_bytes());
    content[16..].copy_from_slice(&checksum.to_le_bytes());
    content
}

/// A copy of a slice whose length is known where it is called.
fn array<const N: usize>(slice: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(slice);
    array
}
