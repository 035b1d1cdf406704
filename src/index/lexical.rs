//! BM25 over the live rows of all segments.

mod query;

use std::borrow::Borrow;
use std::collections::BTreeSet;

use roaring::RoaringBitmap;

use super::RowId;
use super::best::Best;
use super::postings::{Posting, Postings};
use super::relevance::WordEvidence;
use super::segment::Segment;
use crate::bit_set::BitSet;

pub use query::{LexicalQuery, phrase_frequency};

/// The knobs of BM25 (Robertson and Zaragoza, 2009), in the form that Lucene computes since version 8: idf is
/// `ln(1 + (N - n + 0.5) / (n + 0.5))`, never negative, and the constant factor `k1 + 1` is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bm25 {
    /// How much a repeated term adds. 0: only whether it occurs counts; 1.2: the default; large values: the score
    /// grows almost linearly with the frequency. Finite, at least 0.
    pub k1: f32,
    /// How much long rows are held back. 0: not at all; 0.75: the default; 1: frequencies count in relation to the
    /// length. From 0 to 1.
    pub b: f32,
}

impl Default for Bm25 {
    fn default() -> Self {
        Self { k1: 1.2, b: 0.75 }
    }
}

impl Bm25 {
    pub(super) fn is_valid(self) -> bool {
        self.k1.is_finite() && self.k1 >= 0.0 && (0.0..=1.0).contains(&self.b)
    }
}

/// A term or phrase of a query, and what it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct TermWeight {
    /// The term; of a phrase its terms between quotation marks.
    pub term: String,
    /// How often the query has it; at least 1.
    pub occurrences: u32,
    /// The number of live rows that hold it; for a phrase that of the rows in which it was found.
    pub rows: usize,
    /// How much the rarity of the term counts, above 0; for a phrase the sum of its terms'.
    pub idf: f32,
}

impl TermWeight {
    /// The most that the term can add to a score.
    fn weight(&self) -> f32 {
        self.occurrences as f32 * self.idf
    }
}

/// BM25 scores, and what they are made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LexicalScores {
    /// The terms of the query in their order, then the phrases of which [`Self::boost`] was told.
    pub terms: Vec<TermWeight>,
    /// For each segment the score of each row; [`NO_SCORE`] where it is not eligible, or holds no term of the query.
    segments: Vec<Vec<f32>>,
    /// Where each phrase was found and how often, by row.
    found: Vec<Vec<(RowId, u32)>>,
    scoring: Scoring,
}

/// The BM25 scores of the rows that are `eligible`: for each segment a set of live rows. Statistics are those of all
/// live rows, eligible or not, so that neither a filter, nor a merge, nor a removed document that is still stored
/// changes a score.
///
/// # Panics
/// If a segment has no such row.
pub fn score<Rows: Borrow<RoaringBitmap>>(
    segments: &[Segment],
    query: &LexicalQuery,
    bm25: Bm25,
    eligible: &[Rows],
) -> LexicalScores {
    let corpus = Corpus::new(segments);
    let terms = corpus.weigh(query);
    let scoring = Scoring { bm25, average_length: corpus.average_length };
    let accumulator = Accumulator::new(scoring);
    let scores = corpus.segments.iter().zip(eligible).map(|(segment, eligible)| match segment {
        Some(segment) => eligible_scores(accumulator.scores(segment.postings, &terms), eligible.borrow()),
        None => Vec::new(),
    });
    LexicalScores { segments: scores.collect(), terms, found: Vec::new(), scoring }
}

impl LexicalScores {
    /// The score of a row; `None` where it is not eligible, or holds no term of the query.
    pub fn score(&self, row: RowId) -> Option<f32> {
        let score = self.segments.get(row.segment)?.get(row.row as usize);
        score.copied().filter(|score| has_score(*score))
    }

    /// Of each segment the rows with the best `count` scores and those that tie with the last of them, best first in
    /// each segment, equal scores by row.
    pub fn best(&self, count: usize) -> impl Iterator<Item = (RowId, f32)> {
        self.segments.iter().enumerate().flat_map(move |(segment, scores)| {
            let mut best = Best::new(count);
            // Hardly any row is among the best, so several are passed over at once.
            for (chunk, rows) in scores.chunks(SCORES_AT_ONCE).zip((0..).step_by(SCORES_AT_ONCE)) {
                if chunk.iter().fold(false, |any, score| any | best.wants(*score)) {
                    let scored = (rows..).zip(chunk).filter(|(_, score)| has_score(**score));
                    scored.for_each(|(row, score)| best.offer(row, *score, *score));
                }
            }
            best.into_sorted().into_iter().map(move |(row, score)| (RowId { segment, row }, score))
        })
    }

