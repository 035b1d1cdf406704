//! Sources, cut into passages that claims are held against.

use std::collections::HashSet;
use std::ops::Range;

use super::answer::clauses;
use super::numbers::{Quantity, quantities};
use super::quotes::Plain;
use super::words::{Vocabulary, Word, Words};
use crate::document::Span;
use crate::index::Side;
use crate::language::Language;
use crate::sentences::sentences;

/// A source of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'s> {
    /// Its title; may be empty.
    pub title: &'s str,
    /// Its text.
    pub text: &'s str,
}

/// A source, taken apart.
pub(super) struct Prepared {
    pub text: String,
    pub plain: Plain,
    pub language: Language,
    pub passages: Vec<Passage>,
    /// The ids of all its words, and of those that follow each other.
    pub forms: HashSet<u32>,
    pub pairs: HashSet<(u32, u32)>,
}

/// A sentence or a row of a source.
pub(super) struct Passage {
    pub span: Span,
    pub words: Words,
    pub quantities: Vec<Quantity>,
    /// Its clauses, in bytes of its text.
    pub clauses: Vec<Range<usize>>,
    /// The ids of words of what stands above it: title, headings, the header of a table.
    pub context: HashSet<u32>,
    /// The numbers in the headings above it.
    pub context_quantities: Vec<Quantity>,
    /// The cells of a row after the first: where each is, and the words of its header.
    pub cells: Vec<Cell>,
    pub section: usize,
    /// Whether it says nothing by itself: a heading, the header of a table.
    pub is_heading: bool,
    pub is_question: bool,
}

/// A cell of a row.
pub(super) struct Cell {
    pub range: Range<usize>,
    pub header: HashSet<u32>,
}

/// What introduces a list.
struct Lead {
    forms: HashSet<u32>,
    /// Whether it denies what its items say.
    denies: bool,
}

/// How many bytes at the beginning of a source say what all of it is about.
const HEAD_BYTES: usize = 200;

/// A piece of a text before its words are known.
struct Piece {
    span: Span,
    is_heading: bool,
    is_row: bool,
}

impl Prepared {
    pub(super) fn new(source: Source<'_>, vocabulary: &mut Vocabulary) -> Self {
        let Source { title, text } = source;
        let language = Language::detect(text).unwrap_or_else(|| guess(text));
        let title_words = vocabulary.words(title, language, Side::Passage, &[]).forms;
        let mut passages = Vec::new();
        let mut headings: Vec<(usize, HashSet<u32>, Vec<Quantity>)> = Vec::new();
        let mut section = 0;
        let mut header: Option<Vec<HashSet<u32>>> = None;
        let mut header_quantities = Vec::new();
        let mut lead: Option<Lead> = None;
        let mut head = HashSet::new();
        let pieces = pieces(text);
        for (at, piece) in pieces.iter().enumerate() {
            let said = piece.span.slice(text).unwrap_or_default();
            let numbers = quantities(said, Some(language));
            let mut words = vocabulary.words(said, language, Side::Passage, &numbers);
            if (piece.span.start as usize) < HEAD_BYTES {
                head.extend(&words.forms);
            }
            if piece.is_heading {
                let depth = depth(said);
                headings.retain(|(other, ..)| *other < depth);
                headings.push((depth, words.forms.clone(), numbers.clone()));
                section += 1;
            }
            let is_delimiter = piece.is_row && !said.contains(char::is_alphanumeric);
            if is_delimiter {
                continue;
            }
            let cell_ranges = if piece.is_row { cells(said) } else { Vec::new() };
            let begins_table = piece.is_row
                && pieces.get(at + 1).is_some_and(|next| {
                    let next = next.span.slice(text).unwrap_or_default();
                    next.starts_with('|') && !next.contains(char::is_alphanumeric)
                });
            if begins_table {
                let words_of = |range: &Range<usize>| {
                    vocabulary.words(&said[range.clone()], language, Side::Passage, &[]).forms
                };
                header = Some(cell_ranges.iter().map(words_of).collect());
                header_quantities.clone_from(&numbers);
            } else if !piece.is_row {
                header = None;
                header_quantities.clear();
            }
            let mut context = title_words.clone();
            let mut context_quantities: Vec<Quantity> = header_quantities.clone();
            let is_item = is_item(said);
            lead = lead.filter(|_| is_item);
            if let Some(lead) = &lead {
                context.extend(&lead.forms);
                if lead.denies {
                    words.words.iter_mut().for_each(|word| word.is_negated = !word.is_negated);
                }
            } else if said.ends_with(':') || said.ends_with(":*") {
                lead = Some(Lead {
                    forms: words.forms.clone(),
                    denies: words.words.iter().any(|word| word.is_negated),
                });
            }
            for (_, forms, numbers) in &headings {
                context.extend(forms);
                context_quantities.extend(numbers.iter().cloned());
            }
            let mut row = Vec::new();
            for (column, range) in cell_ranges.into_iter().enumerate().skip(1) {
                let names =
                    header.as_ref().and_then(|header| header.get(column)).cloned().unwrap_or_default();
                context.extend(&names);
                row.push(Cell { range, header: names });
            }
            if let Some(first) = header.as_ref().and_then(|header| header.first()) {
                context.extend(first);
            }
            let clauses = if piece.is_row { std::iter::once(0..said.len()).collect() } else { clauses(said) };
            passages.push(Passage {
                span: piece.span,
                words,
                quantities: numbers,
                clauses,
                context,
                context_quantities,
                cells: row,
                section,
                is_heading: piece.is_heading || begins_table,
                is_question: said.ends_with(['?', '？', '؟']),
            });
        }
        passages.iter_mut().for_each(|passage: &mut Passage| passage.context.extend(&head));
        let forms = passages.iter().flat_map(|it: &Passage| it.words.forms.iter().copied()).collect();
        let pairs = passages.iter().flat_map(|it| pairs(&it.words.words)).collect();
        Self { text: text.to_owned(), plain: Plain::new(text), language, passages, forms, pairs }
    }

