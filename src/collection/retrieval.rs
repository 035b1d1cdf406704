//! Search: the query through all stages, from the filter to the texts of the hits.

mod copies;
mod evidence;
mod hit;
mod question;
mod rerank;
mod results;
mod selection;
mod window;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::Collection;
use super::model::ModelStatus;
use super::trace::{HitTrace, RerankTrace, Stopwatch, Times, Trace};
use crate::error::{Error, ErrorKind, Result};
use crate::evidence::EvidenceOptions;
use crate::filter::Filter;
use crate::generation::{Generation, Needs};
use crate::index::{
    ANSWERABLE, CANDIDATES, Counts, DocumentPlace, Fusion, Index, Mode, RowId, Search, SearchQuery, Signals,
    Suggestions, Widening, suggest,
};
use crate::model::baseline::closeness;
use crate::model::{Embedder, PairScore, PairScorer};
use crate::order::Order;
use crate::select::Selection;
use crate::sentences::{Sentence, sentences};
use crate::store::Store;
use crate::task::{Phase, Progress, Task};
use copies::{Copies, ROUNDS, Said};
use evidence::{Words, with_evidence};
use hit::View;
pub use hit::{Hit, HitCopy, HitEvidence, HitMatch, WidePassage};
use question::{Memory, Question};
use rerank::Blend;
pub use rerank::{Rerank, SecondStage};
pub(super) use results::Results;
use results::{Asked, is_worth_keeping};
use selection::{Candidate, Chosen, pool, select};

/// How to search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SearchOptions {
    /// The most hits to return. Legal from 1; more than there are chunks returns all that match; the default is 8.
    pub k: usize,
    /// Which arms of the index to use; the default is [`Mode::Hybrid`].
    pub mode: Mode,
    /// How the arms are combined in hybrid mode.
    pub fusion: Fusion,
    /// How far the words of the query are widened, where they are scored.
    pub widening: Widening,
    /// Which documents may be found; the default is all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Hits of a lower score are left out; the default is none. What a score means depends on mode, fusion and scorer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_score: Option<f32>,
    /// Hits of a lower [`Hit::relevance`] are left out, so that there may be fewer than `k`; from 0 to 1, the default is
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_relevance: Option<f32>,
    /// The most hits of one document, from 1; the default is any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_document: Option<usize>,
    /// How much being like a better hit counts against a hit, from 0, the default, to 1; see [`Selection::diversity`].
    pub diversity: f32,
    /// By how many chunks before and after it each hit is widened to a passage. Hits whose passages overlap or touch
    /// become one. The default is 0.
    pub expand: usize,
    /// Whether chunks that say the same are hits of their own. By default they are not: the best of them is a hit, which counts
    /// once, and the others are its [`copies`](Hit::copies).
    pub duplicates: bool,
    /// How many sentences are chosen as [`Hit::evidence`].
    pub evidence: EvidenceOptions,
    /// Whether the result has a [`Trace`]; the default is no.
    pub explain: bool,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            k: 8,
            mode: Mode::default(),
            fusion: Fusion::default(),
            widening: Widening::default(),
            filter: None,
            min_score: None,
            min_relevance: None,
            max_per_document: None,
            diversity: 0.0,
            expand: 0,
            duplicates: false,
            evidence: EvidenceOptions::default(),
            explain: false,
        }
    }
}

impl SearchOptions {
    fn validate(&self) -> Result<()> {
        self.selection().validate()?;
        self.evidence.validate()?;
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

/// How many completions are suggested where nobody says otherwise.
pub const SUGGESTIONS: usize = 8;

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
    /// How it was searched.
    pub options: SearchOptions,
    /// Its second stage; `None` where there was none.
    pub rerank: Option<SecondStage>,
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
    /// The fingerprint of the model that made its vectors; `None` while there is none.
    pub fingerprint: Option<String>,
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
    /// [`SearchOptions::min_score`] and [`SearchOptions::diversity`] then go by what both stages say together, in the range of the
    /// first stage's scores; hits beyond its candidates follow with the scores that they have.
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
        self.search_one(query, options, rerank, Memory::Used, task).await
    }

