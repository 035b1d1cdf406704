//! What is searched for: the query, with its vector where the mode has a use for one and the model is here.

use std::rc::Rc;

use super::SearchOptions;
use crate::collection::Collection;
use crate::collection::model::{AskedVector, Loaded, ModelStatus};
use crate::error::Result;
use crate::generation::{Generation, Needs};
use crate::index::Mode;
use crate::model::Embedder;
use crate::store::Store;
use crate::task::Task;

/// What to search for.
pub(super) struct Question<'q, E> {
    pub text: &'q str,
    /// Its vector, where it takes part.
    pub asked: Option<Rc<AskedVector>>,
    /// The model that made it.
    pub model: Option<Rc<Loaded<E>>>,
    pub status: ModelStatus,
    pub options: &'q SearchOptions,
}

impl<E: Embedder> Question<'_, E> {
    /// The query's vector, where it can be compared with the stored ones.
    pub fn vector(&self, generation: &Generation) -> Option<&[f32]> {
        let own = self.model.as_ref().map(|model| &model.embedder.info().fingerprint);
        let is_theirs = generation.fingerprint.is_none() || generation.fingerprint.as_ref() == own;
        self.asked.as_ref().filter(|_| is_theirs).map(|asked| asked.embedding.vector.as_slice())
    }

    /// The mean cosine of the query and texts that have nothing to do with it.
    pub fn unrelated(&self) -> Option<f32> {
        self.asked.as_ref().map(|asked| asked.unrelated)
    }

    /// Whether it is longer than the model takes, so that only its beginning was embedded.
    pub fn is_truncated(&self) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.embedding.truncated)
    }
}

/// Whether what was asked before need not be computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collection) enum Memory {
    /// The vectors of the last queries and the results of the last searches are used.
    Used,
    /// Everything is computed: where that is measured or compared.
    Unused,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Embeds queries, where their mode has a use for that and the model is here. A dense search waits for the model.
    pub(super) async fn questions<'q>(
        &self,
        texts: &[&'q str],
        options: &'q SearchOptions,
        memory: Memory,
        task: &impl Task,
    ) -> Result<Vec<Question<'q, E>>> {
        let stored = self.current(Needs::TABLES).await?.fingerprint.clone();
        let model = match options.mode {
            Mode::Dense => {
                let waiting = async { task.unless_aborted(self.model.wait()).await };
                Some(self.foreground.step_aside(waiting).await??)
            }
            Mode::Lexical | Mode::Hybrid => self.model.get(),
        };
        let status = self.model.state(stored.as_deref()).status();
        if options.mode == Mode::Dense && status == ModelStatus::Mismatch {
            return Err(self.mismatch());
        }
        let is_asked = match options.mode {
            Mode::Lexical => false,
            Mode::Hybrid => options.fusion.dense_weight > 0.0,
            Mode::Dense => true,
        };
        let model = model.filter(|_| is_asked && status == ModelStatus::Ready);
        let asked = match &model {
            Some(model) if memory == Memory::Used => model.ask_again(texts, task).await?,
            Some(model) => model.ask(texts, task).await?,
            None => Vec::new(),
        };
        let mut asked = asked.into_iter();
        let question =
            |text: &&'q str| Question { text, asked: asked.next(), model: model.clone(), status, options };
        Ok(texts.iter().map(question).collect())
    }
}
