//! A cross-encoder of fewer layers, taught by the whole one (Hinton, Vinyals and Dean 2015, <https://arxiv.org/abs/1503.02531>) how
//! far apart it puts texts for a query. It begins as some of the layers of the whole one, and needs no labels: only texts and
//! what the whole model says of them.
//!
//! Word, position and type embeddings stay as they are. What comes out is a source as Hugging Face has it, which is converted
//! as any other.

mod adam;
mod network;

use std::collections::HashSet;
use std::thread;

use candle_core::{Device, Result as CandleResult, Tensor, Var};
use safetensors::tensor::SafeTensors;
use serde_json::json;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::bert::reference::{ReferenceScorer, read};
use super::convert::{CONFIG, ConvertOptions, SourceFiles, WEIGHTS};
use super::folder::{EncoderConfig, invalid, parse_json};
use super::tokenizer::Encoded;
use super::weights::{self, LAYERS, TensorShape, encoder_tensors, head_tensors, serialize};
use crate::error::{Error, Result};
use crate::order::Order;
use adam::Adam;
use network::{Network, Pairs};

/// How many queries are learned from at a time.
const QUERIES_AT_ONCE: usize = 4;
/// How far a weight is moved at most, in one step.
const RATE: f64 = 2e-4;
/// The share of the budget in which the rate grows; afterwards it falls, to nothing.
const WARM_UP: f64 = 0.05;
/// The length that gradients are cut to.
const LONGEST_GRADIENT: f32 = 1.0;

/// A query with texts, and what the whole model says of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The query.
    pub query: String,
    /// Two texts at least.
    pub texts: Vec<String>,
    /// Their logits. Only their differences are learned: those of two queries are not compared.
    pub logits: Vec<f32>,
}

/// What was learned so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    /// The steps that were made.
    pub steps: usize,
    /// The share of what the model was wrong by in the last of them: 0 where it has all differences of the whole model, 1 where it
    /// has no better idea than that all texts are alike.
    pub loss: f32,
}

/// A cross-encoder that learns.
pub struct Student {
    source: SourceFiles,
    /// The whole model, for its tokenizer and embeddings.
    whole: ReferenceScorer,
    whole_config: EncoderConfig,
    network: Network,
}

/// An example as a model takes it.
struct Lesson {
    pairs: Vec<Encoded>,
    logits: Vec<f32>,
}

impl Student {
    /// The cross-encoder of a source with so many of its layers, the first ones. Each of them goes on from what it has always begun with,
    /// so that only the head meets vectors that are new to it; after gaps every layer does, and all of them learn more slowly. Classifiers,
    /// too, can do without their last layers best (Sajjad, Dalvi, Durrani and Nakov 2023, <https://arxiv.org/abs/2004.03844>).
    ///
    /// # Errors
    /// Those of [`convert`](super::convert::convert); [`ModelUnsupported`](crate::error::ErrorKind::ModelUnsupported) where the source is no
    /// cross-encoder, and [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for no layers, or for as many as there are.
    pub fn cut(source: SourceFiles, layers: usize) -> Result<Self> {
        let (weights, manifest) = read(&source, ConvertOptions::default())?;
        manifest.require_pair_scoring()?;
        let whole_config = manifest.config;
        let all = whole_config.num_hidden_layers;
        if !(1..all).contains(&layers) {
            let message = format!("layers is {layers}, but the model has {all}: from 1 to {}", all - 1);
            return Err(Error::invalid_argument(message));
        }
        let config = EncoderConfig { num_hidden_layers: layers, ..whole_config.clone() };
        let learned = learned_tensors(&config).map(|(name, shape)| {
            let values = weights.widened(&name, &shape)?;
            Ok((name, Var::from_vec(values, shape, &Device::Cpu).map_err(failed)?))
        });
        let network = Network { weights: learned.collect::<Result<_>>()?, config };
        let whole = ReferenceScorer::load(source.clone(), ConvertOptions::default())?;
        Ok(Self { source, whole, whole_config, network })
    }

    /// How many layers it has, and the whole model.
    pub fn layers(&self) -> [usize; 2] {
        [self.network.config.num_hidden_layers, self.whole_config.num_hidden_layers]
    }

    /// The logits of texts, as far as it has learned.
    ///
    /// # Errors
    /// [`Internal`](crate::error::ErrorKind::Internal) where the runtime fails.
    pub fn logits(&self, query: &str, texts: &[&str]) -> Result<Vec<f32>> {
        let pairs: Vec<Encoded> =
            texts.iter().map(|text| self.whole.encode(query, text)).collect::<Result<_>>()?;
        let logits = self.pairs(&pairs.iter().collect::<Vec<_>>()).and_then(|it| self.network.logits(&it));
        logits.and_then(|logits| logits.to_vec1()).map_err(failed)
    }

