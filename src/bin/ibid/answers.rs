//! `ibid answers`: how often an answer without a language model shows what answers, and how often it abstains.

use std::path::{Path, PathBuf};

use ibid::collection::{AnswerRequest, ExtractiveAnswer, SearchOptions, WORDS};
use ibid::error::Result;
use ibid::task::Unattended;
use serde::Deserialize;
use serde_json::json;
use unicode_segmentation::UnicodeSegmentation;

use crate::beir::{read, read_lines};
use crate::ingest::{add_folder, open};
use crate::model::ModelArgument;
use crate::output::{ModeArg, print_json, print_text};

/// Measure answers without a language model on questions that have an answer in a folder, and on some that have none.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder; every file below it that can be read is a document.
    folder: PathBuf,
    /// Files of questions, as one JSON array or one JSON object per line: `question`, and `quote`, what answers it word for word, or
    /// `answers`, each with `text`; neither where nothing in the folder answers.
    #[arg(required = true)]
    questions: Vec<PathBuf>,
    /// The most words of an answer.
    #[arg(long, default_value_t = WORDS)]
    words: usize,
    /// Print one JSON object per question, too.
    #[arg(long)]
    each: bool,
    /// Which arms of the index to use.
    #[arg(long, value_enum, default_value = "hybrid")]
    mode: ModeArg,
    #[command(flatten)]
    model: ModelArgument,
}

#[derive(Deserialize)]
struct Question {
    question: String,
    #[serde(default)]
    quote: Option<String>,
    #[serde(default)]
    answers: Vec<Quoted>,
}

#[derive(Deserialize)]
struct Quoted {
    text: String,
}

impl Question {
    /// What answers it.
    fn quotes(&self) -> Vec<&str> {
        self.answers.iter().map(|it| it.text.as_str()).chain(self.quote.as_deref()).collect()
    }
}

/// What became of the questions of a file.
#[derive(Default)]
struct Counts {
    answerable: usize,
    /// Of those: all that answers is shown; the answer abstains.
    shown: usize,
    lost: usize,
    unanswerable: usize,
    abstained: usize,
    words: usize,
    most_words: usize,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<()> {
    let collection = open(arguments.model.load()?).await?;
    add_folder(&collection, &arguments.folder).await?;
    let search = SearchOptions { mode: arguments.mode.into(), ..SearchOptions::default() };
    let request = AnswerRequest { words: arguments.words, search, ..AnswerRequest::default() };
    for path in &arguments.questions {
        let mut counts = Counts::default();
        for question in read_questions(path)? {
            let answer = collection.answer(&question.question, &request, &Unattended).await?;
            let is_shown = counts.add(&question, &answer);
            if arguments.each {
                print_json(&json!({
                    "question": question.question, "answerable": !question.quotes().is_empty(),
                    "abstained": answer.citations.is_empty(), "likely": answer.answerable, "shown": is_shown, "answer": answer.text,
                }))?;
            }
        }
        print_text(&counts.text(path))?;
    }
    Ok(())
}

fn read_questions(path: &Path) -> Result<Vec<Question>> {
    let text = read(path)?;
    serde_json::from_str(&text).or_else(|_| read_lines(path))
}

impl Counts {
    /// Counts a question; returns whether all that answers it is shown.
    fn add(&mut self, question: &Question, answer: &ExtractiveAnswer) -> bool {
        let quotes = question.quotes();
        if quotes.is_empty() {
            self.unanswerable += 1;
            self.abstained += usize::from(answer.citations.is_empty());
            return false;
        }
        let texts = answer.citations.iter().map(|citation| one_line(&citation.text));
        let text = texts.collect::<Vec<_>>().join(" ");
        let words = text.unicode_words().count();
        let is_shown = quotes.iter().all(|quote| text.contains(&one_line(quote)));
        self.answerable += 1;
        self.lost += usize::from(answer.citations.is_empty());
        self.shown += usize::from(is_shown);
        self.words += words;
        self.most_words = self.most_words.max(words);
        is_shown
    }

    fn text(&self, path: &Path) -> String {
        let share = |count: usize, of: usize| {
            let share = if of == 0 { 0.0 } else { count as f64 / of as f64 };
            format!("{share:.3}  {count} of {of}\n")
        };
        let answered = (self.answerable - self.lost).max(1);
        format!(
            "{}\n  what answers is shown      {}  answerable, abstained      {}  unanswerable, abstained    {}  \
             words of an answer         {:.1} in the mean, {} at most\n",
            path.display(),
            share(self.shown, self.answerable),
            share(self.lost, self.answerable),
            share(self.abstained, self.unanswerable),
            self.words as f64 / answered as f64,
            self.most_words,
        )
    }
}

/// A text with one space for each run of white space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
