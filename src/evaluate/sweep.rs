//! The choice among many settings, held against questions that had no part in it.

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::interval::{Bootstrap, Estimate};
use super::mean::mean;
use super::paired::Comparison;
use crate::error::{Error, Result};

/// Means that are nearer to each other than this differ by rounding.
const ROUNDING: f64 = 1e-12;

/// What to do about a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    /// It is better than what is used now, on questions that it was not chosen by, and that is no chance.
    Adopt,
    /// Nothing is shown to be better than what is used now.
    Keep,
}

/// The setting that did best on one half of the questions, and how it does on the other half.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// The measure that decided.
    pub measure: String,
    /// The place of the chosen setting, from 0, which is the setting that is used now.
    pub chosen: usize,
    /// How many questions it was chosen by.
    pub tuning_questions: usize,
    /// The mean of each setting over these. The best of many is flattered by its choice: quote what is held out.
    pub tuning_means: Vec<f64>,
    /// The setting that is used now, on the other questions.
    pub current: Estimate,
    /// The chosen setting on the other questions.
    pub held_out: Estimate,
    /// The chosen setting against the one that is used now, on the other questions.
    pub comparison: Comparison,
    /// What to do.
    pub advice: Advice,
    /// The same as a sentence, in English.
    pub says: String,
}

impl Choice {
    /// Chooses among settings by a measure of which more is better.
    ///
    /// `table` has of each setting the value of each question; the first setting is the one that is used now, and of settings
    /// that do as well as each other the first is taken. `questions` are the questions' texts: by a hash of them they are put in
    /// order and divided into two halves, so that the same questions are divided alike whatever their order and ids; equal
    /// ones go together. The setting is chosen on one half, and compared with the present one on the other.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where there is no setting, a setting has another number of values
    /// than there are questions, a value is not finite, or there are fewer than two different questions.
    pub fn of(measure: &str, questions: &[&str], table: &[Vec<f64>], bootstrap: &Bootstrap) -> Result<Self> {
        let current =
            table.first().ok_or_else(|| Error::invalid_argument("there is no setting to choose"))?;
        for (place, values) in table.iter().enumerate() {
            let wrong = |why: String| Err(Error::invalid_argument(format!("setting {place}: {why}")));
            if values.len() != questions.len() {
                return wrong(format!("{} values for {} questions", values.len(), questions.len()));
            }
            if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                return wrong(format!("a value is {value}"));
            }
        }
        let (tuning, held_out) = halves(questions)?;
        let tuning_means: Vec<f64> = table.iter().map(|values| mean(&picked(values, &tuning))).collect();
        let chosen = best(&tuning_means);
        let (base, other) = (picked(current, &held_out), picked(&table[chosen], &held_out));
        let comparison = Comparison::of(&base, &other, bootstrap)?;
        let estimate = |values: &[f64]| {
            bootstrap.mean(values).ok_or_else(|| Error::internal("a half of the questions is empty"))
        };
        let is_better = comparison.significant && comparison.difference.mean > 0.0;
        let advice = if is_better { Advice::Adopt } else { Advice::Keep };
        Ok(Self {
            measure: measure.to_owned(),
            chosen,
            tuning_questions: tuning.len(),
            current: estimate(&base)?,
            held_out: estimate(&other)?,
            says: says(measure, chosen, tuning.len(), &comparison),
            tuning_means,
            comparison,
            advice,
        })
    }
}

/// The places of the questions to choose by, and of those that are held out.
fn halves(questions: &[&str]) -> Result<(Vec<usize>, Vec<usize>)> {
    let mut hashed: Vec<(u64, usize)> =
        questions.iter().enumerate().map(|(place, text)| (xxh3_64(text.as_bytes()), place)).collect();
    hashed.sort_unstable();
    let mut middle = hashed.len() / 2;
    while middle > 0 && hashed.get(middle).is_some_and(|(hash, _)| *hash == hashed[middle - 1].0) {
        middle += 1;
    }
    if middle == 0 || middle == hashed.len() {
        return Err(Error::invalid_argument("a choice takes at least two different questions"));
    }
    let places = |part: &[(u64, usize)]| part.iter().map(|(_, place)| *place).collect();
    Ok((places(&hashed[..middle]), places(&hashed[middle..])))
}

fn picked(values: &[f64], places: &[usize]) -> Vec<f64> {
    places.iter().map(|place| values[*place]).collect()
}

/// The place of the greatest, the first of several; 0 of none.
fn best(means: &[f64]) -> usize {
    let better = |best: usize, place: usize| if means[place] > means[best] + ROUNDING { place } else { best };
    (0..means.len()).fold(0, better)
}

