//! A sentence as far as it says who does what.

use std::ops::Range;

use super::LONGEST;
use super::grammar::{Grammar, Mark};
use crate::cite::words::{Word, runs};

/// What stands between a word and the one before it.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Comma,
    /// The end of a clause.
    End,
}

/// A word of a sentence, of those that say nothing by themselves, too.
pub(super) struct Token {
    pub written: String,
    pub span: Range<usize>,
    before: Before,
    /// Whether it is one with the word before it: `third-party`.
    is_joined: bool,
    /// Absent for a word that says nothing by itself.
    pub id: Option<u32>,
    /// Whether it is a number, or what is counted by one.
    is_number: bool,
    is_name: bool,
    is_capital: bool,
    /// What it introduces a noun as, where it is a preposition.
    preposition: Option<Mark>,
    /// What introduces the noun that it belongs to.
    pub mark: Mark,
}

/// The words of a sentence, and what it says of each who does what.
pub(super) struct Sentence<'g> {
    pub grammar: &'g Grammar,
    pub tokens: Vec<Token>,
    pub frames: Vec<Frame>,
    /// Whether it is passive, and names who does something, in a language whose articles tell who that is.
    pub is_passive: bool,
}

/// What stands before a verb: the places of words in their sentence.
struct Subject {
    /// Those that nothing introduces, and so may do something.
    words: Vec<usize>,
    /// Others, which say of which of several it is told, or who that is: `revenue from licences`.
    which: Vec<usize>,
}

/// What somebody does to others: the places of words in their sentence.
pub(super) struct Frame {
    /// Where the word is that says what is done.
    pub deed: usize,
    pub doers: Vec<usize>,
    pub others: Vec<usize>,
    /// Words that say which of several the doers are.
    pub which: Vec<usize>,
    /// What is compared where it is: `earns a higher income than`.
    pub compared: Option<Vec<String>>,
}

impl Frame {
    /// `None` where one of the sides is not named.
    fn of(deed: usize, doers: Subject, others: Vec<usize>, compared: Option<Vec<String>>) -> Option<Self> {
        let Subject { words: doers, which } = doers;
        (!doers.is_empty() && !others.is_empty()).then_some(Self { deed, doers, others, which, compared })
    }
}

impl<'g> Sentence<'g> {
    /// Reads a text; of one that is too long for a sentence, nothing.
    pub(super) fn read(
        text: &str,
        words: &[Word],
        grammar: &'g Grammar,
        is_name: impl Fn(&Word) -> bool,
    ) -> Self {
        let is_read = text.len() <= LONGEST;
        let tokens = if is_read { tokens(text, words, grammar, is_name) } else { Vec::new() };
        let mut sentence = Self { grammar, tokens, frames: Vec::new(), is_passive: false };
        for at in 0..sentence.tokens.len() {
            sentence.tokens[at].mark = sentence.mark(at);
        }
        sentence.is_passive = grammar.has_cases()
            && sentence.tokens.iter().any(|it| grammar.is_being(&it.written))
            && sentence.tokens.iter().any(|it| it.id.is_some() && it.mark.is_agent());
        sentence.frames = (0..sentence.tokens.len()).filter_map(|at| sentence.frame(at)).collect();
        sentence
    }

    /// Where the only word with an id is.
    pub(super) fn only(&self, id: u32) -> Option<usize> {
        let mut places = (0..self.tokens.len()).filter(|at| self.tokens[*at].id == Some(id));
        let first = places.next()?;
        places.next().is_none().then_some(first)
    }

