//! A claim held against passages of sources.

mod names;
mod numbers;
mod opposites;
mod parts;
mod roles;
mod swaps;

use std::collections::HashSet;
use std::ops::Range;

use self::names::stands_as_name;
use self::opposites::{BEST_CLAUSE, SAME_CLAUSE};
use super::numbers::{Comparison, Quantity};
use super::source::{Passage, Prepared};
use super::words::{Word, Words};
use crate::document::Span;

/// What a text says, taken apart as sources are.
pub(super) struct Said {
    pub text: String,
    pub words: Words,
    pub quantities: Vec<Quantity>,
    pub is_german: bool,
}

/// How much words count.
pub(super) struct Weights<'w> {
    /// The weight of each id, by how few passages have it.
    pub of_id: &'w dyn Fn(u32) -> f64,
    /// The ids that sources write in capitals only.
    pub proper: &'w HashSet<u32>,
}

/// What speaks for a clause, and what against it.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    /// The share of its words' weight that the best place has, from 0 to 1.
    pub coverage: f64,
    /// The same of its words and numbers together.
    pub support: f64,
    /// The source and its passage.
    pub place: Option<(usize, usize)>,
    /// How many numbers it has, and how many of them are there.
    pub numbers: (usize, usize),
    /// How many names it has, and how many of them are there.
    pub names: (usize, usize),
    /// What is not there, in bytes of what is said.
    pub missing: Vec<Range<usize>>,
    /// What is different there.
    pub conflicts: Vec<Conflict>,
}

/// What a claim says otherwise than a source.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Conflict {
    pub kind: ConflictKind,
    /// In bytes of what is said.
    pub claimed: Range<usize>,
    /// The source, and where it says otherwise.
    pub source: usize,
    pub found: Span,
}

/// In which way a claim and a source differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictKind {
    /// A number.
    Number,
    /// A date or a time of day.
    Date,
    /// The unit of a number.
    Unit,
    /// At least and at most, before and after.
    Limit,
    /// A name.
    Name,
    /// One denies what the other says.
    Negation,
    /// A word that excludes another: all and none, left and right.
    Word,
    /// Who does something and to whom, what comes first and what after it.
    Role,
}

/// How much a name counts beside another word, and a number that is found beside the mean word.
const NAME_WEIGHT: f64 = 1.5;
const NUMBER_WEIGHT: f64 = 4.0;

/// How much a number counts beside the mean word of a claim.
const NUMBER_FACTOR: f64 = 1.5;

/// How much words count that stand near the passage, or above it.
const NEAR_WEIGHT: f64 = 0.7;

/// From which share of its words on a claim is about the same as a passage, so that a difference contradicts it.
const SAME_MATTER: f64 = 0.5;

/// From which share of its words on a passage may deny it.
const SAME_MATTER_DENIED: f64 = 0.45;

/// How nearly as well as the best passage others have to fit to speak for a claim, too.
const NEARLY_BEST: f64 = 0.8;

/// How much the sentence counts that a clause is of, where a place is looked for, and how much headings do.
const SENTENCE_WEIGHT: f64 = 0.8;
const HEADING_FACTOR: f64 = 0.7;
const QUESTION_FACTOR: f64 = 0.3;

/// By how much more of a claim's content, names and numbers aside, a passage must have than the one that its names and
/// numbers led to, so that it is the one that the claim is about; rows of tables differ in few words.
const OTHER_CONTENT: f64 = 0.25;
const OTHER_CONTENT_OF_ROW: f64 = 0.1;
const LEAST_CONTENT: f64 = 0.5;

/// A passage, and how well it fits a claim.
#[derive(Clone, Copy)]
struct Fit {
    source: usize,
    passage: usize,
    own: f64,
    coverage: f64,
    /// The share of its words that are no names.
    content: f64,
    /// The share of the words of the whole sentence.
    sentence: f64,
    /// The numbers of the claim that it has, by weight.
    numbers: f64,
    factor: f64,
}

impl Fit {
    /// Those of other passages.
    fn others(self, fits: &[Self]) -> impl Iterator<Item = &Self> {
        fits.iter().filter(move |fit| (fit.source, fit.passage) != (self.source, self.passage))
    }
}

impl Weights<'_> {
    /// Whether a word is a name, where its capital tells that.
    fn is_name(&self, word: &Word) -> bool {
        word.is_name || self.proper.contains(&word.id)
    }
}

