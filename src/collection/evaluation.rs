//! Retrieval quality, measured on the collection itself: its questions, its documents, and other ways of cutting and
//! searching them.

use std::collections::HashMap;
use std::rc::Rc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Collection;
use super::model::{Cutter, Loaded, ModelStatus};
use super::retrieval::{Rerank, SearchOptions, SearchResult, SecondStage};
use crate::chunk::ChunkOptions;
use crate::document::Span;
use crate::error::{Error, Result};
use crate::evaluate::{
    Bootstrap, Frequencies, Grid, Outcome, Piece, Question, Report, Retrieved, Run, Setting, Source, Tokens,
    known_items, ranked,
};
use crate::generation::{Generation, Needs};
use crate::index::{DocumentPlace, Mode};
use crate::model::{Embedder, PairScorer};
use crate::order::{self, Order};
use crate::store::Store;
use crate::task::{Phase, Progress, Task};

/// How deep rankings are measured at most, in documents.
const DEPTH: usize = 100;

/// At how many documents rankings are measured.
const CUTS: [usize; 2] = [10, DEPTH];

/// Of how many documents questions are made at most, and of how many bytes of text; of more a part is drawn.
const MAX_SOURCES: usize = 2000;
const MAX_SOURCE_BYTES: u64 = 32 << 20;

/// What to measure, for [`Collection::evaluate`].
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluateRequest {
    /// The setting that is reported.
    pub setting: Setting,
    /// What it is held against.
    pub others: Others,
    /// How a second stage is done, but for its weight, which is that of each setting.
    pub stage: SecondStage,
    /// What random draws are made from.
    pub seed: u64,
}

/// What a setting is held against.
#[derive(Clone, Debug, PartialEq)]
pub enum Others {
    /// Other settings, each compared with it question by question.
    Against(Vec<Setting>),
    /// All combinations of a grid, of which one is chosen by a measure on half of the questions and held against it on the other
    /// half.
    Sweep {
        /// The measure, such as `ndcg@10`.
        measure: String,
        /// What is tried of each option.
        grid: Grid,
    },
}

impl EvaluateRequest {
    /// All settings that are measured, the one that is reported first.
    pub fn settings(&self) -> Vec<Setting> {
        match &self.others {
            Others::Against(others) => [&[self.setting], &others[..]].concat(),
            Others::Sweep { grid, .. } => grid.settings(self.setting),
        }
    }
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// How a search is done where nobody says otherwise: what a sweep begins with.
    ///
    /// # Errors
    /// What made the loading of the model fail.
    pub async fn default_setting(&self, task: &impl Task) -> Result<Setting> {
        let model = task.unless_aborted(self.model.wait()).await??;
        let SearchOptions { mode, fusion, k, .. } = SearchOptions::default();
        Ok(Setting { chunking: model.chunking, mode, fusion, rerank: 0.0, k })
    }

    /// Up to `count` questions that are made of the collection's own sentences, which `seed` chooses; see [`known_items`].
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where no sentence makes a question;
    /// [`Aborted`](crate::error::ErrorKind::Aborted), [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) and the store's errors.
    pub async fn known_items(&self, count: usize, seed: u64, task: &impl Task) -> Result<Vec<Question>> {
        let questions = self
            .consistently(Needs::TABLES, async |generation| {
                let places = drawn(generation, seed);
                let mut texts = Vec::with_capacity(places.len());
                for place in &places {
                    task.checkpoint().await?;
                    texts.push(self.whole_text(generation, *place).await?);
                }
                let mut passages = Vec::new();
                let mut sources = Vec::with_capacity(places.len());
                for (place, text) in places.iter().zip(&texts) {
                    let record = generation.index.document(*place);
                    let spans = generation
                        .index
                        .rows_of(*place)
                        .map(|row| generation.index.segment_of(row).tables().chunks()[row.row as usize].span);
                    passages.extend(spans.filter_map(|span| Some((span.slice(text)?, record.language))));
                    let parts = vec![Span::new(0, text.len())];
                    sources.push(Source { document: &record.id, text, parts, language: record.language });
                }
                let frequencies = Frequencies::of(passages);
                Ok(known_items(sources, |term| frequencies.idf(term), count, seed))
            })
            .await?;
        if questions.is_empty() {
            return Err(Error::invalid_argument("no sentence of the documents makes a question"));
        }
        Ok(questions)
    }

    /// Checks that the documents that answer are there: a wrong name would look like a bad search.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument), naming the question, where one is not; the store's errors.
    pub async fn check_questions(&self, questions: &[Question]) -> Result<()> {
        let generation = self.current(Needs::TABLES).await?;
        for question in questions {
            let relevant = question.documents.iter().filter(|(_, grade)| **grade > 0).map(|(id, _)| id);
            if let Some(missing) = relevant.filter(|id| generation.index.find(id).is_none()).min() {
                let message = format!("question {:?}: there is no document {missing:?}", question.id);
                return Err(Error::invalid_argument(message));
            }
        }
        Ok(())
    }

