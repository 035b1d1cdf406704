//! `ibid evidence`: how much of the passages that answer is retrieved, and how much else, in whole chunks and in the sentences
//! that are chosen of them.

mod questions;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::str::FromStr;

use ibid::chunk::ChunkOptions;
use ibid::collection::{Hit, SearchOptions};
use ibid::document::{Document, Span};
use ibid::error::{Error, Result};
use ibid::evaluate::{Piece, SpanScores, span_gain};
use ibid::evidence::EvidenceOptions;
use ibid::extract::extract;
use ibid::model::Embedder;
use ibid::task::Unattended;
use serde_json::{Value, json};

use crate::cache::CachedEmbedder;
use crate::chunking::{Chunking, numbers};
use crate::ingest::{MemoryCollection, open_with, read_folder};
use crate::model::ModelArgument;
use crate::output::{ModeArg, print_json, print_text};
use crate::progress::ProgressTask;
use questions::{Characters, Question, read_questions};

/// At how many hits retrieval is measured.
const CUTS: [usize; 2] = [5, 10];

/// Measure retrieval by the very passages that answer, for several ways of chunking and of choosing evidence.
#[derive(clap::Args)]
pub struct Arguments {
    /// Files of questions: one JSON object per line with question, document and answers; see tests/fixtures/evidence.
    #[arg(required = true)]
    questions: Vec<PathBuf>,
    /// Folders whose documents are ingested; the documents of questions are paths below one of them.
    #[arg(long, required = true)]
    documents: Vec<PathBuf>,
    /// Ingest only those documents of this folder that a question is about.
    #[arg(long, value_name = "FOLDER")]
    asked: Vec<PathBuf>,
    /// How documents are cut: TARGET/MAX/OVERLAP in tokens, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = DEFAULT_CHUNKING)]
    chunking: Vec<Chunking>,
    /// How much evidence is chosen: SENTENCES/NEIGHBOURS, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = DEFAULT_EVIDENCE)]
    evidence: Vec<Evidence>,
    /// Which arms of the index to use.
    #[arg(long, value_enum, default_value = "hybrid")]
    mode: ModeArg,
    /// Print one JSON object per way of chunking and one per way of choosing evidence, and none of the tables.
    #[arg(long)]
    json: bool,
    /// Print one JSON object per question, too: how much of its answer is in the first ten hits.
    #[arg(long)]
    each: bool,
    #[command(flatten)]
    model: ModelArgument,
    /// Keep embeddings in this folder and take those of earlier runs from there.
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
}

const DEFAULT_CHUNKING: &str = "96/96/0,96/256/0,96/256/32,128/128/0,128/256/0,128/256/32,192/192/0,192/256/0,\
                                192/256/32,256/256/0,256/256/32";

const DEFAULT_EVIDENCE: &str = "14/0,14/1,24/0,24/1,24/2,40/1";

/// One way of choosing evidence, as it is written on the command line.
#[derive(Clone, Copy, Debug)]
struct Evidence(EvidenceOptions);

impl FromStr for Evidence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let [sentences, neighbours] =
            numbers(text).ok_or("expected sentences and neighbours, such as 24/1")?;
        Ok(Self(EvidenceOptions { sentences, neighbours, ..EvidenceOptions::default() }))
    }
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<()> {
    let questions: Vec<Question> =
        arguments.questions.iter().map(|path| read_questions(path)).collect::<Result<Vec<_>>>()?.concat();
    let documents = read_documents(&arguments, &questions)?;
    let texts = extracted_texts(&documents)?;
    let relevant: Vec<Vec<Piece<String>>> =
        questions.iter().map(|question| question.relevant(&texts)).collect::<Result<_>>()?;
    if !arguments.json {
        print_text(&heading(&questions, &documents))?;
    }
    let mut evidence = Vec::new();
    for Chunking(chunking) in &arguments.chunking {
        let embedder = arguments.model.load()?;
        chunking.validate(embedder.info().max_tokens)?;
        let found = match &arguments.cache {
            Some(folder) => {
                let embedder = CachedEmbedder::open(embedder, folder)?;
                search(embedder, *chunking, &documents, &questions, &arguments).await?
            }
            None => search(embedder, *chunking, &documents, &questions, &arguments).await?,
        };
        let row = Row::of(*chunking, &found, &relevant, &texts);
        if arguments.each {
            row.recalls.iter().zip(&questions).try_for_each(|(recall, question)| {
                print_json(&json!({ "question": question.question, "document": question.document, "recall@10": recall }))
            })?;
        }
        if arguments.json {
            print_json(&row.json())?
        } else {
            print_text(&row.line())?
        }
        evidence.extend(found.evidence.iter().map(|(options, hits)| EvidenceRow {
            chunking: *chunking,
            options: *options,
            scores: SpanScores::mean(&scores(hits, &relevant, &texts, evidence_spans)),
        }));
    }
    if !arguments.json {
        print_text(&evidence_heading())?;
    }
    evidence
        .iter()
        .try_for_each(|row| if arguments.json { print_json(&row.json()) } else { print_text(&row.line()) })
}

