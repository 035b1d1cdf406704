//! What one side denies, or says by a word that excludes the other's.

use std::collections::HashSet;
use std::ops::Range;

use super::{Claim, Conflict, ConflictKind, Fit, Judged, Weights, within};
use crate::cite::alike;
use crate::cite::numbers::Comparison;
use crate::cite::source::{Passage, Prepared};
use crate::cite::words::{Word, runs};
use crate::document::Span;
use crate::index::is_unspaced;

/// From which share of the best clause's words on other clauses are about the claim, too.
pub(super) const SAME_CLAUSE: f64 = 0.4;
pub(super) const BEST_CLAUSE: f64 = 0.95;

/// How much a number counts beside the weights of words, where a clause is looked for.
const NUMBER: f64 = 2.0;

/// How nearly as much of a claim as the best passage another has to have, so that its words excuse it.
const AS_MUCH: f64 = 0.8;

impl Claim<'_> {
    /// Looks for what is denied on one side only.
    pub(super) fn check_denial(
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
        let lacks = self.words.iter().any(|word| word.is_lacking);
        let claim_denies = self.words.iter().any(|word| word.is_negated) != lacks;
        let source_lacks = held.iter().any(|word| word.is_lacking);
        // What the claim denies in words that the passage lacks, the passage may deny in others.
        let is_held = |word: &Word| held.iter().any(|held| held.id == word.id);
        let is_reworded = self.words.iter().any(|word| word.is_negated && !is_held(word));
        let is_shared = |held: &Word| is_reworded || self.words.iter().any(|word| word.id == held.id);
        let source_denies = held.iter().any(|word| word.is_negated && is_shared(word));
        let (mut denied, mut place, mut ids) = (0.0, None, Vec::new());
        for word in &self.words {
            let same: Vec<&&Word> = held.iter().filter(|held| held.id == word.id).collect();
            let Some(first) = same.first() else { continue };
            let differs =
                |held: &&&Word| held.is_negated != word.is_negated || held.is_lacking != word.is_lacking;
            if same.iter().all(differs) {
                denied += (weights.of_id)(word.id).max(0.2);
                place = place.or(Some((word.span.clone(), first.span.clone())));
                ids.push((word.id, word.is_negated));
            }
        }
        let is_denied =
            claim_denies != (source_denies != source_lacks) && denied > 0.05 * self.weight * best.own;
        // What is denied is most often the first word after a negator; in German it may stand before it, and Chinese has
        // pairs of characters there that are no words.
        let is_here = |id: u32| ids.iter().any(|(other, _)| *other == id);
        let first_denied = match claim_denies != lacks {
            true => self.words.iter().find(|word| word.is_negated).map(|word| is_here(word.id)),
            false => held.iter().find(|word| word.is_negated).map(|word| is_here(word.id)),
        };
        let is_spaced = !self.said.text.contains(is_unspaced);
        let is_doubtful = is_spaced && !self.said.is_german && first_denied == Some(false);
        let agrees = |passage: &Passage| {
            let agrees = |(id, is_negated): &(u32, bool)| {
                passage.words.words.iter().any(|held| held.id == *id && held.is_negated == *is_negated)
            };
            ids.iter().all(agrees) && self.sentence_share(passage, weights) >= 0.7 * best.sentence
        };
        let others = best.others(good);
        let is_said_elsewhere = || {
            let prepared = &sources[best.source];
            others.into_iter().any(|fit| agrees(&sources[fit.source].passages[fit.passage]))
                || prepared
                    .around(best.passage)
                    .any(|near| !prepared.passages[near].is_heading && agrees(&prepared.passages[near]))
        };
        if let Some((claimed, found)) = place.filter(|_| is_denied && !is_said_elsewhere()) {
            if is_doubtful {
                // It may be the same in other words.
                judged.missing.push(claimed);
                return;
            }
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
    pub(super) fn clauses_about(
        &self,
        passage: &Passage,
        least: f64,
        weights: &Weights<'_>,
    ) -> Vec<Range<usize>> {
        let is_exclusive = |word: &Word| {
            self.said.text.get(word.span.clone()).is_some_and(|it| alike::is_exclusive(&it.to_lowercase()))
        };
        let score = |clause: &Range<usize>| {
            let held = passage.words.words.iter().filter(|held| clause.contains(&held.span.start));
            let shared =
                held.filter(|held| self.words.iter().any(|word| word.id == held.id && !is_exclusive(word)));
            let numbers = passage.quantities.iter().filter(|held| {
                clause.contains(&held.span.range().start)
                    && self.quantities.iter().any(|own| own.compare(held) == Comparison::Same)
            });
            shared.map(|held| (weights.of_id)(held.id)).sum::<f64>() + NUMBER * numbers.count() as f64
        };
        let scores: Vec<f64> = passage.clauses.iter().map(score).collect();
        let most = scores.iter().copied().fold(0.0, f64::max);
        let is_about = |(_, score): &(&Range<usize>, &f64)| **score >= most * least;
        passage.clauses.iter().zip(&scores).filter(is_about).map(|(clause, _)| clause.clone()).collect()
    }

    /// Looks for `after the meal` where the passage has `before the meal`.
    pub(super) fn check_relations(&self, prepared: &Prepared, best: Fit, judged: &mut Judged) {
        let passage = &prepared.passages[best.passage];
        let said = prepared.said(passage.span);
        let held = relations(said);
        if held.is_empty() {
            return;
        }
        for (word, span, next) in relations(&self.said.text) {
            let is_same = |(other, _, then): &&(String, Range<usize>, String)| {
                alike::turns_alike(&word, other) && *then == next
            };
            let is_turned = |(other, _, then): &&(String, Range<usize>, String)| {
                alike::turns(&word, other) && *then == next
            };
            if !self.range.contains(&span.start) || held.iter().any(|it| is_same(&it)) {
                continue;
            }
            if let Some((_, found, _)) = held.iter().find(is_turned) {
                let found = within(passage, Span::new(found.start, found.end));
                judged.conflicts.push(Conflict {
                    kind: ConflictKind::Word,
                    claimed: span,
                    source: best.source,
                    found,
                });
            }
        }
    }

    pub(super) fn check_exclusive(
        &self,
        prepared: &Prepared,
        best: Fit,
        clauses: &[Range<usize>],
        weights: &Weights<'_>,
        judged: &mut Judged,
    ) {
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
            let is_near = prepared.around(best.passage).any(|near| {
                let near = &prepared.passages[near];
                near.words.forms.contains(&word.id) && self.share(near, weights) >= AS_MUCH * best.own
            });
            let other = held.iter().find(|(other, text)| {
                alike::excludes(&written, text) && !own.contains(text) && other.is_negated == word.is_negated
            });
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

/// Words between a relation and what it is about.
const BETWEEN: &[&str] =
    &["the", "a", "an", "of", "than", "dem", "der", "den", "als", "le", "la", "les", "de", "than", "von"];

/// The words of a text that turn what follows, where each is, and what follows it.
fn relations(text: &str) -> Vec<(String, Range<usize>, String)> {
    let words: Vec<Range<usize>> = runs(text, char::is_alphanumeric).collect();
    let lower = |range: &Range<usize>| text[range.clone()].to_lowercase();
    let mut found = Vec::new();
    for (at, range) in words.iter().enumerate() {
        let word = lower(range);
        if !alike::is_relation(&word) {
            continue;
        }
        let next = words[at + 1..].iter().map(lower).find(|next| !BETWEEN.contains(&next.as_str()));
        if let Some(next) = next {
            found.push((word, range.clone(), next));
        }
    }
    found
}