impl Said {
    /// Holds its words in `range` against some of the sources.
    pub(super) fn judge(
        &self,
        range: &Range<usize>,
        sources: &[Prepared],
        chosen: &[usize],
        weights: &Weights<'_>,
    ) -> Judged {
        let claim = Claim::of(self, range, weights);
        let mut fits: Vec<Fit> = Vec::new();
        for &source in chosen {
            fits.extend(
                (0..sources[source].passages.len())
                    .map(|passage| claim.fit(sources, source, passage, weights)),
            );
        }
        let Some(best) =
            best_by(&fits, |fit| fit.coverage + 0.5 * fit.own + SENTENCE_WEIGHT * fit.sentence + fit.numbers)
        else {
            return Judged {
                numbers: (claim.quantities.len(), 0),
                names: (claim.names, 0),
                ..Judged::default()
            };
        };
        let good: Vec<Fit> = fits
            .iter()
            .copied()
            .filter(|fit| {
                fit.own >= NEARLY_BEST * best.own
                    && fit.own > 0.0
                    && fit.content >= NEARLY_BEST * best.content
            })
            .collect();
        let judged = claim.against(sources, best, &good, weights);
        // Names and numbers may have led to a place that is about something else.
        let Some(about) = best_by(&fits, |fit| fit.content + SENTENCE_WEIGHT * fit.sentence) else {
            return judged;
        };
        let is_held_there =
            |quantity: &&&Quantity| holds(&sources[best.source].passages[best.passage], quantity, None);
        let held = claim.quantities.iter().filter(is_held_there).count();
        if held >= 2 && held == claim.quantities.len() {
            return judged;
        }
        let is_row = !sources[about.source].passages[about.passage].cells.is_empty();
        let margin = if is_row { OTHER_CONTENT_OF_ROW } else { OTHER_CONTENT };
        if about.content >= best.content + margin && about.content >= LEAST_CONTENT {
            let good: Vec<Fit> =
                good.into_iter().filter(|fit| fit.content + margin > about.content).collect();
            let other = claim.against(sources, about, &good, weights);
            if !other.conflicts.is_empty() {
                return other;
            }
        }
        judged
    }
}

fn best_by(fits: &[Fit], score: impl Fn(&Fit) -> f64) -> Option<Fit> {
    let mut best: Option<(f64, Fit)> = None;
    for fit in fits {
        let score = score(fit) * fit.factor;
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, *fit));
        }
    }
    best.filter(|(score, _)| *score > 0.0).map(|(_, fit)| fit)
}

/// A clause with what is to be found of it.
struct Claim<'s> {
    said: &'s Said,
    /// Where it is in what is said.
    range: Range<usize>,
    words: Vec<&'s Word>,
    quantities: Vec<&'s Quantity>,
    /// The weight of all its words, and of those that are no names.
    weight: f64,
    content_weight: f64,
    /// The weight of all words of its sentence.
    sentence_weight: f64,
    /// How many of its words are names.
    names: usize,
}

impl<'s> Claim<'s> {
    fn of(said: &'s Said, range: &Range<usize>, weights: &Weights<'_>) -> Self {
        let inside = |start: usize| range.contains(&start);
        let mut words: Vec<&Word> =
            said.words.words.iter().filter(|word| inside(word.span.start) && !word.is_light).collect();
        if words.is_empty() {
            // A clause that says nothing by itself is about what its sentence is.
            words = said.words.words.iter().filter(|word| !word.is_light).collect();
        }
        if words.is_empty() {
            words = said.words.words.iter().collect();
        }
        let quantities =
            said.quantities.iter().filter(|it| inside(it.span.start as usize) && !it.is_soft).collect();
        let mut claim = Self {
            said,
            range: range.clone(),
            words,
            quantities,
            weight: 0.0,
            content_weight: 0.0,
            sentence_weight: 0.0,
            names: 0,
        };
        for word in &claim.words {
            let weight = claim.weigh(word, weights);
            claim.weight += weight;
            if claim.is_name(word, weights) {
                claim.names += 1;
            } else {
                claim.content_weight += weight;
            }
        }
        claim.weight = claim.weight.max(f64::MIN_POSITIVE);
        claim.sentence_weight =
            claim.heavy().map(|word| (weights.of_id)(word.id)).sum::<f64>().max(f64::MIN_POSITIVE);
        claim
    }