/// All documents of the folders, and those of the others that questions are about.
fn read_documents(arguments: &Arguments, questions: &[Question]) -> Result<Vec<Document>> {
    let asked: BTreeSet<&str> = questions.iter().map(|question| question.document.as_str()).collect();
    let read =
        |folders: &[PathBuf]| folders.iter().map(|folder| read_folder(folder)).collect::<Result<Vec<_>>>();
    let mut documents = read(&arguments.documents)?.concat();
    let others = read(&arguments.asked)?.concat().into_iter();
    documents.extend(others.filter(|document| asked.contains(document.id.as_str())));
    Ok(documents)
}

fn extracted_texts(documents: &[Document]) -> Result<HashMap<String, Characters>> {
    let text = |document: &Document| Ok((document.id.clone(), Characters::new(extract(document)?.text)));
    documents.iter().map(text).collect()
}

/// What is found in a collection of one way of chunking.
struct Found {
    chunks: usize,
    /// Of each question.
    hits: Vec<Vec<Hit>>,
    /// Of each question what a search finds by default, for each way of choosing evidence.
    evidence: Vec<(EvidenceOptions, Vec<Vec<Hit>>)>,
}

async fn search(
    embedder: impl Embedder,
    chunking: ChunkOptions,
    documents: &[Document],
    questions: &[Question],
    arguments: &Arguments,
) -> Result<Found> {
    let collection: MemoryCollection<_> = open_with(embedder, chunking).await?;
    let task = ProgressTask::new();
    collection.add(documents.to_vec(), &task).await?;
    drop(task);
    let k = CUTS.into_iter().max().unwrap_or_default();
    let options = SearchOptions { mode: arguments.mode.into(), ..SearchOptions::default() };
    let ask = async |options: &SearchOptions| {
        let mut hits = Vec::with_capacity(questions.len());
        for Question { question, .. } in questions {
            let found = collection.search(question, options, &Unattended).await;
            hits.push(found.map_err(|error| error.within(format_args!("question {question:?}")))?.hits);
        }
        Ok::<_, Error>(hits)
    };
    let hits = ask(&SearchOptions { k, ..options.clone() }).await?;
    let mut evidence = Vec::with_capacity(arguments.evidence.len());
    for Evidence(wanted) in &arguments.evidence {
        evidence.push((*wanted, ask(&SearchOptions { evidence: *wanted, ..options.clone() }).await?));
    }
    Ok(Found { chunks: collection.info().await?.chunks, hits, evidence })
}

/// Hits as spans of the documents' texts: whole chunks.
fn chunk_spans(hits: &[Hit]) -> Vec<(String, Span)> {
    hits.iter().map(|hit| (hit.document.clone(), hit.chunk.span)).collect()
}

/// Hits as spans of the documents' texts: their evidence.
fn evidence_spans(hits: &[Hit]) -> Vec<(String, Span)> {
    let of_hit = |hit: &'_ Hit| {
        let document = hit.document.clone();
        hit.evidence.iter().map(|it| (document.clone(), it.span)).collect::<Vec<_>>()
    };
    hits.iter().flat_map(of_hit).collect()
}

/// The scores of what is retrieved for each question.
fn scores(
    hits: &[Vec<Hit>],
    relevant: &[Vec<Piece<String>>],
    texts: &HashMap<String, Characters>,
    spans: impl Fn(&[Hit]) -> Vec<(String, Span)>,
) -> Vec<SpanScores> {
    let questions = hits.iter().zip(relevant);
    questions.map(|(hits, relevant)| SpanScores::of(&pieces(spans(hits), texts), relevant)).collect()
}

/// Spans of documents in characters.
fn pieces(spans: Vec<(String, Span)>, texts: &HashMap<String, Characters>) -> Vec<Piece<String>> {
    let piece = |(document, span): (String, Span)| {
        let range = texts[&document].range(span);
        (document, range)
    };
    spans.into_iter().map(piece).collect()
}

/// What is measured of one way of choosing evidence.
struct EvidenceRow {
    chunking: ChunkOptions,
    options: EvidenceOptions,
    scores: SpanScores,
}

