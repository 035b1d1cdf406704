//! What was measured, for people and as JSON.

use std::fmt::Write;

use ibid::error::{Error, Result};
use ibid::evaluate::{Choice, Comparison, Estimate, Report, RunComparison, RunReport};
use serde_json::{Map, Value, json};

use super::Arguments;
use super::material::Material;
use super::search::Searched;
use crate::output::{print_json, print_text};

/// What is known of the collection of the first setting.
pub struct Facts {
    model: String,
    documents: usize,
    empty: usize,
    chunks: usize,
    backlog: usize,
    index_seconds: f64,
    search_seconds: f64,
}

impl Facts {
    /// The facts of a collection.
    pub fn of(model: &str, material: &Material, searched: &Searched) -> Self {
        Self {
            model: model.to_owned(),
            documents: searched.info.documents,
            empty: material.empty,
            chunks: searched.info.chunks,
            backlog: searched.info.backlog,
            index_seconds: searched.indexing.as_secs_f64(),
            search_seconds: searched.searching.as_secs_f64(),
        }
    }
}

/// Prints a report.
pub fn print(report: &Report, facts: &Facts, arguments: &Arguments) -> Result<()> {
    let summary = summary(report, facts, arguments);
    if arguments.json {
        let whole = serde_json::to_value(report)
            .map_err(|error| Error::internal("a report cannot be written").with_source(error))?;
        let fields = whole.as_object().cloned().unwrap_or_default();
        return print_json(&Value::Object(summary.into_iter().chain(fields).collect()));
    }
    let mut text = String::new();
    for (name, value) in &summary {
        line(&mut text, format_args!("{name:>16}  {value}"));
    }
    report.runs.iter().for_each(|run| text.push_str(&run_text(run)));
    report.comparisons.iter().for_each(|it| text.push_str(&comparison_text(report, it)));
    text.extend(report.choice.iter().map(|choice| choice_text(report, choice)));
    print_text(&text)
}

/// The means of the first run by their plain names, and what is known of the collection.
fn summary(report: &Report, facts: &Facts, arguments: &Arguments) -> Map<String, Value> {
    let measures = report.runs.first().map(|run| &run.measures);
    let mean = |name: &str| measures.and_then(|measures| measures.get(name)).map_or(0.0, |it| it.mean);
    let queries = measures.and_then(|measures| measures.get("map")).map_or(0, |it| it.count);
    let summary = json!({
        "collection": arguments.folder.file_name().unwrap_or_default().to_string_lossy(),
        "mode": format!("{:?}", arguments.mode).to_lowercase(),
        "model": facts.model,
        "reference": arguments.reference,
        "ndcg@10": mean("ndcg@10"),
        "recall@10": mean("recall@10"),
        "recall@100": mean("recall@100"),
        "mrr@10": mean("mrr@10"),
        "map": mean("map"),
        "documents": facts.documents,
        "empty_documents": facts.empty,
        "chunks": facts.chunks,
        "backlog": facts.backlog,
        "queries": queries,
        "index_seconds": facts.index_seconds,
        "search_seconds": facts.search_seconds,
    });
    match summary {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn run_text(run: &RunReport) -> String {
    let mut text = format!("\n{}\n", run.setting);
    for (name, Estimate { mean, low, high, count }) in &run.measures {
        line(&mut text, format_args!("{name:>16}  {mean:.4}  ({low:.4} to {high:.4})  {count} questions"));
    }
    if let Some(auc) = run.auc {
        line(&mut text, format_args!("{:>16}  {auc:.4}", "answerable AUC"));
    }
    if let Some(latency) = run.latency {
        let (p50, p95, mean) = (latency.p50, latency.p95, latency.mean);
        line(&mut text, format_args!("{:>16}  p50 {p50:.1}, p95 {p95:.1}, mean {mean:.1}", "milliseconds"));
    }
    text
}

fn comparison_text(report: &Report, comparison: &RunComparison) -> String {
    let against = report.runs.get(comparison.against).map(|run| run.setting.to_string()).unwrap_or_default();
    let mut text = format!("\nagainst {against}\n");
    for (name, it) in &comparison.measures {
        let Comparison { difference: Estimate { mean, low, high, .. }, p_value, wins, losses, ties, .. } = it;
        let verdict = if it.significant || wins + losses == 0 { "" } else { "  may be chance" };
        line(
            &mut text,
            format_args!(
                "{name:>16}  {mean:+.4}  ({low:+.4} to {high:+.4})  p = {p_value:.4}  better {wins}, worse {losses}, equal {ties}{verdict}"
            ),
        );
    }
    text
}

fn choice_text(report: &Report, choice: &Choice) -> String {
    let mut text = format!("\n{} on {} questions to choose by\n", choice.measure, choice.tuning_questions);
    for (place, (run, mean)) in report.runs.iter().zip(&choice.tuning_means).enumerate() {
        let mark = if place == choice.chosen { "chosen" } else { "" };
        line(&mut text, format_args!("{mark:>16}  {mean:.4}  {}", run.setting));
    }
    line(&mut text, format_args!("\n{}", choice.says));
    text
}

/// Appends a line.
fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string never fails.
    let _ = writeln!(text, "{line}");
}
