//! An embedder that shares bulk work among workers, and does by itself what somebody waits for.

use crate::document::Span;
use crate::error::{Error, Result};
use crate::model::batch::{BatchLimits, batches};
use crate::model::{Embedder, Embedding, Input, ModelInfo, Role, Tokenizer};
use crate::task::{Part, Phase, Progress, Task};

/// The most workers that can be asked for.
pub const MAX_WORKERS: usize = 16;

/// The most workers that are taken by default: more gain little, because the processor's caches and memory are shared,
/// and each holds the model.
const MAX_AUTOMATIC_WORKERS: usize = 4;

/// From how many texts on workers do it: each may first have to load the model, which costs about as much as embedding
/// these.
const TEXTS_TO_SHARE: usize = 16;

/// The most bytes of a text that are looked at for each token of the model's limit to tell how long it is for a batch.
const BYTES_PER_TOKEN: usize = 16;

/// How many texts of a bulk there are for each worker: some batches, so that all end at about the same time.
const TEXTS_PER_WORKER: usize = 16;

/// How many workers are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorkerCount {
    /// What suits the machine.
    #[default]
    Automatic,
    /// So many, up to [`MAX_WORKERS`]. With 0 the embedder does everything by itself.
    Exactly(usize),
}

impl WorkerCount {
    /// The number of workers on a machine of `cores` cores (0 where that is not known). The automatic one leaves one core
    /// for whoever waits: at least 1, at most 4.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for more than [`MAX_WORKERS`].
    pub fn limit(self, cores: usize) -> Result<usize> {
        match self {
            Self::Automatic => Ok(cores.saturating_sub(1).clamp(1, MAX_AUTOMATIC_WORKERS)),
            Self::Exactly(count) if count <= MAX_WORKERS => Ok(count),
            Self::Exactly(count) => Err(Error::invalid_argument(format!(
                "{count} workers are too many; {MAX_WORKERS} is the most"
            ))),
        }
    }
}

/// Workers that hold the model of a local embedder.
pub trait Workers {
    /// Batches under way.
    type Job: Job;

    /// The most workers that run at once; 0 where there can be none, or none any more.
    fn limit(&self) -> usize;

    /// Begins to embed batches of texts.
    fn start(&self, batches: &[Vec<Input<'_>>], role: Role) -> Self::Job;
}

/// Batches that workers share; dropping it gives up those that are not done.
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait Job {
    /// Waits for a batch to be done: its index, and the embeddings of its texts in order. `None` where no more will come,
    /// because all are done or because no worker can be started; the rest is the caller's then.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where a batch cannot be embedded.
    async fn next(&mut self) -> Result<Option<(usize, Vec<Embedding>)>>;
}

/// An embedder whose bulk work is done by workers. Queries and other small calls never wait behind it.
#[derive(Debug)]
pub struct PooledEmbedder<E, W> {
    local: E,
    workers: W,
}

impl<E: Embedder, W: Workers> PooledEmbedder<E, W> {
    /// An embedder of the same model as that of `workers`.
    pub fn new(local: E, workers: W) -> Self {
        Self { local, workers }
    }

    /// Whether a call is bulk work: the others, which somebody may wait for, never stand behind it.
    fn is_worth_sharing(&self, texts: usize, role: Role) -> bool {
        self.workers.limit() > 0 && role == Role::Passage && texts >= TEXTS_TO_SHARE
    }

    /// The number of tokens that the model sees of each text, or nearly; of a very long one only the beginning is read.
    async fn lengths(&self, inputs: &[Input<'_>], role: Role, task: &impl Task) -> Result<Vec<usize>> {
        let (overhead, limit) = (self.local.overhead(role), self.local.info().max_tokens);
        let mut lengths = Vec::with_capacity(inputs.len());
        for some in inputs.chunks(TEXTS_PER_WORKER) {
            task.checkpoint().await?;
            for Input { text, .. } in some {
                let beginning = &text[..text.floor_char_boundary(BYTES_PER_TOKEN * limit)];
                lengths.push((self.local.count_tokens(beginning)? + overhead).min(limit));
            }
        }
        Ok(lengths)
    }
}

impl<E: Embedder, W> Tokenizer for PooledEmbedder<E, W> {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        self.local.token_spans(text)
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        self.local.count_tokens(text)
    }
}

impl<E: Embedder, W: Workers> Embedder for PooledEmbedder<E, W> {
    fn info(&self) -> &ModelInfo {
        self.local.info()
    }

    fn overhead(&self, role: Role) -> usize {
        self.local.overhead(role)
    }

    fn bulk_size(&self) -> usize {
        self.local.bulk_size().max(TEXTS_PER_WORKER * self.workers.limit())
    }

    async fn embed_each(
        &self,
        inputs: &[Input<'_>],
        role: Role,
        task: &impl Task,
        mut take: impl FnMut(usize, Embedding),
    ) -> Result<()> {
        if !self.is_worth_sharing(inputs.len(), role) {
            return self.local.embed_each(inputs, role, task, take).await;
        }
        let lengths = self.lengths(inputs, role, task).await?;
        let mut waiting = batches(&lengths, BatchLimits::default());
        let inputs_of = |batch: &Vec<usize>| batch.iter().map(|&at| inputs[at]).collect::<Vec<_>>();
        let mut job = self.workers.start(&waiting.iter().map(inputs_of).collect::<Vec<_>>(), role);
        let (mut done, total) = (0, lengths.iter().sum());
        let share = async {
            while let Some((index, embeddings)) = job.next().await? {
                let batch = std::mem::take(&mut waiting[index]);
                done += batch.iter().map(|&at| lengths[at]).sum::<usize>();
                batch.into_iter().zip(embeddings).for_each(|(at, embedding)| take(at, embedding));
                task.report(Progress { phase: Phase::Embedding, done, total });
                task.checkpoint().await?;
            }
            Ok(())
        };
        task.unless_aborted(share).await??;
        let rest = waiting.concat();
        let task = Part { whole: task, before: done, size: total - done, total };
        self.local.embed_each(&inputs_of(&rest), role, &task, |at, embedding| take(rest[at], embedding)).await
    }
}

#[cfg(test)]
mod tests;