    /// Finds chunks for each of some queries as [`Collection::search_with`] does, all in one generation. The queries are embedded
    /// together.
    ///
    /// # Errors
    /// As [`Collection::search_with`], naming the query; then there is no result for any of them.
    pub async fn search_many(
        &self,
        queries: &[&str],
        options: &SearchOptions,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        task: &impl Task,
    ) -> Result<Vec<SearchResult>> {
        for (place, query) in queries.iter().enumerate() {
            check_query(query).map_err(|error| error.within(format_args!("queries[{place}]")))?;
        }
        self.search_each(queries, options, rerank, Memory::Used, task).await
    }

    /// Searches as [`Collection::search_with`] does, with nothing taken from what was asked before.
    pub(super) async fn search_afresh(
        &self,
        query: &str,
        options: &SearchOptions,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        task: &impl Task,
    ) -> Result<SearchResult> {
        self.search_one(query, options, rerank, Memory::Unused, task).await
    }

    /// Searches a generation that need not be a committed one, as [`Collection::search_afresh`] does.
    pub(super) async fn search_in(
        &self,
        generation: &Generation,
        query: &str,
        options: &SearchOptions,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        task: &impl Task,
    ) -> Result<SearchResult> {
        options.validate()?;
        let question = self.questions(&[query], options, Memory::Unused, task).await?.remove(0);
        self.search_generation(generation, &question, rerank, Times::default(), task).await
    }

    /// Completes the last word of a text and corrects words that the collection does not have, for search as you type: at
    /// most `limit` completions.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a limit of 0, [`ErrorKind::Closed`], and the store's errors.
    pub async fn suggest(&self, text: &str, limit: usize) -> Result<Suggestions> {
        let _call = self.foreground.enter();
        if limit == 0 {
            return Err(Error::invalid_argument("limit must be 1 or more"));
        }
        self.check_open()?;
        let needs = Needs { words: true, ..Needs::TABLES };
        self.consistently(needs, async |generation| Ok(suggest(generation.index.segments(), text, limit)))
            .await
    }

    async fn search_one(
        &self,
        query: &str,
        options: &SearchOptions,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        memory: Memory,
        task: &impl Task,
    ) -> Result<SearchResult> {
        check_query(query)?;
        Ok(self.search_each(&[query], options, rerank, memory, task).await?.remove(0))
    }

    async fn search_each(
        &self,
        queries: &[&str],
        options: &SearchOptions,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        memory: Memory,
        task: &impl Task,
    ) -> Result<Vec<SearchResult>> {
        let _call = self.foreground.enter();
        options.validate()?;
        rerank.map_or(Ok(()), |rerank| rerank.stage.validate())?;
        self.check_open()?;
        let mut times = Times::default();
        let mut stopwatch = Stopwatch::start(task);
        let questions = self.questions(queries, options, memory, task).await?;
        stopwatch.lap(&mut times.embedding);
        times.embedding /= queries.len() as f64;
        let needs = Needs {
            words: options.mode != Mode::Dense,
            vectors: questions.iter().any(|question| question.asked.is_some()) || options.diversity > 0.0,
        };
        self.consistently(needs, async |generation| {
            let mut found = Vec::with_capacity(questions.len());
            for question in &questions {
                if questions.len() > 1 {
                    task.report(Progress {
                        phase: Phase::Searching,
                        done: found.len(),
                        total: queries.len(),
                    });
                    task.checkpoint().await?;
                }
                found.push(match memory {
                    Memory::Used => self.search_again(generation, question, rerank, times, task).await?,
                    Memory::Unused => {
                        self.search_generation(generation, question, rerank, times, task).await?
                    }
                });
            }
            Ok(found)
        })
        .await
    }

