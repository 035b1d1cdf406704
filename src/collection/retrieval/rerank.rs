//! The second stage: the best candidates are scored again, each together with the query, and both scores become one.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
#[cfg(doc)]
use crate::evidence::WindowSource;
use crate::index::{EQUAL, Line};
use crate::model::{PairScore, PairScorer, SCORED_AT_ONCE};
use crate::task::Task;

/// A second stage: the best candidates of the index are scored again, each together with the query.
#[derive(Clone, Copy, Debug)]
pub struct Rerank<'s, P> {
    /// How.
    pub stage: SecondStage,
    /// What scores them.
    pub scorer: &'s P,
}

/// How a second stage is done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SecondStage {
    /// How many candidates are scored, from 1, in the order of the first stage.
    pub candidates: usize,
    /// How much the scorer's score counts, from above 0 to 1; the first stage's has the rest.
    pub weight: f32,
    /// Whether the weight counts only as far as the stages agree: it is multiplied by the correlation of their scores, and nothing is
    /// left of it where that is not above 0. Fewer than three candidates say nothing about it. A cross-encoder that orders candidates quite otherwise than words and vectors do has
    /// mostly not understood the question.
    pub agreement: bool,
    /// The most tokens of a candidate's own text that the scorer sees beside its title and headings: whole sentences, those that
    /// answer best by their words and meaning; see [`WindowSource`]. 0 shows it all of the text.
    pub window: usize,
    /// How many milliseconds scoring may take; `None` for no limit. The first few are scored in any case, later ones as long as
    /// they should be done in time if they take as long as those before. What is not scored, where more hits are asked for
    /// than candidates or time was short, is taken to be scored as the first stage lets expect, by a line through those that were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
}

impl Default for SecondStage {
    fn default() -> Self {
        Self { candidates: 12, weight: 0.8, agreement: true, window: 96, budget: None }
    }
}

impl SecondStage {
    pub(super) fn validate(&self) -> Result<()> {
        let Self { candidates, weight, agreement: _, window: _, budget } = *self;
        if candidates == 0 {
            return Err(Error::invalid_argument("rerank.candidates must be 1 or more"));
        }
        if !(weight > 0.0 && weight <= 1.0) {
            return Err(Error::invalid_argument(format!(
                "rerank.weight must be above 0 and at most 1, not {weight}"
            )));
        }
        match budget {
            Some(budget) if !(budget > 0.0 && budget.is_finite()) => {
                Err(Error::invalid_argument(format!("rerank.budget must be above 0, not {budget}")))
            }
            _ => Ok(()),
        }
    }
}

impl<P: PairScorer> Rerank<'_, P> {
    /// The scores of passages, in order, as far as there is time for them: of the first few in any case.
    ///
    /// # Errors
    /// The scorer's, and [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where it gives no finite number for each.
    pub(super) async fn scores(&self, query: &str, passages: &[&str], task: &impl Task) -> Result<Vec<f32>> {
        let Some(budget) = self.stage.budget else { return self.score(query, passages, task).await };
        let at_once = self.scorer.at_once().max(1);
        // How far the stages agree cannot be told by fewer.
        let (first, rest) = passages.split_at(at_once.max(SCORED_AT_ONCE).min(passages.len()));
        let started = task.now();
        let mut scores = self.score(query, first, task).await?;
        let mut last = task.now() - started;
        for some in rest.chunks(at_once) {
            let spent = task.now() - started;
            if spent + last > budget {
                break;
            }
            scores.extend(self.score(query, some, task).await?);
            last = task.now() - started - spent;
        }
        Ok(scores)
    }

    async fn score(&self, query: &str, passages: &[&str], task: &impl Task) -> Result<Vec<f32>> {
        let scores: Vec<PairScore> = self.scorer.score(query, passages, task).await?;
        if scores.len() != passages.len() || scores.iter().any(|score| !score.logit.is_finite()) {
            let count = passages.len();
            let message = format!("the scorer must give a finite number for each of the {count} passages");
            return Err(Error::invalid_argument(message));
        }
        Ok(scores.into_iter().map(|score| score.logit).collect())
    }
}