    /// The words of the whole sentence that say something.
    fn heavy(&self) -> impl Iterator<Item = &'s Word> {
        self.said.words.words.iter().filter(|word| !word.is_light)
    }

    fn is_name(&self, word: &Word, weights: &Weights<'_>) -> bool {
        if self.said.is_german {
            return word.is_name && stands_as_name(&self.said.text, &word.span);
        }
        weights.is_name(word)
    }

    fn weigh(&self, word: &Word, weights: &Weights<'_>) -> f64 {
        let factor = if self.is_name(word, weights) { NAME_WEIGHT } else { 1.0 };
        factor * (weights.of_id)(word.id)
    }

    fn fit(&self, sources: &[Prepared], source: usize, at: usize, weights: &Weights<'_>) -> Fit {
        let prepared = &sources[source];
        let passage = &prepared.passages[at];
        let (mut own, mut coverage, mut content) = (0.0, 0.0, 0.0);
        for word in &self.words {
            let weight = self.weigh(word, weights);
            let is_held = passage.words.forms.contains(&word.id);
            let share = if is_held {
                own += weight;
                1.0
            } else if passage.context.contains(&word.id)
                || prepared.around(at).any(|near| prepared.passages[near].words.forms.contains(&word.id))
            {
                NEAR_WEIGHT
            } else {
                0.0
            };
            coverage += share * weight;
            if !self.is_name(word, weights) {
                content += if is_held { weight } else { 0.5 * share * weight };
            }
        }
        let found = self.quantities.iter().filter(|it| holds(passage, it, None)).count() as f64;
        let numbers = if coverage > 0.0 {
            found * NUMBER_WEIGHT / self.words.len().max(4) as f64
        } else {
            found * 0.02
        };
        Fit {
            source,
            passage: at,
            own: own / self.weight,
            coverage: (coverage / self.weight).min(1.0),
            content: if self.content_weight > 0.0 {
                content / self.content_weight
            } else {
                own / self.weight
            },
            sentence: self.sentence_share(passage, weights),
            numbers,
            factor: match (passage.is_question, passage.is_heading) {
                (true, _) => QUESTION_FACTOR,
                (_, true) => HEADING_FACTOR,
                _ => 1.0,
            },
        }
    }

    fn against(&self, sources: &[Prepared], best: Fit, good: &[Fit], weights: &Weights<'_>) -> Judged {
        let mut judged = Judged {
            coverage: best.coverage,
            place: Some((best.source, best.passage)),
            numbers: (self.quantities.len(), 0),
            names: (self.names, 0),
            ..Judged::default()
        };
        self.check_numbers(sources, best, good, weights, &mut judged);
        let number_weight = NUMBER_FACTOR * self.weight / self.words.len().max(1) as f64;
        let (all, found) = judged.numbers;
        judged.support = (best.coverage * self.weight + number_weight * found as f64)
            / (self.weight + number_weight * all as f64);
        self.check_names(sources, best, good, weights, &mut judged);
        if is_same_matter(best) {
            let passage = &sources[best.source].passages[best.passage];
            if best.own >= SAME_MATTER_DENIED {
                let clauses = self.clauses_about(passage, SAME_CLAUSE, weights);
                self.check_denial(sources, best, good, &clauses, weights, &mut judged);
            }
            let clauses = self.clauses_about(passage, BEST_CLAUSE, weights);
            self.check_exclusive(&sources[best.source], best, &clauses, weights, &mut judged);
            if judged.conflicts.is_empty() {
                let clauses = self.clauses_about(passage, SAME_CLAUSE, weights);
                self.check_exclusive(&sources[best.source], best, &clauses, weights, &mut judged);
            }
            self.check_relations(&sources[best.source], best, &mut judged);
            if judged.conflicts.is_empty() {
                self.check_swaps(&sources[best.source], best, weights, &mut judged);
            }
            if judged.conflicts.is_empty() {
                self.check_swapped_clauses(&sources[best.source], best, &mut judged);
            }
            self.check_roles(sources, best, good, weights, &mut judged);
        }
        judged
    }

    /// The share of its words that a passage has.
    fn share(&self, passage: &Passage, weights: &Weights<'_>) -> f64 {
        let held = self.words.iter().filter(|word| passage.words.forms.contains(&word.id));
        held.map(|word| self.weigh(word, weights)).sum::<f64>() / self.weight
    }

    /// The share of the words of its sentence that a passage has.
    fn sentence_share(&self, passage: &Passage, weights: &Weights<'_>) -> f64 {
        let held = self.heavy().filter(|word| passage.words.forms.contains(&word.id));
        held.map(|word| (weights.of_id)(word.id)).sum::<f64>() / self.sentence_weight
    }
}

fn is_same_matter(fit: Fit) -> bool {
    fit.coverage >= SAME_MATTER && fit.own >= 0.3
}

/// Where `span` of a passage is in its source.
fn within(passage: &Passage, span: Span) -> Span {
    Span { start: passage.span.start + span.start, end: passage.span.start + span.end }
}

/// Whether a passage, or its cells in `columns`, has a quantity.
fn holds(passage: &Passage, quantity: &Quantity, columns: Option<&[Range<usize>]>) -> bool {
    passage
        .quantities
        .iter()
        .any(|held| quantity.compare(held) == Comparison::Same && is_in(held.span, columns))
}

fn is_in(span: Span, columns: Option<&[Range<usize>]>) -> bool {
    columns.is_none_or(|columns| columns.iter().any(|range| range.contains(&(span.start as usize))))
}
