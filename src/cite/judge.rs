//! A claim held against passages of sources.

use std::collections::HashSet;
use std::ops::Range;

use super::alike;
use super::numbers::{Bound, Comparison, Quantity, Unit, Value};
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
    /// The same without what stands around that place.
    pub own: f64,
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
}

/// How much a name counts beside another word, and a number that is found beside the mean word.
const NAME_WEIGHT: f64 = 1.5;
const NUMBER_WEIGHT: f64 = 4.0;

/// How much words count that stand near the passage, or above it.
const NEAR_WEIGHT: f64 = 0.7;

/// From which share of its words on a claim is about the same as a passage, so that a difference contradicts it.
const SAME_MATTER: f64 = 0.5;
const SAME_MATTER_BUT_NAMES: f64 = 0.55;

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

/// From which share on numbers that stand around a passage do not excuse another number in it.
const CLOSE: f64 = 0.7;

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
            return word.is_name && stands_beside_capital(&self.said.text, &word.span);
        }
        word.is_name || weights.proper.contains(&word.id)
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
            own: best.own,
            place: Some((best.source, best.passage)),
            numbers: (self.quantities.len(), 0),
            names: (self.names, 0),
            ..Judged::default()
        };
        self.check_numbers(sources, best, good, weights, &mut judged);
        self.check_names(sources, best, good, weights, &mut judged);
        if is_same_matter(best) {
            let passage = &sources[best.source].passages[best.passage];
            let clauses = self.clauses_about(passage, SAME_CLAUSE, weights);
            self.check_denial(sources, best, good, &clauses, weights, &mut judged);
            let clauses = self.clauses_about(passage, BEST_CLAUSE, weights);
            self.check_exclusive(&sources[best.source], best, &clauses, &mut judged);
        }
        judged
    }

    fn check_numbers(
        &self,
        sources: &[Prepared],
        best: Fit,
        good: &[Fit],
        weights: &Weights<'_>,
        judged: &mut Judged,
    ) {
        let prepared = &sources[best.source];
        let passage = &prepared.passages[best.passage];
        let columns = self.columns(passage);
        let matched: Vec<&Quantity> = passage
            .quantities
            .iter()
            .filter(|held| self.said.quantities.iter().any(|it| it.compare(held) == Comparison::Same))
            .collect();
        for quantity in &self.quantities {
            let is_in_columns = |held: &&Quantity| is_in(held.span, columns.as_deref());
            let is_comparable = |held: &Quantity| !matches!(quantity.compare(held), Comparison::Incomparable);
            // Where the columns that are spoken of hold nothing like it, it is of another.
            let is_bound_to_columns =
                columns.is_some() && passage.quantities.iter().filter(is_in_columns).any(is_comparable);
            let bound = columns.as_deref().filter(|_| is_bound_to_columns);
            if holds(passage, quantity, bound) {
                judged.numbers.1 += 1;
                continue;
            }
            let is_near = || {
                let others =
                    good.iter().filter(|fit| (fit.source, fit.passage) != (best.source, best.passage));
                let elsewhere = others
                    .into_iter()
                    .any(|fit| holds(&sources[fit.source].passages[fit.passage], quantity, None));
                let around = passage.cells.is_empty()
                    && prepared.around(best.passage).any(|near| {
                        holds(&prepared.passages[near], quantity, None)
                            && self.share(&prepared.passages[near], weights) >= 0.25
                    });
                elsewhere
                    || around
                    || passage
                        .context_quantities
                        .iter()
                        .any(|held| quantity.compare(held) == Comparison::Same)
            };
            let other = passage.quantities.iter().filter(|held| is_in(held.span, bound)).find_map(|held| {
                let is_taken = matched.iter().any(|it| std::ptr::eq(*it, held));
                let kind = match (bound, quantity.compare(held)) {
                    (Some(_), Comparison::Other) => Some(ConflictKind::Number),
                    _ => conflict_of(quantity, held, self.said, passage, prepared),
                };
                let kind =
                    kind.filter(|kind| !is_taken || matches!(kind, ConflictKind::Unit | ConflictKind::Limit));
                kind.map(|kind| (kind, held.span))
            });
            let is_excused =
                || (best.own < CLOSE || is_other_moment(quantity)) && bound.is_none() && is_near();
            match other.filter(|_| is_same_matter(best)) {
                Some((kind, span)) if !is_excused() => judged.conflicts.push(Conflict {
                    kind,
                    claimed: quantity.span.range(),
                    source: best.source,
                    found: within(passage, span),
                }),
                Some(_) => judged.numbers.1 += 1,
                None if is_near() => judged.numbers.1 += 1,
                None => judged.missing.push(quantity.span.range()),
            }
        }
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

    /// The cells of a row that the claim is about, by their headers; `None` where it names no header.
    fn columns(&self, passage: &Passage) -> Option<Vec<Range<usize>>> {
        if passage.cells.len() < 2 {
            return None;
        }
        let ids: HashSet<u32> =
            self.heavy().map(|word| word.id).chain(self.said.words.forms.iter().copied()).collect();
        let shared: Vec<usize> =
            passage.cells.iter().map(|cell| cell.header.intersection(&ids).count()).collect();
        let (most, least) = (shared.iter().max().copied()?, shared.iter().min().copied()?);
        if most == 0 || most == least {
            return None;
        }
        let chosen = passage.cells.iter().zip(&shared).filter(|(_, shared)| **shared == most);
        let mut ranges: Vec<Range<usize>> = chosen.map(|(cell, _)| cell.range.clone()).collect();
        ranges.push(0..passage.cells[0].range.start);
        Some(ranges)
    }

    fn check_names(
        &self,
        sources: &[Prepared],
        best: Fit,
        good: &[Fit],
        weights: &Weights<'_>,
        judged: &mut Judged,
    ) {
        let prepared = &sources[best.source];
        let passage = &prepared.passages[best.passage];
        let held_text = prepared.said(passage.span);
        let is_near = |id: u32| {
            passage.words.forms.contains(&id)
                || passage.context.contains(&id)
                || (passage.cells.is_empty()
                    && prepared
                        .around(best.passage)
                        .any(|near| prepared.passages[near].words.forms.contains(&id)))
                || good.iter().any(|fit| sources[fit.source].passages[fit.passage].words.forms.contains(&id))
        };
        let own: HashSet<u32> = self
            .said
            .words
            .words
            .iter()
            .map(|word| word.id)
            .chain(self.said.words.forms.iter().copied())
            .collect();
        let is_held_name = |held: &Word| {
            let is_name = held.is_name || weights.proper.contains(&held.id);
            is_name && (!self.said.is_german || stands_beside_capital(held_text, &held.span))
        };
        let claimed = groups(&self.said.text, &self.words, |word| self.is_name(word, weights));
        let held_words: Vec<&Word> = passage.words.words.iter().collect();
        let held: Vec<Group<'_>> = groups(held_text, &held_words, is_held_name)
            .into_iter()
            .filter(|group| group.words.iter().any(|word| !own.contains(&word.id)))
            .collect();
        let absent: f64 = claimed
            .iter()
            .flat_map(|group| &group.words)
            .filter(|word| !passage.words.forms.contains(&word.id))
            .map(|word| self.weigh(word, weights))
            .sum();
        // How well the rest fits, without the names that are not there.
        let rest = self.weight - absent;
        let fits = rest > 0.0 && best.own * self.weight / rest >= SAME_MATTER_BUT_NAMES;
        for group in &claimed {
            let is_absent = group.words.iter().all(|word| !passage.words.forms.contains(&word.id));
            let is_same_kind = |other: &&Group<'_>| other.is_role == group.is_role;
            let replaced = held
                .iter()
                .filter(is_same_kind)
                .find(|other| other.is_full && other.words.iter().all(|word| !own.contains(&word.id)));
            if let Some(other) = replaced.filter(|_| is_absent && group.is_full && fits) {
                judged.conflicts.push(name_conflict(group.words[0], other.words[0], best.source, passage));
                continue;
            }
            for word in &group.words {
                if is_near(word.id) {
                    judged.names.1 += 1;
                    continue;
                }
                let other = held
                    .iter()
                    .filter(is_same_kind)
                    .flat_map(|other| &other.words)
                    .find(|held| !own.contains(&held.id));
                let is_alias = !group.is_role
                    && held.iter().any(|other| other.is_role)
                    && sources[best.source]
                        .passages
                        .iter()
                        .any(|passage| group.words.iter().all(|word| passage.words.forms.contains(&word.id)));
                match other.filter(|_| fits) {
                    Some(held) => judged.conflicts.push(name_conflict(word, held, best.source, passage)),
                    None if is_alias => judged.names.1 += 1,
                    // A common noun that the source writes as a name.
                    None if group.is_role || !word.is_name => {}
                    None => judged.missing.push(word.span.clone()),
                }
            }
        }
    }

    /// Looks for what is denied on one side only.
    fn check_denial(
        &self,
        sources: &[Prepared],
        best: Fit,
        good: &[Fit],
        clauses: &[Range<usize>],
        weights: &Weights<'_>,
        judged: &mut Judged,
    ) {
        let passage = &sources[best.source].passages[best.passage];
        let held: Vec<&Word> = passage
            .words
            .words
            .iter()
            .filter(|word| clauses.iter().any(|clause| clause.contains(&word.span.start)))
            .collect();
        let claim_denies = self.words.iter().any(|word| word.is_negated);
        let (mut source_denies, mut denied, mut place, mut ids) = (false, 0.0, None, Vec::new());
        for word in &self.words {
            let same: Vec<&&Word> = held.iter().filter(|held| held.id == word.id).collect();
            let Some(first) = same.first() else { continue };
            source_denies |= same.iter().any(|held| held.is_negated);
            if same.iter().all(|held| held.is_negated != word.is_negated) {
                denied += (weights.of_id)(word.id).max(0.2);
                place = place.or(Some((word.span.clone(), first.span.clone())));
                ids.push((word.id, word.is_negated));
            }
        }
        let is_denied = claim_denies != source_denies && denied > 0.05 * self.weight * best.own;
        let agrees = |passage: &Passage| {
            let agrees = |(id, is_negated): &(u32, bool)| {
                passage.words.words.iter().any(|held| held.id == *id && held.is_negated == *is_negated)
            };
            ids.iter().all(agrees) && self.sentence_share(passage, weights) >= 0.7 * best.sentence
        };
        let others = good.iter().filter(|fit| (fit.source, fit.passage) != (best.source, best.passage));
        let is_said_elsewhere = || {
            let prepared = &sources[best.source];
            others.into_iter().any(|fit| agrees(&sources[fit.source].passages[fit.passage]))
                || prepared
                    .around(best.passage)
                    .any(|near| !prepared.passages[near].is_heading && agrees(&prepared.passages[near]))
        };
        if let Some((claimed, found)) = place.filter(|_| is_denied && !is_said_elsewhere()) {
            let found = within(passage, Span::new(found.start, found.end));
            judged.conflicts.push(Conflict {
                kind: ConflictKind::Negation,
                claimed,
                source: best.source,
                found,
            });
        }
    }

    /// The clauses of a passage that have some of the claim; words of which one excludes others do not count.
    fn clauses_about(&self, passage: &Passage, least: f64, weights: &Weights<'_>) -> Vec<Range<usize>> {
        let is_exclusive = |word: &Word| {
            self.said.text.get(word.span.clone()).is_some_and(|it| alike::is_exclusive(&it.to_lowercase()))
        };
        let score = |clause: &Range<usize>| {
            let held = passage.words.words.iter().filter(|held| clause.contains(&held.span.start));
            let shared =
                held.filter(|held| self.words.iter().any(|word| word.id == held.id && !is_exclusive(word)));
            shared.map(|held| (weights.of_id)(held.id)).sum::<f64>()
        };
        let scores: Vec<f64> = passage.clauses.iter().map(score).collect();
        let most = scores.iter().copied().fold(0.0, f64::max);
        let is_about = |(_, score): &(&Range<usize>, &f64)| **score >= most * least;
        passage.clauses.iter().zip(&scores).filter(is_about).map(|(clause, _)| clause.clone()).collect()
    }

    fn check_exclusive(&self, prepared: &Prepared, best: Fit, clauses: &[Range<usize>], judged: &mut Judged) {
        let passage = &prepared.passages[best.passage];
        let said = prepared.said(passage.span);
        let lower =
            |text: &str, span: &Range<usize>| text.get(span.clone()).unwrap_or_default().to_lowercase();
        let own: HashSet<String> =
            self.said.words.words.iter().map(|word| lower(&self.said.text, &word.span)).collect();
        let held: Vec<(&Word, String)> = passage
            .words
            .words
            .iter()
            .filter(|word| clauses.iter().any(|clause| clause.contains(&word.span.start)))
            .map(|word| (word, lower(said, &word.span)))
            .collect();
        for word in &self.words {
            let written = lower(&self.said.text, &word.span);
            if !alike::is_exclusive(&written)
                || held.iter().any(|(other, text)| *text == written || other.id == word.id)
            {
                continue;
            }
            let is_near = prepared
                .around(best.passage)
                .any(|near| prepared.passages[near].words.forms.contains(&word.id));
            let other = held.iter().find(|(_, text)| alike::excludes(&written, text) && !own.contains(text));
            if let Some((other, _)) = other.filter(|_| !is_near) {
                let found = within(passage, Span::new(other.span.start, other.span.end));
                judged.conflicts.push(Conflict {
                    kind: ConflictKind::Word,
                    claimed: word.span.clone(),
                    source: best.source,
                    found,
                });
            }
        }
    }
}