/// One score from both stages for each candidate, in the range of the first stage's: so candidates that were never to be scored
/// follow with the scores that they have.
pub(super) struct Blend {
    pub scores: Vec<f32>,
    /// How much the second stage counted.
    pub weight: f32,
}

impl Blend {
    /// Of each stage the share of its range among the candidates, weighed. `second` are the scores of the first candidates; for the
    /// others what the first stage lets expect.
    pub(super) fn new(first: &[f32], second: &[f32], stage: &SecondStage) -> Self {
        let (least, range) = range(first);
        let (first, second) = (shares(first), shares(second));
        let line = Line::through(first.iter().copied().zip(second.iter().copied()).collect());
        let agreement = match &line {
            Some(line) if stage.agreement && second.len().min(first.len()) >= 3 => {
                line.correlation().max(0.0)
            }
            _ => 1.0,
        };
        let weight = stage.weight * agreement;
        let expected = |own: f32| line.as_ref().map_or(0.0, |line| line.at(own));
        let both = first.iter().enumerate().map(|(place, own)| {
            let second = second.get(place).copied().unwrap_or_else(|| expected(*own));
            least + range * ((1.0 - weight) * own + weight * second)
        });
        Self { scores: both.collect(), weight }
    }
}

/// Where each value is between the least, 0, and the greatest, 1; all are 1 where they are the same.
fn shares(values: &[f32]) -> Vec<f32> {
    let (least, range) = range(values);
    let share = |value: &f32| if range < EQUAL { 1.0 } else { (value - least) / range };
    values.iter().map(share).collect()
}

