//! Work that nobody waits for so urgently that a search could not come first.

use super::Collection;
use crate::error::Result;
use crate::model::Embedder;
use crate::store::Store;
use crate::task::{Progress, Task};

/// After how many milliseconds background work goes on although calls keep coming.
const PATIENCE: f64 = 500.0;

/// The task of work that steps aside for calls that somebody waits for, and ends when its collection is closed.
#[derive(Debug)]
pub(super) struct Background<'c, S, E, T> {
    pub collection: &'c Collection<S, E>,
    /// The task of the call that the work is done for.
    pub task: &'c T,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Waits until no call is under way that somebody waits for, though not for long where calls keep coming. For whoever is
    /// about to hold up everything else; a single long call makes it wait as long as that takes.
    pub async fn idle(&self, task: &impl Task) {
        Background { collection: self, task }.step_aside().await;
    }
}

impl<S: Store, E: Embedder, T: Task> Background<'_, S, E, T> {
    async fn step_aside(&self) {
        let began = self.task.now();
        self.collection.foreground.idle(|| self.task.now() - began > PATIENCE).await;
    }
}

impl<S: Store, E: Embedder, T: Task> Task for Background<'_, S, E, T> {
    fn report(&self, progress: Progress) {
        self.task.report(progress);
    }

    fn is_aborted(&self) -> bool {
        self.task.is_aborted()
    }

    fn now(&self) -> f64 {
        self.task.now()
    }

    async fn pause(&self) {
        self.task.pause().await;
        self.step_aside().await;
    }

    async fn aborted(&self) {
        self.task.aborted().await;
    }

    async fn checkpoint(&self) -> Result<()> {
        self.task.checkpoint().await?;
        self.step_aside().await;
        self.collection.check_open()
    }
}