    /// What is said to be done by the word at `at`, if it may be a verb, a word that says what somebody is to others, or one of
    /// order in time or place.
    fn frame(&self, at: usize) -> Option<Frame> {
        let token = &self.tokens[at];
        let is_order = token.id.is_none() && self.grammar.is_order(&token.written);
        let may_be_deed = |at: usize| self.is_relation(at) || self.may_be_verb(at);
        let is_twice = || {
            let same = |it: &usize| self.tokens[*it].id == token.id && may_be_deed(*it);
            (0..self.tokens.len()).filter(same).nth(1).is_some()
        };
        if !is_order && (!may_be_deed(at) || is_twice()) {
            return None;
        }
        let behind = self.clause_behind(at);
        if behind.clone().any(|it| self.is_mutual(it)) {
            return None;
        }
        let than = self.than(behind.clone());
        let by = behind.clone().find(|it| self.is_agent_mark(*it));
        let subject = self.subject(at);
        let is_passive = than.is_none() && !is_order && self.is_passive(at, by);
        if !is_passive && by == Some(at + 1) {
            return None; // it is something else that is done by them
        }
        if !is_passive {
            // Who does something stands behind the verb, too, where articles tell that.
            let is_doer = |it: usize| self.may_be_noun(it) && self.tokens[it].mark == Mark::Nominative;
            if behind.clone().any(is_doer) {
                return None;
            }
            let is_other = |it: &usize| self.may_be_noun(*it) && self.tokens[*it].mark != Mark::Along;
            let others = behind.filter(is_other).collect();
            return Frame::of(at, subject, others, than.map(|than| self.compared(at, than)));
        }
        by?; // else it is not said by whom
        let (mut agent, mut others) = (Vec::new(), subject.words);
        let mut side = Some(&mut others);
        for it in behind {
            let token = &self.tokens[it];
            if self.is_agent_mark(it) {
                // `Informed by letter by the landlord`: both, as which of them does it is not known.
                side = Some(&mut agent);
            } else if self.grammar.ends_agent(&token.written) {
                side = Some(&mut others);
            } else if self.grammar.is_joint(&token.written) {
                side = None; // it may be more of them, or something else that is done
            }
            if let Some(side) = side.as_mut().filter(|_| self.may_be_noun(it)) {
                side.push(it);
            }
        }
        Frame::of(at, Subject { words: agent, which: Vec::new() }, others, None)
    }

    /// Whether the word at `at` says that two are the same to each other: `between`, but for numbers; `each other`.
    fn is_mutual(&self, at: usize) -> bool {
        let written = &self.tokens[at].written;
        let is_of_numbers = || self.tokens.get(at + 1).is_some_and(|next| next.is_number);
        self.grammar.is_mutual(written) && !is_of_numbers()
            || written == "other" && at.checked_sub(1).is_some_and(|it| self.tokens[it].written == "each")
    }

    /// Whether the word at `at` introduces who does something: `by the landlord`, and not `by giving notice`.
    fn is_agent_mark(&self, at: usize) -> bool {
        let is_agent = self.tokens[at].preposition.is_some_and(Mark::is_agent);
        let is_deed = |next: &Token| !next.is_name && self.grammar.is_progressive(&next.written);
        is_agent && self.tokens.get(at + 1).is_some_and(|next| !is_deed(next))
    }

    /// Whether the verb at `at` is passive: behind a form of `to be`, or a noun: `the notice given by the landlord`.
    fn is_passive(&self, at: usize, by: Option<usize>) -> bool {
        let is_noun = |it: &Token| !self.grammar.is_small(&it.written);
        let is_after_noun = || at.checked_sub(1).is_some_and(|it| is_noun(&self.tokens[it]));
        let is_before_mark = || self.tokens.get(at + 1).is_some_and(|next| next.preposition.is_some());
        self.is_after_being(at) && !(by.is_none() && self.is_relation(at))
            || by.is_some()
                && is_after_noun()
                && is_before_mark()
                && self.grammar.may_be_participle(&self.tokens[at].written)
    }

