//! The numbers of a claim, and those of a passage.

use std::ops::Range;

use super::{
    Claim, Conflict, ConflictKind, Fit, Judged, Said, Weights, holds, is_in, is_same_matter, within,
};
use crate::cite::numbers::{Bound, Comparison, Quantity, Unit, Value};
use crate::cite::source::{Passage, Prepared};
use crate::document::Span;

use std::collections::HashSet;

/// From which share on numbers that stand around a passage do not excuse another number in it.
const CLOSE: f64 = 0.7;

impl Claim<'_> {
    pub(super) fn check_numbers(
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
                let elsewhere = best
                    .others(good)
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

    /// The cells of a row that the claim is about, by their headers; `None` where it names no header.
    pub(super) fn columns(&self, passage: &Passage) -> Option<Vec<Range<usize>>> {
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
}

/// Whether a quantity is a date or a time: texts give many of them, each about something else.
fn is_other_moment(quantity: &Quantity) -> bool {
    matches!(quantity.value, Value::Date { .. } | Value::Time { .. })
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
