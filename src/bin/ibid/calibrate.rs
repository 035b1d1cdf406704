//! `ibid calibrate`: the weights of relevance, fitted on questions that some collections answer and others do not.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use ibid::collection::{HitTrace, SearchOptions};
use ibid::document::{Document, MediaType, MetadataValue};
use ibid::error::{Error, Result};
use ibid::evaluate::{Qrels, auc};
use ibid::filter::Filter;
use ibid::index::{ANSWERABLE, Mode, Signals};
use ibid::model::Embedder;
use ibid::task::Unattended;
use serde_json::json;

use crate::beir::{QueryLine, read_corpus, read_qrels, read_queries};
use crate::cache::CachedEmbedder;
use crate::ingest::{MemoryCollection, add_folder, open};
use crate::logistic::{Example, dot, fit};
use crate::model::ModelArgument;
use crate::output::{ModeArg, print_text};
use crate::progress::ProgressTask;

/// The metadata in which a document has its id, so that a filter can leave it out.
const ID: &str = "id";

/// Queries that no collection answers.
const NONSENSE: [&str; 8] = [
    "qwrtz blorf",
    "asdkjh",
    "xyzzy plugh frobnicate",
    "fghjk dfghj ertyu cvbnm",
    "aaaaaaa",
    "12345 67890",
    "lorem ipsum dolor sit amet",
    "???",
];

/// Fit the weights of relevance and measure how well it tells questions that a collection answers from others.
///
/// Each question is put to every collection; it has an answer in its own only.
#[derive(clap::Args)]
pub struct Arguments {
    /// Test collections in the layout of BEIR; or folders of .txt and .md files, each with `=` and a file of questions.
    #[arg(required = true, num_args = 2..)]
    collections: Vec<String>,
    /// The collections whose questions are fitted on, by the names of their folders; the default is all.
    #[arg(long, value_name = "NAME")]
    fit: Vec<String>,
    #[command(flatten)]
    model: ModelArgument,
    /// Keep embeddings in this folder and take those of earlier runs from there.
    #[arg(long, value_name = "FOLDER")]
    cache: PathBuf,
}

/// A collection's questions.
struct Questions {
    name: String,
    folder: PathBuf,
    questions: Vec<QueryLine>,
    /// Which documents answer them; empty where that is not known.
    qrels: Qrels,
}

/// What a question found in a collection.
struct Outcome {
    /// The place of the questions that it is one of.
    asker: usize,
    /// The place of the collection.
    asked: usize,
    mode: Mode,
    /// Whether the documents that answer it were left out.
    without_answers: bool,
    hits: Vec<Found>,
}

struct Found {
    signals: Signals,
    relevance: f64,
    cosine: f64,
    bm25: f64,
}

impl Outcome {
    fn is_own(&self) -> bool {
        self.asker == self.asked && !self.without_answers
    }

    fn is_foreign(&self) -> bool {
        self.asker != self.asked
    }

    fn concerns(&self, collection: usize) -> bool {
        self.asker == collection || self.asked == collection
    }

    /// The greatest of a score over the hits; below all where there is none.
    fn best(&self, score: impl Fn(&Found) -> f64) -> f64 {
        self.hits.iter().map(score).fold(f64::NEG_INFINITY, f64::max)
    }
}

/// The forms of relevance, by what there is to go by.
const FORMS: [(&str, Mode); 3] =
    [("words and meaning", Mode::Hybrid), ("meaning", Mode::Dense), ("words", Mode::Lexical)];

