//! From the text of an answer to its sentences, what each claims, and which sources it cites.
//!
//! Marks, emphasis, bullets and code are masked by spaces, byte for byte, so that every offset is one into the answer as it
//! was given.

mod blocks;
mod clauses;
mod marks;

use serde::Serialize;

use crate::document::Span;
use crate::sentences::sentence_ends;
use blocks::{Block, Shape, blocks};

pub(super) use clauses::clauses;
pub use marks::Mark;

/// An answer in sentences.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The answer with spaces for what is no part of what it says; of the same length.
    masked: String,
    /// How many blocks it has.
    blocks: usize,
    /// The sentences, in order. Headings, code and lists of sources have none.
    pub sentences: Vec<AnswerSentence>,
}

/// A sentence of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerSentence {
    /// Where it is, in bytes of the answer, with the marks inside it.
    pub span: Span,
    /// What it says, without marks and Markdown.
    pub text: String,
    /// The marks that stand in it or right after it.
    pub marks: Vec<Mark>,
    /// The numbers of the sources that it cites, in the order of its marks.
    pub cited: Vec<u32>,
    /// Whether it cites them by a mark that stands after a later sentence of its paragraph, or before a list.
    pub is_shared: bool,
    /// Its clauses, each a claim.
    pub claims: Vec<AnswerClaim>,
    /// What introduces it: the line before a list, the header of a table.
    pub lead: Option<Span>,
    /// The paragraph, item or row that it is in.
    pub(super) block: usize,
}

impl AnswerSentence {
    /// Whether it says nothing but that something follows: "Here is what the lease says:".
    fn only_introduces(&self) -> bool {
        self.text.ends_with([':', '：'])
            && self.marks.is_empty()
            && !self.text.contains(char::is_numeric)
            && self.text.split_whitespace().count() <= MOST_INTRODUCING
    }
}

/// A claim: a clause of a sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnswerClaim {
    /// Where it is, in bytes of the answer.
    pub span: Span,
    /// The numbers of the sources that it cites.
    pub cited: Vec<u32>,
}

/// The most words of a sentence that only introduces what follows.
const MOST_INTRODUCING: usize = 12;

impl Answer {
    /// The sentences of `text`, which cites `sources` sources by their numbers from 1 on.
    pub fn parse(text: &str, sources: usize) -> Self {
        let (blocks, mut masked) = blocks(text);
        let marks = marks::marks(&masked, sources);
        for mark in &marks {
            mask(&mut masked, mark.span.range());
        }
        blocks::mask_emphasis(&mut masked);
        let mut sentences = Vec::new();
        for (number, block) in blocks.iter().enumerate() {
            if matches!(block.shape, Shape::Prose | Shape::Row) {
                sentences.extend(sentences_of(&masked, block, number, &marks));
            }
        }
        for at in 0..sentences.len() {
            share_lead(&mut sentences, at);
        }
        sentences.retain(|sentence| !sentence.only_introduces());
        Self { masked, blocks: blocks.len(), sentences }
    }

    /// The number of the last paragraph, item or row, with or without sentences.
    pub(super) fn last_block(&self) -> Option<usize> {
        self.blocks.checked_sub(1)
    }

    /// What the answer says at `span`, marks and Markdown masked by spaces.
    pub(super) fn said(&self, span: Span) -> &str {
        span.slice(&self.masked).unwrap_or_default()
    }
}

/// Puts spaces in the place of bytes.
fn mask(text: &mut String, range: std::ops::Range<usize>) {
    let spaces = " ".repeat(range.len());
    text.replace_range(range, &spaces);
}

