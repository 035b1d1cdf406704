//! Search: both arms over every eligible row, fused, the best k by a bounded heap.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::fusion::{ArmScores, Fusion};
use super::lexical::{self, Bm25};
use super::{DocumentRecord, Index, IndexSegment};
use crate::error::{Error, Result};

/// Which arms run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Both, fused. An arm that has nothing to go by (no query vector; no word that counts) leaves the ranking to the
    /// other.
    #[default]
    Hybrid,
    /// Vectors only. Chunks whose vector is still missing are not found.
    Dense,
    /// Words only.
    Lexical,
}

/// What to search for, and how.
#[derive(Clone, Copy)]
pub struct SearchQuery<'q> {
    /// The words.
    pub text: &'q str,
    /// The embedding of the text; of length 1, so that scores are cosines.
    pub vector: Option<&'q [f32]>,
    /// The most rows to return. 0 returns none; any number is fine, also one beyond the number of rows.
    pub k: usize,
    /// Which arms run.
    pub mode: Mode,
    /// How their scores become one, in [`Mode::Hybrid`].
    pub fusion: Fusion,
    /// The knobs of the lexical score.
    pub bm25: Bm25,
    /// Which documents may be found; all where it is `None`. Asked once for each document, before either arm runs.
    /// It changes no statistic of BM25.
    pub filter: Option<&'q dyn Fn(&DocumentRecord) -> bool>,
}

impl<'q> SearchQuery<'q> {
    /// A hybrid search for the best `k` with default knobs, and without a filter.
    pub fn new(text: &'q str, vector: Option<&'q [f32]>, k: usize) -> Self {
        Self {
            text,
            vector,
            k,
            mode: Mode::default(),
            fusion: Fusion::default(),
            bm25: Bm25::default(),
            filter: None,
        }
    }

    fn validate(&self, dimensions: Option<usize>) -> Result<()> {
        self.fusion.validate()?;
        if !self.bm25.is_valid() {
            let Bm25 { k1, b } = self.bm25;
            return Err(Error::invalid_argument(format!(
                "BM25 needs k1 of 0 or more and b from 0 to 1, not k1 = {k1} and b = {b}"
            )));
        }
        match self.vector {
            Some(vector) if !vector.iter().all(|component| component.is_finite()) => {
                Err(Error::invalid_argument("the query vector holds a component that is not finite"))
            }
            Some(vector) if dimensions.is_some_and(|dimensions| dimensions != vector.len()) => {
                let dimensions = dimensions.unwrap_or_default();
                let message =
                    format!("the query vector has {} dimensions, the index {dimensions}", vector.len());
                Err(Error::invalid_argument(message))
            }
            None if self.mode == Mode::Dense => {
                Err(Error::invalid_argument("dense search needs a query vector"))
            }
            _ => Ok(()),
        }
    }

    /// The query vector, if the dense arm is to run.
    fn dense_arm(&self) -> Option<&'q [f32]> {
        match self.mode {
            Mode::Dense => self.vector,
            Mode::Hybrid => self.vector.filter(|_| self.fusion.dense_weight() > 0.0),
            Mode::Lexical => None,
        }
    }

    fn has_lexical_arm(&self) -> bool {
        match self.mode {
            Mode::Dense => false,
            Mode::Hybrid => self.fusion.dense_weight() < 1.0,
            Mode::Lexical => true,
        }
    }
}

/// A row that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The place of its segment among [`Index::segments`].
    pub segment: usize,
    /// Its row there.
    pub row: u32,
    /// What it is ranked by: the fused score in [`Mode::Hybrid`] (from 0 to 1 with [`Fusion::WeightedSum`]), else the
    /// score of the one arm.
    pub score: f32,
    /// The cosine with the query vector; `None` where the row has no vector or the arm did not run.
    pub dense: Option<f32>,
    /// The BM25 score; `None` where no term of the query occurs or the arm did not run.
    pub lexical: Option<f32>,
}

impl Index {
    /// The best rows, best first. Equal scores are ordered by document id, then by the order of chunks in the
    /// document, so the same index and query give the same ranking on every run.
    ///
    /// Without a term (only marks or stop words), a lexical search finds nothing.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for a knob outside its range, a query vector of
    /// other dimensions than the index or with components that are not finite, and a dense search without one.
    pub fn search(&self, query: &SearchQuery<'_>) -> Result<Vec<Ranked>> {
        query.validate(self.dimensions())?;
        let eligible: Vec<Vec<bool>> =
            self.segments().iter().map(|segment| eligible_rows(segment, query.filter)).collect();
        let mut rows = self.scored_rows(query, &eligible);
        if query.mode == Mode::Hybrid {
            self.fuse(
                &mut rows,
                query.fusion,
                eligible.iter().flatten().filter(|eligible| **eligible).count(),
            );
        }
        Ok(self.best(rows, query.k))
    }

