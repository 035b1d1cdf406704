//! A collection as one file (`.ibid`): named values one after another, streamed, each with its checksum, and a closing record.
//!
//! What the values are is others' business; here are the bytes around them ([`format`](mod@format)), the [`Writer`] and the [`Reader`],
//! and what encrypts a file ([`sealed`]).
//! All bytes of a file pass through one of these two, in order and a piece at a time, so that neither holds more than one
//! value, and nothing in a file is believed before its checksum was compared.

pub mod format;
mod input;
mod reader;
pub mod sealed;
mod writer;

pub use reader::{Reader, Record};
pub use writer::Writer;

use crate::error::Result;

/// The extension of the files, without a dot.
pub const EXTENSION: &str = "ibid";

/// Where a file goes, piece by piece.
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait Sink {
    /// Begins the file, or begins it anew: what was written before does not count.
    ///
    /// # Errors
    /// Any; they end the export.
    async fn begin(&mut self) -> Result<()>;

    /// Takes the next bytes.
    ///
    /// # Errors
    /// Any; they end the export.
    async fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Nothing more comes.
    ///
    /// # Errors
    /// Any; they end the export.
    async fn end(&mut self) -> Result<()>;
}

/// Where a file comes from, piece by piece.
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait Source {
    /// The next bytes, as many as are at hand; `None` at the end.
    ///
    /// # Errors
    /// Any; they end the import.
    async fn read(&mut self) -> Result<Option<Vec<u8>>>;
}

impl Sink for Vec<u8> {
    async fn begin(&mut self) -> Result<()> {
        self.clear();
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Source for &[u8] {
    async fn read(&mut self) -> Result<Option<Vec<u8>>> {
        let bytes = std::mem::take(self);
        Ok((!bytes.is_empty()).then(|| bytes.to_vec()))
    }
}

#[cfg(test)]
mod tests;