    /// Adds to the scores of rows what a phrase of the query earns there. `found` says in which rows it is, and
    /// how often. A phrase is scored as a term whose idf is the sum of its terms', as Lucene does it: that takes
    /// no count of the rows that hold the phrase, which a filter would change.
    ///
    /// # Panics
    /// If there is no such segment or row.
    pub fn boost(&mut self, segments: &[Segment], phrase: &[String], found: &[(RowId, u32)]) {
        let mut found: Vec<_> = found.iter().copied().filter(|(_, frequency)| *frequency > 0).collect();
        found.sort_unstable();
        let idf = |term: &String| self.terms.iter().find(|own| own.term == *term).map_or(0.0, |own| own.idf);
        let weight = TermWeight {
            term: format!("\"{}\"", phrase.join(" ")),
            occurrences: 1,
            rows: found.len(),
            idf: phrase.iter().map(idf).sum(),
        };
        for &(RowId { segment, row }, frequency) in &found {
            if let Some(postings) = segments[segment].postings()
                && let Some(score) = self.segments[segment].get_mut(row as usize)
                && has_score(*score)
            {
                *score += self.scoring.score(weight.weight(), frequency, postings.lengths()[row as usize]);
            }
        }
        self.terms.push(weight);
        self.found.push(found);
    }

    /// What the words of the query say of each of `rows`; repetitions of a word in the query count once, phrases not at all.
    /// `None` where no word counts, and for rows whose postings are not in memory.
    ///
    /// # Panics
    /// If there is no such segment.
    pub fn evidence(&self, segments: &[Segment], rows: &[RowId]) -> Vec<Option<WordEvidence>> {
        let asked: BTreeSet<RowId> = rows.iter().copied().collect();
        let in_segments: BTreeSet<usize> = rows.iter().map(|at| at.segment).collect();
        // One pass over the postings of each word, however many rows are asked for.
        let held = |word: &TermWeight| -> BTreeSet<RowId> {
            let rows = in_segments.iter().flat_map(|&segment| {
                let postings = segments[segment].postings().map(|postings| postings.get(&word.term));
                postings.into_iter().flatten().map(move |posting| RowId { segment, row: posting.row })
            });
            rows.filter(|row| asked.contains(row)).collect()
        };
        let words = &self.terms[..self.terms.len() - self.found.len()];
        let words: Vec<_> = words.iter().map(|word| (word.idf, held(word))).collect();
        let of = |row: &RowId| {
            segments[row.segment].postings()?;
            let share = |held: &BTreeSet<RowId>| if held.contains(row) { 1.0 } else { 0.0 };
            WordEvidence::of(words.iter().map(|(weight, held)| (*weight, share(held))))
        };
        rows.iter().map(of).collect()
    }

    /// What each term and phrase of the query that a row holds adds to its score, in the order of [`Self::terms`]:
    /// together the whole score.
    ///
    /// # Panics
    /// If there is no such segment.
    pub fn explain(&self, segments: &[Segment], at: RowId) -> Vec<(String, f32)> {
        let RowId { segment, row } = at;
        let Some(postings) = segments[segment].postings() else { return Vec::new() };
        let (terms, phrases) = self.terms.split_at(self.terms.len() - self.found.len());
        let in_terms = terms.iter().map(|term| {
            let posting = postings.get(&term.term).find(|posting| posting.row == row);
            (term, posting.map(|posting| posting.frequency))
        });
        let in_phrases = phrases.iter().zip(&self.found).map(|(phrase, found)| {
            let place = found.binary_search_by_key(&at, |(row, _)| *row);
            (phrase, place.ok().map(|place| found[place].1))
        });
        let explained = in_terms.chain(in_phrases).filter_map(|(term, frequency)| {
            let length = postings.lengths()[row as usize];
            Some((term.term.clone(), self.scoring.score(term.weight(), frequency?, length)))
        });
        explained.collect()
    }
}

/// The rows of a segment that hold all of `terms`, for example of a phrase; rows of removed documents included.
/// None where there are no terms.
pub fn rows_with_all(segment: &Segment, terms: &[String]) -> RoaringBitmap {
    let Some(postings) = segment.postings() else { return RoaringBitmap::new() };
    let rows = |term: &String| postings.get(term).map(|posting| posting.row).collect::<RoaringBitmap>();
    terms.iter().map(rows).reduce(|all, rows| all & rows).unwrap_or_default()
}

/// The live rows of all segments and their statistics.
struct Corpus<'s> {
    /// `None` for those whose postings are not in memory.
    segments: Vec<Option<LiveSegment<'s>>>,
    rows: usize,
    average_length: f32,
}

impl<'s> Corpus<'s> {
    fn new(segments: &'s [Segment]) -> Self {
        let segments: Vec<_> = segments.iter().map(LiveSegment::new).collect();
        let rows = segments.iter().flatten().map(|segment| segment.rows).sum();
        let length: u64 = segments.iter().flatten().map(|segment| segment.length).sum();
        Self { segments, rows, average_length: length as f32 / rows.max(1) as f32 }
    }

