//! Selection: from a ranked pool of candidates to the few that are returned.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

use crate::error::{Error, Result};

/// Which candidates are returned, of a pool that is ranked already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selection {
    /// The most candidates to return, from 1.
    pub k: usize,
    /// Candidates of a lower score are left out; any number but NaN.
    pub min_score: Option<f32>,
    /// The most candidates of one document, from 1.
    pub max_per_document: Option<usize>,
    /// How much a candidate loses by being like one that was chosen before, from 0 (nothing: the order of scores) to 1
    /// (only the difference counts). This is maximal marginal relevance (Carbonell and Goldstein, 1998) with
    /// lambda = 1 - diversity.
    pub diversity: f32,
}

impl Selection {
    /// Checks the legal range of the knobs.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument), naming the knob.
    pub fn validate(&self) -> Result<()> {
        if self.k == 0 {
            return Err(Error::invalid_argument("k must be 1 or more"));
        }
        if self.max_per_document == Some(0) {
            return Err(Error::invalid_argument("maxPerDocument must be 1 or more"));
        }
        if self.min_score.is_some_and(f32::is_nan) {
            return Err(Error::invalid_argument("minScore must be a number"));
        }
        if !(0.0..=1.0).contains(&self.diversity) {
            let message = format!("diversity must be from 0 to 1, not {}", self.diversity);
            return Err(Error::invalid_argument(message));
        }
        Ok(())
    }

    /// The places in the pool of those to return, best first.
    ///
    /// `pool` has the score of each candidate, best first. `document` tells what it is a part of, and `passage` what it says:
    /// of those that say the same only the first that is chosen is returned. `similarity` is the cosine of two candidates,
    /// `None` where that is not known, which counts as no likeness.
    pub fn select<D: PartialEq, P: Eq + Hash>(
        &self,
        pool: &[f32],
        document: impl Fn(usize) -> D,
        passage: impl Fn(usize) -> P,
        similarity: impl Fn(usize, usize) -> Option<f32>,
    ) -> Vec<usize> {
        let within = pool.partition_point(|score| self.min_score.is_none_or(|least| *score >= least));
        let mut left: VecDeque<usize> = (0..within).collect();
        let mut chosen: Vec<usize> = Vec::new();
        let mut said: HashSet<P> = HashSet::new();
        // The likeness of each candidate to the most similar chosen one.
        let mut likeness = vec![0.0f32; pool.len()];
        while chosen.len() < self.k {
            let Some(next) = left.remove(self.best(pool, &left, &likeness)) else { break };
            if !said.insert(passage(next)) {
                continue;
            }
            chosen.push(next);
            if let Some(most) = self.max_per_document {
                let theirs = document(next);
                if chosen.iter().filter(|&&place| document(place) == theirs).count() == most {
                    left.retain(|&place| document(place) != theirs);
                }
            }
            if !self.is_by_score() {
                left.retain(|&place| !said.contains(&passage(place)));
                for &place in &left {
                    likeness[place] = likeness[place].max(similarity(next, place).unwrap_or(0.0));
                }
            }
        }
        chosen
    }

    fn is_by_score(&self) -> bool {
        self.diversity == 0.0
    }

