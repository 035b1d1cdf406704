//! Students begin as a part of the whole model, learn what it says, and are sources as any other.

use std::fs;
use std::path::Path;

use pollster::block_on;

use super::*;
use crate::encoder::convert::convert;
use crate::error::ErrorKind;
use crate::model::PairScorer;
use crate::task::Unattended;

const QUERIES: [&str; 4] =
    ["who repairs the roof?", "who pays the rent", "notice of a month", "water and heat"];

const TEXTS: [&str; 6] = [
    "the landlord repairs the roof within a month of notice.",
    "the tenant pays the rent by the first day of the month, and the lease is for a year",
    "water",
    "heat is not in the rent. the tenant is to pay for it with the water, at the end of the year.",
    "",
    "notice is to be in a letter to the landlord",
];

fn source(fixture: &str) -> SourceFiles {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
    SourceFiles::collect(|file| Ok(fs::read(folder.join(file)).ok())).unwrap()
}

fn student() -> Student {
    Student::cut(source("tiny-cross-encoder"), 1).unwrap()
}

/// A cross-encoder with relative attention: the encoder among the fixtures with a head that is made here.
fn mpnet() -> SourceFiles {
    let mut source = source("architectures/mpnet");
    let mut config = parse_json(CONFIG, &source.config).unwrap();
    config["architectures"] = json!(["MPNetForSequenceClassification"]);
    config["num_labels"] = json!(1);
    let hidden = config["hidden_size"].as_u64().unwrap() as usize;
    source.config = config.to_string().into_bytes();
    let stored = SafeTensors::deserialize(&source.weights).unwrap();
    let mut tensors: Vec<(String, weights::Tensor)> = stored
        .iter()
        .map(|(name, view)| {
            let (dtype, shape, data) = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
            (name.to_owned(), weights::Tensor { dtype, shape, data })
        })
        .collect();
    for (name, shape) in [
        ("classifier.dense.weight", vec![hidden, hidden]),
        ("classifier.dense.bias", vec![hidden]),
        ("classifier.out_proj.weight", vec![1, hidden]),
        ("classifier.out_proj.bias", vec![1]),
    ] {
        let values: Vec<f32> =
            (0..shape.iter().product()).map(|place: usize| (place as f32 * 0.7).sin() * 0.3).collect();
        tensors.push((name.to_owned(), weights::Tensor::f32(shape, &values)));
    }
    source.weights = serialize(tensors).unwrap();
    source
}

fn scores(scorer: &impl PairScorer, query: &str) -> Vec<f32> {
    let scores = block_on(scorer.score(query, &TEXTS, &Unattended)).unwrap();
    scores.into_iter().map(|score| score.logit).collect()
}

/// What the whole model says, far enough apart for a tiny model to be worth learning from.
fn examples() -> Vec<Example> {
    let whole = ReferenceScorer::load(source("tiny-cross-encoder"), ConvertOptions::default()).unwrap();
    let example = |query: &str| Example {
        query: query.to_owned(),
        texts: TEXTS.map(str::to_owned).to_vec(),
        logits: scores(&whole, query).into_iter().map(|logit| 10.0 * logit).collect(),
    };
    QUERIES.map(example).to_vec()
}

/// Learns in so many steps. Returns the losses.
fn learn(student: &mut Student, steps: usize, seed: u64) -> Vec<f32> {
    let mut losses = Vec::new();
    let count = |learned: Learned| {
        losses.push(learned.loss);
        learned.steps as f64 / steps as f64
    };
    student.learn(&examples(), seed, count).unwrap();
    losses
}

#[test]
fn a_student_computes_what_the_model_does_that_is_made_of_it() {
    for whole in [source("tiny-cross-encoder"), source("architectures/xlm-roberta-reranker"), mpnet()] {
        let student = Student::cut(whole, 1).unwrap();
        assert_eq!(student.layers(), [1, 2]);
        let made = student.to_source().unwrap();
        let reference = ReferenceScorer::load(made.clone(), ConvertOptions::default()).unwrap();
        let files = convert(made, ConvertOptions::default()).unwrap();
        assert_eq!(files.verify().unwrap().config.num_hidden_layers, 1);
        let expected = scores(&reference, QUERIES[0]);
        let found = student.logits(QUERIES[0], &TEXTS).unwrap();
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-4, "{found} instead of {expected}");
        }
        assert!(expected.iter().any(|score| (score - expected[0]).abs() > 1e-3), "{expected:?}");
    }
}

