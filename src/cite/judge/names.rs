//! The names of a claim, and those of a passage.

use std::collections::HashSet;
use std::ops::Range;

use super::{Claim, Conflict, ConflictKind, Fit, Judged, Weights, within};
use crate::cite::source::{Passage, Prepared};
use crate::cite::words::Word;
use crate::document::Span;
use crate::index::is_unspaced;

/// From which share of its words, absent names left out, on a claim is about the same as a passage.
const SAME_MATTER_BUT_NAMES: f64 = 0.55;

/// From which share of its words on a claim in a script without spaces is about the same as a passage.
const REPLACED: f64 = 0.4;

impl Claim<'_> {
    pub(super) fn check_names(
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
            weights.is_name(held) && (!self.said.is_german || stands_as_name(held_text, &held.span))
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
        for word in self.words.iter().filter(|word| !is_near(word.id)) {
            let others: Vec<&Word> =
                held_words.iter().copied().filter(|held| !own.contains(&held.id) && !held.is_light).collect();
            if let Some(held) =
                replaced(&self.said.text, word, held_text, &others).filter(|_| best.own >= REPLACED)
            {
                judged.conflicts.push(name_conflict(word, held, best.source, passage));
                break;
            }
        }
        // How well the rest fits, without the names that are not there.
        let rest = self.weight - absent;
        let fits = rest > 0.0 && best.own * self.weight / rest >= SAME_MATTER_BUT_NAMES;
        // A noun of German that stands as names do may be none.
        let is_common = |word: &Word| {
            self.said.is_german
                && (word.span.start == 0 || !stands_beside_capital(&self.said.text, &word.span))
        };
        for group in &claimed {
            let is_absent = group.words.iter().all(|word| !passage.words.forms.contains(&word.id));
            let is_same_kind = |other: &&Group<'_>| other.is_role == group.is_role;
            let replaced = held
                .iter()
                .filter(is_same_kind)
                .find(|other| other.is_full && other.words.iter().all(|word| !own.contains(&word.id)));
            if let Some(other) =
                replaced.filter(|_| is_absent && group.is_full && fits && !is_common(group.words[0]))
            {
                judged.conflicts.push(name_conflict(group.words[0], other.words[0], best.source, passage));
                continue;
            }
            // `Councillor Costa` where the claim says `Councillor Duquesne`.
            let shares = |other: &&Group<'_>| {
                let has = |id: u32| other.words.iter().any(|word| word.id == id);
                let last = |group: &Group<'_>| group.words.last().map(|word| word.id);
                other.words.len() == group.words.len()
                    && last(other).is_some_and(|id| !own.contains(&id))
                    && last(group).is_some_and(|id| !passage.words.forms.contains(&id))
                    && group.words.iter().any(|word| has(word.id))
            };
            if let Some(other) = held.iter().find(shares).filter(|_| fits && group.words.len() > 1) {
                let (word, held) = (group.words[group.words.len() - 1], other.words[other.words.len() - 1]);
                judged.conflicts.push(name_conflict(word, held, best.source, passage));
                continue;
            }
            let is_made_up = |word: &Word| {
                word.is_name && !self.said.is_german && !sources.iter().any(|it| it.forms.contains(&word.id))
            };
            let shares_word = |other: &Group<'_>| {
                other.words.iter().any(|held| group.words.iter().any(|word| word.id == held.id))
            };
            for word in &group.words {
                if is_near(word.id) {
                    judged.names.1 += 1;
                    continue;
                }
                let other = held
                    .iter()
                    .filter(is_same_kind)
                    .filter(|other| !is_common(word) || group.words.len() == 1 || shares_word(other))
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
                    None if is_made_up(word) => judged.missing.push(word.span.clone()),
                    None if group.is_role || !word.is_name || is_common(word) => {}
                    None => judged.missing.push(word.span.clone()),
                }
            }
        }
    }
}

/// Names that stand together.
pub(super) struct Group<'w> {
    pub words: Vec<&'w Word>,
    /// Whether it is a party in small letters or with an article: `the Tenant`.
    pub is_role: bool,
    /// Whether it is more than one word, or has a title before it.
    is_full: bool,
}

/// What a text of a script without spaces says in place of one character of another: `苏州` for `杭州`.
pub(super) fn replaced<'w>(text: &str, word: &Word, held_text: &str, held: &[&'w Word]) -> Option<&'w Word> {
    let written = text.get(word.span.clone())?;
    let (one, two) = pair(written)?;
    let after = |text: &str, end: usize| text[end..].chars().next().filter(|it| it.is_alphanumeric());
    let before =
        |text: &str, start: usize| text[..start].chars().next_back().filter(|it| it.is_alphanumeric());
    let found = held.iter().find(|other| {
        let Some((first, second)) = held_text.get(other.span.clone()).and_then(pair) else { return false };
        let is_first = second == two
            && !held_text.contains(one)
            && !text.contains(first)
            && after(text, word.span.end) == after(held_text, other.span.end);
        let is_second = first == one
            && !held_text.contains(two)
            && !text.contains(second)
            && before(text, word.span.start) == before(held_text, other.span.start);
        (one != first || two != second) && (is_first || is_second)
    });
    found.copied()
}

/// Characters that count, or are counted, and have many ways to be said.
const COUNTED: &str = "一二三四五六七八九十百千万两天日年月周号次个每";

/// The two characters of a word of a script without spaces, none of which counts.
fn pair(written: &str) -> Option<(char, char)> {
    let mut characters = written.chars().filter(|it| is_unspaced(*it));
    let pair = (characters.next()?, characters.next()?);
    if [pair.0, pair.1].iter().any(|it| COUNTED.contains(*it)) {
        return None;
    }
    (characters.next().is_none() && written.len() == pair.0.len_utf8() + pair.1.len_utf8()).then_some(pair)
}

impl Group<'_> {
    /// Where it is, in bytes of its text.
    pub(super) fn span(&self) -> Range<usize> {
        let start = self.words.first().map_or(0, |word| word.span.start);
        start..self.words.last().map_or(start, |word| word.span.end)
    }
}

pub(super) fn groups<'w>(text: &str, words: &[&'w Word], is_name: impl Fn(&Word) -> bool) -> Vec<Group<'w>> {
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

/// Prepositions of German before names of places that have no article.
const BEFORE_PLACES: &[&str] = &["in", "aus", "nach", "bei", "ist"];

/// Whether a word of German with a capital is most likely a name.
pub(super) fn stands_as_name(text: &str, span: &Range<usize>) -> bool {
    let before = text[..span.start].strip_suffix(' ').and_then(|before| before.rsplit(' ').next());
    before.is_some_and(|word| BEFORE_PLACES.contains(&word)) || stands_beside_capital(text, span)
}

/// Whether the word before or after it has a capital, too, as first names and surnames have.
fn stands_beside_capital(text: &str, span: &Range<usize>) -> bool {
    let (before, after) = (&text[..span.start], &text[span.end..]);
    let follows = after.strip_prefix(' ').is_some_and(|rest| rest.starts_with(char::is_uppercase));
    let last = before.trim_end().rsplit(' ').next().unwrap_or_default();
    follows || (before.ends_with(' ') && last.starts_with(char::is_uppercase) && last.chars().count() > 3)
}