/// What a form weighs; the first is the intercept.
fn features(mode: Mode, Signals { closeness, words }: &Signals) -> Vec<f64> {
    let closeness = f64::from(closeness.unwrap_or(0.0));
    let (share, count) = words.map_or((0.0, 1.0), |words| (f64::from(words.share), words.count as f64));
    match mode {
        Mode::Hybrid => vec![1.0, closeness, share],
        Mode::Dense => vec![1.0, closeness],
        Mode::Lexical => vec![1.0, share, count.ln()],
    }
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<()> {
    let all = arguments.collections.iter().map(|it| questions(it)).collect::<Result<Vec<_>>>()?;
    let is_fitted = |at: usize| arguments.fit.is_empty() || arguments.fit.contains(&all[at].name);
    if let Some(unknown) = arguments.fit.iter().find(|name| all.iter().all(|it| it.name != **name)) {
        return Err(Error::invalid_argument(format!("{unknown:?} is none of the collections")));
    }
    let mut outcomes = Vec::new();
    let mut nonsense: f32 = 0.0;
    for (asked, own) in all.iter().enumerate() {
        let collection = open(CachedEmbedder::open(arguments.model.load()?, &arguments.cache)?).await?;
        add(&collection, &own.folder).await?;
        for (asker, others) in all.iter().enumerate() {
            for question in &others.questions {
                outcomes.extend(ask(&collection, question, &others.qrels, asker, asked).await?);
            }
        }
        for query in NONSENSE {
            let found = collection.search(query, &SearchOptions::default(), &Unattended).await?;
            nonsense = found.hits.iter().map(|hit| hit.relevance).fold(nonsense, f32::max);
        }
    }
    let fitted = |outcome: &Outcome| is_fitted(outcome.asker) && is_fitted(outcome.asked);
    for (name, mode) in FORMS {
        let weights = weights(&outcomes, mode, fitted);
        print_text(&format!("weights for {name}: {weights:.2?}\n"))?;
    }
    print_text(
        "\nAUC of questions that are answered against others; held out: of weights fitted on the other collections\n",
    )?;
    for (at, own) in all.iter().enumerate() {
        let role = if is_fitted(at) { "fitted" } else { "not fitted" };
        print_text(&report(&outcomes, &format!("{} ({role})", own.name), at))?;
    }
    print_text(&format!("\nnonsense has a relevance of at most {nonsense:.3}\n"))
}

/// What is known of a collection: `folder` or `folder=file of questions`.
fn questions(argument: &str) -> Result<Questions> {
    let (folder, file) = match argument.split_once('=') {
        Some((folder, file)) => (PathBuf::from(folder), PathBuf::from(file)),
        None => (PathBuf::from(argument), Path::new(argument).join("queries.jsonl")),
    };
    let judgements = folder.join("qrels.tsv");
    let qrels = if judgements.exists() { read_qrels(&judgements)? } else { Qrels::new() };
    let mut questions = read_queries(&file)?;
    questions.retain(|question| qrels.is_empty() || qrels.contains_key(&question.id));
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Questions { name, folder, questions, qrels })
}

async fn add<E: Embedder>(collection: &MemoryCollection<E>, folder: &Path) -> Result<()> {
    let corpus = folder.join("corpus.jsonl");
    if !corpus.exists() {
        return add_folder(collection, folder).await.map(drop);
    }
    let lines = read_corpus(&corpus)?.into_iter().filter(|line| !line.text.trim().is_empty());
    let documents = lines.map(|line| {
        let metadata = [(ID.to_owned(), MetadataValue::String(line.id.clone()))].into();
        Document { metadata, ..Document::new(line.id, line.title, MediaType::Plain, line.text) }
    });
    collection.add(documents.collect(), &ProgressTask::new()).await?;
    Ok(())
}

