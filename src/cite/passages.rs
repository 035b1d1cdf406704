//! Passages of documents as the sources of an answer.

use std::ops::Range;

use super::source::Source;
use super::verifier::Verifier;
use crate::document::{Span, utf16_len};
use crate::prompt::Passage;

/// The passages that an answer is held against, by their numbers from 1 on: first those that it can cite, then others.
#[derive(Clone, Debug, PartialEq)]
pub struct Passages {
    passages: Vec<Passage>,
    citable: usize,
}

impl Passages {
    /// The passages that an answer cites by their numbers.
    pub fn new(cited: Vec<Passage>) -> Self {
        Self { citable: cited.len(), passages: cited }
    }

    /// Takes what of another passage no earlier one of its document has; the answer cannot cite it.
    pub fn add(&mut self, passage: Passage) {
        let mut rest = vec![passage.span_utf16];
        let is_same = |other: &&Passage| !passage.document.is_empty() && other.document == passage.document;
        for other in self.passages.iter().filter(is_same) {
            rest = rest.into_iter().flat_map(|span| without(span, other.span_utf16)).collect();
        }
        let pieces = rest.into_iter().filter_map(|span| match span == passage.span_utf16 {
            true => Some(passage.clone()),
            false => passage.part(span).ok(),
        });
        self.passages.extend(pieces.filter(|piece| piece.text.contains(char::is_alphanumeric)));
    }

    /// All of them, in the order of their numbers.
    pub fn all(&self) -> &[Passage] {
        &self.passages
    }

    /// How many of them can be cited.
    pub fn citable(&self) -> usize {
        self.citable
    }

    /// What holds answers against them. Each is read with its title, its headings and what it needs around it.
    pub fn verifier(&self) -> Verifier {
        let titles: Vec<String> = self.passages.iter().map(title).collect();
        let texts: Vec<_> = self.passages.iter().map(|it| it.frame.around(&it.text)).collect();
        let sources: Vec<Source<'_>> =
            titles.iter().zip(&texts).map(|(title, text)| Source { title, text }).collect();
        Verifier::new(&sources).citing(self.citable)
    }

    /// Where in its document, in UTF-16 code units, a part of what source `number` was read as is; `None` for what stands
    /// around the passage only.
    pub fn place(&self, number: u32, span: Span) -> Option<Span> {
        let (passage, own) = self.own(number, span)?;
        let from = passage.span_utf16.start + utf16_len(&passage.text[..own.start]) as u32;
        let text = &passage.text[own];
        Some(Span { start: from, end: from + utf16_len(text) as u32 })
    }

    /// What it says there.
    pub fn text(&self, number: u32, span: Span) -> Option<&str> {
        self.own(number, span).map(|(passage, own)| &passage.text[own])
    }

    /// What of a part of what a source was read as is in the passage itself, which is more than nothing.
    fn own(&self, number: u32, span: Span) -> Option<(&Passage, Range<usize>)> {
        let passage = self.passages.get(number.checked_sub(1)? as usize)?;
        // What stands before is on lines of its own.
        let lead = passage.frame.lead.len();
        let before = if lead == 0 { 0 } else { lead + 1 };
        let byte = |at: u32| (at as usize).saturating_sub(before).min(passage.text.len());
        let own = byte(span.start)..byte(span.end);
        passage.text.get(own.clone()).filter(|text| !text.is_empty())?;
        Some((passage, own))
    }
}

/// What of a span is before and behind another.
fn without(span: Span, other: Span) -> impl Iterator<Item = Span> {
    let before = Span { start: span.start, end: span.end.min(other.start) };
    let behind = Span { start: span.start.max(other.end), end: span.end };
    [before, behind].into_iter().filter(|it| it.start < it.end)
}

fn title(passage: &Passage) -> String {
    let parts = std::iter::once(&passage.title).chain(&passage.section);
    parts.map(String::as_str).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cite::Verdict;
    use crate::document::Frame;

    fn passage(document: &str, start: u32, text: &str, lead: &str) -> Passage {
        let span_utf16 = Span { start, end: start + utf16_len(text) as u32 };
        Passage {
            document: document.into(),
            title: "Prices".into(),
            section: vec!["House 🏠".into()],
            page: None,
            frame: Frame { lead: lead.into(), tail: String::new() },
            span: span_utf16,
            span_utf16,
            text: text.into(),
            score: 1.0,
            relevance: 1.0,
        }
    }

    #[test]
    fn places_are_those_of_the_passage_without_what_stands_around_it() {
        let row = passage("prices", 100, "| 🏠 roof | 900 |", "| what | euros |\n| --- | --- |");
        let passages = Passages::new(vec![row]);
        let read = passages.passages[0].frame.around(&passages.passages[0].text).into_owned();
        let at = read.find("900").unwrap();
        assert_eq!(passages.place(1, Span::new(at, at + 3)), Some(Span { start: 112, end: 115 }));
        assert_eq!(passages.place(1, Span::new(0, 6)), None);
        assert_eq!(passages.place(1, Span::new(0, read.len())), Some(Span { start: 100, end: 117 }));
        assert_eq!((passages.place(0, Span::new(0, 6)), passages.place(2, Span::new(0, 6))), (None, None));
    }

    #[test]
    fn what_was_found_beside_the_sources_can_support_but_not_be_cited() {
        let mut passages =
            Passages::new(vec![passage("a", 0, "The roof of the mill was repaired in 1912.", "")]);
        passages.add(passage("a", 10, "of the mill", ""));
        passages.add(passage("", 0, "A text of no document.", ""));
        passages.add(passage("", 0, "Another one of none.", ""));
        assert_eq!(passages.passages.split_off(1).len(), 2);
        passages.add(passage("b", 0, "The weir below the bridge was built by monks.", ""));
        assert_eq!((passages.all().len(), passages.citable()), (2, 1));
        let mut verifier = passages.verifier();
        let said = verifier.verify("The weir below the bridge was built by monks [1].");
        assert_eq!((said[0].verdict, &said[0].suggested[..]), (Verdict::Misattributed, &[2][..]));
        let wide = "Before. The roof of the mill was repaired in 1912. Behind.";
        let mut inside = Passages::new(vec![passage("a", 108, &wide[8..50], "")]);
        inside.add(passage("a", 100, wide, ""));
        let texts: Vec<&str> = inside.all().iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, [&wide[8..50], "Before. ", " Behind."]);
        let unknown = verifier.verify("The weir below the bridge was built by monks [2].");
        assert_eq!((unknown[0].verdict, &unknown[0].suggested[..]), (Verdict::Misattributed, &[2][..]));
    }
}
