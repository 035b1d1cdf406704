//! Values and names that a claim gives to one thing and a passage to another.
//!
//! Where a passage has several values of one kind, each has a part of its text: `the motor for five years and all other parts
//! for two`. A claim that puts one of them beside the words of another part says something else, though each of its words
//! and numbers is there.

use std::collections::HashSet;
use std::ops::Range;

use super::names::{Group, groups, stands_as_name};
use super::parts::{Beside, Home, NAME, Place, parts};
use super::{Claim, Conflict, ConflictKind, Fit, Judged, Weights, within};
use crate::cite::alike;
use crate::cite::answer::clauses;
use crate::cite::numbers::{Comparison, Quantity, Unit, Value};
use crate::cite::source::{Passage, Prepared};
use crate::cite::words::Word;
use crate::document::Span;

impl Claim<'_> {
    /// Looks for numbers, words and names that the passage has beside other words.
    pub(super) fn check_swaps(
        &self,
        prepared: &Prepared,
        best: Fit,
        weights: &Weights<'_>,
        judged: &mut Judged,
    ) {
        let passage = &prepared.passages[best.passage];
        if !passage.cells.is_empty() || passage.is_heading {
            return;
        }
        let held_text = prepared.said(passage.span);
        for quantity in &self.quantities {
            let of = |all: &[Quantity], text: Option<&str>| -> Vec<Place> {
                let firm = all.iter().filter(|it| !it.is_soft);
                firm.filter_map(|it| place(quantity, it, text)).collect()
            };
            let (claimed, held) = (of(&self.said.quantities, None), of(&passage.quantities, Some(held_text)));
            let kind = match quantity.value {
                Value::Date { .. } | Value::Time { .. } => ConflictKind::Date,
                _ => ConflictKind::Number,
            };
            let own = quantity.span.range();
            let found = self
                .swapped(&own, &claimed, &held, held_text, passage, weights)
                .or_else(|| other_end(&self.said.text, &own, held_text, &held));
            if let Some(found) = found {
                swap(kind, own, &found, best, passage, judged);
            }
        }
        self.check_swapped_words(best, passage, held_text, weights, judged);
        self.check_swapped_names(best, passage, held_text, weights, judged);
    }

    /// The same for words of which one excludes the others: the colours of lamps.
    fn check_swapped_words(
        &self,
        best: Fit,
        passage: &Passage,
        held_text: &str,
        weights: &Weights<'_>,
        judged: &mut Judged,
    ) {
        for word in &self.words {
            let lower =
                |text: &str, word: &Word| text.get(word.span.clone()).unwrap_or_default().to_lowercase();
            let written = lower(&self.said.text, word);
            if !alike::is_exclusive(&written) {
                continue;
            }
            let of = |text: &str, words: &[Word]| -> Vec<Place> {
                let place = |other: &Word| {
                    let other_written = lower(text, other);
                    let is_same = other_written == written || other.id == word.id;
                    (is_same || alike::excludes(&written, &other_written))
                        .then(|| Place { span: other.span.clone(), is_same })
                };
                words.iter().filter_map(place).collect()
            };
            let (claimed, held) =
                (of(&self.said.text, &self.said.words.words), of(held_text, &passage.words.words));
            let found = self.swapped(&word.span, &claimed, &held, held_text, passage, weights);
            if let Some(found) = found {
                swap(ConflictKind::Word, word.span.clone(), &found, best, passage, judged);
            }
        }
    }

    fn check_swapped_names(
        &self,
        best: Fit,
        passage: &Passage,
        held_text: &str,
        weights: &Weights<'_>,
        judged: &mut Judged,
    ) {
        let is_name = |word: &Word| self.is_name(word, weights);
        let all: Vec<&Word> = self.heavy().collect();
        let claimed = groups(&self.said.text, &all, is_name);
        let held_words: Vec<&Word> = passage.words.words.iter().filter(|word| !word.is_light).collect();
        let is_held_name = |word: &Word| {
            if self.said.is_german {
                word.is_name && stands_as_name(held_text, &word.span)
            } else {
                weights.is_name(word)
            }
        };
        let held = groups(held_text, &held_words, is_held_name);
        for group in claimed.iter().filter(|group| !group.is_role) {
            let own = group.span();
            if !self.words.iter().any(|word| word.span.start == own.start) {
                continue;
            }
            let last = |words: &[&Word]| words.last().map(|word| word.id);
            let of = |all: &[Group<'_>]| -> Vec<Place> {
                let place = |other: &Group<'_>| Place {
                    span: other.span(),
                    is_same: last(&other.words) == last(&group.words),
                };
                all.iter().filter(|other| !other.is_role).map(place).collect()
            };
            if let Some(found) = self.swapped(&own, &of(&claimed), &of(&held), held_text, passage, weights) {
                swap(ConflictKind::Name, own, &found, best, passage, judged);
            }
        }
    }

    /// Looks for two clauses of which each has something of either of two clauses of the passage: who does what is swapped.
    pub(super) fn check_swapped_clauses(&self, prepared: &Prepared, best: Fit, judged: &mut Judged) {
        let passage = &prepared.passages[best.passage];
        let [one, other] = passage.clauses.as_slice() else { return };
        let claimed = clauses(&self.said.text);
        let [first, second] = claimed.as_slice() else { return };
        let held_in = |range: &Range<usize>| -> HashSet<u32> {
            let inside = |word: &&Word| range.contains(&word.span.start) && !word.is_light;
            passage.words.words.iter().filter(inside).map(|word| word.id).collect()
        };
        let (ones, others) = (held_in(one), held_in(other));
        let said_in = |range: &Range<usize>| -> Vec<&Word> {
            self.heavy().filter(|word| range.contains(&word.span.start)).collect()
        };
        let (firsts, seconds) = (said_in(first), said_in(second));
        let only = |words: &[&Word], not: &[&Word], here: &HashSet<u32>, there: &HashSet<u32>| {
            words
                .iter()
                .filter(|word| here.contains(&word.id) && !there.contains(&word.id))
                .find(|word| !not.iter().any(|other| other.id == word.id))
                .map(|word| word.span.clone())
        };
        let mixed = [
            only(&firsts, &seconds, &ones, &others),
            only(&firsts, &seconds, &others, &ones),
            only(&seconds, &firsts, &ones, &others),
            only(&seconds, &firsts, &others, &ones),
        ];
        let all_held = self.heavy().all(|word| passage.words.forms.contains(&word.id));
        if let ([Some(claimed), Some(_), Some(_), Some(_)], true) = (mixed, all_held) {
            swap(ConflictKind::Word, claimed, one, best, passage, judged);
        }
    }

    /// The part of a passage that has the words that stand beside the value at `own`, where another part has the value.
    fn swapped(
        &self,
        own: &Range<usize>,
        claimed: &[Place],
        held: &[Place],
        held_text: &str,
        passage: &Passage,
        weights: &Weights<'_>,
    ) -> Option<Range<usize>> {
        let home = Home::find(held_text, held, passage, weights)?;
        let of_claim = parts(&self.said.text, claimed);
        let at = of_claim.iter().position(|part| part.range.contains(&own.start))?;
        if of_claim[at].places.len() > 1 {
            return None;
        }
        let words = self.beside(&of_claim[at].range, claimed, weights);
        let elsewhere = of_claim.iter().enumerate().filter(|(other, _)| *other != at);
        let elsewhere: HashSet<u32> = elsewhere
            .flat_map(|(_, part)| self.beside(&part.range, claimed, weights))
            .map(|(id, _)| id)
            .collect();
        let inside = |own: &&Quantity| of_claim[at].range.contains(&own.span.range().start);
        let numbers: Vec<&Quantity> = self.said.quantities.iter().filter(inside).collect();
        let all = self.heavy().map(|word| word.id).collect();
        let beside = Beside { words, numbers, elsewhere, all, values: claimed };
        home.others().find(|part| home.contradicts(&beside, part)).map(|part| part.places[0].span.clone())
    }

    /// The words of a part of the sentence, values left out, and how much each counts.
    fn beside(&self, range: &Range<usize>, values: &[Place], weights: &Weights<'_>) -> Vec<(u32, f64)> {
        let is_value = |word: &Word| values.iter().any(|it| it.span.contains(&word.span.start));
        let words = self.heavy().filter(|word| range.contains(&word.span.start) && !is_value(word));
        let weigh = |word: &Word| {
            let factor = if self.is_name(word, weights) { NAME } else { 1.0 };
            factor * (weights.of_id)(word.id).max(0.2)
        };
        words.map(|word| (word.id, weigh(word))).collect()
    }
}

