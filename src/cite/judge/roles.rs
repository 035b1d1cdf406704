//! Who does something, and to whom.
//!
//! `The supplier indemnifies the customer` and `The customer indemnifies the supplier` have the same words. What tells them
//! apart is which of them stand before the verb and which behind it, and, where the verb is passive, behind `by`. Of languages
//! of any order there are the articles that show the case, as in German, and small words that say from where and to whom.
//! A text is read that way only where the order says something, so that what is merely put otherwise stays the same:
//! what a preposition introduces is nobody who does something, whatever it stands before.

mod chinese;
mod grammar;

use std::collections::HashSet;
use std::ops::Range;

use self::grammar::{Grammar, Mark};
use super::{Claim, Conflict, ConflictKind, Fit, Judged, Weights, within};
use crate::cite::source::{Passage, Prepared};
use crate::cite::words::Word;
use crate::document::Span;

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
        if passage.is_heading || !passage.cells.is_empty() {
            return;
        }
        let grammar = Grammar::of(&self.said.text, self.said.is_german);
        let is_name = |word: &Word| self.is_name(word, weights);
        let claimed = Sentence::read(&self.said.text, &self.said.words.words, &grammar, is_name);
        let read = |passage: &Passage, prepared: &Prepared| {
            let is_name = |word: &Word| word.is_name || weights.proper.contains(&word.id);
            Sentence::read(prepared.said(passage.span), &passage.words.words, &grammar, is_name)
        };
        let held = read(passage, &sources[best.source]);
        if claimed.is_converse(&held) && !judged.conflicts.is_empty() {
            judged.conflicts.retain(|it| it.kind != ConflictKind::Word); // the opposite of the opposite
            return;
        }
        if !judged.conflicts.is_empty() {
            return;
        }
        let swap = claimed.swapped(&held, &self.range).or_else(|| {
            chinese::swapped(
                &self.said.text,
                &self.said.words.words,
                sources[best.source].said(passage.span),
                &passage.words.words,
            )
        });
        let is_elsewhere = |id: u32| {
            !passage.words.forms.contains(&id) && sources.iter().any(|source| source.forms.contains(&id))
        };
        let other = || claimed.other_doer(&held, &self.range, is_elsewhere);
        if swap.is_none() && other().is_none() {
            return;
        }
        // Both may be so: each party indemnifies the other.
        let others = good.iter().filter(|fit| (fit.source, fit.passage) != (best.source, best.passage));
        let mut others = others.map(|fit| (&sources[fit.source].passages[fit.passage], &sources[fit.source]));
        if others.any(|(passage, prepared)| claimed.agrees(&read(passage, prepared))) {
            return;
        }
        let Some(swap) = swap else {
            judged.missing.extend(other());
            return;
        };
        let found = within(passage, Span::new(swap.found.start, swap.found.end));
        judged.conflicts.push(Conflict {
            kind: ConflictKind::Role,
            claimed: swap.claimed,
            source: best.source,
            found,
        });
    }
}

/// What two sentences say the other way round, in bytes of each.
struct Swap {
    claimed: Range<usize>,
    found: Range<usize>,
}

/// What stands between a word and the one before it.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Comma,
    /// The end of a clause.
    End,
}

/// A word of a sentence, of those that say nothing by themselves, too.
struct Token {
    written: String,
    span: Range<usize>,
    before: Before,
    /// Whether it is one with the word before it: `third-party`.
    is_joined: bool,
    /// Absent for a word that says nothing by itself.
    id: Option<u32>,
    is_number: bool,
    is_name: bool,
    /// What it introduces a noun as, where it is a preposition.
    preposition: Option<Mark>,
    /// What introduces the noun that it belongs to.
    mark: Mark,
}

/// The words of a sentence, and what it says of each who does what.
struct Sentence<'g> {
    grammar: &'g Grammar,
    tokens: Vec<Token>,
    frames: Vec<Frame>,
}

/// What stands before a verb: the places of words in their sentence.
struct Subject {
    /// Those that nothing introduces, and so may do something.
    words: Vec<usize>,
    /// The others, which say of which of several it is told: `revenue from licences`.
    which: Vec<usize>,
}

/// What somebody does to others: the places of words in their sentence.
struct Frame {
    /// Where the word is that says what is done.
    deed: usize,
    doers: Vec<usize>,
    others: Vec<usize>,
    /// Words that say which of several the doers are.
    which: Vec<usize>,
    /// What is compared where it is: `earns a higher income than`.
    compared: Option<Vec<String>>,
}

