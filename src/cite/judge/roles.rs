//! Who does something, and to whom.
//!
//! `The supplier indemnifies the customer` and `The customer indemnifies the supplier` have the same words. What tells them
//! apart is which of them stand before the verb and which behind it, and, where the verb is passive, behind `by`. Of languages
//! of any order there are the articles that show the case, as in German, and small words that say from where and to whom.
//! A text is read that way only where the order says something, so that what is merely put otherwise stays the same:
//! what a preposition introduces is nobody who does something, whatever it stands before.

mod chinese;
mod grammar;
mod sentence;

use std::collections::HashSet;
use std::ops::Range;

use self::grammar::{Grammar, Mark};
use self::sentence::{Frame, Sentence};
use super::swaps::swap;
use super::{Claim, Conflict, ConflictKind, Fit, Judged, Weights};
use crate::cite::source::Prepared;
use crate::cite::words::Word;

impl Claim<'_> {
    /// Looks for words of which each does in the claim what the other does in the passage. Where the two are compared the other way
    /// round and by the opposite word, nothing differs.
    pub(super) fn check_roles(
        &self,
        sources: &[Prepared],
        best: Fit,
        good: &[Fit],
        weights: &Weights<'_>,
        judged: &mut Judged,
    ) {
        let passage = &sources[best.source].passages[best.passage];
        let is_settled =
            !judged.conflicts.is_empty() && judged.conflicts.iter().all(|it| it.kind != ConflictKind::Word);
        if passage.is_heading || !passage.cells.is_empty() || is_settled || self.said.text.len() > LONGEST {
            return;
        }
        let held_text = sources[best.source].said(passage.span);
        let Some(grammar) = Grammar::of(&self.said.text, sources[best.source].language) else {
            let swapped = chinese::swapped(&self.said.text, held_text);
            if let Some(it) = swapped.filter(|_| judged.conflicts.is_empty()) {
                swap(ConflictKind::Role, it.claimed, &it.found, best, passage, judged);
            }
            return;
        };
        let is_name = |word: &Word| self.is_name(word, weights);
        let claimed = Sentence::read(&self.said.text, &self.said.words.words, &grammar, is_name);
        let read = |fit: &Fit| {
            let (prepared, passage) = (&sources[fit.source], &sources[fit.source].passages[fit.passage]);
            let text = prepared.said(passage.span);
            Sentence::read(text, &passage.words.words, &grammar, |word| weights.is_name(word))
        };
        let held = read(&best);
        if !judged.conflicts.is_empty() {
            if claimed.is_converse(&held) {
                // The opposite of the opposite.
                let is_compared = |it: &Conflict| claimed.is_compared(it.claimed.start);
                judged.conflicts.retain(|it| it.kind != ConflictKind::Word || !is_compared(it));
            }
            return;
        }
        let swapped = claimed.swapped(&held, &self.range);
        let is_elsewhere = |id: u32| {
            !passage.words.forms.contains(&id) && sources.iter().any(|source| source.forms.contains(&id))
        };
        let other = match swapped {
            Some(_) => None,
            None => claimed.other_doer(&held, &self.range, is_elsewhere),
        };
        if swapped.is_none() && other.is_none() {
            return;
        }
        // Both may be so: each party indemnifies the other.
        let is_said = |held: &Sentence<'_>| {
            claimed.agrees(held)
                || claimed.is_of_the_same_words(held) && claimed.swapped(held, &self.range).is_none()
        };
        if best.others(good).any(|fit| is_said(&read(fit))) {
            return;
        }
        judged.missing.extend(other);
        if let Some(it) = swapped {
            swap(ConflictKind::Role, it.claimed, &it.found, best, passage, judged);
        }
    }
}

/// How many bytes a sentence has at most that is read, as each word is held against each: some 250 words.
const LONGEST: usize = 1500;

/// How many words may say what is compared: `more headaches in the trial than`.
const COMPARED: usize = 8;

/// What two sentences say the other way round, in bytes of each.
struct Swap {
    claimed: Range<usize>,
    found: Range<usize>,
}

