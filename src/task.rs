//! One long call: how it reports progress, learns that it was aborted, and lets others run in between.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::error::{Error, ErrorKind, Result};

/// What a long call is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Extracting and chunking; counted in bytes of content.
    Chunking,
    /// The documents are committed and found by their words; counted in documents.
    Searchable,
    /// Embedding; counted in tokens.
    Embedding,
    /// Searching for many questions; counted in searches.
    Searching,
    /// Writing a file; counted in stored parts.
    Exporting,
    /// Reading a file; counted in stored parts.
    Importing,
    /// Encrypting, or decrypting, what is stored; counted in parts.
    Converting,
}

impl Phase {
    /// The name in reports, in lower case: `"chunking"` and so on.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Chunking => "chunking",
            Phase::Searchable => "searchable",
            Phase::Embedding => "embedding",
            Phase::Searching => "searching",
            Phase::Exporting => "exporting",
            Phase::Importing => "importing",
            Phase::Converting => "converting",
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

    /// The caller's clock in milliseconds, of which only differences mean anything. The core has no clock of its own; a task
    /// without one is told that nothing takes any time.
    fn now(&self) -> f64 {
        0.0
    }

    /// Lets other work run, for example a query that came in. Called between units of work of some tens of
    /// milliseconds.
    async fn pause(&self);

    /// Resolves once the caller wants the call to stop. This one stands for callers who can change their mind only while
    /// the call pauses: it resolves at once or never.
    async fn aborted(&self) {
        if !self.is_aborted() {
            pending().await
        }
    }

    /// Pauses, then stops the call if its caller aborted it.
    ///
    /// # Errors
    /// [`ErrorKind::Aborted`]
    async fn checkpoint(&self) -> Result<()> {
        self.pause().await;
        if self.is_aborted() { Err(aborted()) } else { Ok(()) }
    }

    /// Waits for `work`, but no longer than until the caller aborts the call; `work` is dropped then.
    ///
    /// # Errors
    /// [`ErrorKind::Aborted`]
    async fn unless_aborted<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let (mut work, mut abort) = (pin!(work), pin!(self.aborted()));
        poll_fn(|context| match abort.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(aborted())),
            Poll::Pending => work.as_mut().poll(context).map(Ok),
        })
        .await
    }
}

fn aborted() -> Error {
    Error::new(ErrorKind::Aborted, "the caller aborted the operation")
}

/// A part of a longer call: it is reported as what the whole call has done by then.
#[derive(Debug)]
pub struct Part<'t, T> {
    /// The task of the whole call.
    pub whole: &'t T,
    /// How much the call had done when the part began, in the unit of its reports.
    pub before: usize,
    /// How much the part is.
    pub size: usize,
    /// How much the call is.
    pub total: usize,
}

impl<T: Task> Task for Part<'_, T> {
    fn report(&self, Progress { phase, done, total }: Progress) {
        // A product of two numbers of tokens may be too large for 32 bits.
        let share = self.size as u64 * done as u64 / total.max(1) as u64;
        let done = (self.before + share as usize).min(self.total);
        self.whole.report(Progress { phase, done, total: self.total });
    }

    fn is_aborted(&self) -> bool {
        self.whole.is_aborted()
    }

    fn now(&self) -> f64 {
        self.whole.now()
    }

    async fn pause(&self) {
        self.whole.pause().await;
    }

    async fn aborted(&self) {
        self.whole.aborted().await;
    }

    async fn checkpoint(&self) -> Result<()> {
        self.whole.checkpoint().await
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Watched;

    #[test]
    fn a_part_is_reported_in_the_unit_of_the_whole_call() {
        let cases = [
            // What the call had done, how much the part and the call are; the report and what becomes of it.
            ((100, 50, 400), (0, 7), 100),
            ((100, 50, 400), (3, 7), 121),
            ((100, 50, 400), (7, 7), 150),
            ((100, 50, 400), (0, 0), 100),
            // More came to the call than it knew of at first.
            ((380, 50, 400), (1, 1), 400),
            ((0, 3_000_000_000, 4_000_000_000), (1_000_000_000, 2_000_000_000), 1_500_000_000),
        ];
        let phase = Phase::Embedding;
        for ((before, size, total), (done, of), expected) in cases {
            let whole = Watched::default();
            Part { whole: &whole, before, size, total }.report(Progress { phase, done, total: of });
            assert_eq!(whole.reports.take(), [Progress { phase, done: expected, total }]);
        }
    }
}
