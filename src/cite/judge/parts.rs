//! The parts of a sentence that has several values of one kind, and what stands beside each.

use std::collections::HashSet;
use std::ops::Range;

use super::Weights;
use crate::cite::numbers::{Comparison, Quantity, Unit, Value};
use crate::cite::source::Passage;
use crate::cite::words::Word;

/// Words between two parts of a sentence.
const JOINTS: &[&str] = &[
    "and", "while", "whereas", "but", "und", "während", "aber", "et", "mais", "tandis", "alors", "y", "pero",
    "e", "ma", "mas", "и", "а", "although", "though", "obwohl", "weil",
];

/// How much a name or a number counts beside another word.
pub(super) const NAME: f64 = 2.0;

/// How much more has to speak for another part than for the one that has the value.
const CLEARLY: f64 = 2.0;

/// A value of a text: where it is, and whether it is the one that is looked at.
#[derive(Clone)]
pub(super) struct Place {
    pub span: Range<usize>,
    pub is_same: bool,
}

/// A part of a sentence with the values in it.
pub(super) struct Part {
    pub range: Range<usize>,
    pub places: Vec<Place>,
}

/// The parts of a text, each with values of its own: a text is cut where marks or joints stand between two of them.
pub(super) fn parts(text: &str, places: &[Place]) -> Vec<Part> {
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

/// What a claim has beside a value.
pub(super) struct Beside<'c> {
    /// The ids of its words, and how much each counts.
    pub words: Vec<(u32, f64)>,
    pub numbers: Vec<&'c Quantity>,
    /// The ids of the words beside other values of the kind, and of all words of the sentence.
    pub elsewhere: HashSet<u32>,
    pub all: HashSet<u32>,
    /// The values of the kind.
    pub values: &'c [Place],
}

/// The part of a passage that has a value.
pub(super) struct Home<'p> {
    passage: &'p Passage,
    weights: &'p Weights<'p>,
    places: &'p [Place],
    parts: Vec<Part>,
    /// The part, and the first of those before it that it shares its words with.
    at: usize,
    from: usize,
    /// Where the value begins.
    value: usize,
}

impl<'p> Home<'p> {
    /// Where the value is in the passage; `None` where it is not there once, or has no part of its own.
    pub(super) fn find(
        text: &str,
        places: &'p [Place],
        passage: &'p Passage,
        weights: &'p Weights<'p>,
    ) -> Option<Self> {
        if places.len() < 2 || places.iter().filter(|it| it.is_same).count() != 1 {
            return None;
        }
        let parts = parts(text, places);
        let at = parts.iter().position(|part| part.places.iter().any(|it| it.is_same))?;
        if parts[at].places.len() > 1 {
            return None;
        }
        let value = parts[at].places[0].span.start;
        let mut home = Self { passage, weights, places, parts, at, from: at, value };
        // What is but an item of a list has the words of the part before it.
        while home.from > 0 && home.words(home.range()).next().is_none() {
            home.from -= 1;
            home.parts[at].range.start = home.parts[home.from].range.start;
        }
        Some(home)
    }

    /// The parts that have other values.
    pub(super) fn others(&self) -> impl Iterator<Item = &Part> {
        let others =
            self.parts.iter().enumerate().filter(|(other, _)| !(self.from..=self.at).contains(other));
        others.map(|(_, part)| part)
    }

    /// Whether what a claim has beside the value stands beside another one here.
    pub(super) fn contradicts(&self, beside: &Beside<'_>, part: &Part) -> bool {
        let ids = |range: &Range<usize>| self.words(range).map(|word| word.id).collect::<HashSet<u32>>();
        let homes = ids(self.range());
        let mut away = ids(&part.range);
        if !self.has_subject(beside) {
            away.retain(|id| !self.is_lead(*id, part));
        }
        let sum = |here: &HashSet<u32>, there: &HashSet<u32>| -> f64 {
            let only = |(id, _): &&(u32, f64)| {
                here.contains(id) && !there.contains(id) && !beside.elsewhere.contains(id)
            };
            beside.words.iter().filter(only).map(|(_, weight)| weight).sum()
        };
        let direct = sum(&homes, &away) + self.numbers(beside, self.range(), &part.range);
        let crossed = sum(&away, &homes) + self.numbers(beside, &part.range, self.range());
        let is_clear = crossed > 0.0 && crossed > CLEARLY * direct && self.says_more(beside);
        is_clear || self.has_other_name(beside, part, &homes, &away)
    }