    /// What was found when the same was asked of this generation, or else what is found now.
    async fn search_again(
        &self,
        generation: &Generation,
        question: &Question<'_, E>,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        times: Times,
        task: &impl Task,
    ) -> Result<SearchResult> {
        let asked = Asked::new(question, rerank, generation.number());
        if let Some(asked) = &asked
            && let Some(found) = self.results.borrow_mut().get(asked)
        {
            return Ok(found.clone());
        }
        let found = self.search_generation(generation, question, rerank, times, task).await?;
        if let Some(asked) = asked.filter(|_| is_worth_keeping(&found)) {
            self.results.borrow_mut().insert(asked, found.clone());
        }
        Ok(found)
    }

    async fn search_generation(
        &self,
        generation: &Generation,
        question: &Question<'_, E>,
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
                widening: options.widening,
                filter: options.filter.as_ref(),
                candidates: if options.diversity > 0.0 { CANDIDATES } else { 0 },
                ..SearchQuery::new(
                    question.text,
                    None,
                    options.k.max(rerank.map_or(0, |it| it.stage.candidates)),
                )
            },
        )?;
        stopwatch.lap(&mut times.filter);
        search.score_words();
        self.boost_phrases(generation, &mut search).await?;
        stopwatch.lap(&mut times.lexical);
        search.score_vectors();
        stopwatch.lap(&mut times.dense);

        let mut copies = Copies::new(options.duplicates);
        let mut ranking = Ranking::of(&search);
        let mut second_stage = None;
        stopwatch.lap(&mut times.fusion);
        if let Some(rerank) = rerank {
            // Copies are scored once, so where there are many of them too few others may be among the candidates.
            let wanted = rerank.stage.candidates.max(options.k);
            while ranking.more && ranking.distinct(&generation.index, &copies) < wanted {
                ranking.deepen(&mut search, task).await?;
            }
            let said = |candidate: &Candidate| copies.said(&generation.index, candidate.row());
            let (pool, others) = first_of_each(std::mem::take(&mut ranking.pool), said);
            let (pool, done) = self.rerank(generation, question, rerank, &mut search, pool, task).await?;
            ranking.pool = with_copies(pool, others, said);
            (ranking.more, second_stage) = (false, Some(done));
            stopwatch.lap(&mut times.rerank);
        }
        let mut rounds = 1;
        let read = loop {
            let chosen = select(&generation.index, &ranking.pool, options, &copies);
            if chosen.len() < options.k && ranking.more && !ranking.is_cut(options.min_score) {
                ranking.deepen(&mut search, task).await?;
                continue;
            }
            stopwatch.lap(&mut times.fusion);
            let read = self.read_hits(generation, &mut search, question.unrelated(), chosen).await?;
            stopwatch.lap(&mut times.texts);
            if rounds == ROUNDS || !copies.learn(&generation.index, &read) {
                break read;
            }
            rounds += 1;
        };
        let (chosen, read, damaged) = sound(&generation.index, read, options.min_relevance.unwrap_or(0.0));
        let read = chosen.iter().map(|chosen| chosen.candidate.row()).zip(read).collect();
        let hits = with_evidence(generation, read, &Words::of(&search), question);
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
            candidates: ranking.candidates,
            terms: search.terms().to_vec(),
            segments: search.paths().to_vec(),
            rerank: second_stage,
            hits: chosen.iter().map(|chosen| explain(&search, chosen)).collect(),
            times,
        });
        Ok(SearchResult {
            query: question.text.to_owned(),
            options: options.clone(),
            rerank: rerank.map(|rerank| rerank.stage),
            answerable: hits.iter().any(|hit| hit.relevance >= ANSWERABLE),
            hits,
            query_truncated: question.is_truncated(),
            unembedded,
            model: question.status,
            damaged,
            generation: generation.number(),
            fingerprint: generation.fingerprint.clone(),
            trace,
        })
    }

    /// Looks for the phrases of a query in the texts of the chunks that hold all of their words.
    async fn boost_phrases(&self, generation: &Generation, search: &mut Search<'_, '_>) -> Result<()> {
        for phrase in 0..search.phrases().min(MAX_PHRASES) {
            let mut found = Vec::new();
            for rows in search.rows_with_all(phrase).chunks(CHUNKS_AT_ONCE) {
                // A damaged text holds no phrase; if its words make it a hit, that says what is wrong.
                let quotes = self.quotes(generation, rows).await?;
                let matcher = search.matcher();
                let counted = rows.iter().zip(quotes).filter_map(|(row, quote)| {
                    let language = generation.index.document(generation.index.document_of(*row)).language;
                    Some((*row, matcher.phrase_frequency(phrase, language, &quote.ok()?)))
                });
                found.extend(counted);
            }
            search.add_phrase(phrase, &found);
        }
        Ok(())
    }

    /// The best of some candidates, none of which says the same as another, in the order of the second stage; of equal scores the
    /// one that was ahead stays ahead.
    async fn rerank(
        &self,
        generation: &Generation,
        question: &Question<'_, E>,
        rerank: &Rerank<'_, impl PairScorer>,
        search: &mut Search<'_, '_>,
        mut pool: Vec<Candidate>,
        task: &impl Task,
    ) -> Result<(Vec<Candidate>, RerankTrace)> {
        pool.truncate(rerank.stage.candidates.max(question.options.k));
        let unscored = pool.split_off(rerank.stage.candidates.min(pool.len()));
        let rows: Vec<RowId> = pool.iter().map(Candidate::row).collect();
        let passages = self.windows(generation, question, search, &rows, rerank.stage.window).await?;
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
        let scoring = rerank.scores(question.text, &passages, task);
        let scores = self.foreground.step_aside(scoring).await?;
        let first: Vec<f32> = pool.iter().map(Candidate::score).collect();
        let blend = Blend::new(&first, &scores, &rerank.stage);
        let done = RerankTrace { candidates: passages.len(), scored: scores.len(), weight: blend.weight };
        for (place, candidate) in pool.iter_mut().enumerate() {
            candidate.reranked = scores.get(place).copied();
            candidate.blended = Some(blend.scores[place]);
        }
        pool.order_by(|a, b| b.score().total_cmp(&a.score()));
        pool.extend(unscored); // which score less than all candidates
        for mut candidate in unreadable {
            // Behind the others, so that the pool stays in order.
            candidate.blended = Some(pool.last().map_or(0.0, Candidate::score));
            pool.push(candidate);
        }
        Ok((pool, done))
    }

    /// What is shown of the chosen candidates, or why their texts cannot be read.
    async fn read_hits(
        &self,
        generation: &Generation,
        search: &mut Search<'_, '_>,
        unrelated: Option<f32>,
        chosen: Vec<Chosen>,
    ) -> Result<Vec<Read>> {
        let index = &generation.index;
        let spans: Vec<_> = chosen
            .iter()
            .map(|chosen| (index.document_of(chosen.candidate.row()), chosen.span(index)))
            .collect();
        let texts = self.slices(generation, &spans).await?;
        let language = |place: &DocumentPlace| index.document(*place).language;
        let readable = spans
            .iter()
            .zip(&texts)
            .filter_map(|((place, _), text)| Some((language(place), text.as_ref().ok()?.as_str())));
        search.learn_texts(&readable.collect::<Vec<_>>());
        let matcher = search.matcher();
        let read = chosen.into_iter().zip(texts).map(|(mut chosen, text)| {
            let hit = text.and_then(|text| {
                let view = View::new(index, &chosen, text, &matcher)?;
                chosen.signals = signals(search, unrelated, &chosen, &view);
                let hit = view.into_hit(&chosen);
                Ok(ReadHit { sentences: sentences(&hit.text), hit })
            });
            (chosen, hit)
        });
        Ok(read.collect())
    }
}