/// From which share of the best clause's words on other clauses are about the claim, too.
const SAME_CLAUSE: f64 = 0.4;
const BEST_CLAUSE: f64 = 0.95;

fn is_same_matter(fit: Fit) -> bool {
    fit.coverage >= SAME_MATTER && fit.own >= 0.3
}

/// Whether a quantity is a date or a time: texts give many of them, each about something else.
fn is_other_moment(quantity: &Quantity) -> bool {
    matches!(quantity.value, Value::Date { .. } | Value::Time { .. })
}

/// Names that stand together.
struct Group<'w> {
    words: Vec<&'w Word>,
    /// Whether it is a party in small letters or with an article: `the Tenant`.
    is_role: bool,
    /// Whether it is more than one word, or has a title before it.
    is_full: bool,
}

fn groups<'w>(text: &str, words: &[&'w Word], is_name: impl Fn(&Word) -> bool) -> Vec<Group<'w>> {
    let mut groups: Vec<Group<'w>> = Vec::new();
    for word in words.iter().filter(|word| is_name(word)) {
        let joins = |last: &Group<'w>| {
            let between = last.words.last().and_then(|before| text.get(before.span.end..word.span.start));
            between.is_some_and(|it| matches!(it, " " | "-" | " & " | "\u{A0}" | " de " | " von "))
        };
        match groups.last_mut().filter(|last| joins(last)) {
            Some(last) => {
                last.words.push(word);
                last.is_full = true;
            }
            None => {
                let before = text[..word.span.start]
                    .trim_end()
                    .rsplit(|it: char| it.is_whitespace() || it == '(')
                    .next()
                    .unwrap_or_default();
                let before = before.trim_end_matches('.').to_lowercase();
                let is_small = text[word.span.clone()].starts_with(char::is_lowercase);
                let is_role = is_small || before == "the";
                let is_titled = TITLES.contains(&before.as_str());
                groups.push(Group { words: vec![word], is_role, is_full: is_titled });
            }
        }
    }
    groups
}

