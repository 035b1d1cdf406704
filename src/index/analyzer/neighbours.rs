//! Numbers and names that are written as one elsewhere: `RFC 2119`, `10 mg`, `12 500`, `DE89 3704 0044`.

use std::ops::Range;

use super::scan::Compound;
use super::{Form, Sink, is_joint};

/// More groups than these are a row of numbers.
const MAX_GROUPS: usize = 8;

/// Longer words are no name of a series, and longer ones no unit.
const MAX_CHARS: [usize; 2] = [5, 3];

/// What came before a word, as far as it may be written with it.
#[derive(Default)]
pub(super) struct Neighbours {
    last: Option<Neighbour>,
    /// Groups of digits that follow each other, as one.
    run: Option<Neighbour>,
    groups: usize,
}

#[derive(Clone)]
struct Neighbour {
    /// Without the marks that join it.
    text: String,
    place: Range<u32>,
    span: Range<usize>,
    has_digit: bool,
}

impl Neighbour {
    fn with(mut self, next: &Self) -> Self {
        self.text.push_str(&next.text);
        self.place.end = next.place.end;
        self.span.end = next.span.end;
        self.has_digit = true;
        self
    }

    fn give(&self, sink: &mut Sink<'_, '_>) {
        sink.part(&self.text, Form::Joined, self.place.clone(), self.span.clone());
    }
}

impl Neighbours {
    /// Takes the next compound, and gives it with what came before where they may be one.
    pub(super) fn push(
        &mut self,
        text: &str,
        compound: &Compound,
        place: Range<u32>,
        is_function_word: &dyn Fn(&str) -> bool,
        sink: &mut Sink<'_, '_>,
    ) {
        let span = compound[0].name.start..compound[compound.len() - 1].name.end;
        let written = &text[span.clone()];
        let next = Neighbour {
            text: written.chars().filter(|character| !is_joint(*character)).collect(),
            place,
            span,
            has_digit: written.contains(char::is_numeric),
        };
        let is_near = |last: &&Neighbour| {
            matches!(&text[last.span.end..next.span.start], " " | "\u{A0}" | "\u{202F}" | "\u{2009}")
        };
        let last = self.last.take().filter(|last| is_near(&last));
        match last {
            Some(last) if last.has_digit && next.has_digit => {
                let run = self.run.take().unwrap_or(last);
                self.run = Some(run.with(&next));
                self.groups += 1;
            }
            last => {
                self.end_run(sink);
                if let Some(last) =
                    last.filter(|last| may_be_one(last, &next) && !is_function_word(&next.text))
                {
                    last.with(&next).give(sink);
                }
            }
        }
        self.last = Some(next);
    }

    /// Gives the groups of digits that follow each other as one number.
    pub(super) fn end_run(&mut self, sink: &mut Sink<'_, '_>) {
        let run = self.run.take().filter(|_| self.groups < MAX_GROUPS);
        run.iter().for_each(|run| run.give(sink));
        self.groups = 0;
    }
}

/// Whether a name and a number, or a number and its unit, may be written as one.
fn may_be_one(last: &Neighbour, next: &Neighbour) -> bool {
    let is_short =
        |text: &str, most: usize| text.chars().nth(most).is_none() && text.chars().all(char::is_alphabetic);
    let is_name = |text: &str| is_short(text, MAX_CHARS[0]) && text.starts_with(char::is_uppercase);
    let begins = |text: &str| text.starts_with(char::is_numeric);
    (begins(&next.text) && is_name(&last.text)) || (begins(&last.text) && is_short(&next.text, MAX_CHARS[1]))
}
