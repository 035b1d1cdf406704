//! Prompts: what a search finds, quoted and cited.

use super::Collection;
use super::retrieval::{Hit, NoScorer, Rerank, SearchOptions};
use super::retrieved::Retrieval;
use crate::error::Result;
use crate::model::{Embedder, PairScorer};
use crate::prompt::{self, NoCounter, Passage, Prompt, PromptOptions, Retrieved, TokenCounter, searched};
use crate::store::Store;
use crate::task::Task;

/// What to ask and how, for [`Collection::prompt`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromptRequest {
    /// How to search for passages.
    pub search: SearchOptions,
    /// How to build the prompt from them.
    pub prompt: PromptOptions,
}

/// A prompt, and what was searched for it.
#[derive(Clone, Debug, PartialEq)]
pub struct RetrievedPrompt {
    /// The prompt.
    pub prompt: Prompt,
    /// What was searched, and found.
    pub retrieval: Retrieval,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Searches for `question` and builds a cited prompt from the passages found. A question that goes on from
    /// [`PromptOptions::turns`] is searched together with what it refers to ([`searched`]).
    ///
    /// # Errors
    /// As [`Collection::search`] and [`prompt::build`].
    pub async fn prompt(
        &self,
        question: &str,
        request: &PromptRequest,
        task: &impl Task,
    ) -> Result<RetrievedPrompt> {
        self.prompt_with(question, request, None::<&Rerank<'_, NoScorer>>, task).await
    }

    /// Builds a prompt as [`Collection::prompt`] does, from what [`Collection::search_with`] finds.
    ///
    /// # Errors
    /// As [`Collection::search_with`] and [`prompt::build`].
    pub async fn prompt_with(
        &self,
        question: &str,
        request: &PromptRequest,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        task: &impl Task,
    ) -> Result<RetrievedPrompt> {
        self.prompt_counted(question, request, rerank, None::<&NoCounter>, task).await
    }

    /// Builds a prompt as [`Collection::prompt_with`] does, within a budget that `counter` counts; without one, the embedding
    /// model's tokenizer does.
    ///
    /// # Errors
    /// As [`Collection::search_with`] and [`prompt::build_with`], and [`ErrorKind::Aborted`](crate::error::ErrorKind::Aborted) also
    /// while it is counted.
    pub async fn prompt_counted(
        &self,
        question: &str,
        request: &PromptRequest,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        counter: Option<&impl TokenCounter>,
        task: &impl Task,
    ) -> Result<RetrievedPrompt> {
        // A passage takes a token at least: more of them than the budget has tokens can never be quoted.
        let k = request.search.k.min(request.prompt.budget.max(1));
        let options = SearchOptions { k, ..request.search.clone() };
        let query = searched(question, &request.prompt.turns);
        let found = self.search_with(&query, &options, rerank, task).await?;
        let retrieval = Retrieval::of(&found);
        let building = self.prompt_of_counted(question, found.hits, &request.prompt, counter);
        let prompt = task.unless_aborted(building).await??;
        Ok(RetrievedPrompt { prompt, retrieval })
    }

    /// Builds a prompt from what was retrieved before.
    ///
    /// # Errors
    /// As [`prompt::build`].
    pub fn prompt_of(
        &self,
        question: &str,
        retrieved: impl IntoIterator<Item: Into<Retrieved>>,
        options: &PromptOptions,
    ) -> Result<Prompt> {
        self.check_open()?;
        prompt::build(question, retrieved, options, &self.cutter())
    }

    /// Builds a prompt as [`Collection::prompt_of`] does, within a budget that `counter` counts, if there is one.
    ///
    /// # Errors
    /// As [`prompt::build_with`].
    pub async fn prompt_of_counted(
        &self,
        question: &str,
        retrieved: impl IntoIterator<Item: Into<Retrieved>>,
        options: &PromptOptions,
        counter: Option<&impl TokenCounter>,
    ) -> Result<Prompt> {
        match counter {
            None => self.prompt_of(question, retrieved, options),
            Some(counter) => {
                self.check_open()?;
                prompt::build_with(question, retrieved, options, counter).await
            }
        }
    }
}

impl From<Hit> for Retrieved {
    fn from(hit: Hit) -> Self {
        let chunk = hit.chunk.span_utf16;
        let evidence = hit.evidence.iter().map(|found| found.span_utf16).collect();
        Self { passage: hit.into(), chunk, evidence }
    }
}

impl From<Hit> for Passage {
    fn from(hit: Hit) -> Self {
        Self {
            document: hit.document,
            title: hit.title,
            section: hit.chunk.section,
            page: hit.chunk.page,
            frame: hit.passage.frame,
            span: hit.passage.span,
            span_utf16: hit.passage.span_utf16,
            text: hit.passage.text,
            score: hit.score,
            relevance: hit.relevance,
        }
    }
}