    fn weigh(&self, query: &LexicalQuery) -> Vec<TermWeight> {
        let weights = query.terms().iter().map(|(term, occurrences)| {
            let rows = self.segments.iter().flatten().map(|segment| segment.rows_with(term)).sum();
            TermWeight { term: term.clone(), occurrences: *occurrences, rows, idf: idf(self.rows, rows) }
        });
        weights.collect()
    }
}

/// The postings of a segment, and which of its rows count.
struct LiveSegment<'s> {
    postings: &'s Postings,
    /// Its rows of removed documents; `None` where there are none, as in most segments.
    removed: Option<BitSet>,
    /// The number of live rows.
    rows: usize,
    /// The weighted number of terms in them.
    length: u64,
}

impl<'s> LiveSegment<'s> {
    fn new(segment: &'s Segment) -> Option<Self> {
        let postings = segment.postings()?;
        let mut live =
            Self { postings, removed: None, rows: postings.rows(), length: postings.total_length() };
        for document in segment.removed() {
            let rows = segment.tables().rows_of(document);
            let lengths = &postings.lengths()[rows.start as usize..rows.end as usize];
            live.rows -= rows.len();
            live.length -= lengths.iter().map(|length| u64::from(*length)).sum::<u64>();
            let removed = live.removed.get_or_insert_with(|| BitSet::new(postings.rows()));
            removed.insert_range(rows);
        }
        Some(live)
    }

    /// How many live rows hold `term`.
    fn rows_with(&self, term: &str) -> usize {
        match &self.removed {
            None => self.postings.count(term) as usize,
            Some(removed) => self.postings.get(term).filter(|posting| !removed.contains(posting.row)).count(),
        }
    }
}

/// How many scores are compared with a threshold together: some vectors of the processor.
const SCORES_AT_ONCE: usize = 16;

/// The sum of no scores. Unlike 0 it is no sum of scores, not even of those that vanish by rounding, and adding to it
/// is exact.
const NO_SCORE: f32 = -0.0;

fn has_score(sum: f32) -> bool {
    sum.to_bits() != NO_SCORE.to_bits()
}

/// The scores of those rows that are eligible, and [`NO_SCORE`] in place of the others'.
fn eligible_scores(scores: Vec<f32>, eligible: &RoaringBitmap) -> Vec<f32> {
    if eligible.len() == scores.len() as u64 {
        return scores;
    }
    let mut kept = vec![NO_SCORE; scores.len()];
    eligible.iter().map(|row| row as usize).for_each(|row| kept[row] = scores[row]);
    kept
}

fn idf(rows: usize, rows_with_term: usize) -> f32 {
    let (all, with) = (rows as f64, rows_with_term as f64);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln() as f32
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Scoring {
    bm25: Bm25,
    average_length: f32,
}

impl Scoring {
    /// The part of a term's `weight` that its frequency earns in a row of `length` terms.
    fn score(&self, weight: f32, frequency: u32, length: u32) -> f32 {
        earned(weight, frequency, self.damping(length))
    }

    /// The frequency that earns half of a term's weight in a row of `length` terms.
    fn damping(&self, length: u32) -> f32 {
        let Bm25 { k1, b } = self.bm25;
        k1 * (1.0 - b + b * length as f32 / self.average_length)
    }
}

fn earned(weight: f32, frequency: u32, damping: f32) -> f32 {
    let frequency = frequency as f32;
    weight * (frequency / (frequency + damping))
}

/// Scores many rows.
struct Accumulator {
    scoring: Scoring,
    /// [`Scoring::damping`] of the lengths that nearly all rows have: there are far more postings than lengths.
    damping: Vec<f32>,
}

impl Accumulator {
    /// Lengths below this have their damping in the table: chunks of the longest models have 512 word pieces.
    const LENGTHS: u32 = 1024;

    fn new(scoring: Scoring) -> Self {
        Self { scoring, damping: (0..Self::LENGTHS).map(|length| scoring.damping(length)).collect() }
    }

    /// The scores of all rows of a segment; [`NO_SCORE`] where no term occurs.
    fn scores(&self, postings: &Postings, terms: &[TermWeight]) -> Vec<f32> {
        let lengths = postings.lengths();
        let mut scores = vec![NO_SCORE; lengths.len()];
        for term in terms {
            let weight = term.weight();
            for Posting { row, frequency } in postings.get(&term.term) {
                let row = row as usize;
                scores[row] += earned(weight, frequency, self.damping(lengths[row]));
            }
        }
        scores
    }

    #[inline]
    fn damping(&self, length: u32) -> f32 {
        let known = self.damping.get(length as usize);
        known.copied().unwrap_or_else(|| self.scoring.damping(length))
    }
}

#[cfg(test)]
mod tests;