impl EvidenceRow {
    fn json(&self) -> Value {
        let ChunkOptions { target, max, overlap } = self.chunking;
        let EvidenceOptions { sentences, neighbours, .. } = self.options;
        let SpanScores { recall, precision, iou } = self.scores;
        json!({
            "target": target, "max": max, "overlap": overlap, "sentences": sentences, "neighbours": neighbours,
            "recall": recall, "precision": precision, "iou": iou,
        })
    }

    fn line(&self) -> String {
        let ChunkOptions { target, max, overlap } = self.chunking;
        let EvidenceOptions { sentences, neighbours, .. } = self.options;
        let SpanScores { recall, precision, iou } = self.scores;
        let [recall, precision, iou] = [recall, precision, iou].map(|share| 100.0 * share);
        format!(
            "| {target} | {max} | {overlap} | {sentences} | {neighbours} | {recall:.1} | {precision:.1} | {iou:.1} |\n"
        )
    }
}

fn evidence_heading() -> String {
    format!(
        "\nEvidence of the {} best hits\n\n| target | max | overlap | sentences | neighbours | recall | precision | IoU |\n|{}\n",
        SearchOptions::default().k,
        " --- |".repeat(8)
    )
}

/// What is measured of one way of chunking.
struct Row {
    chunking: ChunkOptions,
    chunks: usize,
    /// At each of [`CUTS`].
    scores: [SpanScores; CUTS.len()],
    /// The share of questions of whose answer something is retrieved, at each of [`CUTS`].
    answered: [f64; CUTS.len()],
    /// The mean of [`span_gain`] at the last of [`CUTS`].
    gain: f64,
    /// The recall of each question at the last of [`CUTS`].
    recalls: Vec<f64>,
}

impl Row {
    fn of(
        chunking: ChunkOptions,
        found: &Found,
        relevant: &[Vec<Piece<String>>],
        texts: &HashMap<String, Characters>,
    ) -> Self {
        let best = |k: usize| move |hits: &[Hit]| chunk_spans(&hits[..k.min(hits.len())]);
        let scores = CUTS.map(|k| scores(&found.hits, relevant, texts, best(k)));
        let questions = found.hits.iter().zip(relevant);
        let gains = questions
            .map(|(hits, relevant)| span_gain(&pieces(chunk_spans(hits), texts), relevant, hits.len()));
        let share = |scores: &Vec<SpanScores>| {
            scores.iter().filter(|it| it.recall > 0.0).count() as f64 / scores.len().max(1) as f64
        };
        Self {
            chunking,
            chunks: found.chunks,
            answered: scores.each_ref().map(share),
            gain: gains.sum::<f64>() / relevant.len().max(1) as f64,
            recalls: scores[CUTS.len() - 1].iter().map(|it| it.recall).collect(),
            scores: scores.each_ref().map(|scores| SpanScores::mean(scores)),
        }
    }

    fn json(&self) -> Value {
        let ChunkOptions { target, max, overlap } = self.chunking;
        let mut row = json!({
            "target": target, "max": max, "overlap": overlap, "chunks": self.chunks, "gain": self.gain,
        });
        for (number, k) in CUTS.into_iter().enumerate() {
            let SpanScores { recall, precision, iou } = self.scores[number];
            for (name, value) in [
                ("recall", recall),
                ("precision", precision),
                ("iou", iou),
                ("answered", self.answered[number]),
            ] {
                row[format!("{name}@{k}")] = value.into();
            }
        }
        row
    }

    fn line(&self) -> String {
        let ChunkOptions { target, max, overlap } = self.chunking;
        let cut = |number: usize| {
            let SpanScores { recall, precision, iou } = self.scores[number];
            let [recall, precision, iou, answered] =
                [recall, precision, iou, self.answered[number]].map(|share| 100.0 * share);
            format!("{recall:.1} | {precision:.1} | {iou:.1} | {answered:.1}")
        };
        let (chunks, gain) = (self.chunks, 100.0 * self.gain);
        format!("| {target} | {max} | {overlap} | {chunks} | {} | {} | {gain:.1} |\n", cut(0), cut(1))
    }
}

/// What the table is of, and its first lines.
fn heading(questions: &[Question], documents: &[Document]) -> String {
    let [first, last] = CUTS;
    let cut = |k: usize| format!("recall@{k} | precision@{k} | IoU@{k} | answered@{k}");
    format!(
        "{} questions, {} documents; per cent\n\n| target | max | overlap | chunks | {} | {} | gain@{last} |\n|{}\n",
        questions.len(),
        documents.len(),
        cut(first),
        cut(last),
        " --- |".repeat(13),
    )
}