/// Titles before names, in small letters.
const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "dr", "col", "sister", "captain", "prof", "herr", "frau", "mme", "sir",
    "lord", "lady",
];

fn name_conflict(claimed: &Word, held: &Word, source: usize, passage: &Passage) -> Conflict {
    let found = within(passage, Span::new(held.span.start, held.span.end));
    Conflict { kind: ConflictKind::Name, claimed: claimed.span.clone(), source, found }
}

/// Whether the word before or after it has a capital, too, as first names and surnames have.
fn stands_beside_capital(text: &str, span: &Range<usize>) -> bool {
    let (before, after) = (&text[..span.start], &text[span.end..]);
    let follows = after.strip_prefix(' ').is_some_and(|rest| rest.starts_with(char::is_uppercase));
    let last = before.trim_end().rsplit(' ').next().unwrap_or_default();
    follows || (before.ends_with(' ') && last.starts_with(char::is_uppercase) && last.chars().count() > 3)
}

/// Where `span` of a passage is in its source.
fn within(passage: &Passage, span: Span) -> Span {
    Span { start: passage.span.start + span.start, end: passage.span.start + span.end }
}

fn is_in(span: Span, columns: Option<&[Range<usize>]>) -> bool {
    columns.is_none_or(|columns| columns.iter().any(|range| range.contains(&(span.start as usize))))
}