/// Tells what a claim has in the place of another thing, at `found` in the passage.
pub(super) fn swap(
    kind: ConflictKind,
    claimed: Range<usize>,
    found: &Range<usize>,
    best: Fit,
    passage: &Passage,
    judged: &mut Judged,
) {
    let found = within(passage, Span::new(found.start, found.end));
    judged.conflicts.push(Conflict { kind, claimed, source: best.source, found });
}

/// A quantity of a text as a value beside `quantity`, if both are of one kind. One without a unit may share that of the
/// other: `for five years, the rest for two`; in the text of a passage only where nothing is counted by it.
fn place(quantity: &Quantity, other: &Quantity, text: Option<&str>) -> Option<Place> {
    let is_same = match quantity.compare(other) {
        Comparison::Same => true,
        Comparison::Other if is_of_one_kind(quantity, other, text) => false,
        _ => return None,
    };
    Some(Place { span: other.span.range(), is_same })
}

fn is_of_one_kind(a: &Quantity, b: &Quantity, text: Option<&str>) -> bool {
    let is_open = text.is_none_or(|text| {
        let rest = text[b.span.range().end..].trim_start();
        rest.is_empty() || rest.starts_with(['.', ',', ';', ')', '。', '，', '；'])
    });
    let is_bare = a.noun.is_none() && b.noun.is_none();
    match (&a.value, &b.value) {
        (Value::Amount(a), Value::Amount(b)) => {
            a.unit == b.unit && a.unit != Unit::Ordinal
                || is_open && b.unit == Unit::None && a.unit != Unit::Ordinal
                || is_bare && a.unit == Unit::None && b.unit != Unit::Ordinal
        }
        _ => true,
    }
}

/// Words before the two ends of a change: what it was, and what it is.
const FROM: &[&str] = &["from", "von", "de", "从"];
const TO: &[&str] = &["to", "auf", "à", "到"];

/// What a passage has at the end of a change that the claim gives to the value at `own`, where it is the other end there.
fn other_end(text: &str, own: &Range<usize>, held_text: &str, held: &[Place]) -> Option<Range<usize>> {
    let before = |text: &str, at: usize| -> String {
        let word = text[..at].trim_end_matches(|it: char| !it.is_alphanumeric());
        word.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase()
    };
    let end = |word: &str| {
        let (from, to) = (FROM.contains(&word), TO.contains(&word));
        (from || to).then_some(to)
    };
    let claimed = end(&before(text, own.start))?;
    let is_same_end = |it: &&Place| end(&before(held_text, it.span.start)) == Some(claimed);
    let same = held.iter().find(|it| it.is_same)?;
    let is_other = end(&before(held_text, same.span.start)) == Some(!claimed);
    let other = held.iter().filter(|it| !it.is_same).find(is_same_end)?;
    (is_other && !held.iter().any(|it| it.is_same && is_same_end(&it))).then(|| other.span.clone())
}