    /// Where in a range the word is with which something is compared.
    pub(super) fn than(&self, range: Range<usize>) -> Option<usize> {
        range.clone().find(|it| {
            let before = it.saturating_sub(MODIFIERS).max(range.start.saturating_sub(1))..*it;
            let is_degree = || before.clone().any(|it| self.grammar.is_degree(&self.tokens[it].written));
            // `No later than 31 May`, `rather than the other`
            let is_limit = self.tokens.get(*it + 1).is_some_and(|next| next.is_number)
                || it.checked_sub(1).is_some_and(|before| self.tokens[before].written == "rather");
            !is_limit && self.grammar.is_than(&self.tokens[*it].written, is_degree)
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
        let is_inverted = || token.before != Before::Nothing && self.grammar.is_saying(&token.written);
        if token.id.is_none()
            || token.is_name
            || token.is_joined
            || token.is_capital && self.grammar.has_cases()
            || self.grammar.is_no_verb(&token.written)
            || is_inverted()
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
                // What stands between two commas says who that is, or is said by the way.
                Before::Comma => {
                    let Some(start) = (1..place).rev().find(|it| self.tokens[*it].before != Before::Nothing)
                    else {
                        break;
                    };
                    if self.tokens[start].before == Before::End {
                        break;
                    }
                    let is_apposition = !self.grammar.is_clause_joint(&self.tokens[start].written);
                    which.extend((start..place).filter(|it| is_apposition && self.may_do(*it)));
                    place = start;
                }
                Before::Nothing => {}
            }
            place -= 1;
            let token = &self.tokens[place];
            if !found.is_empty() && self.grammar.is_joint(&token.written) {
                break;
            }
            if self.may_do(place) {
                found.push(place);
            } else if token.id.is_some() && matches!(token.mark, Mark::Preposition(_) | Mark::Direction(_)) {
                which.push(place);
            }
        }
        Subject { words: found, which }
    }

    /// Whether the word at `at` is of somebody who may do something.
    fn may_do(&self, at: usize) -> bool {
        self.may_be_noun(at) && matches!(self.tokens[at].mark, Mark::None | Mark::Nominative)
    }

    /// Whether the word at `at` says something, and is written as nouns are.
    fn may_be_noun(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        token.id.is_some() && (token.is_capital || !self.grammar.has_cases())
    }

    /// The rest of the clause of the verb at `at`.
    fn clause_behind(&self, at: usize) -> Range<usize> {
        let all = at + 1..self.tokens.len();
        let is_end = |it: &usize| {
            let token = &self.tokens[*it];
            // `Plus grand que`
            let is_than = || self.than(at + 1..it + 1) == Some(*it);
            token.before != Before::Nothing || self.grammar.is_clause_joint(&token.written) && !is_than()
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
            // `Der Vermieter informiert Mieter`, but `des Schriftführers Quadflieg`
            if self.grammar.has_cases() && before.is_capital && place + 1 < at {
                return Mark::None;
            }
            // `In three places`, and not `in 1632 troops`
            let is_count = before.is_number && before.written.len() < YEAR;
            if before.id.is_none() && !is_count {
                return Mark::None;
            }
        }
        Mark::None
    }
}

/// How many words of a noun may stand between it and what introduces it.
const MODIFIERS: usize = 3;

/// How many digits a year has.
const YEAR: usize = 4;

/// All words of a text, with the ids of those that say something.
fn tokens(text: &str, words: &[Word], grammar: &Grammar, is_name: impl Fn(&Word) -> bool) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut words = words.iter().peekable();
    let mut rest = 0;
    for span in runs(text, char::is_alphanumeric) {
        let between = &text[rest..span.start];
        let before = if tokens.is_empty()
            || between.contains([';', ':', '(', ')', '–', '—', '|', '\n', '!', '?'])
        {
            Before::End
        } else if between.contains(',') {
            Before::Comma
        } else {
            Before::Nothing
        };
        while words.next_if(|word| word.span.end <= span.start).is_some() {}
        let written = text[span.clone()].to_lowercase();
        let here = words.peek().filter(|word| word.span.start < span.end);
        let is_small = grammar.is_small(&written);
        let word = here.filter(|word| !word.is_light && !is_small);
        tokens.push(Token {
            before,
            is_joined: between == "-",
            id: word.map(|word| word.id),
            is_number: here.is_none() && !is_small,
            is_name: word.is_some_and(|word| is_name(word)),
            is_capital: text[span.clone()].starts_with(char::is_uppercase),
            preposition: grammar.preposition(&written),
            mark: Mark::None,
            written,
            span: span.clone(),
        });
        rest = span.end;
    }
    tokens
}
