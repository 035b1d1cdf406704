//! Evidence: of what a search found, the sentences that answer.
//!
//! A chunk is cut so that it fits a model and can be found; what answers a question is a sentence or two of it. So the
//! sentences of the best chunks compete with each other at query time, and the best of them, each with its neighbours, are
//! what is highlighted, quoted and cited. What a sentence means is known from the vectors of the parts of its chunk
//! ([`Embedding::parts`](crate::model::Embedding::parts)), which were made when the chunk was embedded.

mod frame;
mod window;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::document::Span;
use crate::error::{Error, Result};
use crate::model::signs;
use crate::order::Order;
use crate::sentences::{Sentence, SentenceWord, shares};

pub use frame::frame;
pub use window::WindowSource;

/// How much evidence is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceOptions {
    /// How many sentences of all hits together at most, from 0, which chooses none, to [`MAX_SENTENCES`]; by default 24. Those
    /// that answer much worse than the best, and those of other hits than the best ten, are left out in any case.
    pub sentences: usize,
    /// How many sentences before and after each of them belong to it, as far as they are in the same chunk: from 0, which
    /// takes each alone, to [`MAX_NEIGHBOURS`]; by default 1.
    pub neighbours: usize,
    /// What it is chosen for.
    pub purpose: Purpose,
}

/// What evidence is chosen for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To be quoted and highlighted: nothing that belongs to an answer may be missing.
    #[default]
    Quoting,
    /// To be the answer itself, of few words: the very sentence counts.
    Answering,
}

/// The most sentences that can be asked for.
pub const MAX_SENTENCES: usize = 1000;

/// The most neighbours that can be asked for.
pub const MAX_NEIGHBOURS: usize = 100;

impl Default for EvidenceOptions {
    fn default() -> Self {
        Self { sentences: 24, neighbours: 1, purpose: Purpose::default() }
    }
}

impl EvidenceOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming the option and its range.
    pub fn validate(&self) -> Result<()> {
        let ranges =
            [("sentences", self.sentences, MAX_SENTENCES), ("neighbours", self.neighbours, MAX_NEIGHBOURS)];
        match ranges.iter().find(|(_, value, most)| value > most) {
            Some((name, value, most)) => {
                let message = format!("evidence.{name} must be from 0 to {most}, not {value}");
                Err(Error::invalid_argument(message))
            }
            None => Ok(()),
        }
    }
}

/// How many of the best hits compete.
const HITS: usize = 10;

/// What a sentence is ranked by: its cosine, and beside it each of these, from 0 to 1, by its weight.
struct Weights {
    /// Where its chunk stands between the worst and the best.
    chunk: f32,
    /// The share of the query's words that it has.
    words: f32,
    /// The share that the sentence before it has, which it may go on with.
    before: f32,
    /// How long it is, which counts against it: `LONG` bytes are 1.
    length: f32,
    /// By how much a sentence may score less than the best. Where one sentence answers, few others are evidence; where none
    /// stands out, many are.
    range: f32,
}

/// As many bytes are a long sentence.
const LONG: f32 = 240.0;

impl Purpose {
    /// Those for answers are rounded from a pairwise logistic fit to the questions of `tests/fixtures/questions.json` and
    /// `tests/fixtures/evidence/samples.jsonl`.
    const fn weights(self) -> Weights {
        match self {
            Self::Quoting => Weights { chunk: 0.4, words: 1.0, before: 0.0, length: 0.0, range: 0.7 },
            Self::Answering => Weights { chunk: 0.08, words: 0.15, before: 0.1, length: 0.05, range: 0.45 },
        }
    }
}

/// The most parts of a chunk that have vectors of their own: 576 bytes of 384 dimensions.
const MAX_PARTS: usize = 12;

/// The parts of a chunk's text that get vectors of their own: its sentences, or where they are too many, some at a time.
pub fn parts(text: &str) -> Vec<Span> {
    let sentences = crate::sentences::sentences(text);
    let together = |some: &[Sentence]| Span { start: some[0].span.start, end: some[some.len() - 1].span.end };
    sentences.chunks(sentences_per_part(sentences.len())).map(together).collect()
}

fn sentences_per_part(sentences: usize) -> usize {
    sentences.div_ceil(MAX_PARTS).max(1)
}

/// The cosine of a query and each of the sentences of a chunk, by the [`signs`] of the chunk's [`parts`]; `None` where these
/// are of other sentences.
pub fn cosines(query: &[f32], parts: &[u8], sentences: usize) -> Option<Vec<f32>> {
    let size = sentences_per_part(sentences);
    let bytes = signs::bytes(query.len());
    if bytes == 0 || parts.len() != sentences.div_ceil(size) * bytes {
        return None;
    }
    let cosines = parts.chunks_exact(bytes).map(|part| signs::cosine(query, part));
    Some(cosines.flat_map(|cosine| std::iter::repeat_n(cosine, size)).take(sentences).collect())
}

/// A chunk whose sentences compete.
#[derive(Clone, Debug)]
pub struct EvidenceSource<'s> {
    /// The id of its document.
    pub document: &'s str,
    /// Where it is in its document, in bytes.
    pub span: Span,
    /// What it is ranked by.
    pub score: f32,
    /// The sentences of its text.
    pub sentences: &'s [Sentence],
    /// The words of the query in its text.
    pub words: Vec<SentenceWord>,
    /// The cosine of the query and each sentence; `None` where it is not known.
    pub cosines: Option<Vec<f32>>,
}

/// Sentences that answer.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceSpan {
    /// Where they are, in bytes of the chunk's text.
    pub span: Span,
    /// How well the best of them answers; comparable within one search only.
    pub score: f32,
    /// Each of them that says something, in order.
    pub sentences: Vec<EvidenceSentence>,
}

