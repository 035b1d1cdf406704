//! The weights of the score, fitted on claims with evidence.

use std::collections::HashMap;
use std::path::Path;

use ibid::cite::{Features, Source, Verifier};
use ibid::error::Result;
use ibid::evaluate::auc;
use ibid::model::{Embedder, Role};
use pollster::block_on;
use serde::Deserialize;

use crate::beir::read_lines;
use crate::logistic::{Example, dot, fit};
use crate::model::ModelArgument;
use crate::output::print_text;
use crate::progress::ProgressTask;

/// A claim with its evidence, as WiCE has them (Kamoi et al., 2023).
#[derive(Deserialize)]
struct Line {
    label: String,
    claim: String,
    /// The sentences of the evidence.
    evidence: Vec<String>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    id: String,
}

/// What is known of a line.
struct Measured {
    is_supported: bool,
    /// Whether the weights are fitted on it.
    is_fitted: bool,
    features: Features,
    /// The cosine, where a model told it.
    similarity: Option<f64>,
}

type Score<'s> = (&'s str, &'s dyn Fn(&Measured) -> Vec<f64>);

/// Fits on the claims of every other id, so that no claim is in both halves, and measures on the rest. Without a model, which
/// takes most of the time, nothing is said of the cosine.
pub fn run(file: &Path, model: Option<&ModelArgument>) -> Result<()> {
    let lines: Vec<Line> = read_lines(file)?;
    let cosines = match model {
        Some(model) => cosines(&lines, model)?.into_iter().map(Some).collect(),
        None => vec![None; lines.len()],
    };
    let mut ids: Vec<&str> = Vec::new();
    let mut measured = Vec::new();
    for (line, similarity) in lines.iter().zip(cosines) {
        let place = ids.iter().position(|id| *id == line.meta.id).unwrap_or(ids.len());
        if place == ids.len() {
            ids.push(&line.meta.id);
        }
        let text = line.evidence.join("\n\n");
        let features = Verifier::new(&[Source { title: "", text: &text }]).features(&line.claim);
        measured.push(Measured {
            is_supported: line.label == "supported",
            is_fitted: place % 2 == 0,
            features,
            similarity,
        });
    }
    let held = measured.iter().filter(|it| !it.is_fitted).count();
    print_text(&format!(
        "{} claims of {} are fitted on, {held} held out\n",
        measured.len() - held,
        measured.len()
    ))?;
    let ours = |it: &Measured| it.features.values().to_vec();
    let with_cosine = |it: &Measured| [ours(it), vec![it.similarity.unwrap_or_default()]].concat();
    let scores: [Score<'_>; 5] = [
        ("overlap of words", &|it| vec![1.0, it.features.overlap]),
        ("weighted overlap", &|it| vec![1.0, it.features.weighted_overlap]),
        ("cosine", &|it| vec![1.0, it.similarity.unwrap_or_default()]),
        ("ours", &ours),
        ("ours with cosine", &with_cosine),
    ];
    print_text("                    held out: balanced accuracy   AUC     fitted: balanced accuracy\n")?;
    let needs_model = |name: &str| name.contains("cosine");
    for (name, values) in scores.into_iter().filter(|(name, _)| model.is_some() || !needs_model(name)) {
        report(name, &measured, values)?;
    }
    let kept = |it: &&Measured| !it.is_fitted;
    let accuracy = balanced_accuracy(
        measured.iter().filter(kept).map(|it| (it.features.score() >= 0.5, it.is_supported)),
    );
    print_text(&format!("{:>20}  {accuracy:.4}\n", "as built in"))
}

/// The cosine between each claim and the nearest sentence of its evidence.
fn cosines(lines: &[Line], model: &ModelArgument) -> Result<Vec<f64>> {
    let embedder = model.load()?;
    let mut texts: Vec<&str> =
        lines.iter().flat_map(|line| line.evidence.iter().chain([&line.claim]).map(String::as_str)).collect();
    texts.sort_unstable();
    texts.dedup();
    let mut vectors: HashMap<&str, Vec<f32>> = HashMap::new();
    let embedded = block_on(embedder.embed(&texts, Role::Passage, &ProgressTask::new()))?;
    vectors.extend(texts.iter().copied().zip(embedded.into_iter().map(|it| it.vector)));
    let cosine =
        |a: &str, b: &str| f64::from(vectors[a].iter().zip(&vectors[b]).map(|(a, b)| a * b).sum::<f32>());
    let nearest = |line: &Line| line.evidence.iter().map(|it| cosine(&line.claim, it)).fold(-1.0, f64::max);
    Ok(lines.iter().map(nearest).collect())
}

fn report(name: &str, measured: &[Measured], values: &dyn Fn(&Measured) -> Vec<f64>) -> Result<()> {
    let examples = measured
        .iter()
        .filter(|it| it.is_fitted)
        .map(|it| Example { hits: vec![values(it)], answered: it.is_supported });
    let mut weights = fit(&examples.collect::<Vec<_>>());
    let threshold = threshold(
        measured
            .iter()
            .filter(|it| it.is_fitted)
            .map(|it| (dot(&weights, &values(it)), it.is_supported))
            .collect(),
    );
    weights[0] -= threshold;
    let score = |it: &Measured| dot(&weights, &values(it));
    let accuracy = |fitted: bool| {
        balanced_accuracy(
            measured.iter().filter(|it| it.is_fitted == fitted).map(|it| (score(it) >= 0.0, it.is_supported)),
        )
    };
    let (supported, others): (Vec<&Measured>, Vec<&Measured>) =
        measured.iter().filter(|it| !it.is_fitted).partition(|it| it.is_supported);
    let scores = |all: Vec<&Measured>| all.into_iter().map(score).collect::<Vec<_>>();
    let area = auc(&scores(supported), &scores(others)).unwrap_or(f64::NAN);
    print_text(&format!(
        "{name:>20}  {:.4}  {area:.4}  {:.4}  weights {weights:.3?}\n",
        accuracy(false),
        accuracy(true)
    ))
}

/// The score from which on the balanced accuracy is greatest.
fn threshold(mut scored: Vec<(f64, bool)>) -> f64 {
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = scored.iter().filter(|it| it.1).count().max(1) as f64;
    let negatives = (scored.len() as f64 - positives).max(1.0);
    let (mut best, mut at) = (0.5, 0.0);
    let (mut missed, mut refused) = (0.0, 0.0);
    for pair in scored.windows(2) {
        if pair[0].1 {
            missed += 1.0;
        } else {
            refused += 1.0;
        }
        let accuracy = f64::midpoint(1.0 - missed / positives, refused / negatives);
        if accuracy > best {
            (best, at) = (accuracy, f64::midpoint(pair[0].0, pair[1].0));
        }
    }
    at
}

fn balanced_accuracy(judged: impl Iterator<Item = (bool, bool)>) -> f64 {
    let mut counts = [[0.0_f64; 2]; 2];
    judged.for_each(|(judged, is_supported)| counts[usize::from(is_supported)][usize::from(judged)] += 1.0);
    let rate = |row: [f64; 2], right: usize| row[right] / (row[0] + row[1]).max(1.0);
    f64::midpoint(rate(counts[1], 1), rate(counts[0], 0))
}
