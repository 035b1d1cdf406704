//! Values and names that a claim gives to one thing and a passage to another.
//!
//! Where a passage has several values of one kind, each has a part of its text: `the motor for five years and all other parts
//! for two`. A claim that puts one of them beside the words of another part says something else, though each of its words
//! and numbers is there.

use std::collections::HashSet;
use std::ops::Range;

use super::names::groups;
use super::{Claim, Conflict, ConflictKind, Fit, Judged, Weights, within};
use crate::cite::alike;
use crate::cite::answer::clauses;
use crate::cite::numbers::{Comparison, Quantity, Unit, Value};
use crate::cite::source::{Passage, Prepared};
use crate::cite::words::Word;
use crate::document::Span;

/// Words between two parts of a sentence.
const JOINTS: &[&str] = &[
    "and", "while", "whereas", "but", "und", "während", "aber", "et", "mais", "tandis", "alors", "y", "pero",
    "e", "ma", "mas", "и", "а", "although", "though", "obwohl", "weil",
];

/// How much a name counts beside another word.
const NAME: f64 = 2.0;

/// A value of a text: where it is, and how it compares to the one that is looked at.
#[derive(Clone)]
struct Place {
    span: Range<usize>,
    is_same: bool,
}

/// What stands beside values: the ids of words and how much each counts.
type Beside = Vec<(u32, f64)>;

impl Claim<'_> {
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
                self.swap(kind, own, &found, best, passage, judged);
            }
        }
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
                self.swap(ConflictKind::Word, word.span.clone(), &found, best, passage, judged);
            }
        }
        self.check_swapped_names(best, passage, held_text, weights, judged);
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
                word.is_name && super::names::stands_as_name(held_text, &word.span)
            } else {
                word.is_name || weights.proper.contains(&word.id)
            }
        };
        let held = groups(held_text, &held_words, is_held_name);
        for group in claimed.iter().filter(|group| !group.is_role) {
            let own = group.span();
            if !self.words.iter().any(|word| word.span.start == own.start) {
                continue;
            }
            let last = |words: &[&Word]| words.last().map(|word| word.id);
            let of = |all: &[super::names::Group<'_>]| -> Vec<Place> {
                let place = |other: &super::names::Group<'_>| Place {
                    span: other.span(),
                    is_same: last(&other.words) == last(&group.words),
                };
                all.iter().filter(|other| !other.is_role).map(place).collect()
            };
            if let Some(found) = self.swapped(&own, &of(&claimed), &of(&held), held_text, passage, weights) {
                self.swap(ConflictKind::Name, own, &found, best, passage, judged);
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
            self.swap(ConflictKind::Word, claimed, one, best, passage, judged);
        }
    }

    fn swap(
        &self,
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
        if held.len() < 2 || held.iter().filter(|it| it.is_same).count() != 1 {
            return None;
        }
        let parts = parts(held_text, held);
        let home = parts.iter().position(|part| part.places.iter().any(|it| it.is_same))?;
        if parts[home].places.len() > 1 {
            return None;
        }
        let of_claim = self::parts(&self.said.text, claimed);
        let at = of_claim.iter().position(|part| part.range.contains(&own.start))?;
        if of_claim[at].places.len() > 1 {
            return None;
        }
        let beside = |range: &Range<usize>| self.beside(range, claimed, weights);
        let own_words = beside(&of_claim[at].range);
        let others: HashSet<u32> = of_claim
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .flat_map(|(_, part)| beside(&part.range))
            .map(|(id, _)| id)
            .collect();
        let held_in = |range: &Range<usize>| -> HashSet<u32> {
            let inside = |word: &&Word| {
                range.contains(&word.span.start) && !held.iter().any(|it| it.span.contains(&word.span.start))
            };
            passage.words.words.iter().filter(inside).map(|word| word.id).collect()
        };
        // Other numbers beside the value.
        let is_value = |own: &&Quantity| claimed.iter().any(|it| it.span == own.span.range());
        let numbers: Vec<&Quantity> = self
            .said
            .quantities
            .iter()
            .filter(|own| !own.is_soft && !is_value(own))
            .filter(|own| of_claim[at].range.contains(&own.span.range().start))
            .collect();
        let home_value = parts[home].places[0].span.start;
        // What is but an item of a list has the words of the part before it.
        let mut parts = parts;
        let mut before = home;
        while before > 0 && held_in(&parts[home].range).is_empty() {
            before -= 1;
            parts[home].range.start = parts[before].range.start;
        }
        let parts = parts;
        let homes = held_in(&parts[home].range);
        let has_other_order = passage.quantities.iter().any(|held| {
            let is_order = |it: &Quantity| matches!(&it.value, Value::Amount(a) if a.unit == Unit::Ordinal);
            let start = held.span.range().start;
            let is_here = parts[home].range.start <= start && start < home_value;
            let inside = |own: &&Quantity| of_claim[at].range.contains(&own.span.range().start);
            let own = || self.said.quantities.iter().filter(inside);
            is_here && is_order(held) && !own().any(|own| own.compare(held) == Comparison::Same)
        });
        let has_other_name = has_other_order
            || passage.words.words.iter().any(|word| {
                parts[home].range.contains(&word.span.start)
                    && (word.is_name || weights.proper.contains(&word.id))
                    && word.span.start < home_value
                    && !self.heavy().any(|own| own.id == word.id)
            });
        let away_from_home = parts.iter().enumerate().filter(|(other, _)| !(before..=home).contains(other));
        for (_, part) in away_from_home {
            let away = held_in(&part.range);
            let sum = |here: &HashSet<u32>, there: &HashSet<u32>| -> f64 {
                let only =
                    |(id, _): &&(u32, f64)| here.contains(id) && !there.contains(id) && !others.contains(id);
                own_words.iter().filter(only).map(|(_, weight)| weight).sum()
            };
            // What stands before the first value is about all of them, where the others have no name of their own.
            let is_lead = |id: u32| {
                let mut held =
                    passage.words.words.iter().filter(|word| part.range.contains(&word.span.start));
                part.range.start == 0
                    && held.all(|word| word.id != id || word.span.start < part.places[0].span.start)
            };
            let away: HashSet<u32> =
                if has_other_name { away } else { away.into_iter().filter(|id| !is_lead(*id)).collect() };
            let sum_numbers = |here: &Range<usize>, there: &Range<usize>| {
                let has = |range: &Range<usize>, own: &Quantity| {
                    let inside = |held: &&Quantity| range.contains(&held.span.range().start);
                    passage.quantities.iter().filter(inside).any(|held| own.compare(held) == Comparison::Same)
                };
                NAME * numbers.iter().filter(|own| has(here, own) && !has(there, own)).count() as f64
            };
            let (home, here) = (&parts[home].range, &part.range);
            let direct = sum(&homes, &away) + sum_numbers(home, here);
            let crossed = sum(&away, &homes) + sum_numbers(here, home);
            // A name stands with another value than here, where another name does.
            let is_name_of = |range: &Range<usize>, word: &Word| {
                range.contains(&word.span.start) && (word.is_name || weights.proper.contains(&word.id))
            };
            let is_beside = |id: u32| own_words.iter().any(|(own, _)| *own == id);
            let has_its_name = passage.words.words.iter().any(|word| {
                is_name_of(here, word)
                    && is_beside(word.id)
                    && away.contains(&word.id)
                    && !homes.contains(&word.id)
            });
            let is_other_home = passage.words.words.iter().any(|word| {
                is_name_of(home, word)
                    && !is_beside(word.id)
                    && homes.contains(&word.id)
                    && !away.contains(&word.id)
                    && word.span.start < home_value
            });
            // Where nothing else is said of the value, its part may share what the other says.
            let says_more = passage.words.words.iter().any(|word| {
                home.contains(&word.span.start)
                    && !word.is_light
                    && homes.contains(&word.id)
                    && !is_beside(word.id)
            }) || passage.quantities.iter().any(|it| {
                home.contains(&it.span.range().start)
                    && !held.iter().any(|value| value.span == it.span.range())
            });
            let is_swapped = has_its_name && is_other_home;
            if is_swapped || (says_more && crossed > 2.0 * direct && crossed > 0.0) {
                return Some(part.places[0].span.clone());
            }
        }
        None
    }

    /// The words of a part of the sentence, values left out.
    fn beside(&self, range: &Range<usize>, values: &[Place], weights: &Weights<'_>) -> Beside {
        let is_value = |word: &Word| values.iter().any(|it| it.span.contains(&word.span.start));
        let words = self.heavy().filter(|word| range.contains(&word.span.start) && !is_value(word));
        let weigh = |word: &Word| {
            let factor = if self.is_name(word, weights) { NAME } else { 1.0 };
            factor * (weights.of_id)(word.id).max(0.2)
        };
        words.map(|word| (word.id, weigh(word))).collect()
    }
}

