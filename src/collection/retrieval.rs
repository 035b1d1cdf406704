//! Search: the query through all stages, from the filter to the texts of the hits.

mod hit;
mod selection;

use super::Collection;
use super::model::ModelStatus;
use super::trace::{HitTrace, Stopwatch, Times, Trace};
use crate::error::{Error, ErrorKind, Result};
use crate::filter::Filter;
use crate::generation::{Generation, Needs};
use crate::index::{
    ANSWERABLE, CANDIDATES, Counts, Evidence, Fusion, Mode, RowId, Search, SearchQuery, phrase_frequency,
};
use crate::model::baseline::closeness;
use crate::model::{Embedder, Embedding, PairScore, PairScorer, Role};
use crate::select::Selection;
use crate::store::Store;
use crate::task::Task;
use hit::hit;
pub use hit::{Hit, WidePassage};
use selection::{Candidate, Chosen, pool, select};

/// How to search.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchOptions {
    /// The most hits to return. Legal from 1; more than there are chunks returns all that match; the default is 8.
    pub k: usize,
    /// Which arms of the index to use; the default is [`Mode::Hybrid`].
    pub mode: Mode,
    /// How the arms are combined in hybrid mode.
    pub fusion: Fusion,
    /// Which documents may be found; the default is all.
    pub filter: Option<Filter>,
    /// Hits of a lower score are left out; the default is none. What a score means depends on mode, fusion and scorer.
    pub min_score: Option<f32>,
    /// Hits of a lower [`Hit::relevance`] are left out, so that there may be fewer than `k`; from 0 to 1, the default is
    /// none.
    pub min_relevance: Option<f32>,
    /// The most hits of one document, from 1; the default is any number.
    pub max_per_document: Option<usize>,
    /// How much being like a better hit counts against a hit, from 0, the default, to 1; see [`Selection::diversity`].
    pub diversity: f32,
    /// By how many chunks before and after it each hit is widened to a passage. Hits whose passages overlap or touch
    /// become one. The default is 0.
    pub expand: usize,
    /// Whether the result has a [`Trace`]; the default is no.
    pub explain: bool,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            k: 8,
            mode: Mode::default(),
            fusion: Fusion::default(),
            filter: None,
            min_score: None,
            min_relevance: None,
            max_per_document: None,
            diversity: 0.0,
            expand: 0,
            explain: false,
        }
    }
}

impl SearchOptions {
    fn validate(&self) -> Result<()> {
        self.selection().validate()?;
        match self.min_relevance {
            Some(least) if !(0.0..=1.0).contains(&least) => {
                Err(Error::invalid_argument(format!("minRelevance must be from 0 to 1, not {least}")))
            }
            _ => Ok(()),
        }
    }

    fn selection(&self) -> Selection {
        Selection {
            k: self.k,
            min_score: self.min_score,
            max_per_document: self.max_per_document,
            diversity: self.diversity,
        }
    }
}

/// How many phrases of a query are looked for; further ones count by their words only.
const MAX_PHRASES: usize = 8;

/// How many chunks have their documents' texts in memory at once, while a phrase is looked for.
const CHUNKS_AT_ONCE: usize = 16;

/// How many candidates a second stage scores where nobody says otherwise.
pub const RERANK_CANDIDATES: usize = 50;

/// A second stage: the best candidates of the index are scored again, each together with the query.
#[derive(Clone, Copy, Debug)]
pub struct Rerank<'s, P> {
    /// How many candidates are scored, from 1; at least `k` are. [`RERANK_CANDIDATES`] is usual.
    pub candidates: usize,
    /// What scores them.
    pub scorer: &'s P,
}

/// The scorer of searches without a second stage.
#[derive(Clone, Copy, Debug)]
pub enum NoScorer {}