fn says(measure: &str, chosen: usize, tuning: usize, comparison: &Comparison) -> String {
    if chosen == 0 {
        return format!(
            "No setting has a higher {measure} than the present one on {tuning} questions: keep what you have."
        );
    }
    let Comparison { difference: Estimate { mean, low, high, count }, p_value, significant, .. } =
        *comparison;
    let verdict = match (significant, mean > 0.0) {
        (true, true) => "adopt it",
        (true, false) => "which is worse: keep what you have",
        (false, _) => "which may be chance: keep what you have",
    };
    format!(
        "On {count} questions that it was not chosen by, {measure} differs from that of the present setting by {mean:+.3} ({low:+.3} to \
         {high:+.3}, p = {p_value:.4}): {verdict}."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn questions(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("Who repairs roof number {number}?")).collect()
    }

    fn choose(texts: &[String], table: &[Vec<f64>]) -> Choice {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Choice::of("ndcg@10", &texts, table, &Bootstrap { resamples: 200, ..Bootstrap::default() }).unwrap()
    }

    #[test]
    fn a_setting_that_is_better_everywhere_is_adopted() {
        let choice = choose(&questions(41), &[vec![0.5; 41], vec![0.4; 41], vec![0.75; 41], vec![0.75; 41]]);
        assert_eq!((choice.chosen, choice.advice), (2, Advice::Adopt));
        assert_eq!((choice.tuning_questions, choice.held_out.count), (20, 21));
        assert_eq!(choice.comparison.difference.mean, 0.25);
        assert!(
            choice.says.ends_with("by +0.250 (+0.250 to +0.250, p = 0.0001): adopt it."),
            "{}",
            choice.says
        );
    }

    #[test]
    fn what_may_be_chance_is_not_adopted() {
        // Better on two questions of three by a little, worse on the third by as much.
        let other: Vec<f64> = (0..60).map(|it| if it % 3 == 0 { 0.4 } else { 0.6 }).collect();
        let texts = questions(60);
        let choice = choose(&texts, &[vec![0.55; 60], other.clone()]);
        assert_eq!(choice.advice, Advice::Keep);
        assert!(choice.says.contains("keep what you have"), "{}", choice.says);
        let same = choose(&texts, &[other.clone(), other.clone(), vec![0.1; 60]]);
        assert_eq!((same.chosen, same.advice, same.comparison.p_value), (0, Advice::Keep, 1.0));
        assert!(same.says.starts_with("No setting has a higher ndcg@10"), "{}", same.says);
    }

    #[test]
    fn a_setting_that_is_best_only_where_it_was_chosen_is_not_adopted() {
        let texts = questions(40);
        let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (tuning, _) = halves(&refs).unwrap();
        let fitted: Vec<f64> = (0..40).map(|place| if tuning.contains(&place) { 1.0 } else { 0.0 }).collect();
        let choice = choose(&texts, &[vec![0.5; 40], fitted]);
        assert_eq!((choice.chosen, choice.advice, choice.held_out.mean), (1, Advice::Keep, 0.0));
        assert!(choice.says.ends_with("which is worse: keep what you have."), "{}", choice.says);
    }

    #[test]
    fn tables_that_nothing_can_be_chosen_from_are_refused() {
        let refused = |questions: &[&str], table: &[Vec<f64>]| {
            Choice::of("map", questions, table, &Bootstrap::default()).unwrap_err().message().to_owned()
        };
        assert_eq!(refused(&["a"], &[]), "there is no setting to choose");
        assert_eq!(refused(&["a", "b"], &[vec![0.0; 2], vec![0.0]]), "setting 1: 1 values for 2 questions");
        assert_eq!(refused(&["a", "b"], &[vec![f64::NAN; 2]]), "setting 0: a value is NaN");
        for few in [&["a"][..], &[], &["a", "a", "a"]] {
            assert_eq!(
                refused(few, &[vec![0.0; few.len()]]),
                "a choice takes at least two different questions"
            );
        }
    }

    proptest! {
        #[test]
        fn questions_are_divided_alike_in_any_order(count in 2_usize..40, turn in 0_usize..40) {
            let texts = questions(count);
            let mut turned: Vec<&str> = texts.iter().map(String::as_str).collect();
            let (tuning, held_out) = halves(&turned).unwrap();
            let named = |order: &[&str], places: &[usize]| places.iter().map(|it| order[*it].to_owned()).collect::<Vec<_>>();
            let expected = (named(&turned, &tuning), named(&turned, &held_out));
            turned.rotate_left(turn % count);
            let (tuning, held_out) = halves(&turned).unwrap();
            prop_assert_eq!((named(&turned, &tuning), named(&turned, &held_out)), expected);
            prop_assert!(held_out.len() - tuning.len() <= 1);
        }
    }
}