fn check_query(query: &str) -> Result<()> {
    if query.trim().is_empty() {
        Err(Error::new(ErrorKind::EmptyQuery, "the query is empty"))
    } else {
        Ok(())
    }
}

/// A hit, and the sentences of its text.
struct ReadHit {
    hit: Hit,
    sentences: Vec<Sentence>,
}

/// A chosen candidate with what is shown of it, or why its text cannot be read.
type Read = (Chosen, Result<ReadHit>);

/// The hits that are relevant enough with those that they were chosen as, and those that cannot be read.
fn sound(index: &Index, read: Vec<Read>, min_relevance: f32) -> (Vec<Chosen>, Vec<ReadHit>, Vec<DamagedHit>) {
    let (mut kept, mut hits, mut damaged) = (Vec::new(), Vec::new(), Vec::new());
    for (chosen, hit) in read {
        match hit {
            Ok(read) if read.hit.relevance < min_relevance => {}
            Ok(read) => {
                hits.push(read);
                kept.push(chosen);
            }
            Err(error) => {
                let document = index.document(index.document_of(chosen.candidate.row())).id.clone();
                damaged.push(DamagedHit { document, message: error.message().to_owned() });
            }
        }
    }
    (kept, hits, damaged)
}

/// The candidates of a search so far.
struct Ranking {
    /// Best first.
    pool: Vec<Candidate>,
    /// How many they were before a second stage.
    candidates: usize,
    /// Whether there are more where they come from.
    more: bool,
}