    pub(super) fn said(&self, span: Span) -> &str {
        span.slice(&self.text).unwrap_or_default()
    }

    /// The passages around the one at `at`, in its section: those before it first.
    pub(super) fn around(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let section = self.passages[at].section;
        let from = at.saturating_sub(NEAR_BEFORE);
        let to = (at + NEAR_AFTER + 1).min(self.passages.len());
        (from..to).filter(move |other| *other != at && self.passages[*other].section == section)
    }
}

/// The ids of words that follow each other, words that say nothing left out.
pub(super) fn pairs(words: &[Word]) -> impl Iterator<Item = (u32, u32)> + '_ {
    let heavy = || words.iter().filter(|word| !word.is_light).map(|word| word.id);
    heavy().zip(heavy().skip(1))
}

/// How many passages before and after one speak of the same.
const NEAR_BEFORE: usize = 2;
const NEAR_AFTER: usize = 1;

/// The language of a text that is too short to tell: English, where it could be.
fn guess(text: &str) -> Language {
    let is_german = text.contains(['ä', 'ö', 'ü', 'ß']);
    match text.is_ascii() || text.chars().all(|it| it.is_ascii() || !it.is_alphabetic()) {
        true => Language::English,
        false if is_german => Language::German,
        false => Language::None,
    }
}

/// How deep a heading is.
fn depth(heading: &str) -> usize {
    match heading.len() - heading.trim_start_matches('#').len() {
        0 => 2,
        depth => depth,
    }
}

/// The pieces of a text: sentences, headings, rows of tables and of columns that are set apart by spaces.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    let flush = |pieces: &mut Vec<Piece>, range: Range<usize>| {
        let part = &text[range.clone()];
        for sentence in sentences(part) {
            let span = Span::new(
                range.start + sentence.span.start as usize,
                range.start + sentence.span.end as usize,
            );
            let said = span.slice(text).unwrap_or_default();
            let is_row = said.starts_with('|');
            let is_heading = !sentence.is_statement && said.contains(char::is_alphanumeric);
            pieces.push(Piece { span, is_heading, is_row });
        }
    };
    for line in text.split_inclusive('\n') {
        let said = line.trim();
        let is_columns =
            !said.starts_with('|') && columns(said).is_some_and(|first| !said[..first].ends_with(':'));
        let is_capitals = is_capitals(said);
        if is_columns || is_capitals {
            flush(&mut pieces, start..at);
            let begin = at + line.len() - line.trim_start().len();
            let span = Span::new(begin, begin + said.len());
            pieces.push(Piece { span, is_heading: is_capitals, is_row: is_columns });
            start = at + line.len();
        }
        at += line.len();
    }
    flush(&mut pieces, start..text.len());
    pieces
}

/// Whether a sentence is an item of a list, or goes on with one.
fn is_item(text: &str) -> bool {
    let mark = text.split(char::is_whitespace).next().unwrap_or_default();
    let number = mark.trim_end_matches(['.', ')']);
    matches!(mark, "-" | "*" | "+" | "•")
        || (number.len() < mark.len() && number.len() <= 3 && number.chars().all(char::is_alphanumeric))
}

/// Where the first column of a line ends whose columns are set apart by spaces.
fn columns(line: &str) -> Option<usize> {
    line.find("   ").filter(|at| line[*at..].trim_start().contains(char::is_alphanumeric))
}

/// Whether a line is a heading in capitals: `2. VIADUCT TENDERS`, `MEETING 2 - Tuesday 19 March 2024`.
fn is_capitals(line: &str) -> bool {
    let words: Vec<&str> =
        line.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).collect();
    let is_shouted = |word: &&str| {
        word.chars().filter(|it| it.is_alphabetic()).all(char::is_uppercase)
            && word.chars().filter(|it| it.is_alphabetic()).count() > 2
    };
    let is_all = !words.is_empty()
        && words.iter().filter(|word| is_shouted(word)).count() * 3 >= words.len() * 2
        && line.len() < 80;
    let is_meeting = words.first().is_some_and(is_shouted) && line.contains(" - ") && line.len() < 80;
    (is_all && words.iter().any(is_shouted)) || is_meeting
}

/// The cells of a row.
fn cells(row: &str) -> Vec<Range<usize>> {
    let mut cells = Vec::new();
    if row.starts_with('|') {
        let mut start = 1;
        for (at, _) in row.match_indices('|').skip(1) {
            cells.push(start..at);
            start = at + 1;
        }
        if start < row.len() {
            cells.push(start..row.len());
        }
        return cells;
    }
    let mut start = 0;
    while let Some(gap) = row[start..].find("   ") {
        cells.push(start..start + gap);
        let rest = &row[start + gap..];
        start += gap + rest.len() - rest.trim_start().len();
    }
    cells.push(start..row.len());
    cells
}