    /// Which of those `left` comes next; of equal ones the one that stands first in the pool.
    fn best(&self, pool: &[f32], left: &VecDeque<usize>, likeness: &[f32]) -> usize {
        let (Some(greatest), Some(least), false) = (pool.first(), pool.last(), self.is_by_score()) else {
            return 0;
        };
        // Scores of different scorers have different ranges: the best of the pool is 1, its last 0.
        let relevance = |place: usize| match greatest - least {
            width if width > 0.0 => (pool[place] - least) / width,
            _ => 1.0,
        };
        let marginal =
            |place: usize| (1.0 - self.diversity) * relevance(place) - self.diversity * likeness[place];
        let mut best = 0;
        for candidate in 1..left.len() {
            if marginal(left[candidate]) > marginal(left[best]) {
                best = candidate;
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Selection = Selection { k: 10, min_score: None, max_per_document: None, diversity: 0.0 };
    const POOL: [f32; 5] = [0.9, 0.8, 0.7, 0.6, 0.1];

    /// Candidates 0, 1 and 3 are alike; each is a part of the document of its letter.
    fn select(selection: Selection) -> Vec<usize> {
        let alike = |a: usize, b: usize| {
            let twin = |place| place == 0 || place == 1 || place == 3;
            (a != 4 && b != 4).then_some(if twin(a) && twin(b) { 0.95 } else { 0.1 })
        };
        selection.select(&POOL, |place| ["a", "a", "b", "a", "c"][place], |place| place, alike)
    }

    #[test]
    fn without_knobs_the_best_k_are_selected_in_order() {
        assert_eq!(select(ALL), [0, 1, 2, 3, 4]);
        assert_eq!(select(Selection { k: 2, ..ALL }), [0, 1]);
    }

    #[test]
    fn a_document_gives_no_more_than_its_share() {
        assert_eq!(select(Selection { max_per_document: Some(1), ..ALL }), [0, 2, 4]);
        assert_eq!(select(Selection { max_per_document: Some(2), k: 3, ..ALL }), [0, 1, 2]);
    }

    #[test]
    fn a_low_score_is_left_out_and_the_limit_itself_is_not() {
        assert_eq!(select(Selection { min_score: Some(0.7), ..ALL }), [0, 1, 2]);
        assert_eq!(select(Selection { min_score: Some(1.0), ..ALL }), Vec::<usize>::new());
    }

    #[test]
    fn diversity_puts_twins_behind_what_is_new() {
        // Relevance: 1, 0.875, 0.75, 0.625, 0. After 0, its twin 1 counts 0.5 * 0.875 - 0.5 * 0.95 and 2 counts
        // 0.5 * 0.75 - 0.5 * 0.1; of 4 nothing is known, so it loses nothing.
        assert_eq!(select(Selection { diversity: 0.5, ..ALL }), [0, 2, 4, 1, 3]);
        // A little of it is too little to turn the order.
        assert_eq!(select(Selection { diversity: 0.05, ..ALL }), [0, 1, 2, 3, 4]);
        assert_eq!(select(Selection { diversity: 1.0, k: 2, ..ALL }), [0, 4]);
    }

    #[test]
    fn an_empty_pool_and_equal_scores_are_no_trouble() {
        let diverse = Selection { diversity: 0.5, ..ALL };
        assert!(diverse.select(&[], |_| "", |place| place, |_, _| None).is_empty());
        assert_eq!(diverse.select(&[0.5, 0.5], |_| "", |place| place, |_, _| None), [0, 1]);
    }

    #[test]
    fn what_was_said_is_not_said_again() {
        let select = |selection: Selection| {
            let document = |place: usize| ["a", "a", "b", "a", "c"][place];
            selection.select(&POOL, document, |place| [1, 2, 2, 1, 3][place], |_, _| None)
        };
        assert_eq!(select(ALL), [0, 1, 4]);
        assert_eq!(select(Selection { k: 2, ..ALL }), [0, 1]);
        assert_eq!(select(Selection { diversity: 0.5, ..ALL }), [0, 1, 4]);
        // Where the better of two copies is one too many of its document, the other is there.
        assert_eq!(select(Selection { max_per_document: Some(1), ..ALL }), [0, 2, 4]);
    }

    #[test]
    fn knobs_outside_their_range_are_refused_by_name() {
        let cases = [
            (Selection { k: 0, ..ALL }, "k "),
            (Selection { max_per_document: Some(0), ..ALL }, "maxPerDocument "),
            (Selection { min_score: Some(f32::NAN), ..ALL }, "minScore "),
            (Selection { diversity: 1.5, ..ALL }, "diversity "),
            (Selection { diversity: f32::NAN, ..ALL }, "diversity "),
        ];
        for (selection, name) in cases {
            assert!(selection.validate().unwrap_err().message().starts_with(name));
        }
    }
}