    /// Learns from examples in an order that `seed` draws, over and over, until `spent` says that 1, all of the budget, is spent: of
    /// time, or of steps. It is asked after each step.
    ///
    /// The same examples, budget in steps and number of processors give the same weights.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for an example without two texts and a logit for each, and where
    /// no two of an example differ; [`Internal`](crate::error::ErrorKind::Internal) where the runtime fails.
    pub fn learn(
        &mut self,
        examples: &[Example],
        seed: u64,
        mut spent: impl FnMut(Learned) -> f64,
    ) -> Result<()> {
        let lessons = examples.iter().map(|example| self.lesson(example)).collect::<Result<Vec<_>>>()?;
        let unit = spread(&lessons);
        if unit <= 0.0 {
            return Err(Error::invalid_argument("there is nothing to learn: no two texts differ"));
        }
        let weights = self.network.weights.values();
        let mut adams: Vec<Adam> =
            weights.map(|it| Adam::new(it.elem_count(), it.dims().len() > 1)).collect();
        let (mut steps, mut share) = (0, 0.0);
        for round in 0.. {
            let mut order: Vec<usize> = (0..lessons.len()).collect();
            order.order_by_key(|place| xxh3_64_with_seed(&place.to_le_bytes(), seed.wrapping_add(round)));
            for some in order.chunks(QUERIES_AT_ONCE) {
                let some: Vec<&Lesson> = some.iter().map(|place| &lessons[*place]).collect();
                let rate = RATE * (share / WARM_UP).min((1.0 - share) / (1.0 - WARM_UP)).max(1e-3);
                let loss = self.step(&some, unit, &mut adams, rate as f32).map_err(failed)?;
                steps += 1;
                share = spent(Learned { steps, loss });
                if share >= 1.0 {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn lesson(&self, example: &Example) -> Result<Lesson> {
        let (texts, logits) = (example.texts.len(), example.logits.len());
        if texts < 2 || logits != texts {
            let message = format!("an example needs two texts and as many logits, not {texts} and {logits}");
            return Err(Error::invalid_argument(message).within(format_args!("query {:?}", example.query)));
        }
        let pairs = example.texts.iter().map(|text| self.whole.encode(&example.query, text));
        Ok(Lesson { pairs: pairs.collect::<Result<_>>()?, logits: example.logits.clone() })
    }

    /// One step, and the loss before it.
    fn step(&self, lessons: &[&Lesson], unit: f32, adams: &mut [Adam], rate: f32) -> CandleResult<f32> {
        // Of candle's operations only products of matrices use several threads.
        let parts = lessons.chunks(lessons.len().div_ceil(threads()));
        let unit = unit * lessons.len() as f32;
        let learned: Vec<(f32, Vec<Vec<f32>>)> = thread::scope(|scope| {
            let started: Vec<_> = parts.map(|part| scope.spawn(move || self.gradients(part, unit))).collect();
            let done =
                started.into_iter().map(|it| it.join().unwrap_or_else(|it| std::panic::resume_unwind(it)));
            done.collect::<CandleResult<_>>()
        })?;
        let mut losses = 0.0;
        let mut gradients: Vec<Vec<f32>> = Vec::new();
        for (loss, of_part) in learned {
            losses += loss;
            if gradients.is_empty() {
                gradients = of_part;
                continue;
            }
            for (sum, gradient) in gradients.iter_mut().zip(of_part) {
                sum.iter_mut().zip(gradient).for_each(|(sum, x)| *sum += x);
            }
        }
        let length = gradients.iter().flatten().map(|x| x * x).sum::<f32>().sqrt();
        let scale = (LONGEST_GRADIENT / length).min(1.0);
        for ((weight, gradient), adam) in self.network.weights.values().zip(gradients).zip(adams) {
            let mut values = weight.flatten_all()?.to_vec1()?;
            adam.step(&mut values, &gradient, scale, rate);
            weight.set(&Tensor::from_vec(values, weight.shape(), &Device::Cpu)?)?;
        }
        Ok(losses)
    }

    /// The loss of some lessons in units, and its gradients, in the order of the weights.
    fn gradients(&self, lessons: &[&Lesson], unit: f32) -> CandleResult<(f32, Vec<Vec<f32>>)> {
        let pairs: Vec<&Encoded> = lessons.iter().flat_map(|lesson| &lesson.pairs).collect();
        let expected: Vec<f32> = lessons.iter().flat_map(|lesson| lesson.logits.iter().copied()).collect();
        let wrong = (self.network.logits(&self.pairs(&pairs)?)? - Tensor::new(expected, &Device::Cpu)?)?;
        let differences = centring(lessons)?.matmul(&wrong.unsqueeze(1)?)?;
        let loss = (differences.sqr()?.sum_all()? / f64::from(unit))?;
        let gradients = loss.backward()?;
        let flat = self.network.weights.values().map(|weight| match gradients.get(weight) {
            Some(gradient) => gradient.flatten_all()?.to_vec1(),
            None => Ok(vec![0.0; weight.elem_count()]),
        });
        Ok((loss.to_scalar()?, flat.collect::<CandleResult<_>>()?))
    }

    /// Pairs of several lengths as the network takes them.
    fn pairs(&self, pairs: &[&Encoded]) -> CandleResult<Pairs> {
        let lengths: Vec<usize> = pairs.iter().map(|pair| pair.ids.len()).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        // What is filled up with does not matter: nothing looks there.
        let filled: Vec<Encoded> = pairs
            .iter()
            .map(|pair| {
                let mut filled = (*pair).clone();
                filled.ids.resize(longest, 0);
                filled.types.resize(longest, 0);
                filled
            })
            .collect();
        let embedded = self.whole.embedded(&filled.iter().collect::<Vec<_>>())?;
        Pairs::new(&embedded, &lengths, self.whole.relative_bias(longest)?)
    }

    /// The source of what was learned: that of the whole model with other layers and another head.
    ///
    /// # Errors
    /// [`Internal`](crate::error::ErrorKind::Internal) where it cannot be written.
    pub fn to_source(&self) -> Result<SourceFiles> {
        let (weights, _) = read(&self.source, ConvertOptions::default())?;
        let replaced: HashSet<String> =
            learned_tensors(&self.whole_config).map(|(name, _)| weights.full_name(&name)).collect();
        let stored = SafeTensors::deserialize(&self.source.weights)
            .map_err(|error| invalid(WEIGHTS, "is not a whole safetensors file").with_source(error))?;
        let kept = stored.iter().filter(|(name, _)| !replaced.contains(*name));
        let mut tensors: Vec<(String, weights::Tensor)> = kept
            .map(|(name, view)| {
                let (dtype, shape, data) = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
                (name.to_owned(), weights::Tensor { dtype, shape, data })
            })
            .collect();
        for (name, learned) in &self.network.weights {
            let values: Vec<f32> = learned.flatten_all().and_then(|it| it.to_vec1()).map_err(failed)?;
            tensors.push((weights.full_name(name), weights::Tensor::f32(learned.dims().to_vec(), &values)));
        }
        let mut config = parse_json(CONFIG, &self.source.config)?;
        config["num_hidden_layers"] = json!(self.network.config.num_hidden_layers);
        let (config, weights) = (config.to_string().into_bytes(), serialize(tensors)?);
        Ok(SourceFiles { config, weights, ..self.source.clone() })
    }
}

/// The tensors that are learned, with their shapes: of the layers and of the head.
fn learned_tensors(config: &EncoderConfig) -> impl Iterator<Item = (String, Vec<usize>)> {
    let of_layers = encoder_tensors(config).filter(|tensor| tensor.name.starts_with(LAYERS));
    of_layers.chain(head_tensors(config)).map(|tensor| match tensor.shape {
        TensorShape::Plain(shape) => (tensor.name, shape),
        TensorShape::Half(shape) | TensorShape::Int8(shape) | TensorShape::Table(shape) => {
            (tensor.name, shape.to_vec())
        }
    })
}

/// The matrix that takes from each number the mean of those of its lesson.
fn centring(lessons: &[&Lesson]) -> CandleResult<Tensor> {
    let lesson_of: Vec<usize> =
        (0..).zip(lessons).flat_map(|(number, lesson)| vec![number; lesson.pairs.len()]).collect();
    let entry = |row: usize, column: usize| {
        let share = if lesson_of[row] == lesson_of[column] {
            1.0 / lessons[lesson_of[row]].pairs.len() as f32
        } else {
            0.0
        };
        f32::from(u8::from(row == column)) - share
    };
    let count = lesson_of.len();
    let entries = (0..count).flat_map(|row| (0..count).map(move |column| (row, column)));
    Tensor::from_iter(entries.map(|(row, column)| entry(row, column)), &Device::Cpu)?.reshape((count, count))
}

/// The sum of the squares by which the logits of a lesson differ from their mean; the mean over all lessons.
fn spread(lessons: &[Lesson]) -> f32 {
    let of_lesson = |lesson: &Lesson| {
        let mean = lesson.logits.iter().sum::<f32>() / lesson.logits.len() as f32;
        lesson.logits.iter().map(|logit| (logit - mean).powi(2)).sum::<f32>()
    };
    lessons.iter().map(of_lesson).sum::<f32>() / lessons.len().max(1) as f32
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn failed(error: candle_core::Error) -> Error {
    Error::internal("the student failed").with_source(error)
}

#[cfg(test)]
mod tests;