impl Ranking {
    fn of(search: &Search<'_, '_>) -> Self {
        let (ranked, more) = search.rank();
        Self { candidates: ranked.len(), pool: pool(ranked), more }
    }

    /// Asks for more candidates.
    async fn deepen(&mut self, search: &mut Search<'_, '_>, task: &impl Task) -> Result<()> {
        task.checkpoint().await?;
        search.deepen();
        *self = Self::of(search);
        Ok(())
    }

    /// How many different things the candidates say.
    fn distinct(&self, index: &Index, copies: &Copies) -> usize {
        let said = self.pool.iter().map(|candidate| copies.said(index, candidate.row()));
        said.collect::<HashSet<_>>().len()
    }

    /// Whether some candidates, and so all that would come after them, are below the least score.
    fn is_cut(&self, min_score: Option<f32>) -> bool {
        self.pool.last().is_some_and(|last| min_score.is_some_and(|least| last.score() < least))
    }
}

/// Of candidates that say the same the first, in order, and the others by what they say.
fn first_of_each(
    pool: Vec<Candidate>,
    said: impl Fn(&Candidate) -> Said,
) -> (Vec<Candidate>, HashMap<Said, Vec<Candidate>>) {
    let mut first = Vec::new();
    let mut others: HashMap<Said, Vec<Candidate>> = HashMap::new();
    for candidate in pool {
        match others.get_mut(&said(&candidate)) {
            Some(others) => others.push(candidate),
            None => {
                others.insert(said(&candidate), Vec::new());
                first.push(candidate);
            }
        }
    }
    (first, others)
}

/// Candidates after a second stage, each followed by those that say the same, which have its score.
fn with_copies(
    pool: Vec<Candidate>,
    mut others: HashMap<Said, Vec<Candidate>>,
    said: impl Fn(&Candidate) -> Said,
) -> Vec<Candidate> {
    let each = pool.into_iter().flat_map(|first| {
        let copies = others.remove(&said(&first)).unwrap_or_default().into_iter();
        let scored =
            copies.map(move |it| Candidate { reranked: first.reranked, blended: first.blended, ..it });
        [first].into_iter().chain(scored)
    });
    each.collect()
}

/// What the relevance of a chosen candidate goes by.
fn signals(search: &Search<'_, '_>, unrelated: Option<f32>, chosen: &Chosen, view: &View<'_>) -> Signals {
    let cosine = chosen.candidate.ranked.dense.map(|arm| arm.score);
    let closeness = cosine.zip(unrelated).and_then(|(cosine, level)| closeness(cosine, level));
    Signals { closeness, words: search.word_signal(view.language(), view.words()) }
}

fn explain(search: &Search<'_, '_>, chosen: &Chosen) -> HitTrace {
    let Candidate { ranked, rank, reranked, .. } = chosen.candidate;
    HitTrace {
        fused: ranked.score,
        rank,
        dense: ranked.dense,
        lexical: ranked.lexical,
        neutral: ranked.neutral,
        terms: search.explain_words(&ranked),
        signals: chosen.signals,
        reranked,
    }
}

#[cfg(test)]
mod tests;