impl PairScorer for NoScorer {
    async fn score(&self, _: &str, _: &[&str], _: &impl Task) -> Result<Vec<PairScore>> {
        match *self {}
    }
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchResult {
    /// The query as it was given.
    pub query: String,
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// Whether any of them is likely to answer: its [`Hit::relevance`] is [`ANSWERABLE`] or more.
    pub answerable: bool,
    /// Whether the query was longer than the model takes, so that only its beginning was embedded.
    pub query_truncated: bool,
    /// How many chunks had no vector yet and could be found by their words only.
    pub unembedded: usize,
    /// Whether the model took part, where the mode has a dense arm: only with [`ModelStatus::Ready`].
    pub model: ModelStatus,
    /// Hits that are not returned because the stored texts of their documents are damaged, best first.
    pub damaged: Vec<DamagedHit>,
    /// The generation that was searched.
    pub generation: u64,
    /// What the search did, where [`SearchOptions::explain`] asks for it.
    pub trace: Option<Trace>,
}

/// A hit whose text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedHit {
    /// The document's id.
    pub document: String,
    /// What is wrong with its text.
    pub message: String,
}

/// What to search for, embedded by a model.
struct Question<'q> {
    text: &'q str,
    embedding: Option<Embedding>,
    /// The mean cosine of the embedding and texts that have nothing to do with it.
    unrelated: Option<f32>,
    /// The fingerprint of that model.
    fingerprint: Option<String>,
    status: ModelStatus,
    options: &'q SearchOptions,
}

