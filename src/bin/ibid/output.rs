//! Standard output: results only, everything else goes to standard error.

use std::io::{ErrorKind, Write, stdout};

use clap::ValueEnum;
use ibid::error::{Error, Result};
use ibid::index::Mode;
use serde_json::Value;

/// Prints one JSON value on a line of its own.
pub fn print_json(value: &Value) -> Result<()> {
    print_text(&format!("{value}\n"))
}

/// Prints text as it is.
pub fn print_text(text: &str) -> Result<()> {
    match stdout().lock().write_all(text.as_bytes()) {
        // A reader such as `head` that has seen enough is no failure.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Error::internal("standard output cannot be written").with_source(error)),
        Ok(()) => Ok(()),
    }
}

/// Which arms of the index are used.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ModeArg {
    /// Vectors and words, fused.
    Hybrid,
    /// Vectors only.
    Dense,
    /// Words only (BM25).
    Lexical,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::Hybrid => Mode::Hybrid,
            ModeArg::Dense => Mode::Dense,
            ModeArg::Lexical => Mode::Lexical,
        }
    }
}