    fn range(&self) -> &Range<usize> {
        &self.parts[self.at].range
    }

    /// The words in a range, values left out.
    fn words<'s>(&'s self, range: &'s Range<usize>) -> impl Iterator<Item = &'s Word> {
        let is_value = |word: &Word| self.places.iter().any(|it| it.span.contains(&word.span.start));
        let words = &self.passage.words.words;
        words.iter().filter(move |word| range.contains(&word.span.start) && !is_value(word))
    }

    fn quantities<'s>(&'s self, range: &'s Range<usize>) -> impl Iterator<Item = &'s Quantity> {
        self.passage.quantities.iter().filter(|it| range.contains(&it.span.range().start))
    }

    /// How much the other numbers beside the value count that are in `here` only.
    fn numbers(&self, beside: &Beside<'_>, here: &Range<usize>, there: &Range<usize>) -> f64 {
        let is_value = |own: &Quantity| beside.values.iter().any(|it| it.span == own.span.range());
        let has = |range: &Range<usize>, own: &Quantity| {
            self.quantities(range).any(|held| own.compare(held) == Comparison::Same)
        };
        let own = beside.numbers.iter().filter(|own| !own.is_soft && !is_value(own));
        NAME * own.filter(|own| has(here, own) && !has(there, own)).count() as f64
    }

    fn is_name(&self, word: &Word) -> bool {
        self.weights.is_name(word)
    }

    /// Whether the part has a name or a place in an order before its value that the claim has not: it is about something of
    /// its own.
    fn has_subject(&self, beside: &Beside<'_>) -> bool {
        let before = self.range().start..self.value;
        let is_order =
            |it: &Quantity| matches!(&it.value, Value::Amount(amount) if amount.unit == Unit::Ordinal);
        let is_claimed =
            |held: &Quantity| beside.numbers.iter().any(|own| own.compare(held) == Comparison::Same);
        self.quantities(&before).any(|held| is_order(held) && !is_claimed(held))
            || self
                .passage
                .words
                .words
                .iter()
                .filter(|word| before.contains(&word.span.start))
                .any(|word| self.is_name(word) && !beside.all.contains(&word.id))
    }

    /// Whether a word stands only before the first value of a passage, and so is about all of them.
    fn is_lead(&self, id: u32, part: &Part) -> bool {
        let mut held = self.passage.words.words.iter().filter(|word| part.range.contains(&word.span.start));
        let first = part.places[0].span.start;
        part.range.start == 0 && held.all(|word| word.id != id || word.span.start < first)
    }

    /// Whether the part says anything that the claim does not; else it may share what the others say.
    fn says_more(&self, beside: &Beside<'_>) -> bool {
        let is_claimed = |id: u32| beside.words.iter().any(|(own, _)| *own == id);
        let is_value = |it: &Quantity| self.places.iter().any(|value| value.span == it.span.range());
        self.words(self.range()).any(|word| !word.is_light && !is_claimed(word.id))
            || self.quantities(self.range()).any(|it| !is_value(it))
    }

    /// Whether a name of the claim stands in the other part, and another name before the value.
    fn has_other_name(
        &self,
        beside: &Beside<'_>,
        part: &Part,
        homes: &HashSet<u32>,
        away: &HashSet<u32>,
    ) -> bool {
        let is_claimed = |id: u32| beside.words.iter().any(|(own, _)| *own == id);
        let only =
            |id: u32, here: &HashSet<u32>, there: &HashSet<u32>| here.contains(&id) && !there.contains(&id);
        let before = self.range().start..self.value;
        self.words(&part.range)
            .any(|word| self.is_name(word) && is_claimed(word.id) && only(word.id, away, homes))
            && self
                .words(&before)
                .any(|word| self.is_name(word) && !is_claimed(word.id) && only(word.id, homes, away))
    }
}