impl Question<'_> {
    /// The query's vector, where it can be compared with the stored ones.
    fn vector(&self, generation: &Generation) -> Option<&[f32]> {
        let is_theirs = generation.fingerprint.is_none() || generation.fingerprint == self.fingerprint;
        self.embedding.as_ref().filter(|_| is_theirs).map(|embedding| embedding.vector.as_slice())
    }
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Finds the chunks that answer `query` best. Parts of it in quotation marks are looked for word by word, and chunks
    /// that hold them rank higher.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyQuery`] for a query of nothing but white space, [`ErrorKind::InvalidArgument`] for options
    /// outside their range, [`ErrorKind::InvalidFilter`] for a filter that does not fit the metadata; in
    /// [`Mode::Dense`], which waits for the model, [`ErrorKind::ModelMismatch`] where that is another than the stored
    /// vectors', and what made its loading fail; [`ErrorKind::Aborted`], [`ErrorKind::Closed`], the store's errors.
    pub async fn search(
        &self,
        query: &str,
        options: &SearchOptions,
        task: &impl Task,
    ) -> Result<SearchResult> {
        self.search_with(query, options, None::<&Rerank<'_, NoScorer>>, task).await
    }

    /// Finds chunks as [`Collection::search`] does, with a second stage if there is one: what [`Hit::score`] is, the order,
    /// [`SearchOptions::min_score`] and [`SearchOptions::diversity`] then go by the scorer's scores, and only candidates that
    /// were scored are returned.
    ///
    /// # Errors
    /// As [`Collection::search`], and the scorer's errors.
    pub async fn search_with(
        &self,
        query: &str,
        options: &SearchOptions,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        task: &impl Task,
    ) -> Result<SearchResult> {
        let _call = self.foreground.enter();
        if query.trim().is_empty() {
            return Err(Error::new(ErrorKind::EmptyQuery, "the query is empty"));
        }
        options.validate()?;
        if rerank.is_some_and(|rerank| rerank.candidates == 0) {
            return Err(Error::invalid_argument("rerank.candidates must be 1 or more"));
        }
        self.check_open()?;
        let mut times = Times::default();
        let mut stopwatch = Stopwatch::start(task);
        let question = self.question(query, options, task).await?;
        stopwatch.lap(&mut times.embedding);
        let needs = Needs {
            words: options.mode != Mode::Dense,
            vectors: question.embedding.is_some() || options.diversity > 0.0,
        };
        self.consistently(needs, async |generation| {
            self.search_generation(generation, &question, rerank, times, task).await
        })
        .await
    }

    /// Embeds a query, where its mode has a use for that and the model is here. A dense search waits for the model.
    async fn question<'q>(
        &self,
        text: &'q str,
        options: &'q SearchOptions,
        task: &impl Task,
    ) -> Result<Question<'q>> {
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
        let embedding = match &model {
            Some(model) => model.embedder.embed(&[text], Role::Query, task).await?.pop(),
            None => None,
        };
        let unrelated = match (&model, &embedding) {
            (Some(model), Some(embedding)) => Some(model.baseline(task).await?.level(&embedding.vector)),
            _ => None,
        };
        let fingerprint = model.map(|model| model.embedder.info().fingerprint.clone());
        Ok(Question { text, embedding, unrelated, fingerprint, status, options })
    }

    async fn search_generation(
        &self,
        generation: &Generation,
        question: &Question<'_>,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        mut times: Times,
        task: &impl Task,
    ) -> Result<SearchResult> {
        let options = question.options;
        let mut stopwatch = Stopwatch::start(task);
        let mut search = Search::new(
            &generation.index,
            SearchQuery {
                vector: question.vector(generation),
                mode: options.mode,
                fusion: options.fusion,
                filter: options.filter.as_ref(),
                candidates: if options.diversity > 0.0 { CANDIDATES } else { 0 },
                ..SearchQuery::new(question.text, None, options.k.max(rerank.map_or(0, |it| it.candidates)))
            },
        )?;
        stopwatch.lap(&mut times.filter);
        search.score_words();
        self.boost_phrases(generation, &mut search).await?;
        stopwatch.lap(&mut times.lexical);
        search.score_vectors();
        stopwatch.lap(&mut times.dense);

        let (candidates, chosen) = loop {
            let (ranked, more) = search.rank();
            let candidates = ranked.len();
            let mut pool = pool(ranked);
            stopwatch.lap(&mut times.fusion);
            if let Some(rerank) = rerank {
                pool = self.rerank(generation, question, rerank, pool, task).await?;
                stopwatch.lap(&mut times.rerank);
            }
            let chosen = select(&generation.index, &pool, options);
            let is_cut =
                pool.last().is_some_and(|last| options.min_score.is_some_and(|it| last.score() < it));
            if chosen.len() >= options.k || !more || is_cut || rerank.is_some() {
                break (candidates, chosen);
            }
            task.checkpoint().await?;
            search.deepen();
        };
        let chosen = relevant(&search, question, chosen);
        stopwatch.lap(&mut times.fusion);
        let (chosen, hits, damaged) = self.hits(generation, chosen).await?;
        stopwatch.lap(&mut times.texts);

        let Counts { chunks, chunks_without_vector: unembedded, .. } = generation.index.counts();
        let trace = options.explain.then(|| Trace {
            query: question.text.to_owned(),
            mode: options.mode,
            fusion: options.fusion,
            filter: options.filter.as_ref().map(ToString::to_string),
            generation: generation.number(),
            fingerprint: generation.fingerprint.clone(),
            chunks,
            eligible: search.eligible(),
            unembedded,
            candidates,
            terms: search.terms().to_vec(),
            segments: search.paths().to_vec(),
            hits: chosen.iter().map(|chosen| explain(&search, chosen)).collect(),
            times,
        });
        Ok(SearchResult {
            query: question.text.to_owned(),
            answerable: hits.iter().any(|hit| hit.relevance >= ANSWERABLE),
            hits,
            query_truncated: question.embedding.as_ref().is_some_and(|embedding| embedding.truncated),
            unembedded,
            model: question.status,
            damaged,
            generation: generation.number(),
            trace,
        })
    }

    /// Looks for the phrases of a query in the texts of the chunks that hold all of their words.
    async fn boost_phrases(&self, generation: &Generation, search: &mut Search<'_, '_>) -> Result<()> {
        for phrase in search.phrases().iter().take(MAX_PHRASES).cloned().collect::<Vec<_>>() {
            let language = generation.index.language();
            let mut found = Vec::new();
            for rows in search.rows_with_all(&phrase).chunks(CHUNKS_AT_ONCE) {
                // A damaged text holds no phrase; if its words make it a hit, that says what is wrong.
                let quotes = self.quotes(generation, rows).await?;
                let counted = rows.iter().zip(quotes).filter_map(|(row, quote)| {
                    Some((*row, phrase_frequency(language, &phrase, &quote.ok()?)))
                });
                found.extend(counted);
            }
            search.add_phrase(&phrase, &found);
        }
        Ok(())
    }

    /// The best candidates of a pool in the order of the second stage; of equal scores the one that was ahead stays ahead.
    async fn rerank(
        &self,
        generation: &Generation,
        question: &Question<'_>,
        rerank: &Rerank<'_, impl PairScorer>,
        mut pool: Vec<Candidate>,
        task: &impl Task,
    ) -> Result<Vec<Candidate>> {
        pool.truncate(rerank.candidates.max(question.options.k));
        let rows: Vec<RowId> = pool.iter().map(Candidate::row).collect();
        let passages = self.passages(generation, &rows).await?;
        // What cannot be read cannot be scored: it keeps its place behind all that can.
        let (mut readable, mut unreadable, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (candidate, passage) in pool.into_iter().zip(passages) {
            match passage {
                Ok(passage) => {
                    readable.push(candidate);
                    texts.push(passage);
                }
                Err(_) => unreadable.push(candidate),
            }
        }
        let mut pool = readable;
        let passages: Vec<&str> = texts.iter().map(String::as_str).collect();
        // A scorer outside may call this very collection.
        let scoring = rerank.scorer.score(question.text, &passages, task);
        let scores = self.foreground.step_aside(scoring).await?;
        if scores.len() != pool.len() || scores.iter().any(|score| !score.logit.is_finite()) {
            let message =
                format!("the scorer must give a finite number for each of the {} passages", pool.len());
            return Err(Error::invalid_argument(message));
        }
        for (candidate, score) in pool.iter_mut().zip(scores) {
            candidate.reranked = Some(score.logit);
        }
        pool.sort_by(|a, b| b.score().total_cmp(&a.score()));
        for mut candidate in unreadable {
            // Their scores are of the first stage; behind the others, so that the pool stays in order.
            candidate.reranked = Some(pool.last().map_or(0.0, Candidate::score));
            pool.push(candidate);
        }
        Ok(pool)
    }

    /// What is shown of the chosen candidates. Those whose texts are damaged are left out, and named.
    async fn hits(
        &self,
        generation: &Generation,
        chosen: Vec<Chosen>,
    ) -> Result<(Vec<Chosen>, Vec<Hit>, Vec<DamagedHit>)> {
        let index = &generation.index;
        let spans: Vec<_> = chosen
            .iter()
            .map(|chosen| (index.document_of(chosen.candidate.row()), chosen.span(index)))
            .collect();
        let texts = self.slices(generation, &spans).await?;
        let (mut kept, mut hits, mut damaged) = (Vec::new(), Vec::new(), Vec::new());
        for (chosen, text) in chosen.into_iter().zip(texts) {
            match text.and_then(|text| hit(index, &chosen, text)) {
                Ok(hit) => {
                    hits.push(hit);
                    kept.push(chosen);
                }
                Err(error) => {
                    let document = index.document(index.document_of(chosen.candidate.row())).id.clone();
                    damaged.push(DamagedHit { document, message: error.message().to_owned() });
                }
            }
        }
        Ok((kept, hits, damaged))
    }
}