impl Frame {
    /// `None` where one of the sides is not named.
    fn of(deed: usize, doers: Subject, others: Vec<usize>, compared: Option<Vec<String>>) -> Option<Self> {
        let Subject { words: doers, which } = doers;
        (!doers.is_empty() && !others.is_empty()).then_some(Self { deed, doers, others, which, compared })
    }
}

impl<'g> Sentence<'g> {
    fn read(text: &str, words: &[Word], grammar: &'g Grammar, is_name: impl Fn(&Word) -> bool) -> Self {
        let mut sentence =
            Self { grammar, tokens: tokens(text, words, grammar, is_name), frames: Vec::new() };
        for at in 0..sentence.tokens.len() {
            sentence.tokens[at].mark = sentence.mark(at);
        }
        sentence.frames = (0..sentence.tokens.len()).filter_map(|at| sentence.frame(at)).collect();
        sentence
    }

    /// What in the claim's `range` is the other way round in a passage.
    fn swapped(&self, held: &Self, range: &Range<usize>) -> Option<Swap> {
        self.swapped_deed(held, range).or_else(|| self.swapped_marks(held, range))
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
        let inside = |frame: &&Frame| range.contains(&self.tokens[frame.deed].span.start);
        self.frames.iter().filter(inside).find_map(|own| {
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
        let has = |sentence: &Self, id: Option<u32>| sentence.tokens.iter().any(|it| it.id == id);
        let is_person = |it: &Self, at: usize| self.grammar.is_person(&it.tokens[at].written);
        let inside = |frame: &&Frame| range.contains(&self.tokens[frame.deed].span.start);
        self.frames.iter().filter(inside).find_map(|own| {
            let differs = |other: &Frame| {
                let is_done_to =
                    |at: &usize| other.others.iter().any(|it| held.tokens[*it].id == self.tokens[*at].id);
                own.others.iter().any(is_done_to)
                    && is_person(self, own.doers[0])
                    && is_person(held, other.doers[0])
                    && own.doers.iter().all(|at| self.tokens[*at].id.is_some_and(&is_elsewhere))
                    && other.doers.iter().all(|at| !has(self, held.tokens[*at].id))
            };
            let mut others = self.alike(own, held).map(differs);
            let is_other = others.next()? && others.all(|differs| differs);
            is_other.then(|| self.tokens[own.doers[0]].span.clone())
        })
    }

    /// Whether a passage has anything done by those, and to those, who do it here.
    fn agrees(&self, held: &Self) -> bool {
        let shares = |own: &[usize], other: &[usize]| {
            own.iter().any(|at| other.iter().any(|it| held.tokens[*it].id == self.tokens[*at].id))
        };
        self.frames.iter().any(|own| {
            self.alike(own, held)
                .any(|other| shares(&own.doers, &other.doers) && shares(&own.others, &other.others))
        })
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
        let claimed = self.hull(&[own.deed, doer.0, done_to.0]);
        Some(Swap { claimed, found: held.hull(&[other.deed, doer.1, done_to.1]) })
    }

    /// Looks for two words of which each has the mark that the other has in the passage: `from the buyer to the seller`.
    fn swapped_marks(&self, held: &Self, range: &Range<usize>) -> Option<Swap> {
        let is_passive =
            [self, held].iter().all(|it| it.tokens.iter().any(|it| self.grammar.is_being(&it.written)));
        let changed: Vec<(usize, usize, Mark, Mark)> = (0..self.tokens.len())
            .filter(|at| range.contains(&self.tokens[*at].span.start))
            .filter_map(|at| {
                let id = self.tokens[at].id?;
                let other = held.only(id)?;
                self.only(id)?;
                let (own, there) = (self.tokens[at].mark, held.tokens[other].mark);
                (own != there && own.is_role_beside(there, is_passive)).then_some((at, other, own, there))
            })
            .collect();
        changed.iter().enumerate().find_map(|(first, (at, other, own, there))| {
            let reverse = |it: &&(usize, usize, Mark, Mark)| it.2 == *there && it.3 == *own;
            let (second, found, ..) = changed[first + 1..].iter().find(reverse)?;
            Some(Swap { claimed: self.hull(&[*at, *second]), found: held.hull(&[*other, *found]) })
        })
    }

    /// Where the only word with an id is.
    fn only(&self, id: u32) -> Option<usize> {
        let mut places = (0..self.tokens.len()).filter(|at| self.tokens[*at].id == Some(id));
        let first = places.next()?;
        places.next().is_none().then_some(first)
    }

    fn hull(&self, places: &[usize]) -> Range<usize> {
        let spans = || places.iter().map(|at| &self.tokens[*at].span);
        let start = spans().map(|span| span.start).min().unwrap_or_default();
        start..spans().map(|span| span.end).max().unwrap_or(start)
    }

    /// What is said to be done by the word at `at`, if it may be a verb, a word that says what somebody is to others, or one of
    /// order in time or place.
    fn frame(&self, at: usize) -> Option<Frame> {
        let token = &self.tokens[at];
        let is_order = token.id.is_none() && self.grammar.is_order(&token.written);
        let is_relation = self.is_relation(at);
        if token.id.is_some_and(|id| self.only(id).is_none())
            || !(is_order || is_relation || self.may_be_verb(at))
        {
            return None;
        }
        let behind = self.clause_behind(at);
        if behind.clone().any(|it| self.grammar.is_mutual(&self.tokens[it].written)) {
            return None;
        }
        let than = self.than(behind.clone());
        let by = behind.clone().find(|it| self.is_agent_mark(*it));
        let subject = self.subject(at);
        let is_passive = than.is_none() && !is_order && self.is_passive(at, by);
        if !is_passive {
            let is_other = |it: &usize| self.tokens[*it].id.is_some() && self.tokens[*it].mark != Mark::Along;
            let others = behind.filter(is_other).collect();
            return Frame::of(at, subject, others, than.map(|than| self.compared(at, than)));
        }
        let by = by?; // else it is not said by whom
        let is_of_agent = |it: &usize| {
            let token = &self.tokens[*it];
            token.before == Before::Nothing && !self.grammar.ends_agent(&token.written)
        };
        let agent = (by + 1..behind.end).take_while(is_of_agent).filter(|it| self.tokens[*it].id.is_some());
        Frame::of(at, Subject { words: agent.collect(), which: Vec::new() }, subject.words, None)
    }

    /// Whether the word at `at` introduces who does something: `by the landlord`, and not `by giving notice`.
    fn is_agent_mark(&self, at: usize) -> bool {
        let next = self.tokens.get(at + 1);
        self.grammar.is_by(&self.tokens[at].written)
            && next.is_some_and(|next| !self.grammar.is_progressive(&next.written))
    }

    /// Whether the verb at `at` is passive: behind a form of `to be`, or a noun: `the notice given by the landlord`.
    fn is_passive(&self, at: usize, by: Option<usize>) -> bool {
        let is_after_noun = || at.checked_sub(1).is_some_and(|it| self.tokens[it].id.is_some());
        self.is_after_being(at) && !(by.is_none() && self.is_relation(at))
            || by == Some(at + 1) && is_after_noun() && !self.grammar.is_adverb(&self.tokens[at].written)
    }

    /// Where in a range the word is with which something is compared.
    fn than(&self, range: Range<usize>) -> Option<usize> {
        range.clone().find(|it| {
            let before = it.saturating_sub(MODIFIERS).max(range.start.saturating_sub(1))..*it;
            let is_degree = || before.clone().any(|it| self.grammar.is_degree(&self.tokens[it].written));
            self.grammar.is_than(&self.tokens[*it].written, is_degree)
        })
    }

    /// Whether the word at `at` says what somebody is to others: `is a subsidiary of`, `is north of`.
    fn is_relation(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        let is_before = |it: &Token| it.before == Before::Nothing && self.grammar.is_relating(&it.written);
        if token.id.is_none()
            || self.grammar.is_mutual_deed(&token.written)
            || !self.tokens.get(at + 1).is_some_and(is_before)
        {
            return false;
        }
        let before = (0..at).rev().find(|it| !self.grammar.is_determiner(&self.tokens[*it].written));
        let is_joined = |it: &usize| self.tokens[it + 1..=at].iter().all(|it| it.before == Before::Nothing);
        before.filter(is_joined).is_some_and(|it| self.grammar.is_being(&self.tokens[it].written))
    }

    fn may_be_verb(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        if token.id.is_none()
            || token.is_name
            || token.is_joined
            || self.grammar.is_mutual_deed(&token.written)
        {
            return false;
        }
        let next = self.tokens.get(at + 1).filter(|next| next.before == Before::Nothing);
        let before = at.checked_sub(1).filter(|_| token.before == Before::Nothing).map(|it| &self.tokens[it]);
        next.is_none_or(|next| !next.is_joined && !self.grammar.ends_noun(&next.written))
            && before.is_none_or(|before| !self.grammar.begins_noun(&before.written))
    }

    /// Whether the verb at `at` is a participle of the passive.
    fn is_after_being(&self, at: usize) -> bool {
        if self.grammar.is_progressive(&self.tokens[at].written) {
            return false;
        }
        for place in (at.saturating_sub(3)..at).rev() {
            if self.tokens[place + 1].before != Before::Nothing {
                return false;
            }
            let written = &self.tokens[place].written;
            if self.grammar.is_being(written) {
                return true;
            }
            if !self.grammar.is_adverb(written) {
                return false;
            }
        }
        false
    }

    /// What stands before the verb at `at` in its clause.
    fn subject(&self, at: usize) -> Subject {
        let (mut found, mut which) = (Vec::new(), Vec::new());
        let mut place = at;
        while place > 0 {
            match self.tokens[place].before {
                Before::End => break,
                Before::Comma if !found.is_empty() => break,
                Before::Comma if self.grammar.is_clause_joint(&self.tokens[place].written) => {}
                // What stands between two commas is said by the way.
                Before::Comma => {
                    let Some(start) = (1..place).rev().find(|it| self.tokens[*it].before != Before::Nothing)
                    else {
                        break;
                    };
                    if self.tokens[start].before == Before::End {
                        break;
                    }
                    place = start;
                }
                Before::Nothing => {}
            }
            place -= 1;
            let token = &self.tokens[place];
            if !found.is_empty() && self.grammar.is_joint(&token.written) {
                break;
            }
            if token.id.is_none() {
                continue;
            }
            match token.mark {
                Mark::None | Mark::Nominative => found.push(place),
                Mark::Preposition(_) | Mark::Direction(_) => which.push(place),
                Mark::Along | Mark::Oblique => {}
            }
        }
        Subject { words: found, which }
    }

    /// The rest of the clause of the verb at `at`.
    fn clause_behind(&self, at: usize) -> Range<usize> {
        let all = at + 1..self.tokens.len();
        let than = self.than(all.clone());
        let is_end = |it: &usize| {
            let token = &self.tokens[*it];
            let is_joint = || self.grammar.is_clause_joint(&token.written) && than != Some(*it);
            token.before != Before::Nothing || is_joint()
        };
        at + 1..all.clone().find(is_end).unwrap_or(all.end)
    }

    /// What is compared between a verb and the word `than`.
    fn compared(&self, at: usize, than: usize) -> Vec<String> {
        let degree = at.checked_sub(1).filter(|it| self.grammar.is_degree(&self.tokens[*it].written));
        let between = (at + 1..than).filter(|it| {
            let token = &self.tokens[*it];
            token.id.is_some() || self.grammar.is_degree(&token.written)
        });
        degree.into_iter().chain(between).map(|it| self.tokens[it].written.clone()).collect()
    }

    /// What introduces the noun that the word at `at` belongs to.
    fn mark(&self, at: usize) -> Mark {
        let mut place = at;
        for _ in 0..=MODIFIERS {
            if place == 0 || self.tokens[place].before != Before::Nothing {
                return Mark::None;
            }
            let before = &self.tokens[place - 1];
            if let Some(mark) = before.preposition {
                return mark;
            }
            place -= 1;
            if self.grammar.is_determiner(&before.written) {
                let is_first = place == 0 || self.tokens[place].before != Before::Nothing;
                let introduced = (!is_first).then(|| self.tokens[place - 1].preposition);
                return introduced.flatten().unwrap_or_else(|| self.grammar.case(&before.written));
            }
            if before.id.is_none() && !before.is_number {
                return Mark::None;
            }
        }
        Mark::None
    }
}

/// How many words of a noun may stand between it and what introduces it.
const MODIFIERS: usize = 3;

/// All words of a text, with the ids of those that say something.
fn tokens(text: &str, words: &[Word], grammar: &Grammar, is_name: impl Fn(&Word) -> bool) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut words = words.iter().peekable();
    let mut rest = 0;
    while let Some(start) = text[rest..].find(char::is_alphanumeric).map(|at| rest + at) {
        let end = text[start..].find(|it: char| !it.is_alphanumeric()).map_or(text.len(), |at| start + at);
        let between = &text[rest..start];
        let before = if tokens.is_empty()
            || between.contains([';', ':', '(', ')', '–', '—', '|', '\n', '!', '?'])
        {
            Before::End
        } else if between.contains(',') {
            Before::Comma
        } else {
            Before::Nothing
        };
        while words.next_if(|word| word.span.end <= start).is_some() {}
        let written = text[start..end].to_lowercase();
        let here = words.peek().filter(|word| word.span.start < end);
        let is_small = grammar.is_small(&written);
        let word = here.filter(|word| !word.is_light && !is_small);
        tokens.push(Token {
            span: start..end,
            before,
            is_joined: between == "-",
            id: word.map(|word| word.id),
            is_number: here.is_none() && !is_small,
            is_name: word.is_some_and(|word| is_name(word)),
            preposition: grammar.preposition(&written),
            mark: Mark::None,
            written,
        });
        rest = end;
    }
    tokens
}