impl Sentence<'_> {
    /// What in the claim's `range` is the other way round in a passage.
    fn swapped(&self, held: &Self, range: &Range<usize>) -> Option<Swap> {
        self.swapped_deed(held, range)
            .or_else(|| self.swapped_marks(held, range))
            .or_else(|| self.swapped_comparison(held))
            .filter(|it| range.contains(&it.claimed.start)) // else it is told of another clause
    }

    /// Whether the word that begins at `start` says how something is compared with what stands behind `than`.
    fn is_compared(&self, start: usize) -> bool {
        let than = self.than(0..self.tokens.len());
        let before = than.map_or(0..0, |than| than.saturating_sub(COMPARED)..than);
        self.tokens[before].iter().any(|it| it.span.start == start)
    }

    /// Looks for two who are compared by the same words the other way round: `longer with one than with the other`.
    fn swapped_comparison(&self, held: &Self) -> Option<Swap> {
        let degrees = |sentence: &Self| {
            let degrees = sentence.tokens.iter().filter(|it| self.grammar.is_degree(&it.written));
            degrees.map(|it| it.written.clone()).collect::<Vec<_>>()
        };
        let has_agent = |sentence: &Self| sentence.tokens.iter().any(|it| it.mark.is_agent());
        let is_swapped = !has_agent(self)
            && !has_agent(held)
            && self.is_converse(held)
            && self.is_of_the_same_words(held)
            && degrees(self) == degrees(held);
        let all = |sentence: &Self| (0..sentence.tokens.len()).collect::<Vec<_>>();
        is_swapped.then(|| Swap { claimed: self.hull(&all(self)), found: held.hull(&all(held)) })
    }

    /// Whether another sentence has all words of this one that say something.
    fn is_of_the_same_words(&self, held: &Self) -> bool {
        let mut ids = self.tokens.iter().filter_map(|it| it.id);
        ids.all(|id| held.tokens.iter().any(|it| it.id == Some(id)))
    }

    /// Whether both compare the same two, each beginning with another one: `A is lighter than B`, `B is heavier than A`.
    fn is_converse(&self, held: &Self) -> bool {
        let sides = |sentence: &Self| {
            let all = 0..sentence.tokens.len();
            let than = sentence.than(all.clone())?;
            let ids = |range: Range<usize>| {
                sentence.tokens[range].iter().filter_map(|it| it.id).collect::<HashSet<_>>()
            };
            Some((ids(0..than), ids(than..all.end)))
        };
        let Some(((first, second), (held_first, held_second))) = sides(self).zip(sides(held)) else {
            return false;
        };
        let only = |own: &HashSet<u32>, other: &HashSet<u32>, not: &HashSet<u32>, nor: &HashSet<u32>| {
            own.intersection(other).any(|id| !not.contains(id) && !nor.contains(id))
        };
        only(&first, &held_second, &second, &held_first) && only(&second, &held_first, &first, &held_second)
    }

    fn swapped_deed(&self, held: &Self, range: &Range<usize>) -> Option<Swap> {
        self.frames_in(range).find_map(|own| {
            let mut swaps = self.alike(own, held).map(|other| self.crossed(own, held, other));
            let first = swaps.next()??;
            swaps.all(|swap| swap.is_some()).then_some(first)
        })
    }

    /// Who does something that somebody else does in the passage, of those that both are words for people.
    fn other_doer(
        &self,
        held: &Self,
        range: &Range<usize>,
        is_elsewhere: impl Fn(u32) -> bool,
    ) -> Option<Range<usize>> {
        let is_said = |id: Option<u32>| self.tokens.iter().any(|it| it.id == id);
        let is_person = |it: &Self, at: usize| self.grammar.is_person(&it.tokens[at].written);
        self.frames_in(range).find_map(|own| {
            let differs = |other: &Frame| {
                self.shares(&own.others, held, &other.others)
                    && is_person(self, own.doers[0])
                    && is_person(held, other.doers[0])
                    && own.doers.iter().all(|at| self.tokens[*at].id.is_some_and(&is_elsewhere))
                    && other.doers.iter().all(|at| !is_said(held.tokens[*at].id))
            };
            let mut others = self.alike(own, held).map(differs);
            let is_other = others.next()? && others.all(|differs| differs);
            is_other.then(|| self.tokens[own.doers[0]].span.clone())
        })
    }

    /// Whether a passage has anything done by those, and to those, who do it here.
    fn agrees(&self, held: &Self) -> bool {
        let is_same = |own: &Frame, other: &Frame| {
            self.shares(&own.doers, held, &other.doers) && self.shares(&own.others, held, &other.others)
        };
        self.frames.iter().any(|own| self.alike(own, held).any(|other| is_same(own, other)))
    }

    /// Whether any of these words is among some of another sentence.
    fn shares(&self, own: &[usize], held: &Self, other: &[usize]) -> bool {
        own.iter().any(|at| other.iter().any(|it| held.tokens[*it].id == self.tokens[*at].id))
    }

    /// What is done in a range of the text.
    fn frames_in(&self, range: &Range<usize>) -> impl Iterator<Item = &Frame> {
        self.frames.iter().filter(|frame| range.contains(&self.tokens[frame.deed].span.start))
    }

    /// Where the same is done in another sentence.
    fn alike<'s>(&'s self, own: &'s Frame, held: &'s Self) -> impl Iterator<Item = &'s Frame> {
        let deed = &self.tokens[own.deed];
        held.frames.iter().filter(move |other| {
            let it = &held.tokens[other.deed];
            let is_same = if deed.id.is_some() {
                it.id == deed.id
            } else {
                it.id.is_none() && it.written == deed.written
            };
            is_same && own.compared == other.compared
        })
    }

    /// Whether of those of a frame one does what is done to it in the other, and one the reverse.
    fn crossed(&self, own: &Frame, held: &Self, other: &Frame) -> Option<Swap> {
        let id = |at: &usize| self.tokens[*at].id;
        let held_id = |at: &usize| held.tokens[*at].id;
        let pair = |own: &[usize], not: &[usize], other: &[usize], nor: &[usize]| {
            own.iter().find_map(|at| {
                let is_also =
                    not.iter().any(|it| id(it) == id(at)) || nor.iter().any(|it| held_id(it) == id(at));
                let there = other.iter().find(|it| held_id(it) == id(at));
                there.filter(|_| !is_also).map(|there| (*at, *there))
            })
        };
        let is_on_both = |own: &Frame, id: &dyn Fn(&usize) -> Option<u32>| {
            own.doers.iter().all(|at| own.others.iter().any(|it| id(it) == id(at)))
        };
        // `Revenue from licences exceeds revenue from services`: what differs is which.
        let is_of_which = is_on_both(own, &id) && is_on_both(other, &held_id);
        let doers = if is_of_which { (&own.which, &other.which) } else { (&own.doers, &other.doers) };
        let doer = pair(doers.0, &own.others, &other.others, doers.1)?;
        // Who it is done to may be named again in what else is said.
        let done_to = pair(&own.others, doers.0, doers.1, &[])?;
        // What is before the one is not what is behind the other.
        if !self.tokens[done_to.0].mark.may_replace(held.tokens[doer.1].mark) {
            return None;
        }
        // `Paid by cheque`, and `paid the rent by cheque`
        let is_kept = |(own, there): (usize, usize)| {
            let mark = self.tokens[own].mark;
            mark.is_agent() && mark == held.tokens[there].mark
        };
        if is_kept(doer) || is_kept(done_to) {
            return None;
        }
        let claimed = self.hull(&[own.deed, doer.0, done_to.0]);
        Some(Swap { claimed, found: held.hull(&[other.deed, doer.1, done_to.1]) })
    }

    /// Looks for two words of which each has the mark that the other has in the passage: `from the buyer to the seller`.
    fn swapped_marks(&self, held: &Self, range: &Range<usize>) -> Option<Swap> {
        let changed: Vec<(usize, usize, Mark, Mark)> = (0..self.tokens.len())
            .filter(|at| range.contains(&self.tokens[*at].span.start))
            .filter_map(|at| {
                let id = self.tokens[at].id?;
                let other = held.only(id)?;
                self.only(id)?;
                let (own, there) = (self.role(at), held.role(other));
                (own != there && own.is_role_beside(there)).then_some((at, other, own, there))
            })
            .collect();
        changed.iter().enumerate().find_map(|(first, (at, other, own, there))| {
            let reverse = |it: &&(usize, usize, Mark, Mark)| it.2 == *there && it.3 == *own;
            let (second, found, ..) = changed[first + 1..].iter().find(reverse)?;
            Some(Swap { claimed: self.hull(&[*at, *second]), found: held.hull(&[*other, *found]) })
        })
    }

    /// The mark of a noun, or in the passive, where its articles tell, the one that it would have otherwise.
    fn role(&self, at: usize) -> Mark {
        match self.tokens[at].mark {
            mark if mark.is_agent() && self.is_passive => Mark::Nominative,
            Mark::Nominative | Mark::None if self.is_passive => Mark::Oblique,
            mark => mark,
        }
    }

    fn hull(&self, places: &[usize]) -> Range<usize> {
        let spans = || places.iter().map(|at| &self.tokens[*at].span);
        let start = spans().map(|span| span.start).min().unwrap_or_default();
        start..spans().map(|span| span.end).max().unwrap_or(start)
    }
}