    /// The eligible rows with any score. Their `score` is that of the one arm that ran.
    fn scored_rows(&self, query: &SearchQuery<'_>, eligible: &[Vec<bool>]) -> Vec<Ranked> {
        let mut lexical = match query.has_lexical_arm() {
            true => lexical::score_all(
                self.segments(),
                &lexical::query_terms(self.language(), query.text),
                query.bm25,
            ),
            false => Vec::new(),
        }
        .into_iter();
        let mut found = Vec::new();
        for (number, (segment, eligible)) in self.segments().iter().zip(eligible).enumerate() {
            let dense = query.dense_arm().map(|vector| segment.vectors().score_all(vector, eligible));
            let lexical = lexical.next();
            for row in (0..eligible.len()).filter(|row| eligible[*row]) {
                let dense = dense.as_ref().and_then(|scores| scores[row]);
                let lexical = lexical.as_ref().and_then(|scores| scores[row]);
                if let Some(score) = dense.or(lexical) {
                    found.push(Ranked { segment: number, row: row as u32, score, dense, lexical });
                }
            }
        }
        found
    }

    fn fuse(&self, rows: &mut [Ranked], fusion: Fusion, eligible: usize) {
        // An arm that found nothing anywhere had nothing to go by: the other has all the weight.
        let fusion = match fusion {
            Fusion::WeightedSum { .. } if rows.iter().all(|row| row.lexical.is_none()) => {
                Fusion::WeightedSum { dense: 1.0 }
            }
            other => other,
        };
        let arms: Vec<_> =
            rows.iter().map(|row| ArmScores { dense: row.dense, lexical: row.lexical }).collect();
        let fused = fusion.fuse(&arms, eligible, |a, b| self.by_identity(&rows[a], &rows[b]));
        for (row, score) in rows.iter_mut().zip(fused) {
            row.score = score;
        }
    }

    /// Orders rows by document id, then by their order in the document.
    fn by_identity(&self, a: &Ranked, b: &Ranked) -> Ordering {
        let id = |row: &Ranked| self.segments()[row.segment].document_of(row.row).id.as_str();
        id(a).cmp(id(b)).then(a.row.cmp(&b.row))
    }

    /// The first `k` in the order of the ranking. The heap holds the best so far with the worst of them on top; it
    /// grows with what is found, whatever `k` is.
    fn best(&self, rows: Vec<Ranked>, k: usize) -> Vec<Ranked> {
        let mut heap: BinaryHeap<Reverse<Candidate<'_>>> = BinaryHeap::new();
        for ranked in rows {
            let worst = heap.peek().filter(|_| heap.len() >= k).map(|Reverse(worst)| worst.ranked.score);
            if k == 0 || worst.is_some_and(|worst| ranked.score < worst) {
                continue;
            }
            // Adding 0 turns -0 into 0: they rank alike.
            let ranked = Ranked { score: ranked.score + 0.0, ..ranked };
            heap.push(Reverse(Candidate { index: self, ranked }));
            if heap.len() > k {
                heap.pop();
            }
        }
        heap.into_sorted_vec().into_iter().map(|Reverse(candidate)| candidate.ranked).collect()
    }
}

/// Which rows of a segment may be found.
fn eligible_rows(segment: &IndexSegment, filter: Option<&dyn Fn(&DocumentRecord) -> bool>) -> Vec<bool> {
    let mut eligible = vec![false; segment.segment().chunks().len()];
    for (number, document) in (0..).zip(segment.segment().documents()) {
        if segment.is_live(number) && filter.is_none_or(|accepts| accepts(document)) {
            let rows = segment.segment().rows_of(number);
            eligible[rows.start as usize..rows.end as usize].fill(true);
        }
    }
    eligible
}

/// A row in the order of the ranking: the better one is the greater.
struct Candidate<'i> {
    index: &'i Index,
    ranked: Ranked,
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = self.ranked.score.total_cmp(&other.ranked.score);
        by_score.then_with(|| self.index.by_identity(&other.ranked, &self.ranked))
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate<'_> {}
