//! Which candidates are returned, how far their passages reach, and what is a copy of them.

use std::collections::HashMap;
use std::ops::Range;

use super::SearchOptions;
use super::copies::{Copies, Said};
use crate::document::{Frame, Span};
use crate::index::{Index, Ranked, RowId, Signals};
use crate::select::Selection;

/// The most copies that are listed with a hit, the best of them.
pub(super) const MAX_COPIES: usize = 100;

/// A candidate with its place in the fused ranking.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub ranked: Ranked,
    pub rank: usize,
    /// What the second stage said.
    pub reranked: Option<f32>,
    /// What both stages say together, where there is a second one.
    pub blended: Option<f32>,
}

impl Candidate {
    pub fn row(&self) -> RowId {
        self.ranked.row
    }

    pub fn score(&self) -> f32 {
        self.blended.unwrap_or(self.ranked.score)
    }
}

/// A candidate to return, with the rows of its passage.
pub(super) struct Chosen {
    pub candidate: Candidate,
    pub rows: Range<u32>,
    /// Candidates elsewhere that say the same, best first, up to [`MAX_COPIES`].
    pub copies: Vec<Candidate>,
    /// What is said by it and by those that became a part of its passage.
    said: Vec<Said>,
    /// Of the candidate's relevance; gathered when it is known who is returned.
    pub signals: Signals,
}

/// The whole ranking as candidates.
pub(super) fn pool(ranked: Vec<Ranked>) -> Vec<Candidate> {
    (1..)
        .zip(ranked)
        .map(|(rank, ranked)| Candidate { ranked, rank, reranked: None, blended: None })
        .collect()
}

/// The candidates to return, each with its passage; one whose passage meets that of a better one becomes a part of it,
/// and those that say the same as a better one are its copies.
pub(super) fn select(
    index: &Index,
    pool: &[Candidate],
    options: &SearchOptions,
    copies: &Copies,
) -> Vec<Chosen> {
    let scores: Vec<f32> = pool.iter().map(Candidate::score).collect();
    let document = |place: usize| index.document_of(pool[place].row());
    let said = |place: usize| copies.said(index, pool[place].row());
    let similarity = |a: usize, b: usize| index.similarity(pool[a].row(), pool[b].row());
    let chosen = |place: usize, expand: usize| chosen(index, pool[place], said(place), expand);
    let mut passages: Vec<Chosen> = Vec::new();
    if options.expand == 0 {
        let places = options.selection().select(&scores, document, said, similarity);
        passages.extend(places.into_iter().map(|place| chosen(place, 0)));
    } else {
        // Passages that join leave room for others, so all are put in order first.
        let all = Selection { k: usize::MAX, ..options.selection() };
        for place in all.select(&scores, document, said, similarity) {
            let next = chosen(place, options.expand);
            match passages.iter().position(|earlier| earlier.meets(index, &next)) {
                Some(place) => join(index, &mut passages, place, next),
                None if passages.len() < options.k => passages.push(next),
                None => break,
            }
        }
    }
    let listed = pool.iter().filter(|it| options.min_score.is_none_or(|least| it.score() >= least));
    list_copies(index, listed, copies, &mut passages);
    passages
}

/// Gives each passage the candidates that say the same, in their order, unless it holds them.
fn list_copies<'p>(
    index: &Index,
    pool: impl Iterator<Item = &'p Candidate>,
    copies: &Copies,
    passages: &mut [Chosen],
) {
    let said_by =
        passages.iter().enumerate().flat_map(|(at, it)| it.said.iter().map(move |said| (*said, at)));
    let said_by: HashMap<Said, usize> = said_by.collect();
    for candidate in pool {
        let row = candidate.row();
        if let Some(&at) = said_by.get(&copies.said(index, row))
            && !passages[at].holds(row)
            && passages[at].copies.len() < MAX_COPIES
        {
            passages[at].copies.push(*candidate);
        }
    }
}

/// Makes `next` a part of the passage at `place`, and with it those below that the grown passage now meets.
fn join(index: &Index, passages: &mut Vec<Chosen>, place: usize, next: Chosen) {
    passages[place].absorb(next);
    let below = passages.split_off(place + 1);
    for other in below {
        if passages[place].meets(index, &other) {
            passages[place].absorb(other);
        } else {
            passages.push(other);
        }
    }
}

/// A candidate with up to `expand` rows of its document before and after it.
fn chosen(index: &Index, candidate: Candidate, said: Said, expand: usize) -> Chosen {
    let row = candidate.row().row;
    let place = index.document_of(candidate.row());
    let document = index.segments()[place.segment].tables().rows_of(place.document);
    let expand = u32::try_from(expand).unwrap_or(u32::MAX);
    let start = row.saturating_sub(expand).max(document.start);
    let end = (row + 1).saturating_add(expand).min(document.end);
    Chosen { candidate, rows: start..end, copies: Vec::new(), said: vec![said], signals: Signals::default() }
}

impl Chosen {
    /// Where the passage is, in bytes of the document's text.
    pub fn span(&self, index: &Index) -> Span {
        let [first, last] = self.ends().map(|row| index.chunk(row).span);
        Span { start: first.start, end: last.end.max(first.end) }
    }

    /// Where the passage is, in UTF-16 code units of the document's text.
    pub fn span_utf16(&self, index: &Index) -> Span {
        let [first, last] = self.ends().map(|row| index.chunk(row).span_utf16);
        Span { start: first.start, end: last.end.max(first.end) }
    }

    /// What the passage needs around it to be read alone.
    pub fn frame(&self, index: &Index) -> Frame {
        let [first, last] = self.ends().map(|row| index.chunk(row).frame);
        Frame { lead: first.lead, tail: last.tail }
    }

    fn ends(&self) -> [RowId; 2] {
        let segment = self.candidate.row().segment;
        [self.rows.start, self.rows.end - 1].map(|row| RowId { segment, row })
    }

    fn absorb(&mut self, other: Self) {
        self.rows = self.rows.start.min(other.rows.start)..self.rows.end.max(other.rows.end);
        self.said.extend(other.said);
    }

    /// Whether a row is in the passage.
    fn holds(&self, row: RowId) -> bool {
        self.candidate.row().segment == row.segment && self.rows.contains(&row.row)
    }

    /// Whether both passages are of one document and overlap or touch.
    fn meets(&self, index: &Index, other: &Self) -> bool {
        index.document_of(self.candidate.row()) == index.document_of(other.candidate.row())
            && self.rows.start <= other.rows.end
            && other.rows.start <= self.rows.end
    }
}