    /// Asks every question under every setting, and puts together what that says. Documents that a setting has cut otherwise
    /// are cut, and embedded if it has use for that, aside in memory; nothing of that is stored. `scorer` is the second stage of
    /// settings that have one.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for a question with a passage that is not there, for options outside their range, and for a setting with a second stage where there is no scorer; what made the loading of the
    /// model fail; otherwise as [`Collection::search`].
    pub async fn evaluate(
        &self,
        questions: &[Question],
        request: &EvaluateRequest,
        scorer: Option<&impl PairScorer>,
        task: &impl Task,
    ) -> Result<Report> {
        let settings = request.settings();
        if scorer.is_none() && settings.iter().any(|setting| setting.rerank > 0.0) {
            let message = "a setting has a second stage, and there is no scorer for it";
            return Err(Error::invalid_argument(message));
        }
        let needs_vectors = settings.iter().any(|setting| setting.mode != Mode::Lexical);
        let info = self.info().await?;
        if needs_vectors && info.model.status() == ModelStatus::Mismatch {
            return Err(self.mismatch());
        }
        let material = Material::of(self, questions).await?;
        if let Others::Sweep { measure, .. } = &request.others {
            material.check_measure(questions, measure)?; // before much work is done
        }
        let runs = self.runs(questions, &settings, request.stage, material, scorer, task).await?;
        let bootstrap = Bootstrap { seed: request.seed, ..Bootstrap::default() };
        let report = match &request.others {
            Others::Against(_) => Report::of(questions, &runs, &bootstrap)?,
            Others::Sweep { measure, .. } => Report::of_sweep(questions, &runs, measure, &bootstrap)?,
        };
        Ok(Report { unembedded: info.backlog, ..report })
    }

    async fn runs(
        &self,
        questions: &[Question],
        settings: &[Setting],
        stage: SecondStage,
        mut material: Material,
        scorer: Option<&impl PairScorer>,
        task: &impl Task,
    ) -> Result<Vec<Run>> {
        let own = self.cutter().options().to_owned();
        let mut runs: Vec<Option<Run>> = vec![None; settings.len()];
        let mut done = 0;
        let total = questions.len() * settings.len();
        for chunking in chunkings(settings) {
            let with_this: Vec<usize> =
                (0..settings.len()).filter(|place| settings[*place].chunking == chunking).collect();
            let needs_vectors = with_this.iter().any(|place| settings[*place].mode != Mode::Lexical);
            let aside = match chunking == own {
                true => None,
                false => Some(self.cut_aside(chunking, needs_vectors, task).await?),
            };
            for place in with_this {
                let setting = &settings[place];
                let stage = SecondStage { weight: setting.rerank, ..stage };
                let scorer = scorer.filter(|_| setting.rerank > 0.0);
                let way = Way {
                    setting,
                    aside: aside.as_ref(),
                    rerank: scorer.map(|scorer| Rerank { stage, scorer }),
                };
                let mut outcomes = Vec::with_capacity(questions.len());
                for (number, question) in questions.iter().enumerate() {
                    task.checkpoint().await?;
                    let outcome = self.ask(&way, question, number, &mut material, task).await;
                    outcomes.push(
                        outcome.map_err(|error| error.within(format_args!("question {:?}", question.id)))?,
                    );
                    done += 1;
                    task.report(Progress { phase: Phase::Searching, done, total });
                }
                runs[place] = Some(Run { setting: settings[place], outcomes });
            }
        }
        Ok(runs.into_iter().flatten().collect())
    }

    /// What becomes of a question under a setting.
    async fn ask(
        &self,
        way: &Way<'_, impl PairScorer>,
        question: &Question,
        number: usize,
        material: &mut Material,
        task: &impl Task,
    ) -> Result<Outcome> {
        let Setting { mode, fusion, k, .. } = *way.setting;
        let base = SearchOptions { mode, fusion, ..SearchOptions::default() };
        // A document ranks by its best chunk; judged ones may be copies of each other.
        let options = SearchOptions { k: DEPTH, max_per_document: Some(1), duplicates: true, ..base.clone() };
        let started = task.now();
        let found = self.find(way, &question.text, &options, task).await?;
        let milliseconds = task.now() - started;
        let relevance = found.hits.iter().map(|hit| f64::from(hit.relevance)).fold(0.0, f64::max);
        let documents = ranked(found.hits.into_iter().map(|hit| (hit.document, hit.score)));
        let mut pieces: Vec<Piece<String>> = Vec::new();
        if !material.relevant[number].is_empty() {
            let shown = SearchOptions { k, ..base };
            for hit in self.find(way, &question.text, &shown, task).await?.hits {
                let tokens = material.tokens(self, &hit.document).await?;
                pieces.extend(tokens.map(|tokens| (hit.document, tokens.range(hit.chunk.span))));
            }
        }
        let retrieved = Retrieved { documents, pieces, relevance, milliseconds };
        Ok(Outcome::of(question, &material.relevant[number], &retrieved, &CUTS))
    }