/// The least value, and how far the greatest is above it.
fn range(values: &[f32]) -> (f32, f32) {
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    (least, values.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use pollster::block_on;
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;
    use crate::task::{Progress, Unattended};

    /// The scores where the weight is what it is.
    fn blend(first: &[f32], second: &[f32], weight: f32) -> Vec<f32> {
        Blend::new(first, second, &SecondStage { weight, agreement: false, ..SecondStage::default() }).scores
    }

    /// A scorer that takes a second for each passage, and the clock.
    #[derive(Default)]
    struct Slow(Cell<f64>);

    impl PairScorer for Slow {
        async fn score(&self, _: &str, texts: &[&str], _: &impl Task) -> Result<Vec<PairScore>> {
            self.0.set(self.0.get() + 1000.0 * texts.len() as f64);
            Ok(texts.iter().map(|text| PairScore { logit: text.len() as f32, truncated: false }).collect())
        }
    }

    impl Task for Slow {
        fn report(&self, _: Progress) {}

        fn is_aborted(&self) -> bool {
            false
        }

        fn now(&self) -> f64 {
            self.0.get()
        }

        async fn pause(&self) {}
    }

    #[test]
    fn scoring_ends_before_time_is_up_and_never_before_it_began() {
        let passages = ["a"; 11];
        let scored = |budget| {
            let slow = Slow::default();
            let stage = SecondStage { budget, ..SecondStage::default() };
            let rerank = Rerank { stage, scorer: &slow };
            block_on(rerank.scores("?", &passages, &slow)).unwrap().len()
        };
        let budgets = [None, Some(1.0), Some(7999.0), Some(8000.0), Some(60_000.0)];
        assert_eq!(budgets.map(scored), [11, 4, 4, 8, 11]);
    }

    #[test]
    fn a_scorer_that_gives_no_number_for_each_is_refused() {
        struct Silent;
        impl PairScorer for Silent {
            async fn score(&self, _: &str, _: &[&str], _: &impl Task) -> Result<Vec<PairScore>> {
                Ok(Vec::new())
            }
        }
        let rerank = Rerank { stage: SecondStage::default(), scorer: &Silent };
        let error = block_on(rerank.scores("?", &["a"], &Unattended)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn both_stages_count_by_their_weight() {
        let first = [3.0, 2.0, 1.0];
        let second = [-5.0, 5.0, 0.0];
        assert_eq!(blend(&first, &second, 1.0), [1.0, 3.0, 2.0]);
        assert_eq!(blend(&first, &second, 0.5), [2.0, 2.5, 1.5]);
        // Of one candidate, or of equal ones, nothing is to be told.
        assert_eq!((blend(&[7.0], &[2.0], 0.5), blend(&[1.0; 2], &[2.0; 2], 0.5)), (vec![7.0], vec![1.0; 2]));
        assert!(blend(&[], &[], 0.5).is_empty());
    }

    #[test]
    fn the_second_stage_counts_as_far_as_it_agrees() {
        let stage = SecondStage { weight: 0.5, ..SecondStage::default() };
        let weight = |first: &[f32], second: &[f32]| Blend::new(first, second, &stage).weight;
        let first = [3.0, 2.0, 1.0];
        assert!((weight(&first, &[30.0, 20.0, 10.0]) - 0.5).abs() < 1e-6);
        assert!((weight(&first, &[2.0, 3.0, 1.0]) - 0.25).abs() < 1e-6);
        assert_eq!(weight(&first, &[1.0, 2.0, 3.0]), 0.0);
        assert_eq!(Blend::new(&first, &[1.0, 2.0, 3.0], &stage).scores, first);
        // What cannot be told apart agrees with nothing.
        for (first, second) in [(&[1.0; 3], &first), (&first, &[1.0; 3])] {
            assert_eq!(weight(first, second), 0.0);
        }
        // Two always agree entirely or not at all.
        assert_eq!((weight(&[2.0, 1.0], &[1.0, 2.0]), weight(&[], &[])), (0.5, 0.5));
    }

    #[test]
    fn what_was_not_scored_is_taken_as_the_first_stage_lets_expect() {
        let blended = blend(&[4.0, 3.0, 2.0, 0.0], &[8.0, 6.0, 4.0], 0.5);
        assert_eq!(blended, [4.0, 2.5, 1.0, 0.0]);
        // Where the stages disagree, the second one's mistrust reaches further.
        let reversed = blend(&[4.0, 3.0, 2.0, 0.0], &[4.0, 6.0, 8.0], 1.0);
        assert_eq!(reversed, [0.0, 2.0, 4.0, 4.0]);
    }

    /// Why scoring cannot end before the last candidate as soon as the first hits look settled: scores have no bounds, so that one
    /// that is far above the others, though it is no hit itself, leaves their order to the first stage.
    #[test]
    fn the_last_candidate_may_change_the_order_of_the_first_hits_without_being_one() {
        let first = [1.0, 0.95, 0.0];
        let order = |second: &[f32]| {
            let blended = blend(&first, second, 0.3);
            let mut places = [0, 1, 2];
            places.sort_by(|a, b| blended[*b].total_cmp(&blended[*a]));
            places
        };
        assert_eq!(order(&[0.0, 1.0, 0.5]), [1, 0, 2]);
        assert_eq!(order(&[0.0, 1.0, 1000.0]), [0, 1, 2]);
    }

    #[test]
    fn what_is_outside_its_range_is_refused_by_name() {
        let stages = [
            (SecondStage { candidates: 0, ..SecondStage::default() }, "candidates"),
            (SecondStage { weight: 0.0, ..SecondStage::default() }, "weight"),
            (SecondStage { weight: f32::NAN, ..SecondStage::default() }, "weight"),
            (SecondStage { budget: Some(0.0), ..SecondStage::default() }, "budget"),
            (SecondStage { budget: Some(f64::INFINITY), ..SecondStage::default() }, "budget"),
        ];
        for (stage, name) in stages {
            assert!(stage.validate().unwrap_err().message().starts_with(&format!("rerank.{name}")));
        }
        SecondStage::default().validate().unwrap();
    }

    proptest! {
        #[test]
        fn a_blend_is_in_the_range_of_the_first_stage_and_keeps_the_order_of_stages_that_agree(
            mut first in prop::collection::vec(-20.0f32..20.0, 1..12), scored in 0usize..12, weight in 0.01f32..=1.0,
        ) {
            first.sort_by(|a, b| b.total_cmp(a));
            let second: Vec<f32> = first.iter().take(scored).map(|score| score * 3.0 - 1.0).collect();
            let blended = blend(&first, &second, weight);
            let range = first[first.len() - 1] - 1e-4..=first[0] + 1e-4;
            prop_assert!(blended.iter().all(|score| range.contains(score)));
            prop_assert!(blended[..second.len().min(first.len())].is_sorted_by(|a, b| *a >= *b - 1e-4));
        }
    }
}
