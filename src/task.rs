//! One long call: how it reports progress, learns that it was aborted, and lets others run in between.

use crate::error::{Error, ErrorKind, Result};

/// What a long call is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Extracting and chunking; counted in bytes of content.
    Chunking,
    /// The documents are committed and found by their words; counted in documents.
    Searchable,
    /// Embedding; counted in chunks.
    Embedding,
}

impl Phase {
    /// The name in reports: `"chunking"`, `"searchable"` or `"embedding"`.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Chunking => "chunking",
            Phase::Searchable => "searchable",
            Phase::Embedding => "embedding",
        }
    }
}

/// How far a long call has come, in the unit of its phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How much of it is done.
    pub done: usize,
    /// How much there is.
    pub total: usize,
}

/// The caller's side of one long call.
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait Task {
    /// Takes a progress report.
    fn report(&self, progress: Progress);

    /// Whether the caller wants the call to stop.
    fn is_aborted(&self) -> bool;

    /// Lets other work run, for example a query that came in. Called between units of work of some tens of
    /// milliseconds.
    async fn pause(&self);

    /// Pauses, then stops the call if its caller aborted it.
    ///
    /// # Errors
    /// [`ErrorKind::Aborted`]
    async fn checkpoint(&self) -> Result<()> {
        self.pause().await;
        if self.is_aborted() {
            Err(Error::new(ErrorKind::Aborted, "the caller aborted the operation"))
        } else {
            Ok(())
        }
    }
}

/// A task that nobody watches: reports go nowhere and it is never aborted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unattended;

impl Task for Unattended {
    fn report(&self, _: Progress) {}

    fn is_aborted(&self) -> bool {
        false
    }

    async fn pause(&self) {}
}