/// What a question finds in each mode; in its own collection also without the documents that answer it.
async fn ask<E: Embedder>(
    collection: &MemoryCollection<E>,
    question: &QueryLine,
    qrels: &Qrels,
    asker: usize,
    asked: usize,
) -> Result<Vec<Outcome>> {
    let answers = qrels.get(&question.id).filter(|_| asker == asked);
    let others = answers.map(|answers| {
        let ids: Vec<&String> = answers.iter().filter(|(_, grade)| **grade > 0).map(|(id, _)| id).collect();
        Filter::parse(&json!({ ID: { "$nin": ids } }))
    });
    let mut outcomes = Vec::new();
    for filter in [None, others.transpose()?].into_iter().take(if answers.is_some() { 2 } else { 1 }) {
        for mode in ModeArg::value_variants().iter().map(|mode| Mode::from(*mode)) {
            let without_answers = filter.is_some();
            let options =
                SearchOptions { mode, filter: filter.clone(), explain: true, ..SearchOptions::default() };
            let found = collection.search(&question.text, &options, &Unattended).await?;
            let traces = found.trace.map_or(Vec::new(), |trace| trace.hits);
            let hits = found.hits.iter().zip(traces).map(|(hit, HitTrace { signals, .. })| Found {
                signals,
                relevance: f64::from(hit.relevance),
                cosine: f64::from(hit.dense.unwrap_or(-1.0)),
                bm25: f64::from(hit.lexical.unwrap_or(0.0)),
            });
            outcomes.push(Outcome { asker, asked, mode, without_answers, hits: hits.collect() });
        }
    }
    Ok(outcomes)
}

/// The weights of one form, fitted on some outcomes.
fn weights(outcomes: &[Outcome], mode: Mode, chosen: impl Fn(&Outcome) -> bool) -> Vec<f64> {
    let of_mode = outcomes.iter().filter(|it| it.mode == mode && !it.without_answers && chosen(it));
    let examples = of_mode.map(|outcome| Example {
        hits: outcome.hits.iter().map(|hit| features(mode, &hit.signals)).collect(),
        answered: outcome.is_own(),
    });
    fit(&examples.collect::<Vec<_>>())
}

/// How well its own questions to a collection are told from its questions to others, and others' to it.
fn report(outcomes: &[Outcome], title: &str, at: usize) -> String {
    let area = |mode, score: &dyn Fn(&Found) -> f64| {
        let theirs = outcomes.iter().filter(|it| it.mode == mode && it.concerns(at));
        let (own, foreign): (Vec<_>, Vec<_>) =
            theirs.filter(|it| !it.without_answers).partition(|it| it.is_own());
        let best = |outcomes: Vec<&Outcome>| outcomes.iter().map(|it| it.best(score)).collect::<Vec<_>>();
        auc(&best(own), &best(foreign)).unwrap_or(f64::NAN)
    };
    let rate = |chosen: &dyn Fn(&Outcome) -> bool| {
        let chosen: Vec<_> = outcomes.iter().filter(|it| it.mode == Mode::Hybrid && chosen(it)).collect();
        let above = chosen.iter().filter(|it| it.best(|hit| hit.relevance) >= f64::from(ANSWERABLE)).count();
        format!("{above} of {}", chosen.len())
    };
    let held_out = weights(outcomes, Mode::Hybrid, |it| !it.concerns(at));
    let lines = [
        ("relevance", format!("{:.4}", area(Mode::Hybrid, &|hit| hit.relevance))),
        (
            "held out",
            format!(
                "{:.4}",
                area(Mode::Hybrid, &|hit| dot(&held_out, &features(Mode::Hybrid, &hit.signals)))
            ),
        ),
        ("cosine alone", format!("{:.4}", area(Mode::Dense, &|hit| hit.cosine))),
        ("BM25 alone", format!("{:.4}", area(Mode::Lexical, &|hit| hit.bm25))),
        ("relevance, dense", format!("{:.4}", area(Mode::Dense, &|hit| hit.relevance))),
        ("relevance, lexical", format!("{:.4}", area(Mode::Lexical, &|hit| hit.relevance))),
        ("answerable: its own", rate(&|it| it.asker == at && it.is_own())),
        ("its own elsewhere", rate(&|it| it.asker == at && it.is_foreign())),
        ("others' here", rate(&|it| it.asked == at && it.is_foreign())),
        ("without answers", rate(&|it| it.asker == at && it.without_answers)),
    ];
    let lines = lines.map(|(name, value)| format!("{name:>22}  {value}\n"));
    format!("\n{title}\n{}", lines.concat())
}