#[test]
fn a_student_begins_as_the_first_layers() {
    let whole = source("tiny-cross-encoder");
    let (weights, _) = read(&whole, ConvertOptions::default()).unwrap();
    let student = Student::cut(whole.clone(), 1).unwrap();
    for (name, learned) in &student.network.weights {
        let of_whole = |name: &str| weights.widened(name, learned.dims()).unwrap();
        let values: Vec<f32> = learned.flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(values, of_whole(name), "{name}");
        if name.ends_with("dense.weight") && name.starts_with(LAYERS) {
            assert_ne!(values, of_whole(&name.replace(".0.", ".1.")), "{name}");
        }
    }
}

#[test]
fn a_gradient_is_how_the_loss_changes() {
    let mut student = student();
    let lessons: Vec<Lesson> = examples().iter().map(|example| student.lesson(example).unwrap()).collect();
    let lessons: Vec<&Lesson> = lessons.iter().collect();
    let (_, gradients) = student.gradients(&lessons, 100.0).unwrap();
    let names: Vec<String> = student.network.weights.keys().cloned().collect();
    for (name, gradient) in names.iter().zip(gradients) {
        // The number that matters most in each tensor.
        let place =
            (0..gradient.len()).max_by(|a, b| gradient[*a].abs().total_cmp(&gradient[*b].abs())).unwrap();
        let mut moved = |by: f32| {
            let weight = student.network.weights.get_mut(name).unwrap();
            let before: Vec<f32> = weight.flatten_all().unwrap().to_vec1().unwrap();
            let mut values = before.clone();
            values[place] += by;
            let set = |weight: &Var, values| {
                weight.set(&Tensor::from_vec(values, weight.shape(), &Device::Cpu).unwrap()).unwrap();
            };
            set(weight, values);
            let loss = student.gradients(&lessons, 100.0).unwrap().0;
            set(&student.network.weights[name], before);
            loss
        };
        let step = 5e-3;
        let slope = (moved(step) - moved(-step)) / (2.0 * step);
        let tolerance = 0.03 * gradient[place].abs() + 2e-3;
        assert!(
            (slope - gradient[place]).abs() < tolerance,
            "{name}: {slope} instead of {}",
            gradient[place]
        );
    }
}

#[test]
fn what_the_whole_model_says_is_learned() {
    let mut student = student();
    let losses = learn(&mut student, 150, 0);
    let (first, last) = (losses[0], losses[losses.len() - 1]);
    assert_eq!(losses.len(), 150);
    assert!(last < 0.2 * first, "{first} to {last}");
}

#[test]
fn the_same_examples_and_seed_give_the_same_model() {
    let made = |seed| {
        let mut student = student();
        learn(&mut student, 3, seed);
        student.to_source().unwrap().weights
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), student().to_source().unwrap().weights);
}

#[test]
fn embeddings_stay_as_they_are() {
    let mut student = student();
    learn(&mut student, 3, 0);
    let made = student.to_source().unwrap();
    let [before, after] =
        [&student.source, &made].map(|source| SafeTensors::deserialize(&source.weights).unwrap());
    let mut embeddings = 0;
    for (name, view) in before.iter().filter(|(name, _)| name.contains("embeddings")) {
        assert_eq!(after.tensor(name).unwrap().data(), view.data(), "{name}");
        embeddings += 1;
    }
    assert_eq!(embeddings, 5);
    assert!(after.names().iter().all(|name| !name.contains("layer.1.")));
}

#[test]
fn what_cannot_be_cut_or_learned_is_refused() {
    let cut = |source, layers| Student::cut(source, layers).err().unwrap();
    assert_eq!(cut(source("tiny-cls-encoder"), 1).kind(), ErrorKind::ModelUnsupported);
    for layers in [0, 2, usize::MAX] {
        let error = cut(source("tiny-cross-encoder"), layers);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains("from 1 to 1"), "{}", error.message());
    }
    let example = |texts: &[&str], logits: &[f32]| Example {
        query: "rent".to_owned(),
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        logits: logits.to_vec(),
    };
    for examples in [
        vec![],
        vec![example(&["one"], &[1.0])],
        vec![example(&["one", "two"], &[1.0])],
        vec![example(&["one", "two"], &[1.0, 1.0])],
    ] {
        let error = student().learn(&examples, 0, |_| 1.0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{examples:?}");
    }
}