/// A part of a sentence with the values in it.
struct Part {
    range: Range<usize>,
    places: Vec<Place>,
}

/// The parts of a text, each with values of its own: a text is cut where marks or joints stand between two of them.
fn parts(text: &str, places: &[Place]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for place in places {
        let Some(last) = parts.last_mut() else {
            parts.push(Part { range: 0..text.len(), places: vec![place.clone()] });
            continue;
        };
        let before = last.places.last().map_or(0, |it| it.span.end);
        match text.get(before..place.span.start).and_then(cut) {
            Some(at) => {
                last.range.end = before + at;
                parts.push(Part { range: before + at..text.len(), places: vec![place.clone()] });
            }
            None => last.places.push(place.clone()),
        }
    }
    parts
}

/// Where a text between two values is cut best.
fn cut(between: &str) -> Option<usize> {
    let joint = || {
        let mut at = 0;
        between.split_inclusive(char::is_whitespace).find_map(|word| {
            let start = at;
            at += word.len();
            JOINTS.contains(&word.trim()).then_some(start)
        })
    };
    between
        .find(['\n', ';', '；'])
        .or_else(|| between.find(['，', '、', '،']))
        .or_else(|| between.find(", "))
        .or_else(joint)
        .or_else(|| between.find('和'))
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
    match (&a.value, &b.value) {
        (Value::Amount(a), Value::Amount(b)) => {
            a.unit == b.unit && a.unit != Unit::Ordinal
                || is_open && b.unit == Unit::None && a.unit != Unit::Ordinal
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
