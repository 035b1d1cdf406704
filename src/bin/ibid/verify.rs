//! `ibid verify`: verdicts about the sentences of answers, without a language model.

mod fit;
mod labelled;

use std::path::PathBuf;

use clap::ArgGroup;
use ibid::cite::{QuoteMatch, SentenceVerdict, Source, verify};
use ibid::error::{Error, Result};
use serde::Deserialize;
use serde_json::json;

use crate::beir::read_lines;
use crate::model::ModelArgument;
use crate::output::{print_json, print_text};

/// Hold each sentence of answers against the sources that it cites, and then against the others.
#[derive(clap::Args)]
#[command(group(ArgGroup::new("what").required(true).args(["file", "fit", "labelled"])))]
pub struct Arguments {
    /// A file with one JSON object per line: `answer`, and `sources`, each with `title` and `text`.
    file: Option<PathBuf>,
    /// Print one JSON object per answer: `sentences`, each with `text`, `verdict`, `score`, `sources` and why; offsets are in bytes.
    #[arg(long)]
    json: bool,
    /// Fit the weights of the score on one half of a file of claims with evidence and labels, as WiCE has them, and measure
    /// them on the other.
    #[arg(long, value_name = "FILE")]
    fit: Option<PathBuf>,
    /// With --fit, load no model and leave out the cosine.
    #[arg(long, requires = "fit")]
    without_cosine: bool,
    /// Measure verdicts on the labelled claims in a folder, whose documents are named from the working directory.
    #[arg(long, value_name = "FOLDER")]
    labelled: Option<PathBuf>,
    /// With --labelled, print what was judged wrongly.
    #[arg(long, requires = "labelled")]
    verbose: bool,
    #[command(flatten)]
    model: ModelArgument,
}

/// An answer with its sources.
#[derive(Deserialize)]
struct AnswerLine {
    answer: String,
    sources: Vec<SourceLine>,
}

#[derive(Deserialize)]
struct SourceLine {
    #[serde(default)]
    title: String,
    text: String,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    if let Some(file) = &arguments.fit {
        return fit::run(file, (!arguments.without_cosine).then_some(&arguments.model));
    }
    if let Some(folder) = &arguments.labelled {
        return labelled::run(folder, arguments.verbose);
    }
    let file =
        arguments.file.as_ref().ok_or_else(|| Error::invalid_argument("no file of answers was given"))?;
    for (number, line) in (1..).zip(read_lines::<AnswerLine>(file)?) {
        let sources: Vec<Source<'_>> =
            line.sources.iter().map(|source| Source { title: &source.title, text: &source.text }).collect();
        let sentences = verify(&line.answer, &sources);
        if arguments.json {
            print_json(&json!({ "sentences": sentences }))?;
        } else {
            print_text(&format!("# Answer {number}\n"))?;
            sentences.iter().try_for_each(|sentence| print_text(&sentence_text(sentence)))?;
        }
    }
    Ok(())
}

/// A sentence with its verdict, the reason and the evidence below.
fn sentence_text(sentence: &SentenceVerdict) -> String {
    let mut text = format!(
        "{:>13} {:.2} {}\n                   {}\n",
        sentence.verdict.name(),
        sentence.score,
        sentence.text,
        sentence.reason
    );
    for evidence in &sentence.evidence {
        let said: String =
            evidence.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect();
        text.push_str(&format!("                   [{}] {said}\n", evidence.source));
    }
    if let Some(quotation) = &sentence.quotation
        && let QuoteMatch::Exact { .. } = quotation.found
    {
        text.push_str("                   quoted word for word\n");
    }
    text
}