    async fn find(
        &self,
        way: &Way<'_, impl PairScorer>,
        query: &str,
        options: &SearchOptions,
        task: &impl Task,
    ) -> Result<SearchResult> {
        let rerank = way.rerank.as_ref();
        match way.aside {
            None => self.search_afresh(query, options, rerank, task).await,
            Some(generation) => self.search_in(generation, query, options, rerank, task).await,
        }
    }

    /// The documents of the collection as a generation that is cut with other options, in memory only.
    async fn cut_aside(
        &self,
        chunking: ChunkOptions,
        with_vectors: bool,
        task: &impl Task,
    ) -> Result<Generation> {
        let model: Rc<Loaded<E>> = task.unless_aborted(self.model.wait()).await??;
        chunking.validate(model.embedder.info().max_tokens)?;
        let cutter = Cutter::Model(model, chunking);
        self.consistently(Needs::TABLES, async |generation| {
            self.cut_all(generation, &cutter, with_vectors, task).await
        })
        .await
    }
}

/// How questions are searched for under a setting.
struct Way<'w, P> {
    setting: &'w Setting,
    /// The documents, where they are cut otherwise than in the collection.
    aside: Option<&'w Generation>,
    rerank: Option<Rerank<'w, P>>,
}

/// The documents that questions are made of.
fn drawn(generation: &Generation, seed: u64) -> Vec<DocumentPlace> {
    let documents = generation.index.documents();
    let mut drawn: Vec<(u64, DocumentPlace)> =
        documents.map(|(place, it)| (xxh3_64_with_seed(it.id.as_bytes(), seed), place)).collect();
    drawn.order_by_key(|(draw, _)| *draw);
    let mut bytes = 0;
    let fitting = drawn.iter().take(MAX_SOURCES).take_while(|(_, place)| {
        bytes += generation.index.document(*place).text_bytes;
        bytes <= MAX_SOURCE_BYTES
    });
    let count = fitting.count().max(1).min(drawn.len());
    drawn.into_iter().take(count).map(|(_, place)| place).collect()
}

/// Each way of cutting documents once, in the order of settings.
fn chunkings(settings: &[Setting]) -> Vec<ChunkOptions> {
    let mut chunkings = Vec::new();
    for Setting { chunking, .. } in settings {
        if !chunkings.contains(chunking) {
            chunkings.push(*chunking);
        }
    }
    chunkings
}

/// What questions are held against.
struct Material {
    /// Of each question its passages in tokens.
    relevant: Vec<Vec<Piece<String>>>,
    /// The tokens of documents, as far as they were needed.
    tokens: HashMap<String, Tokens>,
}

impl Material {
    async fn of<S: Store, E: Embedder>(
        collection: &Collection<S, E>,
        questions: &[Question],
    ) -> Result<Self> {
        let mut material = Self { relevant: Vec::with_capacity(questions.len()), tokens: HashMap::new() };
        for question in questions {
            let within = |error: Error| error.within(format_args!("question {:?}", question.id));
            let mut pieces = Vec::with_capacity(question.passages.len());
            for passage in &question.passages {
                let missing =
                    || Error::invalid_argument(format!("there is no document {:?}", passage.document));
                let text = collection.get(&passage.document).await?;
                let text = text.ok_or_else(missing).map_err(within)?.text;
                let span = passage.find(&text).map_err(within)?;
                let tokens =
                    material.tokens.entry(passage.document.clone()).or_insert_with(|| Tokens::words(&text));
                pieces.push((passage.document.clone(), tokens.range(span)));
            }
            material.relevant.push(pieces);
        }
        Ok(material)
    }

    fn check_measure(&self, questions: &[Question], measure: &str) -> Result<()> {
        let names = questions.iter().zip(&self.relevant).flat_map(|(question, relevant)| {
            Outcome::of(question, relevant, &Retrieved::default(), &CUTS).values.into_keys()
        });
        let names = order::set(names);
        if names.contains(measure) {
            return Ok(());
        }
        let known = names.into_iter().collect::<Vec<_>>().join(", ");
        let message = format!("no question has the measure {measure:?}; there are {known}");
        Err(Error::invalid_argument(message))
    }

    /// The tokens of a document; `None` where it is gone by now.
    async fn tokens<S: Store, E: Embedder>(
        &mut self,
        collection: &Collection<S, E>,
        document: &str,
    ) -> Result<Option<&Tokens>> {
        if !self.tokens.contains_key(document) {
            let Some(stored) = collection.get(document).await? else { return Ok(None) };
            self.tokens.insert(document.to_owned(), Tokens::words(&stored.text));
        }
        Ok(self.tokens.get(document))
    }
}

#[cfg(test)]
mod tests;