/// The chosen candidates with the evidence of their relevance, without those that have too little of it.
fn relevant(search: &Search<'_, '_>, question: &Question<'_>, mut chosen: Vec<Chosen>) -> Vec<Chosen> {
    let rows: Vec<RowId> = chosen.iter().map(|chosen| chosen.candidate.row()).collect();
    for (chosen, words) in chosen.iter_mut().zip(search.word_evidence(&rows)) {
        let cosine = chosen.candidate.ranked.dense.map(|arm| arm.score);
        let closeness = cosine.zip(question.unrelated).and_then(|(cosine, level)| closeness(cosine, level));
        chosen.evidence = Evidence { closeness, words };
    }
    let least = question.options.min_relevance.unwrap_or(0.0);
    chosen.retain(|chosen| chosen.evidence.relevance() >= least);
    chosen
}

fn explain(search: &Search<'_, '_>, chosen: &Chosen) -> HitTrace {
    let Candidate { ranked, rank, reranked } = chosen.candidate;
    HitTrace {
        fused: ranked.score,
        rank,
        dense: ranked.dense,
        lexical: ranked.lexical,
        neutral: ranked.neutral,
        terms: search.explain_words(&ranked),
        evidence: chosen.evidence,
        reranked,
    }
}

#[cfg(test)]
mod tests;