/// A sentence that answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvidenceSentence {
    /// Where it is, in bytes of the chunk's text.
    pub span: Span,
    /// How well it answers; comparable within one search only.
    pub score: f32,
}

/// The evidence of each of some hits, which come best first: its spans in the order of their scores, none of which touches
/// another. `total` is the weight of all words of the query.
///
/// What two chunks of a document share is evidence of the better one only. Headings and mere marks are none.
pub fn choose(
    sources: &[EvidenceSource<'_>],
    total: f32,
    options: &EvidenceOptions,
) -> Vec<Vec<EvidenceSpan>> {
    let mut chosen: Vec<Vec<bool>> =
        sources.iter().map(|source| vec![false; source.sentences.len()]).collect();
    let weights = options.purpose.weights();
    let scored = scores(sources, total, &weights);
    let mut places: Vec<(usize, usize)> = Vec::new();
    for (at, scores) in scored.iter().enumerate() {
        places.extend((0..scores.len()).filter(|place| scores[*place].is_some()).map(|place| (at, place)));
    }
    let score = |(at, place): (usize, usize)| scored[at][place].unwrap_or(f32::NEG_INFINITY);
    places.order_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
    let best = places.first().map_or(0.0, |place| score(*place));
    let good = places.iter().take_while(|place| score(**place) >= best - weights.range);
    for &(at, place) in good.take(options.sentences) {
        let end = (place + options.neighbours + 1).min(chosen[at].len());
        chosen[at][place.saturating_sub(options.neighbours)..end].fill(true);
    }
    let spans = |((source, chosen), scores): ((&EvidenceSource<'_>, &Vec<bool>), &Vec<Option<f32>>)| {
        // What has no score is a heading, nothing but marks, or belongs to a better chunk.
        let mut taken: Vec<bool> =
            chosen.iter().zip(scores).map(|(it, score)| *it && score.is_some()).collect();
        fill_marks(source.sentences, &mut taken);
        joined(source.sentences, &taken, scores)
    };
    sources.iter().zip(&chosen).zip(&scored).map(spans).collect()
}

/// The score of each sentence that competes.
fn scores(sources: &[EvidenceSource<'_>], total: f32, weights: &Weights) -> Vec<Vec<Option<f32>>> {
    let competing = &sources[..sources.len().min(HITS)];
    let of_chunks = || competing.iter().map(|source| source.score);
    let (least, most) =
        (of_chunks().fold(f32::INFINITY, f32::min), of_chunks().fold(f32::NEG_INFINITY, f32::max));
    let range = most - least;
    let known = competing.iter().filter_map(|source| source.cosines.as_ref()).flatten();
    let (sum, count) = known.fold((0.0, 0), |(sum, count), cosine| (sum + cosine, count + 1));
    // What has no vector yet is neither lost nor favoured.
    let usual = if count > 0 { sum / count as f32 } else { 0.0 };
    let scores = sources.iter().enumerate().map(|(at, source)| {
        if at >= HITS {
            return vec![None; source.sentences.len()];
        }
        let chunk = if range > 0.0 { (source.score - least) / range } else { 1.0 };
        let shares = shares(source.sentences, &source.words, total);
        let score = |(place, sentence): (usize, &Sentence)| {
            let is_new = !sources[..at].iter().any(|better| better.holds(source, sentence));
            let cosine = source.cosines.as_ref().and_then(|cosines| cosines.get(place)).copied();
            let before = place.checked_sub(1).map_or(0.0, |before| shares[before]);
            let length = (sentence.span.len() as f32 / LONG).min(1.0);
            let beside = weights.chunk * chunk + weights.words * shares[place] + weights.before * before;
            let score = cosine.unwrap_or(usual) + beside - weights.length * length;
            (is_new && sentence.is_statement && score.is_finite()).then_some(score)
        };
        source.sentences.iter().enumerate().map(score).collect()
    });
    scores.collect()
}

impl EvidenceSource<'_> {
    /// Whether a sentence of another chunk is partly in this one.
    fn holds(&self, other: &Self, sentence: &Sentence) -> bool {
        let (start, end) = (other.span.start + sentence.span.start, other.span.start + sentence.span.end);
        self.document == other.document && start < self.span.end && self.span.start < end
    }
}

/// Takes marks that stand between sentences that are taken.
fn fill_marks(sentences: &[Sentence], taken: &mut [bool]) {
    let mut last = None;
    for place in 0..taken.len() {
        if taken[place] {
            if let Some(last) = last {
                taken[last..place].fill(true);
            }
            last = Some(place);
        } else if !sentences[place].is_mark {
            last = None;
        }
    }
}

/// The sentences that were taken, neighbours as one span, best first.
fn joined(sentences: &[Sentence], taken: &[bool], scores: &[Option<f32>]) -> Vec<EvidenceSpan> {
    let mut spans = Vec::new();
    let mut at = 0;
    for run in taken.chunk_by(|a, b| a == b) {
        let places: Range<usize> = at..at + run.len();
        at = places.end;
        if run[0] {
            let span =
                Span { start: sentences[places.start].span.start, end: sentences[places.end - 1].span.end };
            let scored = places.filter_map(|place| Some((sentences[place].span, scores[place]?)));
            let each: Vec<EvidenceSentence> =
                scored.map(|(span, score)| EvidenceSentence { span, score }).collect();
            let score = each.iter().map(|it| it.score).fold(f32::NEG_INFINITY, f32::max);
            spans.push(EvidenceSpan { span, score, sentences: each });
        }
    }
    spans.order_by(|a, b| b.score.total_cmp(&a.score));
    spans
}

#[cfg(test)]
mod tests;
