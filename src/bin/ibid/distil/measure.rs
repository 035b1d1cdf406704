//! How near a model comes to the one that it is made of, on questions that it has not learned from.

use std::fmt::Write;
use std::time::{Duration, Instant};

use ibid::encoder::bert::BertScorer;
use ibid::encoder::distil::Example;
use ibid::encoder::folder::ModelFiles;
use ibid::error::Result;
use ibid::evaluate::rank_correlation;
use ibid::model::PairScorer;
use ibid::task::Unattended;

use crate::model::megabytes;

/// A model as it runs, quantised.
pub struct Measured {
    name: &'static str,
    layers: usize,
    megabytes: f64,
    /// The mean over the questions.
    rank_correlation: f64,
    of_a_pair: Duration,
}

impl Measured {
    /// Has a model score the passages of some questions, on one processor.
    pub async fn of(name: &'static str, files: &ModelFiles, examples: &[Example]) -> Result<Self> {
        let layers = files.verify()?.config.num_hidden_layers;
        let model = BertScorer::load(files.clone())?;
        let mut correlations = Vec::new();
        let started = Instant::now();
        for Example { query, texts, logits } in examples {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let scores = model.score(query, &texts, &Unattended).await?;
            let scores: Vec<f32> = scores.into_iter().map(|score| score.logit).collect();
            correlations.push(rank_correlation(&scores, logits));
        }
        let of_a_pair = started.elapsed() / pairs(examples).max(1) as u32;
        Ok(Self {
            name,
            layers,
            megabytes: megabytes(files),
            rank_correlation: mean(&correlations),
            of_a_pair,
        })
    }
}

/// What there is to know about how a model was taught.
pub struct Facts<'f> {
    /// What was measured with.
    pub held: &'f [Example],
    /// What was learned from.
    pub learned_from: &'f [Example],
    /// In how many steps.
    pub steps: usize,
    /// What was left of the loss in the end.
    pub loss: f32,
    /// In how much time.
    pub minutes: f64,
}

/// The models side by side.
pub fn table(models: &[Measured], facts: &Facts<'_>) -> String {
    let mut text = String::new();
    let mut line = |title: &str, value: &dyn Fn(&Measured) -> String| {
        let values: String = models.iter().map(|model| format!("{:>10}", value(model))).collect();
        // Writing to a string does not fail.
        let _ = writeln!(text, "{title:<18}{values}");
    };
    line("", &|model| model.name.to_owned());
    line("layers", &|model| model.layers.to_string());
    line("MB", &|model| format!("{:.1}", model.megabytes));
    line("ms a pair", &|model| format!("{:.2}", 1000.0 * model.of_a_pair.as_secs_f64()));
    line("rank correlation", &|model| format!("{:.3}", model.rank_correlation));
    let Facts { held, learned_from, steps, loss, minutes } = facts;
    let first_stage: Vec<f64> = held.iter().map(of_first_stage).collect();
    let _ = writeln!(
        text,
        "\nrank correlation: with the whole model, the mean over {} held-out questions with {} pairs; that of the first stage is {:.3}\n\
         learned from {} questions with {} pairs in {steps} steps, {minutes} minutes; loss in the end {loss:.3}",
        held.len(),
        pairs(held),
        mean(&first_stage),
        learned_from.len(),
        pairs(learned_from),
    );
    text
}

/// How far the order in which passages were found is that of the whole model.
fn of_first_stage(Example { logits, .. }: &Example) -> f64 {
    let places: Vec<f32> = (0..logits.len()).map(|place| -(place as f32)).collect();
    rank_correlation(&places, logits)
}

fn pairs(examples: &[Example]) -> usize {
    examples.iter().map(|example| example.texts.len()).sum()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