/// Whether a passage, or its cells in `columns`, has a quantity.
fn holds(passage: &Passage, quantity: &Quantity, columns: Option<&[Range<usize>]>) -> bool {
    passage
        .quantities
        .iter()
        .any(|held| quantity.compare(held) == Comparison::Same && is_in(held.span, columns))
}

/// Whether two words differ in their ends only: `cat` and `cats`.
fn is_inflected(a: &str, b: &str) -> bool {
    let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let longest = a.chars().count().max(b.chars().count());
    common >= 3 && longest - common <= 2 || a == b
}

/// In which way a quantity of a source contradicts one of a claim, if it does.
fn conflict_of(
    claim: &Quantity,
    held: &Quantity,
    said: &Said,
    passage: &Passage,
    prepared: &Prepared,
) -> Option<ConflictKind> {
    let is_moment = matches!(claim.value, Value::Date { .. } | Value::Time { .. });
    match claim.compare(held) {
        Comparison::OtherUnit => Some(ConflictKind::Unit),
        Comparison::OtherBound => Some(ConflictKind::Limit),
        Comparison::Other if is_moment => Some(ConflictKind::Date),
        Comparison::Other => {
            let (Value::Amount(a), Value::Amount(b)) = (&claim.value, &held.value) else {
                return Some(ConflictKind::Number);
            };
            let is_count = a.unit == Unit::None || b.unit == Unit::None;
            let same_noun = || {
                let noun = |span: Option<Span>, text: &str| {
                    span.and_then(|it| it.slice(text)).map(str::to_lowercase)
                };
                let (own, other) =
                    (noun(claim.noun, &said.text), noun(held.noun, prepared.said(passage.span)));
                own.zip(other).is_some_and(|(a, b)| is_inflected(&a, &b))
            };
            let same_limit = claim.bound != Bound::None && claim.bound == held.bound;
            (!is_count || same_noun() || same_limit).then_some(ConflictKind::Number)
        }
        Comparison::Same | Comparison::Incomparable => None,
    }
}
