//! What a model is taught with: questions that are made of texts, and passages near and far that a search finds for them.

use std::cell::RefCell;
use std::path::PathBuf;

use ibid::collection::{Rerank, SearchOptions, SecondStage};
use ibid::document::Document;
use ibid::encoder::distil::Example;
use ibid::error::{Error, Result};
use ibid::evaluate::Question;
use ibid::index::Mode;
use ibid::model::{Embedder, PairScore, PairScorer};
use ibid::task::{Phase, Progress, Task, Unattended};

use super::Arguments;
use crate::evaluate::material::Material;
use crate::ingest::{MemoryCollection, document_of_file, open};
use crate::progress::ProgressTask;

/// Which of the passages that are found for a question are taken, by their places: most of them near, as those that a second stage
/// has to order, and some far.
const PLACES: [usize; 8] = [0, 1, 2, 4, 6, 9, 14, 23];

/// Fewer passages say little about their order.
const LEAST_PASSAGES: usize = 3;

/// Fewer questions teach nothing, nor can be measured with.
const LEAST_QUESTIONS: usize = 20;

/// A question with passages, in the order in which the first stage has them.
pub struct Asked {
    query: String,
    passages: Vec<String>,
}

/// The documents at some paths, with ids of which no two are the same.
pub fn documents(paths: &[PathBuf]) -> Result<Vec<Document>> {
    let mut all = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        let folder = path.parent().unwrap_or(path);
        let documents = match path.is_dir() {
            true => Material::read(path)?.documents,
            false if path.file_name().is_some_and(|name| name == "corpus.jsonl") => {
                Material::read(folder)?.documents
            }
            false => vec![document_of_file(folder, path, None)?],
        };
        all.extend(documents.into_iter().map(|it| Document { id: format!("{number}/{}", it.id), ..it }));
    }
    Ok(all)
}

/// Questions that are made of documents, with passages of them.
pub async fn asked<E: Embedder>(
    embedder: E,
    documents: Vec<Document>,
    arguments: &Arguments,
) -> Result<Vec<Asked>> {
    let task = ProgressTask::new();
    let collection = open(embedder).await?;
    let mode = Mode::from(arguments.mode);
    // Where no vectors are needed none are made.
    match mode {
        Mode::Lexical => collection.add_text(documents, &task).await?,
        Mode::Hybrid | Mode::Dense => collection.add(documents, &task).await?,
    };
    let questions = collection.known_items(arguments.known_items, arguments.seed, &task).await?;
    let total = questions.len();
    let mut asked = Vec::new();
    for (number, question) in questions.iter().enumerate() {
        let query = wording(&collection, question, number).await?;
        let passages = passages(&collection, &query, mode, arguments.window).await?;
        if passages.len() >= LEAST_PASSAGES {
            asked.push(Asked { query: query.text, passages });
        }
        task.report(Progress { phase: Phase::Searching, done: number + 1, total });
    }
    if asked.len() < LEAST_QUESTIONS {
        let message = format!(
            "the texts make {} questions with {LEAST_PASSAGES} passages or more, but {LEAST_QUESTIONS} are needed: give more of them",
            asked.len()
        );
        return Err(Error::invalid_argument(message));
    }
    Ok(asked)
}

/// What is asked for a sentence.
struct Query {
    text: String,
    /// What a passage must not hold: that it is the answer would be no news.
    given_away: Option<String>,
}

/// A question in the words of its sentence that tell most, as its first half, or as all of it: people search in all these ways.
async fn wording<E: Embedder>(
    collection: &MemoryCollection<E>,
    question: &Question,
    number: usize,
) -> Result<Query> {
    let place = &question.passages[0];
    let missing = || Error::internal(format!("document {:?} is not there", place.document));
    let text = collection.get(&place.document).await?.ok_or_else(missing)?.text;
    let sentence = place.find(&text)?.slice(&text).unwrap_or_default();
    let words: Vec<&str> = sentence.split_whitespace().collect();
    Ok(match number % 3 {
        0 => Query { text: question.text.clone(), given_away: None },
        1 => Query { text: words[..words.len().div_ceil(2)].join(" "), given_away: None },
        _ => Query { text: words.join(" "), given_away: Some(sentence.to_owned()) },
    })
}

/// What a second stage would see of passages near and far.
async fn passages<E: Embedder>(
    collection: &MemoryCollection<E>,
    query: &Query,
    mode: Mode,
    window: usize,
) -> Result<Vec<String>> {
    let candidates = PLACES[PLACES.len() - 1] + 1;
    let onlooker = Onlooker::default();
    let stage = SecondStage { candidates, window, agreement: false, ..SecondStage::default() };
    let options = SearchOptions { mode, ..SearchOptions::default() };
    let rerank = Rerank { stage, scorer: &onlooker };
    collection.search_with(&query.text, &options, Some(&rerank), &Unattended).await?;
    let shown = onlooker.shown.into_inner();
    let is_news = |passage: &&String| query.given_away.as_ref().is_none_or(|it| !passage.contains(it));
    let shown: Vec<String> = shown.iter().filter(is_news).cloned().collect();
    Ok(PLACES.iter().filter_map(|place| shown.get(*place).cloned()).collect())
}

/// A second stage that looks at the passages and has nothing to say.
#[derive(Default)]
struct Onlooker {
    shown: RefCell<Vec<String>>,
}

impl PairScorer for Onlooker {
    async fn score(&self, _: &str, texts: &[&str], _: &impl Task) -> Result<Vec<PairScore>> {
        self.shown.borrow_mut().extend(texts.iter().map(|text| (*text).to_owned()));
        Ok(vec![PairScore { logit: 0.0, truncated: false }; texts.len()])
    }
}

/// What a model says of all passages.
pub async fn answered(asked: Vec<Asked>, scorer: &impl PairScorer) -> Result<Vec<Example>> {
    let task = ProgressTask::new();
    let total = asked.len();
    let mut examples = Vec::with_capacity(total);
    for Asked { query, passages: texts } in asked {
        let passages: Vec<&str> = texts.iter().map(String::as_str).collect();
        let scores = scorer.score(&query, &passages, &Unattended).await?;
        let logits = scores.into_iter().map(|score| score.logit).collect();
        examples.push(Example { query, texts, logits });
        task.report(Progress { phase: Phase::Searching, done: examples.len(), total });
    }
    Ok(examples)
}
