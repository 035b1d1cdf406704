//! Search and prompts.

use super::Collection;
use super::state::{Row, State};
use crate::document::{Chunk, Metadata};
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Fusion, Mode, Ranked, SearchQuery};
use crate::model::{Embedder, Embedding, Role};
use crate::prompt::{self, Passage, Prompt, PromptOptions};
use crate::store::Store;
use crate::task::Unattended;

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchOptions {
    /// The most hits to return. Legal from 1; more than there are chunks returns all that match; the default is 8.
    pub k: usize,
    /// Which arms of the index to use; the default is [`Mode::Hybrid`].
    pub mode: Mode,
    /// How the arms are combined in hybrid mode.
    pub fusion: Fusion,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { k: 8, mode: Mode::default(), fusion: Fusion::default() }
    }
}

/// What to ask and how, for [`Collection::prompt`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromptRequest {
    /// How to search for passages.
    pub search: SearchOptions,
    /// How to build the prompt from them.
    pub prompt: PromptOptions,
}

/// A chunk that a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The document's id.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// The document's metadata.
    pub metadata: Metadata,
    /// Where it is.
    pub chunk: Chunk,
    /// The text of the chunk's span.
    pub text: String,
    /// What the hits are ranked by; comparable within one search only.
    pub score: f32,
    /// The cosine of query and chunk, from -1 to 1; `None` where the chunk has no vector yet or the mode uses none.
    pub dense: Option<f32>,
    /// The BM25 score; `None` where no term of the query is in the chunk or the mode uses none.
    pub lexical: Option<f32>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchResult {
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// Whether the query was longer than the model takes, so that only its beginning was embedded.
    pub query_truncated: bool,
    /// How many chunks had no vector yet and could be found by their words only.
    pub unembedded: usize,
    /// The generation that was searched.
    pub generation: u64,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Finds the chunks that answer `query` best.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyQuery`] for a query of nothing but white space, [`ErrorKind::InvalidArgument`] for options
    /// outside their range, [`ErrorKind::Closed`], the model's and the store's errors.
    pub async fn search(&self, query: &str, options: &SearchOptions) -> Result<SearchResult> {
        let _call = self.foreground.enter();
        if query.trim().is_empty() {
            return Err(Error::new(ErrorKind::EmptyQuery, "the query is empty"));
        }
        if options.k == 0 {
            return Err(Error::invalid_argument("k is 0; it must be at least 1"));
        }
        self.check_open()?;
        let embedding = match options.mode {
            Mode::Lexical => None,
            Mode::Dense | Mode::Hybrid => {
                self.embedder.embed(&[query], Role::Query, &Unattended).await?.pop()
            }
        };
        self.consistently(async |state| self.search_state(state, query, embedding.as_ref(), options).await)
            .await
    }

    /// Searches for `question` and builds a cited prompt from the passages found. Returns the prompt and whether the
    /// question was truncated for the model.
    ///
    /// # Errors
    /// As [`Collection::search`] and [`prompt::build`].
    pub async fn prompt(&self, question: &str, request: &PromptRequest) -> Result<(Prompt, bool)> {
        // A passage takes a token at least: more of them than the budget has tokens can never be quoted.
        let k = request.search.k.min(request.prompt.budget.max(1));
        let found = self.search(question, &SearchOptions { k, ..request.search }).await?;
        let passages = prompt::merge_overlapping(found.hits.into_iter().map(Passage::from).collect());
        let prompt = prompt::build(question, passages, &request.prompt, &self.embedder)?;
        Ok((prompt, found.query_truncated))
    }

    async fn search_state(
        &self,
        state: &State,
        query: &str,
        embedding: Option<&Embedding>,
        options: &SearchOptions,
    ) -> Result<SearchResult> {
        let ranked = state.index.search(&SearchQuery {
            vector: embedding.map(|embedding| embedding.vector.as_slice()),
            mode: options.mode,
            fusion: options.fusion,
            ..SearchQuery::new(query, None, options.k)
        })?;
        let places: Vec<_> = ranked.iter().map(|hit| state.document_of(Row::from(hit))).collect();
        let texts = self.texts(state, &places).await?;
        let hits = ranked
            .iter()
            .zip(&texts)
            .map(|(ranked, text)| hit(state, ranked, text))
            .collect::<Result<_>>()?;
        Ok(SearchResult {
            hits,
            query_truncated: embedding.is_some_and(|embedding| embedding.truncated),
            unembedded: state.index.counts().chunks_without_vector,
            generation: state.generation(),
        })
    }
}

fn hit(state: &State, ranked: &Ranked, text: &str) -> Result<Hit> {
    let row = Row::from(ranked);
    let record = state.index.document(state.document_of(row));
    let chunk = state.chunk(row).clone();
    let quote = chunk.span.slice(text).ok_or_else(|| {
        Error::corrupt(format!("document {:?}: the stored text does not hold {:?}", record.id, chunk.span))
    })?;
    Ok(Hit {
        document: record.id.clone(),
        title: record.title.clone(),
        metadata: record.metadata.clone(),
        text: quote.to_owned(),
        chunk,
        score: ranked.score,
        dense: ranked.dense,
        lexical: ranked.lexical,
    })
}

impl From<&Ranked> for Row {
    fn from(ranked: &Ranked) -> Self {
        Self { segment: ranked.segment, row: ranked.row }
    }
}

impl From<Hit> for Passage {
    fn from(hit: Hit) -> Self {
        Self {
            document: hit.document,
            title: hit.title,
            section: hit.chunk.section,
            span: hit.chunk.span,
            span_utf16: hit.chunk.span_utf16,
            text: hit.text,
            score: hit.score,
        }
    }
}