fn sentences_of(masked: &str, block: &Block, number: usize, marks: &[Mark]) -> Vec<AnswerSentence> {
    let text = &masked[block.range.clone()];
    let ends: Vec<usize> = match block.shape {
        Shape::Prose => sentence_ends(text).chain([text.len()]).collect(),
        _ => vec![text.len()],
    };
    let mut spans: Vec<Span> = Vec::new();
    let mut start = 0;
    for end in ends {
        let piece = &text[start..end];
        let said = piece.trim();
        if said.contains(char::is_alphanumeric) {
            let at = block.range.start + start + piece.len() - piece.trim_start().len();
            spans.push(Span::new(at, at + said.len()));
        }
        start = end;
    }
    let mut sentences: Vec<AnswerSentence> = spans
        .iter()
        .map(|&span| AnswerSentence {
            span,
            text: plain(span.slice(masked).unwrap_or_default()),
            marks: Vec::new(),
            cited: Vec::new(),
            is_shared: false,
            claims: Vec::new(),
            lead: block.lead.clone().map(|lead| Span::new(lead.start, lead.end)),
            block: number,
        })
        .collect();
    for mark in marks.iter().filter(|mark| block.range.contains(&(mark.span.start as usize))) {
        // A mark after the full stop is about the sentence before it.
        let after = spans.partition_point(|span| span.start <= mark.span.start);
        if let Some(sentence) = sentences.get_mut(after.saturating_sub(1)) {
            sentence.marks.push(mark.clone());
        }
    }
    for sentence in &mut sentences {
        sentence.cited = numbers(&sentence.marks);
        sentence.claims = claims_of(masked, sentence, block.shape == Shape::Row);
    }
    share(&mut sentences);
    sentences
}

/// Gives sentences without a mark those of the next one in their paragraph that has some.
fn share(sentences: &mut [AnswerSentence]) {
    let mut later: Vec<u32> = Vec::new();
    for sentence in sentences.iter_mut().rev() {
        if !sentence.cited.is_empty() {
            later.clone_from(&sentence.cited);
        } else if !later.is_empty() {
            take_over(sentence, &later);
        }
    }
}

/// Gives an item without a mark those of the sentence that introduces its list.
fn share_lead(sentences: &mut [AnswerSentence], at: usize) {
    let Some(lead) = sentences[at].lead.filter(|_| sentences[at].cited.is_empty()) else { return };
    let before = sentences
        .iter()
        .find(|it| it.span.start < lead.end && lead.start <= it.span.start && !it.cited.is_empty());
    if let Some(cited) = before.map(|it| it.cited.clone()) {
        take_over(&mut sentences[at], &cited);
    }
}

fn take_over(sentence: &mut AnswerSentence, cited: &[u32]) {
    sentence.cited = cited.to_vec();
    sentence.is_shared = true;
    sentence.claims.iter_mut().for_each(|claim| claim.cited = cited.to_vec());
}

fn claims_of(masked: &str, sentence: &AnswerSentence, is_row: bool) -> Vec<AnswerClaim> {
    let start = sentence.span.start as usize;
    let text = sentence.span.slice(masked).unwrap_or_default();
    let pieces = if is_row { std::iter::once(0..text.len()).collect() } else { clauses(text) };
    let mut claims: Vec<AnswerClaim> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let until = pieces.get(at + 1).map_or(usize::MAX, |next| start + next.start);
        let from = if at == 0 { 0 } else { start + piece.start };
        let inside: Vec<Mark> = sentence
            .marks
            .iter()
            .filter(|mark| (from..until).contains(&(mark.span.start as usize)))
            .cloned()
            .collect();
        claims.push(AnswerClaim {
            span: Span::new(start + piece.start, start + piece.end),
            cited: numbers(&inside),
        });
    }
    // A clause without a mark has that of the next one, or all of the sentence.
    let mut later: Vec<u32> = Vec::new();
    for claim in claims.iter_mut().rev() {
        if claim.cited.is_empty() {
            claim.cited.clone_from(if later.is_empty() { &sentence.cited } else { &later });
        } else {
            later.clone_from(&claim.cited);
        }
    }
    claims
}

/// The numbers of marks, each once.
fn numbers(marks: &[Mark]) -> Vec<u32> {
    let mut numbers = Vec::new();
    for number in marks.iter().flat_map(|mark| &mark.sources) {
        if !numbers.contains(number) {
            numbers.push(*number);
        }
    }
    numbers
}

/// A masked text with single spaces, and none before a full stop.
fn plain(masked: &str) -> String {
    let mut plain = String::with_capacity(masked.len());
    for word in masked.split_whitespace() {
        let is_mark = word.starts_with(['.', ',', ';', ':', '!', '?', '。', '，', '、', '؟', '،']);
        let is_bracket = plain.ends_with(['(', '“', '„', '「']);
        if !plain.is_empty() && !is_mark && !is_bracket && !plain.ends_with(['。', '，', '、', '！', '？'])
        {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    plain
}

#[cfg(test)]
mod tests;
